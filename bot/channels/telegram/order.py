"""One person's updates in order, many people's at once, and nobody's too many."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.locks import Locks

MAX_PEOPLE: Final = 256
"""So many people are served at once."""
MAX_HELD: Final = 100_000
"""So many updates may wait in the process; Telegram keeps the others."""
FLOOD_MESSAGES: Final = 20
FLOOD_SECONDS: Final = 10.0
_REMEMBERED: Final = 10_000


class Ordered(BaseUpdateProcessor):
    """Processes the updates of one person (or of nobody in particular) one after the other, in the order of their arrival.

    `held` is called with the id of an update that waits behind another one, `done` with that of one that was processed.
    """

    def __init__(self, held: Callable[[int], None], done: Callable[[int], None], people: int = MAX_PEOPLE) -> None:
        super().__init__(MAX_HELD)
        self._held = held
        self._done = done
        self._places = asyncio.Semaphore(people)
        self._locks = Locks()

    async def initialize(self) -> None:
        """Do nothing: there is nothing to make ready."""

    async def shutdown(self) -> None:
        """Do nothing: the application has waited for all updates."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Process an update when it is its turn."""
        if not isinstance(update, Update):
            await coroutine
            return
        # What nobody in particular sent, such as a channel post, has an order of its own.
        who = update.effective_user.id if update.effective_user else f"update {update.update_id}"
        try:
            if self._locks.busy(who) or self._places.locked():
                self._held(update.update_id)
            async with self._locks.hold(who), self._places:
                await coroutine
        finally:
            self._done(update.update_id)


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
