"""The store: real files, closed and opened again between steps; and everything that can go wrong with them."""

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.errors import StoreError
from bot.store import KEEP_HANDLED, Feedback, Person, Store, TurnChange, Unanswered, UnansweredReport

T = TypeVar("T")

NOW = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)
QUESTION = Unanswered("执业证书丢了怎么办", "zh", "suggest", (("lost-certificate", 0.41), ("change-of-name", 0.2)))
KILLS = 100 if "SOAK" in os.environ else 10
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


async def using(path: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do one thing with the store, which is opened before and closed after it."""
    async with await Store.open(path, busy_timeout=0.05) as store:
        return await work(store)


async def somebody(path: Path, name: str = "me") -> Person:
    return await using(path, lambda store: store.person("telegram", name, NOW))


def turn(person: Person, update_id: str | None = "1", **changes: Any) -> TurnChange:
    change = TurnChange(
        person_id=person.id,
        channel=person.channel,
        update_id=update_id,
        now=NOW,
        language="zh",
        chosen_language=None,
        state=None,
    )
    return replace(change, **changes)


async def commit(path: Path, *changes: TurnChange) -> list[bool]:
    """Commit the turns, each with a store of its own."""
    return [await using(path, lambda store, change=change: store.commit_turn(change)) for change in changes]  # type: ignore[misc]


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


async def error_of(call: Awaitable[object]) -> str:
    with pytest.raises(StoreError) as caught:
        await call
    return str(caught.value)


@contextmanager
def other_process(path: Path, sql: str) -> Iterator[None]:
    """Let another process hold what the SQL takes."""
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "[c.execute(s).fetchall() for s in sys.argv[2].split(';')]; print('held', flush=True); sys.stdin.read(); c.close()"
    )
    command = [sys.executable, "-c", script, str(path), sql]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


# What is remembered


async def test_person_is_made_once_and_seen_often(path: Path) -> None:
    first = await somebody(path)
    assert first == Person(1, "telegram", "me", None, None, NOW, NOW)
    later = (NOW + timedelta(days=3)).astimezone(timezone(timedelta(hours=8)))
    again = await using(path, lambda store: store.person("telegram", "me", later))
    assert again == replace(first, last_seen=NOW + timedelta(days=3))
    assert (await using(path, lambda store: store.person("terminal", "me", NOW))).id == 2
    assert rows(path, "SELECT last_seen FROM people") == [
        ("2026-11-25T08:30:15+00:00",),
        ("2026-11-22T08:30:15+00:00",),
    ]


async def test_time_without_zone_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="the time 2026-11-22 08:30:15 has no time zone"):
        await using(path, lambda store: store.person("telegram", "me", NOW.replace(tzinfo=None)))


async def test_turn_is_remembered(path: Path) -> None:
    person = await somebody(path)
    assert await using(path, lambda store: store.turn_state(person.id)) is None
    offer = {"buttons": ["激活", "提交"], "page": 2}
    await commit(path, turn(person, chosen_language="en", state=offer))
    assert await using(path, lambda store: store.turn_state(person.id)) == offer
    assert await somebody(path) == replace(person, language="zh", chosen_language="en")
    await commit(path, turn(person, "2"))
    assert await using(path, lambda store: store.turn_state(person.id)) is None
    assert await somebody(path) == replace(person, language="zh")


async def test_second_delivery_changes_nothing(path: Path) -> None:
    person = await somebody(path)
    first = turn(person, state={"n": 1}, unanswered=QUESTION)
    assert not await using(path, lambda store: store.was_handled("telegram", "1"))
    assert await commit(path, first) == [True]
    assert await using(path, lambda store: store.was_handled("telegram", "1"))
    assert not await using(path, lambda store: store.was_handled("terminal", "1"))
    second = replace(first, language="en", state={"n": 2}, feedback=Feedback("x", "en", helpful=True))
    before = rows(path, "SELECT * FROM people, turns, unanswered, handled")
    assert await commit(path, second) == [False]
    assert rows(path, "SELECT * FROM people, turns, unanswered, handled") == before
    assert rows(path, "SELECT * FROM feedback") == []
    assert await commit(path, replace(second, channel="web")) == [True]


async def test_of_many_deliveries_at_once_one_counts(path: Path) -> None:
    person = await somebody(path)
    async with await Store.open(path) as store:
        done = await asyncio.gather(*(store.commit_turn(turn(person, unanswered=QUESTION)) for _ in range(20)))
        assert sorted(done) == [False] * 19 + [True]
        assert [report.times_asked for report in await store.unanswered(9)] == [1]


async def test_message_without_a_name_always_counts(path: Path) -> None:
    person = await somebody(path)
    assert await commit(path, turn(person, None), turn(person, None)) == [True, True]
    assert rows(path, "SELECT * FROM handled") == []


async def test_old_deliveries_are_forgotten(path: Path) -> None:
    person = await somebody(path)
    await commit(path, *(turn(person, str(days), now=NOW + timedelta(days=days)) for days in (0, 1, 8)))
    assert timedelta(days=7) == KEEP_HANDLED
    assert rows(path, "SELECT update_id FROM handled ORDER BY at") == [("1",), ("8",)]


async def test_newest_opinion_counts(path: Path) -> None:
    person = await somebody(path)
    opinions = [
        Feedback("fees", "zh", helpful=True),
        Feedback("dates", "zh", helpful=True),
        Feedback("fees", "en", helpful=False),
    ]
    await commit(path, *(turn(person, None, feedback=opinion) for opinion in opinions))
    counts = await using(path, lambda store: store.counts())
    assert counts == {"people": 1, "helpful": 1, "not_helpful": 1, "unanswered": 0}


async def test_unanswered_questions_come_most_asked_first(path: Path) -> None:
    later, last = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    asked = [(QUESTION, NOW), (replace(QUESTION, text="另一个"), last), (replace(QUESTION, language="en"), NOW)]
    asked += [(replace(QUESTION, verdict="none", matches=()), later)]
    for number, (question, now) in enumerate(asked):
        person = await somebody(path, f"person {number}")
        await commit(path, turn(person, str(number), unanswered=question, now=now))
    reports = await using(path, lambda store: store.unanswered(9))
    assert reports == [
        UnansweredReport(replace(QUESTION, verdict="none", matches=()), 2, NOW, later),
        UnansweredReport(replace(QUESTION, text="另一个"), 1, last, last),
        UnansweredReport(replace(QUESTION, language="en"), 1, NOW, NOW),
    ]
    assert await using(path, lambda store: store.unanswered(1)) == reports[:1]


async def test_export_shows_everything_about_one_person(path: Path) -> None:
    person, other = await somebody(path), await somebody(path, "other")
    feedback = Feedback("fees", "zh", helpful=False)
    for who in (person, other):
        change = turn(who, str(who.id), state={"who": who.channel_id}, feedback=feedback, unanswered=QUESTION)
        await commit(path, change)
    export = await using(path, lambda store: store.export(person.id))
    time = "2026-11-22T08:30:15+00:00"
    assert json.loads(json.dumps(export)) == {
        "person": {
            "id": 1,
            "channel": "telegram",
            "channel_id": "me",
            "language": "zh",
            "chosen_language": None,
            "first_seen": time,
            "last_seen": time,
        },
        "feedback": [{"entry": "fees", "language": "zh", "helpful": False, "given_at": time}],
        "unanswered": [{"text": QUESTION.text, "language": "zh"}],
        "last_offer": {"who": "me"},
    }
    assert await using(path, lambda store: store.export(99)) == {}


# What is forgotten


def bytes_of(path: Path) -> bytes:
    """Read all files of the database, in another process: closing them in this one would drop SQLite's locks."""
    return subprocess.run(["cat", *path.parent.iterdir()], capture_output=True, check=True).stdout


async def test_forgotten_person_leaves_only_what_others_asked(path: Path) -> None:
    other, person = await somebody(path, "other"), await somebody(path)
    own = replace(QUESTION, text="only mine")
    for number, (who, question) in enumerate([(person, QUESTION), (other, QUESTION), (person, own)]):
        change = turn(who, str(number), state={"who": who.channel_id}, unanswered=question)
        change = replace(change, feedback=Feedback(f"entry {number}", "zh", helpful=True))
        await commit(path, change)
    await using(path, lambda store: store.forget(person.id))
    assert await using(path, lambda store: store.export(person.id)) == {}
    assert await using(path, lambda store: store.turn_state(person.id)) is None
    assert [report.question for report in await using(path, lambda store: store.unanswered(9))] == [QUESTION]
    assert rows(path, "SELECT person FROM unanswered_by") == [(other.id,)]
    counts = await using(path, lambda store: store.counts())
    assert counts == {"people": 1, "helpful": 1, "not_helpful": 0, "unanswered": 1}
    assert rows(path, "PRAGMA user_version") == [(0,)]
    assert (await somebody(path)).id == 3


@pytest.mark.parametrize("seed", range(5))
async def test_forgotten_text_is_in_none_of_the_files(seed: int, path: Path) -> None:
    """Rows of all lengths that move between pages: there secure_delete alone leaves copies behind."""
    dice = random.Random(seed)
    async with await Store.open(path) as store:
        people = {
            f"<person {number}>": await store.person("telegram", f"<person {number}>", NOW) for number in range(8)
        }
        for _ in range(100):
            name = dice.choice(list(people))
            long = name * dice.choice([1, 10, 50, 500])
            question = Unanswered(long + str(dice.random()), "en", "none")
            await store.commit_turn(turn(people[name], None, state={"text": long}, unanswered=question))
        for name, person in people.items():
            assert name.encode() in bytes_of(path)
            await store.forget(person.id)
            assert name.encode() not in bytes_of(path)


@pytest.mark.parametrize("again", ["open", "forget"])
async def test_text_that_a_reader_kept_alive_goes_the_next_time(again: str, path: Path) -> None:
    person = await somebody(path, "<person>")
    async with await Store.open(path, busy_timeout=0.05) as store:
        with other_process(path, "BEGIN; SELECT * FROM people"):
            assert await error_of(store.forget(person.id)) == f"the database {path} is in use by another process"
            assert await store.export(person.id) == {}
            assert b"<person>" in bytes_of(path)
            await using(path, lambda other: other.counts())  # opens although the reader is still there
        assert b"<person>" in bytes_of(path)
        if again == "forget":
            await store.forget(person.id)
        else:
            await using(path, lambda other: other.counts())
        assert b"<person>" not in bytes_of(path)


# One at a time, many at once


WRONG_VERDICT: Any = "answer"
BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a person who does not exist": ({"person_id": 99}, r"^the database .*regbot\.db has no person 99$"),
    "a wrong verdict": (
        {"unanswered": Unanswered("?", "zh", WRONG_VERDICT)},
        "cannot be used: CHECK constraint failed",
    ),
    "a text that is not text": ({"feedback": Feedback("\ud800", "zh", helpful=True)}, "surrogates not allowed"),
}


