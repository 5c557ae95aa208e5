"""Commands and words that work anywhere, in a guide and outside; entries that lead into a guide; coming back later."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.content import Problems
from bot.conversation import Conversation
from bot.faq_files import load_corpus
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from flows.journey import Progress
from tests.conftest import SMALL, write_files
from tests.guide_helpers import (
    FLOW_TITLES,
    GREETING,
    button,
    content,
    labels,
    later,
    number,
    place,
    progress,
    run_of,
    shown,
    walk,
)

if TYPE_CHECKING:
    from tests.conftest import Talk

QUESTION = {"zh": "系统几月开放？", "en": "In which month does the system open?"}


# Commands


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["/help", "/topics", "/language", "/privacy", "/forget", "/export", "/nothing"])
@pytest.mark.parametrize("step", ["papers", "obtained", "finished"])
async def test_other_commands_at_a_step(talk: "Talk", step: str, command: str, language: Language) -> None:
    """The other commands answer as anywhere, and the step stays."""
    await walk(talk, step, language)
    before = await progress(talk)
    found = await talk(command)

    assert {
        "/help": replies.help_text(language),
        "/topics": replies.topics(talk.corpus, language),
        "/language": replies.choose_language(),
        "/privacy": replies.privacy(language),
        "/forget": replies.forget(language),
        "/nothing": replies.help_text(language),
    }.get(command, *content(found[-1:])) == content(found)[-1]
    assert await progress(talk) == before


@pytest.mark.parametrize("language", LANGUAGES)
async def test_start_at_a_step(talk: "Talk", language: Language) -> None:
    """/start in a guide shows the step; where there is no step to take, it welcomes."""
    there = await walk(talk, "wait", language)
    assert await talk("/start") == there
    await talk("1")
    await talk({"zh": "没齐也先看", "en": "Go on anyway"}[language])

    assert await talk("/start") == [replies.welcome([language])]


async def test_help_names_the_commands_of_guides(talk: "Talk") -> None:
    """The help leads to the guides."""
    found = await talk("/help")

    assert labels(found)[0] == "一步步带我办"
    assert found[0].buttons[0].data == "guides"
    for command in ("/guides", "/progress", "/calendar", "/back", "/restart", "/cancel"):
        assert command in shown(found)


async def test_export_at_a_step(talk: "Talk") -> None:
    """The export holds where one is, what one told, and every step of the way."""
    await walk(talk, "papers")
    await talk("1")
    (reply,) = await talk("/export")
    assert reply.document is not None
    exported = json.loads(reply.document.content)

    (guide,) = exported["guides"]
    assert (guide["flow"], guide["step"], guide["current"]) == ("letters", "papers", True)
    assert guide["ticks"] == {"papers": ["letter"]}
    assert exported["told"] == [{"name": "role", "value": "physician", "at": "2026-11-22T08:30:00+00:00"}]
    assert [(note["step"], note["what"], note["detail"]) for note in exported["steps"]] == [
        ("", "started", None),
        ("ask", "entered", None),
        ("ask", "answered", "asked"),
        ("role", "entered", None),
        ("role", "answered", "physician"),
        ("wait", "entered", None),
        ("wait", "answered", "here"),
        ("papers", "entered", None),
        ("papers", "ticked", "letter"),
    ]


@pytest.mark.parametrize("how", ["press", "yes"])
async def test_forgetting_at_a_step(talk: "Talk", how: str) -> None:
    """Forgetting at a step asks first; a press or a typed yes forgets the guides too, and answers no step."""
    await walk(talk, "registered")
    question = await talk("/forget")
    await (talk(button=question[0].buttons[0].data) if how == "press" else talk("是"))

    assert await progress(talk) == Progress()


# Words


@pytest.mark.parametrize(
    ("language", "typed", "title"),
    [
        ("zh", "要信", "等一封信（1/5）去要"), ("zh", "等一封信！", "等一封信（1/5）去要"), ("en", "Get a letter", "Wait for a letter (1/5): Ask for it"),
        ("en", "wait for a letter", "Wait for a letter (1/5): Ask for it"), ("zh", "我的日期", "我的日期（1/5）取得时间"),
        ("en", "my dates", "My dates (1/5): Date of pass"), ("en", "要信", "等一封信（1/5）去要"), ("zh", "get a letter", "Wait for a letter (1/5): Ask for it"),
    ],
)  # fmt: skip
async def test_words_begin_a_flow(talk: "Talk", language: Language, typed: str, title: str) -> None:
    """A flow's title, and the words that it names, begin it."""
    await talk(GREETING[language])

    assert (await talk(typed))[-1].title == title


@pytest.mark.parametrize("typed", ["要信怎么要", "我要信吗？", "信", "什么是等一封信"])
async def test_other_words_begin_no_flow(talk: "Talk", typed: str) -> None:
    """A question about a flow's subject does not begin it."""
    await talk(typed)

    assert (await progress(talk)).runs == {}


async def test_words_of_another_flow_at_a_step(talk: "Talk") -> None:
    """Another flow's words lead there; the first flow keeps its place."""
    await walk(talk, "wait")
    await talk("我的日期")
    assert await place(talk) == "obtained"

    assert (await talk("要信"))[-1].title == "等一封信（3/5）等信"


@pytest.mark.parametrize("typed", ["返回", "上一步", "先放着", "退出", "重新开始", "back", "pause", "start over"])
async def test_navigation_words_after_leaving(talk: "Talk", typed: str) -> None:
    """Who has left a guide and types a word for finding the way is helped to go on, and not taken for asking something."""
    await walk(talk, "wait")
    await talk("/cancel")
    found = await talk(typed)

    assert [label for label in labels(found) if label.startswith(("接着办", "Go on"))]
    assert (await talk.store.counts())["unanswered"] == 0


