"""What the database holds about reminders, what a visitor was shown of them, and how one tells when one qualified."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from faq.text import Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.guide_helpers import rows
from tests.visitor import ZONE, Visitor, go_to

YEAR_END = {f"year-end-{days}" for days in (30, 14, 7, 3, 1, 0)}
LIMIT = {f"limit-{days}" for days in (180, 90, 30, 7, 1)} | {"limit-start"}
"""Those of QUALIFIED, as planned on 25 November 2026."""
WAIT = {f"waiting:activation:wait-code:{number}" for number in (1, 2, 3)}
DAYS = ("2026-12-01", "2026-12-17", "2026-12-24", "2026-12-28", "2026-12-30", "2026-12-31")
"""When somebody is reminded of the year's end who wants to be from 25 November 2026 on."""
QUALIFIED: dict[Language, str] = {"zh": "2025年9月20日", "en": "20 September 2025"}


def planned(visitor: Visitor) -> list[tuple[Any, ...]]:
    """Return the reminders that are to come."""
    return rows(visitor.path, "SELECT rule, day, due_at FROM reminders WHERE state = 'pending' ORDER BY due_at, rule")


def clocks(visitor: Visitor, zone: str) -> set[str]:
    """Return the times of day, by the clocks of a zone, at which reminders come."""
    return {f"{datetime.fromisoformat(due).astimezone(ZoneInfo(zone)):%H:%M}" for _, _, due in planned(visitor)}


def days_in_china(visitor: Visitor) -> tuple[str, ...]:
    """Return the days, where the registration is, on which reminders come."""
    return tuple(datetime.fromisoformat(due).astimezone(ZONE).date().isoformat() for _, _, due in planned(visitor))


def offered(visitor: Visitor) -> list[str]:
    """Return what the buttons of the last replies carry."""
    return [button.data for button in visitor.offered]


def lists(visitor: Visitor) -> list[tuple[str, ...]]:
    """Return the lists in the last replies."""
    return [block.texts for reply in visitor.replies for block in reply.blocks if block.kind == "list"]


def first_sentence(visitor: Visitor) -> str:
    """Return the first paragraph of the last replies."""
    return visitor.replies[0].blocks[0].texts[0]


def kept(visitor: Visitor) -> tuple[list[tuple[Any, ...]], ...]:
    """Return everything that the database holds about reminders, and what was told."""
    return tuple(
        rows(visitor.path, sql)
        for sql in (
            "SELECT person, rule, day, due_at, state FROM reminders ORDER BY person, rule, day",
            "SELECT person, zone, hour, off, later FROM reminder_settings",
            "SELECT person, name, value FROM facts",
            "SELECT person, run, current FROM runs",
        )
    )


def rules(visitor: Visitor, person: int = 1) -> set[str]:
    """Return the rules of the reminders that are to come."""
    sql = f"SELECT rule FROM reminders WHERE state = 'pending' AND person = {person}"
    return {rule for (rule,) in rows(visitor.path, sql)}


async def qualified(visitor: Visitor, language: Language = "zh", date: str | None = None) -> None:
    """Tell in the flow of the dates when one qualified."""
    await visitor.turn(button="flow:deadlines")
    if role := visitor.offered_as("go:deadlines", "role", "physician"):
        await visitor.turn(button=role[0].data)
    await visitor.turn(date or QUALIFIED[language])
    assert (await visitor.stored()).place == ("deadlines", "registered")


async def to_result(visitor: Visitor, language: Language = "zh", date: str | None = None) -> None:
    """Go through the flow of the dates up to its result, as somebody who is not registered."""
    await qualified(visitor, language, date)
    await visitor.turn(button=visitor.offered_as("go:deadlines", "registered", "no")[0].data)
    await visitor.turn("4")
    assert (await visitor.stored()).place == ("deadlines", "result")


async def wait_for_code(visitor: Visitor, library: Library) -> None:
    """Go to the step at which one waits for the code."""
    activation = flow_of(library, "activation")
    await go_to(visitor, activation, activation.at("wait-code"))
