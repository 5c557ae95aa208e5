"""The discipline of broadcasts: their pace, their pauses, their order; on an event loop whose clock jumps."""

import asyncio
from itertools import groupby, pairwise
from typing import Any, Final

import pytest
from telegram.error import RetryAfter

from bot.channels.telegram.limits import BURST, PATIENCE, RECOVERY, SLOWDOWNS, Limits, seconds
from tests.jumping_time import Server, ask, now, run, send

SHARE: Final = 20
"""Broadcasts a second, of thirty messages."""
TOO_LONG: Final = int(PATIENCE) + 40


def _gaps(server: Server) -> list[float]:
    """Return the seconds between one message and the next."""
    return [round(after - before, 2) for (_, before), (_, after) in pairwise(server.requests)]


def _runs(values: list[float]) -> list[float]:
    """Return values without those that are like the one before."""
    return [value for value, _ in groupby(values)]


async def _replies(pace: Limits, server: Server, times: list[float], first: int = 10_000) -> list[float]:
    """Send replies to chats of their own at these times; return how long each had to wait."""

    async def one(chat: int, at: float) -> float:
        await asyncio.sleep(at)
        asked = now()
        await send(pace, server, chat)
        return now() - asked

    return await asyncio.gather(*(one(first + number, at) for number, at in enumerate(times)))


# The pace


@pytest.mark.parametrize("rate", [30.0, 3.0, 2.5, 1.0, 0.5, 0.01])
def test_broadcasts_go_evenly_at_two_thirds_of_the_overall_pace(rate: float) -> None:
    server = Server()

    async def work() -> None:
        await asyncio.gather(*ask(Limits(rate), server, range(1, 401)))

    run(work())

    assert [at for _, at in server.sent] == pytest.approx([number / (rate * 2 / 3) for number in range(400)], abs=0.01)


def test_no_second_has_more_broadcasts_than_their_share() -> None:
    """What was held up by replies is not caught up with, nor is time in which nothing was asked for."""
    server = Server()

    async def work() -> None:
        pace = Limits()
        many = ask(pace, server, range(1, 201))
        await _replies(pace, server, [3.0] * 200 + [9.02] * 90 + [12.01] * 40)
        await asyncio.gather(*many)
        await asyncio.sleep(30)
        await asyncio.gather(*ask(pace, server, range(201, 401)))

    run(work())

    times = [at for chat, at in server.sent if chat in range(1, 401)]
    assert len(times) == 400
    assert min(later - at for at, later in zip(times, times[SHARE:], strict=False)) >= 0.999


def test_a_reply_among_broadcasts_goes_at_once() -> None:
    server = Server()

    async def work() -> list[float]:
        pace = Limits()
        many = ask(pace, server, range(1, 400))
        waits = await _replies(pace, server, [0.1 * number for number in range(100)])
        await asyncio.gather(*many)
        return waits

    assert run(work()) == pytest.approx([0.0] * 100)
    assert len(server.sent) == 499


# 429


def test_429_to_a_broadcast_stops_all_of_it_and_no_reply() -> None:
    """After the pause it goes on at half its pace, for a minute without another 429; nothing gets lost."""
    server = Server(RetryAfter(20), chat=100, latency=0.3)

    async def work() -> list[float]:
        pace = Limits()
        many = ask(pace, server, range(1, 1001))
        waits = await _replies(pace, server, [0.5 * number for number in range(60)])
        await asyncio.gather(*many)
        return waits

    assert run(work()) == pytest.approx([0.3] * 60)  # only the latency
    known = 99 / SHARE + 0.3
    ends = known + 20
    broadcasts = [at for chat, at in server.requests if chat in range(1, 1001)]
    assert max(at for at in broadcasts if at <= known + 0.01) == pytest.approx(known, abs=0.06)
    rest = [at for at in broadcasts if at > known + 0.01]
    assert rest[:600] == pytest.approx([ends + number / 10 for number in range(600)], abs=0.01)
    assert rest[600:] == pytest.approx([ends + RECOVERY + number / 20 for number in range(len(rest) - 600)], abs=0.01)
    assert sorted(str(chat) for chat in server.chats if chat in range(1, 1001)) == sorted(map(str, range(1, 1001)))


