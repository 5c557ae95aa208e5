"""The loop that sends reminders: once, on the right days, after outages, by one process; within Telegram's limits."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from bot.errors import NotDeliveredError
from bot.messages import Reply
from bot.records import Preferences
from bot.reminders.delivery import Delivery
from bot.reminders.judge import FOLLOWED, NOT_NEEDED, OVER
from bot.reminders.overview import pause, resume
from bot.reminders.queue import LEFT, ReminderQueue
from bot.store import Store
from flows.own_dates import SAID, said_registered
from tests.reminder_people import (
    NO_WISH,
    WISH,
    Office,
    Post,
    Row,
    Someone,
    china,
    claim,
    counted,
    crowd,
    project_reminding,
    query,
    reminding_by,
    rules_sent,
    settled,
    states,
)

JOINED: Final = china(11, 25)
FIRST: Final = china(12, 1)
"""The moment at which the first reminder of the year's end is due."""
END: Final = "2026-12-31"


@pytest.fixture(name="office")
async def _office(database: Path) -> AsyncIterator[Office]:
    async with await Store.open(database) as store:
        office = Office(store, JOINED)
        office.clock.now = FIRST
        yield office
        office.close()


def of_year_end(*rules: tuple[int, str, str | None]) -> list[Row]:
    return [Row("1", f"year-end-{days}", END, state, reason) for days, state, reason in rules]


# Once, and on the right days


async def test_is_sent_once_and_marked(office: Office, database: Path) -> None:
    await office.add(*crowd(70), Someone(name="me", channel="terminal"))

    assert await office.once(FIRST - timedelta(seconds=1)) == 0
    assert await office.once(FIRST) == 70
    assert await office.once(FIRST) == 0

    assert Counter(office.post.names) == {str(number): 1 for number in range(1, 71)}
    assert [row.rule for row in settled(database)] == ["year-end-30"] * 70
    assert {(row.state, row.reason) for row in settled(database)} == {("sent", None)}
    assert "离2026年12月31日还有30天" in office.post.texts()[0]


async def test_each_is_told_in_their_language(office: Office) -> None:
    await office.add(Someone(name="1"), Someone(name="2", language="en"), Someone(name="3", language=None))

    await office.once()

    shown = [office.post.texts(name)[0] for name in "123"]
    assert ["还有30天" in text for text in shown] == [True, False, True]
    assert "30 days left until 31 December 2026" in shown[1]


async def test_whole_winter(office: Office) -> None:
    """From November to January, with a look every half an hour: at ten on the right days, and then those of the next year."""
    await office.add(Someone(), Someone(name="2", preferences=Preferences(zone="America/New_York", hour=19)))
    arrived: dict[str, list[datetime]] = {"1": [], "2": []}
    for number in range(40 * 48):
        office.clock.now = JOINED + timedelta(minutes=30 * number)
        before = len(office.post.sent)
        await office.delivery.once()
        for name in office.post.names[before:]:
            arrived[name].append(office.clock.now)

    days = [(12, 1), (12, 17), (12, 24), (12, 28), (12, 30), (12, 31)]
    assert arrived["1"] == [china(*one) for one in days]
    assert arrived["2"] == [china(*one, 8) for one in days]
    pending = [row for row in states(office.store.path) if row.state == "pending"]
    assert {row.day for row in pending} == {"2027-12-31"}
    assert {row.name for row in pending} == {"1", "2"}


async def test_new_year_plans_anew(office: Office, database: Path) -> None:
    """What was left of the old year is removed; somebody who does not want to be reminded is planned nothing."""
    await office.add(Someone(), Someone(name="2", facts=NO_WISH))
    await office.once(china(12, 31))
    assert rules_sent(states(database)) == [
        "year-end-30",
        "year-end-14",
        "year-end-7",
        "year-end-3",
        "year-end-1",
        "year-end-0",
    ]
    sent = len(office.post.sent)

    await office.once(china(12, 31, 23, 59))
    assert {row.day for row in states(database)} == {END}
    await office.once(china(1, 1, 0, 0, year=2027))

    found = states(database)
    assert [row.rule for row in found if row.day == "2027-12-31" and row.state == "pending"][-6:] == rules_sent(found)
    assert {row.name for row in found} == {"1"}
    assert len(office.post.sent) == sent


