"""A chat in the terminal shows what is due when it opens: once, above everything else, however the last one ended."""

import asyncio
import io
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.channels.terminal import CHANNEL, Terminal
from bot.conversation import Conversation
from bot.messages import Incoming
from bot.reminders.queue import ReminderQueue
from bot.store import Store
from bot.texts.reminders import REMINDER_TEXTS
from faq.matcher import Matcher
from tests.chat_processes import PipedChat
from tests.reminder_people import (
    ZONE,
    Clock,
    Someone,
    add,
    china,
    claim,
    make_overdue,
    project_library,
    project_reminding,
    states,
    waiting,
)
from tests.store_helpers import other_process

JOINED: Final = china(11, 25)
EVENING: Final = china(12, 1, 23)
"""After the first reminder of the year's end is due, in the quiet hours."""
DUE: Final = "离2026年12月31日还有30天"
ASKED: Final = "你让我再提醒你一次"
WELCOME: Final = "我是医师电子化注册助手"


class Room:
    """Where somebody called "me" opens chats."""

    def __init__(self, store: Store, matcher: Matcher) -> None:
        self.store = store
        self.clock = Clock(EVENING)
        self.conversation = Conversation(matcher, store, project_library(), ZONE)

    def terminal(self) -> Terminal:
        return Terminal(self.conversation, "me", self.clock)


@pytest.fixture(name="room")
async def _room(database: Path, project_matcher: Matcher) -> AsyncIterator[Room]:
    async with await Store.open(database, busy_timeout=0.05) as store:
        await add(store, project_reminding(), JOINED, Someone(name="me", channel=CHANNEL))
        yield Room(store, project_matcher)


async def chat(room: Room, monkeypatch: pytest.MonkeyPatch, typed: str = "") -> str:
    """Open a chat over a pipe in this process, type, and return what was printed."""
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys, "stdout", output)
    await room.terminal().run()
    return output.getvalue()


def noted(database: Path, rule: str = "year-end-30") -> list[str]:
    """Return the state of the reminder that had become due."""
    return [row.state for row in states(database, channel=CHANNEL) if row.rule == rule]


