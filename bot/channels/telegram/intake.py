"""What an update is to the assistant, and the queue in which updates wait until what they change is written."""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

from telegram import Chat, Message, MessageEntity, Update

from bot.guide_replies import FLOW
from bot.replies import ENTRY
from faq.text import Language

_DEEP_LINK: Final = re.compile(r"/start\s+(?P<kind>faq|flow)_(?P<id>[A-Za-z0-9_-]{1,64})\s*")
_KINDS: Final = {"faq": ENTRY, "flow": FLOW}


@dataclass(frozen=True, slots=True)
class Said:
    """A message to the assistant in private."""

    chat: int
    text: str
    attachment: bool = False
    button: str | None = None
    """What a link that leads into the chat stands for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to the assistant in a group."""

    chat: int
    message: int
    text: str
    command: bool


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is not answered."""

    reason: str


def hint(update: Update) -> Language | None:
    """Return the language of the person's device, if it is one of ours."""
    code = (update.effective_user.language_code or "") if update.effective_user else ""
    return "zh" if code.startswith("zh") else "en" if code.startswith("en") else None


def read_message(message: Message, username: str, bot_id: int, *, edited: bool = False) -> Said | Asked | Ignored:
    """Return what a message is; `username` and `bot_id` are the bot's own."""
    if message.chat.type == Chat.CHANNEL:
        return Ignored("a channel post")
    if message.from_user is None or message.from_user.is_bot:
        return Ignored("a message of a bot or of nobody")
    if message.via_bot and message.via_bot.id == bot_id:
        return Ignored("an answer that the person sent there themselves")
    if message.chat.type == Chat.PRIVATE:
        return _private(message)
    if edited:
        return Ignored("an edited message in a group")
    return _in_group(message, username, bot_id)


def _private(message: Message) -> Said | Ignored:
    text = message.text or message.caption or ""
    if message.text is None and not _has_content(message):
        return Ignored("a service message")
    if text.startswith("/"):
        command, *rest = text.split(maxsplit=1)
        text = " ".join([command.partition("@")[0], *rest])
    if found := _DEEP_LINK.fullmatch(text):
        return Said(message.chat.id, "/start", button=_KINDS[found["kind"]] + found["id"])
    return Said(message.chat.id, text, attachment=message.text is None)


_CONTENT: Final = [
    "animation",
    "audio",
    "contact",
    "dice",
    "document",
    "game",
    "location",
    "paid_media",
    "photo",
    "poll",
    "sticker",
    "story",
    "venue",
    "video",
    "video_note",
    "voice",
    "checklist",
    "invoice",
]


def _has_content(message: Message) -> bool:
    """Tell a photo, a voice message and the like from a note of Telegram's, such as that a message was pinned.

    Kinds that this version does not know are taken for notes.
    """
    return any(getattr(message, name, None) for name in _CONTENT)


def _in_group(message: Message, username: str, bot_id: int) -> Asked | Ignored:
    text = message.text or message.caption or ""
    entities = [*message.entities, *message.caption_entities]
    mine = f"@{username}".casefold()
    for entity in entities:
        part = message.parse_entity(entity) if message.text else message.parse_caption_entity(entity)
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            command, _, name = part.casefold().partition("@")
            if name and name != username.casefold():
                return Ignored("a command to another bot")
            return Asked(message.chat.id, message.message_id, command, command=True)
        named = entity.type == MessageEntity.MENTION and part.casefold() == mine
        if named or (entity.type == MessageEntity.TEXT_MENTION and entity.user and entity.user.id == bot_id):
            question = text.replace(part, " ").strip()
            return Asked(message.chat.id, message.message_id, question, command=False)
    replied = message.reply_to_message
    if replied and replied.from_user and replied.from_user.id == bot_id and text:
        return Asked(message.chat.id, message.message_id, text, command=False)
    return Ignored("not addressed to the assistant")


class Intake(asyncio.Queue[object]):
    """The queue of updates, which knows when what an update changes has been written.

    What was confirmed to Telegram and not written would be lost if the process died. With a webhook, the answer to a delivery
    confirms it, so that whoever puts an update in waits here (`one_by_one`). With long polling, the next request confirms all
    of the last one, and has to wait for `all_settled`.
    """

    def __init__(self, *, one_by_one: bool = True) -> None:
        super().__init__()
        self._one_by_one = one_by_one
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def put(self, item: object) -> None:
        """Put an update in, and wait for `settle` if that is wanted; anything else is only put in."""
        if not isinstance(item, Update):
            await super().put(item)
            return
        settled = self._waiting.setdefault(item.update_id, asyncio.get_running_loop().create_future())
        await super().put(item)
        if self._one_by_one:
            await asyncio.shield(settled)

    async def all_settled(self) -> None:
        """Wait until every update that was put in is settled."""
        if self._waiting:
            await asyncio.wait(list(self._waiting.values()))

    def settle(self, update_id: int) -> None:
        """Say that an update changes nothing more."""
        if (settled := self._waiting.pop(update_id, None)) and not settled.done():
            settled.set_result(None)
