"""The day on which somebody asks to be reminded: "3天后", "下周一", "12月1号", "in two weeks", "next Monday"."""

import re
from datetime import date, timedelta
from typing import Final

_HAN: Final = {han: number for number, han in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_WORDS: Final = {
    word: number
    for number, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
} | {"a": 1, "an": 1, "a couple of": 2, "couple of": 2}
_WEEKDAYS: Final = {day: number for number, day in enumerate("一二三四五六日")} | {"天": 6}
_ENGLISH_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_NUMBER: Final = "(?P<number>[0-9]{1,2}|[一二两三四五六七八九十]{1,3})"
_ENGLISH_NUMBER: Final = f"(?P<number>[0-9]{{1,2}}|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_AFTER: Final = "(?:以后|之后|后)"
_FIXED: Final = (
    (re.compile("大后天"), 3),
    (re.compile("明天|明早|明儿|明日"), 1),
    (re.compile("(?<!天)后天"), 2),
    (re.compile("day after tomorrow"), 2),
    (re.compile("tomorrow"), 1),
    (re.compile(f"半个月{_AFTER}"), 15),
    (re.compile("next week|in a week|过一?(?:周|个?星期|个?礼拜)"), 7),
)
_COUNTED: Final = (
    (re.compile(f"{_NUMBER}天{_AFTER}|过{_NUMBER.replace('number', 'other')}天"), 1),
    (re.compile(f"{_NUMBER}个?(?:周|星期|礼拜){_AFTER}"), 7),
    (re.compile(f"{_NUMBER}个月{_AFTER}"), 30),
    (re.compile(rf"in {_ENGLISH_NUMBER} days?\b"), 1),
    (re.compile(rf"in {_ENGLISH_NUMBER} weeks?\b"), 7),
)
_WEEKDAY: Final = re.compile("(?P<next>下个?)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_NEXT_WEEK: Final = re.compile("下个?(?:周|星期|礼拜)")
_ENGLISH_WEEKDAY: Final = re.compile(rf"\b(?P<day>{'|'.join(_ENGLISH_WEEKDAYS)})[a-z]*")
_DATE: Final = re.compile("(?:(?P<month>[0-9]{1,2})月)(?P<day>[0-9]{1,2})[日号]?|(?<![0-9])(?P<only>[0-9]{1,2})[日号]")
_ENGLISH_DATE: Final = re.compile(
    rf"\b(?P<month>{'|'.join(_MONTHS)})[a-z]* (?P<day>[0-9]{{1,2}})|(?P<first>[0-9]{{1,2}})(?:st|nd|rd|th)? (?P<then>{'|'.join(_MONTHS)})"
)


def day_of(text: str, today: date) -> date | None:
    """Return the day that a text (folded by `faq.text.clean`) names, after `today`; None when it names none."""
    for pattern, days in _FIXED:
        if pattern.search(text):
            return today + timedelta(days=days)
    for pattern, unit in _COUNTED:
        if found := pattern.search(text):
            return today + timedelta(days=unit * _number(next(filter(None, found.groups()))))
    return _weekday(text, today) or _date(text, today)


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text in _WORDS:
        return _WORDS[text]
    tens, ten, ones = text.rpartition("十")
    return (_HAN.get(tens, 1) * 10 if ten else 0) + _HAN.get(ones, 0)


def _weekday(text: str, today: date) -> date | None:
    """Return the next such day of the week; with 下 that of the week after this one."""
    if found := _WEEKDAY.search(text):
        monday = today - timedelta(days=today.weekday())
        day = monday + timedelta(days=_WEEKDAYS[found["day"]] + (7 if found["next"] else 0))
        return day if day > today else day + timedelta(days=7)
    if _NEXT_WEEK.search(text):
        return today + timedelta(days=7)
    if found := _ENGLISH_WEEKDAY.search(text):
        ahead = (_ENGLISH_WEEKDAYS.index(found["day"]) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return None


def _date(text: str, today: date) -> date | None:
    """Return the next day with this month and day, or with this day of the month."""
    if found := _DATE.search(text):
        month, day = found["month"], int(found["day"] or found["only"])
        return _next(today, int(month) if month else None, day)
    if found := _ENGLISH_DATE.search(text):
        month = _MONTHS.index(found["month"] or found["then"]) + 1
        return _next(today, month, int(found["day"] or found["first"]))
    return None


def _next(today: date, month: int | None, day: int) -> date | None:
    for ahead in range(1, 366):
        one = today + timedelta(days=ahead)
        if one.day == day and month in (None, one.month):
            return one
    return None
