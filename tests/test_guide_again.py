"""A guide once more, with what was ticked; from the first step, without it; and a typed yes or no to what is asked first."""

from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import (
    FLOW_TITLES,
    GREETING,
    button,
    content,
    labels,
    place,
    progress,
    run_of,
    shown,
    walk,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

YES = [("zh", "是"), ("zh", "是的。"), ("zh", "对！"), ("en", "yes"), ("en", "Yep!"), ("en", "是的"), ("zh", "yes")]
NO = [("zh", "不是"), ("zh", "没有。"), ("en", "no"), ("en", "Nope!"), ("en", "不是"), ("zh", "no")]
ANSWERS = {"zh": "系统三月开放。", "en": "The system opens in March."}
QUESTION = {"zh": "系统几月开放？", "en": "In which month does the system open?"}


async def done(talk: "Talk", language: Language) -> None:
    """Go through the letters, with the first and the third paper."""
    await walk(talk, "papers", language)
    await talk("1 3")
    await talk({"zh": "没齐也先看", "en": "Go on anyway"}[language])


# Once more


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("where", ["/guides", "title"])
async def test_once_more_keeps_what_is_ticked(talk: "Talk", language: Language, where: str) -> None:
    """Who goes through a guide once more begins at its first step, and finds the papers ticked that they had."""
    await done(talk, language)
    title = FLOW_TITLES["letters"][language]
    found = await talk(title if where == "title" else where)
    again = button(found, say(language, "again", title=title))
    first = await talk(button=again)
    run = await run_of(talk, "letters")

    assert again == "again:letters"
    assert first[-1].title == {"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5): Ask for it"}[language]
    assert (run.step, run.active, run.answers, run.done, run.since) == ("ask", True, {}, {}, {})
    assert run.ticks == {"papers": ("letter", "photo")}

    await talk("1")
    papers = await talk("1")

    assert [label[0] for label in labels(papers)[:3]] == ["☑", "☐", "☑"]


async def test_once_more_pressed_again_goes_on(talk: "Talk") -> None:
    """The button for once more begins a guide that is done; pressed again on the way, it goes on where one is."""
    await done(talk, "zh")
    await talk(button="again:letters")
    await talk("要了")
    before = await run_of(talk, "letters")
    found = await talk(button="again:letters")

    assert found[-1].title == "等一封信（3/5）等信"
    assert await run_of(talk, "letters") == before


async def test_once_more_after_leaving_and_giving_up(talk: "Talk") -> None:
    """A guide that was given up can be gone through once more, too."""
    await walk(talk, "given-up")
    await talk("/cancel")
    await talk(button="again:letters")

    assert await place(talk) == "ask"
    assert (await run_of(talk, "letters")).ended is None


@pytest.mark.parametrize("data", ["again:letters", "again:nothing", "again:", "again:dates:1", "again:dates:dates"])
async def test_once_more_of_what_was_never_begun(talk: "Talk", data: str) -> None:
    """The button for once more, forged for a guide that was never begun, begins nothing."""
    await walk(talk, "obtained")
    before = await progress(talk)

    assert shown(await talk(button=data)).startswith(say("zh", "unknown-button"))
    assert await progress(talk) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_restart_clears_what_was_kept(talk: "Talk", language: Language) -> None:
    """Beginning again clears the ticks that going through once more had kept, and keeps what was told."""
    await done(talk, language)
    await talk(button="again:letters")
    await talk("/restart")
    await talk({"zh": "从头开始", "en": "Begin again"}[language])

    assert (await run_of(talk, "letters")).ticks == {}
    assert (await progress(talk)).facts == {"role": "physician"}


# A typed yes or no


@pytest.mark.parametrize(("language", "typed"), YES)
async def test_typed_yes_begins_again(talk: "Talk", language: Language, typed: str) -> None:
    """A typed yes to the question whether to begin again begins again."""
    await walk(talk, "papers", language)
    await talk("1")
    await talk("/restart")
    await talk(typed)
    run = await run_of(talk, "letters")

    assert (run.step, run.answers, run.ticks) == ("ask", {}, {})


@pytest.mark.parametrize(("language", "typed"), NO)
async def test_typed_no_does_not_begin_again(talk: "Talk", language: Language, typed: str) -> None:
    """A typed no shows the step where one is, and changes nothing."""
    there = await walk(talk, "papers", language)
    before = await progress(talk)
    await talk("/restart")

    assert await talk(typed) == there
    assert await progress(talk) == before


@pytest.mark.parametrize("step", ["", "registered", "papers", "years"])
@pytest.mark.parametrize(("language", "typed"), YES)
async def test_typed_yes_forgets(talk: "Talk", language: Language, typed: str, step: str) -> None:
    """A typed yes to the question whether to forget everything forgets everything, whatever it means at the step."""
    await (walk(talk, step, language) if step else talk(GREETING[language]))
    await talk("/forget")
    found = content(await talk(typed))

    assert found == [replies.said(language, "forgotten")]
    assert await talk.store.recall("test", talk.name) is None


@pytest.mark.parametrize("step", ["", "registered", "papers", "years"])
@pytest.mark.parametrize(("language", "typed"), NO)
async def test_typed_no_forgets_nothing(talk: "Talk", language: Language, typed: str, step: str) -> None:
    """A typed no keeps everything, answers nothing at the step, and shows where one is."""
    there = await (walk(talk, step, language) if step else talk(GREETING[language]))
    before = await progress(talk)
    await talk("/forget")
    kept, *below = await talk(typed)

    assert content([kept]) == [replies.said(language, "kept")]
    assert below == (there if step else [])
    assert await progress(talk) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["/forget", "/restart"])
async def test_typed_yes_later_confirms_nothing(talk: "Talk", language: Language, command: str) -> None:
    """A yes counts for the question right before it only: after anything else it is an answer at the step, or none."""
    await walk(talk, "registered", language)
    await talk(command)
    assert ANSWERS[language] in shown(await talk(QUESTION[language]))
    await talk({"zh": "是", "en": "yes"}[language])
    run = await run_of(talk, "dates")

    assert (run.step, run.answers) == ("years", {"obtained": "2026-11", "registered": "yes"})


@pytest.mark.parametrize("typed", ["嗯", "好吧", "maybe", "yes and no", "是不是", "不知道"])
@pytest.mark.parametrize("command", ["/forget", "/restart"])
async def test_what_is_neither_yes_nor_no(talk: "Talk", command: str, typed: str) -> None:
    """What says neither yes nor no confirms nothing."""
    await walk(talk, "papers")
    await talk(command)
    await talk(typed)
    run = await run_of(talk, "letters")

    assert (run.step, run.answers) == ("papers", {"ask": "asked", "role": "physician", "wait": "here"})


async def test_typed_yes_to_another_choice_of_two(talk: "Talk") -> None:
    """A yes confirms what is asked to be confirmed, and no other offer of two buttons."""
    await talk(GREETING["zh"])
    languages = await talk("/language")

    assert len(labels(languages)) == 2
    await talk("是的")
    memory = await talk.store.recall("test", talk.name)
    assert memory is not None
    assert memory.person.chosen_language is None
