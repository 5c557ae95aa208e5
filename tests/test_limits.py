"""The pace of what is sent, and penalties: on an event loop whose clock jumps to the next timer."""

import asyncio
from typing import Final

import httpx
import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.channels.telegram import limits
from bot.channels.telegram.limits import BURST, GROUP_MESSAGES, PATIENCE, RETRIES, Limits
from tests.jumping_time import Server, now, run, send

HUGE: Final = 1_000_000.0
"""An overall pace that holds nobody up."""
GROUP: Final = -1001
NOT_CONNECTED: Final = NetworkError("")
NOT_CONNECTED.__cause__ = httpx.ConnectError("")


# The pace


def test_private_chat_has_a_burst_then_one_a_second() -> None:
    server = Server()

    async def work() -> None:
        pace = Limits(HUGE)
        await asyncio.gather(*(send(pace, server, 7) for _ in range(BURST + 3)))

    run(work())

    assert server.times(7) == pytest.approx([0.0] * BURST + [1.0, 2.0, 3.0])


def test_group_has_twenty_a_minute() -> None:
    server = Server()

    async def work() -> None:
        pace = Limits(HUGE)
        await asyncio.gather(*(send(pace, server, GROUP) for _ in range(GROUP_MESSAGES + 2)))

    run(work())

    assert server.times(GROUP) == pytest.approx([0.0] * GROUP_MESSAGES + [3.0, 6.0])


@pytest.mark.parametrize("rate", [30.0, 3.0, 0.5])
def test_all_chats_together_have_an_overall_pace(rate: float) -> None:
    server = Server()
    burst = max(1, int(rate))

    async def work() -> None:
        pace = Limits(rate)
        await asyncio.gather(*(send(pace, server, chat) for chat in range(1, burst + 7)))

    run(work())

    times = [at for _, at in server.sent]
    assert times == pytest.approx([0.0] * burst + [number / rate for number in range(1, 7)], abs=0.001)


def test_one_chat_that_waits_takes_nobodys_room() -> None:
    """A hundred messages to one chat wait for that chat, and others are answered meanwhile."""
    server = Server()

    async def work() -> None:
        pace = Limits()
        many = [asyncio.ensure_future(send(pace, server, 7)) for _ in range(100)]
        await asyncio.gather(*(send(pace, server, chat) for chat in range(100, 120)))
        for task in many:
            task.cancel()
        await asyncio.gather(*many, return_exceptions=True)

    run(work())

    assert {at for chat, at in server.sent if chat != 7} == {0.0}


@pytest.mark.parametrize("endpoint", ["getMe", "answerCallbackQuery", "setMyName", "sendChatAction", "deleteMessage"])
def test_what_is_no_message_is_not_paced(endpoint: str) -> None:
    server = Server()

    async def work() -> None:
        pace = Limits(1.0)
        await asyncio.gather(*(send(pace, server, 7, endpoint) for _ in range(50)))

    run(work())

    assert server.times(7) == [0.0] * 50


@pytest.mark.parametrize("endpoint", ["sendMessage", "sendDocument", "editMessageText", "editMessageReplyMarkup"])
def test_messages_and_edits_are_paced(endpoint: str) -> None:
    server = Server()

    async def work() -> None:
        pace = Limits(HUGE)
        await asyncio.gather(*(send(pace, server, 7, endpoint) for _ in range(BURST + 1)))

    run(work())

    assert server.times(7)[-1] == pytest.approx(1.0)


# Penalties


def test_penalty_of_one_chat_holds_up_nobody_else() -> None:
    """After a 429 the chat waits, with all that follows; others do not."""
    server = Server(RetryAfter(20), chat=7)

    async def work() -> None:
        pace = Limits()
        first = asyncio.ensure_future(send(pace, server, 7))
        await server.tried.wait()
        await asyncio.sleep(0)
        await asyncio.gather(first, send(pace, server, 7), send(pace, server, 8), send(pace, server, 9))

    run(work())

    assert server.times(8) == server.times(9) == [0.0]
    assert server.times(7) == pytest.approx([20.0, 20.0])
    assert server.tries == 5


def test_penalty_that_comes_while_a_message_waits_holds_it_up() -> None:
    """Messages wait for the chat's own limit when the chat is given a penalty."""
    server = Server(RetryAfter(20), chat=7, latency=0.5)

    async def work() -> None:
        pace = Limits()
        await asyncio.gather(*(send(pace, server, 7) for _ in range(BURST + 3)))

    run(work())

    assert [at for _, at in server.requests if 0 < at < 20.5] == []
    assert len(server.sent) == BURST + 3


