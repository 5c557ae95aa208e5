"""Times one turn in a flow beside the bare cost of one SQLite commit on the same disk, in the same run: `python -m benchmarks.turn`.

A turn is measured whole: reading the person, the engine, the replies, the commit. The bare commit writes one row of about
the size of a run into a table of a file with the same settings (WAL, synchronous FULL), through the same kind of worker thread.
"""

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.conversation import Conversation
from bot.flow_files import flows_of
from bot.index_cache import load_matcher
from bot.messages import Incoming
from bot.store import Store

TURNS = 2_000
PEOPLE = 50
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
ROW = "x" * 1_500
"""About the size of a run after some steps."""


async def _timed(work: Awaitable[object]) -> float:
    """Return how many milliseconds something takes."""
    start = time.perf_counter()
    await work
    return 1_000 * (time.perf_counter() - start)


def _bare(folder: Path, worker: ThreadPoolExecutor) -> Callable[[int], Awaitable[object]]:
    connection = worker.submit(lambda: sqlite3.connect(folder / "bare.db", isolation_level=None)).result()
    for sql in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA secure_delete = ON",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
    ):
        worker.submit(connection.execute, sql).result()

    def commit(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT OR REPLACE INTO t VALUES (?, ?)", (number % PEOPLE, ROW))
        connection.execute("COMMIT")

    async def work(number: int) -> None:
        await asyncio.get_running_loop().run_in_executor(worker, commit, number)

    return work


def _walk(conversation: Conversation) -> Callable[[int], Awaitable[object]]:
    """Walk people through the activation flow: every turn presses the first way on that the last reply offered."""
    offered: dict[int, str] = {}

    async def work(number: int) -> None:
        person = number % PEOPLE
        button = offered.get(person, "flow:activation")
        incoming = Incoming("bench", str(person), NOW + timedelta(seconds=number), button=button)
        replies = await conversation.turn(incoming)
        buttons = [found.data for reply in replies for found in reply.buttons]
        again = [data.replace("back:", "restart:") for data in buttons if data.startswith("back:")]  # at the end
        offered[person] = next(
            (data for data in buttons if data.startswith("go:")), again[0] if again else "flow:activation"
        )

    return work


def _row(name: str, times: list[float]) -> tuple[float, float]:
    median, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"{name:34} {median:9.3f} {slow:9.3f}")
    return median, slow


async def main(folder: Path) -> None:
    """Print the figures, in milliseconds; turns and bare commits take turns, so that both meet the same disk."""
    worker = ThreadPoolExecutor(1)
    bare = _bare(folder, worker)
    async with await Store.open(folder / "turns.db") as store:
        conversation = Conversation(load_matcher(), store, flows_of(), ZoneInfo("Asia/Shanghai"))
        walk = _walk(conversation)
        commits: list[float] = []
        turns: list[float] = []
        for number in range(TURNS):
            commits.append(await _timed(bare(number)))
            turns.append(await _timed(walk(number)))
    worker.shutdown()
    print(f"{'milliseconds':34} {'median':>9} {'99 %':>9}   ({TURNS} of each, {PEOPLE} people)")
    first, slow_first = _row("one bare SQLite commit", commits[PEOPLE:])
    whole, slow_whole = _row("one turn in a flow, with its commit", turns[PEOPLE:])
    print(f"{'ratio (the goal is 2 at most)':34} {whole / first:9.2f} {slow_whole / slow_first:9.2f}")
    with closing(sqlite3.connect(folder / "turns.db")) as connection:
        (steps,) = connection.execute("SELECT count(*) FROM steps").fetchone()
    print(f"entries in the history: {steps}, which is {steps / TURNS:.1f} a turn")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        asyncio.run(main(Path(made)))
