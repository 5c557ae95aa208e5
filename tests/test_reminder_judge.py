"""What becomes of reminders that are due: sent together, dropped for a reason, or put off until the morning."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import Preferences, Reminder, Verdict
from bot.reminders.judge import FOLLOWED, NOT_NEEDED, OVER, judge, morning
from bot.reminders.reading import rules_of
from bot.reminders.rules import UNHURRIED
from flows.definition import Library
from tests.reminder_samples import SHANGHAI, Somebody, at

ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "America/Los_Angeles")
NOON = at("2026-12-10 12:00")
"""A moment outside the quiet hours."""
LATE, SOON, SECOND = timedelta(hours=1), timedelta(hours=12), timedelta(seconds=1)


def reminder(due: datetime, rule: str = "year-end-14", day: str = "2026-12-31", kind: str = "year-end") -> Reminder:
    """Return a reminder that is planned, whatever the rules are."""
    days = UNHURRIED if kind == "waiting" else (date.fromisoformat(day) - due.astimezone(SHANGHAI).date()).days
    return Reminder(rule, date.fromisoformat(day), kind, due.astimezone(UTC), days)


def wait(due: datetime) -> Reminder:
    """Return a reminder of a wait."""
    return reminder(due, "waiting:activation:wait-code:1", "2026-12-01", "waiting")


def judged(
    due: Iterable[Reminder],
    now: datetime,
    *others: Reminder,
    zone: str | None = None,
    quiet: bool = True,
) -> Verdict:
    """Judge reminders that are all planned, beside others that are planned as well."""
    due = tuple(due)
    return judge(rules_of(), due, (*due, *others), Preferences(zone=zone), now, quiet=quiet)


def real(who: Somebody, *rules: str) -> tuple[Reminder, ...]:
    """Return reminders of somebody's plan as they stand in the store."""
    return tuple(one for one in who.plan if one.rule in rules)


def of_plan(who: Somebody, due: Iterable[Reminder]) -> Verdict:
    """Judge reminders by somebody's plan as of now."""
    return judge(rules_of(), due, who.plan, who.preferences, who.now)


def test_what_is_due_is_sent(project_library: Library) -> None:
    """On time, a reminder of the plan is sent, and nothing else happens."""
    who = Somebody(project_library, "2026-12-01 10:00")
    due = real(who, "year-end-30")

    assert of_plan(who, due) == Verdict(send=due)
    assert of_plan(who, ()) == Verdict()


def test_reminders_of_all_kinds_are_sent_together(project_library: Library) -> None:
    """Of several that are due together, of one kind or of several, none is left out; their order stays."""
    who = Somebody(project_library, "2026-11-28 09:00", qualified="2024-12-31").go_to("activation", "wait-code")
    due = real(who, "limit-30", "year-end-30", "waiting:activation:wait-code:1")
    assert {one.kind for one in due} == {"limit", "year-end", "waiting"}

    assert of_plan(who.on("2026-12-01 10:00"), due) == Verdict(send=due)
    two = (reminder(NOON, "year-end-start"), reminder(NOON))
    assert judged(two, NOON) == Verdict(send=two)


@pytest.mark.parametrize(
    ("now", "change", "reason"),
    [
        pytest.param("2026-12-31 10:00", "remind:done", NOT_NEEDED, id="registered-on-the-day"),
        pytest.param("2026-12-31 10:00", "remind:set:without:year-end", NOT_NEEDED, id="switched-off"),
        pytest.param("2026-12-31 10:00", "remind:off", NOT_NEEDED, id="stopped"),
        pytest.param("2026-12-31 23:59", "remind:done", NOT_NEEDED, id="last-minute-of-the-day"),
        pytest.param("2027-01-01 00:00", None, OVER, id="next-day"),
        pytest.param("2027-01-01 10:00", "remind:done", OVER, id="registered-afterwards"),
    ],
)
def test_what_is_not_planned_any_more_is_dropped(
    project_library: Library, now: str, change: str | None, reason: str
) -> None:
    """The reason says whether the date is over, or something else has changed; the hour does not matter."""
    who = Somebody(project_library, "2026-12-20 09:00")
    due = real(who, "year-end-0")
    who.on(now)
    if change:
        who.press_reminder(change)

    assert of_plan(who, due) == Verdict(skip=((due[0], reason),))


def test_a_wait_that_is_over_is_dropped(project_library: Library) -> None:
    """Who has moved on waits no longer; a wait is about no date, so none is over. What else is due is sent."""
    who = Somebody(project_library, "2026-11-28 09:00").go_to("activation", "wait-code")
    due = real(who, "waiting:activation:wait-code:1", "year-end-30")
    (waiting,) = real(who, "waiting:activation:wait-code:1")
    (date_one,) = real(who, "year-end-30")

    assert of_plan(who.on("2026-12-01 10:00").press("activation", "have-it"), due) == Verdict(
        send=(date_one,), skip=((waiting, NOT_NEEDED),)
    )


