"""A database whose figures are known, with marked text in every place that is personal."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.migrations import migrate
from bot.report.figures import Period
from bot.report.values import Day, Figures, People, Questions
from flows.run import stamp
from tests.store_helpers import opened

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
PERIOD: Final = Period(date(2026, 11, 1), date(2026, 11, 22), ZONE)

SECRET: Final = "SECRET"
"""Stands in everything that is personal."""
NUMBER: Final = 704_000
"""People's numbers are above this one."""


def at(day: int, hour: int = 4, month: int = 11) -> str:
    """Return a moment of 2026 as the database keeps it."""
    return stamp(datetime(2026, month, day, hour, tzinfo=UTC))


PEOPLE: Final = (  # first and last seen
    (at(1, month=9), at(2, month=9)),
    (at(2, month=10), at(20)),
    (stamp(datetime(2026, 10, 31, 16, tzinfo=UTC)), at(3)),  # 1 November in Shanghai
    (stamp(datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)), at(4)),  # still 31 October there
    (at(10), at(21)),
    (at(11), at(11)),
)
USAGE: Final = (
    ("2026-10-31", "answered", "photo", "zh", 100),  # before
    ("2026-11-01", "answered", "photo", "zh", 6),
    ("2026-11-01", "suggested", "form", "zh", 2),
    ("2026-11-01", "unanswered", "", "zh", 1),
    ("2026-11-01", "unanswered", "exam-scores", "zh", 1),
    ("2026-11-05", "answered", "photo", "en", 3),
    ("2026-11-05", "answered", "gone-entry", "en", 1),
    ("2026-11-05", "opened", "form", "en", 2),
    ("2026-11-22", "small-talk", "", "zh", 4),
    ("2026-11-22", "unanswered", "", "en", 1),
    ("2026-11-23", "answered", "photo", "zh", 100),  # after
)
OPINIONS: Final = (  # person, entry, helpful, when
    (1, "photo", 1, at(2)),
    (2, "photo", 1, at(2)),
    (3, "photo", 0, at(2)),
    (2, "form", 0, at(3)),
    (3, "form", 0, at(3)),
    (4, "form", 0, at(3)),
    (4, "gone-entry", 0, at(4)),
    (5, "opening", 1, at(4)),
    (6, "portal-address", 0, at(1, month=9)),  # before
)
STEPS: Final = (  # person, when, flow, step, what, detail
    (1, at(1, month=9), "letters", "", "started", None),
    (1, at(1, month=9), "letters", "ask", "entered", None),
    *(
        step
        for person in (2, 3, 4, 5)
        for step in (
            (person, at(2), "letters", "", "started", None),
            (person, at(2), "letters", "ask", "entered", None),
        )
    ),
    (2, at(3), "letters", "ask", "answered", "SECRET-detail"),
    (2, at(3), "letters", "role", "entered", None),
    (2, at(3), "letters", "wait", "entered", None),
    (2, at(4), "letters", "ask", "went-back", None),
    (2, at(4), "letters", "ask", "entered", None),  # the same person once more
    (3, at(3), "letters", "role", "skipped", "role"),
    (3, at(3), "letters", "wait", "entered", None),
    (3, at(5), "letters", "papers", "entered", None),
    (3, at(5), "letters", "finished", "entered", None),
    (3, at(5), "letters", "finished", "ended", "done"),
    (4, at(3), "letters", "trouble", "entered", None),
    (4, at(3), "letters", "given-up", "entered", None),
    (4, at(3), "letters", "given-up", "ended", "stopped"),
    (5, at(3), "letters", "old-step", "entered", None),
    (5, at(4), "letters", "wait", "moved", "old-step"),
    (5, at(4), "gone-flow", "", "started", None),
    (5, at(4), "gone-flow", "first", "entered", None),
    (5, at(4), "gone-flow", "first", "ended", "failed"),
)
RUNS: Final = (  # person, flow, step, status, changed
    (1, "letters", "ask", "active", at(1, month=9)),
    (2, "letters", "ask", "active", stamp(NOW - timedelta(days=14))),
    (3, "letters", "finished", "finished", at(5)),
    (4, "letters", "given-up", "finished", at(3)),
    (5, "letters", "wait", "active", stamp(NOW - timedelta(days=14) + timedelta(seconds=1))),
    (5, "gone-flow", "first", "failed", at(4)),
    (6, "dates", "lost-step", "active", at(21)),
)
REMINDERS: Final = (  # person, rule, kind, state, changed
    (2, "year-end-30", "year-end", "pending", at(1, month=9)),
    (2, "year-end-14", "year-end", "sent", at(4)),
    (3, "year-end-14", "year-end", "sent", at(1, month=9)),  # before
    (3, "waiting:letters:wait:1", "waiting", "skipped", at(6)),
    (4, "waiting:letters:wait:1", "waiting", "failed", at(6)),
    (5, "later", "later", "sending", at(21)),
)


