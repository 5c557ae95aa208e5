"""How fast and how often something is sent: Telegram's limits, penalties, and what may be tried again.

The limits are those of the Bot API's FAQ ("My bot is hitting limits"): about one message a second to one chat, in which
short bursts pass, 20 a minute to a group, 30 a second in all.
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
"""So much of that broadcasts may take."""
BURST: Final = 5
"""So many messages in a row may go to one private chat, one a second on average."""
GROUP_MESSAGES: Final = 20
RETRIES: Final = 3
PATIENCE: Final = 60.0
"""Seconds that a reply waits out a penalty; after a longer time it would no longer be one."""
_CHATS: Final = 10_000

_PACED: Final = ("send", "edit")
"""How the methods begin that count as messages."""
_REPEATABLE: Final = ("edit", "get", "set", "delete", "answer", "sendChatAction")
"""How the methods begin that do the same when they are called twice."""
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Errors before a request has left: it can be sent again."""


class Limits(BaseRateLimiter[Priority]):
    """Paces requests, waits out penalties for one chat without holding up another, and tries again what cannot happen twice.

    `overall` is messages a second to all chats.
    """

    def __init__(self, overall: float = OVERALL) -> None:
        self._overall = AsyncLimiter(max(1, overall), max(1, overall) / overall)
        share = overall * BROADCAST_SHARE
        self._broadcasts = AsyncLimiter(max(1, share), max(1, share) / share)
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
        """Wait out no penalty and try nothing again from now on; what waits for one of these fails."""
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
        while True:
            chat = data.get("chat_id") if endpoint.startswith(_PACED) and endpoint != "sendChatAction" else None
            if chat is not None:
                await self._wait(chat, rate_limit_args or "reply")
            try:
                return await callback(*args, **kwargs)
            except ChatMigrated as error:
                if tries >= RETRIES or "chat_id" not in data:
                    raise
                data["chat_id"] = error.new_chat_id
            except (RetryAfter, NetworkError) as error:
                delay = self._delay(error, endpoint, tries, chat)
                if tries >= RETRIES or delay is None or not await self._pause(delay):
                    raise
                log.info("%s is tried again after %.1f s: %s", endpoint, delay, type(error).__name__)
            tries += 1

    def _delay(self, error: TelegramError, endpoint: str, tries: int, chat: int | str | None) -> float | None:
        """Return the seconds after which a request may be made again; None for never."""
        if isinstance(error, RetryAfter):
            delay = seconds(error)
            if chat is not None:
                self._penalties[chat] = asyncio.get_running_loop().time() + delay
            return delay if delay <= PATIENCE else None
        if isinstance(error, BadRequest):  # a kind of network error in python-telegram-bot
            return None
        if isinstance(error.__cause__, _NOT_SENT) or endpoint.startswith(_REPEATABLE):
            return 0.5 * 2.0**tries
        return None  # it may have arrived

    async def _pause(self, delay: float) -> bool:
        """Wait; return False at once when the process is to stop."""
        try:
            await asyncio.wait_for(self._stopping.wait(), delay)
        except TimeoutError:
            return True
        return False

    async def _wait(self, chat: int | str, priority: Priority) -> None:
        """Wait until a message may be sent to a chat, first of all for the chat itself, so that it takes nobody's room.

        Raises:
            RetryAfter: Its penalty takes too long, or the process is to stop.
        """
        now = asyncio.get_running_loop().time()
        penalty = self._penalties.get(chat, now) - now
        if penalty > PATIENCE or (penalty > 0 and not await self._pause(penalty)):
            raise RetryAfter(timedelta(seconds=penalty))
        self._penalties.pop(chat, None)
        await self._of(chat).acquire()
        if priority == "broadcast":
            await self._broadcasts.acquire()
            while self._replies:
                await self._no_replies.wait()
            await self._overall.acquire()
            return
        self._replies += 1
        self._no_replies.clear()
        try:
            await self._overall.acquire()
        finally:
            self._replies -= 1
            if not self._replies:
                self._no_replies.set()

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


def seconds(error: RetryAfter) -> float:
    """Return after how many seconds Telegram allows the next try."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()
