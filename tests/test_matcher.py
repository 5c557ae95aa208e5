"""The matcher on a small corpus: verdicts, ways of writing, hostile input, explanations."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.building import build, labels_of
from faq.corpus import Corpus
from faq.matcher import SOUND_SCALE, TOP, Matcher
from faq.text import LANGUAGES, MAX_CHARACTERS, clean, exact_key
from tests.faq_samples import (
    CODE,
    CORPORA,
    CORPUS,
    HOSTILE,
    NURSE,
    PENSION,
    PHOTO,
    THANKS,
    WRITTEN,
    both,
    checked,
    entry,
    subject,
)

BUILT = build(CORPUS)
MATCHER = Matcher(CORPUS, both(), BUILT)


@pytest.mark.parametrize(
    ("text", "verdict", "outcome"),
    [
        pytest.param("密码忘记了要怎么弄", "answer", "forgot-password", id="answer-zh"),
        pytest.param("I have lost my password somehow", "answer", "forgot-password", id="answer-en"),
        pytest.param("照片和密码", "suggest", {"photo", "forgot-password"}, id="suggest-zh"),
        pytest.param("register", "suggest", {"deadline", "assistant"}, id="suggest-en"),
        pytest.param("你好呀", "smalltalk", "greeting", id="small-talk-zh"),
        pytest.param("thanks a lot!!", "smalltalk", "thanks", id="small-talk-en"),
        pytest.param("火锅真辣", "none", None, id="none-zh"),
        pytest.param("my cat sleeps", "none", None, id="none-en"),
        pytest.param("2025", "none", None, id="number"),
        pytest.param("?!", "none", None, id="marks"),
    ],
)
def test_verdicts(text, verdict, outcome):
    """A message is answered, offered a choice, greeted back, or told that there is no answer."""
    match = checked(CORPUS, MATCHER.match(text))

    offered = {candidate.id for candidate in match.candidates[:2]} if verdict == "suggest" else None
    assert match.verdict == verdict
    assert (*match.answers, match.small_talk or offered)[0] == outcome
    assert match.text == text
    assert verdict != "none" or match.subject is None


@pytest.mark.parametrize(
    ("text", "about"),
    [
        pytest.param(text, owner.id, id=f"{owner.id}-{number}")
        for owner, unseen in (
            (PENSION, ("我的退休金怎么算啊", "社保断了几个月", "how is a pension calculated", "social insurance")),
            (NURSE, ("护士执业证怎么补", "护士注册怎么弄", "can nurses renew", "licence of a nurse lost")),
        )
        for number, text in enumerate((*owner.texts["zh"].phrasings, *owner.texts["en"].phrasings, *unseen))
    ],
)
def test_a_subject_out_of_scope_is_never_answered(text, about):
    """What the corpus does not cover is named instead of being answered, near as it may be to an entry."""
    match = checked(CORPUS, MATCHER.match(text))

    assert match.verdict in ("none", "suggest")
    assert match.subject == about


EXACT = [(owner, text) for language in LANGUAGES for kind, owner, text in CORPUS.phrasings(language) if kind == "entry"]


@pytest.mark.parametrize(("owner", "text"), EXACT, ids=[f"{owner}-{number}" for number, (owner, _) in enumerate(EXACT)])
@pytest.mark.parametrize("form", ["{}", " {}？？", "【{}】。", "🙏{}\n"], ids=["plain", "marks", "brackets", "emoji"])
def test_an_exact_phrasing_answers_at_once(owner, text, form):
    """A phrasing is answered with full probability, whatever the punctuation around it."""
    match = checked(CORPUS, MATCHER.match(form.format(text)))

    assert match.answers == (owner,)
    assert match.candidates[0].score == 1


@pytest.mark.parametrize("text", ["激活碼怎麼獲取", "登錄密碼想不起來了", "助理醫師怎麼註冊", "照片底色是白色還是藍色"])
def test_an_exact_phrasing_in_traditional_characters_answers_at_once(text):
    """Traditional characters are the same phrasing."""
    assert checked(CORPUS, MATCHER.match(text)).candidates[0].score == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("激活码，怎么获取？", "激活码怎么获取", True), ("how to", "howto", False), ("12月", "12 月", True),
        ("?", "!", True), ("a.b", "a b", True),
    ],
    ids=["marks", "words", "number", "nothing", "dot"],
)  # fmt: skip
def test_exact_key_leaves_out_punctuation_and_spaces(one, other, same):
    """Two texts are the same when their tokens are."""
    assert (exact_key(one) == exact_key(other)) is same


def test_a_phrasing_of_two_entries_is_no_exact_match():
    """What two entries share is offered, not answered at once."""
    one, other = entry("one", zh=("照片要几张", "一寸的")), entry("other", zh=("照片要几张", "两寸的"))
    corpus = Corpus((), (one, other))
    match = checked(corpus, Matcher(corpus, both()).match("照片要几张"))

    assert match.verdict == "suggest"
    assert {candidate.id for candidate in match.candidates} == {"one", "other"}


@pytest.mark.parametrize(("text", "owner", "language"), WRITTEN.values(), ids=WRITTEN)
def test_ways_of_writing(text, owner, language):
    """However people write it, the right entry is found, and the language is known."""
    match = checked(CORPUS, MATCHER.match(text))

    assert match.answers == (owner.id,)
    assert match.language == language


def test_typed_pinyin_is_scaled_and_politeness_changes_nothing():
    """Evidence by sound alone is scaled up; words of politeness do not change the evidence."""
    readings = MATCHER.read("mima wangle")
    plain = MATCHER.view("zh").scores(readings[0].terms.terms)
    polite, bare = (MATCHER.evidence(MATCHER.read(text)) for text in ("请问激活码找谁要", "激活码找谁要"))

    assert np.allclose(MATCHER.evidence(readings).values[:, 1], SOUND_SCALE * plain.nearest)
    assert np.array_equal(polite.values, bare.values)


def test_only_the_first_characters_count():
    """A message beyond the limit is matched by what stands before it."""
    long = "激活码怎么获取，" * 600
    match = checked(CORPUS, MATCHER.match(long))

    assert len(long) > MAX_CHARACTERS
    assert match.text == long
    assert match.candidates == MATCHER.match(long[:MAX_CHARACTERS]).candidates
    assert match.candidates[0].id == "activation-code"
    assert checked(CORPUS, MATCHER.match(" " * MAX_CHARACTERS + "激活码怎么获取")).verdict == "none"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("language", [None, *LANGUAGES])
def test_hostile_input_is_matched_like_any(text, language):
    """Nothing that can be sent raises, and the same text has the same match."""
    match = checked(CORPUS, MATCHER.match(text, language))

    assert replace(MATCHER.match(text, language, explain=True), explanation=None) == match


PIECES = st.sampled_from([
    "激活码", "密码", "照片", "怎么", "忘了", "退休金", "你好", "password ", "photo ", "the ", "zhuce", "1", " ", "\n", "？", "。", "…",
])  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)), st.sampled_from([None, *LANGUAGES]))
@example("￼", None)
def test_any_text_is_matched(text, language):
    """Random text never raises, its scores are probabilities in order, and it is matched the same twice."""
    match = checked(CORPUS, MATCHER.match(text, language))

    assert MATCHER.match(text, language) == match


@pytest.mark.parametrize(
    ("text", "language", "spoken", "verdict"),
    [
        pytest.param("mima wangle zenme zhaohui", None, "zh", "answer", id="pinyin-by-itself"),
        pytest.param("mima wangle zenme zhaohui", "zh", "zh", "answer", id="pinyin-in-chinese"),
        pytest.param("mima wangle zenme zhaohui", "en", "en", "none", id="no-pinyin-in-english"),
        pytest.param("忘记密码怎么办", "en", "en", "answer", id="chinese-to-an-english-reader"),
        pytest.param("I forgot my password", "zh", "zh", "answer", id="english-to-a-chinese-reader"),
        pytest.param("password 密码忘了", None, "zh", "answer", id="mixed-chinese"),
        pytest.param("the password 密码", None, "en", "answer", id="mixed-english"),
        pytest.param("???", "en", None, "none", id="marks"),
        pytest.param("???", None, None, "none", id="marks-without-language"),
    ],
)
def test_the_language_can_be_given(text, language, spoken, verdict):
    """The given language holds where there are words; without it, the letters tell it."""
    match = checked(CORPUS, MATCHER.match(text, language))

    assert (match.language, match.verdict) == (spoken, verdict)


@pytest.mark.parametrize(
    ("changes", "text", "verdict"),
    [
        pytest.param({"answer": 1.1}, "激活码怎么获取", "suggest", id="nothing-is-answered"),
        pytest.param({"answer": 1.1, "suggest": 1.1}, "激活码怎么获取", "none", id="nothing-is-offered"),
        pytest.param({"answer": 0.0}, "火锅真辣", "answer", id="everything-is-answered"),
        pytest.param({"suggest": 0.0}, "火锅真辣", "suggest", id="everything-is-offered"),
        pytest.param({"scope": -100.0}, "密码忘记了要怎么弄", "none", id="scope-counts-for-entries"),
        pytest.param({"none": 100.0}, "密码忘记了要怎么弄", "none", id="nothing-wins"),
        pytest.param({"unknown": 100.0}, "密码忘记了要怎么弄", "none", id="unknown-words-count-against-all"),
        pytest.param({"small_talk": 100.0}, "密码忘记了要怎么弄", "smalltalk", id="small-talk-wins"),
        pytest.param({"subject": 100.0}, "密码忘记了要怎么弄", "none", id="subjects-win"),
    ],
)
def test_the_gates_decide(changes, text, verdict):
    """The gates alone turn the same evidence into another verdict."""
    assert checked(CORPUS, Matcher(CORPUS, both(**changes), BUILT).match(text)).verdict == verdict


@pytest.mark.parametrize(
    "text",
    ["密码忘记了要怎么弄", "the lost pasword", "激活code找谁要", "mima wangle", "退休金怎么算", "照片要几张", "zzz 好"],
)
def test_an_explanation_tells_what_made_the_match(text):
    """The explanation's figures are those of the match, and asking for it changes nothing."""
    match = checked(CORPUS, MATCHER.match(text, explain=True))
    explanation = match.explanation
    assert explanation is not None
    parts = explanation.parts
    entries = {part.label.id: part.probability for part in parts if part.label.kind == "entry"}
    weights = [weight for _, weight in explanation.terms]

    assert replace(match, explanation=None) == MATCHER.match(text)
    assert explanation.cleaned == clean(text)
    assert explanation.gates == both()["zh"]
    assert sum(share for _, share in explanation.views) == pytest.approx(1)
    assert explanation.views[0][0] == match.language
    assert weights == sorted(weights, reverse=True)
    assert 0 <= explanation.unknown <= 1
    assert bool(explanation.unknown_terms) is (explanation.unknown > 0)
    assert [part.probability for part in parts] == sorted((part.probability for part in parts), reverse=True)
    assert 0 < explanation.nothing + sum(part.probability for part in parts) <= 1 + 1e-9
    assert match.candidates[0].id in entries
    for candidate in match.candidates:
        assert candidate.score == pytest.approx(entries.get(candidate.id, candidate.score), abs=6e-5)
    if len(explanation.views) == 1:
        assert sum(weight**2 for weight in weights) == pytest.approx(1 - explanation.unknown, abs=1e-5)


