"""What is wrong in the files of the flows: every problem with file, line, place and value."""

from pathlib import Path

import pytest

from bot.content import Problems
from bot.errors import ContentError
from bot.flow_files import flows_of, load_library
from flows.definition import Library
from tests.flow_edits import DATES, LETTERS, QUESTIONS, WORDS, edited, reading
from tests.flow_samples import write_flows


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "order: 1", "order: 1\nmenu: 2", [
            'letters.yaml:3: menu: unknown key "menu"; known here: id, order, steps, zh, en, words, optional, reviewed, sources'
        ], id="unknown-key"),
        pytest.param(LETTERS, "order: 1", "order: 1\norder: 2", [
            'letters.yaml:3: the key "order" is written twice'
        ], id="key-twice"),
        pytest.param(LETTERS, "order: 1\n", "", [
            'letters.yaml:1: "order" is missing'
        ], id="no-order"),
        pytest.param(LETTERS, "order: 1", "order: first", [
            "letters.yaml:2: order: expected a whole number, found a text"
        ], id="order-a-text"),
        pytest.param(LETTERS, "order: 1", "order: 1\noptional: no", [
            "letters.yaml:3: optional: expected true or false, found a truth value"
        ], id="optional"),
        pytest.param(LETTERS, "id: letters", "id: letter", [
            'letters.yaml:1: the id "letter" and the file\'s name "letters.yaml" do not belong together'
        ], id="id-not-the-name"),
        pytest.param(LETTERS, "en: {title: Wait for a letter, summary: Get a letter.}\n", "", [
            'letters.yaml:1: "en" is missing'
        ], id="no-english"),
        pytest.param(LETTERS, "en: {title: Wait for a letter, summary: Get a letter.}", "en: Wait for a letter", [
            "letters.yaml:6: en: expected a mapping, found a text"
        ], id="language-a-text"),
        pytest.param(LETTERS, "en: {title: Wait for a letter, summary: Get a letter.}", "en: {}", [
            'letters.yaml:6: en: "title" is missing',
            'letters.yaml:6: en: "summary" is missing',
        ], id="no-title"),
        pytest.param(LETTERS, "title: 等一封信, summary", "title: no, summary", [
            'letters.yaml:5: zh.title: expected a text, found a truth value "no" (quote it)'
        ], id="title-unquoted"),
        pytest.param(LETTERS, "reviewed: 2026-11-01", "reviewed: 2026-02-30", [
            "letters.yaml:3: reviewed: there is no day 2026-02-30"
        ], id="reviewed"),
        pytest.param(LETTERS, "part: Item 1", "page: 1", [
            'letters.yaml:4: sources[0]: "part" is missing',
            'letters.yaml:4: sources[0].page: unknown key "page"; known here: document, part',
        ], id="source-without-part"),
        pytest.param(LETTERS, "[{document: notice, part: Item 1}]", "notice", [
            "letters.yaml:4: sources: expected a list, found a text"
        ], id="sources-a-text"),
        pytest.param(LETTERS, "words: {zh: [要信], en: [get a letter]}", "words: {zh: 要信, de: [Brief]}", [
            'letters.yaml:7: words.de: unknown key "de"; known here: zh, en',
            "letters.yaml:7: words.zh: expected a list, found a text",
        ], id="words-in-another-language"),
        pytest.param(LETTERS, "words: {zh: [要信], en: [get a letter]}", "words: {zh: [要信, 要信], en: [no]}", [
            'letters.yaml:7: words.en[0]: expected a text, found a truth value "no" (quote it)',
            'letters.yaml:7: words.zh[1]: "要信" stands here twice',
        ], id="word-twice"),
        pytest.param(LETTERS, "steps:\n", "steps: []\nway:\n", [
            "letters.yaml:1: has no steps",
            'letters.yaml:10: way: unknown key "way"; known here: id, order, steps, zh, en, words, optional, reviewed, sources',
        ], id="no-steps"),
        pytest.param(DATES, "steps:\n", "steps:\n  - obtained\n", [
            "dates.yaml:9: steps[0]: expected a mapping, found a text"
        ], id="step-a-text"),
    ],
)  # fmt: skip
def test_broken_flow(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """What is wrong in a flow itself is reported."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(DATES, None, "", [
            "dates.yaml:1: is empty"
        ], id="empty"),
        pytest.param(DATES, None, "# nothing\n", [
            "dates.yaml:1: is empty"
        ], id="comment"),
        pytest.param(DATES, None, "id: dates\n\tzh: a\n", [
            "dates.yaml:2: is not valid YAML: while scanning a plain scalar found a tab character that violates indentation"
        ], id="tab"),
        pytest.param(DATES, None, "id: dates\nsteps: [\n", [
            "dates.yaml:3: is not valid YAML: while parsing a flow node did not find expected node content"
        ], id="unfinished"),
        pytest.param(DATES, None, "id: dates\n---\nid: b\n", [
            "dates.yaml:2: is not valid YAML: expected a single document in the stream but found another document"
        ], id="two-documents"),
        pytest.param(DATES, None, "steps: " + 200 * "[", [
            "dates.yaml:1: is not valid YAML: its brackets are nested too deeply"
        ], id="nested"),
        pytest.param(DATES, None, "id: *dates\n", [
            "dates.yaml:1: is not valid YAML: found undefined alias"
        ], id="undefined-alias"),
    ],
)  # fmt: skip
def test_unreadable_file(folder: Path, name: str, old: str | None, new: str, messages: list[str]) -> None:
    """A file that is no YAML, or not one document, is reported alone."""
    assert reading(folder, [(name, old, new)]) == messages


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        pytest.param(
            [("id: letters", "id: letter")],
            'flows/letters.yaml:1: the id "letter" and the file\'s name "letters.yaml" do not belong together',
            id="one",
        ),
        pytest.param(
            [("end: stopped", "end: over"), ("id: letters", "id: letter"), ("order: 1", "order: first")],
            (
                'flows/letters.yaml:1: the id "letter" and the file\'s name "letters.yaml" do not belong together '
                "(and 2 more)"
            ),
            id="several",
        ),
    ],
)
def test_flows_of_a_broken_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edits: list[tuple[str, str]], sentence: str
) -> None:
    """Problems end in one sentence, with the first problem and how many more there are."""
    monkeypatch.chdir(tmp_path)
    folder = write_flows(tmp_path / "flows", edited(*((LETTERS, old, new) for old, new in edits)))

    with pytest.raises(ContentError) as caught:
        flows_of(folder)

    assert str(caught.value) == (f"the flows in {folder} have problems: {sentence}; `regbot check` lists them all")


@pytest.mark.parametrize("name", ["nowhere", "flows/letters.yaml"], ids=["missing", "file"])
def test_no_folder(tmp_path: Path, name: str) -> None:
    """What is no folder is one problem, and no flows."""
    write_flows(tmp_path / "flows")
    problems = Problems()

    assert load_library(tmp_path / name, problems) == Library(())
    assert [str(problem) for problem in problems.found] == [f"{tmp_path / name}:1: this folder does not exist"]


def test_outside_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that does not lie below the current folder is named in full."""
    folder = write_flows(tmp_path / "flows", {"one.yaml": ""})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    problems = Problems()

    load_library(folder, problems)

    assert [problem.file for problem in problems.found] == [(folder / "one.yaml").resolve().as_posix()]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        pytest.param(LETTERS, "id: letters\n", "", '1: "id" is missing', id="no-id"),
        pytest.param(
            LETTERS, "id: letters", "id: 1", '1: id: expected a text, found a number "1" (quote it)', id="id-unquoted"
        ),
        pytest.param(DATES, None, edited()[DATES].partition("steps:")[0], '1: "steps" is missing', id="no-steps"),
        pytest.param(DATES, None, "- a\n", "1: expected a mapping, found a list", id="flow-a-list"),
        pytest.param(DATES, None, "just text\n", "1: expected a mapping, found a text", id="flow-a-text"),
        pytest.param(
            LETTERS,
            "kind: checklist",
            "kind: check-list",
            (
                '37: steps[4].kind: "check-list" is not one of '
                "information, choice, checklist, date, number, waiting, result"
            ),
            id="misspelt-kind",
        ),
        pytest.param(
            LETTERS,
            "question: role",
            "question: no",
            '26: steps[2].question: expected a text, found a truth value "no" (quote it)',
            id="question-unquoted",
        ),
    ],
)
def test_each_thing_once(folder: Path, name: str, old: str | None, new: str, message: str) -> None:
    """One mistake is one problem: what only follows from it is not reported."""
    found = reading(folder, [(name, old, new)])

    assert len(found) == 1
    assert found[0].startswith(f"{name}:{message}")


