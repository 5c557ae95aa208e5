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
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.errors import StoreError
from bot.records import Feedback, Memory, Person, TurnChange, TurnKey, Unanswered, UnansweredReport
from bot.store import KEEP_HANDLED, Store

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


@dataclass(frozen=True)
class Turn:
    """A turn whose work is to change what it is told to."""

    key: TurnKey
    change: TurnChange

    async def take(self, store: Store) -> bool:
        return await store.turn(self.key, lambda _: self.change)


async def known(path: Path, name: str = "me") -> Memory:
    """Return what is known about somebody, who is made known first."""
    memory = await using(path, lambda store: store.recall("telegram", name))
    if memory is None:
        await commit(path, turn(name, None, language=None))
        memory = await using(path, lambda store: store.recall("telegram", name))
    assert memory
    return memory


async def somebody(path: Path, name: str = "me") -> Person:
    return (await known(path, name)).person


def turn(name: str = "me", update_id: str | None = "1", now: datetime = NOW, **changes: Any) -> Turn:
    change = TurnChange(language="zh", chosen_language=None, state=None)
    key = TurnKey(channel="telegram", channel_id=name, now=now, update_id=update_id)
    return Turn(key, replace(change, **changes))


async def commit(path: Path, *turns: Turn) -> list[bool]:
    """Take the turns, each with a store of its own."""
    return [await using(path, one.take) for one in turns]


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
    assert await using(path, lambda store: store.recall("telegram", "me")) is None
    first = await somebody(path)
    assert first == Person(1, "telegram", "me", None, None, NOW, NOW)
    later = (NOW + timedelta(days=3)).astimezone(timezone(timedelta(hours=8)))
    await commit(path, turn(now=later))
    assert await somebody(path) == replace(first, language="zh", last_seen=NOW + timedelta(days=3))
    await commit(path, replace(turn(), key=replace(turn().key, channel="terminal")))
    assert rows(path, "SELECT id, channel, last_seen FROM people") == [
        (1, "telegram", "2026-11-25T08:30:15+00:00"),
        (2, "terminal", "2026-11-22T08:30:15+00:00"),
    ]


async def test_work_sees_what_is_known(path: Path) -> None:
    seen: list[Memory] = []

    def work(memory: Memory) -> TurnChange:
        seen.append(memory)
        return turn(state={"n": len(seen)}).change

    async with await Store.open(path) as store:
        for number in range(3):
            assert await store.turn(turn(update_id=str(number)).key, work)
    assert [dict(memory.offer) for memory in seen] == [{}, {"n": 1}, {"n": 2}]
    assert {memory.person.id for memory in seen} == {1}


async def test_work_that_fails_undoes_the_turn(path: Path) -> None:
    def work(memory: Memory) -> TurnChange:
        raise ZeroDivisionError

    async with await Store.open(path) as store:
        with pytest.raises(ZeroDivisionError):
            await store.turn(turn().key, work)
        assert await store.recall("telegram", "me") is None
        assert not await store.was_handled("telegram", "1")
        assert await turn().take(store)


async def test_work_is_not_done_for_a_message_that_was_handled(path: Path) -> None:
    def work(memory: Memory) -> TurnChange:
        pytest.fail("the work was done")

    await commit(path, turn())
    assert not await using(path, lambda store: store.turn(turn().key, work))


async def test_time_without_zone_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="the time 2026-11-22 08:30:15 has no time zone"):
        await commit(path, turn(now=NOW.replace(tzinfo=None)))


async def test_turn_is_remembered(path: Path) -> None:
    person = await somebody(path)
    assert (await known(path)).offer == {}
    offer = {"buttons": ["激活", "提交"], "page": 2}
    await commit(path, turn(chosen_language="en", state=offer))
    assert (await known(path)).offer == offer
    assert await somebody(path) == replace(person, language="zh", chosen_language="en")
    await commit(path, turn(update_id="2"))
    assert (await known(path)).offer == {}
    assert await somebody(path) == replace(person, language="zh")


async def test_second_delivery_changes_nothing(path: Path) -> None:
    first = turn(state={"n": 1}, unanswered=QUESTION)
    assert not await using(path, lambda store: store.was_handled("telegram", "1"))
    assert await commit(path, first) == [True]
    assert await using(path, lambda store: store.was_handled("telegram", "1"))
    assert not await using(path, lambda store: store.was_handled("terminal", "1"))
    second = turn(language="en", state={"n": 2}, feedback=Feedback("x", "en", helpful=True))
    before = rows(path, "SELECT * FROM people, turns, unanswered, handled")
    assert await commit(path, second) == [False]
    assert rows(path, "SELECT * FROM people, turns, unanswered, handled") == before
    assert rows(path, "SELECT * FROM feedback") == []
    assert await commit(path, replace(second, key=replace(second.key, channel="web"))) == [True]


