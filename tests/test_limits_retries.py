"""What is sent again after an error, and what is not because it may have arrived."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, TelegramError, TimedOut

from bot.channels.telegram.limits import RETRIES, Limits
from tests.jumping_time import Server, run, send

GROUP: Final = -1001


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


def _once(server: Server, endpoint: str = "sendMessage") -> Awaitable[Any]:
    async def work() -> Any:
        return await send(Limits(), server, 7, endpoint)

    return work()


ERRORS: Mapping[str, Callable[[], TelegramError]] = {
    "502": lambda: NetworkError("Bad Gateway"),
    "timeout": lambda: caused(TimedOut(), httpx.ReadTimeout("")),
    "dropped": lambda: caused(NetworkError(""), httpx.ReadError("")),
    "disconnected": lambda: caused(NetworkError(""), httpx.RemoteProtocolError("")),
}
"""Errors after which nobody knows whether the request was carried out."""
NOT_SENT: Mapping[str, Callable[[], TelegramError]] = {
    "refused": lambda: caused(NetworkError(""), httpx.ConnectError("")),
    "unreachable": lambda: caused(TimedOut(), httpx.ConnectTimeout("")),
    "no-connection-free": lambda: caused(TimedOut(), httpx.PoolTimeout("")),
}
"""Errors before a request has left."""
FINAL: Mapping[str, Callable[[], TelegramError]] = {
    "bad-request": lambda: BadRequest("chat not found"),
    "blocked": lambda: Forbidden("bot was blocked by the user"),
    "other": lambda: TelegramError("?"),
}
SENDING = ("sendMessage", "sendDocument", "sendPhoto")
REPEATABLE = (
    "editMessageText", "editMessageReplyMarkup", "getMe", "getMyName", "setMyCommands", "setWebhook", "deleteWebhook",
    "answerCallbackQuery", "answerInlineQuery", "sendChatAction",
)  # fmt: skip


def _kinds(*tables: Mapping[str, Callable[[], TelegramError]]) -> list[Any]:
    return [pytest.param(make, id=name) for table in tables for name, make in table.items()]


@pytest.mark.parametrize("endpoint", SENDING)
@pytest.mark.parametrize("make", _kinds(ERRORS, FINAL))
def test_what_may_have_arrived_is_not_sent_again(endpoint: str, make: Callable[[], TelegramError]) -> None:
    server = Server(make())

    with pytest.raises(TelegramError):
        run(_once(server, endpoint))

    assert server.tries == 1


@pytest.mark.parametrize("endpoint", [*SENDING, *REPEATABLE])
@pytest.mark.parametrize("make", _kinds(NOT_SENT))
def test_what_has_not_left_is_sent_again(endpoint: str, make: Callable[[], TelegramError]) -> None:
    server = Server(make(), make(), make())

    assert run(_once(server, endpoint)) == "sent"
    assert server.tries == RETRIES + 1


@pytest.mark.parametrize("endpoint", REPEATABLE)
@pytest.mark.parametrize("make", _kinds(ERRORS))
def test_what_does_the_same_twice_is_tried_again(endpoint: str, make: Callable[[], TelegramError]) -> None:
    server = Server(make(), make(), make())

    assert run(_once(server, endpoint)) == "sent"
    assert server.times(7) == pytest.approx([0.5 + 1 + 2])


@pytest.mark.parametrize("endpoint", REPEATABLE)
@pytest.mark.parametrize("make", _kinds(FINAL))
def test_what_is_refused_is_not_tried_again(endpoint: str, make: Callable[[], TelegramError]) -> None:
    server = Server(make())

    with pytest.raises(TelegramError):
        run(_once(server, endpoint))

    assert server.tries == 1


@pytest.mark.parametrize("endpoint", ["sendMessage", "getMe"])
def test_tries_are_bounded(endpoint: str) -> None:
    server = Server(*(caused(NetworkError(""), httpx.ConnectError("")) for _ in range(99)))

    with pytest.raises(NetworkError):
        run(_once(server, endpoint))

    assert server.tries == RETRIES + 1


def test_group_that_became_a_supergroup_is_followed() -> None:
    server = Server(ChatMigrated(-1009876543210), chat=GROUP)

    async def work() -> None:
        assert await send(Limits(), server, GROUP) == "sent"

    run(work())

    assert server.chats == [-1009876543210]


def test_chats_that_migrate_for_ever_are_given_up() -> None:
    server = Server(*(ChatMigrated(GROUP - number) for number in range(99)))

    with pytest.raises(ChatMigrated):
        run(_once(server))

    assert server.tries == RETRIES + 1
