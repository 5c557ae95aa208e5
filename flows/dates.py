"""The date arithmetic of registration: the two-year limit, the end of the year, the first exam year.

Every function is pure: today is an argument. A date that somebody typed is kept as text, a day as "2026-11-20" or only
the year and month as "2026-11"; such a text is called a loose date here.
"""

import calendar
import re
from datetime import date
from typing import Final, TypeAlias

Qualified: TypeAlias = str
"""A loose date: "2026-11-20" or "2026-11"."""

LIMIT_YEARS: Final = 2
"""So many years after obtaining the qualification registration needs nothing more (see `two_year_limit`)."""

_LOOSE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")


def first_day(loose: Qualified) -> date:
    """Return the day that a loose date counts from.

    A month counts from its first day: whoever gave no day is told the earlier limit, which is the cautious end.

    Raises:
        ValueError: The text is neither a day nor a year and month, or there is no such day.
    """
    return _parse(loose)[0]


def is_month(loose: Qualified) -> bool:
    """Tell whether a loose date is a year and month without a day.

    Raises:
        ValueError: The text is neither a day nor a year and month, or there is no such day.
    """
    return _parse(loose)[1]


def is_loose_date(value: object) -> bool:
    """Tell whether a value is a loose date."""
    try:
        first_day(str(value))
    except ValueError:
        return False
    return True


def _parse(loose: str) -> tuple[date, bool]:
    found = _LOOSE.fullmatch(loose)
    if not found:
        raise ValueError(f'"{loose}" is neither a day (2026-11-20) nor a month (2026-11)')
    year, month, day = found.groups()
    return date(int(year), int(month), int(day or 1)), day is None


def two_year_limit(obtained: date) -> date:
    """Return the last day that is within two years from obtaining the qualification.

    Who registers after it has to add a certificate of training and assessment. The two years: seed-000 (Part 03, the
    note), seed-002 (question 7), seed-003 (ids of faq/entries/sources.yaml), which pass on the national
    医师执业注册管理办法.

    How years are counted: Civil Code of the PRC (民法典), article 201 (the day itself is not counted) and article 202
    (the corresponding day of the last month is the last day; where there is none, the last day of that month). So
    2022-02-28 gives 2024-02-28, and 2024-02-29 gives 2026-02-28. Article 203 moves a last day that is a public holiday
    to the day after it; that is left out, for the calendar of holidays is not known here, and the earlier day is the
    cautious end.

    Raises:
        ValueError: The limit is after the last day that a date can hold (year 9999).
    """
    year = obtained.year + LIMIT_YEARS
    return date(year, obtained.month, min(obtained.day, calendar.monthrange(year, obtained.month)[1]))


def year_end(day: date) -> date:
    """Return 31 December of the day's year."""
    return date(day.year, 12, 31)


def days_until(end: date, today: date) -> int:
    """Return the number of days left: 0 on the day itself, negative after it."""
    return (end - today).days


def first_exam_year(registered: date, years: int) -> int:
    """Return the year of the first exam that so many years of practice open.

    Years of practice are counted from the registration date, and whether there are enough of them is judged at
    31 December of the year before the exam (seed-000, Part 03, points 1 and 2), where only full calendar years count:
    registered on any day of 2026, five full years are 2027 to 2031, and the exam is in 2032.

    Raises:
        ValueError: Fewer than one year.
    """
    if years < 1:
        raise ValueError(f'years of practice: "{years}" is less than 1')
    return registered.year + years + 1


def january_cost(year: int, years: int) -> int:
    """Return by how many years the exam is later for who registers on 1 January after the year than on its last day.

    It is always one (seed-000, Part 03, the summary): a single day costs a whole year.

    Raises:
        ValueError: Fewer than one year of practice, or a year that a date cannot hold.
    """
    return first_exam_year(date(year + 1, 1, 1), years) - first_exam_year(date(year, 12, 31), years)
