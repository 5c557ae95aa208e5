"""What the store keeps and gives back: plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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
class Preferences:
    """How somebody wants to be reminded; whether at all is what they told, like everything else (`progress.facts`)."""

    zone: str | None = None
    """The name of their time zone in the IANA database; None for that of the settings."""
    hour: int | None = None
    """The hour of the day by their clock; None for the usual one."""
    off: tuple[str, ...] = ()
    """The kinds of reminders that they switched off, in order."""
    later: date | None = None
    """The day for which they asked to be reminded (again); nothing is sent before it."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder, as it is planned; `rule` and `day` tell it from a person's others."""

    rule: str
    """Such as "year-end-30", "limit-start", "waiting:activation:wait-code:1", "later"."""
    day: date
    """What it is about: the date that comes near, the first day of the wait, the day that was asked for."""
    kind: str
    """What it is switched off by: "year-end", "limit", "waiting"; or "later"."""
    due: datetime
    """When it is to be sent, in UTC."""
    days: int
    """Days from then to the nearest date that it is about, so that the most urgent goes out first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of a person's reminders that are due."""

    send: tuple[Reminder, ...] = ()
    """To be sent together, as one message."""
    skip: tuple[tuple[Reminder, str], ...] = ()
    """To be dropped, with the reason."""
    postpone: tuple[Reminder, ...] = ()
    until: datetime | None = None
    """When those that are postponed are due."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of one person that was not answered."""

    number: int
    text: str
    """Masked."""
    language: Language
    hears: bool
    """True when the person wants to hear when it is answered."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Something that the assistant was used for, to be counted."""

    day: date
    """In the time zone of the settings."""
    what: Literal["answered", "opened", "suggested", "unanswered", "small-talk"]
    about: str
    """The entry that was shown or is the best of those offered; unanswered, the subject that is out of scope, or empty."""
    language: Language


@dataclass(frozen=True, slots=True)
class Memory:
    """Everything that a turn needs to know about a person."""

    person: Person
    offer: Mapping[str, Any]
    """What the last reply offered; empty when it offered nothing."""
    progress: Progress
    preferences: Preferences = Preferences()
    due: tuple[Reminder, ...] = ()
    """The reminders that are due, for somebody who opens a chat that can show them only then."""
    asked: tuple[Asked, ...] = ()
    """The person's questions without an answer, in a turn."""


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


Decision = Literal["assign", "assigned", "dismiss"]
"""What is to become of an unanswered question: written into an entry's phrasings (or that was done), or nothing."""


@dataclass(frozen=True, slots=True)
class UnansweredReport:
    """How often a question stayed unanswered; verdict and matches are those of the last time."""

    number: int
    """The question's own number in the store."""
    question: Unanswered
    times_asked: int
    first_asked: datetime
    last_asked: datetime
    people: frozenset[int] = frozenset()
    """The numbers of those who asked it."""
    waiting: frozenset[int] = frozenset()
    """The numbers of those among them who want to hear the answer."""
    decision: Decision | None = None
    entry: str | None = None
    """The entry that it is assigned to, or is to be."""
    decided_at: datetime | None = None


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
    opens: bool = False
    """True when the person opens a chat that can show them what is due only then."""


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
    preferences: Preferences | None = None
    """How the person wants to be reminded from now on; None for no change."""
    planned: tuple[Reminder, ...] | None = None
    """All reminders that the person is to get; None for no change."""
    planned_with: str = ""
    """Names what that plan was made from (`bot.reminders.talk.Reminding.made_from`)."""
    due: Verdict | None = None
    """What becomes of the reminders that are due."""
    hears: int | None = None
    """The number of a question of the person's, of which they want to hear when it is answered."""
    heard: tuple[int, ...] = ()
    """The numbers of those whose answers they have now."""
    used: tuple[Usage, ...] = ()
