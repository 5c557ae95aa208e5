"""Every update takes effect once and in order, whatever happens to the process, the database or the network in between."""

import asyncio
import itertools
import json
import logging
import os
import random
import resource
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.channels.telegram import CHANNEL
from bot.conversation import Conversation
from bot.index_cache import load_matcher
from bot.messages import Incoming
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from tests.bot_api import BotApi, bad_gateway, drop, error, hold, refuse_403, too_many
from tests.chat_processes import rows_of, without_times
from tests.conftest import SMALL, write_files
from tests.flow_samples import read_flows, write_flows
from tests.telegram_process import BotProcess

log = logging.getLogger(__name__)

KILLS = 60 if "SOAK" in os.environ else 4
PAUSE = 0.15
"""A kill falls at most so many seconds after something was sent."""
MORE = 5
"""So many messages more each person has written when the process starts again."""
WRITTEN: Mapping[int, Sequence[str]] = {
    21: ("要信", "要了", "助理", "怎么交罚款？", "信到了", "原件", "照片", "/back"),
    22: ("我的日期", "2025年12月", "还没注册", "2", "知道了", "怎么交罚款？", "要信", "单位不肯"),
    23: ("要带几张照片？", "有帮助", "要信", "/language", "要了", "医师", "还没到", "先放着"),
}
"""What each person writes; it means something else, or nothing, when it is taken twice, left out or in another order."""

TURNS = "SELECT channel_id, state FROM turns JOIN people ON person = people.id"
STEPS = "SELECT channel_id, flow, step, what, detail FROM steps JOIN people ON person = people.id ORDER BY steps.id"
RUNS = "SELECT channel_id, flow, run, current FROM runs JOIN people ON person = people.id"
KNOWN = "SELECT channel_id, language, chosen_language FROM people"
FACTS = "SELECT channel_id, name, value FROM facts JOIN people ON person = people.id"
OPINIONS = "SELECT channel_id, entry, helpful FROM feedback JOIN people ON person = people.id"
UNANSWERED = "SELECT text, language, times_asked FROM unanswered"
HANDLED = "SELECT channel, update_id FROM handled"


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str | Path]:
    entries = write_files(tmp_path_factory.mktemp("content"), SMALL)
    return ["--entries", entries, "--flows", write_flows(tmp_path_factory.mktemp("flows"))]


def texts(api: BotApi, chat: int) -> list[str]:
    """Return the bot's messages in a chat as they look now."""
    return [message["text"] for message in api.chat(chat) if message["from_bot"]]


async def tell(api: BotApi, user: int, text: str) -> str:
    """Write a message, and return the one reply."""
    api.message(user, text)
    (reply,) = await api.replies(user, 1)
    return str(reply["text"])


def handled(database: Path) -> int:
    """Return how many updates took effect."""
    ((count,),) = rows_of(database, "SELECT count(*) FROM handled")
    return int(count)


def everything(database: Path) -> dict[str, dict[str, list[str]] | list[str]]:
    """Return what is stored, without times and without numbers that depend on who came first; what is one person's in order."""
    of_people: dict[str, dict[str, list[str]]] = {}
    for sql in (TURNS, STEPS, RUNS, KNOWN, FACTS, OPINIONS):
        for who, *values in rows_of(database, sql):
            of_people.setdefault(who, {}).setdefault(sql, []).append(without_times(repr(values)))
    found: dict[str, dict[str, list[str]] | list[str]] = {
        who: [f"{sql}: {row}" for sql, rows in stored.items() for row in rows] for who, stored in of_people.items()
    }
    return found | {sql: sorted(map(repr, rows_of(database, sql))) for sql in (UNANSWERED, HANDLED)}


async def undisturbed(
    database: Path, content: Sequence[str | Path], zone: str, written: Mapping[int, tuple[int, str]]
) -> None:
    """Take the turns of some messages, by update, one after the other in this process."""
    matcher, library = load_matcher(Path(content[1])), read_flows(Path(content[3]))
    async with await Store.open(database) as store:
        conversation = Conversation(matcher, store, library, ZoneInfo(zone))
        for update, (user, text) in written.items():
            key = f"123456:{update}"
            incoming = Incoming(CHANNEL, str(user), datetime.now(UTC), text=text, update_id=key, language="zh")
            await conversation.turn(incoming)


async def test_an_update_that_is_delivered_again_changes_nothing(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """Neither at once nor after a crash; one whose confirmation got lost in the crash is the same."""
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "要信")
        first = api.message(7, "怎么交罚款？")
        await api.replies(7, 2)
        api.redeliver(first)
        await tell(api, 7, "要了")
        await bot.logged(f"update {first} was not answered: it was delivered before")
        await bot.kill()

    api.redeliver(first)
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "助理")
        await bot.logged(f"update {first} was not answered: it was delivered before")

    assert len(texts(api, 7)) == 5
    assert handled(database) == 4
    assert rows_of(database, "SELECT times_asked FROM unanswered") == [(1,)]


