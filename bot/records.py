"""What the store keeps and gives back: plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from faq.text import Language
from flows.journey import Progress


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes to the assistant through a channel."""

    id: int
    """The person's number in the store; never given to another one."""
    channel: str
    channel_id: str
    """Who it is in the channel's own words, such as Telegram's chat id."""
    language: Language | None
    """The language of the last message; None before the first one."""
    chosen_language: Language | None
    """The language that the person asked for; None to follow the messages."""
    first_seen: datetime
    last_seen: datetime
    """When the last turn was committed."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that a turn needs to know about a person."""

    person: Person
    offer: Mapping[str, Any]
    """What the last reply offered; empty when it offered nothing."""
    progress: Progress


@dataclass(frozen=True, slots=True)
class Feedback:
    """A person's opinion about an answer; a newer one about the same entry replaces it."""

    entry: str
    """The entry's id."""
    language: Language
    helpful: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that was not answered."""

    text: str
    """The question, already masked: no personal numbers stand in it."""
    language: Language
    verdict: Literal["none", "suggest"]
    matches: tuple[tuple[str, float], ...] = ()
    """The best entries' ids and scores, best first."""


@dataclass(frozen=True, slots=True)
class UnansweredReport:
    """How often a question stayed unanswered; verdict and matches are those of the last time."""

    question: Unanswered
    times_asked: int
    first_asked: datetime
    last_asked: datetime


@dataclass(frozen=True, slots=True)
class StepNote:
    """Something that happened in a flow, for the person's history."""

    flow: str
    step: str
    what: str
    """Such as "entered", "answered", "ticked", "ended"."""
    detail: str | None = None
    """The choice, the typed date or number, the items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnKey:
    """Whose turn it is, and which message began it."""

    channel: str
    channel_id: str
    now: datetime
    """Timezone-aware."""
    update_id: str | None = None
    """The channel's name for the message; None for a channel that delivers nothing twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnChange:
    """Everything that one turn changes."""

    language: Language | None
    """Written as it is, like `chosen_language` and `state`."""
    chosen_language: Language | None
    state: Mapping[str, object] | None
    """What the reply offers, as values that JSON knows; None when it offers nothing."""
    feedback: Feedback | None = None
    unanswered: Unanswered | None = None
    progress: Progress | None = None
    """Where the person is now; None for no change."""
    notes: tuple[StepNote, ...] = ()
