"""New content for a bot that runs: by a signal or an operator's command, checked first, with nothing and nobody lost."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.texts import say
from faq.text import Language
from tests.bot_api import BotApi, hold
from tests.reminder_bot import until
from tests.reminder_people import query
from tests.service_bot import ANSWERS, PARKING, PARKING_FILE, QUESTIONS, Content, service_bot
from tests.service_helpers import IN_FORCE, REFUSED, Service, checks_of, numbers, serving, told
from tests.telegram_helpers import Person

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHOTO, LETTERS, RULES = "entries/papers/photo.yaml", "flows/letters.yaml", "mine.yaml"
OLD_ANSWER = "请带两张照片。"
KNOWN: dict[Language, str] = {"zh": "照片怎么弄", "en": "what about the photo"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="served")
async def _served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with serving(
        tmp_path_factory.mktemp("bot"), operators=range(9001, 9008), REGBOT_WEBHOOK_SECRET="never-to-be-passed-on"
    ) as served:
        yield served


@pytest.fixture(name="bot")
def _bot(served: Service) -> Iterator[Service]:
    """Return the bot that all tests share, whose content each of them finds as it was made, though another may be in force."""
    yield served
    for check in checks_of(served.process.pid):  # after a test that failed
        os.kill(check, signal.SIGKILL)
    served.content.set_back()


def in_force(bot: Service) -> int:
    """Return how often new content has come into force."""
    return bot.process.log.count(IN_FORCE)


def is_hangup_survived(pid: int) -> bool:
    """Tell whether a process ignores or hears SIGHUP by now, which would otherwise end it."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    masks = (line.split()[1] for line in status.splitlines() if line.startswith(("SigIgn:", "SigCgt:")))
    return any(int(mask, 16) >> (signal.SIGHUP - 1) & 1 for mask in masks)


async def answer_of(person: Person, language: Language = "zh") -> str:
    """Return what somebody is told of the photo."""
    (reply,) = await person.say(KNOWN[language])
    return str(reply["text"])


async def test_a_signal_puts_new_content_in_force_for_everybody(bot: Service) -> None:
    """Questions have the new answers, who is at a step that is gone is carried over, and reminders are planned anew."""
    asking, walking, waiting = (bot.person() for _ in range(3))
    (vain,) = await asking.say(QUESTIONS["zh"])
    await walking.say("/start flow_letters")
    await waiting.say("/start flow_letters")
    await waiting.press("要了")
    (step,) = await waiting.press("执业医师")
    assert "等信" in step["text"]
    await waiting.press_data(step, "remind:on")
    (before,) = due(bot, waiting)

    bot.content.write(PARKING_FILE, PARKING)
    bot.content.edit(LETTERS, "id: ask\n", "id: request\n")
    bot.content.edit(LETTERS, "next: ask}", "next: request}")
    bot.content.edit(LETTERS, "去要", "请单位写信")
    bot.content.edit(RULES, "first: 3", "first: 5")
    pid = bot.process.pid
    await bot.again()

    (answer,) = await asking.say(QUESTIONS["zh"])
    assert ANSWERS["zh"] not in vain["text"]
    assert ANSWERS["zh"] in answer["text"]
    (carried_over,) = await walking.say("好了")
    assert say("zh", "moved-gone") in carried_over["text"]
    assert "请单位写信" in carried_over["text"]
    assert bot.place(walking) == ("letters", "request")
    (moved_on,) = await walking.say("好了")
    assert "你的身份" in moved_on["text"]
    await until(lambda: due(bot, waiting) == [before + timedelta(days=2)])
    assert bot.place(waiting) == ("letters", "wait")
    assert bot.process.pid == pid
    assert f"{IN_FORCE}: 5 entries, 2 flows" in bot.process.log


def due(bot: Service, person: Person) -> list[datetime]:
    """Return when somebody is reminded first of what they wait for."""
    sql = "SELECT due_at FROM reminders JOIN people ON people.id = person WHERE channel_id = ? AND rule = 'waiting:letters:wait:1'"
    return [datetime.fromisoformat(at) for (at,) in query(bot.database, sql, str(person.id))]


async def test_while_the_content_is_read_everybody_is_answered_and_many_wishes_are_one(bot: Service) -> None:
    """Also the operator who asked for it is answered, and whoever writes while the new content takes the place of the old.

    What is changed meanwhile is read once more, whatever the number of signals; a command that is delivered twice is obeyed once.
    """
    operator, others, before = bot.operator("en"), [bot.person() for _ in range(5)], in_force(bot)
    bot.content.edit(PHOTO, OLD_ANSWER, "现在交两张照片。")
    bot.content.write(PARKING_FILE, PARKING.replace("2026-11-01", "2020-01-01"))
    bot.process.send(signal.SIGHUP)
    check = await bot.check()
    bot.content.edit(PHOTO, "现在交两张照片。", "最后交两张照片。")
    for _ in range(5):
        bot.process.send(signal.SIGHUP)
    update = bot.api.message(operator.id, "/reload", language_code="en")
    await bot.api.confirmed()
    assert OLD_ANSWER in await answer_of(others[0])
    bot.api.redeliver(update)
    assert "Please bring two photos." in await answer_of(operator, "en")
    await bot.process.logged(f"update {update} was not answered: it was delivered before")

    rounds = 0
    os.kill(check, signal.SIGCONT)
    while in_force(bot) < before + 3:
        rounds += 1
        assert rounds < 15  # of nobody are there too many messages
        answers = await asyncio.gather(*map(answer_of, others))
        assert all(OLD_ANSWER in text or "交两张照片。" in text for text in answers)
    assert "最后交两张照片。" in await answer_of(others[0])
    (reply,) = await bot.api.replies(operator.id, 1)
    first, second, third = reply["text"].split("\n\n")
    assert first == say("en", "op-reloaded", entries="5", flows="2")
    assert second == say("en", "op-warnings", count="1")
    assert "parking.yaml:2: reviewed: warning: was last reviewed on 2020-01-01" in third
    assert in_force(bot) == before + 3
    assert checks_of(bot.process.pid) == []
    assert not [record for record in bot.process.records() if record["level"] == "error"]


