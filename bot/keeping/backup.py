"""A copy of the database, made while other processes use it: one plain file, checked, under its name only when whole."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Final

from bot.errors import StoreError, UsageError
from bot.keeping.database_files import give_name, make_empty, make_plain, making, sync, sync_names, taken
from bot.sqlite_errors import FULL, REASONS, explained, kind
from bot.store import BUSY_TIMEOUT

MAKING: Final = ".regbot-backup-"
"""How the names of folders begin, beside the backups, in which one is being made."""

_PAGES: Final = 256
"""So many pages are copied before Ctrl-C is heard."""

_INHERITED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_READ}

_REASONS: Final = REASONS | {
    sqlite3.SQLITE_CORRUPT: "is damaged, so that no backup was made",
    sqlite3.SQLITE_READONLY: "cannot be read without the right to write: run this as the user whom it belongs to",
}


def backup(database: Path, target: Path, busy_timeout: float = BUSY_TIMEOUT) -> int:
    """Copy the database to `target`, for this user only, and return the size in bytes.

    The copy holds what was committed at one moment; others may go on writing. When it fails, there is no `target`.
    `busy_timeout` is how many seconds to wait for a process that lets nobody read.

    Raises:
        UsageError: The target exists, or its folder does not.
        StoreError: The database is none of the assistant's or cannot be read, or the copy cannot be written.
    """
    with _reading(database):
        if not database.exists():
            raise StoreError(f"the database {database} does not exist")
        if not os.access(database, os.W_OK):  # SQLite would leave files behind that the owner could not write
            raise StoreError(f"the database {database} {_REASONS[sqlite3.SQLITE_READONLY]}")
    with _writing(target):
        if not target.parent.is_dir():
            raise UsageError(f"there is no folder {target.parent} for the backup")
        _refuse_taken(target)
        # SQLite makes files beside the copy for a while; in a folder of its own they go with it.
        with making(target, MAKING) as folder:
            copy = folder / "copy.db"
            make_empty(copy)
            _copy(database, copy, busy_timeout)
            with _blaming(database):
                if not make_plain(copy):
                    raise StoreError(f"the database {database} {_REASONS[sqlite3.SQLITE_CORRUPT]}")
            size = copy.stat().st_size
            sync(copy)
            try:
                give_name(copy, target)
            except FileExistsError:
                _refuse_taken(target)
                raise
        sync_names(target.parent)
    return size


def _reading(database: Path) -> AbstractContextManager[None]:
    """Turn SQLite's and the system's errors into one sentence about the database."""
    return explained(f"the database {database}", "cannot be read", _REASONS)


def _writing(target: Path) -> AbstractContextManager[None]:
    """Turn SQLite's and the system's errors into one sentence about the backup."""
    cannot = "cannot be written"
    return explained(f"the backup {target}", cannot, {sqlite3.SQLITE_FULL: f"{cannot}: {FULL}"})


@contextmanager
def _blaming(database: Path) -> Iterator[None]:
    """Turn those of SQLite's errors at a copy into a sentence about the database whose cause it is."""
    try:
        yield
    except sqlite3.Error as error:
        if {kind(error), getattr(error, "sqlite_errorcode", 0)} & _INHERITED:
            with _reading(database):
                raise
        raise


def _refuse_taken(target: Path) -> None:
    """Refuse a name that is taken, also by a journal: that of another database would destroy the copy."""
    if file := taken(target):
        raise UsageError(f"the file {file} exists already; give the backup another name")


def _copy(database: Path, copy: Path, busy_timeout: float) -> None:
    with (
        closing(_opened(database, busy_timeout)) as source,
        _blaming(database),
        closing(sqlite3.connect(copy)) as made,
    ):
        source.backup(made, pages=_PAGES, progress=lambda *_: None)


def _opened(database: Path, busy_timeout: float) -> sqlite3.Connection:
    """Open the database, in a transaction.

    The copy is of the moment when that began; without one it would begin again whenever somebody writes. And waiting for a
    lock ends here after the timeout, while `Connection.backup` would wait for ever.
    """
    with _reading(database):
        # mode=rw: a file that has vanished meanwhile is not made anew.
        address = f"{database.absolute().as_uri()}?mode=rw"
        source = sqlite3.connect(address, uri=True, timeout=busy_timeout, isolation_level=None)
        try:
            source.execute("BEGIN")
            _refuse_foreign(source, database)
        except BaseException:
            source.close()
            raise
        return source


def _refuse_foreign(source: sqlite3.Connection, database: Path) -> None:
    from sqlite_utils import Database  # takes 0.3 seconds

    from bot.migrations import migrations

    if not migrations.applied(Database(source, execute_plugins=False)):
        raise StoreError(f"the database {database} is not one of the assistant's")
