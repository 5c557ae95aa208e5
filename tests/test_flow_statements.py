"""Statements in people's own words at the project's steps: taken for what they say, or answered as not understood."""

from pathlib import Path

import pytest

from bot.rendering import plain
from bot.texts import say
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.visitor import Visitor, go_to


@pytest.fixture(name="visitor")
def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> Visitor:
    """Return somebody new."""
    return Visitor(project_matcher, project_library, tmp_path / "regbot.db")


async def at(visitor: Visitor, place: str) -> None:
    """Go to a step, named as flow.step."""
    flow_id, _, step_id = place.partition(".")
    flow = flow_of(visitor.library, flow_id)
    await go_to(visitor, flow, flow.at(step_id))


@pytest.mark.parametrize(
    ("place", "typed", "then"),
    [
        ("activation.portal", "网站打不开啊", "portal-trouble"),
        ("activation.portal-trouble", "换了浏览器打开了", "identity"),
        ("activation.log-in", "系统里没有我", "not-verified"),
        ("activation.not-verified", "可以了", "phone"),
        ("activation.phone", "短信一直没收到", "email"),
        ("activation.phone", "sms not coming", "email"),
        ("activation.email", "邮箱验过了", "ask-code"),
        ("activation.wait-code", "我已经收到激活码了", "enter-code"),
        ("activation.wait-code", "i recieved the code", "enter-code"),
        ("activation.enter-code", "code is not correct", "code-trouble"),
        ("submission.device", "用单位电脑", "computer"),
        ("submission.photo", "明白", "form"),
        ("submission.photo", "晓得了", "form"),
        ("submission.print", "打完了", "wait-institution"),
        ("submission.wait-institution", "单位没人管这个事", "nobody"),
        ("submission.no-institution", "没定呢", "no-institution"),
        ("submission.certificate", "拿到证啦", "finished"),
        ("deadlines.role", "助里", "qualified"),
        ("deadlines.role", "zhuli", "qualified"),
        ("deadlines.reminders", "要啊", "finished"),
        ("deadlines.reminders", "yes please", "finished"),
        ("institution-account.log-in", "密码错误", "log-in-trouble"),
    ],
)
async def test_statement_is_understood(place: str, typed: str, then: str, visitor: Visitor) -> None:
    """What somebody reports in a hurry moves them on as the button would."""
    async with visitor:
        await at(visitor, place)
        await visitor.turn(typed)
        progress = (await visitor.stored()).runs[place.partition(".")[0]]

        assert progress.step == then


@pytest.mark.parametrize(
    ("place", "typed", "language"),
    [
        ("activation.enter-code", "找不到这个医生", "zh"),
        ("institution-account.papers-refused", "盖好章了", "zh"),
        ("activation.wait-code", "去问了", "zh"),
        ("activation.refresh", "page still ask code", "en"),
        ("deadlines.role", "不知道", "zh"),
    ],
)
async def test_statement_that_means_nothing_here(place: str, typed: str, language: Language, visitor: Visitor) -> None:
    """What is not understood is said to be so; it is not taken for small talk, which would sound as if it had been."""
    async with visitor:
        await at(visitor, place)
        shown = plain(await visitor.turn(typed))

        assert "还有别的想问的" not in shown
        assert "再见" not in shown
        assert "不客气" not in shown
        assert (await visitor.stored()).runs[place.partition(".")[0]].step == place.partition(".")[2]
        assert say(language, "welcome") not in shown


async def test_going_on_after_a_pause(visitor: Visitor) -> None:
    """Who says that they want to go on is where they left off, at once where only one flow is open."""
    async with visitor:
        await at(visitor, "activation.phone")
        await visitor.turn("先放着")
        shown = plain(await visitor.turn("接着办"))

        assert shown.startswith("注册账号并激活（6/10）验证手机号")

        await visitor.turn("先放着")
        await visitor.turn("材料清单")
        await visitor.turn("先放着")

        assert "接着办：纸质材料清单" in plain(await visitor.turn("继续"))


async def test_restart_confirmed_in_a_sentence(visitor: Visitor) -> None:
    """A yes with something behind it confirms as well."""
    async with visitor:
        await at(visitor, "activation.phone")
        await visitor.turn("/restart")

        assert plain(await visitor.turn("对，重来")).startswith("注册账号并激活（1/10）打开官网")


async def test_what_is_missing_on_a_checklist(visitor: Visitor) -> None:
    """Who asks what is missing is shown the list."""
    async with visitor:
        await at(visitor, "materials.papers")
        await visitor.turn("身份证有了")

        assert "还差5样" in plain(await visitor.turn("齐了吗"))


async def test_limit_that_has_passed_promises_no_exam_year(visitor: Visitor) -> None:
    """Past the limit, training comes first: nobody is told what registering within days would mean for an exam."""
    async with visitor:
        await at(visitor, "deadlines.role")
        for typed in ("执业医师", "2020年5月1日", "还没注册"):
            await visitor.turn(typed)
        shown = plain(await visitor.turn("4"))

        assert "已经过了" in shown
        assert "最早" not in shown
