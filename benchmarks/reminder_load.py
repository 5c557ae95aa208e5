"""Many people who want to be reminded, written into a database at once; and a Bot API that answers on a clock that jumps.

What people have done is made by the flows' engine, once for each kind of them and some days; each of the results is then used
for many people. Which tables there are is decided by the project's migrations.
"""

import asyncio
import json
import random
import sqlite3
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from telegram.request import BaseRequest, RequestData

from bot.conversation import Conversation
from bot.messages import Incoming
from bot.records import Preferences
from bot.store import Store
from flows.dates import first_day, two_year_limit
from flows.definition import Library
from flows.engine import Press, Type
from flows.journey import Progress, act, begin
from flows.run import to_json

CHANNEL: Final = "telegram"
ZONE: Final = ZoneInfo("Asia/Shanghai")
FIRST_CHAT: Final = 1_000_000
"""The chat of the first person; the others' follow."""
WALKS: Final[Mapping[str, Sequence[str]]] = {
    "nothing begun": (),
    "contact details": ("activation", "opened", "filled"),
    "waits for the code": ("activation", "opened", "filled", "filled", "saved", "found", "verified", "asked"),
    "the form": ("submission", "computer", "logged-in", "opened", "physician", "sichuan"),
    "waits for the institution": (
        *("submission", "wechat", "logged-in", "opened", "assistant", "guangdong", "filled", "printed"),
    ),
    "waits for the commission": (
        *("submission", "computer", "logged-in", "opened", "assistant", "beijing", "filled", "printed", "confirmed"),
    ),
    "registered": (
        *("submission", "computer", "logged-in", "opened", "physician", "hunan", "filled", "printed", "confirmed"),
        *("approved", "handed-in", "received"),
    ),
    "knows the dates": ("deadlines", "assistant", "=", "no", "=2", "remind", "wanted"),
}
"""What people have chosen, in order, after the flow; "=" types the day of qualification, or what follows it."""
WAITING: Final = ("waits for the code", "waits for the institution", "waits for the commission")


@dataclass(frozen=True, slots=True)
class Made:
    """Where somebody is, and how they want to be reminded."""

    progress: Progress
    preferences: Preferences


def walked(library: Library, name: str, day: date, qualified: date | None, wanted: str = "wanted") -> Progress:
    """Return the progress of somebody who has gone one of the `WALKS` on a day, and then said how they want to be reminded."""
    now = datetime.combine(day, time(20, 15), ZONE)
    progress = Progress(facts={"qualified": qualified.isoformat()} if qualified and name != "knows the dates" else {})
    flow, *chosen = WALKS[name] or ("",)
    if flow:
        progress, _ = begin(library, progress, flow, now)
    for number, choice in enumerate(chosen):
        run = progress.runs[flow]
        said = choice.removeprefix("=") or (qualified or day).isoformat()
        action = Type(said) if choice.startswith("=") else Press(run.step, choice, run.serial)
        progress, _ = act(library, progress, flow, action, now + timedelta(minutes=number))
        assert progress.runs[flow].serial != run.serial, f"{name}: {choice} is no way on from {run.step}"
    return replace(progress, facts={**progress.facts, "reminders": wanted})


