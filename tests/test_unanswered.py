"""The list of what was asked and not answered, and what is decided about it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.curation.groups import decide, listing, numbers_of_group
from bot.store import Store
from faq.matcher import Matcher
from tests.curation_helpers import Run, asked, decisions, reports, stored
from tests.store_helpers import NOW, other_process, rows

LOST = ("丢了介绍信怎么办", "请问丢了介绍信怎么办呢", "丢了介绍性怎么办")
QUESTIONS = (
    ("a", LOST[0]),
    ("b", "is there a fax number"),
    ("b", LOST[1]),
    ("a", LOST[0]),
    ("c", "系统几月开放"),
    ("c", LOST[2]),
    ("a", LOST[0]),
    ("d", "帽子贵不贵"),
)
"""The third is answered by the content; the numbers are 1 to 6 in the order in which they are new."""

SHOWN = """\
6  zh  asked 1 time by 1 person, last on 2026-11-22 16:37
    帽子贵不贵
  nearest: NEAR

1  zh  asked 5 times by 3 people, last on 2026-11-22 16:36; 2 people wait for the answer
    丢了介绍信怎么办
    请问丢了介绍信怎么办呢
    丢了介绍性怎么办
  nearest: NEAR

2  en  asked 1 time by 1 person, last on 2026-11-22 16:31
    is there a fax number
  nearest: NEAR

answered by now: 1
(times of Asia/Shanghai)
"""


def without_nearest(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join("  nearest: NEAR\n" if line.startswith("  nearest: ") else line for line in lines)


def test_alike_questions_are_listed_together(run: Run, folder: Path, database: Path) -> None:
    """A group has its number, how often and by how many it was asked, when last, who waits, the wordings and what is nearest."""
    stored(database, *QUESTIONS, hears=(1, 3))
    before = rows(database, "SELECT * FROM unanswered")

    result = run("unanswered", "--entries", folder, "--database", database)

    assert (result.exit_code, result.stderr) == (0, "")
    assert without_nearest(result.output) == SHOWN
    assert all(line.count("%") == 3 for line in result.output.splitlines() if line.startswith("  nearest: "))
    assert rows(database, "SELECT * FROM unanswered") == before


def test_as_json(run: Run, folder: Path, database: Path) -> None:
    """The same comes as one JSON object, with every wording, five entries and times in UTC; nobody's name stands in it."""
    stored(database, *QUESTIONS, hears=(3,))

    found = json.loads(run("unanswered", "--json", "--limit", "2", "--entries", folder, "--database", database).output)

    assert {key: found[key] for key in found if key != "groups"} == {
        "answered_by_now": 1,
        "more": 1,
        "not_looked_at": 0,
    }
    assert [group["number"] for group in found["groups"]] == [6, 1]
    second = found["groups"][1]
    assert len(second.pop("nearest")) == 4
    assert second == {
        "number": 1,
        "language": "zh",
        "wordings": list(LOST),
        "times": 5,
        "people": 3,
        "waiting": 1,
        "last_asked": "2026-11-22T08:36:15Z",
        "decision": None,
        "entry": None,
    }


def test_not_everything_is_shown_at_once(run: Run, folder: Path, database: Path) -> None:
    """At most five wordings and as many groups as wanted are shown; --all shows the rest."""
    same = [("a", f"丢了介绍信怎么办{end}") for end in ("", "啊", "呀", "呢", "哦", "吧", "啦")]
    stored(database, ("b", "is there a fax number"), *same)
    arguments = ("unanswered", "--entries", folder, "--database", database)

    few, everything = run(*arguments, "--limit", "1").output, run(*arguments, "--all").output

    assert few.count("    丢了介绍信怎么办") == 5
    assert "    (and 2 wordings more: --all)\n" in few
    assert "not shown: 1 groups (--limit, --all)\n" in few
    assert everything.count("    丢了介绍信怎么办") == 7
    assert "fax" in everything
    assert "not shown" not in everything


