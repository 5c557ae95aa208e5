"""What operators do from their own chat with the bot: unanswered questions, how things stand; and what nobody else can."""

import itertools
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from bot.channels.telegram.operators import _group
from bot.channels.telegram.profile import COMMANDS, OPERATORS_COMMANDS
from bot.curation.groups import Group
from bot.messages import MAX_BUTTON_DATA
from bot.replies import UNHELPFUL
from bot.texts import say
from faq.corpus import Corpus
from faq.text import Language
from tests.bot_api import BotApi
from tests.faq_samples import entry
from tests.reminder_people import query
from tests.service_bot import Content, moment, service_bot
from tests.service_helpers import CODES, STRANGER, Service, ask_in_vain, serving
from tests.telegram_helpers import Message, Person, carried, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

VAIN = (
    "食堂晚饭供应到晚上九点吗",
    "宿舍能养猫狗等宠物吗",
    "发烧门诊人多不多",
    "幼儿园学区怎么划分",
    "空调坏了找后勤修吗",
    "体检要空腹多久",
)
"""Questions that have nothing to do with each other, nor with the small corpus."""
OPERATORS = range(9001, 9017)
ENTRIES = {
    "要带几张照片？": "photo",
    "申请表要打印几份？": "form",
    "系统几月开放？": "opening",
    "官网网址是什么？": "portal-address",
}
ASSIGN, DISMISS, UNDO, MORE = "op:assign:", "op:dismiss:", "op:undo:", "op:more:"


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="served")
async def _served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with serving(tmp_path_factory.mktemp("bot"), operators=(*OPERATORS, STRANGER)) as served:
        yield served


@pytest.fixture(name="bot")
def _bot(served: Service) -> Iterator[Service]:
    """Return the bot that all tests share, with no question unanswered."""
    for table in ("unanswered_by", "unanswered"):
        query(served.database, f"DELETE FROM {table}")
    yield served
    assert not [record for record in served.process.records() if record["level"] == "error"]


def rows(bot: Service) -> dict[str, tuple[str | None, str | None]]:
    """Return what is decided about the unanswered questions, and the entry, by their texts."""
    found = query(bot.database, "SELECT text, decision, entry FROM unanswered")
    return {text: (decision, entry) for text, decision, entry in found}


def note(database: Path, *texts: str) -> list[int]:
    """Note questions that somebody asked in vain, the last one asked most lately; return their numbers."""
    seen = moment(0)
    person = "INSERT INTO people (channel, channel_id, first_seen, last_seen) VALUES ('terminal', ?, ?, ?) RETURNING id"
    ((number,),) = query(database, person, str(uuid4()), seen, seen)
    sql = """
        INSERT INTO unanswered (text, language, verdict, matches, times_asked, first_asked, last_asked)
        VALUES (?, 'zh', 'none', '[]', 1, ?, ?) RETURNING id
    """
    asked = [query(database, sql, text, moment(60), moment(30 - at))[0][0] for at, text in enumerate(texts)]
    for question in asked:
        query(database, "INSERT INTO unanswered_by (unanswered, person) VALUES (?, ?)", question, number)
    return asked


async def listed(bot: Service, operator: Person, count: int) -> list[Message]:
    """Return so many messages of the list that an operator asks for, after the first, which counts."""
    _, *groups = await operator.say("/unanswered", count + 1)
    return list(groups)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_list_shows_each_question_with_where_it_may_belong(language: Language, bot: Service) -> None:
    one, two, operator = bot.person(), bot.person(), bot.operator(language)
    await ask_in_vain(one)
    await ask_in_vain(two, hears=False)
    await ask_in_vain(bot.person("en"), "en", hears=False)
    count, *groups = await operator.say("/unanswered", 3)

    assert count["text"] == say(language, "op-count", groups="2", shown="2")
    texts = {"医院的停车位够不够" in group["text"]: group for group in groups}
    group = texts[True]
    (date,) = {str(at)[:10] for (at,) in query(bot.database, "SELECT last_asked FROM unanswered WHERE language = 'zh'")}
    quoted = say(language, "op-question", text="医院的停车位够不够")
    asked = say(language, "op-asked", times="2", people="2", date=date)
    assert [line.removeprefix("• ") for line in group["text"].split("\n\n")] == [
        quoted,
        asked,
        say(language, "op-waiting", people="1"),
    ]
    assert say(language, "op-waiting", people="1") not in texts[False]["text"]
    assert len(carried(group, ASSIGN)) == 3
    assert len(carried(group, DISMISS)) == 1
    assert "要带几张照片？" in labels(group) or language == "en"
    assert labels(group)[-1] == say(language, "op-dismiss")


