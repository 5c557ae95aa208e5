"""Bots that are killed while reminders are on their way: nobody misses one, and none comes twice without a reason."""

import asyncio
import logging
import os
import random
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.channels import terminal
from bot.reminders.delivery import AT_ONCE
from bot.reminders.queue import LEFT
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from tests.bot_api import BotApi, hold
from tests.chat_processes import PATIENCE, PipedChat
from tests.reminder_bot import arrived, looks, remind_now, reminder_bot, until
from tests.reminder_people import NO_WISH, Someone, add, counted, overdue, project_reminding, query, states
from tests.telegram_process import BotProcess

log = logging.getLogger(__name__)

KILLS = 40 if "SOAK" in os.environ else 5
DUE = range(1, 1 + 20 * max(KILLS, 5))
"""The chats of those to whom a reminder is due."""
OUTSIDE = range(9001, 9004)
"""The chats of those to whom nothing is to be sent."""
MORE = 15
"""A kill falls after at most so many reminders more, and a moment."""
PAUSE = 0.06
SHOWN = say("zh", "reminded-lead").encode()
QUESTION, ANSWER = "助理要不要注册", "助理医师需要注册吗？"


def sending(database: Path) -> set[int]:
    """Return the chats whose reminders are on their way, as far as the database knows."""
    return {int(row.name) for row in states(database) if row.state == "sending"}


def dealt_with(database: Path, chats: range) -> bool:
    """Tell whether the reminders of these chats were all sent."""
    sent = {row.name for row in states(database) if row.state == "sent"}
    return sent >= {str(chat) for chat in chats}


