"""The figures of a report: SQL over the database file, in one read transaction, to frozen values.

They are counts of days, entries, steps and kinds of reminders. Nothing that somebody wrote, told or chose, and nobody's
number or name, is read into them.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final

from bot.errors import StoreError
from bot.reading import reading, steps_of, version_of
from bot.report.values import Day, EntryFigures, Figures, FlowFigures, Kind, People, Questions, StepFigures, Titles
from faq.corpus import Corpus
from flows.definition import Flow, Library
from flows.run import stamp

IDLE: Final = timedelta(days=14)
"""Who has not moved for so long counts as stopped half-way."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a report, both inclusive, in a time zone."""

    since: date
    until: date
    zone: tzinfo

    @property
    def moments(self) -> tuple[str, str]:
        """The first moment, and the first one afterwards, as the database keeps moments."""
        begin, end = (datetime.combine(day, time(), self.zone) for day in (self.since, self.until + timedelta(days=1)))
        return stamp(begin), stamp(end)

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day, as the database keeps days."""
        return self.since.isoformat(), self.until.isoformat()


def read_figures(path: Path, period: Period, now: datetime, corpus: Corpus, library: Library) -> Figures:
    """Return the figures of a period; where people are in the flows is said as of now.

    Raises:
        StoreError: The database cannot be read, or is not of this version.
    """
    with reading(path) as db:
        _refuse_other_versions(db, path)
        return Figures(
            since=period.since,
            until=period.until,
            timezone=str(period.zone),
            made_at=now.astimezone(period.zone),
            people=_people(db, period),
            questions=_questions(db, period),
            by_day=tuple(_by_day(db, period)),
            entries=_entries(db, period, corpus),
            flows=_flows(db, period, now, library),
            reminders=tuple(_reminders(db, period)),
        )


def _refuse_other_versions(db: sqlite3.Connection, path: Path) -> None:
    version = version_of(steps_of(db))
    if version == "newer":
        raise StoreError(f"the database {path} was written by a newer version; upgrade the assistant")
    if version == "older":
        raise StoreError(
            f"the database {path} was written by an older version; start the assistant once to bring it up to date"
        )


def _people(db: sqlite3.Connection, period: Period) -> People:
    begin, end = period.moments
    sql = """
        SELECT count(*), coalesce(sum(first_seen >= ?), 0), coalesce(sum(last_seen >= ?), 0)
        FROM people WHERE first_seen < ?
    """
    return People(*db.execute(sql, (begin, begin, end)).fetchone())


_COUNTS: Final = ", ".join(f"coalesce(sum({field.name}), 0)" for field in fields(Questions))


def _questions(db: sqlite3.Connection, period: Period) -> Questions:
    sql = f"SELECT {_COUNTS} FROM questions_by_day WHERE day BETWEEN ? AND ?"  # noqa: S608 - the columns are constants
    return Questions(*db.execute(sql, period.days).fetchone())


def _by_day(db: sqlite3.Connection, period: Period) -> Iterator[Day]:
    sql = f"""
        SELECT day, language, {_COUNTS} FROM questions_by_day WHERE day BETWEEN ? AND ? GROUP BY day, language
        ORDER BY day, language DESC
    """  # noqa: S608 - the columns are constants
    for day, language, *counts in db.execute(sql, period.days):
        yield Day(date.fromisoformat(day), language, Questions(*counts))


def _entries(db: sqlite3.Connection, period: Period, corpus: Corpus) -> tuple[EntryFigures, ...]:
    """Return what became of the entries, those that were shown most often first."""
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    sql = """
        SELECT about, what, sum(times) FROM usage
        WHERE day BETWEEN ? AND ? AND what IN ('answered', 'opened', 'suggested') AND about <> '' GROUP BY about, what
    """
    for entry, what, times in db.execute(sql, period.days):
        shown[entry][what] = times
    sql = """
        SELECT entry, CASE WHEN helpful THEN 'helpful' ELSE 'not_helpful' END, count(*) FROM feedback
        WHERE given_at >= ? AND given_at < ? GROUP BY 1, 2
    """
    for entry, opinion, people in db.execute(sql, period.moments):
        shown[entry][opinion] = people
    names = ("answered", "opened", "suggested", "helpful", "not_helpful")
    found = (
        EntryFigures(id=entry, title=_entry_title(corpus, entry), **{name: counts[name] for name in names})
        for entry, counts in shown.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.shown, -one.suggested, one.id)))


def _entry_title(corpus: Corpus, entry_id: str) -> Titles:
    entry = corpus.entry(entry_id)
    if entry is None:
        return {}
    return {language: text.question for language, text in entry.texts.items()}


def _flows(db: sqlite3.Connection, period: Period, now: datetime, library: Library) -> tuple[FlowFigures, ...]:
    """Return how people get on in the flows, in the order of the menu; those that are gone come last."""
    totals = _totals(db, period)
    funnel = _funnel(db, period)
    stops = _stops(db, now)
    gone = {flow for found in (totals, funnel, stops) for flow in found} - {flow.id for flow in library.flows}
    known: list[tuple[str, Flow | None]] = [(flow.id, flow) for flow in library.flows]
    return tuple(
        _flow(name, flow, totals[name], funnel[name], stops[name])
        for name, flow in [*known, *((name, None) for name in sorted(gone))]
    )


def _totals(db: sqlite3.Connection, period: Period) -> dict[str, Counter[str]]:
    """Return how many people began each flow, and how many ended it in which way."""
    sql = """
        SELECT flow, CASE what WHEN 'ended' THEN detail ELSE 'started' END, count(DISTINCT person) FROM steps
        WHERE at >= ? AND at < ?
            AND (what IN ('started', 'restarted') OR what = 'ended' AND detail IN ('done', 'stopped', 'failed'))
        GROUP BY 1, 2
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for flow, what, people in db.execute(sql, period.moments):
        found[flow][what] = people
    return found