async def test_a_decision_is_noted_and_can_be_taken_back(bot: Service) -> None:
    operator = bot.operator()
    note(bot.database, VAIN[0])
    (group,) = await listed(bot, operator, 1)
    label, *_ = labels(group)
    (noted,) = await operator.press(label)
    assert noted["text"] == say("zh", "op-assigned", question=label)
    assert rows(bot) == {VAIN[0]: ("assign", ENTRIES[label])}
    assert query(bot.database, "SELECT decided_at FROM unanswered WHERE decided_at IS NULL") == []
    await bot.api.wait_for(lambda: not carried(operator.now(group)))
    (none,) = await operator.say("/unanswered")
    assert none["text"] == say("zh", "op-none")

    (undone,) = await operator.press(say("zh", "op-undo"))
    assert undone["text"] == say("zh", "op-undone")
    assert rows(bot) == {VAIN[0]: (None, None)}
    assert query(bot.database, "SELECT decided_at FROM unanswered WHERE decided_at IS NOT NULL") == []
    assert VAIN[0] in (await listed(bot, operator, 1))[0]["text"]


async def test_what_is_dismissed_stays_so_when_it_is_asked_again(bot: Service) -> None:
    operator, person = bot.operator("en"), bot.person()
    await ask_in_vain(person)
    (group,) = await listed(bot, operator, 1)
    (noted,) = await operator.press(say("en", "op-dismiss"))
    assert noted["text"] == say("en", "op-dismissed")
    await ask_in_vain(bot.person(), hears=False)

    assert rows(bot) == {"医院的停车位够不够": ("dismiss", None)}
    assert query(bot.database, "SELECT times_asked FROM unanswered") == [(2,)]
    assert (await operator.say("/unanswered"))[0]["text"] == say("en", "op-none")
    await operator.press(say("en", "op-undo"))
    assert "2 people" in (await listed(bot, operator, 1))[0]["text"]
    await bot.api.wait_for(lambda: not carried(operator.now(group)))


async def test_more_shows_the_rest_and_leaves_the_other_buttons(bot: Service) -> None:
    operator = bot.operator()
    note(bot.database, *VAIN)
    *groups, more = await listed(bot, operator, 6)
    assert [text for group in groups for text in VAIN if text in group["text"]] == list(reversed(VAIN[1:]))
    assert more["text"] == say("zh", "op-left", groups="1")
    (rest,) = await operator.press(say("zh", "op-more"))
    assert VAIN[0] in rest["text"]
    assert carried(rest, MORE) == []
    await bot.api.wait_for(lambda: not carried(operator.now(more)))
    assert carried(operator.now(groups[-1]), DISMISS) == carried(groups[-1], DISMISS)


async def test_a_button_carries_a_question_and_an_entry_with_the_longest_id() -> None:
    found = entry("x" * (MAX_BUTTON_DATA - len(UNHELPFUL)), zh=("激活码",), en=("code",))
    times = {"times": 1, "people": 1, "waiting": 0, "last_asked": datetime.now(UTC)}
    group = Group(10**15, (10**15,), "zh", ("？",), nearest=((found.id, 0.1),), **times)  # type: ignore[arg-type]
    assign, dismiss = _group(group, Corpus((), (found,)), "zh", UTC).buttons

    assert assign.data.startswith(f"{ASSIGN}{10**15}:")
    assert dismiss.data == f"{DISMISS}{10**15}"
    assert len(assign.data.encode()) <= MAX_BUTTON_DATA


async def test_buttons_that_no_longer_fit_change_nothing(bot: Service) -> None:
    """The question is gone, the entry is gone, the button is made up, or older than the message that Telegram still knows."""
    operator = bot.operator()
    gone, here = note(bot.database, *VAIN[:2])
    before, key = rows(bot), carried((await listed(bot, operator, 2))[0], ASSIGN)[0].rpartition(":")[2]
    query(bot.database, "DELETE FROM unanswered WHERE id = ?", gone)
    del before[VAIN[0]]
    said_gone, no_entry = say("zh", "op-gone"), say("zh", "op-no-entry")
    forged = {
        f"{ASSIGN}{gone}:{key}": said_gone,
        f"{DISMISS}{gone}": said_gone,
        f"{UNDO}{gone}": said_gone,
        f"{ASSIGN}{here}:no-such-entry": no_entry,
        f"{ASSIGN}{here}": no_entry,
        f"{DISMISS}{'9' * 40}": said_gone,
        f"{DISMISS}-{here}": said_gone,
        f"{DISMISS}x": said_gone,
        "op:": said_gone,
        f"op:delete:{here}": said_gone,
    }
    several = itertools.cycle([operator, bot.operator(), bot.operator()])  # a chat takes five messages at once
    for data, text in forged.items():
        (reply,) = await next(several).press_data(None, data)
        assert reply["text"] == text, data
    assert rows(bot) == before
    (reply,) = await operator.press_data({"message_id": 1}, f"{DISMISS}{here}", inaccessible=True)
    assert reply["text"] == say("zh", "op-dismissed")


