"""How fast and how often something is sent: Telegram's limits, penalties, and what may be tried again.

The limits are those of the Bot API's FAQ ("My bot is hitting limits"): about one message a second to one chat, in which
short bursts pass, 20 a minute to a group, 30 a second in all. Broadcasts, which nobody waits for, keep well below that.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final, Literal

import httpx
from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

log = logging.getLogger(__name__)

Priority = Literal["reply", "broadcast"]

OVERALL: Final = 30.0
"""Messages a second."""
BROADCAST_SHARE: Final = 2 / 3
"""So much of that broadcasts may take, in any second."""
SLOWDOWNS: Final = 4
"""So often the pace of broadcasts is halved at most: to a sixteenth, so that it is back in minutes."""
RECOVERY: Final = 60.0
"""Seconds without a 429 to a broadcast after which their pace doubles again."""
BURST: Final = 5
"""So many messages in a row may go to one private chat, one a second on average."""
GROUP_MESSAGES: Final = 20
RETRIES: Final = 3
PATIENCE: Final = 60.0
"""Seconds that a message waits out a penalty; after a longer time a reply would no longer be one."""
_CHATS: Final = 10_000

_PACED: Final = ("send", "edit")
"""How the methods begin that count as messages."""
_REPEATABLE: Final = ("edit", "get", "set", "delete", "answer", "sendChatAction")
"""How the methods begin that do the same when they are called twice."""
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors before a request has left: it can be sent again."""


