"""The one strict YAML reader: every problem is collected, with file, line and place.

YAML's surprises are refused: `yes` as a value of a text field is a problem that says "quote it", a key that is written
twice or unknown is a problem. Readers ask a `Field` for what they expect and always get a usable value back, so that
one pass reports all problems of a file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

import yaml

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS: Final = {
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:bool": "a truth value",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:seq": "a list",
    "tag:yaml.org,2002:map": "a mapping",
}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TOO_DEEP: Final = re.compile(r"(?:[\[{]\s*){200}")
"""The parser crashes on thousands of nested brackets."""
_HINTS: Final = {
    "mapping values are not allowed": "a text with a colon in it has to stand in quotes",
    "could not find expected ':'": "a colon is missing, or it is a Chinese one; or a quotation mark is not closed",
    "did not find expected key": "is the indentation that of the line above? is a quotation mark missing?",
    "did not find expected '-' indicator": "is the indentation that of the line above?",
    "found unexpected end of stream": "a quotation mark that is opened is not closed",
    "found character that cannot start any token": "a text that begins with such a sign has to stand in quotes",
}
"""What curators make of the parser's messages."""
_DASH: Final = re.compile(r"(?:^|\s)- ")
_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the content, and where."""

    file: str
    line: int
    """Counted from 1."""
    place: str
    """The path inside the file ("zh.answer[2]"), empty for the whole file."""
    what: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        kind = "warning: " if self.level == "warning" else ""
        return where + (f"{self.place}: " if self.place else "") + kind + self.what


@dataclass
class Problems:
    """The problems found so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, where: "Field", what: str, level: Literal["error", "warning"] = "error") -> None:
        """Note a problem at a field."""
        self.found.append(Problem(where.file, where.line, where.place, what, level))

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the content from being used."""
        return [problem for problem in self.found if problem.level == "error"]

    def in_order(self) -> list[Problem]:
        """Return all problems by file and line."""
        return sorted(self.found, key=lambda problem: (problem.file, problem.line, problem.place))


class Field:
    """A value in a YAML file, with its place."""

    def __init__(self, node: yaml.Node | None, file: str, place: str, problems: Problems, line: int = 1) -> None:
        self._node = node
        self.file = file
        self.place = place
        self.line = node.start_mark.line + 1 if node is not None else line
        self._problems = problems

    def problem(self, what: str) -> None:
        """Note a problem here."""
        self._problems.add(self, what)

    def warning(self, what: str) -> None:
        """Note something suspicious here that does not keep the content from being used."""
        self._problems.add(self, what, "warning")

    def _kind(self) -> str:
        return _KINDS.get(self._node.tag, "a text") if self._node is not None else "nothing"

    def is_text(self) -> bool:
        """Tell whether a text stands here."""
        return isinstance(self._node, yaml.ScalarNode) and self._node.tag == "tag:yaml.org,2002:str"

    def text(self, most: int | None = None) -> str:
        """Return the text here, without white space around it; at most `most` characters are allowed."""
        if not isinstance(self._node, yaml.ScalarNode):
            hint = (
                " (a text with a colon in it has to stand in quotes)"
                if isinstance(self._node, yaml.MappingNode)
                else ""
            )
            self.problem(f"expected a text, found {self._kind()}{hint}")
            return ""
        if not self.is_text():
            shown = f' "{self._node.value}"' if self._node.value else ""
            self.problem(f"expected a text, found {self._kind()}{shown} (quote it)")
            return ""
        value = str(self._node.value).strip()
        over_lines = not self._node.style and self._node.start_mark.line != self._node.end_mark.line
        if over_lines and _DASH.search(value):
            self.warning("goes on in the next line with a dash; is that line indented too far?")
        if not value:
            self.problem("is empty")
        elif most is not None and len(value) > most:
            self.problem(f"has {len(value)} characters, at most {most} are allowed")
        return value

    def truth(self) -> bool:
        """Return the truth value here."""
        if self._node is None or self._node.tag != "tag:yaml.org,2002:bool" or self._node.value.lower() not in _TRUTH:
            self.problem(f"expected true or false, found {self._kind()}")
            return False
        return _TRUTH[self._node.value.lower()]

    def integer(self, *, quiet: bool = False) -> int:
        """Return the whole number here; with `quiet`, what is none is not reported."""
        if self._node is None or self._node.tag != "tag:yaml.org,2002:int" or not self._node.value.isdigit():
            if quiet:
                return 0
            self.problem(f"expected a whole number, found {self._kind()}")
            return 0
        return int(self._node.value)

    def number(self, least: int, most: int) -> int | None:
        """Return the whole number here, if it is one from `least` to `most`."""
        before = len(self._problems.found)
        value = self.integer()
        if len(self._problems.found) > before:
            return None
        if least <= value <= most:
            return value
        self.problem(f"expected a whole number from {least} to {most}, found {value}")
        return None

    def date(self) -> date | None:
        """Return the date (YYYY-MM-DD) here."""
        value = self._node.value if isinstance(self._node, yaml.ScalarNode) else ""
        try:
            # Python reads more forms than the one that curators write, such as 20261122.
            return date.fromisoformat(value if _DATE.fullmatch(value) else "")
        except ValueError:
            if _DATE.fullmatch(value):
                self.problem(f"there is no day {value}")
            else:
                self.problem(
                    f'expected a date as YYYY-MM-DD, found "{value}"'
                    if value
                    else f"expected a date, found {self._kind()}"
                )
            return None

    def one_of(self, allowed: Sequence[str]) -> str:
        """Return the text here when it is one of those allowed; the first of them otherwise."""
        value = self.text()
        if value and value not in allowed:
            self.problem(f'"{value}" is not one of {", ".join(allowed)}')
        return value if value in allowed else allowed[0]

    def is_list(self) -> bool:
        """Tell whether a list stands here."""
        return isinstance(self._node, yaml.SequenceNode)

    def items(self) -> list["Field"]:
        """Return the items of the list here."""
        if not isinstance(self._node, yaml.SequenceNode):
            self.problem(f"expected a list, found {self._kind()}")
            return []
        return [
            Field(item, self.file, f"{self.place}[{number}]", self._problems)
            for number, item in enumerate(self._node.value)
        ]

    def texts(self) -> tuple[str, ...]:
        """Return the texts of the list here; a text that stands twice is a problem."""
        seen: dict[str, Field] = {}
        for item in self.items():
            value = item.text()
            if value in seen:
                item.problem(f'"{value}" stands here twice')
            elif value:
                seen[value] = item
        return tuple(seen)

    def pairs(self) -> Iterator[tuple[str, "Field"]]:
        """Yield the keys and values of the mapping here; a key that is written twice is a problem."""
        if not isinstance(self._node, yaml.MappingNode):
            self.problem(f"expected a mapping, found {self._kind()}")
            return
        seen: set[str] = set()
        for key_node, value_node in self._node.value:
            inner = Field(key_node, self.file, self.place, self._problems)
            key = inner.text()
            place = f"{self.place}.{key}" if self.place else key
            if key in seen:
                inner.problem(f'the key "{key}" is written twice')
                continue
            seen.add(key)
            yield key, Field(value_node, self.file, place, self._problems)

    def peek(self) -> Iterator[tuple[str, "Field"]]:
        """Yield the keys and values of the mapping here, if it is one, without reporting anything."""
        if isinstance(self._node, yaml.MappingNode):
            for key, value in self._node.value:
                place = f"{self.place}.{key.value}" if self.place else str(key.value)
                yield str(key.value), Field(value, self.file, place, self._problems)

    def mapping(self, required: Sequence[str] = (), optional: Sequence[str] = ()) -> dict[str, "Field"]:
        """Return the fields of the mapping here; unknown keys and missing required ones are problems.

        A missing required field is returned as an empty field that reports nothing more when its kind is a text.
        """
        fields: dict[str, Field] = {}
        for key, value in self.pairs():
            if key in required or key in optional:
                fields[key] = value
            elif key:
                value.problem(f'unknown key "{key}"; known here: {", ".join((*required, *optional))}')
        for key in required:
            if key not in fields and isinstance(self._node, yaml.MappingNode):
                self.problem(f'"{key}" is missing')
        return fields


def shown(path: Path) -> str:
    """Return a file's name for problems: from the current folder on, where it lies below it."""
    full, here = path.resolve(), Path.cwd()
    name = full.relative_to(here).as_posix() if full.is_relative_to(here) else full.as_posix()
    return name.encode(errors="replace").decode()


