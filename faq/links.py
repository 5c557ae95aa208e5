"""Is this link the real one? Links in a message, and whether each leads to an official address or imitates one.

Nothing is opened or looked up in the network. What counts as an address ending comes from the Public Suffix List as
tldextract bundles it, which letters look alike from the Unicode table in confusable_homoglyphs; both are read only
when a message holds something that may be a link. In doubt a link is read as a browser reads it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final, Literal, get_args
from urllib.parse import unquote

from rapidfuzz.distance import OSA

from faq.text import MAX_CHARACTERS

if TYPE_CHECKING:
    from tldextract import TLDExtract

OFFICIAL_HOSTS: Final = ("cndocsys.cn", "nhc.gov.cn")
"""The registration system and the National Health Commission; their subdomains are official too."""
OFFICIAL_ADDRESS: Final = "https://cndocsys.cn/home/index"

Verdict = Literal["official", "lookalike", "unknown"]
Reason = Literal[
    "edit-distance", "wrong-ending", "extra-words", "confusable-characters",
    "punycode", "user-info", "official-name-inside", "truncated",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A link or a bare host name in a message."""

    text: str
    """As written, without the punctuation and the Chinese text around it."""
    host: str
    """In lower case and in its ASCII form (xn--)."""
    shown_host: str
    """As a person reads it."""
    verdict: Verdict
    reasons: tuple[Reason, ...]
    """Why it is a look-alike, in the order of `Reason`; empty otherwise."""


_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_ACCENTS = "\u0300-\u036f"
_HIDDEN = rf"\u00ad\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff{_ACCENTS}"
"""Invisible characters and loose accents: they stand inside a name and do not end it."""
_DOT = r"(?:\.|\s{0,2}[\[({](?:\.|dot|点)[\])}]\s{0,2})"
_SCHEME = r"[a-z][a-z0-9+\-]{1,11}\[?:\]?//"
_SIGNS = "!\"$&'()*+,;=`{}~"
_LABEL = rf"(?:[\w\-%{_HIDDEN}]|(?!{_DOT}|.{_SCHEME})[{_SIGNS}])++"  # browsers take signs in a host name
_LABEL_IN_ONE_SCRIPT = rf"(?:(?:[^\W{_CJK}]|[\-{_HIDDEN}])++|[{_CJK}]++)"
_IPV6 = r"\[[0-9a-f:.]{2,45}\]"
_REST = r"(?P<port>:[0-9]{1,5}(?![0-9]))?(?P<tail>[/\\?#][!#-&(-+\--:=?-_a-z~]*+)?"
_WITH_SCHEME = re.compile(
    rf"(?P<scheme>{_SCHEME})(?P<user>[^\s/?#，。、；！？（）]*@)?"
    rf"(?P<host>{_IPV6}|{_LABEL}(?:{_DOT}(?!{_SCHEME}){_LABEL})*+){_REST}",
    re.IGNORECASE,
)
# Without a scheme a label ends where the script changes: "登录cndocsys.cn或nhc.gov.cn" holds two hosts.
_BARE = re.compile(
    rf"(?P<user>(?:[^\W{_CJK}]|[.:+\-]){{1,64}}+@)?"
    rf"(?P<host>{_IPV6}|{_LABEL_IN_ONE_SCRIPT}(?:{_DOT}{_LABEL_IN_ONE_SCRIPT})*+){_REST}",
    re.IGNORECASE,
)
_DOTS = re.compile(_DOT, re.IGNORECASE)
_CHINESE_DOT = re.compile(r"(?<=[0-9a-zA-Z])[。｡](?=[0-9a-zA-Z])")
_OCTET = "(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_ATTACHED = re.compile(f"[{_CJK}{_SIGNS}]")
_NOT_IN_NAME = re.compile(rf"[^\w\-{_SIGNS}{_ACCENTS}]")
_TRAILING = ".:!?()*_[]\\"

_WEB_SCHEMES: Final = ("http", "https", "hxxp", "hxxps")
_FILE_ENDING = re.compile("zip|mov|py|sh|ps|md|pl|rs|pub|cab|bz|pm|docs|dot")
_WORD_ENDING = re.compile(
    "am|as|at|be|by|call|do|free|got|help|here|how|in|is|it|like|me|my|next|no|now|one|open|pay|please|read|save|show"
    "|so|to|today|us|you"
)
_ABBREVIATION = re.compile("dr|mr|mrs|ms|prof|st|no|vs|etc|fig|tel")
_GENERIC: Final = frozenset({"com", "net", "org", "gov", "edu", "ac", "co", "mil"})
_ENDINGS_OF_SHORT_NAMES: Final = frozenset({"com", "cn", "net", "co"})
_PARTICLES: Final = frozenset("以是的了有为用到和或在个叫")