def test_pace_halves_with_each_pause_down_to_a_sixteenth_and_comes_back_minute_by_minute() -> None:
    server = Server(*(RetryAfter(2) for _ in range(SLOWDOWNS + 2)))

    async def work() -> list[Any]:
        return await asyncio.gather(*ask(Limits(), server, range(1, 5001)), return_exceptions=True)

    assert run(work()) == ["sent"] * 5000
    assert _runs(_gaps(server)) == [2.0, 0.8, 0.4, 0.2, 0.1, 0.05]
    times = [at for _, at in server.requests]
    steps = [at for at, gap, after in zip(times[1:], _gaps(server), _gaps(server)[1:], strict=False) if after != gap]
    assert [after - before for before, after in pairwise(steps[1:])] == pytest.approx([RECOVERY] * 3, abs=0.8)


@pytest.mark.parametrize("delays", [(5, 30, 5, 5, 5), (30, 5, 5, 5, 5), (5, 5, 5, 5, 5)], ids=str)
def test_429s_to_what_was_under_way_together_are_one_slowdown(delays: tuple[int, ...]) -> None:
    """Nothing is sent before the last of the times that Telegram asked for."""
    server = Server(*map(RetryAfter, delays), latency=0.4)

    async def work() -> None:
        await asyncio.gather(*ask(Limits(), server, range(1, 301)))

    run(work())

    known = [number / SHARE + 0.4 for number in range(len(delays))]
    ends = max(at + delay for at, delay in zip(known, delays, strict=True))
    later = [at for _, at in server.requests if at > known[0] + 0.01]
    assert later[:200] == pytest.approx([ends + number / 10 for number in range(200)], abs=0.02)


def test_429_that_comes_while_a_broadcast_gives_way_to_replies_holds_it_up_too() -> None:
    server = Server(RetryAfter(20), chat=1, latency=1.0)

    async def work() -> None:
        pace = Limits()
        many = ask(pace, server, range(1, 301))
        await asyncio.gather(_replies(pace, server, [0.01] * 200), *many)  # they take the room of five seconds

    run(work())

    assert [at for chat, at in server.requests if chat in range(1, 301) and 0 < at < 21] == []


def test_429_to_a_reply_holds_up_no_broadcast() -> None:
    server = Server(RetryAfter(20), chat=10_000)

    async def work() -> None:
        pace = Limits()
        await asyncio.gather(_replies(pace, server, [0.0]), *ask(pace, server, range(1, 301)))

    run(work())

    times = [at for chat, at in server.sent if chat != 10_000]
    assert times == pytest.approx([number / SHARE for number in range(300)], abs=0.01)
    assert server.times(10_000) == pytest.approx([20.0])


def test_long_pause_fails_all_broadcasts_at_once_with_the_time_that_is_left() -> None:
    """So whoever sends them can put them back; those that come later wait when it has become short enough."""
    server = Server(RetryAfter(TOO_LONG), chat=1)

    async def failing(pace: Limits, chats: range) -> list[float]:
        asked = now()
        errors = await asyncio.gather(*ask(pace, server, chats), return_exceptions=True)
        assert now() == pytest.approx(asked, abs=0.1)
        assert [type(error) for error in errors] == [RetryAfter] * len(chats)
        return [seconds(error) for error in errors if isinstance(error, RetryAfter)]

    async def work() -> None:
        pace = Limits()
        assert await failing(pace, range(1, 301)) == pytest.approx([TOO_LONG] * 300, abs=0.1)
        await asyncio.sleep(30)
        assert await failing(pace, range(301, 601)) == pytest.approx([TOO_LONG - 30] * 300, abs=0.1)
        assert await _replies(pace, server, [0.0]) == [0.0]
        await asyncio.sleep(TOO_LONG - 30 - PATIENCE)
        await asyncio.gather(*ask(pace, server, range(601, 801)))

    run(work())

    assert [chat for chat, _ in server.requests] == [1, 10_000, *range(601, 801)]
    assert [at for _, at in server.requests[2:]] == pytest.approx(
        [TOO_LONG + number / 10 for number in range(200)], abs=0.01
    )


