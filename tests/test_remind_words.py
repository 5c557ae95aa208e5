"""Typed words about reminders: they do what /remind does, in their language, and answer a step only where it has them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.remind_helpers import DAYS, days_in_china, first_sentence, offered, planned, to_result
from tests.visitor import Visitor, go_to

ON: dict[Language, str] = {"zh": "提醒我", "en": "remind me"}
OFF: dict[Language, str] = {"zh": "别提醒了", "en": "stop reminders"}
PLAN: dict[Language, str] = {"zh": "提醒设置", "en": "my reminders"}


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("明天提醒我", 26),
        ("三天后再提醒我", 28),
        ("下周提醒我", 2),
        ("remind me tomorrow", 26),
        ("remind me in two days", 27),
        ("please remind me next week", 2),
    ],
)
async def test_words_ask_for_a_day(visitor: Visitor, typed: str, day: int) -> None:
    await visitor.turn("/remind on")
    await visitor.turn(typed)

    month = 11 if day > 2 else 12
    date = {"zh": f"2026年{month}月{day}日", "en": f"{day} {'November' if month == 11 else 'December'} 2026"}
    language: Language = "en" if typed.isascii() else "zh"
    assert first_sentence(visitor) == say(language, "remind-later-set", date=date[language], hour="10")
    assert planned(visitor)[0] == ("later", f"2026-{month}-{day:02}", f"2026-{month}-{day:02}T02:00:00+00:00")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_words_do_what_the_command_does(visitor: Visitor, language: Language) -> None:
    """The reply is in the language of the words."""
    other = next(each for each in LANGUAGES if each != language)
    await visitor.turn(PLAN[other])
    assert offered(visitor) == ["remind:set:on"]

    await visitor.turn(ON[language])
    assert first_sentence(visitor) == say(language, "remind-on")
    assert days_in_china(visitor) == DAYS

    await visitor.turn(PLAN[language])
    assert first_sentence(visitor) == say(language, "remind-planned")

    await visitor.turn(OFF[language])
    assert first_sentence(visitor) == say(language, "remind-stopped")
    assert planned(visitor) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("flow", "step"), [("activation", "wait-code"), ("deadlines", "qualified")])
async def test_words_at_a_step_leave_the_step_alone(
    visitor: Visitor, project_library: Library, flow: str, step: str, language: Language
) -> None:
    """Also at a step where somebody waits, and at one where a date is typed."""
    definition = flow_of(project_library, flow)
    await go_to(visitor, definition, definition.at(step))
    await visitor.turn(button=f"language:{language}")
    before = (await visitor.stored()).runs

    await visitor.turn(ON[language])
    assert first_sentence(visitor) == say(language, "remind-on")
    assert {day for _, day, _ in planned(visitor)} >= {"2026-12-31"}
    await visitor.turn(PLAN[language])
    assert first_sentence(visitor) == say(language, "remind-planned")
    await visitor.turn(OFF[language])
    assert first_sentence(visitor) == say(language, "remind-stopped")
    assert planned(visitor) == []

    assert (await visitor.stored()).runs == before
    assert (await visitor.stored()).place == (flow, step)


@pytest.mark.parametrize(
    ("language", "typed"), [("zh", "提醒我"), ("zh", "提醒"), ("en", "remind me"), ("en", "reminders")]
)
async def test_at_a_step_whose_choice_is_called_so_the_flow_has_the_word(
    visitor: Visitor, language: Language, typed: str
) -> None:
    await visitor.turn(button=f"language:{language}")
    await to_result(visitor, language)

    await visitor.turn(typed)
    assert (await visitor.stored()).place == ("deadlines", "reminders")
    assert "reminders" not in (await visitor.stored()).facts

    await visitor.turn(ON[language])
    stored = await visitor.stored()
    assert stored.place == ("deadlines", "finished")
    assert stored.facts["reminders"] == "wanted"
    assert set(days_in_china(visitor)) > set(DAYS)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_other_words_at_that_step_still_mean_the_command(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    await to_result(visitor, language)

    await visitor.turn({"zh": "提醒设置", "en": "my reminders"}[language])
    assert offered(visitor) == ["remind:set:on"]
    assert (await visitor.stored()).place == ("deadlines", "result")