async def test_nobody_misses_a_reminder_however_often_the_bot_is_killed(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    """Only what was on its way when the bot was killed may come twice; meanwhile questions are answered."""
    dice = random.Random(20261231)
    fates: Counter[str] = Counter()
    left: Counter[int] = Counter()  # how often a chat's reminder was on its way at a kill
    await remind_now(database, DUE)
    await add_outside(database)
    for chat in (*DUE, *OUTSIDE):
        api.meet(chat)

    for kill in range(KILLS):
        before = arrived(api)
        goal = before.total() + dice.randint(0, MORE)
        async with BotProcess(api, database, "--rate", "90") as bot:
            api.message(5001 + kill, QUESTION)
            (answer,) = await api.replies(5001 + kill, 1)
            await api.wait_for(lambda goal=goal: arrived(api).total() >= goal or dealt_with(database, DUE))  # type: ignore[misc]
            await asyncio.sleep(dice.choice((0, dice.uniform(0, PAUSE))))
            await bot.kill()
        assert answer["text"].startswith(ANSWER)
        now, on_the_way = arrived(api), sending(database)
        left.update(on_the_way)
        fates["claimed"] += any(now[chat] == before[chat] for chat in on_the_way)
        fates["sent"] += any(now[chat] > before[chat] for chat in on_the_way)
        fates["not claimed"] += counted(database)["pending"] >= len(OUTSIDE)
        sent = {row.name for row in states(database) if row.state == "sent"}
        assert [chat for chat in DUE if now[chat] > left[chat] + (str(chat) in sent)] == []
        assert [chat for chat in DUE if str(chat) in sent and not now[chat]] == []
    async with BotProcess(api, database, "--rate", "90") as bot:
        await until(lambda: dealt_with(database, DUE))
        assert await bot.stop() == 0

    found = arrived(api)
    twice = sorted(chat for chat in found if found[chat] > 1)
    log.info("%s kills, %s; on the way %s, twice %s", KILLS, dict(fates), left.total(), len(twice))
    assert sorted(found) == list(DUE)
    assert [chat for chat in twice if found[chat] > 1 + left[chat]] == []
    assert counted(database) == {"sent": len(DUE), "pending": len(OUTSIDE) - 1}
    assert query(database, "PRAGMA integrity_check") == [("ok",)]
    assert KILLS < 40 or all(fates.values())


async def add_outside(database: Path) -> None:
    """Make people known to whom nothing is due: one wants no reminders, and for the others it is too early."""
    now = datetime.now(UTC)
    early = overdue(now + timedelta(days=4))
    people = [Someone(name=str(OUTSIDE[0]), facts=NO_WISH)]
    people += [Someone(name=str(chat), facts={}, **early) for chat in OUTSIDE[1:]]
    async with await Store.open(database) as store:
        await add(store, project_reminding(), now, *people)


async def test_what_comes_twice_was_on_its_way(api: BotApi, database: Path, project_matcher: Matcher) -> None:
    """Killed before sending, while the answer is awaited, before the mark is written, and after that."""
    await remind_now(database, range(1, 5))
    for chat in range(1, 5):
        api.meet(chat)
    never, released = asyncio.Event(), asyncio.Event()
    api.fail("sendMessage", hold(never, after_effect=False), chat=1)
    api.fail("sendMessage", hold(never), chat=2)
    api.fail("sendMessage", hold(released, after_effect=False), chat=3)
    async with BotProcess(api, database) as bot:
        await api.wait_for(lambda: len(api.called("sendMessage")) == 4)
        await until(lambda: dealt_with(database, range(4, 5)))
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            released.set()
            await api.wait_for(lambda: arrived(api) == {2: 1, 3: 1, 4: 1})
            await bot.kill()
            other.execute("ROLLBACK")
    never.set()

    assert sending(database) == {1, 2, 3}
    async with BotProcess(api, database) as bot:
        await until(lambda: dealt_with(database, range(1, 5)))
        await bot.logged("3 reminders were on their way when a process ended; they are due again")

    assert arrived(api) == {1: 1, 2: 2, 3: 2, 4: 1}
    assert counted(database) == {"sent": 4}


async def test_the_rule_for_what_was_on_its_way_is_noted(api: BotApi, database: Path, project_matcher: Matcher) -> None:
    """It is due again, with the reason; when it has no sense any more by then, it is not sent again."""
    await remind_now(database, range(1, 3))
    for chat in (1, 2):
        api.meet(chat)
        api.fail("sendMessage", hold(asyncio.Event(), after_effect=False), chat=chat)
    async with BotProcess(api, database) as bot:
        await api.wait_for(lambda: len(api.called("sendMessage")) == 2)
        await bot.kill()
    assert sending(database) == {1, 2}
    query(database, "INSERT INTO switches (name, since) VALUES ('reminders-paused', '2026-11-25T00:00:00+00:00')")
    async with BotProcess(api, database) as bot:
        await bot.logged("2 reminders were on their way when a process ended; they are due again")
        assert {(row.state, row.reason) for row in states(database)} == {("pending", LEFT)}
        await bot.kill()
    query(database, "UPDATE reminder_settings SET later = NULL WHERE person = 2")
    query(database, "DELETE FROM switches")
    async with BotProcess(api, database):
        await until(lambda: counted(database) == {"sent": 1, "skipped": 1})

    assert arrived(api) == {1: 1}


async def test_two_bots_on_one_database_never_send_the_same_reminder(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    """One of them sends; when that is killed, the other takes over, and the one that comes back stands by."""
    first, second = range(1, 61), range(61, 91)
    async with (
        BotApi("654321:OTHER-TOKEN") as other,
        reminder_bot(api, database, "--rate", "90") as one,
        reminder_bot(other, database, "--rate", "90") as two,
    ):
        for chat in (*first, *second):
            api.meet(chat)
            other.meet(chat)
        await two.logged("another process sends the reminders; this one takes over when that ends")
        await remind_now(database, first)
        await api.wait_for(lambda: arrived(api).total() >= 10)
        other.message(5001, QUESTION)
        (answer,) = await other.replies(5001, 1)
        await one.kill()
        left = sending(database)
        assert not arrived(other)
        await until(lambda: dealt_with(database, first))
        before, found = arrived(api), arrived(api, other)

        assert answer["text"].startswith(ANSWER)
        assert sorted(found) == list(first)
        assert {chat for chat in found if found[chat] > 1} == left & set(before)
        assert max(found.values()) <= 2
        log.info("%s on the way, %s twice", len(left), len(left & set(before)))

        async with reminder_bot(api, database) as back:
            await back.logged("another process sends the reminders")
            await remind_now(database, second)
            await until(lambda: dealt_with(database, second))
            await looks(back)
        assert {arrived(other)[chat] for chat in second} == {1}
        assert set(arrived(api)) <= set(first)


async def test_two_bots_that_start_and_stop_all_the_time_send_each_reminder_once(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    """A bot that is told to stop hands over to the other one, in the middle of sending."""
    due = DUE[:80]
    async with BotApi("654321:OTHER-TOKEN") as other, AsyncExitStack() as stack:
        released = {api: asyncio.Event(), other: asyncio.Event()}
        for server in (api, other):
            # So many are on their way at once, and no more are begun before they are through.
            server.fail("sendMessage", hold(released[server]), times=AT_ONCE)
            for chat in due:
                server.meet(chat)
        await remind_now(database, due)
        bots = [await stack.enter_async_context(reminder_bot(api, database, "--rate", "90"))]
        for before, server in ((api, other), (other, api)):
            following = await stack.enter_async_context(reminder_bot(server, database, "--rate", "90"))
            await before.wait_for(lambda before=before: arrived(before))  # type: ignore[misc]
            stopped = asyncio.create_task(bots[-1].stop())
            await bots[-1].logged("stopping: the updates in hand are finished")
            released[before].set()
            assert await stopped == 0
            bots.append(following)
        await until(lambda: dealt_with(database, due))
        assert await bots[-1].stop() == 0

        assert arrived(api, other) == dict.fromkeys(due, 1)
        assert not any("were on their way" in bot.log for bot in bots)
        assert arrived(api)
        assert arrived(other)


async def test_a_chat_that_is_killed_before_it_notes_what_it_showed_shows_it_again(
    database: Path, project_matcher: Matcher
) -> None:
    """And only then: once it is noted, it is not shown a third time."""
    name = await killed_before_noting(database)

    shown = []
    for _ in range(2):
        with PipedChat(["--database", database, "--name", name]) as chat:
            assert chat.leave() == 0
            shown.append(SHOWN in chat.said)
    assert shown == [True, False]
    assert [row.state for row in states(database, channel=terminal.CHANNEL) if row.name == name] == ["sent"]


async def killed_before_noting(database: Path) -> str:
    """Kill a chat when it has shown a reminder and not noted that yet; return whose it is.

    The database is taken as soon as the reminder is on its way, so that the chat shows it and then waits. Now and then the
    chat is quicker; then somebody else opens theirs.
    """
    sql = "SELECT state FROM reminders JOIN people ON people.id = person WHERE channel_id = ?"
    for name in map(str, range(1, 11)):
        await remind_now(database, [int(name)], channel=terminal.CHANNEL)
        end = time.monotonic() + PATIENCE
        with (
            PipedChat(["--database", database, "--name", name]) as chat,
            closing(sqlite3.connect(database, isolation_level=None)) as other,
        ):
            while other.execute(sql, (name,)).fetchone() == ("pending",) and time.monotonic() < end:
                pass
            other.execute("BEGIN IMMEDIATE")
            if other.execute(sql, (name,)).fetchone() == ("sending",):
                while SHOWN not in chat.said and chat._read_piece():
                    pass
                assert SHOWN in chat.kill(0)
                other.execute("ROLLBACK")
                assert other.execute(sql, (name,)).fetchone() == ("sending",)
                return name
            other.execute("ROLLBACK")
    raise AssertionError("every chat was quicker")
