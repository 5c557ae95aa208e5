"""The queue of everybody's reminders: who is claimed, in which order; what is left behind; plans anew; what operators see."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.records import Preferences, Reminder, TurnChange, TurnKey, Verdict
from bot.reminders import rows
from bot.reminders.overview import pause, rehearse, resume, status
from bot.reminders.queue import LEFT, UNREACHABLE, Claimed, ReminderQueue
from bot.store import Store
from flows.journey import Progress
from flows.own_dates import said_registered
from tests.reminder_people import (
    NO_WISH,
    WISH,
    ZONE,
    Row,
    Someone,
    add,
    china,
    claim,
    crowd,
    day,
    project_reminding,
    query,
    settled,
    states,
    text_of,
    waiting,
)

NOW: Final = china(12, 1, 12)
LONG_AGO: Final = china(11, 1)
MINUTE: Final = timedelta(minutes=1)


@pytest.fixture(name="store")
async def _store(database: Path) -> AsyncIterator[Store]:
    async with await Store.open(database) as store:
        yield store


@pytest.fixture(name="queue")
def _queue(store: Store) -> ReminderQueue:
    return ReminderQueue(store, "telegram")


def at(days: int, due: datetime = NOW, rule: str = "some") -> Reminder:
    """Return a reminder that is about a date so many days away."""
    return Reminder(rule, day("2026-12-31"), "year-end", due, days)


async def planned(store: Store, name: str, *reminders: Reminder, channel: str = "telegram") -> int:
    """Make somebody known who has these reminders."""
    (number,) = await add(store, project_reminding(), LONG_AGO, Someone(name=name, channel=channel, facts=NO_WISH))
    await store.write(lambda db: rows.write_plan(db, number, reminders, LONG_AGO, "test"))
    return number


def send_all(due: Sequence[Reminder], _progress: Progress, _wishes: Preferences) -> Verdict:
    return Verdict(tuple(due))


async def claimed(queue: ReminderQueue, limit: int = 99, now: datetime = NOW) -> list[Claimed]:
    """Claim what is due, which is all to be sent."""
    return await queue.claim(now, limit, send_all) or []


def names(found: Sequence[Claimed]) -> list[str]:
    return [one.person.channel_id for one in found]


# Who is claimed, and when


@pytest.mark.parametrize("limit", [99, 7, 1])
async def test_nearest_dates_come_first(store: Store, queue: ReminderQueue, limit: int) -> None:
    """Among many people, whatever their due times; the not yet due and another channel's people take nobody's place."""
    dice = random.Random(3)
    expected = []
    for number in range(40):
        days, due = dice.choice([0, 1, 3, 14, 30, 1000]), NOW - MINUTE * dice.randrange(1, 9999)
        expected.append((days, due, str(number)))
        await planned(store, str(number), at(days, due), at(0, NOW + MINUTE, "to come"))
        await planned(store, f"early {number}", at(number % 4, NOW + MINUTE * (number + 1)))
        await planned(store, f"other {number}", at(number % 4, NOW - MINUTE * 10_000), channel="terminal")

    order = []
    while found := await claimed(queue, limit):
        assert len(found) <= limit
        order += names(found)

    assert order == [name for _, _, name in sorted(expected)]


async def test_two_of_the_same_nearness_take_one_place(store: Store, queue: ReminderQueue) -> None:
    """Somebody whose own limit is the year's end has two; nobody with a farther date comes before the next one for it."""
    for name in ("1", "2", "3"):
        await planned(store, name, at(7), at(7, NOW, "the other date"))
    await planned(store, "far", at(30, NOW - MINUTE))

    assert names(await claimed(queue, 3)) == ["1", "2", "3"]


async def test_of_the_same_date_what_is_due_longest_comes_first(store: Store, queue: ReminderQueue) -> None:
    for hours in (1, 3, 2):
        await planned(store, f"{hours} hours ago", at(7, NOW - timedelta(hours=hours)))

    assert names(await claimed(queue, 2)) == ["3 hours ago", "2 hours ago"]
    assert names(await claimed(queue, 2)) == ["1 hours ago"]


async def test_due_is_what_is_due_to_the_second(store: Store, queue: ReminderQueue) -> None:
    await planned(store, "1", at(7))

    assert await queue.claim(NOW - timedelta(seconds=1), 9, send_all) is None
    assert names(await claimed(queue)) == ["1"]


