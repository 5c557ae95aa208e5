"""China's working days: which they are, and how many a wait takes.

Every autumn the General Office of the State Council (国务院办公厅) announces the next year's holidays, together with the
weekends that are worked in exchange (调休), as in 国办发明电〔2025〕7号 for 2026. The library chinesecalendar passes these
announcements on. A year that it does not have yet is counted with weekends off and nothing else, so holidays count as
working days there; a newer release of the library puts that right.
"""

import logging
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

_log = logging.getLogger(__name__)

_KEPT: Final = 2**16
"""So many results are remembered: planning for everybody asks for the same few days again and again."""

_DAY: Final = timedelta(days=1)


@lru_cache(_KEPT)
def is_workday(day: date) -> bool:
    """Tell whether people in China work on a day: by the State Council's announcement, through chinesecalendar.

    In a year that the library does not have, Monday to Friday are worked; that is logged as a warning, once a year.

    Args:
        day: The day in China.
    """
    from chinese_calendar import is_workday as announced

    try:
        return bool(announced(day))
    except NotImplementedError:  # the library's way to say that it does not have the year
        _warn(day.year)
        return day.weekday() < 5


@cache
def _warn(year: int) -> None:
    _log.warning("the calendar of Chinese holidays does not reach %s; only weekends are skipped", year)


@lru_cache(_KEPT)
def workdays_before(day: date, count: int) -> date:
    """Return the last working day on which a wait of so many working days can begin to be over by the end of a day.

    The day it begins on does not count, as in the Civil Code (民法典), article 201: begun on a Friday, one working day
    is over on Monday. So exactly `count` working days lie after the result, up to and including the day. A `count` of 0
    gives the day itself, or the last working day before it.

    Args:
        day: The day by the end of which the wait has to be over.
        count: How many working days the wait takes.

    Raises:
        ValueError: The count is negative, or leads to before the first day that a date can hold (year 1).
    """
    if count < 0:
        raise ValueError(f'working days: "{count}" is less than 0')
    found = day
    try:
        for _ in range(count):
            found = _workday_up_to(found) - _DAY
        return _workday_up_to(found)
    except OverflowError:
        raise ValueError(f'working days: "{count}" before {day} is before the year 1') from None


def _workday_up_to(day: date) -> date:
    while not is_workday(day):
        day -= _DAY
    return day


@lru_cache(_KEPT)
def workdays_between(start: date, end: date) -> int:
    """Return how many working days lie after a day, up to and including another; 0 when that is not later.

    Args:
        start: The day after which counting begins; it does not count itself.
        end: The last day that counts.
    """
    return sum(is_workday(start + timedelta(days=number)) for number in range(1, (end - start).days + 1))
