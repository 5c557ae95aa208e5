"""What result steps show."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.dates import two_year_limit
from flows.results import RESULTS, SOON, deadlines

TODAY = date(2026, 11, 25)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
LIMIT = {"limit-state", "limit", "limit-first", "counted-from", "counted-by", "days-left", "days-over"}
ALWAYS = {"year", "next-year", "year-end", "year-days", "with-years"}


def test_deadlines_can_be_named():
    """A result step names its function."""
    assert set(RESULTS) == {"deadlines"}
    assert RESULTS["deadlines"] is deadlines


def test_without_answers_only_the_year_is_known():
    """What needs an answer is absent."""
    assert deadlines({}, TODAY) == {
        "year": 2026,
        "next-year": 2027,
        "year-end": "2026-12-31",
        "year-days": 36,
        "with-years": "no",
    }


def test_everything_of_somebody_not_registered():
    """Somebody who gave the day and the years gets all dates as texts and all numbers as numbers."""
    answers: dict[str, str | int] = {"role": "physician", "qualified": "2025-11-20", "registered": "no", "years": 5}

    assert deadlines(answers, TODAY) == {
        "limit-state": "open",
        "limit": "2027-11-20",
        "counted-from": "2025-11-20",
        "counted-by": "day",
        "limit-first": "no",
        "days-left": 360,
        "year": 2026,
        "next-year": 2027,
        "year-end": "2026-12-31",
        "year-days": 36,
        "registered": "no",
        "with-years": "yes",
        "years": 5,
        "exam-now": 2032,
        "exam-later": 2033,
    }


def test_everything_of_somebody_registered():
    """Somebody registered is also told their own exam year, counted from their registration."""
    answers: dict[str, str | int] = {
        "role": "assistant",
        "qualified": "2024-12",
        "registered": "yes",
        "registered-on": "2025-03",
        "years-registered": 2,
    }

    assert deadlines(answers, TODAY) == {
        "limit-state": "soon",
        "limit": "2026-12-01",
        "counted-from": "2024-12-01",
        "counted-by": "month",
        "limit-first": "yes",
        "days-left": 6,
        "year": 2026,
        "next-year": 2027,
        "year-end": "2026-12-31",
        "year-days": 36,
        "registered": "yes",
        "registered-on": "2025-03",
        "with-years": "yes",
        "years": 2,
        "exam-now": 2029,
        "exam-later": 2030,
        "exam-registered": 2028,
    }


@pytest.mark.parametrize(
    ("qualified", "today", "state", "days"),
    [
        pytest.param("2024-11-25", date(2026, 11, 25), "soon", 0, id="last-day"),
        pytest.param("2024-11-25", date(2026, 11, 26), "passed", 1, id="day-after"),
        pytest.param("2024-11-25", date(2026, 11, 24), "soon", 1, id="day-before"),
        pytest.param("2024-11-25", date(2026, 8, 27), "soon", 90, id="90-days-are-soon"),
        pytest.param("2024-11-25", date(2026, 8, 26), "open", 91, id="91-days-are-not"),
        pytest.param("2024-11-25", date(2024, 11, 25), "open", 730, id="day-of-qualification"),
        pytest.param("2024-02-29", date(2026, 2, 28), "soon", 0, id="leap-day-last-day"),
        pytest.param("2024-02-29", date(2026, 3, 1), "passed", 1, id="leap-day-day-after"),
        pytest.param("2022-02-28", date(2024, 2, 29), "passed", 1, id="leap-day-is-after-the-28th"),
        pytest.param("2024-11", date(2026, 11, 1), "soon", 0, id="month-last-day"),
        pytest.param("2024-11", date(2026, 11, 2), "passed", 1, id="month-day-after"),
        pytest.param("2024-11-30", date(2026, 11, 2), "soon", 28, id="day-in-that-month"),
        pytest.param("2024-12-31", date(2027, 1, 1), "passed", 1, id="new-year"),
        pytest.param("1999-09-18", date(2026, 11, 25), "passed", 9199, id="long-ago"),
    ],
)
def test_the_limit_and_its_days(qualified, today, state, days):
    """On the last day there is still time, after it the days over are counted, and a month counts from its first day."""
    found = deadlines({"qualified": qualified}, today)

    assert found["limit-state"] == state
    assert found.get("days-over" if state == "passed" else "days-left") == days
    assert ("days-left" in found) is not ("days-over" in found)
    assert found["counted-by"] == ("day" if len(qualified) == 10 else "month")


@pytest.mark.parametrize(
    ("qualified", "today", "first"),
    [
        pytest.param("2024-12-05", date(2026, 11, 25), "yes", id="before-the-year-ends"),
        pytest.param("2024-12-30", date(2026, 12, 30), "yes", id="the-day-itself"),
        pytest.param("2024-12-31", date(2026, 11, 25), "no", id="the-same-day"),
        pytest.param("2025-01-01", date(2026, 11, 25), "no", id="after-it"),
        pytest.param("2024-11-01", date(2026, 11, 25), "no", id="passed"),
    ],
)
def test_which_of_the_two_dates_comes_first(qualified, today, first):
    """A limit that is still to come and lies before 31 December is the one that counts."""
    assert deadlines({"qualified": qualified}, today)["limit-first"] == first


@pytest.mark.parametrize("qualified", ["unknown", "", "2026", "2026-13", 2026])
def test_a_qualification_that_is_no_date_gives_no_limit(qualified):
    """Who does not know the date gets the other dates and no limit."""
    assert set(deadlines({"qualified": qualified}, TODAY)) == ALWAYS


@pytest.mark.parametrize(
    ("today", "year", "days"),
    [
        pytest.param(date(2026, 12, 31), 2026, 0, id="last-day"),
        pytest.param(date(2027, 1, 1), 2027, 364, id="new-year"),
        pytest.param(date(2028, 1, 1), 2028, 365, id="new-year-of-a-leap-year"),
        pytest.param(date(2028, 2, 29), 2028, 306, id="leap-day"),
    ],
)
def test_the_year(today, year, days):
    """The year and its last day are those of today."""
    found = deadlines({"years": 1}, today)

    assert (found["year"], found["next-year"], found["year-days"]) == (year, year + 1, days)
    assert found["year-end"] == f"{year}-12-31"
    assert (found["exam-now"], found["exam-later"]) == (year + 2, year + 3)


@pytest.mark.parametrize(
    ("answers", "years"),
    [
        pytest.param({"years": 3}, 3, id="years"),
        pytest.param({"years-registered": 3}, 3, id="years-registered"),
        pytest.param({"years": 3, "years-registered": 5}, 3, id="both-and-nothing-said"),
        pytest.param({"years": 3, "years-registered": 5, "registered": "no"}, 3, id="both-and-not-registered"),
        pytest.param({"years": 3, "years-registered": 5, "registered": "yes"}, 5, id="both-and-registered"),
        pytest.param({"years": 3, "years-registered": "unknown", "registered": "yes"}, 3, id="one-is-unknown"),
        pytest.param({"years": "unknown"}, None, id="unknown"),
        pytest.param({"years": "3"}, None, id="text"),
        pytest.param({"years": 0}, None, id="zero"),
        pytest.param({}, None, id="absent"),
    ],
)
def test_the_years_of_practice(answers, years):
    """Years are known only as a number from one; of two answers the one that fits the person's state counts."""
    found = deadlines(answers, TODAY)

    assert found.get("years") == years
    assert found["with-years"] == ("yes" if years else "no")
    assert {"exam-now", "exam-later"} & set(found) == ({"exam-now", "exam-later"} if years else set())