async def test_reminders_of_one_person_that_are_due_go_together(store: Store, queue: ReminderQueue) -> None:
    """They count as one of the limit, also where most are about the same date; what is to come stays."""
    many = [at(1000, NOW - MINUTE * number, f"wait {number}") for number in range(5)]
    await planned(store, "1", *many, at(3, NOW - MINUTE * 9, "date"), at(0, NOW + MINUTE, "to come"))
    await planned(store, "2", at(1000, NOW - MINUTE * 2, "wait"))

    (first,) = await claimed(queue, 1)
    rest = await claimed(queue, 9)

    assert [one.rule for one in first.due] == ["date", *(f"wait {number}" for number in (4, 3, 2, 1, 0))]
    assert names([first, *rest]) == ["1", "2"]


async def test_claimed_is_not_claimed_again(store: Store, queue: ReminderQueue, database: Path) -> None:
    """Not by the same process, nor by another one that has the file open."""
    await planned(store, "1", at(7))
    async with await Store.open(database) as other:
        assert names(await claimed(queue)) == ["1"]
        assert await queue.claim(NOW, 9, send_all) is None
        assert await ReminderQueue(other, "telegram").claim(NOW, 9, send_all) is None
    assert [row.state for row in states(database)] == ["sending"]


async def test_claim_tells_how_often_it_was_tried(store: Store, queue: ReminderQueue) -> None:
    await planned(store, "1", at(7))
    tries = []
    for number in range(3):
        (one,) = await claimed(queue, now=NOW + MINUTE * number)
        tries.append(one.tries)
        await queue.put_back(one, NOW + MINUTE * number, wait=MINUTE, tried=number != 1)

    assert tries == [0, 1, 1]


async def test_verdict_is_written_with_the_claim(store: Store, queue: ReminderQueue, database: Path) -> None:
    """What has no sense is skipped with its reason, what is put off is due later; without the rest nobody is written to."""
    due = [at(7, NOW - MINUTE * number, f"{number}") for number in (1, 2, 3)]
    await planned(store, "1", *due)

    def judge(found: Sequence[Reminder], _progress: Progress, _wishes: Preferences) -> Verdict:
        return Verdict((), ((found[0], "the date is over"),), tuple(found[1:]), NOW + MINUTE)

    assert await queue.claim(NOW, 9, judge) == []
    assert await queue.claim(NOW, 9, judge) is None

    found = query(database, "SELECT rule, state, reason FROM reminders ORDER BY rule DESC")
    assert found == [("3", "skipped", "the date is over"), ("2", "pending", None), ("1", "pending", None)]
    (back,) = await claimed(queue, now=NOW + MINUTE)
    assert {one.due for one in back.due} == {NOW + MINUTE}


async def test_paused_reminders_are_not_claimed(store: Store, queue: ReminderQueue, database: Path) -> None:
    """A pause is one of all processes, and is told from the one before; what is due then is claimed after it."""
    await planned(store, "1", at(7))
    async with await Store.open(database) as operator:
        assert [await pause(operator, NOW), await pause(operator, NOW + MINUTE)] == [True, False]
        assert await queue.claim(NOW, 9, send_all) is None
        assert (await status(operator, NOW)).paused_since == NOW
        assert [await resume(operator), await resume(operator)] == [True, False]
        assert (await status(operator, NOW)).paused_since is None

    assert names(await claimed(queue)) == ["1"]


async def test_who_cannot_be_reached_is_skipped_until_they_come_back(
    store: Store, queue: ReminderQueue, database: Path
) -> None:
    await planned(store, "1", at(7), at(3, NOW + MINUTE, "next"), at(0, NOW + 3 * MINUTE, "last"))
    await store.set_reachable("telegram", "1", LONG_AGO, reachable=False)

    assert await claimed(queue) == []
    assert await claimed(queue, now=NOW + MINUTE) == []
    assert settled(database) == [Row("1", rule, "2026-12-31", "skipped", UNREACHABLE) for rule in ("some", "next")]

    back = TurnKey(channel="telegram", channel_id="1", now=NOW + 2 * MINUTE)
    await store.turn(back, lambda _: TurnChange(language="zh", chosen_language=None, state=None))

    (found,) = await claimed(queue, now=NOW + 3 * MINUTE)
    assert [one.rule for one in found.due] == ["last"]


