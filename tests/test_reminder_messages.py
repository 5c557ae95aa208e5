"""The reminder's message as somebody reads it who opens the chat: one for all that is due, with what is true on that day."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from bot.channels.telegram.markup import pages
from bot.messages import Incoming, Reply
from bot.records import Reminder
from bot.reminders.reading import rules_of
from bot.rendering import plain
from bot.texts import say
from bot.texts.reminders import REMINDER_TEXTS
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.guide_helpers import rows
from tests.remind_helpers import offered, qualified, rules, wait_for_code
from tests.visitor import Visitor, go_to

ENDS = ["remind:done", "remind:later", "remind:off"]
STARTS: dict[Language, str] = {"zh": "最晚今天", "en": "today is the last day to"}


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


def at(month: int, day: int, year: int = 2026) -> datetime:
    """Return eleven in the morning of a day in China."""
    return datetime(year, month, day, 3, tzinfo=UTC)


async def opened(visitor: Visitor, now: datetime) -> Reply:
    """Open the chat, and return the message of what is due; it has been shown then."""
    visitor.now = now
    conversation = visitor._conversation
    async with conversation.opening("test", "me", lambda: now) as may:
        assert may
        visitor.replies = await conversation.turn(Incoming("test", "me", now, text="/start", opens=True))
    reminder = visitor.replies[0]
    assert [button.data for button in reminder.buttons][-2:] == ENDS[-2:], "nothing was due"
    return reminder


def carried(reply: Reply) -> list[str]:
    """Return what the buttons of a reply carry."""
    return [button.data for button in reply.buttons]


async def wanted(visitor: Visitor, language: Language) -> None:
    """Choose a language, and turn reminders on."""
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")


@pytest.mark.parametrize(
    ("month", "day", "said"),
    [
        (12, 1, ("离2026年12月31日还有30天。", "30 days left until 31 December 2026.")),
        (12, 2, ("离2026年12月31日还有29天。", "29 days left until 31 December 2026.")),
        (12, 23, ("离2026年12月31日还有8天。", "8 days left until 31 December 2026.")),
        (12, 24, ("离2026年12月31日只有7天了。", "7 days left until 31 December 2026.")),
        (12, 29, ("离2026年12月31日只有2天了。", "2 days left until 31 December 2026.")),
        (12, 30, ("明天就是2026年12月31日，", "Tomorrow is 31 December 2026,")),
        (12, 31, ("今天就是2026年12月31日，", "Today is 31 December 2026,")),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_days_are_those_that_are_left_now(
    visitor: Visitor, language: Language, month: int, day: int, said: tuple[str, str]
) -> None:
    """However late it is said, and whatever the rule was, in the words for so many days."""
    await wanted(visitor, language)
    reply = await opened(visitor, at(month, day))

    assert reply.blocks[0].texts[0].startswith(said[LANGUAGES.index(language)])
    wording = rules_of().dates["year-end"].wording((date(2026, 12, 31) - date(2026, month, day)).days)[language]
    end = wording.rpartition("}")[2]
    assert reply.blocks[0].texts[0].endswith(end)
    assert [len(block.texts) for block in reply.blocks] == [1, 1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_one_message_for_everything_that_is_due(
    visitor: Visitor, project_library: Library, language: Language
) -> None:
    """Both dates, and the wait; nothing of it is said again the next time."""
    await qualified(visitor, date="2025年1月5日")
    await wait_for_code(visitor, project_library)
    await wanted(visitor, language)
    reply = await opened(visitor, at(12, 28))

    beginnings = {
        "zh": ["离2026年", "你的两年期限", "有消息了吗？"],
        "en": ["3 days left", "Your two years", "Any news?"],
    }[language]
    texts = [block.texts[0] for block in reply.blocks]
    assert len(texts) == len(beginnings)
    assert all(text.startswith(beginning) for text, beginning in zip(texts, beginnings, strict=True))
    assert {"zh": "2027年1月5日，只剩8天", "en": "5 January 2027; only 8 days left"}[language] in plain([reply])
    states = dict(rows(visitor.path, "SELECT state, count(*) FROM reminders GROUP BY state"))
    assert states == {"sent": 8, "pending": 4}

    again = await visitor._conversation.turn(Incoming("test", "me", visitor.now, text="/start", opens=True))
    assert not any("remind:off" in carried(each) for each in again)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_before_the_beginning_it_says_where_to_begin(
    visitor: Visitor, project_library: Library, language: Language
) -> None:
    await wanted(visitor, language)
    reply = await opened(visitor, at(12, 1))

    title = flow_of(project_library, "activation").texts[language].title
    assert reply.blocks[-1].texts == (say(language, "reminded-first", flow=title),)
    assert carried(reply) == ["flow:activation", *ENDS]
    assert reply.buttons[0].label == say(language, "begin", title=title)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_in_a_guide_it_names_the_step(visitor: Visitor, project_library: Library, language: Language) -> None:
    activation = flow_of(project_library, "activation")
    await go_to(visitor, activation, activation.at("ask-code"))
    await wanted(visitor, language)
    reply = await opened(visitor, at(12, 1))

    flow, step = activation.texts[language].title, activation.at("ask-code").texts[language].title
    assert reply.blocks[-1].texts == (say(language, "reminded-at", flow=flow, step=step),)
    assert carried(reply) == ["flow:activation", *ENDS]
    assert reply.buttons[0].label == say(language, "go-on", title=flow)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_between_two_guides_it_names_the_next(
    visitor: Visitor, project_library: Library, language: Language
) -> None:
    activation = flow_of(project_library, "activation")
    await go_to(visitor, activation, next(step for step in activation.steps if step.end == "done"))
    await wanted(visitor, language)
    reply = await opened(visitor, at(12, 1))

    title = flow_of(project_library, "submission").texts[language].title
    assert title in reply.blocks[-1].texts[0]
    assert carried(reply) == ["flow:submission", *ENDS]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_one_waits_it_says_since_when_and_a_button_ends_the_wait(
    visitor: Visitor, project_library: Library, language: Language
) -> None:
    await wait_for_code(visitor, project_library)
    await wanted(visitor, language)
    reply = await opened(visitor, at(11, 29))

    step = flow_of(project_library, "activation").at("wait-code")
    (text,) = chain.from_iterable(block.texts for block in reply.blocks)
    since = {"zh": "从2026年11月25日开始等，今天是第5天", "en": "since 25 November 2026; this is day 5"}[language]
    assert since in text
    assert step.texts[language].title in text
    assert carried(reply)[1:] == ["flow:activation", *ENDS]
    assert reply.buttons[0].label == step.choices[0].labels[language]

    await visitor.turn(button=reply.buttons[0].data)
    assert (await visitor.stored()).place == ("activation", "enter-code")
    assert not any(rule.startswith("waiting") for rule in rules(visitor))


async def test_who_is_registered_and_waits_in_another_guide_need_not_say_so_again(
    visitor: Visitor, project_library: Library
) -> None:
    """The wait for the institution's own account goes on."""
    account = flow_of(project_library, "institution-account")
    await go_to(visitor, account, account.at("login-sent"))
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:done")
    assert len(rules(visitor)) == 3
    reply = await opened(visitor, at(11, 28))

    assert [data.split(":")[0] for data in carried(reply)] == ["go", "flow", "remind", "remind"]
    assert "remind:done" not in carried(reply)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("late", [0, 2])
