"""In the middle of a guide: questions, small talk, unclear words, personal data, other commands, and the language."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.messages import Reply
from bot.rendering import plain
from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import (
    GREETING,
    OPEN_STEPS,
    button,
    content,
    number,
    place,
    progress,
    shown,
    walk,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

QUESTION = {"zh": "系统几月开放？", "en": "In which month does the system open?"}
ANSWER = {"zh": "系统三月开放。", "en": "The system opens in March."}
UNCLEAR = {"zh": "怎么弄", "en": "what about"}
STRANGE = {"zh": "蚂蚁怎么搬家？", "en": "zebra xylophone?"}
GIBBERISH = {"zh": "阿吧阿吧", "en": "asdfgh qwer"}
ID_NUMBER = "110101199003074514"


# Questions


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", OPEN_STEPS)
async def test_question_at_a_step(talk: "Talk", step: str, language: Language) -> None:
    """A question is answered, without buttons of its own, and the step stands below as it was."""
    there = await walk(talk, step, language)
    found = await talk(QUESTION[language])

    assert shown(found[:-1]) == f"{QUESTION[language]}\n{ANSWER[language]}"
    assert found[-1].title == there[-1].title
    assert found[-1].buttons == there[-1].buttons
    assert await place(talk) == step


@pytest.mark.parametrize("step", OPEN_STEPS)
async def test_no_question_moves_a_step(talk: "Talk", step: str) -> None:
    """Nothing that people ask, in whatever words of the FAQ, answers or ticks anything."""
    await walk(talk, step)
    before = (await progress(talk)).run
    questions = [
        text
        for entry in talk.corpus.entries
        for texts in entry.texts.values()
        for text in (texts.question, *texts.phrasings)
    ]

    moved = []
    for question in questions:
        await talk(question)
        if (await progress(talk)).run != before:
            moved.append(question)
            before = (await progress(talk)).run
    assert moved == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["ask", "years"])
async def test_small_talk_at_a_step(talk: "Talk", step: str, language: Language) -> None:
    """A greeting is returned, and the step stands below."""
    there = await walk(talk, step, language)

    assert content(await talk(GREETING[language])) == [
        Reply((replies.paragraph(talk.corpus.small_talk[0].texts[language].reply),)),
        *content(there),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pick", [1, 7, 9, 10])
async def test_offer_at_a_step(talk: "Talk", language: Language, pick: int) -> None:
    """A step's numbers are the same whatever stands above it; those of questions that may have been meant follow them."""
    there = await walk(talk, "wait", language)
    offer, step = await talk(UNCLEAR[language])
    assert offer.blocks == replies.said(language, "did-you-mean").blocks
    assert (len(step.buttons), len(offer.buttons)) == (6, 4)
    assert step == there[-1]
    assert f"[1] {step.buttons[0].label}" in plain([offer, step])
    assert f"[7] {offer.buttons[0].label}" in plain([offer, step])

    found = await talk(str(pick))

    if pick == 1:
        assert await place(talk) == "papers"
    else:
        titles = [button.label for button in offer.buttons]
        assert found[0].title == (titles[pick - 7] if pick < 10 else None)
        assert found[-1] == step
        assert await place(talk) == "wait"


async def test_two_questions_at_a_step(talk: "Talk") -> None:
    """Two questions in one message are both answered, and the step stands below once."""
    await walk(talk, "wait")
    found = await talk("系统几月开放？申请表要打印几份？")

    assert [reply.title for reply in found] == [None, "系统几月开放？", "申请表要打印几份？", "等一封信（3/5）等信"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["wait", "obtained", "years"])
