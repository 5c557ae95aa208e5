"""Plans the reminders of many people, and sends as many on one day, on a clock that jumps: `python -m benchmarks.reminders [PEOPLE]`.

PEOPLE is 300,000 if it is not given; 2,000 are a try. `--folder DIR` says where the databases are written.

Planning is done as the service does it, for people of all kinds (`reminder_load.mixed`). Beside it stand, in the same run, the
same rows written by `sqlite3` alone into the same table (with the same indexes and settings, and as many people in one
transaction), and planning for one person in one transaction, as a turn does.

The delivery is that of 24 December, 10:00. The loop, the queue, the store, the limits, the sender and python-telegram-bot are the
real ones. The Bot API answers after 50 to 200 ms; one in a thousand people has blocked the bot; five times the answer is a 429;
and five replies a second go out meanwhile. The clock jumps over waiting (see `jumping_clock`).
"""

import argparse
import asyncio
import logging
import os
import sqlite3
import statistics
import tempfile
import time
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from telegram.ext import ExtBot

from benchmarks import jumping_clock
from benchmarks.reminder_load import (
    CHANNEL,
    FIRST_CHAT,
    ZONE,
    Made,
    Server,
    due_on,
    last_offer,
    memory,
    mixed,
    write_people,
)
from bot.channels.telegram.limits import Limits, Priority
from bot.channels.telegram.sending import Sender
from bot.conversation import Conversation
from bot.flow_files import flows_of
from bot.index_cache import load_matcher
from bot.reminders.delivery import AT_ONCE, PLANNED_AT_ONCE, Delivery
from bot.reminders.queue import Plan, ReminderQueue
from bot.reminders.talk import Reminding
from bot.store import Store

PEOPLE: Final = 300_000
ONE_BY_ONE: Final = 1_000
"""So many people are planned for one by one at most, beside the others."""
AUTUMN: Final = datetime(2026, 11, 25, 10, tzinfo=ZONE)
"""When the plans of the first part are made."""
EVE: Final = datetime(2026, 12, 23, 12, tzinfo=ZONE)
"""When the plans of the second part are made: what was to be sent before is not begun any more."""
DUE: Final = datetime(2026, 12, 24, 10, tzinfo=ZONE)
PENALTIES: Final = 5
REPLIES: Final = 5
"""Replies a second."""
LONGEST: Final = timedelta(hours=12)
"""The delivery is given up then."""


