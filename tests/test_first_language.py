"""What tells in which language somebody writes, and what does not."""

from typing import TYPE_CHECKING

import pytest

from faq.text import Language

if TYPE_CHECKING:
    from tests.conftest import Talk


async def language(talk: "Talk") -> Language | None:
    """Return the language that is remembered of the person."""
    known = await talk.store.recall("test", talk.name)
    assert known
    return known.person.language


@pytest.mark.parametrize("word", ["ok", "OK!", "bzd", "hello", "hm"])
async def test_a_word_that_is_typed_in_both_languages_changes_nothing(talk: "Talk", word: str) -> None:
    await talk("要带几张照片？")

    await talk(word)

    assert await language(talk) == "zh"


@pytest.mark.parametrize(("text", "expected"), [("ok then, thanks", "en"), ("hello", "en"), ("你好", "zh")])
async def test_it_is_the_language_of_whom_nothing_else_is_known(talk: "Talk", text: str, expected: Language) -> None:
    await talk(text)

    assert await language(talk) == expected


@pytest.mark.parametrize(
    ("first", "then", "expected"), [("要带几张照片？", "how many photos do i bring", "en"), ("hello", "你好", "zh")]
)
async def test_a_sentence_changes_it(talk: "Talk", first: str, then: str, expected: Language) -> None:
    await talk(first)

    await talk(then)

    assert await language(talk) == expected
