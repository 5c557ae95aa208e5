"""Locks for each key: one at a time, first come first served, and nothing is kept for anybody who is gone."""

import asyncio

import pytest

from bot.locks import Locks


async def test_one_at_a_time_in_the_order_of_arrival() -> None:
    locks = Locks()
    inside: list[int] = []
    order: list[int] = []

    async def work(number: int) -> None:
        async with locks.hold("key"):
            inside.append(number)
            assert len(inside) == 1
            await asyncio.sleep(0)
            order.append(inside.pop())

    await asyncio.gather(*(work(number) for number in range(20)))

    assert order == list(range(20))


async def test_keys_do_not_wait_for_each_other() -> None:
    locks = Locks()
    async with locks.hold(1), asyncio.timeout(5), locks.hold(("telegram", "1")), locks.hold(2):
        assert locks.busy(1)
        assert locks.busy(2)
        assert not locks.busy(3)


async def test_nothing_is_kept() -> None:
    locks = Locks()
    for number in range(100):
        async with locks.hold(number):
            pass

    assert not locks.busy(1)
    assert locks._locks == {}


async def test_failure_releases() -> None:
    locks = Locks()
    with pytest.raises(ZeroDivisionError):
        async with locks.hold(1):
            raise ZeroDivisionError

    assert not locks.busy(1)


async def test_who_gives_up_waiting_is_forgotten_and_the_lock_is_still_held() -> None:
    locks = Locks()

    async def work() -> None:
        async with locks.hold(1):
            pytest.fail("the lock was not held")

    async with locks.hold(1):
        waiting = asyncio.create_task(work())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert locks.busy(1)
        another = asyncio.create_task(work())
        await asyncio.sleep(0)
        assert not another.done()
        another.cancel()
        await asyncio.gather(another, return_exceptions=True)

    assert locks._locks == {}


async def test_holder_that_is_cancelled_lets_the_next_one_in() -> None:
    locks = Locks()
    got = asyncio.Event()

    async def hold_on() -> None:
        async with locks.hold(1):
            await asyncio.Event().wait()

    async def next_one() -> None:
        async with locks.hold(1):
            got.set()

    holder, waiting = asyncio.create_task(hold_on()), asyncio.create_task(next_one())
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.gather(holder, waiting, return_exceptions=True)

    assert got.is_set()
    assert locks._locks == {}
