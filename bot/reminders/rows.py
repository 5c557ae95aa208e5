"""Reminders and how people want them, as rows of the database. Everything here runs inside the store's transactions.

A reminder is pending until it is claimed, sending while it is on its way, and then sent, skipped (with the reason why it
had no sense any more) or failed (with the reason). Only pending ones are ever changed or removed by a new plan.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bot.records import Preferences, Reminder, Verdict
from flows.run import stamp

if TYPE_CHECKING:
    from sqlite_utils import Database

PAUSED: Final = "reminders-paused"
"""The switch that holds back all reminders."""
COLUMNS: Final = "rule, day, kind, due_at, days"
"""What `reminder` takes."""


def reminder(row: Sequence[Any]) -> Reminder:
    """Return the reminder of a row."""
    rule, day, kind, due, days = row
    return Reminder(rule, date.fromisoformat(day), kind, datetime.fromisoformat(due), days)


def write_preferences(db: "Database", person_id: int, preferences: Preferences) -> None:
    """Write how somebody wants to be reminded."""
    sql = """
        INSERT INTO reminder_settings (person, zone, hour, off, later) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET zone = excluded.zone, hour = excluded.hour, off = excluded.off, later = excluded.later
    """
    later = preferences.later.isoformat() if preferences.later else None
    values = (person_id, preferences.zone, preferences.hour, json.dumps(preferences.off), later)
    db.conn.execute(sql, values)


def write_plan(db: "Database", person_id: int, planned: Iterable[Reminder], now: datetime, planned_with: str) -> None:
    """Write what somebody is to be reminded of, all of it (see `write_plans`)."""
    write_plans(db, [(person_id, planned)], now, planned_with)


def write_plans(
    db: "Database", plans: Iterable[tuple[int, Iterable[Reminder]]], now: datetime, planned_with: str
) -> None:
    """Write what some people are to be reminded of, all of it; `planned_with` names what the plans were made from.

    A reminder whose time has passed is not begun: who joins late gets those that are still to come. One that is pending
    already stays, due or not, as long as it is planned; one that is not planned any more is removed. What was sent,
    skipped or failed stays as it is, so that nothing is sent a second time.
    """
    at = stamp(now)
    people, new, moved, gone = [], [], [], []
    for person_id, planned in plans:
        people.append((person_id, planned_with))
        rows = db.conn.execute("SELECT rule, day, due_at, days, state FROM reminders WHERE person = ?", (person_id,))
        kept = {(rule, day): (due, days, state) for rule, day, due, days, state in rows}
        for one in planned:
            key, due = (one.rule, _day(one.day)), _due(one.due)
            before = kept.pop(key, None)
            if before is None:
                if due > at:
                    new.append((person_id, *key, one.kind, due, one.days, at))
            elif before != (due, one.days, "pending") and before[2] == "pending":
                moved.append((due, one.days, at, person_id, *key))
        gone += [(person_id, *key) for key, (_, _, state) in kept.items() if state == "pending"]
    sql = """
        INSERT INTO reminder_settings (person, planned_with) VALUES (?, ?)
        ON CONFLICT DO UPDATE SET planned_with = excluded.planned_with WHERE planned_with <> excluded.planned_with
    """
    db.conn.executemany(sql, people)
    if gone:
        db.conn.executemany("DELETE FROM reminders WHERE person = ? AND rule = ? AND day = ?", gone)
    if moved:
        sql = "UPDATE reminders SET due_at = ?, days = ?, changed_at = ? WHERE person = ? AND rule = ? AND day = ?"
        db.conn.executemany(sql, moved)
    if new:
        sql = """
            INSERT INTO reminders (person, rule, day, kind, due_at, days, state, changed_at)
            VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)
        """
        db.conn.executemany(sql, new)


@lru_cache(maxsize=16_384)
def _due(moment: datetime) -> str:
    """Return when a reminder is due; the same few moments come again for many people."""
    return stamp(moment)


@lru_cache(maxsize=16_384)
def _day(day: date) -> str:
    return day.isoformat()


def set_state(  # noqa: PLR0913, PLR0917 - the row and its columns
    db: "Database", person_id: int, reminders: Iterable[Reminder], state: str, now: datetime, reason: str | None = None
) -> None:
    """Note what has become of some reminders of a person, unless that was noted already."""
    sql = """
        UPDATE reminders SET state = ?, reason = ?, changed_at = ?
        WHERE person = ? AND rule = ? AND day = ? AND state IN ('pending', 'sending')
    """
    keys = [(state, reason, stamp(now), person_id, one.rule, one.day.isoformat()) for one in reminders]
    db.conn.executemany(sql, keys)


def put_back(  # noqa: PLR0913 - the row and its columns
    db: "Database",
    person_id: int,
    reminders: Iterable[Reminder],
    until: datetime,
    now: datetime,
    *,
    tried: bool = False,
) -> None:
    """Make reminders pending again, due at another time; `tried` counts that sending them has failed once more."""
    sql = """
        UPDATE reminders SET state = 'pending', due_at = ?, changed_at = ?, tries = tries + ?
        WHERE person = ? AND rule = ? AND day = ? AND state IN ('pending', 'sending')
    """
    keys = [(stamp(until), stamp(now), tried, person_id, one.rule, one.day.isoformat()) for one in reminders]
    db.conn.executemany(sql, keys)


def write_verdict(db: "Database", person_id: int, verdict: Verdict, now: datetime) -> None:
    """Claim the reminders that are to be sent now, and note what becomes of the others that are due."""
    set_state(db, person_id, verdict.send, "sending", now)
    for one, reason in verdict.skip:
        set_state(db, person_id, [one], "skipped", now, reason)
    if verdict.until:
        put_back(db, person_id, verdict.postpone, verdict.until, now)


def of_person(db: "Database", person_id: int, state: str) -> list[tuple[Reminder, int]]:
    """Return a person's reminders in one state, the earliest first, with how often each was tried."""
    sql = f"SELECT {COLUMNS}, tries FROM reminders WHERE person = ? AND state = ? ORDER BY due_at, days, rule"  # noqa: S608
    return [(reminder(row[:-1]), row[-1]) for row in db.conn.execute(sql, (person_id, state))]


def is_paused(db: "Database") -> bool:
    """Tell whether whoever runs the assistant has paused all reminders."""
    return db.conn.execute("SELECT 1 FROM switches WHERE name = ?", (PAUSED,)).fetchone() is not None


def due_of(db: "Database", person_id: int, now: datetime) -> list[Reminder]:
    """Return a person's reminders that are due; none in a pause."""
    return [] if is_paused(db) else [one for one, _ in of_person(db, person_id, "pending") if one.due <= now]


def exported(db: "Database", person_id: int) -> dict[str, Any]:
    """Return a person's reminders and how they want them, as values that JSON knows."""
    settings = "SELECT zone, hour, off, later FROM reminder_settings WHERE person = ?"
    sql = "SELECT rule, day, due_at, state, reason FROM reminders WHERE person = ? ORDER BY due_at, rule"
    return {
        "wishes": [row | {"off": json.loads(row["off"])} for row in db.query(settings, (person_id,))],
        "reminders": list(db.query(sql, (person_id,))),
    }
