"""Where people are, as it stands in the database: two processes at once, runs that cannot be read, time zones."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot import replies
from bot.store import Store
from bot.texts import say
from tests.guide_helpers import button, execute, place, progress, rows, run_of, shown, walk, with_store

if TYPE_CHECKING:
    from tests.conftest import Talk

QUESTION = "系统几月开放？"
ID_NUMBER = "110101199003074514"


# Two processes


@pytest.fixture(name="elsewhere")
async def _elsewhere(talk: "Talk", database: Path) -> AsyncIterator["Talk"]:
    """Return the same person's conversation as another process has it, with a connection of its own."""
    async with await Store.open(database) as store:
        yield with_store(talk, store)


def tick(item: str, kind: str = "tick") -> str:
    return f"{kind}:letters:papers:{item}:4"


async def test_turns_in_two_processes_at_once(talk: "Talk", elsewhere: "Talk") -> None:
    """Turns that two processes take at once all count, and every reply shows what was true when it was made."""
    await walk(talk, "papers")
    presses = [
        (process, tick(item, kind))
        for kind in ("tick", "untick", "tick")
        for process, item in ((talk, "letter"), (elsewhere, "copy"), (talk, "photo"))
    ]
    found = await asyncio.gather(*(process(button=data) for process, data in presses))

    assert (await run_of(talk, "letters")).ticks == {"papers": ("letter", "copy", "photo")}
    history = [note["what"] for note in (await talk.store.export(1))["steps"]]
    assert (history.count("ticked"), history.count("unticked")) == (6, 3)
    for (_, data), replies_ in zip(presses, found, strict=True):
        kind, _, _, item, _ = data.split(":")
        label = {"letter": "信的原件", "copy": "复印件", "photo": "照片"}[item]
        assert f"{'☑' if kind == 'tick' else '☐'} {label}" in shown(replies_)


async def test_same_button_in_two_processes(talk: "Talk", elsewhere: "Talk") -> None:
    """The same button pressed in two processes takes one step; the slower one is told."""
    there = await walk(talk, "ask")
    asked = button(there, "要了")
    found = await asyncio.gather(talk(button=asked), elsewhere(button=asked))

    assert sorted(say("zh", "stale-button") in shown(replies_) for replies_ in found) == [False, True]
    assert await place(talk) == "role"


async def test_turn_waits_for_another_process(talk: "Talk", database: Path) -> None:
    """A turn that comes while another process is writing waits, and is taken on what is true then."""
    await walk(talk, "papers")
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN IMMEDIATE")
        turn = asyncio.create_task(talk(button=tick("photo")))
        await asyncio.sleep(0)  # starts the turn; nothing is waited for
        other.execute("""UPDATE runs SET run = json_set(run, '$.ticks', json('{"papers": ["copy"]}'))""")
        other.commit()

    assert shown(await turn).count("☑") == 2
    assert (await run_of(talk, "letters")).ticks == {"papers": ("copy", "photo")}


async def test_one_process_goes_on_for_the_other(talk: "Talk", elsewhere: "Talk") -> None:
    """What was shown in one process can be pressed, or its number typed, in the other one."""
    await walk(talk, "wait")
    assert (await elsewhere("1"))[0].title == "等一封信（4/5）带材料"

    assert shown(await talk("1 3")).count("☑") == 2
    assert (await elsewhere("/progress"))[0].buttons[0].label == "接着办：等一封信"


async def test_same_message_in_two_processes(talk: "Talk", elsewhere: "Talk") -> None:
    """A message that reaches two processes is answered by one of them."""
    await walk(talk, "wait")
    found = await asyncio.gather(talk("收到了", update_id="7"), elsewhere("收到了", update_id="7"))

    assert sorted(map(len, found)) == [0, 1]
    assert await place(talk) == "papers"


async def test_person_is_forgotten_in_another_process(talk: "Talk", elsewhere: "Talk", database: Path) -> None:
    """A button from before one was forgotten elsewhere begins nothing anew."""
    there = await walk(talk, "ask")
    await elsewhere(button="forget:yes")

    assert await talk(button=button(there, "要了")) == [replies.said("zh", "unknown-button")]
    assert rows(database, "SELECT count(*) FROM runs") == [(0,)]
    assert rows(database, "SELECT count(*) FROM steps") == [(0,)]


# What cannot be read

