"""A wording's way into the content: tried out on a copy, written where nothing gets worse, then noted in the database."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.curation.assigning import Curator, Wish, apply, assign
from bot.curation.groups import decide
from bot.index_cache import load_matcher
from bot.sources import Sources
from bot.store import Store
from faq.matcher import Matcher
from tests.conftest import write_files
from tests.curation_helpers import Run, decisions, stored
from tests.flow_edits import beside
from tests.store_helpers import NOW, error_of, other_process, using
from tests.test_curation_phrasing import changed_lines

Edit = Callable[[str, str, str], None]
HAT, SLIP, OTHER = "帽子贵不贵", "请问帽子贵不贵呢", "is there a fax number"
WORSE = '{"q": "那个帽子贵不贵", "lang": "zh", "ids": [], "kind": "near"}\n'
FILES = ("papers/photo.yaml", "papers/form.yaml", "dates/opening.yaml", "dates/portal-address.yaml")


@pytest.fixture(name="content")
def _content(folder: Path, database: Path) -> list[str | Path]:
    """Return the options for the small content and the database, in which three questions were asked."""
    stored(database, ("a", HAT), ("b", SLIP), ("c", OTHER))
    return ["--entries", folder, "--flows", beside(folder), "--database", database]


def texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_bytes().decode() for name in FILES}


def questions(folder: Path, text: str) -> list[str | Path]:
    """Write a file of questions to measure with, and return the option that names it."""
    path = folder.parent / "questions.jsonl"
    path.write_text(text, encoding="utf-8")
    return ["--questions", path]


def test_the_wording_is_written(run: Run, folder: Path, content: list[str | Path]) -> None:
    """One line of the entry's file changes, what is answered is shown and noted, and who waits for nothing is not kept."""
    before = texts(folder)

    result = run("unanswered", "assign", "1", "photo", *content)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output.splitlines() == [
        f'trying out "{HAT}" (zh) under "photo"; the index is built anew, which takes some seconds',
        "no questions to measure with: name a file of them with --questions FILE",
        f"1 {HAT}: answered by photo now",
        f"2 {SLIP}: answered by photo now",
        "content/papers/photo.yaml: the phrasing was added",
    ]
    after = texts(folder)
    assert [name for name in FILES if before[name] != after[name]] == ["papers/photo.yaml"]
    (gone,), (come,) = changed_lines(before["papers/photo.yaml"], after["papers/photo.yaml"])
    assert come == gone.replace("]\n", f", {HAT}]\n")
    assert run("ask", HAT, "--entries", folder).output.startswith("要带几张照片？\n")


def test_the_database_knows_what_was_assigned(run: Run, content: list[str | Path], database: Path) -> None:
    """What is assigned is off the list, and cannot be dismissed any more."""
    run("unanswered", "assign", "2", "photo", *content)

    assert decisions(database) == [(1, "assigned", "photo"), (2, "assigned", "photo"), (3, None, None)]
    assert "assigned to photo" in run("unanswered", "--all", *content[:2], *content[4:]).output
    assert HAT not in run("unanswered", *content[:2], *content[4:]).output
    assert run("unanswered", "dismiss", "2", *content[4:]).stderr == "regbot: there is no open question 2\n"
    assert decisions(database)[1] == (2, "assigned", "photo")


def test_what_was_assigned_by_mistake_is_listed_again_when_it_is_taken_out(
    run: Run, folder: Path, content: list[str | Path]
) -> None:
    """The curator takes the line out by hand; nothing is lost."""
    before = texts(folder)
    done = run("unanswered", "assign", "2", "photo", *content)
    assert 'note: "photo" is not among the entries that come nearest to this question' not in done.output
    listed = ("unanswered", *content[:2], *content[4:])
    assert HAT not in run(*listed).output

    write_files(folder, before)

    assert HAT in run(*listed).output
    assert run("unanswered", "assign", "2", "photo", *content).exit_code == 0
    assert HAT not in run(*listed).output


