"""Where people are, as it stands in the database: written with the turn, all at once or not at all."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import replies
from bot.store import Store
from faq.text import LANGUAGES, Language
from tests.guide_helpers import button, execute, place, progress, rows, shown, walk, with_store

if TYPE_CHECKING:
    from tests.conftest import Talk

APOLOGY = {"zh": replies.said("zh", "store-failed"), "en": replies.said("en", "store-failed")}
QUESTION = {"zh": "系统几月开放？", "en": "In which month does the system open?"}
TABLES = ("people", "runs", "facts", "steps", "turns", "unanswered", "handled")


def dump(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything that the database holds."""
    return {table: rows(database, f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}


# All at once


async def test_rows_of_a_turn(talk: "Talk", database: Path) -> None:
    """A turn writes the run, what was told and the history, each in its table."""
    await walk(talk, "wait")
    talk.now += timedelta(hours=1)
    await talk("我的日期")

    assert rows(database, "SELECT flow, current, run ->> 'step' FROM runs ORDER BY flow") == [
        ("dates", 1, "obtained"),
        ("letters", 0, "wait"),
    ]
    assert rows(database, "SELECT name, value, at FROM facts") == [("role", '"physician"', "2026-11-22T08:30:00+00:00")]
    assert rows(database, "SELECT flow, step, what, detail, at FROM steps ORDER BY id")[-4:] == [
        ("letters", "role", "answered", "physician", "2026-11-22T08:30:00+00:00"),
        ("letters", "wait", "entered", None, "2026-11-22T08:30:00+00:00"),
        ("dates", "", "started", None, "2026-11-22T09:30:00+00:00"),
        ("dates", "obtained", "entered", None, "2026-11-22T09:30:00+00:00"),
    ]


async def test_history(talk: "Talk", database: Path) -> None:
    """The history has a line for everything that happens on the way, with its detail, and none for what moves nothing."""
    await walk(talk, "papers")
    for text in (
        "1 3",
        "1",
        "上一步",
        "系统几月开放？",
        "/progress",
        "收到了",
        "没齐也先看",
        "/restart",
        "从头开始",
        "要了",
        "先放着",
    ):
        await talk(text)

    assert [(step, what, detail) for step, what, detail in rows(database, "SELECT step, what, detail FROM steps")][
        8:
    ] == [
        ("papers", "ticked", "letter"),
        ("papers", "ticked", "photo"),
        ("papers", "unticked", "letter"),
        ("wait", "went-back", None),
        ("wait", "entered", None),
        ("wait", "answered", "here"),
        ("papers", "entered", None),
        ("papers", "answered", "anyway"),
        ("finished", "entered", None),
        ("finished", "ended", "done"),
        ("", "restarted", None),
        ("ask", "entered", None),
        ("ask", "answered", "asked"),
        ("role", "skipped", "role"),
        ("wait", "entered", None),
    ]


async def test_process_is_killed_and_started_again(talk: "Talk", database: Path) -> None:
    """Everything that was shown stands in the file: another process goes on where one is, with the same buttons."""
    there = await walk(talk, "papers")
    await talk("1")
    await talk.store.close()

    async with await Store.open(database) as store:
        again = with_store(talk, store)
        assert shown(await again("/start")).count("☑") == 1
        await again(button=button(there, "没齐也先看"))
        assert await place(again) == "finished"


FAILING = {
    **{f"{table} cannot be written": f"CREATE TRIGGER fail BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END" for table in ("runs", "facts", "steps", "turns")},
    "people cannot be updated": "CREATE TRIGGER fail BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no'); END",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("sql", FAILING.values(), ids=FAILING)
async def test_failing_commit(talk: "Talk", database: Path, sql: str, language: Language) -> None:
    """When any part of a turn cannot be written nothing is, the reply is an apology, and one is where one was."""
    there = await walk(talk, "role", language)
    before = dump(database)
    execute(database, sql)
    first = {"zh": "助理医师", "en": "Assistant"}[language]

    assert await talk(first, update_id="7") == [APOLOGY[language]]
    assert await talk(button=there[0].buttons[0].data) == [APOLOGY[language]]
    assert dump(database) == before

    execute(database, "DROP TRIGGER fail")
    assert await talk("/start") == there
    await talk(first, update_id="7")
    assert await place(talk) == "wait"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_question_at_a_step_when_the_commit_fails(talk: "Talk", database: Path, language: Language) -> None:
    """A question at a step is answered all the same, above the step, with an apology."""
    await walk(talk, "wait", language)
    expected = await talk(QUESTION[language])
    execute(database, FAILING["people cannot be updated"])

    assert await talk(QUESTION[language]) == [*expected, APOLOGY[language]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_database_in_use(talk: "Talk", database: Path, language: Language) -> None:
    """While another process writes for long, no step is taken, and afterwards it can be."""
    there = await walk(talk, "wait", language)
    async with await Store.open(database, busy_timeout=0.05) as store:
        impatient = with_store(talk, store)
        before = dump(database)
        with closing(sqlite3.connect(database)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await impatient("1") == [APOLOGY[language]]
            assert (await impatient(QUESTION[language]))[-1] == APOLOGY[language]
        assert dump(database) == before
        assert await impatient("/start") == there


async def test_disk_is_full(talk: "Talk") -> None:
    """When there is no more room, the last step that was shown is the one that stands in the file."""
    await walk(talk, "ask")
    store = talk.store

    async def limit(pages: int) -> None:
        await store._run(lambda: store._database.execute(f"PRAGMA max_page_count = {pages}").fetchall())

    await limit(1)  # as many as there are: SQLite takes no less
    seen = "ask"
    for turn in range(2000):
        found = await talk("要了" if turn % 2 == 0 else "上一步")
        if found == [APOLOGY["zh"]]:
            break
        seen = "role" if turn % 2 == 0 else "ask"
    else:
        pytest.fail("the disk did not become full")

    assert await place(talk) == seen
    await limit(1_000_000)
    await talk("要了" if seen == "ask" else "上一步")
    assert await place(talk) != seen


@pytest.mark.parametrize("turn", ["要了", "/restart", "单位不肯", "我的日期", "button"])
async def test_delivered_twice(talk: "Talk", database: Path, turn: str) -> None:
    """A message or press that is delivered again takes no second step, also after others."""
    there = await walk(talk, "ask")
    arguments = {"button": button(there, "要了")} if turn == "button" else {"text": turn}
    await talk(**arguments, update_id="7")
    before = dump(database)
    assert await talk(**arguments, update_id="7") == []
    assert dump(database) == before
    await talk("/progress", update_id="8")
    before = dump(database)

    assert await talk(**arguments, update_id="7") == []
    assert dump(database) == before


# What is kept of a person


async def test_forgetting(talk: "Talk", database: Path) -> None:
    """Forgetting removes runs, what was told and the history, from the bytes of the files as well; others keep theirs."""
    other = type(talk)(talk.conversation, talk.store, "other")
    await walk(other, "wait")
    await walk(talk, "years")
    await talk("7")
    await walk(talk, "papers")
    stored = b"".join(path.read_bytes() for path in database.parent.glob("regbot.db*"))
    assert b'2026-11"' in stored
    await talk(button="forget:yes")

    stored = b"".join(path.read_bytes() for path in database.parent.glob("regbot.db*"))
    for word in (b"obtained", b"papers", b'2026-11"'):
        assert word not in stored
    assert rows(database, "SELECT count(*) FROM runs") == [(1,)]
    assert await place(other) == "wait"
    assert await place(talk) is None
    assert (await progress(talk)).facts == {}


async def test_people_are_apart(talk: "Talk") -> None:
    """Several people go their own ways at once, and none sees anything of the others."""
    people = {
        step: type(talk)(talk.conversation, talk.store, step) for step in ("ask", "wait", "papers", "years", "finished")
    }
    await asyncio.gather(*(walk(person, step) for step, person in people.items()))

    for step, person in people.items():
        assert await place(person) == step
    assert (await progress(people["ask"])).facts == {}
    assert (await progress(people["years"])).facts == {"obtained": "2026-11"}
