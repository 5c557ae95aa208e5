"""People with reminders in a real database, quickly: whole crowds in one transaction, planned by the project's rules.

For processes that use the real clock:

    await make_overdue(path, 100)

makes a database with Telegram's chats 1 to 100, to each of whom one message is due now, in nobody's quiet hours.
`states(path)` tells what has become of every reminder, and `counted(path)` how many there are in each state.

For everything else, `add(store, reminding, now, *people)` makes people known who were planned for at that time.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from bot.content import Problems
from bot.faq_files import ENTRIES, load_corpus
from bot.flow_files import flows_of
from bot.messages import Reply
from bot.person_rows import person
from bot.progress_rows import write_progress
from bot.records import Preferences
from bot.reminders import rows
from bot.reminders.delivery import Delivery, Send
from bot.reminders.plan import FACT, NOT_WANTED, WANTED
from bot.reminders.queue import ReminderQueue
from bot.reminders.reading import rules_of
from bot.reminders.rules import Rules
from bot.reminders.talk import Reminding
from bot.store import Store
from faq.corpus import Corpus
from faq.text import Language
from flows.definition import Library, Values
from flows.journey import Progress
from flows.run import Run, stamp

if TYPE_CHECKING:
    from sqlite_utils import Database

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""The time zone of the settings; no clock is ever changed there."""
WISH: Final[Values] = {FACT: WANTED}
"""What somebody told who wants to be reminded."""
NO_WISH: Final[Values] = {FACT: NOT_WANTED}


