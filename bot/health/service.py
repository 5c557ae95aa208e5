"""How the service is: what it tells systemd, `regbot status` and Prometheus, behind one object that is cheap to call."""

import asyncio
import hashlib
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final, Literal, Protocol

from bot.errors import StoreError
from bot.health import systemd
from bot.health.figures import Figures
from bot.health.heartbeat import Clock, Dealt, Heartbeat, Reload, Tally, heartbeat_path, utc_now
from bot.health.metrics import Metrics
from bot.reading import reading
from bot.store import Store

log = logging.getLogger(__name__)

INTERVAL: Final = 15.0
"""Seconds between two beats."""
COUNT_EVERY: Final = 60.0
"""Seconds between two counts of what is stored, for Prometheus."""
DIGITS: Final = 12
"""Hexadecimal digits of a version of the content."""


class Places(Protocol):
    """Where the content lies, as `bot.sources.Sources` says it; None for the project's own, and for no local content."""

    @property
    def entries(self) -> Path | None:
        """The folder of the FAQ's entries."""

    @property
    def local(self) -> Path | None:
        """The folder of what is added for a place or an employer."""

    @property
    def flows(self) -> Path | None:
        """The folder of the guided flows."""

    @property
    def reminders(self) -> Path | None:
        """The file with the rules of the reminders."""


def content_version(sources: Places) -> str:
    """Return a short name of everything the assistant speaks from as it is on disk: any change gives another one.

    Whoever loads the content asks before that: what changes meanwhile then shows as a difference.
    """
    from bot.faq_files import ENTRIES, content_files
    from bot.flow_files import LIBRARY
    from bot.index_cache import fingerprint
    from bot.reminders.reading import RULES

    digest = hashlib.blake2b(fingerprint(sources.entries or ENTRIES, sources.local).encode())
    flows = sources.flows or LIBRARY
    files = [(f"flows/{path.relative_to(flows).as_posix()}", path) for path in content_files(flows)]
    for name, path in (*files, ("reminders", sources.reminders or RULES)):
        content = b""
        with suppress(OSError):  # whoever reads the content says what is wrong with it
            content = path.read_bytes()
        digest.update(f"\0{name}\0{len(content)}\0".encode(errors="replace"))
        digest.update(content)
    return digest.hexdigest()[:DIGITS]


