"""Before an upgrade: what would become of the people who are on their way, replayed from a real database."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from bot.conversation import Conversation
from bot.errors import StoreError
from bot.messages import Incoming
from bot.migrations import migrations
from bot.run_check import Outcome, check_runs, stored_runs
from bot.store import Store
from faq.matcher import Matcher
from flows.definition import Library
from tests.conftest import NOW
from tests.flow_edits import DATES, LETTERS, Edit, edited
from tests.flow_samples import write_flows
from tests.store_helpers import opened

Run = Callable[..., Result]

NOBODY = 65534
TO_WAIT = ("要信", "要了", "医师")
PEOPLE: Mapping[str, Sequence[str]] = {
    "Ann": ("要信",),
    "Bo": ("要信", "/cancel"),
    "Chen": TO_WAIT,
    "Dai": (*TO_WAIT, "信到了", "复印件"),
    "Eli": (*TO_WAIT, "信到了", "没齐也先看"),
    "Fu": ("要信", "单位不肯", "不办了", "我的日期"),
}
"""What people typed, by name."""
UNCHANGED = [
    "dates: obtained: 1: stays",
    "letters: ask: 2: stays",
    "letters: finished: 1: stays",
    "letters: given-up: 1: stays",
    "letters: papers: 1: stays",
    "letters: wait: 1: stays",
]


def talked(path: Path, matcher: Matcher, library: Library, people: Mapping[str, Sequence[str]] = PEOPLE) -> Path:
    """Return the database after people have typed what they typed."""

    async def talk() -> None:
        async with await Store.open(path) as store:
            conversation = Conversation(matcher, store, library)
            for name, texts in people.items():
                for text in texts:
                    await conversation.turn(Incoming("test", name, NOW, text=text))

    asyncio.run(talk())
    return path


@pytest.fixture(name="full")
def _full(database: Path, small_matcher: Matcher, small_library: Library) -> Path:
    """Return a database with people at several places of the small library."""
    return talked(database, small_matcher, small_library)


@pytest.fixture(name="check")
def _check(run: Run, tmp_path: Path) -> Callable[..., Result]:
    """Return a function that checks a database's runs against the small library, edited (name, old text, new text)."""

    def check(database: Path, *edits: Edit, without: str | None = None) -> Result:
        files = {name: text for name, text in edited(*edits).items() if name != without}
        flows = write_flows(tmp_path / "flows", files)
        return run("flow", "migrate-check", "--database", database, "--flows", flows)

    return check


def test_unchanged_flows(check: Callable[..., Result], full: Path) -> None:
    """With the flows as they are everybody stays, and the exit status is 0."""
    result = check(full)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [*UNCHANGED, "7 runs, 0 stranded"]


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        pytest.param([(LETTERS, "[Ask for the letter.,", "[Please ask for it.,")], [], id="other-text"),
        pytest.param([(LETTERS, "{id: asked,", "{id: sent, zh: 寄了, en: Sent, next: role}\n      - {id: asked,")], [
            "letters: ask: 2: changed"
        ], id="new-choice"),
        pytest.param([(LETTERS, "      - {id: copy, zh: 复印件, en: A copy}\n", "")], [
            "letters: papers: 1: changed"
        ], id="item-gone"),
        pytest.param([(LETTERS, "- id: wait\n", "- id: post\n    formerly: [wait]\n"),
                      (LETTERS, "next: wait\n", "next: post\n"), (LETTERS, "next: wait}", "next: post}")], [
            "letters: wait: 1: stays -> post"
        ], id="renamed-with-notice"),
        pytest.param([(LETTERS, "- id: finished\n", "- id: over\n"), (LETTERS, "next: finished", "next: over"),
                      (LETTERS, "next: finished", "next: over")], [
            "letters: finished: 1: stays -> over"
        ], id="another-end"),
        pytest.param([(LETTERS, "- id: ask\n", "- id: begin\n"), (LETTERS, "next: ask", "next: begin"),
                      (LETTERS, "next: ask", "next: begin")], [
            "letters: ask: 2: moved -> begin"
        ], id="first-step-gone"),
        pytest.param([(LETTERS, "- id: wait\n", "- id: post\n"), (LETTERS, "next: wait\n", "next: post\n"),
                      (LETTERS, "next: wait}", "next: post}")], [
            "letters: wait: 1: moved -> role"
        ], id="step-gone"),
    ],
)  # fmt: skip
def test_changed_flows(check: Callable[..., Result], full: Path, edits: list[Edit], lines: list[str]) -> None:
    """Each place says what becomes of the people there, the stranded first; the exit status is 1 if there are any."""
    places = {line.rpartition(": ")[0] for line in lines}
    stranded = [line for line in lines if ": moved" in line]
    others = [line for line in UNCHANGED if line.rpartition(": ")[0] not in places]
    people = sum(int(line.split(": ")[2]) for line in stranded)

    result = check(full, *edits)

    last = f"7 runs, {people} stranded\n"
    assert result.stdout.splitlines() == [
        *stranded,
        *sorted([*others, *(line for line in lines if line not in stranded)]),
        *([] if people else [last.strip()]),
    ]
    assert (result.exit_code, result.stderr) == ((1, last) if people else (0, ""))