def mixed(library: Library, today: date, kinds: int = 1_200) -> list[Made]:
    """Return people as they are in autumn: a third has begun nothing, a tenth is registered, some want no reminders any more."""
    chosen = random.Random(1)
    shares = {"nothing begun": 12, "registered": 4, "waits for the code": 6, "waits for the commission": 4}
    names = [name for name in WALKS for _ in range(shares.get(name, 2))]
    found = []
    for number in range(kinds):
        qualified = today - timedelta(days=chosen.randrange(20, 1_000)) if chosen.random() < 0.6 else None
        preferences = Preferences(
            zone=chosen.choice(("Asia/Urumqi", "Europe/Berlin", "America/New_York"))
            if chosen.random() < 0.05
            else None,
            hour=chosen.choice((8, 12, 18, 20)) if chosen.random() < 0.1 else None,
            off=(chosen.choice(("year-end", "limit", "waiting")),) if chosen.random() < 0.1 else (),
            later=today + timedelta(days=chosen.choice((1, 3, 7))) if chosen.random() < 0.03 else None,
        )
        day = today - timedelta(days=chosen.randrange(1, 30))
        wanted = "not-wanted" if chosen.random() < 0.05 else "wanted"
        name = names[number * len(names) // kinds]
        found.append(Made(walked(library, name, day, qualified, wanted), preferences))
    return found


def due_on(library: Library, day: date, kinds: int = 1_200) -> list[Made]:
    """Return people who all have a reminder on a day seven days before the year's end, about dates that are near or far."""
    chosen = random.Random(2)
    names = [name for name in WALKS if name != "registered"]
    shares = ((1, 3), (7, 55), (30, 10), (90, 10), (180, 7), (0, 15))  # days to their own limit (0 waits only); percent
    days = [left for left, share in shares for _ in range(share)]
    found = []
    for number in range(kinds):
        left, zone = days[number % 100], "Asia/Urumqi" if chosen.random() < 0.03 else None
        if left:
            off = () if left <= 7 else ("year-end", "waiting")
            walk, began = names[number // 100 % len(names)], day - timedelta(days=40)
            qualified = _qualified(day + timedelta(days=left))
        else:
            off, walk, began, qualified = (
                ("year-end", "limit"),
                WAITING[number // 100 % 3],
                day - timedelta(days=3),
                None,
            )
        made = walked(library, walk, began, qualified)
        found.append(Made(made, Preferences(zone=zone, off=off)))
    return found


def _qualified(limit: date) -> date:
    """Return a day of qualification whose two years end on a day."""
    near = limit - timedelta(days=731)
    days = (near + timedelta(days=number) for number in range(4))
    return next(one for one in days if two_year_limit(first_day(one.isoformat())) == limit)


async def last_offer(folder: Path, conversation: Callable[[Store], Conversation], now: datetime) -> str:
    """Return what the database keeps of the last reply to somebody who has switched reminders on."""
    async with await Store.open(folder / "offer.db") as store:
        await conversation(store).turn(Incoming(CHANNEL, "1", now, button="remind:on"))
        select = "SELECT state FROM turns"
        (state,) = await store.write(lambda db: db.conn.execute(select).fetchone())
    return str(state)


def write_people(database: Path, count: int, kinds: Sequence[Made], offer: str, now: datetime) -> None:
    """Write people into a database that the store has made, the kinds mixed; nothing is planned for them yet."""
    order = list(range(len(kinds)))
    random.Random(3).shuffle(order)
    rows = [_rows_of(kinds[place]) for place in order]
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    numbers = range(1, count + 1)

    def of(table: str) -> Iterator[tuple[object, ...]]:
        return ((number, *row) for number in numbers for row in rows[number % len(rows)][table])

    people = ((number, CHANNEL, str(FIRST_CHAT + number), ("zh", "en")[number % 5 == 0], at, at) for number in numbers)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO people (id, channel, channel_id, language, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?)",
            people,
        )
        connection.executemany("INSERT INTO turns (person, state) VALUES (?, ?)", ((one, offer) for one in numbers))
        connection.executemany("INSERT INTO runs (person, flow, run, current) VALUES (?, ?, ?, ?)", of("runs"))
        facts = f"INSERT INTO facts (person, name, value, at) VALUES (?, ?, ?, '{at}')"
        connection.executemany(facts, of("facts"))
        connection.executemany(
            "INSERT INTO reminder_settings (person, zone, hour, off, later) VALUES (?, ?, ?, ?, ?)", of("settings")
        )


def _rows_of(made: Made) -> dict[str, list[tuple[object, ...]]]:
    progress, wishes = made.progress, made.preferences
    later = wishes.later.isoformat() if wishes.later else None
    return {
        "runs": [(flow, to_json(run), flow == progress.current) for flow, run in progress.runs.items()],
        "facts": [(name, msgspec.json.encode(value).decode()) for name, value in progress.facts.items()],
        "settings": [(wishes.zone, wishes.hour, json.dumps(wishes.off), later)],
    }


def memory() -> float:
    """Return the MiB of memory that this process has in use."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


class Server(BaseRequest):
    """A Bot API as python-telegram-bot sees it: answers after a while, refuses whom it has to, and notes who got what when.

    What it notes is kept in arrays that are made beforehand, so that it takes no memory meanwhile.
    """

    BLOCKED: Final = 1_000
    """Of so many people one has blocked the bot."""
    PAUSE: Final = 5
    """Seconds for which a 429 asks."""

    def __init__(self, people: int, penalties: int) -> None:
        self._latency = random.Random(4)
        self._people = people
        self._penalties = {people * (number + 1) // (penalties + 1) for number in range(penalties)}
        self._marks = {people // 10: "10 %", people // 2: "50 %", people: "100 %"}
        self.memory: dict[str, float] = {}
        self.asked = array("d", bytes(8 * (people + 100 * (penalties + 1))))
        """When each request for a reminder came, also those that were refused."""
        self.requests = 0
        self.chats = array("l", bytes(array("l").itemsize * people))
        """Who was sent something, or has blocked the bot, in order."""
        self.times = array("d", bytes(8 * people))
        """When, of the same."""
        self.done = 0
        self.got = bytearray(people + 1)
        """How often each person got a reminder."""
        self.refused = bytearray(people + 1)
        """How often somebody was tried who has blocked the bot."""
        self.penalised = 0
        self.finished = asyncio.Event()

    async def initialize(self) -> None:
        """Do nothing."""

    async def shutdown(self) -> None:
        """Do nothing."""

    @property
    def read_timeout(self) -> float:
        """Never waited for."""
        return 20.0

    async def do_request(
        self,
        url: str,
        method: str,  # noqa: ARG002 - the library's interface
        request_data: RequestData | None = None,
        *_timeouts: object,
        **_more: object,
    ) -> tuple[int, bytes]:
        """Answer a request as Telegram does."""
        if not url.endswith("/sendMessage") or request_data is None:
            return _answer({"id": 1, "is_bot": True, "first_name": "Bot", "username": "bench_bot"})
        chat = int(str(request_data.parameters["chat_id"]))
        person = chat - FIRST_CHAT
        now = asyncio.get_running_loop().time()
        if person > 0:
            self.asked[self.requests] = now
            self.requests += 1
        await asyncio.sleep(self._latency.uniform(0.05, 0.2))
        if person > 0:
            if self.done in self._penalties:
                self._penalties.remove(self.done)
                self.penalised += 1
                error = {"error_code": 429, "description": "Too Many Requests: retry after 5"}
                return 429, _encoded({"ok": False} | error | {"parameters": {"retry_after": self.PAUSE}})
            blocked = person % self.BLOCKED == 7
            (self.refused if blocked else self.got)[person] += 1
            self._note(chat, now)
            if blocked:
                error = {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}
                return 403, _encoded({"ok": False} | error)
        sent = {"message_id": 2 + self.requests, "date": 1_798_077_600, "chat": {"id": chat, "type": "private"}}
        return _answer(sent | {"text": request_data.parameters["text"]})

    def _note(self, chat: int, now: float) -> None:
        if self.done < self._people:
            self.chats[self.done], self.times[self.done] = chat, now
        self.done += 1
        if mark := self._marks.get(self.done):
            self.memory[mark] = memory()
        if self.done >= self._people:
            self.finished.set()


def _encoded(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()


def _answer(result: Mapping[str, Any]) -> tuple[int, bytes]:
    return 200, _encoded({"ok": True, "result": result})