def test_nothing_is_assigned_to_what_nobody_would_get(
    run: Run, folder: Path, content: list[str | Path], database: Path
) -> None:
    """An entry that is out of force answers nothing, whatever its phrasings; the question stays."""
    text = texts(folder)["papers/photo.yaml"]
    write_files(folder, {"papers/photo.yaml": text.replace("order: 1\n", "order: 1\nvalid-until: 2020-01-01\n", 1)})

    result = run("unanswered", "assign", "1", "photo", *content)

    assert (result.exit_code, result.stderr) == (
        1,
        'regbot: "photo" is not in force today, so nobody would get its answer; see its valid-from and valid-until\n',
    )
    assert decisions(database)[0] == (1, None, None)


def test_the_index_of_the_copy_serves_the_changed_content(run: Run, folder: Path, content: list[str | Path]) -> None:
    """What was built to try it out is what the content has afterwards: nothing is built once more."""
    cache = folder.parent / "cache" / "regbot"
    run("unanswered", "assign", "1", "photo", *content)
    built = {path: path.stat().st_mtime_ns for path in cache.glob("*.npz")}

    matcher = load_matcher(folder)

    assert len(built) == 2
    assert {path: path.stat().st_mtime_ns for path in cache.glob("*.npz")} == built
    assert matcher.match(HAT).answers == ("photo",)


def test_another_wording(run: Run, folder: Path, content: list[str | Path], database: Path) -> None:
    """With --text another wording is written; the question has to be answered by it."""
    assert run("unanswered", "assign", "1", "photo", "--text", "帽子  贵不贵呢\u200b", *content).exit_code == 0
    phrasings = yaml.safe_load((folder / "papers/photo.yaml").read_text(encoding="utf-8"))["zh"]["phrasings"]
    assert phrasings[-1] == "帽子 贵不贵呢"

    far = run("unanswered", "assign", "3", "form", "--text", "Do I sign every page in ink", *content)

    assert far.exit_code == 1
    assert far.stderr == (
        'regbot: nothing was written: question 3 would still not be answered by "form"; --force writes all the same\n'
    )
    assert "in ink" not in texts(folder)["papers/form.yaml"]
    forced = run("unanswered", "assign", "3", "form", "--text", "Do I sign every page in ink", "--force", *content)
    assert forced.exit_code == 0
    assert 'written all the same: question 3 would still not be answered by "form"' in forced.output
    assert "in ink" in texts(folder)["papers/form.yaml"]
    assert decisions(database) == [(1, "assigned", "photo"), (2, "assigned", "photo"), (3, None, None)]


def test_what_gets_worse_is_not_written(run: Run, folder: Path, content: list[str | Path], database: Path) -> None:
    """A question that gets worse keeps the wording out, unless it is forced; figures before and after are shown."""
    before = texts(folder)
    better = '{"q": "这种帽子贵不贵", "lang": "zh", "ids": ["photo"], "kind": "plain"}\n'
    option = questions(folder, WORSE + better)

    refused = run("unanswered", "assign", "1", "photo", *option, *content)

    assert refused.exit_code == 1
    assert refused.stderr == "regbot: nothing was written: 1 question gets worse; --force writes all the same\n"
    lines = refused.stdout.splitlines()
    assert "  worse: fine -> answered by mistake: 那个帽子贵不贵 (out of scope)" in lines
    assert any(
        line.startswith("  better: ") and line.endswith(" -> answered: 这种帽子贵不贵 (photo)") for line in lines
    )
    assert "of 2 questions, something else becomes of 2" in lines
    assert any(line.startswith("zh\tnear\t1\t0.0\t0.0\t0.0\t0.0\t0.0 -> 100.0\t") for line in lines)
    assert (texts(folder), decisions(database)[0]) == (before, (1, None, None))

    forced = run("unanswered", "assign", "1", "photo", "--force", *option, *content)

    assert (forced.exit_code, forced.stderr) == (0, "")
    assert "written all the same: 1 question gets worse" in forced.stdout
    assert HAT in texts(folder)["papers/photo.yaml"]
    assert decisions(database) == [(1, "assigned", "photo"), (2, "assigned", "photo"), (3, None, None)]