@pytest.mark.parametrize(
    ("typed", "key"), [("开始", "guides"), ("带我办", "guides"), ("进度", "progress"), ("progress", "progress")]
)
@pytest.mark.parametrize("step", ["", "papers", "finished"])
async def test_list_and_progress_in_words(talk: "Talk", typed: str, key: str, step: str) -> None:
    """The list and the progress can be asked for in words, in a guide and outside, and move nothing."""
    await (walk(talk, step) if step else talk("早上好"))

    assert shown(await talk(typed)).startswith(say("zh", key))
    assert await place(talk) == (step or None)


# Entries that lead into a guide


@pytest.fixture(name="leading")
async def _leading(
    talk: "Talk", tmp_path: Path, small_matcher: Matcher, small_library: Library
) -> AsyncIterator["Talk"]:
    """Return a conversation in which the entry about photos leads to the guide for letters."""
    photo = SMALL["papers/photo.yaml"].replace("flow: materials", "flow: letters")
    problems = Problems()
    corpus = load_corpus(write_files(tmp_path / "leading", {**SMALL, "papers/photo.yaml": photo}), problems)
    assert problems.found == []
    async with await Store.open(tmp_path / "leading.db") as store:
        yield type(talk)(Conversation(Matcher(corpus, small_matcher._gates), store, small_library), store)


PHOTO = {"zh": "要带几张照片？", "en": "How many photos do I bring?"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["press", "number", "label"])
@pytest.mark.parametrize("asked", ["typed", "pressed"])
async def test_entry_leads_into_a_flow(leading: "Talk", language: Language, how: str, asked: str) -> None:
    """An answer that belongs to a guide has a button for it before all others; it begins the guide."""
    await leading(GREETING[language])
    found = await (leading(PHOTO[language]) if asked == "typed" else leading(button="entry:photo"))
    title = FLOW_TITLES["letters"][language]
    label = say(language, "begin", title=title)
    assert labels(found)[0] == label
    assert len(labels(found)) == 5

    typed = {"press": "", "number": number(found, label), "label": label}[how]
    await (leading(button=button(found, label)) if how == "press" else leading(typed))

    assert await place(leading) == "ask"


async def test_entry_leads_on_in_a_flow(leading: "Talk") -> None:
    """The button goes on with a guide that was left, offers one that is done once more, and is absent within it."""
    await walk(leading, "papers")
    assert labels(await leading(PHOTO["zh"]))[0] == "☐ 信的原件"
    await leading("/cancel")
    assert labels(await leading(PHOTO["zh"]))[0] == "接着办：等一封信"
    await leading("1")
    await leading("没齐也先看")

    assert labels(await leading(PHOTO["zh"]))[0] == "重新办：等一封信"
    assert (await leading("1"))[0].title == "等一封信（1/5）去要"


async def test_entry_whose_flow_does_not_exist(talk: "Talk") -> None:
    """An entry whose guide is not in the library has no button for one."""
    assert not any("：" in label for label in labels(await talk(PHOTO["zh"])))


# Coming back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", ["/start", "number", "word", "question", "gibberish", "label"])
async def test_coming_back(talk: "Talk", language: Language, way: str) -> None:
    """Who writes after six hours is told first where they were and when; what they wrote does what it says."""
    await walk(talk, "wait", language)
    later(talk, hours=6)
    typed = {
        "/start": "/start",
        "number": "1",
        "word": {"zh": "收到了", "en": "got it"}[language],
        "label": {"zh": "信到了", "en": "It is here"}[language],
        "question": QUESTION[language],
        "gibberish": {"zh": "阿吧阿吧", "en": "asdfgh qwer"}[language],
    }[way]
    found = await talk(typed)
    step = {"zh": "等信", "en": "Wait for it"}[language]
    date = {"zh": "2026年11月22日", "en": "22 November 2026"}[language]
    sentence = say(language, "where-you-were", date=date, title=FLOW_TITLES["letters"][language], step=step)

    assert shown(found).count(sentence) == 1
    if way != "question":  # the answer comes first then
        assert sentence in found[0].blocks[0].texts
    assert await place(talk) == ("papers" if way in {"number", "word", "label"} else "wait")
    assert sentence not in shown(await talk("/start"))


@pytest.mark.parametrize("hours", [1, 5.99])
@pytest.mark.parametrize("typed", ["/start", "1", "收到了", "系统几月开放？", "阿吧阿吧"])
async def test_not_away_for_long(talk: "Talk", hours: float, typed: str) -> None:
    """Who was away for less than six hours is not told."""
    await walk(talk, "wait")
    later(talk, hours=hours)

    assert "欢迎回来" not in shown(await talk(typed))


@pytest.mark.parametrize("step", ["wait", "papers", "finished", ""])
async def test_pressing_after_long(talk: "Talk", step: str) -> None:
    """A press is no coming back to be met: it shows by itself where one was. Nor is anybody met who is in no guide."""
    found = await (walk(talk, step) if step else talk("/topics"))
    later(talk, days=30)
    if not step or step == "finished":
        assert "欢迎回来" not in shown(await talk("系统几月开放？"))
        later(talk, days=30)

    assert "欢迎回来" not in shown(await talk(button=found[-1].buttons[0].data))


async def test_coming_back_after_leaving(talk: "Talk") -> None:
    """Who left the guide is not met with it."""
    await walk(talk, "wait")
    await talk("/cancel")
    later(talk, days=30)

    assert "欢迎回来" not in shown(await talk("系统几月开放？"))
    assert (await run_of(talk, "letters")).step == "wait"