def test_the_same_rule_of_another_day_is_another_reminder() -> None:
    """A reminder of last year's end is not planned because this year's is."""
    last = reminder(NOON - LATE, "year-end-1", "2025-12-31")

    verdict = judge(rules_of(), [last], [replace(last, day=date(2026, 12, 31))], Preferences(), NOON)
    assert verdict == Verdict(skip=((last, OVER),))


@pytest.mark.parametrize(
    ("late", "follows", "kind", "dropped"),
    [
        pytest.param(LATE + SECOND, SOON, "year-end", True, id="late-and-followed"),
        pytest.param(LATE + SECOND, SECOND, "year-end", True, id="followed-at-once"),
        pytest.param(timedelta(days=9), SOON, "year-end", True, id="very-late"),
        pytest.param(LATE, SOON, "year-end", False, id="not-late-yet"),
        pytest.param(timedelta(0), SECOND, "year-end", False, id="on-time"),
        pytest.param(LATE + SECOND, SOON + SECOND, "year-end", False, id="not-soon"),
        pytest.param(LATE + SECOND, timedelta(0), "year-end", False, id="due-itself"),
        pytest.param(LATE + SECOND, -SECOND, "year-end", False, id="before"),
        pytest.param(LATE + SECOND, SOON, "limit", False, id="other-kind"),
    ],
)
@pytest.mark.parametrize("quiet", [True, False])
def test_what_is_late_and_followed_soon_is_dropped(
    late: timedelta, follows: timedelta, kind: str, dropped: bool, quiet: bool
) -> None:
    """More than an hour late, with another of its kind within twelve hours: that one is enough."""
    one = reminder(NOON - late)
    other = reminder(NOON + follows, f"{kind}-7", kind=kind)

    expected = Verdict(skip=((one, FOLLOWED),)) if dropped else Verdict(send=(one,))
    assert judged([one], NOON, other, quiet=quiet) == expected


def test_what_is_late_is_sent_at_once() -> None:
    """However late it is, and beside others that are late as well, when nothing follows."""
    due = (
        reminder(NOON - timedelta(days=3)),
        wait(NOON - timedelta(hours=5)),
        reminder(NOON, "limit-30", kind="limit"),
    )

    assert judged(due, NOON) == Verdict(send=due)


def test_of_several_that_are_late_one_kind_is_dropped() -> None:
    """Each kind is looked at by itself, and the dates' other reminders are sent."""
    first, second, third = (reminder(NOON - 2 * LATE), wait(NOON - 2 * LATE), reminder(NOON - LATE, "year-end-13"))
    other = reminder(NOON + LATE, "year-end-7")

    assert judged([first, second, third], NOON, other) == Verdict(send=(second, third), skip=((first, FOLLOWED),))


def test_what_was_put_off_until_the_morning_is_late_too(project_library: Library) -> None:
    """Missed for a day and put off for the night, it is not sent two hours before the next one."""
    who = Somebody(project_library, "2026-12-30 21:30")
    (missed,) = real(who, "year-end-1")
    verdict = of_plan(who, [missed])

    if verdict.until:  # as the store puts it off
        missed = replace(missed, due=verdict.until)
        verdict = of_plan(who.on("2026-12-31 08:00"), [missed])
    assert verdict == Verdict(skip=((missed, FOLLOWED),))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("local", "until"),
    [
        pytest.param("2026-12-10 20:59:59", None, id="before-the-evening"),
        pytest.param("2026-12-10 21:00:00", "2026-12-11 08:00", id="evening"),
        pytest.param("2026-12-10 23:59:59", "2026-12-11 08:00", id="before-midnight"),
        pytest.param("2026-12-11 00:00:00", "2026-12-11 08:00", id="midnight"),
        pytest.param("2026-12-11 07:59:59", "2026-12-11 08:00", id="before-the-morning"),
        pytest.param("2026-12-11 08:00:00", None, id="morning"),
        pytest.param("2026-12-31 21:00:00", "2027-01-01 08:00", id="new-year"),
        pytest.param("2026-10-24 22:00:00", "2026-10-25 08:00", id="clocks-back-in-europe"),
        pytest.param("2026-03-07 22:00:00", "2026-03-08 08:00", id="clocks-forward-in-america"),
        pytest.param("2026-11-01 01:30:00", "2026-11-01 08:00", id="clocks-back-in-america"),
    ],
)
def test_at_night_everything_is_put_off(zone: str, local: str, until: str | None) -> None:
    """From 21:00 until 08:00 by the person's clock, whatever the zone of the settings; then it is due at 08:00."""
    there = at(local, ZoneInfo(zone))
    now = there.astimezone(SHANGHAI)
    due = (wait(now), reminder(now, "limit-180", "2027-06-30", "limit"))
    verdict = judged(due, now, zone=zone)

    if until is None:
        assert verdict == Verdict(send=due)
    else:
        assert verdict == Verdict(postpone=due, until=at(until, ZoneInfo(zone)))
        assert morning(rules_of(), Preferences(zone=zone), now) == verdict.until
    assert judged(due, now, zone=zone, quiet=False) == Verdict(send=due)


