"""What is wrong in the files that flows share: questions and words."""

from pathlib import Path

import pytest

from bot.flow_files import NAVIGATION
from tests.flow_edits import QUESTIONS, WORDS, edited, reading


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(QUESTIONS, "kind: choice", "kind: checklist", [
            'questions.yaml:2: [0].kind: "checklist" is not one of choice, date, number'
        ], id="unknown-kind"),
        pytest.param(QUESTIONS, "kind: choice\n", "kind: choice\n  function: deadlines\n", [
            'questions.yaml:3: [0].function: unknown key "function"; known here: id, kind, zh, en, choices, short, least, most'
        ], id="unknown-key"),
        pytest.param(QUESTIONS, "kind: date\n", "kind: date\n  kind: date\n", [
            'questions.yaml:11: [1]: the key "kind" is written twice'
        ], id="key-twice"),
        pytest.param(QUESTIONS, "- id: obtained", "- id: role", [
            'dates.yaml:10: steps[0].question: there is no question "obtained" in questions.yaml',
            'questions.yaml:9: [1].id: "role" is listed twice',
        ], id="id-twice"),
        pytest.param(QUESTIONS, "- id: role\n  kind", "- kind", [
            'letters.yaml:26: steps[2].question: there is no question "role" in questions.yaml',
            'questions.yaml:1: [0]: "id" is missing',
        ], id="no-id"),
        pytest.param(QUESTIONS, "short: true", "short: no", [
            "questions.yaml:3: [0].short: expected true or false, found a truth value"
        ], id="short-not-true"),
        pytest.param(QUESTIONS, ", body: [你考过的是哪一个？]", "", [
            'questions.yaml:4: [0].zh: "body" is missing'
        ], id="no-body"),
        pytest.param(QUESTIONS, "en: Physician,", "en: Physician, next: wait,", [
            'questions.yaml:7: [0].choices[0].next: unknown key "next"; known here: id, zh, en, says, words, remember'
        ], id="choice-with-next"),
        pytest.param(QUESTIONS, "id: assistant", "id: physician", [
            'questions.yaml:8: [0].choices[1]: the choice "physician" stands here twice'
        ], id="choice-twice"),
        pytest.param(QUESTIONS, "remember: false", "remember: no", [
            "questions.yaml:14: [1].choices[0].remember: expected true or false, found a truth value"
        ], id="remember-not-true"),
        pytest.param(QUESTIONS, None, "role: {}\n", [
            'dates.yaml:10: steps[0].question: there is no question "obtained" in questions.yaml',
            'letters.yaml:26: steps[2].question: there is no question "role" in questions.yaml',
            "questions.yaml:1: expected a list, found a mapping",
        ], id="questions-a-mapping"),
        pytest.param(QUESTIONS, None, "", [
            'dates.yaml:10: steps[0].question: there is no question "obtained" in questions.yaml',
            'letters.yaml:26: steps[2].question: there is no question "role" in questions.yaml',
            "questions.yaml:1: is empty",
        ], id="questions-empty"),
        pytest.param(WORDS, "have: {zh: [收到了, 有了], en: [got it]}", "have: {zh: 收到了, fr: [x]}", [
            'words.yaml:4: have.fr: unknown key "fr"; known here: zh, en',
            "words.yaml:4: have.zh: expected a list, found a text",
        ], id="words-in-another-language"),
        pytest.param(WORDS, '"no": ', "no: ", [
            'dates.yaml:24: steps[2].choices[1].says: there are no words "no" in words.yaml',
            'words.yaml:3: expected a text, found a truth value "no" (quote it)',
        ], id="words-with-unquoted-name"),
        pytest.param(WORDS, 'en: ["no", nope]', "en: [no, nope]", [
            'words.yaml:3: no.en[0]: expected a text, found a truth value "no" (quote it)'
        ], id="words-unquoted"),
        pytest.param(WORDS, "leave:", "back:", [
            'words.yaml:1: "leave" is missing',
            'words.yaml:8: the key "back" is written twice',
        ], id="words-twice"),
        pytest.param(WORDS, "all: {zh: [都齐了, 全部], en: [everything, all of it]}", "all: [都齐了]", [
            "words.yaml:6: all: expected a mapping, found a list"
        ], id="words-a-list"),
    ],
)  # fmt: skip
def test_broken_shared_file(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """What is wrong in the shared questions and words is reported, and what refers to them."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize("name", NAVIGATION)
def test_missing_navigation(folder: Path, name: str) -> None:
    """The words that are understood at every step are there, each of them."""
    lines = edited()[WORDS].splitlines(keepends=True)
    words = "".join(line for line in lines if not line.startswith(f"{name}:"))

    assert reading(folder, [(WORDS, None, words)]) == [f'words.yaml:1: "{name}" is missing']


def test_misspelt_navigation(folder: Path) -> None:
    """A misspelt name is not taken for the one that it stands for."""
    assert reading(folder, [(WORDS, "leave:", "leaf:")]) == ['words.yaml:1: "leave" is missing']


def test_no_navigation_at_all(folder: Path) -> None:
    """A file with words for choices only lacks all words of navigation."""
    words = "".join(
        line for line in edited()[WORDS].splitlines(keepends=True) if line.partition(":")[0] not in NAVIGATION
    )

    assert reading(folder, [(WORDS, None, words)]) == [f'words.yaml:1: "{name}" is missing' for name in NAVIGATION]


def test_number_without_limits(folder: Path) -> None:
    """A shared question for a number has limits, as any number has: without them no number could be typed."""
    asked = "- {id: years, kind: number, zh: {title: 几年, body: [几年？]}, en: {title: Years, body: [How many?]}}\n"
    questions = edited()[QUESTIONS] + asked

    assert reading(folder, [(QUESTIONS, None, questions)]) == [
        'questions.yaml:15: [2]: "least" is missing',
        'questions.yaml:15: [2]: "most" is missing',
    ]


def test_limits_of_a_question_that_is_no_number(folder: Path) -> None:
    """Limits belong to numbers only."""
    found = reading(folder, [(QUESTIONS, "short: true", "least: 1\n  most: 2")])

    assert [problem.partition(" ")[0] for problem in found] == ["questions.yaml:3:", "questions.yaml:4:"]
