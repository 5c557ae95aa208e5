"""Entries that cannot be given: what speaks for them speaks for no answer."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.building import build
from faq.corpus import Corpus
from faq.matcher import Matcher
from tests.faq_samples import CODE, CORPUS, DEADLINE, PASSWORD, PHOTO, both, checked, entry

BUILT = build(CORPUS)
MATCHER = Matcher(CORPUS, both(), BUILT)
ALL = frozenset(found.id for found in CORPUS.entries)
TEXTS = (
    "密码忘记了要怎么弄",
    "忘记密码怎么办？",
    "照片和密码",
    "register",
    "你好呀",
    "火锅真辣",
    "how is a pension calculated",
    "?!",
)


@pytest.mark.parametrize("text", ["密码忘记了要怎么弄", "I have lost my password somehow", "mima wangle zenme ban"])
def test_an_entry_that_cannot_be_given_is_no_answer(text: str) -> None:
    """A question that only it answers is not answered, nor is it offered; without it nothing stands for it."""
    assert MATCHER.match(text).candidates[0].id == PASSWORD.id

    match = checked(CORPUS, MATCHER.match(text, without={PASSWORD.id}))
    assert match.verdict == "none"
    assert PASSWORD.id not in {candidate.id for candidate in match.candidates}


def test_an_exact_phrasing_of_it_is_no_answer() -> None:
    """Neither does a question that is one of its phrasings to the letter lead to it."""
    assert MATCHER.match("忘记密码怎么办？").answers == (PASSWORD.id,)
    assert MATCHER.match("忘记密码怎么办？", without=[PASSWORD.id]).verdict == "none"


def test_exact_phrasings_of_others_are_answered() -> None:
    """What is withheld takes nothing from the others."""
    assert MATCHER.match("激活码怎么获取？", without=[PASSWORD.id]).answers == (CODE.id,)
    assert MATCHER.match("激活码怎么获取？", without=[PASSWORD.id]).candidates[0].score == 1.0


def test_others_that_are_near_are_offered() -> None:
    """An entry about nearly the same is offered when the one with that very phrasing cannot be given."""
    twin = entry("lost-password", zh=("密码忘记怎么办？", "忘记了密码怎么办", "忘记密码要怎么办"))
    corpus = Corpus((), (PASSWORD, twin, CODE, DEADLINE, PHOTO))
    gates = both(linear=4.0, nearest=3.0, centroid=2.0, fuzzy=3.0, none=3.0, suggest=0.1)
    matcher = Matcher(corpus, gates)
    alone = Matcher(replace(corpus, entries=(PASSWORD, CODE, DEADLINE, PHOTO)), gates)

    assert alone.match("忘记密码怎么办？", without={PASSWORD.id}).verdict == "none"
    assert matcher.match("忘记密码怎么办？").answers == (PASSWORD.id,)
    match = checked(corpus, matcher.match("忘记密码怎么办？", without={PASSWORD.id}))
    assert match.candidates[0].id == twin.id
    assert match.verdict == "suggest"


def test_its_probability_counts_as_nothing() -> None:
    """The probabilities still sum to 1, and those of the others stay as they were."""
    text = "照片和密码"
    before = MATCHER.match(text, explain=True).explanation
    after = MATCHER.match(text, explain=True, without={PASSWORD.id}).explanation
    assert before is not None
    assert after is not None

    of = {part.label.id: part.probability for part in before.parts}
    now = {part.label.id: part.probability for part in after.parts}
    assert now[PHOTO.id] == of[PHOTO.id]
    assert after.nothing == pytest.approx(before.nothing + of[PASSWORD.id])


def test_a_second_question_about_it_is_left_out() -> None:
    """Of two questions in one message, the one that can be answered is."""
    text = "忘记密码怎么办？激活码去哪里领？"
    assert set(MATCHER.match(text).answers) == {PASSWORD.id, CODE.id}

    assert PASSWORD.id not in MATCHER.match(text, without={PASSWORD.id}).answers
    assert PASSWORD.id not in {found.id for found in MATCHER.match(text, without={PASSWORD.id}).candidates}


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_is_left(text: str) -> None:
    """With all entries withheld, no entry is named; small talk goes on."""
    match = checked(CORPUS, MATCHER.match(text, without=ALL))

    assert match.candidates == ()
    assert match.verdict == ("smalltalk" if MATCHER.match(text).verdict == "smalltalk" else "none")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("without", [(), ["no-such-entry"], {"nurse"}], ids=["none", "unknown", "no-entry"])
def test_nothing_withheld_changes_nothing(text: str, without: object) -> None:
    """Only the ids of entries withhold anything."""
    assert MATCHER.match(text, without=without) == MATCHER.match(text)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.sets(st.sampled_from(sorted(ALL))))
def test_what_is_withheld_is_never_given(text: str, without: set[str]) -> None:
    """Whatever is withheld is not among the candidates, and no other gets more than it had."""
    before = {found.id: found.score for found in MATCHER.match(text).candidates}
    match = checked(CORPUS, MATCHER.match(text, without=without))

    assert not without & {found.id for found in match.candidates}
    if "忘记密码怎么办" not in text:  # an exact phrasing has left the others nothing
        assert all(found.score <= before.get(found.id, 1.0) for found in match.candidates)


def test_withholding_leaves_the_index_alone() -> None:
    """A matcher that withheld something gives it again afterwards."""
    first = MATCHER.match("忘记密码怎么办？", explain=True)
    MATCHER.match("忘记密码怎么办？", without=ALL)

    again = MATCHER.match("忘记密码怎么办？", explain=True)
    assert replace(again, explanation=None) == replace(first, explanation=None)
    readings = MATCHER.read("忘记密码")
    evidence = MATCHER.evidence(readings)
    withheld = MATCHER.probabilities(evidence, readings, (0,))
    plain = MATCHER.probabilities(evidence, readings)
    assert withheld[0] == 0
    assert np.isclose(withheld.sum(), 1)
    assert plain[0] > 0
