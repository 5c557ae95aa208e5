"""Reminders of the bot as a process: over HTTP, with their buttons, and whatever the server, people and operators do."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from bot.records import Preferences
from bot.reminders.queue import UNREACHABLE
from bot.replies import FORGET_YES
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Library
from flows.view import format_answer
from tests.bot_api import BotApi, hold, too_many
from tests.flow_samples import flow_of
from tests.reminder_bot import EARLIER, STOP, arrived, looks, remind_now, reminded, reminder_bot, until
from tests.reminder_people import (
    WISH,
    ZONE,
    Row,
    Someone,
    add,
    awake,
    china,
    counted,
    project_reminding,
    query,
    states,
    waiting,
)
from tests.telegram_helpers import Message, Person, Running, carried, labels
from tests.telegram_process import ROOT, BotProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

FLOW, STEP, CHOICE, NEXT = "activation", "wait-code", "have-it", "enter-code"
"""Where those wait who are reminded, the choice that says that the wait is over, and where it leads."""
QUESTION, ANSWER = "助理要不要注册", "助理医师需要注册吗？"
FAKETIME: Final = "libfaketime.so.1"
LIBRARIES: Final = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/opt")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def _bot(project_matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """Return a bot that looks often at what is due."""
    database = tmp_path_factory.mktemp("bot") / "regbot.db"
    async with BotApi() as api, reminder_bot(api, database, "--rate", "90") as process:
        yield Running(api, process, database)
        assert await process.stop() == 0


async def waits(bot: Running, language: Language = "zh", *, blocked: bool = False) -> Person:
    """Return somebody new to whom the first reminder of a wait is due, while two more are to come."""
    person, now = bot.person(), datetime.now(UTC)
    bot.api.meet(person.id)
    if blocked:
        bot.api.blockers.add(person.id)
    wishes = Preferences(zone=awake(now), off=("year-end", "limit"))
    since = now - EARLIER
    await remind_now(
        bot.database, [person.id], language=language, facts=WISH, preferences=wishes, **waiting(FLOW, STEP, since)
    )
    return person


async def reminder_of(bot: Running, person: Person) -> Message:
    """Return the reminder that has come to somebody."""
    (message,) = await bot.api.replies(person.id, 1)
    assert STOP in carried(message)
    await until(lambda: "sending" not in [row.state for row in rows(bot, person)])
    return message


def rows(bot: Running, person: Person) -> list[Row]:
    """Return somebody's reminders."""
    return [row for row in states(bot.database) if row.name == str(person.id)]


def state(bot: Running, person: Person) -> list[str]:
    """Return what has become of somebody's reminders, in order."""
    return [row.state for row in rows(bot, person)]


def make_due(bot: Running, person: Person, number: int) -> None:
    """Let the time come for one of somebody's reminders of a wait."""
    sql = "UPDATE reminders SET due_at = ? WHERE person = (SELECT id FROM people WHERE channel_id = ?) AND rule = ?"
    due = datetime.now(UTC) - timedelta(minutes=1)
    query(bot.database, sql, due.isoformat(timespec="seconds"), str(person.id), f"waiting:{FLOW}:{STEP}:{number}")


