"""What goes wrong between the bot and Telegram: nobody gets a message twice, nobody loses their place, nobody waits for others."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.texts import say
from tests.bot_api import BotApi, Call, Fault, bad_gateway, chat_not_found, drop, error, hold, refuse_403, too_many
from tests.chat_processes import rows_of
from tests.conftest import SMALL, write_files
from tests.flow_samples import write_flows
from tests.telegram_process import BotProcess

LOST = say("zh", "not-delivered")
"""What somebody at a step is told who may not have seen the last reply."""
HOUR = 3600

UNCERTAIN = {
    11: bad_gateway(),
    12: bad_gateway(after_effect=True),
    13: drop(),
    14: drop(after_effect=True),
}
"""Faults after which nobody knows whether a message arrived, each for a person of its own."""


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str | Path]:
    entries = write_files(tmp_path_factory.mktemp("content"), SMALL)
    return ["--entries", entries, "--flows", write_flows(tmp_path_factory.mktemp("flows"))]


def requests(api: BotApi, method: str, chat: int) -> list[Call]:
    """Return the requests of a method for a chat."""
    return [call for call in api.called(method) if call.params.get("chat_id") == chat]


def texts(api: BotApi, chat: int) -> list[str]:
    """Return the bot's messages in a chat as they look now."""
    return [message["text"] for message in api.chat(chat) if message["from_bot"]]


def unreachable(database: Path) -> set[int]:
    """Return who is noted as not to be reached."""
    sql = "SELECT channel_id FROM people WHERE unreachable_since IS NOT NULL"
    return {int(who) for (who,) in rows_of(database, sql)}


async def tell(api: BotApi, user: int, text: str) -> str:
    """Write a message, and return the one reply."""
    api.message(user, text)
    (reply,) = await api.replies(user, 1)
    return str(reply["text"])


async def lose(api: BotApi, bot: BotProcess, user: int, text: str) -> None:
    """Write a message whose reply is lost, and wait until that is noted."""
    await bot.logged(f"update {api.message(user, text)} was not answered: the reply could not be sent")


