"""Backups: real files, other processes that write, lock and fill the disk, and processes that are killed."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.errors import BotError, StoreError, UsageError
from bot.keeping.backup import MAKING, backup
from bot.keeping.database_files import LEFT_BEHIND
from bot.records import Feedback
from bot.store import Store
from tests.backup_helpers import PATIENCE, process, wait_for, without_rights
from tests.store_helpers import QUESTION, bytes_of, commit, other_process, rows, somebody, turn, using

LOCK = "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; DELETE FROM turns"
"""What lets nobody else read."""

WRITER = """
import asyncio, sys
from pathlib import Path
from bot.records import Feedback
from bot.store import Store
from tests.store_helpers import turn

async def main():
    async with await Store.open(Path(sys.argv[1])) as store:
        for n in range(1, 20_000):
            opinion = Feedback(f"entry {n}", "zh", helpful=True)
            await turn("writer", f"writer {n}", state={"n": n}, feedback=opinion).take(store)
            if n == 5: print("writing", flush=True)

asyncio.run(main())
"""
"""Writes a turn after the other: the offer's n, the opinions and the handled messages are equally many after each."""

COUNTS = """
SELECT json_extract(state, '$.n'), (SELECT count(*) FROM feedback WHERE person = people.id),
       (SELECT count(*) FROM handled WHERE update_id LIKE 'writer %')
FROM people JOIN turns ON person = people.id WHERE channel_id = 'writer'
"""

COPIER = """
import resource, signal, sys
from pathlib import Path
from bot.keeping.backup import backup
from bot.errors import BotError

timeout, limit = float(sys.argv[3]), int(sys.argv[4])
if limit:
    signal.signal(signal.SIGXFSZ, getattr(signal, sys.argv[5]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    print(backup(Path(sys.argv[1]), Path(sys.argv[2]), timeout))
except BotError as error:
    print(f"{type(error).__name__}: {error}")
"""


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


@pytest.fixture(name="target")
def _target(tmp_path: Path) -> Path:
    """Return a name for a backup, in a folder with an older one."""
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "old.db").write_bytes(b"old")
    return folder / "new.db"


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder, and see that the old backup is as it was."""
    assert (folder / "old.db").read_bytes() == b"old"
    return sorted(file.name for file in folder.iterdir())


async def fill(path: Path, people: int = 20) -> None:
    """Make a database of about 200 kB for each of so many people."""
    async with await Store.open(path) as store:
        for number in range(people):
            await turn(f"person {number}", str(number), state={"long": "x" * 200_000}).take(store)


def refusal(path: Path, target: Path, kind: type[BotError] = StoreError) -> str:
    """Return the sentence that a backup fails with, without the folder's name; nothing is left behind."""
    before = sorted(target.parent.glob("*"))
    with pytest.raises(kind) as caught:
        backup(path, target, busy_timeout=0.05)
    assert sorted(target.parent.glob("*")) == before
    return str(caught.value).replace(str(path), "DATABASE").replace(str(target), "TARGET")


def assert_plain(file: Path, size: int) -> None:
    """See that a database is for this user only, and that its header asks for no write-ahead log."""
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    assert len(content) == size
    assert content[18:20] == b"\1\1"


# What is copied


def test_copy_is_of_one_moment_while_another_process_writes(path: Path, target: Path) -> None:
    asyncio.run(fill(path, 300))
    with process(WRITER, path) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "writing\n"
        for number in range(2):
            copy = target.with_name(f"copy {number}.db")
            assert backup(path, copy) == copy.stat().st_size
            ((n, opinions, handled),) = rows(copy, COUNTS)
            assert n == opinions == handled
            wait_for(partial(rows, path, f"{COUNTS} AND json_extract(state, '$.n') > {n}"))
            assert writer.poll() is None
            assert asyncio.run(using(copy, lambda store: store.counts()))["helpful"] == n
    assert names(target.parent) == [*(f"copy {number}.db" for number in range(2)), "old.db"]


async def test_copy_is_a_plain_file_with_everything(path: Path, target: Path) -> None:
    feedback = Feedback("fees", "zh", helpful=False)
    async with await Store.open(path) as store:
        await turn(state={"n": 1}, feedback=feedback, unanswered=QUESTION).take(store)
        assert path.with_name("regbot.db-wal").stat().st_size > 0
        size = backup(path, target)
        export = await store.export(1)
    assert_plain(target, size)
    assert names(target.parent) == ["new.db", "old.db"]
    assert await using(target, lambda store: store.export(1)) == export


