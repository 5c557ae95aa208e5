"""What somebody is to be reminded of, and when: days and hours, time zones, the turn of the year, and who is not reminded."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.records import Preferences
from bot.reminders.plan import FACT, NOT_WANTED, due_at, is_wanted, plan, zone_of
from bot.reminders.reading import rules_of
from bot.reminders.rules import SWITCHED, UNHURRIED, Rules
from bot.reminders.workdays import workdays_before
from flows.definition import Library
from flows.journey import Progress
from flows.own_dates import APPLICATION, DATES, REGISTERED, is_registered, own_dates
from tests.reminder_samples import SHANGHAI, Somebody, at, dues

URUMQI: Final = ZoneInfo("Asia/Urumqi")
ZONES: Final = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS: Final = st.dates(date(2026, 1, 1), date(2030, 12, 31))
YEAR_END: Final = {
    "year-end-start": "2026-11-23",
    "year-end-30": "2026-12-01",
    "year-end-14": "2026-12-17",
    "year-end-7": "2026-12-24",
    "year-end-3": "2026-12-28",
    "year-end-1": "2026-12-30",
    "year-end-0": "2026-12-31",
}
"""The days of the year's end for somebody who has not begun anything: 28 working days are needed."""
LIMIT: Final = {"limit-180", "limit-90", "limit-30", "limit-7", "limit-1", "limit-start"}
WAITING: Final = {f"waiting:activation:wait-code:{number}" for number in (1, 2, 3)}


def without_start(found: dict[str, str]) -> dict[str, str]:
    """Leave out what depends on holidays that may not be announced yet."""
    return {rule: due for rule, due in found.items() if not rule.endswith("-start")}


@pytest.mark.parametrize(
    ("day", "hour", "clock", "zone", "expected"),
    [
        pytest.param("2026-12-24", 10, "Asia/Shanghai", "Asia/Shanghai", "2026-12-24 02:00", id="china"),
        pytest.param("2026-12-24", 10, "Asia/Urumqi", "Asia/Shanghai", "2026-12-24 04:00", id="xinjiang-clock"),
        pytest.param("2026-12-24", 10, "Asia/Shanghai", "Asia/Urumqi", "2026-12-24 02:00", id="xinjiang-settings"),
        pytest.param("2026-12-24", 8, "Asia/Urumqi", "Asia/Urumqi", "2026-12-24 02:00", id="xinjiang-both"),
        pytest.param("2026-12-24", 20, "Asia/Shanghai", "Asia/Shanghai", "2026-12-24 12:00", id="last-hour"),
        pytest.param("2026-12-24", 10, "Asia/Kathmandu", "Asia/Shanghai", "2026-12-24 04:15", id="quarter-hours"),
        pytest.param("2026-12-24", 10, "Europe/Berlin", "Asia/Shanghai", "2026-12-24 09:00", id="berlin"),
        pytest.param("2026-12-24", 17, "Europe/Berlin", "Asia/Shanghai", "2026-12-23 16:00", id="berlin-evening"),
        pytest.param("2026-12-24", 16, "Europe/Berlin", "Asia/Shanghai", "2026-12-24 15:00", id="berlin-afternoon"),
        pytest.param("2026-12-24", 10, "America/New_York", "Asia/Shanghai", "2026-12-24 15:00", id="new-york"),
        pytest.param("2026-12-24", 11, "America/New_York", "Asia/Shanghai", "2026-12-23 16:00", id="day-before"),
        pytest.param("2026-12-31", 10, "America/Los_Angeles", "Asia/Shanghai", "2026-12-30 18:00", id="west-coast"),
        pytest.param("2026-12-24", 10, "Pacific/Kiritimati", "Asia/Shanghai", "2026-12-23 20:00", id="far-east"),
        pytest.param("2026-12-24", 10, "Pacific/Kiritimati", "America/Los_Angeles", "2026-12-24 20:00", id="day-after"),
        pytest.param("2026-03-29", 10, "Europe/Berlin", "Asia/Shanghai", "2026-03-29 08:00", id="berlin-spring"),
        pytest.param("2026-10-25", 10, "Europe/Berlin", "Asia/Shanghai", "2026-10-25 09:00", id="berlin-autumn"),
        pytest.param("2026-11-01", 10, "America/New_York", "Asia/Shanghai", "2026-11-01 15:00", id="new-york-autumn"),
        pytest.param("2026-03-08", 10, "America/Los_Angeles", "Asia/Shanghai", "2026-03-07 18:00", id="before-spring"),
        pytest.param("2026-03-09", 10, "America/Los_Angeles", "Asia/Shanghai", "2026-03-08 17:00", id="spring"),
        pytest.param("2026-11-01", 10, "America/Los_Angeles", "Asia/Shanghai", "2026-10-31 17:00", id="before-autumn"),
        pytest.param("2026-11-02", 10, "America/Los_Angeles", "Asia/Shanghai", "2026-11-01 18:00", id="autumn"),
    ],
)
def test_the_moment_of_a_day(day: str, hour: int, clock: str, zone: str, expected: str) -> None:
    """It is that hour by the person's clock, on that day in the zone of the settings; in UTC."""
    due = due_at(date.fromisoformat(day), hour, ZoneInfo(clock), ZoneInfo(zone))

    assert due.tzinfo is UTC
    assert f"{due:%Y-%m-%d %H:%M}" == expected
    assert due.astimezone(ZoneInfo(zone)).date().isoformat() == day


