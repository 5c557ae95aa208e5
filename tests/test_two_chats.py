"""Two chat processes on one database file: as two people, and as one person who types in two windows."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.channels.terminal import CHANNEL
from bot.store import Store
from tests.chat_processes import Oracle, PipedChat, rows_of, small_oracle, tables, without_times

WANG = (
    *("要信", "系统几月开放？", "不给办", "1", "怎么交罚款？", "要了", "/back", "要了", "助理", "还没到"),
    *("信到了", "原件", "1", "1 2", "没有复印件", "官网网址是什么？", "都齐了", "/progress", "先放着", "有帮助"),
)
LI = (
    *("good morning", "My dates", "I do not know", "In which month does the system open?", "1", "Nov 2025"),
    *("I am not", "/back", "1", "99", "5", "All right", "get a letter", "怎么交罚款？", "I asked", "doctor"),
    *("It is lost", "Once more: My dates", "/back", "pause"),
)


@pytest.fixture(name="oracle")
def _oracle(folder: Path, tmp_path: Path) -> Oracle:
    return small_oracle(folder, tmp_path / "flows")


async def stored_about(database: Path, name: str) -> dict[str, Any]:
    """Return everything that is stored about a person, without the times and the person's number."""
    async with await Store.open(database) as store:
        memory = await store.recall(CHANNEL, name)
        assert memory is not None
        found: dict[str, Any] = json.loads(without_times(json.dumps(await store.export(memory.person.id))))
    del found["person"]["id"]
    return found


def times_asked(database: Path) -> Counter[str]:
    """Return how often each unanswered question was asked."""
    return Counter(dict(rows_of(database, "SELECT text, times_asked FROM unanswered")))


@pytest.mark.parametrize("in_turn", [True, False], ids=["in turn", "at once"])
async def test_two_people(oracle: Oracle, database: Path, tmp_path: Path, *, in_turn: bool) -> None:
    """Two people at once, from the making of the database on, are answered and remembered as if each were alone."""
    alone = {
        name: await oracle.foresee(tmp_path / f"{name}.db", ["/start", *lines], name)
        for name, lines in (("wang", WANG), ("li", LI))
    }
    with PipedChat(oracle.arguments(database, "wang")) as wang, PipedChat(oracle.arguments(database, "li")) as li:
        if in_turn:
            for number, (mine, theirs) in enumerate(zip(WANG, LI, strict=True), 2):
                for chat, name, line in ((wang, "wang", mine), (li, "li", theirs)):
                    chat.type(line)
                    chat.read(b"".join(alone[name].texts[:number]))
        else:
            wang.read(alone["wang"].texts[0])
            li.read(alone["li"].texts[0])
            wang.type(*WANG)
            li.type(*LI)
        left_with = wang.leave(), li.leave()

    assert left_with == (0, 0)
    assert wang.said == b"".join(alone["wang"].texts)
    assert li.said == b"".join(alone["li"].texts)
    for name in ("wang", "li"):
        assert await stored_about(database, name) == await stored_about(tmp_path / f"{name}.db", name)
    each = [times_asked(tmp_path / f"{name}.db") for name in alone]
    assert times_asked(database) == each[0] + each[1]
    assert times_asked(database)["怎么交罚款？"] == 2
    assert rows_of(database, "PRAGMA integrity_check") == [("ok",)]


async def test_one_person_in_two_windows(oracle: Oracle, database: Path, tmp_path: Path) -> None:
    """Who types now in one window and now in the other is answered and remembered as in a single one."""
    lines = [line for pair in zip(WANG, LI, strict=True) for line in pair]
    single = await oracle.foresee(tmp_path / "single.db", ["/start", "/start", *lines])
    with ExitStack() as stack:
        windows = []
        for greeting in single.texts[:2]:
            windows.append(stack.enter_context(PipedChat(oracle.arguments(database))))
            windows[-1].read(greeting)
        for number, line in enumerate(lines):
            window = windows[number % 2]
            window.type(line)
            window.read(b"".join(single.texts[number % 2 : number + 3 : 2]))
        left_with = [window.leave() for window in windows]

    assert left_with == [0, 0]
    assert [window.said for window in windows] == [b"".join(single.texts[side::2]) for side in (0, 1)]
    assert tables(database) == single.states[-1]
    assert rows_of(database, "PRAGMA integrity_check") == [("ok",)]


async def test_one_person_in_two_windows_at_once(oracle: Oracle, database: Path) -> None:
    """Of what one person ticks in two windows at once nothing is lost, and every reply shows the ticks of both so far."""
    foreseen = await oracle.foresee(database, ["要信", "要了", "助理", "信到了", "照片", "/start"])
    typed = {"letter": ["信的原件", "没有信的原件"] * 30, "photo": ["没有照片", "照片"] * 30}
    labels = {"letter": "信的原件", "photo": "照片"}
    with ExitStack() as stack:
        windows = {item: stack.enter_context(PipedChat(oracle.arguments(database))) for item in typed}
        for window in windows.values():
            window.read(foreseen.texts[-1])
        for item, lines in typed.items():
            windows[item].type(*lines)
        left_with = [window.leave() for window in windows.values()]
    first, *notes = rows_of(database, "SELECT detail, what FROM steps WHERE what LIKE '%ticked' ORDER BY id")
    ticked = {first[0]}
    after: dict[str, list[set[str]]] = {item: [] for item in typed}
    for item, what in notes:
        ticked = ticked | {item} if what == "ticked" else ticked - {item}
        after[item].append({labels[name] for name in ticked})

    assert left_with == [0, 0]
    for item, window in windows.items():
        _greeting, *replies, end = window.said.decode().split("\n\n")
        assert [what for name, what in notes if name == item] == [
            "unticked" if line.startswith("没有") else "ticked" for line in typed[item]
        ]
        assert [set(re.findall("☑ (.*)", reply)) for reply in replies] == after[item]
        assert end == ""
    run = json.loads(rows_of(database, "SELECT run FROM runs")[0][0])
    assert set(run["ticks"]["papers"]) == ticked == {"photo"}
    assert rows_of(database, "PRAGMA integrity_check") == [("ok",)]
