"""What can go wrong while reminders are sent: people who are gone, the channel, the network, the database, the process."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.errors import NotDeliveredError, StoreError
from bot.messages import Reply
from bot.records import Preferences, Reminder
from bot.reminders.delivery import AT_ONCE, NETWORK, REFUSED, WAITS
from bot.reminders.judge import FOLLOWED
from bot.reminders.queue import BROKEN, UNREACHABLE
from bot.reminders.talk import Reminding
from bot.store import Store
from faq.text import Language
from flows.journey import Progress
from tests.reminder_people import (
    Office,
    Post,
    Row,
    Someone,
    china,
    claim,
    counted,
    crowd,
    project_library,
    project_reminding,
    query,
    settled,
    states,
)
from tests.store_helpers import other_process

JOINED: Final = china(11, 25)
FIRST: Final = china(12, 1)
"""The moment at which the first reminder of the year's end is due."""
END: Final = "2026-12-31"
SECOND: Final = timedelta(seconds=1)


@pytest.fixture(name="office")
async def _office(database: Path) -> AsyncIterator[Office]:
    async with await Store.open(database, busy_timeout=0.05) as store:
        office = Office(store, JOINED)
        office.clock.now = FIRST
        yield office
        office.close()


def failing(*faults: Exception, of: dict[str, list[Exception]] | None = None) -> Post:
    return Post(*faults, of=of)


def reasons(database: Path) -> list[tuple[str, str, str | None]]:
    return [(row.name, row.state, row.reason) for row in settled(database)]


# The people and the channel


async def test_gone_fails_once_and_is_not_written_to_again(office: Office, database: Path) -> None:
    """As long as they do not come back, what follows is skipped without a try; others get theirs."""
    await office.add(*crowd(2))

    async def send(channel_id: str, replies: Sequence[Reply]) -> None:
        if channel_id == "1":
            office.post.tries.append(channel_id)
            await office.store.set_reachable("telegram", "1", office.clock.now, reachable=False)
            raise NotDeliveredError(gone=True)
        await office.post(channel_id, replies)

    office.delivery = office.other(send)
    assert [await office.once(), await office.once(china(12, 17)), await office.once(china(12, 24))] == [1, 1, 1]

    found = [(row.rule, row.state, row.reason) for row in settled(database) if row.name == "1"]
    assert found == [
        ("year-end-30", "failed", UNREACHABLE),
        ("year-end-14", "skipped", UNREACHABLE),
        ("year-end-7", "skipped", UNREACHABLE),
    ]
    assert Counter(office.post.tries) == {"1": 1, "2": 3}


async def test_refused_message_fails_and_the_next_is_tried(office: Office, database: Path) -> None:
    await office.add(Someone())
    office.post = failing(NotDeliveredError(refused=True))
    office.delivery = office.other()

    assert [await office.once(), await office.once(), await office.once(china(12, 17))] == [0, 0, 1]
    assert reasons(database) == [("1", "failed", REFUSED), ("1", "sent", None)]


async def test_channel_that_asks_to_wait(office: Office, database: Path) -> None:
    """Before that time is over, nobody is written to; it counts as nobody's try, and everybody hears once afterwards."""
    await office.add(*crowd(100))
    office.post = failing(of={"5": [NotDeliveredError(after=120.0)]})
    office.delivery = office.other()

    sent = await office.once()
    assert 0 < sent < 100
    assert counted(database)["sending"] == 0
    tried = len(office.post.tries)
    assert await office.once(FIRST + timedelta(seconds=120) - SECOND) == 0
    assert len(office.post.tries) == tried
    assert await office.once(FIRST + timedelta(seconds=120)) == 100 - sent
    assert Counter(office.post.names) == {str(number): 1 for number in range(1, 101)}
    assert query(database, "SELECT sum(tries) FROM reminders") == [(0,)]


# The network