class _BroadcastPace:
    """When the next broadcast may go: evenly, without bursts, and more slowly after a 429.

    The pace is halved by a 429, and doubles again after each RECOVERY without one. It is reckoned from when a message is
    really sent: an `AsyncLimiter` would let the next one follow at once when a message has waited for replies as well.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._next = 0.0
        self._resumes = 0.0
        self._slowdowns = 0
        """So many there were when the last pause began."""

    def until_next(self) -> float:
        """Return the seconds until the next message, as far as the pace decides."""
        return self._next - _now()

    def paused(self) -> float:
        """Return how much longer nothing may be sent because of a 429."""
        return self._resumes - _now()

    def note_sent(self) -> None:
        """Reckon the time of the next message from now."""
        self._next = _now() + 2.0 ** self._slowdowns_left() / self._share

    def penalise(self, delay: float) -> None:
        """Send nothing for so many seconds, and go on at half the pace."""
        if self.paused() <= 0:  # else it answers what was under way when the pause began: no further reason
            self._slowdowns = min(SLOWDOWNS, self._slowdowns_left() + 1)
            log.warning("broadcasts pause for %.0f s and go on more slowly: Telegram has answered 429", delay)
        self._resumes = max(self._resumes, _now() + delay)

    def _slowdowns_left(self) -> int:
        return max(0, self._slowdowns - int((_now() - self._resumes) / RECOVERY))


class Limits(BaseRateLimiter[Priority]):
    """Paces requests, waits out penalties, and tries again what cannot happen twice.

    A 429 to a reply holds up its chat only; one to a broadcast holds up all broadcasts as well, since it says that there
    are too many. Broadcasts go in the order in which they asked, each after the replies that are waiting.

    `overall` is messages a second to all chats.
    """

    def __init__(self, overall: float = OVERALL) -> None:
        self._overall = AsyncLimiter(max(1, overall), max(1, overall) / overall)
        self._broadcasts = _BroadcastPace(overall * BROADCAST_SHARE)
        self._broadcast_turn = asyncio.Lock()
        self._chats: OrderedDict[int | str, AsyncLimiter] = OrderedDict()
        self._penalties: dict[int | str, float] = {}
        self._replies = 0
        self._no_replies = asyncio.Event()
        self._no_replies.set()
        self._stopping = asyncio.Event()

    async def initialize(self) -> None:
        """Do nothing: there is nothing to make ready."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to clear away."""

    def stop(self) -> None:
        """Wait out no penalty, try nothing again and begin no broadcast from now on; what waits for one of these fails."""
        self._stopping.set()

    async def process_request(  # noqa: PLR0913, PLR0917 - the library's interface
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Any:
        """Make a request when there is room for it; see `telegram.ext.BaseRateLimiter`.

        Raises:
            TelegramError: As the request did at last.
        """
        tries = 0
        priority = rate_limit_args or "reply"
        while True:
            chat = data.get("chat_id") if endpoint.startswith(_PACED) and endpoint != "sendChatAction" else None
            if chat is not None:
                await self._wait(chat, priority)
            try:
                return await callback(*args, **kwargs)
            except ChatMigrated as error:
                if tries >= RETRIES or "chat_id" not in data:
                    raise
                data["chat_id"] = error.new_chat_id
            except (RetryAfter, NetworkError) as error:
                if isinstance(error, RetryAfter) and chat is not None:
                    self._penalise(chat, priority, seconds(error))
                delay = _delay(error, endpoint, tries)
                if tries >= RETRIES or delay is None or not await self._pause(delay):
                    raise
                log.info("%s is tried again after %.1f s: %s", endpoint, delay, type(error).__name__)
            tries += 1

    def _penalise(self, chat: int | str, priority: Priority, delay: float) -> None:
        self._penalties[chat] = _now() + delay
        if priority == "broadcast":
            self._broadcasts.penalise(delay)

    def _penalty(self, chat: int | str) -> float:
        """Return the seconds that are left of a chat's penalty; one that is over is forgotten."""
        left = self._penalties.get(chat, 0.0) - _now()
        if left <= 0:
            self._penalties.pop(chat, None)
        return left

    async def _pause(self, delay: float) -> bool:
        """Wait; return False at once when the process is to stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), delay)
        except TimeoutError:
            return True
        return False

    async def _wait_out(self, left: Callable[[], float]) -> None:
        """Wait until nothing is left of a penalty, which may grow meanwhile.

        Raises:
            RetryAfter: It takes too long, or the process is to stop.
        """
        while (delay := left()) > 0:
            if delay > PATIENCE or not await self._pause(delay):
                raise RetryAfter(timedelta(seconds=max(0.0, left())))

    async def _wait(self, chat: int | str, priority: Priority) -> None:
        """Wait until a message may be sent to a chat, first of all for the chat itself, so that it takes nobody's room.

        Raises:
            RetryAfter: A penalty takes too long, or the process is to stop.
        """
        while True:
            await self._wait_out(lambda: self._penalty(chat))
            await self._of(chat).acquire()
            await (self._wait_as_broadcast() if priority == "broadcast" else self._wait_as_reply())
            if self._penalty(chat) <= 0:  # else it was given one meanwhile
                return

    async def _wait_as_reply(self) -> None:
        self._replies += 1
        self._no_replies.clear()
        try:
            await self._overall.acquire()
        finally:
            self._replies -= 1
            if not self._replies:
                self._no_replies.set()

    async def _wait_as_broadcast(self) -> None:
        """Wait for room for a broadcast; one that is tried again asks anew, behind those that are waiting.

        Raises:
            RetryAfter: As `_wait_out`, or the process is to stop.
        """
        async with self._broadcast_turn:  # a lock is given in the order in which it was asked for
            while True:
                await self._wait_out(self._broadcasts.paused)
                if self._stopping.is_set():
                    raise RetryAfter(0)
                await asyncio.sleep(self._broadcasts.until_next())
                while self._replies:
                    await self._no_replies.wait()
                await self._overall.acquire()
                if self._broadcasts.paused() <= 0:  # else a message under way was answered by a 429 meanwhile
                    break
            self._broadcasts.note_sent()

    def _of(self, chat: int | str) -> AsyncLimiter:
        limiter = self._chats.get(chat)
        if limiter is None:
            group = isinstance(chat, int) and chat < 0
            limiter = AsyncLimiter(GROUP_MESSAGES, 60) if group else AsyncLimiter(BURST, BURST)
            self._chats[chat] = limiter
            if len(self._chats) > _CHATS:  # the one that was used longest ago has no debt any more
                self._chats.popitem(last=False)
        self._chats.move_to_end(chat)
        return limiter


def _delay(error: TelegramError, endpoint: str, tries: int) -> float | None:
    """Return the seconds after which a request may be made again; None for never."""
    if isinstance(error, RetryAfter):
        delay = seconds(error)
        return delay if delay <= PATIENCE else None
    if isinstance(error, BadRequest):  # a kind of network error in python-telegram-bot
        return None
    if isinstance(error.__cause__, _NOT_SENT) or endpoint.startswith(_REPEATABLE):
        return 0.5 * 2.0**tries
    return None  # it may have arrived


def _now() -> float:
    return asyncio.get_running_loop().time()


def seconds(error: RetryAfter) -> float:
    """Return after how many seconds Telegram allows the next try."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()