async def test_for_others_there_is_nothing_of_this(bot: Service) -> None:
    stranger, operator = bot.person(), bot.operator()
    note(bot.database, VAIN[0])
    (group,) = await listed(bot, operator, 1)
    for command in OPERATORS_COMMANDS[:2]:
        refused, _help = await stranger.say(f"/{command}", 2)
        assert refused["text"] == say("zh", "unknown-command", command=f"/{command}")
    for data in carried(group):
        (reply,) = await stranger.press_data(None, data)
        assert reply["text"] == say("zh", "unknown-button")
    bot.api.message(operator.id, f"/unanswered@{bot.api.username}", chat=-5002, chat_type="supergroup")
    (in_group,) = await bot.api.replies(-5002, 1)

    assert in_group["text"] == say("zh", "group-help")
    assert rows(bot) == {VAIN[0]: (None, None)}


async def test_texts_are_masked_whole_and_shown_as_they_were_written(bot: Service) -> None:
    """Also what looks like HTML or like a blank, and what is longer than a message may be."""
    operator, person = bot.operator("en"), bot.person()
    number = "11010119900307851X"
    await person.say(f"<b>停车</b> & {{x}} 的位子够不够，我的身份证号是{number}", 2)
    long = "，".join(f"停车位{place}号够不够" for place in range(600))
    await person.say(long)
    count, *messages = await operator.say("/unanswered", 4)

    assert count["text"].startswith("2 groups")
    shown = "".join(message["text"] for message in messages)
    assert "<b>停车</b> & {x} 的位子够不够" in shown
    assert number not in shown
    assert "[" in shown or "【" in shown
    ends = [message for message in messages if message["buttons"]]
    assert len(ends) == 2
    assert "停车位599号够不够" in shown.replace("\n", "")
    assert not bot.holds(number)


async def test_status_says_how_things_stand(bot: Service) -> None:
    note(bot.database, *VAIN[:2])
    (reply,) = await bot.operator().say("/status")

    lines = {line.partition(" ")[0]: line for line in reply["text"].split("\n") if line}
    assert f"running, @{bot.api.username} on telegram" in lines["service"]
    assert lines["unanswered"].endswith("2 open, 0 decided and to be applied")
    assert lines["content"].endswith("in force, the same on disk")


async def test_operators_have_a_menu_of_their_own_and_one_who_has_not_written_does_no_harm(bot: Service) -> None:
    def menus(chat: int) -> dict[str, list[dict[str, str]]]:
        scope = json.dumps({"chat_id": chat, "type": "chat"}, sort_keys=True)
        return {code: commands for (found, code), commands in bot.api.commands.items() if found == scope}

    last = OPERATORS[-1]
    await bot.api.wait_for(lambda: len(menus(last)) == 3)
    for language in CODES:
        expected = [(name, say(language, f"menu-{name}")) for name in (*OPERATORS_COMMANDS, *COMMANDS)]
        assert [(one["command"], one["description"]) for one in menus(last)[language]] == expected
    assert menus(last)[""] == menus(last)["en"]
    assert menus(STRANGER) == {}
    assert "the command menu of an operator could not be set: BadRequest" in bot.process.log
    assert not any(name in json.dumps(bot.api.commands["default", "zh"]) for name in OPERATORS_COMMANDS)


async def test_while_another_process_writes_an_operator_is_told_so(bot: Service) -> None:
    operator = bot.operator()
    note(bot.database, VAIN[0])
    (group,) = await listed(bot, operator, 1)
    with closing(sqlite3.connect(bot.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (reply,) = await operator.press_data(group, carried(group, DISMISS)[0])
        (status,) = await operator.say("/status")
        other.execute("ROLLBACK")

    assert reply["text"].startswith(f"the database {bot.database} ")
    assert "running" in status["text"]
    assert rows(bot) == {VAIN[0]: (None, None)}


async def test_a_full_disk_is_told_of_and_old_buttons_work_after_a_restart(disk: Path, tmp_path: Path) -> None:
    content, database, operator = Content.made(tmp_path / "content"), disk / "regbot.db", 9001
    async with BotApi() as api:
        async with service_bot(api, database, content, REGBOT_ADMINS=str(operator)) as bot:
            (number,) = note(database, VAIN[0])
            api.message(operator, "/unanswered")
            group = (await api.replies(operator, 2))[1]
            (dismiss,) = carried(group, DISMISS)
            filled = _fill(disk)
            api.press(operator, group["message_id"], dismiss)
            (full,) = await api.replies(operator, 1)
            assert full["text"].startswith(f"the database {database} ")
            filled.unlink()
            await bot.kill()
        async with service_bot(api, database, content, REGBOT_ADMINS=str(operator)):
            api.press(operator, group["message_id"], dismiss)
            (noted,) = await api.replies(operator, 1)

    assert noted["text"] == say("zh", "op-dismissed")
    assert query(database, "SELECT id, decision FROM unanswered") == [(number, "dismiss")]


def _fill(disk: Path) -> Path:
    """Fill a disk to the last byte, and return the file that does it."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path