async def test_what_is_due_is_shown_once_before_the_greeting(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sits there wants to see it, whatever the hour."""
    first, second = await chat(room, monkeypatch), await chat(room, monkeypatch)

    assert first.index(DUE) < first.index(WELCOME)
    assert first.count(DUE) == 1
    assert DUE not in second
    assert WELCOME in second
    assert noted(database) == ["sent"]


async def test_what_is_due_stands_with_the_step(
    database: Path, project_matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step that somebody is at comes below it, and its buttons have the first numbers."""
    someone = Someone(name="me", channel=CHANNEL, **waiting("activation", "wait-code", china(11, 30)))
    async with await Store.open(database) as store:
        await add(store, project_reminding(), JOINED, someone)
        room = Room(store, project_matcher)
        shown = await chat(room, monkeypatch)
        step = project_library().flow("activation").at("wait-code").texts["zh"].title  # type: ignore[union-attr]
        assert 0 <= shown.index(DUE) < shown.rindex(step)
        last = shown.strip().rpartition("\n\n")[2]
        assert "[1] " in last


@pytest.mark.parametrize("key", ["remind-done", "remind-later", "remind-stop"])
async def test_numbers_of_its_buttons_work(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """They are those that stand there, although the greeting below has buttons as well."""
    shown = await chat(room, monkeypatch)
    number = re.search(rf"\[(\d+)\] {re.escape(REMINDER_TEXTS[key]['zh'])}", shown[: shown.index(WELCOME)])
    assert number
    await room.store.write(lambda db: db.execute("UPDATE reminders SET state = 'pending' WHERE state = 'sent'"))

    again = await chat(room, monkeypatch, f"{number[1]}\n")

    assert again.startswith(shown.rstrip("\n"))
    expected = {"remind-done": "remind-done-said", "remind-later": "remind-later-ask", "remind-stop": "remind-stopped"}
    assert REMINDER_TEXTS[expected[key]]["zh"].partition("{")[0][:12] in again[len(shown.rstrip()) :]
    assert ("pending" in {row.state for row in states(database, channel=CHANNEL)}) == (key == "remind-later")


async def test_what_a_dead_chat_left_is_shown_again(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was killed before it was noted may not have shown it."""
    assert await claim(ReminderQueue(room.store, CHANNEL), project_reminding(), china(12, 1)) == ["me"]
    assert noted(database) == ["sending"]

    assert DUE in await chat(room, monkeypatch)
    assert noted(database) == ["sent"]
    assert DUE not in await chat(room, monkeypatch)


async def test_what_could_not_be_shown_is_not_noted_as_shown(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left on its way by a dead chat, and the next one opens while the database is locked: the one after that shows it."""
    await claim(ReminderQueue(room.store, CHANNEL), project_reminding(), china(12, 1))
    async with room.conversation.opening(CHANNEL, "me", room.clock) as opens:
        with other_process(database, "BEGIN IMMEDIATE"):
            replies = await room.conversation.turn(Incoming(CHANNEL, "me", EVENING, text="/start", opens=opens))
    assert DUE not in str(replies)

    assert noted(database) == ["pending"]
    assert DUE in await chat(room, monkeypatch)


async def test_chat_that_fails_to_show_it_notes_nothing(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(io.StringIO):
        """A pipe whose reader is gone."""

        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Closed())
        with pytest.raises(BrokenPipeError):
            await room.terminal().run()
    assert noted(database) == ["sending"]

    assert DUE in await chat(room, monkeypatch)
    assert noted(database) == ["sent"]


async def test_two_chats_that_open_at_once_show_it_once(room: Room, database: Path, project_matcher: Matcher) -> None:
    async def opened(conversation: Conversation) -> str:
        async with conversation.opening(CHANNEL, "me", room.clock) as opens:
            return str(await conversation.turn(Incoming(CHANNEL, "me", EVENING, text="/start", opens=opens)))

    async with await Store.open(database) as store:
        other = Conversation(project_matcher, store, project_library(), ZONE)
        shown = await asyncio.gather(*(opened(one) for one in (room.conversation, other) * 2))

    assert sum(DUE in one for one in shown) == 1
    assert all(WELCOME in one for one in shown)
    assert noted(database) == ["sent"]


async def test_chat_opens_while_another_one_holds_the_lock(
    room: Room, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows the greeting without what is due, which stays for the next time."""
    monkeypatch.setattr("bot.reminders.queue.OPENING", 0.05)
    lock = ReminderQueue(room.store, CHANNEL).lock()
    with lock:
        shown = await chat(room, monkeypatch)

    assert WELCOME in shown
    assert DUE not in shown
    assert DUE in await chat(room, monkeypatch)


async def test_locked_database(room: Room, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chat opens all the same, and what is due is shown by the next one."""
    with other_process(database, "BEGIN IMMEDIATE"):
        shown = await chat(room, monkeypatch)

    assert shown.strip()
    assert noted(database) == ["pending"]
    assert DUE in await chat(room, monkeypatch)


async def test_read_only_database(room: Room, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.store._run(lambda: room.store._database.execute("PRAGMA query_only = ON").fetchall())
    shown = await chat(room, monkeypatch, "系统几月开放？\n")
    await room.store._run(lambda: room.store._database.execute("PRAGMA query_only = OFF").fetchall())

    assert len(shown.strip().split("\n\n")) >= 2
    assert noted(database) == ["pending"]
    assert DUE in await chat(room, monkeypatch)


# Processes of their own, by the real clock


async def test_two_processes_that_open_at_once_show_it_once(database: Path) -> None:
    await make_overdue(database, 1, channel=CHANNEL)
    with ExitStack() as stack:
        chats = [stack.enter_context(PipedChat(["--database", database, "--name", "1"])) for _ in range(2)]
        left = [one.leave() for one in chats]

    assert left == [0, 0]
    assert sorted(one.said.decode().count(ASKED) for one in chats) == [0, 1]
    assert all(WELCOME in one.said.decode() for one in chats)
    assert noted(database, "later") == ["sent"]


async def test_process_shows_what_one_that_was_killed_left(database: Path) -> None:
    now = datetime.now(UTC)
    await make_overdue(database, 1, now, CHANNEL)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE reminders SET state = 'sending' WHERE due_at < ?", ((now - timedelta(hours=1)).isoformat(),)
        )
    said = []
    for _ in range(2):
        with PipedChat(["--database", database, "--name", "1"]) as one:
            assert one.leave() == 0
            said.append(one.said.decode().count(ASKED))

    assert said == [1, 0]
    assert noted(database, "later") == ["sent"]