BROKEN: Mapping[str, tuple[Language, str, str, str, str]] = {
    "not-yaml": (
        "zh",
        PHOTO,
        "related: [form, opening]",
        "related: [form, opening",
        "photo.yaml:5: is not valid YAML: while parsing a flow sequence did not find expected ',' or ']'",
    ),
    "dangling": (
        "en",
        PHOTO,
        "related: [form, opening]",
        "related: [form, nothing]",
        'photo.yaml:4: related: there is no entry "nothing"',
    ),
    "flow": (
        "zh",
        LETTERS,
        "next: role}",
        "next: nowhere}",
        'letters.yaml:15: steps[0].choices[0]: "next": there is no step "nowhere" in this flow',
    ),
}
"""An operator's language, a file, a piece of it and what takes its place, and what is wrong then."""


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_bad_content_is_refused_with_file_line_and_what(
    broken: tuple[Language, str, str, str, str], bot: Service
) -> None:
    """The log and the operator read the same; what was in force stays so."""
    language, name, old, new, problem = broken
    before = await answer_of(bot.person())
    bot.content.edit(name, old, new)
    (reply,) = await bot.operator(language).say("/reload")

    assert reply["text"].startswith(say(language, "op-not-reloaded"))
    assert problem in reply["text"]
    (line,) = [record["message"] for record in bot.process.records() if problem in record["message"]]
    assert line.startswith(REFUSED)
    assert await answer_of(bot.person()) == before


async def test_a_missing_folder_is_refused(bot: Service) -> None:
    before = await answer_of(bot.person())
    shutil.rmtree(bot.content.folder / "entries")
    await bot.again(REFUSED)

    folder = bot.content.folder / "entries"
    assert f"{REFUSED}: {folder}:1: this folder does not exist" in bot.process.log
    assert await answer_of(bot.person()) == before
    reload = bot.beat().reload
    assert reload
    assert not reload.ok


async def test_only_operators_have_the_command_and_only_in_private(bot: Service) -> None:
    stranger, operator, group = bot.person(), bot.operator(), -5001
    refused = await stranger.say("/reload", 2)
    assert refused[0]["text"] == say("zh", "unknown-command", command="/reload")
    bot.api.message(operator.id, f"/reload@{bot.api.username}", chat=group, chat_type="supergroup")
    (help_text,) = await bot.api.replies(group, 1)
    assert help_text["text"] == say("zh", "group-help")

    assert "新内容" not in "".join(one["text"] or "" for who in (operator.id, group) for one in bot.api.chat(who))
    assert checks_of(bot.process.pid) == []


async def test_a_check_that_is_killed_is_told_of_and_knew_no_secret(bot: Service) -> None:
    operator = bot.operator("en")
    bot.api.message(operator.id, "/reload", language_code="en")
    check = await bot.check()
    known = told(check)
    os.kill(check, signal.SIGKILL)
    (reply,) = await bot.api.replies(operator.id, 1)

    assert reply["text"].startswith(say("en", "op-not-reloaded"))
    assert "the check was ended from outside (SIGKILL)" in reply["text"]
    assert f"{REFUSED}: the check was ended from outside (SIGKILL)" in bot.process.log
    assert b"REGBOT_TELEGRAM_API" in known
    assert bot.api.token.encode() not in known
    assert b"never-to-be-passed-on" not in known


async def test_a_signal_during_the_start_is_not_forgotten_and_a_stop_leaves_no_check_behind(tmp_path: Path) -> None:
    """A stop ends the checks that are under way, that of an operator's command as well as that of a signal."""
    content, released = Content.made(tmp_path / "content"), asyncio.Event()
    async with BotApi() as api:
        api.fail("getMe", hold(released))
        bot = service_bot(api, tmp_path / "regbot.db", content, REGBOT_ADMINS="7")
        await bot.start()
        try:
            await until(lambda: is_hangup_survived(bot.pid))
            bot.send(signal.SIGHUP)  # as early as can be
            await api.wait_for(lambda: api.called("getMe"))
            bot.send(signal.SIGHUP)
            released.set()
            await bot.logged(IN_FORCE)

            api.message(7, "/reload")
            await until(lambda: bool(checks_of(bot.pid)))
            (check,) = checks_of(bot.pid)
            os.kill(check, signal.SIGSTOP)
            bot.send(signal.SIGHUP)  # it waits for the other one
            stopped = asyncio.create_task(bot.stop())
            await bot.logged("stopping: the updates in hand are finished")
            bot.send(signal.SIGHUP)
            assert await stopped == 0
        finally:
            await bot.__aexit__()

        (reply,) = await api.replies(7, 1)
    assert reply["text"].startswith(say("zh", "op-not-reloaded"))
    assert check not in numbers()
    assert "Traceback" not in bot.log
