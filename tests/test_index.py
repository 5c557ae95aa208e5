"""The index: vectors, rarity, the share of unknown terms, and the linear model."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from faq.features import FAMILY_WEIGHT
from faq.index import MIN_RARITY, RIDGE, View, build_view

Rows = Sequence[tuple[int, Sequence[str]]]

ROWS: Rows = (
    (2, ["wfee", "whow", "bhow fee"]),
    (0, ["wcode", "wget", "wget", "=code"]),
    (1, ["wcode", "wpassword", "=password", "bpassword code"]),
    (0, ["wcode", "wwhere", "=code"]),
    (1, ["wpassword", "wforgot", "=password"]),
    (0, ["whow", "wget", "=code", "bhow get"]),
    (2, ["wfee", "wmuch"]),
)
LABELS = 3


def view_of(rows: Rows, labels: int, outputs: Sequence[int] | None = None) -> View:
    """Return the view of some phrasings, every label with an output of its own where nothing else is said."""
    chosen = range(labels) if outputs is None else outputs
    return View(build_view(rows, chosen), chosen)


def weight(term: str, rows: Rows, labels: int) -> float:
    """Return a term's weight by the definition: its family's, and its rarity among labels, none where that is small."""
    rarity = math.log((labels + 1) / len({label for label, terms in rows if term in terms}))
    return rarity * FAMILY_WEIGHT[term[0]] if rarity >= MIN_RARITY * math.log(labels + 1) else 0.0


def vectors(rows: Rows, terms: Sequence[str], labels: int) -> NDArray[np.float64]:
    """Return the unit vectors of phrasings as a dense matrix, by the definition."""
    matrix = np.zeros((len(rows), len(terms)))
    for row, (_, of_row) in enumerate(rows):
        for term, count in Counter(of_row).items():
            matrix[row, terms.index(term)] = (1 + math.log(count)) * weight(term, rows, labels)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths == 0, 1, lengths))


def test_a_phrasing_has_cosine_1_with_itself():
    """Every phrasing finds its own row, and no cosine is larger."""
    view = view_of(ROWS, LABELS)

    for row, source in enumerate(view.row_source):
        scores = view.scores(ROWS[source][1])
        assert scores.cosines[row] == pytest.approx(1, abs=1e-5)
        assert scores.cosines.max() == pytest.approx(1, abs=1e-5)
        assert scores.nearest[ROWS[source][0]] == pytest.approx(1, abs=1e-5)
        assert scores.unknown == 0


def test_rows_are_sorted_by_label_and_know_their_phrasing():
    """Rows of one label stand together, in the order of the corpus."""
    view = view_of(ROWS, LABELS)

    assert view.row_label.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert view.row_source.tolist() == [1, 3, 5, 2, 4, 0, 6]


def test_cosines_are_those_of_the_dense_vectors():
    """The sparse product equals the dense one."""
    view = view_of(ROWS, LABELS)
    dense = vectors(ROWS, view.terms, LABELS)[view.row_source]

    for source, (_, terms) in enumerate(ROWS):
        expected = dense @ vectors(ROWS, view.terms, LABELS)[source]
        assert np.allclose(view.scores(terms).cosines, expected, atol=1e-5)


def test_centroid_is_the_cosine_to_the_sum_of_a_labels_phrasings():
    """A label's centroid is the sum of its phrasings' unit vectors."""
    view = view_of(ROWS, LABELS)
    dense = vectors(ROWS, view.terms, LABELS)
    sums = np.array([dense[[owner == label for owner, _ in ROWS]].sum(0) for label in range(LABELS)])
    expected = sums / np.linalg.norm(sums, axis=1, keepdims=True) @ dense[0]

    assert np.allclose(view.scores(ROWS[0][1]).centroid, expected, atol=1e-5)


def test_rarity_counts_labels_and_not_phrasings():
    """A term that five phrasings of one label hold is as rare as one that a single phrasing holds."""
    rows: Rows = [*[(0, ["wmany", "wboth"])] * 5, (1, ["wonce", "wboth"])]
    view = view_of(rows, 2)
    weights = dict(zip(view.terms, view.weights.tolist(), strict=True))

    assert weights["wmany"] == pytest.approx(weights["wonce"])
    assert weights["wboth"] < weights["wonce"]
    assert weights == pytest.approx({term: weight(term, rows, 2) for term in weights}, rel=1e-5)


def test_what_all_labels_hold_tells_nothing():
    """A term that stands under every label of many has no weight, and is not unknown either."""
    view = view_of([(label, ["wthe", f"w{label}"]) for label in range(9)], 9)
    scores = view.scores(["wthe"])

    assert view.knows("wthe")
    assert not scores.cosines.any()
    assert scores.unknown == 0
    assert np.array_equal(view.scores(["wthe", "w3"]).nearest, view.scores(["w3"]).nearest)
    assert view.scores(["wthe", "wstranger"]).unknown == 1


@pytest.mark.parametrize("family", FAMILY_WEIGHT)
def test_families_weigh_by_their_table(family):
    """The weight of a term is that of its family, beside its rarity."""
    view = view_of([(0, [f"{family}a"])], 1)

    assert view.weights.tolist() == pytest.approx([math.log(2) * FAMILY_WEIGHT[family]])


def test_terms_of_one_phrasing_only_tell_texts_apart():
    """A term that one phrasing holds counts for the cosines, and has no weight in the linear model."""
    view = view_of(ROWS, LABELS)
    assert view.linear is not None

    holders = Counter(term for _, terms in ROWS for term in set(terms))
    assert set(view.terms[: len(view.linear)]) == {term for term, count in holders.items() if count > 1}
    scores = view.scores(["wforgot"])
    assert scores.linear.tolist() == [0, 0, 0]
    assert scores.nearest[1] > 0
    assert scores.unknown == 0


@pytest.mark.parametrize(
    ("terms", "unknown"),
    [
        pytest.param(["wcode", "wget"], 0.0, id="all-known"),
        pytest.param(["wstranger", "wother"], 1.0, id="all-unknown"),
        pytest.param([], 0.0, id="no-terms"),
    ],
)
def test_unknown_share_at_its_ends(terms, unknown):
    """The share is 0 without unknown terms and 1 without known ones."""
    assert view_of(ROWS, LABELS).scores(terms).unknown == unknown


def test_unknown_terms_weigh_most_and_make_a_text_longer():
    """An unknown term has the weight of a term in less than one label, and lowers all cosines."""
    view = view_of(ROWS, LABELS)
    known, stranger = weight("wcode", ROWS, LABELS), math.log(LABELS + 1) * FAMILY_WEIGHT["w"]
    share = stranger**2 / (stranger**2 + known**2)

    assert view.scores(["wcode", "wstranger"]).unknown == pytest.approx(share, rel=1e-5)
    shorter = math.sqrt(1 - share)
    assert np.allclose(view.scores(["wcode", "wstranger"]).nearest, view.scores(["wcode"]).nearest * shorter, atol=1e-5)


def test_repeated_terms_weigh_by_their_logarithm():
    """A term that occurs twice weighs more than once and less than twice as much."""
    view = view_of(ROWS, LABELS)
    positions, weights, _ = view.vector(["wcode", "wcode", "wget"])
    found = dict(zip((view.terms[position] for position in positions), weights.tolist(), strict=True))

    ratio = (1 + math.log(2)) * weight("wcode", ROWS, LABELS) / weight("wget", ROWS, LABELS)
    assert found["wcode"] / found["wget"] == pytest.approx(ratio, rel=1e-5)
    assert np.linalg.norm(weights) == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("terms", [["wany"], []], ids=["text", "empty-text"])
@pytest.mark.parametrize("labels", [0, 1, 3])
def test_an_empty_view_scores_nothing(labels, terms):
    """Without phrasings every label has 0, and there is no model."""
    view = view_of([], labels)
    scores = view.scores(terms)

    assert view.linear is None
    for values in (scores.linear, scores.nearest, scores.centroid):
        assert values.tolist() == [0.0] * labels
    assert scores.cosines.tolist() == []
    assert not view.knows("wany")
    assert [view.nearest_row(scores.cosines, label) for label in range(labels)] == [None] * labels


def test_an_empty_text_is_like_nothing():
    """A text without terms has 0 with everything."""
    scores = view_of(ROWS, LABELS).scores([])

    assert not scores.linear.any()
    assert not scores.nearest.any()
    assert not scores.centroid.any()
    assert not scores.cosines.any()


def test_one_label_only():
    """With a single label its phrasings still find themselves, and the model prefers it."""
    rows: Rows = [(0, ["wcode", "wget"]), (0, ["wcode", "wlost"])]
    scores = view_of(rows, 1).scores(["wcode", "wget"])

    assert scores.nearest.tolist() == pytest.approx([1])
    assert 0 < scores.linear[0] < 1
    assert view_of(rows, 1).scores(["wstranger"]).linear.tolist() == [0]


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        pytest.param([(0, [])], 1, id="no-phrasing-has-terms"),
        pytest.param([(0, ["wsame"])] * 151, 1, id="every-term-is-frequent"),
    ],
)
def test_odd_views_are_built(rows, labels):
    """A view without rare terms, or without any, is built like others."""
    scores = view_of(rows, labels).scores(["wsame"])

    assert len(scores.cosines) == len(rows)


def test_a_phrasing_without_terms_is_like_nothing():
    """A phrasing of punctuation only stands beside others and has no cosine with any text."""
    rows: Rows = [(0, ["wcode"]), (1, []), (1, ["wcode", "wget"])]
    view = view_of(rows, 2)

    assert view.scores(["wcode"]).cosines.tolist() == pytest.approx([1, 0, view.scores(["wcode"]).cosines[2]])
    assert view.scores([]).unknown == 0


def test_labels_without_phrasings_score_nothing():
    """A label that has no phrasing in this view has 0 everywhere and no nearest row."""
    rows: Rows = [(1, ["wcode", "wget"]), (3, ["wcode"]), (3, ["wget"])]
    view = view_of(rows, 5)
    scores = view.scores(["wcode"])

    for values in (scores.nearest, scores.centroid, scores.linear):
        assert [bool(abs(value) > 1e-6) for value in values] == [False, True, False, True, False]
    assert [view.nearest_row(scores.cosines, label) for label in range(5)] == [None, 0, None, 1, None]


def test_nearest_row_is_the_best_of_its_label():
    """Among a label's phrasings the one with the largest cosine is named."""
    view = view_of(ROWS, LABELS)
    scores = view.scores(ROWS[5][1])

    row = view.nearest_row(scores.cosines, 0)
    assert row is not None
    assert view.row_source[row] == 5


