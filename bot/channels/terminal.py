"""The terminal: a chat in colour where there is a terminal, plain text where input or output is piped."""

import asyncio
import errno
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.conversation import Conversation
from bot.messages import Document, Incoming, Reply
from bot.rendering import plain, show
from bot.replies import paragraph

CHANNEL: Final = "terminal"
QUIT: Final = ("/quit", "/exit")


class Terminal:
    """Runs the chat: reads lines until the end of input or /quit, and shows the replies.

    Files are saved in `folder`, by default the current one.
    """

    def __init__(
        self,
        conversation: Conversation,
        name: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        folder: Path | None = None,
    ) -> None:
        self._conversation = conversation
        self._name = name
        self._now = now
        self._folder = folder or Path.cwd()

    async def run(self) -> None:
        """Chat until the person leaves; returns normally at the end of input, /quit, Ctrl-C and Ctrl-D."""
        people = sys.stdin.isatty() and sys.stdout.isatty()
        read, write = _interactive() if people else (_read_line, _write_plain)
        async with self._conversation.opening(CHANNEL, self._name, self._now) as opens:
            write(await self._turn("/start", opens=opens))
        while (text := await read()) is not None:
            if text.strip().casefold() in QUIT:
                return
            if text.strip():
                write(await self._turn(text))

    async def _turn(self, text: str, *, opens: bool = False) -> list[Reply]:
        incoming = Incoming(CHANNEL, self._name, self._now(), text=text, opens=opens)
        replies = await self._conversation.turn(incoming)
        return [shown for reply in replies for shown in self._with_file(reply)]

    def _with_file(self, reply: Reply) -> Iterator[Reply]:
        """Yield a reply, and after it where its file was put, if it has one to be saved; in signs, for any language."""
        yield reply
        if reply.document and reply.document.saved:
            try:
                line = f"→ {save(reply.document, self._folder)}"
            except OSError as error:
                line = f"× {reply.document.name}: {error.strerror}"
            yield Reply((paragraph(line),))


def save(document: Document, folder: Path) -> Path:
    """Save a file and return where; one that is there already stays, and the new one gets a number.

    Raises:
        OSError: It cannot be written.
    """
    name = Path(document.name)
    for number in range(1, 1000):
        path = folder / (document.name if number == 1 else f"{name.stem}-{number}{name.suffix}")
        with suppress(FileExistsError), path.open("x", encoding="utf-8", newline="") as file:
            file.write(document.content)
            return path
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))


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
