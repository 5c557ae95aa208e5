"""A bot whose reminders have a quicker tick or a clock of their own, as a process; and the people whom it reminds.

`python -m tests.reminder_bot telegram ...` is `regbot telegram`, through the same entry point, but for the two things
that the environment sets:

- REMINDERS_TICK: seconds between two looks at what is due, so that no test waits for the usual ones.
- REMINDERS_CLOCK: a MOCK of the clock. The reminders' clock, and no other, stands at this time when the bot is ready, and goes on
  from there at the usual speed.

Each look is logged, with its number, the time that the clock shows at its beginning, and to how many people it sent something.
"""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.bot_api import BotApi
    from tests.telegram_process import BotProcess

TICK: Final = 0.2
STOP: Final = "remind:off"
"""What a button carries that stands below reminders only."""
EARLIER: Final = timedelta(days=4)
"""So long ago was the last turn of those to whom something is due now."""

log = logging.getLogger("bot.tests")


def reminder_bot(
    api: "BotApi",
    database: Path,
    *options: str | Path,
    clock: datetime | None = None,
    environment: Mapping[str, str] | None = None,
) -> "BotProcess":
    """Return the process, with a quick tick; with `clock`, the reminders' clock is a mock."""
    from tests.telegram_process import BotProcess

    settings = {"REMINDERS_TICK": str(TICK)} | ({"REMINDERS_CLOCK": clock.isoformat()} if clock else {})
    program = ("-m", "tests.reminder_bot", "telegram")
    return BotProcess(api, database, *options, environment=settings | dict(environment or {}), program=program)


async def looks(bot: "BotProcess", more: int = 2) -> None:
    """Wait until so many more looks at what is due are over, of which the last one has begun after this call."""
    done = sum(record["message"].startswith("look ") for record in bot.records())
    await bot.logged(f"look {done + more} ")


async def remind_now(database: Path, names: Iterable[int], **fields: Any) -> None:
    """Make people of Telegram known to whom one reminder, which they asked for, is due now; each one is awake."""
    from bot.store import Store
    from tests.reminder_people import Someone, add, overdue, project_reminding

    now = datetime.now(UTC)
    people = [Someone(name=str(name), **({"facts": {}} | overdue(now) | fields)) for name in names]
    async with await Store.open(database) as store:
        await add(store, project_reminding(), now - EARLIER, *people)


def reminded(api: "BotApi", chat: int) -> list[dict[str, Any]]:
    """Return the reminders that arrived in a chat, as they looked then."""
    return [one.message for one in api.reached[chat] if one.kind == "sent" and STOP in _carried(one.message)]


def arrived(*apis: "BotApi") -> Counter[int]:
    """Return how many reminders arrived, by chat, over all bots."""
    return Counter(chat for api in apis for chat in list(api.reached) for _ in reminded(api, chat))


async def until(condition: Callable[[], bool], patience: float = 30.0) -> None:
    """Wait for something that a process does to a file, of which nobody tells."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - no event comes from the other process
            await asyncio.sleep(0.02)


def _carried(message: dict[str, Any]) -> list[str]:
    return [button.get("callback_data", "") for row in message["buttons"] for button in row]


def main() -> None:
    """Run the command line with the tick and the clock that the environment sets."""
    from bot.channels.telegram import service
    from bot.cli import main as regbot
    from bot.reminders.delivery import Delivery, Send
    from bot.reminders.queue import ReminderQueue
    from bot.reminders.talk import Reminding

    clock = os.environ.get("REMINDERS_CLOCK")
    started: list[datetime] = []

    def now() -> datetime:
        real = datetime.now(UTC)
        if clock is None:
            return real
        if not started:
            started.append(real)
        return datetime.fromisoformat(clock).astimezone(UTC) + (real - started[0])

    class Watched(Delivery):
        """The delivery, which tells of each look."""

        def __init__(self, queue: ReminderQueue, reminding: Callable[[], Reminding], send: Send) -> None:
            super().__init__(queue, reminding, send, now=now, tick=float(os.environ["REMINDERS_TICK"]))
            self._looks = 0

        async def once(self, stop: asyncio.Event | None = None) -> int:
            """Send what is due, and log it."""
            began, self._looks = now(), self._looks + 1
            sent = await super().once(stop)
            log.info("look %s at %s: %s", self._looks, began.isoformat(timespec="seconds"), sent)
            return sent

    vars(service)["Delivery"] = Watched
    regbot()


if __name__ == "__main__":
    main()
