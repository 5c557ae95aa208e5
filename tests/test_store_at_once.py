"""The store with many turns at once, another process in the way, a killed process, and at its end: on real files."""

import asyncio
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StoreError
from bot.records import Feedback, Unanswered
from bot.store import Store
from tests.store_helpers import QUESTION, error_of, known, other_process, rows, somebody, turn

KILLS = 100 if "SOAK" in os.environ else 10
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


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
    waiting = asyncio.create_task(store.counts())
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    await store.close()
    await store.close()
    assert (await waiting)["people"] == 0
    assert await error_of(store.counts()) == f"the database {path} is closed"


async def test_cancelled_opening_closes_the_file(path: Path) -> None:
    opening = asyncio.create_task(Store.open(path))
    await asyncio.sleep(0)  # starts the call; nothing is waited for
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # the last to close removes the others
