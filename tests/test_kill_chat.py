"""A chat process that is killed again and again, while it reads, computes, commits and prints: nobody loses their place."""

import logging
import os
import random
import shutil
import time
from collections import Counter
from itertools import accumulate
from pathlib import Path

import pytest

from tests.chat_processes import Foreseen, Oracle, PipedChat, State, copied, rows_of, small_oracle, tables

log = logging.getLogger(__name__)

KILLS = 100 if "SOAK" in os.environ else 6
PAUSE = 0.02
"""A kill falls at most so many seconds after a reply: within the next few turns."""
MOMENTS = ("work", "commit", "work", "rest", "commit", "start")
"""When the kills fall: in the middle of turns, while one is written, while nothing is to do, before the greeting."""
AHEAD = 12
"""So many lines more than are answered by then have been typed, so that the process is at work when it is killed."""

SCRIPT = (
    # Every line means the same after a restart, or the pair of lines that belong together comes twice.
    *("要信", "重新办：等一封信", "要信", "重新办：等一封信"),
    *("系统几月开放？", "不给办", "1", "要带几张照片？", "要了", "/back", "要了", "助理"),
    *("还没到", "怎么交罚款？", "信丢了"),
    *("2025年12月", "官网网址是什么？", "还没注册", "/back", "2", "0", "5", "申请表要打印几份？", "好了"),
    *("要了", "信到了"),
    *("原件", "1", "1 2", "没有复印件", "In which month does the system open?", "照片", "/progress", "都齐了"),
    *("齐了，交上去", "官网网址是什么？", "有帮助"),
    *("我的日期", "重新办：我的日期", "我的日期", "重新办：我的日期"),
    *("注册了", "不清楚", "2", "先放着", "我的日期", "知道了"),
    *("要信", "重新办：等一封信", "要信", "重新办：等一封信"),
    *("/restart", "从头开始", "/restart", "从头开始"),
    *("先放着", "/guides", "要信", "/back", "单位不肯", "不办了"),
)
HAPPENED = {"started", "restarted", "entered", "answered", "skipped", "ticked", "unticked", "went-back", "ended"}


@pytest.fixture(name="oracle")
def _oracle(folder: Path, tmp_path: Path) -> Oracle:
    return small_oracle(folder, tmp_path / "flows")


async def test_killed_chat_goes_on_where_the_person_was(oracle: Oracle, database: Path, tmp_path: Path) -> None:
    """Whenever the process is killed: what was shown is stored, of the next turn all or nothing, and it goes on there."""
    dice = random.Random(20261231)
    fates: Counter[str] = Counter()
    inputs: list[str] = []
    position, start = 0, 0.0
    for kill in range(KILLS):
        moment = MOMENTS[kill % len(MOMENTS)]
        replies = 0 if moment == "start" else dice.randint(1, 8)
        count = max(0, replies - 1) + (0 if moment == "rest" else AHEAD)
        lines = [SCRIPT[(position + more) % len(SCRIPT)] for more in range(count)]
        foreseen = await oracle.foresee(copied(database, tmp_path / "foreseen"), ["/start", *lines])
        with PipedChat(oracle.arguments(database)) as chat:
            began = time.monotonic()
            chat.type(*lines)
            chat.read(b"".join(foreseen.texts[:replies]))
            if moment == "start":
                said = chat.kill(dice.uniform(0.7, 1.1) * start)
            elif moment == "commit":
                said = chat.kill_as_it_writes(database.with_name(f"{database.name}-wal"))
            else:
                start = time.monotonic() - began
                said = chat.kill(dice.uniform(0, PAUSE))
        left = copied(database, tmp_path / "left")
        seen, stored = whole_turns(foreseen, said), tables(left)

        assert b"".join(foreseen.texts).startswith(said)
        assert seen >= replies
        assert stored in foreseen.states[seen : seen + 2]
        assert rows_of(left, "PRAGMA integrity_check") == [("ok",)]
        assert rows_of(left, "PRAGMA foreign_key_check") == []

        shutil.rmtree(tmp_path / "foreseen")
        shutil.rmtree(tmp_path / "left")
        fates[fate(foreseen, seen, stored)] += 1
        committed = foreseen.states.index(stored, seen)
        inputs += ["/start", *lines][:committed]
        position = (position + max(0, committed - 1)) % len(SCRIPT)
    log.info("%s kills, %s turns: %s", KILLS, len(inputs), dict(fates))

    lines = [*SCRIPT[position:], *SCRIPT]
    with PipedChat(oracle.arguments(database)) as chat:
        chat.type(*lines)
        status = chat.leave()
    never_killed = await oracle.foresee(tmp_path / "never-killed.db", [*inputs, "/start", *lines])

    assert (status, chat.said) == (0, b"".join(never_killed.texts[len(inputs) :]))
    assert tables(database) == never_killed.states[-1]
    assert {what for (what,) in rows_of(database, "SELECT what FROM steps")} >= HAPPENED
    assert KILLS < 100 or {"before the commit", "after the commit"} <= fates.keys()


def whole_turns(foreseen: Foreseen, said: bytes) -> int:
    """Return how many replies were said to the end."""
    return sum(end <= len(said) for end in accumulate(map(len, foreseen.texts)))


def fate(foreseen: Foreseen, seen: int, stored: State) -> str:
    """Return in what the process was killed."""
    if seen == len(foreseen.texts):
        return "waiting for input"
    if foreseen.states[seen] == foreseen.states[seen + 1]:
        return "a turn that changes nothing"
    when = "before" if stored == foreseen.states[seen] else "after"
    return f"{when} the commit{'' if seen else ' of the greeting'}"
