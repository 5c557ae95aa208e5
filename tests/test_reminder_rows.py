"""Plans as rows of the database: what a new plan begins, moves, removes and leaves alone; one transaction for all."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from bot.errors import StoreError
from bot.records import Preferences, Reminder
from bot.reminders import rows
from bot.reminders.queue import ReminderQueue
from bot.store import Store
from tests.reminder_people import (
    NO_WISH,
    WISH,
    Someone,
    add,
    change,
    china,
    claim,
    day,
    project_reminding,
    query,
    states,
    waiting,
)
from tests.store_helpers import error_of, other_process

if TYPE_CHECKING:
    from sqlite_utils import Database

NOW: Final = china(11, 25)
END: Final = day("2026-12-31")
YEAR_END: Final = ["year-end-30", "year-end-14", "year-end-7", "year-end-3", "year-end-1", "year-end-0"]
FIRST: Final = Reminder("year-end-14", END, "year-end", china(12, 17), 14)
SECOND: Final = Reminder("year-end-7", END, "year-end", china(12, 24), 7)
FIELDS: Final = (
    "SELECT rule, day, kind, due_at, days, state, reason, tries, changed_at FROM reminders ORDER BY due_at, rule"
)


@pytest.fixture(name="store")
async def _store(database: Path) -> AsyncIterator[Store]:
    async with await Store.open(database) as store:
        yield store


@pytest.fixture(name="number")
async def _number(store: Store) -> int:
    """Return the number of somebody who does not want to be reminded, so that nothing is planned."""
    (number,) = await add(store, project_reminding(), NOW, Someone(facts=NO_WISH))
    return number


async def write(store: Store, number: int, *planned: Reminder, now: datetime = NOW, made_from: str = "a") -> None:
    await store.write(lambda db: rows.write_plan(db, number, planned, now, made_from))


async def become(store: Store, number: int, one: Reminder, state: str, reason: str | None = None) -> None:
    await store.write(lambda db: rows.set_state(db, number, [one], state, NOW, reason))


def kept(database: Path) -> list[tuple[str, str]]:
    """Return the rules and states of the rows."""
    return [(row.rule, row.state) for row in states(database)]


# What a plan begins


async def test_plan_is_written_as_it_is(store: Store, number: int, database: Path) -> None:
    await write(store, number, SECOND, FIRST)

    at = "2026-11-25T02:00:00+00:00"
    assert query(database, FIELDS) == [
        ("year-end-14", "2026-12-31", "year-end", "2026-12-17T02:00:00+00:00", 14, "pending", None, 0, at),
        ("year-end-7", "2026-12-31", "year-end", "2026-12-24T02:00:00+00:00", 7, "pending", None, 0, at),
    ]
    assert query(database, "SELECT person, planned_with FROM reminder_settings") == [(number, "a")]


async def test_only_what_is_still_to_come_is_begun(store: Store, number: int, database: Path) -> None:
    """A reminder that is due at the very moment at which somebody joins is one that they have missed."""
    await write(store, number, FIRST, SECOND, now=FIRST.due)
    assert kept(database) == [("year-end-7", "pending")]

    await write(store, number, FIRST, SECOND, now=FIRST.due - timedelta(seconds=1))
    assert kept(database) == [("year-end-14", "pending"), ("year-end-7", "pending")]


async def test_who_joins_late_gets_what_is_left(store: Store, database: Path) -> None:
    """On 26 December three of the year's end are left, and the ones before are neither begun nor noted as missed."""
    await add(store, project_reminding(), china(12, 26), Someone())

    assert kept(database) == [(rule, "pending") for rule in YEAR_END[3:]]


async def test_same_plan_again_changes_nothing(store: Store, number: int, database: Path) -> None:
    await write(store, number, FIRST, SECOND)
    before = query(database, FIELDS)

    await write(store, number, SECOND, FIRST, now=NOW + timedelta(hours=1))

    assert query(database, FIELDS) == before


async def test_rows_are_unique_for_each_person_rule_and_day(store: Store, database: Path) -> None:
    """The same rule for two people, and for another day, makes rows of their own; the database takes no row twice."""
    people = await add(
        store, project_reminding(), NOW, Someone(name="1", facts=NO_WISH), Someone(name="2", facts=NO_WISH)
    )
    other = replace(FIRST, day=day("2027-12-31"), due=FIRST.due + timedelta(days=365))
    for number in people:
        await write(store, number, FIRST, other)

    found = query(database, "SELECT person, rule, day FROM reminders ORDER BY person, day")
    assert found == [(number, "year-end-14", f"{year}-12-31") for number in people for year in (2026, 2027)]
    again = "INSERT INTO reminders SELECT * FROM reminders"
    assert "UNIQUE constraint failed" in await error_of(store.write(lambda db: db.execute(again)))


# What a plan changes


