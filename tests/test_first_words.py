"""The first words of somebody new, with the project's own flows and entries: answered in the language that they are in."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.guide_helpers import place, shown

if TYPE_CHECKING:
    from tests.conftest import Talk


@pytest.fixture(name="anew")
async def _anew(
    talk: "Talk", project_matcher: Matcher, project_library: Library, tmp_path: Path
) -> AsyncIterator["Talk"]:
    """Return somebody new who talks to the project's assistant."""
    async with await Store.open(tmp_path / "anew.db") as store:
        yield type(talk)(Conversation(project_matcher, store, project_library), store)


async def language_of(talk: "Talk") -> Language | None:
    """Return the language that is kept."""
    memory = await talk.store.recall("test", talk.name)
    return memory.person.language if memory else None


@pytest.mark.parametrize(
    "before", [(), ("/start",), ("?!", "/guides")], ids=["at-once", "after-start", "after-nothing"]
)
@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("start", "en"), ("Start!", "en"), ("begin", "en"), ("guide me", "en"), ("step by step", "en"),
        ("开始", "zh"), ("怎么开始", "zh"), ("带我办", "zh"),
    ],
)  # fmt: skip
async def test_list_of_guides(anew: "Talk", typed: str, language: Language, before: tuple[str, ...]) -> None:
    """Who asks to begin sees the list of guides in the language of their words, and stays in it."""
    for text in before:
        await anew(text)

    assert shown(await anew(typed)).startswith(say(language, "guides"))
    assert await language_of(anew) == language
    assert shown(await anew("/progress")).startswith(say(language, "progress"))


@pytest.mark.parametrize(
    ("typed", "flow", "language"),
    [
        ("my deadlines", "deadlines", "en"), ("My dates", "deadlines", "en"), ("start activation", "activation", "en"),
        ("paper materials checklist", "materials", "en"), ("我的期限", "deadlines", "zh"), ("带我激活", "activation", "zh"),
    ],
)  # fmt: skip
async def test_a_guide(anew: "Talk", typed: str, flow: str, language: Language) -> None:
    """Who names a guide sees its first step in the language of their words."""
    found = await anew(typed)
    first = flow_of(anew.conversation.assistant.library, flow).steps[0]

    assert first.texts[language].title in shown(found).splitlines()[0]
    assert (await anew.store.counts())["people"] == 1
    assert await place(anew) == first.id
    assert await language_of(anew) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我不想活了", "12356"),
        ("真的活不下去了", "12356"),
        ("I want to die", "12356"),
        ("好烦啊，太难了", "/guides"),
        ("I'm so tired of all this", "/guides"),
        ("怎么註册", "考试通过后要做哪些事"),
        ("怎么登录", "cndocsys.cn"),
        ("单位不给我激活", "机构端"),
    ],
)
@pytest.mark.parametrize("before", [None, "flow:activation"], ids=["at-once", "in-a-flow"])
async def test_what_people_say_in_few_words_is_met(anew: "Talk", text: str, expected: str, before: str | None) -> None:
    """Despair gets a place to turn to, weariness comfort, and the plainest questions their answer; also in a flow."""
    if before:
        await anew(button=before)

    assert expected in shown(await anew(text))
