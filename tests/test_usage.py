"""What the assistant is used for is counted by day, and nothing else is kept of it."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.conversation import Conversation
from bot.store import Store
from faq.corpus import Scope
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.talk_samples import (
    CHANGE,
    GREETING,
    LAST_SECOND,
    MIDNIGHT,
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
    learn,
    opened,
    rows,
    wish,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

DAY = "2026-11-22"
ID_NUMBER = "110101199003074514"
TWO = "系统几月开放？申请表要打印几份？"


@pytest.fixture(name="talk")
def _talk(talk: "Talk", contents: Contents, province_library: Library) -> "Talk":
    """Return a conversation in which answers and windows differ from province to province."""
    matcher = contents.matcher(changes=[CHANGE], windows=[WINDOW])
    return type(talk)(Conversation(matcher, talk.store, province_library, ZONE), talk.store)


def counted(talk: "Talk") -> list[tuple[str, str, str, str, int]]:
    """Return all counts."""
    return rows(talk.store.path, "SELECT day, what, about, language, times FROM usage ORDER BY day, what, about")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("texts", "what", "about"),
    [
        pytest.param(OPENING, "answered", "opening", id="answered"),
        pytest.param(UNCLEAR, "suggested", None, id="suggested"),
        pytest.param(STRANGE, "unanswered", "", id="unanswered"),
        pytest.param(SUBJECT, "unanswered", "exam-scores", id="out-of-scope"),
        pytest.param(GREETING, "small-talk", "greeting", id="small-talk"),
    ],
)
async def test_every_message_counts_as_what_came_of_it(
    talk: "Talk", language: Language, texts: dict[Language, str], what: str, about: str | None
) -> None:
    found = await talk(texts[language])

    named = found[0].buttons[0].data.removeprefix("entry:") if about is None else about
    assert counted(talk) == [(DAY, what, named, language, 1)]


async def test_both_answers_to_two_questions_count(talk: "Talk") -> None:
    found = await talk(TWO)
    assert found[0] == replies.said("zh", "two-questions")

    assert [(what, about) for _, what, about, _, _ in counted(talk)] == [("answered", "form"), ("answered", "opening")]


@pytest.mark.parametrize("how", ["pressed", "number"])
async def test_an_answer_that_is_chosen_counts_as_opened(talk: "Talk", how: str) -> None:
    await talk(button="group:dates")
    await (talk("1") if how == "number" else talk(button="entry:opening"))

    assert counted(talk) == [(DAY, "opened", "opening", "zh", 1)]


async def test_the_same_adds_up_and_languages_stay_apart(talk: "Talk") -> None:
    other = type(talk)(talk.conversation, talk.store, "you")
    for text in (OPENING["zh"], OPENING["zh"], OPENING["en"]):
        await talk(text)
    await other(OPENING["zh"])

    assert sorted(counted(talk)) == [(DAY, "answered", "opening", "en", 1), (DAY, "answered", "opening", "zh", 3)]


async def test_the_day_is_that_of_the_zone(talk: "Talk") -> None:
    """At midnight where the registration is, it is still afternoon in UTC."""
    for talk.now in (LAST_SECOND, MIDNIGHT, MIDNIGHT + timedelta(days=1)):
        await talk(OPENING["zh"])

    assert [(day, times) for day, *_, times in counted(talk)] == [(DAY, 1), ("2026-11-23", 1), ("2026-11-24", 1)]


@pytest.mark.parametrize(
    "turn",
    [
        {"text": "/start"},
        {"text": "/topics"},
        {"text": "/progress"},
        {"text": "/nothing"},
        {"text": "..."},
        {"text": ID_NUMBER},
        {"text": "docsys.cn"},
        {"text": "要信"},
        {"button": "topics"},
        {"button": "group:papers"},
        {"button": "helpful:photo"},
        {"button": "unhelpful:photo"},
        {"button": "language:en"},
        {"button": "none-of-these:"},
        {"button": "where:photo"},
        {"button": "in:sichuan:photo"},
        {"button": "in:mars:photo"},
        {"button": "entry:nothing"},
        {"button": "flow:letters"},
    ],
    ids=lambda turn: next(iter(turn.values())),
)
async def test_nothing_else_counts(talk: "Talk", turn: dict[str, str]) -> None:
    await talk(**turn)

    assert counted(talk) == []


async def test_what_is_out_of_force_does_not_count_as_opened(
    talk: "Talk", contents: Contents, province_library: Library
) -> None:
    matcher = contents.matcher({"opening": Scope(valid_until=TODAY - timedelta(days=1))})
    late = type(talk)(Conversation(matcher, talk.store, province_library, ZONE), talk.store)

    assert await late(button="entry:opening") == [replies.said("zh", "not-given-now")]
    assert counted(late) == []


async def test_an_answer_to_a_flow_is_no_question_and_a_question_in_a_flow_counts(talk: "Talk") -> None:
    for typed in ("要信", "要了", "嗯嗯", "助理"):
        await talk(typed)
    assert counted(talk) == []

    await talk(PHOTO["zh"])

    assert counted(talk) == [(DAY, "answered", "photo", "zh", 1)]


async def test_the_wish_to_hear_and_the_answer_that_comes_of_itself_do_not_count(
    talk: "Talk", small_matcher: Matcher
) -> None:
    await wish(talk, STRANGE["zh"])
    learn(talk, Contents(small_matcher, {"photo": STRANGE}))

    assert len(await opened(talk)) == 3
    assert counted(talk) == [(DAY, "unanswered", "", "zh", 1)]


async def test_nothing_counts_in_a_group_or_inline(talk: "Talk") -> None:
    assistant = talk.conversation.assistant
    for text in (PHOTO["zh"], STRANGE["zh"], GREETING["zh"]):
        assistant.aside(text, None, talk.now)
        assistant.candidates(text, None, talk.now)
    await talk("/topics")

    assert counted(talk) == []


@pytest.mark.parametrize("turn", [{"text": OPENING["zh"]}, {"button": "entry:opening"}, {"text": STRANGE["zh"]}])
async def test_a_message_that_is_delivered_twice_counts_once(talk: "Talk", turn: dict[str, str]) -> None:
    await talk(**turn, update_id="7")
    await talk("/topics", update_id="8")
    before = counted(talk)

    assert await talk(**turn, update_id="7") == []
    assert counted(talk) == before
    assert [times for *_, times in before] == [1]


async def test_many_at_once_are_all_counted(talk: "Talk") -> None:
    people = [type(talk)(talk.conversation, talk.store, str(number)) for number in range(20)]

    await asyncio.gather(*(person(OPENING["zh"]) for person in people))

    assert counted(talk) == [(DAY, "answered", "opening", "zh", 20)]


async def test_a_turn_that_cannot_be_written_does_not_count(talk: "Talk") -> None:
    """The question is answered all the same."""
    break_writing(talk.store.path)

    answer, apology = await talk(OPENING["zh"])

    assert answer.title == OPENING["zh"]
    assert apology == replies.said("zh", "store-failed")
    assert counted(talk) == []


async def test_nothing_personal_stands_in_the_counts(talk: "Talk") -> None:
    """Neither who wrote, nor when in the day, nor what; the values are ids of the content."""
    for text in (OPENING["en"], UNCLEAR["zh"], f"{STRANGE['zh']}，{ID_NUMBER}", SUBJECT["zh"], GREETING["zh"]):
        await talk(text)
    corpus = talk.corpus
    ids = {item.id for items in (corpus.entries, corpus.subjects, corpus.small_talk) for item in items}

    names = [name for _, name, *_ in rows(talk.store.path, "PRAGMA table_info(usage)")]
    values = {value for row in counted(talk) for value in row}

    assert names == ["day", "what", "about", "language", "times"]
    kinds = {"answered", "suggested", "unanswered", "small-talk"}
    assert values <= {DAY, "", "zh", "en", 1, *kinds, *ids}
    assert kinds <= values


async def test_forgetting_leaves_the_counts(talk: "Talk") -> None:
    await talk(OPENING["zh"])
    await talk(STRANGE["zh"])
    before = counted(talk)

    await talk(button="forget:yes")

    assert rows(talk.store.path, "SELECT id FROM people") == []
    assert counted(talk) == before
    assert len(before) == 2


async def test_a_restart_counts_on(talk: "Talk", province_library: Library) -> None:
    await talk(OPENING["zh"])
    await talk.store.close()
    async with await Store.open(talk.store.path) as store:
        again = Conversation(talk.conversation.assistant.matcher, store, province_library, ZONE)
        await type(talk)(again, store)(OPENING["zh"])

    assert counted(talk) == [(DAY, "answered", "opening", "zh", 2)]
