"""Chats over pipes as processes of their own, and what they must say and store: the same turns taken in this process."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot.channels.terminal import CHANNEL
from bot.conversation import Conversation
from bot.index_cache import load_matcher
from bot.messages import Incoming
from bot.rendering import plain
from bot.store import Store
from faq.matcher import Matcher
from flows.definition import Library
from tests.flow_samples import read_flows, write_flows

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
"""So many seconds a process may live; one that hangs is ended, so that what it did not say is missed."""

State = Mapping[str, Sequence[str]]
"""The rows of all tables, without the times."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


class PipedChat:
    """A `regbot chat` whose input and output are pipes; what goes wrong in it appears in its output."""

    def __init__(self, arguments: Iterable[str | Path]) -> None:
        command = [sys.executable, "-W", "error", "-m", "bot", "chat", *map(str, arguments)]
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout
        self.said = b""
        """The output so far."""
        self._watchdog = threading.Timer(PATIENCE, self._process.kill)
        self._watchdog.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._watchdog.cancel()
        self._process.wait()
        self._input.close()
        self._output.close()

    def type(self, *lines: str) -> None:
        """Type lines, without waiting for replies."""
        self._input.write("".join(f"{line}\n" for line in lines).encode())

    def read(self, expected: bytes) -> None:
        """Read until at least this was said, counted from the beginning, or the process has ended."""
        while len(self.said) < len(expected) and self._read_piece():
            assert self.said.startswith(expected) or expected.startswith(self.said)

    def _read_piece(self) -> bool:
        piece = os.read(self._output.fileno(), 65536)
        self.said += piece
        return bool(piece)

    def _read_rest(self) -> None:
        while self._read_piece():
            pass

    def kill(self, pause: float) -> bytes:
        """Kill the process (SIGKILL) after so many seconds; return everything that it said."""
        time.sleep(pause)
        return self._killed()

    def kill_as_it_writes(self, file: Path, patience: float = 0.2) -> bytes:
        """Kill the process at the moment that a file is written, or else after so many seconds; return everything that it said."""
        before, end = _written(file), time.monotonic() + patience
        while _written(file) == before and time.monotonic() < end:
            pass
        return self._killed()

    def _killed(self) -> bytes:
        self._process.kill()
        self._read_rest()
        self._process.wait()
        return self.said

    def leave(self) -> int:
        """End the input, read everything that is said, and return the exit status."""
        self._input.close()
        self._read_rest()
        return self._process.wait()


def _written(file: Path) -> tuple[int, int]:
    """Return what is another after something was written to the file."""
    found = file.stat()
    return found.st_size, found.st_mtime_ns


@dataclass(frozen=True)
class Foreseen:
    """What some turns say, and the database before the first one and after each."""

    texts: Sequence[bytes]
    states: Sequence[State]


class Oracle:
    """Tells what a chat process with the same content says and stores, by taking the turns in this process."""

    def __init__(self, matcher: Matcher, library: Library, options: Sequence[str | Path], zone: str) -> None:
        self._matcher = matcher
        self._library = library
        self._zone = zone
        self._options = options

    def arguments(self, database: Path, name: str = "me") -> list[str | Path]:
        """Return the arguments of `regbot chat`."""
        return [*self._options, "--timezone", self._zone, "--database", database, "--name", name]

    async def foresee(self, database: Path, lines: Iterable[str], name: str = "me") -> Foreseen:
        """Take turns on a database, which is changed by that."""
        texts, states = [], [tables(database)]
        async with await Store.open(database) as store:
            conversation = Conversation(self._matcher, store, self._library, ZoneInfo(self._zone))
            for line in lines:
                replies = await conversation.turn(Incoming(CHANNEL, name, datetime.now(UTC), text=line))
                texts.append(f"{plain(replies)}\n\n".encode())
                states.append(tables(database))
        return Foreseen(texts, states)


def small_oracle(content: Path, flows: Path) -> Oracle:
    """Return an oracle for a corpus and a folder of flows to be made, in a time zone where no midnight is near."""
    write_flows(flows)
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"  # the sign is the other way round: there it is noon
    return Oracle(load_matcher(content), read_flows(flows), ("--entries", content, "--flows", flows), zone)


def tables(database: Path) -> State:
    """Return what stands in the database."""
    if not database.exists():
        return {}
    with closing(sqlite3.connect(database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*sqlite_*'")
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names.fetchall()}
    return {name: sorted(without_times(repr(row)) for row in found) for name, found in rows.items() if found}


def without_times(text: str) -> str:
    """Return a text with "now" for every time as the database keeps it."""
    return _TIME.sub("now", text)


def copied(database: Path, folder: Path) -> Path:
    """Return a copy of a database that nobody has open; looking at that leaves what a killed process left as it is."""
    folder.mkdir()
    for file in database.parent.glob(f"{database.name}*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, folder)
    return folder / database.name


def rows_of(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query gives."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()
