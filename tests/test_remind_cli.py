"""`regbot remind` as a process of its own: how things stand, a rehearsal of a day, the pause; and what it refuses."""

import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.terminal import CHANNEL
from bot.records import Preferences
from bot.store import Store
from flows.own_dates import APPLICATION, SAID
from flows.run import stamp
from tests.bot_api import BotApi
from tests.reminder_bot import reminder_bot
from tests.reminder_people import (
    NO_WISH,
    WISH,
    ZONE,
    Someone,
    add,
    china,
    counted,
    make_overdue,
    project_reminding,
    query,
    waiting,
)
from tests.store_helpers import other_process

Process = Callable[..., subprocess.CompletedProcess[bytes]]
Remind = Callable[..., str]

PLANNED = china(11, 25)
"""When everybody was planned for."""


@pytest.fixture(name="remind")
def _remind(regbot: Process, database: Path) -> Remind:
    """Return a function that runs the command on the database, which must succeed, and returns what it prints."""

    def remind(*arguments: str | Path) -> str:
        result = regbot("remind", "--database", database, *arguments)
        assert (result.returncode, result.stderr) == (0, b"")
        return result.stdout.decode()

    return remind


def everything(database: Path) -> list[str]:
    """Return all that a database holds."""
    with closing(sqlite3.connect(database)) as connection:
        return [*connection.iterdump()]


async def people(path: Path, *wanted: Someone) -> None:
    """Make a database with these people."""
    async with await Store.open(path) as store:
        await add(store, project_reminding(), PLANNED, *wanted)


PEOPLE = (
    Someone(name="770000001"),
    Someone(name="770000002"),
    Someone(name="770000003", preferences=Preferences(zone="Europe/London")),
    Someone(name="770000004", language="en", preferences=Preferences(hour=9)),
    Someone(name="770000005", **waiting(APPLICATION, "wait-commission", china(12, 14))),
    Someone(name="770000006", facts={**WISH, SAID: f"yes {stamp(PLANNED)}"}),
    Someone(name="770000007", facts=NO_WISH),
    Someone(name="770000008", preferences=Preferences(off=("year-end",))),
    Someone(name="770000009"),
)
"""Of these, five get a message on 24 December: 6 is registered, 7 and 8 do not want it, and 9 has had it already."""
HAD = "UPDATE reminders SET state = 'sent' WHERE rule = 'year-end-7' AND person = 9"


# How things stand


