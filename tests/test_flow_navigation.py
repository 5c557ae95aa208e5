"""The words of navigation, typed at every step of the project's flows, do what they say; and the first words of a flow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bot.flow_files import flows_of
from bot.guide_replies import FLOW, PROGRESS, RESTART, UNTICK
from bot.rendering import plain
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean
from flows.definition import Flow, Library, Step
from flows.understand import key
from tests.flow_samples import flow_of
from tests.test_flow_words import meanings, written
from tests.visitor import Visitor, follow, go_to

STEPS: Final = [pytest.param(flow, step, id=f"{flow.id}-{step.id}") for flow in flows_of().flows for step in flow.steps]


@pytest.fixture(name="visitor")
def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> Visitor:
    """Return somebody new."""
    return Visitor(project_matcher, project_library, tmp_path / "regbot.db")


def words(name: str, flow: Flow, step: Step) -> Iterator[str]:
    """Yield the shared words under a name, without those that are words of the step itself."""
    own = {key(clean(text)) for kind in ("choices", "items") for text, _ in meanings(flow, step, kind)}
    for language in LANGUAGES:
        yield from (word for word in written("words")[name][language] if key(clean(word)) not in own)


@pytest.mark.parametrize(("flow", "step"), STEPS)
async def test_words_that_show_something_leave_the_person_at_the_step(flow: Flow, step: Step, visitor: Visitor) -> None:
    """At every step the words for the list of guides, the whole way and a new beginning show it, and change nothing."""
    async with visitor:
        await go_to(visitor, flow, step)
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
        await go_to(visitor, flow, step)
        for word in words("leave", flow, step):
            await visitor.turn(word)
            assert (await visitor.stored()).current is None, word

            await visitor.turn(button=f"{FLOW}{flow.id}")
            assert (await visitor.stored()).place == (flow.id, step.id), word


@pytest.mark.parametrize(("flow", "step"), STEPS)
async def test_words_for_going_back_go_back(flow: Flow, step: Step, visitor: Visitor) -> None:
    """At every step the words for going back lead to the step before it, from where the same choice leads here again."""
    async with visitor:
        way = await go_to(visitor, flow, step)
        for word in words("back", flow, step):
            await visitor.turn(word)
            assert (await visitor.stored()).place == (flow.id, way[-1].step if way else step.id), word

            if way:
                await follow(visitor, flow, way[-1], "zh")
        assert (await visitor.stored()).place == (flow.id, step.id)


@pytest.mark.parametrize(
    ("flow_id", "step_id"), [(flow.id, step.id) for flow in flows_of().flows for step in flow.steps if step.items]
)
async def test_words_for_all_tick_everything(flow_id: str, step_id: str, visitor: Visitor) -> None:
    """At every checklist the words for "all" tick everything on it, and leave the person there."""
    flow = flow_of(visitor.library, flow_id)
    step = flow.at(step_id)
    async with visitor:
        await go_to(visitor, flow, step)
        for word in words("all", flow, step):
            await visitor.turn(word)
            stored = await visitor.stored()
            assert stored.place == (flow_id, step_id), word
            assert set(stored.runs[flow_id].ticks[step_id]) == {item.id for item in step.items}, word

            for button in visitor.offered_as(f"{UNTICK}{flow_id}", step_id):
                await visitor.turn(button=button.data)


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
