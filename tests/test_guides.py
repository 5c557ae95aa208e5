"""The list of guides and the progress in them, however they are asked for."""

from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import (
    FLOW_TITLES,
    GREETING,
    button,
    labels,
    later,
    number,
    place,
    progress,
    shown,
    walk,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

SUMMARY = {"zh": ("要来一封信。", "算一算日期。"), "en": ("Get a letter.", "Work out your dates.")}


async def lines(talk: "Talk", text: str) -> list[str]:
    """Return the lines of the replies to a text, without the first one."""
    return shown(await talk(text)).splitlines()[1:]


# The list of guides


@pytest.mark.parametrize(
    ("language", "step", "states", "buttons"),
    [
        ("zh", None, ("还没开始", "还没开始"), ["带我办：等一封信", "带我办：我的日期"]),
        ("en", None, ("not begun", "not begun"), ["Guide me: Wait for a letter", "Guide me: My dates"]),
        ("zh", "ask", ("办到“去要”，0/5", "还没开始"), ["接着办：等一封信", "带我办：我的日期"]),
        ("zh", "trouble", ("办到“单位不肯”，0/5", "还没开始"), ["接着办：等一封信", "带我办：我的日期"]),
        ("zh", "papers", ("办到“带材料”，3/5", "还没开始"), ["接着办：等一封信", "带我办：我的日期"]),
        ("en", "papers", ('at "Bring papers", 3/5', "not begun"), ["Go on: Wait for a letter", "Guide me: My dates"]),
        ("zh", "finished", ("2026年11月22日办完", "还没开始"), ["重新办：等一封信", "带我办：我的日期"]),
        ("en", "finished", ("done on 22 November 2026", "not begun"), ["Once more: Wait for a letter", "Guide me: My dates"]),
        ("zh", "given-up", ("2026年11月22日停下", "还没开始"), ["重新办：等一封信", "带我办：我的日期"]),
        ("en", "given-up", ("stopped on 22 November 2026", "not begun"), ["Once more: Wait for a letter", "Guide me: My dates"]),
        ("en", "years", ("not begun", 'at "How many years", 2/5'), ["Guide me: Wait for a letter", "Go on: My dates"]),
    ],
)  # fmt: skip
async def test_list_of_guides(
    talk: "Talk", language: Language, step: str | None, states: tuple[str, str], buttons: list[str]
) -> None:
    """The list says of every guide what it is for and how far one is, and leads there; the progress is a button away."""
    await (walk(talk, step, language) if step else talk(GREETING[language]))
    found = await talk("/guides")
    titles = [titles[language] for titles in FLOW_TITLES.values()]
    line = "- {} ({}): {}" if language == "en" else "- {}（{}）：{}"
    expected = [line.format(*about) for about in zip(titles, states, SUMMARY[language], strict=True)]

    assert shown(found).splitlines()[:3] == [say(language, "guides"), *expected]
    assert labels(found) == [*buttons, *([say(language, "progress-button")] if step else [])]


@pytest.mark.parametrize(
    ("language", "way"),
    [("zh", "/guides"), ("zh", "/GUIDES please"), ("zh", "开始"), ("zh", "带我办"), ("en", "/guides"), ("en", "start"), ("en", "Guide me!")],
)  # fmt: skip
@pytest.mark.parametrize("step", ["", "wait", "obtained", "finished"])
async def test_ways_to_the_list(talk: "Talk", language: Language, way: str, step: str) -> None:
    """The command, the shared words and the button give the same list, at a step as well; the step stays."""
    await (walk(talk, step, language) if step else talk(GREETING[language]))
    found = await talk(way)

    assert shown(found).startswith(say(language, "guides"))
    assert await talk(button="guides") == found
    assert await place(talk) == (step or None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label"])
async def test_guide_is_begun_and_gone_on_with(talk: "Talk", language: Language, how: str) -> None:
    """A guide's button begins it, and later goes on where one is."""
    await talk(GREETING[language])
    title = FLOW_TITLES["letters"][language]

    async def take(key: str) -> str:
        menu = await talk("/guides")
        label = say(language, key, title=title)
        way = {"number": number(menu, label), "label": label, "press": ""}[how]
        return shown(await (talk(button=button(menu, label)) if how == "press" else talk(way)))

    assert {"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5): Ask for it"}[language] in await take("begin")
    await talk("1")
    assert {"zh": "等一封信（2/5）你的身份", "en": "Wait for a letter (2/5): Your role"}[language] in await take(
        "go-on"
    )


# The progress


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "zh",
            [
                "等一封信 ■■□□□ 2/5",
                "✓ 去要（2026年11月22日）",
                "✓ 你的身份（2026年11月22日）",
                "… 等信（从2026年11月22日等到现在）",
                "还没办：带材料",
                "你告诉过我：你的身份（执业医师）。哪项变了，点一下，我再问一遍。",
                "[1] 接着办：等一封信",
                "[2] 重新问：你的身份",
            ],
        ),
        (
            "en",
            [
                "Wait for a letter ■■□□□ 2/5",
                "✓ Ask for it (22 November 2026)",
                "✓ Your role (22 November 2026)",
                "… Wait for it (waiting since 22 November 2026)",
                "To do: Bring papers",
                "What you told me: Your role (Physician). Press one to be asked again.",
                "[1] Go on: Wait for a letter",
                "[2] Ask again: Your role",
            ],
        ),
    ],
    ids=["zh", "en"],
)
@pytest.mark.parametrize("way", ["/progress", "Progress", "button"])
async def test_progress(talk: "Talk", language: Language, expected: list[str], way: str) -> None:
    """The progress shows what is done and when, since when one waits, what is still to do, and what one told."""
    await walk(talk, "wait", language)
    later(talk, days=3)
    found = await (talk(button="progress") if way == "button" else talk(way))

    assert shown(found[-1:]).splitlines() == [say(language, "progress"), *expected]
    assert await place(talk) == "wait"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("", ["等一封信 □□□□□ 0/5", "还没办：去要、你的身份、等信、带材料"]),
        ("ask", ["等一封信 □□□□□ 0/5", "→ 去要（现在在这里）", "还没办：你的身份、等信、带材料"]),
        (
            "trouble",
            [
                "等一封信 □□□□□ 0/5",
                "→ 单位不肯（现在在这里）",
                "还没办：去要、你的身份、等信、带材料",
            ],
        ),
        (
            "given-up",
            ["等一封信 ■□□□□ 1/5", "✓ 去要（2026年11月22日）", "还没办：你的身份、等信、带材料"],
        ),
        (
            "finished",
            [
                "等一封信 ■■■■■ 5/5",
                "✓ 去要（2026年11月22日）",
                "✓ 你的身份（2026年11月22日）",
                "✓ 等信（2026年11月22日）",
                "✓ 带材料（2026年11月22日）",
                "✓ 办完了（2026年11月22日）",
            ],
        ),
    ],
    ids=["fresh", "first", "side", "stopped", "done"],
)
async def test_progress_of_one_flow(talk: "Talk", step: str, expected: list[str]) -> None:
    """An optional flow that was not begun is left out; a step off the main way stands behind what is done."""
    if step:
        await walk(talk, step)
    found = (await lines(talk, "/progress"))[: len(expected)]

    assert found == expected
    assert "我的日期" not in shown(await talk("/progress"))


