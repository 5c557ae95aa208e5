"""What happens when an update could not be dealt with: an apology, a line in the log, a note to the operators."""

import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from telegram import Bot, Chat, Update
from telegram.error import TelegramError

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.intake import hint
from bot.conversation import Conversation
from bot.logs import where
from bot.texts import say

log = logging.getLogger(__name__)

QUIET: Final = 3600.0
"""Seconds for which the operators hear of one kind of error once."""


class Trouble:
    """Reports unexpected errors; `admins` are the operators' ids on Telegram, `now` counts seconds."""

    def __init__(
        self, bot: Bot, conversation: Conversation, admins: Sequence[int], now: Callable[[], float] = monotonic
    ) -> None:
        self._bot = bot
        self._conversation = conversation
        self._admins = admins
        self._now = now
        self._told: dict[str, float] = {}

    async def report(self, update: Update, error: Exception) -> None:
        """Log an error without anything personal, apologise in private, and tell the operators once an hour for each kind."""
        log.error("update %s could not be dealt with", update.update_id, exc_info=error)
        if update.effective_user and (update.effective_chat is None or update.effective_chat.type == Chat.PRIVATE):
            who = update.effective_user.id
            language = await self._conversation.language(CHANNEL, str(who), hint(update))
            if update.inline_query is None:
                await self._try(who, say(language, "apology"))
        kind = where(error)[0].partition(" < ")
        place = kind[2].partition(" < ")[0]
        await self._tell(f"{kind[0]} {place}".strip())

    async def _tell(self, kind: str) -> None:
        now = self._now()
        self._told = {known: at for known, at in self._told.items() if now - at < QUIET}
        if kind in self._told:
            return
        self._told[kind] = now
        for admin in self._admins:
            await self._try(admin, f"regbot: {kind}. The log has more; this kind is not reported again for an hour.")

    async def _try(self, chat: int, text: str) -> None:
        try:
            await self._bot.send_message(chat, text)
        except TelegramError as failed:
            log.warning("a note about an error could not be sent: %s", type(failed).__name__)
