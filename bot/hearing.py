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
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from bot.assistant import Assistant
from bot.errors import NotDeliveredError, StoreError
from bot.hearing_rows import mark_hearing, settle_hearing, waiting_for_answers
from bot.person_rows import person
from bot.question_rows import asked_by, write_heard
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
        self._looked: _Looked | None = None
        self._ready: dict[int, tuple[int, ...]] = {}
        """The people who are still to be sent something, each with the numbers of their questions."""

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
        assistant, now = self._assistant(), self._now()
        looked = _Looked(assistant, now.astimezone(assistant.zone).date())
        if looked != self._looked:
            await self._look(assistant, now)
            self._looked = looked
        sent = 0
        for number, questions in list(self._ready.items()):
            memory = await self._claim(number, questions, assistant, now)
            if memory is None:
                continue
            try:
                await self._send(memory.person.channel_id, assistant.news(memory, now))
            except NotDeliveredError as error:
                await self._not_sent(number, questions, error)
                if not (error.gone or error.refused):
                    break  # the channel takes nothing at present
            else:
                self._ready.pop(number)
                await self._store.write(lambda db, who=number, heard=questions: write_heard(db, who, heard))  # type: ignore[misc]
                sent += 1
        if sent:
            log.info("answers to earlier questions were sent to %s people", sent)
        return sent

    async def _may_send(self) -> bool:
        """Tell whether this process is the one that sends; what a process left on its way that is gone is to be sent again."""
        from filelock import Timeout

        if not self._lock.is_locked:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                return False
            left = await self._store.write(lambda db: settle_hearing(db, self._channel))
            if left:
                log.warning("%s answers were on their way when a process ended; they are sent again", left)
        return True

    async def _look(self, assistant: Assistant, now: datetime) -> None:
        """Find out who can be sent an answer by now."""
        self._ready = {}
        after: int | None = 0
        while after is not None:
            after, found = await self._store.write(lambda db, last=after: self._some(db, last))  # type: ignore[misc]
            for memory in found:
                numbers = await asyncio.to_thread(_answered, assistant, memory, now)
                if numbers:
                    self._ready[memory.person.id] = numbers

    def _some(self, db: "Database", after: int) -> tuple[int | None, list[Memory]]:
        numbers = waiting_for_answers(db, self._channel, after, PEOPLE_AT_ONCE)
        found = [replace(person(db, number), asked=asked_by(db, number)) for number in numbers]
        return (numbers[-1] if numbers else None), found

    async def _claim(
        self, number: int, questions: tuple[int, ...], assistant: Assistant, now: datetime
    ) -> Memory | None:
        """Note that a person is being sent something; None when they are not to be written to now, or not at all any more."""

        def work(db: "Database") -> Memory | None:
            asked = tuple(one for one in asked_by(db, number) if one.hears and one.number in questions)
            if not asked:
                self._ready.pop(number, None)
                return None
            memory = replace(person(db, number), asked=asked)
            if morning(assistant.reminding.rules, memory.preferences, now.astimezone(assistant.zone)):
                return None  # it is night for them
            mark_hearing(db, number, [one.number for one in asked], "sending")
            return memory

        return await self._store.write(work)

    async def _not_sent(self, number: int, questions: tuple[int, ...], error: NotDeliveredError) -> None:
        """Note that somebody did not get the answers: who cannot be reached does not wait for them any more."""
        if error.gone or error.refused:
            self._ready.pop(number)
            await self._store.write(lambda db: mark_hearing(db, number, questions, None))
        else:
            await self._store.write(lambda db: mark_hearing(db, number, questions, "wanted"))


def _answered(assistant: Assistant, memory: Memory, now: datetime) -> tuple[int, ...]:
    return tuple(
        asked.number for asked in memory.asked if asked.hears and assistant.answers(asked, memory.progress, now)
    )
