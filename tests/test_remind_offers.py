"""Where reminders are offered: after the dates, below answers about dates, where one waits; and nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.remind_helpers import offered, to_result
from tests.visitor import Visitor, go_to

DATES = {"dates"}
"""The groups under whose answers reminders are offered."""


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


def of_reminders(visitor: Visitor) -> list[tuple[str, str]]:
    """Return the last replies' buttons of the reminders, each with its label."""
    return [(button.label, button.data) for button in visitor.offered if button.data.startswith("remind")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_at_the_end_of_the_dates(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    await to_result(visitor, language)
    await visitor.turn(button=visitor.offered_as("go:deadlines", "result", "thanks")[0].data)
    assert (await visitor.stored()).place == ("deadlines", "finished")
    assert of_reminders(visitor) == [(say(language, "remind-button"), "remind:on")]

    await visitor.turn(button="remind:on")
    await visitor.turn(button="again:deadlines")
    while (await visitor.stored()).in_flow:
        data = [button.data for button in visitor.offered if button.data.startswith("go:deadlines")]
        choice = next((each for each in data if ":thanks:" in each or ":no:" in each), data[0])
        await visitor.turn("4") if ":years:" in choice else await visitor.turn(button=choice)
    assert of_reminders(visitor) == [(say(language, "remind-plan-button"), "remind")]


async def test_not_at_the_end_for_somebody_who_is_registered(visitor: Visitor, project_library: Library) -> None:
    deadlines = flow_of(project_library, "deadlines")
    await go_to(visitor, deadlines, deadlines.at("registered-end"))

    assert of_reminders(visitor) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_below_answers_about_dates_and_only_those(visitor: Visitor, language: Language) -> None:
    """Not for somebody who is registered; and who has them is led to their plan."""
    await visitor.turn(button=f"language:{language}")
    entries = visitor.matcher.corpus.entries
    assert {entry.group for entry in entries} > DATES
    for entry in entries:
        await visitor.turn(button=f"entry:{entry.id}")
        offer = [(say(language, "remind-button"), "remind:on")]
        assert of_reminders(visitor) == (offer if entry.group in DATES else []), entry.id

    await visitor.turn(button="remind:on")
    for entry in entries:
        await visitor.turn(button=f"entry:{entry.id}")
        offer = [(say(language, "remind-plan-button"), "remind")]
        assert of_reminders(visitor) == (offer if entry.group in DATES else []), entry.id

    await visitor.turn(button="remind:done")
    for entry in entries:
        await visitor.turn(button=f"entry:{entry.id}")
        assert of_reminders(visitor) == [], entry.id


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_typed_question_about_dates_is_answered_with_the_offer(visitor: Visitor, language: Language) -> None:
    await visitor.turn({"zh": "拿到资格后多久内必须注册？", "en": "How long do I have to register?"}[language])
    assert of_reminders(visitor) == [(say(language, "remind-button"), "remind:on")]

    await visitor.turn(button="remind:on")
    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-on"),)


@pytest.mark.parametrize("flow", ["activation", "submission", "materials", "institution-account"])
async def test_where_one_waits_and_nowhere_else(visitor: Visitor, project_library: Library, flow: str) -> None:
    """At every step of the guides one can ask to be reminded in a few days where it is others who act."""
    definition = flow_of(project_library, flow)
    seen = set()
    for step in definition.steps:
        await visitor.turn(button="forget:yes")
        try:
            await go_to(visitor, definition, step)
        except KeyError:  # there is no way to it but through another guide
            continue
        offer = [(say("zh", "remind-later-button"), "remind:later")] if step.kind == "waiting" else []
        assert of_reminders(visitor) == offer, step.id
        seen.add(step.kind == "waiting")

    assert seen == {True, False}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_asks_where_they_wait_is_reminded_though_they_want_nothing_else(
    visitor: Visitor, project_library: Library, language: Language
) -> None:
    """One reminder, on the day that was asked for; /remind shows it, and ends it."""
    activation = flow_of(project_library, "activation")
    await go_to(visitor, activation, activation.at("wait-code"))
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:later")
    await visitor.turn(button="remind:in:3")
    assert (await visitor.stored()).place == ("activation", "wait-code")

    await visitor.turn("/remind")
    line = {"zh": "2026年11月28日 10:00，", "en": "28 November 2026, 10:00: "}[language]
    assert [
        text.startswith(line) for block in visitor.replies[0].blocks if block.kind == "list" for text in block.texts
    ] == [True]
    assert offered(visitor) == ["remind:set:on", "remind:set:off"]

    await visitor.turn(button="remind:set:off")
    await visitor.turn("/remind")
    assert offered(visitor) == ["remind:set:on"]
