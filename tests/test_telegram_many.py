"""Many people at once, and one person at a time: order, waiting, too many messages, people who cannot be reached."""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.channels.telegram.order import FLOOD_MESSAGES
from bot.texts import say
from faq.matcher import Matcher
from tests.bot_api import BotApi, hold, refuse_403, too_many
from tests.telegram_process import BotProcess

ANN, BEN = 7, 8
GROUP, OTHER_GROUP = -1_001_234_567_890, -1_001_234_567_891
DROPPED = "too many messages"
ASKED = f"{DROPPED}; the person was asked to slow down"
WROTE = datetime(2026, 11, 24, 3, tzinfo=UTC)


def query(database: Path, sql: str) -> list[Any]:
    """Return the rows that a statement gives, without waiting for anybody."""
    with closing(sqlite3.connect(database)) as db:
        return db.execute(sql).fetchall()


def dropped(process: BotProcess) -> Counter[str]:
    """Return how often messages were dropped for being too many, by what was logged."""
    reasons = (each["message"].partition("was not answered: ")[2] for each in process.records())
    return Counter(reason for reason in reasons if reason.startswith(DROPPED))


async def test_two_people_at_once_in_one_flow_do_not_disturb_each_other(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database):
        for user in (ANN, BEN):
            api.message(user, "/start flow_deadlines")
        for user in (ANN, BEN):
            await api.replies(user, 1)
        for user, exam in ((ANN, "执业医师"), (BEN, "执业助理医师")):
            api.press_label(user, exam)
        for user, exam in ((ANN, "执业医师"), (BEN, "执业助理医师")):
            (reply,) = await api.replies(user, 1)
            assert reply["text"].startswith(f"✓ 考试类别 → {exam}\n")
        for user, day in ((ANN, "2026年11月20日"), (BEN, "2025年6月3日")):
            api.message(user, day)
        for user, day in ((ANN, "2026年11月20日"), (BEN, "2025年6月3日")):
            (reply,) = await api.replies(user, 1)
            assert reply["text"].startswith(f"✓ 取得资格的时间 → {day}\n")
        api.press_label(ANN, "上一步")
        api.message(BEN, "/cancel")
        (reply,) = await api.replies(ANN, 1)
        assert "（2/6）" in reply["text"]
        await api.replies(BEN, 1)
    facts = (
        "SELECT channel_id, name, value FROM facts JOIN people ON person = id WHERE name = 'role' ORDER BY channel_id"
    )
    assert query(database, facts) == [("7", "role", '"physician"'), ("8", "role", '"assistant"')]


