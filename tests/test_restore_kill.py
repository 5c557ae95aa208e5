"""Restoring while other processes are in the way, and restoring that is killed: real processes, real locks."""

import asyncio
import json
import logging
import os
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.keeping.backup import backup
from bot.keeping.database_files import COMPANIONS, companion
from bot.keeping.restore import KEPT, MAKING, prepared
from bot.store import Store
from tests.backup_helpers import copy_files, left_by_a_crash, people, process
from tests.bot_api import BotApi
from tests.store_helpers import commit, other_process, turn, using
from tests.telegram_process import BotProcess

log = logging.getLogger(__name__)

STEP = 1 if "SOAK" in os.environ else 17
"""Restoring is killed before every so many-th line of its code."""

OLD, NEW = ["me", "you"], ["old friend"]
IN_USE = "is in use by another process; stop the bot and leave the chats first"

IDLE = """
import asyncio, sys
from pathlib import Path
from bot.store import Store

async def main():
    async with await Store.open(Path(sys.argv[1])):
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""

LATE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
print("open", flush=True)
sys.stdin.read()
try:
    for sql in ("BEGIN IMMEDIATE", "ROLLBACK", "PRAGMA journal_mode = WAL", "DELETE FROM people"):
        connection.execute(sql).fetchall()
    print("written")
except sqlite3.Error as error:
    print(error)
"""
"""Has opened the file, but taken no lock before it is told to go on."""

VICTIM = """
import json, os, signal, sys
from pathlib import Path
import sqlite_utils
import bot.keeping.database_files, bot.migrations, bot.keeping.restore

OURS = {bot.keeping.restore.__file__, bot.keeping.database_files.__file__}

def restore(file, database, last):
    lines = 0
    def trace(frame, event, _):
        nonlocal lines
        if frame.f_code.co_filename not in OURS:
            return None
        if event == "line":
            lines += 1
            if lines == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    with bot.keeping.restore.prepared(Path(file), Path(database)) as ready:
        ready.put_in_place()

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        restore(*json.loads(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
"""For every line of input, restores in a process that is killed before the last-th line of the code that does it."""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "regbot.db"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    asyncio.run(commit(tmp_path / "source.db", *(turn(name, name) for name in NEW)))
    backup(tmp_path / "source.db", tmp_path / "file.db")
    return tmp_path / "file.db"


def restore(file: Path, path: Path) -> Path | None:
    with prepared(file, path, busy_timeout=0.05) as ready:
        return ready.put_in_place()


def refusal(file: Path, path: Path) -> str:
    """Return what is wrong with the database; nothing is left behind."""
    with pytest.raises(StoreError) as caught:
        restore(file, path)
    assert not [one for one in path.parent.iterdir() if MAKING in one.name or KEPT in one.name]
    return str(caught.value).removeprefix(f"the database {path} ")


def fill(path: Path) -> None:
    asyncio.run(commit(path, *(turn(name, name) for name in OLD)))


def told(running: subprocess.Popen[str]) -> str:
    assert running.stdout
    return running.stdout.readline().strip()


# Who is in the way


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged meanwhile"])
def test_database_that_an_idle_process_has_open_is_not_replaced(damaged: bool, file: Path, path: Path) -> None:
    fill(path)
    with process(IDLE, path) as idle:
        assert told(idle) == "open"
        if damaged:
            with path.open("r+b") as broken:
                broken.write(b"no database")
            companion(path, "-wal").unlink()  # SQLite would mend the damage with it
        assert refusal(file, path) == IN_USE
        idle.communicate(timeout=60)
    assert restore(file, path)
    assert people(path) == NEW


def test_log_of_a_process_whose_database_was_deleted_is_left_to_it(file: Path, path: Path) -> None:
    fill(path)
    with process(IDLE, path) as idle:
        assert told(idle) == "open"
        path.unlink()
        assert refusal(file, path) == IN_USE
        idle.communicate(timeout=60)
    assert restore(file, path) is None
    assert people(path) == NEW


def test_database_that_is_locked_is_refused_after_the_timeout(file: Path, path: Path) -> None:
    fill(path)
    with other_process(path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; DELETE FROM turns"):
        assert refusal(file, path) == IN_USE
    assert restore(file, path)


async def test_database_of_a_running_bot_is_not_replaced(api: BotApi, folder: Path, file: Path, path: Path) -> None:
    async with BotProcess(api, path, "--entries", folder) as bot:
        assert await asyncio.to_thread(refusal, file, path) == IN_USE
        assert await bot.stop() == 0
    assert await asyncio.to_thread(restore, file, path)
    assert people(path) == NEW


def test_who_had_begun_to_open_the_old_file_cannot_go_on_with_it(file: Path, path: Path) -> None:
    """It would make a write-ahead log of the old database under the name of the new one's."""
    fill(path)
    with process(LATE, path) as late:
        assert told(late) == "open"
        kept = restore(file, path)
        assert late.communicate(timeout=60)[0] == "file is not a database\n"
    assert not [ending for ending in COMPANIONS if companion(path, ending).exists()]
    assert kept
    assert (people(path), people(kept)) == (NEW, OLD)


