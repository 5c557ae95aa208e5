"""Questions without an answer in a real database, and a small content that they are about."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from click.testing import Result

from bot.records import Unanswered, UnansweredReport
from bot.store import Store
from tests.store_helpers import NOW, rows, turn, using

Run = Callable[..., Result]
Asked = tuple[str, str]
"""Who asked, and what."""


async def asked(path: Path, *questions: Asked, hears: Sequence[int] = (), now: datetime = NOW) -> None:
    """Make a database in which these questions were asked, a minute apart; somebody waits for those with the numbers `hears`."""
    async with await Store.open(path) as store:
        for minute, (name, text) in enumerate(questions):
            question = Unanswered(text, "en" if text.isascii() else "zh", "none", (("form", 0.1),))
            await turn(name, None, now + timedelta(minutes=minute), unanswered=question).take(store)
        sql = "UPDATE unanswered_by SET hears = 'wanted' WHERE unanswered = ?"
        await store.write(lambda db: [db.conn.execute(sql, (number,)) for number in hears])


def stored(path: Path, *questions: Asked, hears: Sequence[int] = ()) -> None:
    """Make such a database where no event loop is running, since commands start one of their own."""
    asyncio.run(asked(path, *questions, hears=hears))


async def reports(path: Path) -> dict[int, UnansweredReport]:
    """Return what is stored, by number."""
    return {report.number: report for report in await using(path, lambda store: store.unanswered(99))}


def decisions(path: Path) -> list[tuple[int, str | None, str | None]]:
    """Return the number, the decision and the entry of every question."""
    return rows(path, "SELECT id, decision, entry FROM unanswered ORDER BY id")