async def test_copy_lacks_what_is_not_committed_and_waits_for_nobody(path: Path, target: Path) -> None:
    await somebody(path)
    async with await Store.open(path):
        with other_process(path, "BEGIN IMMEDIATE; DELETE FROM people"):
            backup(path, target, busy_timeout=0.05)
    assert rows(target, "SELECT channel_id FROM people") == [("me",)]


def test_database_stays_as_it_was(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    before = path.read_bytes()
    backup(path, target)
    assert [file.name for file in path.parent.iterdir()] == ["regbot.db"]
    assert path.read_bytes() == before


def test_copy_of_a_copy_and_copy_put_back_are_databases(path: Path, target: Path) -> None:
    asyncio.run(commit(path, turn(state={"n": 1})))
    second = target.with_name("second.db")
    backup(path, target)
    backup(target, second)
    path.write_bytes(second.read_bytes())
    export = asyncio.run(using(path, lambda store: store.export(1)))
    assert export["last_offer"] == {"n": 1}
    assert asyncio.run(commit(path, turn())) == [False]
    assert asyncio.run(commit(path, turn(update_id="2"))) == [True]


def test_text_of_the_forgotten_is_not_in_the_copy(path: Path, target: Path) -> None:
    """The store could not yet remove it from the file's unused parts, and has noted so."""
    asyncio.run(somebody(path, "<person>"))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA secure_delete = OFF; DELETE FROM people; PRAGMA user_version = 1")
    assert b"<person>" in bytes_of(path)
    backup(path, target)
    assert b"<person>" not in bytes_of(target)


# What is refused


def test_missing_database_is_refused_and_not_made(path: Path, target: Path) -> None:
    assert refusal(path, target) == "the database DATABASE does not exist"
    assert not path.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no database " * 1000, "the database DATABASE is not an SQLite file"),
        (b"", "the database DATABASE is not one of the assistant's"),
    ],
    ids=["text", "empty"],
)
def test_other_file_is_refused(content: bytes, sentence: str, tmp_path: Path, target: Path) -> None:
    other = tmp_path / "other.db"
    other.write_bytes(content)
    assert refusal(other, target) == sentence
    assert other.read_bytes() == content


@pytest.mark.parametrize("table", ["mail (id)", "_sqlite_migrations (id, migration_set, name, applied_at)"])
def test_database_of_another_program_is_refused(table: str, tmp_path: Path, target: Path) -> None:
    other = tmp_path / "other.db"
    rows(other, f"CREATE TABLE {table}")
    assert refusal(other, target) == "the database DATABASE is not one of the assistant's"


