"""What channels ask of the conversation beside plain turns: answers where others listen, entries to pick, attachments, ticks in place."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.errors import StoreError
from bot.guide_replies import OPEN, TICK, TICKED
from bot.messages import Incoming, Reply
from bot.store import Store
from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.flow_samples import flow_of
from tests.guide_helpers import GREETING, OPEN_STEPS, TYPED_STEPS, button, place, rows, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

QUESTION = {"zh": "系统几月开放？", "en": "In which month does the system open?"}
SUBJECT = {"zh": "考试分数", "en": "which exam scores"}
UNCLEAR = {"zh": "怎么弄", "en": "what about"}
OTHER: dict[Language, Language] = {"zh": "en", "en": "zh"}


async def turn(talk: "Talk", **values: object) -> list[Reply]:
    """Take one turn with what only some channels know."""
    return await talk.conversation.turn(replace(Incoming("test", talk.name, talk.now), **values))  # type: ignore[arg-type]


# Where others listen


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("hint", [None, *LANGUAGES])
async def test_aside_answers_in_the_language_of_the_question(
    talk: "Talk", language: Language, hint: Language | None
) -> None:
    """An answer stands for itself, without buttons, and nothing is remembered about anybody."""
    found = talk.conversation.assistant.aside(QUESTION[language], hint, talk.now)

    entry = talk.corpus.entry("opening")
    assert entry
    assert found.language == language
    assert found.replies == (replies.bare_answer(entry, language),)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_aside_offers_when_it_is_unclear(talk: "Talk", language: Language) -> None:
    (offer,) = talk.conversation.assistant.aside(UNCLEAR[language], None, talk.now).replies
    (pointer,) = talk.conversation.assistant.aside(SUBJECT[language], None, talk.now).replies

    assert any(found.data.startswith(replies.ENTRY) for found in offer.buttons)
    subject = talk.corpus.subjects[0]
    assert pointer.blocks[0].texts == (subject.texts[language].pointer,)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_aside_without_words_is_in_the_language_of_the_device(talk: "Talk", language: Language) -> None:
    found = talk.conversation.assistant.aside("???", language, talk.now)

    assert found.language == language
    assert found.replies == (replies.said(language, "not-words"),)
    assert talk.conversation.assistant.aside("???", None, talk.now).language == "zh"


async def test_aside_stores_nothing(talk: "Talk", database: Path) -> None:
    for text in (*QUESTION.values(), *UNCLEAR.values(), "蚂蚁搬家", "13812345678", "docsys.cn", "\ud800"):
        assert talk.conversation.assistant.aside(text, None, talk.now).replies

    for table in ("people", "unanswered", "turns", "handled"):
        assert rows(database, f"SELECT count(*) FROM {table}") == [(0,)]


async def test_aside_warns_of_personal_data(talk: "Talk") -> None:
    first, *_ = talk.conversation.assistant.aside("我的手机号是13812345678，系统几月开放？", None, talk.now).replies

    assert first.blocks[0].kind == "note"
    assert "13812345678" not in shown([first])


# Entries to pick


@pytest.mark.parametrize("language", LANGUAGES)
async def test_candidates_best_first(talk: "Talk", language: Language) -> None:
    spoken, entries = talk.conversation.assistant.candidates(QUESTION[language], OTHER[language], talk.now)

    assert spoken == language
    assert entries[0].id == "opening"
    assert len({entry.id for entry in entries}) == len(entries)


@pytest.mark.parametrize(("hint", "spoken"), [(None, "zh"), ("zh", "zh"), ("en", "en")])
@pytest.mark.parametrize("text", ["", "  \n"])
async def test_without_a_text_one_of_each_group(
    talk: "Talk", text: str, hint: Language | None, spoken: Language
) -> None:
    language, entries = talk.conversation.assistant.candidates(text, hint, talk.now)

    assert language == spoken
    assert [entry.id for entry in entries] == ["photo", "opening"]


@pytest.mark.parametrize("text", [*GREETING.values(), "???", "13812345678"])
async def test_no_candidates_for_what_asks_nothing(talk: "Talk", text: str) -> None:
    assert talk.conversation.assistant.candidates(text, None, talk.now)[1] == ()


async def test_unclear_words_give_several_candidates(talk: "Talk") -> None:
    assert len(talk.conversation.assistant.candidates("怎么弄", None, talk.now)[1]) > 1


@pytest.mark.parametrize(
    ("data", "known"),
    [
        ("entry:photo", True), ("entry:nothing", False), ("flow:letters", True), ("flow:photo", False),
        ("entry:letters", False), ("entry:", False), ("", False),
    ],
)  # fmt: skip
async def test_offers(talk: "Talk", data: str, *, known: bool) -> None:
    assert talk.conversation.assistant.offers(data, talk.now) is known


# The language


async def test_language_of_somebody(talk: "Talk", monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody chose comes before what they write, that before their device's, and that before the default."""
    language = talk.conversation.language
    assert await language("test", "me", None) == "zh"
    assert await language("test", "me", "en") == "en"
    await talk("???")
    assert await language("test", "me", "en") == "en"
    await talk("good morning everybody")
    assert await language("test", "me", "zh") == "en"
    await talk(button="language:zh")
    assert await language("test", "me", "en") == "zh"

    async def fail(self: Store, channel: str, channel_id: str) -> None:
        raise StoreError("the database is gone")

    monkeypatch.setattr(Store, "recall", fail)
    assert await language("test", "me", "en") == "en"
    assert await language("test", "me", None) == "zh"