async def regbot(*arguments: str | Path) -> str:
    """Run a command of the command line as a process of its own, and return what it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "bot", *map(str, arguments)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode().strip()


def meet(api: BotApi, chats: range) -> None:
    """Let the bot write to these chats."""
    for chat in chats:
        api.meet(chat)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_reminder_names_what_is_waited_for_and_has_all_buttons(
    bot: Running, project_library: Library, language: Language
) -> None:
    person = await waits(bot, language)
    message = await reminder_of(bot, person)

    step = flow_of(project_library, FLOW).at(STEP)
    (choice,) = [one for one in step.choices if one.id == CHOICE]
    since = (datetime.now(UTC) - EARLIER).astimezone(ZONE).date()
    assert step.texts[language].title in message["text"]
    assert format_answer(since.isoformat(), language) in message["text"]
    assert ("有消息了吗" in message["text"]) == (language == "zh")
    go, flow, *others = carried(message)
    assert go.startswith(f"go:{FLOW}:{STEP}:{CHOICE}:")
    assert flow == f"flow:{FLOW}"
    assert others == ["remind:done", "remind:later", "remind:off"]
    assert labels(message)[0] == choice.labels[language]
    assert labels(message)[2:] == [say(language, key) for key in ("remind-done", "remind-later", "remind-stop")]
    assert state(bot, person) == ["sent", "pending", "pending"]


async def test_the_first_button_ends_the_wait_and_its_reminders(bot: Running) -> None:
    person = await waits(bot)
    message = await reminder_of(bot, person)
    (step,) = await person.press_data(message, carried(message, "go:")[0])

    assert carried(step, f"go:{FLOW}:{NEXT}:")
    assert bot.place(person) == (FLOW, NEXT)
    assert state(bot, person) == ["sent"]


async def test_the_button_of_the_flow_shows_the_step(bot: Running, project_library: Library) -> None:
    person = await waits(bot, "en")
    message = await reminder_of(bot, person)
    (step,) = await person.press_data(message, f"flow:{FLOW}")

    assert flow_of(project_library, FLOW).at(STEP).texts["en"].title in step["text"]
    assert bot.place(person) == (FLOW, STEP)
    assert state(bot, person) == ["sent", "pending", "pending"]


async def test_who_says_that_they_are_registered_hears_no_more(bot: Running) -> None:
    person = await waits(bot, "en")
    message = await reminder_of(bot, person)
    (said,) = await person.press_data(message, "remind:done")

    assert carried(said, "remind:") == ["remind:undone"]
    assert say("en", "remind-undone") in labels(said)
    assert state(bot, person) == ["sent"]
    await bot.api.wait_for(lambda: not carried(person.now(message)))


async def test_one_press_stops_all_reminders(bot: Running) -> None:
    person = await waits(bot)
    message = await reminder_of(bot, person)
    (said,) = await person.press_data(message, "remind:off")

    assert said["text"].startswith(say("zh", "remind-stopped")[:8])
    assert carried(said) == ["remind:on"]
    assert state(bot, person) == ["sent"]
    await bot.api.wait_for(lambda: not carried(person.now(message)))


async def test_later_and_tomorrow_put_the_reminder_off(bot: Running) -> None:
    today = datetime.now(ZONE).date()
    if (today.month, today.day) == (12, 31):
        pytest.skip("nothing is put off on the last day of the year")
    person = await waits(bot)
    message = await reminder_of(bot, person)
    (asked,) = await person.press_data(message, "remind:later")
    (said,) = await person.press(say("zh", "remind-in-1"))

    tomorrow = today + timedelta(days=1)
    assert carried(asked)[0] == "remind:in:1"
    assert format_answer(tomorrow.isoformat(), "zh") in said["text"]
    put_off = next(row for row in rows(bot, person) if row.state == "pending")
    assert (put_off.rule, put_off.day) == ("later", tomorrow.isoformat())
    await bot.api.wait_for(lambda: not carried(person.now(asked)))


async def test_remind_shows_the_plan_and_forget_removes_it(bot: Running) -> None:
    person = await waits(bot)
    await reminder_of(bot, person)
    (plan,) = await person.say("/remind")
    assert say("zh", "remind-planned") in plan["text"]
    (empty,) = await person.press_data(plan, "remind:set:without:waiting")
    assert say("zh", "remind-none") in empty["text"]
    assert state(bot, person) == ["sent"]
    await person.press_data(empty, "remind:set:with:waiting")
    assert state(bot, person) == ["sent", "pending", "pending"]
    number = query(bot.database, "SELECT id FROM people WHERE channel_id = ?", str(person.id))[0][0]
    (sure,) = await person.say("/forget")
    await person.press_data(sure, FORGET_YES)

    for table in ("reminders", "reminder_settings", "facts"):
        assert query(bot.database, f"SELECT * FROM {table} WHERE person = ?", number) == []
    assert rows(bot, person) == []


async def test_who_has_blocked_the_bot_is_tried_once_until_they_write_again(bot: Running) -> None:
    person = await waits(bot, blocked=True)

    def tries() -> int:
        return sum(call.params["chat_id"] == person.id for call in bot.api.called("sendMessage"))

    await until(lambda: state(bot, person)[0] == "failed")
    make_due(bot, person, 2)
    await until(lambda: state(bot, person)[1] == "skipped")
    assert [row.reason for row in rows(bot, person)] == [UNREACHABLE, UNREACHABLE, None]
    assert tries() == 1

    bot.api.blockers.discard(person.id)
    await person.say("/progress")
    make_due(bot, person, 3)
    await reminder_of(bot, person)

    assert state(bot, person) == ["failed", "skipped", "sent"]
    assert tries() == 3


async def test_another_process_pauses_and_resumes_the_reminders(bot: Running) -> None:
    """What is on its way arrives; nothing else is begun, and questions are answered meanwhile."""
    chats = range(5001, 5041)
    meet(bot.api, chats)
    released = asyncio.Event()
    bot.api.fail("sendMessage", hold(released), times=30)
    await remind_now(bot.database, chats)
    await bot.api.wait_for(lambda: sum(arrived(bot.api)[chat] for chat in chats) == 30)
    assert await regbot("remind", "--pause", "--database", bot.database) == "paused"
    released.set()
    await until(lambda: not counted(bot.database)["sending"])
    await looks(bot.process)
    (answer,) = await bot.person().say(QUESTION)
    found = [arrived(bot.api)[chat] for chat in chats]
    assert sorted(found) == [0] * 10 + [1] * 30
    assert answer["text"].startswith(ANSWER)
    assert (await regbot("remind", "--database", bot.database)).startswith("PAUSED since ")

    assert await regbot("remind", "--resume", "--database", bot.database) == "resumed"
    await bot.api.wait_for(lambda: all(arrived(bot.api)[chat] for chat in chats))
    await looks(bot.process)
    assert {arrived(bot.api)[chat] for chat in chats} == {1}


async def test_a_stop_loses_nothing_and_repeats_nothing(database: Path, project_matcher: Matcher) -> None:
    """What is on its way is finished and noted; the rest is sent by the next start."""
    chats, released = range(1, 31), asyncio.Event()
    await remind_now(database, chats)
    async with BotApi() as api:
        meet(api, chats)
        api.fail("sendMessage", hold(released))
        async with BotProcess(api, database) as bot:
            await api.wait_for(lambda: arrived(api).total() >= 3)
            stopped = asyncio.create_task(bot.stop())
            await bot.logged("stopping: the updates in hand are finished")
            released.set()
            assert await stopped == 0
        before = arrived(api)
        assert {int(row.name) for row in states(database) if row.state == "sent"} == set(before)
        assert counted(database) == {"sent": before.total(), "pending": len(chats) - before.total()}
        assert before.total() < len(chats)
        async with BotProcess(api, database):
            await until(lambda: counted(database) == {"sent": len(chats)})

        assert arrived(api) == dict.fromkeys(chats, 1)


async def test_a_server_that_asks_to_wait_gets_everything_a_little_later(
    database: Path, project_matcher: Matcher
) -> None:
    """Nothing is given up, and who asks something is answered at once."""
    chats = range(1, 6)
    await remind_now(database, chats)
    async with BotApi() as api:
        meet(api, chats)
        api.fail("sendMessage", too_many(1), times=2, chat=1)
        async with BotProcess(api, database) as bot:
            await api.wait_for(lambda: api.called("sendMessage"))
            api.message(77, QUESTION)
            (answer,) = await api.replies(77, 1)
            assert arrived(api)[1] == 0
            await until(lambda: counted(database) == {"sent": len(chats)})
            await bot.logged("go on more slowly: Telegram has answered 429")

        assert answer["text"].startswith(ANSWER)
        assert arrived(api) == dict.fromkeys(chats, 1)
        assert sum(call.params["chat_id"] == 1 for call in api.called("sendMessage")) == 3


async def test_a_server_that_asks_to_wait_for_long_is_left_alone(database: Path, project_matcher: Matcher) -> None:
    """Everything is due still, and goes out once the time is over; here, in the next process."""
    chats = range(1, 6)
    await remind_now(database, chats)
    async with BotApi() as api:
        meet(api, chats)
        for chat in chats:
            api.fail("sendMessage", too_many(3600), chat=chat)
        async with reminder_bot(api, database) as bot:
            await until(lambda: bool(api.called("sendMessage")) and counted(database) == {"pending": len(chats)})
            tried = len(api.called("sendMessage"))
            await looks(bot)
            api.message(77, QUESTION)
            (answer,) = await api.replies(77, 1)
            assert len(api.called("sendMessage")) == tried + 1
            assert counted(database) == {"pending": len(chats)}
            assert await bot.stop() == 0
        assert answer["text"].startswith(ANSWER)
        assert not arrived(api)

        api._planned.clear()
        async with BotProcess(api, database):
            await until(lambda: counted(database) == {"sent": len(chats)})
        assert arrived(api) == dict.fromkeys(chats, 1)


async def ten_o_clock(database: Path, **how: Any) -> None:
    """Start a bot shortly before ten on 24 December, and see that the reminder of that day comes at ten and not before."""
    async with await Store.open(database) as store:
        await add(store, project_reminding(), china(12, 20), Someone(name="1"))
    async with BotApi() as api, reminder_bot(api, database, **how) as bot:
        api.meet(1)
        await bot.logged("look 1 ")
        assert not arrived(api)
        await api.wait_for(lambda: arrived(api))
        await until(lambda: counted(database)["sent"] == 1)
        await looks(bot)
        found = [record["message"].split() for record in bot.records() if record["message"].startswith("look ")]
        (message,) = reminded(api, 1)

    first = next(number for number, look in enumerate(found) if look[-1] == "1")
    assert found[0][3].startswith("2026-12-24T01:59:5")
    assert first > 0
    assert [look[-1] for look in found] == ["0"] * first + ["1"] + ["0"] * (len(found) - first - 1)
    ((noted, rule),) = query(database, "SELECT changed_at, rule FROM reminders WHERE state = 'sent'")
    assert rule == "year-end-7"
    assert noted.startswith("2026-12-24T02:00:0")
    assert "离2026年12月31日只有7天了" in message["text"]


async def test_the_reminder_of_ten_o_clock_comes_at_ten_by_a_mock_of_the_clock(
    database: Path, project_matcher: Matcher
) -> None:
    """The clock of the reminders is a MOCK: it shows 09:59:58 in China when the bot is ready."""
    await ten_o_clock(database, clock=china(12, 24, 9, 59, second=58))


async def test_the_reminder_of_ten_o_clock_comes_at_ten_by_the_time_of_the_system(
    database: Path, project_matcher: Matcher
) -> None:
    """The process believes that it was started at 09:59:50 in China; its clock runs on, and its timers are the real ones."""
    library = next(faketime(), None)
    if library is None:
        pytest.skip(f"{FAKETIME} is not on this machine")
    environment = {
        "LD_PRELOAD": str(library),
        "FAKETIME": "@2026-12-24 01:59:50",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",  # its name in older versions
        "TZ": "UTC",  # FAKETIME is in this time zone
    }
    await ten_o_clock(database, environment=environment)


def faketime() -> Iterator[Path]:
    """Yield where the library is that fakes the system's time."""
    command = shutil.which("faketime")
    prefixes = [Path(command).resolve().parent.parent / "lib"] if command else []
    for folder in (*prefixes, *map(Path, LIBRARIES)):
        for pattern in (FAKETIME, f"faketime/{FAKETIME}", f"*/faketime/{FAKETIME}", f"*/{FAKETIME}"):
            yield from (found for found in sorted(folder.glob(pattern)) if os.access(found, os.R_OK))