@pytest.mark.parametrize(
    ("answers", "given_back", "exam"),
    [
        pytest.param({"registered": "yes", "registered-on": "2025-12-31", "years": 5}, True, 2031, id="december"),
        pytest.param({"registered": "yes", "registered-on": "2026-01-01", "years": 5}, True, 2032, id="january"),
        pytest.param({"registered": "yes", "registered-on": "2026-01", "years": 5}, True, 2032, id="month"),
        pytest.param({"registered": "yes", "registered-on": "2026-01"}, True, None, id="no-years"),
        pytest.param({"registered": "yes", "registered-on": "unknown", "years": 5}, False, None, id="unknown"),
        pytest.param({"registered": "yes", "years": 5}, False, None, id="no-date"),
        pytest.param({"registered": "no", "registered-on": "2026-01", "years": 5}, False, None, id="not-registered"),
        pytest.param({"registered-on": "2026-01", "years": 5}, False, None, id="nothing-said"),
    ],
)
def test_the_exam_of_somebody_registered(answers, given_back, exam):
    """The own exam year needs the registration, its date and the years."""
    found = deadlines(answers, TODAY)

    assert found.get("registered") == answers.get("registered")
    assert ("registered-on" in found) is given_back
    assert found.get("exam-registered") == exam


@given(DAYS, DAYS, st.booleans(), st.integers(1, 20))
def test_deadlines_agree_with_each_other(obtained, today, monthly, years):
    """Whatever the day: the state fits the days, the limit fits the arithmetic, and January costs a year."""
    loose = obtained.isoformat()[:7] if monthly else obtained.isoformat()
    found = deadlines({"qualified": loose, "years": years}, today)
    left = int(found["days-left"]) if "days-left" in found else -int(found["days-over"])

    assert today + timedelta(days=left) == date.fromisoformat(str(found["limit"])) <= two_year_limit(obtained)
    assert found["limit-state"] == ("passed" if left < 0 else "soon" if left <= SOON else "open")
    assert int(found["exam-later"]) - int(found["exam-now"]) == 1
    assert LIMIT - set(found) == {"days-left" if left < 0 else "days-over"}
