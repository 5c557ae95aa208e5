"""The tables of the database: what belongs to whom, and rows that are refused."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from bot.migrations import migrate, migrations
from tests.store_helpers import opened


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "regbot.db"


ROWS: Final[Mapping[str, dict[str, str | int]]] = {
    "facts": {"name": "role", "value": '"assistant"', "at": "a"},
    "feedback": {"entry": "fees", "language": "zh", "helpful": 1, "given_at": "a"},
    "reminder_settings": {"zone": "Asia/Urumqi", "later": "2026-12-01"},
    "reminders": {
        "rule": "later",
        "day": "a",
        "kind": "later",
        "due_at": "a",
        "days": 1,
        "state": "sent",
        "changed_at": "a",
    },
    "runs": {"flow": "activation", "run": "{}", "current": 1},
    "steps": {"at": "a", "flow": "activation", "step": "apply", "what": "entered"},
    "turns": {"state": "{}"},
    "unanswered_by": {"unanswered": 1},
}
"""A row of every table that belongs to a person, without the person."""


def test_what_belongs_to_a_person_goes_with_them(path: Path) -> None:
    with opened(path) as db:
        migrate(db, "x.db")
        keys = [
            (table, key["table"], key["on_delete"])
            for table in db.table_names()
            for key in db.query(f"PRAGMA foreign_key_list([{table}])")
        ]
        assert sorted(keys) == sorted(
            [*((table, "people", "CASCADE") for table in ROWS), ("unanswered_by", "unanswered", "CASCADE")]
        )
        db.execute("PRAGMA foreign_keys = ON")
        times = dict.fromkeys(("first_asked", "last_asked"), "a")
        db.table("unanswered").insert(
            {"text": "x", "language": "zh", "verdict": "none", "matches": "[]", "times_asked": 2} | times
        )
        for person in (7, 8):
            seen = {"first_seen": "a", "last_seen": "b"}
            db.table("people").insert({"id": person, "channel": "terminal", "channel_id": str(person)} | seen)
            for table, row in ROWS.items():
                db.table(table).insert(row | {"person": person})
        db.table("people").delete(7)

        for table in ROWS:
            assert [row["person"] for row in db[table].rows] == [8], table


def test_who_was_promised_reminders_before_there_were_any_is_planned_for(path: Path) -> None:
    """Who said that they want them is among those who have to do with reminders, with no plan made yet."""
    with opened(path) as old:
        migrations.apply(old, stop_before="m010_create_reminder_settings")
        for person, name, value in [(7, "reminders", "wanted"), (8, "reminders", "not-wanted"), (9, "role", "wanted")]:
            seen = {"first_seen": "a", "last_seen": "b"}
            old.table("people").insert({"id": person, "channel": "terminal", "channel_id": str(person)} | seen)
            old.table("facts").insert({"person": person, "name": name, "value": json.dumps(value), "at": "a"})
    with opened(path) as db:
        migrate(db, "x.db")

        nothing_set = {"zone": None, "hour": None, "off": "[]", "later": None}
        assert list(db["reminder_settings"].rows) == [{"person": 7, "planned_with": ""} | nothing_set]
        assert db["reminders"].count == 0


@pytest.mark.parametrize(
    ("table", "change", "refusal"),
    [
        ("reminders", {"state": "waiting"}, "CHECK constraint failed: state IN"),
        ("reminders", {}, "UNIQUE constraint failed: reminders.person, reminders.rule, reminders.day"),
        ("reminder_settings", {"person": 8, "hour": 24}, "CHECK constraint failed: hour BETWEEN"),
        ("reminder_settings", {}, "UNIQUE constraint failed: reminder_settings.person"),
    ],
    ids=["state", "same-reminder", "hour", "second-settings"],
)
def test_rows_about_reminders_that_make_no_sense_are_refused(
    table: str, change: dict[str, str | int], refusal: str, path: Path
) -> None:
    row = ROWS[table] | {"person": 7}
    with opened(path) as db:
        migrate(db, "x.db")
        db.table(table).insert(row)
        with pytest.raises(sqlite3.IntegrityError, match=refusal):
            db.table(table).insert(row | change)


def test_columns_keep_to_their_types(path: Path) -> None:
    with opened(path) as db:
        migrate(db, "x.db")
        with pytest.raises(sqlite3.IntegrityError, match=r"cannot store BLOB value in TEXT column handled\.at"):
            db.table("handled").insert({"channel": "terminal", "update_id": "1", "at": b"today"})
