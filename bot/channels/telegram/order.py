"""One person's updates in order, many people's at once, and nobody's too many."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.locks import Locks

MAX_HELD: Final = 100_000
"""So many updates may wait in the process; Telegram keeps the others."""
FLOOD_MESSAGES: Final = 20
FLOOD_SECONDS: Final = 10.0
_REMEMBERED: Final = 10_000


class Ordered(BaseUpdateProcessor):
    """Processes updates at once, those of one person one after the other in the order of their arrival.

    The next one of a person begins when `settle` was called for the one before, which then only sends its replies, or when that
    one has ended: what somebody has written is taken in and confirmed while earlier replies are still waiting to be sent.
    `settled` is called with the id of an update at that moment.
    """

    def __init__(self, settled: Callable[[int], None]) -> None:
        super().__init__(MAX_HELD)
        self._settled = settled
        self._locks = Locks()
        self._running: dict[int, asyncio.Event] = {}

    async def initialize(self) -> None:
        """Do nothing: there is nothing to make ready."""

    async def shutdown(self) -> None:
        """Do nothing: the application has waited for all updates."""

    def settle(self, update_id: int) -> None:
        """Say that an update changes nothing more."""
        if running := self._running.get(update_id):
            running.set()
        self._settled(update_id)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Process an update when it is its turn."""
        if not isinstance(update, Update):
            await coroutine
            return
        # What nobody in particular sent, such as a channel post, has an order of its own.
        who = update.effective_user.id if update.effective_user else f"update {update.update_id}"
        number = update.update_id
        async with self._locks.hold(who):
            settled = self._running[number] = asyncio.Event()
            work = asyncio.ensure_future(coroutine)
            work.add_done_callback(lambda _: self.settle(number))
            try:
                await settled.wait()
            except asyncio.CancelledError:
                work.cancel()  # the next one of the person may begin
                raise
            finally:
                del self._running[number]
        await work


class FloodGuard:
    """Tells who writes more than FLOOD_MESSAGES messages in FLOOD_SECONDS."""

    def __init__(self, messages: int = FLOOD_MESSAGES, seconds: float = FLOOD_SECONDS) -> None:
        self._messages = messages
        self._seconds = seconds
        self._seen: OrderedDict[int, deque[float]] = OrderedDict()
        self._warned: set[int] = set()

    def judge(self, who: int, at: float) -> Literal["fine", "first", "flood"]:
        """Count a message that was written at a time (seconds); "first" when it is the first one too many.

        Dropped messages count as well: who goes on is not heard until they pause.
        """
        times = self._seen.setdefault(who, deque(maxlen=self._messages + 1))
        self._seen.move_to_end(who)
        times.append(at)
        if len(self._seen) > _REMEMBERED:
            self._warned.discard(self._seen.popitem(last=False)[0])
        if len(times) <= self._messages or at - times[0] > self._seconds:
            self._warned.discard(who)
            return "fine"
        if who in self._warned:
            return "flood"
        self._warned.add(who)
        return "first"
