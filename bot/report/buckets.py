"""The questions by day, gathered so that a plot of them stays readable: by day, week or month."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from bot.report.values import Figures, Questions

Span = Literal["day", "week", "month"]

MOST_DAYS: Final = 62
"""More days than this are gathered into weeks."""
MOST_WEEKS: Final = 53
"""More weeks than this are gathered into months."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The questions from a day on."""

    begin: date
    questions: Questions


@dataclass(frozen=True, slots=True)
class Series:
    """Buckets in a row without a gap; none when nothing was asked."""

    span: Span
    buckets: tuple[Bucket, ...]

    @property
    def most(self) -> int:
        """The most questions in a bucket."""
        return max((bucket.questions.asked for bucket in self.buckets), default=0)


def series(figures: Figures) -> Series:
    """Return the questions of a report's days in all languages; days before the first question are left out."""
    counts: dict[date, Questions] = {}
    for day in figures.by_day:
        counts[day.day] = counts.get(day.day, Questions()) + day.questions
    if not counts:
        return Series("day", ())
    first, last = min(counts), min(figures.until, max(figures.made_at.date(), *counts))
    if (first - figures.since).days <= MOST_DAYS:
        first = figures.since
    days = (last - first).days + 1
    span: Span = "day" if days <= MOST_DAYS else "week" if days <= MOST_WEEKS * 7 else "month"
    gathered: dict[date, Questions] = dict.fromkeys(_begins(first, last, span), Questions())
    for asked_on, questions in counts.items():
        gathered[_begin(asked_on, span)] += questions
    return Series(span, tuple(Bucket(begin, questions) for begin, questions in gathered.items()))


def _begin(day: date, span: Span) -> date:
    if span == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span == "month" else day


def _begins(first: date, last: date, span: Span) -> Iterator[date]:
    """Yield where the buckets from the first to the last day begin."""
    begin = _begin(first, span)
    while begin <= last:
        yield begin
        begin = _begin(begin + timedelta(days={"day": 1, "week": 7, "month": 31}[span]), span)
