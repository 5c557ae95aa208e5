"""The calendar file: read by a reader of our own and by a library that did not write it, over many dates and texts."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from bot.calendar_file import ALARMS, NAME, calendar_file
from bot.texts import say
from bot.texts.guides import GUIDE_TEXTS
from faq.text import LANGUAGES, Language
from flows.own_dates import Kind, OwnDate
from tests.calendar_reader import Component, Property, read_calendar, unfolded
from tests.conftest import ROOT

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 9, 30, 15, 123456, tzinfo=ZONE)
YEAR_END = OwnDate("year-end", date(2026, 12, 31))
LIMIT = OwnDate("limit", date(2028, 2, 29))
FIRST, LAST = date(2020, 1, 1), date(2040, 12, 31)
KINDS: Sequence[Kind] = ("limit", "year-end")

DATES = st.builds(OwnDate, st.sampled_from(KINDS), st.dates(FIRST, LAST))
SEVERAL = st.lists(DATES, min_size=1, max_size=2, unique_by=lambda own: own.kind)
ZONES = st.sampled_from(
    [ZONE, ZoneInfo("Asia/Urumqi"), ZoneInfo("America/Los_Angeles"), ZoneInfo("Europe/Berlin"), UTC]
)
MOMENTS = st.datetimes(datetime.combine(FIRST, time()), datetime.combine(LAST, time()), timezones=ZONES)
LANGUAGE = st.sampled_from(LANGUAGES)
TEXTS = st.text(
    st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" ,;:\n\\\"'，；"), min_size=1, max_size=200
)


def made(dates: Sequence[OwnDate] = (YEAR_END, LIMIT), language: Language = "zh", now: datetime = NOW) -> Component:
    """Return the calendar that is made, as our own reader reads it."""
    return read_calendar(calendar_file(dates, language, now).content)


def by_library(dates: Sequence[OwnDate], language: Language, now: datetime) -> Calendar:
    """Return the calendar that is made, as the library reads it."""
    return IcsCalendarStream.calendar_from_ics(calendar_file(dates, language, now).content)


def rings(event: Component) -> list[datetime]:
    """Return when an event's alarms ring, by the clock of the phone."""
    start = datetime.combine(event.one("DTSTART").day, time())
    return [start + alarm.one("TRIGGER").duration for alarm in event.parts]


def expected_rings(own: OwnDate, now: datetime) -> list[datetime]:
    """Return when the alarms of a date ring that are still to come."""
    moments = (datetime.combine(own.day - timedelta(days=days), time(10)) for days in ALARMS[own.kind])
    return [moment for moment in moments if moment > now.replace(tzinfo=None)]


# The file as a whole


def test_it_is_a_file_to_be_saved() -> None:
    """It has a name that calendars open, and is of no use as text in a chat."""
    document = calendar_file([YEAR_END], "zh", NOW)

    assert (document.name, document.saved) == (NAME, True)
    assert NAME.endswith(".ics")
    assert NAME.isascii()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_calendars_ask_for(language: Language) -> None:
    """Version, maker, method (Outlook takes the file for a calendar by it) and a name stand once each."""
    calendar = made(language=language)

    assert calendar.name == "VCALENDAR"
    assert calendar.one("VERSION").value == "2.0"
    assert calendar.one("METHOD").value == "PUBLISH"
    assert calendar.one("PRODID").text
    assert calendar.one("X-WR-CALNAME").text == say(language, "calendar-name")
    assert set(calendar.properties) == {"VERSION", "METHOD", "PRODID", "X-WR-CALNAME"}
    assert [part.name for part in calendar.parts] == ["VEVENT", "VEVENT"]