def find_links(text: str) -> tuple[Link, ...]:
    """Return every link and bare host name in the first MAX_CHARACTERS characters of a message, in order."""
    text = text[:MAX_CHARACTERS]
    folded = _CHINESE_DOT.sub(".", fold_width(text))
    found: list[Link] = []
    position = start = 0
    while match := _WITH_SCHEME.search(folded, start):
        start = match.start("host")
        if read := _read(text, folded, match, match["scheme"].lower().rstrip("[:]/")):
            found += _bare_links(text, folded, position, match.start())
            link, position = read
            found.append(link)
            start = position
    found += _bare_links(text, folded, position, len(text))
    return tuple(found)


def fold_width(text: str) -> str:
    """Return the text with full-width and similar letters, digits, dots, slashes and spaces made plain, one for one."""
    return text if text.isascii() else "".join(map(_fold, text))


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 and (plain.isalnum() or plain in ".:/@_-+= ") else character


def _bare_links(text: str, folded: str, start: int, end: int) -> Iterator[Link]:
    for match in _BARE.finditer(folded, start, end):
        if read := _read(text, folded, match, ""):
            yield read[0]


def _read(text: str, folded: str, match: re.Match[str], scheme: str) -> tuple[Link, int] | None:
    """Return the link of a match and where it ends, or None when it is not a link."""
    user, followed, path = match["user"] or "", bool(match["port"] or match["tail"]), (match["tail"] or "")[:1] == "/"
    start, end = match.span("host")
    beside_at = "@" in (folded[start - 1 : start], folded[end : end + 1], folded[match.end() : match.end() + 1])
    if not scheme and (not (path and _imitates(user)) if user else beside_at):
        return None  # an e-mail address
    stop = _host_end(folded, start, end, sure=bool(scheme), followed=followed)
    typed = _DOTS.sub(".", unquote(folded[start:stop])).strip("-_")
    if not (names := _names(typed)):
        return None
    host, shown = names
    reasons = _reasons(host, shown, typed, user)
    official = not reasons and _is_official(host) and (not scheme or scheme.endswith(_WEB_SCHEMES))
    verdict: Verdict = "official" if official else "lookalike" if reasons else "unknown"
    if not (scheme or path or shown.startswith("www.")) and _is_something_else(typed, shown, verdict):
        return None
    stop = match.end() if stop == end else stop
    written = text[match.start() : stop].lstrip("-_").rstrip(_TRAILING if host[0] != "[" else "")
    return Link(written, host, shown, verdict, tuple(reason for reason in get_args(Reason) if reason in reasons)), stop


def _host_end(folded: str, start: int, end: int, *, sure: bool, followed: bool) -> int:
    """Return where the host name ends: after the last label that is a known ending; `start` when there is no name.

    With a scheme (`sure`) a name may also have another ending, and Chinese text and signs attached to it are cut off.
    """
    if folded[start] == "[":
        return end
    if not sure and _IPV4.fullmatch(folded, start, end):  # 1.2.3.4 alone is rather a version or a section
        return end if followed or re.search("[0-9]{3}", folded[start:end]) else start
    dots = [dot.span() for dot in _DOTS.finditer(folded, start, end)]
    labels = list(zip([start, *(after for _, after in dots)], [*(before for before, _ in dots), end], strict=True))
    while len(labels) > 1:
        label = folded[slice(*labels[-1])]
        if length := _ending_length(label, sure=sure):
            return labels[-1][0] + length
        if not _ATTACHED.match(label) if sure else followed:
            break
        labels.pop()
    if not sure:
        return start
    attached = _ATTACHED.search(folded, *labels[-1])
    return attached.start() if attached else labels[-1][1]


def _ending_length(label: str, *, sure: bool) -> int:
    """Return how much of a label is a known ending (com, cn, 中国): all of it, or all before something attached."""
    label = label.rstrip("-_%" + _SIGNS)
    cuts = [n for n in range(min(len(label), 24), 0, -1) if sure and _ATTACHED.match(label, n)]
    return next((n for n in (len(label), *cuts) if _readable(_clean(label[:n])) in _endings()), 0)


@cache
def _extractor() -> "TLDExtract":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the bundled list: no network, no files written


@cache
def _endings() -> frozenset[str]:
    return frozenset(suffix.rsplit(".", 1)[-1] for suffix in _extractor().tlds)


def _split(shown: str) -> tuple[str, str, str]:
    """Return what stands before the registered name, that name (or the first label, when all is ending), the ending."""
    parts = _extractor()(shown)
    return parts.subdomain, parts.domain or shown.partition(".")[0], parts.suffix


def _clean(label: str) -> str:
    return _NOT_IN_NAME.sub("", unicodedata.normalize("NFKC", label).lower())


