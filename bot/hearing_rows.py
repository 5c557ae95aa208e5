"""Who waits to hear the answer to a question, in the database's tables.

Everything here runs inside the store's transactions.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlite_utils import Database


def waiting_for_answers(db: "Database", channel: str, after: int, limit: int) -> list[int]:
    """Return the numbers of people who wait for answers and can be reached, above the number `after`, at most `limit`."""
    sql = """
        SELECT DISTINCT person FROM unanswered_by JOIN people ON people.id = person
        WHERE hears IS NOT NULL AND person > ? AND channel = ? AND unreachable_since IS NULL ORDER BY person LIMIT ?
    """
    return [number for (number,) in db.conn.execute(sql, (after, channel, limit))]


def settle_hearing(db: "Database", channel: str) -> int:
    """Have sent again what a process left on its way that is gone; only for the holder of the lock. Returns how many."""
    sql = """
        UPDATE unanswered_by SET hears = 'wanted'
        WHERE hears = 'sending' AND EXISTS (SELECT 1 FROM people WHERE id = person AND channel = ?)
    """
    return db.conn.execute(sql, (channel,)).rowcount


def mark_hearing(
    db: "Database", person: int, numbers: Iterable[int], state: Literal["wanted", "sending"] | None
) -> None:
    """Note that the answers to some questions are on their way to somebody, are still to be sent, or (None) not any more."""
    for number in numbers:
        values = (state, number, person)
        sql = "UPDATE unanswered_by SET hears = ? WHERE unanswered = ? AND person = ? AND hears IS NOT NULL"
        db.conn.execute(sql, values)
