"""The database's file: the steps that make it, from nothing and from every earlier version, and all that a file can lack."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from bot import migrations as module
from bot.errors import StoreError
from bot.migrations import LATEST, migrate, migrations
from bot.records import Feedback, TurnChange, TurnKey
from bot.store import Store
from tests.store_helpers import opened

NOW = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)
NOBODY = 65534


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "regbot.db"


def schema(db: Database) -> list[dict[str, object]]:
    return list(db.query("SELECT type, name, sql FROM sqlite_master ORDER BY type, name"))


def dump(path: Path) -> list[str]:
    with opened(path) as db:
        return list(db.conn.iterdump())


def test_empty_file_gets_all_steps_once(path: Path) -> None:
    with opened(path) as db:
        migrate(db, "x.db")
    with opened(path) as db:
        assert tuple(step.name for step in migrations.applied(db)) == LATEST
        assert not migrations.pending(db)
        tables = {"people", "feedback", "unanswered", "unanswered_by", "turns", "handled", "runs", "facts", "steps"}
        assert tables | {"reminder_settings", "reminders", "switches"} < set(db.table_names())
    before = dump(path)
    with opened(path) as db:
        migrate(db, "x.db")
    assert dump(path) == before


@pytest.mark.parametrize("missing", LATEST[1:])
def test_earlier_versions_become_this_one(missing: str, path: Path, tmp_path: Path) -> None:
    person = {"id": 7, "channel": "terminal", "channel_id": "me", "first_seen": "a", "last_seen": "b"}
    with opened(path) as old:
        migrations.apply(old, stop_before=missing)
        old.table("people").insert(person)
    with opened(path) as db:
        migrate(db, "x.db")
    with opened(path) as db, opened(tmp_path / "new.db") as new:
        migrate(new, "new.db")
        assert schema(db) == schema(new)
        assert list(db["people"].rows) == [person | dict.fromkeys(("language", "chosen_language", "unreachable_since"))]


def next_version(*steps: object) -> Migrations:
    """Return this version's steps and some more."""
    later = Migrations("regbot")
    for step in (*(getattr(module, name) for name in LATEST), *steps):
        later()(step)
    return later


def test_failing_step_rolls_back_all_steps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def m098_add_things(db: Database) -> None:
        db.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")

    def m099_fail(db: Database) -> None:
        db.execute("DELETE FROM people")
        raise ZeroDivisionError

    with opened(path) as db:
        migrate(db, "x.db")
        db.table("people").insert({"channel": "terminal", "channel_id": "me", "first_seen": "a", "last_seen": "b"})
    before = dump(path)
    with monkeypatch.context() as patch, opened(path) as db:
        patch.setattr(module, "migrations", next_version(m098_add_things, m099_fail))
        with pytest.raises(ZeroDivisionError):
            migrate(db, "x.db")
        assert not db.conn.in_transaction
    assert dump(path) == before
    with opened(path) as db:
        migrate(db, "x.db")


def test_later_step_may_rebuild_a_table_that_others_refer_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def m099_rename_channel(db: Database) -> None:
        db.table("people").transform(rename={"channel": "way"})

    with opened(path) as db:
        migrate(db, "x.db")
        db.table("people").insert(
            {"id": 7, "channel": "terminal", "channel_id": "me", "first_seen": "a", "last_seen": "b"}
        )
        db.table("turns").insert({"person": 7, "state": "{}"})
    monkeypatch.setattr(module, "migrations", next_version(m099_rename_channel))
    with opened(path) as db:
        migrate(db, "x.db")
    with opened(path) as db:
        assert [row["way"] for row in db["people"].rows] == ["terminal"]
        assert db["turns"].count == 1


def test_newer_version_is_refused(path: Path) -> None:
    with opened(path) as db:
        migrate(db, "x.db")
        db.table("_sqlite_migrations").insert({"migration_set": "regbot", "name": "m099_x", "applied_at": "2030"})
    before = dump(path)
    with opened(path) as db, pytest.raises(StoreError) as caught:
        migrate(db, "x.db")
    assert str(caught.value) == (
        'the database x.db was written by a newer version (it has the migration "m099_x"); '
        "upgrade the assistant or use another file"
    )
    assert dump(path) == before


