"""The measures: what counts as answered, helped, wrong and quiet, and the rows of a report."""

import pytest

from faq.evaluation import IN_SCOPE, MEASURES, OUT_OF_SCOPE, Outcome, Question, Row, summarise
from faq.matcher import Candidate, Match, Verdict
from faq.text import Language


def outcome(
    verdict: Verdict, found: str = "", right: str = "a", *, language: Language = "zh", kind: str = "plain"
) -> Outcome:
    """Return an outcome: the ids found and the right ids, one letter each."""
    candidates = tuple(Candidate(entry, 0.9 - 0.1 * place) for place, entry in enumerate(found))
    return Outcome(Question("?", language, tuple(right), kind), Match("?", language, verdict, candidates))


@pytest.mark.parametrize(
    ("result", "measures"),
    [
        pytest.param(outcome("answer", "abc"), "top-1 top-3 answered helped", id="answered-rightly"),
        pytest.param(outcome("answer", "ba"), "top-3 wrong", id="answered-with-another"),
        pytest.param(outcome("answer", "bcda"), "wrong", id="answered-with-another-and-right-is-fourth"),
        pytest.param(outcome("answer", "ba", "ab"), "top-1 top-3 answered helped", id="one-of-two-right-entries"),
        pytest.param(outcome("suggest", "abc"), "top-1 top-3 helped", id="offered-first"),
        pytest.param(outcome("suggest", "bca"), "top-3 helped", id="offered-third"),
        pytest.param(outcome("suggest", "bcda"), "", id="offered-but-fourth"),
        pytest.param(outcome("suggest", ""), "", id="offered-nothing"),
        pytest.param(outcome("none", "abc"), "top-1 top-3 quiet", id="first-but-quiet"),
        pytest.param(outcome("none", ""), "quiet", id="nothing"),
        pytest.param(outcome("smalltalk", "b"), "quiet", id="small-talk"),
        pytest.param(outcome("answer", "a", "", kind="near"), "wrong", id="out-of-scope-answered"),
        pytest.param(outcome("suggest", "a", "", kind="near"), "", id="out-of-scope-offered"),
        pytest.param(outcome("none", "a", "", kind="far"), "quiet", id="out-of-scope-quiet"),
    ],
)
def test_measures(result, measures):
    """Each outcome counts for exactly these measures."""
    assert [name for name, measure in MEASURES.items() if measure(result)] == measures.split()


@pytest.mark.parametrize("name", MEASURES)
def test_measures_are_the_properties_of_an_outcome(name):
    """Every measure is the property of the same name."""
    for result in (outcome("answer", "ab"), outcome("suggest", "ba"), outcome("none")):
        assert MEASURES[name](result) is getattr(result, name.replace("-", "_"))


def test_nothing_is_summarised_to_nothing():
    """Without outcomes there are no rows."""
    assert summarise([]) == []


def test_rows_stand_in_order():
    """Chinese before English, in scope before out of scope; all languages together last, without the kinds in scope."""
    kinds = ("chat", "odd", "near", "rough", "far", "plain")
    outcomes = [
        outcome("none", right="a" if kind in IN_SCOPE else "", kind=kind, language=language)
        for language in ("en", "zh")
        for kind in kinds
    ]

    assert [(row.language, row.kind, row.count) for row in summarise(outcomes)] == [
        *[("zh", kind, 2 if kind == "in scope" else 1) for kind in ("in scope", *IN_SCOPE, *OUT_OF_SCOPE, "odd")],
        *[("en", kind, 2 if kind == "in scope" else 1) for kind in ("in scope", *IN_SCOPE, *OUT_OF_SCOPE, "odd")],
        *[(None, "in scope", 4), (None, "near", 2), (None, "far", 2), (None, "chat", 2)],
    ]


def test_rows_are_made_only_for_what_occurs():
    """A language without questions in scope has no such row."""
    rows = summarise([outcome("none", right="", kind="far", language="en")])

    assert [(row.language, row.kind) for row in rows] == [("en", "far"), (None, "far")]


def test_shares_are_parts_of_the_row():
    """Every share is the number of outcomes that count, divided by all of the row."""
    results = [outcome("answer", "a"), outcome("answer", "b"), outcome("suggest", "ba"), outcome("none", "b")]
    shares = {"top-1": 0.25, "top-3": 0.5, "answered": 0.25, "helped": 0.5, "wrong": 0.25, "quiet": 0.25}

    assert summarise(results) == [
        Row("zh", "in scope", 4, shares),
        Row("zh", "plain", 4, shares),
        Row(None, "in scope", 4, shares),
    ]
