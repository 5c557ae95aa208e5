"""Understands what is typed where a date or a number is asked for.

Texts come in as `faq.text.clean` folds them: ASCII digits, lower case, simplified characters. A text is first said in one
form (numerals as digits, "last december" and "去年" with their year, months as 12月), then everything that people put around a
date or number is taken away. If anything is left besides numbers, the text is none: a question must not pass for an answer.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from rapidfuzz.distance import OSA

Reason = Literal[
    "future", "too-early", "impossible", "no-year", "no-month", "ambiguous", "too-small", "too-large", "not-whole"
]

EARLIEST: Final = date(1999, 1, 1)
"""The first licensing exam was held in 1999; no qualification is older."""
LONGEST: Final = 80
"""Longer texts are no date and no number, whatever stands in them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A date or number was typed, but cannot be taken."""

    reason: Reason
    """future, too-early: see `date` in the values; impossible: no such day or month; no-year: the year is missing; no-month:
    there is only a year; ambiguous: the day or the month may come first; too-small, too-large, not-whole: numbers."""
    values: Mapping[str, str] = field(default_factory=dict)
    """`date` (a day, a month, or a year alone), or `least` and `most`."""


_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELT: Final = {
    **{word: number for number, word in enumerate(_ONES)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{
        f"{tens}{gap}{one}": 10 * number + unit
        for number, tens in enumerate(_TENS, start=2)
        for unit, one in enumerate(_ONES[1:10], start=1)
        for gap in " -"
    },
}
_DIGITS: Final = {
    **{han: str(digit) for digit, han in enumerate("零一二三四五六七八九")},
    "〇": "0",
    "o": "0",
    "两": "2",
}

_RELATIVE: Final[Mapping[str, tuple[Literal["day", "month", "year"], int]]] = {
    "大前天": ("day", -3), "前天": ("day", -2), "昨天": ("day", -1), "昨日": ("day", -1), "今天": ("day", 0),
    "今日": ("day", 0), "明天": ("day", 1), "明日": ("day", 1), "后天": ("day", 2),
    "day before yesterday": ("day", -2), "yesterday": ("day", -1), "today": ("day", 0), "tomorrow": ("day", 1),
    "上上个月": ("month", -2), "上上月": ("month", -2), "上个月": ("month", -1), "上月": ("month", -1),
    "这个月": ("month", 0), "这月": ("month", 0), "本月": ("month", 0), "下个月": ("month", 1), "下月": ("month", 1),
    "month before last": ("month", -2), "last month": ("month", -1), "this month": ("month", 0),
    "next month": ("month", 1),
    "大前年": ("year", -3), "前年": ("year", -2), "去年": ("year", -1), "今年": ("year", 0), "本年": ("year", 0),
    "明年": ("year", 1), "后年": ("year", 2),
    "year before last": ("year", -2), "last year": ("year", -1), "this year": ("year", 0), "next year": ("year", 1),
}  # fmt: skip


def _any_of(phrases: Iterable[str], *, before: str = "") -> re.Pattern[str]:
    # \b will not do: no boundary stands between a Chinese character or a digit and a letter
    longest_first = "|".join(sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<![a-z]){before}(?:{longest_first})(?![a-z])")


_WORD = re.compile("[a-z]{3,}")
_NUMBER = re.compile("[0-9]")
_SPELT_NUMBER = _any_of(_SPELT)
_NUMERAL = re.compile("[〇零一二两三四五六七八九十](?:[〇零一二两三四五六七八九十o0]*[〇零一二两三四五六七八九十])?")
_TEN = re.compile("([一二三四五六七八九]?)十([一二三四五六七八九]?)")
_RING = re.compile("二[ 〇零一二三四五六七八九]{3}年")
_GAP = re.compile("(?<=[一二三]) (?=[日号])|(?<=[0-9]) (?=[0-9]{2}年)")
_WEEKDAY = re.compile("(?:星期|周|礼拜)[一二三四五六日天]")
_RELATIVE_PHRASE = _any_of(_RELATIVE)
_WHICH_MONTH = re.compile("(?<![a-z])(this past|last|past|this|next) +([0-9]{1,2})月")
_DAYS_AGO = re.compile("(?<![0-9])([0-9]{1,3}) ?(?:天|days?) ?(?:之前|以前|前|ago)")
_LONG_AGO = re.compile("(?<![0-9])([0-9]{1,3}) ?(?:(年|years?)|个月|months?) ?(?:之前|以前|前|ago)")
_SAME: Final = (
    (re.compile("'([0-9]{2})(?![0-9])"), r"\1年"),
    (re.compile("([0-9]{1,2}) ?(?:st|nd|rd|th)(?![a-z])"), r"\1日"),
    (re.compile("([年月])份"), r"\1"),
    (re.compile("(?<=[0-9]) (?=[年月日号])"), ""),
    (re.compile("(?<=[0-9])号"), "日"),
    (re.compile("元旦"), "1月1日"),
    (re.compile("元月"), "1月"),
)
_AROUND: Final = re.compile(
    # when within the year or month it was
    "(?<![0-9])年[底初末中]|[底初末]|[上中下]旬|(?<=[年月])中|[上下]半年|[春夏秋冬][天季]|[上下]午|早上|晚上"
    # what people say around a date
    "|我|就?是|在|于|从|大概|大约|差不多|约|应该|可能|好像|左右|吧|的|了|啊|呀|哦|嗯|那天|那个月|时候|日期|时间"
    "|拿到|拿证|拿|取得|获得|考过|考的|通过|发的|发证|下来|下证|领到|领证|领的|到手|资格证书|资格证|证书|证"
    "|注册(?=的|了|成功|时间|日期)|(?<=[0-9][月日])注册$|成功|批(?=的|下来)"
)
_AROUND_EN: Final = _any_of(
    (
        "(?:it|that|date)(?:'s| is| was)", "was", "(?:think|believe|guess)", "in", "on", "around", "about", "since", "of", "at",
        "the", "maybe", "probably", "perhaps", "approximately", "approx", "roughly", "circa", "actually", "date",
        "year(?= [0-9]{4})", "sometime",
        "(?:got|passed|received|obtained|registered|qualified|issued)(?: it| mine)?", "(?:my )?(?:certificate|qualification|licen[cs]e|exam)",
        "early", "mid", "late", "end", "beginning", "start", "spring", "summer", "autumn", "winter",
        "(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?",
    ),
    before="(?:i |i've )?",
)  # fmt: skip
_PART = re.compile("([0-9]+)([年月日]?)")
_YEAR = re.compile("[0-9]{2}|[1-9][0-9]{3}")  # 2年 are two years, not the year 2002
_COMPACT = re.compile("((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})?")
_NOTHING_ELSE = re.compile(
    # a colon between digits is a time, and what a ~ leads to is another date
    r"(?:[0-9]++[年月日]?+|[\s,.;/\\_!()\[\]\"'、。“”‘’《》…–—-]|(?<![0-9]):|:(?![0-9])|~$)*+"
)

_ORDERS: Final = ("ymd", "dmy", "mdy", "ym", "my", "md", "dm", "y", "d")
_ORDERS_OF_A_NAMED_MONTH: Final = ("dmy", "mdy", "ymd", "ydm", "dym", "my", "ym", "md", "dm", "m")

_AROUND_NUMBER: Final = re.compile(
    "我|就?是|需要|要|得|满|足|整|大概|大约|差不多|约|应该|可能|好像|左右|吧|的|了|啊|呀|哦|嗯|至少|一共|总共|工作|执业|干|做|填|写"
    "|(?<![a-z])(?:(?:it|that)(?:'s| is)|i (?:think|need)|full|about|around|maybe|probably|exactly|at least|of practice)(?![a-z])"
)
_YEARS = re.compile("(?:周年|个?年头|(?<![a-z])(?:years?|yrs?|y)(?![a-z]))")
_HALF = re.compile("(?<![a-z])(?:and )?(?:a )?half(?: an?)?(?![a-z])")
_HALVES = re.compile("[0-9]* ?[年个]? ?半 ?年?")
_WHOLE = re.compile("(-?[0-9]{1,4})(?:[.点]([0-9]{1,9}))? ?[年个]?")


def parse_date(text: str, today: date, earliest: date = EARLIEST) -> str | Refused | None:
    """Return the loose date (see `flows.dates`) that a cleaned text is, why it cannot be taken, or None if it is no date.

    A day after today and a month after this one are in the future; a day before `earliest` and a month before its month
    are too early. What somebody says without numbers ("去年12月", "last december", "yesterday") is counted from today.
    """
    parts = _parts(_in_one_form(text, today)) if len(text) <= LONGEST else ()
    kinds = "".join(kind for kind, _ in parts)
    orders = [order for order in (_ORDERS_OF_A_NAMED_MONTH if "m" in kinds else _ORDERS) if _fits(parts, order)]
    if "m" in kinds:  # 20 nov 26: the day comes first, if it can
        orders = orders[:1]
    if not orders or kinds == "n":
        return None
    found = {loose for order in orders if (loose := _loose_date(parts, order, today))}
    if not found:
        return Refused("impossible")
    if "y" not in orders[0]:
        return Refused("no-year")
    if len(found) > 1:
        return Refused("ambiguous")
    return _judged(found.pop(), today, earliest)


def parse_number(text: str, least: int, most: int) -> int | Refused | None:
    """Return the whole number that a cleaned text is, why it cannot be taken, or None if it is no number.

    A number of years may be written with its unit. What ends in a question mark asks for the number and gives none.
    """
    if len(text) > LONGEST or "?" in text:
        return None
    text = _HALF.sub("半", _digits(text))
    text = _AROUND_NUMBER.sub(" ", _YEARS.sub("年", text))
    text = " ".join(text.strip(" \n,.!()。、~").split())
    limits = {"least": str(least), "most": str(most)}
    found = _WHOLE.fullmatch(text)
    if not found:
        return Refused("not-whole", limits) if _HALVES.fullmatch(text) else None
    if int(found[2] or 0):
        return Refused("not-whole", limits)
    number = int(found[1])
    if number < least:
        return Refused("too-small", limits)
    return Refused("too-large", limits) if number > most else number


def _digits(text: str) -> str:
    text = _SPELT_NUMBER.sub(lambda found: str(_SPELT[found[0]]), text)
    return _NUMERAL.sub(_numeral, text)


def _numeral(found: re.Match[str]) -> str:
    if "十" not in found[0]:
        return "".join(_DIGITS.get(character, character) for character in found[0])
    ten = _TEN.fullmatch(found[0])
    if not ten:
        return found[0]
    number = _DIGITS.get(ten[1], "1") + _DIGITS.get(ten[2], "0")
    # 十二年 are twelve years, but 一二年 is the year 2012: three digits are no year
    return "0" + number if found.string.startswith("年", found.end()) else number


def _in_one_form(text: str, today: date) -> str:
    """Return the text with dates as 2026年11月20日, as far as they can be made out, and nothing that people put around them."""
    # the sign ○ that some type for 〇 is cleaned to a gap: filled in a year, and elsewhere (三○日) better not understood
    text = _RING.sub(lambda found: found[0].replace(" ", "〇"), text)
    text = _GAP.sub("|", " ".join(text.split()))
    text = _WORD.sub(lambda found: _month(found[0]), text)
    text = _digits(_WEEKDAY.sub(" ", text))
    if _NUMBER.search(text):  # "2026年11月?" is an unsure answer, but "today?" may be a question
        text = text.rstrip("? ")
    text = _RELATIVE_PHRASE.sub(lambda found: _shifted(today, *_RELATIVE[found[0]]), text)
    text = _WHICH_MONTH.sub(lambda found: _which_month(today, found[1], int(found[2])), text)
    text = _DAYS_AGO.sub(lambda found: _shifted(today, "day", -int(found[1])), text)
    text = _LONG_AGO.sub(lambda found: _long_ago(today, int(found[1]) * (12 if found[2] else 1)), text)
    for pattern, replacement in _SAME:
        text = pattern.sub(replacement, text)
    return _AROUND_EN.sub(" ", _AROUND.sub(" ", text))


def _month(word: str) -> str:
    """Return the month that a word names, perhaps cut short or with a slip in it, or else the word."""
    for number, name in enumerate(_MONTHS, start=1):
        # mar, may and jun are one letter apart: a slip is believed in longer words only
        if name.startswith(word) or (len(word) > 4 and len(name) > 3 and OSA.distance(word, name) <= 1):
            return f" {number}月"  # apart from digits before it: 20nov2026
    return word


def _shifted(today: date, unit: str, offset: int) -> str:
    if unit == "day":
        day = today + timedelta(days=offset)
        return f" {day.year}年{day.month}月{day.day}日 "
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 + offset, 12)
        return f" {year}年{month + 1}月 "
    return f" {today.year + offset}年 "


def _which_month(today: date, which: str, month: int) -> str:
    year = today.year
    if which == "next":
        year += month <= today.month
    elif which != "this":
        year -= month >= today.month
    return f" {year}年{month}月 "


def _long_ago(today: date, months: int) -> str:
    # who counts in months or years does not mean a month exactly: only the year is kept, so that the month is asked for
    return f" {(today.year * 12 + today.month - 1 - months) // 12}年 "


def _parts(text: str) -> tuple[tuple[str, str], ...]:
    """Return the numbers of a date as kind (y, m, d, or n for one that may be several) and digits; empty if it is none."""
    if not _NOTHING_ELSE.fullmatch(text):
        return ()
    found = _PART.findall(text)
    if len(found) == 1 and not found[0][1] and (compact := _COMPACT.fullmatch(found[0][0])):
        found = [(digits, unit) for digits, unit in zip(compact.groups(), "年月日", strict=True) if digits]
    kinds = tuple((_kind(digits, unit), digits) for digits, unit in found)
    return kinds if all(kind for kind, _ in kinds) else ()


def _kind(digits: str, unit: str) -> str:
    if unit == "年":
        return "y" if _YEAR.fullmatch(digits) else ""
    if len(digits) <= 2:
        return {"月": "m", "日": "d", "": "n"}[unit]
    return "y" if not unit and len(digits) == 4 and digits.startswith(("19", "20")) else ""


def _fits(parts: tuple[tuple[str, str], ...], order: str) -> bool:
    return len(parts) == len(order) and all(
        kind == place or (kind == "n" and _may_be(place, digits, order))
        for (kind, digits), place in zip(parts, order, strict=True)
    )


def _may_be(place: str, digits: str, order: str) -> bool:
    """Tell whether a number without a unit may be a year, month or day where it stands."""
    if place == "y":  # only beside a month and a day: nov 26 is a day
        return len(order) == 3 and len(digits) == 2
    return order not in ("ydm", "dym")  # 2025年11、12月 are two months


def _loose_date(parts: tuple[tuple[str, str], ...], order: str, today: date) -> str | None:
    """Return the parts, read in an order, as a loose date or a year alone; None if there is no such day."""
    read = {place: int(digits) for place, (_, digits) in zip(order, parts, strict=True)}
    year = read.get("y", 2000)  # without a year, a leap day is a day
    if year < 100:
        year += 2000 if 2000 + year <= today.year + 20 else 1900
    try:
        day = date(year, read.get("m", 1), read.get("d", 1)).isoformat()
    except ValueError:
        return None
    return day if "d" in read else day[:7] if "m" in read else day[:4]


def _judged(loose: str, today: date, earliest: date) -> str | Refused:
    # ISO texts are in the order of time, cut to the same length as well
    if loose > today.isoformat()[: len(loose)]:
        return Refused("future", {"date": loose})
    if loose < earliest.isoformat()[: len(loose)]:
        return Refused("too-early", {"date": loose})
    return Refused("no-month") if len(loose) == 4 else loose
