"""Adds a phrasing to the text of an entry's YAML file; comments and layout stay as they are (ruamel.yaml).

What came of it is compared with what was there: but for one line nothing may have changed, and read again it has to say the same
and one phrasing more. Where that cannot be done the file is left to its curator.
"""

import difflib
import io
from datetime import date
from typing import Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.util import load_yaml_guess_indent

from faq.text import Language

KEY: Final = "phrasings"
_ORDER_MARK: Final = "\ufeff"
_NEVER_WRAP: Final = 1_000_000
_BY_HAND: Final = "is written in a way that would not be kept; add the line by hand"


class CannotAddError(ValueError):
    """The text is written in a way that a phrasing cannot be added to; says why."""


def with_phrasing(text: str, language: Language, phrasing: str) -> str:
    """Return the text of an entry's file with one more phrasing in a language, the last of its list.

    Raises:
        CannotAddError: The list is not there, or written in an unusual way.
    """
    root = _loaded(text)
    part = root.get(language) if isinstance(root, CommentedMap) else None
    listed = part.get(KEY) if isinstance(part, CommentedMap) else None
    if not isinstance(listed, CommentedSeq):
        raise CannotAddError(f"there is no list {language}.{KEY}")
    quoted = bool(listed) and all(isinstance(item, DoubleQuotedScalarString) for item in listed)
    listed.append(_scalar(phrasing, quoted=quoted))
    return _dumped(text, root, language, phrasing)


def with_phrasing_of_change(text: str, entry: str, language: Language, phrasing: str) -> str:
    """Return the text of a local change of an entry with one more phrasing; its list is made if it is not there.

    Raises:
        CannotAddError: The change is another entry's, or written in an unusual way.
    """
    root = _loaded(text)
    if not isinstance(root, CommentedMap) or root.get("entry") != entry:
        raise CannotAddError(f'is not about the entry "{entry}"')
    part = root.get(language)
    if isinstance(part, CommentedMap) and KEY in part:
        return with_phrasing(text, language, phrasing)
    if isinstance(part, CommentedMap):
        part.insert(0, KEY, [_scalar(phrasing)])
    elif language not in root:
        root[language] = {KEY: [_scalar(phrasing)]}
    return _dumped(text, root, language, phrasing)


def new_change(entry: str, language: Language, phrasing: str, today: date) -> str:
    """Return the text of a new local change that adds a phrasing to an entry."""
    made = io.StringIO()
    _yaml(4, 2).dump({"entry": entry, "reviewed": today, language: {KEY: [_scalar(phrasing)]}}, made)
    return made.getvalue()


def _scalar(phrasing: str, *, quoted: bool = False) -> str:
    """Return a text to be written, in quotes where the content's reader would take it for something else than ruamel.yaml."""
    plain = not quoted and _data(f"- {phrasing}") in ([phrasing], None)
    return phrasing if plain else DoubleQuotedScalarString(phrasing)


def _loaded(text: str) -> Any:
    try:
        return _yaml(4, 2).load(_plain(text))
    except YAMLError:
        raise CannotAddError("is not valid YAML") from None


def _dumped(text: str, root: CommentedMap, language: Language, phrasing: str) -> str:
    """Return the text of the changed file, if nothing else has changed.

    Raises:
        CannotAddError: It has.
    """
    _, indent, offset = load_yaml_guess_indent(_plain(text))
    made = io.StringIO()
    _yaml(indent or 4, 2 if offset is None else offset).dump(root, made)
    after = made.getvalue()
    if not _is_only_addition(_plain(text), after, language, phrasing):
        raise CannotAddError(f"the list {language}.{KEY} {_BY_HAND}")
    if "\r\n" in text:
        after = after.replace("\n", "\r\n")
    return _ORDER_MARK + after if text.startswith(_ORDER_MARK) else after


def _yaml(sequence: int, offset: int) -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = _NEVER_WRAP
    made.indent(mapping=2, sequence=sequence, offset=offset)
    return made


def _plain(text: str) -> str:
    return text.removeprefix(_ORDER_MARK).replace("\r\n", "\n")


def _is_only_addition(before: str, after: str, language: Language, phrasing: str) -> bool:
    """Tell whether one line was added or changed (with its keys, where there was no list), and the meaning is as it should be."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    changed = sum(line.startswith("-") and not line.startswith("---") for line in found)
    old, new = _data(before), _data(after)
    part = old.get(language) if isinstance(old, dict) else None
    if not isinstance(old, dict) or not isinstance(part, dict | None):
        return False
    old[language] = {**(part or {}), KEY: [*((part or {}).get(KEY) or []), phrasing]}
    return changed <= 1 and bool(old == new)


def _data(text: str) -> Any:
    """Return what the content's reader makes of a text."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