def china(month: int, day: int, hour: int = 10, minute: int = 0, *, year: int = 2026, second: int = 0) -> datetime:
    """Return a moment by the clocks of China."""
    return datetime(year, month, day, hour, minute, second, tzinfo=ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """Somebody who is to be known to a store."""

    name: str = "1"
    """Who it is in the channel's words."""
    channel: str = "telegram"
    language: Language | None = "zh"
    facts: Values = field(default_factory=lambda: WISH)
    runs: Mapping[str, Run] = field(default_factory=dict)
    current: str | None = None
    """The flow that they are in."""
    preferences: Preferences = field(default_factory=Preferences)

    @property
    def progress(self) -> Progress:
        """Where they are."""
        return Progress(self.runs, self.current, self.facts)


class Row(NamedTuple):
    """What has become of one reminder of somebody."""

    name: str
    rule: str
    day: str
    state: str
    reason: str | None


@cache
def project_reminding(zone: tzinfo = ZONE) -> Reminding:
    """Return what plans by the project's rules and flows."""
    return Reminding(rules_of(), project_library(), _corpus(), zone)


def reminding_by(rules: Rules, zone: tzinfo = ZONE) -> Reminding:
    """Return what plans by other rules, with the project's flows."""
    return Reminding(rules, project_library(), _corpus(), zone)


@cache
def project_library() -> Library:
    """Return the project's flows."""
    return flows_of()


@cache
def _corpus() -> Corpus:
    return load_corpus(ENTRIES, Problems())


def crowd(count: int, first: int = 1, **fields: Any) -> Iterator[Someone]:
    """Yield people named by numbers, which are alike otherwise."""
    return (Someone(name=str(number), **fields) for number in range(first, first + count))


async def make_overdue(path: Path, count: int, now: datetime | None = None, channel: str = "telegram") -> None:
    """Make a database with people, named by numbers, to each of whom one message is due now, in nobody's quiet hours."""
    now = now or datetime.now(UTC)
    async with await Store.open(path) as store:
        people = crowd(count, channel=channel, **overdue(now))
        await add(store, project_reminding(), now - timedelta(days=3), *people)


def overdue(now: datetime) -> dict[str, Any]:
    """Return the fields of somebody who is awake at a time and to whom something is due then, if they are added before.

    They asked for it, so that it is due in every season.
    """
    return {"preferences": Preferences(zone=awake(now), later=(now - timedelta(days=2)).astimezone(ZONE).date())}


def awake(now: datetime) -> str:
    """Return the name of a time zone in which it is about noon."""
    return f"Etc/GMT{now.astimezone(UTC).hour - 12:+d}"  # the sign is the other way round


def waiting(flow_id: str, step: str, since: datetime) -> dict[str, Any]:
    """Return the fields of somebody who waits at a step of a flow since a time."""
    flow = project_library().flow(flow_id)
    assert flow is not None
    at = stamp(since)
    shape = flow.at(step).shape
    run = Run(flow=flow_id, definition=flow.digest, step=step, shape=shape, started=at, changed=at, since={step: at})
    return {"runs": {flow_id: run}, "current": flow_id}


async def add(store: Store, reminding: Reminding, now: datetime, *people: Someone) -> list[int]:
    """Make people known who have their plan as of `now`, as if a turn of theirs had just ended; return their numbers."""

    def work(db: "Database") -> list[int]:
        return [_add(db, reminding, now, one) for one in people]

    return await store.write(work)


def _add(db: "Database", reminding: Reminding, now: datetime, one: Someone) -> int:
    at = stamp(now)
    sql = (
        "INSERT INTO people (channel, channel_id, language, first_seen, last_seen) VALUES (?, ?, ?, ?, ?) RETURNING id"
    )
    (number,) = db.conn.execute(sql, (one.channel, one.name, one.language, at, at)).fetchone()
    write_progress(db, number, Progress(), one.progress, at)
    rows.write_preferences(db, number, one.preferences)
    planned = reminding.plan(one.progress, one.preferences, now)
    rows.write_plan(db, number, planned, now, reminding.made_from(now))
    return int(number)


async def change(store: Store, reminding: Reminding, now: datetime, one: Someone, *, number: int = 1) -> None:
    """Write what somebody's state is now, and their new plan, as a turn does; `number` is theirs in the store."""

    def work(db: "Database") -> None:
        progress, preferences = one.progress, one.preferences
        write_progress(db, number, person(db, number).progress, progress, stamp(now))
        rows.write_preferences(db, number, preferences)
        rows.write_plan(db, number, reminding.plan(progress, preferences, now), now, reminding.made_from(now))

    await store.write(work)


def states(database: Path, *, channel: str = "telegram") -> list[Row]:
    """Return what has become of the reminders of a channel's people, in the order in which they were due."""
    sql = """
        SELECT channel_id, rule, day, state, reason FROM reminders JOIN people ON people.id = person
        WHERE channel = ? ORDER BY person, due_at, days, rule
    """
    return [Row(*row) for row in query(database, sql, channel)]


def settled(database: Path, **of: Any) -> list[Row]:
    """Return the reminders that are not pending any more."""
    return [row for row in states(database, **of) if row.state != "pending"]


def counted(database: Path) -> Counter[str]:
    """Return how many reminders of all people there are in each state."""
    return Counter(dict(query(database, "SELECT state, count(*) FROM reminders GROUP BY state")))


def query(database: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a query of the database file gives; what it changes is kept."""
    with closing(sqlite3.connect(database)) as connection, connection:
        return connection.execute(sql, values).fetchall()


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return what it shows."""
        return self.now

    def pass_by(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


class Post:
    """A channel's `send` that notes what arrives; `faults` are raised first, one a message, those of a person by name."""

    def __init__(self, *faults: Exception, of: Mapping[str, Sequence[Exception]] | None = None) -> None:
        self.sent: list[tuple[str, Reply]] = []
        self.tries: list[str] = []
        self._faults = list(faults)
        self._of = {name: list(theirs) for name, theirs in (of or {}).items()}

    async def __call__(self, channel_id: str, replies: Sequence[Reply]) -> None:
        """Send, or fail."""
        self.tries.append(channel_id)
        for faults in (self._of.get(channel_id, []), self._faults):
            if faults:
                raise faults.pop(0)
        self.sent.extend((channel_id, reply) for reply in replies)

    @property
    def names(self) -> list[str]:
        """To whom something was sent, in order."""
        return [name for name, _ in self.sent]

    def texts(self, name: str = "1") -> list[str]:
        """Return the texts that somebody got."""
        return [text_of(reply) for to, reply in self.sent if to == name]


def text_of(reply: Reply) -> str:
    """Return the sentences of a reply."""
    return "\n".join(line for block in reply.blocks for line in block.texts)


class Office:
    """A store with a delivery, a clock and what was sent."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.opened = now
        self.clock = Clock(now)
        self.post = Post()
        self.queue = ReminderQueue(store, "telegram")
        self.delivery = self.other()

    def other(self, post: Send | None = None, reminding: Reminding | None = None) -> Delivery:
        """Return another delivery, as another process has it."""
        return Delivery(
            ReminderQueue(self.store, "telegram"),
            lambda: reminding or project_reminding(),
            post or self.post,
            self.clock,
        )

    async def add(self, *people: Someone) -> None:
        """Make people known who were planned for when the office was opened."""
        await add(self.store, project_reminding(), self.opened, *people)

    def close(self) -> None:
        """Let another delivery send."""
        self.delivery.close()

    async def once(self, now: datetime | None = None) -> int:
        """Deliver what is due, now or at a time that the clock is set to; return to how many people it was sent."""
        self.clock.now = now or self.clock.now
        return await self.delivery.once()


async def claim(queue: ReminderQueue, reminding: Reminding, now: datetime, limit: int = 99) -> list[str]:
    """Claim what is due, and return whose it is, in the order in which it was claimed."""
    found = await queue.claim(now, limit, judged(reminding, now))
    return [one.person.channel_id for one in found or ()]


def judged(reminding: Reminding, now: datetime) -> Any:
    """Return what judges reminders that are due, as the delivery does it."""
    return lambda due, progress, wishes: reminding.judge(due, progress, wishes, now)


def rules_sent(found: Iterable[Row]) -> list[str]:
    """Return the rules of the reminders that were sent."""
    return [row.rule for row in found if row.state == "sent"]


def day(text: str) -> date:
    """Return a day."""
    return date.fromisoformat(text)
