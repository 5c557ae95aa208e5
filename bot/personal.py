"""Masking of personal data that somebody types by mistake: ID numbers, phone numbers, e-mail addresses, secrets.

The assistant needs none of it. What is found is replaced before a message is searched, stored or logged; masking a
masked text changes nothing. Rather too much is masked than too little, but no dates, years, sums or service numbers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from faq.links import find_links, fold_width

Kind = Literal["id-number", "phone", "email", "secret"]
PLACEHOLDERS: Final[Mapping[Kind, str]] = {
    "id-number": "[ID number]",
    "phone": "[phone]",
    "email": "[e-mail]",
    "secret": "[secret]",
}


@dataclass(frozen=True, slots=True)
class Masked:
    """A message without its personal data."""

    text: str
    """The message as typed, with a placeholder for everything that was found."""
    kinds: tuple[Kind, ...]
    """What was found, in the order of the message, each kind once."""


# While it is worked on, a placeholder is one character that Unicode keeps for internal use (U+FDD0 to U+FDEF, section
# 23.7 of the standard): one for what was found now, another for what was masked before.
_FOUND: Final[Mapping[Kind, str]] = {kind: chr(0xFDD0 + number) for number, kind in enumerate(PLACEHOLDERS)}
_KNOWN: Final[Mapping[Kind, str]] = {kind: chr(0xFDE0 + number) for number, kind in enumerate(PLACEHOLDERS)}
_MARKS = "\ufdd0-\ufdef"
_ANY_MARK = re.compile(f"[{_MARKS}]")
_Span = tuple[int, int, Kind]


def mask(text: str) -> Masked:
    """Return the text with its personal data replaced by placeholders, and what was found."""
    text = _ANY_MARK.sub("", text)
    for kind, placeholder in PLACEHOLDERS.items():
        text = text.replace(placeholder, _KNOWN[kind])
    for find in (_emails, _long_numbers, _phones, _secrets, _lone_code):
        text = _cover(text, find(fold_width(text)))
    kinds = {mark: kind for kind, mark in _FOUND.items()}
    found = dict.fromkeys(kinds[character] for character in text if character in kinds)
    for kind, placeholder in PLACEHOLDERS.items():
        text = text.replace(_FOUND[kind], placeholder).replace(_KNOWN[kind], placeholder)
    return Masked(text, tuple(found))


def _cover(text: str, spans: Iterator[_Span]) -> str:
    pieces, position = [], 0
    for start, end, kind in spans:
        pieces += [text[position:start], _FOUND[kind]]
        position = end
    return "".join([*pieces, text[position:]])


_LOCAL = r"a-z0-9._%+\-"
_EMAIL = re.compile(rf"(?<![{_LOCAL}])(?<!://)[{_LOCAL}]++@(?:[a-z0-9\-]++\.)+[a-z]{{2,}}", re.IGNORECASE)


def _emails(folded: str) -> Iterator[_Span]:
    return ((*match.span(), "email") for match in _EMAIL.finditer(folded))


_GAP = "[ -]{1,2}"
_LONG_NUMBER = re.compile(
    r"(?<![0-9])(?:"
    r"(?!00861)[0-9]{15,}"
    rf"|[0-9]{{3}}(?:{_GAP})?[0-9]{{3}}(?:{_GAP})?(?:19|20)[0-9]{{2}}(?:{_GAP})?[0-9]{{2}}(?:{_GAP})?[0-9]{{2}}(?:{_GAP})?[0-9]{{3}}(?:[0-9](?=X?))?"
    rf"|[0-9]{{4}}(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?"
    r")X?(?![0-9])",
    re.IGNORECASE,
)
