"""Files of test questions: what is read, and what is wrong in a file that is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import UsageError
from bot.questions import read_questions
from faq.evaluation import Question

GOOD = '{"q": "问", "lang": "zh", "ids": ["a", "b"], "kind": "plain"}'
EXPECTED = Question("问", "zh", ("a", "b"), "plain")


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "q.jsonl"


@pytest.mark.parametrize(
    ("content", "questions"),
    [
        pytest.param(GOOD, [EXPECTED], id="no-line-end"),
        pytest.param(f"\n{GOOD}\n  \n{GOOD}\n", [EXPECTED, EXPECTED], id="empty-lines"),
        pytest.param(f"{GOOD}\r\n{GOOD}\r\n", [EXPECTED, EXPECTED], id="windows-line-ends"),
        pytest.param(GOOD.replace("}", ', "note": 1}'), [EXPECTED], id="other-keys"),
        pytest.param(
            '{"q": "", "lang": "en", "ids": [], "kind": "far"}', [Question("", "en", (), "far")], id="out-of-scope"
        ),
        pytest.param(GOOD.replace("问", "\u2028问\x85"), [Question("\u2028问\x85", "zh", ("a", "b"), "plain")],
                     id="line-ends-of-unicode"),
    ],
)  # fmt: skip
def test_read(file: Path, content: str, questions: list[Question]) -> None:
    """Every line that is not empty is a question."""
    file.write_bytes(content.encode())

    assert read_questions(file) == questions
    assert read_questions(file, frozenset({"a", "b"})) == questions


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", ": holds no questions", id="empty"),
        pytest.param("\n \n", ": holds no questions", id="empty-lines"),
        pytest.param(GOOD.encode() + b"\n\xff", f": is not UTF-8 (byte {len(GOOD.encode()) + 1})", id="not-utf-8"),
        pytest.param(f"{GOOD}\n\n{{", ":3: is not JSON: Input data was truncated", id="not-json"),
        pytest.param("q: a", ":1: is not JSON: JSON is malformed: invalid character (byte 0)", id="yaml"),
        pytest.param("[]", ':1: expected an object with "q", "lang", "ids" and "kind"', id="list"),
        pytest.param("{}", ':1: expected an object with "q", "lang", "ids" and "kind"', id="empty-object"),
        pytest.param(
            GOOD.replace('"问"', "1"),
            ':1: expected an object with "q", "lang", "ids" and "kind"',
            id="number-as-question",
        ),
        pytest.param(GOOD.replace('"zh"', '"de"'), ':1: "lang" is "de", expected one of zh, en', id="language"),
        pytest.param(
            GOOD.replace('"lang"', '"language"'), ':1: "lang" is "None", expected one of zh, en', id="no-language"
        ),
        pytest.param(GOOD.replace('["a", "b"]', '"a"'), ':1: "ids" is not a list of entry ids', id="text-as-ids"),
        pytest.param(GOOD.replace('"b"', "2"), ':1: "ids" is not a list of entry ids', id="number-as-id"),
        pytest.param(GOOD.replace('"ids"', '"id"'), ':1: "ids" is not a list of entry ids', id="no-ids"),
        pytest.param(GOOD.replace("plain", "near"), ':1: "kind" is "near", expected one of plain, rough', id="kind"),
        pytest.param(
            GOOD.replace('"a", "b"', ""),
            ':1: "kind" is "plain", expected one of near, far, chat',
            id="kind-out-of-scope",
        ),
        pytest.param(
            GOOD.replace('"plain"', "[]"), ':1: "kind" is "[]", expected one of plain, rough', id="list-as-kind"
        ),
        pytest.param(f"{GOOD}\n{GOOD.replace('b', 'c')}", ':2: there is no entry "c"', id="unknown-id"),
    ],
)
def test_broken_file(file: Path, content: str | bytes, message: str) -> None:
    """What is wrong is said with the line and the value."""
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(UsageError) as caught:
        read_questions(file, frozenset({"a", "b"}))

    assert str(caught.value) == f"{file}{message}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: None, "cannot be read: No such file or directory", id="missing"),
        pytest.param(Path.mkdir, "cannot be read: Is a directory", id="folder"),
    ],
)
def test_unreadable_file(file: Path, make: Callable[[Path], None], message: str) -> None:
    """A file that cannot be opened is named with the reason."""
    make(file)

    with pytest.raises(UsageError) as caught:
        read_questions(file)

    assert str(caught.value) == f"{file}: {message}"


def test_ids_are_not_checked_without_a_list(file: Path) -> None:
    """Where it is not known which entries there are, any id is taken."""
    file.write_text(GOOD.replace('"a"', '"anything"'), encoding="utf-8")

    assert read_questions(file)[0].ids == ("anything", "b")
