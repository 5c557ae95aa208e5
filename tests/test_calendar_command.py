"""The calendar in the chat: the command, the button at the end of one's dates, and what is said with the file."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pytest

from bot.guide_replies import CALENDAR, FLOW
from bot.messages import Reply
from bot.replies import LANGUAGE
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from flows.own_dates import DATES, REGISTERED
from flows.run import Run
from tests.calendar_reader import read_calendar
from tests.flow_samples import flow_of
from tests.guide_helpers import button, labels, number, shown
from tests.visitor import ZONE, Visitor

QUALIFIED: Final[dict[Language, str]] = {"zh": "2025年3月5日", "en": "5 March 2025"}


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> AsyncIterator[Visitor]:
    """Return somebody who has come on 25 November 2026."""
    async with Visitor(project_matcher, project_library, tmp_path / "regbot.db") as visitor:
        yield visitor


async def answer(visitor: Visitor, language: Language, *answers: str) -> list[Reply]:
    """Begin the flow about one's dates and answer: a choice, or what is typed."""
    await visitor.turn(button=f"{LANGUAGE}{language}")
    await visitor.turn(button=f"{FLOW}{DATES}")
    for given in answers:
        step = (await run(visitor)).step
        choice = flow_of(visitor.library, DATES).at(step).choice(given)
        await (visitor.turn(button=button(visitor.replies, choice.labels[language])) if choice else visitor.turn(given))
    return visitor.replies


async def run(visitor: Visitor) -> Run:
    """Return the run of the flow about one's dates."""
    return (await visitor.stored()).runs[DATES]


def days(reply: Reply) -> list[date]:
    """Return the days in a reply's file."""
    assert reply.document is not None
    return [event.one("DTSTART").day for event in read_calendar(reply.document.content).parts]


# The command


@pytest.mark.parametrize("language", LANGUAGES)
async def test_somebody_who_told_nothing_gets_the_year_end(visitor: Visitor, language: Language) -> None:
    """The year's end is everybody's; what the limit would take is said."""
    await visitor.turn(button=f"{LANGUAGE}{language}")
    reply, *_ = await visitor.turn("/calendar")

    assert days(reply) == [date(2026, 12, 31)]
    title = flow_of(visitor.library, DATES).texts[language].title
    assert say(language, "calendar-no-limit", title=title) in shown([reply])
    assert {"zh": "2026年12月31日", "en": "31 December 2026"}[language] in shown([reply])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_somebody_who_told_the_date_gets_both(visitor: Visitor, language: Language) -> None:
    """The file has both dates, the reply names them, and nothing is missing."""
    await answer(visitor, language, "assistant", QUALIFIED[language])
    reply, *_ = await visitor.turn("/calendar")

    assert days(reply) == [date(2026, 12, 31), date(2027, 3, 5)]
    named = {
        "zh": "医师注册：今年最后一天（2026年12月31日）；医师注册：两年期限最后一天（2027年3月5日）",
        "en": "Registration: last day of the year (31 December 2026); Registration: last day of your two years (5 March 2027)",
    }[language]
    assert shown([reply]).splitlines() == [say(language, "calendar", dates=named)]


async def test_the_file_is_not_shown_in_the_chat(visitor: Visitor) -> None:
    """What stands in the file is nothing to read."""
    reply, *_ = await visitor.turn("/calendar")

    assert reply.document is not None
    assert reply.document.saved
    assert "VCALENDAR" not in shown([reply])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("known", [False, True])
async def test_what_is_said_fits_below_a_file(visitor: Visitor, language: Language, *, known: bool) -> None:
    """A file in a chat has room for 1024 characters and no buttons; nothing of the reply would be lost."""
    await answer(visitor, language, *(["assistant", QUALIFIED[language]] if known else []))
    reply, *_ = await visitor.turn("/calendar")

    assert len(shown([reply])) <= 1024
    assert labels([reply]) == []


