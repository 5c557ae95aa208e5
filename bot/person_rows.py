"""One person's rows, read as a whole: who it is, where they are, how they want to be reminded.

Everything here runs inside the store's transactions.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bot.progress_rows import PROGRESS_COLUMNS, progress_from
from bot.records import Asked, Memory, Person, Preferences, TurnKey

if TYPE_CHECKING:
    from sqlite_utils import Database

_ASKED: Final = """
    SELECT json_group_array(json_array(asked.id, asked.text, asked.language, json(iif(hears IS NULL, 'false', 'true'))))
    FROM unanswered_by JOIN unanswered AS asked ON asked.id = unanswered WHERE person = people.id
"""
"""The questions of a person that were not answered, in a column of its own: a query of its own would cost every turn more."""
_RECALL: Final = f"""
    SELECT id, channel, channel_id, language, chosen_language, first_seen, last_seen,
           (SELECT state FROM turns WHERE person = people.id), {PROGRESS_COLUMNS},
           (SELECT json_object('zone', zone, 'hour', hour, 'off', json(off), 'later', later) FROM reminder_settings
            WHERE person = people.id), ({_ASKED})
    FROM people
"""  # noqa: S608 - the columns are a constant


def known(db: "Database", channel: str, channel_id: str) -> Memory | None:
    """Return what is known about a person; None for nobody."""
    row = db.conn.execute(f"{_RECALL} WHERE channel = ? AND channel_id = ?", (channel, channel_id)).fetchone()
    return _memory(row) if row else None


def person(db: "Database", number: int) -> Memory:
    """Return what is known about the person with this number, who must exist."""
    return _memory(db.conn.execute(f"{_RECALL} WHERE id = ?", (number,)).fetchone())


def reminded_people(db: "Database") -> Iterator[Memory]:
    """Yield everybody who has had to do with reminders and can be reached; not to be mixed with writing."""
    condition = "unreachable_since IS NULL AND id IN (SELECT person FROM reminder_settings)"
    for row in db.conn.execute(f"{_RECALL} WHERE {condition}"):
        yield _memory(row)


def _memory(row: tuple[Any, ...]) -> Memory:
    number, channel, channel_id, language, chosen, first, last, state, runs, facts, settings, asked = row
    seen = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return Memory(
        Person(number, channel, channel_id, language, chosen, *seen),
        msgspec.json.decode(state) if state else {},
        progress_from(number, runs, facts),
        msgspec.json.decode(settings, type=Preferences) if settings else Preferences(),
        asked=() if asked == "[]" else tuple(sorted(starmap(Asked, msgspec.json.decode(asked)), key=_by_number)),
    )


def _by_number(asked: Asked) -> int:
    return asked.number


def known_or_new(db: "Database", turn: TurnKey, now: str) -> Memory:
    """Return what is known about the person whose turn it is; somebody new is made known."""
    if found := known(db, turn.channel, turn.channel_id):
        return found
    new = "INSERT INTO people (channel, channel_id, first_seen, last_seen) VALUES (?, ?, ?, ?)"
    db.execute(new, (turn.channel, turn.channel_id, now, now))
    found = known(db, turn.channel, turn.channel_id)
    assert found is not None, "the person was made known"
    return found
