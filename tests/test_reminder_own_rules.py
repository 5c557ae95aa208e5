"""A file with rules of one's own: what is read of it, and that it is what people get, whichever command runs."""

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from bot.channels.terminal import CHANNEL
from bot.content import Problems
from bot.conversation import Conversation
from bot.messages import Incoming
from bot.reminders.reading import RULES, read_rules, rules_of
from bot.reminders.rules import DateRule, Lead, Rules, WaitingRule, Wording
from bot.settings import REMINDERS
from bot.store import Store
from faq.matcher import Matcher
from flows.definition import Library
from flows.own_dates import APPLICATION
from tests.bot_api import BotApi
from tests.flow_edits import beside
from tests.guide_helpers import shown
from tests.reminder_people import ZONE, china, make_overdue, query, states
from tests.reminder_rule_files import rules_with, write_rules
from tests.telegram_process import BotProcess

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]

TODAY = "2026-11-22"
OWN = ("zh: 离{date}还有{days}天。", "zh: 老王说：离{date}还有{days}天。")
"""What only the file of one's own says."""
NEAR = (
    "- up-to: 0\n        zh: 今天就是{date}。\n        en: Today is {date}.\n"
    "      - up-to: 1\n        zh: 明天就是{date}。\n        en: Tomorrow is {date}.\n      - zh"
)
ALWAYS = (NEAR, "- zh")
"""One text for however many days, so that it is said in every season."""


@pytest.fixture(name="here")
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@dataclass(frozen=True)
class Given:
    """A file of rules, given to a command by its option or by the setting."""

    patch: pytest.MonkeyPatch
    way: str

    def __call__(self, file: Path) -> list[str | Path]:
        """Return the options that name the file."""
        if self.way == "option":
            self.patch.setenv(REMINDERS, "nowhere.yaml")  # the option comes first
            return ["--reminders", file]
        self.patch.setenv(REMINDERS, str(file))
        return []


