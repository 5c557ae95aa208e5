"""Sends people the answers to questions that they asked in vain, if they wanted to hear, once the content has them.

When a question is answered by now is found out when the content is read and at the beginning of a day (some of it is given from a
day on). As with reminders, the one process that holds the lock file beside the database sends; what it finds on its way was left
by a process that is gone, and is sent once more.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.assistant import Assistant
from bot.errors import NotDeliveredError, StoreError
from bot.hearing_rows import mark_hearing, settle_hearing, waiting_for_answers
from bot.person_rows import person
from bot.question_rows import write_heard
from bot.records import Memory
from bot.reminders.delivery import Send
from bot.reminders.judge import morning
from bot.store import Store

if TYPE_CHECKING:
    from sqlite_utils import Database

log = logging.getLogger(__name__)

TICK: Final = 60.0
"""Seconds between two looks at whom to send something."""
PEOPLE_AT_ONCE: Final = 200
"""People who are looked at in one transaction, so that nobody's turn waits long."""
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 60, 60))
"""How long sending waits after each failure in a row. Who has had so many is left alone until the next look: nobody knows whether
a message arrived whose answer was lost, and it must not come for ever."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """With what and when it was last looked for answers."""

    assistant: Assistant
    day: date


class Hearing:
    """Sends the answers on one channel; `assistant` returns who answers at present, `now` is the clock in any time zone.

    `send` sends replies to a person and raises NotDeliveredError.
    """

    def __init__(
        self,
        store: Store,
        channel: str,
        assistant: Callable[[], Assistant],
        send: Send,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        from filelock import FileLock

        self._store = store
        self._channel = channel
        self._assistant = assistant
        self._send = send
        self._now = now
        lock = store.path.with_name(f"{store.path.name}-answers-{channel}.lock")
        self._lock = FileLock(lock, mode=0o600, thread_local=False)
        self._settled = False
        self._looked: _Looked | None = None
        self._ready: dict[int, tuple[int, ...]] = {}
        """The people who are still to be sent something, each with the numbers of their questions."""
        self._failures = 0
        """How often sending has failed in a row."""
        self._tried: dict[int, int] = {}
        """How often it has failed for somebody."""
        self._wait_until: datetime | None = None
        """Until then the channel takes nothing."""
        self._unnoted: list[Callable[[Database], None]] = []
        """What has happened and could not be noted yet; until it is, nothing else is sent."""

    async def run(self, stop: asyncio.Event) -> None:
        """Send what there is to send until told to stop. Nothing is raised."""
        try:
            while not stop.is_set():
                try:
                    await self.once()
                except StoreError as error:
                    log.warning("answers to earlier questions have to wait: %s", error)
                except Exception:
                    log.exception("answers to earlier questions have to wait")
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), TICK)
        finally:
            self.close()

    def close(self) -> None:
        """Let another process send from now on."""
        self._lock.release()

    async def once(self) -> int:
        """Send what can be sent now; returns to how many people.

        Raises:
            StoreError: The database cannot do what is asked.
        """
        if not await self._may_send():
            return 0
        await self._note_all()
        assistant, now = self._assistant(), self._now()
        looked = _Looked(assistant, now.astimezone(assistant.zone).date())
        if looked != self._looked:
            await self._look(assistant, now)
            self._looked = looked
        if self._wait_until is not None and now < self._wait_until:
            return 0
        self._wait_until = None
        sent = 0
        for number in list(self._ready):
            memory = await self._claim(number, assistant, now)
            if memory is None:
                continue
            sent += await self._deliver(memory, assistant, now)
            await self._note_all()
            if self._wait_until is not None:
                break  # the channel takes nothing at present
        if sent:
            log.info("answers to earlier questions were sent to %s people", sent)
        return sent

    async def _deliver(self, memory: Memory, assistant: Assistant, now: datetime) -> bool:
        """Send somebody their answers; return whether they were sent."""
        number, questions = memory.person.id, _numbers(memory)
        waiting = self._ready.pop(number)
        mark = partial(mark_hearing, person=number, numbers=questions)
        try:
            await self._send(memory.person.channel_id, assistant.news(memory, now))
        except NotDeliveredError as error:
            if error.gone or error.refused:  # who has blocked the assistant may come back; what is refused is given up
                self._unnoted.append(partial(mark, state="wanted" if error.gone else None))
                return False
            self._wait(number, error, now)
            if self._tried.get(number, 0) < len(WAITS):
                self._ready[number] = waiting  # behind the others: it may be this person's chat that fails
            self._unnoted.append(partial(mark, state="wanted"))
            return False
        except Exception:
            log.exception("an answer to an earlier question could not be sent")
            self._unnoted.append(partial(mark, state="wanted"))  # until the content is read anew, or the next day
            return False
        self._failures = 0
        self._unnoted.append(partial(write_heard, person_id=number, numbers=questions))
        return True

    def _wait(self, number: int, error: NotDeliveredError, now: datetime) -> None:
        """Send nothing for a while, since the network failed or the channel asks for it."""
        if error.after is not None:
            self._wait_until = now + timedelta(seconds=error.after)
            return
        self._failures += 1
        self._tried[number] = self._tried.get(number, 0) + 1
        self._wait_until = now + WAITS[min(self._failures, len(WAITS)) - 1]

    async def _note_all(self) -> None:
        """Note what has happened, also what could not be noted before."""
        while self._unnoted:
            await self._store.write(self._unnoted[0])
            del self._unnoted[0]

    async def _may_send(self) -> bool:
        """Tell whether this process is the one that sends; what a process left on its way that is gone is to be sent again."""
        from filelock import Timeout

        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
        if not self._settled:
            left = await self._store.write(lambda db: settle_hearing(db, self._channel))
            self._settled = True
            if left:
                log.warning("%s answers were on their way when a process ended; they are sent again", left)
        return True

    async def _look(self, assistant: Assistant, now: datetime) -> None:
        """Find out who can be sent an answer by now."""
        self._ready, self._tried = {}, {}
        after: int | None = 0
        while after is not None:
            after, found = await self._store.write(lambda db, last=after: self._some(db, last))  # type: ignore[misc]
            for memory in found:
                answered = await asyncio.to_thread(_answered, assistant, memory, now)
                if answered.asked:
                    self._ready[memory.person.id] = _numbers(answered)

    def _some(self, db: "Database", after: int) -> tuple[int | None, list[Memory]]:
        numbers = waiting_for_answers(db, self._channel, after, PEOPLE_AT_ONCE)
        found = [person(db, number) for number in numbers]
        return (numbers[-1] if numbers else None), found

    async def _claim(self, number: int, assistant: Assistant, now: datetime) -> Memory | None:
        """Note that a person is being sent something; None when they are not to be written to now, or not at all any more.

        Since it was looked, they may have deleted everything, blocked the assistant, or told where they are.
        """

        def work(db: "Database") -> Memory | None:
            waits = waiting_for_answers(db, self._channel, number - 1, 1) == [number]
            memory = person(db, number) if waits else None
            if memory:
                asked = tuple(one for one in memory.asked if one.number in self._ready[number])
                memory = _answered(assistant, replace(memory, asked=asked), now)
            if memory is None or not memory.asked:
                self._ready.pop(number)
                return None
            if morning(assistant.reminding.rules, memory.preferences, now.astimezone(assistant.zone)):
                return None  # it is night for them
            mark_hearing(db, number, _numbers(memory), "sending")
            return memory

        return await self._store.write(work)


def _answered(assistant: Assistant, memory: Memory, now: datetime) -> Memory:
    """Return what is known about a person with those questions only of which they want to hear and that are answered by now."""
    asked = (one for one in memory.asked if one.hears and assistant.answers(one, memory.progress, now))
    return replace(memory, asked=tuple(asked))


def _numbers(memory: Memory) -> tuple[int, ...]:
    return tuple(asked.number for asked in memory.asked)
