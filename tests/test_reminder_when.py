"""What people type about reminders: the wish itself, in many words and with typing errors, and the day they name."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.reminders.spoken import spoken, told
from bot.reminders.when import day_of
from faq.matcher import Matcher
from faq.text import clean
from flows.definition import Library
from flows.journey import Progress
from tests.visitor import Visitor

TODAY = date(2026, 11, 26)
"""A Thursday."""
REMINDED = Progress(facts={"reminders": "wanted"})


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("明天", 1), ("后天", 2), ("大后天", 3), ("3天后", 3), ("三天以后", 3), ("十五天后", 15), ("二十一天之后", 21), ("过两天", 2),
        ("一周后", 7), ("两个星期后", 14), ("2周后", 14), ("半个月后", 15), ("一个月后", 30), ("下周", 7), ("下个星期", 7), ("过一周", 7),
        ("周五", 1), ("星期四", 7), ("周一", 4), ("下周一", 4), ("下周四", 7), ("下礼拜天", 10), ("12月1号", 5), ("12月31日", 35), ("1号", 5),
        ("11月20日", 359), ("tomorrow", 1), ("the day after tomorrow", 2), ("in 3 days", 3), ("in a couple of days", 2),
        ("in two weeks", 14), ("next week", 7), ("in a week", 7), ("on monday", 4), ("next thu", 7), ("on dec 1", 5), ("1st december", 5),
    ],
)  # fmt: skip
def test_days(text: str, days: int) -> None:
    assert day_of(clean(text), TODAY) == TODAY + timedelta(days=days)


@pytest.mark.parametrize("text", ["", "以后", "几天后", "later", "soon", "13月40号", "2月30日", "今天", "两年"])
def test_no_day(text: str) -> None:
    assert day_of(clean(text), TODAY) is None


WISHES = {
    "on": """提醒我 提醒我一下 到时侯提醒我一下 到时提醒我 题醒我 tixing_wo 快到期提醒我 记得提醒我啊 我要提醒 开提醒 截止前提醒我 年底前提醒我 别忘了提醒我
        remind_me remindme remind_me_pls Please_remind_me_in_time enable_reminders remaind_me remind_me_before_dec_31
        don't_forget_to_remind_me""",
    "off": """别再提醒我了 烦死了别提醒了 不要再提醒 我不要提醒 把提醒关了 不需要提醒 都不提醒了 取消提醒 dont_remind_me stop_remind_me no_reminders
        turn_off_reminder no_reminders_at_all""",
    "": "我的提醒 怎么设置提醒 怎么关提醒 能不能到期前提醒我一下 会提醒我吗 could_you_remind_me my_reminders",
    "later": "今晚提醒我 一小时后提醒我 每天提醒我 过几天再提醒 remind_me_later",
    "2026-11-27": "明天上午9点提醒我 明天提醒我问单位 remind_me_tomorrow",
    "2026-11-30": "下周一提醒我 周一再提醒我一下 remind_me_next_monday",
    "9点": "9点提醒我 改成9点提醒",
    "8pm": "remind_me_at_8pm",
}
"""What people type, by what should stand behind the command; a space within is written as _."""


@pytest.mark.parametrize(
    ("text", "wish"), [(text.replace("_", " "), wish) for wish, texts in WISHES.items() for text in texts.split()]
)
def test_wishes(project_library: Library, text: str, wish: str) -> None:
    for progress in (Progress(), REMINDED):
        assert spoken(project_library, progress, clean(text), TODAY) == f"/remind {wish}".rstrip()


@pytest.mark.parametrize(
    "text",
    [
        "提醒我带什么材料", "单位提醒我要交材料怎么办", "系统提醒我激活失败", "收到提醒短信是什么意思", "短信提醒收不到", "who reminds the institution to confirm",
        "系统提示题型错误", "激活码没收到", "nevermind", "提醒我三点开会", "别人都收到短信了，我没收到提醒", "卫生院的老同志提醒我成绩单千万别丢，这是为什么呢", "how do I register", "remind" + " of the papers" * 5,
    ],
)  # fmt: skip
def test_other_questions_are_left_to_others(project_library: Library, text: str) -> None:
    for progress in (Progress(), REMINDED):
        assert spoken(project_library, progress, clean(text), TODAY) is None


@pytest.mark.parametrize("text", ["stop", "off", "退订", "别发了", "不要再给我发消息了", "换时间", "time zone"])
def test_short_words_count_only_from_whom_is_reminded(project_library: Library, text: str) -> None:
    assert spoken(project_library, REMINDED, clean(text), TODAY)
    assert spoken(project_library, Progress(), clean(text), TODAY) is None


@pytest.mark.parametrize("text", ["我注册好了", "I'm registered", "已经注册成功了"])
def test_who_says_that_they_are_registered(project_library: Library, text: str) -> None:
    assert told(project_library, REMINDED, clean(text)) == "/remind registered"
    assert told(project_library, REMINDED, clean("还没注册")) is None


@pytest.mark.parametrize(
    ("done", "not_yet"), [("我注册好了", "其实还没注册"), ("i am registered", "not registered yet")]
)
async def test_it_is_believed_in_the_middle_of_a_guide_and_taken_back(
    visitor: Visitor, done: str, not_yet: str
) -> None:
    """Where the step has no such answer; the guide stays where it is."""
    await visitor.turn("/remind on")
    await visitor.turn(button="flow:activation")
    place = (await visitor.stored()).place
    await visitor.turn(done)
    assert str((await visitor.stored()).facts["said-registered"]).startswith("yes ")
    await visitor.turn(not_yet)

    stored = await visitor.stored()
    assert str(stored.facts["said-registered"]).startswith("no ")
    assert stored.place == place


async def test_an_hour_typed_where_hours_are_offered(visitor: Visitor) -> None:
    await visitor.turn("/remind on")
    await visitor.turn("换时间")
    await visitor.turn("8点")
    assert {button.label for reply in visitor.replies for button in reply.buttons} & {"换时间（8:00）", "Hour: 8:00"}


@pytest.mark.parametrize("typed", ["／remind", "/reminders", "/reminder"])
async def test_other_spellings_of_the_command(visitor: Visitor, typed: str) -> None:
    """As a Chinese input method writes the slash, and as people remember it."""
    await visitor.turn(typed)
    assert [reply.title for reply in visitor.replies] == ["提醒"]


@pytest.mark.parametrize(
    ("typed", "day"), [("tomorrow", "2026-11-26"), ("3天后", "2026-11-28"), ("12月5号", "2026-12-05")]
)
async def test_a_day_behind_the_command(visitor: Visitor, typed: str, day: str) -> None:
    await visitor.turn("/remind on")
    await visitor.turn(f"/remind {typed}")
    await visitor.turn("/export")
    (document,) = [reply.document for reply in visitor.replies if reply.document]
    assert f'"later": "{day}"' in document.content


async def test_turning_on_turns_every_kind_on(visitor: Visitor) -> None:
    await visitor.turn("/remind on")
    await visitor.turn(button="remind:set:without:year-end")
    await visitor.turn("提醒我")
    assert "☐" not in "".join(button.label for reply in visitor.replies for button in reply.buttons)
