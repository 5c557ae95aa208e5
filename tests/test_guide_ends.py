"""Flows that lead into each other, and what happens at the end of a flow and afterwards."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.conversation import Conversation
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from tests.flow_edits import LETTERS, edited
from tests.flow_samples import read_flows, write_flows
from tests.guide_helpers import FLOW_TITLES, button, labels, later, place, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk


@pytest.mark.parametrize("language", LANGUAGES)
async def test_flow_within_a_flow(talk: "Talk", language: Language) -> None:
    """A choice can lead through another flow first; at its end one sees how it ended, and is back."""
    await walk(talk, "wait", language)
    first = await talk("3")
    title = {name: titles[language] for name, titles in FLOW_TITLES.items()}

    assert first[0].blocks[0].texts == (say(language, "first-elsewhere", title=title["dates"]),)
    assert await place(talk) == "obtained"
    for typed in ("2026-11", "1", "5"):
        await talk(typed)
    ended, back = await talk("1")
    assert (
        shown([ended])
        == {"zh": "我的日期（5/5）说完了\n记下来。", "en": "My dates (5/5): That is all\nWrite it down."}[language]
    )
    assert back.blocks[0].texts == (say(language, "returned", title=title["letters"]),)
    assert back.title == {"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5): Ask for it"}[language]
    assert await place(talk) == "ask"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_flow_behind_an_end(talk: "Talk", small_matcher: Matcher, tmp_path: Path, language: Language) -> None:
    """A choice that ends its flow and leads into another one leads there, and promises no way back that there is not."""
    files = edited((LETTERS, "en: Go on anyway, next", "en: Go on anyway, flow: dates, next"))
    library = read_flows(write_flows(tmp_path / "flows", files))
    talk = type(talk)(Conversation(small_matcher, talk.store, library), talk.store)
    await walk(talk, "papers", language)
    found = await talk({"zh": "没齐也先看", "en": "Go on anyway"}[language])

    assert found[-1].title == {"zh": "我的日期（1/5）取得时间", "en": "My dates (1/5): Date of pass"}[language]
    assert (await run_of(talk, "letters")).ended == "done"
    assert labels(found)[-1] == say(language, "leave")
    assert say(language, "back") not in labels(found)
    assert {"zh": "回到", "en": "back where"}[language] not in shown(found)


@pytest.mark.parametrize("way", ["/back", "上一步", "press"])
async def test_back_out_of_a_flow(talk: "Talk", way: str) -> None:
    """Back at the first step of a flow that another one led to is the step from which one came."""
    there = await walk(talk, "wait")
    first = await talk("信丢了")
    assert "上一步" in labels(first)
    found = await (talk(button=button(first, "上一步")) if way == "press" else talk(way))

    assert found[-1].title == there[-1].title
    assert await place(talk) == "wait"


async def test_leaving_a_flow_within_a_flow(talk: "Talk") -> None:
    """Who leaves the inner flow can go on with either; its end still leads back."""
    await walk(talk, "wait")
    await talk("信丢了")
    await talk("先放着")
    menu = await talk("/guides")
    assert labels(menu)[:2] == ["接着办：等一封信", "接着办：我的日期"]
    await talk("2")
    for typed in ("2026-11", "注册了", "5"):
        await talk(typed)

    assert shown(await talk("知道了")).count("回到“等一封信”") == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_end(talk: "Talk", language: Language) -> None:
    """The end fills in what was chosen and leads to what is offered and to the progress; there is nothing to leave."""
    found = await walk(talk, "finished", language)

    assert shown(found).splitlines() == {
        "zh": ["等一封信（5/5）办完了", "执业医师的信办完了。", "[1] 带我办：我的日期", "[2] 看看整个进度", "[3] 上一步"],
        "en": ["Wait for a letter (5/5): All done", "The letter of the Physician is done.", "[1] Guide me: My dates", "[2] See all my progress", "[3] Back"],
    }[language]  # fmt: skip
    assert shown(await talk("2")).startswith(say(language, "progress"))


async def test_end_names_other_open_flows(talk: "Talk") -> None:
    """At the end the flows that are still open come first, and none twice; one that is done is not offered again."""
    await walk(talk, "papers")
    await walk(talk, "done")
    assert labels(await talk("我的日期"))[:3] == ["重新办：我的日期", "接着办：等一封信", "看看整个进度"]
    await talk("等一封信")

    assert labels(await talk("没齐也先看")) == ["看看整个进度", "上一步"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_finished_flow_opened_again(talk: "Talk", language: Language) -> None:
    """A flow that is done says when it was done, shows its end, and offers to do it once more; nothing begins by itself."""
    end = await walk(talk, "finished", language)
    title = FLOW_TITLES["letters"][language]
    later(talk, days=30)
    before = await run_of(talk, "letters")
    found = await talk(title)
    date = {"zh": "2026年11月22日", "en": "22 November 2026"}[language]

    assert found[-1].blocks[0].texts == (say(language, "finished-already", title=title, date=date),)
    assert found[-1].blocks[1:] == end[-1].blocks
    assert labels(found)[0] == say(language, "again", title=title)
    assert await run_of(talk, "letters") == before
    assert shown(await talk("1")).startswith({"zh": "等一封信（1/5）去要", "en": "Wait for a letter (1/5)"}[language])


async def test_flow_that_was_given_up_opened_again(talk: "Talk") -> None:
    """Nobody who gave a flow up is told that they have been through it."""
    await walk(talk, "given-up")

    assert "走完" not in shown(await talk("等一封信"))
