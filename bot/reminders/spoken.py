"""What typed texts mean for reminders: shared words, "remind me in 3 days", and what stands behind /remind."""

import re
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from flows.definition import Library
from flows.journey import Progress
from flows.understand import means

COMMAND: Final = "/remind"
IN: Final = "in "
"""Stands behind the command, before a number of days."""
LATER: Final = "later"
REGISTERED: Final = "registered"
ON: Final = ("on", "开", "开启", "打开", "要", "提醒我", "yes")
OFF: Final = ("off", "关", "关闭", "停", "停止", "不要", "取消", "no", "stop")

_WORDS: Final = {
    "remind-me": f"{COMMAND} on",
    "reminders": COMMAND,
    "stop-reminding": f"{COMMAND} off",
}
_HAN: Final = {han: number for number, han in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_ENGLISH: Final = {
    word: number
    for number, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
}
_WHEN: Final = re.compile(
    "(?:那就?|请|麻烦你?|你)*(?:"
    "(?P<tomorrow>明天|明儿|明早|明日)|(?P<after>后天)|过?(?P<days>[0-9]{1,2}|[一二两三四五六七八九十]{1,3})天(?:以后|之后|后)?"
    "|(?P<week>下周|下个?星期|下个?礼拜|[一1]周后|一个?(?:星期|礼拜)(?:以后|之后|后)|过一?(?:周|个?星期|个?礼拜)))"
    "(?:上午|早上|下午|晚上)?(?:再|记得|请)*(?:提醒|叫)(?:一下)?我?(?:一下|一声)?.{0,8}"
)
_WHEN_ENGLISH: Final = re.compile(
    "(?:please |can you |could you )*remind me (?:again )?(?:"
    "(?P<tomorrow>tomorrow)|(?P<after>the day after tomorrow)"
    f"|in (?:a |the )?(?:(?P<days>[0-9]{{1,2}}|{'|'.join(_ENGLISH)}|couple of) days?|(?P<one>day))"
    "|(?P<week>next week|in (?:a|one|1) week))(?: .{0,30})?"
)
_SOME_TIME: Final = re.compile(
    "(?:过|隔|等)?(?:几天|阵子|一阵|些天)(?:以后|之后|后)?(?:再|记得)*提醒(?:我|一下)*.{0,6}|(?:晚点|稍后|以后|回头|下次)(?:再|记得)*提醒(?:我|一下)*"
    "|.{0,4}(?:月|号|日|周|星期|礼拜|月底|年底前).{0,5}提醒我.{0,6}|remind me (?:later|again|on|next|in|at|by|before) ?.{0,30}"
)
"""Asks for a reminder at a time that is not understood."""
_HOUR: Final = re.compile(r"(凌晨|上午|早上|中午|下午|晚上|at )?\s*([0-9]{1,2})\s*(?:[:：]00|点钟?|时)?\s*(am|pm)?")
_AFTERNOON: Final = ("下午", "晚上", "pm")
_MIDNIGHT: Final = {("晚上", "12"): 24, ("凌晨", "12"): 0, ("am", "12"): 0}
_DISTANCE: Final = re.compile("(?:utc|gmt) ?([+-])0?([0-9]{1,2})(?::?00)?")
"""A time zone by its hours ahead of UTC, as people write it."""
_CONTINENTS: Final = ("Africa/", "America/", "Asia/", "Atlantic/", "Europe/", "Indian/", "Pacific/")
_NO_PLACE: Final = ("Factory", "localtime", "posixrules")
_PLACES: Final = {"北京": "Asia/Shanghai", "beijing": "Asia/Shanghai", "新疆": "Asia/Urumqi", "xinjiang": "Asia/Urumqi"}
"""What people call their time."""


def spoken(library: Library, progress: Progress, text: str) -> str | None:
    """Return the command that a typed text (folded by `faq.text.clean`) stands for, with what stands behind it, if it is one."""
    for name, command in _WORDS.items():
        if means(library.words.get(name, ()), text):
            return command
    if days := _days(text):
        return f"{COMMAND} {IN}{days}"
    if _SOME_TIME.fullmatch(text):
        return f"{COMMAND} {LATER}"
    # At a step the same words are an answer to its question.
    registered = not progress.active and means(library.words.get("registered", ()), text)
    return f"{COMMAND} {REGISTERED}" if registered else None


def _days(text: str) -> int | None:
    """Return after how many days somebody asks to be reminded, if a text asks that."""
    text = text.rstrip(" 。.,，吧哈啊呀哦")
    found = _WHEN.fullmatch(text) or _WHEN_ENGLISH.fullmatch(text)
    if not found:
        return None
    parts = found.groupdict()
    if number := parts["days"]:
        return int(number) if number.isdecimal() else _ENGLISH.get(number) or _han(number)
    if parts["after"]:
        return 2
    return 7 if parts["week"] else 1


def _han(number: str) -> int:
    """Return a number of Chinese numerals, such as 十五 or 三十; "a couple of" is two as well."""
    tens, ten, ones = number.rpartition("十")
    return (_HAN.get(tens, 1) * 10 if ten else 0) + _HAN.get(ones, 0) or 2


def hour_of(text: str) -> int | None:
    """Return the hour that a text names, such as 9, 9点, 下午6点 or 8pm; None when it is none."""
    found = _HOUR.fullmatch(text)
    if not found:
        return None
    before, number, after = found.groups()
    for word in (before, after):
        if (word, number) in _MIDNIGHT:
            return _MIDNIGHT[word, number]
    late = before in _AFTERNOON or after in _AFTERNOON
    return int(number) + (12 if late and int(number) < 12 else 0)


def zone_of(text: str) -> str | None:
    """Return the IANA name of the time zone that a text in small letters names; None when there is none."""
    if distance := _DISTANCE.fullmatch(text):
        sign, hours = distance.groups()
        # In the names of the IANA database, west of Greenwich is positive.
        text = f"etc/gmt{'-' if sign == '+' else '+'}{hours}"
    return _PLACES.get(text.removesuffix("时间").removesuffix(" time")) or _zones().get(text.replace(" ", "_"))


@cache
def _zones() -> dict[str, str]:
    """Return the names of all time zones, by the name and by the city in small letters."""
    names = sorted(name for name in available_timezones() if name not in _NO_PLACE)
    cities = {name.rpartition("/")[2].casefold(): name for name in names if name.startswith(_CONTINENTS)}
    return cities | {name.casefold(): name for name in names if not name.startswith("GMT")}