async def test_first_words_follow_the_device_until_the_language_is_known(talk: "Talk") -> None:
    assert say("en", "unknown-command", command="/x") in shown(await turn(talk, text="/x", language="en"))
    await talk("你好")

    assert say("zh", "unknown-command", command="/x") in shown(await turn(talk, text="/x", language="en"))


# Attachments


@pytest.mark.parametrize("language", LANGUAGES)
async def test_attachment_without_a_text(talk: "Talk", language: Language, database: Path) -> None:
    found = await turn(talk, attachment=True, language=language)

    assert found == [replies.said(language, "attachment")]
    assert rows(database, "SELECT language FROM people") == [(None,)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_attachment_with_a_question(talk: "Talk", language: Language) -> None:
    note, answer = await turn(talk, text=QUESTION[language], attachment=True, language=language)

    assert note == replies.said(language, "attachment-with-text")
    assert answer.title == QUESTION[language]


@pytest.mark.parametrize("step", OPEN_STEPS)
async def test_attachment_at_a_step(talk: "Talk", step: str) -> None:
    """A picture answers nothing: the step stays, and is shown below."""
    before = await walk(talk, step)
    note, again = await turn(talk, attachment=True)

    assert note.blocks == replies.said("zh", "attachment").blocks
    assert await place(talk) == step
    assert again.title == before[-1].title
    assert again.numbered is (step not in TYPED_STEPS)


async def test_text_of_an_attachment_answers_the_step(talk: "Talk") -> None:
    """What is written below a picture counts like any message."""
    await walk(talk, "ask")
    note, step = await turn(talk, text="要了", attachment=True)

    assert note == replies.said("zh", "attachment-with-text")
    assert await place(talk) == "role"
    assert step.kind == "step"


# In place


async def test_tick_in_place_shows_the_whole_step(talk: "Talk") -> None:
    """Where the reply takes the place of the checklist, its text is shown again; elsewhere only what is missing."""
    before = await walk(talk, "papers")
    (whole,) = await turn(talk, button=button(before, f"{OPEN} 照片"), in_place=True)

    assert whole.title == before[-1].title
    assert before[-1].blocks[0] in whole.blocks
    assert f"{TICKED} 照片" in [found.label for found in whole.buttons]
    (short,) = await talk(button=button([whole], f"{OPEN} 复印件"))
    assert before[-1].blocks[0] not in short.blocks
    assert whole.kind == short.kind == "step"


async def test_old_tick_in_place_says_that_it_is_old(talk: "Talk") -> None:
    before = await walk(talk, "papers")
    old = button(before, f"{OPEN} 照片")
    await talk("没齐也先看")
    found = await turn(talk, button=old, in_place=True)

    assert old.startswith(TICK)
    assert say("zh", "stale-button") in shown(found)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_kinds_of_replies(talk: "Talk", language: Language) -> None:
    """Steps and lists may take the place of one another; answers and sentences do not."""
    expected = {"/topics": "menu", "/guides": "menu", "/progress": "menu", "/help": "said", "/privacy": "said"}
    for command, kind in expected.items():
        (reply,) = await turn(talk, text=command, language=language)
        assert reply.kind == kind
    (answer,) = await talk(QUESTION[language])
    assert answer.kind == "said"
    assert {reply.kind for reply in await walk(talk, "role", language)} == {"step"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_chosen_names_the_question_and_the_answer(talk: "Talk", language: Language) -> None:
    """The step that an answer led to knows that answer, as its question names it; back and again know none."""
    step = flow_of(talk.conversation.assistant.library, "letters").at("ask")
    first = await walk(talk, "ask", language)
    chosen = await walk(talk, "role", language)

    label = step.choices[0].labels[language]
    assert first[-1].chosen is None
    assert chosen[-1].chosen == f"{step.texts[language].title} → {label}"
    assert (await talk("/back"))[-1].chosen is None


async def test_chosen_typed_answers(talk: "Talk") -> None:
    registered = await walk(talk, "registered")
    (years,) = await talk("注册了")
    (refused,) = await talk("99")
    (result,) = await talk("5")

    assert registered[-1].chosen == "取得时间 → 2026年11月"
    assert years.chosen == "注册了没有 → 注册了"
    assert refused.chosen is None
    assert result.chosen == "要几年 → 5"


async def test_waiting_and_incomplete_choices_are_not_chosen(talk: "Talk") -> None:
    await walk(talk, "wait")
    (again,) = await talk("还没到")
    assert again.chosen is None

    papers = await talk("信到了")
    (ticked,) = await talk(button=button(papers, f"{OPEN} 照片"))
    assert ticked.chosen is None
    (incomplete,) = await talk(button=button([ticked], "没齐也先看").replace("anyway", "complete"))
    assert await place(talk) == "papers"
    assert incomplete.chosen is None
