"""Finds the entries that answer a message, and decides whether to answer, to offer a choice, or to say that there is none.

A message is cleaned, turned into terms and compared with every label (see `faq.index`); the evidence becomes a probability
for every label and for "nothing of all this" (a softmax whose weights are fitted, see `faq.gates`), and two gates decide:
the probability of the best entry, which falls when a second entry, an out-of-scope subject or unknown words stand
against it, and that of all entries together.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from faq.building import Built, build, labels_of
from faq.corpus import Corpus
from faq.features import TermExtractor, Terms
from faq.gates import Gates
from faq.index import Label, Scores, View
from faq.text import Language, Sounds, clean, exact_key, han_count, language_of, sentences, tokens, words

Verdict = Literal["answer", "suggest", "smalltalk", "none"]

TOP: Final = 5
"""So many entries are named in a match."""

FUZZY_LABELS: Final = 8
"""So many labels are compared letter by letter with rapidfuzz, the best by the other evidence."""

MAX_QUESTIONS: Final = 2
"""A message is answered with at most so many entries."""

MAX_SENTENCES: Final = 6
"""So many sentences of a message are looked at by themselves for a second question."""

ABOUT: Final = 0.3
"""An out-of-scope subject is named when it has at least this probability, and none of the entries has more."""

SURE: Final = 0.85
"""A sentence is a question of its own when it gives an entry at least this probability."""

SOUND_SCALE: Final = 2.0
"""Typed pinyin has only terms of sound, which make up half of a Chinese phrasing's vector; its evidence is scaled up to
that of the same text in characters. Measured by benchmarks/fit_gates.py: the median ratio is 2.1."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry and the probability that it is what was asked, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Part:
    """What made one label's probability; the four parts lie between about 0 and 1."""

    label: Label
    probability: float
    linear: float
    nearest: float
    centroid: float
    fuzzy: float
    phrasing: str
    """The nearest phrasing of this label."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided a match, for curators."""

    cleaned: str
    views: tuple[tuple[Language, float], ...]
    """The languages that the text was compared in, with their share."""
    terms: tuple[tuple[str, float], ...]
    """The known terms and their weight in the text's vector, the heaviest first."""
    unknown_terms: tuple[str, ...]
    unknown: float
    """The share of the text's weight that lies in unknown terms."""
    corrections: Mapping[str, str]
    parts: tuple[Part, ...]
    """The best labels of all kinds, the most probable first."""
    nothing: float
    """The probability of "nothing of all this"."""
    gates: Gates


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
    """The out-of-scope subject that the message is about, when that is the best reading of a message without answer."""
    small_talk: str | None = None
    """The kind of small talk, with the verdict "smalltalk"."""
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A text in the terms of one language."""

    view: Language
    share: float
    """The part of the evidence that this view contributes; the shares of a text sum to 1."""
    terms: Terms
    by_sound: bool = False
    """True where the text is typed pinyin, so that its terms are all of sound."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a text compares with every label."""

    values: NDArray[np.float64]
    """One row a label: linear, nearest, centroid, fuzzy."""
    scope: float
    """How much the whole looks in scope: about 1 for a sure entry, -1 for a sure out-of-scope subject."""
    unknown: float
    phrasings: Mapping[int, str]
    """The nearest phrasing of the labels that were compared letter by letter."""


