"""Who wanted to hear is shown the answer once there is one: in the terminal when the chat is opened, once."""

import asyncio
import io
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import pytest

from bot import replies
from bot.assistant import Assistant
from bot.channels.terminal import Terminal
from bot.conversation import Conversation
from bot.texts import say
from faq.corpus import Scope
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.talk_samples import (
    CHANGE,
    MIDNIGHT,
    NOTE,
    OPENING,
    PHOTO,
    STRANGE,
    TODAY,
    UNCLEAR,
    ZONE,
    Contents,
    break_writing,
    buttons,
    hear,
    lead,
    learn,
    mend_writing,
    opened,
    texts,
    told,
    wish,
    wishes,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

MOON: Final[Mapping[Language, str]] = {"zh": "月亮背面凉不凉", "en": "moonlight sonata"}
FORM: Final[Mapping[Language, str]] = {"zh": "申请表要打印几份？", "en": "How often do I print the form?"}
ID_NUMBER: Final = "110101199003074514"


@pytest.fixture(scope="module", name="known")
def _known(small_matcher: Matcher) -> Contents:
    """Return the content once the curator has said what answers the strange questions."""
    return Contents(small_matcher, {"photo": STRANGE, "form": MOON, "opening": UNCLEAR})


@pytest.fixture(name="talk")
def _talk(talk: "Talk", province_library: Library) -> "Talk":
    matcher = talk.conversation.assistant.matcher
    return type(talk)(Conversation(matcher, talk.store, province_library, ZONE), talk.store)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_answer_is_shown_once_when_the_chat_is_opened(
    talk: "Talk", known: Contents, language: Language
) -> None:
    """Above the greeting; not before the content has it, and in no other turn."""
    await wish(talk, STRANGE[language], language)
    assert await opened(talk) == [replies.welcome([language])]
    learn(talk, known)
    assert lead(language, STRANGE[language]) not in texts(await talk("/topics"))
    assert wishes(talk) == ["wanted"]

    first, answer, greeting = await opened(talk)

    assert texts([first]) == lead(language, STRANGE[language])
    assert answer.title == PHOTO[language]
    assert "helpful:photo" in buttons([answer])
    assert greeting == replies.welcome([language])
    assert wishes(talk) == []
    assert await opened(talk) == [replies.welcome([language])]


async def test_none_of_these_was_answered_later(talk: "Talk", known: Contents) -> None:
    await wish(talk, UNCLEAR["zh"])
    learn(talk, known)

    assert [reply.title for reply in await opened(talk)] == [None, OPENING["zh"], None]


async def test_who_did_not_ask_to_hear_is_told_nothing(talk: "Talk", known: Contents) -> None:
    await talk(STRANGE["zh"])
    learn(talk, known)

    assert await opened(talk) == [replies.welcome(["zh"])]
    assert wishes(talk) == [None]


async def test_only_who_asked_is_told_and_the_question_stays_for_those_who_wait(talk: "Talk", known: Contents) -> None:
    other = type(talk)(talk.conversation, talk.store, "you")
    await wish(talk, STRANGE["zh"])
    await wish(other, STRANGE["zh"])
    learn(talk, known)

    assert len(await opened(talk)) == 3
    assert [report.question.text for report in await talk.store.unanswered(9)] == [STRANGE["zh"]]
    assert len(await opened(other)) == 3
    assert await talk.store.unanswered(9) == []


@pytest.mark.parametrize("number", ["1", "second"])
async def test_two_questions_are_answered_at_once_and_numbers_mean_their_buttons(
    talk: "Talk", known: Contents, number: str
) -> None:
    await wish(talk, STRANGE["zh"])
    await wish(talk, MOON["zh"])
    learn(talk, known)

    found = await opened(talk)

    assert [reply.title for reply in found] == [None, PHOTO["zh"], None, FORM["zh"], None]
    assert texts(found[2:3]) == lead("zh", MOON["zh"])
    data = found[1].buttons[0].data if number == "1" else "helpful:form"
    typed = str(buttons(found).index(data) + 1)
    assert await talk(typed) == await type(talk)(talk.conversation, talk.store, "you")(button=data)


async def test_what_has_no_answer_yet_waits_on(talk: "Talk", known: Contents) -> None:
    await wish(talk, "蚂蚁搬到哪里去了")
    await wish(talk, MOON["zh"])
    learn(talk, known)

    found = await opened(talk)

    assert texts(found[:1]) == lead("zh", MOON["zh"])
    assert wishes(talk) == ["wanted"]


@pytest.mark.parametrize("asked", LANGUAGES)
async def test_the_answer_comes_in_the_language_that_the_person_speaks_by_now(
    talk: "Talk", known: Contents, asked: Language
) -> None:
    """The question is quoted as it was asked."""
    other: Language = "en" if asked == "zh" else "zh"
    await wish(talk, STRANGE[asked], asked)
    await talk(button=f"language:{other}")
    learn(talk, known)

    first, answer, _ = await opened(talk)

    assert texts([first]) == lead(other, STRANGE[asked])
    assert answer.title == PHOTO[other]


async def test_a_question_is_quoted_only_masked(talk: "Talk", known: Contents) -> None:
    masked = f"{STRANGE['zh']}，[ID number]"
    found = await talk(f"{STRANGE['zh']}，{ID_NUMBER}")
    assert hear(masked) in buttons(found)
    await talk(button=hear(masked))
    learn(talk, known)

    shown = await opened(talk)

    assert texts(shown[:1]) == lead("zh", masked)
    assert shown[1].title == PHOTO["zh"]
    assert ID_NUMBER not in texts(shown)


@pytest.mark.parametrize("when", ["province", "day"])
async def test_the_answer_is_that_of_ones_province_and_of_the_day(talk: "Talk", known: Contents, when: str) -> None:
    """What is not given to somebody does not answer their question."""
    await wish(talk, STRANGE["zh"])
    if when == "province":
        await talk(button="in:sichuan:")
        assert told(talk.store.path) == [('"sichuan"',)]
        learn(talk, known, photo=Scope(("hebei",)))
    else:
        learn(talk, known, photo=Scope(valid_from=TODAY.replace(day=23)))

    assert len(await opened(talk)) == 1
    assert wishes(talk) == ["wanted"]
    if when == "province":
        await talk(button="in:hebei:")
    else:
        talk.now = MIDNIGHT

    assert [reply.title for reply in await opened(talk)] == [None, PHOTO["zh"], None]


async def test_who_asks_again_and_is_answered_is_not_told_once_more(talk: "Talk", known: Contents) -> None:
    await wish(talk, STRANGE["zh"])
    await wish(talk, MOON["zh"])
    learn(talk, known)
    assert (await talk(STRANGE["zh"]))[0].title == PHOTO["zh"]

    found = await opened(talk)

    assert [reply.title for reply in found] == [None, FORM["zh"], None]
    assert texts(found[:1]) == lead("zh", MOON["zh"])


async def test_an_answer_that_could_not_be_noted_is_told_again(talk: "Talk", known: Contents) -> None:
    """Rather twice than never."""
    await wish(talk, STRANGE["zh"])
    learn(talk, known)
    break_writing(talk.store.path)
    assert (await opened(talk))[-1] == replies.said("zh", "store-failed")
    assert wishes(talk) == ["wanted"]
    mend_writing(talk.store.path)

    assert texts((await opened(talk))[:1]) == lead("zh", STRANGE["zh"])
    assert wishes(talk) == []


async def test_two_openings_at_once_tell_it_once(talk: "Talk", known: Contents) -> None:
    await wish(talk, STRANGE["zh"])
    learn(talk, known)

    both = await asyncio.gather(opened(talk), opened(talk))

    assert sorted(len(found) for found in both) == [1, 3]


async def test_who_opens_the_chat_in_the_middle_of_a_flow_sees_the_answer_above_the_step(
    talk: "Talk", known: Contents
) -> None:
    """The step's numbers begin with 1 all the same."""
    await wish(talk, STRANGE["zh"])
    await talk("要信")
    learn(talk, known)

    first, answer, step = await opened(talk)

    assert texts([first]) == lead("zh", STRANGE["zh"])
    assert answer.title == PHOTO["zh"]
    assert step.title == "等一封信（1/6）去要"
    assert (await talk("1"))[-1].title == "等一封信（2/6）你的身份"


async def test_in_the_middle_of_a_flow_one_can_ask_to_hear(talk: "Talk") -> None:
    """The step stands below, also after the wish."""
    await talk("要信")
    question = "蚂蚁搬家怎么办"
    found = await talk(question)
    assert hear(question) in buttons(found)

    noted, step = await talk(button=hear(question))

    assert noted == replies.said("zh", "hear-noted")
    assert step.title == "等一封信（1/6）去要"
    assert wishes(talk) == ["wanted"]


async def test_the_terminal_tells_when_it_opens(talk: "Talk", known: Contents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked in one chat, told in the next one, and not in the one after it."""

    async def chat(typed: str) -> str:
        output = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        monkeypatch.setattr(sys, "stdout", output)
        await Terminal(talk.conversation, "me", lambda: talk.now).run()
        return output.getvalue()

    first = await chat(f"{STRANGE['zh']}\n{say('zh', 'hear-button')}\n")
    learn(talk, known)
    second, third = await chat(""), await chat("")

    assert say("zh", "hear-noted") in first
    assert second.startswith(lead("zh", STRANGE["zh"]))
    assert PHOTO["zh"] in second
    assert third.startswith(say("zh", "welcome"))


async def test_who_was_forgotten_is_told_nothing(talk: "Talk", known: Contents) -> None:
    await wish(talk, STRANGE["zh"])
    await talk("/forget")
    await talk("1")
    assert wishes(talk) == []
    learn(talk, known)

    assert await opened(talk) == [replies.welcome(LANGUAGES)]


async def test_the_same_question_in_two_wordings_is_answered_once(talk: "Talk", known: Contents) -> None:
    await wish(talk, STRANGE["zh"])
    await wish(talk, f"{STRANGE['zh']}！")
    learn(talk, known)

    assert [reply.title for reply in await opened(talk)] == [None, PHOTO["zh"], None]
    assert wishes(talk) == []


async def test_the_answer_is_that_of_the_province_that_the_question_names(talk: "Talk", small_matcher: Matcher) -> None:
    question = "四川的蚂蚁搬家"
    await wish(talk, question)
    matcher = Contents(small_matcher, {"photo": {"zh": question}}).matcher(changes=[CHANGE])
    talk.conversation.assistant = Assistant(matcher, talk.conversation.assistant.library, ZONE)

    found = await opened(talk)

    assert NOTE["zh"] in texts(found)
    assert "where:photo" not in buttons(found)