def test_flow_gone(check: Callable[..., Result], full: Path) -> None:
    """People in a flow that is gone are stranded."""
    result = check(full, without=DATES)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["dates: obtained: 1: flow gone", *UNCHANGED[1:]]
    assert result.stderr == "7 runs, 1 stranded\n"


def test_unreadable_run(check: Callable[..., Result], full: Path) -> None:
    """A run that is none any more is stranded, and named by its flow."""
    with closing(sqlite3.connect(full)) as connection:
        connection.execute('UPDATE runs SET run = \'{"flow": "letters"}\' WHERE person = 3')
        connection.execute("UPDATE runs SET run = 'nothing' WHERE person = 4")
        connection.commit()

    result = check(full)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["letters: ?: 2: unreadable", *UNCHANGED[:4]]
    assert result.stderr == "7 runs, 2 stranded\n"


def test_step_gone_after_the_end(small_library: Library, full: Path) -> None:
    """Somebody whose flow has ended is not stranded when no such end is left: they have nothing to lose."""
    letters = small_library.flow("letters")
    assert letters is not None
    text = next(text for _, text in stored_runs(full) if '"status":"finished"' in text and '"step":"finished"' in text)
    begun = Library((type(letters)("letters", 1, letters.texts, letters.steps[:2]),))

    assert check_runs(begun, [("letters", text)]) == [Outcome("letters", "finished", 1, "changed", "ask")]


def test_no_runs(check: Callable[..., Result], database: Path, small_matcher: Matcher, small_library: Library) -> None:
    """A database in which nobody is on the way is fine."""
    talked(database, small_matcher, small_library, {"Ann": ("hello",)})

    result = check(database)

    assert (result.exit_code, result.output) == (0, "0 runs, 0 stranded\n")


