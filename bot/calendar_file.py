"""A person's dates as a calendar file (iCalendar, RFC 5545), with alarms, for the calendar of their own phone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.messages import Document
from bot.texts import say
from faq.text import Language
from flows.own_dates import Kind, OwnDate

NAME: Final = "registration-dates.ics"
ALARMS: Final[dict[Kind, tuple[int, ...]]] = {"limit": (30, 180, 90, 7, 1), "year-end": (7, 30, 14, 3, 1, 0)}
"""On how many days before a date its alarms ring; the most useful one stands first, since Outlook keeps one (MS-OXCICAL)."""
HOUR: Final = time(10)
"""When they ring, by the clock of the phone."""


def calendar_file(dates: Sequence[OwnDate], language: Language, now: datetime) -> Document:
    """Return a calendar with one event for each date, each the whole day long; alarms that would be past are left out.

    `now` is timezone-aware, in the person's time zone. An event of the same kind on the same day has the same UID whenever it is
    made, so that a calendar takes the file a second time without showing the event twice.
    """
    from icalendar import Alarm, Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//regbot//registration dates//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", say(language, "calendar-name"))
    for own in dates:
        event = Event()
        summary = say(language, f"calendar-{own.kind}")
        event.add("uid", f"{own.kind}-{own.day.isoformat()}@regbot.invalid")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", own.day)
        event.add("dtend", own.day + timedelta(days=1))
        event.add("summary", summary)
        event.add("description", say(language, f"calendar-{own.kind}-text"))
        event.add("transp", "TRANSPARENT")
        for days in ALARMS[own.kind]:
            if _rings(own.day, days) > now.replace(tzinfo=None):
                alarm = Alarm()
                alarm.add("action", "DISPLAY")
                alarm.add("description", summary)
                alarm.add("trigger", timedelta(hours=HOUR.hour) - timedelta(days=days))
                event.add_component(alarm)
        calendar.add_component(event)
    return Document(NAME, calendar.to_ical().decode(), saved=True)


def _rings(day: date, days: int) -> datetime:
    return datetime.combine(day - timedelta(days=days), HOUR)
