"""A report as plain frozen values; as JSON, `regbot report --json` prints just these names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from typing import Final

Titles = Mapping[str, str]
"""A title in each language; empty for what is no longer in the content."""

_SURE: Final = 1.96
"""Standard deviations to each side for 95 %."""


def named(title: Titles, known_as: str, language: str) -> str:
    """Return a title in a language, or the id of what has none any more."""
    return title.get(language, known_as)


@dataclass(frozen=True, slots=True)
class People:
    """How many people wrote to the assistant."""

    all: int
    """Who had come until the end of the period, and is still remembered."""
    new: int
    """Who came for the first time in the period."""
    active: int
    """Who has written since the beginning of the period."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What became of questions."""

    answered: int = 0
    suggested: int = 0
    """Several entries were offered to choose from."""
    unanswered: int = 0
    out_of_scope: int = 0
    """Those of the unanswered about a subject that the content names as out of scope."""
    small_talk: int = 0
    opened: int = 0
    """Answers that were opened by a button."""

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return self.answered + self.suggested + self.unanswered

    def __add__(self, other: "Questions") -> "Questions":
        return Questions(
            self.answered + other.answered,
            self.suggested + other.suggested,
            self.unanswered + other.unanswered,
            self.out_of_scope + other.out_of_scope,
            self.small_talk + other.small_talk,
            self.opened + other.opened,
        )


@dataclass(frozen=True, slots=True)
class Day:
    """The questions of a day in one language."""

    day: date
    language: str
    questions: Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFigures:
    """How often an entry was shown, and what people said of it."""

    id: str
    title: Titles
    answered: int
    opened: int
    suggested: int
    """How often it was the best of those offered."""
    helpful: int
    not_helpful: int

    @property
    def shown(self) -> int:
        """How often it was shown."""
        return self.answered + self.opened

    @property
    def opinions(self) -> int:
        """How many people said something of it."""
        return self.helpful + self.not_helpful

    @property
    def helpful_share(self) -> float | None:
        """The share of those who found it helpful; None when nobody said anything."""
        return self.helpful / self.opinions if self.opinions else None

    @property
    def surely_bad(self) -> float:
        """The share of those whom it does not help that is at least to be expected (Wilson's lower bound).

        One bad opinion of one weighs less than forty of a hundred, and those less than nine of ten.
        """
        if not self.opinions:
            return 0.0
        count, share, squared = self.opinions, self.not_helpful / self.opinions, _SURE**2
        spread = _SURE * sqrt(share * (1 - share) / count + squared / (4 * count**2))
        return (share + squared / (2 * count) - spread) / (1 + squared / count)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """How many different people came to a step."""

    id: str
    title: Titles
    side: bool
    """True for a step off the main way."""
    entered: int
    skipped: int
    """Who passed it over, since the answer to it was known, and was never there."""
    here: int
    """Who is there now, with the flow not finished."""
    idle: int
    """Those of them who have not moved for 14 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFigures:
    """How people get on in a flow; different people are counted."""

    id: str
    title: Titles
    started: int
    finished: int
    given_up: int
    """Who came to an end of the flow at which nothing is done."""
    failed: int
    """Whose way ended since the definition of the flow is wrong."""
    under_way: int
    """Who has not finished now, and has moved in the last 14 days."""
    stopped: int
    """Who has not finished now, and has not moved for 14 days."""
    steps: tuple[StepFigures, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """The reminders of one kind."""

    kind: str
    planned: int
    """Those to come now."""
    sending: int
    """Those on their way now."""
    sent: int
    skipped: int
    """Those that made no sense any more when they were due."""
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A whole report."""

    since: date
    until: date
    """The last day, inclusive."""
    timezone: str
    made_at: datetime
    people: People
    questions: Questions
    by_day: tuple[Day, ...]
    """By day and language, without those on which nothing was asked."""
    entries: tuple[EntryFigures, ...]
    """Those that were shown most often first."""
    flows: tuple[FlowFigures, ...]
    reminders: tuple[Kind, ...]

    @property
    def by_language(self) -> dict[str, Questions]:
        """The questions by language."""
        found: dict[str, Questions] = {}
        for day in self.by_day:
            found[day.language] = found.get(day.language, Questions()) + day.questions
        return found

    @property
    def best_known(self) -> tuple[EntryFigures, ...]:
        """The entries that were shown, most often first."""
        return tuple(entry for entry in self.entries if entry.shown)

    @property
    def worst(self) -> tuple[EntryFigures, ...]:
        """The entries that somebody gave an opinion about, the worst first."""
        judged = (entry for entry in self.entries if entry.opinions)
        return tuple(sorted(judged, key=lambda entry: (-entry.surely_bad, -entry.not_helpful, entry.helpful, entry.id)))
