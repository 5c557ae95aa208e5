"""A backup put in place of the database: checked first, whole under the name at every moment; what was there is kept.

SQLite finds the write-ahead log of a database by its name. One of the old database must therefore never lie beside the new
one, and nobody may go on with the old file once its name belongs to another: nobody has it open when it is replaced, and
who had begun to open it finds that it is no database any more.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from bot.errors import StoreError, UsageError
from bot.keeping.database_files import (
    COMPANIONS,
    companion,
    give_name,
    make_empty,
    make_plain,
    making,
    sync,
    sync_names,
    taken,
)
from bot.sqlite_errors import FULL, IN_USE, NOT_SQLITE, explained, kind
from bot.store import BUSY_TIMEOUT

MAKING: Final = ".regbot-restore-"
"""How the names of folders begin, beside the database, in which a restored one is being made."""

KEPT: Final = ".before-restore"
"""What is appended to the name of the database that was there before; a number follows when that is taken."""

_IN_USE: Final = f"{IN_USE}; stop the bot and leave the chats first"
_FOREIGN: Final = "is not one of the assistant's"
_FAULTS: Final = {
    sqlite3.SQLITE_NOTADB: NOT_SQLITE,
    sqlite3.SQLITE_CORRUPT: "is damaged; use another one",
    sqlite3.SQLITE_ERROR: _FOREIGN,  # a table or a column is not there
}
"""The errors that are the backup's fault."""
_DAMAGED: Final = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}

# Where SQLite's locks lie, which every process holds that has a database open with a write-ahead log.
_LOCKS: Final = 0x4000_0000, 512  # in the database
_SHARED_LOCKS: Final = 128, 1  # in its -shm


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a database, in short."""

    people: int
    last_turn: datetime | None
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A backup that has been found whole, and a copy of it beside the database that is ready to take its place."""

    database: Path
    """The file itself; links to it stay links."""
    new: Contents
    old: Contents | str | None
    """What is there now; None for nothing, and a text for a file that cannot be read: why."""
    _folder: Path
    _busy_timeout: float

    def put_in_place(self) -> Path | None:
        """Put the backup in place of the database; returns where that is kept now, None when there was none.

        Raises:
            StoreError: Another process has the database open, or it cannot be written; everything is as it was.
        """
        copy = self._folder / "new.db"
        if not os.path.lexists(self.database):
            _resemble(copy, self.database.parent.stat(), 0o600)
            sync(copy)
            self._refuse_nameless_use()
            self._set_companions_aside(self._name_for_old())
            try:
                give_name(copy, self.database)
            except FileExistsError:
                raise StoreError(f"the database {self.database} was made meanwhile by another process") from None
            sync_names(self.database.parent)
            return None
        with _nobody_else(self.database, self._busy_timeout) as handle:
            like = os.fstat(handle)
            _resemble(copy, like, like.st_mode & 0o666)
            sync(copy)
            kept = self._keep(handle, like)
            self._set_companions_aside(kept)
            sync_names(self.database.parent)
            copy.replace(self.database)
            # Who waits for a lock on the old file is not to go on with it: the log would get the name of the new one's.
            os.pwrite(handle, bytes(100), 0)
        sync_names(self.database.parent)
        return kept

    def _keep(self, handle: int, like: os.stat_result) -> Path:
        """Copy the old database, byte for byte, to a name of its own, which is returned."""
        old = self._folder / "old.db"
        make_empty(old)
        with open(handle, "rb", closefd=False) as whole, old.open("wb") as made:
            shutil.copyfileobj(whole, made)
        _resemble(old, like, 0o600)
        sync(old)
        name = self._name_for_old()
        give_name(old, name)
        return name

    def _name_for_old(self) -> Path:
        endings = (KEPT if number == 1 else f"{KEPT}-{number}" for number in count(1))
        return next(name for name in (companion(self.database, ending) for ending in endings) if not taken(name))

    def _set_companions_aside(self, kept: Path) -> None:
        """Leave nothing beside the name that SQLite would apply to the new database; one that is whole has no such files now."""
        for ending in COMPANIONS:
            file = companion(self.database, ending)
            if os.path.lexists(file):
                file.rename(companion(kept, ending))

    def _refuse_nameless_use(self) -> None:
        """Refuse to go on when a process still uses a database whose file was deleted: it would delete the new one's log."""
        shared = companion(self.database, "-shm")
        if shared.exists():
            with _opened(shared) as handle:
                _lock(handle, _SHARED_LOCKS, self.database)


@contextmanager
def prepared(file: Path, database: Path, busy_timeout: float = BUSY_TIMEOUT) -> Iterator[Prepared]:
    """Check a backup, and yield it ready to be put in place of the database; neither has been changed by then.

    `busy_timeout` is how many seconds to wait for another process that lets nobody read the database.

    Raises:
        UsageError: The backup is the database itself.
        StoreError: The backup or the database cannot be used.
    """
    database = Path(os.path.realpath(database))
    with explained(f"the backup {file}", "cannot be read"):
        if not file.exists():
            raise StoreError(f"the backup {file} does not exist")
        if not file.is_file():
            raise StoreError(f"the backup {file} is not a file")
        if database.exists() and file.samefile(database):
            raise UsageError(f"{file} is the database itself; name a backup of it")
    with _replacing(database):
        if database.exists():
            _refuse_others(database)
        old = _read(database, busy_timeout)
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with making(database, MAKING) as folder:
            copy = folder / "new.db"
            _fetch(file, copy)
            yield Prepared(database, _checked(copy, file), old, folder, busy_timeout)


