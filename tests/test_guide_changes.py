"""Definitions that change while people are on their way: a new version of the flows on the same database."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.flow_samples import FLOWS, read_flows, write_flows
from tests.guide_helpers import FLOW_TITLES, button, labels, place, progress, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

Update = Callable[["Talk", Mapping[str, str]], "Talk"]

LETTERS = FLOWS["letters.yaml"]
WITHOUT_WAIT = LETTERS.replace("id: wait\n", "id: post\n").replace("next: wait", "next: post")
WAIT_RENAMED = WITHOUT_WAIT.replace("id: post\n", "id: post\n    formerly: [wait]\n")
MORE_CHOICES = LETTERS.replace(
    "      - {id: lost, zh: 信丢了",
    "      - {id: torn, zh: 信破了, en: It is torn, next: ask}\n      - {id: lost, zh: 信丢了",
)
OTHER_TEXT = LETTERS.replace("等单位。", "请等单位。").replace("[Wait.,", "[Please wait.,")
CIRCLE = LETTERS.replace(
    "    next: wait\n",
    "    next: {physician: again, assistant: wait}\n  - id: again\n    side: true\n    question: role\n    next: role\n",
)
GONE, CHANGED = say("zh", "moved-gone"), say("zh", "moved-changed")
FLOW_GONE = say("zh", "flow-gone")
STALE = say("zh", "stale-button")


@pytest.fixture(name="update")
def _update(tmp_path: Path) -> Update:
    """Return a function that gives the conversation with another version of the flows, on the same database."""

    def update(talk: "Talk", files: Mapping[str, str]) -> "Talk":
        matcher = talk.conversation.assistant.matcher
        library = read_flows(write_flows(tmp_path / f"version {len(list(tmp_path.iterdir()))}", files))
        again = type(talk)(Conversation(matcher, talk.store, library), talk.store, talk.name)
        again.now = talk.now
        return again

    return update


def letters(text: str) -> dict[str, str]:
    """Return the small library with another text for letters."""
    assert text != LETTERS
    return {**FLOWS, "letters.yaml": text}


WITHOUT_LETTERS = {name: text for name, text in FLOWS.items() if name != "letters.yaml"}

FIRST_THINGS = {
    "number": "1",
    "label": "信到了",
    "word": "收到了",
    "question": "系统几月开放？",
    "gibberish": "阿吧阿吧",
    "greeting": "早上好",
    "personal": "110101199003074514",
    "start": "/start",
    "back": "/back",
    "own words": "等一封信",
    "step button": "@go:letters:wait:here:3",
    "back button": "@back:letters:3",
    "flow button": "@flow:letters",
    "entry button": "@entry:photo",
    "other button": "@none-of-these",
    "language button": "@language:zh",
}


async def do(talk: "Talk", thing: str) -> str:
    """Do one of the things and return what is shown."""
    text = FIRST_THINGS[thing]
    return shown(await (talk(button=text[1:]) if text.startswith("@") else talk(text)))


@pytest.mark.parametrize("thing", FIRST_THINGS)
@pytest.mark.parametrize(
    "change", [(WITHOUT_WAIT, GONE, "role"), (MORE_CHOICES, CHANGED, "wait")], ids=["gone", "changed"]
)
async def test_step_has_changed(talk: "Talk", update: Update, change: tuple[str, str, str], thing: str) -> None:
    """Whatever one does first after a change is met with one sentence about it and the step, and answers no step unseen."""
    text, sentence, step = change
    await walk(talk, "wait")
    talk = update(talk, letters(text))
    found = await do(talk, thing)

    assert found.count(sentence) == 1
    title = {"role": "等一封信（2/5）你的身份", "wait": "等一封信（3/5）等信"}[step]
    if thing != "back":
        assert found.count(title) == 1
        assert await place(talk) == step
    assert sentence not in shown(await talk("/start"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_changed_step_in_words(talk: "Talk", update: Update, language: Language) -> None:
    """The sentence stands above the step, in the person's language."""
    await walk(talk, "wait", language)
    (changed,) = await update(talk, letters(MORE_CHOICES))("1")
    (gone,) = await update(talk, letters(WITHOUT_WAIT))("1")

    assert changed.blocks[0].texts == (say(language, "moved-changed"),)
    assert gone.blocks[0].texts == (say(language, "moved-gone"),)