async def test_sixty_people_at_once_each_get_their_own_answer(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    entries = project_matcher.corpus.entries
    asked = {1000 + number: entries[number % len(entries)] for number in range(60)}
    async with BotProcess(api, database, "--rate", "200"):
        for user, entry in asked.items():
            api.message(user, f"/start faq_{entry.id}")
        for user, entry in asked.items():
            (reply,) = await api.replies(user, 1)
            assert reply["text"].startswith(entry.texts["zh"].question)
    assert len(api.called("sendMessage")) == 60
    assert query(database, "SELECT count(*) FROM people") == [(60,)]


async def test_one_persons_messages_are_answered_in_order_and_hold_up_nobody_else(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    entries = project_matcher.corpus.entries
    blocker, penalised = 20, 21
    lift = asyncio.Event()
    api.fail("sendMessage", hold(lift, after_effect=False), chat=ANN)
    api.fail("sendMessage", too_many(50), chat=penalised)
    api.fail("sendMessage", refuse_403, chat=blocker)
    async with BotProcess(api, database):
        for entry in entries[:10]:
            api.message(ANN, f"/start faq_{entry.id}")
        for user in (penalised, blocker):
            api.message(user, "激活码没收到")
        tried = {ANN, penalised, blocker}
        await api.wait_for(lambda: tried <= {call.params.get("chat_id") for call in api.called("sendMessage")})
        for number, user in enumerate(range(100, 120)):
            api.message(user, f"/start faq_{entries[number].id}")
        for number, user in enumerate(range(100, 120)):
            (reply,) = await api.replies(user, 1)
            assert reply["text"].startswith(entries[number].texts["zh"].question)
        assert api.reached[ANN] == api.reached[penalised] == api.reached[blocker] == []
        await api.confirmed()
        assert query(database, "SELECT count(*) FROM handled") == [(32,)]  # all that was written is taken in
        lift.set()
        replies = await api.replies(ANN, 10)
        questions = [reply["text"].partition("\n")[0] for reply in replies]
        assert questions == [entry.texts["zh"].question for entry in entries[:10]]
        assert api.reached[penalised] == []  # still waits, so that nobody has waited for that


async def test_presses_without_end_are_heard_twenty_times_and_met_with_one_request(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        api.message(ANN, "/topics")
        (menu,) = await api.replies(ANN, 1)
        for _ in range(FLOOD_MESSAGES + 4):  # the menu again, in place, so that nothing has to be sent
            api.press(ANN, menu["message_id"], "topics")
        api.message(BEN, "激活码没收到")
        await api.replies(BEN, 1)
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"] == say("zh", "slow-down")
        await api.wait_for(lambda: all(api.callback_queries.values()))
        await api.confirmed()
        assert await process.stop() == 0
    # The presses count by their arrival, the message before them by its own time, which may be too long ago.
    assert dropped(process)[ASKED] == 1
    assert dropped(process)[DROPPED] in (3, 4)
    assert len(api.reached[ANN]) == 2
    handled = FLOOD_MESSAGES + 6 - dropped(process).total()
    assert query(database, "SELECT count(*) FROM handled") == [(handled,)]


async def test_more_than_twenty_messages_in_ten_seconds_are_too_many_until_there_is_a_pause(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        for _ in range(FLOOD_MESSAGES):  # in a group, where twenty messages in a row may be sent
            api.message(ANN, "/help", chat=GROUP, chat_type="supergroup", date=WROTE)
        await api.replies(GROUP, FLOOD_MESSAGES)
        too_many_now = [api.message(ANN, "/help", date=WROTE + timedelta(seconds=second)) for second in range(4)]
        in_group = api.message(ANN, "/help", chat=GROUP, chat_type="supergroup", date=WROTE)
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"] == say("zh", "slow-down")
        api.message(BEN, "激活码没收到", date=WROTE)
        (reply,) = await api.replies(BEN, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")

        api.message(ANN, "激活码没收到", date=WROTE + timedelta(seconds=11))
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
        assert await process.stop() == 0
    assert dropped(process) == {ASKED: 1, DROPPED: 4}
    for update in [*too_many_now, in_group]:
        assert f"update {update} was not answered: {DROPPED}" in process.log
    assert len(api.reached[ANN]) == 2
    assert len(api.reached[GROUP]) == FLOOD_MESSAGES


async def test_of_too_many_messages_in_private_twenty_are_taken_in_and_others_are_answered_at_once(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        api.fail("sendMessage", too_many(50), chat=ANN)
        updates = [api.message(ANN, "/help", date=WROTE) for _ in range(FLOOD_MESSAGES + 5)]
        api.message(BEN, "激活码没收到", date=WROTE)
        (reply,) = await api.replies(BEN, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
        for update in updates[FLOOD_MESSAGES + 1 :]:  # the one before these is told once the answers are sent
            await process.logged(f'"update {update} was not answered: {DROPPED}"')
        await api.confirmed()
        assert api.reached[ANN] == []  # still waits to be sent
        assert query(database, "SELECT count(*) FROM handled") == [(FLOOD_MESSAGES + 1,)]


async def test_what_was_written_over_hours_is_all_answered_when_it_arrives_at_once(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    for number in range(30):  # in groups, where as many may be sent in a row
        chat = GROUP if number % 2 else OTHER_GROUP
        written = WROTE + timedelta(minutes=5 * number)
        api.message(ANN, "/help", chat=chat, chat_type="supergroup", date=written)
    api.message(ANN, "激活码没收到", date=WROTE + timedelta(hours=3))
    async with BotProcess(api, database) as process:
        await api.replies(GROUP, 15)
        await api.replies(OTHER_GROUP, 15)
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
    assert "was not answered" not in process.log


async def test_somebody_sees_that_an_answer_is_on_its_way_only_when_it_takes_long(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database):
        api.message(ANN, "/help")
        await api.replies(ANN, 1)
        assert api.called("sendChatAction") == []
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            api.message(ANN, "激活码没收到")
            (typing,) = await api.wait_for(lambda: [call for call in api.called("sendChatAction") if call.ok])
            assert (typing.params["chat_id"], typing.params["action"]) == (ANN, "typing")
            assert len(api.reached[ANN]) == 1
            other.execute("ROLLBACK")
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
        api.message(ANN, "/help")
        await api.replies(ANN, 1)
    assert len(api.called("sendChatAction")) == 1


async def test_who_blocks_the_bot_is_noted_as_unreachable_until_they_let_it_in_again(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    unreachable = "SELECT channel_id FROM people WHERE unreachable_since IS NOT NULL"
    async with BotProcess(api, database) as process:
        for user in (ANN, BEN):
            api.message(user, "/help")
            await api.replies(user, 1)
        assert query(database, unreachable) == []
        update = api.blocked(ANN, blocked=True)
        await process.logged(f'"update {update} was not answered: the person has blocked the assistant"')
        assert query(database, unreachable) == [("7",)]
        update = api.blocked(ANN, blocked=False)
        await process.logged(f'"update {update} was not answered: the person can be reached again"')
        assert query(database, unreachable) == []

        api.blockers.add(ANN)  # without a word, so that the bot learns it from the refusal
        api.message(ANN, "/help")
        await process.logged("the person cannot be reached")
        await process.logged("the reply could not be sent")
        assert query(database, unreachable) == [("7",)]
        api.blockers.discard(ANN)
        api.message(ANN, "/start")
        await api.replies(ANN, 1)
        assert query(database, unreachable) == []
        assert await process.stop() == 0
    assert len(api.reached[ANN]) == 2
