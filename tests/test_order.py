"""One person's updates in their order, many people's at once, and nobody's too many."""

import asyncio
from typing import Literal

import pytest
from telegram import Update

from bot.channels.telegram.order import _REMEMBERED, FLOOD_MESSAGES, FLOOD_SECONDS, FloodGuard, Ordered

Verdict = Literal["fine", "first", "flood"]


def update(number: int, who: int | None = 7) -> Update:
    """Return a message of somebody, or a post of a channel."""
    chat = {"id": who or -100, "type": "private" if who else "channel", "first_name": "A", "title": "news"}
    message = {"message_id": number, "date": 0, "chat": chat, "text": "x"}
    if who is None:
        return Update.de_json({"update_id": number, "channel_post": message}, None)
    sender = {"id": who, "is_bot": False, "first_name": "A"}
    return Update.de_json({"update_id": number, "message": message | {"from": sender}}, None)


class Desk:
    """Processes updates; each one settles, and ends, when it is told to."""

    def __init__(self) -> None:
        self.began: list[int] = []
        self.ended: list[int] = []
        self.settled: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.failing: set[int] = set()
        self.processor = Ordered(self.settled.append)

    def take(self, one: Update) -> asyncio.Task[None]:
        self.gates[one.update_id] = asyncio.Event()
        return asyncio.create_task(self.processor.process_update(one, self._work(one.update_id)))

    async def _work(self, number: int) -> None:
        self.began.append(number)
        await self.gates[number].wait()
        if number in self.failing:
            raise ZeroDivisionError
        self.ended.append(number)

    async def go_on(self) -> None:
        """Let everything run that can."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def settle(self, number: int) -> None:
        self.processor.settle(number)
        await self.go_on()

    async def finish(self, *numbers: int) -> None:
        for number in numbers:
            self.gates[number].set()
        await self.go_on()


async def test_one_persons_updates_are_taken_in_order() -> None:
    """The second begins when the first has ended, whatever takes how long."""
    desk = Desk()
    tasks = [desk.take(update(number)) for number in range(1, 6)]

    for number in range(1, 6):
        await desk.go_on()
        assert desk.began == list(range(1, number + 1))
        await desk.finish(number)
    await asyncio.gather(*tasks)

    assert desk.ended == desk.settled == [1, 2, 3, 4, 5]
    assert desk.processor._running == {}


async def test_next_one_begins_when_the_one_before_changes_nothing_more() -> None:
    """What is settled goes on sending its replies while the person's next update is taken, and that alone."""
    desk = Desk()
    tasks = [desk.take(update(number)) for number in (1, 2, 3)]
    await desk.go_on()
    assert desk.began == [1]

    await desk.settle(1)
    assert desk.began == [1, 2]
    assert desk.settled == [1]
    assert desk.ended == []
    await desk.finish(2)
    assert desk.began == [1, 2, 3]
    assert desk.ended == [2]
    await desk.finish(1, 3)
    await asyncio.gather(*tasks)
    assert set(desk.settled) == {1, 2, 3}


async def test_people_are_served_at_once() -> None:
    desk = Desk()
    tasks = [desk.take(update(who, who)) for who in range(1, 101)]
    await desk.go_on()

    assert sorted(desk.began) == list(range(1, 101))
    await desk.finish(50)
    assert desk.ended == [50]
    await desk.finish(*desk.gates)
    await asyncio.gather(*tasks)


async def test_who_has_written_much_holds_up_nobody() -> None:
    desk = Desk()
    tasks = [desk.take(update(number)) for number in range(1, 1000)]
    tasks.append(desk.take(update(1000, 8)))
    await desk.go_on()

    assert desk.began == [1, 1000]
    await desk.finish(*desk.gates)
    await asyncio.gather(*tasks)


async def test_posts_of_nobody_do_not_wait_for_each_other() -> None:
    desk = Desk()
    tasks = [desk.take(update(number, None)) for number in (1, 2, 3)]
    await desk.go_on()

    assert desk.began == [1, 2, 3]
    await desk.finish(*desk.gates)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("settled", [False, True])
