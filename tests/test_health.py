"""Health: one object that tells systemd, the heartbeat file and Prometheus; with a real store and a real socket."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.flow_files import LIBRARY
from bot.health.heartbeat import Beat, heartbeat_path, read_beat
from bot.health.metrics import Metrics
from bot.health.service import DIGITS, Health, content_version
from bot.reminders.reading import RULES
from bot.sources import Sources
from bot.store import Store
from tests.conftest import write_files
from tests.flow_samples import write_flows
from tests.notify_socket import PATIENCE, Listener, listening
from tests.store_helpers import somebody

SOON = 0.02
"""Seconds between two beats in these tests."""
BEAT = ["WATCHDOG=1", "STATUS=answering as @reg_bot, content aaaa"]


@pytest.fixture(name="systemd")
def _systemd() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture(name="store")
async def _store(database: Path) -> AsyncIterator[Store]:
    async with await Store.open(database, busy_timeout=0.05) as store:
        yield store


def beat_of(store: Store) -> Beat:
    beat = read_beat(heartbeat_path(store.path, "telegram"))
    assert beat
    return beat


async def until(condition: Callable[[], object]) -> None:
    """Wait until something has happened."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - files and counters tell nobody
            await asyncio.sleep(SOON / 4)


async def next_beat(store: Store) -> None:
    """Wait for a beat after the last one."""
    last = beat_of(store).beat
    await until(lambda: beat_of(store).beat > last)


