"""What the assistant remembers, in one SQLite file: people, their progress, opinions, unanswered questions, reminders.

All work with SQLite happens on one worker thread, which opens the connection itself. A method is one call to that
thread and one transaction: all of it happened, or none.
"""

import asyncio
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from bot.errors import StoreError
from bot.person_rows import known, known_or_new
from bot.progress_rows import exported, write_notes, write_progress
from bot.question_rows import reports, write_heard, write_hears, write_unanswered, write_usage
from bot.records import Memory, TurnChange, TurnKey, UnansweredReport
from bot.reminders import rows as reminder_rows
from bot.sqlite_errors import FULL, IN_USE, READ_ONLY, REASONS, explained

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for another process that is writing."""

KEEP_HANDLED: Final = timedelta(days=7)
"""A message is recognised as delivered twice for so long; Telegram delivers again for a day."""

_json: Final = json.JSONEncoder(ensure_ascii=False).encode

_WAL_TRIES: Final = 3
_WIPE_PENDING: Final = 1
"""The file's user_version while the text of a forgotten person may still be in it."""

_REASONS: Final = REASONS | {
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup or use another file",
    sqlite3.SQLITE_FULL: f"cannot grow: {FULL}",
    sqlite3.SQLITE_READONLY: READ_ONLY,
}


