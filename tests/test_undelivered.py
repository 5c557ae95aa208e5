"""Replies that may not have arrived, and people who cannot be written to: what is noted, and until when."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from bot.guide_replies import GO
from bot.migrations import migrations
from bot.store import Store
from bot.texts import say
from faq.text import LANGUAGES, Language
from tests import store_helpers
from tests.guide_helpers import GREETING, OPEN_STEPS, button, place, run_of, shown, walk, with_store
from tests.store_helpers import NOW, commit, rows, turn, using

if TYPE_CHECKING:
    from tests.conftest import Talk

NOTE = {language: say(language, "not-delivered") for language in LANGUAGES}


async def lose(talk: "Talk") -> None:
    await talk.conversation.not_delivered("test", talk.name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", OPEN_STEPS)
async def test_whoever_may_not_have_seen_a_step_sees_it_first(talk: "Talk", step: str, language: Language) -> None:
    """What is typed at a step that was not seen is not taken as its answer; the step is shown again."""
    typed = {"obtained": "2026-11-20", "years": "5"}.get(step, "1")
    before = await walk(talk, step, language)
    await lose(talk)
    found = await talk(typed)

    assert await place(talk) == step
    assert NOTE[language] in shown(found)
    assert before[-1].title == found[-1].title
    assert found[-1].buttons == before[-1].buttons


@pytest.mark.parametrize("typed", ["要了", "单位不肯", "1", "上一步", "/back", "/restart"])
async def test_words_that_would_move_do_not_move(talk: "Talk", typed: str) -> None:
    await walk(talk, "ask")
    await lose(talk)
    found = await talk(typed)

    assert await place(talk) == "ask"
    assert NOTE["zh"] in shown(found)


async def test_an_old_button_does_not_move_either(talk: "Talk") -> None:
    """A button of a message above the lost one shows the step; after that, buttons work again."""
    (step,) = await walk(talk, "ask")
    data = button([step], "要了")
    await lose(talk)
    found = await talk(button=data)

    assert data.startswith(GO)
    assert await place(talk) == "ask"
    assert NOTE["zh"] in shown(found)
    await talk(button=data)
    assert await place(talk) == "role"


async def test_question_is_answered_above_the_step(talk: "Talk") -> None:
    await walk(talk, "ask")
    await lose(talk)
    answer, step = await talk("系统几月开放？")

    assert answer.title == "系统几月开放？"
    assert NOTE["zh"] in shown([step])
    assert "去要" in shown([step])


@pytest.mark.parametrize("command", ["/start", "/help", "/progress", "/cancel"])
async def test_commands_are_answered(talk: "Talk", command: str) -> None:
    await walk(talk, "ask")
    await lose(talk)

    assert await talk(command)
    assert await place(talk) == (None if command == "/cancel" else "ask")


async def test_next_turn_clears_it(talk: "Talk") -> None:
    """It is said once; then what is typed is the answer again."""
    await walk(talk, "years")
    await lose(talk)
    await talk("5")
    found = await talk("5")

    assert await place(talk) == "result"
    assert NOTE["zh"] not in shown(found)


async def test_outside_of_a_flow_nothing_is_said(talk: "Talk") -> None:
    """Who is at no step is answered as always; what the last reply offered still holds."""
    before = await talk("/topics")
    await lose(talk)
    found = await talk("1")

    assert found[0].title == "材料"
    assert before
    assert NOTE["zh"] not in shown(found)


async def test_after_a_flow_was_left_nothing_is_said(talk: "Talk") -> None:
    await walk(talk, "ask")
    await talk("/cancel")
    await lose(talk)

    assert NOTE["zh"] not in shown(await talk("早上好"))


async def test_it_outlives_the_process(talk: "Talk", database: Path) -> None:
    await walk(talk, "ask")
    await lose(talk)
    async with await Store.open(database) as store:
        found = await with_store(talk, store)("要了")

    assert NOTE["zh"] in shown(found)
    assert (await run_of(talk, "letters")).step == "ask"


async def test_a_tick_in_place_after_a_lost_reply_shows_the_step(talk: "Talk") -> None:
    before = await walk(talk, "papers")
    await lose(talk)
    found = await talk(button=button(before, "☐ 照片"))

    assert NOTE["zh"] in shown(found)
    assert (await run_of(talk, "letters")).ticks == {}


async def test_nobody_is_made_known_by_it(talk: "Talk", database: Path) -> None:
    await lose(talk)

    assert rows(database, "SELECT count(*) FROM people") == [(0,)]
    assert rows(database, "SELECT count(*) FROM turns") == [(0,)]


async def test_only_the_one_person_is_meant(talk: "Talk") -> None:
    other = type(talk)(talk.conversation, talk.store, "other")
    await walk(talk, "ask")
    await walk(other, "ask")
    await lose(other)

    assert NOTE["zh"] not in shown(await talk("要了"))
    assert NOTE["zh"] in shown(await other("要了"))


async def test_greeting_leaves_no_offer_and_is_noted_all_the_same(talk: "Talk", database: Path) -> None:
    """The note is kept beside what was offered, and where nothing was."""
    await talk(GREETING["zh"])
    await lose(talk)
    assert rows(database, "SELECT state FROM turns") == [('{"undelivered": true}',)]

    await talk("/topics")
    await lose(talk)
    ((state,),) = rows(database, "SELECT state FROM turns")
    assert '"undelivered":true' in state
    assert "group:papers" in state


# Who cannot be written to


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "regbot.db"


SINCE = "SELECT channel_id, unreachable_since FROM people ORDER BY id"


async def set_reachable(path: Path, hours: int, *, reachable: bool) -> None:
    now = NOW + timedelta(hours=hours)
    await using(path, lambda store: store.set_reachable("telegram", "me", now, reachable=reachable))


async def test_first_time_is_kept_until_they_can_be_reached(path: Path) -> None:
    await commit(path, turn(), turn("other", "2"))
    await set_reachable(path, 1, reachable=False)
    await set_reachable(path, 2, reachable=False)
    assert rows(path, SINCE) == [("me", "2026-11-22T09:30:15+00:00"), ("other", None)]

    await set_reachable(path, 3, reachable=True)
    assert rows(path, SINCE) == [("me", None), ("other", None)]

    await set_reachable(path, 4, reachable=False)
    assert rows(path, SINCE)[0] == ("me", "2026-11-22T12:30:15+00:00")


async def test_turn_of_theirs_shows_that_they_can_be_reached(path: Path) -> None:
    await commit(path, turn())
    await set_reachable(path, 1, reachable=False)
    await commit(path, turn(update_id="1"))
    assert rows(path, SINCE)[0][1] is not None

    await commit(path, turn(update_id="2"))
    assert rows(path, SINCE) == [("me", None)]


@pytest.mark.parametrize("reachable", [True, False])
async def test_nobody_is_made_known_by_being_unreachable(path: Path, *, reachable: bool) -> None:
    await set_reachable(path, 1, reachable=reachable)

    assert rows(path, SINCE) == []


async def test_what_is_no_turn_is_handled_once(path: Path) -> None:
    """The mark is the same as that of turns, each channel has its own, and old ones go."""

    async def mark(update_id: str, channel: str = "telegram", days: int = 0) -> bool:
        now = NOW + timedelta(days=days)
        return await using(path, lambda store: store.mark_handled(channel, update_id, now))

    assert await mark("1")
    assert not await mark("1")
    assert await mark("1", "web")
    assert await commit(path, turn(update_id="1"), turn(update_id="2")) == [False, True]
    assert not await mark("2")
    assert await mark("3", days=8)
    assert rows(path, "SELECT update_id FROM handled") == [("3",)]
    assert rows(path, "SELECT count(*) FROM people") == [(1,)]


async def test_people_of_the_version_before(path: Path) -> None:
    """A database of the version before keeps its people, who can be reached as far as is known."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        old = Database(connection, execute_plugins=False)
        migrations.apply(old, stop_before="m009_note_unreachable")
        seen = {"first_seen": NOW.isoformat(), "last_seen": NOW.isoformat()}
        people = [{"id": number, "channel": "telegram", "channel_id": f"p{number}", **seen} for number in (3, 5)]
        old.table("people").insert_all(people)
        old.table("turns").insert({"person": 5, "state": '{"buttons": []}'})

    assert (await store_helpers.known(path, "p5")).offer == {"buttons": []}
    assert rows(path, SINCE) == [("p3", None), ("p5", None)]
    await using(path, lambda store: store.set_reachable("telegram", "p3", NOW, reachable=False))
    assert rows(path, SINCE) == [("p3", "2026-11-22T08:30:15+00:00"), ("p5", None)]
