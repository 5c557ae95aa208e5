"""The strict YAML reader: what it refuses, in which words and on which line."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.content import Field, Problem, Problems, read_yaml


def read(path: Path, content: str | bytes, use: Callable[[Field], Any] = lambda field: None) -> tuple[Any, list[str]]:
    """Write a file, read it, and return what was made of it and its problems as `regbot check` prints them."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    field = read_yaml(path, path.name, problems)
    value = use(field) if field else None
    return value, [str(problem) for problem in problems.in_order()]


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "a.yaml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "a.yaml:1: is empty", id="empty"),
        pytest.param("# a comment\n\n", "a.yaml:1: is empty", id="only-a-comment"),
        pytest.param(b"a: \xff\n", "a.yaml:1: is not UTF-8 (byte 3)", id="not-utf-8"),
        pytest.param("名".encode("gb18030"), "a.yaml:1: is not UTF-8 (byte 0)", id="gb18030"),
        pytest.param("a: b\n".encode("utf-16"), "a.yaml:1: is not UTF-8 (byte 0)", id="utf-16"),
        pytest.param(
            "a:\n\tb: c\n",
            "a.yaml:2: is not valid YAML: while scanning for the next token found character that cannot start any token (a text that begins with such a sign has to stand in quotes)",
            id="tab",
        ),
        pytest.param(
            "a: b\n\tc: d\n",
            "a.yaml:2: is not valid YAML: while scanning a plain scalar found a tab character that violates indentation",
            id="tab-after-a-text",
        ),
        pytest.param(
            "a: b\nc: 'd\n",
            "a.yaml:3: is not valid YAML: while scanning a quoted scalar found unexpected end of stream (a quotation mark that is opened is not closed)",
            id="open-quote",
        ),
        pytest.param(
            "a: [b\nc: d\n",
            "a.yaml:2: is not valid YAML: while parsing a flow sequence did not find expected ',' or ']'",
            id="open-bracket",
        ),
        pytest.param(
            "a: b\n c: d\n",
            "a.yaml:2: is not valid YAML: mapping values are not allowed in this context (a text with a colon in it has to stand in quotes)",
            id="indented",
        ),
        pytest.param(
            "a: b: c\n",
            "a.yaml:1: is not valid YAML: mapping values are not allowed in this context (a text with a colon in it has to stand in quotes)",
            id="colon",
        ),
        pytest.param(
            "a: %b\n",
            "a.yaml:1: is not valid YAML: while scanning for the next token found character that cannot start any token (a text that begins with such a sign has to stand in quotes)",
            id="percent",
        ),
        pytest.param("a: *b\n", "a.yaml:1: is not valid YAML: found undefined alias", id="unknown-anchor"),
        pytest.param(
            "a: &b c\nd: &b e\n",
            "a.yaml:2: is not valid YAML: found duplicate anchor; first occurrence second occurrence",
            id="anchor-twice",
        ),
        pytest.param(
            "a: b\n---\nc: d\n",
            "a.yaml:2: is not valid YAML: expected a single document in the stream but found another document",
            id="two-documents",
        ),
        pytest.param(
            "a: \x07\n",
            "a.yaml:1: is not valid YAML: unacceptable character #x0007: control characters are not allowed",
            id="control-character",
        ),
    ],
)
def test_unreadable_file(file: Path, content: str | bytes, message: str) -> None:
    """A file that is not one YAML document in UTF-8 gives no field and one problem with the line."""
    assert read(file, content) == (None, [message])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: None, "a.yaml:1: cannot be read: No such file or directory", id="missing"),
        pytest.param(Path.mkdir, "a.yaml:1: cannot be read: Is a directory", id="folder"),
    ],
)
def test_unreadable_path(file: Path, make: Callable[[Path], None], message: str) -> None:
    """A file that cannot be opened is a problem, not a traceback."""
    make(file)
    problems = Problems()

    assert read_yaml(file, "a.yaml", problems) is None
    assert [str(problem) for problem in problems.found] == [message]