async def test_of_many_deliveries_at_once_one_counts(path: Path) -> None:
    async with await Store.open(path) as store:
        done = await asyncio.gather(*(turn(unanswered=QUESTION).take(store) for _ in range(20)))
        assert sorted(done) == [False] * 19 + [True]
        assert [report.times_asked for report in await store.unanswered(9)] == [1]


async def test_message_without_a_name_always_counts(path: Path) -> None:
    assert await commit(path, turn(update_id=None), turn(update_id=None)) == [True, True]
    assert rows(path, "SELECT * FROM handled") == []


async def test_old_deliveries_are_forgotten(path: Path) -> None:
    await commit(path, *(turn(update_id=str(days), now=NOW + timedelta(days=days)) for days in (0, 1, 8)))
    assert timedelta(days=7) == KEEP_HANDLED
    assert rows(path, "SELECT update_id FROM handled ORDER BY at") == [("1",), ("8",)]


async def test_newest_opinion_counts(path: Path) -> None:
    opinions = [
        Feedback("fees", "zh", helpful=True),
        Feedback("dates", "zh", helpful=True),
        Feedback("fees", "en", helpful=False),
    ]
    await commit(path, *(turn(update_id=None, feedback=opinion) for opinion in opinions))
    counts = await using(path, lambda store: store.counts())
    assert counts == {"people": 1, "helpful": 1, "not_helpful": 1, "unanswered": 0}


async def test_unanswered_questions_come_most_asked_first(path: Path) -> None:
    later, last = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    asked = [(QUESTION, NOW), (replace(QUESTION, text="另一个"), last), (replace(QUESTION, language="en"), NOW)]
    asked += [(replace(QUESTION, verdict="none", matches=()), later)]
    for number, (question, now) in enumerate(asked):
        await commit(path, turn(f"person {number}", str(number), now, unanswered=question))
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
        change = turn(
            who.channel_id, str(who.id), state={"who": who.channel_id}, feedback=feedback, unanswered=QUESTION
        )
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
        "guides": [],
        "told": [],
        "steps": [],
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
        feedback = Feedback(f"entry {number}", "zh", helpful=True)
        one = turn(who.channel_id, str(number), state={"who": who.channel_id}, unanswered=question, feedback=feedback)
        await commit(path, one)
    await using(path, lambda store: store.forget(person.id))
    assert await using(path, lambda store: store.export(person.id)) == {}
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
        people = {f"<person {number}>": await somebody(path, f"<person {number}>") for number in range(8)}
        for _ in range(100):
            name = dice.choice(list(people))
            long = name * dice.choice([1, 10, 50, 500])
            question = Unanswered(long + str(dice.random()), "en", "none")
            await turn(name, None, state={"text": long}, unanswered=question).take(store)
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
        good = turn(state={"n": 1}, feedback=Feedback("fees", "zh", helpful=True), unanswered=QUESTION)
        with pytest.raises((StoreError, UnicodeEncodeError), match=error):
            await replace(good, change=replace(good.change, **broken)).take(store)
        assert await store.export(person.id) == before
        assert not await store.was_handled("telegram", "1")
        assert await good.take(store)


def test_many_threads_open_a_new_file_and_write_at_once(path: Path) -> None:
    start = threading.Barrier(6)

    async def work(name: str) -> None:
        async with await Store.open(path) as store:
            turns = [turn(name, f"{name} {number}", unanswered=QUESTION) for number in range(10)]
            assert all(await asyncio.gather(*(one.take(store) for one in turns)))

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
    await somebody(path)
    in_use = f"the database {path} is in use by another process"
    async with await Store.open(path, busy_timeout=0.05) as store:
        with other_process(path, "BEGIN IMMEDIATE"):
            assert await error_of(turn(state={"n": 1}).take(store)) == in_use
            assert await error_of(somebody(path)) == in_use
            assert (memory := await store.recall("telegram", "me"))
            assert memory.offer == {}
        assert await turn(state={"n": 1}).take(store)
    async with await Store.open(path) as patient:
        with other_process(path, "BEGIN IMMEDIATE"):
            waiting = asyncio.create_task(turn(update_id="2").take(patient))
            await asyncio.sleep(0)  # starts the call; nothing is waited for
        assert await waiting


SERIES = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.records import Feedback, TurnChange, TurnKey
from bot.store import Store

async def main(path, start, now=datetime(2026, 11, 22, tzinfo=UTC)):
    async with await Store.open(path) as store:
        for n in itertools.count(start):
            key = TurnKey(channel="telegram", channel_id="me", now=now, update_id=str(n))
            change = TurnChange(language="zh", chosen_language=None, state={"n": n}, feedback=Feedback(str(n), "zh", True))
            await store.turn(key, lambda _: change)
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
        state = asyncio.run(known(path)).offer
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
    waiting = asyncio.create_task(store.was_handled("telegram", "1"))
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    await store.close()
    await store.close()
    assert await waiting is False
    assert await error_of(store.counts()) == f"the database {path} is closed"


async def test_cancelled_opening_closes_the_file(path: Path) -> None:
    opening = asyncio.create_task(Store.open(path))
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # the last to close removes the others
