"""Sends the reminders that are due, on a channel that can reach people at any time: the loop that runs beside the chat."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from bot.errors import NotDeliveredError, StoreError
from bot.messages import Reply
from bot.records import Preferences, Reminder, Verdict
from bot.reminders.queue import BROKEN, UNREACHABLE, Claimed, ReminderQueue
from bot.reminders.talk import Reminding
from bot.turn import language_of
from flows.journey import Progress

log = logging.getLogger(__name__)

TICK: Final = 15.0
"""Seconds between two looks at what is due."""
AT_ONCE: Final = 30
"""People whose reminders are on their way at a time: enough that the channel's limit is what counts."""
PLANNED_AT_ONCE: Final = 250
"""People who are planned for in one transaction, so that nobody's turn waits long."""
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 60, 60))
"""How long sending waits after each failure in a row; then it is given up."""

NETWORK: Final = "the network failed too often"
REFUSED: Final = "the channel refuses the message"

Send = Callable[[str, Sequence[Reply]], Awaitable[None]]
Note = Callable[[datetime], Awaitable[None]]


class Delivery:
    """Plans and sends the reminders of one channel, in one process at a time; `now` is the clock, in any time zone.

    `reminding` returns by what rules, which may change at any time. `send` sends replies to a person and raises
    NotDeliveredError.
    """

    def __init__(
        self,
        queue: ReminderQueue,
        reminding: Callable[[], Reminding],
        send: Send,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tick: float = TICK,
    ) -> None:
        self._queue = queue
        self._reminding = reminding
        self._send = send
        self._now = now
        self._tick = tick
        self._lock = queue.lock()
        self._standby = False
        self._settled = False
        self._planned_with = ""
        self._wait_until: datetime | None = None
        """Until then the channel takes nothing."""
        self._trouble = False
        """True since the network failed: one person's reminders are tried before anybody else's."""
        self._halted = False
        """True when nothing more is to be sent in this round."""
        self._unnoted: list[Note] = []
        """What has happened and could not be noted yet; until it is, nothing else is sent."""

    async def run(self, stop: asyncio.Event) -> None:
        """Plan and send until told to stop; what is on its way then is finished. Nothing is raised."""
        try:
            while not stop.is_set():
                try:
                    await self.once(stop)
                except StoreError as error:
                    log.warning("reminders have to wait: %s", error)
                except Exception:
                    log.exception("reminders have to wait")
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._tick)
        finally:
            self.close()

    def close(self) -> None:
        """Let another process deliver from now on."""
        self._lock.release()

    async def once(self, stop: asyncio.Event | None = None) -> int:
        """Plan what has to be planned anew, and send everything that is due now; returns to how many people it was sent.

        Raises:
            StoreError: The database cannot do what is asked. What was sent is noted as soon as it can.
        """
        stop = stop or asyncio.Event()
        if not await self._may_deliver():
            return 0
        await self._note_all()
        await self._plan(stop)
        self._halted = self._wait_until is not None and self._now() < self._wait_until
        tasks: set[asyncio.Task[bool]] = set()
        sent = 0
        try:
            while not self._halted and not stop.is_set():
                most = 1 if self._trouble else AT_ONCE
                if len(tasks) <= most // 2:
                    claimed = await self._queue.claim(self._now(), most - len(tasks), self._judge)
                    if claimed is None:
                        break
                    tasks |= {asyncio.create_task(self._deliver(one)) for one in claimed}
                if tasks:
                    done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                    sent += sum(task.result() for task in done)
        finally:
            if tasks:
                done, _ = await asyncio.wait(tasks)
                sent += sum(task.result() for task in done)
            if sent:
                log.info("reminders were sent to %s people", sent)
        await self._note_all()
        return sent

    async def _may_deliver(self) -> bool:
        """Tell whether this process is the one that delivers; what a process that is gone left on its way is settled first."""
        from filelock import Timeout

        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                if not self._standby:
                    log.info("another process sends the reminders; this one takes over when that ends")
                self._standby = True
                return False
            self._standby = False
        if not self._settled:
            left = await self._queue.settle(self._now())
            self._settled = True
            if left:
                log.warning("%s reminders were on their way when a process ended; they are due again", left)
        return True

    async def _plan(self, stop: asyncio.Event) -> None:
        """Plan anew for those whose plan was made with other rules or flows, or for the year before."""
        now = self._now()
        reminding = self._reminding()
        made_from = reminding.made_from(now)
        after: int | None = 0
        while after is not None and made_from != self._planned_with and not stop.is_set():
            after = await self._queue.plan(
                after,
                PLANNED_AT_ONCE,
                lambda progress, wishes: reminding.plan(reminding.fitted(progress), wishes, now),
                made_from,
                now,
            )
        if after is None:
            self._planned_with = made_from

    def _judge(self, due: Sequence[Reminder], progress: Progress, preferences: Preferences) -> Verdict:
        reminding = self._reminding()
        return reminding.judge(due, reminding.fitted(progress), preferences, self._now())

    async def _deliver(self, claimed: Claimed) -> bool:
        """Send a person's reminders and note what came of it; return whether they were sent."""
        person = claimed.person
        try:
            reminding = self._reminding()
            progress = reminding.fitted(claimed.memory.progress)
            reply = reminding.message(claimed.due, progress, self._now(), language_of(person))
            await self._send(person.channel_id, [reply])
        except NotDeliveredError as error:
            await self._note(self._not_delivered(claimed, error))
            return False
        except Exception:
            log.exception("a reminder could not be sent")
            await self._note(partial(self._queue.failed, claimed, reason=BROKEN))
            return False
        self._trouble = False
        await self._note(partial(self._queue.sent, claimed))
        return True

    def _not_delivered(self, claimed: Claimed, error: NotDeliveredError) -> Note:
        """Return what is to be noted of reminders that were not sent, or perhaps were."""
        if error.gone:
            return partial(self._queue.failed, claimed, reason=UNREACHABLE)
        if error.refused:
            return partial(self._queue.failed, claimed, reason=REFUSED)
        self._halted = True
        if error.after is not None:
            until = self._now() + timedelta(seconds=error.after)
            self._wait_until = max(self._wait_until or until, until)
            return partial(self._queue.put_back, claimed, wait=timedelta(), tried=False)
        self._trouble = True
        if claimed.tries >= len(WAITS):
            return partial(self._queue.failed, claimed, reason=NETWORK)
        return partial(self._queue.put_back, claimed, wait=WAITS[claimed.tries], tried=True)

    async def _note(self, note: Note) -> None:
        try:
            await note(self._now())
        except StoreError as error:
            log.warning("what came of a reminder cannot be noted yet: %s", error)
            self._unnoted.append(note)
            self._halted = True

    async def _note_all(self) -> None:
        while self._unnoted:
            await self._unnoted[0](self._now())
            del self._unnoted[0]