def test_byte_order_mark(file: Path) -> None:
    """The byte order mark that some editors write is not a part of the first key."""
    assert read(file, b"\xef\xbb\xbfa: b\n", lambda root: root.mapping(("a",))["a"].text()) == ("b", [])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param("yes", 'expected a text, found a truth value "yes" (quote it)', id="yes"),
        pytest.param("No", 'expected a text, found a truth value "No" (quote it)', id="no"),
        pytest.param("on", 'expected a text, found a truth value "on" (quote it)', id="on"),
        pytest.param("true", 'expected a text, found a truth value "true" (quote it)', id="true"),
        pytest.param("12", 'expected a text, found a number "12" (quote it)', id="number"),
        pytest.param("12:30", 'expected a text, found a number "12:30" (quote it)', id="time"),
        pytest.param("1e3", None, id="not-a-number-in-yaml"),
        pytest.param("1.5", 'expected a text, found a number "1.5" (quote it)', id="float"),
        pytest.param("2026-11-22", 'expected a text, found a date "2026-11-22" (quote it)', id="date"),
        pytest.param("~", 'expected a text, found nothing "~" (quote it)', id="tilde"),
        pytest.param("null", 'expected a text, found nothing "null" (quote it)', id="null"),
        pytest.param("", "expected a text, found nothing (quote it)", id="nothing"),
        pytest.param('""', "is empty", id="empty"),
        pytest.param('"  "', "is empty", id="spaces"),
        pytest.param("[b]", "expected a text, found a list", id="list"),
        pytest.param(
            "{b: c}",
            "expected a text, found a mapping (a text with a colon in it has to stand in quotes)",
            id="mapping",
        ),
        pytest.param("123456", 'expected a text, found a number "123456" (quote it)', id="long-number"),
        pytest.param("一二三四五六七八九十", "has 10 characters, at most 8 are allowed", id="too-long"),
        pytest.param("八个字，不算多了", None, id="long-enough"),
        pytest.param('"yes"', None, id="quoted-yes"),
        pytest.param("'12'", None, id="quoted-number"),
    ],
)
def test_text(file: Path, value: str, message: str | None) -> None:
    """Only a text is a text: what YAML takes for something else has to be quoted."""
    found, messages = read(file, f"\na: {value}\n", lambda root: root.mapping(("a",))["a"].text(8))

    assert messages == ([f"a.yaml:2: a: {message}"] if message else [])
    assert isinstance(found, str)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- a\n  - b", True),
        ("- a\n    - b\n- c", True),
        ("- a\n  b - c", True),
        ("- a - b", False),
        ('- "a\n  - b"', False),
    ],
)
def test_an_item_that_is_indented_too_far(file: Path, text: str, wrong: bool) -> None:
    """YAML takes it for more of the item above, so that people would read a dash in the middle of a line."""
    _, messages = read(file, text, lambda root: root.texts())

    said = "a.yaml:1: [0]: warning: goes on in the next line with a dash; is that line indented too far?"
    assert messages == ([said] if wrong else [])


def test_text_is_trimmed(file: Path) -> None:
    """A text in several lines comes without white space around it."""
    assert read(file, "a: >-\n\n  b\n  c\n\n", lambda root: root.mapping(("a",))["a"].text()) == ("b c", [])


@pytest.mark.parametrize(
    ("value", "found", "message"),
    [
        pytest.param("true", True, None, id="true"),
        pytest.param("False", False, None, id="false"),
        pytest.param("yes", False, "expected true or false, found a truth value", id="yes"),
        pytest.param('"true"', False, "expected true or false, found a text", id="quoted"),
        pytest.param("1", False, "expected true or false, found a number", id="number"),
        pytest.param("", False, "expected true or false, found nothing", id="nothing"),
        pytest.param("[true]", False, "expected true or false, found a list", id="list"),
    ],
)
def test_truth(file: Path, value: str, found: bool, message: str | None) -> None:
    """A truth value is `true` or `false`, in no other spelling."""
    messages = [f"a.yaml:1: a: {message}"] if message else []

    assert read(file, f"a: {value}\n", lambda root: root.mapping(("a",))["a"].truth()) == (found, messages)


@pytest.mark.parametrize(
    ("value", "found", "message"),
    [
        pytest.param("12", 12, None, id="number"),
        pytest.param("0", 0, None, id="zero"),
        pytest.param("-1", 0, "expected a whole number, found a number", id="negative"),
        pytest.param("0x1F", 0, "expected a whole number, found a number", id="hexadecimal"),
        pytest.param("1:30", 0, "expected a whole number, found a number", id="time"),
        pytest.param("1.5", 0, "expected a whole number, found a number", id="float"),
        pytest.param('"1"', 0, "expected a whole number, found a text", id="quoted"),
        pytest.param("", 0, "expected a whole number, found nothing", id="nothing"),
        pytest.param("{b: 1}", 0, "expected a whole number, found a mapping", id="mapping"),
    ],
)
def test_integer(file: Path, value: str, found: int, message: str | None) -> None:
    """A whole number is written in digits alone."""
    messages = [f"a.yaml:1: a: {message}"] if message else []

    assert read(file, f"a: {value}\n", lambda root: root.mapping(("a",))["a"].integer()) == (found, messages)


