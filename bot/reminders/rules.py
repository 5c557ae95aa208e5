"""What is reminded of, when, and in which words: the rules as `reminders.yaml` says them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from faq.text import Language

Texts = Mapping[Language, str]

SWITCHED: Final = ("year-end", "limit", "waiting")
"""The kinds of reminders, which everybody can switch off one by one."""
LATER: Final = "later"
"""The kind of the reminder that somebody asked for with "remind me tomorrow"."""
UNHURRIED: Final = 1000
"""The days of a reminder that is about no date: after all those that are."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a date when it is so near."""

    up_to: int | None
    """Said when so many days are left, or fewer; None for however many."""
    texts: Texts
    """With the blanks {date} and {days}, the days that are left."""


@dataclass(frozen=True, slots=True)
class DateRule:
    """When somebody is reminded of a date, and how."""

    days: tuple[int, ...]
    """So many days before it."""
    wordings: tuple[Wording, ...]
    """From the nearest to the farthest; the last one is for however many days."""

    def wording(self, days: int) -> Texts:
        """Return what is said when so many days are left."""
        return next(one.texts for one in self.wordings if one.up_to is None or days <= one.up_to)


@dataclass(frozen=True, slots=True)
class WaitingRule:
    """When somebody is reminded of a step at which they wait for somebody else."""

    first: int
    """So many days after the wait began,"""
    every: int
    """then after so many more,"""
    most: int
    """so many times in all."""
    texts: Texts
    """With the blanks {step}, {since} and {days}, counted from the day on which the wait began."""


@dataclass(frozen=True, slots=True)
class Lead:
    """How long others usually take at a waiting step: an estimate, which whoever runs the assistant sets for their place."""

    flow: str
    step: str
    days: int
    """Working days."""
    texts: Texts
    """What has to be done for the wait to begin."""


@dataclass(frozen=True)
class Rules:
    """All rules; without any, nothing is planned."""

    hour: int = 10
    """The hour at which reminders are sent, by the person's clock, unless they choose another one."""
    quiet_from: int = 21
    quiet_until: int = 8
    """Between these hours nothing is sent."""
    later: tuple[int, ...] = (1, 3, 7)
    """The numbers of days after which one can ask to be reminded again."""
    dates: Mapping[str, DateRule] = field(default_factory=dict)
    """By the kind of date (`flows.own_dates.Kind`)."""
    waiting: WaitingRule | None = None
    start: Texts = field(default_factory=dict)
    """What is said on the last day to begin something, with the blanks {what} and {date}."""
    leads: tuple[Lead, ...] = ()
    """The waits on the way to being registered, in order."""

    @cached_property
    def hours(self) -> tuple[int, ...]:
        """The hours that somebody can choose: those outside the quiet time."""
        return tuple(range(self.quiet_until, self.quiet_from))

    @cached_property
    def digest(self) -> str:
        """The hash of everything in the rules: plans that were made by others are made again."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()