async def test_changed_rules_plan_anew(office: Office, database: Path) -> None:
    """What is to come is moved, added and dropped by the new rules; what was sent by the old ones is not sent again."""
    await office.add(*crowd(3))
    await office.once()
    rules = project_reminding().rules
    dates = {"year-end": replace(rules.dates["year-end"], days=(30, 20, 7))}
    office.delivery.close()
    office.delivery = office.other(reminding=reminding_by(replace(rules, dates=dates, hour=12)))

    assert await office.once(china(12, 2)) == 0

    found = query(
        database,
        "SELECT rule, due_at, state FROM reminders WHERE person = 1 AND rule NOT LIKE '%start' ORDER BY due_at",
    )
    assert found == [
        ("year-end-30", "2026-12-01T02:00:00+00:00", "sent"),
        ("year-end-20", "2026-12-11T04:00:00+00:00", "pending"),
        ("year-end-7", "2026-12-24T04:00:00+00:00", "pending"),
    ]
    assert await office.once(china(12, 11, 12)) == 3
    assert len(office.post.sent) == 6


# After an outage


async def test_outage_over_several_times_gives_one_message(office: Office, database: Path) -> None:
    """It names the days that are left now, and the next ones come as planned."""
    await office.add(Someone())

    assert await office.once(china(12, 29, 15)) == 1

    assert "离2026年12月31日只有2天了" in office.post.texts()[0]
    found = of_year_end(*((days, "sent", None) for days in (30, 14, 7, 3)))
    assert settled(database) == found
    assert await office.once(china(12, 30)) == 1
    assert "明天就是2026年12月31日" in office.post.texts()[1]


async def test_late_one_before_the_next_is_skipped(office: Office, database: Path) -> None:
    """At half past eight on the last day, that one's own reminder follows at ten."""
    await office.add(Someone())

    assert await office.once(china(12, 31, 8, 30)) == 0
    assert settled(database) == of_year_end(*((days, "skipped", FOLLOWED) for days in (30, 14, 7, 3, 1)))
    assert await office.once(china(12, 31)) == 1
    assert rules_sent(states(database)) == ["year-end-0"]


async def test_date_that_is_over_is_skipped(office: Office, database: Path) -> None:
    await office.add(Someone(facts={**WISH, "qualified": "2024-12-24"}))

    assert await office.once(china(12, 26)) == 1

    found = [row for row in settled(database) if row.rule.startswith("limit")]
    assert found
    assert {(row.state, row.reason) for row in found} == {("skipped", OVER)}
    assert "两年期限的最后一天" not in office.post.texts()[0]


async def test_what_is_not_needed_any_more_is_skipped(office: Office, database: Path) -> None:
    """Also where the row is still there, whatever has become of the plan."""
    await office.add(Someone())
    said = said_registered(Someone().progress, JOINED, registered=True).facts[SAID]
    query(database, "INSERT INTO facts (person, name, value, at) VALUES (1, ?, ?, '')", SAID, json.dumps(said))

    assert await office.once() == 0
    assert settled(database) == of_year_end((30, "skipped", NOT_NEEDED))


# Quiet hours


@pytest.mark.parametrize(
    ("zone", "back", "morning"),
    [
        pytest.param(None, china(12, 1, 21), china(12, 2, 8), id="evening"),
        pytest.param(None, china(12, 2, 7, 59), china(12, 2, 8), id="morning"),
        pytest.param("Asia/Urumqi", china(12, 2, 9, 30), china(12, 2, 10), id="two hours behind"),
        pytest.param("America/New_York", china(12, 2, 12), china(12, 2, 21), id="other side of the earth"),
    ],
)
async def test_quiet_hours_of_the_persons_clock(
    office: Office, database: Path, zone: str | None, back: datetime, morning: datetime
) -> None:
    """What is late is put off till eight o'clock, and sent then, once."""
    await office.add(Someone(preferences=Preferences(zone=zone)))

    assert await office.once(back) == 0
    assert settled(database) == []
    assert await office.once(morning - timedelta(seconds=1)) == 0
    assert await office.once(morning) == 1
    assert await office.once(morning) == 0


async def test_quiet_hours_over_the_end_of_the_year(office: Office, database: Path) -> None:
    """On the last evening everything about that day is dropped, since it is over by the morning."""
    await office.add(Someone())
    await office.once(china(12, 30))
    before = len(office.post.sent)

    assert await office.once(china(12, 31, 21)) == 0
    assert settled(database)[-1] == Row("1", "year-end-0", END, "skipped", OVER)
    assert await office.once(china(1, 1, 8, year=2027)) == 0
    assert len(office.post.sent) == before


@pytest.mark.parametrize("hours", range(16, 27))
async def test_nobody_gets_two_in_a_row_after_an_outage(office: Office, hours: int) -> None:
    """Whenever on 29 December, or in the night after it, the outage ends: what is late does not come just before the next one."""
    await office.add(Someone())
    await office.once(china(12, 24))
    del office.post.sent[:]
    back = china(12, 29, 0, 30) + timedelta(hours=hours)
    looks = [back + timedelta(minutes=30 * number) for number in range(48)]
    arrived = [now for now in looks if await office.once(now)]

    gaps = [later - at for at, later in pairwise(arrived)]
    assert arrived
    assert all(gap > timedelta(hours=12) for gap in gaps), [str(at) for at in arrived]


