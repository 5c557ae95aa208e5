"""Who asks in vain can ask to hear once there is an answer."""

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from bot import replies
from bot.conversation import Conversation
from bot.question_rows import key_of
from bot.store import Store
from bot.texts import say
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.talk_samples import (
    GREETING,
    OPENING,
    STRANGE,
    SUBJECT,
    UNCLEAR,
    ZONE,
    break_writing,
    buttons,
    hear,
    library_with_provinces,
    texts,
    wish,
    wishes,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

ID_NUMBER: Final = "110101199003074514"


@pytest.fixture(scope="module", name="library")
def _library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_with_provinces(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(name="talk")
def _talk(talk: "Talk", library: Library) -> "Talk":
    matcher = talk.conversation.assistant.matcher
    return type(talk)(Conversation(matcher, talk.store, library, ZONE), talk.store)


@pytest.mark.parametrize("how", ["pressed", "number", "label"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_gets_no_answer_can_ask_to_hear(talk: "Talk", language: Language, how: str) -> None:
    (found,) = await talk(STRANGE[language])
    data = hear(STRANGE[language], language)
    number = buttons([found]).index(data) + 1
    assert found.buttons[number - 1].label == say(language, "hear-button")
    assert wishes(talk) == [None]

    typed = {"number": str(number), "label": say(language, "hear-button")}
    noted = await (talk(button=data) if how == "pressed" else talk(typed[how]))

    assert noted == [replies.said(language, "hear-noted")]
    assert wishes(talk) == ["wanted"]
    (exported,) = await talk("/export")
    assert exported.document is not None
    assert '"hears": true' in exported.document.content


@pytest.mark.parametrize("language", LANGUAGES)
async def test_none_of_these_leads_to_it_as_well(talk: "Talk", language: Language) -> None:
    offer = await talk(UNCLEAR[language])
    assert not any(data.startswith("hear:") for data in buttons(offer))

    found = await talk(say(language, "none-of-these"))

    assert hear(UNCLEAR[language], language) in buttons(found)
    assert await talk(button=hear(UNCLEAR[language], language)) == [replies.said(language, "hear-noted")]
    assert wishes(talk) == ["wanted"]


@pytest.mark.parametrize("text", [OPENING["zh"], SUBJECT["zh"], GREETING["zh"], "...", ID_NUMBER, "docsys.cn"])
async def test_nothing_is_to_be_heard_of_what_is_no_question_for_the_curator(talk: "Talk", text: str) -> None:
    assert "hear:" not in "".join(buttons(await talk(text)))


@pytest.mark.parametrize(
    ("button", "said"),
    [("hear:0000000000000000", "hear-gone"), (hear(OPENING["zh"]), "hear-gone")]
    + [(button, "unknown-button") for button in ("hear:", "hear", "hear:1")],
)
async def test_forged_and_old_buttons_note_nothing(talk: "Talk", button: str, said: str) -> None:
    """A question may have been dealt with since its button was shown, so that it is better asked once more."""
    await talk(STRANGE["zh"])

    assert await talk(button=button) == [replies.said("zh", said)]
    assert wishes(talk) == [None]


async def test_a_forged_none_of_these_offers_nothing_to_hear(talk: "Talk") -> None:
    found = await talk(button="none-of-these:0000000000000000")

    assert found == [replies.no_answer(talk.corpus, (), "zh")]


async def test_somebody_elses_question_is_not_ones_own(talk: "Talk") -> None:
    """Whoever knows the button of another person's question learns and changes nothing with it."""
    other = type(talk)(talk.conversation, talk.store, "you")
    await other(STRANGE["zh"])

    assert await talk(button=hear(STRANGE["zh"])) == [replies.said("zh", "hear-gone")]
    assert await talk(button="none-of-these:" + key_of(STRANGE["zh"], "zh")) == [
        replies.no_answer(talk.corpus, (), "zh")
    ]
    assert wishes(talk) == [None]


async def test_the_wish_is_only_ones_own(talk: "Talk") -> None:
    """Who asked the same question does not wait along."""
    other = type(talk)(talk.conversation, talk.store, "you")
    await other(STRANGE["zh"])

    await wish(talk, STRANGE["zh"])

    assert wishes(talk) == [None, "wanted"]


async def test_two_presses_at_once_are_one_wish(talk: "Talk") -> None:
    await talk(STRANGE["zh"])

    found = await asyncio.gather(*(talk(button=hear(STRANGE["zh"])) for _ in range(2)))

    assert found == [[replies.said("zh", "hear-noted")]] * 2
    assert wishes(talk) == ["wanted"]


async def test_asking_again_keeps_the_wish(talk: "Talk") -> None:
    await wish(talk, STRANGE["zh"])
    await talk(STRANGE["zh"])

    assert wishes(talk) == ["wanted"]


async def test_nothing_is_claimed_when_the_wish_cannot_be_written(talk: "Talk") -> None:
    await talk(STRANGE["zh"])
    break_writing(talk.store.path)

    assert await talk(button=hear(STRANGE["zh"])) == [replies.said("zh", "store-failed")]
    assert wishes(talk) == [None]


@pytest.mark.parametrize("how", ["not-written", "closed"])
async def test_nothing_is_to_be_heard_of_a_question_that_could_not_be_noted(talk: "Talk", how: str) -> None:
    if how == "closed":
        await talk.store.close()
    else:
        break_writing(talk.store.path)

    answer, apology = await talk(STRANGE["zh"])

    assert texts([answer]).startswith(say("zh", "no-answer"))
    assert buttons([answer]) == ["topics"]
    assert apology == replies.said("zh", "store-failed")


async def test_a_restart_between_the_question_and_the_press(talk: "Talk", library: Library) -> None:
    await talk(STRANGE["zh"])
    await talk.store.close()

    async with await Store.open(talk.store.path) as store:
        again = Conversation(talk.conversation.assistant.matcher, store, library, ZONE)
        noted = await type(talk)(again, store)(button=hear(STRANGE["zh"]))

    assert noted == [replies.said("zh", "hear-noted")]
    assert wishes(talk) == ["wanted"]
