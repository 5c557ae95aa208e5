"""Text as it is compared: cleaning, language, sound of Chinese, pinyin, sentences.

Everything here is a pure function of its arguments. The two tables that come from libraries
(traditional to simplified from OpenCC, the sound of a character from pypinyin) are read once.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from opencc import OpenCC

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")

MAX_CHARACTERS: Final = 4096
"""Longer messages are cut here; Telegram does not deliver longer ones."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_HAN}]|[a-z]+(?:'[a-z]+)*|[0-9]+")
_HAN_ONLY = re.compile(rf"[{_HAN}]")
_LATIN_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_NEXT_QUESTION = r"(?<=[\s，,、])(?=另外|还有|顺便|对了)|(?:,\s*|\s)and(?:\s+also)?\s+(?=(?:how|what|where|when|which|who|do|does|can|is|are|should)\b)"
_SENTENCE_END = re.compile(_NEXT_QUESTION + r"|[。！？!?；;\n]+|\.{2,}|\.(?=\s|$)")
_PLAIN: Final = re.compile("[ -~\n\u4e00-\u9fff。，、；：？！（）“”‘’《》…]*")
"""Characters that `clean` keeps as they are, which is nearly all that people type."""
_VOWEL: Final = frozenset("aeiouv")
_INVISIBLE: Final = {"Cc", "Cf", "Co", "Cs", "Cn", "Mn", "So", "Sk", "Me"}
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'", "\u00b4": "'"})


def clean(text: str) -> str:
    """Return the text folded for comparison, punctuation kept.

    Compatibility forms (full width, ligatures) are normalised with NFKC, letters case-folded and stripped of accents,
    traditional characters made simplified, emoji and invisible characters removed. At most MAX_CHARACTERS characters are
    looked at.
    """
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode()  # lone surrogates are no characters
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))[:MAX_CHARACTERS].casefold()
    if not text.isascii():
        text = _simplifier().convert(text)
        text = unicodedata.normalize("NFD", text) if _has_accent(text) else text
    if not _PLAIN.fullmatch(text):
        text = "".join(_visible(text))
    return text.strip()[:MAX_CHARACTERS]


def _visible(text: str) -> Iterator[str]:
    for character in text:
        if character in "\n\t":
            yield "\n" if character == "\n" else " "
        elif character.isascii() or "\u4e00" <= character <= "\u9fff":
            if " " <= character != "\x7f":
                yield character
        elif (category := unicodedata.category(character)) not in _INVISIBLE:
            yield " " if category == "Zs" else character
        elif category == "So":
            yield " "


def _has_accent(text: str) -> bool:
    return any("\u00c0" <= character <= "\u024f" or "\u1e00" <= character <= "\u1eff" for character in text)


@cache
def _simplifier() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")


def tokens(cleaned: str) -> list[str]:
    """Return single Chinese characters, words in Latin letters and numbers, in order."""
    return _TOKEN.findall(cleaned)


def exact_key(cleaned: str) -> str:
    """Return what two texts share that differ in nothing but punctuation and spaces."""
    return " ".join(tokens(cleaned))


def words(cleaned: str) -> list[str]:
    """Return the words in Latin letters."""
    return _LATIN_WORD.findall(cleaned)


def han_count(cleaned: str) -> int:
    """Return the number of Chinese characters."""
    return len(_HAN_ONLY.findall(cleaned))


def is_han(token: str) -> bool:
    """Tell whether a token is a Chinese character."""
    return "\u3400" <= token[:1] <= "\u9fff"


def language_of(cleaned: str) -> Language | None:
    """Return the language of a cleaned text by its script, or None when it holds neither letters nor Chinese characters.

    A Chinese word has about two characters, so one Latin word weighs as much as two characters. Chinese typed in
    Latin letters looks like English here; see `pinyin_syllables`.
    """
    chinese, latin = han_count(cleaned), len(words(cleaned))
    if not chinese and not latin:
        return None
    return "zh" if chinese >= 2 * latin else "en"


def sentences(cleaned: str) -> list[str]:
    """Return the sentences of a text, without their end marks and without empty ones.

    Words that begin another question ("另外", "and how") part sentences too, as nobody types full stops in a chat.
    """
    return [part for piece in _SENTENCE_END.split(cleaned) if (part := piece.strip(" ,，、~-"))]