@asynccontextmanager
async def running(health: Health) -> AsyncIterator[None]:
    """Start a service, and end it as one is ended."""
    stop = asyncio.Event()
    health.started("reg_bot", "aaaa")
    loop = asyncio.create_task(health.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await loop
        health.stopped()


def value(metrics: Metrics, name: str, labels: Mapping[str, str] | None = None) -> float | None:
    return metrics.registry.get_sample_value(name, dict(labels or {}))


async def test_service_from_the_start_to_the_end(store: Store, systemd: Listener) -> None:
    health = Health(store, "telegram", interval=SOON, environment=systemd.environment)
    async with running(health):
        assert await systemd.next() == ["READY=1", "STATUS=answering as @reg_bot, content aaaa"]
        first = beat_of(store)
        assert (first.state, first.pid, first.bot, first.content) == ("running", os.getpid(), "reg_bot", "aaaa")
        assert await systemd.next() == BEAT
        await until(lambda: beat_of(store).beat > first.beat)
        health.handled(7)
        health.failed(8)
        health.turn("answered", 0.1)
        await until(lambda: beat_of(store).handled and beat_of(store).failed)
    beat = beat_of(store)
    assert (beat.state, beat.started) == ("stopped", first.started)
    assert beat.handled
    assert beat.failed
    assert (beat.handled.update, beat.failed.update) == (7, 8)
    said = systemd.received()
    assert said[-1] == ["STOPPING=1", "STATUS=finishing what is in hand"]
    assert set(map(tuple, said[:-1])) <= {tuple(BEAT)}


async def test_reload_is_told_at_once(store: Store, systemd: Listener) -> None:
    metrics = Metrics("telegram")
    health = Health(store, "telegram", metrics, environment=systemd.environment)
    health.started("reg_bot", "aaaa")
    health.reloading()
    health.reloaded("bbbb", ok=True)
    assert beat_of(store).content == "bbbb"
    health.reloaded("cccc", ok=False)
    beat = beat_of(store)
    health.stopped()
    assert beat.reload
    assert (beat.content, beat.reload.content, beat.reload.ok) == ("bbbb", "cccc", False)
    assert [lines[0] for lines in systemd.received()] == ["READY=1", "RELOADING=1", "READY=1", "READY=1"]
    assert value(metrics, "regbot_content_info", {"version": "bbbb"}) == 1.0
    assert value(metrics, "regbot_reloads_total", {"result": "refused"}) == 1.0


async def test_watchdog_starves_while_the_database_does_not_answer(
    store: Store, systemd: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    health = Health(store, "telegram", interval=SOON, environment=systemd.environment)
    locked = asyncio.Event()
    async with running(health):
        assert await systemd.next() != BEAT
        assert await systemd.next() == BEAT
        release = asyncio.run_coroutine_threadsafe(locked.wait(), asyncio.get_running_loop())
        held = asyncio.create_task(store.write(lambda _: release.result(PATIENCE)))  # the store's thread is busy
        await until(lambda: "the database does not answer" in caplog.text)
        systemd.received()
        before = beat_of(store).beat
        for _ in range(3):
            await next_beat(store)
        assert beat_of(store).beat > before, "that the process lives is written all the same"
        assert systemd.received() == []
        assert caplog.text.count("the database does not answer") == 1
        locked.set()
        await held
        assert await systemd.next() == BEAT
    assert beat_of(store).warnings


async def test_watchdog_starves_when_the_store_fails(store: Store, systemd: Listener) -> None:
    health = Health(store, "telegram", interval=SOON, environment=systemd.environment)
    async with running(health):
        assert await systemd.next() != BEAT
        assert await systemd.next() == BEAT
        await store.close()
        await until(lambda: beat_of(store).warnings)
        systemd.received()
        await next_beat(store)
        assert systemd.received() == []


async def test_watchdog_is_fed_as_often_as_systemd_wants(store: Store, systemd: Listener) -> None:
    """Without that, the second beat would come after an hour."""
    environment = systemd.environment | {"WATCHDOG_USEC": str(int(SOON * 2_000_000)), "WATCHDOG_PID": str(os.getpid())}
    async with running(Health(store, "telegram", interval=3600.0, environment=environment)):
        assert (await systemd.next())[0] == "READY=1"
        assert await systemd.next() == BEAT
        assert await systemd.next() == BEAT


async def test_end_is_not_waited_for(store: Store) -> None:
    async with running(Health(store, "telegram", interval=3600.0, environment={})):
        await asyncio.sleep(0)  # the loop has begun, and the store has not answered yet
    beat = beat_of(store)
    assert (beat.state, beat.warnings) == ("stopped", ())


async def test_errors_are_counted_from_the_start_to_the_end(store: Store) -> None:
    metrics = Metrics("telegram")
    health = Health(store, "telegram", metrics, environment={})
    log = logging.getLogger("bot.conversation")
    log.error("before")
    health.started("reg_bot", "aaaa")
    log.error("one")
    log.warning("two")
    health.stopped()
    log.error("after")
    beat = beat_of(store)
    assert [one.times for one in beat.errors] == [1]
    assert [one.times for one in beat.warnings] == [1]
    assert value(metrics, "regbot_errors_total") == value(metrics, "regbot_warnings_total") == 1.0


async def test_what_is_stored_is_counted_for_prometheus(database: Path, store: Store) -> None:
    await somebody(database)
    rows_of = "(1, 'year-end', ?, 'date', '2026-12-01T00:00:00+00:00', 30, ?, '2026-11-01T00:00:00+00:00')"
    columns = "(person, rule, day, kind, due_at, days, state, changed_at)"
    sql = f"INSERT INTO reminders {columns} VALUES {rows_of}"
    states = [("2026-12-01", "pending"), ("2026-12-02", "pending"), ("2026-12-03", "sent")]
    await store.write(lambda db: db.conn.executemany(sql, states))
    metrics = Metrics("telegram")
    health = Health(store, "telegram", metrics, interval=SOON, environment={})
    async with running(health):
        health.handled(1)
        health.turn("guide", 0.1)
        await until(lambda: value(metrics, "regbot_people") == 1.0)
    assert value(metrics, "regbot_reminders", {"state": "pending"}) == 2.0
    assert value(metrics, "regbot_reminders", {"state": "sent"}) == 1.0
    assert value(metrics, "regbot_updates_total") == 1.0
    assert value(metrics, "regbot_turns_total", {"channel": "telegram", "outcome": "guide"}) == 1.0


async def test_database_that_cannot_be_counted_does_not_end_the_loop(store: Store) -> None:
    await store.write(lambda db: db.conn.execute("ALTER TABLE reminders RENAME TO elsewhere"))
    metrics = Metrics("telegram")
    async with running(Health(store, "telegram", metrics, interval=SOON, environment={})):
        await next_beat(store)
        await next_beat(store)
    assert value(metrics, "regbot_people") == 0.0


async def test_folder_that_cannot_be_written_stops_nothing(store: Store, tmp_path: Path) -> None:
    path = heartbeat_path(store.path, "telegram")
    path.mkdir()
    metrics = Metrics("telegram")
    async with running(Health(store, "telegram", metrics, interval=SOON, environment={})):
        await until(lambda: value(metrics, "regbot_warnings_total"))
    assert list(path.iterdir()) == []


async def test_nothing_is_raised_before_the_start(store: Store) -> None:
    health = Health(store, "telegram", environment={})
    health.handled(1)
    health.failed()
    health.turn("answered", 0.1)
    health.reloaded("aaaa", ok=True)
    health.stopped()
    assert not heartbeat_path(store.path, "telegram").exists()


# The version of the content


@pytest.fixture(name="sources")
def _sources(folder: Path, tmp_path: Path) -> Sources:
    local = write_files(tmp_path / "local", {"windows.yaml": "[]\n"})
    reminders = tmp_path / "reminders.yaml"
    reminders.write_bytes(RULES.read_bytes())
    return Sources(entries=folder, local=local, flows=write_flows(tmp_path / "flows"), reminders=reminders)


def test_version_names_everything_that_is_spoken_from(sources: Sources) -> None:
    first = content_version(sources)
    assert first == content_version(sources)
    assert len(first) == DIGITS
    assert int(first, 16) >= 0
    assert sources.entries
    assert sources.local
    assert sources.flows
    assert sources.reminders
    seen = {first}
    files = (
        sources.entries / "papers" / "photo.yaml",
        sources.local / "windows.yaml",
        min(sources.flows.glob("*.yaml")),
        sources.reminders,
    )
    for file in files:
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        seen.add(content_version(sources))
        file.write_bytes(before)
    assert len(seen) == 1 + len(files)
    assert content_version(sources) == first
    (sources.local / "groups.yaml").write_text("[]\n", encoding="utf-8")
    assert content_version(sources) not in seen


def test_version_of_the_project_is_that_of_its_own_files(sources: Sources) -> None:
    own = replace(sources, flows=None, reminders=None)
    assert content_version(own) == content_version(replace(own, flows=LIBRARY, reminders=RULES))
    assert content_version(own) != content_version(sources)


async def test_places_of_the_content_are_noted(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    health = Health(store, "telegram", sources=Sources(local=Path("local")), environment={})
    health.started("reg_bot", "aaaa")
    health.stopped()
    assert beat_of(store).places == {"local": str(tmp_path / "local")}