def test_the_head_comes_first() -> None:
    """What says what the file is stands before the events, where Outlook looks for it."""
    names = [line.partition(":")[0] for line in unfolded(calendar_file([YEAR_END], "en", NOW).content)]

    assert names[0] == "BEGIN"
    assert {"VERSION", "PRODID", "METHOD"} <= set(names[1 : names.index("BEGIN", 1)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_event(language: Language) -> None:
    """An event says what and why, takes the whole day and nobody's time, and has no time zone to go wrong."""
    (event,) = made([LIMIT], language).parts

    assert event.one("SUMMARY").text == say(language, "calendar-limit")
    assert event.one("DESCRIPTION").text == say(language, "calendar-limit-text")
    assert (event.one("DTSTART").day, event.one("DTEND").day) == (date(2028, 2, 29), date(2028, 3, 1))
    assert event.one("DTSTAMP").moment == datetime(2026, 11, 25, 1, 30, 15, tzinfo=UTC)
    assert event.one("TRANSP").value == "TRANSPARENT"
    assert "TZID" not in calendar_file([LIMIT], language, NOW).content


def test_chinese_is_not_cut_in_the_middle_of_a_character() -> None:
    """Every line for itself is UTF-8; some readers decode a line before they put folded ones together."""
    raw = calendar_file([YEAR_END, LIMIT], "zh", NOW).content.encode()

    assert b"\r\n " in raw
    assert all(line.decode() for line in raw.removesuffix(b"\r\n").split(b"\r\n"))


# Identity


def test_an_event_keeps_its_uid() -> None:
    """Made again on another day, or in the other language, it is the same event."""
    later = NOW + timedelta(days=20)

    uids = {
        tuple(event.one("UID").value for event in made(language=language, now=now).parts)
        for language in LANGUAGES
        for now in (NOW, later)
    }
    assert len(uids) == 1


def test_events_of_one_day_are_two() -> None:
    """The limit may be the year's end; they stay two events."""
    calendar = made([OwnDate(kind, date(2026, 12, 31)) for kind in KINDS])

    assert len({event.one("UID").value for event in calendar.parts}) == 2


@given(DATES, DATES)
def test_uids_of_different_dates_differ(one: OwnDate, other: OwnDate) -> None:
    """A UID stands for one kind of date on one day, and looks like one: a name, @ and a domain."""
    uids = [made([own]).parts[0].one("UID").value for own in (one, other)]

    assert (uids[0] == uids[1]) == (one == other)
    assert all(name and "." in domain for name, _, domain in (uid.partition("@") for uid in uids))


# Alarms


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-11-25T09:00:00", ["12-01", "12-17", "12-24", "12-28", "12-30", "12-31"], id="all"),
        pytest.param("2026-12-01T09:59:59", ["12-01", "12-17", "12-24", "12-28", "12-30", "12-31"], id="soon"),
        pytest.param("2026-12-01T10:00:00", ["12-17", "12-24", "12-28", "12-30", "12-31"], id="just-past"),
        pytest.param("2026-12-30T23:00:00", ["12-31"], id="evening-before"),
        pytest.param("2026-12-31T09:00:00", ["12-31"], id="that-morning"),
        pytest.param("2026-12-31T11:00:00", [], id="that-noon"),
    ],
)  # fmt: skip
def test_alarms_of_the_year_end(now: str, expected: list[str]) -> None:
    """They ring at ten in the morning; those that would be past are left out, and the event stays."""
    (event,) = made([YEAR_END], now=datetime.fromisoformat(now).replace(tzinfo=ZONE)).parts

    assert [f"{moment:%m-%d}" for moment in sorted(rings(event))] == expected
    assert {moment.time() for moment in rings(event)} <= {time(10)}


def test_alarms_of_the_limit() -> None:
    """The first ones come months before the limit."""
    (event,) = made([LIMIT]).parts

    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in sorted(rings(event))] == [
        "2027-09-02 10:00",
        "2027-12-01 10:00",
        "2028-01-30 10:00",
        "2028-02-22 10:00",
        "2028-02-28 10:00",
    ]