async def test_network_failures_wait_longer_and_longer(office: Office, database: Path) -> None:
    """After the last wait the reminder is given up, with the reason; the next date is tried all the same."""
    await office.add(Someone())
    office.post = failing(*(NotDeliveredError() for _ in range(len(WAITS) + 1)))
    office.delivery = office.other()
    at = FIRST
    for number, wait in enumerate(WAITS):
        assert await office.once(at) == 0
        assert len(office.post.tries) == number + 1
        assert settled(database) == []
        assert await office.once(at + wait - SECOND) == 0
        assert len(office.post.tries) == number + 1
        at += wait
    assert list(WAITS) == sorted(WAITS)

    assert await office.once(at) == 0
    assert reasons(database) == [("1", "failed", NETWORK)]
    assert await office.once(china(12, 17)) == 1


async def test_single_probe_after_network_failure(office: Office, database: Path) -> None:
    """After a failure one person's reminder is tried alone, before all others go again."""
    await office.add(*crowd(100))
    network = [True]

    async def send(channel_id: str, replies: Sequence[Reply]) -> None:
        office.post.tries.append(channel_id)
        if network:
            raise NotDeliveredError
        office.post.sent.extend((channel_id, reply) for reply in replies)

    office.delivery = office.other(send)
    assert await office.once() == 0
    first = len(office.post.tries)
    assert first <= AT_ONCE
    for number in range(1, 4):
        assert await office.once(FIRST + number * SECOND) == 0
        assert len(office.post.tries) == first + number
    assert counted(database)["sending"] == 0

    network.clear()
    assert await office.once(FIRST + 5 * SECOND) == 100 - first - 3
    assert await office.once(FIRST + timedelta(minutes=2)) == first + 3
    assert max(Counter(office.post.names).values()) == 1


# What is broken


class Broken(Reminding):
    """Cannot say anything to who has told a certain thing."""

    def message(self, due: Iterable[Reminder], progress: Progress, now: datetime, language: Language) -> Reply:
        """Make the message, or break."""
        if "broken" in progress.facts:
            raise ZeroDivisionError
        return super().message(due, progress, now, language)


async def test_message_that_cannot_be_made_stops_nobody_else(
    office: Office, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = {"reminders": "wanted"}, {"reminders": "wanted", "broken": "yes"}
    await office.add(*(Someone(name=str(number), facts=bad if number == 2 else good) for number in range(1, 51)))
    reminding = project_reminding()
    office.delivery = office.other(
        reminding=Broken(reminding.rules, project_library(), reminding._corpus, reminding._zone)
    )

    assert await office.once() == 49

    assert [found for found in reasons(database) if found[1] != "sent"] == [("2", "failed", BROKEN)]
    assert "ZeroDivisionError" in caplog.text


async def test_error_of_the_channel_stops_nobody_else(office: Office, database: Path) -> None:
    await office.add(*crowd(50))
    office.post = failing(of={"2": [ValueError("whatever")]})
    office.delivery = office.other()

    assert await office.once() == 49
    assert [found for found in reasons(database) if found[1] != "sent"] == [("2", "failed", BROKEN)]


async def test_person_who_cannot_be_judged_stops_nobody_else(office: Office, database: Path) -> None:
    """Such as one whose time zone this machine does not know, after a move from another one."""
    await office.add(*crowd(5))
    query(database, "UPDATE reminder_settings SET zone = 'Nowhere/At_All' WHERE person = 2")

    sent = 0
    for _ in range(3):
        try:
            sent += await office.once()
        except Exception:  # noqa: BLE001 - the loop logs it and goes on
            continue

    assert sent >= 4
    assert {"1", "3", "4", "5"} <= set(office.post.names)


# The database


async def noted_later(office: Office, trouble: Callable[[], object], end: Callable[[], object]) -> None:
    """Let something happen to the database while the first message goes out; what was sent is noted when it is over."""
    noted: list[int] = []

    async def send(channel_id: str, replies: Sequence[Reply]) -> None:
        noted.append(counted(office.store.path)["sent"])
        await office.post(channel_id, replies)
        if len(office.post.sent) == 1:
            trouble()

    office.delivery = office.other(send)
    for _ in range(2):
        with pytest.raises(StoreError):
            await office.once()
    sent = len(office.post.sent)
    assert 0 < sent < 100  # nothing more is sent than what was on its way
    end()
    assert await office.once() == 100 - sent
    assert noted[sent] >= sent  # that was written before anything else was sent
    assert Counter(office.post.names) == {str(number): 1 for number in range(1, 101)}
    assert len(office.post.tries) == 100
    assert counted(office.store.path)["sent"] == 100
    assert counted(office.store.path)["sending"] == 0


async def test_database_is_locked_while_it_is_noted(office: Office, database: Path) -> None:
    await office.add(*crowd(100))
    with ExitStack() as stack:
        await noted_later(office, lambda: stack.enter_context(other_process(database, "BEGIN IMMEDIATE")), stack.close)


async def test_disk_is_full_while_it_is_noted(disk: Path) -> None:
    filler = disk / "filler"

    def fill() -> None:
        free = os.statvfs(disk)
        filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize))

    async with await Store.open(disk / "regbot.db") as store:
        office = Office(store, JOINED)
        office.clock.now = FIRST
        await office.add(*crowd(100))
        await noted_later(office, fill, filler.unlink)
        office.close()


