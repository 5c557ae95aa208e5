"""Figures about the database, for `regbot status` and Prometheus."""

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.reading import steps_of
from bot.reminders.rows import PAUSED
from bot.sqlite_errors import kind
from flows.run import stamp


class Figures:
    """Figures of a database that is open for reading (`bot.reading.reading`).

    What an older version did not have yet is None. Every method raises sqlite3.Error, which `reading` explains.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def migrations(self) -> tuple[str, ...]:
        """Return the names of the steps that made the tables."""
        return steps_of(self._connection)

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