READINGS: Final[Mapping[str, str]] = {
    "还": "hai", "重": "chong", "得": "de", "地": "di", "了": "le", "着": "zhe", "都": "dou", "会": "hui", "行": "xing",
    "长": "zhang", "没": "mei", "什": "shen", "么": "me", "吗": "ma", "呢": "ne", "吧": "ba", "啊": "a", "的": "de",
    "单": "dan", "调": "diao", "更": "geng", "便": "bian", "种": "zhong", "只": "zhi", "系": "xi", "期": "qi",
    "职": "zhi", "给": "gei", "发": "fa", "看": "kan", "干": "gan", "和": "he", "为": "wei", "少": "shao", "那": "na",
    "哪": "na", "这": "zhe", "谁": "shei", "说": "shuo", "咋": "za", "啥": "sha", "嘛": "ma", "差": "cha", "量": "liang",
}  # fmt: skip
"""The reading that this domain's texts use where a character has several (还 is hai here, not huan)."""


@cache
def sound_table() -> Mapping[str, str]:
    """Return the toneless syllable of every common Chinese character (pypinyin's table, READINGS first)."""
    from pypinyin.constants import PINYIN_DICT

    table = {}
    for code, readings in PINYIN_DICT.items():
        if 0x4E00 <= code <= 0x9FFF:
            first = unicodedata.normalize("NFD", readings.split(",")[0]).replace("u\u0308", "v")
            syllable = "".join(letter for letter in first if letter.isascii() and letter.isalpha())
            table[chr(code)] = syllable
    table.update(READINGS)
    return table


def fold_sound(syllable: str) -> str:
    """Return a syllable without the distinctions that southern speakers and hurried typists lose.

    zh/z, ch/c, sh/s and the final ng/n are one sound, ü is written v or u.
    """
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return syllable.replace("v", "u")


class Sounds:
    """Turns characters and typed pinyin into folded syllables, from a table of characters to syllables."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self.table = table
        self._folded: dict[str, str] = {}
        self._syllables = frozenset(found for found in set(table.values()) if not _VOWEL.isdisjoint(found)) | {
            "lue",
            "nue",
            "lve",
            "nve",
            "lv",
            "nv",
        }
        self._longest = max(map(len, self._syllables), default=0)
        self._cut = lru_cache(maxsize=4096)(self._cut_word)

    def of(self, character: str) -> str:
        """Return the folded syllable of a character; an unknown character is its own sound."""
        if character not in self._folded:
            self._folded[character] = fold_sound(self.table[character]) if character in self.table else character
        return self._folded[character]

    def cut(self, word: str) -> tuple[str, ...]:
        """Cut a word in Latin letters into pinyin syllables; empty when it cannot be cut.

        Of several ways the one with the fewest syllables is taken, then the one with the longest last syllable: a consonant
        belongs to the syllable behind it, so dangan is dan gan (dang an is written dang'an).
        """
        return self._cut(word)

    def _cut_word(self, word: str) -> tuple[str, ...]:
        if len(word) > 64:
            return ()
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - self._longest), end):
                head, piece = best[start], word[start:end]
                if head is None or piece not in self._syllables:
                    continue
                here = best[end]
                if here is None or len(head) + 1 < len(here):
                    best[end] = (*head, piece)
        return best[-1] or ()

    def pinyin_of(self, cleaned: str, english: frozenset[str]) -> list[str]:
        """Return the folded syllables of a text typed in pinyin, or an empty list when it is not pinyin.

        `english` holds the English words that the corpus knows: a text is taken for pinyin when nearly all of its
        letters can be cut into syllables and fewer than half of its words are known as English.
        """
        typed = words(cleaned.replace("'", " "))
        if not typed or han_count(cleaned):
            return []
        cut = [self.cut(word) for word in typed]
        letters = sum(map(len, typed))
        covered = sum(len(word) for word, parts in zip(typed, cut, strict=True) if parts)
        known = sum(len(word) for word in typed if word in english)
        if letters < 4 or covered < 0.85 * letters or known > 0.5 * letters:
            return []
        return [fold_sound(part) for parts in cut for part in parts]
