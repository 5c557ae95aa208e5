"""What somebody is to be reminded of, and when: worked out from where they are, their dates and the rules.

Everything here is pure. A day counts where the registration is: reminders "7 days before" are sent on that day in `zone`, the
time zone of the settings, and within that day at the hour that the person's own clock shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.records import Preferences, Reminder
from bot.reminders.rules import LATER, SWITCHED, UNHURRIED, Lead, Rules
from bot.reminders.workdays import workdays_before, workdays_between
from flows.definition import Flow, Library, Step
from flows.journey import Progress
from flows.own_dates import DATES, is_registered, own_dates, own_limit
from flows.run import Run

FACT: Final = "reminders"
"""The shared question whether somebody wants to be reminded."""
WANTED, NOT_WANTED = "wanted", "not-wanted"


@dataclass(frozen=True, slots=True)
class Place:
    """What somebody does next on their way to being registered."""

    flow: Flow
    step: Step | None
    """The step that they are at; None when the flow has not been begun."""
    since: date | None = None
    """The day on which they began to wait there, if it is a waiting step."""


@dataclass(frozen=True, slots=True)
class Begin:
    """By when something has to begin, so that a date can be kept."""

    lead: Lead
    day: date


def is_wanted(progress: Progress) -> bool:
    """Tell whether somebody wants to be reminded."""
    return progress.facts.get(FACT) == WANTED


def zone_of(preferences: Preferences, zone: tzinfo) -> tzinfo:
    """Return the time zone of somebody's clock; `zone`, that of the settings, when none was chosen or it is not known here."""
    try:
        return ZoneInfo(preferences.zone) if preferences.zone else zone
    except (ZoneInfoNotFoundError, ValueError):
        return zone


@lru_cache(maxsize=16_384)
def due_at(day: date, hour: int, clock: tzinfo, zone: tzinfo) -> datetime:
    """Return when, on a day of `zone`, it is that hour by somebody's clock; in UTC."""
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    moments = (
        datetime.combine(local, time(hour), clock).astimezone(UTC)
        for local in (day - timedelta(days=1), day, day + timedelta(days=1))
    )
    # On a day on which clocks are changed it may never be that hour: then it is the last time before.
    return max(moment for moment in moments if moment < end)


def plan(
    rules: Rules, library: Library, progress: Progress, preferences: Preferences, now: datetime
) -> tuple[Reminder, ...]:
    """Return all reminders for somebody, in order, also those whose time has passed.

    `now` is in the time zone of the settings. The same place in the flows and the same preferences give the same reminders on
    every day until the next date is over, so that making a plan again changes nothing.
    """
    zone = now.tzinfo
    assert zone is not None, "times are timezone-aware"
    today = now.date()
    clock, hour = zone_of(preferences, zone), preferences.hour or rules.hour
    kinds = [kind for kind in SWITCHED if kind not in preferences.off] if is_wanted(progress) else []
    if not kinds and preferences.later is None:
        return ()
    dates = own_dates(progress, today)
    found: list[Reminder] = []
    for own in dates:
        if own.kind in kinds and own.kind in rules.dates:
            for days in rules.dates[own.kind].days:
                due = due_at(own.day - timedelta(days=days), hour, clock, zone)
                found.append(Reminder(f"{own.kind}-{days}", own.day, own.kind, due, days))
            if start := _start(rules, library, progress, own.day, today):
                due = due_at(start, hour, clock, zone)
                found.append(Reminder(f"{own.kind}-start", own.day, own.kind, due, (own.day - start).days))
    if "waiting" in kinds and rules.waiting:
        for flow, step, since in waits(library, progress, zone):
            for number in range(rules.waiting.most):
                day = since + timedelta(days=rules.waiting.first + number * rules.waiting.every)
                due = due_at(day, hour, clock, zone)
                rule = f"waiting:{flow.id}:{step.id}:{number + 1}"
                found.append(Reminder(rule, since, "waiting", due, UNHURRIED))
    if preferences.later and (dates or any(waits(library, progress, zone))):
        due = due_at(preferences.later, hour, clock, zone)
        found = [one for one in found if one.due > due]
        left = min(((own.day - preferences.later).days for own in dates), default=UNHURRIED)
        found.append(Reminder(LATER, preferences.later, LATER, due, max(0, left)))
    return tuple(sorted(found, key=lambda one: (one.due, one.days, one.rule)))