async def test_progress_has_a_date_for_every_step(talk: "Talk") -> None:
    """Every step has the day on which it was done."""
    await walk(talk, "wait")
    later(talk, days=1)
    await talk("信到了")
    later(talk, days=40)
    await talk("没齐也先看")
    found = shown(await talk("/progress"))

    assert "✓ 你的身份（2026年11月22日）" in found
    assert "✓ 等信（2026年11月23日）" in found
    assert "✓ 带材料（2027年1月2日）" in found


async def test_progress_in_two_flows(talk: "Talk") -> None:
    """An optional flow appears once it was begun; the step where one is and the one that was left are marked."""
    await walk(talk, "papers")
    await talk("我的日期")
    replies = await talk("/progress")
    found = shown(replies).splitlines()[1:]

    assert found[:6] == [
        "等一封信 ■■■□□ 3/5",
        "✓ 去要（2026年11月22日）",
        "✓ 你的身份（2026年11月22日）",
        "✓ 等信（2026年11月22日）",
        "→ 带材料（先放着）",
        "我的日期 □□□□□ 0/5",
    ]
    assert "→ 取得时间（现在在这里）" in found
    assert labels(replies)[:2] == ["接着办：等一封信", "接着办：我的日期"]


async def test_progress_at_a_side_step_of_another_flow(talk: "Talk") -> None:
    """Who is off the main way in a flow that they left finds that step there."""
    await walk(talk, "trouble")
    await talk("我的日期")

    assert "→ 单位不肯（先放着）" in await lines(talk, "/progress")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label"])
async def test_told_fact_is_cleared(talk: "Talk", language: Language, how: str) -> None:
    """What one told is forgotten at a press, and asked again where it matters."""
    await walk(talk, "wait", language)
    found = await talk("/progress")
    label = {"zh": "重新问：你的身份", "en": "Ask again: Your role"}[language]
    way = {"number": number(found, label), "label": label, "press": ""}[how]
    cleared = await (talk(button=button(found, label)) if how == "press" else talk(way))

    title = {"zh": "你的身份", "en": "Your role"}[language]
    assert shown(cleared).splitlines()[0] == say(language, "cleared", title=title)
    assert labels(cleared) == [say(language, "guides-button")]
    assert (await progress(talk)).facts == {}
    assert title not in labels(await talk("/progress"))
    assert await place(talk) == "wait"


async def test_told_fact_is_not_asked_again_until_cleared(talk: "Talk") -> None:
    """A told fact passes a question over, and can be changed there; once it is cleared the question is asked."""
    await walk(talk, "finished")
    again = button(await talk("/guides"), "重新办：等一封信")
    await talk(button=again)
    passed = await talk("要了")

    assert shown(passed).splitlines()[:2] == ["等一封信（3/5）等信", "等单位。"]
    assert "这几项按你之前说的来：你的身份（执业医师）。" in shown(passed)
    asked = await talk("改：你的身份")
    assert shown(asked).startswith("等一封信（2/5）你的身份")
    assert "助理等区县。" in shown(await talk("助理医师"))
    assert (await progress(talk)).facts == {"role": "assistant"}
    await talk(button="clear:role")
    await talk("/restart")
    await talk("从头开始")
    assert shown(await talk("要了")).startswith("等一封信（2/5）你的身份")
