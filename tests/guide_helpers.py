"""Ways through the small library of flows, in both languages; and functions that look at replies and at what is stored."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.conversation import Conversation
from bot.messages import Reply
from bot.rendering import plain
from bot.store import Store
from faq.text import LANGUAGES, Language
from flows.journey import Progress
from flows.run import Run

if TYPE_CHECKING:
    from tests.conftest import Talk

GREETING: Mapping[Language, str] = {"zh": "早上好", "en": "good morning"}

_WAYS: Mapping[str, tuple[str, str, str]] = {
    "ask": ("", "等一封信", "Wait for a letter"),
    "trouble": ("ask", "单位不肯", "They refuse"),
    "given-up": ("trouble", "不办了", "Give up"),
    "role": ("ask", "要了", "I asked"),
    "wait": ("role", "执业医师", "Physician"),
    "papers": ("wait", "信到了", "It is here"),
    "finished": ("papers", "没齐也先看", "Go on anyway"),
    "obtained": ("", "我的日期", "My dates"),
    "look": ("obtained", "不清楚", "I do not know"),
    "registered": ("obtained", "2026年11月", "Nov 2026"),
    "years": ("registered", "注册了", "I am"),
    "result": ("years", "5", "5"),
    "done": ("result", "知道了", "All right"),
}
"""For every step the one before it, and what is typed there to get to it."""

STEPS = tuple(_WAYS)
ENDS = ("given-up", "finished", "done")
OPEN_STEPS = tuple(step for step in STEPS if step not in ENDS)
TYPED_STEPS = ("obtained", "years")
FLOW_OF = {step: "letters" if number < STEPS.index("obtained") else "dates" for number, step in enumerate(STEPS)}

FLOW_TITLES: Mapping[str, Mapping[Language, str]] = {
    "letters": {"zh": "等一封信", "en": "Wait for a letter"},
    "dates": {"zh": "我的日期", "en": "My dates"},
}


async def walk(talk: "Talk", step: str, language: Language = "zh") -> list[Reply]:
    """Begin a flow and go to a step by typing; return the last replies."""
    await talk(GREETING[language])
    return await _walk(talk, step, language)


async def _walk(talk: "Talk", step: str, language: Language) -> list[Reply]:
    before, *typed = _WAYS[step]
    if before:
        await _walk(talk, before, language)
    found = await talk(typed[LANGUAGES.index(language)])
    assert (await place(talk)) == step
    return found


async def progress(talk: "Talk") -> Progress:
    """Return the person's progress as it stands in the database."""
    memory = await talk.store.recall("test", talk.name)
    return memory.progress if memory else Progress()


async def place(talk: "Talk") -> str | None:
    """Return the step that the person is at, or where the flow ended that they are in."""
    run = (await progress(talk)).run
    return run.step if run else None


async def run_of(talk: "Talk", flow: str) -> Run:
    """Return the run of a flow that was begun."""
    return (await progress(talk)).runs[flow]


def shown(replies: Sequence[Reply]) -> str:
    """Return what the terminal shows."""
    return plain(replies)


def labels(replies: Sequence[Reply]) -> list[str]:
    """Return the labels of all buttons."""
    return [button.label for reply in replies for button in reply.buttons]


def button(replies: Sequence[Reply], label: str) -> str:
    """Return what the last button with this label carries."""
    return [found.data for reply in replies for found in reply.buttons if found.label == label][-1]


def content(replies: Sequence[Reply]) -> list[Reply]:
    """Return the replies as if all buttons had numbers: at a step where one types, none of them has."""
    return [replace(reply, numbered=True) for reply in replies]


def number(replies: Sequence[Reply], label: str) -> str:
    """Return the number under which the terminal shows a button."""
    numbered = [found.label for reply in replies if reply.numbered for found in reply.buttons]
    return str(numbered.index(label) + 1)


def later(talk: "Talk", **time: float) -> None:
    """Let time pass."""
    talk.now += timedelta(**time)


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return what a query of the database file gives."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


def execute(database: Path, sql: str, *values: str) -> None:
    """Change the database file from outside."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(sql, values)


def with_store(talk: "Talk", store: Store, zone: tzinfo = UTC) -> "Talk":
    """Return the same person's conversation with another store, as another process has it."""
    library = talk.conversation.assistant.library
    other = type(talk)(Conversation(talk.conversation.assistant.matcher, store, library, zone), store, talk.name)
    other.now = talk.now
    return other
