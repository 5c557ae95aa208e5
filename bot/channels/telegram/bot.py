"""Answers updates: turns in private, single answers in groups and inline, and everything else with a logged reason."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from telegram import (
    Bot,
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.inline import answer_inline
from bot.channels.telegram.intake import Asked, Ignored, Said, hint, read_message
from bot.channels.telegram.links import deep_link
from bot.channels.telegram.markup import pages
from bot.channels.telegram.operators import Operators
from bot.channels.telegram.order import FloodGuard
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.trouble import Trouble
from bot.conversation import Conversation
from bot.errors import NotDeliveredError, StoreError
from bot.locks import Locks
from bot.messages import Incoming, Reply
from bot.replies import ENTRY, said
from bot.store import Store
from bot.texts import say
from bot.turn import DEFAULT_LANGUAGE

log = logging.getLogger(__name__)

MAX_PEOPLE: Final = 256
"""To so many people something is sent at once."""
TYPING_AFTER: Final = 1.0
"""Seconds after which somebody sees that an answer is on its way."""
UPDATES: Final = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
)
"""The kinds of updates that Telegram is asked for."""
OFFERED_IN_GROUPS: Final = 3


class TelegramBot:
    """Answers every update.

    `settle` is called with an update's id as soon as it changes nothing more, before the reply is sent.
    """

    def __init__(  # noqa: PLR0913 - parts that are given from outside
        self,
        bot: Bot,
        conversation: Conversation,
        store: Store,
        *,
        settle: Callable[[int], None],
        operators: Operators | None = None,
        admins: Sequence[int] = (),
        typing_after: float = TYPING_AFTER,
    ) -> None:
        self._bot = bot
        self._conversation = conversation
        self._store = store
        self._settle = settle
        self._typing_after = typing_after
        self._sender = Sender(bot, store)
        self._sending = Locks()
        self._places = asyncio.Semaphore(MAX_PEOPLE)
        self._flood = FloodGuard()
        self._operators = operators
        self._trouble = Trouble(bot, conversation, admins)

    async def handle(self, update: Update) -> bool:
        """Answer an update, or log why not; nothing is raised but what stops the process.

        Returns:
            False when an unexpected error has kept it from being dealt with.
        """
        try:
            reason = await self._handle(update)
        except NotDeliveredError:
            reason = "the reply could not be sent"
            await self._undelivered(update)
        except TelegramError as error:
            reason = f"the reply could not be sent: {type(error).__name__}"
        except Exception as error:  # noqa: BLE001 - whatever went wrong, others are answered
            await self._trouble.report(update, error)
            return False
        if reason:
            log.info("update %s was not answered: %s", update.update_id, reason)
        return True

    async def send(self, channel_id: str, replies: Sequence[Reply]) -> None:
        """Send something that a person has not asked for just now, when there is room for it besides the replies.

        Raises:
            NotDeliveredError: It could not be sent, or nobody knows whether it arrived.
        """
        await self._sender.send(channel_id, replies, "broadcast")

    async def _handle(self, update: Update) -> str | None:
        if update.callback_query:
            return await self._pressed(update, update.callback_query)
        if update.inline_query:
            await self._inline(update, update.inline_query)
            return None
        if update.my_chat_member:
            return await self._membership(update.my_chat_member)
        if message := update.message or update.edited_message:
            return await self._written(update, message)
        return "a kind of update that the assistant has no use for"

    async def _written(self, update: Update, message: Message) -> str | None:
        found = read_message(message, self._bot.username, self._bot.id, edited=update.edited_message is not None)
        if isinstance(found, Ignored):
            return found.reason
        assert message.from_user is not None, "read_message ignores others"
        # The time is that of writing: what somebody wrote over hours may arrive at once, after an outage.
        verdict = self._flood.judge(message.from_user.id, (message.edit_date or message.date).timestamp())
        if verdict != "fine":
            return await self._slow_down(update, found.chat if verdict == "first" and isinstance(found, Said) else None)
        if isinstance(found, Asked):
            return await self._asked(update, found)
        self._sender.saw(found.chat, message.message_id)
        if self._operators and not found.button and self._operators.take(found.chat, found.text, None):
            return await self._operate(update, found.chat, text=found.text)
        return await self._turn(update, found)

    async def _operate(
        self, update: Update, chat: int, *, text: str = "", button: str | None = None, pressed: Message | None = None
    ) -> str | None:
        """Answer what an operator wants; it is no turn, and may take longer than others should wait."""
        assert self._operators is not None, "only operators come here"
        now = datetime.now(UTC)
        try:
            if not await self._store.mark_handled(CHANNEL, self._key(update), now):
                return "it was delivered before"
        except StoreError as error:  # what they want says so itself, if it needs the database
            log.warning("something could not be noted: %s", error)
        self._settle(update.update_id)
        language = await self._conversation.language(CHANNEL, str(chat), hint(update))
        replies = await self._operators.answer(text, button, language, now)
        async with self._sending.hold(chat), self._places:
            return await self._sender.answer(chat, replies, pressed, button or "")

    async def _slow_down(self, update: Update, chat: int | None) -> str:
        """Drop a message that is one too many; the chat in private, if there is one, is told."""
        if chat is None:
            return "too many messages"
        language = await self._conversation.language(CHANNEL, str(chat), hint(update))
        await self._reply(update, chat, [said(language, "slow-down")])
        return "too many messages; the person was asked to slow down"

    async def _turn(self, update: Update, found: Said) -> str | None:
        incoming = self._incoming(update, found.chat, text=found.text, button=found.button, attachment=found.attachment)
        unknown = found.button is not None and not self._conversation.assistant.offers(found.button, datetime.now(UTC))
        if unknown:
            incoming = self._incoming(update, found.chat, text="/start")
        replies = await self._answered(incoming)
        if not replies:
            return "it was delivered before"
        if unknown:
            language = await self._conversation.language(CHANNEL, str(found.chat), hint(update))
            replies.insert(0, said(language, "unknown-link"))
        return await self._reply(update, found.chat, replies)

    async def _reply(
        self, update: Update, chat: int, replies: Sequence[Reply], pressed: Message | None = None, data: str = ""
    ) -> str | None:
        """Send the replies after those to the person's earlier messages."""
        self._settle(update.update_id)  # nothing is awaited before the place in the order is taken
        async with self._sending.hold(chat), self._places:
            return await self._sender.answer(chat, replies, pressed, data)

    async def _answered(self, incoming: Incoming) -> list[Reply]:
        """Take a turn; who waits long sees that something is happening."""
        turn = asyncio.ensure_future(self._conversation.turn(incoming))
        done, _ = await asyncio.wait((turn,), timeout=self._typing_after)
        if not done:
            await self._quietly(self._bot.send_chat_action(incoming.channel_id, ChatAction.TYPING))
        return await turn

    def _incoming(self, update: Update, chat: int, **values: Any) -> Incoming:
        return Incoming(
            CHANNEL,
            str(chat),
            datetime.now(UTC),
            update_id=self._key(update),
            language=hint(update),
            **values,
        )

    def _key(self, update: Update) -> str:
        """Return the name of an update: two bots on one database count theirs apart."""
        return f"{self._bot.id}:{update.update_id}"

    async def _pressed(self, update: Update, query: CallbackQuery) -> str | None:
        answered = asyncio.ensure_future(self._quietly(query.answer()))  # at once, and the turn does not wait for it
        try:
            return await self._press(update, query)
        finally:
            await answered

    async def _press(self, update: Update, query: CallbackQuery) -> str | None:
        data, message = query.data, query.message
        if data is None or (message is not None and message.chat.type != Chat.PRIVATE):
            return "a button that is none of the assistant's"
        chat = query.from_user.id  # a private chat has the person's number
        verdict = self._flood.judge(chat, datetime.now(UTC).timestamp())
        if verdict != "fine":
            return await self._slow_down(update, chat if verdict == "first" else None)
        pressed = message if isinstance(message, Message) else None  # None when it is too old to be touched
        if self._operators and self._operators.take(chat, "", data):
            return await self._operate(update, chat, button=data, pressed=pressed)
        replies = await self._answered(self._incoming(update, chat, button=data, in_place=pressed is not None))
        if not replies:
            return "it was delivered before"
        return await self._reply(update, chat, replies, pressed, data)

    async def _asked(self, update: Update, found: Asked) -> str | None:
        """Answer in a group: one answer, nothing remembered, a way to go on in private.

        Raises:
            TelegramError: The answer could not be sent.
        """
        try:
            if not await self._store.mark_handled(CHANNEL, self._key(update), datetime.now(UTC)):
                return "it was delivered before"
        except StoreError as error:
            log.warning("something could not be noted: %s", error)
        self._settle(update.update_id)
        language = hint(update) or DEFAULT_LANGUAGE
        rows: list[InlineKeyboardButton] = []
        if found.command or not found.text:
            shown: Sequence[Reply] = [said(language, "group-help")]
        else:
            aside = self._conversation.assistant.aside(found.text, hint(update), datetime.now(UTC))
            language, shown = aside.language, aside.replies
            for button in [button for reply in shown for button in reply.buttons][:OFFERED_IN_GROUPS]:
                if button.data.startswith(ENTRY):
                    link = deep_link(self._bot.username, "faq", button.data.removeprefix(ENTRY))
                    rows.append(InlineKeyboardButton(button.label, url=link))
        private = InlineKeyboardButton(say(language, "in-private"), url=deep_link(self._bot.username, ""))
        markup = InlineKeyboardMarkup.from_column([*rows, private])
        texts = [page.html for reply in shown for page in pages(reply)]
        async with self._sending.hold(found.chat), self._places:
            for number, text in enumerate(texts, 1):
                await self._bot.send_message(
                    found.chat,
                    text,
                    parse_mode=ParseMode.HTML,
                    reply_parameters=ReplyParameters(found.message, allow_sending_without_reply=True),
                    reply_markup=markup if number == len(texts) else None,
                )
        return None

    async def _inline(self, update: Update, query: InlineQuery) -> None:
        self._settle(update.update_id)
        await answer_inline(self._bot, query, self._conversation, hint(update))

    async def _membership(self, change: ChatMemberUpdated) -> str | None:
        if change.chat.type != Chat.PRIVATE:
            return "the assistant was added to a group, or removed"
        reachable = change.new_chat_member.status not in (ChatMember.BANNED, ChatMember.LEFT)
        await self._store.set_reachable(CHANNEL, str(change.chat.id), datetime.now(UTC), reachable=reachable)
        return "the person can be reached again" if reachable else "the person has blocked the assistant"

    async def _undelivered(self, update: Update) -> None:
        if update.effective_user is None:
            return
        try:
            await self._conversation.not_delivered(CHANNEL, str(update.effective_user.id))
        except StoreError as error:
            log.warning("something could not be noted: %s", error)

    async def _quietly(self, request: Coroutine[Any, Any, Any]) -> None:
        """Make a request that nothing depends on."""
        try:
            await request
        except TelegramError as error:
            log.info("a request failed: %s", type(error).__name__)