def test_two_without_ids(folder: Path) -> None:
    """Two steps, choices or items without ids are not two with the same one."""
    found = reading(
        folder,
        [
            (LETTERS, "- id: ask\n    kind", "- kind"),
            (LETTERS, "- id: trouble\n    kind", "- kind"),
            (LETTERS, "{id: asked, ", "{"),
            (LETTERS, "{id: refused, ", "{"),
            (LETTERS, "{id: letter, ", "{"),
            (LETTERS, "{id: copy, ", "{"),
        ],
    )

    assert found == [
        f'letters.yaml:{line}: {place}: "id" is missing'
        for line, place in (
            (9, "steps[0]"),
            (14, "steps[0].choices[0]"),
            (15, "steps[0].choices[1]"),
            (16, "steps[1]"),
            (37, "steps[4].items[0]"),
            (38, "steps[4].items[1]"),
        )
    ]


def test_several_problems_at_once(folder: Path) -> None:
    """One pass lists the problems of all files, by file and line."""
    found = reading(
        folder,
        [
            (LETTERS, "id: letters", "id: letter"),
            (LETTERS, "end: stopped", "end: over"),
            (LETTERS, "says: have", "says: hve"),
            (DATES, "optional: true", "optional: maybe"),
            (DATES, "zh: 注册了, en: I am,", "zh: 注册了, en: no,"),
            (QUESTIONS, "short: true", "shorter: true"),
            (WORDS, "back: {zh: [上一步, 返回], en: [back]}", "back: {zh: [on], en: [back, back]}"),
        ],
    )

    assert found == [
        "dates.yaml:3: optional: expected true or false, found a text",
        'dates.yaml:23: steps[2].choices[0].en: expected a text, found a truth value "no" (quote it)',
        'letters.yaml:1: the id "letter" and the file\'s name "letters.yaml" do not belong together',
        'letters.yaml:33: steps[3].choices[0].says: there are no words "hve" in words.yaml',
        'letters.yaml:55: steps[6].end: "over" is not one of done, stopped',
        (
            'questions.yaml:3: [0].shorter: unknown key "shorter"; '
            "known here: id, kind, zh, en, choices, short, least, most"
        ),
        'words.yaml:7: back.en[1]: "back" stands here twice',
        'words.yaml:7: back.zh[0]: expected a text, found a truth value "on" (quote it)',
    ]


