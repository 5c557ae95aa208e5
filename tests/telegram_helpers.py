"""People who talk to the bot on Telegram, the bot that several tests share, and what the database holds about somebody."""

import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.run import Run, from_json
from tests.bot_api import BotApi
from tests.telegram_process import BotProcess

Message = Mapping[str, Any]

_FILE = {"file_id": "f", "file_unique_id": "u"}
ATTACHMENTS: Mapping[str, Any] = {
    "photo": [_FILE | {"width": 9, "height": 9}],
    "voice": _FILE | {"duration": 3},
    "sticker": _FILE | {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False},
    "location": {"latitude": 30.6, "longitude": 104.1},
    "document": _FILE | {"file_name": "scan.pdf"},
    "video": _FILE | {"width": 9, "height": 9, "duration": 3},
    "contact": {"phone_number": "13800138000", "first_name": "甲"},
}
"""What can stand in a message in place of a text."""

_numbers = itertools.count(101)


class Person:
    """Somebody in a private chat with the bot; each one is new, so that no test waits for another one's messages."""

    def __init__(self, api: BotApi, language_code: str | None = "zh-hans") -> None:
        self.api = api
        self.id = next(_numbers)
        self._code = language_code

    async def say(self, text: str | None = None, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """Write something, and return so many replies."""
        self.api.message(self.id, text, language_code=self._code, **fields)
        return await self.api.replies(self.id, count)

    async def press(self, label: str, count: int = 1) -> list[dict[str, Any]]:
        """Press the newest button with a label, and return so many replies."""
        self.api.press_label(self.id, label)
        return await self.api.replies(self.id, count)

    async def press_data(self, message: Message | None, data: str, count: int = 1, **fields: Any) -> list[Message]:
        """Press a button with any data under a message, and return so many replies."""
        self.api.press(self.id, message["message_id"] if message else None, data, **fields)
        return list(await self.api.replies(self.id, count))

    def now(self, message: Message) -> Message:
        """Return a message as it looks now."""
        return next(each for each in self.api.chat(self.id) if each["message_id"] == message["message_id"])


@dataclass(frozen=True)
class Running:
    """The bot as a process, with the server and the database that it uses."""

    api: BotApi
    process: BotProcess
    database: Path

    def person(self, language_code: str | None = "zh-hans") -> Person:
        """Return somebody new."""
        return Person(self.api, language_code)

    def runs(self, person: Person) -> dict[str, Run]:
        """Return somebody's runs by flow, as they are stored."""
        return runs_of(self.database, person)

    def place(self, person: Person) -> tuple[str, str] | None:
        """Return the flow that somebody is in, and the step."""
        current = _rows(self.database, person, "flow", "current = 1")
        return (current[0][0], self.runs(person)[current[0][0]].step) if current else None

    def holds(self, secret: str) -> bool:
        """Tell whether the log or the files of the database contain a text."""
        files = self.database.parent.glob(f"{self.database.name}*")
        return secret in self.process.log or any(secret.encode() in file.read_bytes() for file in files)


@asynccontextmanager
async def running(folder: Path, start: Callable[[BotApi, Path], BotProcess] = BotProcess) -> AsyncIterator[Running]:
    """Run the bot with a database in a folder; at the end it stops as it should."""
    async with BotApi() as api, start(api, folder / "regbot.db") as process:
        yield Running(api, process, folder / "regbot.db")
        assert await process.stop() == 0


def runs_of(database: Path, person: Person) -> dict[str, Run]:
    """Return somebody's runs by flow, as they are stored."""
    return {flow: from_json(run) for flow, run in _rows(database, person, "flow, run", "true")}


def _rows(database: Path, person: Person, columns: str, condition: str) -> list[tuple[Any, ...]]:
    sql = f"SELECT {columns} FROM runs JOIN people ON people.id = person WHERE channel_id = ? AND {condition}"
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql, (str(person.id),)).fetchall()


def labels(message: Message) -> list[str]:
    """Return the labels of a message's buttons."""
    return [button["text"] for row in message["buttons"] for button in row]


def carried(message: Message, *beginnings: str) -> list[str]:
    """Return what those of a message's buttons carry that begin so."""
    data: Sequence[str] = [button["callback_data"] for row in message["buttons"] for button in row]
    return [each for each in data if each.startswith(beginnings or ("",))]