class Health:
    """What a service tells of itself while it runs. Nothing is raised, and no method but `run` takes noticeable time.

    `sources` is where the content lies, so that `regbot status` looks at the same place. `now` is the clock, `interval` the
    seconds between two beats, `environment` where systemd says how it is to be told.
    """

    def __init__(  # noqa: PLR0913 - parts that are given from outside
        self,
        store: Store,
        channel: str,
        metrics: Metrics | None = None,
        *,
        sources: Places | None = None,
        now: Clock = utc_now,
        interval: float = INTERVAL,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._store = store
        self._channel = channel
        self._metrics = metrics
        self._places = _places(sources)
        self._now = now
        self._environment = environment
        self._interval = min(interval, systemd.watchdog(environment) or interval)
        self._tally = Tally(now, metrics.logged if metrics else None)
        self._heartbeat = Heartbeat(heartbeat_path(store.path, channel), self._tally, now)
        self._answered = True
        """False when the store did not answer the last time that it was asked."""
        self._count_at = monotonic()
        self._bot = self._content = ""

    def started(self, bot_name: str, content_version: str) -> None:
        """Say that the service is ready, under which name and with which content."""
        self._bot, self._content = bot_name, content_version
        self._tally.attach()
        self._heartbeat.start(self._channel, bot_name, content_version, self._places)
        if self._metrics:
            self._metrics.started(self._now(), content_version)
        systemd.ready(self._status(), self._environment)

    def handled(self, update_id: int) -> None:
        """Note that an update was dealt with."""
        now = self._now()
        self._heartbeat.note(handled=Dealt(update_id, now))
        if self._metrics:
            self._metrics.update(now)

    def failed(self, update_id: int | None = None) -> None:
        """Note that an update could not be dealt with; the error itself is counted from the log."""
        self._heartbeat.note(failed=Dealt(update_id, self._now()))

    def reached(self) -> None:
        """Note that the channel can be reached."""
        self._cut_off(None)

    def cut_off(self, why: Literal["unreachable", "taken"]) -> None:
        """Note that the channel gives nothing: its server cannot be reached, or another process takes what people write."""
        self._cut_off(why)

    def _cut_off(self, why: Literal["unreachable", "taken"] | None) -> None:
        self._heartbeat.cut_off(why)
        if self._metrics:
            self._metrics.reachable(yes=why is None)

    def turn(self, outcome: str, seconds: float) -> None:
        """Count a turn with what came of it, one of `bot.health.metrics.OUTCOMES`, and how long it took."""
        if self._metrics:
            self._metrics.turn(outcome, seconds)

    def reloading(self) -> None:
        """Say that the content is being read again; `reloaded` has to follow."""
        systemd.reloading(self._environment)

    def reloaded(self, version: str, *, ok: bool) -> None:
        """Say that the content was read again; when it was not `ok`, the one before stays in force."""
        self._heartbeat.note(reload=Reload(self._now(), version, ok))
        if ok:
            self._content = version
        self._heartbeat.write()
        if self._metrics:
            self._metrics.reloaded(version, ok=ok)
        systemd.ready(self._status(), self._environment)

    def stopped(self) -> None:
        """Say that the service has ended."""
        self._heartbeat.stop()
        self._tally.detach()

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until told to stop. systemd's watchdog is fed as long as this loop turns and the store answers."""
        stopping = asyncio.create_task(stop.wait())
        asked: asyncio.Task[bool] | None = None
        try:
            while not stop.is_set():
                asked = asked or asyncio.create_task(self._answers())
                await asyncio.wait((asked, stopping), timeout=self._interval, return_when=asyncio.FIRST_COMPLETED)
                if stop.is_set():
                    break
                answered = asked.done() and not asked.exception() and asked.result()
                if asked.done():
                    asked = None
                await self._beat(answered=answered)
                await asyncio.wait((stopping,), timeout=self._interval)
        finally:
            stopping.cancel()
            if asked:
                asked.cancel()
            systemd.stopping("finishing what is in hand", self._environment)

    async def _beat(self, *, answered: bool) -> None:
        try:
            if answered:
                systemd.notify(systemd.WATCHDOG, f"STATUS={self._status()}", environment=self._environment)
            elif self._answered:
                log.warning("the database does not answer")
            self._answered = answered
            await asyncio.to_thread(self._heartbeat.write)
            if answered:
                await self._count()
        except Exception:
            log.exception("no sign of life could be given")

    async def _answers(self) -> bool:
        try:
            await self._store.recall(self._channel, "")  # nobody: it reads one row of an index, and writes nothing
        except StoreError:
            return False
        return True

    async def _count(self) -> None:
        """Count what is stored, in a thread and with a connection of its own: reading all reminders may take seconds."""
        if self._metrics is None or monotonic() < self._count_at:
            return
        self._count_at = monotonic() + COUNT_EVERY
        with suppress(StoreError):
            self._metrics.stored(*await asyncio.to_thread(_stored, self._store.path))

    def _status(self) -> str:
        name = " ".join(self._bot.split())
        return f"answering as @{name}, content {self._content}"


def _stored(path: Path) -> tuple[int, dict[str, int]]:
    with reading(path) as connection:
        figures = Figures(connection)
        return figures.people() or 0, figures.reminders()


def _places(sources: Places | None) -> dict[str, str]:
    """Return the absolute places of the content that is not the project's own."""
    if sources is None:
        return {}
    given = {
        "entries": sources.entries,
        "local": sources.local,
        "flows": sources.flows,
        "reminders": sources.reminders,
    }
    return {kind: str(path.absolute()).encode(errors="replace").decode() for kind, path in given.items() if path}