@pytest.mark.parametrize("what", ["sent", "failed", "put back"])
async def test_somebody_forgotten_while_it_was_on_its_way(
    store: Store, queue: ReminderQueue, database: Path, what: str
) -> None:
    """What came of it is noted nowhere, and not with the next person, who never gets the same number."""
    number = await planned(store, "1", at(7))
    (one,) = await claimed(queue)
    await store.forget(number)
    await planned(store, "1", at(7))

    match what:
        case "sent":
            await queue.sent(one, NOW)
        case "failed":
            await queue.failed(one, NOW, reason="why")
        case _:
            await queue.put_back(one, NOW, wait=MINUTE, tried=True)

    assert query(database, "SELECT state, reason, tries FROM reminders") == [("pending", None, 0)]
    assert names(await claimed(queue)) == ["1"]


async def test_what_was_left_on_its_way_is_due_again(store: Store, queue: ReminderQueue, database: Path) -> None:
    """Of this channel only: another one's may be on their way. When it is sent in the end, no reason stays."""
    await planned(store, "1", at(7), at(3, NOW - MINUTE, "other"))
    await planned(store, "2", at(7, NOW + timedelta(days=1)))
    await planned(store, "1", at(7), channel="terminal")
    await claimed(queue)
    await claimed(ReminderQueue(store, "terminal"))

    assert await queue.settle(NOW + MINUTE) == 2
    assert await queue.settle(NOW + MINUTE) == 0

    found = [(row.name, row.state, row.reason) for row in states(database)]
    assert found == [("1", "pending", LEFT), ("1", "pending", LEFT), ("2", "pending", None)]
    assert [row.state for row in states(database, channel="terminal")] == ["sending"]
    (again,) = await claimed(queue, now=NOW + MINUTE)
    await queue.sent(again, NOW + MINUTE)
    assert [(row.state, row.reason) for row in settled(database)] == [("sent", None)] * 2


# Plans anew


async def test_everybody_is_planned_for_once(store: Store, queue: ReminderQueue, database: Path) -> None:
    """In pieces, the people of all channels, who had to do with reminders, and had another plan than this one."""
    reminding = project_reminding()
    people = [*crowd(4), Someone(name="me", channel="terminal"), *crowd(2, first=5, facts=NO_WISH)]
    await add(store, reminding, LONG_AGO, *people)
    await store.write(lambda db: db.execute("UPDATE reminder_settings SET planned_with = 'new' WHERE person = 2"))
    seen = []

    def plan(progress: Progress, _wishes: Preferences) -> Sequence[Reminder]:
        seen.append(progress.facts["reminders"])
        return [at(7, NOW + MINUTE, f"number {len(seen)}")]

    stops = [0]
    while (after := await queue.plan(stops[-1], 2, plan, "new", NOW)) is not None:
        stops.append(after)

    assert stops == [0, 3, 5, 7]
    assert seen == ["wanted"] * 4 + ["not-wanted"] * 2
    assert query(database, "SELECT person, rule FROM reminders WHERE rule LIKE 'number %' ORDER BY person") == [
        (person, f"number {number}") for number, person in enumerate((1, 3, 4, 5, 6, 7), 1)
    ]
    assert query(database, "SELECT DISTINCT planned_with FROM reminder_settings") == [("new",)]
    assert await queue.plan(0, 2, plan, "new", NOW) is None
    assert len(seen) == 6


async def test_person_who_cannot_be_planned_for_stops_nobody_else(
    store: Store, queue: ReminderQueue, database: Path
) -> None:
    """Their old plan stays, and is made anew the next time."""
    reminding = project_reminding()
    await add(store, reminding, LONG_AGO, *crowd(3))
    seen = []

    def plan(_progress: Progress, _wishes: Preferences) -> Sequence[Reminder]:
        seen.append(1)
        if len(seen) == 2:
            raise ZeroDivisionError
        return []

    await queue.plan(0, 9, plan, "new", NOW)

    assert query(database, "SELECT DISTINCT person FROM reminders") == [(2,)]
    assert query(database, "SELECT person FROM reminder_settings WHERE planned_with = 'new'") == [(1,), (3,)]


# What operators see


async def test_status_of_nothing(store: Store) -> None:
    found = await status(store, NOW)

    assert (found.people, found.unreachable, found.states, found.reasons, found.overdue) == (0, 0, {}, {}, 0)
    assert (found.next_due, found.last_sent, found.paused_since) == (None, None, None)


