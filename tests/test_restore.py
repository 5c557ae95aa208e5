"""What may be put in place of the database, and what becomes of that: real files, real rights, a disk that is full."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from bot.errors import BotError, StoreError, UsageError
from bot.keeping.backup import backup
from bot.keeping.database_files import COMPANIONS, companion
from bot.keeping.restore import Contents, prepared
from bot.store import Store
from tests.backup_helpers import NOBODY, left_by_a_crash, people, without_rights
from tests.store_helpers import NOW, QUESTION, commit, rows, turn, using

Run = Callable[..., Result]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    """Return a backup in which "old friend" stands."""
    return made(tmp_path / "backups" / "file.db", "old friend")


def made(target: Path, *names: str, long: int = 0) -> Path:
    """Make a backup of a database of some people, with so much to remember about each."""
    source = target.parent / "source" / "regbot.db"
    turns = (turn(name, name, state={"long": "x" * long}, unanswered=QUESTION) for name in names)
    asyncio.run(commit(source, *turns))
    backup(source, target)
    source.unlink()
    source.parent.rmdir()
    return target


def fill(path: Path, *names: str) -> None:
    asyncio.run(commit(path, *(turn(name, name) for name in names)))


def restore(file: Path, path: Path) -> Path | None:
    """Put a backup in place of the database."""
    with prepared(file, path, busy_timeout=0.05) as ready:
        return ready.put_in_place()


def refusal(file: Path, path: Path, kind: type[BotError] = StoreError) -> str:
    """Return the sentence that restoring fails with, without the files' names; nothing is changed or left behind."""
    before = state(path.parent), state(file.parent)
    with pytest.raises(kind) as caught:
        restore(file, path)
    assert (state(path.parent), state(file.parent)) == before
    return str(caught.value).replace(str(path), "DATABASE").replace(str(file), "FILE")