def read_yaml(path: Path, shown: str, problems: Problems) -> Field | None:
    """Read a YAML file strictly.

    `shown` is the file's name in problems. Returns None, with a problem noted, for a file that cannot be read or is not
    one YAML document in UTF-8.
    """
    empty = Field(None, shown, "", problems)
    if not _is_utf8(path.name):
        empty.problem("the file's name is not UTF-8; give it another one")
        return None
    try:
        node = _parse(path)
    except UnicodeDecodeError as error:
        empty.problem(f"is not UTF-8 (byte {error.start})")
    except OSError as error:
        empty.problem(f"cannot be read: {error.strerror}")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = " ".join(part for part in (error.context, error.problem) if part)
        what += next((f" ({hint})" for said, hint in _HINTS.items() if said in what), "")
        Field(None, shown, "", problems, line).problem(f"is not valid YAML: {what}")
    except yaml.YAMLError as error:
        empty.problem(f"is not valid YAML: {str(error).splitlines()[0]}")
    else:
        if node is not None:
            return Field(node, shown, "", problems)
        empty.problem("is empty")
    return None


def _is_utf8(name: str) -> bool:
    """Tell whether a file's name can be written as text; one from an archive of another system may not."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parse(path: Path) -> yaml.Node | None:
    text = path.read_text(encoding="utf-8")
    if _TOO_DEEP.search(text):
        raise yaml.YAMLError("its brackets are nested too deeply")
    return yaml.compose(text, Loader=_Loader)