def test_nothing_to_list(run: Run, folder: Path, database: Path) -> None:
    """Without open questions the list says so."""
    stored(database, ("a", "系统几月开放"))

    result = run("unanswered", "--entries", folder, "--database", database, "--timezone", "Asia/Urumqi")

    assert result.output == "no questions wait for an answer\nanswered by now: 1\n(times of Asia/Urumqi)\n"


async def test_a_personal_number_is_not_what_makes_questions_alike(small_matcher: Matcher, database: Path) -> None:
    """What stands for masked data counts neither for likeness nor for the match."""
    await asked(database, ("a", "我的[phone]收不到传真"), ("b", "我的收不到传真"), ("c", "[e-mail] 系统几月开放"))

    async with await Store.open(database) as store:
        found = await listing(store, small_matcher)

    assert [group.numbers for group in found.groups] == [(1, 2)]
    assert found.answered == 1


async def test_what_the_content_answers_by_now_is_left_out(small_matcher: Matcher, database: Path) -> None:
    """Of a group with a wording that is answered by now, the others stay; an entry that is not given answers nothing."""
    await asked(database, ("a", "系统几月开放"), ("b", "系统几月开放呢哦"), ("c", LOST[0]))

    async with await Store.open(database) as store:
        found = await listing(store, small_matcher)
        withheld = await listing(store, small_matcher, without={"opening"})

    assert [group.numbers for group in found.groups if 3 not in group.numbers] == [(2,)] * (found.answered == 1)
    assert found.answered in {1, 2}
    assert [group.numbers for group in withheld.groups] == [(3,), (1, 2)]


async def test_looking_ends_when_enough_is_found(small_matcher: Matcher, database: Path) -> None:
    """For a few groups not all questions are matched; how many were not is said."""
    await asked(database, ("a", LOST[0]), ("a", "is there a fax number"), ("b", "帽子贵不贵"))

    async with await Store.open(database) as store:
        few = await listing(store, small_matcher, 1, look=2)

        assert [group.number for group in (await listing(store, small_matcher, 2)).groups] == [3, 2]
    assert ([group.number for group in few.groups], few.more, few.left) == ([3], 1, 1)


# What is decided


async def test_decisions_hold_for_the_whole_group(small_matcher: Matcher, database: Path) -> None:
    """Any number of a group names it; a decision is shown, changed and taken back."""
    await asked(database, *QUESTIONS)
    now = NOW + timedelta(days=1)

    async with await Store.open(database) as store:

        async def groups() -> list[tuple[int, str | None, str | None]]:
            return [
                (group.number, group.decision, group.entry) for group in (await listing(store, small_matcher)).groups
            ]

        assert await numbers_of_group(store, 5) == (1, 3, 5)
        assert await decide(store, small_matcher, 3, "assign", "form", now)
        assert await groups() == [(6, None, None), (1, "assign", "form"), (2, None, None)]
        left = await listing(store, small_matcher, 2, undecided=True)
        assert [group.number for group in left.groups] == [6, 2]
        assert await decide(store, small_matcher, 5, "dismiss", None, now)
        assert await groups() == [(6, None, None), (2, None, None)]
        assert decisions(database)[0] == (1, "dismiss", None)
        assert await decide(store, small_matcher, 1, None, None, now)
        assert await groups() == [(6, None, None), (1, None, None), (2, None, None)]
        for number, entry in ((99, "form"), (1, "from"), (1, None)):
            assert not await decide(store, small_matcher, number, "assign", entry, now)
    assert {report.decided_at for report in (await reports(database)).values()} == {None}


def test_dismissing_and_taking_it_back(run: Run, folder: Path, database: Path) -> None:
    """A dismissed group is off the list, shown with --all, and can be put back."""
    stored(database, *QUESTIONS)
    listed = ("unanswered", "--entries", folder, "--database", database)

    done = run("unanswered", "dismiss", "3", "--database", database)

    assert (done.exit_code, done.output) == (0, "dismissed: 3 questions\n")
    assert LOST[0] not in run(*listed).output
    assert f"    {LOST[2]}\n  nearest" in run(*listed, "--all").output
    assert "\n  dismissed\n" in run(*listed, "--all").output
    assert run("unanswered", "dismiss", "1", "--undo", "--database", database).output == "listed again: 3 questions\n"
    assert without_nearest(run(*listed).output) == SHOWN.replace("; 2 people wait for the answer", "")


