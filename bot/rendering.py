"""Replies as lines of text, plain or with styles, for the terminal and for commands that print an answer."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from bot.messages import Reply
from bot.replies import ENTRY
from faq.corpus import Block

if TYPE_CHECKING:
    from rich.console import Console

ROW: Final = 56
"""Characters of a line of buttons side by side; a Chinese character is twice as wide as a Latin one."""

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
    if reply.document and not reply.document.saved:
        yield "text", reply.document.content
    if first_button is None:
        yield from (("button", f"- {button.label}") for button in reply.buttons if button.data.startswith(ENTRY))
        return
    yield from (("button", line) for line in _button_lines(reply, first_button))


def _button_lines(reply: Reply, first: int) -> Iterator[str]:
    """Yield the buttons with their numbers, those of one row side by side as far as the line goes."""
    line, name = "", None
    for number, button in enumerate(reply.buttons, first):
        shown = f"[{number}] {button.label}" if reply.numbered else f"[{button.label}]"
        if line and button.row is not None and button.row == name and len(line) + len(shown) < ROW:
            line += f"  {shown}"
        else:
            if line:
                yield line
            line, name = shown, button.row
    if line:
        yield line


def numbered_buttons(reply: Reply) -> int:
    """Return how many of a reply's buttons have a number that can be typed."""
    return len(reply.buttons) if reply.numbered else 0


def _block_lines(block: Block) -> Iterator[Line]:
    for number, text in enumerate(block.texts, 1):
        mark = {"steps": f"{number}. ", "list": "- ", "note": "* "}.get(block.kind, "")
        for index, line in enumerate(text.splitlines()):
            yield "note" if block.kind == "note" else "text", (mark if index == 0 else " " * len(mark)) + line


def plain(replies: Sequence[Reply], *, numbered: bool = True) -> str:
    """Return replies as plain text, an empty line between them."""
    first, parts = 1, []
    for reply in replies:
        first = reply.first_number or first
        parts.append("\n".join(text for _, text in lines(reply, first if numbered else None)))
        first += numbered_buttons(reply)
    return "\n\n".join(parts)


def show(replies: Sequence[Reply], console: "Console") -> None:
    """Show replies to people, with styles; the text is never taken for markup."""
    from rich.padding import Padding
    from rich.text import Text

    styles = {"title": "bold cyan", "text": "", "note": "yellow", "button": "green"}
    first = 1
    for reply in replies:
        console.print()
        first = reply.first_number or first
        for style, line in lines(reply, first):
            console.print(Padding(Text(line, style=styles[style]), (0, 2)))
        first += numbered_buttons(reply)
    console.print()