async def test_who_asked_for_it_is_told_so(visitor: Visitor, language: Language, late: int) -> None:
    """With the nearest date; and nobody is told that it was today that they asked for when it was not."""
    await wanted(visitor, language)
    await visitor.turn(button="remind:in:3")
    reply = await opened(visitor, at(11, 28) + timedelta(days=late))

    lead, named, _ = (block.texts[0] for block in reply.blocks)
    assert lead.startswith({"zh": "你让我", "en": "You asked me"}[language])
    assert {"zh": f"还有{33 - late}天", "en": f"{33 - late} days left"}[language] in named
    assert carried(reply) == ["flow:activation", *ENDS]
    if late:
        assert {"zh": "今天", "en": "today"}[language] not in lead


@pytest.mark.parametrize("language", LANGUAGES)
async def test_on_the_last_day_to_begin_it_says_so(visitor: Visitor, language: Language) -> None:
    visitor.now = at(11, 20)
    await wanted(visitor, language)
    reply = await opened(visitor, at(11, 23))

    dated, start, first = (block.texts[0] for block in reply.blocks)
    assert {"zh": "还有38天", "en": "38 days left"}[language] in dated
    assert STARTS[language] in start
    lead = rules_of().leads[0].texts[language]
    assert lead in start
    assert {"zh": "2026年12月31日", "en": "31 December 2026"}[language] in start
    assert first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [1, 20, 38])
