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


_Span = tuple[int, int, Kind]

# While a text is worked on, a placeholder is one of the characters that Unicode keeps for internal use (U+FDD0 to
# U+FDEF, "noncharacters"): one for what was found now, another for what had been masked before.
_FOUND: Final[Mapping[Kind, str]] = {kind: chr(0xFDD0 + number) for number, kind in enumerate(PLACEHOLDERS)}
_KNOWN: Final[Mapping[Kind, str]] = {kind: chr(0xFDE0 + number) for number, kind in enumerate(PLACEHOLDERS)}
_MARKS = "\ufdd0-\ufdef"
_MARK = re.compile(f"[{_MARKS}]")

# All that is attached to an e-mail address goes with it; what stands before @ in https://name@host is no address.
_EMAIL_RUN = re.compile(rf"(?<!://)(?<![\w.%+\-@{_MARKS}])[\w.%+\-@{_MARKS}]++", re.ASCII)
_EMAIL = re.compile(r"[\w.%+\-]@(?:[a-z0-9\-]++\.)+[a-z]{2}", re.IGNORECASE | re.ASCII)

# Digits alone, in the groups of an ID number (region, date, serial), of an old one, or in fours as on a bank card.
_GAP = "[ -]{0,2}"
_LONG_NUMBER = re.compile(
    "(?<![0-9])(?!00861[0-9]{10}(?![0-9]))(?:"  # but no mobile number after 0086
    "[0-9]{15,}X?"
    f"|[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}(?:19|20)[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{3}}[0-9X]"
    f"|[0-9]{{6}}{_GAP}[0-9]{{6}}{_GAP}[0-9]{{3}}"
    "|[0-9]{4}(?:[ -]{1,2}[0-9]{4}){3}(?:[ -]{1,2}[0-9]{1,3}X?)?"
    ")(?![0-9])",
    re.IGNORECASE,
)

_SPACE = "[ \u2010-\u2015-]{0,2}"
_COUNTRY = rf"(?:\+|00)?86{_SPACE}"
_AREA = "(?:10|2[0-9]|[3-9][0-9]{2})"
_PHONE = re.compile(
    "(?<![0-9])(?:"
    f"(?:{_COUNTRY})?1[3-9][0-9](?:{_SPACE}[0-9]{{4}}{_SPACE}[0-9]{{4}}|{_SPACE}[0-9]{{3}}{_SPACE}[0-9]{{5}})"
    rf"|(?:{_COUNTRY}\(?0?|\(?0){_AREA}\)?{_SPACE}[2-9][0-9]{{2,3}}{_SPACE}[0-9]{{4}}(?:-[0-9]{{1,5}})?"
    ")(?![0-9])"
)

# A word for a secret, perhaps "is" or a colon, perhaps an opening quotation mark.
_SECRET_WORD = re.compile(
    r"(?:密[码碼]|口令|[验驗][证證][码碼]|激活[码碼]|校[验驗][码碼]"
    r"|(?<![a-z])(?:mi ?ma|yan ?zheng ?ma|ji ?huo ?ma|pass?wo?r?d|paswrod|passwrod)(?![a-z])"
    r"|(?<![a-z])(?P<harmless>(?:error|area|zip|postal) )?(?:password|passcode|passwd|pwd|code|pin|otp)(?![a-z])码?)"
    r"(?P<said>(?:\s{0,3}(?:[就也都]?是|(?:改|设|设置|换)?[成为]了?|:|=|->|(?:is|was)\b)){0,2})"
    r"\s{0,3}[\"'“‘「『(（【]?",
    re.IGNORECASE,
)
_RUN = re.compile(f"[!-~{_MARKS}]+")
_TWO_GROUPS = re.compile(f"[0-9]{{3,4}} [0-9]{{3,4}}(?=[.,;:?]*(?:[^!-~{_MARKS}]|$))")
_COUNTED = re.compile(
    "[0-9]{1,4}(?:[-~到至][0-9]{1,4})?[ -]?(?:[位个字次天年月日号分秒小条款元块岁]"
    "|(?:digit|character|letter|number|day|hour|minute|second|time|year)s?(?![a-z0-9]))",
    re.IGNORECASE,
)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}([-/.])[0-9]{1,2}(?:\1[0-9]{1,2})?")
_LETTERS_AND_SIGNS = re.compile("[a-z][@#$%^&*+=~]+[a-z]", re.IGNORECASE)

