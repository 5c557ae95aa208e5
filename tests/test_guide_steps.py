"""Answering a step by button, number, label and words: choices, ticks, waiting."""

from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import button, labels, later, number, place, progress, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

PAPERS = ("letter", "copy", "photo")


# Choices


@pytest.mark.parametrize(
    ("step", "language", "way"),
    [
        ("ask", "zh", ("要了", "role")), ("ask", "en", ("They refuse", "trouble")), ("trouble", "zh", ("再去要", "ask")),
        ("role", "en", ("Assistant", "wait")), ("wait", "zh", ("信到了", "papers")), ("papers", "en", ("Go on anyway", "finished")),
        ("registered", "zh", ("还没注册", "years")), ("result", "en", ("All right", "done")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["press", "number", "label", "in brackets"])
async def test_choice(talk: "Talk", step: str, language: Language, way: tuple[str, str], how: str) -> None:
    """A choice is made by its button, its number or its label, whatever punctuation stands around it."""
    label, target = way
    found = await walk(talk, step, language)
    typed = {"press": "", "number": number(found, label), "label": label, "in brackets": f" （{label.upper()}。）"}[how]
    await (talk(button=button(found, label)) if how == "press" else talk(typed))

    assert await place(talk) == target


@pytest.mark.parametrize(
    ("step", "language", "typed", "target"),
    [
        ("ask", "zh", "下一步", "role"), ("ask", "zh", "好了。", "role"), ("ask", "en", "Done!", "role"),
        ("ask", "en", "go on", "role"), ("ask", "zh", "不给办", "trouble"), ("ask", "en", "they said so", "trouble"),
        ("ask", "zh", "单位不肯啊", "trouble"), ("ask", "zh", "我们单位不肯", "trouble"), ("ask", "en", "they refused", "trouble"),
        ("ask", "en", "well, they refuse", "trouble"), ("ask", "zh", "單位不肯", "trouble"), ("ask", "en", "ｎｅｘｔ", "role"),
        ("role", "zh", "医师", "wait"), ("role", "zh", "助理", "wait"), ("role", "en", "doctor", "wait"),
        ("role", "en", "assistent doctor", "wait"), ("wait", "zh", "收到了", "papers"), ("wait", "en", "got it", "papers"),
        ("wait", "zh", "信到了呀", "papers"), ("registered", "zh", "是的", "years"), ("registered", "en", "nope", "years"),
        ("result", "zh", "继续", "done"),
    ],
)  # fmt: skip
async def test_words_for_a_choice(talk: "Talk", step: str, language: Language, typed: str, target: str) -> None:
    """A choice is understood by its own words, by those that all flows share, and by what is close to them."""
    await walk(talk, step, language)
    await talk(typed)

    assert await place(talk) == target


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("ask", "they do not refuse"), ("role", "医"), ("role", "执业医师还是助理医师"),
        ("wait", "信没到"), ("wait", "the letter has not arrived"), ("wait", "信什么时候到"), ("wait", "信到了吗"),
        ("registered", "是不是注册了"), ("result", "不知道"), ("papers", "没齐"),
    ],
)  # fmt: skip
async def test_words_for_no_choice(talk: "Talk", step: str, typed: str) -> None:
    """Words that mean the opposite, or two things, or ask, make no choice."""
    await walk(talk, step)
    before = (await progress(talk)).run
    await talk(typed)

    assert (await progress(talk)).run == before


@pytest.mark.parametrize("typed", ["0", "7", "99", "-1", "1.5"])
async def test_number_that_no_button_has(talk: "Talk", typed: str) -> None:
    """A number that no button has makes no choice, and the step is shown again."""
    await walk(talk, "wait")
    found = await talk(typed)

    assert shown(found).splitlines()[:2] == ["等一封信（3/5）等信", say("zh", "lost")]
    assert await place(talk) == "wait"


# Checklists