async def test_pending_ones_are_moved(store: Store, number: int, database: Path) -> None:
    """A new hour moves what has not been sent; how often it was tried stays known."""
    await write(store, number, FIRST, SECOND)
    await store.write(lambda db: rows.put_back(db, number, [SECOND], SECOND.due, NOW, tried=True))
    later = [replace(one, due=one.due + timedelta(hours=8), days=one.days - 1) for one in (FIRST, SECOND)]

    await write(store, number, *later, now=NOW + timedelta(hours=1))

    assert [row[:4] + row[4:8] for row in query(database, FIELDS)] == [
        ("year-end-14", "2026-12-31", "year-end", "2026-12-17T10:00:00+00:00", 13, "pending", None, 0),
        ("year-end-7", "2026-12-31", "year-end", "2026-12-24T10:00:00+00:00", 6, "pending", None, 1),
    ]


async def test_pending_ones_that_are_not_planned_any_more_are_removed(
    store: Store, number: int, database: Path
) -> None:
    await write(store, number, FIRST, SECOND)

    await write(store, number, SECOND)
    assert kept(database) == [("year-end-7", "pending")]

    await write(store, number)
    assert kept(database) == []


async def test_due_one_stays_as_long_as_it_is_planned(store: Store, number: int, database: Path) -> None:
    """What is due but was not sent yet, as after an outage, is not lost through a turn that makes a new plan."""
    await write(store, number, FIRST, SECOND)

    await write(store, number, FIRST, now=FIRST.due + timedelta(hours=5))

    assert kept(database) == [("year-end-14", "pending")]


@pytest.mark.parametrize("state", ["sending", "sent", "skipped", "failed"])
async def test_what_is_settled_or_on_its_way_is_left_alone(
    store: Store, number: int, database: Path, state: str
) -> None:
    """It is neither moved, nor removed, nor begun again, whatever is planned."""
    await write(store, number, FIRST)
    await become(store, number, FIRST, state, "why")
    before = query(database, FIELDS)

    for planned in ([replace(FIRST, due=FIRST.due + timedelta(hours=1))], [], [FIRST]):
        await write(store, number, *planned, now=NOW + timedelta(hours=1))
        assert query(database, FIELDS) == before


async def test_plan_of_one_person_leaves_others_alone(store: Store, database: Path) -> None:
    first, second = await add(store, project_reminding(), NOW, Someone(name="1"), Someone(name="2"))

    await write(store, first)

    assert query(database, "SELECT DISTINCT person FROM reminders") == [(second,)]
    assert query(database, "SELECT person FROM reminder_settings WHERE planned_with <> 'a'") == [(second,)]


async def test_opting_out_and_in_again_sends_nothing_twice(store: Store, database: Path) -> None:
    """Out: what is to come is removed. In again: it comes back, but what was sent, skipped or failed does not."""
    reminding, now = project_reminding(), china(12, 26)
    (number,) = await add(store, reminding, NOW, Someone())
    planned = {one.rule: one for one in reminding.plan(Someone().progress, Preferences(), NOW)}
    for rule, state in (("year-end-30", "sent"), ("year-end-14", "skipped"), ("year-end-7", "failed")):
        await become(store, number, planned[rule], state)
    settled = [("year-end-30", "sent"), ("year-end-14", "skipped"), ("year-end-7", "failed")]

    await change(store, reminding, now, Someone(facts=NO_WISH))
    assert kept(database) == settled

    await change(store, reminding, now, Someone(facts=WISH))
    assert kept(database) == [*settled, *((rule, "pending") for rule in YEAR_END[3:])]
    await change(store, reminding, NOW, Someone(facts=WISH))  # not even when the clock was put back
    assert kept(database) == [*settled, *((rule, "pending") for rule in YEAR_END[3:])]


async def test_another_limit_gives_rows_of_its_own(store: Store, database: Path) -> None:
    """Who corrects when they qualified is reminded of the right date, although the wrong one was reminded of already."""
    reminding = project_reminding()
    wrong, right = Someone(facts={**WISH, "qualified": "2025-01"}), Someone(facts={**WISH, "qualified": "2025-02"})
    (number,) = await add(store, reminding, NOW, wrong)
    limits = [
        one for one in reminding.plan(wrong.progress, Preferences(), NOW) if one.kind == "limit" and one.due > NOW
    ]
    await become(store, number, limits[0], "sent")
    dates = {one.day for one in reminding.plan(right.progress, Preferences(), NOW) if one.kind == "limit"}

    await change(store, reminding, NOW, right)

    found = [row for row in states(database) if row.rule.startswith("limit")]
    assert [row.day for row in found if row.state == "sent"] == [limits[0].day.isoformat()]
    pending = [row for row in found if row.state == "pending"]
    assert {row.day for row in pending} == {one.isoformat() for one in dates}
    assert limits[0].rule in [row.rule for row in pending]
    assert limits[0].day not in dates


