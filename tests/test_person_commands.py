"""What an operator does for somebody who cannot write to the assistant any more: their data, or its end."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from bot.records import Unanswered
from tests.store_helpers import NOW, bytes_of, commit, other_process, rows, turn

Run = Callable[..., Result]

SECRET = "我在哪个窗口问"


@pytest.fixture(name="path")
async def _path(tmp_path: Path) -> Path:
    path = tmp_path / "regbot.db"
    question = Unanswered(SECRET, "zh", "none")
    await commit(path, turn("123", "1", NOW, unanswered=question), turn("124", "2", NOW))
    return path


def test_all_that_is_stored_is_printed(run: Run, path: Path) -> None:
    result = run("person", "export", "telegram", "123", "--database", path)

    assert result.exit_code == 0
    stored = json.loads(result.stdout)
    assert (stored["person"]["channel_id"], stored["unanswered"][0]["text"]) == ("123", SECRET)


@pytest.mark.parametrize(("arguments", "typed"), [(["--yes"], None), ([], "y\n")], ids=["yes", "asked"])
def test_all_about_one_person_is_deleted(run: Run, path: Path, arguments: list[str], typed: str | None) -> None:
    assert SECRET.encode() in bytes_of(path)

    result = run("person", "forget", "telegram", "123", "--database", path, *arguments, stdin=typed)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "deleted")
    assert rows(path, "SELECT channel_id FROM people") == [("124",)]
    assert SECRET.encode() not in bytes_of(path)


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_nothing_is_deleted_without_a_yes(run: Run, path: Path, typed: str) -> None:
    result = run("person", "forget", "telegram", "123", "--database", path, stdin=typed)

    assert "Delete everything about 123 on telegram, last seen 2026-11-22?" in result.stdout
    assert result.exit_code == 1
    assert len(rows(path, "SELECT * FROM people")) == 2


@pytest.mark.parametrize("what", [["export"], ["forget", "--yes"]], ids=["export", "forget"])
@pytest.mark.parametrize("who", [("telegram", "125"), ("telgram", "123")])
def test_nobody_is_said_to_be_nobody(run: Run, path: Path, what: list[str], who: tuple[str, str]) -> None:
    result = run("person", what[0], *who, *what[1:], "--database", path)

    said = f'nobody is known as "{who[1]}" on "{who[0]}"; channels are telegram and terminal'
    assert (result.exit_code, result.stderr) == (1, f"regbot: {said}\n")
    assert len(rows(path, "SELECT * FROM people")) == 2


def test_a_database_that_is_not_there_is_not_made(run: Run, tmp_path: Path) -> None:
    result = run("person", "export", "telegram", "1", "--database", tmp_path / "none.db")

    assert (result.exit_code, result.stderr) == (1, f"regbot: the database {tmp_path / 'none.db'} does not exist\n")
    assert not (tmp_path / "none.db").exists()


def test_a_database_in_use_is_named_and_nothing_is_lost(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.Store.open.__func__.__defaults__", (0.1,))
    with other_process(path, "BEGIN IMMEDIATE"):
        result = run("person", "forget", "telegram", "123", "--yes", "--database", path)

    assert (result.exit_code, result.stderr) == (1, f"regbot: the database {path} is in use by another process\n")
    assert len(rows(path, "SELECT * FROM people")) == 2