@pytest.mark.parametrize(
    ("value", "found", "message"),
    [
        pytest.param("2026-11-22", date(2026, 11, 22), None, id="date"),
        pytest.param('"2026-11-22"', date(2026, 11, 22), None, id="quoted"),
        pytest.param("2026-02-30", None, "there is no day 2026-02-30", id="no-such-day"),
        pytest.param("22.11.2026", None, 'expected a date as YYYY-MM-DD, found "22.11.2026"', id="other-order"),
        pytest.param("2026-11", None, 'expected a date as YYYY-MM-DD, found "2026-11"', id="month"),
        pytest.param("20261122", None, 'expected a date as YYYY-MM-DD, found "20261122"', id="digits-alone"),
        pytest.param("2026-W47-7", None, 'expected a date as YYYY-MM-DD, found "2026-W47-7"', id="week"),
        pytest.param(
            "2026-11-22 10:00:00", None, 'expected a date as YYYY-MM-DD, found "2026-11-22 10:00:00"', id="time"
        ),
        pytest.param("soon", None, 'expected a date as YYYY-MM-DD, found "soon"', id="word"),
        pytest.param("", None, "expected a date, found nothing", id="nothing"),
        pytest.param("[2026-11-22]", None, "expected a date, found a list", id="list"),
    ],
)
def test_date(file: Path, value: str, found: date | None, message: str | None) -> None:
    """A date is written as YYYY-MM-DD, quoted or not."""
    messages = [f"a.yaml:1: a: {message}"] if message else []

    assert read(file, f"a: {value}\n", lambda root: root.mapping(("a",))["a"].date()) == (found, messages)


@pytest.mark.parametrize(
    ("value", "found", "message"),
    [
        pytest.param("blue", "blue", None, id="allowed"),
        pytest.param("green", "red", '"green" is not one of red, blue', id="other"),
        pytest.param("no", "red", 'expected a text, found a truth value "no" (quote it)', id="no-text"),
    ],
)
def test_one_of(file: Path, value: str, found: str, message: str | None) -> None:
    """A text out of a few is one of them, or the first with a problem noted."""
    messages = [f"a.yaml:1: a: {message}"] if message else []

    assert read(file, f"a: {value}\n", lambda root: root.mapping(("a",))["a"].one_of(("red", "blue"))) == (
        found,
        messages,
    )


@pytest.mark.parametrize(
    ("content", "found", "messages"),
    [
        pytest.param("[b, c]\n", ("b", "c"), [], id="list"),
        pytest.param("- b\n- c\n", ("b", "c"), [], id="lines"),
        pytest.param("[]\n", (), [], id="empty"),
        pytest.param("- b\n- c\n- b\n", ("b", "c"), ['a.yaml:3: [2]: "b" stands here twice'], id="twice"),
        pytest.param("- b\n- b \n", ("b",), ['a.yaml:2: [1]: "b" stands here twice'], id="twice-with-a-space"),
        pytest.param(
            "- 1\n-\n- b\n- {c: d}\n",
            ("b",),
            [
                'a.yaml:1: [0]: expected a text, found a number "1" (quote it)',
                "a.yaml:2: [1]: expected a text, found nothing (quote it)",
                "a.yaml:4: [3]: expected a text, found a mapping (a text with a colon in it has to stand in quotes)",
            ],
            id="several-problems",
        ),
        pytest.param("a: b\n", (), ["a.yaml:1: expected a list, found a mapping"], id="mapping"),
        pytest.param("b\n", (), ["a.yaml:1: expected a list, found a text"], id="text"),
    ],
)
def test_texts(file: Path, content: str, found: tuple[str, ...], messages: list[str]) -> None:
    """A list of texts holds every text once; what is not a text is left out with its place and line."""
    assert read(file, content, lambda root: root.texts()) == (found, messages)


