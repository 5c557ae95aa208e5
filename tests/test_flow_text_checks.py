"""The checks of what stands in the texts of flows: lengths, blanks, conditions, addresses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from faq.matcher import Matcher
from tests.flow_edits import DATES, LETTERS, QUESTIONS, Edit, checking

Check = Callable[..., list[str]]

WHEN = "{when: {role: assistant}, text: 助理等区县。}"


@pytest.fixture(name="check")
def _check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_matcher: Matcher) -> Check:
    """Return a function that edits the small library (name, old text, new text) and returns what is wrong with it."""
    monkeypatch.chdir(tmp_path)

    def check(*edits: Edit) -> list[str]:
        return checking(tmp_path, small_matcher.corpus, edits)

    return check


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "en: {title: Ask for it, body: [Ask for the letter., {note: Keep a copy.}]}", "en: {title: Ask for it, body: []}", [
            'letters.yaml:13: steps[0].en: "body" is empty'
        ], id="no-body"),
        pytest.param(LETTERS, WHEN, "{when: {rank: assistant}, text: 助}", [
            'letters.yaml:30: steps[3].zh: there is no value "rank" to look at'
        ], id="unknown-value"),
        pytest.param(LETTERS, WHEN, "{unless: {role: [nurse, doctor, assistant]}, text: 助}", [
            'letters.yaml:30: steps[3].zh: "role" is never "doctor"; known: assistant, physician',
            'letters.yaml:30: steps[3].zh: "role" is never "nurse"; known: assistant, physician',
        ], id="impossible-values"),
        pytest.param(LETTERS, WHEN, "{when: {obtained: '2026-11', wait: lost, papers: complete}, text: 助}", [], id="any-date"),
        pytest.param(LETTERS, WHEN, "{when: {limit-state: open}, text: 助}", [
            'letters.yaml:30: steps[3].zh: there is no value "limit-state" to look at'
        ], id="value-of-another-result"),
        pytest.param(DATES, "unless: {limit-state: [open, soon]}, text: It", "unless: {limit-state: [open, near]}, text: It", [
            'dates.yaml:43: steps[4].en: "limit-state" is never "near"; known: open, passed, soon'
        ], id="impossible-value-of-a-function"),
        pytest.param(DATES, "The limit is {limit}.", "The limit is {limits}, {days-left|day}, {years}, {obtained} {role}.", [
            'dates.yaml:43: steps[4].en: there is no value "limits" for the blank {limits}'
        ], id="unknown-blank"),
        pytest.param(LETTERS, "{role}的信办完了", "{rank}的信办完了", [
            'letters.yaml:51: steps[5].zh: there is no value "rank" for the blank {rank}'
        ], id="unknown-blank-zh"),
        pytest.param(LETTERS, "again: No hurry.", "again: 'No hurry, {name}'", [
            'letters.yaml:31: steps[3].en: there is no value "name" for the blank {name}'
        ], id="blank-in-again"),
        pytest.param(LETTERS, "again: No hurry.", "again: See docsys.cn", [
            'letters.yaml:31: steps[3].en: shows the address "docsys.cn", which is not an official one'
        ], id="address-in-again"),
        pytest.param(LETTERS, "Turn to the commission.", "Turn to https://example.com/form now.", [
            'letters.yaml:21: steps[1].en: shows the address "https://example.com/form", which is not an official one'
        ], id="unofficial-address"),
        pytest.param(LETTERS, "Turn to the commission.", "Turn to https://cndocsys.cn/home/index now.", [], id="official-address"),
        pytest.param(LETTERS, "{note: Keep a copy.}", "{list: [one, bit.ly/x]}", [
            'letters.yaml:13: steps[0].en: shows the address "bit.ly/x", which is not an official one'
        ], id="address-in-a-list"),
        pytest.param(LETTERS, WHEN, "{when: {finished: done}, text: 助}", [
            'letters.yaml:30: steps[3].zh: there is no value "finished" to look at'
        ], id="condition-on-an-end"),
        pytest.param(LETTERS, WHEN, "{unless: {finished: done}, text: 助}", [
            'letters.yaml:30: steps[3].zh: there is no value "finished" to look at'
        ], id="exception-of-an-end"),
        pytest.param(LETTERS, "{role}的信办完了", "{given-up}的信办完了", [
            'letters.yaml:51: steps[5].zh: there is no value "given-up" for the blank {given-up}'
        ], id="blank-of-an-end"),
        pytest.param(LETTERS, WHEN, "{when: {trouble: give-up}, unless: {papers: [complete, anyway]}, text: 助}", [], id="condition-on-choices"),
        pytest.param(LETTERS, "{role}的信办完了", "{role}{wait}{papers}{obtained}", [], id="blanks-of-answers"),
        pytest.param(QUESTIONS, "When did you pass?", "When did you pass? See example.com", [
            'dates.yaml:9: steps[0]: shows the address "example.com", which is not an official one'
        ], id="address-in-a-question"),
    ],
)  # fmt: skip
def test_texts(check: Check, name: str, old: str, new: str, messages: list[str]) -> None:
    """Texts are there, fill blanks and look at values that exist, and show official addresses only."""
    assert check((name, old, new)) == messages


@pytest.mark.parametrize(
    ("old", "place", "long"),
    [
        pytest.param("[找卫健委。]", "letters.yaml:20: steps[1].zh", 320 * "信", id="chinese"),
        pytest.param("[Turn to the commission.]", "letters.yaml:21: steps[1].en", 1000 * "x", id="english"),
    ],
)
@pytest.mark.parametrize("shape", ["[{}]", "[{{list: [{}]}}]", "[{{when: {{role: assistant}}, text: {}}}]"])
def test_length_of_a_body(check: Check, old: str, place: str, long: str, shape: str) -> None:
    """All that may be seen at a step fits one screen of a phone; exactly so much is allowed."""
    most = len(long)

    assert check((LETTERS, old, shape.format(long))) == []
    assert check((LETTERS, old, shape.format(long + "x"))) == [
        f"{place}: has {most + 1} characters, at most {most} fit one screen"
    ]


def test_length_of_several_passages(check: Check) -> None:
    """The passages of a body are added up, and the texts of a list."""
    body = f"[{100 * '甲'}, {{list: [{100 * '乙'}, {100 * '丙'}]}}, {{note: {21 * '丁'}}}]"

    assert check((LETTERS, "[找卫健委。]", body)) == [
        "letters.yaml:20: steps[1].zh: has 321 characters, at most 320 fit one screen"
    ]


def test_length_of_a_result(check: Check) -> None:
    """The passages of a result that stand for each other are not added up; those that everybody sees are."""
    long = 319 * "日"

    assert check((DATES, "text: 已经过了。", f"text: {long}")) == []
    assert check((DATES, "text: 已经过了。", "text: " + 321 * "日")) != [], "one passage alone has to fit all the same"
    assert check((DATES, "期限是{limit}。", long + "期限")) == [
        "dates.yaml:37: steps[4].zh: has 321 characters, at most 320 fit one screen"
    ]


@pytest.mark.parametrize("blank", ["{Role}", "{role", "{ role }", "{days_left}", "{role|Day}", "{}"])
def test_malformed_blank(check: Check, blank: str) -> None:
    """A blank that nothing would fill is a problem: people would see the braces."""
    found = check((LETTERS, "Turn to the commission.", f"'Turn to {blank} now.'"))

    assert [problem.partition(": ")[0] for problem in found] == ["letters.yaml:21"]


SHOWN = "is shown as it is: there are no blanks in titles and labels"


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "title: 单位不肯, body", "title: '{role}不肯', body", [
            f'letters.yaml:20: steps[1].zh: "{{role}}不肯" {SHOWN}'
        ], id="title"),
        pytest.param(LETTERS, "en: They refuse, words", "en: 'They {refuse', words", [
            f'letters.yaml:13: steps[0].en: "They {{refuse" {SHOWN}'
        ], id="choice"),
        pytest.param(LETTERS, "en: A copy}", "en: 'A copy}'}", [
            f'letters.yaml:43: steps[4].en: "A copy}}" {SHOWN}'
        ], id="item"),
        pytest.param(QUESTIONS, "title: Your role", "title: 'Your {role}'", [
            f'letters.yaml:25: steps[2]: "Your {{role}}" {SHOWN}'
        ], id="question"),
        pytest.param(QUESTIONS, "zh: 执业医师,", "zh: '{role}',", [
            f'letters.yaml:25: steps[2]: "{{role}}" {SHOWN}'
        ], id="answer"),
        pytest.param(LETTERS, "title: Wait for a letter", "title: 'Wait for {role}'", [
            "letters.yaml:6: en: there are no blanks in titles and summaries"
        ], id="title-of-the-flow"),
        pytest.param(LETTERS, "summary: 要来一封信。", "summary: '要来{role}的信。'", [
            "letters.yaml:5: zh: there are no blanks in titles and summaries"
        ], id="summary"),
        pytest.param(LETTERS, "summary: 要来一封信。", "summary: '要来}一封信。'", [
            "letters.yaml:5: zh: there are no blanks in titles and summaries"
        ], id="summary-with-half-a-blank"),
    ],
)  # fmt: skip
def test_braces_where_nothing_is_filled_in(check: Check, name: str, old: str, new: str, messages: list[str]) -> None:
    """Titles, labels and summaries are shown as they are, so that a brace in them is a problem."""
    assert check((name, old, new)) == messages