@pytest.mark.parametrize("text", [OTHER_TEXT, WAIT_RENAMED], ids=["text", "renamed"])
async def test_change_that_moves_nobody(talk: "Talk", update: Update, text: str) -> None:
    """A changed wording, or a step under a new name, is nothing to tell; the wait goes on from where it began."""
    there = await walk(talk, "wait")
    talk = update(talk, letters(text))
    found = await talk("/start")

    assert GONE not in shown(found)
    assert CHANGED not in shown(found)
    assert found[0].title == there[0].title
    assert (await talk("收到了"))[0].title == "等一封信（4/5）带材料"


async def test_button_after_a_changed_wording(talk: "Talk", update: Update) -> None:
    """Buttons that were shown before a change of wording still work."""
    there = await walk(talk, "wait")
    talk = update(talk, letters(OTHER_TEXT))

    assert (await talk(button=button(there, "信到了")))[0].title == "等一封信（4/5）带材料"


async def test_ticks_of_items_that_are_gone(talk: "Talk", update: Update) -> None:
    """When an item of a checklist is gone, the other ticks stay."""
    await walk(talk, "papers")
    await talk("1 3")
    without = LETTERS.replace("      - {id: photo, zh: 照片, en: A photo}\n", "")
    talk = update(talk, letters(without))
    found = shown(await talk("/start"))

    assert CHANGED in found
    assert "还差1样：复印件。" in found


async def test_flow_that_is_not_the_present_one_changes(talk: "Talk", update: Update) -> None:
    """A change in a flow that one is not in is no matter in the other one."""
    await walk(talk, "wait")
    await talk("我的日期")
    talk = update(talk, letters(WITHOUT_WAIT))

    assert GONE not in shown(await talk("系统几月开放？"))
    assert (await talk("等一封信"))[-1].title == "等一封信（2/5）你的身份"


async def test_finished_flow_changes(talk: "Talk", update: Update) -> None:
    """What is done stays done, whatever becomes of the steps."""
    await walk(talk, "finished")
    talk = update(
        talk, letters(LETTERS.replace("id: finished\n", "id: over\n").replace("next: finished", "next: over"))
    )

    assert "“等一封信”你已经走完了（2026年11月22日）。" in shown(await talk("等一封信"))


# A flow that is gone


