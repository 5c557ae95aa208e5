"""The project's content on the project's own questions: the figures that may not fall.

`tests/data/questions.jsonl` was written apart from the corpus and is used for nothing else; `development.jsonl` is what
the gates were fitted to.
"""

from pathlib import Path

import pytest

from bot.questions import read_questions
from faq.evaluation import Outcome, Question, summarise
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean, exact_key

DATA = Path(__file__).parent / "data"
FLOORS = {"top-1": 0.97, "top-3": 0.99, "answered": 0.89, "helped": 0.97}
CEILINGS = {"plain": 0.02, "rough": 0.03, "near": 0.08, "far": 0.02, "chat": 0.0}
"""What may be answered wrongly: in scope with another entry, out of scope at all."""


@pytest.fixture(name="outcomes", scope="module")
def _outcomes(project_matcher: Matcher) -> list[Outcome]:
    return [
        Outcome(question, project_matcher.match(question.text)) for question in read_questions(DATA / "questions.jsonl")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_in_scope_find_their_entry(outcomes: list[Outcome], language: Language) -> None:
    """In each language the shares of the right entry do not fall below the floors."""
    (row,) = (row for row in summarise(outcomes) if (row.language, row.kind) == (language, "in scope"))

    assert row.count >= 100
    assert {name: share for name, share in row.shares.items() if share < FLOORS.get(name, 0)} == {}


@pytest.mark.parametrize(("kind", "most"), CEILINGS.items())
def test_few_are_answered_wrongly(outcomes: list[Outcome], kind: str, most: float) -> None:
    """Of each kind of question no more than the ceiling gets a wrong answer."""
    found = [outcome for outcome in outcomes if outcome.question.kind == kind]

    assert len(found) >= 20
    assert sum(outcome.wrong for outcome in found) / len(found) <= most


@pytest.mark.parametrize("name", ["questions.jsonl", "development.jsonl"])
def test_no_question_stands_in_the_corpus(project_matcher: Matcher, name: str) -> None:
    """What is measured with is not learnt: no test question is a phrasing, and the two files share none."""
    learnt = {
        exact_key(clean(text)) for language in LANGUAGES for _, _, text in project_matcher.corpus.phrasings(language)
    }
    questions = read_questions(DATA / name)

    assert [question.text for question in questions if question.ids and _key(question) in learnt] == []


def test_the_two_files_share_no_question() -> None:
    """No question that is measured with was used for fitting."""
    fitted, kept_apart = (
        {_key(q) for q in read_questions(DATA / name)} for name in ("development.jsonl", "questions.jsonl")
    )

    assert fitted & kept_apart == set()


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        pytest.param("助理要不要注册啊", "assistant-must-register", id="chinese"),
        pytest.param("do I have to register as an assistant?", "assistant-must-register", id="english"),
        pytest.param("助力医师要主册吗", "assistant-must-register", id="homophones"),
        pytest.param("机活码收不到怎么办", "activation-code-not-received", id="homophones-of-activation"),
        pytest.param("忘記密碼怎麼辦", "forgot-password", id="traditional"),
        pytest.param("ｗａｎｇｊｉ　ｍｉｍａ　ｌｅ", "forgot-password", id="full-width-pinyin"),
        pytest.param("wangjimimalezenmeban", "forgot-password", id="pinyin-without-spaces"),
        pytest.param("你好，请问一下😊忘记密码怎么办呀？谢谢🙏", "forgot-password", id="politeness-and-emoji"),
        pytest.param("i forgott my pasword, pls help", "forgot-password", id="typing-errors"),
        pytest.param("激活code没收到", "activation-code-not-received", id="two-languages"),
    ],
)
def test_every_form_of_writing_is_borne(project_matcher: Matcher, text: str, entry: str) -> None:
    """The ways in which people really write lead to the right answer at once."""
    match = project_matcher.match(text)

    assert (match.verdict, match.answers) == ("answer", (entry,))


def _key(question: Question) -> str:
    return exact_key(clean(question.text))
