"""What the store remembers and forgets: real files, closed and opened again between steps."""

import asyncio
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.records import Feedback, Memory, Person, Preferences, Reminder, TurnChange, Unanswered, UnansweredReport
from bot.store import KEEP_HANDLED, Store
from tests.store_helpers import (
    NOW,
    QUESTION,
    bytes_of,
    commit,
    error_of,
    known,
    other_process,
    rows,
    somebody,
    turn,
    using,
)

REMINDER = Reminder("year-end-30", date(2026, 12, 31), "year-end", datetime(2026, 12, 1, 9, tzinfo=UTC), 30)


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


# What is remembered


async def test_person_is_made_once_and_seen_often(path: Path) -> None:
    assert await using(path, lambda store: store.recall("telegram", "me")) is None
    first = await somebody(path)
    assert first == Person(1, "telegram", "me", None, None, NOW, NOW)
    later = (NOW + timedelta(days=3)).astimezone(timezone(timedelta(hours=8)))
    await commit(path, turn(now=later))
    assert await somebody(path) == replace(first, language="zh", last_seen=NOW + timedelta(days=3))
    await commit(path, replace(turn(), key=replace(turn().key, channel="terminal")))
    assert rows(path, "SELECT id, channel, last_seen FROM people") == [
        (1, "telegram", "2026-11-25T08:30:15+00:00"),
        (2, "terminal", "2026-11-22T08:30:15+00:00"),
    ]


async def test_work_sees_what_is_known(path: Path) -> None:
    seen: list[Memory] = []

    def work(memory: Memory) -> TurnChange:
        seen.append(memory)
        return turn(state={"n": len(seen)}).change

    async with await Store.open(path) as store:
        for number in range(3):
            assert await store.turn(turn(update_id=str(number)).key, work)
    assert [dict(memory.offer) for memory in seen] == [{}, {"n": 1}, {"n": 2}]
    assert {memory.person.id for memory in seen} == {1}


async def test_work_that_fails_undoes_the_turn(path: Path) -> None:
    def work(memory: Memory) -> TurnChange:
        raise ZeroDivisionError

    async with await Store.open(path) as store:
        with pytest.raises(ZeroDivisionError):
            await store.turn(turn().key, work)
        assert await store.recall("telegram", "me") is None
        assert await turn().take(store)


async def test_work_is_not_done_for_a_message_that_was_handled(path: Path) -> None:
    def work(memory: Memory) -> TurnChange:
        pytest.fail("the work was done")

    await commit(path, turn())
    assert not await using(path, lambda store: store.turn(turn().key, work))


async def test_time_without_zone_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="the time 2026-11-22 08:30:15 has no time zone"):
        await commit(path, turn(now=NOW.replace(tzinfo=None)))


async def test_turn_is_remembered(path: Path) -> None:
    person = await somebody(path)
    assert (await known(path)).offer == {}
    offer = {"buttons": ["激活", "提交"], "page": 2}
    await commit(path, turn(chosen_language="en", state=offer))
    assert (await known(path)).offer == offer
    assert await somebody(path) == replace(person, language="zh", chosen_language="en")
    await commit(path, turn(update_id="2"))
    assert (await known(path)).offer == {}
    assert await somebody(path) == replace(person, language="zh")


async def test_second_delivery_changes_nothing(path: Path) -> None:
    first = turn(state={"n": 1}, unanswered=QUESTION)
    assert await commit(path, first) == [True]
    assert rows(path, "SELECT channel, update_id FROM handled") == [("telegram", "1")]
    second = turn(language="en", state={"n": 2}, feedback=Feedback("x", "en", helpful=True))
    before = rows(path, "SELECT * FROM people, turns, unanswered, handled")
    assert await commit(path, second) == [False]
    assert rows(path, "SELECT * FROM people, turns, unanswered, handled") == before
    assert rows(path, "SELECT * FROM feedback") == []
    assert await commit(path, replace(second, key=replace(second.key, channel="web"))) == [True]


async def test_of_many_deliveries_at_once_one_counts(path: Path) -> None:
    async with await Store.open(path) as store:
        done = await asyncio.gather(*(turn(unanswered=QUESTION).take(store) for _ in range(20)))
        assert sorted(done) == [False] * 19 + [True]
        assert [report.times_asked for report in await store.unanswered(9)] == [1]


async def test_message_without_a_name_always_counts(path: Path) -> None:
    assert await commit(path, turn(update_id=None), turn(update_id=None)) == [True, True]
    assert rows(path, "SELECT * FROM handled") == []


async def test_old_deliveries_are_forgotten(path: Path) -> None:
    await commit(path, *(turn(update_id=str(days), now=NOW + timedelta(days=days)) for days in (0, 1, 8)))
    assert timedelta(days=7) == KEEP_HANDLED
    assert rows(path, "SELECT update_id FROM handled ORDER BY at") == [("1",), ("8",)]


async def test_newest_opinion_counts(path: Path) -> None:
    opinions = [
        Feedback("fees", "zh", helpful=True),
        Feedback("dates", "zh", helpful=True),
        Feedback("fees", "en", helpful=False),
    ]
    await commit(path, *(turn(update_id=None, feedback=opinion) for opinion in opinions))
    counts = await using(path, lambda store: store.counts())
    assert counts == {"people": 1, "helpful": 1, "not_helpful": 1, "unanswered": 0}


