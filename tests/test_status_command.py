"""`regbot status`: what it prints, its JSON, and its exit status for monitoring."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result

from bot.health.heartbeat import Dealt, Reload, heartbeat_path
from bot.health.service import content_version
from bot.keeping.backup import backup
from bot.migrations import LATEST
from bot.sources import Sources
from tests.status_helpers import NOW, beat, fill, small_sources
from tests.store_helpers import QUESTION

Run = Callable[..., Result]
ERRORS = 3


@pytest.fixture(name="sources")
def _sources(folder: Path) -> Sources:
    return small_sources(folder)


@pytest.fixture(name="filled")
async def _filled(database: Path) -> Path:
    return await fill(database)


def options(database: Path, sources: Sources) -> list[str | Path]:
    assert sources.entries
    assert sources.flows
    return [
        "--database",
        database,
        "--entries",
        sources.entries,
        "--flows",
        sources.flows,
        "--timezone",
        "Asia/Shanghai",
    ]


def test_command_shows_everything(run: Run, filled: Path, sources: Sources, tmp_path: Path) -> None:
    beat(filled, sources, at=datetime.now(UTC), errors=ERRORS)
    backups = tmp_path / "backups"
    backups.mkdir()
    backup(filled, backups / "today.db")
    result = run("status", *options(filled, sources), "--backups", backups, "--deep")
    assert (result.exit_code, result.stderr) == (1, "")
    shown = {line[:14].strip(): line[14:] for line in result.stdout.splitlines() if line[:14].strip()}
    assert shown["database"].startswith(f"{filled}, ")
    assert shown["database"].endswith(f"{LATEST[-1]}, no damage found")
    assert shown["people"] == "1"
    assert shown["reminders"] == "0 pending, 0 of them overdue"
    assert shown["unanswered"] == "1 open, 0 decided and to be applied"
    assert shown["service"].startswith(f"running, @reg_bot on telegram, process {os.getpid()} since 2")
    assert shown["last update"].endswith(" (number 5)")
    assert shown["last failure"] == "none since the start"
    version = content_version(sources)
    assert shown["content"] == f"{version} in force, the same on disk"
    assert shown["errors"] == "3 in the last 24 hours, 0 warnings"
    assert "                3: error turn.py:7 work" in result.stdout.splitlines()
    assert shown["backup"].startswith("today.db, ")
    assert "\n(times of Asia/Shanghai; it is 2" in result.stdout
    assert "\nneeds attention: 3 errors in the last 24 hours; the log has more\n" in result.stdout
    assert QUESTION.text not in result.stdout


def test_exit_status_says_whether_all_is_fine(run: Run, filled: Path, sources: Sources) -> None:
    beat(filled, sources, at=datetime.now(UTC))
    result = run("status", *options(filled, sources))
    if "of the disk" not in result.stdout and "free on the disk" not in result.stdout:
        assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "all fine")
    heartbeat_path(filled, "telegram").unlink()
    result = run("status", *options(filled, sources))
    assert result.exit_code == 1
    assert "needs attention: the service on telegram has never run on this database" in result.stdout


def test_json_has_a_stable_shape(run: Run, filled: Path, sources: Sources) -> None:
    beat(filled, sources, at=datetime.now(UTC), errors=1, failed=Dealt(6, NOW), reload=Reload(NOW, "x", ok=False))
    result = run("status", "--json", *options(filled, sources), "--backups", filled.parent)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    shape = {key: sorted(value) if isinstance(value, dict) else type(value).__name__ for key, value in found.items()}
    assert shape == {
        "state": "str",
        "at": "str",
        "attention": "list",
        "database": ["bytes", "file", "migration", "version", "whole"],
        "people": "int",
        "reminders": ["late", "overdue", "paused_since", "pending"],
        "unanswered": ["open", "to_apply"],
        "service": ["beat", "channel", "state"],
        "content": ["in_force", "on_disk"],
        "errors": ["kinds", "times", "warnings"],
        "disk": ["free", "total"],
        "backup": ["at", "file", "folder"],
    }
    assert found["state"] == "attention"
    told = {one["code"] for one in found["attention"]} - {"disk"}
    assert told == {"errors", "reload", "backup"}
    assert all(list(one) == ["code", "text"] for one in found["attention"])
    assert found["service"]["beat"]["handled"]["update"] == 5


@pytest.mark.parametrize(
    ("content", "arguments", "sentence"),
    [
        (None, [], "the database DATABASE does not exist"),
        (b"no database " * 1000, [], "the database DATABASE is not an SQLite file"),
        (
            b"",
            ["--timezone", "Mars"],
            'there is no time zone "Mars"; name one as in the IANA database, such as Asia/Urumqi',
        ),
        (b"", ["--channel", "../x"], '"../x" is not the name of a channel, such as telegram'),
    ],
    ids=["missing", "text", "zone", "channel"],
)
def test_what_cannot_be_told_has_an_exit_status_of_its_own(
    run: Run, database: Path, content: bytes | None, arguments: list[str], sentence: str
) -> None:
    if content is not None:
        database.write_bytes(content)
    before = sorted(database.parent.iterdir())
    sentence = sentence.replace("DATABASE", str(database))
    result = run("status", "--database", database, *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"regbot: {sentence}\n")
    result = run("status", "--database", database, "--json", *arguments)
    assert (result.exit_code, json.loads(result.stdout)) == (2, {"state": "unknown", "error": sentence})
    assert sorted(database.parent.iterdir()) == before


def test_folder_of_backups_that_does_not_exist(run: Run, filled: Path, sources: Sources, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    result = run("status", *options(filled, sources), "--backups", missing)
    assert (result.exit_code, result.stderr) == (
        2,
        f"regbot: the folder of the backups {missing} cannot be read: No such file or directory\n",
    )


def test_database_that_this_user_may_not_see(run: Run, filled: Path, sources: Sources, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can be somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    result = None
    above = [folder for folder in closed.parents if not folder.stat().st_mode & 0o001]
    modes = [folder.stat().st_mode for folder in above]
    for folder in above:
        folder.chmod(0o711)
    os.setresuid(65534, 65534, 0)
    try:
        result = run("status", *options(closed / "regbot.db", sources))
    finally:
        os.setresuid(0, 0, 0)
        for folder, mode in zip(above, modes, strict=True):
            folder.chmod(mode)
    assert (result.exit_code, result.stderr) == (2, "regbot: the database cannot be read: Permission denied\n")
