"""The terminal: a chat in colour where there is a terminal, plain text where input or output is piped."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.conversation import Conversation
from bot.messages import Incoming, Reply
from bot.rendering import plain, show

CHANNEL: Final = "terminal"
QUIT: Final = ("/quit", "/exit")


class Terminal:
    """Runs the chat: reads lines until the end of input or /quit, and shows the replies."""

    def __init__(
        self, conversation: Conversation, name: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._conversation = conversation
        self._name = name
        self._now = now

    async def run(self) -> None:
        """Chat until the person leaves; returns normally at the end of input, /quit, Ctrl-C and Ctrl-D."""
        people = sys.stdin.isatty() and sys.stdout.isatty()
        read, write = _interactive() if people else (_read_line, _write_plain)
        write(await self._turn("/start"))
        while (text := await read()) is not None:
            if text.strip().casefold() in QUIT:
                return
            if text.strip():
                write(await self._turn(text))

    async def _turn(self, text: str) -> list[Reply]:
        return await self._conversation.turn(Incoming(CHANNEL, self._name, self._now(), text=text))


async def _read_line() -> str | None:
    line = await asyncio.to_thread(sys.stdin.readline)
    return line.rstrip("\n") if line else None


def _write_plain(replies: Sequence[Reply]) -> None:
    sys.stdout.write(plain(replies) + "\n\n")
    sys.stdout.flush()


def _interactive() -> tuple[Callable[[], Awaitable[str | None]], Callable[[Sequence[Reply]], None]]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory
    from rich.console import Console

    session: PromptSession[str] = PromptSession(history=InMemoryHistory())  # in memory: what is typed stays private
    console = Console(highlight=False)

    async def read() -> str | None:
        try:
            return await session.prompt_async("> ")
        except (EOFError, KeyboardInterrupt):
            return None

    return read, lambda replies: show(replies, console)