class Store:
    """The open database; `await Store.open(path)` makes one, `async with` closes it.

    Every method raises StoreError, with a sentence that names the file, when the database cannot do what is asked; then
    nothing was changed, and the store stays usable. A call whose task is cancelled may still happen.
    """

    def __init__(self, path: Path, busy_timeout: float) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._closed = False
        self._db: Database | None = None  # touched on the worker thread only

    @classmethod
    async def open(cls, path: Path, busy_timeout: float = BUSY_TIMEOUT) -> Self:
        """Open the database file; when it does not exist, make it, with its folder, for this user only.

        `busy_timeout` is how many seconds a call waits for another process that is writing.

        Raises:
            StoreError: The file cannot be made, read or written, or is not this version's to use.
        """
        store = cls(path, busy_timeout)
        try:
            await store._run(store._open)
        except BaseException:
            await store.close()
            raise
        return store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Finish the calls that are under way and close the file; closing twice is fine."""
        if not self._closed:
            self._closed = True
            closed = self._worker.submit(self._close)
            self._worker.shutdown(wait=False)
            await asyncio.wrap_future(closed)

    async def turn(self, turn: TurnKey, work: Callable[[Memory], TurnChange]) -> bool:
        """Take a turn as one transaction: read what is known about the person, do the work, write what it changes.

        Somebody new is made known. A message that was handled before changes nothing: the work is not done, and False is
        returned. `work` runs on the store's thread, while no other process can write; what it raises undoes the turn.
        """

        def whole(db: "Database") -> bool:
            fresh = _mark_handled(db, turn)
            if fresh:
                memory = known_or_new(db, turn, _stamp(turn.now))
                if turn.opens:
                    memory = replace(memory, due=tuple(reminder_rows.due_of(db, memory.person.id, turn.now)))
                _write(db, memory, work(memory), turn.now)
            return fresh

        return await self.write(whole)

    async def write(self, work: Callable[["Database"], T]) -> T:
        """Do some work as one transaction, during which no other process can write; what it raises undoes it."""
        return await self._run(lambda: self._written(work))

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    async def recall(self, channel: str, channel_id: str) -> Memory | None:
        """Return what is known about a person; None for nobody."""
        return await self._run(lambda: known(self._database, channel, channel_id))

    async def mark_undelivered(self, channel: str, channel_id: str) -> None:
        """Note in the last offer to a person, until their next turn, that they may not have seen it."""
        sql = """
            INSERT INTO turns (person, state)
            SELECT id, '{"undelivered": true}' FROM people WHERE channel = ? AND channel_id = ?
            ON CONFLICT DO UPDATE SET state = json_set(state, '$.undelivered', json('true'))
        """
        await self._transaction(lambda db: db.execute(sql, (channel, channel_id)))

    async def set_reachable(self, channel: str, channel_id: str, now: datetime, *, reachable: bool) -> None:
        """Note since when a person cannot be written to, or that they can be again; every turn of theirs notes that, too."""
        sql = "UPDATE people SET unreachable_since = ? WHERE channel = ? AND channel_id = ?"
        if not reachable:
            sql += " AND unreachable_since IS NULL"
        values = (None if reachable else _stamp(now), channel, channel_id)
        await self._transaction(lambda db: db.execute(sql, values))

    async def mark_handled(self, channel: str, update_id: str, now: datetime) -> bool:
        """Note that a message which is no turn was handled; False when it had been."""
        key = TurnKey(channel=channel, channel_id="", now=now, update_id=update_id)
        return await self._transaction(lambda db: _mark_handled(db, key))

    async def export(self, person_id: int) -> dict[str, Any]:
        """Return everything that is stored about the person, as values that JSON knows; empty for nobody."""

        def work(db: "Database") -> dict[str, Any]:
            person = list(db.query("SELECT * FROM people WHERE id = ?", (person_id,)))
            if not person:
                return {}
            feedback = "SELECT entry, language, helpful, given_at FROM feedback WHERE person = ? ORDER BY id"
            history = "SELECT at, flow, step, what, detail FROM steps WHERE person = ? ORDER BY id"
            facts = "SELECT name, value, at FROM facts WHERE person = ? ORDER BY name"
            runs = "SELECT run, current FROM runs WHERE person = ? ORDER BY flow"
            asked = "SELECT text, language, hears, asked_at FROM unanswered JOIN unanswered_by ON unanswered = id WHERE person = ? ORDER BY id"
            return {
                "person": person[0],
                "feedback": [row | {"helpful": bool(row["helpful"])} for row in db.query(feedback, (person_id,))],
                "unanswered": [row | {"hears": bool(row["hears"])} for row in db.query(asked, (person_id,))],
                "last_offer": _state(db, person_id),
                "guides": [exported(row["run"], current=bool(row["current"])) for row in db.query(runs, (person_id,))],
                "told": [row | {"value": json.loads(row["value"])} for row in db.query(facts, (person_id,))],
                "steps": list(db.query(history, (person_id,))),
            } | reminder_rows.exported(db, person_id)

        return await self._transaction(work)

    async def forget(self, person_id: int) -> None:
        """Delete everything about the person, also from the file's unused parts; what others asked as well stays.

        Raises:
            StoreError: When another process is reading for longer than the timeout, everything is deleted, but old text
                may stay in the file's unused parts until the next `forget`, `erase` or `open`.
        """

        def delete(db: "Database") -> bool:
            db.execute("DELETE FROM people WHERE id = ?", (person_id,))
            db.execute("DELETE FROM unanswered WHERE id NOT IN (SELECT unanswered FROM unanswered_by)")
            return False

        await self.erase(delete)

    async def erase(self, delete: Callable[["Database"], bool]) -> None:
        """Do some work that deletes, and remove what it deleted from the file's unused parts as well.

        Each call of `delete` is one transaction; as long as it returns True there is more to do, and it is called again.
        Others may take their turns in between.

        Raises:
            StoreError: What earlier calls deleted stays deleted. When another process is reading for longer than the
                timeout, old text may stay in the file's unused parts until the next `erase` or `open`.
        """

        def step() -> bool:
            more = self._written(marked)
            if not more and self._wipe_is_pending():
                self._wipe(self._database)
            return more

        def marked(db: "Database") -> bool:
            before = db.conn.total_changes
            more = delete(db)
            if db.conn.total_changes != before:
                db.execute(f"PRAGMA user_version = {_WIPE_PENDING}")
            return more

        while await self._run(step):
            pass

    async def unanswered(self, limit: int, *, newest: bool = False) -> list[UnansweredReport]:
        """Return the unanswered questions, at most `limit`, those asked most often (then most lately) first.

        With `newest`, those asked most lately come first.
        """
        return await self._transaction(lambda db: reports(db, limit, newest=newest))

    async def counts(self) -> dict[str, int]:
        """Return how many there are of: people, helpful, not_helpful (opinions), unanswered (different questions)."""
        sql = """
            SELECT (SELECT count(*) FROM people) AS people,
                   (SELECT count(*) FROM feedback WHERE helpful = 1) AS helpful,
                   (SELECT count(*) FROM feedback WHERE helpful = 0) AS not_helpful,
                   (SELECT count(*) FROM unanswered) AS unanswered
        """
        return await self._transaction(lambda db: _one(db, sql))

    async def _transaction(self, work: Callable[["Database"], T]) -> T:
        def whole() -> T:
            with self._database.atomic():
                return work(self._database)

        return await self._run(whole)

    async def _run(self, work: Callable[[], T]) -> T:
        def named() -> T:
            with explained(f"the database {self._path}", "cannot be used", _REASONS, "cannot be made"):
                return work()

        if self._closed:
            raise StoreError(f"the database {self._path} is closed")
        return await asyncio.get_running_loop().run_in_executor(self._worker, named)

    # What follows runs on the worker thread.

    @property
    def _database(self) -> "Database":
        assert self._db is not None, "open() waits for the connection"
        return self._db

    def _open(self) -> None:
        from sqlite_utils import Database  # takes 0.3 seconds

        from bot.migrations import migrate

        _create(self._path)
        # The absolute path: SQLite gives ":memory:" and "file:..." a meaning of their own.
        connection = sqlite3.connect(self._path.absolute(), timeout=self._busy_timeout)
        self._db = db = Database(connection, execute_plugins=False)
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA temp_store = MEMORY")  # personal data is written into no other file
        migrate(db, str(self._path))
        db.execute("PRAGMA foreign_keys = ON")
        _use_wal(db)
        # With WAL, NORMAL keeps every commit when the process is killed, but may lose the last ones when the power fails.
        # A person who was told "deleted" or "noted" must find it so.
        db.execute("PRAGMA synchronous = FULL")
        if self._wipe_is_pending():
            with suppress(sqlite3.OperationalError, StoreError):  # in use, or no room: the next time, then
                self._wipe(db)

    def _written(self, work: Callable[["Database"], T]) -> T:
        db = self._database
        # The lock comes first: who begins by reading could not go on to write if another process wrote in between.
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            done = work(db)
        except BaseException:
            db.conn.rollback()
            raise
        db.conn.commit()
        return done

    def _wipe_is_pending(self) -> bool:
        return bool(_one(self._database, "PRAGMA user_version")["user_version"] == _WIPE_PENDING)

    def _wipe(self, db: "Database") -> None:
        """Remove deleted text from the unused parts of the files; `_WIPE_PENDING` stays until it is done.

        secure_delete overwrites deleted rows, but not the copies that stay behind when SQLite moves rows between pages;
        VACUUM writes the file anew. Then the write-ahead log is emptied, which needs all readers to be gone.
        """
        db.execute("VACUUM")
        if _one(db, "PRAGMA wal_checkpoint(TRUNCATE)")["busy"]:
            raise StoreError(f"the database {self._path} {IN_USE}")
        db.execute("PRAGMA user_version = 0")

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()


def _create(path: Path) -> None:
    """Make the file and its folder for this user only, unless they exist; an existing file is not even opened.

    SQLite must be the only one to open it: closing another handle of the file drops this process's locks on it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode=0o600))
        log.info("a new database was made: %s", path)
    if not os.access(path, os.W_OK):  # SQLite would open it for reading, and leave read-only files behind
        raise StoreError(f"the database {path} {READ_ONLY}")