def meanwhile(monkeypatch: pytest.MonkeyPatch, sql: str, happens: Callable[[], object]) -> None:
    """Let something happen when restoring begins an SQL statement."""
    connect = sqlite3.connect

    def connected(*arguments: Any, **others: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **others)
        connection.set_trace_callback(lambda statement: happens() if statement == sql else None)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)


def test_who_is_quicker_to_open_the_database_keeps_it(file: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as quicker, monkeypatch.context() as patch:
        meanwhile(patch, "BEGIN EXCLUSIVE", lambda: quicker.execute("PRAGMA journal_mode = WAL").fetchall())
        assert refusal(file, path) == IN_USE
    assert people(path) == OLD


@pytest.mark.parametrize("sql", ["PRAGMA journal_mode = DELETE", "BEGIN EXCLUSIVE"])
def test_who_is_quicker_to_restore_is_not_undone(
    sql: str, file: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(path)
    other = path.with_name("other")
    with monkeypatch.context() as patch:
        meanwhile(patch, sql, lambda: other.exists() and other.replace(path))
        with prepared(file, path) as ready:
            other.write_bytes(file.read_bytes())
            with pytest.raises(StoreError, match=f"{IN_USE}$"):
                ready.put_in_place()
    assert people(path) == NEW
    assert not [*path.parent.glob(f"*{KEPT}*")]


def test_backup_that_is_being_written_is_refused(file: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes into it whenever a piece of it has been read."""
    fill(path)
    asyncio.run(written_by_others(file, path, monkeypatch))
    assert people(path) == OLD


async def written_by_others(file: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copyfileobj = shutil.copyfileobj
    async with await Store.open(file) as store:
        loop = asyncio.get_running_loop()

        def copy(*streams: object) -> None:
            copyfileobj(*streams)  # type: ignore[arg-type]
            asyncio.run_coroutine_threadsafe(turn("new", None).take(store), loop).result(60)

        monkeypatch.setattr(shutil, "copyfileobj", copy)
        said = "is being written; make a copy of it with regbot backup, and restore that"
        with pytest.raises(StoreError, match=f"the backup {file} {said}"):
            await asyncio.to_thread(restore, file, path)


# Killed at any moment


@pytest.fixture(name="crashed")
def _crashed(tmp_path: Path) -> Path:
    """Return a database whose people stand only in its write-ahead log."""
    folder = tmp_path / "crashed"
    folder.mkdir()
    asyncio.run(left_by_a_crash(folder / "regbot.db", *(turn(name, name) for name in OLD)))
    return folder / "regbot.db"


def attempts(victim: subprocess.Popen[str], file: Path, crashed: Path, path: Path) -> Iterator[tuple[int, int]]:
    """Restore again and again, killed later each time, until it comes to its end; yields the line and the exit status."""
    assert victim.stdin
    for last in range(1, 2000, STEP):
        for left in path.parent.iterdir():
            subprocess.run(["rm", "-r", left], check=True)
        copy_files(crashed, path)
        victim.stdin.write(f"{json.dumps([str(file), str(path), last])}\n")
        victim.stdin.flush()
        status = int(told(victim))
        yield last, status
        if status == 0:
            return
    raise AssertionError("it has no end")


def test_whenever_it_is_killed_one_of_both_databases_is_whole_under_the_name(
    file: Path, crashed: Path, path: Path
) -> None:
    """What stands in the old one's write-ahead log is found in the old one, and never in the new one."""
    before = file.read_bytes()
    fates: Counter[str] = Counter()
    with process(VICTIM) as victim:
        for last, status in attempts(victim, file, crashed, path):
            assert status in {0, -9}, last
            found = people(path)
            kept = [one for one in path.parent.glob(f"*{KEPT}*") if one.is_file()]
            assert all(people(one) == OLD for one in kept), last
            assert found == OLD or (found == NEW and len(kept) == 1), last
            assert file.read_bytes() == before
            fates[f"{found} {'killed' if status else 'ended'}"] += 1
            counts = asyncio.run(using(path, lambda store: store.counts()))
            assert counts["people"] == len(found), last
            assert all(one.stat().st_mode & 0o777 == 0o700 for one in path.parent.glob(f"{MAKING}*"))
    log.info("%s", dict(fates))

    assert fates[f"{OLD} killed"] > 5
    assert fates[f"{NEW} ended"] == 1
    assert STEP > 1 or fates[f"{NEW} killed"] > 3
    assert restore(file, path) == companion(path, f"{KEPT}-2")
