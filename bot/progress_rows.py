"""A person's progress in the database's tables: runs and facts as JSON, and the history of steps.

Everything here runs inside the store's transactions.
"""

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from bot.records import StepNote
from flows.journey import Progress
from flows.run import Run, from_json, to_json

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

PROGRESS_COLUMNS: Final = """
    (SELECT json_group_array(json_array(flow, run, current)) FROM runs WHERE person = people.id),
    (SELECT json_group_object(name, json(value)) FROM facts WHERE person = people.id)
"""
"""Two columns for a selection of people: what `progress_from` takes."""


def progress_from(person_id: int, runs_json: str, facts_json: str) -> Progress:
    """Return where the person is; a run that cannot be read is left out, and left in the database."""
    runs: dict[str, Run] = {}
    current = None
    for flow, run, is_current in msgspec.json.decode(runs_json):
        try:
            found = from_json(run)
        except ValueError:
            found = None  # what is wrong with it may be personal
        if found is None or found.flow != flow:
            log.warning('the run of person %s in "%s" cannot be read', person_id, flow)
            continue
        runs[flow] = found
        current = flow if is_current else current
    return Progress(runs, current, msgspec.json.decode(facts_json))


def exported(run: str, *, current: bool) -> dict[str, object]:
    """Return a run as it is shown to the person whose it is, also one that cannot be read."""
    try:
        value = json.loads(run)
    except ValueError:
        value = None
    return (value if isinstance(value, dict) else {"unreadable": run}) | {"current": current}


def write_progress(db: "Database", person_id: int, before: Progress, after: Progress, now: str) -> None:
    """Write what has changed; `now` is the time of the turn as the database keeps it.

    Runs are never removed here: one whose flow is gone may be wanted again when the flow comes back.
    """
    if before.current != after.current:
        db.conn.execute("UPDATE runs SET current = 0 WHERE person = ? AND current = 1", (person_id,))
    for flow, run in after.runs.items():
        if run is not before.runs.get(flow):  # runs are never changed, but made anew
            sql = "INSERT OR REPLACE INTO runs (person, flow, run, current) VALUES (?, ?, ?, ?)"
            db.conn.execute(sql, (person_id, flow, to_json(run), flow == after.current))
    if before.current != after.current and after.current is not None:
        db.conn.execute("UPDATE runs SET current = 1 WHERE person = ? AND flow = ?", (person_id, after.current))
    for name in before.facts.keys() - after.facts.keys():
        db.conn.execute("DELETE FROM facts WHERE person = ? AND name = ?", (person_id, name))
    for name, value in after.facts.items():
        if before.facts.get(name) != value:
            sql = "INSERT OR REPLACE INTO facts (person, name, value, at) VALUES (?, ?, ?, ?)"
            db.conn.execute(sql, (person_id, name, msgspec.json.encode(value).decode(), now))


def write_notes(db: "Database", person_id: int, notes: Sequence[StepNote], now: str) -> None:
    """Add to the person's history."""
    sql = "INSERT INTO steps (person, at, flow, step, what, detail) VALUES (?, ?, ?, ?, ?, ?)"
    db.conn.executemany(sql, ((person_id, now, note.flow, note.step, note.what, note.detail) for note in notes))