def _names(typed: str) -> tuple[str, str] | None:
    """Return a host in its ASCII form and as a person reads it; None when it is not a possible host."""
    if typed.startswith("["):
        try:
            address = f"[{IPv6Address(typed[1:-1]).compressed}]"
        except ValueError:
            return None
        return address, address
    parts = unicodedata.normalize("NFKC", typed).split(".")
    if max(map(len, parts)) > 63:
        return None
    shown = [_readable(label) for part in parts if (label := _clean(part))]
    host = ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in shown)
    return (host, ".".join(shown)) if shown and len(host) <= 253 else None


def _readable(label: str) -> str:
    """Return an xn-- label in its own letters; others, and those that are not valid, unchanged."""
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode").lower()
    except ValueError:
        return label
    return decoded if not decoded.isascii() and _clean(decoded) == decoded else label


def _is_something_else(typed: str, shown: str, verdict: Verdict) -> bool:
    """Tell whether a name without scheme, www. and path is rather a file, an abbreviation or two sentences."""
    _, name, suffix = _split(shown)
    ending, last = shown.rpartition(".")[2], typed.rpartition(".")[2]
    if _FILE_ENDING.fullmatch(ending) or (suffix == shown and name in _GENERIC):
        return True
    if verdict == "official" or (verdict == "lookalike" and len(name) > 3):
        return False
    is_short = (len(name) == 1 or (name.isdigit() and len(name) == 2)) and ending not in _ENDINGS_OF_SHORT_NAMES
    is_sentence = last[0].isupper() and last[1:].islower()
    is_word = bool(_WORD_ENDING.fullmatch(ending) or _ABBREVIATION.fullmatch(name))
    return is_word or is_short or is_sentence or name[-1] in _PARTICLES


# Comparing with the official hosts.

_SYSTEM: Final = "cndocsys"
_COMMISSION: Final = "nhc"
_SWAPS: Final = str.maketrans("015i", "olsl")
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def _is_official(host: str) -> bool:
    return any(host == official or host.endswith("." + official) for official in OFFICIAL_HOSTS)


def _imitates(text: str) -> bool:
    plain = _skeleton(text.lower())
    return _SYSTEM in plain or "nhcgov" in re.sub("[.-]", "", plain)


def _reasons(host: str, shown: str, typed: str, user: str) -> set[Reason]:
    """Return why a host looks like an official one: nothing when it is official, or quite different."""
    found: set[Reason] = {"user-info"} if user and (_imitates(user) or _is_official(host)) else set()
    if _is_official(host):
        return found
    before, name, ending = _split(shown)
    before, name = _skeleton(before), _skeleton(name)
    found |= _name_reasons(name, ending)
    if _imitates(before) or (_imitates(f"{before}.{name}") and not _imitates(name)):
        found.add("official-name-inside")
    plain = _skeleton(shown)
    if _is_official(plain) or (found and any(real in plain and real not in shown for real in (_SYSTEM, _COMMISSION))):
        found.add("confusable-characters")
    if found and "xn--" in typed.lower():
        found.add("punycode")
    return found


def _name_reasons(name: str, ending: str) -> set[Reason]:
    """Compare the part of a host that somebody registered, in its plain letters, with the official ones."""
    words = name.split("-")
    if name in (_SYSTEM, _COMMISSION):
        return {"wrong-ending"} if f"{name}.{ending}" not in OFFICIAL_HOSTS else set()
    if ending == "gov.cn" and len(name) >= 3 and OSA.distance(name, _COMMISSION) == 1:
        return {"edit-distance"}
    if _imitates(name) or (_COMMISSION in words and ending.endswith("cn")):
        return {"extra-words"}
    if reason := _near(name):
        return {reason}
    return {"extra-words", *near} if (near := {reason for word in words if (reason := _near(word))}) else set()


def _near(word: str) -> Reason | None:
    if len(word) >= 5 and word in _SYSTEM:
        return "truncated"
    return "edit-distance" if len(word) >= 6 and OSA.distance(word, _SYSTEM) <= 2 else None


def _skeleton(text: str) -> str:
    """Return the text in the letters that it looks like: о (Cyrillic) and 0 as o, 1 and i as l, rn as m."""
    plain = "".join(map(_looks_like, text)).translate(_SWAPS)
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain


@lru_cache(maxsize=4096)
def _looks_like(character: str) -> str:
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    base = unicodedata.normalize("NFKD", character)[0].lower()
    if base.isascii():
        return base
    from confusable_homoglyphs.confusables import is_confusable

    similar = [glyph["c"].lower() for found in is_confusable(character) or [] for glyph in found["homoglyphs"]]
    return next((glyph for glyph in similar if len(glyph) == 1 and glyph.isascii() and glyph.isalnum()), character)
