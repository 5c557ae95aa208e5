"""The date arithmetic: two years, the end of the year, the first exam year."""

import calendar
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.dates import (
    days_until,
    first_day,
    first_exam_year,
    is_month,
    january_cost,
    two_year_limit,
    year_end,
)

FIRST, LAST = date(2020, 1, 1), date(2040, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
DAYS = st.dates(FIRST, LAST)
YEARS = st.integers(1, 40)


@pytest.mark.parametrize(
    ("loose", "day", "month"),
    [
        pytest.param("2026-11-20", date(2026, 11, 20), False, id="day"),
        pytest.param("2026-11", date(2026, 11, 1), True, id="month"),
        pytest.param("2024-02-29", date(2024, 2, 29), False, id="leap-day"),
        pytest.param("1999-01", date(1999, 1, 1), True, id="earliest"),
    ],
)
def test_first_day_of_a_loose_date(loose, day, month):
    """A day is itself, and a month counts from its first day."""
    assert first_day(loose) == day
    assert is_month(loose) is month


@pytest.mark.parametrize("function", [first_day, is_month])
@pytest.mark.parametrize(
    "loose",
    [
        pytest.param("", id="empty"),
        pytest.param("2026", id="year"),
        pytest.param("2026-13", id="no-such-month"),
        pytest.param("2026-00", id="month-zero"),
        pytest.param("2026-02-29", id="no-such-day"),
        pytest.param("0000-01", id="year-zero"),
        pytest.param("2026-1", id="one-digit"),
        pytest.param("2026-11-2", id="one-digit-day"),
        pytest.param("2026-11-20 ", id="space"),
        pytest.param("2026-11\n", id="line-break"),
        pytest.param("20261120", id="compact"),
        pytest.param("2026/11/20", id="slashes"),
        pytest.param("2026-W47-5", id="week-date"),
        pytest.param("２０２６-11", id="full-width"),
        pytest.param("unknown", id="word"),
    ],
)
def test_anything_else_is_no_loose_date(function, loose):
    """What is neither a day nor a year and month, written in full, is refused."""
    with pytest.raises(ValueError):
        function(loose)


def test_the_message_names_the_text():
    """Whoever passes something else is told what it was and what is expected."""
    with pytest.raises(ValueError) as caught:
        first_day("soon")

    assert str(caught.value) == '"soon" is neither a day (2026-11-20) nor a month (2026-11)'


@given(DAYS)
def test_a_month_is_never_later_than_a_day_in_it(day):
    """Who gives the month only is never told a later limit than who gives the day."""
    month = day.isoformat()[:7]

    assert first_day(month) <= first_day(day.isoformat()) == day
    assert two_year_limit(first_day(month)) <= two_year_limit(day)


@pytest.mark.parametrize(
    ("obtained", "limit"),
    [
        pytest.param(date(2024, 11, 20), date(2026, 11, 20), id="same-day"),
        pytest.param(date(2024, 2, 29), date(2026, 2, 28), id="leap-day-is-clamped"),
        pytest.param(date(2022, 2, 28), date(2024, 2, 28), id="into-a-leap-year"),
        pytest.param(date(2024, 2, 28), date(2026, 2, 28), id="day-before-the-leap-day"),
        pytest.param(date(2024, 3, 1), date(2026, 3, 1), id="day-after-the-leap-day"),
        pytest.param(date(2098, 2, 28), date(2100, 2, 28), id="century-without-a-leap-day"),
        pytest.param(date(1998, 2, 28), date(2000, 2, 28), id="century-with-a-leap-day"),
        pytest.param(date(2024, 12, 31), date(2026, 12, 31), id="last-day-of-the-year"),
        pytest.param(date(2025, 1, 1), date(2027, 1, 1), id="new-year"),
        pytest.param(date(2025, 1, 31), date(2027, 1, 31), id="31st"),
        pytest.param(date(2025, 4, 30), date(2027, 4, 30), id="30th"),
    ],
)
def test_two_year_limit_by_example(obtained, limit):
    """The last day is the corresponding day two years later, or the last day of that month."""
    assert two_year_limit(obtained) == limit


def test_two_year_limit_of_every_day():
    """Over every day of twenty-one years: two years later, same month, same day unless there is none; 730 or 731 days."""
    for day in EVERY_DAY:
        limit = two_year_limit(day)

        assert (limit.year, limit.month) == (day.year + 2, day.month)
        assert limit.day == (28 if (day.month, day.day) == (2, 29) else day.day)
        assert days_until(limit, day) in (730, 731)


def test_two_year_limit_never_goes_back():
    """A later day never has an earlier limit, and only the 28th and 29th of February share one."""
    for day, following in pairwise(EVERY_DAY):
        step = days_until(two_year_limit(following), two_year_limit(day))

        assert step == 0 if following.month == 2 and following.day == 29 else step in (1, 2)


@given(DAYS, DAYS)
@example(date(2024, 2, 28), date(2024, 2, 29))
def test_two_year_limit_keeps_the_order(one, other):
    """Of two people, who qualified first has the limit first or on the same day."""
    earlier, later = sorted((one, other))

    assert two_year_limit(earlier) <= two_year_limit(later)


@given(st.integers(2020, 2040), st.integers(1, 12))
def test_two_year_limit_of_a_month_end(year, month):
    """The limit of a month's last day lies in the same month, on its last day or the day before a leap day."""
    limit = two_year_limit(date(year, month, calendar.monthrange(year, month)[1]))

    assert limit.month == month
    assert limit.day in (calendar.monthrange(year + 2, month)[1], 28)


def test_two_year_limit_that_no_date_can_hold():
    """Beyond the calendar there is no limit to give."""
    with pytest.raises(ValueError):
        two_year_limit(date(9998, 1, 1))


@given(DAYS)
def test_year_end_is_the_last_day(day):
    """The end of the year is not before the day, in its year, and followed by another year."""
    end = year_end(day)

    assert day <= end
    assert end.year == day.year == (end + timedelta(days=1)).year - 1


@pytest.mark.parametrize(
    ("end", "today", "days"),
    [
        pytest.param(date(2026, 12, 31), date(2026, 12, 31), 0, id="the-day"),
        pytest.param(date(2026, 12, 31), date(2026, 12, 30), 1, id="day-before"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), -1, id="day-after"),
        pytest.param(date(2026, 12, 31), date(2026, 1, 1), 364, id="year"),
        pytest.param(date(2024, 12, 31), date(2024, 1, 1), 365, id="leap-year"),
        pytest.param(date(2024, 3, 1), date(2024, 2, 28), 2, id="over-the-leap-day"),
        pytest.param(date(2025, 3, 1), date(2025, 2, 28), 1, id="over-no-leap-day"),
    ],
)
def test_days_until(end, today, days):
    """The days left are 0 on the day and negative after it."""
    assert days_until(end, today) == days


