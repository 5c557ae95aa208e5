"""China's working days: holidays, the weekends worked in exchange, and years that nobody has announced yet.

The dates of 2026 are those of the State Council's announcement (国办发明电〔2025〕7号). Years that no release of the library
will know soon stand for the years beyond its data, so that a newer release breaks no test.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reminders import workdays
from bot.reminders.workdays import is_workday, workdays_before, workdays_between
from tests.conftest import ROOT

UNKNOWN = 2099
WARNING = "the calendar of Chinese holidays does not reach {}; only weekends are skipped"
COUNTS = st.integers(0, 70)
DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))  # from before the data to after it
MARGINS = st.sampled_from((date(2004, 1, 1), date(2026, 12, 31), date(UNKNOWN, 1, 1)))
NEAR_A_MARGIN = st.builds(lambda day, days: day + timedelta(days=days), MARGINS, st.integers(-40, 40))


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(first: str, last: str) -> list[date]:
    return [day(first) + timedelta(days=number) for number in range((day(last) - day(first)).days + 1)]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """Forget what was counted and warned of, before each test and after it."""
    remembered = (is_workday, workdays_before, workdays_between, workdays._warn)
    for function in remembered:
        function.cache_clear()
    yield
    for function in remembered:
        function.cache_clear()


@pytest.mark.parametrize(
    ("first", "last", "worked"),
    [
        pytest.param("2026-09-28", "2026-10-11", {"09-28", "09-29", "09-30", "10-08", "10-09", "10-10"}, id="national"),
        pytest.param("2026-09-19", "2026-09-20", {"09-20"}, id="sunday-before-national-day"),
        pytest.param("2026-02-12", "2026-02-25", {"02-12", "02-13", "02-14", "02-24", "02-25"}, id="spring"),
        pytest.param("2026-02-28", "2026-03-01", {"02-28"}, id="saturday-after-spring-festival"),
        pytest.param("2026-01-01", "2026-01-05", {"01-04", "01-05"}, id="new-year"),
        pytest.param("2026-12-25", "2026-12-31", {"12-25", "12-28", "12-29", "12-30", "12-31"}, id="end-of-the-year"),
        pytest.param("2026-11-13", "2026-11-16", {"11-13", "11-16"}, id="weekend"),
    ],
)
def test_announced_days(first: str, last: str, worked: set[str]) -> None:
    """Holidays on working days are off, and the weekends given for them are worked."""
    assert {f"{found:%m-%d}" for found in days(first, last) if is_workday(found)} == worked


@pytest.mark.parametrize("year", [1999, UNKNOWN])
def test_year_that_is_not_announced(year: int) -> None:
    """Monday to Friday are worked, National Day too."""
    week = days(f"{year}-09-28", f"{year}-10-11")

    assert [is_workday(found) for found in week] == [found.weekday() < 5 for found in week]


def test_warned_once_a_year(caplog: pytest.LogCaptureFixture) -> None:
    """Each year that is not announced is logged once, whatever is counted in it."""
    with caplog.at_level(logging.WARNING, "bot.reminders.workdays"):
        workdays_between(date(UNKNOWN, 5, 1), date(UNKNOWN + 1, 5, 1))
        workdays_before(date(UNKNOWN, 3, 1), 5)
        is_workday(date(UNKNOWN + 1, 12, 31))

    assert caplog.record_tuples == [
        ("bot.reminders.workdays", logging.WARNING, WARNING.format(year)) for year in (UNKNOWN, UNKNOWN + 1)
    ]


def test_no_warning_in_an_announced_year(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "bot.reminders.workdays"):
        workdays_between(date(2025, 12, 31), date(2026, 12, 31))

    assert caplog.records == []


@pytest.mark.parametrize(
    ("until", "count", "begun"),
    [
        pytest.param("2026-12-31", 0, "2026-12-31", id="none-on-a-working-day"),
        pytest.param("2026-11-15", 0, "2026-11-13", id="none-on-a-sunday"),
        pytest.param("2026-10-07", 0, "2026-09-30", id="none-on-a-holiday"),
        pytest.param("2026-09-20", 0, "2026-09-20", id="none-on-a-sunday-that-is-worked"),
        pytest.param("2026-11-16", 1, "2026-11-13", id="over-a-weekend"),
        pytest.param("2026-11-15", 1, "2026-11-12", id="until-a-sunday"),
        pytest.param("2026-12-31", 20, "2026-12-03", id="year-end"),
        pytest.param("2026-10-12", 5, "2026-09-29", id="over-national-day-with-its-saturday"),
        pytest.param("2026-02-24", 3, "2026-02-12", id="over-spring-festival-with-its-saturday"),
        pytest.param("2026-03-02", 5, "2026-02-24", id="over-the-saturday-after-spring-festival"),
        pytest.param("2026-01-05", 2, "2025-12-31", id="over-new-year"),
    ],
)
def test_last_day_to_begin(until: str, count: int, begun: str) -> None:
    """A wait that begins then is over by the day; begun on the next working day, it is not."""
    assert workdays_before(day(until), count) == day(begun)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        pytest.param("2026-11-13", "2026-11-16", 1, id="friday-to-monday"),
        pytest.param("2026-11-14", "2026-11-15", 0, id="weekend"),
        pytest.param("2026-09-30", "2026-10-12", 4, id="national-day"),
        pytest.param("2026-02-13", "2026-03-01", 6, id="spring-festival"),
        pytest.param("2025-12-31", "2026-12-31", 248, id="whole-year"),
        pytest.param("2026-11-16", "2026-11-16", 0, id="same-day"),
        pytest.param("2026-11-16", "2026-11-13", 0, id="backwards"),
    ],
)
def test_between(start: str, end: str, count: int) -> None:
    """The day it begins on does not count, the last one does."""
    assert workdays_between(day(start), day(end)) == count


@example(date(2026, 10, 10), 3)
@given(DAYS | NEAR_A_MARGIN, COUNTS)
def test_as_many_lie_between(until: date, count: int) -> None:
    """From the day a wait begins on, so many working days are left, and the next day to begin on leaves fewer."""
    begun = workdays_before(until, count)
    later = next(
        found for number in range(1, 40) if (found := begun + timedelta(days=number)) > until or is_workday(found)
    )

    assert is_workday(begun)
    assert begun <= until
    assert workdays_between(begun, until) == count
    assert later > until or workdays_between(later, until) == count - 1


@given(DAYS | NEAR_A_MARGIN, st.integers(0, 60), st.integers(0, 60))
def test_counts_add_up(start: date, first: int, second: int) -> None:
    """What lies between two days is the sum of both parts, wherever they are parted."""
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)

    assert workdays_between(start, end) == workdays_between(start, middle) + workdays_between(middle, end)


@given(st.dates(date(UNKNOWN, 1, 1), date(UNKNOWN + 50, 1, 1)))
def test_five_days_a_week_beyond_the_data(start: date) -> None:
    assert workdays_between(start, start + timedelta(weeks=6)) == 30


def test_negative_count() -> None:
    with pytest.raises(ValueError, match=r'^working days: "-1" is less than 0$'):
        workdays_before(date(2026, 12, 31), -1)


@pytest.mark.parametrize("count", [1, 5])
def test_before_the_first_date(count: int) -> None:
    """The first day that a date can hold is a Monday; nothing lies before it."""
    assert workdays_before(date.min, 0) == date.min
    with pytest.raises(ValueError, match=rf'^working days: "{count}" before 0001-01-01 is before the year 1$'):
        workdays_before(date.min, count)


def test_last_date() -> None:
    """The last day that a date can hold is counted like any other."""
    assert workdays_between(date.max - timedelta(days=7), date.max) == 5


def test_counted_once() -> None:
    """What is planned for many people with the same days is counted for the first of them only."""
    for _ in range(3):
        workdays_before(date(2026, 12, 31), 20)
        workdays_between(date(2026, 12, 1), date(2026, 12, 31))

    assert workdays_before.cache_info().misses == 1
    assert workdays_between.cache_info().misses == 1
    assert is_workday.cache_info().misses == 30  # 2 to 31 December, asked for by either


def test_library_is_loaded_when_it_is_needed() -> None:
    """A start that plans nothing does not pay for the library."""
    code = (
        "import sys; from datetime import date; from bot.reminders import workdays\n"
        "assert 'chinese_calendar' not in sys.modules\n"
        "assert workdays.is_workday(date(2026, 10, 10)); assert 'chinese_calendar' in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
