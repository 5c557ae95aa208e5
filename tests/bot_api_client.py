"""python-telegram-bot as the client of the test server, for the tests of that server itself."""

from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from tests.bot_api import BotApi


def client(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """Return a bot that talks to the server, to be used with `async with`."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # without it RetryAfter warns that its type will change
    return Bot(api.token, base_url=f"{api.url}/bot")


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    """Return rows of buttons, each with its label and data."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in rows]
    )


async def post(api: BotApi, method: str, **params: Any) -> dict[str, Any]:
    """Call a method with JSON, without the library's help, and return the whole answer."""
    async with httpx.AsyncClient() as http:
        answer: dict[str, Any] = (await http.post(f"{api.url}/bot{api.token}/{method}", json=params)).json()
    return answer