def test_a_useful_alarm_stands_first() -> None:
    """A calendar that keeps only the first one rings neither months ahead nor on the day itself."""
    events = made([YEAR_END, LIMIT]).parts

    assert {event.parts[0].one("TRIGGER").duration for event in events} == {
        timedelta(days=-7, hours=10),
        timedelta(days=-30, hours=10),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alarm_shows_what_it_is_about(language: Language) -> None:
    """An alarm is one that shows the event's title."""
    (event,) = made([LIMIT], language).parts

    assert event.parts
    for alarm in event.parts:
        assert alarm.one("ACTION").value == "DISPLAY"
        assert alarm.one("DESCRIPTION").text == say(language, "calendar-limit")


def test_past_alarms_are_those_of_the_persons_clock() -> None:
    """Ten o'clock has come in Shanghai while it has not in Berlin: `now` counts in its own time zone."""
    moment = datetime(2026, 12, 31, 3, tzinfo=UTC)  # 11:00 in Shanghai, 04:00 in Berlin

    assert [
        len(made([YEAR_END], now=moment.astimezone(ZoneInfo(zone))).parts[0].parts)
        for zone in ("Asia/Shanghai", "Europe/Berlin")
    ] == [0, 1]


# Any date, any text


@given(SEVERAL, LANGUAGE, MOMENTS)
@example([OwnDate("limit", date(2024, 2, 29)), OwnDate("year-end", date(2024, 12, 31))], "en", NOW)
@example([OwnDate("limit", date(2026, 12, 31)), OwnDate("year-end", date(2026, 12, 31))], "zh", NOW)
@example([OwnDate("limit", date(2020, 1, 1))], "zh", datetime(2019, 1, 1, tzinfo=ZONE))
def test_any_dates(dates: Sequence[OwnDate], language: Language, now: datetime) -> None:
    """Each date is an event of its day, with the alarms that are to come and no other."""
    calendar = made(dates, language, now)

    assert len(calendar.parts) == len(dates)
    for own, event in zip(dates, calendar.parts, strict=True):
        assert event.one("DTSTART").day == own.day
        assert event.one("DTEND").day - event.one("DTSTART").day == timedelta(days=1)
        assert event.one("DTSTAMP").moment == now.astimezone(UTC).replace(microsecond=0)
        assert rings(event) == expected_rings(own, now)


@given(SEVERAL, LANGUAGE, MOMENTS)
@example([OwnDate("limit", date(2024, 2, 29)), OwnDate("year-end", date(2024, 12, 31))], "en", NOW)
def test_a_library_that_did_not_write_it_reads_the_same(
    dates: Sequence[OwnDate], language: Language, now: datetime
) -> None:
    """Another library finds the same events, texts and alarms."""
    calendar = by_library(dates, language, now)

    assert (calendar.version, calendar.method) == ("2.0", "PUBLISH")
    assert [event.dtstart for event in calendar.events] == [own.day for own in dates]
    for own, event in zip(dates, calendar.events, strict=True):
        assert event.dtend == own.day + timedelta(days=1)
        assert event.summary == say(language, f"calendar-{own.kind}")
        assert event.description == say(language, f"calendar-{own.kind}-text")
        assert event.uid
        triggers = [alarm.trigger for alarm in event.alarm]
        assert all(isinstance(trigger, timedelta) for trigger in triggers)
        start = datetime.combine(own.day, time())
        found = [start + trigger for trigger in triggers if isinstance(trigger, timedelta)]
        assert found == expected_rings(own, now)


@given(TEXTS, TEXTS, LANGUAGE)
@example("a,b;c\\d\ne:f", "\\n\\,;\n\n", "en")
@example("，；" * 60, '"' * 80, "zh")
@example("x" * 75, "字" * 25 + "\\" * 60, "zh")
@example("𠀀" * 40, "a" * 74 + "é", "zh")
def test_any_text_comes_back_as_it_was(summary: str, description: str, language: Language) -> None:
    """Commas, semicolons, backslashes and line breaks are escaped, long lines folded, and nothing is lost."""
    with pytest.MonkeyPatch.context() as patch:
        for key, text in (("calendar-limit", summary), ("calendar-limit-text", description)):
            written = text.replace("{", "{{").replace("}", "}}")  # the texts have blanks in braces
            patch.setitem(dict_of(GUIDE_TEXTS[key]), language, written)
        (event,) = made([LIMIT], language).parts
        (read,) = by_library([LIMIT], language, NOW).events

    assert (event.one("SUMMARY").text, event.one("DESCRIPTION").text) == (summary, description)
    assert (read.summary, read.description) == (summary, description)


def dict_of(texts: object) -> dict[Language, str]:
    """Return the texts as what they are, so that they can be changed for a while."""
    assert isinstance(texts, dict)
    return texts


def test_the_reader_of_these_tests_is_strict() -> None:
    """What the tests rest on refuses files that are wrong in one place."""
    good = calendar_file([YEAR_END], "en", NOW).content
    wrong = {
        "line ends": good.replace("\r\n", "\n"),
        "no last line end": good.removesuffix("\r\n"),
        "too long": good.replace("SUMMARY:", f"SUMMARY:{'x' * 70}"),
        "not folded": good.replace("\r\n ", ""),
        "no UID": good.replace("UID:", "X-UID:"),
        "no DTSTAMP": good.replace("DTSTAMP:", "X-STAMP:"),
        "two versions": good.replace("VERSION:2.0\r\n", "VERSION:2.0\r\nVERSION:2.0\r\n"),
        "no action": good.replace("ACTION:DISPLAY\r\n", ""),
        "no trigger": good.replace("TRIGGER:", "X-TRIGGER:"),
        "not closed": good.replace("END:VEVENT\r\n", ""),
        "two calendars": good + good,
    }
    for what, content in wrong.items():
        assert content != good, what
        with pytest.raises(AssertionError):
            read_calendar(content)
    for value in ("a,b", "a;b", "a\\x", "a\\\\,b"):
        with pytest.raises(AssertionError):
            _ = Property(value).text
    assert Property("a\\,b\\;c\\\\\\nd").text == "a,b;c\\\nd"


def test_the_library_is_loaded_only_for_a_file() -> None:
    """Chats that ask for no calendar do not wait for it."""
    code = "import sys, bot.cli, bot.conversation; sys.exit('icalendar' in sys.modules)"

    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0