async def test_a_limit_that_has_passed_is_left_out(visitor: Visitor) -> None:
    """Nobody needs an alarm for what is past."""
    await answer(visitor, "en", "assistant", "5 March 2020")

    assert days((await visitor.turn("/calendar"))[0]) == [date(2026, 12, 31)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_registered_gets_no_file(visitor: Visitor, language: Language) -> None:
    """There is nothing to hurry for; taken back, the file is there again."""
    await answer(visitor, language, "assistant", QUALIFIED[language], "yes", "unknown", "unknown")
    reply, *_ = await visitor.turn("/calendar")
    assert reply.document is None
    assert shown([reply]) == say(language, "calendar-nothing")
    assert labels(visitor.replies)  # the step stands below

    choice = flow_of(visitor.library, DATES).at("registered-result").choice("mistake")
    assert choice is not None
    await visitor.turn(choice.labels[language])
    assert (await run(visitor)).step == REGISTERED
    assert len(days((await visitor.turn("/calendar"))[0])) == 2


async def test_today_is_that_of_the_persons_zone(visitor: Visitor) -> None:
    """In Shanghai the new year has begun while it is still the old one in UTC."""
    visitor.now = datetime(2027, 1, 1, 0, 30, tzinfo=ZONE)

    assert days((await visitor.turn("/calendar"))[0]) == [date(2027, 12, 31)]


@pytest.mark.parametrize("typed", ["/calendar", "/Calendar", " /calendar  ", "/calendar please"])
async def test_ways_to_write_the_command(visitor: Visitor, typed: str) -> None:
    """Case, spaces and words behind it make no difference."""
    (reply,) = await visitor.turn(typed)

    assert reply.document is not None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_names_the_command(visitor: Visitor, language: Language) -> None:
    """The help says what it is for."""
    await visitor.turn(button=f"{LANGUAGE}{language}")

    (line,) = [line for line in shown(await visitor.turn("/help")).splitlines() if line.startswith("/calendar")]
    assert {"zh": "日历", "en": "calendar"}[language] in line.removeprefix("/calendar")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_in_the_middle_of_a_flow_the_step_stays(visitor: Visitor, language: Language) -> None:
    """Whoever is at a step sees it below the file, as it was, and its numbers go on pressing its buttons."""
    step = await answer(visitor, language, "assistant", QUALIFIED[language])
    before = await visitor.stored()
    file, *below = await visitor.turn("/calendar")
    assert len(days(file)) == 2
    assert shown(below) == shown(step)
    assert await visitor.stored() == before

    choice = flow_of(visitor.library, DATES).at(REGISTERED).choice("no")
    assert choice is not None
    await visitor.turn(number(below, choice.labels[language]))
    assert (await run(visitor)).step == "years"


async def test_where_a_number_is_typed_the_step_stays(visitor: Visitor) -> None:
    """At a step that asks for a number, the command is none, and the number after it is the answer."""
    step = await answer(visitor, "en", "assistant", QUALIFIED["en"], "no")
    file, *below = await visitor.turn("/calendar")
    assert len(days(file)) == 2
    assert shown(below) == shown(step)

    await visitor.turn("2")
    assert (await run(visitor)).answers["years"] == 2


async def test_a_file_made_later_has_the_same_events(visitor: Visitor) -> None:
    """Asked for again by another process, on another day, the events are the same ones."""
    await answer(visitor, "en", "assistant", QUALIFIED["en"])
    first, *_ = await visitor.turn("/calendar")
    visitor.now = datetime(2026, 12, 20, tzinfo=ZONE)
    await visitor.reopen()
    second, *_ = await visitor.turn("/calendar")

    assert first.document
    assert second.document
    one, other = (read_calendar(document.content) for document in (first.document, second.document))
    assert [event.one("UID") for event in one.parts] == [event.one("UID") for event in other.parts]
    assert len(other.parts[0].parts) < len(one.parts[0].parts)


# The button


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", ["button", "number", "label"])
async def test_the_button_at_the_end(visitor: Visitor, language: Language, way: str) -> None:
    """Pressed, typed as a number or by its words, it gives what the command gives."""
    end = await answer(visitor, language, "assistant", QUALIFIED[language], "no", "unknown", "thanks")
    label = say(language, "calendar-button")
    assert button(end, label) == CALENDAR
    if way == "button":
        (reply,) = await visitor.turn(button=CALENDAR)
    else:
        (reply,) = await visitor.turn(number(end, label) if way == "number" else label)

    assert days(reply) == [date(2026, 12, 31), date(2027, 3, 5)]
    assert shown([reply]) == shown(await visitor.turn("/calendar"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_end_speaks_of_the_button_and_the_command(visitor: Visitor, language: Language) -> None:
    """The last step says what the button is for, and names the command for later."""
    end = await answer(visitor, language, "assistant", QUALIFIED[language], "no", "unknown", "thanks")

    assert "/calendar" in shown(end)
    assert labels(end).count(say(language, "calendar-button")) == 1


async def test_who_gave_up_has_the_button_too(visitor: Visitor) -> None:
    """Without the date, the general rules end with the year's end for the calendar."""
    end = await answer(visitor, "en", "assistant", "unknown", "later")

    assert button(end, say("en", "calendar-button")) == CALENDAR
    assert days((await visitor.turn(button=CALENDAR))[0]) == [date(2026, 12, 31)]


async def test_who_is_registered_has_no_button(visitor: Visitor) -> None:
    """At the end for those who are registered there is nothing to put into a calendar."""
    end = await answer(visitor, "en", "assistant", QUALIFIED["en"], "yes", "unknown", "unknown", "thanks")

    assert (await run(visitor)).ended == "done"
    assert CALENDAR not in {found.data for reply in end for found in reply.buttons}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_old_button_goes_by_what_is_known_now(visitor: Visitor, language: Language) -> None:
    """A button that was shown before somebody said that they are registered gives no file any more."""
    await answer(visitor, language, "assistant", QUALIFIED[language], "no", "unknown", "thanks")
    await visitor.turn(button=f"again:{DATES}")
    yes = flow_of(visitor.library, DATES).at(REGISTERED).choice("yes")
    assert yes is not None
    await visitor.turn(yes.labels[language])

    told, *_ = await visitor.turn(button=CALENDAR)
    assert shown([told]) == say(language, "calendar-nothing")


async def test_other_flows_end_without_the_button(visitor: Visitor) -> None:
    """The button belongs to one's dates."""
    await visitor.turn(button=f"{LANGUAGE}en")
    await visitor.turn(button=f"{FLOW}activation")

    assert CALENDAR not in {found.data for found in visitor.offered}


async def test_a_limit_that_has_passed_is_named_and_not_in_the_file(visitor: Visitor) -> None:
    await answer(visitor, "zh", "physician", "2023年3月5日")
    file = next(reply for reply in await visitor.turn("/calendar") if reply.document)

    assert days(file) == [date(2026, 12, 31)]
    assert say("zh", "calendar-limit-passed", date="2025年3月5日") in shown([file])
