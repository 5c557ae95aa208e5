"""Inline mode: `@bot 激活码` in any chat lists the answers that fit, to send there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.constants import ParseMode

from bot.channels.telegram.links import deep_link
from bot.channels.telegram.markup import pages
from bot.conversation import Conversation
from bot.replies import bare_answer
from bot.texts import say
from faq.corpus import Entry
from faq.text import Language

CACHE_SECONDS: Final = 300
"""So long Telegram gives the same answers to the same words, for everybody with the same language."""


async def answer_inline(bot: Bot, query: InlineQuery, conversation: Conversation, hint: Language | None) -> None:
    """Send the answers that fit an inline query; nothing is stored.

    Raises:
        TelegramError: They could not be sent.
    """
    language, entries = conversation.assistant.candidates(query.query, hint, datetime.now(UTC))
    button = InlineQueryResultsButton(say(language, "in-private"), start_parameter="inline")
    results = _results(bot.username, entries, language)
    # What is listed for no words at all, and what the button says, depends on the person's language.
    await bot.answer_inline_query(query.id, results, cache_time=CACHE_SECONDS, is_personal=True, button=button)


def _results(username: str, entries: Sequence[Entry], language: Language) -> list[InlineQueryResultArticle]:
    found = []
    for entry in entries:
        text = entry.texts[language]
        markup = InlineKeyboardMarkup.from_button(
            InlineKeyboardButton(say(language, "in-private"), url=deep_link(username, "faq", entry.id))
        )
        html = pages(bare_answer(entry, language))[0].html
        content = InputTextMessageContent(html, parse_mode=ParseMode.HTML)
        article = InlineQueryResultArticle(
            entry.id, text.question, content, description=text.summary, reply_markup=markup
        )
        found.append(article)
    return found
