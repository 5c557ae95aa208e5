"""An event loop whose clock jumps to the next timer, so that waiting takes no time; and a server behind the limits."""

import asyncio
import selectors
from collections.abc import Awaitable, Iterable
from typing import Any, Final, TypeVar

from telegram.error import TelegramError

from bot.channels.telegram.limits import Limits, Priority

T = TypeVar("T")


TICK: Final = 1e-9
"""Seconds that pass at least, since a timer may be due in less than numbers near the clock's can tell apart."""


class _Selector(selectors.DefaultSelector):
    """Waits for nothing: where the loop would sleep, its clock moves on by that time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits for something that never comes"
        self.now += max(TICK, timeout)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(work: Awaitable[T]) -> T:
    """Run a coroutine on a loop whose clock jumps."""

    async def whole() -> T:
        return await work

    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(whole())


class Server:
    """Notes what is sent and when; fails as planned, chat by chat; answers after `latency` seconds."""

    def __init__(self, *faults: TelegramError, chat: int | str | None = None, latency: float = 0.0) -> None:
        self.sent: list[tuple[int | str, float]] = []
        self.requests: list[tuple[int | str, float]] = []
        """What was sent and what was refused, in the order in which it was asked for."""
        self.tries = 0
        self.tried = asyncio.Event()
        self._faults = list(faults)
        self._chat = chat
        self._latency = latency

    async def __call__(self, chat: int | str) -> str:
        self.tries += 1
        self.tried.set()
        asked = now()
        self.requests.append((chat, asked))
        await asyncio.sleep(self._latency)
        if self._faults and self._chat in (None, chat):
            raise self._faults.pop(0)
        self.sent.append((chat, asked))
        return "sent"

    def times(self, chat: int | str) -> list[float]:
        return [at for known, at in self.sent if known == chat]

    @property
    def chats(self) -> list[int | str]:
        return [chat for chat, _ in self.sent]


def now() -> float:
    """Return the loop's time, without what is only rounding."""
    return round(asyncio.get_running_loop().time(), 3)


async def send(
    pace: Limits, server: Server, chat: int | str, endpoint: str = "sendMessage", priority: Priority | None = None
) -> Any:
    data = {"chat_id": chat}

    async def request() -> str:
        return await server(data["chat_id"])

    return await pace.process_request(request, (), {}, endpoint, data, priority)


def ask(
    pace: Limits, server: Server, chats: Iterable[int], priority: Priority = "broadcast"
) -> list[asyncio.Future[Any]]:
    """Ask for one message to each chat, in this order; as broadcasts, unless told otherwise."""
    return [asyncio.ensure_future(send(pace, server, chat, priority=priority)) for chat in chats]
