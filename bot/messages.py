"""What goes between a channel and the conversation: plain values, the same for every channel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from faq.corpus import Block
from faq.text import Language

MAX_BUTTON_DATA: Final = 64
"""Bytes of UTF-8 that a button can carry (Telegram's limit, the smallest of the channels')."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press; a channel without buttons numbers them."""

    label: str
    data: str
    """What the button means, at most MAX_BUTTON_DATA bytes: the kinds stand at the top of `bot.replies` and
    `bot.guide_replies`."""
    row: str | None = None
    """Neighbours with the same name here have short labels and may stand side by side."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file to hand over."""

    name: str
    content: str
    saved: bool = False
    """True for a file that is of use outside the chat only: it is not shown, but saved where there is no way to hand it over."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the person: structured text, not marked up, with buttons below it."""

    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    title: str | None = None
    document: Document | None = None
    first_number: int | None = None
    """The number of the first button, where the numbers do not simply go on from the reply before."""
    numbered: bool = True
    """False when a typed number is the answer itself (a date, a count), so that it cannot mean a button."""
    kind: Literal["said", "step", "menu"] = "said"
    """Where the person is in a flow, or a list to choose from: such a message may take the place of the one before."""
    old: bool = field(default=False, compare=False)
    """True when the button that led here belonged to an earlier step, so that nothing was done."""
    chosen: str | None = field(default=None, compare=False)
    """The answer that led to this step, with its question, for a channel where the question is no longer seen.

    Like `old`, it says how the person came here, and is no part of what they see otherwise.
    """


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message or a press of a button."""

    channel: str
    channel_id: str
    """Who wrote, in the channel's own words."""
    now: datetime
    """When it arrived, timezone-aware."""
    text: str = ""
    button: str | None = None
    """The data of the pressed button; the text is empty then."""
    update_id: str | None = None
    """The channel's name for this message, where it may deliver one twice."""
    attachment: bool = False
    """True for a photo, a voice message, a file and the like; the text is what was written beside it, if anything."""
    in_place: bool = False
    """True when the reply can take the place of the message with the pressed button, so that it has to be whole."""
    language: Language | None = None
    """The language of the person's device, for somebody who has not written yet."""
    opens: bool = False
    """True when the person opens the chat, and the channel cannot reach them before: reminders that are due are shown."""


class Channel(Protocol):
    """A way to reach people. It only translates: what is said is decided in the conversation."""

    async def send(self, channel_id: str, replies: Sequence[Reply]) -> None:
        """Show the replies to a person, in order."""