@given(DAYS, DAYS)
def test_days_until_counts_both_ways(one, other):
    """As many days are left from one side as have passed on the other, and so many days later it is the day."""
    assert days_until(one, other) == -days_until(other, one)
    assert other + timedelta(days=days_until(one, other)) == one


@pytest.mark.parametrize(
    ("registered", "years", "exam"),
    [
        pytest.param(date(2026, 12, 31), 1, 2028, id="one-year"),
        pytest.param(date(2026, 12, 31), 2, 2029, id="two-years"),
        pytest.param(date(2026, 12, 31), 5, 2032, id="five-years-in-december"),
        pytest.param(date(2027, 1, 1), 5, 2033, id="five-years-in-january"),
        pytest.param(date(2026, 1, 1), 5, 2032, id="whole-first-year-does-not-count-more"),
        pytest.param(date(2024, 2, 29), 4, 2029, id="leap-day"),
    ],
)
def test_first_exam_year_by_example(registered, years, exam):
    """Full calendar years after the year of registration count, and the exam comes the year after them."""
    assert first_exam_year(registered, years) == exam


def test_first_exam_year_is_the_same_all_year():
    """On every day of a year the exam year is that of its first day."""
    for day in EVERY_DAY:
        assert first_exam_year(day, 5) == first_exam_year(date(day.year, 1, 1), 5)


@given(DAYS, YEARS)
def test_first_exam_year_grows_by_one(day, years):
    """A year of practice more, or registration a year later, each put the exam off by exactly one year."""
    exam = first_exam_year(day, years)

    assert first_exam_year(day, years + 1) == exam + 1
    assert first_exam_year(date(day.year + 1, day.month, 1), years) == exam + 1
    assert exam - 1 - day.year == years  # full calendar years until 31 December before the exam


@pytest.mark.parametrize("years", [0, -1])
def test_first_exam_year_needs_a_year(years):
    """No exam is opened by less than a year of practice."""
    with pytest.raises(ValueError) as caught:
        first_exam_year(date(2026, 1, 1), years)

    assert str(caught.value) == f'years of practice: "{years}" is less than 1'


@given(st.integers(2020, 2040), YEARS)
def test_january_costs_a_year(year, years):
    """A day later, in January, costs exactly one year."""
    assert january_cost(year, years) == 1


def test_january_cost_needs_a_year():
    """Without a year of practice there is nothing to compare."""
    with pytest.raises(ValueError):
        january_cost(2026, 0)
