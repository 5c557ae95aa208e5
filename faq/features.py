"""The terms of a text: what phrasings and questions are compared by.

Chinese is compared by characters (1 to 3 in a row), by sound (1 to 3 syllables in a row, so that homophones of an
input method and typed pinyin meet the right words) and by the lexicon's concepts. English is compared by words, pairs of
words, pieces of words (2 to 5 letters, so that typing errors cost little) and concepts. A term is a string whose first
character names its family.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from faq.corpus import Lexicon
from faq.text import LANGUAGES, Language, Sounds, clean, fold_sound, is_han, tokens

CHARACTERS, SOUND, CONCEPT, WORD, PAIR, PIECE = "c", "s", "=", "w", "b", "g"

FAMILY_WEIGHT: Final[Mapping[str, float]] = {
    CHARACTERS: 1.0,
    SOUND: 0.8,
    CONCEPT: 1.2,
    WORD: 1.2,
    PAIR: 1.0,
    PIECE: 0.5,
}
"""What a term of each family counts beside its rarity. Neighbouring values give the same accuracy; nothing is tuned finer."""

MAX_CORRECTIONS: Final = 12
"""At most so many unknown English words of one text are compared with the known ones (each costs about 0.1 ms)."""

MAX_SPELLING: Final = 40
"""Longer runs of letters are no misspelt words."""

MAX_REMEMBERED: Final = 20_000
"""So many corrections are remembered."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text, a term as often as it occurs, and what was understood on the way."""

    terms: tuple[str, ...]
    text: str
    """The text that the terms are of, without words of politeness."""
    corrections: Mapping[str, str]
    """Unknown English words and the known words they were read as."""


class WordFinder:
    """Finds words of a fixed list in a text from left to right, the longest first; Latin words only as whole words."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = {word: value for word, value in values.items() if word}
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(self.values, key=lambda word: (-len(word), word)):
            self._by_start.setdefault(word[:2], []).append(word)
        firsts = sorted({word[0] for word in self.values})
        latin = "".join(first for first in firsts if _is_latin(first))
        other = "".join(first for first in firsts if not _is_latin(first))
        classes = [f"(?<![a-z])[{latin}]"] * bool(latin) + [f"[{re.escape(other)}]"] * bool(other)
        self._start = re.compile("|".join(classes) or "(?!)")

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and value of every word found."""
        done = 0
        for found in self._start.finditer(text):
            start = found.start()
            if start < done:
                continue
            two = text[start : start + 2]
            for word in (*self._by_start.get(two, ()), *(self._by_start.get(two[0], ()) if len(two) > 1 else ())):
                end = start + len(word)
                if text.startswith(word, start) and not (_is_latin(word[-1]) and _is_latin(text[end : end + 1])):
                    yield start, end, self.values[word]
                    done = end
                    break


def _is_latin(character: str) -> bool:
    return "a" <= character <= "z"  # an empty string is not


class ConceptFinder:
    """Finds the lexicon's words in a text."""

    def __init__(self, lexicon: Lexicon, sounds: Sounds) -> None:
        self._words = WordFinder(
            {
                clean(word): concept.name
                for concept in lexicon.concepts
                for language in LANGUAGES
                for word in concept.words.get(language, ())
            }
        )
        self._filler = WordFinder({clean(word): " " for words in lexicon.filler.values() for word in words})
        self._by_sound = {
            "".join(sounds.table.get(character, character) for character in word): name
            for word, name in self._words.values.items()
            if is_han(word) and len(word) >= 2
        }

    def concepts(self, cleaned: str) -> list[str]:
        """Return the names of the concepts whose words stand in the text, in order."""
        return [name for _, _, name in self._words.find(cleaned)]

    def of_pinyin(self, word: str) -> str | None:
        """Return the concept that a word typed in pinyin stands for ("zhuli" for 助理), or None."""
        return self._by_sound.get(word)

    def knows(self, word: str) -> bool:
        """Tell whether the word is one of the lexicon's."""
        return word in self._words.values

    def without_filler(self, cleaned: str) -> str:
        """Return the text without words of politeness; the text itself when nothing else would be left."""
        kept, last = [], 0
        for start, end, _ in self._filler.find(cleaned):
            kept.append(cleaned[last:start])
            last = end
        stripped = " ".join((*kept, cleaned[last:])).strip(" ,，。.!！?？~、")
        return stripped or cleaned