async def test_everything_happens_once_and_in_order_however_often_the_process_is_killed(
    api: BotApi, database: Path, content: Sequence[str | Path], tmp_path: Path
) -> None:
    """Telegram delivers again what was not confirmed, and only that is confirmed whose turn is written."""
    dice = random.Random(20261125)
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # the sign is the other way round: there it is noon
    options = [*content, "--timezone", zone]
    date = datetime.now(UTC) - timedelta(hours=2)
    script = itertools.cycle(zip(*WRITTEN.values(), strict=True))
    written: dict[int, tuple[int, str]] = {}
    fates: Counter[str] = Counter()

    def went_on(goal: int) -> bool:
        return len(api.called("sendMessage")) >= goal or not api.updates.unconfirmed

    for number in range(KILLS):
        for said in itertools.islice(script, MORE):
            date += timedelta(seconds=5)  # nobody writes too fast
            for user, text in zip(WRITTEN, said, strict=True):
                written[api.message(user, text, date=date)] = (user, text)
        sent, before = len(api.called("sendMessage")), handled(database) if number else 0
        goal = sent + dice.randint(0, 3)
        async with BotProcess(api, database, *options) as bot:
            await api.wait_for(lambda goal=goal: went_on(goal))  # type: ignore[misc]
            await asyncio.sleep(dice.uniform(0, PAUSE))
            await bot.kill()
        taken = handled(database)
        fates["turns"] += taken < len(written)  # some messages had not been dealt with
        fates["replies"] += (
            len(api.called("sendMessage")) - sent < taken - before
        )  # and some had, but were not answered yet
    async with BotProcess(api, database, *options):
        await api.confirmed()
    log.info("%s updates, %s kills: %s", len(written), KILLS, dict(fates))
    await undisturbed(tmp_path / "undisturbed.db", content, zone, written)

    assert everything(database) == everything(tmp_path / "undisturbed.db")
    assert rows_of(database, "PRAGMA integrity_check") == [("ok",)]
    assert KILLS < 60 or all(fates.values())