@pytest.mark.parametrize(
    ("content", "found", "messages"),
    [
        pytest.param("id: b\n", ["id"], [], id="required"),
        pytest.param("note: c\nid: b\n", ["note", "id"], [], id="optional"),
        pytest.param(
            "id: b\nnaem: c\n", ["id"], ['a.yaml:2: naem: unknown key "naem"; known here: id, note'], id="unknown"
        ),
        pytest.param("note: c\n", ["note"], ['a.yaml:1: "id" is missing'], id="missing"),
        pytest.param("{}\n", [], ['a.yaml:1: "id" is missing'], id="nothing"),
        pytest.param(
            "id: b\nnote: c\nid: d\n", ["id", "note"], ['a.yaml:3: the key "id" is written twice'], id="twice"
        ),
        pytest.param(
            "id: b\nyes: c\n", ["id"], ['a.yaml:2: expected a text, found a truth value "yes" (quote it)'], id="yes-key"
        ),
        pytest.param(
            "id: b\n1: c\n", ["id"], ['a.yaml:2: expected a text, found a number "1" (quote it)'], id="number-key"
        ),
        pytest.param("id: b\n? [c]\n: d\n", ["id"], ["a.yaml:2: expected a text, found a list"], id="list-as-key"),
        pytest.param("- id\n", [], ["a.yaml:1: expected a mapping, found a list"], id="list"),
        pytest.param("id\n", [], ["a.yaml:1: expected a mapping, found a text"], id="text"),
        pytest.param("12\n", [], ["a.yaml:1: expected a mapping, found a number"], id="number"),
        pytest.param(
            "naem: b\nno: c\nnote: d\nnote: e\n",
            ["note"],
            [
                'a.yaml:1: "id" is missing',
                'a.yaml:1: naem: unknown key "naem"; known here: id, note',
                'a.yaml:2: expected a text, found a truth value "no" (quote it)',
                'a.yaml:4: the key "note" is written twice',
            ],
            id="several-problems",
        ),
    ],
)
def test_mapping(file: Path, content: str, found: list[str], messages: list[str]) -> None:
    """A mapping has the keys that are known, each once; all problems come in one pass, in the order of the lines."""
    assert read(file, content, lambda root: list(root.mapping(("id",), ("note",)))) == (found, messages)


def test_anchor_is_its_text(file: Path) -> None:
    """An alias stands for what was written at its anchor, and so does its problem's line."""

    def use(root: Field) -> list[str]:
        return [field.text() for field in root.mapping(("a", "b")).values()]

    assert read(file, "a: &x c\nb: *x\n", use) == (["c", "c"], [])
    assert read(file, "a: &x 1\nb: *x\n", use)[1] == [
        'a.yaml:1: a: expected a text, found a number "1" (quote it)',
        'a.yaml:1: b: expected a text, found a number "1" (quote it)',
    ]


def test_anchor_inside_itself(file: Path) -> None:
    """A list that holds itself is refused where a text was expected."""
    assert read(file, "&x\n- *x\n", lambda root: root.texts())[1] == ["a.yaml:1: [0]: expected a text, found a list"]


def test_merge_key(file: Path) -> None:
    """YAML's merge key is not silently dropped."""
    _, messages = read(file, "id: b\n<<: {note: c}\n", lambda root: root.mapping(("id",), ("note",)))

    assert len(messages) == 1
    assert messages[0].startswith("a.yaml:2: ")


def test_places(file: Path) -> None:
    """A problem's place is the path of keys and numbers inside the file."""
    content = "zh:\n  answer:\n    - b\n    - steps: [c, 2]\n"

    def use(root: Field) -> tuple[str, ...]:
        second = root.mapping(("zh",))["zh"].mapping(("answer",))["answer"].items()[1]
        return second.mapping((), ("steps",))["steps"].texts()

    assert read(file, content, use)[1] == [
        'a.yaml:4: zh.answer[1].steps[1]: expected a text, found a number "2" (quote it)'
    ]


def test_peek_reports_nothing(file: Path) -> None:
    """Looking at what stands in a mapping is no reading of it."""

    def peeked(root: Field) -> list[tuple[str, str, int]]:
        return [(key, field.place, field.line) for key, field in root.peek()]

    assert read(file, "a: 1\n1: b\n", peeked) == ([("a", "a", 1), ("1", "1", 2)], [])
    assert read(file, "- a\n", peeked) == ([], [])


def test_warning(file: Path) -> None:
    """A warning says so, and is not one of the errors."""
    file.write_text("a: b\n", encoding="utf-8")
    problems = Problems()
    field = read_yaml(file, "a.yaml", problems)
    assert field is not None

    field.warning("looks odd")
    field.problem("is wrong")

    assert [str(problem) for problem in problems.found] == ["a.yaml:1: warning: looks odd", "a.yaml:1: is wrong"]
    assert problems.errors == [Problem("a.yaml", 1, "", "is wrong")]


def test_order_of_problems() -> None:
    """Problems are listed by file, line and place, whatever the order in which they were found."""
    found = [Problem("b", 1, "", "1"), Problem("a", 10, "", "2"), Problem("a", 9, "z", "3"), Problem("a", 9, "y", "4")]

    assert [problem.what for problem in Problems(found).in_order()] == ["4", "3", "2", "1"]


def test_brackets_nested_too_deeply(file: Path) -> None:
    """Thousands of nested brackets, which crash the parser, are a problem like any other."""
    file.write_text("[" * 100_000, encoding="utf-8")
    problems = Problems()

    assert read_yaml(file, "a.yaml", problems) is None
    assert [str(problem) for problem in problems.found] == [
        "a.yaml:1: is not valid YAML: its brackets are nested too deeply"
    ]
