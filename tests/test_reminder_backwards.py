"""Where somebody is on the way to being registered: what they wait for, where they go on, and by when the rest has to begin."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Reminder
from bot.reminders.plan import Place, backwards, next_place
from bot.reminders.reading import rules_of
from bot.reminders.workdays import workdays_between
from flows.definition import Library
from flows.journey import Progress
from flows.own_dates import DATES
from tests.flow_samples import flow_of
from tests.reminder_samples import SHANGHAI, Somebody, at, dues
from tests.store_helpers import commit, rows, turn

CODE, INSTITUTION, COMMISSION = (lead.step for lead in rules_of().leads)
YEAR_END = date(2026, 12, 31)
WAYS: dict[str, Callable[[Somebody], Somebody]] = {
    "nothing": lambda who: who,
    "activation begun": lambda who: who.begin("activation"),
    "side wait before": lambda who: who.go_to("activation", "find-institution"),
    "side step before": lambda who: who.go_to("activation", "email"),
    "code awaited": lambda who: who.go_to("activation", CODE),
    "aside of that wait": lambda who: who.go_to("activation", CODE).press("activation", "not-coming"),
    "code here": lambda who: who.go_to("activation", "enter-code"),
    "side step after": lambda who: who.go_to("activation", CODE).press("activation", "have-it", "wrong"),
    "activated": lambda who: who.go_to("activation", "finished"),
    "activated and begun": lambda who: who.go_to("activation", "finished").begin("submission"),
    "only begun": lambda who: who.begin("submission"),
    "deep in submission": lambda who: who.go_to("submission", "form"),
    "side step of the form": lambda who: who.go_to("submission", "no-institution"),
    "account not active": lambda who: who.begin("submission").press("submission", "not-active"),
    "led to activation": lambda who: who.go_to("submission", "apply-trouble").press("submission", "activate"),
    "activated on the way": lambda who: (
        who.go_to("submission", "apply-trouble").press("submission", "activate").go_to("activation", "finished")
    ),
    "institution confirms": lambda who: who.go_to("submission", INSTITUTION),
    "nobody confirms": lambda who: who.go_to("submission", INSTITUTION).press("submission", "nobody"),
    "confirms, activation left": lambda who: who.begin("activation").go_to("submission", INSTITUTION),
    "returned by the institution": lambda who: who.go_to("submission", INSTITUTION).press("submission", "returned"),
    "commission decides": lambda who: who.go_to("submission", COMMISSION),
    "returned by the commission": lambda who: who.go_to("submission", COMMISSION).press("submission", "returned"),
    "returned after long": lambda who: who.go_to("submission", "certificate").press("submission", "long", "returned"),
    "returned, form again": lambda who: who.go_to("submission", COMMISSION).press("submission", "returned", "form"),
    "approved": lambda who: who.go_to("submission", "papers"),
    "papers missing": lambda who: who.go_to("submission", "certificate").press("submission", "more-papers"),
    "military": lambda who: who.go_to("submission", "military"),
}
"""How somebody gets to a place, all at one moment."""


def steps(who: Somebody, day: date = YEAR_END) -> list[str]:
    """Return the waits that have to begin, in order."""
    return [begin.lead.step for begin in backwards(rules_of(), who.library, who.progress, day, who.now)[0]]


def days(who: Somebody, day: date = YEAR_END) -> tuple[list[str], bool]:
    """Return the days by which what is left has to begin, and whether that is tight."""
    begins, tight = backwards(rules_of(), who.library, who.progress, day, who.now)
    return [f"{begin.day:%m-%d}" for begin in begins], tight


@pytest.mark.parametrize(
    ("now", "day", "expected", "tight"),
    [
        pytest.param("2026-11-02 09:00", YEAR_END, ["11-23", "11-26", "12-03"], False, id="usual"),
        pytest.param("2026-11-23 23:59", YEAR_END, ["11-23", "11-26", "12-03"], False, id="last-day"),
        pytest.param("2026-11-24 00:00", YEAR_END, ["11-24", "11-27", "12-04"], True, id="day-after"),
        pytest.param("2026-12-14 09:00", YEAR_END, ["12-14", "12-16", "12-18"], True, id="half-the-time"),
        pytest.param("2026-12-29 09:00", YEAR_END, ["12-29", "12-30", "12-30"], True, id="two-days"),
        pytest.param("2026-12-31 09:00", YEAR_END, ["12-31", "12-31", "12-31"], True, id="last-moment"),
        pytest.param("2026-08-01 09:00", date(2026, 10, 16), ["09-02", "09-07", "09-14"], False, id="national-day"),
        pytest.param("2026-08-01 09:00", date(2026, 10, 5), ["08-21", "08-26", "09-02"], False, id="to-a-holiday"),
        pytest.param("2026-09-30 09:00", date(2026, 10, 10), ["09-30", "10-08", "10-08"], True, id="make-up-day"),
        pytest.param("2026-10-03 09:00", date(2026, 10, 5), ["10-03", "10-03", "10-03"], True, id="only-holidays"),
        pytest.param("2026-12-05 09:00", date(2026, 12, 6), ["12-05", "12-05", "12-05"], True, id="only-a-weekend"),
    ],
)
def test_by_when_to_begin(project_library: Library, now: str, day: date, expected: list[str], tight: bool) -> None:
    """3, 5 and 20 working days before the date, without weekends and holidays; in shares when there are fewer."""
    assert days(Somebody(project_library, now), day) == (expected, tight)


@pytest.mark.parametrize(
    ("since", "now", "expected", "tight"),
    [
        pytest.param("2026-11-09 09:00", "2026-11-12 09:00", ["12-03"], False, id="time-enough"),
        pytest.param("2026-11-30 09:00", "2026-12-02 09:00", ["12-07"], True, id="two-days-count"),
        pytest.param("2026-12-02 09:00", "2026-12-02 09:00", ["12-09"], True, id="just-begun"),
        pytest.param("2026-11-30 00:30", "2026-12-02 00:30", ["12-07"], True, id="days-of-the-zone"),
        pytest.param("2026-11-02 09:00", "2026-12-02 09:00", ["12-03"], False, id="one-day-is-left-at-least"),
        pytest.param("2026-11-02 09:00", "2026-12-03 09:00", ["12-04"], True, id="one-day-is-left-for-it"),
    ],
)
def test_a_wait_that_has_begun_counts(
    project_library: Library, since: str, now: str, expected: list[str], tight: bool
) -> None:
    """It is left out, and the working days that it has lasted need not be waited again."""
    who = Somebody(project_library, since).go_to("submission", INSTITUTION).on(now)

    assert days(who) == (expected, tight)
    assert steps(who) == [COMMISSION]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("nothing", [CODE, INSTITUTION, COMMISSION]),
        ("activation begun", [CODE, INSTITUTION, COMMISSION]),
        ("side wait before", [CODE, INSTITUTION, COMMISSION]),
        ("side step before", [CODE, INSTITUTION, COMMISSION]),
        ("code awaited", [INSTITUTION, COMMISSION]),
        ("aside of that wait", [CODE, INSTITUTION, COMMISSION]),
        ("code here", [INSTITUTION, COMMISSION]),
        ("side step after", [INSTITUTION, COMMISSION]),
        ("activated", [INSTITUTION, COMMISSION]),
        ("activated and begun", [INSTITUTION, COMMISSION]),
        ("only begun", [CODE, INSTITUTION, COMMISSION]),
        ("deep in submission", [INSTITUTION, COMMISSION]),
        ("side step of the form", [INSTITUTION, COMMISSION]),
        ("account not active", [CODE, INSTITUTION, COMMISSION]),
        ("led to activation", [CODE, INSTITUTION, COMMISSION]),
        ("activated on the way", [INSTITUTION, COMMISSION]),
        ("institution confirms", [COMMISSION]),
        ("nobody confirms", [INSTITUTION, COMMISSION]),
        ("confirms, activation left", [COMMISSION]),
        ("returned by the institution", [INSTITUTION, COMMISSION]),
        ("commission decides", []),
        ("returned by the commission", [INSTITUTION, COMMISSION]),
        ("returned after long", [INSTITUTION, COMMISSION]),
        ("returned, form again", [INSTITUTION, COMMISSION]),
        ("approved", []),
        ("papers missing", []),
        ("military", [INSTITUTION, COMMISSION]),
    ],
)
def test_what_is_left_to_begin(project_library: Library, way: str, expected: list[str]) -> None:
    """What somebody has behind them is left out, told by where they are; and what goes on now."""
    who = WAYS[way](Somebody(project_library, "2026-11-02 09:00"))

    assert steps(who) == expected


@pytest.mark.parametrize(
    ("way", "start"),
    [
        ("nothing", "2026-11-23 10:00"),
        ("activated", "2026-11-26 10:00"),
        ("deep in submission", "2026-11-26 10:00"),
        ("code awaited", None),
        ("institution confirms", None),
        ("confirms, activation left", None),
        ("commission decides", None),
        ("approved", None),
    ],
)
def test_the_last_day_to_begin(project_library: Library, way: str, start: str | None) -> None:
    """The day for what comes next is reminded of, unless that has begun or nothing is left to wait for."""
    who = WAYS[way](Somebody(project_library, "2026-11-02 09:00"))

    assert dues(who.plan).get("year-end-start") == start


@given(
    st.sampled_from(sorted(WAYS)),
    st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    st.integers(0, 120),
    st.integers(0, 40),
)
def test_beginnings_of_any_plan(project_library: Library, way: str, start: date, left: int, waited: int) -> None:
    """Nothing begins before today or after the date, all in their order; tight is what has fewer days than usual."""
    who = WAYS[way](Somebody(project_library, f"{start} 09:00"))
    today = start + timedelta(days=waited)
    day = today + timedelta(days=left)
    begins, tight = backwards(rules_of(), project_library, who.progress, day, who.on(f"{today} 12:00").now)

    found = [begin.day for begin in begins]
    order = [lead.step for lead in rules_of().leads]
    assert all(today <= one <= day for one in found)
    assert found == sorted(found)
    assert [begin.lead.step for begin in begins] == [step for step in order if step in steps(who, day)]
    if begins and not tight:
        for begin in begins:
            rest = sum(lead.days for lead in rules_of().leads if order.index(lead.step) >= order.index(begin.lead.step))
            assert workdays_between(begin.day, day) == rest


def test_who_applies_again_waits_anew(project_library: Library) -> None:
    """An application that was returned and submitted again is waited for from then on."""
    who = Somebody(project_library, "2026-11-02 09:00").go_to("submission", INSTITUTION)
    who.on("2026-11-20 09:00").press("submission", "returned", "resubmitted")

    assert dues(one for one in who.plan if one.kind == "waiting") == {
        f"waiting:submission:{INSTITUTION}:1": "2026-11-23 10:00",
        f"waiting:submission:{INSTITUTION}:2": "2026-11-30 10:00",
        f"waiting:submission:{INSTITUTION}:3": "2026-12-07 10:00",
    }


def test_a_wait_is_reminded_of_while_it_lasts(project_library: Library) -> None:
    """Only while somebody is at that step, also when they left the flow; going back there goes on with the wait."""
    who = Somebody(project_library, "2026-11-09 09:00").go_to("activation", "wait-code")
    waiting = dues(one for one in who.plan if one.kind == "waiting")
    who.progress = replace(who.progress, current=None)
    assert dues(one for one in who.plan if one.kind == "waiting") == waiting

    who.on("2026-11-12 09:00").press("activation", "have-it")
    assert "waiting" not in who.kinds

    who.back("activation")
    assert dues(one for one in who.plan if one.kind == "waiting") == waiting

    who.go_to("activation", "finished")
    assert "waiting" not in who.kinds


def test_each_wait_is_reminded_of(project_library: Library) -> None:
    """Of several waits each counts from its own beginning, one off the main way as well."""
    who = Somebody(project_library, "2026-11-09 09:00").go_to("activation", "find-institution")
    who.on("2026-11-11 09:00").go_to("institution-account", "login-sent")

    assert dues(one for one in who.plan if one.rule.endswith(":1")) == {
        "waiting:activation:find-institution:1": "2026-11-12 10:00",
        "waiting:institution-account:login-sent:1": "2026-11-14 10:00",
    }


def test_who_is_registered_waits_only_in_an_optional_flow(project_library: Library) -> None:
    """Waits on the way to being registered are over then; the others are not."""
    who = Somebody(project_library, "2026-11-09 09:00").go_to("activation", "wait-code")
    who.go_to("institution-account", "login-sent").press_reminder("remind:done")

    assert who.rules == {f"waiting:institution-account:login-sent:{number}" for number in (1, 2, 3)}


def place(who: Somebody) -> tuple[str, str | None, date | None] | None:
    """Return where somebody goes on, as the ids of flow and step, and since when they wait there."""
    found = next_place(rules_of(), who.library, who.progress, SHANGHAI)
    return (found.flow.id, found.step.id if found.step else None, found.since) if found else None


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("nothing", ("activation", None, None)),
        ("activation begun", ("activation", "portal", None)),
        ("code awaited", ("activation", CODE, date(2026, 11, 2))),
        ("activated", ("submission", None, None)),
        ("deep in submission", ("submission", "form", None)),
        ("led to activation", ("activation", "portal", None)),
        ("activated on the way", ("submission", "apply", None)),
        ("commission decides", ("submission", COMMISSION, date(2026, 11, 2))),
        ("approved", ("submission", "papers", None)),
    ],
)
def test_where_somebody_goes_on(
    project_library: Library, way: str, expected: tuple[str, str | None, date | None]
) -> None:
    """At the step that they are at; else with the first guide on the way that they have not begun."""
    who = WAYS[way](Somebody(project_library, "2026-11-02 00:30"))

    assert place(who) == expected
    assert next_place(rules_of(), Library(()), who.progress, SHANGHAI) is None


def test_the_guide_that_somebody_is_in_comes_first(project_library: Library) -> None:
    """Of several under way it is the present one, or the one changed last when they are in none of them."""
    who = Somebody(project_library, "2026-11-02 09:00").go_to("submission", "form")
    who.on("2026-11-03 09:00").go_to("institution-account", "visit").on("2026-11-04 09:00").begin("submission")
    assert place(who) == ("submission", "form", None)

    who.progress = replace(who.progress, current=None)
    assert place(who) == ("institution-account", "visit", None)

    who.on("2026-11-05 09:00").press("submission", "photo")
    who.progress = replace(who.progress, current=None)
    assert place(who) == ("submission", "photo", None)

    who.on("2026-11-06 09:00").begin(DATES)
    assert who.progress.current == DATES
    assert place(who) == ("submission", "photo", None)


def test_the_dates_are_no_place_to_go_on(project_library: Library) -> None:
    """Who only asked about dates has yet to begin; who has everything behind them goes on nowhere."""
    who = Somebody(project_library, "2026-11-02 09:00").begin(DATES)
    assert next_place(rules_of(), project_library, who.progress, SHANGHAI) == Place(
        flow_of(project_library, "activation"), None
    )

    who.go_to("activation", "finished").go_to("submission", "military")
    assert place(who) is None
    assert next_place(rules_of(), project_library, Progress(), SHANGHAI) is not None


async def write(path: Path, planned: tuple[Reminder, ...], now: str) -> None:
    """Write a plan in a turn."""
    await commit(path, turn(update_id=now, now=at(now), planned=planned, planned_with="rules"))


def kept(path: Path) -> list[str]:
    """Return the rules that are in the store, in the order of their times."""
    return [rule for (rule,) in rows(path, "SELECT rule FROM reminders ORDER BY due_at, rule")]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-12-29 09:00", ["year-end-1", "year-end-0"], id="late"),
        pytest.param("2026-12-30 09:59", ["year-end-1", "year-end-0"], id="a-minute-before"),
        pytest.param("2026-12-30 10:00", ["year-end-0"], id="at-that-moment"),
        pytest.param("2026-12-31 10:00", [], id="too-late"),
    ],
)
async def test_who_joins_late_gets_no_missed_reminders(
    project_library: Library, tmp_path: Path, now: str, expected: list[str]
) -> None:
    """Only those that are still to come are begun, whatever else is in the plan."""
    path = tmp_path / "regbot.db"
    who = Somebody(project_library, now)
    assert len(who.plan) == 7

    await write(path, who.plan, now)
    assert kept(path) == expected


async def test_a_plan_that_is_written_again_changes_nothing(project_library: Library, tmp_path: Path) -> None:
    """Later and on other days the same rows stay, also those that have become due; who registers has none left."""
    path = tmp_path / "regbot.db"
    who = Somebody(project_library, "2026-12-20 09:00").go_to("activation", CODE)
    await write(path, who.plan, "2026-12-20 09:00")
    before = rows(path, "SELECT * FROM reminders ORDER BY rule")
    assert kept(path)[0] == f"waiting:activation:{CODE}:1"

    for now in ("2026-12-20 09:01", "2026-12-24 10:01", "2026-12-31 23:59"):
        await write(path, who.on(now).plan, now)
        assert rows(path, "SELECT * FROM reminders ORDER BY rule") == before

    await write(path, who.press_reminder("remind:done").plan, "2027-01-01 00:00")
    assert kept(path) == []


def test_a_late_plan_has_one_line_for_each_wait(project_library: Library) -> None:
    """/remind shows what is still to come, and the rest of the way squeezed into the days that are left."""
    reply = Somebody(project_library, "2026-12-10 09:00").remind()

    coming, left = (block.texts for block in reply.blocks if block.kind == "list")
    assert [line.split(":00")[0] for line in coming][:2] == ["17 December 2026, 10", "24 December 2026, 10"]
    whats = [lead.texts["en"] for lead in rules_of().leads]
    days = ["today", "by 14 December 2026", "by 17 December 2026"]
    assert list(left) == [f"{day}: {what}" for day, what in zip(days, whats, strict=True)]
    assert any("less time than usual" in block.texts[0] for block in reply.blocks)


def test_what_can_hardly_be_done_in_time_is_no_plan(project_library: Library) -> None:
    """With less than half of the usual time left, days for each step would promise too much."""
    reply = Somebody(project_library, "2026-12-29 09:00").remind()

    assert [block.kind for block in reply.blocks].count("list") == 1  # the reminders
    assert any("can hardly be met" in text for block in reply.blocks for text in block.texts)


def test_after_the_two_years_training_comes_first(project_library: Library) -> None:
    """Steps towards the year's end would be wrong before the training and the assessment."""
    somebody = Somebody(project_library, "2026-12-02 09:00")
    somebody.progress = replace(somebody.progress, facts={**somebody.progress.facts, "qualified": "2024-11-20"})
    texts = [text for block in somebody.remind().blocks for text in block.texts]

    assert any("training and an assessment come before the application" in text for text in texts)
    assert not any("activation code" in text for text in texts)
    assert not any(one.rule == "year-end-start" for one in somebody.plan)
