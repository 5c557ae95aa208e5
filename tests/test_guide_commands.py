"""The commands /back, /cancel and /restart, as commands, as words and as buttons, in both languages."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import FLOW_OF, FLOW_TITLES, GREETING, button, labels, place, progress, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

RESTART_WORDS = {
    "zh": {"yes": "从头开始", "no": "不了，接着办", "say-yes": "是的", "say-no": "不是"},
    "en": {"yes": "Begin again", "no": "No, go on", "say-yes": "yes", "say-no": "no"},
}


# Back


@pytest.mark.parametrize(
    ("language", "way"),
    [
        *(("zh", way) for way in ("/back", "/BACK", "back", "press", "返回", "上一步")),
        *(("en", way) for way in ("/back", "/BACK", "back", "press", "Back!")),
    ],
)
async def test_back(talk: "Talk", language: Language, way: str) -> None:
    """One step back, by command, by word or by button; what was answered there is open again."""
    found = await walk(talk, "wait", language)
    back = await (talk(button=button(found, say(language, "back"))) if way == "press" else talk(way))

    assert shown(back).startswith(
        {"zh": "等一封信（2/5）你的身份", "en": "Wait for a letter (2/5): Your role"}[language]
    )
    assert await place(talk) == "role"
    assert "role" not in (await run_of(talk, "letters")).answers


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/back 1", "wait"), ("/back 2", "role"), ("/back 3", "ask"), ("/back 9", "ask"), ("/back 999", "ask"),
        ("/back 0", "wait"), ("/back -1", "wait"), ("/back 99999999", "wait"), ("/back two", "wait"), ("/back ２", "role"),
        ("/back  2 ", "role"),
    ],
)  # fmt: skip
async def test_several_steps_back(talk: "Talk", command: str, expected: str) -> None:
    """A number behind /back says how many steps; more than there are lead to the first one; anything else means one."""
    await walk(talk, "papers")
    await talk(command)

    assert await place(talk) == expected


@pytest.mark.parametrize("language", LANGUAGES)
async def test_back_at_the_first_step(talk: "Talk", language: Language) -> None:
    """At the first step one is told so, the step stays, and it has no button to go back."""
    first = await walk(talk, "ask", language)
    found = await talk("/back")

    assert say(language, "back") not in labels(first)
    assert shown(found).splitlines()[1] == say(language, "at-start")
    assert await place(talk) == "ask"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["/back", "/back 2", "/cancel", "/restart"])
@pytest.mark.parametrize("left", [False, True], ids=["never", "left"])
async def test_not_in_a_guide(talk: "Talk", language: Language, command: str, left: bool) -> None:
    """Who is in no guide is told so, with the list to choose from."""
    if left:
        await walk(talk, "wait", language)
        await talk("/cancel")
    else:
        await talk(GREETING[language])
    found = await talk(command)

    assert shown(found).startswith(say(language, "not-in-guide"))
    assert labels(found)[0] == say(language, "go-on" if left else "begin", title=FLOW_TITLES["letters"][language])
    assert await place(talk) is None


async def test_back_after_the_end(talk: "Talk") -> None:
    """From the end one can go back, and the flow is under way again."""
    end = await walk(talk, "finished")
    assert "上一步" in labels(end)

    found = await talk("/back")

    assert shown(found).startswith("等一封信（4/5）带材料")
    assert (await run_of(talk, "letters")).active
    assert "✓ 办完了" not in shown(await talk("/progress"))


# Leaving


@pytest.mark.parametrize(
    ("language", "way"),
    [
        *(("zh", way) for way in ("/cancel", "先放着", "退出", "press")),
        *(("en", way) for way in ("/cancel", "pause", "Leave.", "press")),
    ],
)
@pytest.mark.parametrize("step", ["papers", "years"])
async def test_leaving_keeps_everything(talk: "Talk", language: Language, way: str, step: str) -> None:
    """Leaving keeps the place, says how to go on, and a question is answered without the step then."""
    found = await walk(talk, step, language)
    flow = {"papers": "letters", "years": "dates"}[step]
    before = await run_of(talk, flow)
    left = await (talk(button=button(found, say(language, "leave"))) if way == "press" else talk(way))

    assert shown(left).splitlines()[0] == say(language, "left", title=FLOW_TITLES[flow][language])
    assert labels(left) == [say(language, "guides-button")]
    assert await place(talk) is None
    assert await run_of(talk, flow) == before
    assert len(await talk({"zh": "系统几月开放？", "en": "In which month does the system open?"}[language])) == 1
    assert (await talk(FLOW_TITLES[flow][language]))[-1] == found[-1]


@pytest.mark.parametrize("way", ["/cancel", "先放着"])
async def test_leaving_a_finished_guide(talk: "Talk", way: str) -> None:
    """Nobody is told that a guide which is done was paused."""
    await walk(talk, "finished")

    assert "先放着" not in shown(await talk(way))


# Beginning again


@pytest.mark.parametrize(
    ("language", "way"), [("zh", "/restart"), ("zh", "重新开始"), ("en", "/restart"), ("en", "start over")]
)
@pytest.mark.parametrize("how", ["press", "number", "label"])
async def test_restart(talk: "Talk", language: Language, way: str, how: str) -> None:
    """Beginning again is asked for first, and clears what was chosen and ticked in the flow, but not what was told."""
    await walk(talk, "papers", language)
    await talk("1")
    words = RESTART_WORDS[language]
    question = await talk(way)
    assert shown(question).splitlines()[0] == say(language, "restart-ask", title=FLOW_TITLES["letters"][language])
    assert labels(question) == [words["yes"], words["no"]]
    assert (await run_of(talk, "letters")).ticks

    typed = {"press": "", "number": "1", "label": words["yes"]}[how]
    found = await (talk(button=question[0].buttons[0].data) if how == "press" else talk(typed))

    assert shown(found).startswith({"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5): Ask for it"}[language])
    run = await run_of(talk, "letters")
    assert (run.step, run.answers, run.ticks, run.done) == ("ask", {}, {}, {})
    assert (await progress(talk)).facts == {"role": "physician"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label"])
@pytest.mark.parametrize("step", ["papers", "registered"])
async def test_restart_refused(talk: "Talk", language: Language, how: str, step: str) -> None:
    """Who does not want to begin again sees the step where they are, and nothing has changed."""
    there = await walk(talk, step, language)
    before = (await progress(talk)).runs
    words = RESTART_WORDS[language]
    question = await talk("/restart")
    typed = {"press": "", "number": "2", "label": words["no"]}[how]
    found = await (talk(button=question[0].buttons[1].data) if how == "press" else talk(typed))

    assert found == there
    assert (await progress(talk)).runs == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["papers", "registered", "years"])
async def test_yes_to_restart(talk: "Talk", language: Language, step: str) -> None:
    """A typed yes to the question whether to begin again is the answer to it, never to the step that one was at."""
    await walk(talk, step, language)
    await talk("/restart")
    await talk(RESTART_WORDS[language]["say-yes"])

    run = await run_of(talk, FLOW_OF[step])
    assert run.answers == {}
    assert run.step in {"ask", "registered"}  # the date was told and is not asked again


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["papers", "registered", "years"])
async def test_no_to_restart(talk: "Talk", language: Language, step: str) -> None:
    """A typed no to the question whether to begin again shows the step, and answers nothing there."""
    there = await walk(talk, step, language)
    await talk("/restart")

    assert await talk(RESTART_WORDS[language]["say-no"]) == there
    assert await place(talk) == step


async def test_restart_pressed_twice(talk: "Talk") -> None:
    """Pressing twice begins again once, also much later: what was done since is kept."""
    await walk(talk, "papers")
    yes = (await talk("/restart"))[0].buttons[0].data
    first, second = await asyncio.gather(talk(button=yes), talk(button=yes))

    assert "那是之前的按钮" not in shown(first)
    assert shown(second).splitlines()[:2] == ["等一封信（1/5）去要", say("zh", "stale-button")]
    await talk("要了")
    assert say("zh", "stale-button") in shown(await talk(button=yes))
    assert await place(talk) == "wait"


async def test_restart_question_of_an_earlier_step(talk: "Talk") -> None:
    """An old question whether to begin again no longer counts after one has gone on."""
    await walk(talk, "wait")
    yes = (await talk("/restart"))[0].buttons[0].data
    await talk("信到了")

    assert say("zh", "stale-button") in shown(await talk(button=yes))
    assert await place(talk) == "papers"