@example(date(2026, 11, 1), 11, ZoneInfo("America/New_York"), SHANGHAI)
@example(date(2026, 11, 1), 8, ZoneInfo("America/Los_Angeles"), SHANGHAI)
@example(date(2026, 3, 8), 8, ZoneInfo("America/Los_Angeles"), SHANGHAI)
@example(date(2026, 3, 30), 10, SHANGHAI, ZoneInfo("Europe/Berlin"))
@given(DAYS, st.sampled_from(rules_of().hours), ZONES, ZONES)
def test_the_hour_is_right_everywhere(day: date, hour: int, clock: ZoneInfo, zone: ZoneInfo) -> None:
    """The hour is right by every clock; so is the day, but when the clocks' change leaves that hour out of it."""
    due = due_at(day, hour, clock, zone)

    local = due.astimezone(clock)
    assert (local.hour, local.minute) == (hour, 0)
    if due.astimezone(zone).date() != day:
        near = [datetime.combine(day + timedelta(days=days), local.time(), clock) for days in (-1, 0, 1)]
        assert day not in {one.astimezone(zone).date() for one in near}
        assert due in [one.astimezone(UTC) for one in near]
        noon = datetime.combine(day, datetime.min.time(), zone) + timedelta(hours=12)
        assert abs(due - noon.astimezone(UTC)) <= timedelta(hours=14)


@pytest.mark.parametrize(
    ("clock", "settings", "hour", "days"),
    [
        pytest.param(None, "Asia/Shanghai", None, 0, id="china"),
        pytest.param(None, "Asia/Urumqi", None, 0, id="xinjiang-settings"),
        pytest.param("Asia/Urumqi", "Asia/Shanghai", None, 0, id="xinjiang-clock"),
        pytest.param(None, "Asia/Shanghai", 20, 0, id="own-hour"),
        pytest.param("America/Los_Angeles", "Asia/Shanghai", 8, -1, id="west-coast-at-midnight-here"),
        pytest.param("America/Los_Angeles", "Asia/Shanghai", None, -1, id="west-coast"),
        pytest.param("Pacific/Kiritimati", "Asia/Shanghai", 9, 0, id="far-east"),
    ],
)
def test_the_days_before_the_year_ends(
    project_library: Library, clock: str | None, settings: str, hour: int | None, days: int
) -> None:
    """30, 14, 7, 3, 1 and 0 days before, and on the last day to begin; each once, at the hour of the person's clock."""
    zone = ZoneInfo(settings)
    somebody = Somebody(project_library, "2026-11-01 09:00", zone)
    somebody.preferences = Preferences(zone=clock, hour=hour)

    own = zone_of(somebody.preferences, zone)
    there = {rule: date.fromisoformat(day) + timedelta(days=days) for rule, day in YEAR_END.items()}
    assert dues(somebody.plan, own) == {rule: f"{day} {hour or 10:02}:00" for rule, day in there.items()}
    assert {rule: due[:10] for rule, due in dues(somebody.plan, zone).items()} == YEAR_END


def test_what_a_reminder_says_of_itself(project_library: Library) -> None:
    """A reminder knows its date and the days to it, from the day on which it is due."""
    found = {one.rule: one for one in Somebody(project_library, "2026-11-01 09:00").plan}

    assert {one.day for one in found.values()} == {date(2026, 12, 31)}
    assert {one.kind for one in found.values()} == {"year-end"}
    assert {rule: one.days for rule, one in found.items()} == {
        "year-end-start": 38,
        **{f"year-end-{days}": days for days in (30, 14, 7, 3, 1, 0)},
    }


