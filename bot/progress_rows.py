"""A person's progress in the database's tables: runs and facts as JSON, and the history of steps.

Everything here runs inside the store's transactions.
"""

import json
import logging
from typing import TYPE_CHECKING, Final

from bot.errors import ConflictError
from bot.records import ProgressChange
from flows.journey import Progress
from flows.run import Run, from_json, to_json

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def read_progress(db: "Database", person_id: int) -> Progress:
    """Return where the person is; a run that cannot be read is left out, and left in the database."""
    runs: dict[str, Run] = {}
    current = None
    for row in db.query("SELECT flow, run, current FROM runs WHERE person = ?", (person_id,)):
        try:
            runs[row["flow"]] = from_json(row["run"])
        except ValueError as error:
            log.warning('the run of person %s in "%s" cannot be read: %s', person_id, row["flow"], error)
        else:
            current = row["flow"] if row["current"] else current
    facts = db.query("SELECT name, value FROM facts WHERE person = ?", (person_id,))
    return Progress(runs, current, {row["name"]: json.loads(row["value"]) for row in facts})


def write_progress(db: "Database", person_id: int, change: ProgressChange, now: str) -> None:
    """Write what has changed; `now` is the time of the turn as the database keeps it.

    Runs are never removed here: one whose flow is gone may be wanted again when the flow comes back.

    Raises:
        ConflictError: Another process has changed the progress since it was read.
    """
    before, after = change.before, change.after
    counted = "UPDATE people SET revision = revision + 1 WHERE id = ? AND revision = ?"
    if not db.execute(counted, (person_id, change.revision)).rowcount:
        raise ConflictError("another process has changed this person's progress")
    if before.current != after.current:
        db.execute("UPDATE runs SET current = 0 WHERE person = ? AND current = 1", (person_id,))
    for flow, run in after.runs.items():
        if run != before.runs.get(flow):
            sql = "INSERT OR REPLACE INTO runs (person, flow, run, current) VALUES (?, ?, ?, ?)"
            db.execute(sql, (person_id, flow, to_json(run), flow == after.current))
    if before.current != after.current and after.current is not None:
        db.execute("UPDATE runs SET current = 1 WHERE person = ? AND flow = ?", (person_id, after.current))
    for name in before.facts.keys() - after.facts.keys():
        db.execute("DELETE FROM facts WHERE person = ? AND name = ?", (person_id, name))
    for name, value in after.facts.items():
        if before.facts.get(name) != value:
            sql = "INSERT OR REPLACE INTO facts (person, name, value, at) VALUES (?, ?, ?, ?)"
            db.execute(sql, (person_id, name, _json(value), now))
    sql = "INSERT INTO steps (person, at, flow, step, what, detail) VALUES (?, ?, ?, ?, ?, ?)"
    for note in change.notes:
        db.execute(sql, (person_id, now, note.flow, note.step, note.what, note.detail))