def test_an_explanation_shows_the_nearest_phrasing_and_corrections():
    """The best label comes with its nearest phrasing, and misspelt words with what they were read as."""
    explanation = MATCHER.match("what size is my foto pasword", explain=True).explanation
    assert explanation is not None

    phrasings = {clean(text) for language in LANGUAGES for _, _, text in CORPUS.phrasings(language)}
    assert explanation.parts[0].phrasing in phrasings
    assert explanation.corrections["pasword"] == "password"
    assert all(part.phrasing in phrasings | {""} for part in explanation.parts)


def test_the_explanation_of_an_exact_match_and_of_nothing():
    """The explanation of an exact phrasing gives it all probability; without words there is none."""
    explanation = MATCHER.match("激活码怎么获取", explain=True).explanation
    assert explanation is not None

    (part,) = (part for part in explanation.parts if part.label.id == "activation-code")
    assert part.probability == 1
    assert part.nearest == pytest.approx(1, abs=1e-3)
    assert part.fuzzy > 0.9
    assert explanation.nothing == 0
    assert MATCHER.match("?!", explain=True).explanation is None


def test_a_stored_index_is_as_good_as_a_fresh_one():
    """An index that was written and read again gives the same matches, explanations included."""
    stored = Matcher(CORPUS, both(), pickle.loads(pickle.dumps(BUILT)))
    fresh = Matcher(CORPUS, both())

    for text in ("密码忘了", "I lost the code", "激活code", "zhaopian yao jicun", "退休金", "hello"):
        assert stored.match(text, explain=True) == fresh.match(text, explain=True)