@pytest.fixture(name="given", params=["option", "setting"])
def _given(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Given:
    return Given(monkeypatch, request.param)


def everything(database: Path) -> list[str]:
    """Return all that a database holds."""
    with closing(sqlite3.connect(database)) as connection:
        return [*connection.iterdump()]


# What is read


def test_what_a_file_says(here: Path, small_library: Library) -> None:
    """Every value of the file is found in the rules; nothing is wrong with it."""
    problems = Problems()
    rules = read_rules(write_rules(here), problems, small_library)

    assert problems.found == []
    assert rules == Rules(
        hour=10,
        quiet_from=21,
        quiet_until=8,
        later=(1, 3),
        dates={
            "year-end": DateRule(
                (30, 1, 0),
                (
                    Wording(0, {"zh": "今天就是{date}。", "en": "Today is {date}."}),
                    Wording(1, {"zh": "明天就是{date}。", "en": "Tomorrow is {date}."}),
                    Wording(None, {"zh": "离{date}还有{days}天。", "en": "{days|day} left to {date}."}),
                ),
            ),
            "limit": DateRule((90,), (Wording(None, {"zh": "期限到{date}。", "en": "Your time ends on {date}."}),)),
        },
        waiting=WaitingRule(
            3,
            7,
            3,
            {"zh": "“{step}”从{since}等起，第{days}天。", "en": "At {step} since {since}; day {days}."},
        ),
        start={"zh": "今天要{what}，才赶得上{date}。", "en": "Today is the day to {what} for {date}."},
        leads=(Lead("letters", "wait", 3, {"zh": "请单位寄信", "en": "ask for the letter"}),),
    )


def test_the_text_is_that_of_the_days_that_are_left(here: Path) -> None:
    """The first text whose limit is not below the days that are left counts, and the last one for all others."""
    rule = rules_of(write_rules(here)).dates["year-end"]

    assert [rule.wording(days)["zh"][:2] for days in (0, 1, 2, 30)] == ["今天", "明天", "离{", "离{"]


def test_other_rules_have_another_digest(here: Path) -> None:
    """Whatever is changed in the file, plans are made anew; as long as nothing is, they are not."""
    changes = [("hour: 10", "hour: 9"), ("[30, 1, 0]", "[30, 1]"), ("days: 3\n", "days: 4\n")]
    digests = {rules_of(_named(here, f"{number}.yaml", change)).digest for number, change in enumerate(changes)}

    same = rules_of(_named(here, "same.yaml")).digest
    assert len(digests | {same}) == 4
    assert rules_of(_named(here, "copy.yaml")).digest == same


def _named(folder: Path, name: str, *edits: tuple[str, str]) -> Path:
    path = folder / name
    path.write_text(rules_with(*edits), encoding="utf-8")
    return path


def test_the_project_s_own_file_is_clean(project_library: Library) -> None:
    """The file that comes with the project has no problem, and knows every wait on the way to being registered."""
    problems = Problems()
    rules = read_rules(RULES, problems, project_library)

    assert problems.found == []
    assert rules == rules_of()
    assert set(rules.dates) == {"year-end", "limit"}
    assert rules.dates["year-end"].days == (30, 14, 7, 3, 1, 0)
    assert rules.dates["limit"].days == (180, 90, 30, 7, 1)
    assert rules.waiting
    assert (rules.waiting.first, rules.waiting.every, rules.waiting.most) == (3, 7, 3)
    assert [lead.flow for lead in rules.leads] == ["activation", APPLICATION, APPLICATION]


# Who gets it


async def test_a_chat_opens_with_the_texts_of_the_file(
    regbot: Process, folder: Path, given: Given, database: Path
) -> None:
    """What is due when somebody opens the chat in the terminal is said as the file says it."""
    await make_overdue(database, 1, channel=CHANNEL)
    options = ["--entries", folder, "--flows", beside(folder), *given(write_rules(folder.parent, OWN, ALWAYS))]

    said = regbot("chat", "--name", "1", "--database", database, *options)

    assert (said.returncode, said.stderr) == (0, b"")
    assert "老王说：离" in said.stdout.decode()
    assert {row.state for row in states(database, channel=CHANNEL) if row.rule == "later"} == {"sent"}


async def test_the_bot_sends_the_texts_of_the_file(folder: Path, given: Given, database: Path, api: BotApi) -> None:
    """What is due when the bot starts is sent as the file says it."""
    await make_overdue(database, 1)
    api.meet(1)
    options = ["--entries", folder, "--flows", beside(folder), *given(write_rules(folder.parent, OWN, ALWAYS))]

    async with BotProcess(api, database, *options) as bot:
        (sent,) = await api.replies(1, 1)
        assert await bot.stop() == 0
    assert "老王说：离" in sent["text"]


async def test_a_rehearsal_shows_the_texts_of_the_file(
    regbot: Process, folder: Path, given: Given, database: Path
) -> None:
    """The texts and days of a rehearsal are those of the file."""
    await make_overdue(database, 1)
    file = write_rules(folder.parent, OWN, ("[30, 1, 0]", "[9]"), ("hour: 10", "hour: 11"))
    options = [
        "--entries",
        folder,
        "--flows",
        beside(folder),
        *given(file),
        "--database",
        database,
        "--dry-run",
        "--on",
    ]
    query(database, "UPDATE reminder_settings SET zone = NULL, later = NULL")

    nine, seven = (regbot("remind", *options, day) for day in ("2027-12-22", "2027-12-24"))

    assert "11:00        1  year-end-9\n" in nine.stdout.decode()
    assert "老王说：离2027年12月31日还有9天。" in nine.stdout.decode()
    assert seven.stdout.decode().splitlines() == [
        "2027-12-24 (Asia/Shanghai): 0 people would get a reminder, by the hour on their own clock"
    ]


def test_the_file_is_checked(run: Run, folder: Path, given: Given) -> None:
    """`regbot check` reads the file that people would get, against the flows that they would get."""
    options = ["check", "--entries", folder, "--flows", beside(folder), "--today", TODAY]
    clean = run(*options, *given(write_rules(folder.parent)))
    broken = run(*options, *given(write_rules(folder.parent, ("hour: 10", "hour: 7"), ("step: wait", "step: papers"))))
    missing = run(*options, *given(folder / "nowhere.yaml"))

    assert (clean.exit_code, clean.output) == (0, "0 errors, 0 warnings\n")
    assert broken.exit_code == 1
    assert broken.stdout.splitlines() == [
        "mine.yaml:1: hour: 7:00 is in the quiet hours, from 21:00 until 8:00",
        'mine.yaml:32: leads[0].step: "papers" is no waiting step, so nobody waits there',
    ]
    assert broken.stderr == "2 errors, 0 warnings\n"
    assert missing.exit_code == 1
    assert missing.stdout == "content/nowhere.yaml:1: cannot be read: No such file or directory\n"


def test_the_project_s_reminders_are_checked(run: Run) -> None:
    """Without any option, `regbot check` reads the project's own file as well, and finds nothing."""
    result = run("check", "--today", "2026-11-25")

    assert (result.exit_code, result.output) == (0, "0 errors, 0 warnings\n")


def test_other_flows_without_other_reminders(run: Run, folder: Path) -> None:
    """The project's reminders speak of the project's flows, which is no mistake beside others."""
    result = run("check", "--entries", folder, "--flows", beside(folder), "--today", TODAY)

    assert (result.exit_code, result.output) == (0, "0 errors, 0 warnings\n")


def test_a_file_is_checked_beside_other_entries(run: Run, folder: Path) -> None:
    """A file that is named is checked, also when other entries are named and no flows."""
    file = write_rules(folder.parent, ("hour: 10", "hour: 7"))

    result = run("check", "--entries", folder, "--today", TODAY, "--reminders", file)

    assert "mine.yaml:1: hour: 7:00 is in the quiet hours, from 21:00 until 8:00" in result.stdout.splitlines()
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "command", [["chat"], ["telegram", "--rate", "30"], ["remind", "--dry-run"]], ids=lambda found: found[0]
)
async def test_a_broken_file_ends_in_one_sentence(  # noqa: PLR0917 - fixtures
    regbot: Process, monkeypatch: pytest.MonkeyPatch, folder: Path, given: Given, database: Path, command: list[str]
) -> None:
    """A file that cannot be used ends every command with one sentence and status 1; nothing in the database changes."""
    monkeypatch.setenv("REGBOT_TELEGRAM_TOKEN", "1:a")
    monkeypatch.setenv("REGBOT_TELEGRAM_API", "http://127.0.0.1:9")
    await make_overdue(database, 2, channel=CHANNEL)
    before = everything(database)
    file = write_rules(folder.parent, ("later: [1, 3]", "later: [0, 3]"), ("most: 3", "most: 0"))
    options = [*command, "--entries", folder, "--flows", beside(folder), *given(file), "--database", database]

    result = regbot(*options, stdin="你好\n".encode())

    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.decode() == (
        f"regbot: the reminders cannot be used: {file}:3: later[0]: expected a whole number from 1 to 365, found 0 "
        "(and 1 more); `regbot check` lists all problems\n"
    )
    assert everything(database) == before


