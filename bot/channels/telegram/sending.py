"""Shows replies to people: as new messages, or in place of the message whose button was pressed."""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from telegram import Bot, InputFile, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.limits import Priority, seconds
from bot.channels.telegram.markup import keyboard, lines_of, pages
from bot.errors import NotDeliveredError
from bot.guide_replies import AGAIN, ASK, BACK, FLOW, GO, LEAVE, PROGRESS, RESTART, TICK, UNTICK
from bot.messages import Reply
from bot.reminders.replies import DONE, IN, OFF, SET, UNDONE
from bot.replies import ENTRY, FORGET_NO, FORGET_YES, GROUP, GUIDES, OPERATOR, TOPICS
from bot.store import Store

log = logging.getLogger(__name__)

MAX_CAPTION: Final = 1024
_CHATS: Final = 10_000
_AT_STEP: Final = (GO, TICK, UNTICK, BACK, ASK, RESTART)
_OF_MENUS: Final = (GROUP, ENTRY, TOPICS, FLOW, AGAIN, PROGRESS, GUIDES, SET)
_ONCE: Final = (LEAVE, FORGET_YES, FORGET_NO, IN, OFF, DONE, UNDONE, OPERATOR)
"""Buttons after which the others of their message have no sense any more."""


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest message of a chat."""

    number: int = 0
    chosen: tuple[str, ...] | None = None
    """The lines about what was chosen that stand above it; None when it is no step that this process has sent."""
    data: str = ""
    """The button that led to it, if it took the place of the message with that button."""


class Sender:
    """Sends replies; knows the newest message of the chats it has lately seen, since only that one is replaced."""

    def __init__(self, bot: Bot, store: Store) -> None:
        self._bot = bot
        self._store = store
        self._newest: OrderedDict[int, _Newest] = OrderedDict()

    def saw(self, chat: int, message_id: int) -> None:
        """Note a message in a chat."""
        self._note(chat, _Newest(message_id))

    def _note(self, chat: int, seen: _Newest) -> None:
        known = self._newest.pop(chat, _Newest())
        self._newest[chat] = seen if seen.number >= known.number else known
        if len(self._newest) > _CHATS:
            self._newest.popitem(last=False)

    async def send(self, channel_id: str, replies: Sequence[Reply], priority: Priority = "broadcast") -> None:
        """Send replies to a person, in order, when there is room for it.

        Raises:
            NotDeliveredError: One could not be sent; those after it were not tried.
        """
        for reply in replies:
            await self._send(int(channel_id), reply, priority)

    async def answer(
        self, chat: int, replies: Sequence[Reply], pressed: Message | None = None, data: str = ""
    ) -> str | None:
        """Send the replies to a message, or to a button with this `data` that was pressed on a message.

        Returns:
            Why nothing was sent, if that is so.

        Raises:
            NotDeliveredError: One could not be sent; those after it were not tried.
        """
        *others, last = replies
        if pressed is None:
            chosen = [last.chosen] if last.chosen else []
        else:
            seen = self._newest.get(chat, _Newest())
            if last.old and seen.number == pressed.message_id and seen.data == data:
                return "the button was pressed twice, and the step it led to is shown"
            known = seen.chosen if seen.number == pressed.message_id else None
            chosen = _chosen(lines_of(pressed.text or "") if known is None else known, data, last)
            replaceable = not others and seen.number <= pressed.message_id and _takes_place(pressed, data, last)
            if replaceable and await self._replace(pressed, data, last, chosen):
                return None
        for reply in others:
            await self._send(chat, reply, "reply")
        await self._send(chat, last, "reply", chosen)
        if pressed and data.startswith((*_AT_STEP, *_ONCE)):  # there is another step below now, or none
            await self._drop_buttons(pressed)
        return None

    async def _send(self, chat: int, reply: Reply, priority: Priority, chosen: Sequence[str] = ()) -> None:
        try:
            if reply.document:
                file = InputFile(reply.document.content.encode(), filename=reply.document.name)
                page = pages(reply, limit=MAX_CAPTION)[0]
                sent = await self._bot.send_document(
                    chat,
                    file,
                    caption=page.html,
                    reply_markup=keyboard(reply.buttons),
                    parse_mode=ParseMode.HTML,
                    rate_limit_args=priority,  # type: ignore[call-arg]
                )
                self.saw(chat, sent.message_id)
                return
            shown = pages(reply, chosen)
            for page in shown:
                sent = await self._bot.send_message(
                    chat,
                    page.html,
                    parse_mode=ParseMode.HTML,
                    reply_markup=keyboard(reply.buttons) if page is shown[-1] else None,
                    rate_limit_args=priority,  # type: ignore[call-arg]
                )
                self._note(chat, _Newest(sent.message_id, tuple(chosen) if reply.kind == "step" else None))
        except TelegramError as error:
            raise await self.failed(chat, error) from error

    async def failed(self, chat: int, error: TelegramError) -> NotDeliveredError:
        """Log why something could not be sent and return it; somebody who cannot be written to any more is noted as such."""
        bad = isinstance(error, BadRequest)
        gone = isinstance(error, Forbidden) or (bad and "chat not found" in str(error).lower())
        if gone:
            await self._store.set_reachable(CHANNEL, str(chat), datetime.now(UTC), reachable=False)
        log.warning("a reply could not be sent: %s", "the person cannot be reached" if gone else type(error).__name__)
        after = seconds(error) if isinstance(error, RetryAfter) else None
        return NotDeliveredError(gone=gone, refused=bad and not gone, after=after)

    async def _replace(self, pressed: Message, data: str, reply: Reply, chosen: Sequence[str]) -> bool:
        """Put a reply in the place of a message; return False when that cannot be done."""
        chat = pressed.chat.id
        page, *more = pages(reply, chosen)
        if more:
            return False
        markup = keyboard(reply.buttons)
        if page.plain == pressed.text and markup == pressed.reply_markup:
            return True
        try:
            await self._bot.edit_message_text(
                page.html,
                chat_id=chat,
                message_id=pressed.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
        except BadRequest as error:
            return "not modified" in str(error).lower()
        except TelegramError as error:
            raise await self.failed(chat, error) from error
        self._note(chat, _Newest(pressed.message_id, tuple(chosen) if reply.kind == "step" else None, data))
        return True

    async def _drop_buttons(self, pressed: Message) -> None:
        try:
            await self._bot.edit_message_reply_markup(pressed.chat.id, pressed.message_id)
        except TelegramError as error:  # they are recognised as old when they are pressed
            log.info("the buttons of a message could not be removed: %s", type(error).__name__)


def _buttons(message: Message) -> list[str]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return [button.callback_data for row in rows for button in row if isinstance(button.callback_data, str)]


def _takes_place(pressed: Message, data: str, reply: Reply) -> bool:
    """Tell whether a reply reads well in place of the message: a step after a step, a list after a list."""
    if not pressed.text or OFF in _buttons(pressed):  # a reminder stays
        return False
    if reply.kind == "step":
        return data.startswith(_AT_STEP) or (data.startswith((FLOW, AGAIN)) and _is_menu(pressed))
    return reply.kind == "menu" and _is_menu(pressed)


def _is_menu(message: Message) -> bool:
    return all(data.startswith(_OF_MENUS) for data in _buttons(message))


def _chosen(before: Sequence[str], data: str, reply: Reply) -> list[str]:
    """Return the lines about what was chosen that stand above a step: those of the message before, and the new one."""
    if reply.kind != "step" or not data.startswith(_AT_STEP) or (data.startswith(RESTART) and not reply.old):
        return []
    if data.startswith(BACK) and not reply.old:
        return list(before[:-1])
    return [*before, reply.chosen] if reply.chosen else list(before)
