"""A service's heartbeat and what the status says of it, as tests need them."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.health.heartbeat import Dealt, Heartbeat, Tally, heartbeat_path
from bot.health.service import content_version
from bot.health.status import Status, gather
from bot.sources import Sources
from tests.flow_samples import write_flows
from tests.store_helpers import QUESTION, commit, turn

NOW = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


def small_sources(folder: Path) -> Sources:
    """Return the small corpus in a folder with the small flows, which are written beside it."""
    return Sources(entries=folder, flows=write_flows(folder.parent / "flows"))


async def fill(database: Path) -> Path:
    """Make a database with somebody who has asked something in vain."""
    await commit(database, turn("one", "1", unanswered=QUESTION))
    return database


def beat(  # noqa: PLR0917 - what the service has been through
    database: Path,
    sources: Sources,
    at: datetime = NOW,
    errors: int = 0,
    cut_off: Literal["unreachable", "taken"] | None = None,
    minutes: int = 0,
    **noted: Any,
) -> Heartbeat:
    """Write the heartbeat of a service in this process that began an hour earlier, and was cut off some minutes earlier."""
    moments = [at - timedelta(hours=1)]
    tally = Tally(lambda: moments[-1])
    heart = Heartbeat(heartbeat_path(database, "telegram"), tally, lambda: moments[-1])
    places = {"entries": str(sources.entries), "flows": str(sources.flows)}
    heart.start("telegram", "reg_bot", content_version(sources), places)
    for _ in range(errors):
        tally.handle(logging.LogRecord("bot", logging.ERROR, "/x/turn.py", 7, "%s", ("private",), None, "work"))
    heart.note(handled=Dealt(5, at - timedelta(minutes=10)), **noted)
    if cut_off:
        moments.append(at - timedelta(minutes=minutes))
        heart.cut_off(cut_off)
    moments.append(at)
    heart.write()
    return heart


def look(database: Path, sources: Sources, **options: Any) -> Status:
    return gather(database, "telegram", sources, options.pop("now", NOW), ZONE, **options)


def codes(status: Status) -> list[str]:
    """Return what needs attention, whatever the disk of this machine is like."""
    return [one.code for one in status.attention if one.code != "disk"]


def texts(status: Status) -> list[str]:
    return [one.text for one in status.attention if one.code != "disk"]
