"""Sentences that people type in the middle of the project's flows, and what they press there besides the steps' buttons."""

from pathlib import Path

import pytest

from bot.guide_replies import GO
from bot.rendering import plain
from bot.replies import ENTRY, HELPFUL
from bot.texts import say
from faq.matcher import Matcher
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.visitor import Visitor, go_to


@pytest.fixture(name="visitor")
def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> Visitor:
    """Return somebody new."""
    return Visitor(project_matcher, project_library, tmp_path / "regbot.db")


async def at(visitor: Visitor, flow_id: str, step_id: str) -> None:
    """Go to a step."""
    flow = flow_of(visitor.library, flow_id)
    await go_to(visitor, flow, flow.at(step_id))


@pytest.mark.parametrize(
    ("typed", "ticked"),
    [
        pytest.param("合同和许可证都有了", {"contract", "licence"}, id="two-in-a-sentence-zh"),
        pytest.param("身份证和照片已经准备好了", {"id-card", "photos"}, id="two-with-more-words-zh"),
        pytest.param("I have the contract and the licence", {"contract", "licence"}, id="two-in-a-sentence-en"),
        pytest.param("I have the review form and the photos", {"review-form", "photos"}, id="two-more-en"),
        pytest.param("还差照片", set(), id="still-missing-zh"),
        pytest.param("缺照片", set(), id="lacking-zh"),
        pytest.param("the photos are missing", set(), id="missing-en"),
    ],
)
async def test_a_sentence_about_papers_ticks_what_it_says(typed: str, ticked: set[str], visitor: Visitor) -> None:
    """Everything that a sentence says is there is ticked, and nothing that it says is missing."""
    async with visitor:
        await at(visitor, "materials", "papers")
        await visitor.turn(typed)

        assert set((await visitor.stored()).runs["materials"].ticks.get("papers", ())) == ticked


@pytest.mark.parametrize("typed", ["还差照片", "缺照片", "没有照片", "the photos are missing", "no photos"])
async def test_what_is_said_to_be_missing_is_unticked(typed: str, visitor: Visitor) -> None:
    """Somebody with a full list who says that one paper is missing sees it unticked, as after a refusal at the window."""
    async with visitor:
        await at(visitor, "materials", "papers")
        await visitor.turn("全部")
        await visitor.turn(typed)

        assert "photos" not in (await visitor.stored()).runs["materials"].ticks["papers"]


async def test_an_opinion_leaves_a_way_on(visitor: Visitor) -> None:
    """Somebody at a step who says that an earlier answer helped still finds the step's choices below."""
    async with visitor:
        await at(visitor, "activation", "wait-code")
        await visitor.turn(button=f"{ENTRY}forgot-password")
        await visitor.turn(button=f"{HELPFUL}forgot-password")

        assert visitor.offered_as(f"{GO}activation", "wait-code") != []


@pytest.mark.parametrize(
    ("flow_id", "step_id", "choice", "title"),
    [
        pytest.param("activation", "portal", "打不开", "打开官网", id="portal"),
        pytest.param("activation", "enter-code", "提示激活码不对", "填码激活", id="enter-code"),
        pytest.param("submission", "print", "没法打印", "打印表格", id="print"),
    ],
)
async def test_a_step_that_is_left_for_help_is_not_done(
    flow_id: str, step_id: str, choice: str, title: str, visitor: Visitor
) -> None:
    """A step that somebody could not do, and left for a branch that helps, is not shown as done in the whole way."""
    async with visitor:
        await at(visitor, flow_id, step_id)
        await visitor.turn(choice)
        await visitor.turn("/progress")

        assert f"✓ {title}" not in plain(visitor.replies)


@pytest.mark.parametrize("typed", ["不知道", "i don't know"])
async def test_who_does_not_know_is_not_answered_with_questions(typed: str, visitor: Visitor) -> None:
    """Somebody at a step who says that they do not know how is told what they can do, not offered questions to ask."""
    async with visitor:
        await at(visitor, "activation", "portal")
        await visitor.turn(typed)

        assert len(visitor.replies) == 1
        assert say("zh", "lost") in plain(visitor.replies)


@pytest.mark.parametrize("typed", ["齐了吗", "还差什么", "还缺什么", "what is missing?"])
async def test_asking_what_is_missing_is_no_greeting(typed: str, visitor: Visitor) -> None:
    """Somebody at the checklist who asks what is missing gets the list, and not the words of somebody who said hello."""
    async with visitor:
        await visitor.turn("你好")
        greeting = plain(visitor.replies)
        await at(visitor, "materials", "papers")
        await visitor.turn(typed)

        assert greeting not in plain(visitor.replies)
        assert visitor.offered_as(f"{GO}materials", "papers") != []


async def test_an_id_number_is_not_answered_with_something_else(visitor: Visitor) -> None:
    """Who sends an ID number at a step is warned, and is not taken to have asked about ID numbers."""
    async with visitor:
        await at(visitor, "materials", "papers")
        await visitor.turn("my id number is 110101199003074514")

        assert len(visitor.replies) == 2  # the warning and the step
