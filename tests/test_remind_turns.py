"""The rows of the reminders follow from every turn, in its transaction: what is told, where one is, what is forgotten."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.messages import Incoming
from bot.replies import said
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.guide_helpers import rows
from tests.remind_helpers import LIMIT, WAIT, YEAR_END, kept, offered, qualified, rules, wait_for_code
from tests.visitor import Visitor, go_to


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


async def test_rows_follow_what_is_told(visitor: Visitor) -> None:
    """A date of qualification brings reminders of its limit; another one moves them; forgetting it ends them."""
    await visitor.turn(button="remind:on")
    assert rules(visitor) == YEAR_END
    await qualified(visitor)
    assert rules(visitor) == YEAR_END | LIMIT
    sql = "SELECT DISTINCT day FROM reminders WHERE kind = 'limit' AND state = 'pending'"
    assert rows(visitor.path, sql) == [("2027-09-20",)]

    await visitor.turn("/back")
    await visitor.turn("2025年10月1日")
    assert rows(visitor.path, sql) == [("2027-10-01",)]

    await visitor.turn("/progress")
    await visitor.turn(button="clear:qualified")
    assert rules(visitor) == YEAR_END

    await visitor.turn("/progress")
    await visitor.turn(button="clear:reminders")
    assert rules(visitor) == set()


async def test_rows_follow_where_one_is(visitor: Visitor, project_library: Library) -> None:
    """A wait brings reminders, which end with it; so they do when the guide is begun again."""
    await visitor.turn(button="remind:on")
    await wait_for_code(visitor, project_library)
    assert rules(visitor) == YEAR_END | WAIT
    since = rows(visitor.path, "SELECT DISTINCT day FROM reminders WHERE kind = 'waiting'")
    assert since == [("2026-11-25",)]
    due = rows(visitor.path, "SELECT due_at FROM reminders WHERE kind = 'waiting' ORDER BY due_at")
    assert due == [(f"2026-{day}T02:00:00+00:00",) for day in ("11-28", "12-05", "12-12")]

    await visitor.turn(button=visitor.offered_as("go:activation", "wait-code", "have-it")[0].data)
    assert rules(visitor) == YEAR_END | {"year-end-start"}  # what comes next has to begin on the day after

    await visitor.turn("/back")
    assert rules(visitor) == YEAR_END | WAIT
    await visitor.turn("/restart")
    await visitor.turn(button=next(data for data in offered(visitor) if data.startswith("restart:")))
    assert (await visitor.stored()).place == ("activation", "portal")
    assert rules(visitor) == YEAR_END


@pytest.mark.parametrize("flow", ["submission", "deadlines"])
async def test_rows_end_when_one_is_registered(visitor: Visitor, project_library: Library, flow: str) -> None:
    await visitor.turn(button="remind:on")
    if flow == "deadlines":
        await qualified(visitor)
        assert rules(visitor) == YEAR_END | LIMIT
        await visitor.turn(button=visitor.offered_as("go:deadlines", "registered", "yes")[0].data)
    else:
        definition = flow_of(project_library, flow)
        end = next(step for step in definition.steps if step.end == "done")
        await go_to(visitor, definition, end)

    assert rules(visitor) == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("button", "trigger"),
    [
        ("remind:on", "BEFORE INSERT ON reminders"),
        ("remind:on", "BEFORE UPDATE ON people"),
        ("remind:set:hour:12", "BEFORE UPDATE OF due_at ON reminders"),
        ("remind:off", "BEFORE DELETE ON reminders"),
        ("remind:done", "BEFORE DELETE ON reminders"),
        ("remind:in:3", "BEFORE INSERT ON reminders"),
    ],
)
async def test_a_turn_that_cannot_be_written_claims_nothing(
    visitor: Visitor, language: Language, button: str, trigger: str
) -> None:
    """What was told and what is planned are written together, or neither is."""
    await visitor.turn(button=f"language:{language}")
    if button != "remind:on":
        await visitor.turn(button="remind:on")
    before = kept(visitor)
    with closing(sqlite3.connect(visitor.path)) as other:
        other.execute(f"CREATE TRIGGER fail {trigger} BEGIN SELECT RAISE(ABORT, 'no'); END")

    assert await visitor.turn(button=button) == [said(language, "store-failed")]
    assert kept(visitor) == before

    with closing(sqlite3.connect(visitor.path)) as other:
        other.execute("DROP TRIGGER fail")
    await visitor.turn(button=button)
    assert kept(visitor) != before


async def test_export_shows_reminders_and_wishes(visitor: Visitor) -> None:
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:set:without:limit")
    await visitor.turn("/remind 9")
    await visitor.turn("/remind 新疆")
    await visitor.turn(button="remind:in:3")
    (reply,) = await visitor.turn("/export")
    assert reply.document is not None
    exported = json.loads(reply.document.content)

    assert exported["wishes"] == [{"zone": "Asia/Urumqi", "hour": 9, "off": ["limit"], "later": "2026-11-28"}]
    assert exported["reminders"][0] == {
        "rule": "later",
        "day": "2026-11-28",
        "due_at": "2026-11-28T03:00:00+00:00",
        "state": "pending",
        "reason": None,
    }
    assert {each["rule"] for each in exported["reminders"]} == YEAR_END | {"later"}


async def test_forgetting_removes_them_and_nobody_elses(visitor: Visitor) -> None:
    you = Incoming("test", "you", visitor.now, button="remind:on")
    await visitor.turn(button="remind:on")
    await visitor.turn("/remind 9")
    await visitor._conversation.turn(you)
    theirs = [row for row in kept(visitor)[0] if row[0] == 2]
    assert rules(visitor, 2) == YEAR_END

    await visitor.turn(button="remind:set:without:year-end")
    await visitor.turn(button="remind:set:hour:12")
    assert [row for row in kept(visitor)[0] if row[0] == 2] == theirs

    await visitor.turn(button="remind:set:with:year-end")
    assert rules(visitor) == YEAR_END
    await visitor.turn(button="forget:yes")
    reminders, wishes, facts, _ = kept(visitor)
    assert reminders == theirs
    assert wishes == [(2, None, None, "[]", None)]
    assert facts == [(2, "reminders", '"wanted"')]

    visitor.now += timedelta(days=1)
    await visitor.turn("/remind")
    assert offered(visitor) == ["remind:set:on"]