def _funnel(db: sqlite3.Connection, period: Period) -> dict[str, dict[str, tuple[int, int]]]:
    """Return how many people entered each step of each flow, and how many only passed it over; the view counts all time."""
    sql = """
        SELECT flow, step, sum(was_there), sum(1 - was_there)
        FROM (
            SELECT flow, step, max(what <> 'skipped') AS was_there FROM steps
            WHERE what IN ('entered', 'moved', 'skipped') AND at >= ? AND at < ? GROUP BY flow, step, person
        )
        GROUP BY flow, step
    """
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for flow, step, entered, skipped in db.execute(sql, period.moments):
        found[flow][step] = entered, skipped
    return found


def _stops(db: sqlite3.Connection, now: datetime) -> dict[str, dict[str, tuple[int, int]]]:
    """Return how many people are at each step now, and how many of them have not moved for long.

    The view `flow_stops` counts by SQLite's clock. A run that cannot be read is nobody's place.
    """
    sql = """
        SELECT flow, json_extract(run, '$.step') AS step, count(*), sum(json_extract(run, '$.changed') <= ?)
        FROM (SELECT flow, CASE WHEN json_valid(run) THEN run END AS run FROM runs)
        WHERE json_extract(run, '$.status') = 'active' GROUP BY 1, 2
    """
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for flow, step, people, idle in db.execute(sql, (stamp(now - IDLE),)):
        found[flow][str(step)] = people, int(idle or 0)
    return found


def _flow(
    name: str,
    flow: Flow | None,
    totals: Mapping[str, int],
    funnel: Mapping[str, tuple[int, int]],
    stops: Mapping[str, tuple[int, int]],
) -> FlowFigures:
    here, idle = (sum(pair[place] for pair in stops.values()) for place in (0, 1))
    return FlowFigures(
        id=name,
        title={language: text.title for language, text in flow.texts.items()} if flow else {},
        started=totals.get("started", 0),
        finished=totals.get("done", 0),
        given_up=totals.get("stopped", 0),
        failed=totals.get("failed", 0),
        under_way=here - idle,
        stopped=idle,
        steps=tuple(_steps(flow, funnel, stops)),
    )


def _steps(
    flow: Flow | None, funnel: Mapping[str, tuple[int, int]], stops: Mapping[str, tuple[int, int]]
) -> Iterator[StepFigures]:
    nobody = (0, 0)

    def counted(step: str, title: Titles, *, side: bool) -> StepFigures:
        return StepFigures(step, title, side, *funnel.get(step, nobody), *stops.get(step, nobody))

    steps = flow.steps if flow else ()
    for step in steps:
        title = {language: text.title for language, text in step.texts.items()}
        yield counted(step.id, title, side=step.side or step.end == "stopped")
    for gone in _sorted_without(funnel.keys() | stops.keys(), {step.id for step in steps}):
        yield counted(gone, {}, side=False)


def _sorted_without(ids: Iterable[str], known: set[str]) -> list[str]:
    return sorted(set(ids) - known)


def _reminders(db: sqlite3.Connection, period: Period) -> Iterator[Kind]:
    """Yield the reminders by kind: what is to come of them now, and what became of others in the period."""
    sql = """
        SELECT kind,
               sum(state = 'pending'), sum(state = 'sending'),
               sum(state = 'sent' AND changed_at >= :begin AND changed_at < :end),
               sum(state = 'skipped' AND changed_at >= :begin AND changed_at < :end),
               sum(state = 'failed' AND changed_at >= :begin AND changed_at < :end)
        FROM reminders GROUP BY kind ORDER BY kind
    """
    begin, end = period.moments
    for row in db.execute(sql, {"begin": begin, "end": end}):
        yield Kind(*row)