async def test_status_tells_what_has_become_of_the_reminders(remind: Remind, database: Path) -> None:
    """Without any option the command counts the reminders in each state, with the reasons, and says what comes next."""
    await people(database, *PEOPLE[:4])
    query(database, "DELETE FROM reminders")
    for number, (state, due, changed, reason) in enumerate((
        ("pending", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", None),
        ("pending", "2199-12-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", None),
        ("pending", "2199-12-02T02:00:00+00:00", "2020-01-01T02:00:00+00:00", None),
        ("sending", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", None),
        ("sent", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:03+00:00", None),
        ("sent", "2020-01-01T02:00:00+00:00", "2020-01-02T18:30:00+00:00", None),
        ("skipped", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", "the date is over"),
        ("skipped", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", "not needed any more"),
        ("skipped", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", "not needed any more"),
        ("failed", "2020-01-01T02:00:00+00:00", "2020-01-01T02:00:00+00:00", "the person cannot be reached"),
    )):  # fmt: skip
        sql = "INSERT INTO reminders VALUES (?, ?, '2026-12-31', 'year-end', ?, 7, ?, ?, 0, ?)"
        query(database, sql, number % 3 + 1, f"rule {number}", due, state, reason, changed)
    query(database, "UPDATE people SET unreachable_since = '2020-01-01T02:00:00+00:00' WHERE id = 2")
    before = everything(database)

    said = remind()

    assert said.splitlines()[:-1] == [
        "people with reminders to come: 3",
        "pending:  3, 1 of them due; the next one: 2020-01-01 10:00",
        "sending:  1",
        "sent:     2; the last one: 2020-01-03 02:30",
        "skipped:  3",
        "  2: not needed any more",
        "  1: the date is over",
        "failed:   1",
        "  1: the person cannot be reached",
        "people who cannot be reached: 1",
    ]
    assert re.fullmatch(r"\(times of Asia/Shanghai; it is \d{4}-\d\d-\d\d \d\d:\d\d\)", said.splitlines()[-1])
    assert remind("--status").splitlines()[:-1] == said.splitlines()[:-1]
    assert everything(database) == before


async def test_status_of_nobody(remind: Remind, database: Path) -> None:
    """Where nobody wants to be reminded, there is nothing to count."""
    await people(database)

    assert remind("--timezone", "Asia/Urumqi").splitlines()[:-1] == [
        "people with reminders to come: 0",
        "pending:  0; the next one: never",
        "sending:  0",
        "sent:     0; the last one: never",
        "skipped:  0",
        "failed:   0",
        "people who cannot be reached: 0",
    ]


async def test_times_are_those_of_the_time_zone(
    remind: Remind, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option, or the setting, says by which clock times are shown."""
    await people(database, PEOPLE[0])
    query(database, "UPDATE reminders SET due_at = '2199-12-01T02:00:00+00:00'")

    said = [remind("--timezone", "Europe/London")]
    monkeypatch.setenv("REGBOT_TIMEZONE", "Asia/Urumqi")
    said.append(remind())

    assert "the next one: 2199-12-01 02:00\n" in said[0]
    assert "(times of Europe/London; it is " in said[0]
    assert "the next one: 2199-12-01 08:00\n" in said[1]
    assert "(times of Asia/Urumqi; it is " in said[1]


# A rehearsal of a day


async def test_a_rehearsal_counts_the_people_of_a_day(remind: Remind, database: Path) -> None:
    """What would be sent is counted by the hour on people's own clocks, with a sample in each language; nothing changes."""
    await people(database, *PEOPLE)
    query(database, HAD)
    before = everything(database)

    said = remind("--dry-run", "--on", "2026-12-24")

    table, *samples = re.split(r"\n--- (.*) ---\n", said)
    assert table.splitlines() == [
        "2026-12-24 (Asia/Shanghai): 5 people would get a reminder, by the hour on their own clock",
        "",
        "hour    people  what",
        "09:00        1  year-end-7",
        "10:00        3  year-end-7",
        f"10:00        1  waiting:{APPLICATION}:wait-commission + year-end-7",
    ]
    assert samples[::2] == [
        "09:00, year-end-7, as one person would get it (en)",
        "10:00, year-end-7, as one person would get it (zh)",
        f"10:00, waiting:{APPLICATION}:wait-commission + year-end-7, as one person would get it (zh)",
    ]
    english, chinese, both = samples[1::2]
    assert "7 days left until 31 December 2026" in english
    assert "离2026年12月31日只有7天了" in chinese
    assert "离2026年12月31日只有7天了" in both
    assert "从2026年12月14日开始等，今天是第11天" in both
    assert everything(database) == before


async def test_a_rehearsal_names_nobody(remind: Remind, database: Path) -> None:
    """Nothing in a rehearsal, or in the status, tells who somebody is."""
    await people(database, *PEOPLE)

    said = remind("--dry-run", "--on", "2026-12-24") + remind()

    assert "year-end-7" in said
    assert "77000000" not in said
    assert "telegram" not in said


async def test_a_rehearsal_of_a_day_without_reminders(remind: Remind, database: Path) -> None:
    """A day on which nobody would get anything has no table."""
    await people(database, PEOPLE[0])

    assert remind("--dry-run", "--on", "2026-12-25") == (
        "2026-12-25 (Asia/Shanghai): 0 people would get a reminder, by the hour on their own clock\n"
    )


async def test_a_rehearsal_leaves_out_whom_nothing_reaches(remind: Remind, database: Path) -> None:
    """Who has blocked the bot gets nothing, and is not counted."""
    await people(database, *PEOPLE[:2])
    query(database, "UPDATE people SET unreachable_since = '2026-11-26T02:00:00+00:00' WHERE id = 2")

    assert "10:00        1  year-end-7\n" in remind("--dry-run", "--on", "2026-12-24")


async def test_a_rehearsal_is_of_today_unless_said_otherwise(remind: Remind, database: Path) -> None:
    """Without a day, it is the one in the time zone of the settings."""
    await people(database)
    days = [datetime.now(UTC).astimezone(ZONE).date()]

    said = remind("--dry-run")
    days.append(datetime.now(UTC).astimezone(ZONE).date())

    assert said in {
        f"{day} (Asia/Shanghai): 0 people would get a reminder, by the hour on their own clock\n" for day in days
    }


# The pause


async def test_pause_and_resume_are_told_and_kept(remind: Remind, database: Path) -> None:
    """A pause lasts until it is ended, over all processes, and says when it was there already."""
    await people(database, PEOPLE[0])
    before = everything(database)

    assert remind("--pause") == "paused\n"
    since = remind().splitlines()[0]
    assert re.fullmatch(r"PAUSED since \d{4}-\d\d-\d\d \d\d:\d\d", since)
    assert remind("--pause") == "they were paused already\n"
    assert remind("--status").splitlines()[0] == since
    assert remind("--resume") == "resumed\n"
    assert remind("--resume") == "they were not paused\n"
    assert "PAUSED" not in remind()
    assert everything(database) == before


async def test_while_paused_no_chat_shows_what_is_due(remind: Remind, regbot: Process, database: Path) -> None:
    """A pause counts for the terminal as well; what became due meanwhile is shown afterwards."""
    await make_overdue(database, 1, channel=CHANNEL)
    remind("--pause")

    paused = regbot("chat", "--name", "1", "--database", database)
    assert "你让我再提醒你一次" not in paused.stdout.decode()
    remind("--resume")
    resumed = regbot("chat", "--name", "1", "--database", database)

    assert "你让我再提醒你一次" in resumed.stdout.decode()


async def test_the_running_bot_heeds_the_pause(remind: Remind, database: Path, api: BotApi) -> None:
    """While the bot runs, the command works, and what is resumed is sent without a restart."""
    await make_overdue(database, 2)
    for number in (1, 2):
        api.meet(number)
    remind("--pause")
    async with reminder_bot(api, database) as bot:
        api.message(3, "你好")
        await api.replies(3, 1)
        assert counted(database)["sent"] == 0
        assert "of them due" in remind()
        remind("--resume")
        for number in (1, 2):
            await api.replies(number, 1, timeout=40)
        assert await bot.stop() == 0
    assert "sent:     2" in remind()


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--status", "people with reminders to come: 1\n"),
        ("--dry-run", "people would get a reminder"),
        ("--pause", "paused\n"),
        ("--resume", "they were not paused\n"),
    ],
)
async def test_another_process_may_have_the_database_open(
    remind: Remind, database: Path, option: str, said: str
) -> None:
    """Somebody who reads, even in the middle of a long transaction, is in nobody's way."""
    await people(database, PEOPLE[0])
    with other_process(database, "PRAGMA journal_mode = WAL; BEGIN; SELECT count(*) FROM people"):
        assert said in remind(option)


# What is refused


def refusal(result: subprocess.CompletedProcess[bytes]) -> str:
    """Return the one sentence that the command ends with."""
    said = result.stderr.decode()
    assert (result.returncode, result.stdout) == (1, b"")
    assert said.startswith("regbot: ")
    assert said.count("\n") == 1
    return said.removeprefix("regbot: ").rstrip("\n")


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--pause"], ["--resume"]], ids=" ".join)
def test_no_database_is_an_error_and_none_is_made(regbot: Process, database: Path, options: list[str]) -> None:
    """The command looks at what the assistant remembers; it does not begin to remember."""
    result = regbot("remind", *options, "--database", database)

    assert refusal(result) == f"the database {database} does not exist"
    assert list(database.parent.glob(f"{database.name}*")) == []


async def test_the_database_of_the_setting_is_used(
    regbot: Process, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the option, the database is the one that the setting names."""
    monkeypatch.setenv("REGBOT_DATABASE", str(database))
    assert refusal(regbot("remind")) == f"the database {database} does not exist"
    await people(database, PEOPLE[0])

    assert b"people with reminders to come: 1\n" in regbot("remind").stdout


@pytest.mark.parametrize("day", ["2026-02-30", "24.12.2026", "tomorrow", ""])
async def test_a_day_that_is_none_is_refused_with_the_usage(regbot: Process, database: Path, day: str) -> None:
    """What is no day of the calendar, as YYYY-MM-DD, is a mistake of the command line."""
    await people(database, PEOPLE[0])

    result = regbot("remind", "--dry-run", "--on", day, "--database", database)

    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.startswith(b"Usage: regbot remind ")
    assert f"Invalid value for '--on': '{day}' does not match the format '%Y-%m-%d'" in result.stderr.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_at_the_end_of_time_is_no_crash(regbot: Process, database: Path, day: str) -> None:
    """The first and the last day that there are end in an answer or in one sentence."""
    await people(database, PEOPLE[0])

    result = regbot("remind", "--dry-run", "--on", day, "--database", database)

    assert b"Traceback" not in result.stderr


async def test_two_wishes_at_once_are_refused(regbot: Process, database: Path) -> None:
    await people(database, PEOPLE[0])
    result = regbot("remind", "--pause", "--resume", "--database", database)
    assert (result.returncode, result.stdout) == (1, b"")
    assert b"only one of" in result.stderr


@pytest.mark.parametrize("options", [[], ["--status"], ["--pause"], ["--resume"]], ids=" ".join)
async def test_a_day_without_a_rehearsal_is_refused(regbot: Process, database: Path, options: list[str]) -> None:
    """A day means nothing to the other wishes, and is not left aside in silence."""
    await people(database, PEOPLE[0])
    before = everything(database)

    result = regbot("remind", *options, "--on", "2026-12-24", "--database", database)

    assert refusal(result) == "--on belongs to --dry-run"
    assert everything(database) == before


async def test_an_unknown_time_zone_is_refused(
    regbot: Process, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time zone that there is not ends the command, wherever its name came from."""
    await people(database, PEOPLE[0])
    sentence = 'there is no time zone "Asia/Nowhere"; name one as in the IANA database, such as Asia/Urumqi'

    assert refusal(regbot("remind", "--timezone", "Asia/Nowhere", "--database", database)) == sentence
    monkeypatch.setenv("REGBOT_TIMEZONE", "Asia/Nowhere")
    assert refusal(regbot("remind", "--dry-run", "--database", database)) == sentence


async def test_the_database_of_a_newer_version_is_refused(regbot: Process, database: Path) -> None:
    """A database that a newer version has written is left as it is."""
    await people(database, PEOPLE[0])
    sql = (
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('regbot', 'm999_later', '2030-01-01')"
    )
    query(database, sql)
    before = everything(database)

    assert refusal(regbot("remind", "--pause", "--database", database)) == (
        f'the database {database} was written by a newer version (it has the migration "m999_later"); '
        "upgrade the assistant or use another file"
    )
    assert everything(database) == before


async def test_a_locked_database_is_refused_after_a_while(regbot: Process, database: Path) -> None:
    """Where another process writes and does not end, the command says so, and nothing is paused."""
    await people(database, PEOPLE[0])
    with other_process(database, "BEGIN IMMEDIATE; DELETE FROM people"):
        result = regbot("remind", "--pause", "--database", database)

    assert refusal(result) == f"the database {database} is in use by another process"
    assert query(database, "SELECT * FROM switches") == []
