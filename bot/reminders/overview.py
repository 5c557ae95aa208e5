"""What the people who run the assistant see of the reminders, and switch: counts, a rehearsal of a day, the pause."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import TYPE_CHECKING

from bot.messages import Reply
from bot.person_rows import reminded_people
from bot.reminders import rows
from bot.reminders.plan import zone_of
from bot.reminders.talk import Reminding
from bot.store import Store
from bot.turn import language_of
from faq.text import Language
from flows.run import stamp

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand with the reminders of all channels."""

    people: int
    """Who has reminders to come."""
    unreachable: int
    """Who cannot be written to any more, of all people."""
    states: dict[str, int]
    """How many reminders there are in each state."""
    reasons: dict[tuple[str, str], int]
    """How many were skipped or failed, by state and reason."""
    overdue: int
    next_due: datetime | None
    last_sent: datetime | None
    paused_since: datetime | None


@dataclass(slots=True)
class Text:
    """One text that would be sent at an hour, and to how many people."""

    people: int = 0
    samples: dict[Language, Reply] = field(default_factory=dict)
    """The text as one person would get it, in each language in which somebody would."""


Rehearsal = dict[tuple[int, tuple[str, ...]], Text]
"""What would be sent on a day, by the hour on the person's clock and the rules that are met together."""


async def status(store: Store, now: datetime) -> Status:
    """Return how things stand.

    Raises:
        StoreError: The database cannot be used.
    """

    def work(db: "Database") -> Status:
        def one(sql: str, *values: str) -> str | int | None:
            (value,) = db.conn.execute(sql, values).fetchone()
            return value if value is None or isinstance(value, str | int) else None

        def moment(sql: str, *values: str) -> datetime | None:
            value = one(sql, *values)
            return datetime.fromisoformat(value) if isinstance(value, str) else None

        reasons = """
            SELECT state, reason, count(*) FROM reminders WHERE state IN ('skipped', 'failed') GROUP BY state, reason
            ORDER BY state, count(*) DESC
        """
        return Status(
            people=int(one("SELECT count(DISTINCT person) FROM reminders WHERE state = 'pending'") or 0),
            unreachable=int(one("SELECT count(*) FROM people WHERE unreachable_since IS NOT NULL") or 0),
            states=dict(db.conn.execute("SELECT state, count(*) FROM reminders GROUP BY state").fetchall()),
            reasons={(state, reason): count for state, reason, count in db.conn.execute(reasons)},
            overdue=int(one("SELECT count(*) FROM reminders WHERE state = 'pending' AND due_at <= ?", stamp(now)) or 0),
            next_due=moment("SELECT min(due_at) FROM reminders WHERE state = 'pending'"),
            last_sent=moment("SELECT max(changed_at) FROM reminders WHERE state = 'sent'"),
            paused_since=moment("SELECT max(since) FROM switches WHERE name = ?", rows.PAUSED),
        )

    return await store.write(work)


async def pause(store: Store, now: datetime) -> bool:
    """Let no process send reminders; what is on its way still arrives. Returns False when they were paused already.

    Raises:
        StoreError: The database cannot be used.
    """
    sql = "INSERT OR IGNORE INTO switches (name, since) VALUES (?, ?)"
    return await store.write(lambda db: db.conn.execute(sql, (rows.PAUSED, stamp(now))).rowcount == 1)


async def resume(store: Store) -> bool:
    """Let reminders be sent again; what has become overdue is sent if it still helps. Returns False when they were not paused.

    Raises:
        StoreError: The database cannot be used.
    """
    sql = "DELETE FROM switches WHERE name = ?"
    return await store.write(lambda db: db.conn.execute(sql, (rows.PAUSED,)).rowcount == 1)


async def rehearse(store: Store, reminding: Reminding, day: date, zone: tzinfo) -> Rehearsal:
    """Return what would be sent on a day of the zone, if everybody stayed where they are; what was sent already is left out.

    Raises:
        StoreError: The database cannot be used.
    """

    def work(db: "Database") -> Rehearsal:
        sql = "SELECT person, rule, day FROM reminders WHERE state IN ('sent', 'skipped', 'failed')"
        settled = set(db.conn.execute(sql))
        found: Rehearsal = {}
        for hour, names, language, message in _messages(db, reminding, day, zone, settled):
            text = found.setdefault((hour, names), Text())
            text.people += 1
            text.samples.setdefault(language, message)
        return found

    return await store.write(work)


def _messages(
    db: "Database", reminding: Reminding, day: date, zone: tzinfo, settled: set[tuple[int, str, str]]
) -> Iterator[tuple[int, tuple[str, ...], Language, Reply]]:
    """Yield every message of a day: the hour on the person's clock, its rules, its language, and itself."""
    begin = datetime.combine(day, time(), zone)
    for memory in reminded_people(db):
        progress, person = reminding.fitted(memory.progress), memory.person
        due = [
            one
            for one in reminding.plan(progress, memory.preferences, begin)
            if one.due.astimezone(zone).date() == day and (person.id, one.rule, one.day.isoformat()) not in settled
        ]
        if due:
            local = due[0].due.astimezone(zone_of(memory.preferences, zone))
            language = language_of(person)
            names = tuple(sorted({_name(one.rule) for one in due}))
            yield local.hour, names, language, reminding.message(due, progress, due[0].due, language)


def _name(rule: str) -> str:
    """Return a rule's name without what belongs to one person: the step of a wait, but not how often they were asked."""
    return rule.rpartition(":")[0] if ":" in rule else rule