async def test_after_the_last_day_to_begin_nobody_is_told_that_it_is_today(
    visitor: Visitor, language: Language, days: int
) -> None:
    """Said late, it would be wrong: less than the usual time is left."""
    visitor.now = at(11, 20)
    await wanted(visitor, language)
    reply = await opened(visitor, at(11, 23) + timedelta(days=days))

    assert STARTS[language] not in plain([reply])


KINDS = [
    ("year-end", date(2026, 12, 31)),
    ("limit", date(2027, 1, 5)),
    ("year-end-start", date(2026, 12, 31)),
    ("limit-start", date(2027, 1, 5)),
    ("waiting:activation:wait-code:1", date(2026, 11, 25)),
    ("later", date(2026, 12, 1)),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["", "portal", "wait-code", "done"])
async def test_every_message_is_whole_and_fits(
    visitor: Visitor, project_library: Library, language: Language, step: str
) -> None:
    """On every day up to the dates, for each kind and for all at once: no blank is left, no word is missing or shouted."""
    await qualified(visitor, date="2025年1月5日")
    if step:
        activation = flow_of(project_library, "activation")
        at_step = activation.step(step) or next(each for each in activation.steps if each.end == "done")
        await go_to(visitor, activation, at_step)
    memory = await visitor._store.recall("test", "me")
    assert memory is not None
    reminding = visitor._conversation.assistant.reminding
    for days in range(43):
        now = at(11, 25) + timedelta(days=days)
        all_due = [Reminder(rule, day, re.split("-start|:", rule)[0], now, 0) for rule, day in KINDS]
        for due in (*([each] for each in all_due), all_due):
            reply = reminding.message(due, memory.progress, now, language)
            (page,) = pages(reply)
            assert page.plain
            assert not re.search(r"[{}!！]|  | ,|，，|“”|\"\"| 1 days|None", page.plain), page.plain
            assert all(button.label and len(button.data.encode()) <= 64 for button in reply.buttons)
            assert carried(reply)[-2:] == ENDS[-2:]


def test_no_text_about_reminders_shouts() -> None:
    """And each stands in both languages, with the same blanks."""
    everything = rules_of()
    texts = [*REMINDER_TEXTS.values(), everything.start, *(lead.texts for lead in everything.leads)]
    texts += [wording.texts for rule in everything.dates.values() for wording in rule.wordings]
    assert everything.waiting is not None
    texts.append(everything.waiting.texts)
    for text in texts:
        blanks = [set(re.findall(r"\{([a-z-]+)", text[language])) for language in LANGUAGES]
        assert blanks[0] == blanks[1], text
        assert not set("!！") & set(text["zh"] + text["en"])
        assert not re.search("[一-鿿]", text["en"]), text


async def test_the_guide_that_the_message_names_opens_also_after_another_button(visitor: Visitor) -> None:
    await wanted(visitor, "zh")
    reply = await opened(visitor, at(12, 1))
    await visitor.turn(button="remind:later")
    assert "remind:in:3" in offered(visitor)
    await visitor.turn(button=carried(reply)[0])
    assert (await visitor.stored()).place == ("activation", "portal")