def test_locked_database_is_refused_after_the_timeout(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    with other_process(path, LOCK):
        assert refusal(path, target) == "the database DATABASE is in use by another process"
    assert backup(path, target)


def test_damaged_database_is_refused(path: Path, target: Path) -> None:
    asyncio.run(fill(path, 2))
    whole = path.read_bytes()
    ((page,),) = rows(path, "SELECT rootpage FROM sqlite_master WHERE name = 'feedback'")
    no_page = whole[: (page - 1) * 4096] + b"\xff" * 4096 + whole[page * 4096 :]
    other_index = whole.replace(b"telegramperson 1", b"telegramperson 9", 1)
    for content in (no_page, other_index, whole[: len(whole) // 8192 * 4096]):
        assert content != whole
        path.write_bytes(content)
        assert refusal(path, target) == "the database DATABASE is damaged, so that no backup was made"
    path.write_bytes(whole)
    assert backup(path, target) == len(whole)


@pytest.mark.parametrize("taken", ["new.db", "new.db-wal", "new.db-journal"])
def test_name_that_is_taken_is_refused(taken: str, path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    file = target.with_name(taken)
    file.write_bytes(b"mine")
    assert refusal(path, target, UsageError).endswith("exists already; give the backup another name")
    assert file.read_bytes() == b"mine"


def test_database_is_not_copied_onto_itself_or_through_a_link(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    before = path.read_bytes()
    target.symlink_to(target.with_name("nowhere"))
    for taken in (path, target):
        with pytest.raises(UsageError, match=r"exists already; give the backup another name$"):
            backup(path, taken)
    assert path.read_bytes() == before
    assert names(target.parent) == ["new.db", "old.db"]


def test_missing_folder_is_refused_and_not_made(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    missing = target.parent / "folder" / "new.db"
    assert refusal(path, missing, UsageError) == f"there is no folder {missing.parent} for the backup"
    assert refusal(path, path / "new.db", UsageError) == "there is no folder DATABASE for the backup"


def test_what_this_user_may_not_read_or_write_is_refused(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    path.chmod(0o400)
    with without_rights(path.parent.parent, path.parent, target.parent, path):
        read_only = (
            "the database DATABASE cannot be read without the right to write: run this as the user whom it belongs to"
        )
        assert refusal(path, target) == read_only
        path.chmod(0o600)
        target.parent.chmod(0o500)
        assert refusal(path, target) == "the backup TARGET cannot be written: Permission denied"
        target.parent.chmod(0o700)
        path.parent.chmod(0o000)
        assert refusal(path, target) == "the database DATABASE cannot be read: Permission denied"
        path.parent.chmod(0o700)
        assert backup(path, target)


# What goes wrong on the way


def test_full_disk_leaves_nothing_behind(path: Path, disk: Path) -> None:
    asyncio.run(fill(path))
    assert refusal(path, disk / "new.db") == "the backup TARGET cannot be written: the disk is full"
    asyncio.run(using(path, lambda store: store.forget(1)))
    small = disk.parent / "small.db"
    asyncio.run(somebody(small))
    assert backup(small, disk / "new.db")


def test_process_stopped_while_it_writes_leaves_no_half_copy(path: Path, target: Path) -> None:
    """Its file may not grow further: it learns that first, and then is killed by the system for that."""
    asyncio.run(fill(path))
    with process(COPIER, path, target, 1, 1_500_000, "SIG_IGN") as copier:
        said, _ = copier.communicate(timeout=PATIENCE)
    assert said == f"StoreError: the backup {target} cannot be written: disk I/O error\n"
    assert names(target.parent) == ["old.db"]
    with process(COPIER, path, target, 1, 1_500_000, "SIG_DFL") as copier:
        assert copier.wait(PATIENCE) == -signal.SIGXFSZ
    assert_only_a_half_is_left(target)


@contextmanager
def waiting_copier(path: Path, target: Path, said: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a backup that has begun and waits for a lock, until the end of the block; `said` gets what it prints."""
    with process(COPIER, path, target, PATIENCE, 0) as copier:
        with other_process(path, LOCK):
            wait_for(lambda: [*target.parent.glob(f"{MAKING}*/*")])
            yield copier
        said += copier.communicate(timeout=PATIENCE)[0].splitlines()


def test_name_that_is_taken_meanwhile_is_refused(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    said: list[str] = []
    with waiting_copier(path, target, said):
        target.write_bytes(b"mine")
    assert said == [f"UsageError: the file {target} exists already; give the backup another name"]
    assert target.read_bytes() == b"mine"
    assert names(target.parent) == ["new.db", "old.db"]


def test_process_killed_while_it_waits_leaves_no_half_copy(path: Path, target: Path) -> None:
    asyncio.run(somebody(path))
    with waiting_copier(path, target, []) as copier:
        copier.send_signal(signal.SIGKILL)
        assert copier.wait(PATIENCE) == -signal.SIGKILL
    assert_only_a_half_is_left(target)
    (folder,) = target.parent.glob(f"{MAKING}*")
    backup(path, target)
    assert folder.exists(), "it might be another backup that is being made"
    long_ago = time.time() - LEFT_BEHIND - 1
    os.utime(folder, (long_ago, long_ago))
    backup(path, target.with_name("newer.db"))
    assert names(target.parent) == ["new.db", "newer.db", "old.db"]


def assert_only_a_half_is_left(target: Path) -> None:
    """See that the copy has no name of a backup, and is for this user only."""
    half, old = names(target.parent)
    assert old == "old.db"
    assert half.startswith(MAKING)
    assert (target.parent / half).stat().st_mode & 0o777 == 0o700