class TimedQueue(ReminderQueue):
    """Notes how long the store's thread was held by each transaction that plans."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, CHANNEL)
        self.held: list[float] = []

    async def plan(self, after: int, limit: int, plan: Plan, planned_with: str, now: datetime) -> int | None:
        """Plan, and note how long it took; nobody else uses the store meanwhile."""
        start = time.perf_counter()
        found = await super().plan(after, limit, plan, planned_with, now)
        self.held.append(time.perf_counter() - start)
        return found


class Bench:
    """What both parts need."""

    def __init__(self, people: int, folder: Path) -> None:
        self.people = people
        self.folder = folder
        self.library = flows_of()
        self._matcher = load_matcher()

    def conversation(self, store: Store) -> Conversation:
        """Return a conversation, which has the rules of the reminders."""
        return Conversation(self._matcher, store, self.library, ZONE)

    async def store(self, name: str, kinds: list[Made], now: datetime) -> Store:
        """Make a database with people in it, and open it."""
        path = self.folder / name
        await (await Store.open(path)).close()
        offer = await last_offer(self.folder, self.conversation, now)
        write_people(path, self.people, kinds, offer, now)
        return await Store.open(path)


def _row(name: str, *values: object) -> None:
    print(f"{name:58}", *(f"{value:>12}" for value in values))


async def plan(bench: Bench) -> None:
    """Print the figures of planning."""
    async with await bench.store("planned.db", mixed(bench.library, AUTUMN.date()), AUTUMN) as store:
        reminding = bench.conversation(store).assistant.reminding
        queue = TimedQueue(store)
        delivery = Delivery(queue, lambda: reminding, _nobody, lambda: AUTUMN)
        singles = await _one_by_one(queue, reminding, min(ONE_BY_ONE, bench.people // 10))
        queue.held.clear()
        start = time.perf_counter()
        await delivery.once()
        whole = time.perf_counter() - start
        delivery.close()
    planned = bench.people - len(singles)
    with closing(sqlite3.connect(bench.folder / "planned.db")) as connection:
        sql = "SELECT count(*) FROM reminders WHERE person > ?"
        (rows,) = connection.execute(sql, (len(singles),)).fetchone()
        (waiting,) = connection.execute("SELECT count(*) FROM reminder_settings WHERE planned_with = ''").fetchone()
    assert not waiting, f"{waiting} people were not planned for"
    bare = _bare_insert(bench.folder, len(singles))
    one = statistics.median(singles)
    print(f"Planning for {planned:,} people, which gave {rows:,} reminders")
    _row("all, seconds (the goal is 60 at most for 300,000)", f"{whole:.1f}")
    _row("the same rows written by sqlite3 alone, seconds", f"{bare:.1f}")
    _row("all / the rows alone", f"{whole / bare:.2f}")
    _row("one person, microseconds", f"{1e6 * whole / planned:.0f}")
    _row("one person in one transaction, microseconds, median", f"{1e6 * one:.0f}")
    _row("one in one transaction / one of all", f"{one * planned / whole:.2f}")
    slow = statistics.quantiles(queue.held, n=100)[98] if len(queue.held) > 1 else queue.held[0]
    name = f"store held by {PLANNED_AT_ONCE} people, ms: median, 99 %, longest"
    _row(name, *(f"{1000 * found:.1f}" for found in (statistics.median(queue.held), slow, max(queue.held))))


async def _nobody(*_sent: object) -> None:
    raise AssertionError("nothing is due")


async def _one_by_one(queue: TimedQueue, reminding: Reminding, count: int) -> list[float]:
    """Plan for so many people, each in a transaction of their own, and return the seconds of each."""
    after: int | None = 0
    for _ in range(count):
        assert after is not None, "there are more people"
        after = await queue.plan(
            after,
            1,
            lambda progress, wishes: reminding.plan(reminding.fitted(progress), wishes, AUTUMN),
            reminding.made_from(AUTUMN),
            AUTUMN,
        )
    return list(queue.held)


def _bare_insert(folder: Path, after: int) -> float:
    """Return the seconds it takes to write the planned rows again, into a file of the same shape."""
    with (
        closing(sqlite3.connect(folder / "planned.db")) as source,
        closing(sqlite3.connect(folder / "bare.db")) as bare,
    ):
        bare.isolation_level = None
        for sql in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
            bare.execute(f"PRAGMA {sql}")
        shapes = "SELECT sql FROM sqlite_schema WHERE tbl_name = 'reminders' AND sql IS NOT NULL ORDER BY type DESC"
        for (sql,) in source.execute(shapes).fetchall():
            bare.execute(sql)
        (last,) = source.execute("SELECT max(person) FROM reminders").fetchone()
        passed = 0.0
        for first in range(after + 1, last + 1, PLANNED_AT_ONCE):
            chosen = "SELECT * FROM reminders WHERE person BETWEEN ? AND ?"
            rows = source.execute(chosen, (first, first + PLANNED_AT_ONCE - 1)).fetchall()
            start = time.perf_counter()
            bare.execute("BEGIN IMMEDIATE")
            bare.executemany("INSERT INTO reminders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            bare.execute("COMMIT")
            passed += time.perf_counter() - start
    return passed


class Replies:
    """People who write meanwhile, and are answered."""

    def __init__(self) -> None:
        self._waited = array("d", bytes(8 * int(LONGEST.total_seconds() + 1) * REPLIES))  # beforehand, as in `Server`
        self._count = 0

    @property
    def waited(self) -> Sequence[float]:
        """How many seconds it took until the Bot API had answered, for each."""
        return self._waited[: self._count]

    async def go_on(self, bot: "ExtBot[Priority]", stop: asyncio.Event) -> None:
        """Answer somebody so many times a second."""
        tasks: set[asyncio.Task[None]] = set()
        number = 0
        while not stop.is_set():
            number += 1
            tasks.add(task := asyncio.create_task(self._answer(bot, 1 + number % 1_000)))
            task.add_done_callback(tasks.discard)
            await asyncio.sleep(1 / REPLIES)
        await asyncio.gather(*tasks)

    async def _answer(self, bot: "ExtBot[Priority]", chat: int) -> None:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await bot.send_message(chat, "ok")
        self._waited[self._count] = loop.time() - asked
        self._count += 1


async def deliver(bench: Bench) -> None:
    """Print the figures of a delivery."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, jumping_clock.JumpingLoop), "the clock has to jump"
    begin = EVE - timedelta(seconds=loop.time())

    def now() -> datetime:
        return begin + timedelta(seconds=loop.time())

    server = Server(bench.people, PENALTIES)
    replies = Replies()
    kinds = due_on(bench.library, DUE.date())
    async with await bench.store("sent.db", kinds, EVE) as store:
        reminding = bench.conversation(store).assistant.reminding
        limits = Limits()
        bot = ExtBot("1:BENCH", request=server, get_updates_request=server, rate_limiter=limits)
        async with bot:
            sender = Sender(bot, store)
            delivery = Delivery(ReminderQueue(store, CHANNEL), lambda: reminding, sender.send, now)
            await delivery.once()  # plans
            assert not server.done, "nothing is due on the eve"
            await asyncio.sleep((DUE - now()).total_seconds())
            start, before, waited, real = loop.time(), memory(), loop.waited, time.perf_counter()
            stop = asyncio.Event()
            work = [asyncio.create_task(one) for one in (delivery.run(stop), replies.go_on(bot, stop))]
            async with asyncio.timeout(LONGEST.total_seconds()):
                await server.finished.wait()
            end, real, waited = loop.time(), time.perf_counter() - real, loop.waited - waited
            stop.set()
            await asyncio.gather(*work)
    print(f"Delivery to {bench.people:,} people, from {DUE:%-d %B, %H:%M}, with {server.penalised} penalties")
    _row("all, hours by the clock (the goal is 5 at most)", f"{(end - start) / 3600:.2f}")
    _row("at the limit alone it would take", f"{bench.people / 20 / 3600:.2f}")
    _row("most reminders in a second (20 at most)", _most_in_a_second(server))
    waits = replies.waited
    slow = statistics.quantiles(waits, n=1000)[998]
    _row(
        "replies meanwhile; seconds: median, 99.9 %",
        len(replies.waited),
        f"{statistics.median(replies.waited):.2f}",
        f"{slow:.2f}",
    )
    _row("memory, MiB: at the start, 10 %, 50 %, 100 %", *(f"{one:.1f}" for one in (before, *server.memory.values())))
    _row("real seconds; of these, waiting for the store alone", f"{real:.0f}", f"{waited:.0f}")
    _row("real milliseconds for one", f"{1000 * real / bench.people:.2f}")
    _report(bench, server, start)