_LONE_NUMBER = re.compile("[0-9]{4,8}")
_LONE_MIXTURE = re.compile("(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])[!-~]{8,}", re.IGNORECASE)
_SERVICE_NUMBER = re.compile("(?:10|12|95|96)[0-9]{3}")
"""Public services such as 12320, 12345 and 10086 (MIIT, numbering plan for telecommunication networks)."""


def mask(text: str) -> Masked:
    """Return the text with its personal data replaced by placeholders, and what was found."""
    text = _MARK.sub("", text)
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


def _emails(folded: str) -> Iterator[_Span]:
    for run in _EMAIL_RUN.finditer(folded):
        if _EMAIL.search(run[0]):
            yield run.start(), run.start() + len(run[0].rstrip("._%+-@")), "email"


def _phones(folded: str) -> Iterator[_Span]:
    return ((*match.span(), "phone") for match in _PHONE.finditer(folded))


def _long_numbers(folded: str) -> Iterator[_Span]:
    """Find ID numbers, and other numbers of 15 digits or more, as on bank cards and licences."""
    for match in _LONG_NUMBER.finditer(folded):
        groups = re.split("[ -]+", match[0])
        if not all(_YEAR.fullmatch(group) for group in groups):
            yield *match.span(), "id-number" if _is_id_number("".join(groups).upper()) else "secret"


def _is_id_number(number: str) -> bool:
    """Tell whether a number is an ID number of 18 digits (GB 11643; perhaps mistyped) or the old one of 15.

    The number of a physician's qualification certificate has 27 or 24 digits and ends with the ID number.
    """
    if len(number) in (15, 24):
        return _is_date("19" + number[-9:-3])
    if len(number) not in (18, 27):
        return False
    *digits, check = list(number[-18:])
    weighted = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits))
    return check == "10X98765432"[weighted % 11] or _is_date(number[-12:-4])


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year < 2100
    except ValueError:
        return False


def _secrets(folded: str) -> Iterator[_Span]:
    """Find what follows a word such as "password" and is not a plain word, a quantity, a date or a link."""
    done = 0
    for word in _SECRET_WORD.finditer(folded):
        start = word.end()
        if start < done or (word["harmless"] and word.start() >= done):
            continue
        if _COUNTED.match(folded, start) or not (run := _RUN.match(folded, start)):
            continue
        token = (_TWO_GROUPS.match(folded, start) or run)[0].rstrip(".,;:?\"')]}>")
        if _DATE.fullmatch(token) or (_is_calendar(token) and not word["said"]):
            continue
        done = run.end()
        if not _is_plain(token) and not any(token.startswith(link.text) for link in find_links(token[:256])):
            yield start, start + len(token), "secret"


def _is_calendar(token: str) -> bool:
    return bool(_YEAR.fullmatch(token)) or (len(token) == 8 and token.isdecimal() and _is_date(token))


def _is_plain(token: str) -> bool:
    """Tell whether a word is no secret: short, or without digits and signs in it; or a placeholder and nothing else."""
    if _MARK.search(token):
        return not any(character.isalnum() for character in token)
    return len(token) < 4 or not (re.search("[0-9]", token) or _LETTERS_AND_SIGNS.search(token))


def _lone_code(folded: str) -> Iterator[_Span]:
    """Find a code that is the whole message."""
    code = folded.strip().rstrip("。.，,！!？? ")
    start = folded.find(code)
    if _LONE_NUMBER.fullmatch(code):
        is_code = not (_is_calendar(code) or _SERVICE_NUMBER.fullmatch(code))
    else:
        is_code = bool(_LONE_MIXTURE.fullmatch(code)) and not find_links(code)
    if is_code:
        yield start, start + len(code), "secret"


def without_placeholders(masked: str) -> str:
    """Return a masked text without what stands for personal data."""
    for placeholder in PLACEHOLDERS.values():
        masked = masked.replace(placeholder, " ")
    return masked
