"""What result steps show: named functions from what somebody answered, and today, to more values."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from flows.dates import days_until, first_day, first_exam_year, is_loose_date, is_month, two_year_limit, year_end

Value = str | int
Values = Mapping[str, Value]

SOON: Final = 90
"""A limit with so many days left, or fewer, is soon."""


def deadlines(answers: Values, today: date) -> dict[str, Value]:
    """Return a person's own dates; what does not apply or is not known is absent.

    Looked at are `qualified` and `registered-on` (loose dates of `flows.dates`), `registered` ("yes" or "no"), and `years`
    or `years-registered` (years of practice that an exam asks for). Answers that are no date or number, such as that
    somebody does not know, count as not given.

    Returns:
        `limit-state` (open, soon or passed), `limit`, `limit-first` ("yes" when it comes
        before the end of this year), `counted-from`, `counted-by` (day or month), and `days-left` or
        `days-over`, if the date of qualification is known; `year`, `next-year`, `year-end` and `year-days` always;
        `registered` and `registered-on` as answered; `with-years` always, and if the years are known `years`,
        `exam-now`, `exam-later` and, for somebody registered, `exam-registered`. Dates are ISO texts.
    """
    found: dict[str, Value] = {}
    if qualified := _loose_date(answers.get("qualified")):
        found.update(_limit(qualified, today))
    end = year_end(today)
    found.update(
        {
            "year": today.year,
            "next-year": today.year + 1,
            "year-end": end.isoformat(),
            "year-days": days_until(end, today),
        }
    )
    registered_on = None
    if "registered" in answers:
        found["registered"] = answers["registered"]
        if answers["registered"] == "yes" and (registered_on := _loose_date(answers.get("registered-on"))):
            found["registered-on"] = registered_on
    years = _years(answers)
    found["with-years"] = "yes" if years else "no"
    if years:
        found["years"] = years
        found["exam-now"] = first_exam_year(end, years)
        found["exam-later"] = first_exam_year(date(today.year + 1, 1, 1), years)
        if registered_on:
            found["exam-registered"] = first_exam_year(first_day(registered_on), years)
    return found


def _limit(qualified: str, today: date) -> dict[str, Value]:
    counted_from = first_day(qualified)
    limit = two_year_limit(counted_from)
    left = days_until(limit, today)
    found: dict[str, Value] = {
        "limit": limit.isoformat(),
        "counted-from": counted_from.isoformat(),
        "counted-by": "month" if is_month(qualified) else "day",
        "limit-first": "yes" if today <= limit < year_end(today) else "no",
    }
    if left < 0:
        return {**found, "limit-state": "passed", "days-over": -left}
    return {**found, "limit-state": "soon" if left <= SOON else "open", "days-left": left}


def _loose_date(answer: Value | None) -> str | None:
    """Return the answer if it is a loose date; a choice such as "unknown" is none."""
    return str(answer) if is_loose_date(answer) else None


def _years(answers: Values) -> int | None:
    # somebody who went back and changed "registered" may have answered at both steps: theirs comes first
    names = ("years", "years-registered")
    for name in reversed(names) if answers.get("registered") == "yes" else names:
        years = answers.get(name)
        if isinstance(years, int) and years >= 1:
            return years
    return None


RESULTS: Final[Mapping[str, Callable[[Values, date], Values]]] = {"deadlines": deadlines}
"""The functions that a result step can name."""

_ANY: Final = frozenset[str]()

GIVES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "deadlines": {
        "limit-state": frozenset(("open", "soon", "passed")),
        "counted-by": frozenset(("day", "month")),
        "registered": frozenset(("yes", "no")),
        "with-years": frozenset(("yes", "no")),
        "limit-first": frozenset(("yes", "no")),
        **dict.fromkeys(
            (
                "limit", "counted-from", "days-left", "days-over", "year", "next-year", "year-end", "year-days",
                "registered-on", "years", "exam-now", "exam-later", "exam-registered",
            ),
            _ANY,
        ),
    }
}  # fmt: skip
"""What each function gives, by name: the values that there can be, or none listed where there are many."""
