"""What typed texts mean for reminders: shared words, "remind me in 3 days", and what stands behind /remind."""

import re
from datetime import date
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from bot.reminders.plan import is_wanted
from bot.reminders.when import day_of
from faq.text import han_count
from flows.definition import Library
from flows.journey import Progress
from flows.own_dates import is_registered
from flows.understand import is_question, means

COMMAND: Final = "/remind"
LATER: Final = "later"
HOURS: Final = "hours"
ZONES: Final = "zones"
REGISTERED: Final = "registered"
NOT_REGISTERED: Final = "not registered"
ON: Final = ("on", "开", "开启", "打开", "要", "提醒我", "yes")
OFF: Final = ("off", "关", "关闭", "停", "停止", "不要", "取消", "no", "stop")
"""What may stand behind the command, besides a day, an hour or a time zone."""

_WORDS: Final = {
    "remind-me": f"{COMMAND} on",
    "reminders": COMMAND,
    "stop-reminding": f"{COMMAND} off",
}
_LONGEST: Final = 40
"""A longer text asks for something else as well."""
_BESIDE: Final = 6
"""So many characters (Latin letters: twice as many) may stand beside what says that it should stop."""
_ABOUT: Final = re.compile(r"[提题][醒星]|ti ?xing|\bre?ma?i?nd(?:ers?|ing)?")
_NOT_FORGET: Final = re.compile("(?:别|不要)忘[了记]?|(?:do not|don ?'?t) forget(?: to)?")
_STOP: Final = re.compile(
    r"别(?!人|的|处)|[关停烦]|不(?:要|用|需要|必|想|再|了?$)|无需|取消|退订"
    r"|\b(?:stop|no|never|off|cancel|disable|unsubscribe|quit|enough|don ?'?t|dont|do not)\b"
)
_BARE_STOP: Final = re.compile(
    "(?:请|你)*(?:stop|off|退订|td|(?:别|不要)再?(?:给我)?发(?:消息|信息)?了?|别烦我了?|unsubscribe)"
)
"""Says to somebody who sends reminders that it should stop; from anybody else it may mean anything."""
_SOME_TIME: Final = re.compile(
    "几天|阵子|一阵|些天|晚点|稍后|以后再|回头|下次|下个?月|今晚|小时|每[天周月]|[早晚中]上|later|again|next|hour|every|tonight"
)
"""Names a time, but no day that is understood."""
_ABOUT_HOUR: Final = re.compile(
    "(?:换|改|调)一?(?:个|下)?(?:提醒)?(?:的)?(?:时间|钟点|几点)|(?:change|set) (?:the |my )?(?:hour|time)|hour"
)
_ABOUT_ZONE: Final = re.compile("(?:换|改|调)一?(?:个|下)?时区|(?:change|set) (?:the |my )?time ?zone|time ?zone")
_BEFORE: Final = re.compile("(?:before|by) (?:dec(?:ember)? 31|31 dec(?:ember)?)|12月31[日号]?[之以]?前")
"""The date that everybody is reminded before, so that it is no day to be reminded on."""
_AROUND: Final = re.compile(
    "到?时[候侯]|到时|到期|快?到?期限?|年底|截止|[之以]?前|记得|麻烦|一[下声]|提前|设置|打开|开启|注册|可以|能不能|可不可以|会不会|怎么|如何|哪里"
    "|什么时候|12月31[日号]?|[我你您请要想开把给都再好快的了吗呢啊呀吧哈呗哦能将就有没]"
    r"|\b(?:please|pls|plz|me|in time|can|could|would|will|you|i|want|to|be|a|an|the|set|enable|turn|on|my|up|about|it|this|of|before|by|how|do|get"
    r"|deadline|year ?'?s? end|dec(?:ember)? 31|31 dec(?:ember)?|s)\b"
)
"""What stands around the wish to be reminded without changing it."""
_HOUR: Final = re.compile(r"(凌晨|上午|早上|中午|下午|晚上|at )?\s*([0-9]{1,2})\s*(?:[:：]00|点钟?|时)?\s*(am|pm)?")
_HOUR_IN: Final = re.compile(
    "(?:凌晨|上午|早上|中午|下午|晚上)?[0-9]{1,2}(?:点钟?|[:：]00| ?(?:am|pm))|(?<=at )[0-9]{1,2}"
)
_AFTERNOON: Final = ("下午", "晚上", "pm")
_MIDNIGHT: Final = {("晚上", "12"): 24, ("凌晨", "12"): 0, ("am", "12"): 0}
_DISTANCE: Final = re.compile("(?:utc|gmt) ?([+-])0?([0-9]{1,2})(?::?00)?")
"""A time zone by its hours ahead of UTC, as people write it."""
_CONTINENTS: Final = ("Africa/", "America/", "Asia/", "Atlantic/", "Europe/", "Indian/", "Pacific/")
_NO_PLACE: Final = ("Factory", "localtime", "posixrules")
_PLACES: Final = {"北京": "Asia/Shanghai", "beijing": "Asia/Shanghai", "新疆": "Asia/Urumqi", "xinjiang": "Asia/Urumqi"}
"""What people call their time."""


def spoken(library: Library, progress: Progress, text: str, today: date) -> str | None:
    """Return the command that a typed text (folded by `faq.text.clean`) stands for, with what stands behind it, if it is one."""
    for name, command in _WORDS.items():
        if means(library.words.get(name, ()), text):
            return command
    if len(text) > _LONGEST:
        return None
    wish = _wish(_NOT_FORGET.sub("", text), today) if _ABOUT.search(text) else None
    if wish is None and is_wanted(progress) and not progress.active:
        for pattern, what in ((_BARE_STOP, "off"), (_ABOUT_HOUR, HOURS), (_ABOUT_ZONE, ZONES)):
            if pattern.fullmatch(text):
                return f"{COMMAND} {what}"
    return None if wish is None else f"{COMMAND} {wish}".rstrip()


def _wish(text: str, today: date) -> str | None:  # noqa: PLR0911 - one for each meaning
    """Return what a text about reminding asks for; None when it asks for something else."""
    around = _ABOUT.sub("", text)
    around = _BEFORE.sub("", around)
    asks = is_question(text)
    if _STOP.search(around):
        if len(_rest(_STOP.sub("", around))) > (_BESIDE if han_count(text) else 2 * _BESIDE):
            return None
        return "" if asks else "off"
    if not asks and (day := day_of(around, today)):
        return day.isoformat()
    rest = _rest(around)
    if not asks and (hour := _HOUR_IN.search(around)):
        return hour[0] if not _SOME_TIME.search(around.replace(hour[0], "")) else LATER
    if not asks and _SOME_TIME.search(around):
        return LATER
    if len(rest) > (2 if han_count(text) else 4):
        return None
    return "" if asks else "on"


def _rest(text: str) -> str:
    """Return what is left of a text without what stands around a wish."""
    return re.sub(r"[\W_]", "", _AROUND.sub("", text))


def told(library: Library, progress: Progress, text: str) -> str | None:
    """Return the command that says that somebody is registered, or is not after all, if a typed text says so."""
    if means(library.words.get("registered", ()), text):
        return f"{COMMAND} {REGISTERED}"
    if is_registered(progress) and means(library.words.get("not-registered", ()), text):
        return f"{COMMAND} {NOT_REGISTERED}"
    return None


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