def test_file_of_another_program_is_refused(path: Path) -> None:
    with opened(path) as db:
        db.table("people").insert({"name": "somebody else's"})
    before = dump(path)
    with opened(path) as db, pytest.raises(StoreError) as caught:
        migrate(db, "x.db")
    assert str(caught.value) == "the database x.db belongs to another program; use another file"
    assert dump(path) == before


# The file


def use(path: Path) -> None:
    async def see_somebody() -> None:
        async with await Store.open(path, busy_timeout=0.05) as store:
            await take(store, "0", 1)

    asyncio.run(see_somebody())


def error_of(path: Path) -> str:
    """Return what using the file says, which is called FILE there."""
    with pytest.raises(StoreError) as caught:
        use(path)
    return str(caught.value).replace(str(path), "FILE")


async def test_file_and_new_folder_are_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "regbot.db"
    async with await Store.open(path) as store:
        await take(store, "0", 1)
        modes = {file.name: file.stat().st_mode & 0o777 for file in (path.parent, *path.parent.iterdir())}
    assert modes == {"data": 0o700, "regbot.db": 0o600, "regbot.db-wal": 0o600, "regbot.db-shm": 0o600}


def test_rights_that_somebody_set_are_kept(path: Path) -> None:
    use(path)
    path.parent.chmod(0o750)
    path.chmod(0o640)
    use(path)
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o750, 0o640)


