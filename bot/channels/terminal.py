"""The terminal: a chat in colour where there is a terminal, plain text where input or output is piped."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from bot.conversation import Conversation
from bot.messages import Incoming, Reply
from bot.replies import ENTRY
from faq.corpus import Block

if TYPE_CHECKING:
    from rich.console import Console

CHANNEL: Final = "terminal"
QUIT: Final = ("/quit", "/exit")

Line = tuple[str, str]
"""A style ("title", "text", "note", "button") and a line of text."""


def lines(reply: Reply, first_button: int | None = 1) -> Iterator[Line]:
    """Yield a reply line by line.

    Its buttons are numbered from `first_button`, so that the number can be typed; with None, where nothing can be typed,
    only the questions among them are listed.
    """
    if reply.title:
        yield "title", reply.title
    for block in reply.blocks:
        yield from _block_lines(block)
    if reply.document:
        yield "text", reply.document.content
    if first_button is None:
        yield from (("button", f"- {button.label}") for button in reply.buttons if button.data.startswith(ENTRY))
        return
    for number, button in enumerate(reply.buttons, first_button):
        yield "button", f"[{number}] {button.label}"


def _block_lines(block: Block) -> Iterator[Line]:
    for number, text in enumerate(block.texts, 1):
        mark = {"steps": f"{number}. ", "list": "- ", "note": "* "}.get(block.kind, "")
        for index, line in enumerate(text.splitlines()):
            yield "note" if block.kind == "note" else "text", (mark if index == 0 else " " * len(mark)) + line


def plain(replies: Sequence[Reply], *, numbered: bool = True) -> str:
    """Return replies as plain text, an empty line between them."""
    first, parts = 1, []
    for reply in replies:
        parts.append("\n".join(text for _, text in lines(reply, first if numbered else None)))
        first += len(reply.buttons)
    return "\n\n".join(parts)


def show(replies: Sequence[Reply], console: "Console") -> None:
    """Show replies to people, with styles; the text is never taken for markup."""
    from rich.padding import Padding
    from rich.text import Text

    styles = {"title": "bold cyan", "text": "", "note": "yellow", "button": "green"}
    first = 1
    for reply in replies:
        console.print()
        for style, line in lines(reply, first):
            console.print(Padding(Text(line, style=styles[style]), (0, 2)))
        first += len(reply.buttons)
    console.print()


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