def test_pause_that_grows_too_long_fails_those_that_wait_for_its_end() -> None:
    server = Server(RetryAfter(10), RetryAfter(TOO_LONG), latency=0.1)

    async def work() -> list[Any]:
        found = await asyncio.gather(*ask(Limits(), server, range(1, 301)), return_exceptions=True)
        assert now() < PATIENCE
        return found

    found = run(work())

    sent = {chat for chat, _ in server.requests}
    failed = {number for number, one in enumerate(found, 1) if isinstance(one, RetryAfter)}
    assert len(failed) > 290
    assert set(range(1, 301)) - failed <= sent
    assert all(at < 0.2 for _, at in server.requests)


def test_stop_ends_a_pause_at_once() -> None:
    server = Server(RetryAfter(50), chat=1)

    async def work() -> float:
        pace = Limits()
        many = ask(pace, server, range(1, 301))
        await asyncio.sleep(10)
        pace.stop()
        found = await asyncio.gather(*many, return_exceptions=True)
        assert {type(error) for error in found} == {RetryAfter}
        assert [seconds(error) for error in found[1:] if isinstance(error, RetryAfter)] == pytest.approx([40.0] * 299)
        assert not pace._broadcast_turn.locked()
        return now()

    assert run(work()) == pytest.approx(10.0)
    assert server.tries == 1


def test_stop_lets_no_broadcast_begin() -> None:
    """A process that is to stop does not wait until all that was asked for has gone at its pace."""
    server = Server()

    async def work() -> None:
        pace = Limits()
        many = ask(pace, server, range(1, 301))
        await asyncio.sleep(0.42)
        pace.stop()
        found = await asyncio.gather(*many, return_exceptions=True)
        assert sum(isinstance(error, RetryAfter) for error in found) == 300 - len(server.sent)
        assert now() < 0.5

    run(work())
    assert 8 <= len(server.sent) <= 10


# Order, and giving way


def test_replies_go_before_broadcasts() -> None:
    """Broadcasts that were there first wait until all replies that are waiting have gone."""
    server = Server()

    async def work() -> None:
        pace = Limits(3.0)
        broadcasts = ask(pace, server, range(100, 110))
        await asyncio.sleep(0)
        replies = ask(pace, server, range(1, 10), "reply")
        await asyncio.sleep(0.6)  # the pace allows a broadcast by now
        replies += ask(pace, server, range(10, 13), "reply")
        await asyncio.gather(*broadcasts, *replies)

    run(work())

    assert server.chats == [100, *range(1, 13), *range(101, 110)]  # one had found room before anybody wrote


def test_broadcasts_keep_the_order_in_which_they_asked() -> None:
    """Also those that ask in the very moment in which the replies that held the others up have gone."""
    server = Server()
    chats = iter(range(1, 401))

    async def work() -> None:
        pace = Limits()

        async def reply(chat: int, at: float) -> None:
            async def request() -> None:
                await send(pace, server, next(chats), priority="broadcast")

            await asyncio.sleep(at)
            await pace.process_request(request, (), {}, "sendMessage", {"chat_id": chat}, "reply")

        many = ask(pace, server, [next(chats) for _ in range(100)])
        await asyncio.gather(*(reply(10_000 + number, 2.0 * (number % 4)) for number in range(300)), *many)

    run(work())

    assert server.chats == list(range(1, 401))


def test_broadcasts_give_way_to_a_reply_that_follows_another_at_once() -> None:
    server = Server()

    async def work() -> None:
        pace = Limits(3.0)

        async def replies(chats: list[int]) -> None:
            async def request() -> None:
                server.sent.append((chats[0], now()))
                if chats[1:]:
                    await replies(chats[1:])

            await pace.process_request(request, (), {}, "sendMessage", {"chat_id": chats[0]}, "reply")

        await asyncio.gather(replies([*range(1, 31)]), *ask(pace, server, range(100, 110)))

    run(work())

    assert server.chats == [*range(1, 31), *range(100, 110)]