@pytest.mark.parametrize("command", [["chat"], ["telegram"], ["remind", "--dry-run"]], ids=lambda found: found[0])
async def test_a_missing_file_ends_in_one_sentence(
    regbot: Process, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Path, command: list[str]
) -> None:
    """A file that is not there is no reason to use another one in silence."""
    monkeypatch.setenv("REGBOT_TELEGRAM_TOKEN", "1:a")
    monkeypatch.setenv("REGBOT_TELEGRAM_API", "http://127.0.0.1:9")
    await make_overdue(database, 1, channel=CHANNEL)
    before, nowhere = everything(database), tmp_path / "nowhere.yaml"

    result = regbot(*command, "--reminders", nowhere, "--database", database, stdin=b"hello\n")

    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.decode() == (
        f"regbot: the reminders cannot be used: {nowhere}:1: cannot be read: No such file or directory; "
        "`regbot check` lists all problems\n"
    )
    assert everything(database) == before


@pytest.mark.parametrize(
    ("days", "begin", "due"),
    [(3, "12月28日", "2026-12-28T02:00:00+00:00"), (20, "12月3日", "2026-12-03T02:00:00+00:00")],
)
async def test_lead_times_of_one_s_own_change_the_plan(  # noqa: PLR0917 - fixtures
    small_matcher: Matcher, small_library: Library, here: Path, days: int, begin: str, due: str
) -> None:
    """How long others take at one's place decides what /remind says has to begin when, and when that is said."""
    file = here / f"{days}.yaml"
    file.write_text(rules_with(("days: 3\n", f"days: {days}\n")), encoding="utf-8")
    path = here / "regbot.db"
    async with await Store.open(path) as store:
        conversation = Conversation(small_matcher, store, small_library, ZONE, rules_of(file))
        said = shown(await conversation.turn(Incoming("test", "me", china(11, 25), text="/remind on")))

    assert f"{begin}：请单位寄信" in said
    assert query(path, "SELECT due_at FROM reminders WHERE rule = 'year-end-start'") == [(due,)]
