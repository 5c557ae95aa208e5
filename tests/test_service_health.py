"""What the bot tells of itself while it runs: its heartbeat, systemd, Prometheus; and what it removes at night."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from click.testing import Result

from bot.health.metrics import OUTCOMES
from bot.keeping.retention import LAST_RUN
from bot.store import Store
from tests.bot_api import BotApi, error
from tests.notify_socket import Listener, listening
from tests.reminder_bot import until
from tests.reminder_people import china, query
from tests.service_bot import PARKING, PARKING_FILE, QUESTIONS, Content, service_bot
from tests.service_helpers import REFUSED, Service, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

Run = Callable[..., Result]


class Systemd:
    """What systemd has heard; it takes every message at once, since few have room between it and the bot."""

    def __init__(self, listener: Listener) -> None:
        self.environment = listener.environment
        self.heard: list[list[str]] = []
        self._listener = listener

    async def run(self) -> None:
        """Take messages until cancelled."""
        while True:
            self.heard.extend(self._listener.received())
            await asyncio.sleep(0.02)

    async def next(self, first: str) -> list[str]:
        """Return the next message that begins with a line; others before it are signs of life."""
        await until(lambda: any(found[0] == first for found in self.heard))
        while (found := self.heard.pop(0))[0] != first:
            assert found[0] == "WATCHDOG=1"
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="systemd")
async def _systemd() -> AsyncIterator[Systemd]:
    with listening() as listener:
        systemd = Systemd(listener)
        taking = asyncio.create_task(systemd.run())
        yield systemd
        taking.cancel()


@pytest.fixture(scope="module", name="port")
def _port() -> int:
    """Return a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def _bot(tmp_path_factory: pytest.TempPathFactory, systemd: Systemd, port: int) -> AsyncIterator[Service]:
    """Return a bot that systemd has started, with a watchdog, and that shows figures."""
    address = systemd.environment["NOTIFY_SOCKET"]
    async with serving(
        tmp_path_factory.mktemp("bot"), "--metrics-port", str(port), NOTIFY_SOCKET=address, WATCHDOG_USEC="600000"
    ) as bot:
        yield bot


def status(run: Run, database: Path, *options: str) -> tuple[int, Mapping[str, Any], list[str]]:
    """Return the exit status of `regbot status`, what it says, and what needs attention, whatever this machine's disk is like."""
    done = run("status", "--json", "--database", database, *options)
    said = msgspec.json.decode(done.stdout)
    codes = [one["code"] for one in said["attention"]]
    assert done.exit_code == (1 if codes else 0)
    return done.exit_code, said, [code for code in codes if code != "disk"]


