"""Opens the assistant's database for reading only: nothing is changed, nobody who writes has to wait, no file is left beside it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

from bot.errors import StoreError
from bot.migrations import LATEST, migrations
from bot.sqlite_errors import REASONS, explained, kind

WAIT: Final = 5.0
"""Seconds to wait for a process that lets nobody read."""

_REASONS: Final = REASONS | {
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened for reading",
}
_OTHERS: Final = ("-wal", "-journal")
"""What stands beside the file while it is open somewhere, or when whoever had it open was killed."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database, in one transaction; it is neither made nor brought up to date.

    What is raised inside the block by SQLite becomes a StoreError, too.

    Raises:
        StoreError: It does not exist, cannot be read, or belongs to another program.
    """
    with explained(f"the database {path}", "cannot be read", _REASONS):
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise StoreError(f"the database {path} does not exist") from None
        if path.is_dir():
            raise StoreError(f"the database {path} is a folder")
        if not size:  # SQLite would take it for a database without tables
            raise StoreError(f"the database {path} is empty")
        with closing(_opened(path)) as connection:
            connection.execute("PRAGMA temp_store = MEMORY")  # no other file is written
            connection.execute("BEGIN")  # all is of one moment
            if not steps_of(connection):
                raise StoreError(f"the database {path} is not one of the assistant's")
            yield connection


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file as it is.

    A reader of a database that nobody has open would leave SQLite's files beside it, perhaps as another user. As nobody writes
    it then, it is read as a file that does not change.
    """
    alone = not any(os.path.lexists(path.with_name(path.name + other)) for other in _OTHERS)
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    return sqlite3.connect(address, uri=True, timeout=WAIT, isolation_level=None)


def steps_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the steps that made the tables; empty when the assistant did not make them."""
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid"
    try:
        return tuple(name for (name,) in connection.execute(sql, (migrations.name,)))
    except sqlite3.OperationalError as error:
        if kind(error) == sqlite3.SQLITE_ERROR:  # no such table, or another program's
            return ()
        raise


def version_of(steps: tuple[str, ...]) -> Literal["current", "older", "newer"]:
    """Tell whether the steps that made a database are those of this version."""
    if any(name not in LATEST for name in steps):
        return "newer"
    return "current" if set(steps) == set(LATEST) else "older"
