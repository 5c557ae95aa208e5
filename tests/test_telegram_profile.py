"""What people see of the bot before they write: command menus, name and descriptions, set where they differ."""

import asyncio
from pathlib import Path

from bot.channels.telegram.profile import COMMANDS, OTHERS
from bot.texts import say
from faq.matcher import Matcher
from faq.text import Language
from tests.bot_api import BotApi, Call, hold, too_many
from tests.telegram_process import BotProcess

LANGUAGE_OF: dict[str, Language] = {"": OTHERS, "zh": "zh", "en": "en"}
TEXTS = {"name": ("bot-name", 64), "description": ("bot-about", 512), "short_description": ("bot-short", 120)}


def whole_profile() -> dict[tuple[str, str], str]:
    """Return the texts as they have to be, in the way of `BotApi.profile`."""
    return {(name, code): say(language, TEXTS[name][0]) for name in TEXTS for code, language in LANGUAGE_OF.items()}


def whole_menus() -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return the menus as they have to be, in the way of `BotApi.commands`."""
    return {
        ("default", code): [{"command": each, "description": say(language, f"menu-{each}")} for each in COMMANDS]
        for code, language in LANGUAGE_OF.items()
    }


def seen_profile(api: BotApi) -> dict[tuple[str, str], str]:
    """Return the texts as people see them: what is not set for their language is that for everybody."""
    return {
        (name, code): api.profile.get((name, code), api.profile[name, ""]) for name in TEXTS for code in LANGUAGE_OF
    }


async def looked_through(api: BotApi) -> None:
    """Wait until the bot has looked at what it looks at last."""
    await api.wait_for(lambda: sum(call.ok for call in api.called("getMyShortDescription")) == len(LANGUAGE_OF))


def set_calls(api: BotApi) -> list[Call]:
    """Return the requests that set something of the profile."""
    return [call for call in api.calls if call.method.startswith("setMy")]


async def test_the_first_start_sets_menus_name_and_descriptions_within_the_limits(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database):
        await looked_through(api)
    assert all(call.ok for call in set_calls(api))
    assert api.commands == whole_menus()
    assert seen_profile(api) == whole_profile()
    for (name, code), text in api.profile.items():
        assert 0 < len(text.encode("utf-16-le")) // 2 <= TEXTS[name][1], (name, code)
    assert api.profile["name", "zh"] == "医师电子化注册助手"
    assert seen_profile(api)["name", "en"] == api.profile["name", ""] == "Doctors' registration assistant"


async def test_every_command_of_the_menu_is_one_that_the_bot_answers(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database):
        for user, command in enumerate(COMMANDS, 100):
            api.message(user, f"/{command}")
        for user, command in enumerate(COMMANDS, 100):
            reply = (await api.replies(user, 1))[0]
            assert reply["text"], command
            assert not reply["text"].startswith(say("zh", "unknown-command", command=f"/{command}")), command
        api.message(99, "/nonsense")
        (reply,) = await api.replies(99, 1)
        assert reply["text"] == say("zh", "unknown-command", command="/nonsense")


async def test_a_later_start_sets_right_what_was_changed_by_hand_and_nothing_else(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    api.commands = whole_menus()
    api.profile = whole_profile()
    del api.commands["default", "zh"][0]
    api.profile["short_description", "en"] = "Changed by hand"  # it is looked at last
    async with BotProcess(api, database) as process:
        await api.wait_for(lambda: any(call.ok for call in api.called("setMyShortDescription")))
        await process.logged("set the short description for en")
    assert [(call.method, call.params["language_code"]) for call in set_calls(api)] == [
        ("setMyCommands", "zh"),
        ("setMyShortDescription", "en"),
    ]
    assert api.commands == whole_menus()
    assert api.profile == whole_profile()


async def test_a_start_with_all_as_it_should_be_sets_nothing(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    api.commands = whole_menus()
    api.profile = whole_profile()
    async with BotProcess(api, database) as process:
        await looked_through(api)
        api.message(7, "/help")
        await api.replies(7, 1)
        assert await process.stop() == 0
    assert set_calls(api) == []


async def test_what_cannot_be_set_keeps_neither_the_rest_nor_the_bot_from_its_work(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    slow = asyncio.Event()
    api.fail("setMyCommands", hold(slow))
    api.fail("setMyName", too_many(80_000))
    async with BotProcess(api, database) as process:
        await api.wait_for(lambda: api.called("setMyCommands"))
        api.message(7, "激活码没收到")
        (reply,) = await api.replies(7, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
        assert [call.method for call in set_calls(api)] == ["setMyCommands"]  # without an answer yet
        slow.set()
        await looked_through(api)
        assert await process.stop() == 0
    assert {key for key, text in seen_profile(api).items() if text != whole_profile()[key]} == {("name", "")}
    assert api.commands == whole_menus()
    (failed,) = [each["message"] for each in process.records() if each["level"] == "warning"]
    assert failed == "the name for other languages could not be set: RetryAfter"
