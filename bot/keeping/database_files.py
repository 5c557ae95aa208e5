"""What backing up and restoring share: a database file made in a folder of its own, checked, and given its name whole."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

LEFT_BEHIND: Final = 3600.0
"""Seconds after which a folder in which a file was being made is nobody's any more."""

COMPANIONS: Final = ("-journal", "-wal", "-shm")
"""What SQLite appends to the name of a database for files that belong to it."""


def companion(database: Path, ending: str) -> Path:
    """Return the file that belongs to a database."""
    return database.with_name(database.name + ending)


def taken(name: Path) -> Path | None:
    """Return the file that keeps a database from getting a name: itself, or one that SQLite would take for its own."""
    files = (name, *(companion(name, ending) for ending in COMPANIONS))
    return next((file for file in files if os.path.lexists(file)), None)


@contextmanager
def making(beside: Path, prefix: str) -> Iterator[Path]:
    """Yield a folder for this user only, beside a file, in which that can be made; it goes with all that is in it.

    What processes left behind that were killed is removed: it may hold what people have had deleted since.
    """
    for old in beside.parent.glob(f"{prefix}*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - LEFT_BEHIND:
                shutil.rmtree(old)
    with TemporaryDirectory(prefix=prefix, dir=beside.parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def make_empty(file: Path) -> None:
    """Make a file for this user only."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode=0o600))


def make_plain(copy: Path) -> bool:
    """Leave a file that needs no other beside it, without what was deleted from it; return whether it is whole."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as made:
        made.execute("PRAGMA locking_mode = EXCLUSIVE")  # shares no memory, which some file systems cannot
        made.execute("PRAGMA journal_mode = DELETE")
        # The store sets it while the text of forgotten people may still be in the file's unused parts.
        if made.execute("PRAGMA user_version").fetchone() != (0,):
            made.execute("PRAGMA temp_store = MEMORY")
            made.execute("VACUUM")
        return made.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def give_name(file: Path, name: Path) -> None:
    """Give a file its name, in the same file system.

    Raises:
        FileExistsError: Something else has taken the name meanwhile.
    """
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as on a memory stick
        if os.path.lexists(name):
            raise FileExistsError from None
        file.rename(name)


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_names(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can do that."""
    with suppress(OSError):
        sync(folder)
