"""The index: all phrasings as weighted vectors, and the linear model over them.

There is one view for Chinese as written, one for Chinese as it sounds (for typed pinyin) and one for English. In each,
a text becomes a vector of its terms, weighted by rarity (in how many labels a term occurs, not in how many phrasings), and
three things are computed for every label: the output of a ridge regression (one output a label, closed form), the cosine
to the nearest phrasing, and the cosine to the label's centroid. A label is an entry, an out-of-scope subject or a kind
of small talk: what must not be answered is learnt beside what must.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from faq.features import FAMILY_WEIGHT, SOUND, TermExtractor
from faq.text import clean, tokens

FORMAT: Final = 1
"""Raised whenever the arrays change their meaning, so that older caches are rebuilt."""

RIDGE: Final = 1.0
"""The weight of the penalty; phrasings are unit vectors."""

MAX_FITTED: Final = 16_000
"""With more phrasings than this in a view, fitting (cubic) would take too long and the centroid stands in for it."""

ViewName = Literal["zh", "sound", "en"]
VIEWS: Final[tuple[ViewName, ...]] = ("zh", "sound", "en")
LabelKind = Literal["entry", "subject", "small-talk"]
Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Label:
    """What a phrasing belongs to."""

    kind: LabelKind
    id: str


@dataclass(frozen=True, slots=True)
class Scores:
    """How a text compares with every label of a view, each array in the order of the labels."""

    linear: Floats
    """The output of the linear model; the centroid's cosine where no model was fitted."""
    nearest: Floats
    """The cosine to the nearest phrasing."""
    centroid: Floats
    """The cosine to the label's centroid."""
    unknown: float
    """The share of the text's weight that lies in terms no phrasing has, 0 to 1."""


class View:
    """One view of all phrasings."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], labels: int) -> None:
        self.terms: list[str] = bytes(arrays["terms"]).decode().split("\n")
        self.weights: Floats = arrays["weights"]
        self.starts: Integers = arrays["starts"]
        """Where a term's postings begin; one more than there are terms."""
        self.rows: Integers = arrays["rows"]
        self.values: Floats = arrays["values"]
        self.row_label: Integers = arrays["row_label"]
        """The label of every phrasing; phrasings are sorted by label."""
        self.row_source: Integers = arrays["row_source"]
        """The number of every phrasing in the order in which the corpus yields them."""
        self.centroid_norm: Floats = arrays["centroid_norm"]
        self.linear: NDArray[np.float16] | None = arrays["linear"] if "linear" in arrays else None
        self._position = {term: position for position, term in enumerate(self.terms)}
        counts = np.bincount(self.row_label, minlength=labels)
        self._present = np.flatnonzero(counts)
        self._first = (np.cumsum(counts) - counts)[self._present]
        self._labels = labels
        self._unknown_weight = {family: math.log(labels + 1) * weight for family, weight in FAMILY_WEIGHT.items()}

    def vector(self, terms: Iterable[str]) -> tuple[Integers, Floats, float]:
        """Return the known terms' positions and weights in the unit vector of a text, and its unknown share."""
        positions: list[int] = []
        weights: list[float] = []
        length = unknown = 0.0
        for term, count in Counter(terms).items():
            position = self._position.get(term)
            often = 1.0 + math.log(count)
            if position is None:
                square = (often * self._unknown_weight[term[0]]) ** 2
                unknown += square
            else:
                weight = often * float(self.weights[position])
                positions.append(position)
                weights.append(weight)
                square = weight * weight
            length += square
        norm = math.sqrt(length) or 1.0
        known = np.asarray(weights, dtype=np.float32) / np.float32(norm)
        return np.asarray(positions, dtype=np.int32), known, unknown / (length or 1.0)

    def cosines(self, positions: Integers, weights: Floats) -> Floats:
        """Return the cosine of a text's vector to every phrasing."""
        first, after = self.starts[positions], self.starts[positions + 1]
        lengths = after - first
        total = int(lengths.sum())
        if not total:
            return np.zeros(len(self.row_label), dtype=np.float32)
        ends = np.cumsum(lengths)
        where = np.arange(total, dtype=np.int64) + np.repeat(first - (ends - lengths), lengths)
        products = self.values[where] * np.repeat(weights, lengths)
        return np.bincount(self.rows[where], weights=products, minlength=len(self.row_label)).astype(np.float32)

    def scores(self, terms: Iterable[str]) -> Scores:
        """Compare a text's terms with every label."""
        positions, weights, unknown = self.vector(terms)
        cosines = self.cosines(positions, weights)
        nearest = np.zeros(self._labels, dtype=np.float32)
        centroid = np.zeros(self._labels, dtype=np.float32)
        if len(cosines):
            nearest[self._present] = np.maximum.reduceat(cosines, self._first)
            centroid[self._present] = np.add.reduceat(cosines, self._first)
        centroid /= self.centroid_norm
        if self.linear is None:
            return Scores(centroid, nearest, centroid, unknown)
        linear = weights @ self.linear[positions].astype(np.float32)
        return Scores(linear, nearest, centroid, unknown)