def test_content_that_would_be_wrong_is_not_written(run: Run, folder: Path, content: list[str | Path]) -> None:
    """What stands under another entry already would be an error, which is shown with the file; force does not help."""
    before = texts(folder)

    for force in ([], ["--force"]):
        result = run("unanswered", "assign", "1", "photo", "--text", "申请表怎么弄", *force, *content)

        assert (result.exit_code, result.stderr) == (1, "regbot: nothing was written: the content would have errors\n")
        assert result.stdout.splitlines()[-1] == (
            'content/papers/photo.yaml:22: zh.phrasings[25]: "申请表怎么弄" already stands under "form"'
        )
    assert texts(folder) == before


def test_problems_that_were_there_before_do_not_count(
    run: Run, folder: Path, content: list[str | Path], edit: Edit
) -> None:
    """Only new problems keep a wording out, and only they are shown."""
    edit("papers/form.yaml", "reviewed: 2026-11-01\n", "")

    result = run("unanswered", "assign", "1", "photo", *content)

    assert result.exit_code == 0
    assert "reviewed" not in result.output


def test_what_is_answered_already_is_only_noted(
    run: Run, folder: Path, content: list[str | Path], database: Path
) -> None:
    """Where somebody added the phrasing by hand, nothing is written, and the database learns it."""
    stored(database, ("z", "系统几月开放"))
    before = texts(folder)

    result = run("unanswered", "assign", "4", "opening", *content)

    assert (result.exit_code, result.output) == (
        0,
        '"opening" answers this question already, so nothing is written\n',
    )
    assert texts(folder) == before
    assert decisions(database)[-1] == (4, "assigned", "opening")


@pytest.mark.parametrize(
    ("asked", "options", "message"),
    [
        pytest.param("帽子多少钱，打[phone]问吗", [], "the wording holds what stands for personal data; give one without it with --text", id="placeholder"),
        pytest.param(HAT, ["--text", "…😊"], "the wording holds no words; give another one with --text", id="no-words"),
        pytest.param("maozi duoshao qian yi ding", [], "the wording is typed in pinyin; give it in characters with --text", id="pinyin"),
    ],
)  # fmt: skip
def test_wordings_that_are_not_to_be_learnt(  # noqa: PLR0917
    run: Run, folder: Path, database: Path, asked: str, options: list[str], message: str
) -> None:
    """Masked, empty and toneless wordings are refused with the advice to give another one."""
    stored(database, ("a", asked))

    result = run("unanswered", "assign", "1", "photo", *options, "--entries", folder, "--database", database)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["usual", "forced"])
def test_what_is_measured_with_is_not_learnt(
    run: Run, folder: Path, content: list[str | Path], force: list[str]
) -> None:
    """A wording that differs from a test question in nothing but punctuation is refused, forced or not."""
    option = questions(folder, WORSE.replace("那个帽子贵不贵", "帽子，贵不贵？"))

    result = run("unanswered", "assign", "1", "photo", *force, *option, *content)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("regbot: the wording is one of the questions that are measured with")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["9", "photo"], "there is no unanswered question 9"),
        (["1", "foto"], 'there is no entry "foto"; did you mean photo?'),
        (["1", "hats"], 'there is no entry "hats"'),
        (["1"], "nothing is decided about question 1 yet, so name the entry that answers it"),
        (["1", "photo", "--questions", "nowhere.jsonl"], "nowhere.jsonl: cannot be read: No such file or directory"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_assigned(run: Run, content: list[str | Path], arguments: list[str], message: str) -> None:
    """What does not exist is named, with the nearest where there is one."""
    result = run("unanswered", "assign", *arguments, *content)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


def test_bad_yaml(run: Run, folder: Path, content: list[str | Path], edit: Edit) -> None:
    """Content that cannot be read ends the command with the file and the line."""
    edit("papers/photo.yaml", "zh:\n", "zh: [\n")

    result = run("unanswered", "assign", "1", "photo", *content)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"regbot: the content in {folder} has problems: content/papers/photo.yaml:")


# Disks and databases


@pytest.fixture(name="on_disk")
def _on_disk(disk: Path, folder: Path, content: list[str | Path]) -> list[str | Path]:
    """Return the options with the content on a small disk."""
    subprocess.run(["cp", "-r", folder, disk / "content"], check=True)
    return ["--entries", disk / "content", *content[2:]]


