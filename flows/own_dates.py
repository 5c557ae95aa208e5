"""The dates that matter to one person, from what they told: the end of their two years, and the end of the year."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Final, Literal

from flows.dates import first_day, is_loose_date, two_year_limit, year_end
from flows.journey import Progress
from flows.run import Run, stamp

Kind = Literal["limit", "year-end"]

APPLICATION: Final = "submission"
"""The flow at whose end somebody is registered."""
DATES: Final = "deadlines"
REGISTERED: Final = "registered"
"""The flow, and its step, in which somebody says whether they are registered."""
SAID: Final = "said-registered"
"""The fact whether somebody said outside the flows that they are registered, and when (see `said_registered`)."""


@dataclass(frozen=True, slots=True)
class OwnDate:
    """The last day for something."""

    kind: Kind
    day: date


def is_registered(progress: Progress) -> bool:
    """Tell whether somebody is registered, as far as they told: what they said last counts."""
    told = [("", False)]
    application, dates = progress.runs.get(APPLICATION), progress.runs.get(DATES)
    if application and application.ended == "done":
        told.append((application.changed, True))
    if dates and REGISTERED in dates.answers:
        # Whoever is asked again has taken back what they said.
        told.append((_said(dates), dates.answers[REGISTERED] == "yes" and dates.step != REGISTERED))
    if SAID in progress.facts:
        answer, _, at = str(progress.facts[SAID]).partition(" ")
        told.append((at, answer == "yes"))
    return max(told)[1]


def said_registered(progress: Progress, now: datetime, *, registered: bool) -> Progress:
    """Note that somebody says outside the flows that they are registered, or not, unless they have; `now` is timezone-aware."""
    if is_registered(progress) is registered:
        return progress
    said = f"{'yes' if registered else 'no'} {stamp(now)}"
    return replace(progress, facts={**progress.facts, SAID: said})


def _said(dates: Run) -> str:
    """Return when somebody last said in the flow whether they are registered, or took it back."""
    if dates.step == REGISTERED:
        return dates.changed
    answered = [after.at for visit, after in pairwise(dates.visits) if visit.step == REGISTERED]
    return answered[-1] if answered else dates.changed


def own_limit(progress: Progress) -> date | None:
    """Return the last day of somebody's two years; None when they have not told when they qualified."""
    qualified = progress.facts.get("qualified")
    return two_year_limit(first_day(str(qualified))) if is_loose_date(qualified) else None


def own_dates(progress: Progress, today: date) -> tuple[OwnDate, ...]:
    """Return the dates that are still to come, the nearest first; for somebody who is registered, none."""
    if is_registered(progress):
        return ()
    found = [OwnDate("year-end", year_end(today))]
    if limit := own_limit(progress):
        found.append(OwnDate("limit", limit))
    return tuple(sorted((one for one in found if one.day >= today), key=lambda one: one.day))
