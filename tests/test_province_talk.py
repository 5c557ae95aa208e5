"""The province is asked once, in no flow and in no group, and what holds there is said from then on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.conversation import Conversation
from bot.store import Store
from bot.texts import say
from faq.corpus import Scope
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.talk_samples import (
    ANYWHERE,
    CHANGE,
    FOR_EVERYBODY,
    GREETING,
    IN_SICHUAN,
    NOTE,
    OPENING,
    PHOTO,
    STRANGE,
    SUBJECT,
    TODAY,
    UNCLEAR,
    WINDOW,
    ZONE,
    Contents,
    break_writing,
    buttons,
    texts,
    told,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

LAST_WEEK = TODAY - timedelta(days=7)
STEP = "等一封信（3/6）所在省份"

About = Callable[[Matcher], "Talk"]


@pytest.fixture(name="local")
async def _local(about: About, contents: Contents) -> "Talk":
    """Return a conversation in which Sichuan has a note about photos and a window."""
    return about(contents.matcher(changes=[CHANGE], windows=[WINDOW]))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_that_differs_offers_to_tell_the_province(local: "Talk", language: Language) -> None:
    (answer,) = await local(PHOTO[language])
    assert answer.buttons[0].data == "where:photo"
    assert NOTE[language] not in texts([answer])
    assert "where:" not in "".join(buttons(await local(OPENING[language])))

    await local(PHOTO[language])
    (question,) = await local("1")

    assert texts([question]) == say(language, "where-ask")
    assert buttons([question]) == [f"in:{choice}:photo" for choice in ("sichuan", "hebei", "inner-mongolia", "unsaid")]
    assert question.buttons[0].label == {"zh": "四川", "en": "Sichuan"}[language]


TYPED = ["1", "四川", "四川省", "sichuan", "Sichuan", "我在四川", "sichaun"]


@pytest.mark.parametrize("asked", [True, False], ids=["asked", "offered"])
@pytest.mark.parametrize("typed", [*TYPED, None])
async def test_the_province_is_told(local: "Talk", typed: str | None, asked: bool) -> None:
    """By a button or in words, also at once where it is only offered; and is used from then on."""
    await local(PHOTO["zh"])
    if asked or typed == "1":
        await local(button="where:photo")

    (answer,) = await (local(typed) if typed else local(button="in:sichuan:photo"))

    assert answer.title == PHOTO["zh"]
    assert NOTE["zh"] in texts([answer])
    assert told(local.store.path) == [('"sichuan"',)]
    assert await local.store.unanswered(9) == []
    again = await local(PHOTO["zh"])
    assert again == [answer]
    assert "where:photo" not in buttons(again)
    assert IN_SICHUAN["zh"] in texts(again)


@pytest.mark.parametrize(("typed", "said"), [(OPENING["zh"], OPENING["zh"]), ("相片在四川要几张？", None)])
async def test_a_question_is_not_taken_for_a_province(local: "Talk", typed: str, said: str | None) -> None:
    await local(button="where:photo")

    found = await local(typed)

    assert told(local.store.path) == []
    assert said is None or found[0].title == said


async def test_a_province_means_nothing_where_it_was_not_asked_for(local: "Talk") -> None:
    await local(OPENING["zh"])
    await local("四川")

    assert told(local.store.path) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["pressed", "typed"])
async def test_who_gets_no_answer_may_tell_the_province_to_hear_whom_to_ask(
    local: "Talk", language: Language, how: str
) -> None:
    (first,) = await local(STRANGE[language])
    assert first.buttons[0].data == "where:"
    assert say(language, "ask-locally") in texts([first])
    await local(button="where:")

    (window,) = await (local(button="in:sichuan:") if how == "pressed" else local("四川"))

    assert texts([window]) == IN_SICHUAN[language]
    (then,) = await local(STRANGE[language])
    assert "where:" not in buttons([then])
    assert texts([then]).splitlines()[:2] == [say(language, "no-answer"), IN_SICHUAN[language]]


async def test_none_of_these_leads_to_the_window_as_well(local: "Talk") -> None:
    offer = await local(UNCLEAR["zh"])

    (found,) = await local(button=buttons(offer)[-1])

    assert found.buttons[0].data == "where:"


@pytest.mark.parametrize("text", [SUBJECT["zh"], "...", GREETING["zh"], UNCLEAR["zh"]])
async def test_the_window_is_offered_under_no_other_reply(local: "Talk", text: str) -> None:
    assert "where:" not in "".join(buttons(await local(text)))


@pytest.mark.parametrize("windows", ["none", "for-everybody", "expired"])
async def test_the_window_is_offered_only_where_windows_differ(about: About, contents: Contents, windows: str) -> None:
    given = {
        "none": [],
        "for-everybody": [FOR_EVERYBODY],
        "expired": [type(WINDOW)(Scope(("sichuan",), valid_until=LAST_WEEK), IN_SICHUAN)],
    }
    talk = about(contents.matcher(windows=given[windows]))

    found = await talk(STRANGE["zh"])

    assert "where:" not in buttons(found)
    assert (ANYWHERE["zh"] if windows == "for-everybody" else say("zh", "ask-locally")) in texts(found)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_in_a_province_without_a_window_is_told_so(
    about: About, contents: Contents, language: Language
) -> None:
    talk, other = about(contents.matcher(windows=[WINDOW])), about(contents.matcher(windows=[WINDOW, FOR_EVERYBODY]))
    await talk(STRANGE[language])

    assert await talk(button="in:hebei:") == [replies.said(language, "where-noted")]
    assert texts(await other(button="in:hebei:")) == ANYWHERE[language]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_does_not_say_is_not_asked_again(local: "Talk", language: Language) -> None:
    await local(PHOTO[language])
    await local(button="where:photo")

    (answer,) = await local({"zh": "先不说", "en": "rather not say"}[language])

    assert answer.title == PHOTO[language]
    assert NOTE[language] not in texts([answer])
    assert told(local.store.path) == [('"unsaid"',)]
    assert "where:" not in "".join(buttons([answer, *await local(PHOTO[language]), *await local(STRANGE[language])]))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_does_not_say_where_to_ask_is_told_whom_to_ask_anywhere(local: "Talk", language: Language) -> None:
    await local(STRANGE[language])
    await local(button="where:")

    assert await local("4") == [replies.said(language, "where-unsaid", "ask-locally")]


async def test_who_does_not_say_is_given_what_is_for_some_provinces(about: About, contents: Contents) -> None:
    """As somebody who was not asked yet is."""
    talk = about(contents.matcher({"opening": Scope(("hebei",))}, [CHANGE]))
    await talk(button="in:unsaid:photo")

    assert (await talk(OPENING["zh"]))[0].title == OPENING["zh"]


async def test_an_entry_for_a_province_is_left_out_for_others_once_they_tell(about: About, contents: Contents) -> None:
    talk = about(contents.matcher({"opening": Scope(("hebei",))}, [CHANGE], [WINDOW]))
    assert (await talk(OPENING["zh"]))[0].title == OPENING["zh"]

    await talk(button="in:sichuan:photo")

    assert await talk(button="entry:opening") == [replies.said("zh", "not-given-now")]
    assert texts(await talk(OPENING["zh"])).startswith(say("zh", "no-answer"))
    assert "entry:opening" not in buttons(await talk(button="group:dates"))
    await talk(button="in:hebei:photo")
    assert (await talk(OPENING["zh"]))[0].title == OPENING["zh"]


async def test_a_province_that_is_cleared_is_asked_again(local: "Talk") -> None:
    await local(button="in:sichuan:photo")
    assert "clear:province" in buttons(await local("/progress"))
    await local(button="clear:province")
    assert told(local.store.path) == []

    (answer,) = await local(PHOTO["zh"])

    assert answer.buttons[0].data == "where:photo"
    assert NOTE["zh"] not in texts([answer])


async def test_the_language_is_switched_afterwards(local: "Talk") -> None:
    await local(PHOTO["zh"])
    await local(button="in:sichuan:photo")
    await local(button="language:en")

    found = texts([*await local(button="entry:photo"), *await local(STRANGE["en"])])

    assert NOTE["en"] in found
    assert IN_SICHUAN["en"] in found.splitlines()
    assert NOTE["zh"] not in found


async def test_a_restart_forgets_no_province(local: "Talk", province_library: Library) -> None:
    """Neither between the question and the answer, nor after it."""
    await local(PHOTO["zh"])
    await local(button="where:photo")
    await local.store.close()
    for typed in ("四川", PHOTO["zh"]):
        async with await Store.open(local.store.path) as store:
            again = Conversation(local.conversation.assistant.matcher, store, province_library, ZONE)
            assert NOTE["zh"] in texts(await type(local)(again, store)(typed))


async def test_forgetting_takes_the_province_along(local: "Talk") -> None:
    await local(button="in:sichuan:photo")
    await local(button="forget:yes")

    assert told(local.store.path) == []
    assert (await local(PHOTO["zh"]))[0].buttons[0].data == "where:photo"


@pytest.mark.parametrize(
    "button", ["in:mars:photo", "in:", "in::", "in:Sichuan:photo", "in", "where:nothing", "where", "where:in:sichuan:"]
)
async def test_forged_buttons_do_nothing(local: "Talk", button: str) -> None:
    assert await local(button=button) == [replies.said("zh", "unknown-button")]
    assert told(local.store.path) == []


@pytest.mark.parametrize("button", ["where:photo", "where:", "in:sichuan:photo"])
async def test_nobody_is_asked_where_no_flow_asks_for_the_province(
    talk: "Talk", contents: Contents, small_library: Library, button: str
) -> None:
    matcher = contents.matcher(changes=[CHANGE], windows=[WINDOW])
    plain = type(talk)(Conversation(matcher, talk.store, small_library, ZONE), talk.store)

    found = [*await plain(PHOTO["zh"]), *await plain(STRANGE["zh"])]

    assert "where:" not in "".join(buttons(found))
    assert await plain(button=button) == [replies.said("zh", "unknown-button")]


async def test_two_presses_at_once_say_the_same(local: "Talk") -> None:
    await local(button="where:photo")

    first, second = await asyncio.gather(local(button="in:sichuan:photo"), local(button="in:sichuan:photo"))

    assert first == second
    assert NOTE["zh"] in texts(first)
    assert told(local.store.path) == [('"sichuan"',)]


async def test_nothing_is_claimed_when_the_province_cannot_be_written(local: "Talk") -> None:
    await local(PHOTO["zh"])
    break_writing(local.store.path)

    assert await local("四川") == [replies.said("zh", "store-failed")]
    assert told(local.store.path) == []


async def test_nobody_in_a_group_is_asked(local: "Talk") -> None:
    for text in (PHOTO["zh"], STRANGE["zh"]):
        aside = local.conversation.assistant.aside(text, None, local.now)

        assert "where:" not in "".join(buttons(aside.replies))


# In the middle of a flow


@pytest.fixture(name="at_place")
async def _at_place(local: "Talk") -> "Talk":
    """Return somebody whom a flow asks for the province."""
    for typed in ("要信", "要了", "助理"):
        step = await local(typed)
    assert buttons(step)[0] == "go:letters:place:sichuan:3"
    return local


async def test_nothing_is_asked_in_the_middle_of_a_flow(at_place: "Talk") -> None:
    found = [*await at_place(PHOTO["zh"]), *await at_place("蚂蚁搬家怎么办")]

    assert "where:" not in "".join(buttons(found))
    assert [reply.title for reply in found] == [PHOTO["zh"], STEP, None, STEP]
    answer, _ = await at_place(button="entry:photo")
    assert answer.buttons == ()


async def test_what_a_flow_was_told_is_used(at_place: "Talk") -> None:
    await at_place("四川")
    assert NOTE["zh"] in texts((await at_place(PHOTO["zh"]))[:1])

    await at_place("/cancel")

    assert NOTE["zh"] in texts(await at_place(PHOTO["zh"]))


async def test_what_was_told_before_is_not_asked_by_a_flow(local: "Talk") -> None:
    await local(button="in:sichuan:photo")
    for typed in ("要信", "要了", "助理"):
        step = await local(typed)

    assert buttons(step)[0] == "go:letters:wait:here:3"


@pytest.mark.parametrize("how", ["pressed", "typed"])
async def test_an_old_button_in_the_middle_of_a_flow(at_place: "Talk", how: str) -> None:
    """It does what it says, and the step is shown again below."""
    (question,) = await at_place(button="where:photo")
    assert buttons([question])[0] == "in:sichuan:photo"

    answer, step = await (at_place("四川") if how == "typed" else at_place(button="in:sichuan:photo"))

    assert NOTE["zh"] in texts([answer])
    assert answer.buttons == ()
    assert step.title == STEP
    assert told(at_place.store.path) == [('"sichuan"',)]


@pytest.mark.parametrize(
    "typed",
    [
        "四川省",
        "北京市",
        "内蒙古自治区",
        "广西壮族自治区",
        "新疆维吾尔自治区",
        "西藏自治区",
        "heilongjiang",
        "陕西",
        "山西",
    ],
)
async def test_the_projects_provinces_are_understood_by_their_whole_names(
    local: "Talk", project_library: Library, typed: str
) -> None:
    talk = type(local)(
        Conversation(local.conversation.assistant.matcher, local.store, project_library, ZONE), local.store
    )
    await talk(PHOTO["zh"])

    (answer,) = await talk(typed)

    assert answer.title == PHOTO["zh"]
    assert len(told(local.store.path)) == 1
