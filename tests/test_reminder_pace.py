"""Reminders within Telegram's limits, on a clock that jumps: how fast they go, what they give way to, what stops them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from telegram.error import RetryAfter

from bot.channels.telegram.limits import Limits, seconds
from bot.errors import NotDeliveredError
from bot.messages import Reply
from bot.reminders.delivery import TICK, Delivery
from bot.reminders.queue import ReminderQueue
from bot.store import Store
from tests import jumping_time
from tests.jumping_time import Server
from tests.reminder_people import add, china, counted, crowd, project_reminding, query

JOINED: Final = china(11, 25)
FIRST: Final = china(12, 1)
"""The moment at which everybody's first reminder is due."""
EVERYBODY: Final = dict.fromkeys(range(1, 501), 1)


class Broadcast:
    """Deliveries through the limits on the jumping clock: what the store does takes no time there."""

    def __init__(self, store: Store, server: Server) -> None:
        self._store = store
        self.limits = Limits()
        self.server = server

    async def _send(self, channel_id: str, replies: Sequence[Reply]) -> None:
        try:
            for _ in replies:
                await jumping_time.send(self.limits, self.server, int(channel_id), priority="broadcast")
        except RetryAfter as error:
            raise NotDeliveredError(after=seconds(error)) from error

    async def run(self, rounds: int = 1, beside: Callable[[], Any] | None = None) -> int:
        """Deliver in so many rounds, a tick apart; do something else beside the first one."""
        loop = asyncio.get_running_loop()

        def at_once(_executor: Any, work: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
            done = loop.create_future()
            try:
                done.set_result(self._store._worker.submit(work, *arguments).result())
            except Exception as error:  # noqa: BLE001 - it belongs to who waits
                done.set_exception(error)
            return done

        loop.run_in_executor = at_once  # type: ignore[method-assign, assignment]
        queue = ReminderQueue(self._store, "telegram")
        delivery = Delivery(queue, project_reminding, self._send, lambda: FIRST + timedelta(seconds=loop.time()))
        sent = 0
        others = asyncio.ensure_future(beside()) if beside else None
        for _ in range(rounds):
            sent += await delivery.once()
            await asyncio.sleep(TICK)
        if others:
            await others
        delivery.close()
        return sent


@pytest.fixture(name="many")
def _many(database: Path) -> Iterator[Store]:
    """Return a store with 500 people, which is used on another loop than the test's."""

    async def prepared() -> Store:
        store = await Store.open(database)
        await add(store, project_reminding(), JOINED, *crowd(500))
        return store

    store = asyncio.run(prepared())
    yield store
    asyncio.run(store.close())


def test_500_reminders_take_25_seconds(many: Store) -> None:
    """Twenty a second, evenly, and no slower than that either."""
    server = Server(latency=0.2)

    assert jumping_time.run(Broadcast(many, server).run()) == 500

    times = [at for _, at in server.requests]
    assert Counter(server.chats) == EVERYBODY
    assert 499 / 20 - 0.01 <= times[-1] - times[0] <= 26
    assert min(later - at for at, later in zip(times, times[20:], strict=False)) >= 0.999


def test_replies_are_not_held_up_by_reminders(many: Store) -> None:
    """Also when there are so many that both together would be more than Telegram allows: then the reminders wait."""
    server, waits = Server(latency=0.2), []
    broadcast = Broadcast(many, server)

    async def reply(chat: int, at: float) -> None:
        await asyncio.sleep(at)
        await jumping_time.send(broadcast.limits, server, chat)
        waits.append(server.times(chat)[0] - at)

    async def replies() -> None:
        await asyncio.gather(*(reply(10_000 + number, 0.04 * number) for number in range(500)))

    assert jumping_time.run(broadcast.run(beside=replies)) == 500

    assert len(waits) == 500
    assert max(waits) < 0.1


@pytest.mark.parametrize("wait", [30, 100], ids=["waited out by the limits", "handed back to the queue"])
def test_429_stops_all_reminders_for_its_time(many: Store, database: Path, wait: int) -> None:
    """Nobody is written to before it is over; afterwards everybody is, once, and it counts as nobody's failure."""
    server = Server(RetryAfter(wait), chat=250, latency=0.2)

    sent = jumping_time.run(Broadcast(many, server).run(rounds=20))

    assert sent == 500
    assert Counter(server.chats) == EVERYBODY
    refused = next(at for chat, at in server.requests if chat == 250) + 0.2
    after = [at for _, at in server.requests if at > refused]
    assert len(after) > 200
    assert min(after) >= refused + wait - 0.01
    assert query(database, "SELECT sum(tries) FROM reminders") == [(0,)]
    assert counted(database)["sending"] == 0