def dense_ridge(rows: Rows, view: View, outputs: Sequence[int]) -> NDArray[np.float64]:
    """Return the weight of every term for every output by solving the normal equations."""
    dense = np.zeros((len(rows), len(view.terms)))
    for term, (first, after) in enumerate(pairwise(view.starts)):
        dense[view.rows[first:after], term] = view.values[first:after]
    targets = np.eye(max(outputs) + 1)[[outputs[label] for label in view.row_label]]
    return np.asarray(np.linalg.solve(dense.T @ dense + RIDGE * np.eye(dense.shape[1]), dense.T @ targets), dtype=float)


@pytest.mark.parametrize("outputs", [(0, 1, 2), (0, 1, 1), (1, 0, 0), (0, 0, 0)], ids=str)
def test_fitted_weights_are_those_of_a_dense_ridge_regression(outputs):
    """The iterative solution equals the direct one within float16, for labels that share an output too."""
    view = view_of(ROWS, LABELS, outputs)
    assert view.linear is not None

    weights = dense_ridge(ROWS, view, outputs)[: len(view.linear)]
    assert np.allclose(view.linear, weights, atol=1e-3)
    for _, terms in ROWS:
        scores = view.scores(terms)
        assert scores.outputs is not None
        positions, values, _ = view.vector(terms)
        assert np.allclose(
            scores.outputs, values[positions < len(weights)] @ weights[positions[positions < len(weights)]], atol=2e-3
        )
        assert np.array_equal(scores.linear, scores.outputs[list(outputs)])


