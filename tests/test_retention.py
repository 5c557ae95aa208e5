"""What is removed once it has been kept long enough: the borders, all that belongs to it, the file's bytes, the command."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from bot.errors import UsageError
from bot.keeping import retention as module
from bot.keeping.retention import LAST_RUN, Removed, Retention
from bot.records import Feedback, Preferences, Reminder, Unanswered
from bot.settings import KEEP_PEOPLE, KEEP_UNANSWERED, keep_people, keep_unanswered
from bot.store import KEEP_HANDLED, Store
from tests.backup_helpers import PATIENCE, process
from tests.store_helpers import NOW, Turn, bytes_of, commit, error_of, other_process, rows, turn, using

Run = Callable[..., Result]

QUESTIONS, PEOPLE = timedelta(days=180), timedelta(days=730)
SECOND = timedelta(seconds=1)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


def retention(store: Store, now: datetime = NOW) -> Retention:
    return Retention(store, QUESTIONS, PEOPLE, UTC, lambda: now)


async def once(path: Path, now: datetime = NOW) -> Removed:
    """Count what is to be removed, remove it, and see that it was counted right."""
    foreseen = await using(path, lambda store: retention(store, now).count())
    removed = await using(path, lambda store: retention(store, now).once())
    assert foreseen == removed
    return removed


def asked(name: str, text: str, ago: timedelta) -> Turn:
    return turn(name, None, NOW - ago, unanswered=Unanswered(text, "zh", "none"))


def everything(name: str, ago: timedelta) -> Turn:
    """Return a turn after which something stands about somebody in most tables."""
    due = datetime(2027, 12, 1, 9, tzinfo=UTC)
    return turn(
        name,
        name,
        NOW - ago,
        state={"name": name},
        feedback=Feedback("fees", "zh", helpful=True),
        unanswered=Unanswered(f"a question of {name}", "zh", "none"),
        preferences=Preferences(hour=9),
        planned=[Reminder("year-end-30", date(2027, 12, 31), "year-end", due, 30)],
    )


# What is removed


async def test_question_goes_when_it_was_last_asked_longer_ago_than_it_is_kept(path: Path) -> None:
    await commit(
        path,
        asked("me", "exactly", QUESTIONS),
        asked("me", "older", QUESTIONS + SECOND),
        asked("me", "asked again", QUESTIONS + SECOND),
        asked("you", "asked again", SECOND),
    )
    assert await once(path) == Removed(people=0, questions=1)
    assert rows(path, "SELECT text FROM unanswered ORDER BY id") == [("exactly",), ("asked again",)]
    assert rows(path, "SELECT count(*) FROM people") == [(2,)]


async def test_who_waits_for_an_answer_does_not_keep_a_question(path: Path) -> None:
    await commit(path, asked("me", "older", QUESTIONS + SECOND), turn(hears=1, update_id=None))
    assert rows(path, "SELECT hears FROM unanswered_by") == [("wanted",)]
    assert await once(path) == Removed(questions=1)
    assert rows(path, "SELECT count(*) FROM unanswered_by") == [(0,)]


async def test_person_goes_with_everything_when_last_seen_longer_ago_than_they_are_kept(path: Path) -> None:
    back = [turn("back", None, NOW - PEOPLE * 2), turn("back", None, NOW - SECOND)]
    await commit(path, everything("gone", PEOPLE + SECOND), everything("here", PEOPLE), *back)
    assert rows(path, "SELECT count(DISTINCT person) FROM reminders WHERE state = 'pending'") == [(2,)]

    assert await once(path) == Removed(people=1, questions=2)
    assert rows(path, "SELECT channel_id FROM people ORDER BY id") == [("here",), ("back",)]
    for table in ("feedback", "turns", "reminder_settings", "reminders"):
        assert rows(path, f"SELECT person FROM {table}") == [(2,)]
    assert rows(path, "PRAGMA foreign_key_check") == []


async def test_question_goes_with_the_last_person_who_asked_it(path: Path) -> None:
    await commit(path, *(asked(name, "shared", SECOND) for name in ("gone", "here")), asked("gone", "own", SECOND))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE people SET last_seen = '2020-01-01T00:00:00+00:00' WHERE channel_id = 'gone'")
    assert await once(path) == Removed(people=1, questions=1)
    assert rows(path, "SELECT text FROM unanswered") == [("shared",)]


async def test_many_go_in_several_transactions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 3)
    monkeypatch.setattr(module, "HANDLED_AT_ONCE", 2)
    old, new = PEOPLE + SECOND, SECOND
    async with await Store.open(path) as store:
        for number in range(20):
            one = everything(f"<person {number}>", new if number in {0, 4, 19} else old)
            await store.write(lambda db: db.conn.execute("DELETE FROM handled"))
            await one.take(store)
        for number in range(9):
            await store.mark_handled("web", str(number), NOW)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE handled SET at = '2020-01-01T00:00:00+00:00' WHERE update_id < '7'")
        assert await retention(store).once() == Removed(people=17, questions=17)
        assert await retention(store).once() == Removed()
        for number in range(20):
            assert (f"<person {number}>".encode() in bytes_of(path)) == (number in {0, 4, 19})
    assert rows(path, "SELECT update_id FROM handled ORDER BY 1") == [("7",), ("8",), ("<person 19>",)]
    assert rows(path, "PRAGMA user_version") == [(0,)]


async def test_messages_that_nobody_delivers_again_go(path: Path) -> None:
    moments = NOW - KEEP_HANDLED, NOW - KEEP_HANDLED - SECOND
    async with await Store.open(path) as store:
        for number, moment in enumerate(moments):
            await store.mark_handled("web", str(number), moment)
    await once(path)
    assert rows(path, "SELECT update_id FROM handled") == [("0",)]


async def test_file_is_written_anew_only_when_something_was_removed(path: Path) -> None:
    await commit(path, everything("here", SECOND))
    vacuums: list[str] = []
    async with await Store.open(path) as store:
        await store._run(lambda: store._database.conn.set_trace_callback(vacuums.append))
        await retention(store).once()
        assert "VACUUM" not in vacuums
        await retention(store, NOW + QUESTIONS - SECOND).once()
        assert "VACUUM" not in vacuums
        await retention(store, NOW + QUESTIONS).once()
        assert vacuums.count("VACUUM") == 1


async def test_last_run_is_noted(path: Path) -> None:
    for now in (NOW, NOW + SECOND):
        await once(path, now)
        assert rows(path, "SELECT name, since FROM switches") == [(LAST_RUN, now.isoformat())]


# What goes wrong


async def test_locked_database_is_named_and_nothing_is_removed(path: Path) -> None:
    await commit(path, everything("gone", PEOPLE + SECOND))
    async with await Store.open(path, busy_timeout=0.05) as store:
        with other_process(path, "BEGIN IMMEDIATE"):
            assert await error_of(retention(store).once()) == f"the database {path} is in use by another process"
        assert rows(path, "SELECT count(*) FROM people") == [(1,)]
        with other_process(path, "BEGIN; SELECT * FROM people"):
            assert await error_of(retention(store).once()) == f"the database {path} is in use by another process"
            assert b"a question of gone" in bytes_of(path)
        assert rows(path, "SELECT (SELECT count(*) FROM people), count(*) FROM switches") == [(0, 0)]
        assert await retention(store).once() == Removed()
        assert b"a question of gone" not in bytes_of(path)


async def test_full_disk_is_named_and_the_rest_goes_when_there_is_room(disk: Path) -> None:
    path = disk / "regbot.db"
    filler = disk / "filler"
    async with await Store.open(path) as store:
        for number in range(20):
            await turn(f"<person {number}>", None, NOW - PEOPLE * 2, state={"long": "x" * 20_000}).take(store)
        await asyncio.to_thread(fill, filler)
        assert await error_of(retention(store).once()) == f"the database {path} cannot grow: the disk is full"
        await asyncio.to_thread(filler.unlink)
        await retention(store).once()
        assert b"<person" not in bytes_of(path)
    assert rows(path, "SELECT count(*) FROM people") == [(0,)]


def fill(file: Path) -> None:
    """Leave no room on the disk."""
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            return


async def test_who_asked_long_ago_what_others_ask_still_is_not_tied_to_it_any_more(path: Path) -> None:
    for name, ago in (("old", QUESTIONS + SECOND), ("border", QUESTIONS), ("new", SECOND)):
        await commit(path, asked(name, "蚂蚁", ago))

    assert await once(path) == Removed()

    sql = "SELECT channel_id FROM unanswered_by JOIN people ON people.id = person ORDER BY channel_id"
    assert rows(path, sql) == [("border",), ("new",)]


async def test_who_asks_again_stays_tied_to_the_question(path: Path) -> None:
    for ago in (QUESTIONS + SECOND, SECOND):
        await commit(path, asked("me", "蚂蚁", ago))

    await once(path)

    assert len(rows(path, "SELECT * FROM unanswered_by")) == 1


REMOVER = """
import asyncio, os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from bot.keeping import retention
from bot.store import Store

