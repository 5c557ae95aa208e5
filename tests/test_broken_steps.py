"""What is wrong in the steps of a flow: every problem with file, line, place and value."""

from pathlib import Path

import pytest

from tests.flow_edits import DATES, LETTERS, QUESTIONS, reading

SIDE = "kind: information\n    side: true"
NOTE = "{note: Keep a copy.}"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "kind: information\n    see", "kind: info\n    see", [
            'letters.yaml:10: steps[0].kind: "info" is not one of information, choice, checklist, date, number, waiting, result'
        ], id="unknown-kind"),
        pytest.param(LETTERS, "- id: ask\n    kind: information\n", "- id: ask\n", [
            'letters.yaml:9: steps[0]: "kind" is missing'
        ], id="no-kind"),
        pytest.param(LETTERS, "- id: ask\n    kind: information\n", "- kind: information\n", [
            'letters.yaml:9: steps[0]: "id" is missing'
        ], id="no-id"),
        pytest.param(LETTERS, "- id: trouble", "- id: ask", [
            'letters.yaml:17: steps[1]: the step "ask" stands here twice'
        ], id="id-twice"),
        pytest.param(LETTERS, "    en: {title: Ask for it, body: [Ask for the letter., {note: Keep a copy.}]}\n", "", [
            'letters.yaml:9: steps[0]: "en" is missing'
        ], id="no-english"),
        pytest.param(LETTERS, "title: Ask for it, ", "", [
            'letters.yaml:13: steps[0].en: "title" is missing'
        ], id="no-title"),
        pytest.param(LETTERS, "see: [photo]", "see: photo", [
            "letters.yaml:11: steps[0].see: expected a list, found a text"
        ], id="see-a-text"),
        pytest.param(LETTERS, "see: [photo]", "see: [photo]\n    see: [form]", [
            'letters.yaml:12: steps[0]: the key "see" is written twice'
        ], id="key-twice"),
        pytest.param(LETTERS, "see: [photo]", "side: yes", [
            "letters.yaml:11: steps[0].side: expected true or false, found a truth value"
        ], id="side-not-true"),
        pytest.param(LETTERS, "body: [Ask for the letter., {note: Keep a copy.}]", "text: x", [
            'letters.yaml:13: steps[0].en: "body" is missing',
            'letters.yaml:13: steps[0].en.text: unknown key "text"; known here: title, body',
        ], id="no-body"),
        pytest.param(LETTERS, "{note: Keep a copy.}]}", "{note: Keep a copy.}], again: No hurry.}", [
            'letters.yaml:13: steps[0].en.again: unknown key "again"; known here: title, body'
        ], id="again-without-waiting"),
        pytest.param(LETTERS, ", again: No hurry.", "", [
            'letters.yaml:31: steps[3].en: "again" is missing'
        ], id="waiting-without-again"),
        pytest.param(LETTERS, "again: No hurry.", "again: no", [
            'letters.yaml:31: steps[3].en.again: expected a text, found a truth value "no" (quote it)'
        ], id="again-unquoted"),
        pytest.param(LETTERS, SIDE, SIDE.replace("information", "checklist"), [
            'letters.yaml:17: steps[1]: "items" is missing'
        ], id="checklist-without-items"),
        pytest.param(LETTERS, SIDE, SIDE.replace("information", "date"), [
            'letters.yaml:17: steps[1]: "next" is missing'
        ], id="date-without-next"),
        pytest.param(LETTERS, SIDE, SIDE.replace("information", "number"), [
            'letters.yaml:17: steps[1]: "next" is missing',
            'letters.yaml:17: steps[1]: "least" is missing',
            'letters.yaml:17: steps[1]: "most" is missing',
        ], id="number-without-limits"),
        pytest.param(LETTERS, SIDE, SIDE.replace("information", "result"), [
            'letters.yaml:17: steps[1]: "function" is missing'
        ], id="result-without-function"),
        pytest.param(LETTERS, SIDE, SIDE + "\n    items: []\n    next: ask\n    least: 1\n    most: 2\n    function: deadlines", [
            'letters.yaml:20: steps[1].items: "items" does not belong to a step of the kind "information"',
            'letters.yaml:21: steps[1].next: "next" does not belong to a step of the kind "information"',
            'letters.yaml:22: steps[1].least: "least" does not belong to a step of the kind "information"',
            'letters.yaml:23: steps[1].most: "most" does not belong to a step of the kind "information"',
            'letters.yaml:24: steps[1].function: "function" does not belong to a step of the kind "information"',
        ], id="keys-of-other-kinds"),
        pytest.param(DATES, "kind: number", "kind: date", [
            'dates.yaml:27: steps[3].least: "least" does not belong to a step of the kind "date"',
            'dates.yaml:28: steps[3].most: "most" does not belong to a step of the kind "date"',
        ], id="date-with-limits"),
        pytest.param(DATES, "least: 1", "least: one", [
            "dates.yaml:27: steps[3].least: expected a whole number, found a text"
        ], id="least-a-text"),
        pytest.param(DATES, "most: 20", "most: -1", [
            "dates.yaml:28: steps[3].most: expected a whole number, found a number"
        ], id="most-below-zero"),
        pytest.param(DATES, "function: deadlines", "function: no", [
            'dates.yaml:35: steps[4].function: expected a text, found a truth value "no" (quote it)'
        ], id="function-unquoted"),
        pytest.param(LETTERS, "end: done", "end: well", [
            'letters.yaml:49: steps[5].end: "well" is not one of done, stopped'
        ], id="unknown-end"),
        pytest.param(LETTERS, "offers: [dates]", "offers: dates", [
            "letters.yaml:50: steps[5].offers: expected a list, found a text"
        ], id="offers-a-text"),
        pytest.param(LETTERS, "end: stopped", "end: stopped\n    formerly: [a, a]", [
            'letters.yaml:56: steps[6].formerly[1]: "a" stands here twice'
        ], id="formerly-twice"),
    ],
)  # fmt: skip
def test_broken_step(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """What is wrong in a step is reported; a kind of step has the keys that belong to it, and no others."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize(
    ("passage", "messages"),
    [
        pytest.param("{note: Keep a copy., text: b}", [
            ": expected a paragraph, or one of text, steps, list, note"
        ], id="two-kinds"),
        pytest.param("{when: {role: assistant}}", [
            ": expected a paragraph, or one of text, steps, list, note"
        ], id="no-kind"),
        pytest.param("{}", [
            ": expected a paragraph, or one of text, steps, list, note"
        ], id="nothing"),
        pytest.param("yes", [
            ": expected a mapping, found a truth value",
            ": expected a paragraph, or one of text, steps, list, note",
        ], id="unquoted"),
        pytest.param("{table: x}", [
            ": expected a paragraph, or one of text, steps, list, note",
            '.table: unknown key "table"; known here: text, steps, list, note, when, unless',
        ], id="unknown-kind"),
        pytest.param("{steps: x}", [
            ".steps: expected a list, found a text"
        ], id="steps-a-text"),
        pytest.param("{list: [x, no]}", [
            '.list[1]: expected a text, found a truth value "no" (quote it)'
        ], id="item-unquoted"),
        pytest.param("{text: [x]}", [
            ".text: expected a text, found a list"
        ], id="text-a-list"),
        pytest.param("{text: ''}", [
            ".text: is empty"
        ], id="empty"),
        pytest.param("{text: x, when: role}", [
            ".when: expected a mapping, found a text"
        ], id="condition-a-text"),
        pytest.param("{text: x, when: {role: [a, a]}}", [
            '.when.role[1]: "a" stands here twice'
        ], id="value-twice"),
        pytest.param("{text: x, unless: {role: [yes]}}", [
            '.unless.role[0]: expected a text, found a truth value "yes" (quote it)'
        ], id="value-in-a-list-unquoted"),
    ],
)  # fmt: skip
def test_broken_passage(folder: Path, passage: str, messages: list[str]) -> None:
    """A passage is a paragraph or one of four kinds, perhaps with conditions."""
    found = reading(folder, [(LETTERS, NOTE, passage)])

    assert found == [f"letters.yaml:13: steps[0].en.body[1]{message}" for message in messages]


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "says: next", "says: nxt", [
            'letters.yaml:15: steps[0].choices[0].says: there are no words "nxt" in words.yaml'
        ], id="unknown-words"),
        pytest.param(LETTERS, "en: I asked, next: role", "en: I asked", [
            'letters.yaml:15: steps[0].choices[0]: "next" is missing'
        ], id="no-next"),
        pytest.param(LETTERS, "zh: 要了, en: I asked", "zh: 要了", [
            'letters.yaml:15: steps[0].choices[0]: "en" is missing'
        ], id="no-english"),
        pytest.param(LETTERS, "en: I asked", "en: yes", [
            'letters.yaml:15: steps[0].choices[0].en: expected a text, found a truth value "yes" (quote it)'
        ], id="label-unquoted"),
        pytest.param(LETTERS, "id: refused", "id: asked", [
            'letters.yaml:16: steps[0].choices[1]: the choice "asked" stands here twice'
        ], id="id-twice"),
        pytest.param(LETTERS, "{id: asked, says", "{says", [
            'letters.yaml:15: steps[0].choices[0]: "id" is missing'
        ], id="no-id"),
        pytest.param(LETTERS, "{id: asked, ", "{id: asked, text: x, ", [
            'letters.yaml:15: steps[0].choices[0].text: unknown key "text"; known here: id, zh, en, next, says, words, flow, needs, anew'
        ], id="unknown-key"),
        pytest.param(LETTERS, "{id: asked, ", "{id: asked, remember: false, ", [
            'letters.yaml:15: steps[0].choices[0].remember: unknown key "remember"; known here: id, zh, en, next, says, words, flow, needs, anew'
        ], id="remember-without-question"),
        pytest.param(LETTERS, "needs: all", "needs: some", [
            'letters.yaml:45: steps[4].choices[0].needs: "some" is not one of all'
        ], id="needs"),
        pytest.param(LETTERS, "needs: all", "needs: [letter]", [
            "letters.yaml:45: steps[4].choices[0].needs: expected a text, found a list"
        ], id="needs-a-list"),
        pytest.param(LETTERS, "{id: copy, zh", "{id: letter, zh", [
            'letters.yaml:40: steps[4].items[1]: the item "letter" stands here twice'
        ], id="item-twice"),
        pytest.param(LETTERS, "{id: copy, zh: 复印件, en: A copy}", "{id: copy, zh: 复印件, next: x}", [
            'letters.yaml:40: steps[4].items[1]: "en" is missing',
            'letters.yaml:40: steps[4].items[1].next: unknown key "next"; known here: id, zh, en, words',
        ], id="item-with-next"),
        pytest.param(LETTERS, "{id: copy, zh: 复印件, en: A copy}", "copy", [
            "letters.yaml:40: steps[4].items[1]: expected a mapping, found a text"
        ], id="item-a-text"),
    ],
)  # fmt: skip
def test_broken_option(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """What is wrong in a choice or an item of a checklist is reported."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "question: role", "question: rolle", [
            'letters.yaml:26: steps[2].question: there is no question "rolle" in questions.yaml'
        ], id="unknown-question"),
        pytest.param(LETTERS, "\n    next: wait\n", "\n", [
            'letters.yaml:25: steps[2]: "next" is missing'
        ], id="no-next"),
        pytest.param(LETTERS, "next: wait\n", "next: {physician: wait}\n", [
            'letters.yaml:27: steps[2].next: "assistant" is missing'
        ], id="no-way-for-an-answer"),
        pytest.param(LETTERS, "next: wait\n", "next: {physician: wait, assistant: wait, typed: wait}\n", [
            'letters.yaml:27: steps[2].next.typed: unknown key "typed"; known here: physician, assistant'
        ], id="way-for-an-unknown-answer"),
        pytest.param(DATES, "next: {typed: registered, unknown: look}", "next: {unknown: look}", [
            'dates.yaml:11: steps[0].next: "typed" is missing'
        ], id="no-way-for-what-is-typed"),
        pytest.param(LETTERS, "next: wait\n", "next: [wait]\n", [
            "letters.yaml:27: steps[2].next: expected a mapping, found a list"
        ], id="next-a-list"),
        pytest.param(LETTERS, "next: wait\n", "next: wait\n    kind: choice\n    choices: []\n    items: []\n    least: 1\n    most: 2\n    function: f\n    end: done\n", [
            'letters.yaml:28: steps[2].kind: "kind" does not belong to a step that asks a shared question',
            'letters.yaml:29: steps[2].choices: "choices" does not belong to a step that asks a shared question',
            'letters.yaml:30: steps[2].items: "items" does not belong to a step that asks a shared question',
            'letters.yaml:31: steps[2].least: "least" does not belong to a step that asks a shared question',
            'letters.yaml:32: steps[2].most: "most" does not belong to a step that asks a shared question',
            'letters.yaml:33: steps[2].function: "function" does not belong to a step that asks a shared question',
            'letters.yaml:34: steps[2].end: "end" does not belong to a step that asks a shared question',
        ], id="keys-that-do-not-belong"),
    ],
)  # fmt: skip
def test_broken_asking_step(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """A step that asks a shared question says where its answers lead, and nothing that the question says."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize(
    ("name", "old", "language", "most"),
    [
        pytest.param(LETTERS, "等一封信", "zh", 14, id="flow-title-zh"),
        pytest.param(LETTERS, "Wait for a letter", "en", 40, id="flow-title-en"),
        pytest.param(LETTERS, "要来一封信。", "zh", 60, id="summary-zh"),
        pytest.param(LETTERS, "Get a letter.", "en", 120, id="summary-en"),
        pytest.param(LETTERS, "去要", "zh", 14, id="step-title-zh"),
        pytest.param(LETTERS, "Ask for it", "en", 40, id="step-title-en"),
        pytest.param(LETTERS, "要了", "zh", 16, id="label-zh"),
        pytest.param(LETTERS, "I asked", "en", 32, id="label-en"),
        pytest.param(LETTERS, "复印件", "zh", 24, id="item-zh"),
        pytest.param(LETTERS, "A copy", "en", 60, id="item-en"),
        pytest.param(QUESTIONS, "你的身份", "zh", 14, id="question-title-zh"),
        pytest.param(QUESTIONS, "Assistant", "en", 32, id="answer-en"),
    ],
)
def test_lengths(folder: Path, name: str, old: str, language: str, most: int) -> None:
    """Titles, summaries and labels have a greatest length in each language, which is allowed."""
    character = "信" if language == "zh" else "x"
    fits = reading(folder, [(name, old, most * character)])

    (problem,) = reading(folder, [(name, old, (most + 1) * character)])

    assert fits == []
    assert problem.endswith(f": has {most + 1} characters, at most {most} are allowed")
    assert f".{language}" in problem or f" {language}.title: " in problem or f" {language}.summary: " in problem


@pytest.mark.parametrize(
    ("new", "message"),
    [
        pytest.param("offers: [dates]", '"offers" does not belong to a step that asks a shared question', id="offers"),
        pytest.param("zh: {title: 甲}", '"zh" does not belong to a step that asks a shared question', id="chinese"),
        pytest.param("en: {title: A}", '"en" does not belong to a step that asks a shared question', id="english"),
    ],
)
def test_texts_and_offers_of_an_asking_step(folder: Path, new: str, message: str) -> None:
    """A step that asks a shared question has no texts and no offers of its own: they would be left out in silence."""
    key = new.partition(":")[0]

    found = reading(folder, [(LETTERS, "next: wait\n", f"next: wait\n    {new}\n")])

    assert found == [f"letters.yaml:28: steps[2].{key}: {message}"]


@pytest.mark.parametrize(
    ("old", "new", "place", "known"),
    [
        pytest.param(
            "see: [photo]",
            "sees: [photo]",
            "11: steps[0].sees",
            "id, kind, zh, en, side, see, choices, items, next, least, most, function, end, offers, formerly",
            id="step",
        ),
        pytest.param(
            "next: wait\n",
            "next: wait\n    sees: [a]\n",
            "28: steps[2].sees",
            "id, question, next, side, see, formerly",
            id="asking",
        ),
    ],
)
def test_unknown_key_of_a_step(folder: Path, old: str, new: str, place: str, known: str) -> None:
    """An unknown key is answered by those that are known here, each once."""
    (problem,) = reading(folder, [(LETTERS, old, new)])

    message, _, listed = problem.partition("; known here: ")
    assert message == f'letters.yaml:{place}: unknown key "sees"'
    assert set(known.split(", ")) <= set(listed.split(", "))
    assert len(listed.split(", ")) == len(set(listed.split(", ")))


def test_unquoted_value_of_a_condition(folder: Path) -> None:
    """A condition on yes or no says "quote it", the mistake that is made most easily."""
    found = reading(folder, [(LETTERS, NOTE, "{text: x, unless: {role: yes}}")])

    assert found == [
        'letters.yaml:13: steps[0].en.body[1].unless.role: expected a text, found a truth value "yes" (quote it)'
    ]


def test_checklist_without_anything(folder: Path) -> None:
    """A checklist has something to tick."""
    found = reading(folder, [(LETTERS, SIDE, SIDE.replace("information", "checklist") + "\n    items: []")])

    assert found == ["letters.yaml:20: steps[1].items: is empty"]


def test_least_above_most(folder: Path) -> None:
    """A number that nothing can be is a problem."""
    found = reading(folder, [(DATES, "least: 1", "least: 21")])

    assert [problem.partition(" ")[0] for problem in found] in (["dates.yaml:27:"], ["dates.yaml:28:"])
