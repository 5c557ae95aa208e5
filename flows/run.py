"""A run: a person's place in a flow. Frozen, and a small JSON value that outlives the process and the definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from flows.definition import Answer, End

Status = Literal["active", "finished", "failed"]

MAX_VISITS: Final = 200
"""So many visits are remembered to go back to; older ones are let go, so that a run stays small."""
SERIALS: Final = 10_000
"""A serial stays below this number, so that buttons stay short."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A step on the way."""

    step: str
    at: str
    """When, in UTC (ISO 8601)."""
    skipped: bool = False
    """True when the step was passed over since its answer was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A person's place in a flow. Times are texts in UTC (ISO 8601, seconds)."""

    flow: str
    definition: str
    """The digest of the flow's definition that the run was last seen with."""
    step: str
    shape: tuple[str, ...]
    """What the person could do at the step when it was last seen (`Step.shape`)."""
    started: str
    changed: str
    """When the person last moved or ticked something."""
    status: Status = "active"
    serial: int = 0
    """Counts the moves; buttons carry it, so that one from an earlier visit of a step is known to be old."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """What was chosen or typed, by step."""
    ticks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The ticked items of checklists, by step."""
    since: Mapping[str, str] = field(default_factory=dict)
    """When the wait began, by waiting step."""
    done: Mapping[str, str] = field(default_factory=dict)
    """When a later step of the main way was reached, by step of the main way."""
    visits: tuple[Visit, ...] = ()
    """The way so far, the present step last."""
    ended: End | None = None
    """How the run ended."""
    caller: str | None = None
    """Id of the flow that led here, to which the person returns at the end."""

    @property
    def active(self) -> bool:
        """Tell whether there are steps to take."""
        return self.status == "active"

    @property
    def way(self) -> tuple[Visit, ...]:
        """The earlier steps that the person saw, which is what one can go back to."""
        return tuple(visit for visit in self.visits[:-1] if not visit.skipped)


def to_json(run: Run) -> str:
    """Return the run as JSON."""
    return msgspec.json.encode(run).decode()


def from_json(text: str) -> Run:
    """Return the run that `to_json` wrote.

    Raises:
        ValueError: The text is no run.
    """
    try:
        return msgspec.json.decode(text, type=Run)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"this is no run: {error}") from None


def stamp(moment: datetime) -> str:
    """Return a moment (timezone-aware) as runs keep it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
