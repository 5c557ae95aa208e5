"""The command /remind and the words that stand for it: the offer, the plan with its dates, hours, time zones."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.flow_samples import flow_of
from tests.guide_helpers import rows, shown
from tests.remind_helpers import DAYS, clocks, days_in_china, first_sentence, lists, offered, planned, to_result
from tests.visitor import Visitor

QUIET = {"from": "21", "until": "8"}
SWITCHES = [
    "remind:set:without:year-end",
    "remind:set:without:limit",
    "remind:set:without:waiting",
    "remind:set:hours",
    "remind:set:zones",
    "remind:set:off",
]


@pytest.fixture(name="visitor")
async def _visitor(project_matcher: Matcher, project_library: Library, database: Path) -> AsyncIterator[Visitor]:
    async with Visitor(project_matcher, project_library, database) as visitor:
        yield visitor


def settings(visitor: Visitor) -> list[tuple[Any, ...]]:
    """Return how the person wants to be reminded."""
    return rows(visitor.path, "SELECT zone, hour, off, later FROM reminder_settings")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_has_no_reminders_is_offered_them(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    (reply,) = await visitor.turn("/remind")

    assert reply.title == say(language, "remind-title")
    assert [block.texts for block in reply.blocks] == [(say(language, "remind-offer", hour="10", **QUIET),)]
    assert offered(visitor) == ["remind:set:on"]
    assert planned(visitor) == []


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh",
            ["2026年12月1日 10:00，离年底（12月31日）还有30天", "2026年12月30日 10:00，离年底（12月31日）还有1天"],
        ),
        (
            "en",
            [
                "1 December 2026, 10:00: 30 days to the year's end",
                "30 December 2026, 10:00: 1 day to the year's end",
            ],
        ),
    ],
)
async def test_the_plan_has_dates_and_switches(visitor: Visitor, language: Language, lines: list[str]) -> None:
    await visitor.turn(button=f"language:{language}")
    (reply,) = await visitor.turn("/remind on")
    coming, _ = lists(visitor)

    assert first_sentence(visitor) == say(language, "remind-on")
    assert [coming[0], coming[4]] == lines
    assert len(coming) == len(DAYS)
    assert offered(visitor) == [*SWITCHES, "flow:deadlines"]
    assert all(button.label.startswith("☑ ") for button in visitor.offered[:3])
    assert reply.kind == "menu"
    assert days_in_china(visitor) == DAYS

    await visitor.turn("/remind")
    assert lists(visitor)[0] == coming
    assert first_sentence(visitor) == say(language, "remind-planned")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_comes_late_gets_a_compressed_plan(visitor: Visitor, language: Language) -> None:
    """Of 28 working days that it usually takes there are 26 left on 25 November."""
    await visitor.turn(button=f"language:{language}")
    await visitor.turn("/remind on")
    _, begins = lists(visitor)
    year_end = {"zh": "2026年12月31日", "en": "31 December 2026"}[language]

    assert say(language, "remind-tight", date=year_end) in shown(visitor.replies)
    assert say(language, "remind-backwards", date=year_end) not in shown(visitor.replies)
    assert begins[0].startswith({"zh": "今天：", "en": "today: "}[language])
    assert [line.split({"zh": "：", "en": ": "}[language])[0] for line in begins[1:]] == {
        "zh": ["最晚2026年11月30日", "最晚2026年12月7日"],
        "en": ["by 30 November 2026", "by 7 December 2026"],
    }[language]
    assert say(language, "remind-estimate") in shown(visitor.replies)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_comes_in_time_gets_a_plan_worked_out_backwards(visitor: Visitor, language: Language) -> None:
    visitor.now = datetime(2026, 10, 20, 2, tzinfo=UTC)
    await visitor.turn(button=f"language:{language}")
    await visitor.turn("/remind on")
    year_end = {"zh": "2026年12月31日", "en": "31 December 2026"}[language]

    assert say(language, "remind-backwards", date=year_end) in shown(visitor.replies)
    assert [line.split({"zh": "：", "en": ": "}[language])[0] for line in lists(visitor)[1]] == {
        "zh": ["最晚2026年11月23日", "最晚2026年11月26日", "最晚2026年12月3日"],
        "en": ["by 23 November 2026", "by 26 November 2026", "by 3 December 2026"],
    }[language]
    assert ("year-end-start", "2026-12-31", "2026-11-23T02:00:00+00:00") in planned(visitor)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_registered_is_told_that_none_are_needed(visitor: Visitor, language: Language) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn(button="remind:done")
    await visitor.turn("/remind")

    assert first_sentence(visitor) == say(language, "remind-nothing")
    assert offered(visitor) == ["remind:undone"]

    await visitor.turn("/remind on")
    assert first_sentence(visitor) == say(language, "remind-nothing")
    assert planned(visitor) == []
    assert lists(visitor) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_a_date_of_qualification_the_flow_of_the_dates_is_named(
    visitor: Visitor, language: Language, project_library: Library
) -> None:
    title = flow_of(project_library, "deadlines").texts[language].title
    await visitor.turn(button=f"language:{language}")
    await visitor.turn("/remind on")
    assert say(language, "remind-no-limit", title=title) in shown(visitor.replies)
    assert "flow:deadlines" in offered(visitor)

    await to_result(visitor, language)
    await visitor.turn("/remind")
    assert say(language, "remind-no-limit", title=title) not in shown(visitor.replies)
    assert offered(visitor) == SWITCHES
    # The limit is 20 September 2027: 180, 90, 30, 7 and 1 days before it, and the last day to begin.
    assert say(language, "remind-more", count="6") in shown(visitor.replies)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("9", "09:00"),
        ("9点", "09:00"),
        ("上午9点", "09:00"),
        ("早上8点", "08:00"),
        ("下午6点", "18:00"),
        ("晚上8点", "20:00"),
        ("12点", "12:00"),
        ("8pm", "20:00"),
        ("9 am", "09:00"),
        ("12pm", "12:00"),
        ("at 9", "09:00"),
        ("20:00", "20:00"),
        ("20：00", "20:00"),
    ],
)
async def test_an_hour_is_set(visitor: Visitor, typed: str, clock: str) -> None:
    await visitor.turn("/remind on")
    await visitor.turn(f"/remind {typed}")
    hour = str(int(clock[:2]))

    assert first_sentence(visitor) == say("zh", "remind-hour-set", hour=hour)
    assert clocks(visitor, "Asia/Shanghai") == {clock}
    assert days_in_china(visitor) == DAYS
    assert all(f" {hour}:00，" in line for line in lists(visitor)[0])
    assert say("zh", "remind-hour-button", hour=hour) in shown(visitor.replies)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["23", "21", "7", "0", "24", "99", "晚上9点", "11pm", "6 am", "晚上12点", "12am"])
async def test_an_hour_of_the_quiet_time_is_refused_and_nothing_is_lost(
    visitor: Visitor, typed: str, language: Language
) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn("/remind on")
    await visitor.turn("/remind 9")
    await visitor.turn("/remind Europe/London")
    before = planned(visitor), settings(visitor)
    await visitor.turn(f"/remind {typed}")

    assert first_sentence(visitor) == say(language, "remind-hour-refused", last="20", **QUIET)
    assert (planned(visitor), settings(visitor)) == before


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/London", "Europe/London"),
        ("america/new_york", "America/New_York"),
        ("新疆", "Asia/Urumqi"),
        ("xinjiang", "Asia/Urumqi"),
        ("北京", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
    ],
)
async def test_a_time_zone_is_set(visitor: Visitor, typed: str, zone: str) -> None:
    """The hour is that of the person's clock, the day that of the place of registration."""
    await visitor.turn("/remind on")
    await visitor.turn(f"/remind {typed}")

    name = {"Asia/Urumqi": "新疆时间", "Asia/Shanghai": "北京时间"}.get(zone, zone)
    assert first_sentence(visitor) == say("zh", "remind-zone-set", zone=name)
    assert settings(visitor)[0][0] == zone
    assert clocks(visitor, zone) == {"10:00"}
    assert days_in_china(visitor) == DAYS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["nonsense", "Mars/Base", "9:30", "9 10", "../Asia/Tokyo", "localtime", "Factory"])
