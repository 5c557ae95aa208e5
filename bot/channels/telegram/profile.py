"""What people see of the bot before they write: command menus, name and descriptions, in both languages."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from telegram import Bot, BotCommand
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

OTHERS: Final[Language] = "en"
"""What people read whose device speaks neither language."""


async def set_profile(bot: Bot) -> None:
    """Set menus, name and descriptions where they differ from what Telegram has; what fails is logged and left for next time.

    Telegram allows few changes of a name a day, so that nothing is set without need.
    """
    for code, language in ((None, OTHERS), *((language, language) for language in LANGUAGES)):
        for what, work in _parts(bot, code, language).items():
            try:
                if await work():
                    log.info("set the %s for %s", what, code or "other languages")
            except TelegramError as error:
                log.warning("the %s for %s could not be set: %s", what, code or "other languages", type(error).__name__)


def _parts(bot: Bot, code: str | None, language: Language) -> dict[str, Callable[[], Awaitable[bool]]]:
    async def commands() -> bool:
        wanted = [BotCommand(command, say(language, f"menu-{command}")) for command in COMMANDS]
        if list(await bot.get_my_commands(language_code=code)) == wanted:
            return False
        return await bot.set_my_commands(wanted, language_code=code)

    async def text(
        get: Callable[..., Awaitable[Any]], put: Callable[..., Awaitable[bool]], key: str, field: str
    ) -> bool:
        wanted = say(language, key)
        if getattr(await get(language_code=code), field) == wanted:
            return False
        return await put(wanted, language_code=code)

    return {
        "command menu": commands,
        "name": lambda: text(bot.get_my_name, bot.set_my_name, "bot-name", "name"),
        "description": lambda: text(bot.get_my_description, bot.set_my_description, "bot-about", "description"),
        "short description": lambda: text(
            bot.get_my_short_description, bot.set_my_short_description, "bot-short", "short_description"
        ),
    }
