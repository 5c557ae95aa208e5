"""A question that names a province is answered for it, whatever the person has told, and nothing is remembered of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.replies import privacy
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.talk_samples import (  # fmt: skip
    CHANGE,
    IN_SICHUAN,
    NOTE,
    WINDOW,
    ZONE,
    Contents,
    buttons,
    texts,
    told,
)

if TYPE_CHECKING:
    from tests.conftest import Talk


@pytest.fixture(name="local")
def _local(talk: "Talk", province_library: Library, small_matcher: Matcher) -> "Talk":
    """Return a conversation in which Sichuan has a note about photos and a window."""
    matcher = Contents(small_matcher).matcher(changes=[CHANGE], windows=[WINDOW])
    return type(talk)(Conversation(matcher, talk.store, province_library, ZONE), talk.store)


NAMED: dict[Language, str] = {"zh": "四川要带几张照片？", "en": "How many photos do I bring in Sichuan?"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_question_that_names_a_province_is_answered_for_it(local: "Talk", language: Language) -> None:
    found = await local(NAMED[language])

    assert NOTE[language] in texts(found)
    assert IN_SICHUAN[language] in texts(found)
    assert "where:photo" not in buttons(found)
    assert told(local.store.path) == []


async def test_the_province_of_the_question_comes_before_the_persons_own(local: "Talk") -> None:
    await local("要带几张照片？")
    await local(button="in:hebei:photo")
    assert NOTE["zh"] not in texts(await local("要带几张照片？"))

    assert NOTE["zh"] in texts(await local(NAMED["zh"]))
    assert NOTE["zh"] not in texts(await local("要带几张照片？"))
    assert told(local.store.path) == [('"hebei"',)]


@pytest.mark.parametrize("text", ["四川和河北要带几张照片？", "要带几张川味照片？", "How many photos in Sichuana?"])
async def test_two_provinces_or_half_a_name_name_none(local: "Talk", text: str) -> None:
    found = await local(text)

    assert NOTE["zh"] not in texts(found)
    assert NOTE["en"] not in texts(found)


async def test_where_others_listen_a_named_province_counts_as_well(local: "Talk") -> None:
    aside: Callable[[str], str] = lambda text: texts(local.conversation.assistant.aside(text, None, local.now).replies)  # noqa: E731

    assert NOTE["zh"] in aside(NAMED["zh"])
    assert NOTE["zh"] not in aside("要带几张照片？")


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_runs_the_assistant_is_named_where_it_is_told(language: Language) -> None:
    (named, plain) = (texts([privacy(language, operator)]) for operator in ("甲县医院", None))

    assert "甲县医院" in named
    assert named.replace("\n" + next(line for line in named.splitlines() if "甲县医院" in line), "") == plain


@pytest.mark.parametrize("typed", ["四川成都", "四川省成都市", "在四川，成都那边"])
async def test_who_is_asked_may_tell_more_than_the_province(local: "Talk", typed: str) -> None:
    await local(button="where:photo")

    await local(typed)

    assert told(local.store.path) == [('"sichuan"',)]
