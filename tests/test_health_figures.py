"""Figures about the database: read while others write, and with nothing changed or left behind."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import reading as module
from bot.errors import StoreError
from bot.health.figures import Figures
from bot.migrations import LATEST, migrations
from bot.reading import reading, version_of
from bot.reminders.overview import pause, resume
from bot.store import Store
from tests.store_helpers import QUESTION, commit, opened, other_process, rows, somebody, turn

NOW = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
LOCK = "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; DELETE FROM turns"


def refusal(path: Path) -> str:
    """Return the sentence that reading fails with, without the folder's name."""
    with pytest.raises(StoreError) as caught, reading(path):
        pass
    return str(caught.value).replace(str(path), "DATABASE")


async def remind(store: Store, person: int, *due: timedelta, state: str = "pending") -> None:
    """Write reminders of a person that are due so long after now."""
    sql = "INSERT INTO reminders VALUES (?, 'year-end', ?, 'date', ?, 30, ?, NULL, 0, '')"
    values = [
        (person, f"{state} {number}", (NOW + one).isoformat(timespec="seconds"), state)
        for number, one in enumerate(due)
    ]
    await store.write(lambda db: db.conn.executemany(sql, values))


async def decide(store: Store, decision: str) -> None:
    await store.write(lambda db: db.conn.execute("UPDATE unanswered SET decision = ?", (decision,)))


async def test_figures(database: Path) -> None:
    await commit(database, turn("one", unanswered=QUESTION), turn("two", None))
    async with await Store.open(database) as store:
        await turn("three", "3", now=NOW).take(store)
        await store.write(lambda db: db.conn.execute("UPDATE people SET channel = 'terminal' WHERE channel_id = 'two'"))
        await remind(store, 1, timedelta(hours=1), timedelta(0), timedelta(hours=-1), timedelta(hours=-1, seconds=-1))
        await remind(store, 1, timedelta(hours=-5), state="sent")
        await remind(store, 2, timedelta(hours=-3))
        with reading(database) as connection:
            found = Figures(connection)
            assert found.migrations() == LATEST
            assert (found.people(), found.unanswered(), found.to_apply()) == (3, 1, 0)
            assert (found.pending("telegram"), found.overdue("telegram", NOW)) == (4, 3)
            assert found.late("telegram", NOW, timedelta(hours=1)) == 1, "longer than an hour"
            assert found.reminders() == {"pending": 5, "sent": 1}
            assert found.paused_since() is None
            assert found.is_whole()
        for decision, figure in (("assign", (0, 1)), ("assigned", (0, 0)), ("dismiss", (0, 0))):
            await decide(store, decision)
            with reading(database) as connection:
                found = Figures(connection)
                assert (found.unanswered(), found.to_apply()) == figure
        await pause(store, NOW)
        with reading(database) as connection:
            found = Figures(connection)
            assert found.paused_since() == NOW
        await resume(store)
        with reading(database) as connection:
            found = Figures(connection)
            assert found.paused_since() is None


def test_database_that_nobody_has_open_stays_as_it_was(database: Path) -> None:
    asyncio.run(somebody(database))
    before = database.read_bytes()
    with reading(database) as connection:
        found = Figures(connection)
        assert found.people() == 1
        assert found.is_whole()
    assert [file.name for file in database.parent.iterdir()] == [database.name]
    assert database.read_bytes() == before


async def test_writers_are_not_waited_for_and_do_not_wait(database: Path) -> None:
    await somebody(database)
    async with await Store.open(database) as store:
        with other_process(database, "BEGIN IMMEDIATE; DELETE FROM people"), reading(database) as connection:
            found = Figures(connection)
            assert found.people() == 1
        with reading(database) as connection:
            found = Figures(connection)
            assert found.people() == 1
            assert await turn("other", "2").take(store)
            assert found.people() == 1, "all figures are of one moment"


def test_database_with_a_log_left_by_a_crash_is_read_with_it(database: Path) -> None:
    asyncio.run(somebody(database))
    with other_process(
        database, "INSERT INTO people (channel, channel_id, first_seen, last_seen) VALUES ('a', 'b', '', '')"
    ):
        log = database.with_name(f"{database.name}-wal")
        copy = database.parent / "crashed" / database.name
        copy.parent.mkdir()
        copy.write_bytes(database.read_bytes())  # another process has it open, this one does not
        copy.with_name(log.name).write_bytes(log.read_bytes())
    with reading(copy) as connection:
        found = Figures(connection)
        assert found.people() == 2


@pytest.mark.parametrize("missing", LATEST[1:])
def test_older_database_is_read_and_not_brought_up_to_date(missing: str, database: Path) -> None:
    with opened(database) as db:
        migrations.apply(db, stop_before=missing)
    before = database.read_bytes()
    with reading(database) as connection:
        found = Figures(connection)
        assert version_of(found.migrations()) == "older"
        assert found.people() == 0
        assert (found.unanswered() is None) == (missing < "m004")
        assert (found.to_apply() is None) == (missing < "m015")
        assert (found.pending("telegram") is None) == (missing < "m012")
        assert (found.overdue("telegram", NOW) is None) == (missing < "m012")
        assert (found.late("telegram", NOW, timedelta()) is None) == (missing < "m012")
        assert found.paused_since() is None
    assert database.read_bytes() == before


def test_newer_database_is_told(database: Path) -> None:
    asyncio.run(somebody(database))
    insert = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('regbot', 'm999_future', '')"
    with opened(database) as db:
        db.execute(insert)
        db.conn.commit()
    with reading(database) as connection:
        found = Figures(connection)
        assert version_of(found.migrations()) == "newer"
        assert found.people() == 1
    assert version_of(LATEST) == "current"


def test_missing_database_is_refused_and_not_made(database: Path) -> None:
    assert refusal(database) == "the database DATABASE does not exist"
    assert list(database.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no database " * 1000, "the database DATABASE is not an SQLite file"),
        (b"", "the database DATABASE is empty"),
    ],
    ids=["text", "empty"],
)
def test_other_file_is_refused(content: bytes, sentence: str, database: Path) -> None:
    database.write_bytes(content)
    assert refusal(database) == sentence
    assert database.read_bytes() == content


@pytest.mark.parametrize("table", ["mail (id)", "_sqlite_migrations (id, migration_set, name, applied_at)"])
def test_database_of_another_program_is_refused(table: str, database: Path) -> None:
    rows(database, f"CREATE TABLE {table}")
    assert refusal(database) == "the database DATABASE is not one of the assistant's"


def test_locked_database_is_refused_after_a_while(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(somebody(database))
    monkeypatch.setattr(module, "WAIT", 0.05)
    with other_process(database, LOCK):
        assert refusal(database) == "the database DATABASE is in use by another process"


def test_damage_is_found(database: Path) -> None:
    asyncio.run(somebody(database))
    whole = database.read_bytes()
    ((page,),) = rows(database, "SELECT rootpage FROM sqlite_master WHERE name = 'feedback'")
    database.write_bytes(whole[: (page - 1) * 4096] + b"\xff" * 4096 + whole[page * 4096 :])
    with reading(database) as connection:
        found = Figures(connection)
        assert found.people() == 1
        assert not found.is_whole()
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert refusal(database) == "the database DATABASE is damaged; restore it from a backup"