@contextmanager
def _replacing(database: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into one sentence about the database that is to be replaced."""
    cannot = "cannot be replaced"
    reasons = {sqlite3.SQLITE_BUSY: _IN_USE, sqlite3.SQLITE_FULL: f"{cannot}: {FULL}"}
    with explained(f"the database {database}", cannot, reasons):
        yield


def _refuse_others(database: Path) -> None:
    """Refuse what this user must not replace."""
    if not database.is_file():
        raise StoreError(f"the database {database} is not a file")
    if os.geteuid() not in {0, database.stat().st_uid} or not os.access(database, os.R_OK | os.W_OK):
        raise StoreError(f"the database {database} cannot be replaced: run this as the user whom it belongs to")


def _read(database: Path, busy_timeout: float) -> Contents | str | None:
    """Return what stands in the database that is to be replaced, or why that cannot be read.

    Raises:
        StoreError: It belongs to another program, or another process lets nobody read it.
    """
    if not database.exists():
        return None
    try:
        with closing(_connected(database, busy_timeout)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            if tables and "_sqlite_migrations" not in tables:
                raise StoreError(f"the database {database} belongs to another program; use another file")
            return _contents(connection, database) if tables else Contents(0, None, database.stat().st_size)
    except sqlite3.Error as error:
        if kind(error) == sqlite3.SQLITE_BUSY:
            raise
        return NOT_SQLITE if kind(error) == sqlite3.SQLITE_NOTADB else f"cannot be read: {error}"


def _contents(connection: sqlite3.Connection, file: Path) -> Contents:
    people, last = connection.execute("SELECT count(*), max(last_seen) FROM people").fetchone()
    return Contents(people, datetime.fromisoformat(last) if last else None, file.stat().st_size)


def _fetch(file: Path, copy: Path) -> None:
    """Copy a backup, with what SQLite has not moved into it yet. SQLite itself would leave files beside it.

    Raises:
        StoreError: It cannot be read, or somebody is writing it.
    """
    make_empty(copy)
    pieces = [(companion(file, ending), companion(copy, ending)) for ending in ("", "-journal", "-wal")]

    def state() -> list[tuple[int, int, int] | None]:
        found = [piece.stat() if piece.exists() else None for piece, _ in pieces]
        return [(one.st_ino, one.st_size, one.st_mtime_ns) if one else None for one in found]

    before = state()
    for piece, target in pieces:
        if piece.exists():
            with explained(f"the backup {file}", "cannot be read"):
                source = piece.open("rb")
            with source, target.open("wb") as made:
                shutil.copyfileobj(source, made)
    if state() != before:
        raise StoreError(f"the backup {file} is being written; make a copy of it with regbot backup, and restore that")


def _checked(copy: Path, file: Path) -> Contents:
    """Make the copy of a backup one plain file and return what stands in it.

    Raises:
        StoreError: It is damaged, or not for this version of the assistant.
    """
    from sqlite_utils import Database  # takes 0.3 seconds

    from bot.migrations import LATEST, migrations

    try:
        if not make_plain(copy):
            raise StoreError(f"the backup {file} {_FAULTS[sqlite3.SQLITE_CORRUPT]}")
        with closing(sqlite3.connect(copy)) as connection:
            names = [step.name for step in migrations.applied(Database(connection, execute_plugins=False))]
            if not names:
                raise StoreError(f"the backup {file} {_FOREIGN}")
            if newer := [name for name in names if name not in LATEST]:
                raise StoreError(
                    f'the backup {file} was written by a newer version (it has the migration "{newer[0]}"); '
                    "upgrade the assistant first"
                )
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError(f"the backup {file} {_FAULTS[sqlite3.SQLITE_CORRUPT]}")
            return _contents(connection, copy)
    except sqlite3.Error as error:
        if fault := _FAULTS.get(kind(error)):
            raise StoreError(f"the backup {file} {fault}") from None
        raise


def _resemble(file: Path, like: os.stat_result, mode: int) -> None:
    """Give a file the rights, and the owner that others have, who root is not to lock out."""
    file.chmod(mode)
    if os.geteuid() == 0:
        os.chown(file, like.st_uid, like.st_gid)


@contextmanager
def _nobody_else(database: Path, busy_timeout: float) -> Iterator[int]:
    """Let no other process use the database, which is one plain file then; yields a handle of that.

    Raises:
        StoreError: Another process has it open.
    """
    # Closing any handle of the file drops this process's locks on it: this one is closed last.
    with _opened(database) as handle, closing(_connected(database, busy_timeout)) as connection:
        try:
            # With a write-ahead log, whoever has the database open has a lock that lets nobody change this.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            _refuse_another(handle, database)
            if kind(error) not in _DAMAGED:
                raise
            connection.close()
            _lock(handle, _LOCKS, database)
        else:
            if connection.execute("PRAGMA journal_mode").fetchone() != ("delete",):  # somebody was quicker
                raise StoreError(f"the database {database} {_IN_USE}")
        _refuse_another(handle, database)
        yield handle


def _refuse_another(handle: int, database: Path) -> None:
    """Refuse to go on when the file has lost its name meanwhile, for another restore was quicker."""
    if not os.path.samestat(os.fstat(handle), database.stat()):
        raise StoreError(f"the database {database} {_IN_USE}")


def _connected(database: Path, busy_timeout: float) -> sqlite3.Connection:
    # mode=rw: a file that has vanished meanwhile is not made anew.
    address = f"{database.as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=busy_timeout, isolation_level=None)


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    handle = os.open(file, os.O_RDWR)
    try:
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, where: tuple[int, int], database: Path) -> None:
    """Take a lock of SQLite's for this process, as long as it has the file open.

    Raises:
        StoreError: Another process has it.
    """
    import fcntl

    start, length = where
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
    except (BlockingIOError, PermissionError):
        raise StoreError(f"the database {database} {_IN_USE}") from None
