"""The command line: every command, its help, and its errors in one sentence."""

import importlib.metadata
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from bot.cli import cli
from faq.matcher import Matcher
from faq.text import MAX_CHARACTERS
from tests.flow_edits import beside

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]
Edit = Callable[[str, str, str], None]

ANSWER = "系统几月开放？\n系统三月开放。\n"
FORM = """\
申请表要打印几份？
请打印两份。
接下来你可能想知道：
- 要带几张照片？

source: A notice of the county, 2026-10-01: Item 2
reviewed: 2026-11-01
"""
PHOTO = """\
How many photos do I bring?
Please bring two photos.
1. Have it taken
2. Have it printed
- White background
- Recent
* Write your name on the back.
* The number may differ, so ask the local window.
What you may want to know next:
- How often do I print the form?
- In which month does the system open?

source: A notice of the county, 2026-10-01: Item 1
source: A letter, undated: Page 2
reviewed: 2026-11-01
note for curators: The letter says three photos.
"""


def test_help_lists_every_command(run: Run) -> None:
    """The help names every command with what it does."""
    result = run("--help")

    assert result.exit_code == 0
    assert list(cli.commands) == [
        "chat",
        "check",
        "ask",
        "show",
        "explain",
        "eval",
        "unanswered",
        "flow",
        "telegram",
        "remind",
        "link",
        "backup",
        "status",
        "restore",
        "tidy",
        "local",
        "report",
        "person",
    ]
    for name, command in cli.commands.items():
        assert f"  {name} " in result.output
        assert command.get_short_help_str(30).removesuffix("...") in result.output


@pytest.mark.parametrize("name", list(cli.commands))
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_command(run: Run, name: str, option: str) -> None:
    """Every command and every option of it is described."""
    command = cli.commands[name]
    result = run(name, option)

    assert result.exit_code == 0
    assert command.help
    assert result.output.startswith(f"Usage: regbot {name} ")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert all(spelling in result.output for spelling in parameter.opts)
        else:
            assert parameter.human_readable_name in command.help
            assert parameter.human_readable_name in result.output


def test_version(run: Run) -> None:
    """The version is that of the installed package."""
    try:
        version = importlib.metadata.version("regbot")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is not installed")

    assert run("--version").output == f"regbot, version {version}\n"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param("系统几月开放？", ANSWER, id="answer"),
        pytest.param("申请表要打印几份？", FORM.partition("\nsource")[0], id="next-questions"),
        pytest.param("你好", "你好，请问吧。\n", id="small-talk"),
        pytest.param("考试多少分及格", "分数的事请问考试机构。\n", id="out-of-scope"),
        pytest.param("...", "我没看到文字。请用一句话写出你的问题，中文、英文都行。\n", id="no-words"),
        pytest.param("", "我没看到文字。请用一句话写出你的问题，中文、英文都行。\n", id="empty"),
    ],
)
def test_ask(run: Run, folder: Path, question: str, answer: str) -> None:
    """A question is answered as in the chat, without buttons."""
    result = run("ask", question, "--entries", folder)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output == answer


def test_ask_in_a_language(run: Run, folder: Path) -> None:
    """The language can be said where the letters do not tell it."""
    result = run("ask", "...", "--language", "en", "--entries", folder)

    assert result.output.startswith("I see no words in that.")


LINES = (
    "系统几月开放？",
    "",
    "   ",
    "hello",
    "照片" * MAX_CHARACTERS,
    "\x00",
    '"quoted" \\',
    "what about\tthe form",
    "…",
)


def test_ask_line_for_line(run: Run, folder: Path) -> None:
    """With --json every line on the input is answered by one line on the output, in order."""
    result = run("ask", "--json", "--entries", folder, stdin="\n".join(LINES))
    answers = [json.loads(line) for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert [answer["question"] for answer in answers] == list(LINES)
    assert all(list(answer) == ["question", "language", "verdict", "matches"] for answer in answers)
    assert [answer["verdict"] for answer in answers[:4]] == ["answer", "none", "none", "smalltalk"]
    assert [answer["language"] for answer in answers[:4]] == ["zh", None, None, "en"]
    assert answers[0]["matches"][0] == {"id": "opening", "score": 1.0}
    assert answers[1]["matches"] == []
    assert answers[4]["matches"][0]["id"] == "photo"


@pytest.mark.parametrize(
    "stdin", [b"", "系统几月开放？\n".encode(), "系统几月开放？\r\n".encode(), b"\xff\n\n\xe4\xbd"]
)
def test_ask_line_for_line_in_a_process(regbot: Process, folder: Path, stdin: bytes) -> None:
    """The program itself takes UTF-8, and replaces what is none; an empty input has an empty output."""
    done = regbot("ask", "--json", "--entries", folder, stdin=stdin)

    assert (done.returncode, done.stderr) == (0, b"")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["question"] for answer in answers] == stdin.decode(errors="replace").splitlines()


def test_ask_about_the_project(run: Run, project_matcher: Matcher) -> None:
    """Without a folder the project's own content answers."""
    assert run("ask", "助理要不要注册").output.startswith("助理医师需要注册吗？\n要。")


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "x", "--json"], ["ask", "x", "y"], ["ask", "x", "--language", "de"]], ids=" ".join
)
def test_ask_wrongly(run: Run, arguments: list[str]) -> None:
    """A question is given, or the input is read, never both."""
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: regbot ask ")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [(["form"], FORM), (["form", "--language", "zh"], FORM), (["photo", "--language", "en"], PHOTO)],
    ids=["default", "chinese", "english"],
)
def test_show(run: Run, folder: Path, arguments: list[str], shown: str) -> None:
    """An entry is shown with its sources, its review and the note for curators."""
    result = run("show", *arguments, "--entries", folder)

    assert (result.exit_code, result.output) == (0, shown)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param("from", 'there is no entry "from"; did you mean form?', id="near"),
        pytest.param("greeting", 'there is no entry "greeting"', id="far"),
        pytest.param("", 'there is no entry ""', id="empty"),
    ],
)
def test_show_unknown(run: Run, folder: Path, entry: str, message: str) -> None:
    """An id that does not exist is an error, which names the nearest one."""
    result = run("show", entry, "--entries", folder)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