async def test_failure_lets_the_next_one_in(*, settled: bool) -> None:
    """An update that fails is settled by that; one that fails later is not waited for."""
    desk = Desk()
    desk.failing.add(1)
    tasks = [desk.take(update(1)), desk.take(update(2))]
    await desk.go_on()
    if settled:
        await desk.settle(1)
    await desk.finish(1, 2)
    failed, good = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(failed, ZeroDivisionError)
    assert good is None
    assert desk.ended == [2]
    assert set(desk.settled) == {1, 2}
    assert not desk.processor._locks.busy(7)


async def test_settling_what_is_unknown_only_passes_it_on() -> None:
    desk = Desk()
    desk.processor.settle(99)

    assert desk.settled == [99]


async def test_cancellation_lets_the_next_one_in() -> None:
    """An update that is given up while it is dealt with keeps nobody out."""
    desk = Desk()
    tasks = [desk.take(update(number)) for number in (1, 2)]
    await desk.go_on()
    tasks[0].cancel()
    await desk.finish(2)
    await desk.finish(1)
    await asyncio.gather(*tasks, return_exceptions=True)

    assert 2 in desk.ended
    assert not desk.processor._locks.busy(7)


async def test_what_is_no_update_is_processed() -> None:
    desk = Desk()
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    await desk.processor.process_update("something else", work())

    assert done.is_set()
    assert desk.settled == []


# Too many messages


def judged(*times: float, who: int = 7, guard: FloodGuard | None = None) -> list[Verdict]:
    guard = guard or FloodGuard(3, 10.0)
    return [guard.judge(who, at) for at in times]


@pytest.mark.parametrize(
    ("times", "verdicts"),
    [
        pytest.param([0, 1, 2], "...", id="few"),
        pytest.param([0, 1, 2, 3], "...1", id="one-too-many"),
        pytest.param([0, 1, 2, 3, 4, 5], "...1xx", id="said-once"),
        pytest.param([0, 1, 2, 10], "...1", id="just-within"),
        pytest.param([0, 1, 2, 10.01], "....", id="just-after"),
        pytest.param([0, 5, 10, 15, 20, 25, 30], ".......", id="steady"),
        pytest.param([0, 0, 0, 0, 5, 5, 20, 20, 20], "...1xx...", id="after-a-pause"),
        pytest.param([0, 0, 0, 0, 20, 20, 20, 20, 20], "...1...1x", id="said-again-after-a-pause"),
        pytest.param([0, 3, 6, 9, 12, 15, 18], "...1xxx", id="who-goes-on-is-not-heard"),
    ],
)
def test_flood(times: list[float], verdicts: str) -> None:
    """More than three messages in ten seconds are too many; the first of them is answered, and a pause ends it."""
    kinds: dict[str, Verdict] = {".": "fine", "1": "first", "x": "flood"}

    assert judged(*times) == [kinds[letter] for letter in verdicts]


def test_flood_of_one_is_not_that_of_another() -> None:
    guard = FloodGuard(3, 10.0)
    judged(0, 0, 0, 0, 0, guard=guard)

    assert judged(0, 1, 2, who=8, guard=guard) == ["fine"] * 3


def test_usual_limit() -> None:
    """Twenty messages in ten seconds are fine."""
    guard = FloodGuard()
    times = [number * FLOOD_SECONDS / 100 for number in range(FLOOD_MESSAGES + 2)]

    assert judged(*times, guard=guard) == ["fine"] * 20 + ["first", "flood"]


def test_backlog_is_judged_by_the_time_of_writing() -> None:
    """What was written over hours is fine, although it is judged within one moment."""
    assert set(judged(*(number * 60 for number in range(500)))) == {"fine"}


def test_flood_guard_forgets() -> None:
    """So many people are remembered; who was forgotten begins anew."""
    guard = FloodGuard(3, 10.0)
    judged(0, 0, 0, 0, who=1, guard=guard)
    for who in range(2, _REMEMBERED + 2):
        guard.judge(who, 0)

    assert len(guard._seen) == _REMEMBERED
    assert guard._warned == set()
    assert judged(0, 0, 0, 0, who=1, guard=guard) == ["fine", "fine", "fine", "first"]