async def test_failure_is_noted_later_as_well(office: Office, database: Path) -> None:
    """Whoever was found gone while nothing could be written is not tried again."""
    await office.add(Someone())
    with ExitStack() as stack:

        async def send(channel_id: str, _replies: Sequence[Reply]) -> None:
            office.post.tries.append(channel_id)
            stack.enter_context(other_process(database, "BEGIN IMMEDIATE"))
            raise NotDeliveredError(gone=True)

        office.delivery = office.other(send)
        with pytest.raises(StoreError):
            await office.once()
    assert await office.once() == 0

    assert reasons(database) == [("1", "failed", UNREACHABLE)]
    assert office.post.tries == ["1"]


async def test_loop_goes_on_after_errors_and_leaves_the_lock(office: Office, database: Path) -> None:
    """A locked database and an unexpected error end one round, not the loop; told to stop, it lets the next one send."""
    await office.add(*crowd(3))
    stop, met = asyncio.Event(), asyncio.Event()
    errors: list[Exception] = [ZeroDivisionError()]

    def now() -> datetime:
        if errors and met.is_set():
            raise errors.pop()
        met.set()
        return FIRST

    delivery = office.other()
    delivery._tick = 0.01
    with other_process(database, "BEGIN IMMEDIATE"):
        loop = asyncio.create_task(delivery.run(stop))
        delivery._now = now
        await asyncio.wait_for(met.wait(), 30)
    for _ in range(3000):
        if counted(database)["sent"] == 3:
            break
        await asyncio.sleep(0.01)
    assert counted(database)["sent"] == 3
    assert errors == []
    assert await office.once(china(12, 17)) == 0
    stop.set()
    await asyncio.wait_for(loop, 30)
    assert await office.once(china(12, 17)) == 3


# The process


async def test_forgotten_while_it_was_on_its_way(office: Office, database: Path) -> None:
    await office.add(*crowd(2))

    async def send(channel_id: str, replies: Sequence[Reply]) -> None:
        await office.post(channel_id, replies)
        if channel_id == "1":
            await office.store.forget(1)

    office.delivery = office.other(send)
    assert await office.once() == 2

    assert {row.name for row in states(database)} == {"2"}
    assert reasons(database) == [("2", "sent", None)]


async def test_what_was_left_on_its_way_in_the_evening_waits_for_the_morning(office: Office, database: Path) -> None:
    await office.add(Someone(preferences=Preferences(hour=20)))
    assert await claim(office.queue, project_reminding(), china(12, 1, 20)) == ["1"]

    assert await office.once(china(12, 1, 22)) == 0
    assert settled(database) == []
    assert await office.once(china(12, 2, 8)) == 1


async def test_what_was_left_on_its_way_does_not_come_just_before_the_next(office: Office, database: Path) -> None:
    """A process died on the 30th and the next one starts in the last morning: that day's own reminder follows at ten."""
    await office.add(Someone())
    await office.once(china(12, 28))
    del office.post.sent[:]
    assert await claim(office.queue, project_reminding(), china(12, 30)) == ["1"]
    office.close()
    office.delivery = office.other()

    assert await office.once(china(12, 31, 8, 30)) == 0
    assert settled(database)[-1] == Row("1", "year-end-1", END, "skipped", FOLLOWED)
    assert await office.once(china(12, 31)) == 1
