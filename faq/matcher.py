"""Finds the entries that answer a message, and decides whether to answer, to offer a choice, or to say that there is none.

How a message is read: cleaned, cut into sentences, each compared with every label (see `faq.index`); the evidence of the
views and sentences is put together into one probability for every label, and two gates decide: the probability of the best
entry, and what stands against it (out-of-scope subjects, unknown words, a second entry as probable).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.corpus import Corpus
from faq.features import TermExtractor
from faq.gates import Gates
from faq.index import Floats, Label, Scores, View, ViewName, build_views, sound_terms
from faq.text import LANGUAGES, Language, Sounds, clean, han_count, language_of, sentences, sound_table, tokens, words

Verdict = Literal["answer", "suggest", "smalltalk", "none"]

TOP: Final = 5
"""So many entries are named in a match."""

FUZZY_CANDIDATES: Final = 8
"""So many labels are compared letter by letter, the best by the other evidence."""

MAX_SENTENCES: Final = 12
"""Sentences of a message that are compared by themselves, the longest ones; a story has a few, an attack has thousands."""

MAX_ANSWERS: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry and the probability that it is what was asked."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What the matcher makes of a message."""

    text: str
    language: Language | None
    """The language of the text; None when it holds no word of either."""
    verdict: Verdict
    candidates: tuple[Candidate, ...]
    """At most TOP entries, best first."""
    answers: tuple[str, ...] = ()
    """The ids of the entries to answer with; two when the message asks two questions."""
    subject: str | None = None
    """The out-of-scope subject that the message is about, when that is the best reading."""
    small_talk: str | None = None
    """The kind of small talk, with the verdict "smalltalk"."""
    explanation: "Explanation | None" = None


@dataclass(frozen=True, slots=True)
class Part:
    """What made one label's score, each part between about 0 and 1."""

    label: Label
    probability: float
    linear: float
    nearest: float
    centroid: float
    fuzzy: float
    nearest_phrasing: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided a match, for curators."""

    cleaned: str
    views: tuple[str, ...]
    terms: tuple[tuple[str, float], ...]
    """The terms of the whole text with their weight, the heaviest first; unknown ones are marked in `unknown_terms`."""
    unknown_terms: tuple[str, ...]
    corrections: Mapping[str, str]
    unknown: float
    parts: tuple[Part, ...]
    confidence: float
    gates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the gates look at, for one text: arrays in the order of the labels."""

    linear: Floats
    nearest: Floats
    centroid: Floats
    fuzzy: Floats
    unknown: float
    size: int
    """The number of tokens of the text."""