async def test_unanswered_questions_come_most_asked_first(path: Path) -> None:
    later, last = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    asked = [(QUESTION, NOW), (replace(QUESTION, text="另一个"), last), (replace(QUESTION, language="en"), NOW)]
    asked += [(replace(QUESTION, verdict="none", matches=()), later)]
    for number, (question, now) in enumerate(asked):
        await commit(path, turn(f"person {number}", str(number), now, unanswered=question))
    reports = await using(path, lambda store: store.unanswered(9))
    assert reports == [
        UnansweredReport(1, replace(QUESTION, verdict="none", matches=()), 2, NOW, later, frozenset({1, 4})),
        UnansweredReport(2, replace(QUESTION, text="另一个"), 1, last, last, frozenset({2})),
        UnansweredReport(3, replace(QUESTION, language="en"), 1, NOW, NOW, frozenset({3})),
    ]
    assert await using(path, lambda store: store.unanswered(1)) == reports[:1]


async def test_export_shows_everything_about_one_person(path: Path) -> None:
    person, other = await somebody(path), await somebody(path, "other")
    feedback = Feedback("fees", "zh", helpful=False)
    for who, hour in ((person, 9), (other, 20)):
        change = turn(
            who.channel_id,
            str(who.id),
            state={"who": who.channel_id},
            feedback=feedback,
            unanswered=QUESTION,
            preferences=Preferences("Europe/London", hour, ("waiting",), date(2026, 12, 1)),
            planned=[REMINDER],
        )
        await commit(path, change)
    export = await using(path, lambda store: store.export(person.id))
    time = "2026-11-22T08:30:15+00:00"
    assert json.loads(json.dumps(export)) == {
        "person": {
            "id": 1,
            "channel": "telegram",
            "channel_id": "me",
            "language": "zh",
            "chosen_language": None,
            "first_seen": time,
            "last_seen": time,
            "unreachable_since": None,
        },
        "feedback": [{"entry": "fees", "language": "zh", "helpful": False, "given_at": time}],
        "unanswered": [
            {"text": QUESTION.text, "language": "zh", "hears": False, "asked_at": "2026-11-22T08:30:15+00:00"}
        ],
        "last_offer": {"who": "me"},
        "guides": [],
        "told": [],
        "steps": [],
        "wishes": [{"zone": "Europe/London", "hour": 9, "off": ["waiting"], "later": "2026-12-01"}],
        "reminders": [
            {
                "rule": "year-end-30",
                "day": "2026-12-31",
                "due_at": "2026-12-01T09:00:00+00:00",
                "state": "pending",
                "reason": None,
            }
        ],
    }
    assert await using(path, lambda store: store.export(99)) == {}


# What is forgotten


async def test_forgotten_person_leaves_only_what_others_asked(path: Path) -> None:
    other, person = await somebody(path, "other"), await somebody(path)
    own = replace(QUESTION, text="only mine")
    for number, (who, question) in enumerate([(person, QUESTION), (other, QUESTION), (person, own)]):
        feedback = Feedback(f"entry {number}", "zh", helpful=True)
        one = turn(
            who.channel_id,
            str(number),
            state={"who": who.channel_id},
            unanswered=question,
            feedback=feedback,
            preferences=Preferences(hour=9),
            planned=[REMINDER],
        )
        await commit(path, one)
    await using(path, lambda store: store.forget(person.id))
    assert await using(path, lambda store: store.export(person.id)) == {}
    assert [report.question for report in await using(path, lambda store: store.unanswered(9))] == [QUESTION]
    for table in ("unanswered_by", "reminder_settings", "reminders"):
        assert rows(path, f"SELECT person FROM {table}") == [(other.id,)]
    counts = await using(path, lambda store: store.counts())
    assert counts == {"people": 1, "helpful": 1, "not_helpful": 0, "unanswered": 1}
    assert rows(path, "PRAGMA user_version") == [(0,)]
    assert (await somebody(path)).id == 3


@pytest.mark.parametrize("seed", range(5))
async def test_forgotten_text_is_in_none_of_the_files(seed: int, path: Path) -> None:
    """Rows of all lengths that move between pages: there secure_delete alone leaves copies behind."""
    dice = random.Random(seed)
    async with await Store.open(path) as store:
        people = {f"<person {number}>": await somebody(path, f"<person {number}>") for number in range(8)}
        for _ in range(100):
            name = dice.choice(list(people))
            long = name * dice.choice([1, 10, 50, 500])
            question = Unanswered(long + str(dice.random()), "en", "none")
            await turn(name, None, state={"text": long}, unanswered=question).take(store)
        for name, person in people.items():
            assert name.encode() in bytes_of(path)
            await store.forget(person.id)
            assert name.encode() not in bytes_of(path)


@pytest.mark.parametrize("again", ["open", "forget"])
async def test_text_that_a_reader_kept_alive_goes_the_next_time(again: str, path: Path) -> None:
    person = await somebody(path, "<person>")
    async with await Store.open(path, busy_timeout=0.05) as store:
        with other_process(path, "BEGIN; SELECT * FROM people"):
            assert await error_of(store.forget(person.id)) == f"the database {path} is in use by another process"
            assert await store.export(person.id) == {}
            assert b"<person>" in bytes_of(path)
            await using(path, lambda other: other.counts())  # opens although the reader is still there
        assert b"<person>" in bytes_of(path)
        if again == "forget":
            await store.forget(person.id)
        else:
            await using(path, lambda other: other.counts())
        assert b"<person>" not in bytes_of(path)
