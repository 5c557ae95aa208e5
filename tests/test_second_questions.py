"""Several questions in one message, on a small corpus: which of them are answered, and in which order."""

from dataclasses import replace

import pytest

from faq.building import build
from faq.corpus import Corpus
from faq.matcher import MAX_SENTENCES, Matcher
from faq.text import LANGUAGES
from tests.faq_samples import CORPUS, both, checked, entry

BUILT = build(CORPUS)
MATCHER = Matcher(CORPUS, both(), BUILT)
SOFT = Matcher(CORPUS, both(linear=8.0, nearest=4.0, centroid=3.0, fuzzy=4.0, none=3.0), BUILT)
"""Gates that leave room for a second entry."""


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        pytest.param("照片要几寸？截止时间是哪天？", {"photo", "deadline"}, id="zh"),
        pytest.param("What size is the photo? When is the registration deadline?", {"photo", "deadline"}, id="en"),
        pytest.param("照片要几寸？\n...\nregistration deadline?", {"photo", "deadline"}, id="both-languages"),
        pytest.param("你好！照片要几寸？谢谢！截止时间是哪天？", {"photo", "deadline"}, id="polite"),
        pytest.param("密码忘了怎么找回？怎么重置密码？", {"forgot-password"}, id="one-entry-twice"),
        pytest.param("密码忘了怎么找回？天气很好。", {"forgot-password"}, id="chat-after"),
        pytest.param("密码忘了怎么找回？退休金怎么算？", {"forgot-password"}, id="subject-after"),
        pytest.param("照片要几寸？(。(。(。截止时间是哪天？", {"photo", "deadline"}, id="few-sentences-between"),
    ],
)
def test_two_questions_in_one_message(text, answers):
    """Two sentences that ask different things are both answered; anything else is one question."""
    match = checked(CORPUS, SOFT.match(text))

    assert set(match.answers) == answers
    assert len(match.answers) == len(answers)


PARTS = (entry("one", zh=("甲乙丙",)), entry("other", zh=("丁戊己",)), entry("third", zh=("庚辛壬",)))
WHOLE = entry("both", zh=("甲乙丙和丁戊己", "甲乙丙丁戊己吗"))
EVEN = both(linear=3.0, nearest=3.0, centroid=3.0, fuzzy=1.0, scope=0.0, none=-10.0, answer=0.4, suggest=0.1)


def test_no_more_than_two_questions_are_answered():
    """A third question is not answered, but stays among the candidates."""
    match = checked(Corpus((), PARTS), Matcher(Corpus((), PARTS), EVEN).match("甲乙丙！丁戊己！庚辛壬！"))

    assert len(match.answers) == 2
    assert {candidate.id for candidate in match.candidates} == {"one", "other", "third"}


def test_a_second_question_is_looked_for_in_the_first_sentences():
    """What stands behind MAX_SENTENCES sentences is not a question of its own."""
    assert len(SOFT.match(f"照片要几寸？{'(。' * (MAX_SENTENCES - 2)}截止时间是哪天？").answers) == 2
    assert len(SOFT.match(f"照片要几寸？{'(。' * (MAX_SENTENCES - 1)}截止时间是哪天？").answers) < 2


def test_a_second_question_has_to_be_sure(monkeypatch):
    """A sentence that gives its entry less than SURE is a part of the story, not a question of its own."""
    text = "照片要几寸？截止时间是哪天？"
    monkeypatch.setattr("faq.matcher.SURE", 1.01)

    assert len(SOFT.match(text).answers) < 2


def test_an_entry_about_both_sentences_is_the_answer():
    """When the whole message is answered by an entry that asks both things together, its parts are not."""
    assert Matcher(Corpus((), (*PARTS, WHOLE)), EVEN).match("甲乙丙！丁戊己！").answers == ("both",)


def test_an_exact_phrasing_of_two_sentences_is_one_question():
    """A phrasing that holds two questions is answered by its own entry alone."""
    text = "照片要几寸？截止时间是哪天？"
    corpus = replace(CORPUS, entries=(*CORPUS.entries, entry("two", zh=(text,))))

    assert Matcher(corpus, both(linear=8.0, nearest=4.0, centroid=3.0, fuzzy=4.0, none=3.0)).match(text).answers == (
        "two",
    )


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        pytest.param(MATCHER, "照片几寸？用户名密码不记得了怎么办？", id="second-is-surer"),
        pytest.param(
            Matcher(Corpus((), (*PARTS, WHOLE)), dict.fromkeys(LANGUAGES, replace(EVEN["zh"], answer=0.8))),
            "甲乙丙！丁戊己！",
            id="another-entry-is-surer",
        ),
    ],
)
def test_candidates_of_two_questions_are_best_first(matcher, text):
    """The scores of a match with two answers fall as those of any other."""
    scores = [candidate.score for candidate in matcher.match(text).candidates]

    assert scores == sorted(scores, reverse=True)