def ticks(found: str) -> str:
    """Return the ticks of a shown checklist."""
    return "".join(character for character in found if character in "☑☐")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1", "☑☐☐"), ("1 3", "☑☐☑"), ("1、3", "☑☐☑"), ("1,2,3", "☑☑☑"), ("2和3", "☐☑☑"), ("３，２", "☐☑☑"), ("1 1", "☑☐☐"),
        ("照片", "☐☐☑"), ("原件", "☑☐☐"), ("复印件有了", "☐☑☐"), ("原件和照片", "☑☐☑"), ("照片有了，复印件也有了", "☐☑☑"),
        ("都齐了", "☑☑☑"), ("全部", "☑☑☑"), ("信的原件", "☑☐☐"), ("a photo", "☐☐☑"), ("everything", "☑☑☑"),
    ],
)  # fmt: skip
async def test_ticks(talk: "Talk", typed: str, expected: str) -> None:
    """One or several items are ticked by their numbers or words, or all at once; one stays at the step."""
    await walk(talk, "papers")
    found = await talk(typed)

    assert ticks(shown(found)) == expected
    assert len(found) == 1
    kept = tuple(item for item, tick in zip(PAPERS, expected, strict=True) if tick == "☑")
    assert (await run_of(talk, "letters")).ticks == {"papers": kept}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("1", "☐☑☐"), ("没有复印件", "☑☐☐"), ("复印件不见了", "☑☐☐"), ("no copy", "☑☑☐"), ("i do not have a copy", "☑☐☐")],
)
async def test_untick(talk: "Talk", typed: str, expected: str) -> None:
    """What was ticked is unticked by its number or in words."""
    await walk(talk, "papers")
    await talk("1 2")
    await talk(typed)
    found = await talk("/back 0") if await place(talk) != "papers" else await talk("等一封信")

    assert ticks(shown(found)) == expected


@pytest.mark.parametrize(
    "typed",
    ["1 4", "4 1", "1 5", "1 6", "5 6", "1 9", "0 1", "1 2 3 4", "1-3", "照片？", "照片要几张？", "带照片吗", "1到3"],
)
async def test_mixed_numbers_do_nothing(talk: "Talk", typed: str) -> None:
    """Several numbers of which one is no item, and questions about an item, tick nothing and go nowhere."""
    await walk(talk, "papers")
    before = (await progress(talk)).run
    found = await talk(typed)

    assert (await progress(talk)).run == before
    assert ticks(shown(found[-1:])) == "☐☐☐"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_checklist_says_what_is_missing(talk: "Talk", language: Language) -> None:
    """What is missing is named and counted; the way on that needs all appears when all is there, and goes again."""
    hand_in = {"zh": "齐了，交上去", "en": "Hand them in"}[language]
    names = {"zh": ("信的原件；复印件；照片", "照片"), "en": ("The letter; A copy; A photo", "A photo")}[language]
    first = await walk(talk, "papers", language)
    two = await talk("1 2")
    three = await talk("3")
    again = await talk("3")

    assert say(language, "missing", count="3", items=names[0]) in shown(first)
    assert say(language, "missing", count="1", items=names[1]) in shown(two)
    assert say(language, "complete") in shown(three)
    assert [hand_in in labels(found) for found in (first, two, three, again)] == [False, False, True, False]
    pressed = await talk(button=button(three, hand_in))
    assert shown(pressed).splitlines()[1] == say(language, "incomplete", items=names[1])
    assert await place(talk) == "papers"


async def test_ticks_outlive_everything(talk: "Talk") -> None:
    """Ticks stay when one leaves, comes back days later, or goes a step back and forward again."""
    await walk(talk, "papers")
    await talk("1 3")
    await talk("先放着")
    later(talk, days=9)
    assert ticks(shown(await talk("等一封信"))) == "☑☐☑"
    await talk("上一步")

    assert ticks(shown(await talk("信到了"))) == "☑☐☑"


@pytest.mark.parametrize("typed", ["齐了，交上去", "齐了交上去"])
async def test_who_says_that_all_is_there_is_believed(talk: "Talk", typed: str) -> None:
    """The way on that needs everything can be typed: then everything counts as ticked."""
    await walk(talk, "papers")
    await talk(typed)

    assert await place(talk) == "finished"
    assert (await run_of(talk, "letters")).ticks == {"papers": PAPERS}


# Waiting


@pytest.mark.parametrize(
    ("language", "way"),
    [("zh", "还没到"), ("zh", "还在等"), ("zh", "没收到。"), ("zh", "2"), ("en", "Not here yet"), ("en", "not yet"), ("en", "2")],
)  # fmt: skip
async def test_still_waiting(talk: "Talk", language: Language, way: str) -> None:
    """Who still waits is comforted, sees since when, and stays; the wait is counted from its beginning, not from now."""
    first = await walk(talk, "wait", language)
    later(talk, days=2)
    found = await talk(way)
    days = {"zh": "从2026年11月22日开始等，到今天是第{}天。", "en": "Waiting since 22 November 2026; today is day {}."}[
        language
    ]
    again = {"zh": "好，不急。", "en": "No hurry."}[language]

    assert days.format(1) in shown(first)
    assert [text for block in found[-1].blocks for text in block.texts] == [again, days.format(3)]
    assert labels(found) == labels(first)
    assert await place(talk) == "wait"


async def test_wait_goes_on_after_going_back(talk: "Talk") -> None:
    """Who goes back and forward again has waited since the first time."""
    await walk(talk, "wait")
    later(talk, days=1)
    await talk("上一步")

    assert "从2026年11月22日开始等，到今天是第2天。" in shown(await talk("助理医师"))
