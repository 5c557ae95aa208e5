"""Turns with the store, written as tests need them; and another process that is in the way."""

import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlite_utils import Database

from bot.errors import StoreError
from bot.records import Memory, Person, TurnChange, TurnKey, Unanswered
from bot.store import Store

T = TypeVar("T")

NOW = datetime(2026, 11, 22, 8, 30, 15, tzinfo=UTC)
QUESTION = Unanswered("执业证书丢了怎么办", "zh", "suggest", (("lost-certificate", 0.41), ("change-of-name", 0.2)))


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
    """Return somebody, who is made known first."""
    return (await known(path, name)).person


def turn(name: str = "me", update_id: str | None = "1", now: datetime = NOW, **changes: Any) -> Turn:
    """Return a turn of somebody who writes Chinese."""
    change = TurnChange(language="zh", chosen_language=None, state=None)
    key = TurnKey(channel="telegram", channel_id=name, now=now, update_id=update_id)
    return Turn(key, replace(change, **changes))


async def commit(path: Path, *turns: Turn) -> list[bool]:
    """Take the turns, each with a store of its own."""
    return [await using(path, one.take) for one in turns]


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query of the database file gives."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


async def error_of(call: Awaitable[object]) -> str:
    """Return the sentence that something fails with."""
    with pytest.raises(StoreError) as caught:
        await call
    return str(caught.value)


@contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Open the database file from outside, as it is."""
    with closing(sqlite3.connect(path)) as connection:
        yield Database(connection, execute_plugins=False)


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


def bytes_of(path: Path) -> bytes:
    """Read all files of the database, in another process: closing them in this one would drop SQLite's locks."""
    return subprocess.run(["cat", *path.parent.iterdir()], capture_output=True, check=True).stdout