def test_threads_share_a_matcher():
    """Many threads at once get what one after the other gets."""
    matcher = Matcher(CORPUS, both(), BUILT)
    texts = [text for _, text in EXACT] + [f"{text} pasword{number}" for number, (_, text) in enumerate(EXACT)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(matcher.match, texts)) == [MATCHER.match(text) for text in texts]


@pytest.mark.parametrize(("corpus", "text", "verdict"), CORPORA.values(), ids=CORPORA)
def test_corpora_can_lack_parts(corpus, text, verdict):
    """A corpus without a language, subjects, small talk or anything at all still gives a verdict."""
    match = checked(corpus, Matcher(corpus, both()).match(text))

    assert match.verdict == verdict
    assert len(match.candidates) == min(TOP, len(corpus.entries))


def test_labels_are_entries_then_subjects_then_small_talk():
    """Labels come by kind in the order of the corpus; subjects of one area share an output of the linear model."""
    subjects = tuple(subject(name, area=area) for name, area in (("a", "x"), ("b", "y"), ("c", "x")))
    labels = labels_of(Corpus((), (CODE, PHOTO), subjects, (THANKS,)))

    assert [(label.kind, label.id, label.output) for label in labels] == [
        ("entry", "activation-code", 0), ("entry", "photo", 1), ("subject", "a", 2), ("subject", "b", 3),
        ("subject", "c", 2), ("small-talk", "thanks", 4),
    ]  # fmt: skip


def test_a_corpus_too_large_for_the_linear_model(monkeypatch):
    """Without a linear model the cosines decide, and what is out of scope is still not answered."""
    monkeypatch.setattr("faq.index.MAX_OUTPUTS", 1)
    matcher = Matcher(CORPUS, both())
    scoped = Matcher(CORPUS, both(scope=-100.0))

    assert checked(CORPUS, matcher.match("密码忘记了怎么找回")).answers == ("forgot-password",)
    assert checked(CORPUS, scoped.match("密码忘记了怎么找回")).verdict == "none"
    assert checked(CORPUS, matcher.match("我的退休金怎么算啊")).subject == "pension"
    assert checked(CORPUS, matcher.match("火锅真辣")).verdict == "none"