async def test_a_new_wait_at_the_same_step_gives_rows_of_its_own(store: Store, database: Path) -> None:
    reminding, later = project_reminding(), NOW + timedelta(days=20)
    await add(store, reminding, NOW, Someone(**waiting("activation", "wait-code", NOW)))
    first = Reminder("waiting:activation:wait-code:1", NOW.date(), "waiting", NOW, 1000)
    await become(store, 1, first, "sent")

    await change(store, reminding, later, Someone(**waiting("activation", "wait-code", later)))

    found = [(row.rule[-1], row.day, row.state) for row in states(database) if row.rule.startswith("waiting")]
    assert found == [
        ("1", "2026-11-25", "sent"),
        *((str(number), "2026-12-15", "pending") for number in (1, 2, 3)),
    ]


# What becomes of a reminder


async def test_what_is_noted_is_not_noted_again(store: Store, number: int, database: Path) -> None:
    """The first word on a reminder is the last: one that was sent is not failed later, nor put back."""
    await write(store, number, FIRST)
    await become(store, number, FIRST, "sending")
    await become(store, number, FIRST, "sent")
    before = query(database, FIELDS)

    await become(store, number, FIRST, "failed", "the network failed too often")
    await store.write(lambda db: rows.put_back(db, number, [FIRST], SECOND.due, NOW, tried=True))

    assert query(database, FIELDS) == before


async def test_put_back_is_due_at_another_time_and_counts_tries(store: Store, number: int, database: Path) -> None:
    await write(store, number, FIRST)
    for tried in (True, False, True):
        await become(store, number, FIRST, "sending")
        await store.write(
            partial(rows.put_back, person_id=number, reminders=[FIRST], until=SECOND.due, now=NOW, tried=tried)
        )

    (row,) = query(database, FIELDS)
    assert row[3:8] == ("2026-12-24T02:00:00+00:00", 14, "pending", None, 2)


async def test_due_are_those_whose_time_has_come(store: Store, number: int) -> None:
    """Not those that are on their way."""
    third = Reminder("year-end-3", END, "year-end", china(12, 28), 3)
    await write(store, number, FIRST, SECOND, third)
    await become(store, number, SECOND, "sending")

    found = await store.write(lambda db: rows.due_of(db, number, FIRST.due))
    before = await store.write(lambda db: rows.due_of(db, number, FIRST.due - timedelta(seconds=1)))

    assert [one.rule for one in found] == [FIRST.rule]
    assert before == []


# The store's transactions


async def test_work_that_fails_undoes_everything(store: Store, number: int, database: Path) -> None:
    """Also what was written before the failure; the store goes on working afterwards."""
    await write(store, number, FIRST)
    before = query(database, FIELDS)

    def work(db: "Database") -> None:
        rows.write_plan(db, number, [SECOND], NOW, "b")
        rows.set_state(db, number, [SECOND], "sent", NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.write(work)

    assert query(database, FIELDS) == before
    assert query(database, "SELECT planned_with FROM reminder_settings") == [("a",)]
    await write(store, number, FIRST, SECOND)
    assert len(query(database, FIELDS)) == 2


async def test_statement_that_fails_undoes_everything(store: Store, number: int, database: Path) -> None:
    """A broken plan, with one reminder twice in it, is an error of the database and writes no part of itself."""
    await write(store, number, FIRST)
    before = query(database, FIELDS)

    with pytest.raises(StoreError, match="UNIQUE constraint failed"):
        await write(store, number, SECOND, SECOND, made_from="b")

    assert query(database, FIELDS) == before


async def test_work_gives_back_what_it_returns(store: Store) -> None:
    assert await store.write(lambda db: db.conn.execute("SELECT 6 * 7").fetchone()) == (42,)


async def test_nothing_is_written_while_another_process_writes(database: Path) -> None:
    """The work is not even begun, so that nothing which it read can be old."""
    begun: list[int] = []
    async with await Store.open(database, busy_timeout=0.05) as store:
        with other_process(database, "BEGIN IMMEDIATE"):
            error = await error_of(store.write(lambda _: begun.append(1)))
        await store.write(lambda _: begun.append(2))

    assert error == f"the database {database} is in use by another process"
    assert begun == [2]


async def test_forgotten_person_leaves_no_reminders(store: Store, database: Path) -> None:
    reminding = project_reminding()
    first, second = await add(store, reminding, NOW, Someone(name="1"), Someone(name="2"))
    await claim(ReminderQueue(store, "telegram"), reminding, china(12, 1), limit=1)
    assert "sending" in {row.state for row in states(database)}

    await store.forget(first)

    assert query(database, "SELECT DISTINCT person FROM reminders") == [(second,)]
    assert query(database, "SELECT person FROM reminder_settings") == [(second,)]