async def main():
    retention.AT_ONCE = 3
    now = datetime.fromisoformat(sys.argv[2])
    async with await Store.open(Path(sys.argv[1])) as store:
        write, left = store._written, int(sys.argv[3])
        def written(work):
            nonlocal left
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return write(work)
        store._written = written
        await retention.Retention(store, timedelta(days=180), timedelta(days=730), UTC, lambda: now).once()

asyncio.run(main())
"""
"""Is killed before a transaction."""


@pytest.mark.parametrize("transactions", [2, 5])
async def test_what_a_killed_process_left_is_removed_the_next_time(transactions: int, path: Path) -> None:
    async with await Store.open(path) as store:
        for number in range(12):
            await everything(f"<person {number}>", PEOPLE + SECOND).take(store)
    with process(REMOVER, path, NOW.isoformat(), transactions) as remover:
        assert await asyncio.to_thread(remover.wait, PATIENCE) == -9
    assert rows(path, "SELECT count(*) FROM people") == [(max(0, 12 - 3 * transactions),)]
    left = await using(path, lambda store: retention(store).once())
    assert left == Removed(max(0, 12 - 3 * transactions), 12)
    assert b"<person" not in bytes_of(path)


# The settings


@pytest.mark.parametrize(
    ("setting", "name", "default"),
    [(keep_unanswered, KEEP_UNANSWERED, 180), (keep_people, KEEP_PEOPLE, 730)],
    ids=["questions", "people"],
)
def test_times_are_whole_days(setting: Callable[..., timedelta], name: str, default: int) -> None:
    option = name.removeprefix("REGBOT").replace("_", "-").lower().replace("-keep", "--keep", 1)
    assert setting(None, {}) == setting(None, {name: " "}) == timedelta(days=default)
    assert setting(None, {name: "1"}) == timedelta(days=1)
    assert setting("3650", {name: "no number"}) == timedelta(days=3650)
    for wrong in ("0", "3651", "-1", "1.5", "ten", "１０"):
        said = f'is "{wrong}" and should be a whole number of days from 1 to 3650'
        with pytest.raises(UsageError, match=f"^{name} {said}$"):
            setting(None, {name: wrong})
        with pytest.raises(UsageError, match=f"^{option} {said}$"):
            setting(wrong, {})


# The command


def test_command_counts_and_removes(path: Path, run: Run) -> None:
    since_now = NOW - datetime.now(UTC)
    people = [everything(name, since_now + timedelta(days=days)) for name, days in (("gone", 61), ("here", 59))]
    asyncio.run(commit(path, *people))
    arguments = ["tidy", "--database", path, "--keep-people", "60"]
    before = rows(path, "SELECT * FROM people, switches")
    shown = run(*arguments, "--dry-run")
    assert (shown.exit_code, shown.output) == (
        0,
        "would be removed: 1 people, 1 questions without an answer\n(kept: people 60 days, questions 180 days)\n",
    )
    assert rows(path, "SELECT * FROM people, switches") == before
    shown = run(*arguments)
    assert (shown.exit_code, shown.output) == (
        0,
        "removed: 1 people, 1 questions without an answer\n(kept: people 60 days, questions 180 days)\n",
    )
    assert rows(path, "SELECT channel_id FROM people") == [("here",)]
    shown = run("tidy", "--database", path, "--keep-unanswered", "0")
    assert (shown.exit_code, shown.output) == (
        1,
        'regbot: --keep-unanswered is "0" and should be a whole number of days from 1 to 3650\n',
    )


def test_command_needs_a_database(path: Path, run: Run) -> None:
    shown = run("tidy", "--database", path)
    assert (shown.exit_code, shown.output) == (1, f"regbot: the database {path} does not exist\n")
    assert not path.exists()