def test_the_days_before_the_own_limit(project_library: Library) -> None:
    """180, 90, 30, 7 and 1 days before, and on the last day to begin."""
    somebody = Somebody(project_library, "2026-11-25 09:00", qualified="2025-06-30")
    found = [one for one in somebody.plan if one.kind == "limit"]

    start = workdays_before(date(2027, 6, 30), 28)
    assert dues(found) == {
        "limit-180": "2027-01-01 10:00",
        "limit-90": "2027-04-01 10:00",
        "limit-start": f"{start} 10:00",
        "limit-30": "2027-05-31 10:00",
        "limit-7": "2027-06-23 10:00",
        "limit-1": "2027-06-29 10:00",
    }
    assert {one.day for one in found} == {date(2027, 6, 30)}
    assert all((one.day - one.due.astimezone(SHANGHAI).date()).days == one.days for one in found)
    assert somebody.rules == {*YEAR_END, *LIMIT}


def test_the_days_of_a_wait(project_library: Library) -> None:
    """After 3 days, then weekly, three times in all; counted from the day in the zone of the settings."""
    somebody = Somebody(project_library, "2026-11-09 07:30").go_to("activation", "wait-code")
    found = [one for one in somebody.on("2026-11-10 09:00").plan if one.kind == "waiting"]

    assert dues(found) == {
        "waiting:activation:wait-code:1": "2026-11-12 10:00",
        "waiting:activation:wait-code:2": "2026-11-19 10:00",
        "waiting:activation:wait-code:3": "2026-11-26 10:00",
    }
    assert {(one.day, one.days) for one in found} == {(date(2026, 11, 9), UNHURRIED)}


def test_all_in_the_order_of_their_times(project_library: Library) -> None:
    """The earliest comes first; of several at one time that one which is nearest to its date."""
    somebody = Somebody(project_library, "2026-11-20 09:00", qualified="2024-12-31").go_to("activation", "wait-code")
    planned = somebody.plan

    assert [one.due for one in planned] == sorted(one.due for one in planned)
    assert [one.rule for one in planned if one.due == at("2026-12-01 10:00")] == ["limit-30", "year-end-30"]
    assert len(planned) == len({(one.rule, one.day) for one in planned})


@pytest.mark.parametrize(
    ("now", "qualified", "expected"),
    [
        pytest.param("2026-12-30 09:00", None, {"year-end 2026-12-31"}, id="day-before"),
        pytest.param("2026-12-31 23:59", None, {"year-end 2026-12-31"}, id="last-minute"),
        pytest.param("2027-01-01 00:00", None, {"year-end 2027-12-31"}, id="new-year"),
        pytest.param("2026-12-30 09:00", "2025-01-15", {"year-end 2026-12-31", "limit 2027-01-15"}, id="limit-beyond"),
        pytest.param("2027-01-01 09:00", "2025-01-15", {"year-end 2027-12-31", "limit 2027-01-15"}, id="limit-left"),
        pytest.param("2026-12-18 09:00", "2024-12-18", {"year-end 2026-12-31", "limit 2026-12-18"}, id="limit-before"),
        pytest.param("2026-12-19 09:00", "2024-12-18", {"year-end 2026-12-31"}, id="limit-over"),
        pytest.param("2026-12-31 09:00", "2024-12-31", {"year-end 2026-12-31", "limit 2026-12-31"}, id="both-at-once"),
        pytest.param("2027-01-01 09:00", "2024-12-31", {"year-end 2027-12-31"}, id="both-over"),
        pytest.param("2026-01-10 09:00", "2024-02-29", {"year-end 2026-12-31", "limit 2026-02-28"}, id="leap-day"),
        pytest.param("2026-03-01 00:00", "2024-02-29", {"year-end 2026-12-31"}, id="leap-day-over"),
        pytest.param("2027-11-01 09:00", "2026-02-28", {"year-end 2027-12-31", "limit 2028-02-28"}, id="to-leap-year"),
        pytest.param("2026-11-01 09:00", "2025-02", {"year-end 2026-12-31", "limit 2027-02-01"}, id="month-only"),
        pytest.param("2026-11-01 09:00", "unknown", {"year-end 2026-12-31"}, id="unknown"),
    ],
)
def test_the_dates_that_are_planned_for(
    project_library: Library, now: str, qualified: str | None, expected: set[str]
) -> None:
    """The end of this year and the own limit, each until its day is over."""
    told = {"qualified": qualified} if qualified else {}
    planned = Somebody(project_library, now).tell(**told).plan

    assert {f"{one.kind} {one.day}" for one in planned} == expected