def test_without_a_zone_of_their_own_the_settings_count() -> None:
    """The clock of somebody who has not said otherwise is that of the settings."""
    now = at("2026-12-10 21:00", ZoneInfo("Asia/Urumqi"))
    one = wait(now)

    assert judged([one], now).until == at("2026-12-11 08:00", ZoneInfo("Asia/Urumqi"))
    assert judged([one], now.astimezone(SHANGHAI), zone="Asia/Shanghai").until == at("2026-12-11 08:00")
    assert judged([one], at("2026-12-10 22:59"), zone="Asia/Urumqi") == Verdict(send=(one,))


@pytest.mark.parametrize(
    ("now", "zone", "until"),
    [
        pytest.param("2026-12-30 21:00", "Asia/Shanghai", "2026-12-31 08:00", id="evening-before"),
        pytest.param("2026-12-31 07:59", "Asia/Shanghai", "2026-12-31 08:00", id="that-morning"),
        pytest.param("2026-12-31 21:00", "Asia/Shanghai", None, id="that-evening"),
        pytest.param("2026-12-31 05:00", "Europe/Berlin", "2026-12-31 15:00", id="evening-there"),
        pytest.param("2026-12-31 13:00", "America/New_York", "2026-12-31 21:00", id="night-there"),
        pytest.param("2026-12-31 23:30", "America/Los_Angeles", None, id="new-year-before-their-morning"),
        pytest.param("2026-12-31 09:30", "Asia/Urumqi", "2026-12-31 10:00", id="xinjiang"),
        pytest.param("2026-12-31 23:00", "Asia/Urumqi", None, id="xinjiang-evening"),
    ],
)
def test_what_is_over_in_the_morning_is_dropped(now: str, zone: str, until: str | None) -> None:
    """Over by the day where the registration is; what is due besides is put off."""
    moment = at(now)
    last, other = reminder(moment, "year-end-0"), wait(moment)
    verdict = judged([last, other], moment, zone=zone)

    if until is None:
        end = morning(rules_of(), Preferences(zone=zone), moment)
        assert verdict == Verdict(skip=((last, OVER),), postpone=(other,), until=end)
        assert end is not None
        assert end.astimezone(SHANGHAI).date() == date(2027, 1, 1)
    else:
        assert verdict == Verdict(postpone=(last, other), until=at(until))
    assert judged([last, other], moment, zone=zone, quiet=False) == Verdict(send=(last, other))


def test_the_first_rules_hold_at_night_as_well() -> None:
    """What is dropped is not put off first; with nothing left there is nothing to wait for."""
    now = at("2026-12-10 22:00")
    late, gone = reminder(now - 2 * LATE), reminder(now, "year-end-3")
    planned = [late, reminder(now + SOON, "year-end-7")]

    for quiet in (True, False):
        verdict = judge(rules_of(), [late, gone], planned, Preferences(), now, quiet=quiet)
        assert verdict == Verdict(skip=((late, FOLLOWED), (gone, NOT_NEEDED)))


def test_who_looks_at_the_chat_is_shown_only_what_still_helps(project_library: Library) -> None:
    """At night, too, what is over is not shown to somebody who is there."""
    who = Somebody(project_library, "2026-12-31 23:30").go_to("activation", "wait-code")
    due = real(who, "year-end-0")

    shown = judge(rules_of(), due, who.plan, who.preferences, who.now, quiet=False)
    assert shown == Verdict(send=due)
    who.on("2027-01-01 00:00")
    assert judge(rules_of(), due, who.plan, who.preferences, who.now, quiet=False).skip == ((due[0], OVER),)


@given(
    st.datetimes(datetime(2026, 12, 24), datetime(2027, 1, 2)),  # noqa: DTZ001 - the zone is added
    st.sampled_from(ZONES),
    st.booleans(),
)
def test_one_thing_becomes_of_each(project_library: Library, local: datetime, zone: str, quiet: bool) -> None:
    """Whatever the moment, each reminder is sent, dropped or put off, and none is sent in the quiet hours."""
    now = local.replace(tzinfo=SHANGHAI)
    who = Somebody(project_library, "2026-12-20 09:00", qualified="2024-12-28").go_to("activation", "wait-code")
    who.preferences = Preferences(zone=zone)
    due = [one for one in who.plan if one.due <= now]
    who.now = now
    verdict = judge(rules_of(), due, who.plan, who.preferences, now, quiet=quiet)

    parts = [*verdict.send, *verdict.postpone, *(one for one, _ in verdict.skip)]
    assert sorted(parts, key=repr) == sorted(due, key=repr)
    night = not 8 <= now.astimezone(ZoneInfo(zone)).hour < 21
    assert not (verdict.send and quiet and night)
    assert not (verdict.postpone and not (quiet and night))
    assert all(one.day >= now.date() for one in verdict.send if one.kind != "waiting")
    if verdict.until:
        assert now < verdict.until <= now + timedelta(hours=11)
        assert verdict.until.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S") == "08:00:00"
