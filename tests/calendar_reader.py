"""A small strict reader of iCalendar files (RFC 5545): what the tests hold the calendar files against, beside a library."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

_LINE = re.compile(r"(?P<name>[A-Z-]+)(?:;(?P<parameters>[^:\"]*))?:(?P<value>.*)", re.DOTALL)
_DURATION = re.compile(r"(-?)P(?:([0-9]+)W|(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

MAX_OCTETS: Final = 75
"""So long may a line be, its end not counted (section 3.1)."""


@dataclass(frozen=True, slots=True)
class Property:
    """A line of a component."""

    value: str
    parameters: str = ""

    @property
    def text(self) -> str:
        """The value of a text, its signs of escape taken away (section 3.3.11)."""
        assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", self.value), f"a comma or semicolon stands bare in {self.value!r}"
        return _ESCAPED.sub(lambda found: _unescaped(found[1]), self.value)

    @property
    def day(self) -> date:
        """The value as a whole day."""
        assert self.parameters == "VALUE=DATE"
        return datetime.strptime(self.value, "%Y%m%d").replace(tzinfo=UTC).date()

    @property
    def moment(self) -> datetime:
        """The value as a moment, which has to be in UTC."""
        assert (self.parameters, self.value[-1:]) == ("", "Z")
        return datetime.strptime(self.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    @property
    def duration(self) -> timedelta:
        """The value as a duration, which counts from the start where nothing else is said."""
        found = _DURATION.fullmatch(self.value)
        assert found, self.value
        assert self.parameters in ("", "RELATED=START")
        sign, *numbers = found.groups()
        assert any(numbers), f"a duration of nothing: {self.value!r}"
        weeks, days, hours, minutes, seconds = (int(number or 0) for number in numbers)
        length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        return -length if sign else length


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    properties: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def one(self, name: str) -> Property:
        """Return a property that has to be there once."""
        found = self.properties.get(name, [])
        assert len(found) == 1, f"{self.name} has {name} {len(found)} times"
        return found[0]


REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "VCALENDAR": ("PRODID", "VERSION"),
    "VEVENT": ("UID", "DTSTAMP", "DTSTART"),
    "VALARM": ("ACTION", "TRIGGER", "DESCRIPTION"),
}
"""What a component has to have once (sections 3.6, 3.6.1 and 3.6.6, of alarms that show something)."""
INSIDE: Final = {"VCALENDAR": "", "VEVENT": "VCALENDAR", "VALARM": "VEVENT"}
"""Where a component may stand."""


def unfolded(content: str) -> list[str]:
    """Return the lines of a file, folded ones put together, after a look at their ends and lengths."""
    assert content.endswith("\r\n")
    lines = content[:-2].split("\r\n")
    for line in lines:
        assert not _CONTROL.search(line), f"a control character in {line!r}"
        assert 0 < len(line.encode()) <= MAX_OCTETS, f"{len(line.encode())} octets: {line!r}"
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def read_calendar(content: str) -> Component:
    """Return what a file says; an assertion fails where it is none."""
    root = Component("")
    open_ones = [root]
    for line in unfolded(content):
        found = _LINE.fullmatch(line)
        assert found, line
        name, parameters, value = found["name"], found["parameters"] or "", found["value"]
        here = open_ones[-1]
        if name == "BEGIN":
            assert INSIDE[value] == here.name, f"{value} in {here.name}"
            part = Component(value)
            here.parts.append(part)
            open_ones.append(part)
        elif name == "END":
            assert value == here.name
            for needed in REQUIRED[value]:
                here.one(needed)
            open_ones.pop()
        else:
            here.properties.setdefault(name, []).append(Property(value, parameters))
    assert open_ones == [root]
    assert len(root.parts) == 1
    assert not root.properties
    return root.parts[0]


def _unescaped(sign: str) -> str:
    assert sign in "\\;,nN", f"a backslash before {sign!r}"
    return "\n" if sign in "nN" else sign
