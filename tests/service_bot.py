"""A bot that looks often at what there is to do beside the chat, as a process, and small content that changes while it runs.

`python -m tests.service_bot telegram ...` is `regbot telegram`, through the same entry point, but that reminders, answers to
earlier questions and what has been kept long enough are looked at every TICK seconds, the last for the first time at the start,
and that another process which writes is waited for BUSY seconds only.
When the environment sets RETENTION_CLOCK, what is kept too long is judged by a MOCK of the clock: it shows this time when the bot
is ready, and goes on from there at the usual speed.

Each look for somebody to be answered is logged, with its number and to how many people something was sent.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.sources import Sources
    from faq.text import Language
    from tests.bot_api import BotApi
    from tests.telegram_process import BotProcess

TICK: Final = 0.2
BUSY: Final = 0.3

QUESTIONS: "Mapping[Language, str]" = {"zh": "医院的停车位够不够", "en": "visitor parking spaces available"}
"""What the small corpus does not answer, and PARKING does."""
PARKING: Final = dedent("""\
    id: parking
    reviewed: 2026-11-01
    zh:
      question: 局里能停车吗？
      summary: 能。
      answer: [院子里可以停车。]
      phrasings: [停车场在哪, 开车来停哪里, 医院的停车位够不够, 院里让不让停车, 局里停车要钱吗]
    en:
      question: Can I park at the bureau?
      summary: Yes.
      answer: [You can park in the yard.]
      phrasings: [where is the car park, visitor parking spaces available, where do I leave my car, what does parking cost, can I come by car]
    """)
PARKING_FILE: Final = "local/entries/papers/parking.yaml"
ANSWERS: "Mapping[Language, str]" = {"zh": "院子里可以停车。", "en": "You can park in the yard."}

log = logging.getLogger("bot.tests")


@dataclass(frozen=True)
class Content:
    """All that a bot speaks from, in files that can be changed and set back."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Content":
        """Write the small corpus with its flows, local content that adds nothing yet, and the small rules of reminders."""
        from tests.conftest import SMALL, write_files
        from tests.flow_edits import beside
        from tests.reminder_rule_files import write_rules

        beside(write_files(folder / "entries", SMALL))
        write_rules(folder)
        write_files(folder / "local", {"local.yaml": "name: {zh: 县卫生局, en: County bureau}\n"})
        shutil.copytree(folder, folder.with_name(f"{folder.name}-before"))
        return cls(folder)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that name the files."""
        return tuple(self.sources.arguments())

    @property
    def sources(self) -> "Sources":
        """Where the files lie."""
        from bot.sources import Sources

        entries, flows, local, reminders = (self.folder / name for name in ("entries", "flows", "local", "mine.yaml"))
        return Sources(entries=entries, local=local, flows=flows, reminders=reminders)

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace all of a piece of a file."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not stand in {name}"
        self.write(name, text.replace(old, new))

    def set_back(self) -> None:
        """Let everything be as it was made."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.folder.with_name(f"{self.folder.name}-before"), self.folder)


def service_bot(
    api: "BotApi", database: Path, content: Content, *options: str | Path, **environment: str
) -> "BotProcess":
    """Return the process."""
    from tests.telegram_process import BotProcess

    program = ("-m", "tests.service_bot", "telegram")
    return BotProcess(api, database, *content.options, *options, environment=environment, program=program)


async def logged_again(bot: "BotProcess", text: str, more: int = 1) -> None:
    """Wait until a line of the log with a text has come so many more times."""
    from tests.reminder_bot import until

    wanted = bot.log.count(text) + more
    await until(lambda: bot.log.count(text) >= wanted)


async def heard_looks(bot: "BotProcess", more: int = 2) -> None:
    """Wait until so many more looks for somebody to be answered are over, of which the last one has begun after this call."""
    await logged_again(bot, "looked whom to answer", more)


def moment(minutes: float) -> str:
    """Return the time so many minutes ago, as the database keeps it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="seconds")


def make_wait(database: Path, chats: Iterable[int], language: "Language" = "zh") -> None:
    """Note that people have asked a question in vain and want to hear the answer."""
    seen = moment(60)
    with closing(sqlite3.connect(database)) as connection, connection:
        sql = (
            "INSERT INTO people (channel, channel_id, language, first_seen, last_seen) VALUES ('telegram', ?, ?, ?, ?)"
        )
        for chat in chats:
            (person,) = connection.execute(f"{sql} RETURNING id", (str(chat), language, seen, seen)).fetchone()
            question = """
                INSERT INTO unanswered (text, language, verdict, matches, times_asked, first_asked, last_asked)
                VALUES (?, ?, 'none', '[]', 1, ?, ?)
                ON CONFLICT (text, language) DO UPDATE SET times_asked = times_asked + 1 RETURNING id
            """
            values = (QUESTIONS[language], language, seen, seen)
            (number,) = connection.execute(question, values).fetchone()
            connection.execute(
                "INSERT INTO unanswered_by (unanswered, person, hears) VALUES (?, ?, 'wanted')", (number, person)
            )


def hearing(database: Path) -> dict[int, str | None]:
    """Return who has questions without an answer, by chat, and whether they are to hear."""
    sql = "SELECT channel_id, hears FROM unanswered_by JOIN people ON people.id = person"
    with closing(sqlite3.connect(database)) as connection:
        return {int(chat): hears for chat, hears in connection.execute(sql)}


def news(api: "BotApi", chat: int) -> int:
    """Return how many answers to earlier questions have arrived in a chat."""
    return sum(any(text in (one.message["text"] or "") for text in ANSWERS.values()) for one in api.reached[chat])


def main() -> None:
    """Run the command line with the ticks and the clock."""
    from bot import hearing
    from bot.channels.telegram import service
    from bot.cli import main as regbot
    from bot.hearing import Hearing
    from bot.keeping import retention
    from bot.keeping.retention import Retention
    from bot.reminders.delivery import Delivery
    from bot.store import Store

    clock = os.environ.get("RETENTION_CLOCK")
    started: list[datetime] = []

    def now() -> datetime:
        real = datetime.now(UTC)
        if clock is None:
            return real
        started.append(real)
        return datetime.fromisoformat(clock).astimezone(UTC) + (real - started[0])

    class Watched(Hearing):
        """Tells of each look."""

        looks = 0

        async def once(self) -> int:
            """Send what can be sent, and log it."""
            sent = await super().once()
            Watched.looks += 1
            log.info("looked whom to answer, %s: %s", Watched.looks, sent)
            return sent

    quick = partial(Delivery, tick=TICK)
    by_the_clock = partial(Retention, now=now, tick=TICK)

    vars(Store)["open"].__func__.__defaults__ = (BUSY,)
    vars(hearing)["TICK"] = TICK
    vars(retention)["AFTER_START"] = timedelta(0)
    vars(service).update(Hearing=Watched, Delivery=quick, Retention=by_the_clock)
    regbot()


if __name__ == "__main__":
    main()