async def test_a_penalty_is_waited_out_and_holds_up_nobody_else(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """A short one is waited out, a longer one does not outlive the process, after an hour there is no answer any more."""
    async with BotProcess(api, database, *content) as bot:
        api.fail("sendMessage", too_many(1), chat=7)
        api.fail("sendMessage", too_many(50), chat=8)
        api.fail("sendMessage", too_many(HOUR), chat=9)
        api.message(7, "要信")
        api.message(8, "要信")
        await api.wait_for(lambda: requests(api, "sendMessage", 8))
        await lose(api, bot, 9, "要信")
        others = await tell(api, 10, "要信")
        await api.replies(7, 1)
        first, second = requests(api, "sendMessage", 7)

        assert others.startswith("等一封信（1/5）去要")
        assert second.at - first.at >= 1.0
        assert len(requests(api, "sendMessage", 8)) == len(requests(api, "sendMessage", 9)) == 1
        assert await bot.stop() == 0

    async with BotProcess(api, database, *content):
        assert [LOST in await tell(api, user, "要了") for user in (7, 8, 9)] == [False, True, True]
        assert [len(texts(api, user)) for user in (7, 8, 9)] == [2, 1, 1]


async def test_a_message_that_may_have_arrived_is_not_sent_again(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """The turn is kept; what is typed next is no answer to a step that the person may not have seen."""
    async with BotProcess(api, database, *content) as bot:
        for user, fault in UNCERTAIN.items():
            await tell(api, user, "要信")
            api.fail("sendMessage", fault, chat=user)
        await asyncio.gather(*(lose(api, bot, user, "要了") for user in UNCERTAIN))
        arrived = {user: len(texts(api, user)) for user in UNCERTAIN}
        asked = {user: len(requests(api, "sendMessage", user)) for user in UNCERTAIN}
        for user, count in arrived.items():
            await api.replies(user, count - 1)  # what arrived although it looked lost

        assert arrived == {11: 1, 12: 2, 13: 1, 14: 2}
        assert asked == dict.fromkeys(UNCERTAIN, 2)
        for user in UNCERTAIN:
            shown = await tell(api, user, "助理")
            assert LOST in shown
            assert "等一封信（2/5）你的身份" in shown
            assert "✓ 你的身份 → 助理医师" in await tell(api, user, "助理")


async def test_a_lost_reply_of_whom_nothing_is_asked_needs_no_word(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    async with BotProcess(api, database, *content) as bot:
        api.fail("sendMessage", drop(), chat=7)
        await lose(api, bot, 7, "申请表要打印几份？")
        answer = await tell(api, 7, "系统几月开放？")

    assert "系统三月开放。" in answer
    assert LOST not in answer


async def test_an_edit_is_tried_again_since_it_cannot_happen_twice(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """Also when the first try had its effect, so that the second one is refused as changing nothing; but not for ever."""
    faults: dict[int, Fault] = {**UNCERTAIN, 15: too_many(1)}
    async with BotProcess(api, database, *content) as bot:
        for user in (7, *faults):
            await tell(api, user, "要信")
        api.fail("editMessageText", bad_gateway(), times=10, chat=7)
        for_good = api.press_label(7, "要了")
        for user, fault in faults.items():
            api.fail("editMessageText", fault, chat=user)
            api.press_label(user, "要了")
        for user in faults:
            await api.replies(user, 1)
            await api.wait_for(lambda who=user: len(requests(api, "editMessageText", who)) == 2)  # type: ignore[misc]
            await tell(api, user, "助理")
            step, following = texts(api, user)

            assert step.startswith("✓ 去要 → 要了\n\n等一封信（2/5）你的身份")
            assert "等一封信（3/5）等信" in following
            assert LOST not in following

        await bot.logged(f"update {for_good} was not answered: the reply could not be sent")
        shown = await tell(api, 7, "助理")

    assert len(requests(api, "editMessageText", 7)) == 4
    assert LOST in shown
    assert "等一封信（2/5）你的身份" in shown


async def test_refused_edits_and_late_queries_end_right(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """Nothing is sent for an edit that changes nothing, a fresh message for one that has no message; a late query is no matter."""
    same = error(400, "Bad Request: message is not modified: specified new message content is exactly the same")
    gone = error(400, "Bad Request: message to edit not found")
    fixed = error(400, "Bad Request: message can't be edited")
    late = error(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
    async with BotProcess(api, database, *content) as bot:
        for user, fault in {7: same, 8: gone, 9: fixed}.items():
            await tell(api, user, "要信")
            api.fail("editMessageText", fault, chat=user)
        await tell(api, 10, "要信")
        api.fail("answerCallbackQuery", late)
        api.press_label(10, "要了")
        (moved,) = await api.replies(10, 1)
        await bot.logged("a request failed: BadRequest")
        for user in (7, 8, 9):
            api.press_label(user, "要了")
        for user in (8, 9):
            (fresh,) = await api.replies(user, 1)
            assert fresh["text"].startswith("✓ 去要 → 要了\n\n等一封信（2/5）你的身份")
            assert len(texts(api, user)) == 2
        following = await tell(api, 7, "助理")

    assert moved["edited"]
    assert moved["text"].startswith("✓ 去要 → 要了\n\n等一封信（2/5）你的身份")
    assert len(texts(api, 7)) == 2
    assert "等一封信（3/5）等信" in following
    assert LOST not in following


async def test_updates_go_on_after_every_trouble_with_fetching_them(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """Whatever Telegram says to a request for updates, or if it says nothing: nothing is lost, nothing happens twice."""
    conflict = error(409, "Conflict: terminated by other getUpdates request; make sure that only one is running")
    released = asyncio.Event()
    faults = {
        "要信": bad_gateway(),
        "要了": drop(after_effect=True),  # what is written next is handed out, and does not arrive
        "助理": conflict,
        "还没到": hold(released, after_effect=False),
    }
    async with BotProcess(api, database, *content) as bot:
        for text, fault in faults.items():
            await api.wait_for(lambda: api.updates._poll is not None)
            api.fail(
                "getUpdates", fault
            )  # the request that is open already brings the message, the next one meets the fault
            await tell(api, 7, text)
        api.message(7, "信到了")
        released.set()
        (last,) = await api.replies(7, 1)
        await api.confirmed()
        await bot.logged("another process fetches the updates of this bot")
        await bot.logged("updates could not be fetched, trying again: NetworkError")

    assert last["text"].startswith("✓ 等信 → 信到了")
    assert len(texts(api, 7)) == 5
    assert rows_of(database, "SELECT count(*) FROM handled") == [(5,)]


@pytest.mark.parametrize("fault", [refuse_403, chat_not_found], ids=["blocked", "not found"])
async def test_who_cannot_be_written_to_is_noted_until_they_write_again(
    api: BotApi, database: Path, content: Sequence[str | Path], fault: Fault
) -> None:
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "要信")
        await tell(api, 8, "要信")
        api.fail("sendMessage", fault, chat=7)
        await lose(api, bot, 7, "要了")
        assert unreachable(database) == {7}
        assert len(requests(api, "sendMessage", 7)) == 2

        assert LOST in await tell(api, 7, "助理")
        assert unreachable(database) == set()


async def test_who_blocks_the_bot_while_a_button_is_answered_is_noted_too(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "要信")
        api.fail("editMessageText", refuse_403, chat=7)
        await bot.logged(f"update {api.press_label(7, '要了')} was not answered: the reply could not be sent")
        assert unreachable(database) == {7}
        assert len(requests(api, "editMessageText", 7)) == 1


async def test_a_group_that_has_moved_gets_the_answer_in_its_new_place(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    old, new = -55, -1_001_000_000_055
    moved = error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to=new)
    async with BotProcess(api, database, *content):
        api.message(7, "大家好", chat=new, chat_type="supergroup")
        api.fail("sendMessage", moved, chat=old)
        api.message(7, f"@{api.username} 要带几张照片？", chat=old, chat_type="group")
        (answer,) = await api.replies(new, 1)

    assert "请带两张照片。" in answer["text"]
    assert texts(api, old) == []


async def test_a_file_that_may_have_arrived_is_not_sent_again(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    async with BotProcess(api, database, *content) as bot:
        for user, fault in UNCERTAIN.items():
            await tell(api, user, "要信")
            api.fail("sendDocument", fault, chat=user)
        await asyncio.gather(*(lose(api, bot, user, "/export") for user in UNCERTAIN))
        files = {user: sum(message["document"] is not None for message in api.chat(user)) for user in UNCERTAIN}
        for user in UNCERTAIN:
            assert texts(api, user)[0].startswith("等一封信（1/5）去要")
            assert not any(LOST in text for text in texts(api, user)[1:])
            api.message(user, "要了")
            await api.wait_for(lambda who=user: LOST in texts(api, who)[-1])  # type: ignore[misc]
            assert "等一封信（1/5）去要" in texts(api, user)[-1]

    assert files == {11: 0, 12: 1, 13: 0, 14: 1}
    assert [len(requests(api, "sendDocument", user)) for user in UNCERTAIN] == [1, 1, 1, 1]