async def test_nothing_is_confirmed_before_it_is_written(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """While another process writes, the person sees that something is happening, and Telegram keeps the update."""
    async with BotProcess(api, database, *content):
        await tell(api, 7, "要信")
        await api.confirmed()
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            update = api.message(7, "要了")
            await api.wait_for(lambda: api.called("sendChatAction"))
            asked = api.called("getUpdates")[-1]
            assert asked.ok
            assert asked.params["offset"] == update
            assert len(texts(api, 7)) == 1
            other.execute("ROLLBACK")
        (answer,) = await api.replies(7, 1)
        await api.confirmed()

    assert "等一封信（2/5）你的身份" in answer["text"]
    assert handled(database) == 2


async def test_what_was_not_written_when_the_process_died_happens_after_it(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """Of what one person wrote in a row, too, of which only the first waits for the database."""
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "要信")
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for text in ("要了", "助理", "信到了"):
                api.message(7, text)
            await api.wait_for(lambda: api.called("sendChatAction"))
            await bot.kill()
    async with BotProcess(api, database, *content):
        *_, last = await api.replies(7, 3)

    assert last["text"].startswith("✓ 等信 → 信到了")
    assert handled(database) == 4


async def test_what_somebody_writes_while_a_reply_is_on_its_way_takes_effect_at_once(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """It waits for no reply: when the process dies, what Telegram was told is done is done."""
    held = asyncio.Event()
    async with BotProcess(api, database, *content) as bot:
        api.fail("sendMessage", hold(held), chat=7)
        api.message(7, "要信")
        await api.replies(7, 1)
        api.message(7, "要了")
        await tell(api, 8, "要信")
        await api.confirmed()
        await bot.kill()
        held.set()
    async with BotProcess(api, database, *content):
        following = await tell(api, 7, "助理")

    assert following.startswith("✓ 你的身份 → 助理医师")
    assert handled(database) == 4


async def test_a_database_that_cannot_be_written_is_no_end(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    """In use for longer than is waited, or on a full disk: questions are answered, with an apology; afterwards all is well."""
    apology = say("zh", "store-failed")
    async with BotProcess(api, database, *content) as bot:
        await tell(api, 7, "要信")
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert apology in await tell(api, 7, "要了")
            other.execute("ROLLBACK")
        soft, hard = resource.prlimit(bot.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (1, hard))
        api.message(7, "申请表要打印几份？")
        answer, *_, sorry = await api.replies(7, 3)
        resource.prlimit(bot.pid, resource.RLIMIT_FSIZE, (soft, hard))
        assert "请打印两份。" in answer["text"]
        assert sorry["text"] == apology
        assert "等一封信（2/5）你的身份" in await tell(api, 7, "要了")
        assert await bot.stop() == 0

    failures = [each["message"] for each in bot.records() if "could not be recorded" in each["message"]]
    assert len(failures) == 2
    assert failures[0].endswith("is in use by another process")
    assert handled(database) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_finishes_what_is_in_hand(
    api: BotApi, database: Path, content: Sequence[str | Path], number: signal.Signals
) -> None:
    """The reply that is on its way, and what the person wrote meanwhile, are seen to; what comes later waits for the next start."""
    released = asyncio.Event()
    async with BotProcess(api, database, *content) as bot:
        api.fail("sendMessage", hold(released, after_effect=False), chat=7)
        api.message(7, "要信")
        await api.wait_for(lambda: api.called("sendMessage"))
        api.message(7, "要了")
        await tell(api, 8, "要信")
        bot.send(number)
        await bot.logged("stopping: the updates in hand are finished")
        assert texts(api, 7) == []
        released.set()
        shown = await api.replies(7, 2)
        assert await bot.ended() == 0

    assert ["去要" in shown[0]["text"], "你的身份" in shown[1]["text"]] == [True, True]
    assert bot.records()[-1]["message"] == "stopped"
    assert rows_of(database, "PRAGMA integrity_check") == [("ok",)]
    assert not database.with_name(f"{database.name}-wal").exists()


async def test_what_was_written_while_the_bot_was_down_is_answered_unless_that_is_unwanted(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    api.message(7, "要信")
    async with BotProcess(api, database, *content) as bot:
        (answer,) = await api.replies(7, 1)
        assert await bot.stop() == 0
    api.message(7, "要了")
    async with BotProcess(api, database, *content, "--drop-pending"):
        following = await tell(api, 7, "/progress")

    assert answer["text"].startswith("等一封信（1/5）去要")
    assert "去要" in following
    assert handled(database) == 2


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "lines"])
async def test_the_log_has_no_token_and_nothing_that_people_wrote(
    api: BotApi, database: Path, content: Sequence[str | Path], as_json: bool
) -> None:
    """Also when everything is logged, and whatever fails."""
    lines = "import sys; sys.argv.remove('--log-json'); from bot.cli import main; main()"
    program = ("-m", "bot", "telegram") if as_json else ("-c", lines, "telegram")
    said = ("海淀医院的王小明", "xuesheng wang passed in Haidian", "请问138 0013 8000是谁的电话", "/nosuch 王小明")
    faults = [bad_gateway(), drop(), too_many(3600), refuse_403, error(400, "Bad Request: 王小明 is wrong")]
    async with BotProcess(api, database, *content, "--log-level", "debug", program=program) as bot:
        for user, fault in enumerate(faults, 31):
            api.fail("sendMessage", fault, chat=user)
            update = api.message(user, said[user % len(said)])
            await bot.logged(f"update {update} was not answered: the reply could not be sent")
        for number, text in enumerate(said):
            api.message(42 + number, text)
            await api.replies(42 + number, 1)
        await tell(api, 40, "要信")
        api.press(40, api.chat(40)[-1]["message_id"], "go:王小明:1")
        api.inline(40, "海淀医院的王小明")
        api.fail("getUpdates", error(409, "Conflict: 王小明"))
        api.fail("editMessageText", error(400, "Bad Request: 王小明"))
        await api.wait_for(lambda: any(api.inline_queries.values()))
        api.message(41, "要信", date=datetime.now(UTC))
        await api.replies(41, 1)
        await bot.logged("another process fetches the updates")
        assert await bot.stop() == 0

    assert len(bot.records()) == (len(bot.log.splitlines()) if as_json else 0)
    assert [
        secret for secret in ("TEST-TOKEN", "王小明", "海淀", "Haidian", "0013", "nosuch", "考生") if secret in bot.log
    ] == []
    assert json.dumps("王小明")[1:-1] not in bot.log
    assert bot.log.isascii() or not as_json
    assert sys.executable not in bot.log


async def test_an_update_that_cannot_be_read_is_skipped_and_logged(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as bot:
        broken = api.raw({"message": {"message_id": 5}})
        api.message(7, "助理要不要注册")
        api.raw({"message": {"message_id": 6, "text": "/start", "entities": [{"type": "bot_command"}]}})
        (answer,) = await api.replies(7, 1)
        api.message(8, "/help")
        await api.replies(8, 1)
        await api.confirmed()

        assert answer["text"].startswith("助理医师需要注册吗？")
        assert f"update {broken} cannot be read and is skipped" in bot.log
