"""SQLite's and the system's errors as one sentence about a database file."""

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bot.errors import StoreError

NOT_SQLITE: Final = "is not an SQLite file"
IN_USE: Final = "is in use by another process"
READ_ONLY: Final = "cannot be written: the file or its folder is read-only"
FULL: Final = "the disk is full"

REASONS: Final = {
    sqlite3.SQLITE_NOTADB: NOT_SQLITE,
    sqlite3.SQLITE_BUSY: IN_USE,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened for reading and writing",
}
"""What is said of every database; others are added where they mean something."""


@contextmanager
def explained(
    what: str, cannot: str, reasons: Mapping[int, str] = REASONS, cannot_by_system: str | None = None
) -> Iterator[None]:
    """Turn the errors into a StoreError: `what` (such as "the database x.db"), and a reason.

    `cannot` (such as "cannot be read") is what is said, with the error, when there is no reason for its kind; and
    `cannot_by_system` of errors that are the system's, if that is to be something else.

    Raises:
        StoreError: Something failed.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{what} {reasons.get(kind(error), f'{cannot}: {error}')}") from None
    except OSError as error:
        reason = FULL if error.errno == errno.ENOSPC else error.strerror
        raise StoreError(f"{what} {cannot_by_system or cannot}: {reason}") from None


def kind(error: sqlite3.Error) -> int:
    """Return the kind of an error: the lowest byte of its code; the others are details."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