@pytest.mark.parametrize(("broken", "error"), BROKEN.values(), ids=BROKEN)
async def test_broken_turn_changes_nothing(broken: dict[str, Any], error: str, path: Path) -> None:
    person = await somebody(path)
    async with await Store.open(path) as store:
        before = await store.export(person.id)
        change = turn(person, state={"n": 1}, feedback=Feedback("fees", "zh", helpful=True), unanswered=QUESTION)
        with pytest.raises((StoreError, UnicodeEncodeError), match=error):
            await store.commit_turn(replace(change, **broken))
        assert await store.export(person.id) == before
        assert not await store.was_handled("telegram", "1")
        assert await store.commit_turn(change)


def test_many_threads_open_a_new_file_and_write_at_once(path: Path) -> None:
    start = threading.Barrier(6)

    async def work(name: str) -> None:
        async with await Store.open(path) as store:
            person = await store.person("telegram", name, NOW)
            turns = [turn(person, f"{name} {number}", unanswered=QUESTION) for number in range(10)]
            assert all(await asyncio.gather(*map(store.commit_turn, turns)))

    def run(name: str) -> None:
        start.wait()
        asyncio.run(work(name))

    threads = [threading.Thread(target=run, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(path, "SELECT times_asked FROM unanswered") == [(60,)]
    assert rows(path, "SELECT count(*) FROM handled") == [(60,)]


async def test_another_writer_is_waited_for_and_then_named(path: Path) -> None:
    person = await somebody(path)
    in_use = f"the database {path} is in use by another process"
    async with await Store.open(path, busy_timeout=0.05) as store:
        with other_process(path, "BEGIN IMMEDIATE"):
            assert await error_of(store.commit_turn(turn(person, state={"n": 1}))) == in_use
            assert await error_of(somebody(path)) == in_use
            assert await store.turn_state(person.id) is None
        assert await store.commit_turn(turn(person, state={"n": 1}))
    async with await Store.open(path) as patient:
        with other_process(path, "BEGIN IMMEDIATE"):
            waiting = asyncio.create_task(patient.commit_turn(turn(person, "2")))
            await asyncio.sleep(0)  # starts the call; nothing is waited for
        assert await waiting


SERIES = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.store import Feedback, Store, TurnChange

async def main(path, start, now=datetime(2026, 11, 22, tzinfo=UTC)):
    async with await Store.open(path) as store:
        person = await store.person("telegram", "me", now)
        for n in itertools.count(start):
            await store.commit_turn(TurnChange(person_id=person.id, channel="telegram", update_id=str(n), now=now,
                language="zh", chosen_language=None, state={"n": n}, feedback=Feedback(str(n), "zh", True)))
            print(n, flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


def test_killed_process_keeps_every_commit(path: Path) -> None:
    start = 0
    for kill in range(KILLS):
        command = [sys.executable, "-c", SERIES, str(path), str(start)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            seen = [process.stdout.readline() for _ in range(1 + kill * 3)]
            process.kill()
            seen += process.stdout.readlines()
        acknowledged = max(int(line) for line in seen if line.endswith("\n"))
        state = asyncio.run(using(path, lambda store: store.turn_state(1)))
        assert state
        assert state["n"] in (acknowledged, acknowledged + 1)
        whole = {(number,) for number in range(state["n"] + 1)}
        assert set(rows(path, "SELECT CAST(update_id AS INTEGER) FROM handled")) == whole
        assert set(rows(path, "SELECT CAST(entry AS INTEGER) FROM feedback")) == whole
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]
        start = state["n"] + 1


# The end


async def test_closed_store_says_so(path: Path) -> None:
    store = await Store.open(path)
    waiting = asyncio.create_task(store.person("telegram", "me", NOW))
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    await store.close()
    await store.close()
    assert (await waiting).id == 1
    assert await error_of(store.counts()) == f"the database {path} is closed"


async def test_cancelled_opening_closes_the_file(path: Path) -> None:
    opening = asyncio.create_task(Store.open(path))
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # the last to close removes the others