def test_a_limit_at_the_end_of_february(project_library: Library) -> None:
    """Who qualified on 29 February has until the 28th; the days before it are counted from there."""
    planned = Somebody(project_library, "2025-08-01 09:00", qualified="2024-02-29").plan

    assert without_start(dues(one for one in planned if one.kind == "limit")) == {
        "limit-180": "2025-09-01 10:00",
        "limit-90": "2025-11-30 10:00",
        "limit-30": "2026-01-29 10:00",
        "limit-7": "2026-02-21 10:00",
        "limit-1": "2026-02-27 10:00",
    }


def test_days_before_a_limit_reach_back_over_the_turn_of_the_year(project_library: Library) -> None:
    """A limit in January has its reminders in the year before, beside those of that year's end."""
    somebody = Somebody(project_library, "2026-12-30 09:00", qualified="2025-01-06")

    found = without_start(dues(one for one in somebody.plan if one.due > somebody.now))
    assert found == {
        "limit-7": "2026-12-30 10:00",
        "year-end-1": "2026-12-30 10:00",
        "year-end-0": "2026-12-31 10:00",
        "limit-1": "2027-01-05 10:00",
    }


@pytest.mark.parametrize("clock", ["Asia/Shanghai", "Asia/Urumqi", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("later", [None, date(2026, 12, 10)])
def test_a_plan_is_the_same_on_every_day(project_library: Library, clock: str, later: date | None) -> None:
    """Made again later that day, or on any day until the next date is over, a plan is equal."""
    somebody = Somebody(project_library, "2026-11-25 00:00", qualified="2024-12-20").go_to("activation", "wait-code")
    somebody.preferences = Preferences(zone=clock, later=later)
    first = somebody.plan

    for now in ("2026-11-25 23:59", "2026-11-26 00:00", "2026-12-01 10:00", "2026-12-11 08:00", "2026-12-20 23:59"):
        assert somebody.on(now).plan == first
    assert {one.kind for one in first} - {one.kind for one in somebody.on("2026-12-21 00:00").plan} == {"limit"}


@given(DAYS, st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(0, 1439), st.sampled_from([*range(8, 21)]))
def test_a_plan_of_any_day(project_library: Library, today: date, qualified: date, minute: int, hour: int) -> None:
    """Every reminder lies on its day and at its hour, is unique, and is the same at every minute of the day."""
    somebody = Somebody(project_library, f"{today} 00:00", qualified=qualified.isoformat())
    somebody.preferences = Preferences(zone="Asia/Urumqi", hour=hour)
    planned = somebody.plan

    dates = {str(own.kind): own.day for own in own_dates(somebody.progress, today)}
    for one in planned:
        assert one.day == dates[one.kind]
        assert one.due.astimezone(SHANGHAI).date() == one.day - timedelta(days=one.days)
        assert one.due.astimezone(URUMQI).hour == hour
    assert len(planned) == len({(one.rule, one.day) for one in planned})
    assert somebody.on(f"{today} {minute // 60:02}:{minute % 60:02}").plan == planned


@pytest.mark.parametrize("answer", [None, NOT_WANTED])
def test_who_does_not_want_it_is_not_reminded(project_library: Library, answer: str | None) -> None:
    """Nobody is reminded without having asked for it, or after having stopped it."""
    somebody = Somebody(project_library, "2026-11-25 09:00", qualified="2025-03-05").go_to("activation", "wait-code")
    assert is_wanted(somebody.progress)

    rest = {name: value for name, value in somebody.progress.facts.items() if name != FACT}
    somebody.progress = replace(somebody.progress, facts=rest if answer is None else {**rest, FACT: answer})
    assert not is_wanted(somebody.progress)
    assert somebody.rules == set()


@pytest.mark.parametrize(
    ("off", "left"),
    [
        pytest.param(("year-end",), LIMIT | WAITING, id="year-end"),
        pytest.param(("limit",), {*YEAR_END} | WAITING, id="limit"),
        pytest.param(("waiting",), {*YEAR_END} | LIMIT, id="waiting"),
        pytest.param(("year-end", "limit"), WAITING, id="dates"),
        pytest.param(SWITCHED, set(), id="all"),
    ],
)
def test_kinds_that_are_switched_off(project_library: Library, off: tuple[str, ...], left: set[str]) -> None:
    """Switching a kind off takes all of its reminders, and no others."""
    somebody = Somebody(project_library, "2026-11-25 09:00", qualified="2025-03-05").go_to("activation", "wait-code")
    somebody.preferences = Preferences(off=off)

    # Who waits has begun, so there is no last day to begin any more.
    assert somebody.rules == {rule for rule in left if not rule.endswith("-start")}


def test_without_rules_nothing_is_planned(project_library: Library) -> None:
    """Empty rules give nobody a reminder."""
    somebody = Somebody(project_library, "2026-11-25 09:00", qualified="2025-03-05").go_to("activation", "wait-code")

    assert plan(Rules(), project_library, somebody.progress, Preferences(), somebody.now) == ()
    assert plan(rules_of(), project_library, Progress(), Preferences(), somebody.now) == ()


def take(somebody: Somebody, actions: str) -> Somebody:
    """Do things about being registered, each on a day of its own."""
    for action in actions.split():
        somebody.now += timedelta(days=1)
        match action:
            case "done" | "undone":
                somebody.press_reminder(f"remind:{action}")
            case "applied":
                somebody.go_to(APPLICATION, "finished")
            case "taken-back":
                somebody.press(DATES, "unknown", "unknown", "mistake")
            case _:
                somebody.begin(DATES)
                while somebody.progress.runs[DATES].step != REGISTERED:
                    somebody.back(DATES)
                somebody.press(DATES, action)
    return somebody


@pytest.mark.parametrize(
    ("actions", "registered"),
    [
        ("done", True),
        ("done undone", False),
        ("done undone done", True),
        ("yes", True),
        ("yes taken-back", False),
        ("no", False),
        ("no done", True),
        ("no done undone", False),
        ("done no", False),
        ("done no done", True),
        ("done no undone", False),
        ("done yes undone", False),
        ("done yes taken-back", False),
        ("yes taken-back done", True),
        ("done undone yes", True),
        ("applied", True),
        ("applied no", False),
        ("applied no done", True),
        ("no applied", True),
        ("done undone applied", True),
        ("done no applied", True),
        ("done applied undone", False),
    ],
)
def test_who_is_registered_is_reminded_of_no_date(project_library: Library, actions: str, registered: bool) -> None:
    """Said by button or in a flow, or by an application that has come to its end; what was said last counts."""
    somebody = take(Somebody(project_library, "2026-10-01 09:00", qualified="2025-03-05"), actions)

    assert is_registered(somebody.progress) is registered
    assert somebody.kinds & {"year-end", "limit"} == (set() if registered else {"year-end", "limit"})


@pytest.mark.parametrize(
    ("day", "days", "left"),
    [
        pytest.param("2026-12-10", 10, {"limit-7", "limit-1", "year-end-14"}, id="nearest-date"),
        pytest.param("2026-12-24", 7, set(), id="at-the-same-moment"),
        pytest.param("2026-12-23", 8, {"year-end-7"}, id="day-before"),
    ],
)
def test_later_replaces_what_comes_before_it(project_library: Library, day: str, days: int, left: set[str]) -> None:
    """Until the day that somebody asked for nothing comes, and then that one reminder; what comes after it stays."""
    limit = {"qualified": "2024-12-20"} if "limit-1" in left else {}
    somebody = Somebody(project_library, "2026-12-02 09:00").tell(**limit).go_to("activation", "wait-code")
    after = [one for one in somebody.plan if one.due > at(f"{day} 10:00")]
    somebody.preferences = Preferences(later=date.fromisoformat(day))

    (later,) = [one for one in somebody.plan if one.kind == "later"]
    assert [one for one in somebody.plan if one != later] == after
    assert (later.rule, later.day) == ("later", date.fromisoformat(day))
    assert (later.due, later.days) == (at(f"{day} 10:00"), days)
    assert left <= somebody.rules


def test_later_alone_is_enough(project_library: Library) -> None:
    """Who asks for one reminder gets that one, also with all others stopped; and with a wait, also without a date."""
    somebody = Somebody(project_library, "2026-12-02 09:00").tell(**{FACT: NOT_WANTED})
    somebody.preferences = Preferences(later=date(2026, 12, 5), hour=18)
    assert dues(somebody.plan) == {"later": "2026-12-05 18:00"}

    somebody.press_reminder("remind:done")
    assert somebody.rules == set()

    somebody.go_to("activation", "wait-code")
    assert somebody.rules == set()

    somebody.go_to("institution-account", "login-sent")
    assert {one.rule: one.days for one in somebody.plan} == {"later": UNHURRIED}