@pytest.mark.parametrize("thing", FIRST_THINGS)
async def test_flow_is_gone(talk: "Talk", update: Update, thing: str) -> None:
    """When the flow is gone one is told so once, with the list of the others; a question is answered all the same."""
    await walk(talk, "wait")
    talk = update(talk, WITHOUT_LETTERS)
    found = await do(talk, thing)

    assert found.startswith(f"{FLOW_GONE}\n- 我的日期（还没开始）：算一算日期。\n[1] 带我办：我的日期")
    assert found.count(FLOW_GONE) == 1
    assert ("系统三月开放。" in found) == (thing == "question")
    assert await place(talk) is None
    assert FLOW_GONE not in shown(await talk("/start"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_flow_is_gone_in_words(talk: "Talk", update: Update, language: Language) -> None:
    """The sentence is in the person's language, and the first number begins another flow."""
    await walk(talk, "wait", language)
    talk = update(talk, WITHOUT_LETTERS)

    assert shown(await talk("1")).startswith(say(language, "flow-gone"))
    assert (await talk("1"))[0].title == {"zh": "我的日期（1/5）取得时间", "en": "My dates (1/5): Date of pass"}[
        language
    ]


async def test_flow_comes_back(talk: "Talk", update: Update) -> None:
    """A flow that was gone and comes back has kept the person's place."""
    await walk(talk, "papers")
    await talk("1")
    gone = update(talk, WITHOUT_LETTERS)
    await gone("/start")
    await gone("我的日期")
    found = shown(await talk("等一封信"))

    assert found.startswith("等一封信（4/5）带材料")
    assert "☑ 信的原件" in found


async def test_gone_flow_was_done(talk: "Talk", update: Update) -> None:
    """Who had finished the flow, or left it, is not told that it is gone."""
    await walk(talk, "finished")
    talk = update(talk, WITHOUT_LETTERS)

    assert FLOW_GONE not in shown(await talk("系统几月开放？"))


async def test_left_flow_is_gone(talk: "Talk", update: Update) -> None:
    """Who had left the flow is not told that it is gone, and does not see it any more."""
    await walk(talk, "wait")
    await talk("先放着")
    talk = update(talk, WITHOUT_LETTERS)

    assert FLOW_GONE not in shown(await talk("系统几月开放？"))
    assert labels(await talk("/guides"))[0] == "带我办：我的日期"
    assert "等一封信" not in shown(await talk("/progress"))


async def test_calling_flow_is_gone(talk: "Talk", update: Update) -> None:
    """When the flow that led to the present one is gone, the present one ends as usual."""
    await walk(talk, "wait")
    await talk("信丢了")
    talk = update(talk, WITHOUT_LETTERS)
    for typed in ("2026-11", "注册了", "5"):
        await talk(typed)
    found = await talk("知道了")

    assert shown(found).startswith("我的日期（5/5）说完了")
    assert await place(talk) == "done"


async def test_offered_flow_is_gone(talk: "Talk", update: Update) -> None:
    """The end of a flow offers only flows that exist."""
    talk = update(talk, {name: text for name, text in FLOWS.items() if name != "dates.yaml"})

    assert labels(await walk(talk, "finished")) == ["看看整个进度", "上一步"]


async def test_question_that_is_gone(talk: "Talk", update: Update) -> None:
    """What one told to a question that is gone is not spoken of any more."""
    await walk(talk, "result")
    questions = FLOWS["questions.yaml"].partition("- id: obtained")[0]
    talk = update(talk, {**WITHOUT_LETTERS, "questions.yaml": questions, "dates.yaml": LONELY})

    assert "你告诉过我" not in shown(await talk("/progress"))
    assert (await progress(talk)).facts == {"obtained": "2026-11"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_answer_that_is_no_choice_any_more(talk: "Talk", update: Update, language: Language) -> None:
    """An answer that its question no longer has is neither shown nor used; the question is asked again."""
    await walk(talk, "wait", language)
    await talk({"zh": "我的日期", "en": "my dates"}[language])
    await talk("2026-11")
    title = {"zh": "你的身份", "en": "Your role"}[language]
    told = {"zh": "你告诉过我", "en": "What you told me"}[language]
    assert title in shown(await talk("/progress")).split(told)[1]

    questions = FLOWS["questions.yaml"].replace("{id: physician,", "{id: doctor,")
    talk = update(talk, {**FLOWS, "questions.yaml": questions})
    found = await talk("/progress")

    assert title not in shown(found).split(told)[1]
    assert {"zh": "取得时间（2026年11月）", "en": "Date of pass (November 2026)"}[language] in shown(found)
    assert [label for label in labels(found) if title in label] == []
    await talk("/restart")
    assert (await progress(talk)).facts == {"role": "physician", "obtained": "2026-11"}

    await talk(FLOW_TITLES["letters"][language])
    await talk("/back 9")
    asked = await talk({"zh": "要了", "en": "I asked"}[language])

    assert asked[-1].title == {"zh": "等一封信（2/5）你的身份", "en": "Wait for a letter (2/5): Your role"}[language]
    await talk("1")
    assert (await progress(talk)).facts["role"] == "doctor"


LONELY = """\
id: dates
order: 2
zh: {title: 我的日期, summary: 算一算日期。}
en: {title: My dates, summary: Work out your dates.}
steps: [{id: done, kind: information, end: done, zh: {title: 说完了, body: [好。]}, en: {title: Over, body: [Good.]}}]
"""


# A mistake in a definition


@pytest.mark.parametrize("language", LANGUAGES)
async def test_flow_that_goes_in_circles(talk: "Talk", update: Update, language: Language) -> None:
    """A flow that goes in circles ends with an apology instead of hanging; one can go back, ask, and mend it."""
    mended, talk = talk, update(talk, letters(CIRCLE))
    await walk(talk, "role", language)
    (found,) = await talk({"zh": "执业医师", "en": "Physician"}[language])

    assert shown([found]) == say(language, "flow-failed")
    assert (await run_of(talk, "letters")).status == "failed"
    assert len(await talk({"zh": "系统几月开放？", "en": "In which month does the system open?"}[language])) == 1
    assert (await talk("/back"))[0].title == {
        "zh": "等一封信（2/5）你的身份",
        "en": "Wait for a letter (2/5): Your role",
    }[language]
    await talk("1")
    assert labels(await talk("/guides"))[0] == say(language, "go-on", title=FLOW_TITLES["letters"][language])
    assert "✓" in shown(await talk("/progress"))
    assert (await run_of(mended, "letters")).status == "failed"
    await mended("/start")
    assert (await run_of(mended, "letters")).status == "active"
