"""The buttons of the reminders, old and forged ones as well, and what comes of them in the database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.guide_helpers import rows, shown
from tests.remind_helpers import LIMIT, WAIT, YEAR_END, kept, offered, qualified, rules, wait_for_code
from tests.visitor import Visitor

KINDS = ("year-end", "limit", "waiting")


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


def later(visitor: Visitor) -> list[tuple[Any, ...]]:
    """Return when the reminder is due that was asked for."""
    return rows(visitor.path, "SELECT day, due_at FROM reminders WHERE rule = 'later' AND state = 'pending'")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("button", ["remind:on", "remind:set:on"])
async def test_on(visitor: Visitor, language: Language, button: str) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button=button)

    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-on"),)
    assert rules(visitor) == YEAR_END


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("button", ["remind:off", "remind:set:off"])
async def test_off(visitor: Visitor, language: Language, button: str) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:in:3")
    await visitor.turn(button=button)

    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-stopped"),)
    assert offered(visitor) == ["remind:on"]
    assert rules(visitor) == set()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_done_and_undone(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:done")
    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-done-said"),)
    assert "remind:undone" in offered(visitor)
    assert rules(visitor) == set()

    await visitor.turn(button="remind:undone")
    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-undone-said"),)
    assert rules(visitor) == YEAR_END
    assert str((await visitor.stored()).facts["said-registered"]).startswith("no ")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_later(visitor: Visitor, language: Language) -> None:
    """The days are chosen, and before that day nothing comes, though more was planned."""
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:later")
    assert offered(visitor) == ["remind:in:1", "remind:in:3", "remind:in:7"]
    assert shown(visitor.replies).startswith(say(language, "remind-later-ask"))

    await visitor.turn(button="remind:in:7")
    day = {"zh": "2026年12月2日", "en": "2 December 2026"}[language]
    assert shown(visitor.replies).startswith(say(language, "remind-later-set", date=day, hour="10"))
    assert later(visitor) == [("2026-12-02", "2026-12-02T02:00:00+00:00")]
    assert rules(visitor) == (YEAR_END | {"later"}) - {"year-end-30"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("day", "options"), [(16, [1, 3, 7]), (18, [1, 3]), (26, [1]), (29, [1]), (30, [1])])
async def test_later_leaves_time_before_the_date(
    visitor: Visitor, language: Language, day: int, options: list[int]
) -> None:
    """What is too far is refused, with the days that are left."""
    visitor.now = datetime(2026, 12, day, 1, tzinfo=UTC)
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:later")
    assert offered(visitor) == [f"remind:in:{days}" for days in options]

    for days in {1, 3, 7} - set(options):
        before = kept(visitor)
        await visitor.turn(button=f"remind:in:{days}")
        left = {"zh": f"只有{31 - day}天", "en": f"Only {31 - day} day"}[language]
        assert left in visitor.replies[0].blocks[0].texts[0]
        assert offered(visitor) == [f"remind:in:{days}" for days in options]
        assert kept(visitor) == before


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("button", ["remind:later", "remind:in:1"])
async def test_on_the_last_day_nothing_is_put_off(visitor: Visitor, language: Language, button: str) -> None:
    visitor.now = datetime(2026, 12, 31, 1, tzinfo=UTC)
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    before = kept(visitor)
    await visitor.turn(button=button)

    day = {"zh": "2026年12月31日", "en": "31 December 2026"}[language]
    assert say(language, "remind-too-late", date=day) in shown(visitor.replies)
    assert {"zh": "0天", "en": "0 day"}[language] not in shown(visitor.replies)
    assert offered(visitor) == ["remind"]
    assert kept(visitor) == before


@pytest.mark.parametrize("button", ["remind:later", "remind:in:3"])
async def test_who_is_registered_and_waits_for_nothing_cannot_put_anything_off(visitor: Visitor, button: str) -> None:
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:done")
    await visitor.turn(button=button)

    assert say("zh", "remind-nothing") in shown(visitor.replies)
    assert later(visitor) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_has_a_switch(visitor: Visitor, project_library: Library, kind: str) -> None:
    await qualified(visitor)
    await wait_for_code(visitor, project_library)
    await visitor.turn(button="remind:on")
    everything = rules(visitor)
    mine = {"year-end": YEAR_END, "limit": LIMIT - {"limit-start"}, "waiting": WAIT}[kind]
    assert everything >= mine

    await visitor.turn(button=f"remind:set:without:{kind}")
    assert rules(visitor) == everything - mine
    assert f"remind:set:with:{kind}" in offered(visitor)
    assert [button.label[0] for button in visitor.offered[:3]] == ["☐" if each == kind else "☑" for each in KINDS]

    await visitor.turn(button=f"remind:set:with:{kind}")
    assert rules(visitor) == everything
    assert f"remind:set:without:{kind}" in offered(visitor)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_hours_and_zones(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn(button="remind:set:hours")
    assert shown(visitor.replies).startswith(say(language, "remind-hours"))
    assert offered(visitor) == [*(f"remind:set:hour:{hour}" for hour in (8, 9, 10, 12, 18, 20)), "remind:set:show"]
    await visitor.turn(button="remind:set:hour:18")
    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-hour-set", hour="18"),)

    await visitor.turn(button="remind:set:zones")
    assert shown(visitor.replies).startswith(say(language, "remind-zones"))
    zones = ["remind:set:zone:Asia/Shanghai", "remind:set:zone:Asia/Urumqi"]
    assert offered(visitor) == [*zones, "remind:set:show"]
    await visitor.turn(button="remind:set:zone:Asia/Urumqi")
    name = say(language, "zone-Asia/Urumqi")
    assert visitor.replies[0].blocks[0].texts == (say(language, "remind-zone-set", zone=name),)
    due = {due[11:16] for (due,) in rows(visitor.path, "SELECT due_at FROM reminders")}
    assert due == {"12:00"}  # 18:00 in Xinjiang

    for button in ("remind:set:show", "remind"):
        await visitor.turn(button=button)
        assert visitor.replies[0].title == say(language, "remind-title")
        assert visitor.replies[0].blocks[0].texts == (say(language, "remind-planned"),)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "button",
    [
        "remind:in:5",
        "remind:in:0",
        "remind:in:-1",
        "remind:in:²",
        "remind:in:",
        "remind:set:zone:Mars/Base",
        "remind:set:zone:localtime",
        "remind:set:zone:",
        "remind:set:hour:99",
        "remind:set:hour:21",
        "remind:set:hour:100",
        "remind:set:hour:",
        "remind:set:without:later",
        "remind:set:with:everything",
        "remind:set:",
        "remind:set:nonsense",
        "remind:nonsense",
        "remind:",
    ],
)
async def test_a_forged_button_is_refused_and_changes_nothing(
    visitor: Visitor, project_library: Library, language: Language, button: str
) -> None:
    """What it says is a sentence for people, in their language, and the step that they are at stays."""
    await wait_for_code(visitor, project_library)
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:on")
    await visitor.turn("/remind 9")
    before = kept(visitor)
    await visitor.turn(button=button)

    refused = {
        say(language, "unknown-button"),
        say(language, "remind-hour-refused", last="20", **{"from": "21"}, until="8"),
    }
    assert visitor.replies[0].blocks[0].texts[0] in refused
    assert kept(visitor) == before


@pytest.mark.parametrize(
    "button",
    [
        "remind",
        "remind:on",
        "remind:off",
        "remind:undone",
        "remind:later",
        "remind:in:3",
        "remind:set:without:limit",
        "remind:set:with:waiting",
        "remind:set:hour:12",
        "remind:set:zone:Asia/Urumqi",
    ],
)
async def test_pressing_twice_changes_nothing_more(visitor: Visitor, button: str) -> None:
    await visitor.turn(button="remind:on")
    first = await visitor.turn(button=button)
    once = kept(visitor)
    second = await visitor.turn(button=button)

    assert kept(visitor) == once
    assert [reply.buttons for reply in first] == [reply.buttons for reply in second]


async def test_who_says_twice_that_they_are_registered_is_registered(visitor: Visitor) -> None:
    await visitor.turn(button="remind:on")
    first = await visitor.turn(button="remind:done")

    assert await visitor.turn(button="remind:done") == first
    assert rules(visitor) == set()
