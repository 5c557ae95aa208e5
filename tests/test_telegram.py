"""The whole bot as a process, in private chats: answers, languages, commands."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from faq.matcher import Matcher
from tests.bot_api import BotApi
from tests.telegram_process import BotProcess


@pytest.fixture(name="api")
async def _api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        yield api


async def test_a_question_is_answered(api: BotApi, database: Path, project_matcher: Matcher) -> None:
    async with BotProcess(api, database):
        api.message(7, "zhuli yao bu yao zhuce a")
        (reply,) = await api.replies(7, 1)
        assert reply["text"].startswith("助理医师需要注册吗？")