def _use_wal(db: "Database") -> None:
    """Switch to WAL. SQLite does not wait when two processes switch a new file at once, so this waits and tries again."""
    for _ in range(_WAL_TRIES - 1):
        with suppress(sqlite3.OperationalError):
            db.enable_wal()
            return
        db.execute("BEGIN IMMEDIATE")
        db.rollback()
    db.enable_wal()


def _mark_handled(db: "Database", turn: TurnKey) -> bool:
    if turn.update_id is None:
        return True
    values = (turn.channel, turn.update_id, _stamp(turn.now))
    new = db.execute("INSERT OR IGNORE INTO handled (channel, update_id, at) VALUES (?, ?, ?)", values).rowcount == 1
    if new:
        db.execute("DELETE FROM handled WHERE at < ?", (_stamp(turn.now - KEEP_HANDLED),))
    return new


def _write(db: "Database", memory: Memory, change: TurnChange, moment: datetime) -> None:
    person, now = memory.person.id, _stamp(moment)
    sql = "UPDATE people SET language = ?, chosen_language = ?, last_seen = ?, unreachable_since = NULL WHERE id = ?"
    db.conn.execute(sql, (change.language, change.chosen_language, now, person))
    if change.state is None:
        db.conn.execute("DELETE FROM turns WHERE person = ?", (person,))
    else:
        db.conn.execute("INSERT OR REPLACE INTO turns (person, state) VALUES (?, ?)", (person, _json(change.state)))
    if given := change.feedback:
        sql = "INSERT OR REPLACE INTO feedback (person, entry, language, helpful, given_at) VALUES (?, ?, ?, ?, ?)"
        db.conn.execute(sql, (person, given.entry, given.language, given.helpful, now))
    if change.unanswered:
        write_unanswered(db, person, change.unanswered, now)
    if change.hears is not None:
        write_hears(db, person, change.hears)
    write_heard(db, person, change.heard)
    write_usage(db, change.used)
    if change.progress is not None:
        write_progress(db, person, memory.progress, change.progress, now)
    write_notes(db, person, change.notes, now)
    if change.preferences is not None:
        reminder_rows.write_preferences(db, person, change.preferences)
    if change.due is not None:
        reminder_rows.write_verdict(db, person, change.due, moment)
    if change.planned is not None:
        reminder_rows.write_plan(db, person, change.planned, moment, change.planned_with)


def _state(db: "Database", person_id: int) -> dict[str, Any] | None:
    states = [json.loads(row["state"]) for row in db.query("SELECT state FROM turns WHERE person = ?", (person_id,))]
    return states[0] if states else None


def _one(db: "Database", sql: str, values: Sequence[object] = ()) -> dict[str, Any]:
    """Return the one row that the statement gives."""
    (row,) = db.query(sql, values)
    return row


def _stamp(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"the time {moment} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds")