async def test_connection_is_set_up(path: Path) -> None:
    names = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "user_version": 0}
    async with await Store.open(path) as store:
        set_up = await store._run(
            lambda: {name: store._database.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
        )
    assert set_up == names


def test_names_that_mean_something_to_sqlite_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (":memory:", "file:x?mode=memory"):
        use(Path(name))
        assert (tmp_path / name).stat().st_size > 0


def test_sqlite_utils_is_imported_when_a_store_is_opened() -> None:
    code = "import sys, bot.store; sys.exit('sqlite_utils' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent, check=True)


@pytest.mark.parametrize("content", [b"not a database", b"lines of text\n" * 1000], ids=["short", "long"])
def test_other_file_is_refused_and_kept(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    assert error_of(path) == "the database FILE is not an SQLite file"
    assert path.read_bytes() == content


def test_refusals_of_a_step_reach_the_caller(path: Path) -> None:
    with opened(path) as db:
        db.table("people").insert({"name": "somebody else's"})
    before = path.read_bytes()
    assert error_of(path) == "the database FILE belongs to another program; use another file"
    assert path.read_bytes() == before


def test_damaged_file_is_named(path: Path) -> None:
    use(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert error_of(path) == "the database FILE is damaged; restore it from a backup or use another file"


def test_folder_in_place_of_the_file(path: Path) -> None:
    path.mkdir()
    assert error_of(path) == "the database FILE cannot be opened for reading and writing"


def test_file_in_place_of_the_folder(path: Path) -> None:
    path.touch()
    assert error_of(path / "regbot.db") == "the database FILE cannot be made: File exists"


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_switching_to_wal_is_tried_again(refusals: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    busy, enable_wal = [sqlite3.OperationalError("database is locked")] * refusals, Database.enable_wal
    busy[0].sqlite_errorcode = sqlite3.SQLITE_BUSY

    def enable_wal_later(db: Database) -> None:
        if busy:
            raise busy.pop()
        enable_wal(db)

    monkeypatch.setattr(Database, "enable_wal", enable_wal_later)
    if refusals == 3:
        assert error_of(path) == "the database FILE is in use by another process"
    use(path)


@pytest.fixture(name="home")
def _home() -> Iterator[Path]:
    """A folder, and no rights beyond it: root, who may write everywhere, is nobody meanwhile."""
    home = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(home, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, 0)
    yield home
    if root:
        os.setresuid(0, 0, 0)
    home.chmod(0o700)
    shutil.rmtree(home)


READ_ONLY = "the database FILE cannot be written: the file or its folder is read-only"


def test_read_only_file(home: Path) -> None:
    use(home / "regbot.db")
    (home / "regbot.db").chmod(0o400)
    assert error_of(home / "regbot.db") == READ_ONLY
    (home / "regbot.db").chmod(0o600)
    use(home / "regbot.db")


def test_read_only_folder(home: Path) -> None:
    use(home / "regbot.db")
    home.chmod(0o500)
    assert error_of(home / "regbot.db") == READ_ONLY
    assert error_of(home / "new.db") == "the database FILE cannot be made: Permission denied"
    assert error_of(home / "folder" / "new.db") == "the database FILE cannot be made: Permission denied"
    home.chmod(0o700)
    use(home / "regbot.db")


def test_file_without_rights(home: Path) -> None:
    use(home / "regbot.db")
    (home / "regbot.db").chmod(0o200)
    assert error_of(home / "regbot.db") == "the database FILE cannot be opened for reading and writing"


async def take(store: Store, update_id: str, size: int) -> bool:
    """Take a turn that needs about so many bytes."""
    key = TurnKey(channel="telegram", channel_id="me", now=NOW, update_id=update_id)
    change = TurnChange(
        language="zh",
        chosen_language=None,
        state={"long": "x" * size},
        feedback=Feedback(update_id, "zh", helpful=True),
    )
    return await store.turn(key, lambda _: change)


async def fill_and_go_on(store: Store, make_room: Callable[[], Awaitable[object]]) -> None:
    """Write a turn for which there is no room; the old state stays, the store is usable, and with more room it works."""
    await take(store, "1", 5_000)
    before = await store.export(1)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"^the database .*regbot\.db cannot grow: the disk is full$"):
            await take(store, "2", 500_000)
        assert await store.export(1) == before
    assert await take(store, "3", 10)
    await make_room()
    assert await take(store, "2", 500_000)


async def test_no_more_pages(path: Path) -> None:
    async with await Store.open(path) as store:

        async def limit(pages: int) -> None:
            await store._run(lambda: store._database.execute(f"PRAGMA max_page_count = {pages}").fetchall())

        await limit(40)
        await fill_and_go_on(store, lambda: limit(1_000_000))


@pytest.fixture(name="disk")
def _disk(tmp_path: Path) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def leave(disk: Path, size: int) -> Path:
    """Fill the disk but for so many bytes; return the file that fills it."""
    filler, free = disk / "filler", os.statvfs(disk)
    filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize - size))
    return filler


async def test_disk_is_full(disk: Path) -> None:
    async with await Store.open(disk / "regbot.db") as store:
        filler = leave(disk, 200_000)
        await fill_and_go_on(store, lambda: asyncio.to_thread(filler.unlink))


def test_disk_is_full_from_the_start(disk: Path) -> None:
    filler = leave(disk, 0)
    assert error_of(disk / "new.db") == "the database FILE cannot grow: the disk is full"
    filler.unlink()
    use(disk / "new.db")


def damage(path: Path, table: str) -> None:
    with opened(path) as db:
        ((page,),) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchall()
    content = path.read_bytes()
    path.write_bytes(content[: (page - 1) * 4096] + b"\xff" * 4096 + content[page * 4096 :])


async def test_damaged_page_stops_only_what_needs_it(path: Path) -> None:
    async with await Store.open(path) as store:
        await take(store, "0", 1)
        await take(store, "1", 10)
    damage(path, "feedback")
    async with await Store.open(path) as store:
        with pytest.raises(StoreError, match=r"regbot\.db is damaged; restore it from a backup or use another file$"):
            await store.export(1)
        assert (memory := await store.recall("telegram", "me"))
        assert memory.person.id == 1
