"""What people see of the bot before they write: command menus, name and descriptions, in both languages."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from telegram import Bot, BotCommand, BotCommandScope, BotCommandScopeChat
from telegram.error import TelegramError

from bot.texts import say
from faq.text import LANGUAGES, Language

log = logging.getLogger(__name__)

COMMANDS: Final = (
    "guides",
    "progress",
    "calendar",
    "remind",
    "topics",
    "back",
    "cancel",
    "restart",
    "language",
    "privacy",
    "export",
    "forget",
    "help",
)
"""The commands of the menu, in its order."""

OPERATORS_COMMANDS: Final = ("unanswered", "status", "reload")
"""The commands that stand before them in the menu of those who run the bot."""

OTHERS: Final[Language] = "en"
"""What people read whose device speaks neither language."""


async def set_profile(bot: Bot, admins: Sequence[int] = ()) -> None:
    """Set menus, name and descriptions where they differ from what Telegram has; what fails is logged and left for next time.

    Telegram allows few changes of a name a day, so that nothing is set without need. The operators, whose ids are `admins`, have
    a longer menu in their own chats.
    """
    for code, language in ((None, OTHERS), *((language, language) for language in LANGUAGES)):
        for what, work in _parts(bot, code, language).items():
            try:
                if await work():
                    log.info("set the %s for %s", what, code or "other languages")
            except TelegramError as error:
                log.warning("the %s for %s could not be set: %s", what, code or "other languages", type(error).__name__)

    for admin in admins:
        for code, language in ((None, OTHERS), *((language, language) for language in LANGUAGES)):
            scope = BotCommandScopeChat(admin)
            try:
                await _set_menu(bot, (*OPERATORS_COMMANDS, *COMMANDS), code, language, scope)
            except TelegramError as error:  # such as an operator who has not written to the bot yet
                log.info("the command menu of an operator could not be set: %s", type(error).__name__)


async def _set_menu(
    bot: Bot, names: Sequence[str], code: str | None, language: Language, scope: BotCommandScope | None = None
) -> bool:
    wanted = [BotCommand(name, say(language, f"menu-{name}")) for name in names]
    if list(await bot.get_my_commands(scope=scope, language_code=code)) == wanted:
        return False
    return await bot.set_my_commands(wanted, scope=scope, language_code=code)


def _parts(bot: Bot, code: str | None, language: Language) -> dict[str, Callable[[], Awaitable[bool]]]:
    async def text(
        get: Callable[..., Awaitable[Any]], put: Callable[..., Awaitable[bool]], key: str, field: str
    ) -> bool:
        wanted = say(language, key)
        if getattr(await get(language_code=code), field) == wanted:
            return False
        return await put(wanted, language_code=code)

    return {
        "command menu": lambda: _set_menu(bot, COMMANDS, code, language),
        "name": lambda: text(bot.get_my_name, bot.set_my_name, "bot-name", "name"),
        "description": lambda: text(bot.get_my_description, bot.set_my_description, "bot-about", "description"),
        "short description": lambda: text(
            bot.get_my_short_description, bot.set_my_short_description, "bot-short", "short_description"
        ),
    }
