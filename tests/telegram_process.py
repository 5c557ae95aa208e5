"""The bot on Telegram as a process of its own, against a server of the tests that speaks the Bot API."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.bot_api import BotApi

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
"""So many seconds a process may take to start or to end."""


class BotProcess:
    """A `regbot telegram` with a database of its own; `async with` starts it, waits until it is ready, and ends it."""

    def __init__(
        self,
        api: BotApi,
        database: Path,
        *options: str | Path,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "bot", "telegram"),
    ) -> None:
        self.database = database
        self._command = [sys.executable, "-W", "error", *program, "--log-json", *map(str, options)]
        self._environment = os.environ | {
            "REGBOT_TELEGRAM_TOKEN": api.token,
            "REGBOT_TELEGRAM_API": api.url,
            "REGBOT_DATABASE": str(database),
            "PYTHONIOENCODING": "utf-8",
            **(environment or {}),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._grown = asyncio.Condition()
        self.log = ""
        """What the process has written so far, to both streams."""

    async def __aenter__(self) -> Self:
        await self.start()
        await self.logged("ready as @")
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
        await self.ended()

    async def start(self) -> None:
        """Start the process, without waiting until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        while piece := await self._process.stdout.read(65536):
            async with self._grown:
                self.log += piece.decode()
                self._grown.notify_all()
        async with self._grown:
            self._grown.notify_all()

    async def logged(self, text: str) -> None:
        """Wait until the log contains a text; fails when the process ends before, or takes too long."""
        assert self._reader
        reader = self._reader
        async with self._grown, asyncio.timeout(PATIENCE):
            await self._grown.wait_for(lambda: text in self.log or reader.done() or self._ended)
        assert text in self.log, self.log

    @property
    def _ended(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process
        return self._process.pid

    def send(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def kill(self) -> None:
        """End the process at once, as a crash does."""
        self.send(signal.SIGKILL)
        await self.ended()

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the process to stop, and return its exit status."""
        self.send(number)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end of the process, and return its exit status."""
        if self._process is None or self._reader is None:
            return 0
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._process.wait()
                await self._reader
        except TimeoutError:
            self._process.kill()
            raise
        return status

    def records(self) -> list[dict[str, Any]]:
        """Return the log's records."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]
