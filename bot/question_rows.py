"""The questions without an answer in the database's tables, and what the assistant is used for, as counts.

Everything here runs inside the store's transactions.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from bot.records import Unanswered, UnansweredReport, Usage
from faq.text import Language
from flows.run import stamp

if TYPE_CHECKING:
    from sqlite_utils import Database

_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def write_unanswered(db: "Database", person_id: int, question: Unanswered, now: str) -> None:
    """Note that a person has asked a question that was not answered; one that counted as assigned is open again."""
    sql = """
        INSERT INTO unanswered (text, language, verdict, matches, times_asked, first_asked, last_asked)
        VALUES (?, ?, ?, ?, 1, ?, ?)
        ON CONFLICT (text, language) DO UPDATE SET verdict = excluded.verdict, matches = excluded.matches,
            times_asked = times_asked + 1, last_asked = excluded.last_asked,
            decision = CASE WHEN decision = 'assigned' THEN NULL ELSE decision END
        RETURNING id
    """
    values = (question.text, question.language, question.verdict, _json(question.matches), now, now)
    (row,) = db.query(sql, values)
    by = """
        INSERT INTO unanswered_by (unanswered, person, asked_at) VALUES (?, ?, ?)
        ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at
    """
    db.execute(by, (row["id"], person_id, now))


def write_hears(db: "Database", person_id: int, number: int) -> None:
    """Note that a person wants to hear when a question of theirs is answered."""
    sql = "UPDATE unanswered_by SET hears = 'wanted' WHERE unanswered = ? AND person = ? AND hears IS NULL"
    db.conn.execute(sql, (number, person_id))


def write_heard(db: "Database", person_id: int, numbers: Iterable[int]) -> None:
    """Note that a person has the answers to some questions of theirs; what nobody else waits for is deleted."""
    for number in numbers:
        db.conn.execute("DELETE FROM unanswered_by WHERE unanswered = ? AND person = ?", (number, person_id))
        db.conn.execute(
            "DELETE FROM unanswered WHERE id = ? AND id NOT IN (SELECT unanswered FROM unanswered_by)", (number,)
        )


def write_usage(db: "Database", used: Sequence[Usage]) -> None:
    """Count what the assistant was used for."""
    sql = """
        INSERT INTO usage (day, what, about, language, times) VALUES (?, ?, ?, ?, 1)
        ON CONFLICT DO UPDATE SET times = times + 1
    """
    for one in used:
        db.conn.execute(sql, (one.day.isoformat(), one.what, one.about, one.language))


def key_of(text: str, language: Language) -> str:
    """Return the short name of a question by which a button knows it."""
    return hashlib.blake2b(f"{language}\0{text}".encode(), digest_size=8).hexdigest()


def reports(db: "Database", limit: int, *, newest: bool = False) -> list[UnansweredReport]:
    """Return the unanswered questions, at most `limit`: those asked most often first, or with `newest` most lately."""
    order = "last_asked DESC, id DESC" if newest else "times_asked DESC, last_asked DESC, id"
    shown = f"SELECT * FROM unanswered ORDER BY {order} LIMIT ?"  # noqa: S608 - the order is one of two constants
    rows = list(db.query(shown, (limit,)))
    people: dict[int, set[int]] = {row["id"]: set() for row in rows}
    waiting: dict[int, set[int]] = {}
    for number, person, hears in db.conn.execute("SELECT unanswered, person, hears IS NOT NULL FROM unanswered_by"):
        if number in people:
            people[number].add(person)
            if hears:
                waiting.setdefault(number, set()).add(person)
    return [_report(row, people[row["id"]], waiting.get(row["id"], set())) for row in rows]


def _report(row: dict[str, Any], people: Iterable[int], waiting: Iterable[int]) -> UnansweredReport:
    matches = tuple((entry, score) for entry, score in json.loads(row["matches"]))
    decided = row["decided_at"]
    return UnansweredReport(
        number=row["id"],
        question=Unanswered(row["text"], row["language"], row["verdict"], matches),
        times_asked=row["times_asked"],
        first_asked=datetime.fromisoformat(row["first_asked"]),
        last_asked=datetime.fromisoformat(row["last_asked"]),
        people=frozenset(people),
        waiting=frozenset(waiting),
        decision=row["decision"],
        entry=row["entry"],
        decided_at=datetime.fromisoformat(decided) if decided else None,
    )


def write_decision(
    db: "Database",
    numbers: Iterable[int],
    decision: Literal["assign", "dismiss"] | None,
    entry: str | None,
    now: datetime,
) -> bool:
    """Note what is to become of some questions, or with None that nothing is decided; False when there is none of them.

    What was written into the content already is left alone.
    """
    sql = """
        UPDATE unanswered SET decision = ?, entry = ?, decided_at = ? WHERE id = ? AND decision IS NOT 'assigned'
    """
    values = (decision, entry if decision == "assign" else None, stamp(now) if decision else None)
    return sum(db.conn.execute(sql, (*values, number)).rowcount for number in numbers) > 0


def write_assigned(db: "Database", numbers: Iterable[int], entry: str, now: datetime) -> None:
    """Note that some questions are answered by an entry from now on; should they not be, they are listed again."""
    update = "UPDATE unanswered SET decision = 'assigned', entry = ?, decided_at = ? WHERE id = ?"
    for number in numbers:
        db.conn.execute(update, (entry, stamp(now), number))