class TermExtractor:
    """Turns texts into terms, knowing the corpus' English words and the lexicon."""

    def __init__(self, lexicon: Lexicon, sounds: Sounds, english: Iterable[str]) -> None:
        self.sounds = sounds
        self.concepts = ConceptFinder(lexicon, sounds)
        self.english = frozenset(english)
        self._spellings: dict[int, list[str]] = {}
        for word in sorted(self.english):
            self._spellings.setdefault(len(word), []).append(word)
        self._corrected: dict[str, str | None] = {}

    def extract(self, cleaned: str, language: Language) -> Terms:
        """Return the terms of a cleaned text in the terms of a language's model."""
        text = self.concepts.without_filler(cleaned)
        return self._chinese(text) if language == "zh" else self._english(text)

    def extract_pinyin(self, syllables: Sequence[str]) -> Terms:
        """Return the sound terms of a text typed in pinyin."""
        return Terms(tuple(_grams(SOUND, syllables, 1, 3, "'")), " ".join(syllables), {})

    def _chinese(self, text: str) -> Terms:
        sequence: list[str] = []
        sound: list[str] = []
        found: list[str] = []
        for token in tokens(text):
            if is_han(token):
                sequence.append(token)
                sound.append(self.sounds.of(token))
            elif token.isdigit() or self.concepts.knows(token):
                sequence.append(token)
                sound.append(token)
            elif token not in self.english and (parts := self.sounds.cut(token)):
                sound.extend(map(fold_sound, parts))
            else:
                sequence.append(token)
                sound.append(token)
        found.extend(CONCEPT + name for name in self.concepts.concepts(text))
        found.extend(_grams(CHARACTERS, sequence, 1, 3, ""))
        found.extend(_grams(SOUND, sound, 1, 3, "'"))
        return Terms(tuple(found), text, {})

    def _english(self, text: str) -> Terms:
        found: list[str] = []
        known: list[str] = []
        corrections: dict[str, str] = {}
        budget = MAX_CORRECTIONS
        for token in tokens(text):
            if is_han(token):
                continue
            word = token
            if len(token) >= 4 and not token.isdigit() and token not in self.english:
                if name := self.concepts.of_pinyin(token):
                    found.append(CONCEPT + name)
                    continue
                if budget:
                    budget -= 1
                    if better := self._spelling(token):
                        corrections[token] = word = better
            known.append(word)
        read = _replace(text, corrections) if corrections else text
        found.extend(CONCEPT + name for name in self.concepts.concepts(read))
        for word in known:
            found.append(WORD + word)
            if not word.isdigit():
                found.extend(_pieces(word))
        found.extend(f"{PAIR}{one} {two}" for one, two in pairwise(known))
        return Terms(tuple(found), text, corrections)

    def _spelling(self, word: str) -> str | None:
        if word in self._corrected or len(word) > MAX_SPELLING:
            return self._corrected.get(word)
        distance = 1 if len(word) <= 5 else 2 if len(word) <= 9 else 3
        lengths = range(max(4, len(word) - distance), len(word) + distance + 1)
        known = [spelling for length in lengths for spelling in self._spellings.get(length, ())]
        match = process.extractOne(word, known, scorer=OSA.distance, score_cutoff=distance)
        if len(self._corrected) >= MAX_REMEMBERED:
            self._corrected.clear()
        self._corrected[word] = found = match[0] if match else None
        return found


def _replace(text: str, corrections: Mapping[str, str]) -> str:
    return re.sub(r"[a-z]+(?:'[a-z]+)*", lambda match: corrections.get(match.group(), match.group()), text)


def _grams(family: str, sequence: Sequence[str], shortest: int, longest: int, joiner: str) -> Iterator[str]:
    for size in range(shortest, longest + 1):
        for start in range(len(sequence) - size + 1):
            yield family + joiner.join(sequence[start : start + size])


@lru_cache(maxsize=16_384)
def _pieces(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        PIECE + padded[start : start + size] for size in range(2, 6) for start in range(len(padded) - size + 1)
    )