def test_fitted_weights_of_many_similar_phrasings():
    """The iterations are enough where a hundred phrasings share most of their terms."""
    chance = np.random.default_rng(7)
    rows = [(row % 8, [f"w{term}" for term in chance.integers(0, 12 + row % 8, 6)]) for row in range(120)]
    view = view_of(rows, 8)
    assert view.linear is not None

    assert np.allclose(view.linear, dense_ridge(rows, view, range(8))[: len(view.linear)], atol=2e-3)


@pytest.mark.parametrize(("limit", "fitted"), [(LABELS, True), (LABELS - 1, False)], ids=["within", "beyond"])
def test_the_centroid_stands_in_for_the_model_of_many_outputs(monkeypatch, limit, fitted):
    """With more than MAX_OUTPUTS outputs no model is fitted, and the centroid's cosine takes its place."""
    monkeypatch.setattr("faq.index.MAX_OUTPUTS", limit)
    view = view_of(ROWS, LABELS)
    scores = view.scores(ROWS[1][1])

    assert (view.linear is not None) is fitted
    assert (scores.outputs is not None) is fitted
    assert np.array_equal(scores.linear, scores.centroid) is not fitted


def test_building_is_deterministic():
    """The same phrasings give the same arrays, byte by byte."""
    one, other = build_view(ROWS, range(LABELS)), build_view(ROWS, range(LABELS))

    assert {name: (array.dtype, array.tobytes()) for name, array in one.items()} == {
        name: (array.dtype, array.tobytes()) for name, array in other.items()
    }


def test_the_order_of_labels_and_phrasings_does_not_change_the_scores():
    """Phrasings in another order give the same evidence for every label."""
    scores = view_of(ROWS, LABELS).scores(ROWS[1][1])
    turned = view_of(ROWS[::-1], LABELS).scores(ROWS[1][1])

    assert np.allclose(scores.linear, turned.linear, atol=2e-3)
    assert np.allclose(scores.nearest, turned.nearest, atol=1e-5)
    assert np.allclose(scores.centroid, turned.centroid, atol=1e-5)


TERMS = st.lists(st.sampled_from(["wa", "wb", "wc", "ga", "gb", "=a", "ba b", "cx", "sy"]), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), TERMS), min_size=1, max_size=12), TERMS)
def test_scores_stay_in_their_bounds(rows, terms):
    """Cosines and the unknown share lie between 0 and 1, and all outputs are finite."""
    scores = view_of(rows, 4).scores(terms)

    for values in (scores.nearest, scores.centroid, scores.cosines):
        assert values.min() >= 0
        assert values.max() <= 1 + 1e-5
    assert 0 <= scores.unknown <= 1
    assert scores.nearest.max() == scores.cosines.max()
    assert np.isfinite(scores.linear).all()
