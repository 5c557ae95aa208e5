"""Reads the content anew while the assistant runs: it is checked first, and what was in force stays so if the new one is bad.

The check and the building of the index take seconds of computing, so that a process of its own does them; what it built is then
read from the cache.
"""

import asyncio
import logging
import os
import re
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bot.assistant import Assistant
from bot.conversation import Conversation
from bot.errors import ContentError
from bot.health.service import Health, content_version
from bot.settings import TOKEN, WEBHOOK_SECRET
from bot.sources import Sources

log = logging.getLogger(__name__)

PATIENCE: Final = 300.0
"""Seconds for the check."""
SHOWN: Final = 10
"""So many problems are reported."""
_COUNT: Final = re.compile("[0-9,]+ errors?, [0-9,]+ warnings?")
"""The last line of `regbot check`."""
_STOPPING: Final = "the assistant is stopping"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of it."""

    ok: bool
    """True when the new content is in force."""
    lines: tuple[str, ...]
    """The problems as `regbot check` prints them; warnings, when it is in force."""
    entries: int = 0
    flows: int = 0


class Reloader:
    """Reads the content of `sources` anew for a conversation, once at a time, and tells `health` of it."""

    def __init__(self, sources: Sources, conversation: Conversation, health: Health) -> None:
        self._sources = sources
        self._conversation = conversation
        self._health = health
        self._one = asyncio.Lock()
        self._stopping = False
        self._process: asyncio.subprocess.Process | None = None

    def stop(self) -> None:
        """End a check that is under way, and begin none any more: nobody waits for new content now."""
        self._stopping = True
        self._end()

    def _end(self) -> None:
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def run(self, wanted: asyncio.Event) -> None:
        """Read the content anew whenever it is wanted, until cancelled."""
        while True:
            await wanted.wait()
            wanted.clear()
            await self.reload()

    async def reload(self) -> Reloaded:
        """Check the content, and put it in force if it is good. Nothing is raised but what stops the process."""
        async with self._one:
            self._health.reloading()
            # Before it is read: what changes meanwhile then shows as a difference.
            version, done = "", Reloaded(ok=False, lines=("it was stopped",))
            try:
                version = await asyncio.to_thread(content_version, self._sources)
                done = await self._reload()
            except Exception as error:
                log.exception("the content could not be read anew")
                done = Reloaded(ok=False, lines=(type(error).__name__,))
            finally:
                self._health.reloaded(version, ok=done.ok)
        shown = "; ".join(done.lines[:SHOWN])
        if done.ok:
            log.info(
                "new content is in force: %s entries, %s flows%s", done.entries, done.flows, shown and f"; {shown}"
            )
        else:
            log.warning("the content was not read anew, the one before stays in force: %s", shown)
        return done

    async def _reload(self) -> Reloaded:
        try:
            if self._stopping:
                return Reloaded(ok=False, lines=(_STOPPING,))
            good, lines = await self._check()
            if not good:
                return Reloaded(ok=False, lines=lines)
            assistant = await asyncio.to_thread(self._read)
        except (ContentError, OSError) as error:
            return Reloaded(ok=False, lines=(str(error),))
        except Exception as error:
            log.exception("the content could not be read anew")
            return Reloaded(ok=False, lines=(type(error).__name__,))
        self._conversation.assistant = assistant
        return Reloaded(
            ok=True,
            lines=lines,
            entries=len(assistant.matcher.corpus.entries),
            flows=len(assistant.library.flows),
        )

    def _read(self) -> Assistant:
        sources = self._sources
        return Assistant(sources.matcher(), sources.library(), self._conversation.assistant.zone, sources.rules())

    async def _check(self) -> tuple[bool, tuple[str, ...]]:
        """Have the content checked and its index built; return whether it is good, and the problems."""
        command = [sys.executable, "-m", "bot", "check", "--index", *self._sources.arguments()]
        environment = {name: value for name, value in os.environ.items() if name not in (TOKEN, WEBHOOK_SECRET)}
        self._process = process = await asyncio.create_subprocess_exec(
            *command,
            env=environment | {"PYTHONIOENCODING": "utf-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            if self._stopping:  # since it was begun
                self._end()
            async with asyncio.timeout(PATIENCE):
                out, err = await process.communicate()
        except TimeoutError:
            return False, (f"the check took longer than {PATIENCE:.0f} seconds",)
        finally:
            self._end()
            await process.wait()
        found = [line for line in out.decode(errors="replace").splitlines() if line]
        found = [line for line in found if not _COUNT.fullmatch(line)]
        if self._stopping:
            return False, (_STOPPING,)
        if process.returncode == 0:
            return True, tuple(found)
        if process.returncode is not None and process.returncode < 0:  # such as for want of memory
            number = -process.returncode
            name = next((one.name for one in signal.Signals if one == number), str(number))
            return False, (f"the check was ended from outside ({name})",)
        errors = [line for line in found if ": warning: " not in line]
        return False, tuple(errors or err.decode(errors="replace").splitlines()[-1:] or ["the check failed"])