@pytest.mark.parametrize("replies", [0, 200, 30], ids=["pace", "replies", "overall"])
@pytest.mark.parametrize("penalty", [0, 30], ids=["", "pause"])
def test_waiting_that_is_given_up_leaves_nothing_behind(replies: int, penalty: int) -> None:
    """Of three hundred, also the one whose turn it is and the one that has just been given it; the others keep their order."""
    server = Server(*([RetryAfter(penalty)] if penalty else []), chat=1)
    given_up: list[int] = []

    async def work() -> None:
        pace = Limits()
        many = ask(pace, server, range(1, 301))
        others = ask(pace, server, range(10_000, 10_000 + replies), "reply")
        await asyncio.sleep(0.06)
        for chat, task in enumerate(many, 1):
            if not task.done() and (1 < chat < 10 or chat % 3 == 0):
                given_up.append(chat)
                task.cancel()
                await asyncio.sleep(0)
        found = await asyncio.gather(*many, *others, return_exceptions=True)
        assert sum(isinstance(one, asyncio.CancelledError) for one in found) == len(given_up)
        assert not pace._broadcast_turn.locked()
        assert pace._replies == 0

    run(work())

    sent = [chat for chat in server.chats if chat in range(1, 301)]
    expected = [chat for chat in range(1, 301) if chat not in given_up]
    assert len(given_up) > 100
    assert sent == ([*expected[1:], 1] if penalty else expected)  # the first is tried again, behind the others


@pytest.mark.parametrize("clump", [1, 2, 7, 29])
def test_broadcasts_do_not_starve_while_replies_leave_room(clump: int) -> None:
    """Of thirty a second twenty-nine are replies, one by one or several at once; one broadcast a second goes through."""
    server = Server()

    async def work() -> None:
        pace = Limits()
        times = [number // clump * clump / 29 for number in range(29 * 120)]
        replies = asyncio.ensure_future(_replies(pace, server, times))
        await asyncio.gather(*ask(pace, server, range(1, 101)))
        assert now() < 110
        waits = await replies
        assert max(waits) < 1.1  # no longer than a clump takes

    run(work())

    assert len(server.sent) == 100 + 29 * 120
    assert all(number <= 30 + 30 * at for number, (_, at) in enumerate(server.sent))  # all together within the limit


# The limits of one chat


def test_chats_own_limit_holds_a_broadcast_to_it_up_and_no_other() -> None:
    server = Server()

    async def work() -> None:
        pace = Limits()
        many = ask(pace, server, [7] * (BURST + 3))
        for chat in range(1000, 1300):
            many += ask(pace, server, [chat])
            await asyncio.sleep(0.1)
        await asyncio.gather(*many)

    run(work())

    assert server.times(7)[BURST:] == pytest.approx([1.0, 2.0, 3.0], abs=0.15)
    others = [at for chat, at in server.sent if chat != 7]
    assert others[10:] == pytest.approx([number / 10 for number in range(10, 300)], abs=0.15)


@pytest.mark.parametrize("first", [7, 300], ids=["known", "while-it-waits"])
def test_chats_own_penalty_holds_a_broadcast_to_it_up_and_no_other(first: int) -> None:
    """It makes no difference whether the penalty is known before the broadcast, or comes while that waits for its turn."""
    server = Server(RetryAfter(40), chat=7)

    async def work() -> None:
        pace = Limits()
        chats = [*range(10, 310)]
        chats.insert(0 if first == 7 else 250, 7)
        reply = asyncio.ensure_future(send(pace, server, 7))
        if first == 7:
            await asyncio.sleep(0.01)
        many = ask(pace, server, chats)
        await asyncio.gather(reply, *many)

    run(work())

    assert [at for chat, at in server.requests if chat == 7 and 0 < at < 40] == []
    assert server.times(7) == pytest.approx([40.0, 40.0], abs=0.1)
    others = [at for chat, at in server.sent if chat != 7]
    assert others == pytest.approx([number / SHARE for number in range(300)], abs=0.15)
