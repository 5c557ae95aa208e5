"""Blanks in the texts of steps, filled with what the person answered: as they read it, never as it is kept."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.store import Store
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from tests.flow_edits import DATES, LETTERS, Edit, edited
from tests.flow_samples import read_flows, write_flows
from tests.guide_helpers import shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

WITH = Callable[..., "Talk"]


@pytest.fixture(name="with_texts")
async def _with_texts(talk: "Talk", small_matcher: Matcher, tmp_path: Path) -> AsyncIterator[WITH]:
    """Return a function that gives a conversation about the small library, edited."""
    async with await Store.open(tmp_path / "blanks.db") as store:

        def with_texts(*edits: Edit) -> "Talk":
            library = read_flows(write_flows(tmp_path / "edited", edited(*edits)))
            return type(talk)(Conversation(small_matcher, store, library), store)

        yield with_texts


@pytest.mark.parametrize("language", LANGUAGES)
async def test_answer_to_a_step_of_the_flow(with_texts: WITH, language: Language) -> None:
    """An answer by choice is shown as the label that was chosen, not as its id."""
    talk = with_texts(
        (LETTERS, '"{role}的信办完了。"', '"{role}，{wait}，{papers}。"'),
        (LETTERS, '"The letter of the {role} is done."', '"{role}: {wait}: {papers}."'),
    )
    found = await walk(talk, "finished", language)

    assert {"zh": "执业医师，信到了，没齐也先看。", "en": "Physician: It is here: Go on anyway."}[language] in shown(
        found
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("typed", "shows"), [("1", {"zh": "注册了", "en": "I am"}), ("2", {"zh": "还没注册", "en": "I am not"})]
)
async def test_answer_that_a_result_looks_at(
    with_texts: WITH, language: Language, typed: str, shows: dict[Language, str]
) -> None:
    """A result fills in the label of an answer, a number as it was typed, and a date in words."""
    talk = with_texts(
        (DATES, '"期限是{limit}。"', '"{registered}，{years}，{obtained}。"'),
        (DATES, '"The limit is {limit}."', '"{registered}, {years|year}, {obtained}."'),
    )
    await walk(talk, "registered", language)
    await talk(typed)
    found = shown(await talk("1"))

    assert {"zh": f"{shows['zh']}，1，2026年11月。", "en": f"{shows['en']}, 1 year, November 2026."}[language] in found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_blank_without_an_answer(with_texts: WITH, language: Language) -> None:
    """What was not answered on this way is left out."""
    talk = with_texts(
        (LETTERS, "[请单位寄信。,", "['请{role}寄信{wait}。',"), (LETTERS, "[Ask for the letter.,", "['Ask{role}.',")
    )
    found = shown(await walk(talk, "ask", language))

    assert {"zh": "请寄信。", "en": "Ask."}[language] in found


@pytest.mark.parametrize("language", LANGUAGES)
async def test_answer_in_a_reminder_to_wait(with_texts: WITH, language: Language) -> None:
    """The blanks of what is said to somebody who still waits are filled as well."""
    talk = with_texts(
        (LETTERS, "again: 好，不急。", "again: '{ask}，不急。'"),
        (LETTERS, "again: No hurry.", "again: '{ask}. No hurry.'"),
    )
    await walk(talk, "wait", language)
    found = shown(await talk({"zh": "还没到", "en": "Not here yet"}[language]))

    assert {"zh": "要了，不急。", "en": "I asked. No hurry."}[language] in found
