"""A bot with operators and content that changes while it runs, as tests use it; and the process that checks its content."""

import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bot.health.heartbeat import Beat, heartbeat_path, read_beat
from bot.replies import NONE_OF_THESE
from bot.texts import say
from faq.text import Language
from tests.bot_api import BotApi
from tests.reminder_bot import until
from tests.service_bot import QUESTIONS, Content, service_bot
from tests.telegram_helpers import Message, Person, Running, carried

CODES: Final[Mapping[Language, str]] = {"zh": "zh-hans", "en": "en"}
IN_FORCE: Final = "new content is in force"
REFUSED: Final = "the content was not read anew, the one before stays in force"
STRANGER: Final = 9100
"""An operator who has not written to the bot."""


@dataclass(frozen=True)
class Service(Running):
    """The bot as a process, with the content that it speaks from."""

    content: Content
    operators: Iterator[int]

    def operator(self, language: Language = "zh") -> Person:
        """Return an operator who has not been returned before, so that nobody writes too fast."""
        person = self.person(CODES[language])
        person.id = next(self.operators)
        return person

    def beat(self) -> Beat:
        """Return what the heartbeat file says."""
        beat = read_beat(heartbeat_path(self.database, "telegram"))
        assert beat
        return beat

    async def again(self, text: str = IN_FORCE) -> None:
        """Have the content read anew with a signal, and wait until the log says so."""
        before = self.process.log.count(text)
        self.process.send(signal.SIGHUP)
        await until(lambda: self.process.log.count(text) > before)

    async def check(self) -> int:
        """Wait for the process that checks the content, halt it, and return its number."""
        found: list[int] = []

        def halted() -> bool:
            found.extend(checks_of(self.process.pid))
            return bool(found)

        await until(halted)
        os.kill(found[0], signal.SIGSTOP)
        return found[0]


@asynccontextmanager
async def serving(
    folder: Path, *options: str | Path, operators: Sequence[int] = (), **environment: str
) -> AsyncIterator[Service]:
    """Run a bot with a database and small content in a folder; at the end it stops as it should."""
    content = Content.made(folder / "content")
    admins = ",".join(map(str, operators))
    async with BotApi() as api:
        for operator in operators:
            if operator != STRANGER:
                api.meet(operator)
        process = service_bot(api, folder / "regbot.db", content, *options, REGBOT_ADMINS=admins, **environment)
        async with process:
            await until(lambda: heartbeat_path(process.database, "telegram").exists())
            yield Service(api, process, process.database, content, iter(operators))
            if not process._ended:
                assert await process.stop() == 0


def checks_of(pid: int) -> list[int]:
    """Return the processes that a process has begun to check its content."""
    found = []
    for number in numbers():
        with suppress(OSError):  # gone by now
            parent = int(Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            if parent == pid and b"\0check\0" in Path(f"/proc/{number}/cmdline").read_bytes():
                found.append(number)
    return found


def numbers() -> list[int]:
    """Return the numbers of all processes."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system does not show processes as files")
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def told(pid: int) -> bytes:
    """Return what a process was told at its start: arguments and environment."""
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))


async def ask_in_vain(
    person: Person, language: Language = "zh", *, question: str | None = None, hears: bool = True
) -> None:
    """Ask what is not answered, and say whether one wants to hear the answer later."""
    reply: Message
    (reply,) = await person.say(question or QUESTIONS[language])
    if none := carried(reply, NONE_OF_THESE):
        (reply,) = await person.press_data(reply, none[0])
    assert carried(reply, "hear:")
    if hears:
        (noted,) = await person.press_data(reply, carried(reply, "hear:")[0])
        assert noted["text"] == say(language, "hear-noted")