# Two processes


async def test_only_one_of_two_processes_sends(office: Office, database: Path) -> None:
    """The other one takes over when it ends; until then it plans and sends nothing."""
    await office.add(*crowd(40))
    async with await Store.open(database) as store:
        theirs = Post()
        other = Delivery(ReminderQueue(store, "telegram"), project_reminding, theirs, office.clock)
        first, second = await asyncio.gather(office.once(), other.once())

        assert sorted((first, second)) == [0, 40]
        assert Counter(office.post.names + theirs.names) == {str(number): 1 for number in range(1, 41)}
        one, two = (office.delivery, other) if first else (other, office.delivery)
        office.clock.now = china(12, 17)
        assert await two.once() == 0
        one.close()
        assert await two.once() == 40
        assert await one.once() == 0
        two.close()
    assert counted(database)["sent"] == 80


async def test_channels_do_not_wait_for_each_other(office: Office) -> None:
    await office.add(Someone(), Someone(name="me", channel="web"))
    other = Delivery(ReminderQueue(office.store, "web"), project_reminding, office.post, office.clock)

    assert (await office.once(), await other.once()) == (1, 1)
    other.close()


async def test_what_a_dead_process_left_is_sent_by_the_next_one(office: Office, database: Path) -> None:
    """It is sent once more, and only after that process is gone; the one that runs does not take its own for left behind."""
    await office.add(*crowd(2))
    under_way, go = asyncio.Event(), asyncio.Event()

    async def slow(channel_id: str, replies: Sequence[Reply]) -> None:
        under_way.set()
        await go.wait()
        await office.post(channel_id, replies)

    first = office.other(slow)
    sending = asyncio.create_task(first.once())
    await asyncio.wait_for(under_way.wait(), 30)
    assert await office.once() == 0
    go.set()
    assert await sending == 2

    office.clock.now = china(12, 17)
    assert await claim(office.queue, project_reminding(), office.clock.now) == ["1", "2"]  # and dies
    assert [await first.once(), await office.once()] == [0, 0]
    first.close()
    assert {row.state for row in settled(database)} == {"sent", "sending"}
    assert await office.once(china(12, 17, 10, 1)) == 2
    assert counted(database)["sending"] == 0
    assert Counter(office.post.names) == {"1": 2, "2": 2}
    assert LEFT not in {row.reason for row in states(database)}


# Stopped and paused


async def test_stop_leaves_nothing_on_its_way(office: Office, database: Path) -> None:
    """What is on its way arrives and is noted; everything else stays for the next time."""
    await office.add(*crowd(100))
    stop = asyncio.Event()

    async def stopping(channel_id: str, replies: Sequence[Reply]) -> None:
        await office.post(channel_id, replies)
        if len(office.post.sent) == 40:
            stop.set()
        await asyncio.sleep(0)

    delivery = office.other(stopping)
    await asyncio.wait_for(delivery.run(stop), 30)

    sent = len(office.post.sent)
    assert 40 <= sent < 100
    assert counted(database)["sending"] == 0
    assert [row.name for row in settled(database)] == sorted(office.post.names, key=int)
    assert await office.once() == 100 - sent  # and the lock is free


async def test_stop_while_the_channel_gives_up(office: Office, database: Path) -> None:
    """What waits for the channel's pace fails when the process stops; it is due again at once, as if it had not been tried."""
    await office.add(*crowd(40))
    stop = asyncio.Event()

    async def waits(channel_id: str, replies: Sequence[Reply]) -> None:
        if len(office.post.sent) < 3:
            await office.post(channel_id, replies)
            return
        stop.set()
        raise NotDeliveredError(after=0.0)

    delivery = office.other(waits)
    await asyncio.wait_for(delivery.run(stop), 30)

    assert {state: count for state, count in counted(database).items() if state != "pending"} == {"sent": 3}
    assert query(database, "SELECT count(*) FROM reminders WHERE tries > 0") == [(0,)]
    assert await office.once() == 37


async def test_pause_in_the_middle(office: Office, database: Path) -> None:
    """What is on its way arrives; the rest waits for the end of the pause, and is judged then."""
    await office.add(*crowd(100))
    paused = asyncio.Event()

    async def pausing(channel_id: str, replies: Sequence[Reply]) -> None:
        await office.post(channel_id, replies)
        if len(office.post.sent) == 1:
            async with await Store.open(database) as operator:
                await pause(operator, office.clock.now)
            paused.set()
        await paused.wait()

    office.delivery = office.other(pausing)
    sent = await office.once()

    assert 1 <= sent < 100
    assert await office.once() == 0
    assert counted(database)["sending"] == 0
    await resume(office.store)
    assert await office.once() == 100 - sent
    assert max(Counter(office.post.names).values()) == 1