@pytest.mark.parametrize("place", ["old", "old/older"])
@pytest.mark.parametrize("name", ["letters.yaml", "more.yml"])
def test_file_in_a_subfolder(folder: Path, place: str, name: str) -> None:
    """A file below the folder of the flows is a problem: it is not left out in silence, and not read."""
    write_flows(folder / "flows" / place, {name: "nonsense: [\n"})

    assert reading(folder, []) == [f"{place}/{name}:1: nothing reads this file; its place is wrong"]


def test_other_files_in_a_subfolder(folder: Path) -> None:
    """What is no YAML may lie anywhere."""
    write_flows(folder / "flows" / "notes", {"README.md": "# Notes\n"})

    assert reading(folder, []) == []


def test_wrong_suffix(folder: Path) -> None:
    """A file that ends in .yml is a problem: it is not left out in silence."""
    write_flows(folder / "flows", {"more.yml": edited()[DATES].replace("id: dates", "id: more")})

    assert reading(folder, []) == ['more.yml:1: the id "more" and the file\'s name "more.yml" do not belong together']


def test_not_utf8(folder: Path) -> None:
    """A file in another encoding is a problem, and names the place."""
    write_flows(folder / "flows")
    (folder / "flows" / "old.yaml").write_bytes(b"id: old\n" + "zh: 要信\n".encode("gb18030"))

    assert reading(folder, []) == ["old.yaml:1: is not UTF-8 (byte 14)"]


@pytest.mark.parametrize("name", ["more.yaml", "more.yml"])
def test_folder_that_looks_like_a_flow(folder: Path, name: str) -> None:
    """What cannot be read is a problem."""
    (folder / "flows" / name).mkdir(parents=True)

    assert reading(folder, []) == [f"{name}:1: cannot be read: Is a directory"]


@pytest.mark.parametrize("name", ["a:b", "Ask now", "问"])
@pytest.mark.parametrize(
    ("file", "old", "line"),
    [
        pytest.param(LETTERS, "{id: copy,", 40, id="item"),
        pytest.param(LETTERS, "- id: given-up", 53, id="step"),
        pytest.param(LETTERS, "{id: asked,", 15, id="choice"),
        pytest.param(QUESTIONS, "{id: physician,", 7, id="answer"),
        pytest.param(QUESTIONS, "- id: role", 1, id="question"),
    ],
)
def test_ids_are_small_letters(folder: Path, name: str, file: str, old: str, line: int) -> None:
    """Ids are made of a-z, 0-9 and hyphens: buttons put a colon between them, and blanks find them by these letters."""
    head, _, tail = old.partition("id: ")

    found = reading(folder, [(file, old, f'{head}id: "{name}"{"," if tail.endswith(",") else ""}')])

    assert any(problem.startswith(f"{file}:{line}: ") and f'"{name}"' in problem for problem in found)
