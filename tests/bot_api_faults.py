"""What can go wrong between a bot and Telegram, on demand."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from tests.bot_api_rules import ApiError


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with a request; made by the functions below.

    Attributes:
        kind: What the client gets: an answer of refusal, a broken proxy's page, a closed connection, or a late answer.
        after_effect: Whether the method does its work before that.
        refused: The refusal, for that kind.
        seconds: How long the answer takes, for "late".
        event: What the answer waits for, for "late", in place of a time.
    """

    kind: Literal["refused", "bad_gateway", "dropped", "late"]
    after_effect: bool = False
    refused: ApiError | None = None
    seconds: float = 0
    event: asyncio.Event | None = None

    async def wait(self) -> None:
        """Holds a late answer back."""
        if self.event is not None:
            await self.event.wait()
        else:
            await asyncio.sleep(self.seconds)


def error(status: int, description: str, retry_after: int | None = None, migrate_to: int | None = None) -> Fault:
    """An error answer without effect, if wanted with the parameters that say when or where to try again."""
    given = {"retry_after": retry_after, "migrate_to_chat_id": migrate_to}
    parameters = {name: value for name, value in given.items() if value is not None}
    return Fault("refused", refused=ApiError(status, description, **parameters))


def too_many(retry_after: int) -> Fault:
    """The 429 of a bot that sends too fast."""
    return error(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def bad_gateway(after_effect: bool = False) -> Fault:
    """502 with a page of HTML in place of JSON."""
    return Fault("bad_gateway", after_effect)


def drop(after_effect: bool = False) -> Fault:
    """The connection is closed without an answer."""
    return Fault("dropped", after_effect)


def hang(seconds: float, after_effect: bool = True) -> Fault:
    """The answer, or with ``after_effect=False`` the whole work, comes after so many seconds."""
    return Fault("late", after_effect, seconds=seconds)


def hold(event: asyncio.Event, after_effect: bool = True) -> Fault:
    """The answer, or with ``after_effect=False`` the whole work, waits until the event is set."""
    return Fault("late", after_effect, event=event)


refuse_403 = error(403, "Forbidden: bot was blocked by the user")
chat_not_found = error(400, "Bad Request: chat not found")


@dataclass
class Planned:
    """A fault that waits for the next requests of one method."""

    method: str
    fault: Fault
    times: int
    chat: int | None

    def meets(self, method: str, chat: object) -> bool:
        """Whether this request goes wrong; each such request uses up one of the times."""
        if self.times < 1 or method != self.method or self.chat not in {None, chat}:
            return False
        self.times -= 1
        return True
