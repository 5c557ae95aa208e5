"""The index: all phrasings as weighted vectors, and the linear model over them.

There is one view for Chinese, by characters and by sound, and one for English. In each, a text becomes a vector of its terms, weighted by rarity (in how many labels a term occurs, not in how many phrasings), and
three things are computed for every label: the output of a ridge regression, the cosine
to the nearest phrasing, and the cosine to the label's centroid. A label is an entry, an out-of-scope subject or a kind
of small talk: what must not be answered is learnt beside what must.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from faq.corpus import LabelKind
from faq.features import FAMILY_WEIGHT

FORMAT: Final = 2
"""Raised whenever the arrays change their meaning, so that older caches are rebuilt."""

RIDGE: Final = 1.0
"""The weight of the penalty; phrasings are unit vectors."""

MIN_PHRASINGS: Final = 2
"""A term has weights in the linear model when at least so many phrasings hold it; the others only tell texts apart."""

MIN_RARITY: Final = 0.125
"""Terms rarer than this share of the highest rarity count; what stands under half of all labels tells nothing, and would
take nine tenths of the time."""

ITERATIONS: Final = 15
"""Rounds of conjugate gradients; after 12 the answers no longer change (benchmarks/fit_gates.py)."""

MAX_OUTPUTS: Final = 1_000
"""With more outputs than this no linear model is fitted, and the centroid stands in for it."""

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Label:
    """What a phrasing belongs to."""

    kind: LabelKind
    id: str
    output: int
    """The output of the linear model that learns it: one for each entry and kind of small talk, one for each area of
    out-of-scope subjects."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How a text compares with every label of a view, each array in the order of the labels."""

    linear: Floats
    """The output of the linear model for every label; the centroid's cosine where no model was fitted."""
    outputs: Floats | None
    """The outputs themselves; None where no model was fitted."""
    nearest: Floats
    """The cosine to the nearest phrasing."""
    centroid: Floats
    """The cosine to the label's centroid."""
    unknown: float
    """The share of the text's weight that lies in terms no phrasing has, 0 to 1."""
    cosines: Floats
    """The cosine to every phrasing, in the order of the view's rows."""


class View:
    """One view of all phrasings."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], outputs: Sequence[int]) -> None:
        labels = len(outputs)
        self._outputs = np.asarray(outputs, dtype=np.int32)
        self._packed_terms = arrays["terms"]
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
        self.linear: NDArray[np.float16] | None = arrays.get("linear")
        """The weight of every term for every output; only the first terms have any, those that several phrasings hold."""
        counts = np.bincount(self.row_label, minlength=labels)
        self._row_starts: list[int] = [0, *np.cumsum(counts).tolist()]
        self._present = np.flatnonzero(counts)
        self._first = (np.cumsum(counts) - counts)[self._present]
        self._labels = labels
        self._unknown_weight = {family: math.log(labels + 1) * weight for family, weight in FAMILY_WEIGHT.items()}

    # What only questions in this language need is made when the first one comes, so that a command starts sooner.

    @cached_property
    def terms(self) -> list[str]:
        """All terms, those that most phrasings hold first."""
        return bytes(self._packed_terms).decode().split("\n")

    @cached_property
    def _position(self) -> dict[str, int]:
        return dict(zip(self.terms, range(len(self.terms)), strict=True))

    @cached_property
    def _weights(self) -> list[float]:
        return list(self.weights.tolist())  # single ones are read faster from a list

    def knows(self, term: str) -> bool:
        """Tell whether any phrasing has the term."""
        return term in self._position

    def nearest_row(self, cosines: Floats, label: int) -> int | None:
        """Return the row of the label's phrasing with the largest cosine, or None when it has no phrasing."""
        start, end = self._row_starts[label], self._row_starts[label + 1]
        return int(start + cosines[start:end].argmax()) if end > start else None

    def vector(self, terms: Iterable[str]) -> tuple[Integers, Floats, float]:
        """Return the known terms' positions and weights in the unit vector of a text, and its unknown share."""
        positions: list[int] = []
        weights: list[float] = []
        length = unknown = 0.0
        for term, count in Counter(terms).items():
            position = self._position.get(term)
            often = 1.0 if count == 1 else 1.0 + math.log(count)
            if position is None:
                square = (often * self._unknown_weight[term[0]]) ** 2
                unknown += square
            elif weight := often * self._weights[position]:
                positions.append(position)
                weights.append(weight)
                square = weight * weight
            else:
                square = 0.0
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
            return Scores(centroid, None, nearest, centroid, unknown, cosines)
        fitted = positions < len(self.linear)
        outputs = weights[fitted] @ self.linear[positions[fitted]].astype(np.float32)
        return Scores(outputs[self._outputs], outputs, nearest, centroid, unknown, cosines)