UNREADABLE = {
    "no JSON": f"王 {ID_NUMBER}",
    "empty": "",
    "a list": f'["{ID_NUMBER}"]',
    "null": "null",
    "an object": f'{{"name": "{ID_NUMBER}"}}',
    "a wrong status": f'{{"flow": "letters", "definition": "x", "step": "wait", "shape": [], "started": "", "changed": "", "status": "{ID_NUMBER}"}}',
    "a wrong type": '{"flow": "letters", "definition": "x", "step": 7, "shape": [], "started": "", "changed": ""}',
    "another flow": '{"flow": "dates", "definition": "x", "step": "wait", "shape": [], "started": "2026-11-22T08:30:00+00:00", "changed": "2026-11-22T08:30:00+00:00"}',
}  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
async def test_unreadable_run(talk: "Talk", database: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """A run that cannot be read is left alone and logged without its text; the person is in no guide, and can go on."""
    await walk(talk, "wait")
    execute(database, "UPDATE runs SET run = ?", text)
    with caplog.at_level(logging.DEBUG, "bot"):
        found = await talk("/start")

    assert found == [replies.welcome(["zh"])]
    assert "letters" in caplog.text
    assert ID_NUMBER not in caplog.text
    assert shown(await talk(QUESTION)).startswith(QUESTION)
    assert rows(database, "SELECT flow, run FROM runs") == [("letters", text)]
    await talk("我的日期")
    assert await place(talk) == "obtained"
    assert ("letters", text) in rows(database, "SELECT flow, run FROM runs")
    assert (await talk("等一封信"))[0].title == "等一封信（1/5）去要"
    await talk("要了")
    assert await place(talk) == "wait"


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
async def test_export_and_forget_with_an_unreadable_run(talk: "Talk", database: Path, text: str) -> None:
    """Everything that is kept can be had and deleted, also what cannot be read."""
    await walk(talk, "wait")
    execute(database, "UPDATE runs SET run = ?", text)
    (reply,) = await talk("/export")
    assert reply.document is not None
    assert len(json.loads(reply.document.content)["guides"]) == 1

    await talk(button="forget:yes")

    assert rows(database, "SELECT * FROM runs") == []


# Time zones

MIDNIGHT = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
"""Half past midnight in China on the 23rd; the morning of the 22nd in Los Angeles."""


@pytest.mark.parametrize(
    ("zone", "day", "tomorrow"),
    [("Asia/Shanghai", 23, "2026-11-24"), ("America/Los_Angeles", 22, "2026-11-23"), ("UTC", 22, "2026-11-23")],
)
async def test_time_zone(talk: "Talk", database: Path, zone: str, day: int, tomorrow: str) -> None:
    """The file keeps UTC; people see the days of the conversation's time zone, and their today decides what is future."""
    talk = with_store(talk, talk.store, ZoneInfo(zone))
    talk.now = MIDNIGHT
    assert f"从2026年11月{day}日开始等，到今天是第1天。" in shown(await walk(talk, "wait"))
    assert f"✓ 去要（2026年11月{day}日）" in shown(await talk("/progress"))
    run = await run_of(talk, "letters")
    assert {run.started, run.since["wait"], *run.done.values()} == {"2026-11-22T16:30:00+00:00"}
    assert {at for (at,) in rows(database, "SELECT at FROM steps UNION SELECT at FROM facts")} == {
        "2026-11-22T16:30:00+00:00"
    }

    await talk("我的日期")
    assert "还没到呢" in shown(await talk(tomorrow))
    await talk("今天")
    assert (await progress(talk)).facts["obtained"] == f"2026-11-{day}"
    talk.now += timedelta(hours=7)
    assert f"欢迎回来。上次（2026年11月{day}日）" in shown(await talk("/start"))


@pytest.mark.parametrize(("hours", "days"), [(0, 1), (6.9, 1), (7.6, 2), (24 * 7, 8)])
async def test_days_of_waiting_begin_at_local_midnight(talk: "Talk", hours: float, days: int) -> None:
    """A day of waiting ends at midnight where people are."""
    talk = with_store(talk, talk.store, ZoneInfo("Asia/Shanghai"))
    await walk(talk, "wait")  # at 16:30 in China
    talk.now += timedelta(hours=hours)

    assert f"到今天是第{days}天" in shown(await talk(button="go:letters:wait:waiting:3"))


async def test_moment_in_another_zone_is_the_same(talk: "Talk", database: Path) -> None:
    """A channel may give its moments in any time zone."""
    talk.now = MIDNIGHT.astimezone(timezone(timedelta(hours=8)))
    await walk(talk, "wait")

    assert (await run_of(talk, "letters")).since == {"wait": "2026-11-22T16:30:00+00:00"}
    assert rows(database, "SELECT DISTINCT at FROM steps") == [("2026-11-22T16:30:00+00:00",)]