def _most_in_a_second(server: Server) -> int:
    times = server.asked[: server.requests]
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] <= at - 1 + 1e-6:  # what is only rounding
            first += 1
        most = max(most, last - first + 1)
    return most


def _report(bench: Bench, server: Server, start: float) -> None:
    """Print what has become of the reminders, and in which order they went."""
    with closing(sqlite3.connect(bench.folder / "sent.db")) as connection:
        day = [moment.astimezone(UTC).isoformat(timespec="seconds") for moment in (DUE, DUE + timedelta(hours=13))]
        sql = "SELECT state, reason, count(*), count(DISTINCT person) FROM reminders WHERE due_at BETWEEN ? AND ? GROUP BY 1, 2"
        for state, reason, rows, people in connection.execute(sql, day):
            _row(f"reminders {state}{f' ({reason})' if reason else ''}; people", rows, people)
        sql = "SELECT person, min(days), min(due_at) FROM reminders WHERE due_at BETWEEN ? AND ? GROUP BY person"
        due = {person: (days, at) for person, days, at in connection.execute(sql, day)}
    once = sum(got + refused == 1 for got, refused in zip(server.got[1:], server.refused[1:], strict=True))
    _row("people who were sent one message or have refused one", once)
    assert len(due) == bench.people, "everybody had a reminder"
    order = [int(chat) - FIRST_CHAT for chat in server.chats]
    spots: dict[int, list[int]] = {}
    for place, person in enumerate(order):
        spots.setdefault(due[person][0], []).append(place)
    late = {at for _, at in due.values()} - {day[0]}
    print("Days to the nearest date: how many people, and the places at which they came: first, half, last")
    for days, places in sorted(spots.items()):
        _row(f"  {days}", len(places), places[0] + 1, places[len(places) // 2] + 1, places[-1] + 1)
    _row("of them due later than the others", sum(at in late for _, at in due.values()))
    _row(f"most who were nearer and still waited ({AT_ONCE} are on their way)", _overtaken(server, due, order, start))


def _overtaken(server: Server, due: dict[int, tuple[int, str]], order: list[int], start: float) -> int:
    """Return how many people at most were due, had a nearer date than somebody who was sent to, and were sent to later."""
    classes = sorted({days for days, _ in due.values()})
    waiting = dict.fromkeys(classes, 0)
    moments = {days: sorted(_after(at) for other, at in due.values() if other == days) for days in classes}
    sent = dict(waiting)
    most = 0
    for person, at in zip(order, server.times, strict=True):
        days = due[person][0]
        nearer = classes[: classes.index(days)]
        most = max(most, sum(bisect_right(moments[one], at - start) - sent[one] for one in nearer))
        sent[days] += 1
    return most


def _after(at: str) -> float:
    return (datetime.fromisoformat(at) - DUE).total_seconds()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reminders")
    parser.add_argument("people", nargs="?", type=int, default=PEOPLE)
    parser.add_argument("--folder", help="where the databases are written")
    wanted = parser.parse_args()
    logging.disable(logging.WARNING)  # such as each of those who have blocked the bot
    with tempfile.TemporaryDirectory(dir=wanted.folder) as made:
        bench = Bench(wanted.people, Path(made))
        _row("others' load on this machine: 1, 5, 15 minutes", *(f"{one:.1f}" for one in os.getloadavg()))
        asyncio.run(plan(bench))
        jumping_clock.run(deliver(bench))
        _row("load in the end", *(f"{one:.1f}" for one in os.getloadavg()))


if __name__ == "__main__":
    main()