async def figures(port: int) -> dict[str, float]:
    """Return what Prometheus reads."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def test_systemd_hears_that_it_is_ready_and_lives(bot: Service, systemd: Systemd) -> None:
    ready = await systemd.next("READY=1")
    assert ready == ["READY=1", f"STATUS=answering as @{bot.api.username}, content {bot.beat().content}"]
    for _ in range(2):
        assert (await systemd.next("WATCHDOG=1"))[1].startswith("STATUS=answering as @")


async def test_status_is_fine_while_it_runs(bot: Service, run: Run) -> None:
    """Also without being told where the content lies, since the heartbeat says so."""
    update = bot.api.message(bot.person().id, "/help")
    await until(lambda: bot.beat().handled is not None)
    _, said, attention = status(run, bot.database)
    assert attention == []
    assert said["service"]["state"] == "running"
    beat = said["service"]["beat"]
    assert (beat["pid"], beat["bot"]) == (bot.process.pid, bot.api.username)
    assert beat["handled"]["update"] == update
    assert said["content"]["in_force"] == said["content"]["on_disk"] == beat["content"]


async def test_turns_are_counted_by_what_came_of_them(bot: Service, port: int) -> None:
    def turns(found: Mapping[str, float]) -> dict[str, float]:
        return {one: found[f'regbot_turns_total{{channel="telegram",outcome="{one}"}}'] for one in OUTCOMES}

    before, person = await figures(port), bot.person()
    await person.say("照片怎么弄")
    await person.say("你好")
    await person.say(QUESTIONS["zh"])
    await bot.person("en").say(QUESTIONS["en"])
    await person.say("/topics")
    await person.say("/start flow_letters")
    after = await figures(port)

    grown = {one: after_it - turns(before)[one] for one, after_it in turns(after).items()}
    assert sum(grown.values()) == 6
    assert (grown["answered"], grown["small-talk"], grown["guide"]) == (1, 1, 1)
    assert grown["unanswered"] + grown["suggested"] == 2
    assert after["regbot_turn_seconds_count"] - before["regbot_turn_seconds_count"] == 6
    assert after["regbot_updates_total"] >= before["regbot_updates_total"] + 5
    assert after["regbot_people"] >= 0
    assert after["regbot_start_time_seconds"] == pytest.approx(bot.beat().started.timestamp(), abs=1)
    assert not [name for name in after if QUESTIONS["zh"] in name]


async def test_a_reload_shows_everywhere(bot: Service, systemd: Systemd, port: int, run: Run) -> None:
    """Content that waits to be read is said to, and content that was refused as well."""
    bot.content.write(PARKING_FILE, PARKING)
    assert status(run, bot.database)[2] == ["content"]
    await bot.again()
    reloading, ready = await systemd.next("RELOADING=1"), await systemd.next("READY=1")
    assert reloading[1].startswith("MONOTONIC_USEC=")
    assert ready[1].endswith(f"content {bot.beat().content}")
    assert status(run, bot.database)[2] == []

    bot.content.write(PARKING_FILE, PARKING.replace("id: parking", "id: [parking"))
    await bot.again(REFUSED)
    await systemd.next("RELOADING=1")
    assert await systemd.next("READY=1") == ready
    assert sorted(status(run, bot.database)[2]) == ["content", "problems", "reload"]
    found = await figures(port)
    assert (found['regbot_reloads_total{result="ok"}'], found['regbot_reloads_total{result="refused"}']) == (1, 1)
    assert (found["regbot_errors_total"], found["regbot_warnings_total"]) == (0, 1)
    assert f'regbot_content_info{{version="{bot.beat().content}"}}' in found


@pytest.mark.parametrize(
    ("message", "why"),
    [("Bad Gateway", "unreachable"), ("Conflict: terminated by other getUpdates request", "taken")],
)
async def test_an_interruption_of_the_channel_is_noted_and_its_end(
    bot: Service, port: int, message: str, why: str
) -> None:
    """Whatever the reason, it is in the heartbeat and in the figures until updates are fetched again."""
    for _ in range(2):  # more and more time passes between the tries
        bot.api.fail("getUpdates", error(409 if why == "taken" else 502, message))
    bot.api.message(bot.person().id, "/help")

    await until(lambda: (cut := bot.beat().cut_off) is not None and cut.why == why)
    assert (await figures(port))["regbot_channel_reachable"] == 0

    bot.api.message(
        bot.person().id, "/help"
    )  # or the next answer to a request for updates, which is held open for a while
    await until(lambda: bot.beat().cut_off is None)
    assert (await figures(port))["regbot_channel_reachable"] == 1


async def test_a_stop_is_said_and_stays_said(bot: Service, systemd: Systemd, run: Run) -> None:
    """It is the last test with this bot."""
    assert await bot.process.stop() == 0
    assert (await systemd.next("STOPPING=1"))[1].startswith("STATUS=")
    assert systemd.heard == []
    assert bot.beat().state == "stopped"
    code, said, attention = status(run, bot.database)
    assert (code, said["service"]["state"]) == (1, "stopped")
    assert "service" in attention


async def test_what_is_kept_long_enough_goes_at_night_and_a_killed_bot_is_dead(tmp_path: Path, run: Run) -> None:
    """By a MOCK of the clock: it is 03:29:58 when the bot is ready, and the last night's turn was not missed."""
    content, database, clock = (
        Content.made(tmp_path / "content"),
        tmp_path / "regbot.db",
        china(11, 26, 3, 29, second=58),
    )
    old, fresh = (clock - timedelta(days=days) for days in (731, 729))
    async with await Store.open(database):
        insert = "INSERT INTO people (channel, channel_id, first_seen, last_seen) VALUES ('telegram', ?, ?, ?)"
        for name, seen in (("1", old), ("2", fresh)):
            query(database, insert, name, stamp(seen), stamp(seen))
        query(database, "INSERT INTO switches VALUES (?, ?)", LAST_RUN, stamp(clock - timedelta(hours=23)))
    assert run("status", "--database", tmp_path / "none.db").exit_code == 2
    async with BotApi() as api, service_bot(api, database, content, RETENTION_CLOCK=clock.isoformat()) as bot:
        assert query(database, "SELECT channel_id FROM people ORDER BY id") == [("1",), ("2",)]
        await bot.logged("removed 1 people and 0 questions, kept long enough")
        await until(lambda: query(database, "SELECT since FROM switches WHERE name = ?", LAST_RUN)[0][0] > stamp(clock))
        assert query(database, "SELECT channel_id FROM people") == [("2",)]
        bot.send(signal.SIGKILL)
        await bot.ended()

    code, said, attention = status(run, database)
    assert (code, said["service"]["state"], attention) == (1, "dead", ["service"])
    assert said["attention"][0]["text"].startswith("the service on telegram has died")
    assert said["service"]["beat"]["pid"] != os.getpid()


def stamp(moment: datetime) -> str:
    """Return a moment as the database keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
