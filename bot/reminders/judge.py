"""What becomes of reminders that are due: sent together, dropped for a reason, or put off until the morning.

The rules, in this order:
1. What is not planned any more is dropped: the person is registered, the wait or the date is over, the kind was switched off.
2. What is late (`LATE`) is dropped when another of its kind follows within `SOON`: after an outage nobody gets two in a row.
3. In the quiet hours of the person's clock everything is put off until their end, or dropped when the date is over by then.
4. Everything else is sent at once, late or not, as one message, which names the days that are left now.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from bot.records import Preferences, Reminder, Verdict
from bot.reminders.plan import zone_of
from bot.reminders.rules import UNHURRIED, Rules

LATE: Final = timedelta(hours=1)
SOON: Final = timedelta(hours=12)

OVER: Final = "the date is over"
NOT_NEEDED: Final = "not needed any more"
FOLLOWED: Final = "late, and another one follows soon"


def judge(  # noqa: PLR0913 - what a verdict depends on
    rules: Rules,
    due: Iterable[Reminder],
    planned: Iterable[Reminder],
    preferences: Preferences,
    now: datetime,
    *,
    quiet: bool = True,
) -> Verdict:
    """Return what becomes of somebody's reminders that are due.

    `planned` is their whole plan as of now, `now` in the time zone of the settings. With `quiet` False the person is there and
    looks at the chat, whatever the hour.
    """
    planned = tuple(planned)
    times = {(one.rule, one.day): one.due for one in planned}
    today = now.date()
    send: list[Reminder] = []
    skip: list[tuple[Reminder, str]] = []
    for one in due:
        key = one.rule, one.day
        if _last_day(rules, one) < today:
            skip.append((one, OVER))
        elif key not in times:
            skip.append((one, NOT_NEEDED))
        elif times[key] < now - LATE and _followed(one, planned, now):  # it may have been put off: as it was planned
            skip.append((one, FOLLOWED))
        else:
            send.append(one)
    until = morning(rules, preferences, now) if quiet else None
    if until is None or not send:
        return Verdict(tuple(send), tuple(skip))
    morning_day = until.astimezone(now.tzinfo).date()
    over = [one for one in send if _last_day(rules, one) < morning_day]
    skip += ((one, OVER) for one in over)
    return Verdict((), tuple(skip), tuple(one for one in send if one not in over), until)


def _last_day(rules: Rules, one: Reminder) -> date:
    """Return the last day on which a reminder is of use: that of the date it is about."""
    if one.kind in rules.dates:
        return one.day
    return one.day + timedelta(days=one.days) if one.days < UNHURRIED else date.max


def _followed(one: Reminder, planned: Iterable[Reminder], now: datetime) -> bool:
    return any(other.kind == one.kind and now < other.due <= now + SOON for other in planned)


def morning(rules: Rules, preferences: Preferences, now: datetime) -> datetime | None:
    """Return when the quiet hours end by somebody's clock, if it is in them now; None if not."""
    assert now.tzinfo is not None, "times are timezone-aware"
    local = now.astimezone(zone_of(preferences, now.tzinfo))
    if rules.quiet_until <= local.hour < rules.quiet_from:
        return None
    day = local.date() + timedelta(days=local.hour >= rules.quiet_from)
    return datetime.combine(day, time(rules.quiet_until), local.tzinfo)