async def test_a_question_asked_again_stays_dismissed(small_matcher: Matcher, database: Path) -> None:
    """Who dismissed a question does not see it again in the same words; other questions are not touched."""
    await asked(database, *QUESTIONS)
    async with await Store.open(database) as store:
        await decide(store, small_matcher, 1, "dismiss", None, NOW)
    await asked(database, ("z", LOST[0]))

    async with await Store.open(database) as store:
        assert [group.number for group in (await listing(store, small_matcher)).groups] == [6, 2]


async def test_decided_at_is_kept_in_utc(small_matcher: Matcher, database: Path) -> None:
    """The moment of a decision is written down like every other one."""
    await asked(database, ("a", LOST[0]))
    async with await Store.open(database) as store:
        await decide(store, small_matcher, 1, "assign", "form", datetime.fromisoformat("2026-11-23T01:00:00+08:00"))

    report = (await reports(database))[1]

    assert (report.decision, report.entry) == ("assign", "form")
    assert report.decided_at == datetime(2026, 11, 22, 17, tzinfo=UTC)


# What goes wrong


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dismiss", "99"], "there is no open question 99"),
        (["dismiss", "1", "--undo"], "there is no dismissed question 1"),
        (["assign", "99", "form"], "there is no unanswered question 99"),
        (["--timezone", "Asia/Nowhere"], 'there is no time zone "Asia/Nowhere"; name one as in the IANA database, such as Asia/Urumqi'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_what_is_not_there(run: Run, folder: Path, database: Path, arguments: list[str], message: str) -> None:
    """What does not exist ends the command with one sentence."""
    stored(database, ("a", LOST[0]))
    content = [] if arguments[0] == "dismiss" else ["--entries", folder]

    result = run("unanswered", *arguments, *content, "--database", database)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


@pytest.mark.parametrize(
    "command", [[], ["assign", "1", "form"], ["dismiss", "1"], ["apply"]], ids=["list", "assign", "dismiss", "apply"]
)
def test_bad_database(run: Run, folder: Path, database: Path, command: list[str]) -> None:
    """A database that is not there, locked for too long or of a newer version ends every command with one sentence."""
    content = [] if command[:1] == ["dismiss"] else ["--entries", folder]
    arguments = ("unanswered", *command, *content, "--database", database)
    missing = run(*arguments)
    assert (missing.exit_code, missing.stderr) == (1, f"regbot: the database {database} does not exist\n")
    assert not database.exists()

    database.write_bytes(b"this is not a database" * 100)
    broken = run(*arguments)
    assert (broken.exit_code, broken.stderr) == (1, f"regbot: the database {database} is not an SQLite file\n")
    database.unlink()

    stored(database, ("a", LOST[0]))
    newer = (
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('regbot', 'm999_fly', '2030-01-01')"
    )
    with other_process(database, newer):
        pass
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert 'was written by a newer version (it has the migration "m999_fly")' in result.stderr


def test_locked_database(run: Run, monkeypatch: pytest.MonkeyPatch, database: Path) -> None:
    """While another process writes for longer than is waited, nothing is decided and the sentence says so."""
    stored(database, ("a", LOST[0]))
    monkeypatch.setattr(Store.open.__func__, "__defaults__", (0.05,))  # type: ignore[attr-defined]

    with other_process(database, "BEGIN IMMEDIATE"):
        result = run("unanswered", "dismiss", "1", "--database", database)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"regbot: the database {database} is in use by another process\n"
    assert decisions(database) == [(1, None, None)]


def test_options_before_a_command_are_refused(run: Run, database: Path) -> None:
    """An option of the list that would be left out in silence is refused."""
    result = run("unanswered", "--database", database, "dismiss", "1")

    assert result.exit_code == 2
    assert "options stand behind the command: regbot unanswered dismiss ..." in result.stderr