def test_full_disk(run: Run, disk: Path, on_disk: list[str | Path], database: Path) -> None:
    """On a full disk the file stays as it is, nothing is left behind, and the question stays open."""
    before = texts(disk / "content")
    filled = subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'ballast'}"], capture_output=True, check=False)
    assert b"No space left" in filled.stderr

    result = run("unanswered", "assign", "1", "photo", *on_disk)

    path = disk / "content/papers/photo.yaml"
    assert result.exit_code == 1
    assert result.stderr.endswith("photo.yaml cannot be written: No space left on device\n")
    assert texts(disk / "content") == before
    assert [*path.parent.glob(".*")] == []
    assert decisions(database)[0] == (1, None, None)


def test_read_only_folder(run: Run, disk: Path, on_disk: list[str | Path], database: Path) -> None:
    """A folder that cannot be written to is named, and the question stays open."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

    result = run("unanswered", "assign", "1", "photo", *on_disk)

    assert result.exit_code == 1
    assert result.stderr.endswith("photo.yaml cannot be written: Read-only file system\n")
    assert decisions(database)[0] == (1, None, None)


def test_locked_database(
    run: Run, folder: Path, content: list[str | Path], small_matcher: Matcher, database: Path
) -> None:
    """Where the database cannot be written, the content is written already, and the list counts the question as answered."""
    recorded(database, small_matcher, (1, "photo"))
    said: list[str] = []

    async def work() -> list[str]:
        async with await Store.open(database, busy_timeout=0.05) as store:
            curator = Curator(store, Sources(entries=folder), NOW, said.append)
            with other_process(database, "BEGIN IMMEDIATE"):
                return [await error_of(assign(curator, Wish(1, "photo"))), await error_of(apply(curator))]

    assert asyncio.run(work()) == [f"the database {database} is in use by another process"] * 2
    assert said[-1] == '"photo" answers this question already, so nothing is written'
    assert HAT in texts(folder)["papers/photo.yaml"]
    assert decisions(database)[0] == (1, "assign", "photo")
    assert "answered by now: 2\n" in run("unanswered", *content[:2], *content[4:]).output
    assert run("unanswered", "apply", *content).output.endswith("1 of 1 assigned\n")


# What was decided in Telegram


def recorded(database: Path, matcher: Matcher, *wanted: tuple[int, str]) -> None:
    async def work(store: Store) -> None:
        for number, entry in wanted:
            assert await decide(store, matcher, number, "assign", entry, NOW)

    asyncio.run(using(database, work))


def test_a_recorded_decision_counts(
    run: Run, folder: Path, content: list[str | Path], small_matcher: Matcher, database: Path
) -> None:
    """It is shown in the list, and no entry has to be named for it."""
    recorded(database, small_matcher, (2, "form"))

    assert "  decided: assign to form\n" in run("unanswered", *content[:2], *content[4:]).output
    assert run("unanswered", "assign", "1", *content).exit_code == 0
    assert HAT in texts(folder)["papers/form.yaml"]


def test_all_decisions_are_applied(
    run: Run, folder: Path, content: list[str | Path], small_matcher: Matcher, database: Path
) -> None:
    """One after the other is written; what cannot be is said, and the rest goes on."""
    stored(database, ("d", "how tall is the tower"))
    recorded(database, small_matcher, (1, "photo"), (3, "form"), (4, "opening"))
    option = questions(folder, WORSE)

    result = run("unanswered", "apply", *option, *content)

    assert (result.exit_code, result.stderr) == (1, "")
    assert [line for line in result.stdout.splitlines() if line.startswith(("---", "nothing was", "content/"))] == [
        f"--- 1 to photo: {HAT}",
        "nothing was written: 1 question gets worse; --force writes all the same",
        f"--- 3 to form: {OTHER}",
        "content/papers/form.yaml: the phrasing was added",
        "--- 4 to opening: how tall is the tower",
        "content/dates/opening.yaml: the phrasing was added",
    ]
    assert result.stdout.endswith("2 of 3 assigned\n")
    assert decisions(database)[:2] == [(1, "assign", "photo"), (2, "assign", "photo")]
    assert run("unanswered", "apply", "--force", *option, *content).output.endswith("1 of 1 assigned\n")
    nothing = run("unanswered", "apply", *content)
    assert (nothing.exit_code, nothing.output) == (0, "nothing is decided that is not written yet\n")