def test_penalties_are_waited_out_a_bounded_number_of_times() -> None:
    server = Server(*(RetryAfter(2) for _ in range(99)))

    with pytest.raises(RetryAfter):
        run(send(Limits(), server, 7))

    assert server.tries == RETRIES + 1


def test_long_penalty_fails_the_reply_at_once() -> None:
    """A reply that would come after PATIENCE is given up; what follows is not even tried until the penalty is short enough."""
    server = Server(RetryAfter(int(PATIENCE) + 10))

    async def work() -> float:
        pace = Limits()
        for _ in range(2):
            with pytest.raises(RetryAfter):
                await send(pace, server, 7)
        assert now() == pytest.approx(0.0)
        await asyncio.sleep(20)
        await send(pace, server, 7)
        return now()

    assert run(work()) == pytest.approx(PATIENCE + 10)


def test_penalty_of_the_longest_patience_is_waited_out() -> None:
    server = Server(RetryAfter(int(PATIENCE)))

    assert run(send(Limits(), server, 7)) == "sent"
    assert server.times(7) == pytest.approx([PATIENCE])


def test_penalty_without_a_chat_is_waited_out() -> None:
    """Methods that are not paced wait as well, and leave no penalty behind."""
    server = Server(RetryAfter(3))

    async def work() -> None:
        pace = Limits()
        assert await send(pace, server, 7, "getMe") == "sent"
        assert pace._penalties == {}

    run(work())

    assert server.times(7) == pytest.approx([3.0])


# The end, and many chats


@pytest.mark.parametrize("fault", [RetryAfter(50), NOT_CONNECTED], ids=["429", "net"])
def test_stop_ends_waiting(fault: TelegramError) -> None:
    """What waits for a penalty or its next try fails when the process is to stop; nothing new is tried again."""
    server = Server(fault, fault)

    async def work() -> float:
        pace = Limits()
        waiting = asyncio.ensure_future(send(pace, server, 7))
        await server.tried.wait()
        await asyncio.sleep(0)
        pace.stop()
        with pytest.raises(type(fault)):
            await waiting
        with pytest.raises(type(fault)):
            await send(pace, server, 8)
        return now()

    assert run(work()) == 0.0
    assert server.tries == 2


def test_what_is_in_hand_is_still_sent_after_stop() -> None:
    server = Server()

    async def work() -> None:
        pace = Limits()
        pace.stop()
        await asyncio.gather(*(send(pace, server, 7) for _ in range(BURST + 1)))

    run(work())

    assert len(server.sent) == BURST + 1


def test_memory_is_bounded() -> None:
    """Of twenty thousand chats, those that were used last are known, and one that is used again and again is kept."""
    server = Server()

    async def work() -> Limits:
        pace = Limits(HUGE)
        first = pace._of(1)
        for chat in range(1, 20_001):
            await send(pace, server, chat)
            if chat % 1000 == 0:
                await send(pace, server, 1)
        assert pace._of(1) is first
        return pace

    pace = run(work())

    assert len(pace._chats) == limits._CHATS
    assert {1, 20_000} <= pace._chats.keys()
    assert 5000 not in pace._chats


def test_penalties_that_are_over_are_forgotten() -> None:
    server = Server(*(RetryAfter(1) for _ in range(200)))

    async def work() -> Limits:
        pace = Limits(HUGE)
        await asyncio.gather(*(send(pace, server, chat) for chat in range(1, 201)))
        return pace

    assert run(work())._penalties == {}
    assert len(server.sent) == 200


def test_waiting_that_is_cancelled_frees_its_place() -> None:
    """A reply that was given up while it waited for room no longer holds broadcasts back."""
    server = Server()

    async def work() -> None:
        pace = Limits(1.0)
        await send(pace, server, 1)
        reply = asyncio.ensure_future(send(pace, server, 2))
        await asyncio.sleep(0)
        broadcast = asyncio.ensure_future(send(pace, server, 3, priority="broadcast"))
        await asyncio.sleep(0)
        reply.cancel()
        await asyncio.gather(reply, return_exceptions=True)
        await broadcast

    run(work())

    assert server.chats == [1, 3]
