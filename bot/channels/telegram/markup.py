"""Replies as Telegram shows them: pages of HTML, and buttons below the last one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final
from unicodedata import east_asian_width

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages import Button, Reply
from faq.corpus import Block

MAX_TEXT: Final = 4096
"""UTF-16 code units of one message after its entities are parsed (Bot API, sendMessage)."""
MAX_BUTTONS: Final = 100
"""Buttons of one keyboard (Telegram refuses more)."""
HALF_ROW: Final = 20
"""Two labels of at most this width stand side by side on a phone; a Chinese character is twice as wide as a Latin one."""
CHOSEN: Final = "✓ "
"""Begins a line about what was chosen before."""
MAX_CHOSEN: Final = 3

_ENDS: Final = ("\n", "。", "；", "！", "？", ". ", "; ", "! ", "? ", "，", ", ", " ")
"""Where a text that is too long is cut, the best place first."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one message."""

    html: str
    plain: str
    """The same as it is read."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """Text in one style; an empty tag for plain text."""

    tag: str
    text: str

    def html(self) -> str:
        text = escape(self.text, quote=False)
        return f"<{self.tag}>{text}</{self.tag}>" if self.tag else text


def pages(reply: Reply, chosen: Sequence[str] = (), limit: int = MAX_TEXT) -> list[Page]:
    """Return a reply as messages of at most `limit` UTF-16 code units, cut between paragraphs where that is possible.

    Above stand the lines about what was `chosen` before, the last MAX_CHOSEN of them.
    """
    found: list[Page] = []
    page: list[_Passage] = []
    room = limit
    for passage in _passages(reply, chosen):
        for piece in _cut(passage, limit):
            size = units(piece.text) + (_breaks(page[-1], piece) if page else 0)
            if size > room:
                found.append(_page(page))
                page, room, size = [], limit, units(piece.text)
            page.append(piece)
            room -= size
    return [*found, _page(page)] if page else found


def _breaks(before: _Passage, passage: _Passage) -> int:
    """Return how many line breaks stand between two passages."""
    # A quotation stands on lines of its own, so that an empty line more would be one too many.
    return 1 if "blockquote" in (before.tag, passage.tag) else 2


def units(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def lines_of(text: str) -> list[str]:
    """Return what was chosen before, from the text of a message whose first lines say so."""
    found = []
    for line in text.splitlines():
        if not line.startswith(CHOSEN):
            break
        found.append(line.removeprefix(CHOSEN))
    return found


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Return the buttons, one in a row, or two where both are short and belong together; None for none."""
    rows: list[list[InlineKeyboardButton]] = []
    before: Button | None = None
    for button in buttons[:MAX_BUTTONS]:
        made = InlineKeyboardButton(button.label, callback_data=button.data)
        if before and before.row is not None and before.row == button.row and _short(before) and _short(button):
            rows[-1].append(made)
            before = None  # a third one begins a row
        else:
            rows.append([made])
            before = button
    return InlineKeyboardMarkup(rows) if rows else None


def _short(button: Button) -> bool:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in button.label) <= HALF_ROW


def _page(passages: Sequence[_Passage]) -> Page:
    html, plain = passages[0].html(), passages[0].text
    for before, passage in pairwise(passages):
        gap = "\n" * _breaks(before, passage)
        html += gap + passage.html()
        plain += gap + passage.text
    return Page(html, plain)


def _passages(reply: Reply, chosen: Sequence[str]) -> Iterator[_Passage]:
    if chosen:
        yield _Passage("", "\n".join(CHOSEN + line for line in chosen[-MAX_CHOSEN:]))
    if reply.title:
        yield _Passage("b", reply.title)
    for block in reply.blocks:
        yield _Passage("blockquote" if block.kind == "note" else "", _text(block))


def _text(block: Block) -> str:
    if block.kind == "steps":
        return "\n".join(f"{number}. {text}" for number, text in enumerate(block.texts, 1))
    if block.kind == "list":
        return "\n".join(f"• {text}" for text in block.texts)
    return "\n".join(block.texts)


def _cut(passage: _Passage, limit: int) -> Iterator[_Passage]:
    """Yield a passage in pieces that fit, cut after a line, a sentence or a word if there is one in the second half."""
    text = passage.text.strip()
    while units(text) > limit:
        end = limit
        while units(text[:end]) > limit:  # characters outside the basic plane count twice
            end -= (units(text[:end]) - limit + 1) // 2
        places = (text.rfind(mark, end // 2, end) + len(mark) for mark in _ENDS if mark in text[end // 2 : end])
        end = next(places, end)
        yield _Passage(passage.tag, text[:end].rstrip())
        text = text[end:].lstrip()
    if text:
        yield _Passage(passage.tag, text)
