"""A copy of the database, made while other processes use it: one plain file, checked, under its name only when whole."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bot.errors import StoreError, UsageError
from bot.store import BUSY_TIMEOUT

MAKING: Final = ".regbot-backup-"
"""How the names of folders begin, beside the backups, in which one is being made."""

LEFT_BEHIND: Final = 3600.0
"""Seconds after which such a folder is nobody's any more."""

_PAGES: Final = 256
"""So many pages are copied before Ctrl-C is heard."""

_COMPANIONS: Final = ("", "-journal", "-wal", "-shm")
"""What SQLite appends to the name of a database for files that belong to it."""

_INHERITED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_READ}

_REASONS: Final = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite file",
    sqlite3.SQLITE_CORRUPT: "is damaged, so that no backup was made",
    sqlite3.SQLITE_BUSY: "is in use by another process",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened for reading and writing",
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
        _refuse_existing(target)
        _sweep(target.parent)
        # SQLite makes files beside the copy for a while; in a folder of its own they go with it.
        with TemporaryDirectory(prefix=MAKING, dir=target.parent, ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / "copy.db"
            os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode=0o600))
            _copy(database, copy, busy_timeout)
            _make_plain(copy, database)
            size = copy.stat().st_size
            _sync(copy)
            _place(copy, target)
        with suppress(OSError):  # not every file system can
            _sync(target.parent)
    return size


@contextmanager
def _reading(database: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into one sentence about the database."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"the database {database} {_REASONS.get(_kind(error), f'cannot be read: {error}')}") from None
    except OSError as error:
        raise StoreError(f"the database {database} cannot be read: {error.strerror}") from None


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into one sentence about the backup."""
    try:
        yield
    except sqlite3.Error as error:
        reason = "the disk is full" if _kind(error) == sqlite3.SQLITE_FULL else error
        raise StoreError(f"the backup {target} cannot be written: {reason}") from None
    except OSError as error:
        raise StoreError(f"the backup {target} cannot be written: {error.strerror}") from None


@contextmanager
def _blaming(database: Path) -> Iterator[None]:
    """Turn those of SQLite's errors at a copy into a sentence about the database whose cause it is."""
    try:
        yield
    except sqlite3.Error as error:
        if {_kind(error), getattr(error, "sqlite_errorcode", 0)} & _INHERITED:
            with _reading(database):
                raise
        raise


def _kind(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the lowest byte is the kind, the others are details


def _refuse_existing(target: Path) -> None:
    """Refuse a name that is taken, also by a journal: that of another database would destroy the copy."""
    for companion in _COMPANIONS:
        file = target.with_name(target.name + companion)
        if os.path.lexists(file):
            raise UsageError(f"the file {file} exists already; give the backup another name")


def _sweep(folder: Path) -> None:
    """Remove what backups left behind that were killed: it may hold what people have had deleted since."""
    for old in folder.glob(f"{MAKING}*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(old)


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


def _make_plain(copy: Path, database: Path) -> None:
    """Leave a whole file that needs no other beside it, without what was deleted from it."""
    with _blaming(database), closing(sqlite3.connect(copy, isolation_level=None)) as made:
        made.execute("PRAGMA locking_mode = EXCLUSIVE")  # shares no memory, which some file systems cannot
        made.execute("PRAGMA journal_mode = DELETE")
        # The store sets it while the text of forgotten people may still be in the file's unused parts.
        if made.execute("PRAGMA user_version").fetchone() != (0,):
            made.execute("PRAGMA temp_store = MEMORY")
            made.execute("VACUUM")
        if made.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise StoreError(f"the database {database} {_REASONS[sqlite3.SQLITE_CORRUPT]}")


def _place(copy: Path, target: Path) -> None:
    """Give the copy its name, which nothing else has taken meanwhile."""
    try:
        os.link(copy, target)
    except FileExistsError:
        _refuse_existing(target)
        raise
    except OSError:  # a file system without links, such as on a memory stick
        _refuse_existing(target)
        copy.rename(target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