async def test_unanswered_question_at_a_step(talk: "Talk", step: str, language: Language) -> None:
    """A question without an answer gets the honest reply and is recorded; the step stands below."""
    there = await walk(talk, step, language)
    found = await talk(STRANGE[language])

    assert found[0].blocks[:2] == replies.said(language, "no-answer", "ask-locally").blocks
    assert found[1:] == there[-1:]
    assert [report.question.text for report in await talk.store.unanswered(9)] == [STRANGE[language]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_subject_out_of_scope_at_a_step(talk: "Talk", language: Language) -> None:
    """A question about another subject is pointed elsewhere, and the step stands below."""
    there = await walk(talk, "ask", language)
    found = await talk({"zh": "考试分数", "en": "which exam scores"}[language])

    assert found[0].blocks[0].texts == (talk.corpus.subjects[0].texts[language].pointer,)
    assert found[1:] == there


async def test_link_at_a_step(talk: "Talk") -> None:
    """A link is judged, and the step stands below."""
    there = await walk(talk, "years")
    found = await talk("docsys.cn")

    assert "docsys.cn 不是官方网站" in shown(found[:1])
    assert found[1:] == there


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label"])
async def test_entry_button_of_a_step(talk: "Talk", language: Language, how: str) -> None:
    """A question that people have at a step is a button there: it is answered, and the step stands below."""
    there = await walk(talk, "ask", language)
    label = {"zh": "要带几张照片？", "en": "How many photos do I bring?"}[language]
    typed = {"press": "", "number": number(there, label), "label": label}[how]
    found = await (talk(button=button(there, label)) if how == "press" else talk(typed))

    photo = talk.corpus.entry("photo")
    assert photo is not None
    assert found == [replies.bare_answer(photo, language), *there]


@pytest.mark.parametrize("data", ["none-of-these", "forget:no", "no such button"])
async def test_other_buttons_at_a_step(talk: "Talk", data: str) -> None:
    """After other buttons the step stands below too."""
    there = await walk(talk, "wait")

    assert (await talk(button=data))[1:] == there


# Unclear words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", ["gibberish", "...", "😀", "77"])
@pytest.mark.parametrize("step", ["wait", "papers", "obtained"])
async def test_unclear_words(talk: "Talk", step: str, text: str, language: Language) -> None:
    """Unclear words get one kind sentence above the step, the next time another one, and are not recorded as a question."""
    there = await walk(talk, step, language)
    typed = GIBBERISH[language] if text == "gibberish" else text
    times = [await talk(typed) for _ in range(3)]

    for found, key in zip(times, ("lost", "lost-again", "lost-again"), strict=True):
        assert len(found) == 1
        if step == "wait":
            assert found[0].blocks[0].texts == (say(language, key),)
        assert found[0].blocks[1:] == there[0].blocks
        assert found[0].buttons == there[0].buttons
    assert times[0][0].blocks[0] != times[1][0].blocks[0]
    assert (await talk.store.counts())["unanswered"] == 0


async def test_unclear_words_after_understood_ones(talk: "Talk") -> None:
    """After anything that was understood, the first kind sentence comes again."""
    await walk(talk, "wait")
    for between in (QUESTION["zh"], "还在等", "/help"):
        assert say("zh", "lost") in shown(await talk(GIBBERISH["zh"]))
        assert say("zh", "lost-again") in shown(await talk(GIBBERISH["zh"]))
        await talk(between)
    assert say("zh", "lost") in shown(await talk(GIBBERISH["zh"]))


async def test_unclear_words_outside_are_a_question(talk: "Talk") -> None:
    """Who is in no guide gets the honest reply to the same words."""
    await walk(talk, "wait")
    await talk("/cancel")

    assert (await talk(GIBBERISH["zh"]))[0].blocks[:2] == replies.said("zh", "no-answer", "ask-locally").blocks


# The language


@pytest.mark.parametrize("typed", ["ok", "42", "2", "hmm", "👌"])
async def test_short_words_keep_the_language(talk: "Talk", typed: str) -> None:
    """A number, or a word that is typed in both languages, keeps the language."""
    await walk(talk, "wait")

    assert (await talk(typed))[-1].title == "等一封信（3/5）等信"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sentence_switches_the_language(talk: "Talk", language: Language) -> None:
    """A sentence in the other language is answered in it, and the guide goes on in it."""
    other: Language = "en" if language == "zh" else "zh"
    await walk(talk, "ask", language)
    found = await talk(QUESTION[other])
    titles = {"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5): Ask for it"}

    assert shown(found).startswith(QUESTION[other])
    assert found[-1].title == titles[other]
    assert (await talk("1"))[0].title == {"zh": "等一封信（2/5）你的身份", "en": "Wait for a letter (2/5): Your role"}[
        other
    ]


async def test_answer_in_the_other_language_switches(talk: "Talk") -> None:
    """An answer in the other language's words, where they are a sentence or Chinese, is understood and switches too."""
    await walk(talk, "wait")
    assert (await talk("it is here"))[0].title == "Wait for a letter (4/5): Bring papers"

    assert (await talk("没齐也先看"))[0].title == "等一封信（5/5）办完了"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_gibberish_does_not_switch(talk: "Talk", language: Language) -> None:
    """Words that mean nothing do not switch the language, whatever letters they have."""
    there = await walk(talk, "ask", language)
    for _ in range(2):
        found = await talk(GIBBERISH["en" if language == "zh" else "zh"])

    assert found[0].title == there[0].title
    assert found[0].blocks[0].texts == (say(language, "lost-again"),)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label", "command"])
async def test_chosen_language_stays(talk: "Talk", language: Language, how: str) -> None:
    """A chosen language holds in a guide: a question in the other one is answered in it, and then the chosen one goes on."""
    other: Language = "en" if language == "zh" else "zh"
    await walk(talk, "ask", other)
    await talk(button=f"language:{language}")
    found = await talk(QUESTION[other])
    assert shown(found).startswith(f"{QUESTION[other]}\n{ANSWER[other]}")

    step = found[-1]
    typed = {"press": "", "number": "1", "label": step.buttons[0].label, "command": "/start"}[how]
    after = await (talk(button=step.buttons[0].data) if how == "press" else talk(typed))

    expected = {"zh": "等一封信（{}/5）", "en": "Wait for a letter ({}/5)"}[language]
    assert shown(after).startswith(expected.format(1 if how == "command" else 2))


@pytest.mark.parametrize("before", ["", "/start", "1"], ids=["at once", "after start", "after a number"])
@pytest.mark.parametrize("typed", ["my dates", "get a letter", "start", "Guide me"])
async def test_first_words_are_english(talk: "Talk", before: str, typed: str) -> None:
    """Somebody whose first words are English ones is answered in English."""
    if before:
        await talk(before)
    found = shown(await talk(typed))

    assert found.startswith(("My dates", "Wait for a letter", say("en", "guides")))


@pytest.mark.parametrize("how", ["button", "command"])
async def test_language_changed_at_a_step(talk: "Talk", how: str) -> None:
    """Changing the language at a step shows the step in the new one."""
    await walk(talk, "wait")
    if how == "command":
        await talk("/language")
    said, step = await (talk("2") if how == "command" else talk(button="language:en"))

    assert [said] == [replies.said("en", "language-set")]
    assert step.title == "Wait for a letter (3/5): Wait for it"


# Personal data


@pytest.mark.parametrize("step", ["ask", "role", "wait", "papers", "obtained", "years"])
@pytest.mark.parametrize(
    ("typed", "kind"),
    [(ID_NUMBER, "id-number"), ("13812345678", "phone"), ("密码是Abc#12345", "secret"), ("我的身份证号是" + ID_NUMBER, "id-number"), ("493021", "secret")],
)  # fmt: skip
async def test_personal_data_at_a_step(talk: "Talk", database: Path, step: str, typed: str, kind: str) -> None:
    """Personal data is asked not to be sent, stands nowhere in the database, and the step follows and nothing else."""
    there = await walk(talk, step)
    found = await talk(typed)

    assert content(found) == [replies.personal_data([kind], "zh"), *content(there)]
    secret = typed.removeprefix("密码是").removeprefix("我的身份证号是")
    stored = b"".join(path.read_bytes() for path in database.parent.glob(database.name + "*"))
    assert secret.encode() not in stored
    assert (await talk.store.counts())["unanswered"] == 0
    assert await place(talk) == step


async def test_personal_data_beside_a_question_at_a_step(talk: "Talk") -> None:
    """A question beside personal data is answered as well."""
    await walk(talk, "wait")
    found = await talk(f"我的身份证号是{ID_NUMBER}，{QUESTION['zh']}")

    assert found[0] == replies.personal_data(["id-number"], "zh")
    assert [reply.title for reply in found[1:]] == [QUESTION["zh"], "等一封信（3/5）等信"]
