"""Figures about the database, read without changing it, and without keeping anybody waiting who writes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from bot.errors import StoreError
from bot.migrations import LATEST, migrations
from bot.reminders.rows import PAUSED
from bot.sqlite_errors import REASONS, explained, kind
from flows.run import stamp

WAIT: Final = 5.0
"""Seconds to wait for a process that lets nobody read."""

_REASONS: Final = REASONS | {
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened for reading",
}
_OTHERS: Final = ("-wal", "-journal")
"""What stands beside the file while it is open somewhere, or when whoever had it open was killed."""


class Figures:
    """A database that is open for reading only; `reading` makes one.

    What an older version did not have yet is None. Every method raises sqlite3.Error, which `reading` explains.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def migrations(self) -> tuple[str, ...]:
        """Return the names of the steps that made the tables; empty when the assistant did not make them."""
        sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
        try:
            return tuple(name for (name,) in self._connection.execute(sql, (migrations.name,)))
        except sqlite3.OperationalError as error:
            if kind(error) == sqlite3.SQLITE_ERROR:  # no such table, or another program's
                return ()
            raise

    def people(self) -> int | None:
        """Return how many people are remembered."""
        return self._number("SELECT count(*) FROM people")

    def unanswered(self) -> int | None:
        """Return how many different unanswered questions are not decided yet."""
        undecided = self._number("SELECT count(*) FROM unanswered WHERE decision IS NULL")
        return self._number("SELECT count(*) FROM unanswered") if undecided is None else undecided

    def to_apply(self) -> int | None:
        """Return how many decisions about unanswered questions wait for the curator to write them into the content."""
        return self._number("SELECT count(*) FROM unanswered WHERE decision = 'assign'")

    def reminders(self) -> dict[str, int]:
        """Return how many reminders there are in each state, on all channels; this reads all of them."""
        return dict(self._connection.execute("SELECT state, count(*) FROM reminders GROUP BY state"))

    def pending(self, channel: str) -> int | None:
        """Return how many reminders are to come on a channel."""
        return self._number(_PENDING, channel)

    def overdue(self, channel: str, now: datetime) -> int | None:
        """Return how many of them are due."""
        return self._number(f"{_PENDING} AND due_at <= ?", channel, stamp(now))

    def late(self, channel: str, now: datetime, since: timedelta) -> int | None:
        """Return how many of them have been due for longer than `since`."""
        return self._number(f"{_PENDING} AND due_at < ?", channel, stamp(now - since))

    def paused_since(self) -> datetime | None:
        """Return since when reminders are paused; None when they are not."""
        found = self._one("SELECT since FROM switches WHERE name = ?", PAUSED)
        return datetime.fromisoformat(found) if isinstance(found, str) else None

    def is_whole(self) -> bool:
        """Tell whether SQLite finds no damage; this reads the whole file."""
        return self._connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]

    def _number(self, sql: str, *values: str) -> int | None:
        found = self._one(sql, *values)
        return found if isinstance(found, int) else None

    def _one(self, sql: str, *values: str) -> object:
        try:
            row = self._connection.execute(sql, values).fetchone()
        except sqlite3.OperationalError as error:
            if kind(error) == sqlite3.SQLITE_ERROR:  # a table or column that another version has
                return None
            raise
        return row[0] if row else None


_PENDING: Final = """
    SELECT count(*) FROM reminders JOIN people ON people.id = person WHERE state = 'pending' AND channel = ?
"""


def version_of(names: tuple[str, ...]) -> Literal["current", "older", "newer"]:
    """Tell whether the steps that made a database are those of this version."""
    if any(name not in LATEST for name in names):
        return "newer"
    return "current" if set(names) == set(LATEST) else "older"


@contextmanager
def reading(path: Path) -> Iterator[Figures]:
    """Open the assistant's database for reading; it is neither made nor brought up to date, and no file appears beside it.

    Raises:
        StoreError: It does not exist, cannot be read, or belongs to another program.
    """
    with explained(f"the database {path}", "cannot be read", _REASONS):
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise StoreError(f"the database {path} does not exist") from None
        if not size:  # SQLite would take it for a database without tables
            raise StoreError(f"the database {path} is empty")
        with closing(_opened(path)) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("BEGIN")  # all figures are of one moment
            figures = Figures(connection)
            if not figures.migrations():
                raise StoreError(f"the database {path} is not one of the assistant's")
            yield figures


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file as it is.

    A reader of a database that nobody has open would leave SQLite's files beside it, perhaps as another user. As nobody writes
    it then, it is read as a file that does not change.
    """
    alone = not any(os.path.lexists(path.with_name(path.name + other)) for other in _OTHERS)
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    return sqlite3.connect(address, uri=True, timeout=WAIT, isolation_level=None)