def build_view(rows: Sequence[tuple[int, Sequence[str]]], outputs: Sequence[int]) -> Arrays:
    """Build a view's arrays from (label, terms) of every phrasing, in the order of the corpus.

    `outputs` is the linear model's output of every label.
    """
    labels = len(outputs)
    order = sorted(range(len(rows)), key=lambda number: rows[number][0])
    position: dict[str, int] = {}
    found = [position.setdefault(term, len(position)) for number in order for term in rows[number][1]]
    sizes = [len(rows[number][1]) for number in order]
    row_label = np.array([rows[number][0] for number in order], dtype=np.int32)
    terms = len(position)
    cells, counts = np.unique(
        np.repeat(np.arange(len(rows), dtype=np.int64), sizes) * max(terms, 1) + np.array(found, dtype=np.int64),
        return_counts=True,
    )
    row, column = (cells // max(terms, 1)).astype(np.int32), (cells % max(terms, 1)).astype(np.int32)

    owners = np.bincount(np.unique(column.astype(np.int64) * labels + row_label[row]) // labels, minlength=terms)
    rarity = np.log((labels + 1) / np.maximum(owners, 1))
    rarity[rarity < MIN_RARITY * np.log(labels + 1)] = 0.0
    telling = rarity[column] > 0
    row, column, counts = row[telling], column[telling], counts[telling]

    # The terms that most phrasings hold come first, so that those with weights in the linear model stand together.
    holders = np.bincount(column, minlength=terms)
    ranking = np.argsort(-holders, kind="stable")
    rank = np.empty(terms, dtype=np.int32)
    rank[ranking] = np.arange(terms, dtype=np.int32)
    column, holders = rank[column], holders[ranking]
    names = list(position)
    ordered = [names[number] for number in ranking]

    family = np.array([FAMILY_WEIGHT[term[0]] for term in ordered], dtype=np.float32)
    weights = (rarity[ranking] * family).astype(np.float32)
    values = ((1 + np.log(counts)) * weights[column]).astype(np.float32)
    norms = np.sqrt(np.bincount(row, weights=values.astype(np.float64) ** 2, minlength=len(rows)))
    values /= np.maximum(norms, 1e-9)[row].astype(np.float32)

    by_term = np.argsort(column, kind="stable")
    arrays: Arrays = {
        "terms": np.frombuffer("\n".join(ordered).encode(), dtype=np.uint8),
        "weights": weights,
        "starts": np.concatenate(([0], np.cumsum(holders))).astype(np.int32),
        "rows": row[by_term],
        "values": values[by_term],
        "row_label": row_label,
        "row_source": np.array(order, dtype=np.int32),
        "centroid_norm": _centroid_norms(column, row_label[row], values, labels),
    }
    if rows and max(outputs) < MAX_OUTPUTS:
        from scipy.sparse import csr_matrix

        columns = int(max(outputs)) + 1
        targets = np.zeros((len(rows), columns), dtype=np.float32)
        targets[np.arange(len(rows)), np.asarray(outputs)[row_label]] = 1.0
        weighted = int((holders >= MIN_PHRASINGS).sum())
        vectors = csr_matrix((values, (row, column)), shape=(len(rows), terms))
        arrays["linear"] = _ridge(vectors, targets)[:weighted].astype(np.float16)
    return arrays


def _centroid_norms(column: Integers, label: Integers, values: Floats, labels: int) -> Floats:
    cells, where = np.unique(label.astype(np.int64) * (int(column.max(initial=0)) + 1) + column, return_inverse=True)
    sums = np.bincount(where, weights=values)
    owner = cells // (int(column.max(initial=0)) + 1)
    squares = np.bincount(owner, weights=sums**2, minlength=labels)
    return np.sqrt(np.maximum(squares, 1e-9)).astype(np.float32)


def _ridge(vectors: Any, targets: Floats) -> Floats:
    """Return the weights of the ridge regression: one row a term, one column an output.

    Conjugate gradients on the dual problem (X X' + RIDGE) a = Y, all columns at once, with the sparse vectors X alone: the
    time is linear in their cells, where a factorisation of X X' would be cubic in the phrasings.
    """
    transposed = vectors.T.tocsr()
    dual = np.zeros_like(targets)
    residual = targets.copy()
    direction = residual.copy()
    squares = (residual * residual).sum(0)
    for _ in range(ITERATIONS):
        image = vectors @ (transposed @ direction) + np.float32(RIDGE) * direction
        step = squares / np.maximum((direction * image).sum(0), 1e-12)
        dual += step * direction
        residual -= step * image
        before, squares = squares, (residual * residual).sum(0)
        direction = residual + (squares / np.maximum(before, 1e-12)) * direction
    return np.asarray(transposed @ dual)
