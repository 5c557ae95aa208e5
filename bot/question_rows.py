"""The questions without an answer in the database's tables, and what the assistant is used for, as counts.

Everything here runs inside the store's transactions.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot.records import Asked, Unanswered, UnansweredReport, Usage
from faq.text import Language

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
    db.execute("INSERT OR IGNORE INTO unanswered_by (unanswered, person) VALUES (?, ?)", (row["id"], person_id))


def asked_by(db: "Database", person_id: int) -> tuple[Asked, ...]:
    """Return the questions that a person asked and that were not answered."""
    sql = """
        SELECT id, text, language, hears IS NOT NULL FROM unanswered_by JOIN unanswered ON id = unanswered
        WHERE person = ? ORDER BY id
    """
    return tuple(
        Asked(number, text, language, hears=bool(hears))
        for number, text, language, hears in db.conn.execute(sql, (person_id,))
    )


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


def report_from(row: dict[str, Any]) -> UnansweredReport:
    """Return what a row of `unanswered` says."""
    matches = tuple((entry, score) for entry, score in json.loads(row["matches"]))
    question = Unanswered(row["text"], row["language"], row["verdict"], matches)
    first, last = (datetime.fromisoformat(row[column]) for column in ("first_asked", "last_asked"))
    return UnansweredReport(question, row["times_asked"], first, last)
