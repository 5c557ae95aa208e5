"""Errors on the command line: one sentence on stderr, exit status 1, no traceback."""

import io
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TextIO

import pytest
from click.testing import Result

from bot.cli import main
from tests.flow_edits import beside

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]
Edit = Callable[[str, str, str], None]


def not_sqlite(folder: Path) -> Path:
    (folder / "a.db").write_bytes(b"this is not a database" * 100)
    return folder / "a.db"


def newer(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        connection.execute("CREATE TABLE _sqlite_migrations (migration_set TEXT, name TEXT, applied_at TEXT)")
        connection.execute("INSERT INTO _sqlite_migrations VALUES ('regbot', 'm999_fly', '2030-01-01')")
        connection.commit()
    return folder / "a.db"


def of_another_program(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    return folder / "a.db"


def below_a_file(folder: Path) -> Path:
    (folder / "a").touch()
    return folder / "a" / "a.db"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(not_sqlite, "is not an SQLite file", id="not-sqlite"),
        pytest.param(
            newer,
            'was written by a newer version (it has the migration "m999_fly"); upgrade the assistant or use another file',
            id="newer",
        ),
        pytest.param(of_another_program, "belongs to another program; use another file", id="of-another-program"),
        pytest.param(lambda folder: folder, "cannot be opened for reading and writing", id="folder"),
        pytest.param(below_a_file, "cannot be made: File exists", id="below-a-file"),
    ],
)
def test_bad_database(
    run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path, make: Callable[[Path], Path], message: str
) -> None:
    """A database that cannot be used ends the chat with one sentence that names it, wherever the name came from."""
    path = make(folder.parent)
    monkeypatch.setenv("REGBOT_DATABASE", str(path))

    for option in (["--database", path], []):
        result = run("chat", "--entries", folder, "--flows", beside(folder), *option, stdin="hello\n")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"regbot: the database {path} {message}\n"


@pytest.mark.parametrize(
    "arguments",
    [["chat"], ["ask", "x"], ["ask", "--json"], ["explain", "x"], ["show", "form"], ["eval", "x.jsonl"]],
    ids=" ".join,
)
def test_bad_folder(run: Run, folder: Path, edit: Edit, arguments: list[str]) -> None:
    """Content that cannot be used ends every command with one sentence."""
    missing = run(*arguments, "--entries", folder / "nowhere", stdin="x\n")
    edit("papers/form.yaml", "id: form", "id: from")
    broken = run(*arguments, "--entries", folder)

    sentence = f'regbot: the content folder "{folder / "nowhere"}" does not exist\n'
    assert (missing.exit_code, missing.stdout, missing.stderr) == (1, "", sentence)
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert broken.stderr == (
        f"regbot: the content in {folder} has problems: content/papers/form.yaml:1: "
        'id: "from" is not the file\'s name "form"; `regbot check` lists them all\n'
    )


def test_bad_flows(run: Run, folder: Path, database: Path) -> None:
    """Flows that cannot be used end the chat with one sentence, before anything is written."""
    flows = beside(folder)
    (flows / "letters.yaml").write_text("", encoding="utf-8")

    for place, problem in (
        ("nowhere", "nowhere:1: this folder does not exist"),
        (flows, "flows/letters.yaml:1: is empty"),
    ):
        result = run("chat", "--entries", folder, "--flows", place, "--database", database, stdin="hello\n")
        assert (result.exit_code, result.stdout) == (1, "")
        assert (
            result.stderr == f"regbot: the flows in {place} have problems: {problem}; `regbot check` lists them all\n"
        )
        assert not database.exists()


@pytest.mark.parametrize("name", ["Asia/Nowhere", "../../etc/passwd", "Asia", "/etc/localtime", "x" * 500])
def test_bad_time_zone(run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path, name: str) -> None:
    """A time zone that does not exist ends the chat with one sentence, wherever the name came from."""
    monkeypatch.setenv("REGBOT_TIMEZONE", name)
    sentence = f'there is no time zone "{name}"; name one as in the IANA database, such as Asia/Urumqi'

    for option in (["--timezone", name], []):
        result = run("chat", "--entries", folder, "--flows", beside(folder), *option, stdin="hello\n")
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {sentence}\n")


def test_error_of_a_process(regbot: Process, folder: Path) -> None:
    """The process itself ends with the sentence and the exit status 1."""
    path = not_sqlite(folder.parent)

    done = regbot("chat", "--entries", folder, "--flows", beside(folder), "--database", path, stdin=b"hello\n")

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"regbot: the database {path} is not an SQLite file\n"


def test_check_of_no_folder(run: Run, folder: Path) -> None:
    """A folder that does not exist is one error."""
    result = run("check", "--entries", "nowhere")

    assert (result.exit_code, result.stdout) == (1, "nowhere:1: this folder does not exist\n")
    assert result.stderr == "1 error, 0 warnings\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "q.jsonl: cannot be read: No such file or directory", id="missing"),
        pytest.param("", "q.jsonl: holds no questions", id="empty"),
        pytest.param('{"q": "a"', "q.jsonl:1: is not JSON: Input data was truncated", id="not-json"),
        pytest.param(
            '{"q": "a", "lang": "zh", "ids": ["from"], "kind": "plain"}', 'q.jsonl:1: there is no entry "from"', id="id"
        ),
    ],
)
def test_bad_questions(run: Run, folder: Path, content: str | None, message: str) -> None:
    """A file of questions that cannot be used ends the command with one sentence."""
    if content is not None:
        (folder.parent / "q.jsonl").write_text(content, encoding="utf-8")

    result = run("eval", "q.jsonl", "--entries", folder)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


@pytest.mark.parametrize("arguments", [["ask"], ["show"]], ids=" ".join)
def test_arguments_in_another_encoding(regbot: Process, folder: Path, arguments: list[str]) -> None:
    """Arguments that are no UTF-8 are no reason for a traceback."""
    garbled = "系统几月".encode("gb18030").decode(errors="surrogateescape")

    done = regbot(*arguments, garbled, "--entries", folder)

    assert b"Traceback" not in done.stderr
    assert done.returncode == (0 if arguments == ["ask"] else 1)


class Bare(io.StringIO):
    """A stream whose encoding cannot be changed."""

    reconfigure = property(None)


@pytest.mark.parametrize("start", [main, lambda: runpy.run_module("bot", run_name="__main__")], ids=["main", "module"])
@pytest.mark.parametrize(
    "stream", [Bare, lambda: io.TextIOWrapper(io.BytesIO(), "latin-1", write_through=True)], ids=["bare", "latin"]
)
def test_main(
    monkeypatch: pytest.MonkeyPatch, folder: Path, start: Callable[[], object], stream: Callable[[], TextIO]
) -> None:
    """The program ends with the command's exit status; what its output cannot show is replaced."""
    monkeypatch.setattr(sys, "argv", ["regbot", "show", "蚂蚁", "--entries", str(folder)])
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream())

    with pytest.raises(SystemExit) as caught:
        start()

    assert caught.value.code == 1
    sys.stderr.seek(0)
    shown = "蚂蚁" if isinstance(sys.stderr, Bare) else "??"
    assert sys.stderr.read() == f'regbot: there is no entry "{shown}"\n'
