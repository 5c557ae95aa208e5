"""The words of navigation, typed at every step of the project's flows, do what they say; and the first words of a flow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.flow_files import flows_of
from bot.guide_replies import FLOW, PROGRESS, RESTART
from bot.rendering import plain
from bot.replies import LANGUAGE
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean
from flows.definition import Flow, Library, Step
from flows.graph import Edge, paths
from flows.understand import key
from tests.flow_samples import flow_of
from tests.test_flow_words import meanings, written
from tests.visitor import Visitor, follow, walk

STEPS: Final = [pytest.param(flow, step, id=f"{flow.id}-{step.id}") for flow in flows_of().flows for step in flow.steps]


@pytest.fixture(name="visitor")
def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> Visitor:
    """Return somebody new."""
    return Visitor(project_matcher, project_library, tmp_path / "regbot.db")


async def go(visitor: Visitor, flow: Flow, step: Step) -> tuple[Edge, ...]:
    """Go the shortest way to a step that leads through no other flow, and return it."""
    steps = (
        replace(found, choices=tuple(choice for choice in found.choices if not choice.flow)) for found in flow.steps
    )
    way = paths(replace(flow, steps=tuple(steps)))[step.id]
    await visitor.turn(button=f"{LANGUAGE}zh")
    await visitor.turn(button=f"{FLOW}{flow.id}")
    await walk(visitor, flow, way, "zh")
    return way


def words(name: str, flow: Flow, step: Step) -> Iterator[str]:
    """Yield the shared words under a name, without those that are words of the step itself."""
    own = {key(clean(text)) for kind in ("choices", "items") for text, _ in meanings(flow, step, kind)}
    for language in LANGUAGES:
        yield from (word for word in written("words")[name][language] if key(clean(word)) not in own)


@pytest.mark.parametrize(("flow", "step"), STEPS)
async def test_words_that_show_something_leave_the_person_at_the_step(flow: Flow, step: Step, visitor: Visitor) -> None:
    """At every step the words for the list of guides, the whole way and a new beginning show it, and change nothing."""
    async with visitor:
        await go(visitor, flow, step)
        for word in words("guides", flow, step):
            await visitor.turn(word)
            assert say("zh", "guides") in plain(visitor.replies), word
        for word in words("progress", flow, step):
            await visitor.turn(word)
            assert say("zh", "progress") in plain(visitor.replies), word
        for word in words("restart", flow, step):
            await visitor.turn("/progress")  # the question whether to begin again has a button with one of these words
            await visitor.turn(word)
            assert visitor.offered_as(f"{RESTART}{flow.id}"), word

        assert (await visitor.stored()).place == (flow.id, step.id)


@pytest.mark.parametrize(("flow", "step"), STEPS)
async def test_words_for_leaving_leave_the_flow(flow: Flow, step: Step, visitor: Visitor) -> None:
    """At every step the words for leaving pause the flow, and its button goes on at the step."""
    async with visitor:
        await go(visitor, flow, step)
        for word in words("leave", flow, step):
            await visitor.turn(word)
            assert (await visitor.stored()).current is None, word

            await visitor.turn(button=f"{FLOW}{flow.id}")
            assert (await visitor.stored()).place == (flow.id, step.id), word


@pytest.mark.parametrize(("flow", "step"), STEPS)
async def test_words_for_going_back_go_back(flow: Flow, step: Step, visitor: Visitor) -> None:
    """At every step the words for going back lead to the step before it, from where the same choice leads here again."""
    async with visitor:
        way = await go(visitor, flow, step)
        for word in words("back", flow, step):
            await visitor.turn(word)
            assert (await visitor.stored()).place == (flow.id, way[-1].step if way else step.id), word

            if way:
                await follow(visitor, flow, way[-1], "zh")
        assert (await visitor.stored()).place == (flow.id, step.id)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flow", flows_of().flows, ids=lambda flow: flow.id)
async def test_a_flow_begins_in_the_language_of_its_words(
    flow: Flow, language: Language, visitor: Visitor, tmp_path: Path
) -> None:
    """Somebody new who types the title of a flow, or words that begin it, sees its first step in that language."""
    entry = written(flow.id)
    for number, word in enumerate((entry[language]["title"], *entry["words"][language])):
        async with Visitor(visitor.matcher, visitor.library, tmp_path / f"{number}.db") as somebody:
            await somebody.turn(word)

            assert (await somebody.stored()).place == (flow.id, flow.steps[0].id), word
            assert flow.steps[0].texts[language].title in plain(somebody.replies), word


@pytest.mark.parametrize(
    ("language", "word"),
    [("zh", "一步步带我办"), ("en", "Guide me step by step"), ("zh", "带我办"), ("en", "guide me")],
)
async def test_the_label_of_the_guides_shows_them(language: Language, word: str, visitor: Visitor) -> None:
    """Somebody new who types what the button for the guides says sees the list of them, in that language."""
    async with visitor:
        await visitor.turn(word)

        assert say(language, "guides") in plain(visitor.replies)
        assert [button.data for button in visitor.offered if button.data.startswith(FLOW)] != []
        assert all(button.data != PROGRESS for button in visitor.offered)


PAPERS: Final = ("materials", "papers")


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
    flow = flow_of(visitor.library, PAPERS[0])
    async with visitor:
        await go(visitor, flow, flow.at(PAPERS[1]))
        await visitor.turn(typed)

        assert set((await visitor.stored()).runs["materials"].ticks.get("papers", ())) == ticked


@pytest.mark.parametrize("typed", ["还差照片", "缺照片", "没有照片", "the photos are missing", "no photos"])
async def test_what_is_said_to_be_missing_is_unticked(typed: str, visitor: Visitor) -> None:
    """Somebody with a full list who says that one paper is missing sees it unticked, as after a refusal at the window."""
    flow = flow_of(visitor.library, PAPERS[0])
    async with visitor:
        await go(visitor, flow, flow.at(PAPERS[1]))
        await visitor.turn("全部")
        await visitor.turn(typed)

        assert "photos" not in (await visitor.stored()).runs["materials"].ticks["papers"]