def write_database(path: Path) -> Path:
    """Write the database, as it lies there when nobody uses it."""
    with opened(path) as db:
        db.enable_wal()
        migrate(db, str(path))
        for number, (first, last) in enumerate(PEOPLE, 1):
            person = {"id": NUMBER + number, "channel": f"{SECRET}-channel", "channel_id": f"{SECRET}-name-{number}"}
            languages = {"language": f"{SECRET}-language", "chosen_language": f"{SECRET}-chosen"}
            seen = {"first_seen": first, "last_seen": last, "unreachable_since": f"{SECRET}-since"}
            db.table("people").insert(person | languages | seen)
        with db.conn:
            _write_what_is_counted(db.conn.executemany)
            _write_what_is_not(db.conn.execute)
    return path


def _write_what_is_counted(write: Any) -> None:
    def of_people(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [(NUMBER + row[0], *row[1:]) for row in rows]

    write("INSERT INTO usage (day, what, about, language, times) VALUES (?, ?, ?, ?, ?)", USAGE)
    sql = "INSERT INTO feedback (person, entry, language, helpful, given_at) VALUES (?, ?, 'SECRET-said', ?, ?)"
    write(sql, of_people(OPINIONS))
    sql = "INSERT INTO steps (person, at, flow, step, what, detail) VALUES (?, ?, ?, ?, ?, ?)"
    write(sql, of_people(STEPS))
    runs = [(person, flow, run(flow, step, status, changed)) for person, flow, step, status, changed in RUNS]
    write("INSERT INTO runs (person, flow, run, current) VALUES (?, ?, ?, 0)", of_people(runs))
    write("INSERT INTO runs (person, flow, run, current) VALUES (?, 'dates', '{SECRET', 0)", of_people([(1,)]))
    sql = """
        INSERT INTO reminders (person, rule, kind, state, changed_at, day, due_at, days, reason)
        VALUES (?, ?, ?, ?, ?, 'SECRET-day', 'SECRET-due', 3, NULL)
    """
    write(sql, of_people(REMINDERS))


def run(flow: str, step: str, status: str, changed: str) -> str:
    """Return a run as the database keeps it, with marked text in what the person chose."""
    told = {"answers": {"ask": f"{SECRET}-answer"}, "ticks": {"papers": [f"{SECRET}-tick"]}}
    return json.dumps({"flow": flow, "step": step, "status": status, "changed": changed} | told)


def _write_what_is_not(write: Any) -> None:
    person = NUMBER + 1
    write("INSERT INTO turns (person, state) VALUES (?, ?)", (person, json.dumps({"offer": f"{SECRET}-offer"})))
    write("INSERT INTO facts (person, name, value, at) VALUES (?, 'SECRET-fact', '\"SECRET\"', 'a')", (person,))
    write("INSERT INTO handled (channel, update_id, at) VALUES ('SECRET', 'SECRET', 'SECRET')")
    sql = "INSERT INTO reminder_settings (person, zone, off, later, planned_with) VALUES (?, ?, ?, ?, ?)"
    write(sql, (person, f"{SECRET}-zone", f"{SECRET}-off", f"{SECRET}-later", f"{SECRET}-plan"))
    sql = """
        INSERT INTO unanswered (id, text, language, verdict, matches, times_asked, first_asked, last_asked, entry)
        VALUES (1, 'SECRET-question', 'SECRET-zh', 'none', 'SECRET-matches', 7, 'SECRET', 'SECRET', 'SECRET-entry')
    """
    write(sql)
    write("INSERT INTO unanswered_by (unanswered, person) VALUES (1, ?)", (person,))


def many_figures(days: int) -> Figures:
    """Return figures with questions on each of so many days."""
    first = PERIOD.until - timedelta(days=days - 1)
    by_day = tuple(
        Day(first + timedelta(days=day), "zh", Questions(answered=day + 1, suggested=day // 3, unanswered=day // 5))
        for day in range(days)
    )
    return Figures(
        since=first,
        until=PERIOD.until,
        timezone=str(ZONE),
        made_at=NOW.astimezone(ZONE),
        people=People(all=1_000_000, new=412, active=1530),
        questions=reduce(add, (day.questions for day in by_day)),
        by_day=by_day,
        entries=(),
        flows=(),
        reminders=(),
    )