async def test_an_unknown_setting_is_explained_and_changes_nothing(
    visitor: Visitor, typed: str, language: Language
) -> None:
    await visitor.turn(button=f"language:{language}")
    await visitor.turn("/remind on")
    await visitor.turn("/remind 9")
    before = planned(visitor), settings(visitor)
    await visitor.turn(f"/remind {typed}")

    assert first_sentence(visitor) == say(language, "remind-not-understood")
    assert offered(visitor) == ["remind"]
    assert (planned(visitor), settings(visitor)) == before


@pytest.mark.parametrize("typed", ["GMT+8", "gmt+8"])
async def test_a_time_zone_by_its_distance_is_not_turned_round(visitor: Visitor, typed: str) -> None:
    """In the names of the IANA database "GMT+8" is eight hours behind; who types it is eight hours ahead."""
    await visitor.turn("/remind on")
    await visitor.turn(f"/remind {typed}")

    assert clocks(visitor, "Asia/Shanghai") == {"10:00"}


@pytest.mark.parametrize("word", ["on", "ON", "开", "开启", "要", "yes"])
async def test_the_command_turns_reminders_on(visitor: Visitor, word: str) -> None:
    await visitor.turn(f"/remind {word}")

    assert (await visitor.stored()).facts["reminders"] == "wanted"
    assert days_in_china(visitor) == DAYS


@pytest.mark.parametrize("word", ["off", "OFF", "关", "停止", "不要", "取消", "no", "stop"])
async def test_the_command_turns_reminders_off(visitor: Visitor, word: str) -> None:
    await visitor.turn("/remind on")
    await visitor.turn("/remind 9")
    await visitor.turn(f"/remind {word}")

    assert shown(visitor.replies).startswith(say("zh", "remind-stopped"))
    assert offered(visitor) == ["remind:on"]
    assert (await visitor.stored()).facts["reminders"] == "not-wanted"
    assert planned(visitor) == []

    await visitor.turn("/remind on")
    assert clocks(visitor, "Asia/Shanghai") == {"09:00"}  # what was chosen once is remembered


async def test_turning_on_brings_something_though_all_kinds_were_switched_off(visitor: Visitor) -> None:
    await visitor.turn("/remind on")
    for kind in ("year-end", "limit", "waiting"):
        await visitor.turn(button=f"remind:set:without:{kind}")
    assert planned(visitor) == []
    assert say("zh", "remind-none") in shown(visitor.replies)

    await visitor.turn("/remind on")
    assert days_in_china(visitor) == DAYS