def test_database_of_the_settings(run: Run, full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an option the database is that of the settings."""
    monkeypatch.setenv("REGBOT_DATABASE", str(full))

    result = run("flow", "migrate-check", "--flows", write_flows(tmp_path / "flows"))

    assert result.stdout.splitlines() == [*UNCHANGED, "7 runs, 0 stranded"]


def no_file(path: Path) -> None:
    """Leave the file away."""


def a_folder(path: Path) -> None:
    path.mkdir()


def not_sqlite(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 100)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY)")


def older(path: Path) -> None:
    with opened(path) as db:
        migrations.apply(db, stop_before="m006_create_runs")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(no_file, "does not exist", id="missing"),
        pytest.param(a_folder, "is a folder", id="folder"),
        pytest.param(not_sqlite, "is not an SQLite file", id="not-sqlite"),
        pytest.param(foreign, "is not one of the assistant's", id="foreign"),
        pytest.param(older, "holds no runs; it was written by an older version", id="older"),
        pytest.param(Path.touch, "is empty", id="empty"),
    ],
)
def test_bad_database(check: Callable[..., Result], database: Path, make: Callable[[Path], None], message: str) -> None:
    """A database that cannot be used is one sentence that names it, and none is made."""
    make(database)
    before = sorted(database.parent.iterdir())

    result = check(database)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"regbot: the database {database} {message}\n"
    assert sorted(path for path in database.parent.iterdir() if path.name != "flows") == before


@pytest.mark.parametrize("name", ["a b.db", "what?.db", "50%.db", "#1.db", "医师.db", ":memory:", "file:a.db"])
def test_names_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_matcher: Matcher, small_library: Library, name: str
) -> None:
    """A database may have any name, also one that means something in an address."""
    monkeypatch.chdir(tmp_path)

    talked(Path(name), small_matcher, small_library, {"Ann": ("要信",)})

    assert [flow for flow, _ in stored_runs(Path(name))] == ["letters"]


def contents(folder: Path) -> dict[str, bytes]:
    """Return what stands in the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_nothing_is_written(check: Callable[..., Result], full: Path) -> None:
    """The database is only read: not a byte of it changes, and no file stays behind."""
    before = contents(full.parent)

    check(full)

    assert contents(full.parent) == before


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM runs WHERE flow = 'dates'")
print("ready", flush=True)
sys.stdin.read()
"""


def test_while_another_process_writes(check: Callable[..., Result], full: Path) -> None:
    """The assistant may be running meanwhile, and in the middle of writing: what was committed is checked."""
    command = [sys.executable, "-c", HOLD, str(full)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        result = check(full)
        process.communicate(timeout=60)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [*UNCHANGED, "7 runs, 0 stranded"]


async def test_what_is_still_in_the_log(
    check: Callable[..., Result], full: Path, small_matcher: Matcher, small_library: Library, tmp_path: Path
) -> None:
    """What a running assistant, or one that was killed, has left in the write-ahead log counts, and stays there."""
    async with await Store.open(full) as store:
        conversation = Conversation(small_matcher, store, small_library)
        await conversation.turn(Incoming("test", "Gu", NOW, text="要信"))
        killed = Path(
            shutil.copytree(full.parent, tmp_path / "killed", ignore=shutil.ignore_patterns("*-shm", "flows"))
        )
        before = contents(killed)
        results = [check(full), check(killed / full.name)]

    seen = [line.replace("letters: ask: 2", "letters: ask: 3") for line in UNCHANGED]
    assert [result.stdout.splitlines() for result in results] == [[*seen, "8 runs, 0 stranded"]] * 2
    assert set(before) == {full.name, f"{full.name}-wal"}
    assert {name: text for name, text in contents(killed).items() if name in before} == before


@pytest.fixture(name="home")
def _home() -> Iterator[Path]:
    """A folder, and no rights beyond it: root, who may write everywhere, is nobody meanwhile."""
    home = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(home, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, 0)
    yield home
    if root:
        os.setresuid(0, 0, 0)
    home.chmod(0o700)
    shutil.rmtree(home)


def test_read_only_folder(home: Path, small_matcher: Matcher, small_library: Library) -> None:
    """A copy in a folder that cannot be written, such as a backup, can be checked."""
    path = talked(home / "regbot.db", small_matcher, small_library)
    before = stored_runs(path)
    for more in home.glob("regbot.db-*"):
        more.unlink()
    path.chmod(0o400)
    home.chmod(0o500)

    assert len(before) == 7
    assert stored_runs(path) == before
    assert list(home.iterdir()) == [path]


def test_file_without_rights(home: Path, small_matcher: Matcher, small_library: Library) -> None:
    """A database that this user may not read is one sentence."""
    path = talked(home / "regbot.db", small_matcher, small_library)
    path.chmod(0o000)

    with pytest.raises(StoreError) as caught:
        stored_runs(path)

    assert str(caught.value) == f"the database {path} cannot be opened for reading"


def test_unwritable_folder_of_flows(home: Path, run: Run) -> None:
    """A list of ids that cannot be written is one sentence, and nothing is left behind."""
    flows = write_flows(home / "flows")
    flows.chmod(0o500)

    result = run("flow", "ids", "--write", "--flows", flows)

    flows.chmod(0o700)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"regbot: {flows / 'ids.yaml'} cannot be written: Permission denied\n"
    assert not (flows / "ids.yaml").exists()
