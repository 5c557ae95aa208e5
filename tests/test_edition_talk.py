"""Who talks to the assistant gets what is in force on the day, in whatever way they ask for it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.texts import say
from faq.corpus import Scope
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from tests.talk_samples import (
    CHANGE,
    FOR_EVERYBODY,
    GREETING,
    LAST_SECOND,
    MIDNIGHT,
    NOTE,
    OPENING,
    PHOTO,
    TODAY,
    UNCLEAR,
    Contents,
    buttons,
    texts,
    told,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

EXPIRED = Scope(valid_until=TODAY - timedelta(days=1))
NOT_YET = Scope(valid_from=TODAY + timedelta(days=1))
OUT_OF_FORCE = pytest.mark.parametrize("scope", [EXPIRED, NOT_YET], ids=["expired", "not-yet"])


About = Callable[[Matcher], "Talk"]


@pytest.mark.parametrize("language", LANGUAGES)
@OUT_OF_FORCE
async def test_a_question_is_not_answered_by_what_is_out_of_force(
    about: About, contents: Contents, scope: Scope, language: Language
) -> None:
    talk = about(contents.matcher({"opening": scope}))

    found = await talk(OPENING[language])

    assert texts(found).startswith(say(language, "no-answer"))
    assert "entry:opening" not in buttons(found)
    assert [report.question.text for report in await talk.store.unanswered(9)] == [OPENING[language]]


@pytest.mark.parametrize("language", LANGUAGES)
@OUT_OF_FORCE
async def test_an_old_button_says_that_it_is_not_given_now(
    about: About, contents: Contents, scope: Scope, language: Language
) -> None:
    talk = about(contents.matcher({"opening": scope}, [CHANGE]))
    await talk(GREETING[language])

    assert await talk(button="entry:opening") == [replies.said(language, "not-given-now")]
    assert await talk(button="where:opening") == [replies.said(language, "not-given-now")]
    assert await talk(button="helpful:opening") == [replies.said(language, "unknown-button")]


@OUT_OF_FORCE
async def test_no_list_offers_what_is_out_of_force(about: About, contents: Contents, scope: Scope) -> None:
    whole, talk = about(contents.matcher()), about(contents.matcher({"opening": scope}))

    for way in ("entry:photo", "group:dates", "unhelpful:photo"):
        assert "entry:opening" in buttons(await whole(button=way))
        assert "entry:opening" not in buttons(await talk(button=way))


@OUT_OF_FORCE
async def test_nothing_out_of_force_is_offered_for_an_unclear_question(
    about: About, contents: Contents, scope: Scope
) -> None:
    whole, talk = about(contents.matcher()), about(contents.matcher({"portal-address": scope}))

    assert "entry:portal-address" in buttons(await whole(UNCLEAR["zh"]))
    assert "entry:portal-address" not in buttons(await talk(UNCLEAR["zh"]))


@OUT_OF_FORCE
async def test_nothing_out_of_force_is_found_inline_or_by_a_link(
    about: About, contents: Contents, scope: Scope
) -> None:
    whole, talk = about(contents.matcher()), about(contents.matcher({"opening": scope}))

    def offered(one: "Talk") -> list[bool]:
        assistant = one.conversation.assistant
        found = [assistant.candidates(text, "zh", one.now)[1] for text in (OPENING["zh"], "")]
        return [
            *(any(entry.id == "opening" for entry in entries) for entries in found),
            assistant.offers("entry:opening", one.now),
        ]

    assert offered(whole) == [True, True, True]
    assert offered(talk) == [False, False, False]


@OUT_OF_FORCE
async def test_nothing_out_of_force_is_given_in_a_group_or_without_a_database(
    about: About, contents: Contents, scope: Scope
) -> None:
    talk = about(contents.matcher({"opening": scope}))
    aside = talk.conversation.assistant.aside(OPENING["zh"], None, talk.now)
    await talk.store.close()

    found = await talk(OPENING["zh"])

    assert texts(aside.replies).startswith(say("zh", "no-answer"))
    assert texts(found[:1]).startswith(say("zh", "no-answer"))


async def test_a_group_without_anything_to_give_is_not_listed(about: About, contents: Contents) -> None:
    talk = about(contents.matcher({"opening": EXPIRED, "portal-address": NOT_YET}))

    assert buttons(await talk("/topics")) == ["group:papers"]
    assert await talk(button="group:dates") == [replies.said("zh", "unknown-button")]


async def test_the_first_and_the_last_day_count(about: About, contents: Contents) -> None:
    talk = about(contents.matcher({"opening": Scope(valid_from=TODAY, valid_until=TODAY)}))

    (answer,) = await talk(OPENING["zh"])

    assert answer.title == OPENING["zh"]


@pytest.mark.parametrize("how", ["pressed", "number", "asked"])
async def test_an_entry_expires_at_midnight_while_the_chat_is_open(about: About, contents: Contents, how: str) -> None:
    """At midnight where the registration is; in UTC it is still afternoon."""
    talk = about(contents.matcher({"opening": Scope(valid_until=TODAY)}))
    talk.now = LAST_SECOND
    assert (await talk(OPENING["zh"]))[0].title
    offered = [] if how == "asked" else buttons(await talk(button="group:dates"))

    talk.now = MIDNIGHT
    match how:
        case "pressed":
            found = await talk(button="entry:opening")
        case "number":
            found = await talk(str(offered.index("entry:opening") + 1))
        case _:
            found = await talk(OPENING["zh"])

    expected = "no-answer" if how == "asked" else "not-given-now"
    assert texts(found).startswith(say("zh", expected))


async def test_inline_and_in_a_group_it_expires_at_the_same_midnight(about: About, contents: Contents) -> None:
    assistant = about(contents.matcher({"opening": Scope(valid_until=TODAY)})).conversation.assistant

    found = [
        (
            bool(assistant.candidates(OPENING["zh"], None, now)[1]),
            assistant.offers("entry:opening", now),
            assistant.aside(OPENING["zh"], None, now).replies[0].title is not None,
        )
        for now in (LAST_SECOND, MIDNIGHT)
    ]

    assert found == [(True, True, True), (False, False, False)]


async def test_an_entry_is_given_from_its_first_midnight_on(about: About, contents: Contents) -> None:
    talk = about(contents.matcher({"opening": NOT_YET}))
    talk.now = LAST_SECOND
    assert await talk(button="entry:opening") == [replies.said("zh", "not-given-now")]

    talk.now = MIDNIGHT
    (answer,) = await talk(button="entry:opening")

    assert answer.title == OPENING["zh"]


async def test_an_entry_that_expires_between_the_question_and_the_province(about: About, contents: Contents) -> None:
    """The province is noted; nothing is said in place of the answer but that it is not given any more."""
    talk = about(contents.matcher({"photo": Scope(valid_until=TODAY)}, [CHANGE], [FOR_EVERYBODY]))
    talk.now = LAST_SECOND
    await talk(PHOTO["zh"])
    await talk(button="where:photo")

    talk.now = MIDNIGHT

    assert await talk("四川") == [replies.said("zh", "not-given-now")]
    assert told(talk.store.path) == [('"sichuan"',)]


async def test_a_note_for_a_time_is_shown_then_only_and_asked_for_then_only(about: About, contents: Contents) -> None:
    dated = Scope(("sichuan",), valid_from=date(2026, 12, 1))
    change = type(CHANGE)("photo", dated, CHANGE.texts, TODAY, "changes/photo.yaml")
    talk = about(contents.matcher(changes=[change]))
    assert "where:photo" not in buttons(await talk(PHOTO["zh"]))
    await talk(button="in:sichuan:photo")
    assert NOTE["zh"] not in texts(await talk(PHOTO["zh"]))
    await talk(button="clear:province")

    talk.now += timedelta(days=9)

    assert "where:photo" in buttons(await talk(PHOTO["zh"]))
    assert NOTE["zh"] in texts(await talk("四川"))


@OUT_OF_FORCE
async def test_a_step_does_not_offer_what_is_out_of_force(about: About, contents: Contents, scope: Scope) -> None:
    assert "entry:photo" in buttons(await about(contents.matcher({}))(button="flow:letters"))

    assert "entry:photo" not in buttons(await about(contents.matcher({"photo": scope}))(button="flow:letters"))