def test_check_good(run: Run, folder: Path) -> None:
    """Content without problems has the exit status 0; the project's flows are not checked with it."""
    result = run("check", "--entries", folder, "--today", "2026-11-22")

    assert (result.exit_code, result.stdout) == (0, "0 errors, 0 warnings\n")


def test_check_warnings(run: Run, folder: Path) -> None:
    """Warnings are listed and do not change the exit status."""
    result = run("check", "--entries", folder, "--flows", beside(folder), "--today", "2027-11-22")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == (
        "content/dates/opening.yaml:3: reviewed: warning: was last reviewed on 2026-11-01, more than a year ago"
    )
    assert result.stdout.splitlines()[-1] == "0 errors, 6 warnings"


def test_check_bad(run: Run, folder: Path, edit: Edit) -> None:
    """All problems are listed, and the exit status is 1."""
    edit("papers/form.yaml", "id: form", "id: from")
    edit("groups.yaml", "zh: 材料", "zh: no")

    result = run("check", "--entries", folder)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'content/groups.yaml:1: [0].zh: expected a text, found a truth value "no" (quote it)',
        'content/papers/form.yaml:1: id: "from" is not the file\'s name "form"',
    ]
    assert result.stderr == "2 errors, 0 warnings\n"


QUESTIONS = """\
{"q": "系统几月开放？", "lang": "zh", "ids": ["opening"], "kind": "plain"}
{"q": "申请表要打印几份？", "lang": "zh", "ids": ["photo", "opening", "portal-address"], "kind": "rough"}

{"q": "hello", "lang": "en", "ids": [], "kind": "chat"}
{"q": "How often do I print the form?", "lang": "en", "ids": [], "kind": "near"}
"""


@pytest.fixture(name="questions")
def _questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


def test_eval_table(run: Run, folder: Path, questions: Path) -> None:
    """Over a pipe the measures are a table with tabs."""
    result = run("eval", questions, "--entries", folder)

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "language\tkind\tcount\ttop-1\ttop-3\tanswered\thelped\twrong\tquiet",
        "zh\tin scope\t2\t50.0\t100.0\t50.0\t50.0\t50.0\t0.0",
        "zh\tplain\t1\t100.0\t100.0\t100.0\t100.0\t0.0\t0.0",
        "zh\trough\t1\t0.0\t100.0\t0.0\t0.0\t100.0\t0.0",
        "en\tnear\t1\t0.0\t0.0\t0.0\t0.0\t100.0\t0.0",
        "en\tchat\t1\t0.0\t0.0\t0.0\t0.0\t0.0\t100.0",
        "all\tin scope\t2\t50.0\t100.0\t50.0\t50.0\t50.0\t0.0",
        "all\tnear\t1\t0.0\t0.0\t0.0\t0.0\t100.0\t0.0",
        "all\tchat\t1\t0.0\t0.0\t0.0\t0.0\t0.0\t100.0",
    ]


def test_eval_errors(run: Run, folder: Path, questions: Path) -> None:
    """The questions that went wrong are listed below the table."""
    table = run("eval", questions, "--entries", folder).output
    listed = run("eval", questions, "--errors", "--entries", folder).output.removeprefix(table)

    assert [line.split("  ")[0] for line in listed.splitlines() if not line.startswith(" ")] == [
        "申请表要打印几份？",
        "How often do I print the form?",
    ]
    assert "    right: photo, opening, portal-address\n    answer: form 1.00" in listed
    assert "    right: out of scope (near)\n    answer: form 1.00" in listed


def test_eval_as_json(run: Run, folder: Path, questions: Path) -> None:
    """The same measures come as JSON, with a version and what names the questions."""
    found = json.loads(run("eval", questions, "--json", "--entries", folder).output)
    rows = found["rows"]

    assert (list(found), found["version"], len(found["questions"])) == (["version", "questions", "rows"], 1, 16)
    assert [(row["language"], row["kind"], row["count"]) for row in rows[:2]] == [
        ("zh", "in scope", 2),
        ("zh", "plain", 1),
    ]
    assert rows[0]["shares"]["answered"] == 0.5
    assert rows[-1]["language"] is None


def test_chat(run: Run, folder: Path, database: Path) -> None:
    """The chat starts with the welcome, answers, and remembers in the file that was named."""
    arguments = ("--entries", folder, "--flows", beside(folder), "--database", database)

    result = run("chat", *arguments, stdin="系统几月开放？\n")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("你好，我是医师电子化注册助手。")
    assert ANSWER in result.stdout
    assert database.is_file()


def test_chat_guides(run: Run, folder: Path, database: Path) -> None:
    """The chat leads through the flows in the folder that was named, and goes on where one was."""
    arguments = ("chat", "--entries", folder, "--flows", beside(folder), "--database", database)

    first = run(*arguments, stdin="要信\n要了\n")
    second = run(*arguments, stdin="医师\n")

    assert (first.exit_code, first.stderr, second.exit_code, second.stderr) == (0, "", 0, "")
    assert "请单位寄信。" in first.stdout
    assert "你考过的是哪一个？" in first.stdout
    assert "等单位。" in second.stdout
