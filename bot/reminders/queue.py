"""The reminders of all people as a queue in the database: claimed, sent, marked; planned anew when the rules change.

Several processes may use one database. Whoever delivers on a channel holds that channel's lock file; the system drops the lock
when the process ends, however it ends, so that a reminder which the holder finds on its way was left there by a process
that is gone. The written rule for those: it is not known whether they arrived, so they are due again, and sent once more
if they still help. A reminder arrives twice only in that case, or when the network fails after it has been taken.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.errors import StoreError
from bot.person_rows import person
from bot.records import Memory, Person, Preferences, Reminder, Verdict
from bot.reminders import rows
from bot.store import Store
from flows.journey import Progress
from flows.run import stamp

if TYPE_CHECKING:
    from filelock import BaseFileLock
    from sqlite_utils import Database

OPENING: Final = 2.0
"""Seconds to wait for another chat that is being opened."""
BROKEN: Final = "an unexpected error, which is in the log"
LEFT: Final = "a process ended while it was being sent"
UNREACHABLE: Final = "the person cannot be reached"

log = logging.getLogger(__name__)

Plan = Callable[[Progress, Preferences], Sequence[Reminder]]
Judge = Callable[[Sequence[Reminder], Progress, Preferences], Verdict]


@dataclass(frozen=True, slots=True)
class Claimed:
    """Reminders of one person that are to be sent together, now."""

    memory: Memory
    due: tuple[Reminder, ...]
    tries: int
    """How often sending them has failed."""

    @property
    def person(self) -> Person:
        """Whose reminders they are."""
        return self.memory.person


class ReminderQueue:
    """The reminders in one store, for the people of one channel.

    Every method raises StoreError when the database cannot do what is asked; nothing was changed then.
    """

    def __init__(self, store: Store, channel: str) -> None:
        self._store = store
        self._channel = channel

    def lock(self) -> "BaseFileLock":
        """Return the lock that the one process holds which delivers on this channel; it is not taken yet."""
        return lock_of(self._store.path, self._channel)

    async def settle(self, now: datetime) -> int:
        """Make due again what a process left on its way that is gone; only for the holder of the lock. Returns how many."""
        sql = """
            UPDATE reminders SET state = 'pending', due_at = ?, reason = ?, changed_at = ?
            WHERE state = 'sending' AND EXISTS (SELECT 1 FROM people WHERE id = person AND channel = ?)
        """
        at = stamp(now)
        return await self._store.write(lambda db: db.execute(sql, (at, LEFT, at, self._channel)).rowcount)

    async def claim(self, now: datetime, limit: int, judge: Judge) -> list[Claimed] | None:
        """Claim what is due for at most `limit` people, the most urgent first; what has no sense any more is dropped.

        Returns None when nothing is due, or reminders are paused.
        """

        def work(db: "Database") -> list[Claimed] | None:
            due = [] if rows.is_paused(db) else _due_people(db, self._channel, stamp(now), limit)
            return [one for number in due if (one := _claim(db, number, now, judge))] if due else None

        return await self._store.write(work)

    @asynccontextmanager
    async def opening(self, channel_id: str, now: Callable[[], datetime]) -> AsyncIterator[bool]:
        """Let somebody open a chat that can show them what is due only then; yields whether it can be shown now.

        When what is done meanwhile ends well, what was due has been shown, and is noted as sent. Two chats of one channel
        are not opened at the same time, so that nobody sees the same twice.
        """
        from filelock import Timeout

        lock = self.lock()
        try:
            await asyncio.to_thread(lock.acquire, timeout=OPENING)
            await self.settle(now())  # what a chat left on its way that is gone; then what is on its way is this one's
            alone = True
        except (Timeout, OSError, StoreError):
            alone = False
        try:
            yield alone
            if alone:
                await self._shown(channel_id, now())
        finally:
            lock.release()

    async def _shown(self, channel_id: str, now: datetime) -> None:
        sql = """
            UPDATE reminders SET state = 'sent', reason = NULL, changed_at = ?
            WHERE state = 'sending' AND person = (SELECT id FROM people WHERE channel = ? AND channel_id = ?)
        """
        values = (stamp(now), self._channel, channel_id)
        with suppress(StoreError):  # they are shown once more the next time
            await self._store.write(lambda db: db.execute(sql, values))

    async def sent(self, claimed: Claimed, now: datetime) -> None:
        """Note that the reminders were sent."""
        await self._mark(claimed, now, "sent")

    async def failed(self, claimed: Claimed, now: datetime, *, reason: str) -> None:
        """Note that the reminders could not be sent and are given up."""
        await self._mark(claimed, now, "failed", reason)

    async def _mark(self, claimed: Claimed, now: datetime, state: str, reason: str | None = None) -> None:
        number = claimed.person.id
        await self._store.write(lambda db: rows.set_state(db, number, claimed.due, state, now, reason))

    async def put_back(self, claimed: Claimed, now: datetime, *, wait: timedelta, tried: bool) -> None:
        """Make the reminders due again after a while; `tried` when sending them has failed."""
        number = claimed.person.id
        await self._store.write(lambda db: rows.put_back(db, number, claimed.due, now + wait, now, tried=tried))

    async def plan(self, after: int, limit: int, plan: Plan, planned_with: str, now: datetime) -> int | None:
        """Plan anew for at most `limit` people whose plan was made from something else.

        `after` is the number of the last person that was looked at, 0 at first; returns the next such number, None at the end.
        The people are those of all channels: a plan belongs to nobody's channel.
        """

        def work(db: "Database") -> int | None:
            sql = "SELECT person FROM reminder_settings WHERE person > ? AND planned_with <> ? ORDER BY person LIMIT ?"
            found = [number for (number,) in db.conn.execute(sql, (after, planned_with, limit))]
            plans = ((number, planned) for number in found if (planned := _planned(db, number, plan)) is not None)
            rows.write_plans(db, plans, now, planned_with)
            return found[-1] if found else None

        return await self._store.write(work)


def lock_of(database: Path, channel: str) -> "BaseFileLock":
    """Return the lock file beside the database that says which process delivers on a channel."""
    from filelock import FileLock

    return FileLock(database.with_name(f"{database.name}-reminders-{channel}.lock"), mode=0o600, thread_local=False)


def _planned(db: "Database", number: int, plan: Plan) -> Sequence[Reminder] | None:
    """Return the plan of a person; None when none can be made: whatever is wrong with one, others are planned for."""
    memory = person(db, number)
    try:
        return plan(memory.progress, memory.preferences)
    except Exception:
        log.exception("no plan can be made for person %s", number)
        return None


def _due_people(db: "Database", channel: str, at: str, limit: int) -> list[int]:
    """Return the people with reminders that are due, those first whose dates are the nearest."""
    urgent = "SELECT days FROM reminders WHERE state = 'pending' AND days > ? ORDER BY days LIMIT 1"
    due = """
        SELECT DISTINCT person FROM reminders JOIN people ON people.id = person
        WHERE state = 'pending' AND days = ? AND due_at <= ? AND channel = ? ORDER BY due_at LIMIT ?
    """
    found: dict[int, None] = {}
    days = -1
    # Step by step through the few numbers of days there are: the index finds each at once, whatever else is planned.
    while len(found) < limit and (row := db.conn.execute(urgent, (days,)).fetchone()):
        (days,) = row
        found.update(dict.fromkeys(person for (person,) in db.conn.execute(due, (days, at, channel, limit))))
    return list(found)[:limit]


def _claim(db: "Database", number: int, now: datetime, judge: Judge) -> Claimed | None:
    """Claim a person's reminders that are due, as far as they still have a sense."""
    pending = [(one, tries) for one, tries in rows.of_person(db, number, "pending") if one.due <= now]
    due = tuple(one for one, _ in pending)
    (reachable,) = db.conn.execute("SELECT unreachable_since IS NULL FROM people WHERE id = ?", (number,)).fetchone()
    if not reachable:
        rows.set_state(db, number, due, "skipped", now, UNREACHABLE)
        return None
    memory = person(db, number)
    try:
        verdict = judge(due, memory.progress, memory.preferences)
    except Exception:  # whatever is wrong with one person's data, others are reminded
        log.exception("reminders of person %s cannot be judged", number)
        rows.set_state(db, number, due, "failed", now, BROKEN)
        return None
    rows.write_verdict(db, number, verdict, now)
    return Claimed(memory, verdict.send, max(tries for _, tries in pending)) if verdict.send else None