def waits(library: Library, progress: Progress, zone: tzinfo) -> Iterator[tuple[Flow, Step, date]]:
    """Yield the steps at which somebody waits for others, and since when; on the way to being registered only until they are."""
    registered = is_registered(progress)
    for run in progress.runs.values():
        flow = library.flow(run.flow)
        if flow is None or not run.active or (registered and not flow.optional):
            continue
        if (step := flow.step(run.step)) and (since := _since(step, run, zone)):
            yield flow, step, since


def _since(step: Step, run: Run, zone: tzinfo) -> date | None:
    since = run.since.get(step.id) if step.kind == "waiting" else None
    return datetime.fromisoformat(since).astimezone(zone).date() if since else None


def next_place(rules: Rules, library: Library, progress: Progress, zone: tzinfo) -> Place | None:
    """Return where somebody goes on: in the guide that they are in, the one they were in last, or the next one to begin."""
    runs = [run for run in progress.runs.values() if run.active and run.flow != DATES and library.flow(run.flow)]
    runs.sort(key=lambda run: (run.flow == progress.current, run.changed))
    if runs:
        run = runs[-1]
        flow = library.flow(run.flow)
        assert flow is not None, "runs of other flows were left out"
        step = flow.step(run.step)
        return Place(flow, step, _since(step, run, zone) if step else None)
    for name in dict.fromkeys(lead.flow for lead in rules.leads):
        if name not in progress.runs and (flow := library.flow(name)):
            return Place(flow, None)
    return None


def backwards(
    rules: Rules, library: Library, progress: Progress, day: date, now: datetime
) -> tuple[tuple[Begin, ...], bool]:
    """Return by when what is still to come has to begin so that somebody is registered on a day, and whether that is tight.

    It is worked out backwards from the usual times in working days (`Rules.leads`). Where there are fewer days left than
    usual, each wait gets its share of them, and nothing begins before today. A wait that has begun is left out.
    """
    today = now.date()
    leads, began = _open(rules, library, progress)
    waiting = datetime.fromisoformat(began).astimezone(now.tzinfo).date() if began else None
    usual = [lead.days for lead in leads]
    if waiting and usual:
        usual[0] = max(1, usual[0] - workdays_between(waiting, today))
    have, need = workdays_between(today, day), sum(usual)
    tight = have < need
    begins = []
    for number, lead in enumerate(leads):
        rest = sum(usual[number:])
        begin = workdays_before(day, rest * have // need if tight else rest)
        if number or not waiting:
            begins.append(Begin(lead, max(begin, today)))
    return tuple(begins), tight


def _start(rules: Rules, library: Library, progress: Progress, day: date, today: date) -> date | None:
    """Return the last day to begin what comes next; None when it has begun, or there is nothing to wait for.

    Also None for somebody whose two years are over: training comes first, and how long that takes is not known here.
    """
    leads, waiting = _open(rules, library, progress)
    limit = own_limit(progress)
    if waiting or not leads or (limit and limit < today):
        return None
    return workdays_before(day, sum(lead.days for lead in leads))


def _open(rules: Rules, library: Library, progress: Progress) -> tuple[tuple[Lead, ...], str | None]:
    """Return the waits that are not over yet, and since when the first of them has been going on, if it has."""
    leads: list[Lead] = []
    began: str | None = None
    for lead in rules.leads:
        flow, run = library.flow(lead.flow), progress.runs.get(lead.flow)
        if flow is None:
            continue
        if run and _is_past(flow, run, lead.step):
            leads, began = [], None
            continue
        if run and run.active and run.step == lead.step:
            leads, began = [], run.since.get(lead.step)
        elif run and run.step != flow.steps[0].id:
            # Who is well into a guide has done those before it, unless they go on with them.
            leads = [other for other in leads if other.flow == lead.flow or other.flow in _active(progress)]
        leads.append(lead)
    return tuple(leads), began


def _active(progress: Progress) -> set[str]:
    return {run.flow for run in progress.runs.values() if run.active}


def _is_past(flow: Flow, run: Run, step: str) -> bool:
    """Tell whether somebody has left a step of the main way behind."""
    if not run.active:
        return run.ended == "done"
    here, there = _number(flow, run), flow.numbers.get(step)
    return step in run.done if here is None or there is None else here > there


def _number(flow: Flow, run: Run) -> int | None:
    """Return how far on the main way somebody is: at a side step as far as before, or back where it makes them begin anew."""
    numbers = flow.numbers
    before = (numbers[visit.step] for visit in reversed(run.visits) if visit.step in numbers)
    step = flow.step(run.step)
    anew = (numbers[one.next] for one in (step.choices if step else ()) if one.anew and one.next in numbers)
    found = [*anew, *islice(before, 1)]
    return min(found, default=None)