def state(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*") if file.is_file()}


# What is put in place


def test_backup_takes_the_place_of_the_database_which_is_kept(file: Path, path: Path) -> None:
    asyncio.run(left_by_a_crash(prepared_folder(path), *(turn(name, name) for name in ("me", "you"))))
    content = file.read_bytes()
    kept = restore(file, path)
    assert kept == companion(path, ".before-restore")
    assert sorted(state(path.parent)) == ["regbot.db", "regbot.db.before-restore"]
    assert (people(path), people(kept)) == (["old friend"], ["me", "you"])
    assert {one.stat().st_mode & 0o777 for one in (path, kept)} == {0o600}
    assert state(file.parent) == {"file.db": content}
    assert asyncio.run(commit(path, turn("old friend", "old friend"), turn("old friend", "new"))) == [False, True]


def prepared_folder(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_kept_databases_are_numbered_and_can_be_put_back(file: Path, path: Path) -> None:
    fill(path, "me")
    first = restore(file, path)
    assert first
    second = restore(first, path)
    assert second == companion(path, ".before-restore-2")
    assert (people(path), people(first), people(second)) == (["me"], ["me"], ["old friend"])
    companion(path, ".before-restore-3-wal").write_bytes(b"")
    assert restore(file, path) == companion(path, ".before-restore-4")


@pytest.mark.parametrize("folder", [True, False], ids=["folder", "no folder"])
def test_where_nothing_is_the_backup_becomes_the_database(folder: bool, file: Path, path: Path) -> None:
    if folder:
        prepared_folder(path)
    assert restore(file, path) is None
    assert sorted(state(path.parent)) == ["regbot.db"]
    assert people(path) == ["old friend"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_log_of_a_database_that_was_deleted_is_not_applied(file: Path, path: Path) -> None:
    asyncio.run(left_by_a_crash(prepared_folder(path), *(turn(name, name) for name in ("me", "you"))))
    path.unlink()
    assert restore(file, path) is None
    assert asyncio.run(using(path, lambda store: store.counts()))["people"] == 1
    assert sorted(state(path.parent)) == ["regbot.db", "regbot.db.before-restore-wal"]


def test_raw_copy_is_restored_with_its_log_and_stays_as_it_is(tmp_path: Path, path: Path) -> None:
    raw = prepared_folder(tmp_path / "raw" / "raw.db")
    asyncio.run(left_by_a_crash(raw, *(turn(name, name) for name in ("me", "you"))))
    before = state(raw.parent)
    restore(raw, path)
    assert state(raw.parent) == before
    assert people(path) == ["me", "you"]


def test_backup_of_an_earlier_version_is_brought_up_to_this_one(tmp_path: Path, path: Path) -> None:
    from sqlite_utils import Database

    from bot.migrations import LATEST, migrations

    with closing(sqlite3.connect(tmp_path / "early.db")) as connection:
        migrations.apply(Database(connection, execute_plugins=False), stop_before=LATEST[5])
    restore(tmp_path / "early.db", path)
    assert asyncio.run(using(path, lambda store: store.counts()))["people"] == 0


def test_database_of_a_newer_version_is_replaced_and_its_copy_is_refused(file: Path, path: Path) -> None:
    """So that one can go back to a backup after an upgrade."""
    fill(path, "me")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(CHANGES["newer"][0])
    newer = path.parent.parent / "newer.db"
    backup(path, newer)
    assert restore(file, path)
    assert people(path) == ["old friend"]
    assert refusal(newer, path) == CHANGES["newer"][1]


@pytest.mark.parametrize("content", [b"", b"no database " * 1000], ids=["empty", "text"])
def test_what_is_no_database_any_more_is_kept_as_it_is(content: bytes, file: Path, path: Path) -> None:
    prepared_folder(path).write_bytes(content)
    for ending in COMPANIONS:
        companion(path, ending).write_bytes(b"left behind")
    kept = restore(file, path)
    assert kept
    assert kept.read_bytes() == content
    assert not [ending for ending in COMPANIONS if companion(path, ending).exists()]
    assert asyncio.run(using(path, lambda store: store.counts()))["people"] == 1


def test_damaged_pages_of_the_database_are_kept_as_they_are(file: Path, path: Path) -> None:
    fill(path, "me")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    damaged = path.read_bytes()
    kept = restore(file, path)
    assert kept
    assert kept.read_bytes()[100:] == damaged[100:]
    assert people(path) == ["old friend"]


def test_rights_that_somebody_set_and_a_link_are_kept(file: Path, path: Path) -> None:
    fill(path, "me")
    path.chmod(0o640)
    link = path.parent.parent / "link.db"
    link.symlink_to(path)
    kept = restore(file, link)
    assert kept == companion(path, ".before-restore")
    assert link.is_symlink()
    assert (people(path), path.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (["old friend"], 0o640, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("there", [True, False], ids=["owner of the database", "owner of the folder"])
def test_root_gives_the_files_to_the_user_of_the_service(there: bool, file: Path, path: Path) -> None:
    prepared_folder(path)
    if there:
        fill(path, "me")
        os.chown(path, NOBODY, NOBODY)
    else:
        os.chown(path.parent, NOBODY, NOBODY)
    restore(file, path)
    owners = {(one.stat().st_uid, one.stat().st_gid) for one in path.parent.glob("regbot.db*")}
    assert owners == {(NOBODY, NOBODY)}


# What is refused


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "the backup FILE does not exist"),
        (b"no database " * 1000, "the backup FILE is not an SQLite file"),
        (b"", "the backup FILE is not one of the assistant's"),
    ],
    ids=["missing", "text", "empty"],
)
def test_other_file_is_refused(content: bytes | None, sentence: str, tmp_path: Path, path: Path) -> None:
    fill(path, "me")
    other = tmp_path / "other.db"
    if content is not None:
        other.write_bytes(content)
    assert refusal(other, path) == sentence


def test_what_is_no_file_is_refused(tmp_path: Path, path: Path) -> None:
    fill(path, "me")
    os.mkfifo(tmp_path / "pipe")
    for one in (tmp_path / "pipe", path.parent):
        with pytest.raises(StoreError, match=r"is not a file$"):
            restore(one, path)


CHANGES = {
    "newer": (
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('regbot', 'm099_x', '2030')",
        'the backup FILE was written by a newer version (it has the migration "m099_x"); upgrade the assistant first',
    ),
    "another program's": ("DROP TABLE _sqlite_migrations", "the backup FILE is not one of the assistant's"),
    "without people": (
        "PRAGMA foreign_keys = OFF; DROP TABLE unanswered_by; DROP TABLE people; DELETE FROM turns",
        "the backup FILE is not one of the assistant's",
    ),
    "rows of nobody": ("DELETE FROM people", "the backup FILE is damaged; use another one"),
}


@pytest.mark.parametrize(("change", "sentence"), CHANGES.values(), ids=CHANGES)
def test_backup_that_is_not_for_this_version_is_refused(change: str, sentence: str, file: Path, path: Path) -> None:
    fill(path, "me")
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(change)
    assert refusal(file, path) == sentence


def test_damaged_backup_is_refused(file: Path, path: Path) -> None:
    fill(path, "me")
    whole = file.read_bytes()
    ((page,),) = rows(file, "SELECT rootpage FROM sqlite_master WHERE name = 'turns'")
    no_page = whole[: (page - 1) * 4096] + b"\xff" * 4096 + whole[page * 4096 :]
    other_index = whole.replace(b"telegramold friend", b"telegramold fiends", 1)
    for content in (no_page, other_index, whole[: len(whole) // 8192 * 4096]):
        assert content != whole
        file.write_bytes(content)
        assert refusal(file, path) == "the backup FILE is damaged; use another one"


def test_database_itself_is_refused(path: Path, tmp_path: Path) -> None:
    fill(path, "me")
    link = tmp_path / "link.db"
    link.hardlink_to(path)
    for one in (path, link):
        assert (
            refusal(one, path, UsageError)
            == f"{'DATABASE' if one == path else 'FILE'} is the database itself; name a backup of it"
        )


def test_database_of_another_program_is_refused(file: Path, path: Path) -> None:
    rows(prepared_folder(path), "CREATE TABLE mail (id)")
    assert refusal(file, path) == "the database DATABASE belongs to another program; use another file"


def test_what_this_user_may_not_read_or_write_is_refused(file: Path, path: Path) -> None:
    fill(path, "me")
    with without_rights(path.parent.parent, path.parent, path, file.parent, file):
        path.parent.chmod(0o500)
        assert refusal(file, path) == "the database DATABASE cannot be replaced: Permission denied"
        path.parent.chmod(0o700)
        path.chmod(0o400)
        assert (
            refusal(file, path) == "the database DATABASE cannot be replaced: run this as the user whom it belongs to"
        )
        path.chmod(0o600)
        file.chmod(0o000)
        with pytest.raises(StoreError) as caught:
            restore(file, path)
        assert str(caught.value) == f"the backup {file} cannot be read: Permission denied"
        file.chmod(0o600)
        assert restore(file, path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_users_database_is_refused_also_when_it_can_be_written(file: Path, path: Path) -> None:
    fill(path, "me")
    with without_rights(path.parent.parent, path.parent, file.parent, file):
        os.setresuid(0, 0, 0)
        path.chmod(0o666)
        os.setresuid(NOBODY, NOBODY, 0)
        assert (
            refusal(file, path) == "the database DATABASE cannot be replaced: run this as the user whom it belongs to"
        )


@pytest.mark.parametrize(
    "size", [2_500_000, 700_000], ids=["no room for the new one", "no room for the one that is kept"]
)
def test_full_disk_loses_nothing(size: int, tmp_path: Path, disk: Path) -> None:
    path = disk / "regbot.db"
    asyncio.run(commit(path, turn("me", "1", state={"long": "x" * 800_000})))
    file = made(tmp_path / "backups" / "file.db", "friend", long=size)
    with pytest.raises(StoreError) as caught:
        restore(file, path)
    assert str(caught.value) == f"the database {path} cannot be replaced: the disk is full"
    assert people_on(disk, tmp_path) == ["me"]
    assert [one.name for one in disk.iterdir()] == ["regbot.db"]
    asyncio.run(using(path, lambda store: store.forget(1)))
    if size < 2_000_000:
        assert restore(file, path)


def people_on(disk: Path, tmp_path: Path) -> list[str]:
    """Return who stands in the database on the small disk, on which there is no room to look at a copy."""
    target = tmp_path / "from-disk.db"
    target.write_bytes((disk / "regbot.db").read_bytes())
    return people(target)


# The command


def test_command_shows_both_and_replaces_only_when_told_to(file: Path, path: Path, run: Run) -> None:
    fill(path, "me", "you")
    before = state(path.parent)
    shown = run("restore", file, "--database", path, "--timezone", "Asia/Urumqi")
    assert shown.exit_code == 1
    assert shown.output == (
        f"there now:         {path}: 2 people, last turn 2026-11-22 14:30, {path.stat().st_size:,} bytes\n"
        f"would replace it:  {file}: 1 people, last turn 2026-11-22 14:30, {file.stat().st_size:,} bytes\n"
        "(times of Asia/Urumqi)\n"
        f"regbot: the database {path} exists; give --yes to put {file} in its place\n"
    )
    assert state(path.parent) == before
    done = run("restore", file, "--database", path, "--yes")
    assert done.exit_code == 0
    assert done.output == (
        f"{path}: restored from {file}: 1 people, last turn 2026-11-22 16:30, {file.stat().st_size:,} bytes (Asia/Shanghai)\n"
        "Who has had everything about them deleted since the backup was made is in it again.\n"
        f"What was there before is now {path}.before-restore; delete it when it is not needed any more.\n"
    )
    assert people(path) == ["old friend"]


def test_command_needs_no_yes_where_nothing_is_and_tells_what_cannot_be_read(file: Path, path: Path, run: Run) -> None:
    assert run("restore", file, "--database", path).exit_code == 0
    path.write_bytes(b"no database " * 1000)
    shown = run("restore", file, "--database", path)
    assert shown.exit_code == 1
    assert shown.output.startswith(f"there now:         {path}: is not an SQLite file\n")


async def test_what_is_there_is_read_while_it_is_in_use(file: Path, path: Path) -> None:
    async with await Store.open(path) as store:
        await turn("me", "1").take(store)
        with prepared(file, path) as ready:
            assert isinstance(ready.old, Contents)
            assert (ready.old.people, ready.old.last_turn) == (1, NOW)
            assert (ready.new.people, ready.new.last_turn) == (1, NOW)