class Matcher:
    """Matches messages against a corpus. Immutable once built, and safe to share between threads."""

    def __init__(self, corpus: Corpus, gates: Mapping[Language, Gates], built: Built | None = None) -> None:
        """Index a corpus, or take over the index that `build` made of the same corpus earlier."""
        self.corpus = corpus
        self.labels = labels_of(corpus)
        self._gates = gates
        built = built or build(corpus)
        self._sounds = Sounds(built.sounds)
        self._extractor = TermExtractor(corpus.lexicon, self._sounds, built.english)
        self._views = {
            name: View(arrays, [label.output for label in self.labels]) for name, arrays in built.views.items()
        }
        self._texts = built.cleaned
        self._entries = len(corpus.entries)
        self._talk = self._entries + len(corpus.subjects)
        self._talk_output = min((label.output for label in self.labels[self._talk :]), default=None)
        self._exact = built.exact

    def view(self, language: Language) -> View:
        """Return the index of a language's phrasings, for those who measure it."""
        return self._views[language]

    def match(
        self,
        text: str,
        language: Language | None = None,
        *,
        explain: bool = False,
        without: Collection[str] = (),
    ) -> Match:
        """Match a message.

        `language` is the language that the person writes in, where it is known better than the text's letters tell it.
        With `explain`, the match carries what made the scores. The entries with the ids in `without` cannot be given:
        what speaks for them counts as "nothing of all this". Any text is taken; only its first 4,096 characters count.
        """
        cleaned = clean(text)
        readings = self.read(cleaned, language)
        if not readings:
            return Match(text, None, "none", ())
        spoken = language or readings[0].view
        withheld = self._withheld(without) if without else ()
        evidence = self.evidence(readings)
        probabilities = self.probabilities(evidence, readings, withheld)
        exact = self._exact.get(exact_key(cleaned))
        if exact is not None and exact not in withheld:
            probabilities[:] = 0.0
            probabilities[exact] = 1.0
        gates = self._gates[spoken]
        result = self._decide(text, spoken, probabilities, gates, withheld)
        if exact is None and result.candidates and len(parts := sentences(cleaned)) > 1:
            result = self._second_question(result, parts, language, probabilities, withheld)
        if not explain:
            return result
        explanation = self._explain(cleaned, readings, evidence, probabilities, gates)
        return replace(result, explanation=explanation)

    def _withheld(self, without: Collection[str]) -> tuple[int, ...]:
        return tuple(number for number, label in enumerate(self.labels[: self._entries]) if label.id in without)

    def read(self, cleaned: str, language: Language | None = None) -> tuple[Reading, ...]:
        """Return the views that a cleaned text is compared in, the language of the text first.

        Chinese with English words in it is compared in both languages; letters that are pinyin are compared by sound.
        """
        extractor = self._extractor
        han, latin = han_count(cleaned), len(words(cleaned))
        if not han and not latin:
            return ()
        if not han and language != "en" and (syllables := extractor.sounds.pinyin_of(cleaned, extractor.english)):
            return (Reading("zh", 1.0, extractor.extract_pinyin(syllables), by_sound=True),)
        chinese = han / (han + 2 * latin)
        readings: list[Reading] = []
        if han:
            readings.append(Reading("zh", chinese, extractor.extract(cleaned, "zh")))
        if latin:
            readings.append(Reading("en", 1.0 - chinese, extractor.extract(cleaned, "en")))
        first = language or language_of(cleaned)
        return tuple(sorted(readings, key=lambda reading: reading.view != first))

    def evidence(self, readings: Sequence[Reading]) -> Evidence:
        """Compare a text with every label."""
        values = np.zeros((len(self.labels), 4))
        scope = unknown = 0.0
        phrasings: dict[int, str] = {}
        for reading in readings:
            view = self._views[reading.view]
            scores = view.scores(reading.terms.terms)
            weight = reading.share * (SOUND_SCALE if reading.by_sound else 1.0)
            values[:, 0] += weight * scores.linear
            values[:, 1] += weight * scores.nearest
            values[:, 2] += weight * scores.centroid
            scope += weight * self._scope(scores)
            unknown += reading.share * scores.unknown
            compare = fuzz.ratio if reading.view == "zh" else fuzz.token_sort_ratio
            for label, phrasing in self._nearest_phrasings(view, scores, reading.view):
                phrasings[label] = phrasing
                other = " ".join(map(self._sounds.of, tokens(phrasing))) if reading.by_sound else phrasing
                values[label, 3] += reading.share * compare(reading.terms.text, other) / 100
        return Evidence(values, scope, unknown, phrasings)

    def _scope(self, scores: Scores) -> float:
        """Return what the outputs for entries say together, less those for subjects.

        The model is linear, so these sums are what a model of "in scope or not" would say. Without a model, the best entry's
        centroid is set against the best subject's.
        """
        if scores.outputs is not None:
            outside = scores.outputs[self._entries : self._talk_output]
            return float(scores.outputs[: self._entries].sum() - outside.sum())
        entry = float(scores.centroid[: self._entries].max(initial=0.0))
        subject = float(scores.centroid[self._entries : self._talk].max(initial=0.0))
        return (entry - subject) / ((entry + subject) or 1.0)

    def _nearest_phrasings(self, view: View, scores: Scores, language: Language) -> list[tuple[int, str]]:
        rough = scores.linear + 0.5 * (scores.nearest + scores.centroid)
        best = np.argsort(-rough, kind="stable")[:FUZZY_LABELS]
        texts = self._texts[language]
        found = []
        for label in best:
            row = view.nearest_row(scores.cosines, int(label))
            if row is not None:
                found.append((int(label), texts[view.row_source[row]]))
        return found

    def probabilities(
        self, evidence: Evidence, readings: Sequence[Reading], withheld: Sequence[int] = ()
    ) -> NDArray[np.float64]:
        """Return the probability of every label, and last that of "nothing of all this".

        That of the labels `withheld` is added to the last one.
        """
        logits = np.zeros(len(self.labels) + 1)
        for reading in readings:
            gates = self._gates[reading.view]
            weights = np.array([gates.linear, gates.nearest, gates.centroid, gates.fuzzy])
            logits[:-1] += reading.share * (evidence.values @ weights)
            logits[: self._entries] += reading.share * gates.scope * evidence.scope
            logits[self._entries : self._talk] += reading.share * gates.subject
            logits[self._talk : -1] += reading.share * gates.small_talk
            logits[-1] += reading.share * (gates.none + gates.unknown * evidence.unknown)
        shifted = np.exp(logits - logits.max())
        found = np.asarray(shifted / shifted.sum())
        if withheld:
            given_up = list(withheld)
            found[-1] += found[given_up].sum()
            found[given_up] = 0.0
        return found

    def _decide(
        self,
        text: str,
        language: Language,
        probabilities: NDArray[np.float64],
        gates: Gates,
        withheld: Sequence[int],
    ) -> Match:
        entries = probabilities[: self._entries]
        order = np.argsort(-entries, kind="stable")
        best = (order[~np.isin(order, withheld)] if withheld else order)[:TOP]
        candidates = tuple(Candidate(self.labels[label].id, round(float(entries[label]), 4)) for label in best)
        if candidates and entries[best[0]] >= gates.answer:
            return Match(text, language, "answer", candidates, (candidates[0].id,))
        others = probabilities[self._entries : -1]
        other = self.labels[self._entries + int(others.argmax())] if len(others) else None
        top_other = float(others.max(initial=0.0))
        if other and other.kind == "small-talk" and top_other >= max(entries.max(initial=0.0), probabilities[-1]):
            return Match(text, language, "smalltalk", candidates, small_talk=other.id)
        likely = max(ABOUT, float(entries.max(initial=0.0)))
        about = other.id if other and other.kind == "subject" and top_other >= likely else None
        if entries.sum() >= gates.suggest:
            return Match(text, language, "suggest", candidates, subject=about)
        return Match(text, language, "none", candidates, subject=about)

    def _second_question(
        self,
        whole: Match,
        parts: Sequence[str],
        language: Language | None,
        probabilities: NDArray[np.float64],
        withheld: Sequence[int],
    ) -> Match:
        """Return the match with the answers of single sentences, where they surely ask different things.

        The best entry of the whole message has to be among them: else the sentences are parts of one story. Both entries get
        the lower of the two probabilities, since the message asks for both.
        """
        found: dict[int, float] = {}
        for part in parts[:MAX_SENTENCES]:
            if not (readings := self.read(part, language)):
                continue
            own = self.probabilities(self.evidence(readings), readings, withheld)
            label = int(own[: self._entries].argmax())
            if own[label] >= SURE:
                found[label] = max(found.get(label, 0.0), float(own[label]))
        answers = sorted(found, key=lambda label: (-probabilities[label], label))[:MAX_QUESTIONS]
        ids = tuple(self.labels[label].id for label in answers)
        if len(ids) < MAX_QUESTIONS or whole.candidates[0].id != ids[0]:
            return whole
        score = round(min(found[label] for label in answers), 4)
        rest = [candidate for candidate in whole.candidates if candidate.id not in ids]
        return Match(
            whole.text, whole.language, "answer", (*(Candidate(entry, score) for entry in ids), *rest)[:TOP], ids
        )

    def _explain(
        self,
        cleaned: str,
        readings: Sequence[Reading],
        evidence: Evidence,
        probabilities: NDArray[np.float64],
        gates: Gates,
    ) -> Explanation:
        weighted: dict[str, float] = {}
        unknown: list[str] = []
        corrections: dict[str, str] = {}
        for reading in readings:
            view = self._views[reading.view]
            corrections.update(reading.terms.corrections)
            positions, weights, _ = view.vector(reading.terms.terms)
            for position, weight in zip(positions, weights, strict=True):
                term = view.terms[position]
                weighted[term] = weighted.get(term, 0.0) + reading.share * float(weight)
            unknown.extend(term for term in dict.fromkeys(reading.terms.terms) if not view.knows(term))
        parts = tuple(
            Part(
                label=self.labels[label],
                probability=float(probabilities[label]),
                linear=float(evidence.values[label, 0]),
                nearest=float(evidence.values[label, 1]),
                centroid=float(evidence.values[label, 2]),
                fuzzy=float(evidence.values[label, 3]),
                phrasing=evidence.phrasings.get(int(label), ""),
            )
            for label in np.argsort(-probabilities[:-1], kind="stable")[: TOP + 3]
        )
        return Explanation(
            cleaned,
            tuple((reading.view, reading.share) for reading in readings),
            tuple(sorted(weighted.items(), key=lambda item: -item[1])),
            tuple(term for term in dict.fromkeys(unknown) if term not in weighted),
            evidence.unknown,
            corrections,
            parts,
            float(probabilities[-1]),
            gates,
        )
