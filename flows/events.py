"""What happened in a step of the engine: plain values, in the order in which it happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from flows.definition import Answer, End


@dataclass(frozen=True, slots=True)
class Started:
    """The flow was begun, or begun anew."""

    anew: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """The person is at this step now."""

    step: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step was passed over, since the answer to its shared question was known."""

    step: str
    question: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A choice was made, or a date or number typed."""

    step: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer to a shared question, to be kept for all flows."""

    question: str
    answer: Answer | None
    """None when the person takes back what was known."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Items of a checklist were ticked or unticked."""

    step: str
    items: tuple[str, ...]
    on: bool


@dataclass(frozen=True, slots=True)
class Stayed:
    """The choice leads to the same step, such as "still waiting"."""

    step: str


@dataclass(frozen=True, slots=True)
class FlowEntered:
    """Another flow is to be gone through first."""

    flow: str


@dataclass(frozen=True, slots=True)
class Returned:
    """The person is back in the flow that had led to this one."""

    flow: str


@dataclass(frozen=True, slots=True)
class WentBack:
    """The person went back to an earlier step."""

    step: str


@dataclass(frozen=True, slots=True)
class AtStart:
    """There is nothing to go back to."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A typed date or number cannot be taken."""

    reason: str
    """A reason of `flows.typed`."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Something on the checklist is still missing."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """What was typed is no answer here; perhaps it is a question."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A button from an earlier step, or of a run that has ended."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The definition changed while the person was on the way."""

    old: str
    new: str
    reason: Literal["gone", "changed"]
    """The step is gone, or what one can do there has changed."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The flow has ended: done, stopped, or failed because of a mistake in its definition."""

    step: str
    how: End | Literal["failed"]


Event = (
    Started
    | Entered
    | Skipped
    | Answered
    | Remembered
    | Ticked
    | Stayed
    | FlowEntered
    | Returned
    | WentBack
    | AtStart
    | Refused
    | Incomplete
    | NotUnderstood
    | Stale
    | Moved
    | RunEnded
)
