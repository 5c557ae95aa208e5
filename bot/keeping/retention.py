"""Nothing about people is kept for ever: old questions without an answer, and people who have not come back, are removed every day."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from bot.errors import StoreError
from bot.store import KEEP_HANDLED, Store
from flows.run import stamp

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

LAST_RUN: Final = "retention-last-run"
"""The name in the table `switches` that tells when everything old was last removed."""

AT: Final = time(3, 30)
"""When the day's turn is, on the clock of the time zone."""
EVERY: Final = timedelta(days=1)
AFTER_START: Final = timedelta(minutes=5)
"""How long after the start a turn is made up for that was missed."""
AFTER_FAILURE: Final = timedelta(hours=1)
TICK: Final = 60.0
"""Seconds between two looks at the clock, which may be set, or stand still while the machine sleeps."""

AT_ONCE: Final = 100
"""People or questions that are removed in one transaction, so that nobody's turn waits long."""
HANDLED_AT_ONCE: Final = 5000

_OLD_PEOPLE: Final = "last_seen < :people"
_OLD_QUESTIONS: Final = "last_asked < :questions"
_NOBODYS: Final = "NOT EXISTS (SELECT 1 FROM unanswered_by WHERE unanswered = id)"
_COUNT: Final = f"""
    SELECT (SELECT count(*) FROM people WHERE {_OLD_PEOPLE}),
           (SELECT count(*) FROM unanswered WHERE {_OLD_QUESTIONS} OR NOT EXISTS (
               SELECT 1 FROM unanswered_by JOIN people ON people.id = person
               WHERE unanswered = unanswered.id AND NOT {_OLD_PEOPLE}
           ))
"""  # noqa: S608 - the conditions are constants


@dataclass(slots=True)
class Removed:
    """How much was removed, or would be."""

    people: int = 0
    questions: int = 0


class Retention:
    """Removes questions that were last asked, and people who were last seen, longer ago than they are kept.

    Everything about these people goes with them, also reminders still to come, and questions that nobody is left for. `zone`
    tells when it is night, `now` is the clock, in any time zone.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what is kept for how long, and the clock
        self,
        store: Store,
        keep_unanswered: timedelta,
        keep_people: timedelta,
        zone: tzinfo,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tick: float = TICK,
    ) -> None:
        self._store = store
        self._keep_unanswered = keep_unanswered
        self._keep_people = keep_people
        self._zone = zone
        self._now = now
        self._tick = tick

    async def run(self, stop: asyncio.Event) -> None:
        """Remove what is old every night until told to stop; a turn that was missed is made up for. Nothing is raised."""
        due: datetime | None = None
        while not stop.is_set():
            try:
                if due is None or due > self._now() + 2 * EVERY:  # the clock was wrong when that was said
                    due = await self._first()
                if self._now() >= due:
                    await self.once()
                    due = self._next()
            except StoreError as error:
                log.warning("old questions and people could not be removed: %s", error)
                due = self._now() + AFTER_FAILURE
            except Exception:
                log.exception("old questions and people could not be removed")
                due = self._now() + AFTER_FAILURE
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._tick)

    async def once(self) -> Removed:
        """Remove what is old now, also from the file's unused parts; what was begun is finished the next time.

        Raises:
            StoreError: The database cannot do what is asked; what was removed by then stays removed.
        """
        now = self._now()
        removed = Removed()
        limits = self._limits(now)
        await self._store.erase(_batches(removed, limits))
        while await self._store.write(lambda db: _forget_askers(db, limits["questions"])):
            pass
        while await self._store.write(lambda db: _forget_handled(db, stamp(now - KEEP_HANDLED))):
            pass
        sql = "INSERT OR REPLACE INTO switches (name, since) VALUES (?, ?)"
        await self._store.write(lambda db: db.conn.execute(sql, (LAST_RUN, stamp(now))))
        if removed != Removed():
            log.info("removed %s people and %s questions, kept long enough", removed.people, removed.questions)
        return removed

    async def count(self) -> Removed:
        """Return how much would be removed now; nothing is changed.

        Raises:
            StoreError: The database cannot be read.
        """
        limits = self._limits(self._now())
        people, questions = await self._store.write(lambda db: db.conn.execute(_COUNT, limits).fetchone())
        return Removed(people, questions)

    def _limits(self, now: datetime) -> dict[str, str]:
        """Return the moments before which everything is old."""
        return {"people": stamp(now - self._keep_people), "questions": stamp(now - self._keep_unanswered)}

    async def _first(self) -> datetime:
        """Return when the first turn is."""
        sql = "SELECT since FROM switches WHERE name = ?"
        row = await self._store.write(lambda db: db.conn.execute(sql, (LAST_RUN,)).fetchone())
        missed = row is None or self._now() - datetime.fromisoformat(row[0]) > EVERY
        return self._now() + AFTER_START if missed else self._next()

    def _next(self) -> datetime:
        """Return the next night's moment."""
        now = self._now()
        today = now.astimezone(self._zone).date()
        nights = (datetime.combine(today + timedelta(days=days), AT, self._zone).astimezone(UTC) for days in (0, 1))
        return next(night for night in nights if night > now)


def _batches(removed: Removed, limits: dict[str, str]) -> Callable[["Database"], bool]:
    """Return a function each call of which removes some of what is old; it tells whether there may be more."""
    # Each kind in the order of the numbers, so that all its rows are looked at once in the end, not once for each call.
    kinds = [("people", _OLD_PEOPLE, "people"), ("unanswered", _OLD_QUESTIONS, "questions")]
    kinds.append(("unanswered", _NOBODYS, "questions"))
    after = 0

    def delete(db: "Database") -> bool:
        nonlocal after
        table, old, name = kinds[0]
        sql = f"SELECT id FROM {table} WHERE id > :after AND {old} ORDER BY id LIMIT {AT_ONCE}"  # noqa: S608
        found = db.conn.execute(sql, limits | {"after": after}).fetchall()
        db.conn.executemany(f"DELETE FROM {table} WHERE id = ?", found)  # noqa: S608
        setattr(removed, name, getattr(removed, name) + len(found))
        if len(found) == AT_ONCE:
            (after,) = found[-1]
        else:
            del kinds[0]
            after = 0
        return bool(kinds)

    return delete


def _forget_askers(db: "Database", before: str) -> bool:
    """Forget who asked a question long ago that others ask still; returns whether there may be more."""
    sql = f"""
        DELETE FROM unanswered_by WHERE (unanswered, person) IN
            (SELECT unanswered, person FROM unanswered_by WHERE asked_at < ? LIMIT {HANDLED_AT_ONCE})
    """  # noqa: S608
    return bool(db.conn.execute(sql, (before,)).rowcount == HANDLED_AT_ONCE)


def _forget_handled(db: "Database", before: str) -> bool:
    """Remove some messages that nobody delivers again; returns whether there may be more."""
    sql = f"""
        DELETE FROM handled WHERE (channel, update_id) IN
            (SELECT channel, update_id FROM handled WHERE at < ? ORDER BY at LIMIT {HANDLED_AT_ONCE})
    """  # noqa: S608
    return bool(db.conn.execute(sql, (before,)).rowcount == HANDLED_AT_ONCE)