async def test_status_counts(store: Store, queue: ReminderQueue) -> None:
    await planned(store, "1", at(7), at(3, NOW + timedelta(days=2), "next"))
    await planned(store, "2", at(7), at(3, NOW + timedelta(days=1), "next"))
    await planned(store, "3", at(1), at(3, NOW + timedelta(days=3), "next"))
    await planned(store, "me", at(7, NOW - MINUTE), channel="terminal")
    await planned(store, "blocked", at(30))
    await planned(store, "on its way", at(0))
    await store.set_reachable("telegram", "blocked", NOW, reachable=False)
    found = {one.person.channel_id: one for one in await claimed(queue)}
    await queue.sent(found["1"], NOW + MINUTE)
    await queue.failed(found["2"], NOW + 2 * MINUTE, reason="the channel refuses the message")
    await queue.failed(found["3"], NOW, reason="the channel refuses the message")

    stands = await status(store, NOW + timedelta(days=1))

    assert stands.states == {"pending": 4, "sending": 1, "sent": 1, "skipped": 1, "failed": 2}
    assert stands.reasons == {("failed", "the channel refuses the message"): 2, ("skipped", UNREACHABLE): 1}
    assert (stands.people, stands.unreachable, stands.overdue) == (4, 1, 2)
    assert (stands.next_due, stands.last_sent) == (NOW - MINUTE, NOW + MINUTE)


async def test_rehearsal_by_hours_and_rules(store: Store, database: Path) -> None:
    """By the hour on the people's own clocks, the rules of one message together, a text in each language; nothing changes."""
    reminding, limit = project_reminding(), {**WISH, "qualified": "2025-01-01"}
    far = Preferences(zone="Asia/Urumqi", hour=18)
    people = [
        *crowd(3),
        *crowd(2, first=4, language="en"),
        *crowd(2, first=6, preferences=far),
        *crowd(2, first=8, facts=limit),
        Someone(name="10", facts=NO_WISH),
        Someone(name="11", facts=said_registered(Someone().progress, LONG_AGO, registered=True).facts),
        Someone(name="12", preferences=Preferences(off=("year-end",))),
        Someone(name="me", channel="terminal"),
        *crowd(2, first=13, **waiting("activation", "wait-code", china(12, 7))),
    ]
    await add(store, reminding, LONG_AGO, *people)
    before = query(database, "SELECT * FROM reminders")

    seventh = await rehearse(store, reminding, day("2026-12-24"), ZONE)
    first = await rehearse(store, reminding, day("2026-12-01"), ZONE)

    wait = "waiting:activation:wait-code"
    assert {key: text.people for key, text in seventh.items()} == {
        (10, ("year-end-7",)): 8,
        (18, ("year-end-7",)): 2,
        (10, (wait, "year-end-7")): 2,
    }
    samples = seventh[10, ("year-end-7",)].samples
    assert "离2026年12月31日只有7天了" in text_of(samples["zh"])
    assert "7 days left until 31 December 2026" in text_of(samples["en"])
    assert set(seventh[18, ("year-end-7",)].samples) == {"zh"}
    assert {key: text.people for key, text in first.items()} == {(10, ("year-end-30",)): 10, (18, ("year-end-30",)): 2}
    assert query(database, "SELECT * FROM reminders") == before


async def test_rehearsal_merges_dates_that_fall_on_one_day(store: Store) -> None:
    """Two years that end on 24 December: a week before that is two weeks before the year's end."""
    reminding = project_reminding()
    await add(store, reminding, LONG_AGO, Someone(facts={**WISH, "qualified": "2024-12-24"}))

    found = await rehearse(store, reminding, day("2026-12-17"), ZONE)

    assert list(found) == [(10, ("limit-7", "year-end-14"))]


async def test_rehearsal_leaves_out_what_was_sent(store: Store, queue: ReminderQueue) -> None:
    reminding = project_reminding()
    await add(store, reminding, LONG_AGO, *crowd(3))
    assert await claim(queue, reminding, NOW, limit=1) == ["1"]
    assert (await rehearse(store, reminding, NOW.date(), ZONE))[10, ("year-end-30",)].people == 3
    await store.write(lambda db: db.execute("UPDATE reminders SET state = 'sent' WHERE state = 'sending'"))

    assert (await rehearse(store, reminding, NOW.date(), ZONE))[10, ("year-end-30",)].people == 2


async def test_rehearsal_of_next_year(store: Store) -> None:
    """What nobody has a row for yet: the plan that will be made on 1 January."""
    reminding = project_reminding()
    await add(store, reminding, LONG_AGO, *crowd(2))

    found = await rehearse(store, reminding, day("2027-12-31"), ZONE)

    assert {key: text.people for key, text in found.items()} == {(10, ("year-end-0",)): 2}
    assert "今天就是2027年12月31日" in text_of(found[10, ("year-end-0",)].samples["zh"])