def build_view(rows: Sequence[tuple[int, Sequence[str]]], labels: int) -> Arrays:
    """Build a view's arrays from (label, terms) of every phrasing, in the order of the corpus."""
    order = sorted(range(len(rows)), key=lambda number: rows[number][0])
    position: dict[str, int] = {}
    owners: list[set[int]] = []
    columns: list[int] = []
    counts: list[int] = []
    ends = [0]
    for number in order:
        label, terms = rows[number]
        for term, count in Counter(terms).items():
            column = position.setdefault(term, len(position))
            if column == len(owners):
                owners.append(set())
            owners[column].add(label)
            columns.append(column)
            counts.append(count)
        ends.append(len(columns))
    rarity = np.log((labels + 1) / np.array([len(found) for found in owners], dtype=np.float32))
    family = np.array([FAMILY_WEIGHT[term[0]] for term in position], dtype=np.float32)
    weights = (rarity * family).astype(np.float32)
    column = np.array(columns, dtype=np.int32)
    values = ((1 + np.log(np.array(counts, dtype=np.float32))) * weights[column]).astype(np.float32)
    row = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(ends))
    norms = np.sqrt(np.bincount(row, weights=values.astype(np.float64) ** 2, minlength=len(rows)))
    values /= np.maximum(norms, 1e-9)[row].astype(np.float32)
    row_label = np.array([rows[number][0] for number in order], dtype=np.int32)
    by_term = np.argsort(column, kind="stable")
    arrays: Arrays = {
        "terms": np.frombuffer("\n".join(position).encode(), dtype=np.uint8),
        "weights": weights,
        "starts": np.concatenate(([0], np.cumsum(np.bincount(column, minlength=len(position))))).astype(np.int32),
        "rows": row[by_term],
        "values": values[by_term],
        "row_label": row_label,
        "row_source": np.array(order, dtype=np.int32),
        "centroid_norm": _centroid_norms(column, row_label[row], values, labels),
    }
    if 0 < len(rows) <= MAX_FITTED:
        arrays["linear"] = _fit(column, ends, values, row_label, len(position), labels)
    return arrays


def _centroid_norms(column: Integers, label: Integers, values: Floats, labels: int) -> Floats:
    order = np.lexsort((column, label))
    keys = label[order].astype(np.int64) * (int(column.max(initial=0)) + 1) + column[order]
    firsts = np.flatnonzero(np.diff(keys, prepend=-1))
    sums = np.add.reduceat(values[order], firsts) if len(firsts) else np.zeros(0, dtype=np.float32)
    squares = np.bincount(label[order][firsts], weights=sums.astype(np.float64) ** 2, minlength=labels)
    return np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)


def _fit(
    column: Integers, ends: Sequence[int], values: Floats, row_label: Integers, terms: int, labels: int
) -> NDArray[np.float16]:
    """Fit the ridge regression in its dual form and return the weight of every term for every label."""
    from scipy.linalg import cho_factor, cho_solve
    from scipy.sparse import csr_matrix

    rows = len(row_label)
    vectors = csr_matrix((values, column, np.asarray(ends)), shape=(rows, terms))
    targets = np.zeros((rows, labels), dtype=np.float32)
    targets[np.arange(rows), row_label] = 1.0
    gram = (vectors @ vectors.T).toarray()
    gram[np.arange(rows), np.arange(rows)] += np.float32(RIDGE)
    dual = cho_solve(cho_factor(gram, lower=True, overwrite_a=True, check_finite=False), targets, check_finite=False)
    return np.asarray(vectors.T @ dual).astype(np.float16)


def sound_terms(extractor: TermExtractor, cleaned: str) -> tuple[str, ...]:
    """Return the terms of a Chinese phrasing in the view of sound."""
    text = extractor.concepts.without_filler(cleaned)
    return extractor.extract_pinyin([extractor.sounds.of(token) for token in tokens(text)]).terms


def build_views(extractor: TermExtractor, phrasings: Mapping[str, Sequence[tuple[int, str]]], labels: int) -> dict[str, Arrays]:
    """Build all views from the (label, phrasing) pairs of each language."""
    cleaned = {language: [(label, clean(text)) for label, text in found] for language, found in phrasings.items()}
    return {
        "zh": build_view([(label, extractor.extract(text, "zh").terms) for label, text in cleaned["zh"]], labels),
        "sound": build_view([(label, sound_terms(extractor, text)) for label, text in cleaned["zh"]], labels),
        "en": build_view([(label, extractor.extract(text, "en").terms) for label, text in cleaned["en"]], labels),
    }


__all__ = ["FORMAT", "SOUND", "VIEWS", "Arrays", "Label", "Scores", "View", "ViewName", "build_view", "build_views", "sound_terms"]
