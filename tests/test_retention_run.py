"""When old questions and people are removed: every night, after a start that comes late, again after a failure."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.keeping.retention import AFTER_FAILURE, AFTER_START, LAST_RUN, Retention
from bot.store import Store
from tests.store_helpers import other_process, rows, turn, using

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 22, 12, tzinfo=ZONE)
NIGHT = datetime(2026, 11, 23, 3, 30, tzinfo=ZONE)
SECOND = timedelta(seconds=1)
DAYS = timedelta(days=180), timedelta(days=730)


class Clock:
    """A clock that stands still until it is set; it counts how often it was looked at."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self.now

    async def set(self, now: datetime) -> None:
        """Set the clock, and wait until it was looked at several times."""
        self.now = now
        looks = self.looks
        await until(lambda: self.looks > looks + 10)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.002)


@asynccontextmanager
async def running(path: Path, clock: Clock, zone: ZoneInfo = ZONE) -> AsyncIterator[None]:
    """Let it run beside the block, and stop it then."""
    stop = asyncio.Event()
    async with await Store.open(path, busy_timeout=0.02) as store:
        task = asyncio.create_task(Retention(store, *DAYS, zone, clock, tick=0.001).run(stop))
        try:
            await clock.set(clock.now)
            yield
            assert not task.done()
        finally:
            stop.set()
            await task


def last(path: Path) -> datetime | None:
    """Return when everything old was last removed."""
    found = rows(path, f"SELECT since FROM switches WHERE name = '{LAST_RUN}'")
    return datetime.fromisoformat(found[0][0]) if found else None


async def noted(path: Path, moment: datetime) -> Path:
    """Make a database in which the last run was at a moment."""
    clock = lambda: moment  # noqa: E731
    await using(path, lambda store: Retention(store, *DAYS, ZONE, clock).once())
    return path


async def test_first_run_is_some_minutes_after_the_start_and_the_next_ones_at_night(database: Path) -> None:
    clock = Clock(NOON)
    async with running(database, clock):
        await clock.set(NOON + AFTER_START - SECOND)
        assert last(database) is None
        for before, moment in ((NOON, NOON + AFTER_START), (NIGHT - SECOND, NIGHT)):
            await clock.set(max(clock.now, before))
            assert last(database) != moment
            clock.now = moment
            await until(lambda moment=moment: last(database) == moment)  # type: ignore[misc]
        await clock.set(NIGHT + timedelta(days=1) - SECOND)
        assert last(database) == NIGHT
        clock.now = NIGHT + timedelta(days=1, hours=2)
        await until(lambda: last(database) == clock.now)
        await clock.set(NIGHT + timedelta(days=2) - SECOND)
        assert last(database) == NIGHT + timedelta(days=1, hours=2)
        clock.now = NIGHT + timedelta(days=2)
        await until(lambda: last(database) == clock.now)


@pytest.mark.parametrize("missed", [True, False], ids=["more than a day ago", "a day ago"])
async def test_missed_run_is_made_up_for(missed: bool, database: Path) -> None:
    before = NOON - timedelta(days=1) - SECOND * missed
    clock = Clock(NOON)
    async with running(await noted(database, before), clock):
        await clock.set(NOON + AFTER_START)
        if missed:
            await until(lambda: last(database) == clock.now)
        else:
            await clock.set(NIGHT - SECOND)
            assert last(database) == before
            clock.now = NIGHT
            await until(lambda: last(database) == NIGHT)


async def test_night_is_that_of_the_time_zone_also_when_clocks_change(database: Path) -> None:
    """On that day, London's clocks go back an hour at two o'clock."""
    london = ZoneInfo("Europe/London")
    start, night = (
        datetime(2026, 10, day, hour, minute, tzinfo=london) for day, hour, minute in ((24, 12, 0), (25, 3, 30))
    )
    clock = Clock(start)
    async with running(await noted(database, start), clock, london):
        assert night - start == timedelta(hours=15, minutes=30), "on the clock"
        await clock.set(start.astimezone(ZONE) + timedelta(hours=16, minutes=30) - SECOND)
        assert last(database) == start
        clock.now += SECOND
        await until(lambda: last(database) == night)


async def test_failure_is_logged_and_it_is_tried_again_an_hour_later(
    database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(NIGHT - SECOND)
    said = f"old questions and people could not be removed: the database {database} is in use by another process"
    with caplog.at_level(logging.INFO, "bot.keeping.retention"):
        async with running(await noted(database, NIGHT - timedelta(hours=12)), clock):
            with other_process(database, "BEGIN IMMEDIATE"):
                clock.now = NIGHT
                await until(lambda: caplog.messages)
                await clock.set(NIGHT + AFTER_FAILURE - SECOND)
            await clock.set(clock.now)
            assert last(database) == NIGHT - timedelta(hours=12)
            clock.now = NIGHT + AFTER_FAILURE
            await until(lambda: last(database) == clock.now)
    assert caplog.messages == [said]


async def test_unexpected_error_does_not_end_it(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    await noted(database, NIGHT - timedelta(hours=12))

    def broken() -> datetime:
        looks.append(1)
        if len(looks) == 2:
            raise ZeroDivisionError
        return clock()

    looks: list[int] = []
    clock, stop = Clock(NIGHT), asyncio.Event()
    async with await Store.open(database) as store:
        task = asyncio.create_task(Retention(store, *DAYS, ZONE, broken, tick=0.001).run(stop))
        await until(lambda: caplog.messages)
        clock.now = NIGHT + AFTER_FAILURE
        await until(lambda: last(database) == clock.now)
        stop.set()
        await task
    assert caplog.messages == ["old questions and people could not be removed"]


async def test_clock_that_was_far_ahead_and_is_set_right_does_not_stop_it(database: Path) -> None:
    clock = Clock(NOON + timedelta(days=400))
    async with running(await noted(database, clock.now), clock):
        await clock.set(NOON)
        clock.now = NIGHT
        await until(lambda: last(database) == NIGHT)


async def test_log_tells_counts_only(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with await Store.open(database) as store:
        await turn("<person>", None, NOON - timedelta(days=731)).take(store)
        with caplog.at_level(logging.INFO, "bot.keeping.retention"):
            for _ in range(2):
                await Retention(store, *DAYS, ZONE, lambda: NOON).once()
    assert caplog.messages == ["removed 1 people and 0 questions, kept long enough"]
