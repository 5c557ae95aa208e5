"""The terminal: how replies look as plain text, the chat over a pipe, and the chat in a real terminal."""

import io
import os
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from bot.channels.terminal import Terminal
from bot.messages import Button, Document, Reply
from bot.rendering import lines, plain, show
from faq.corpus import Block
from tests.flow_samples import write_flows

if TYPE_CHECKING:
    from tests.conftest import Talk

PROGRAM = [sys.executable, "-W", "error", "-m", "bot"]
ROOT = Path(__file__).resolve().parent.parent
WELCOME = "你好，我是医师电子化注册助手。"
ANSWER = "系统三月开放。"

WHOLE = Reply(
    (
        Block("paragraph", ("One.\nTwo.",)),
        Block("steps", ("First", "Second\nand more")),
        Block("list", ("This", "That\n\nand more")),
        Block("note", ("Mind\nthis",)),
        Block("list", ()),
    ),
    (Button("A question?", "entry:a"), Button("Helps", "helpful:a")),
    title="A title",
    document=Document("a.json", '{"a": 1}\n{}'),
)


def test_plain_reply() -> None:
    """Every kind of block is plain text, continued lines indented, the title first and the buttons last."""
    assert plain([WHOLE]).splitlines() == [
        "A title",
        "One.",
        "Two.",
        "1. First",
        "2. Second",
        "   and more",
        "- This",
        "- That",
        "  ",
        "  and more",
        "* Mind",
        "  this",
        '{"a": 1}',
        "{}",
        "[1] A question?",
        "[2] Helps",
    ]


def test_plain_numbers_go_on() -> None:
    """The buttons of several replies are numbered through, an empty line stands between replies."""
    one = Reply((Block("paragraph", ("x",)),), (Button("a", "a"), Button("b", "b")))
    none = Reply((Block("paragraph", ("y",)),))

    assert plain([one, none, one]) == "x\n[1] a\n[2] b\n\ny\n\nx\n[3] a\n[4] b"
    assert plain([]) == ""


def test_plain_without_numbers() -> None:
    """Where nothing can be typed, the questions among the buttons are listed, and the others left out."""
    assert plain([WHOLE, WHOLE], numbered=False).count("- A question?") == 2
    assert "Helps" not in plain([WHOLE], numbered=False)
    assert "[1]" not in plain([WHOLE], numbered=False)


def buttons(*rows: str | None, label: str = "a", numbered: bool = True) -> Reply:
    """Return a reply with a button for each row's name."""
    return Reply((), tuple(Button(label, "x", row) for row in rows), numbered=numbered)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(buttons("r", "r", "r"), ["[1] a  [2] a  [3] a"], id="one-row"),
        pytest.param(buttons("r", "r", "s", "s"), ["[1] a  [2] a", "[3] a  [4] a"], id="two-rows"),
        pytest.param(buttons(None, None, "r", "r", None), ["[1] a", "[2] a", "[3] a  [4] a", "[5] a"], id="mixed"),
        pytest.param(buttons("r", None, "r"), ["[1] a", "[2] a", "[3] a"], id="not-neighbours"),
        pytest.param(buttons(*"rrrr", label="x" * 20), [f"[{n}] {20 * 'x'}  [{n + 1}] {20 * 'x'}" for n in (1, 3)], id="long"),
        pytest.param(buttons(*"rr", label="x" * 80), [f"[1] {80 * 'x'}", f"[2] {80 * 'x'}"], id="too-long"),
        pytest.param(buttons(None, "r", "r", numbered=False), ["[a]", "[a]  [a]"], id="unnumbered"),
        pytest.param(buttons(), [], id="none"),
    ],
)  # fmt: skip
def test_rows_of_buttons(reply: Reply, expected: list[str]) -> None:
    """Buttons of one row stand side by side as far as the line goes; where a number is the answer they have none."""
    assert plain([reply]).splitlines() == expected


def test_rows_of_chinese_buttons_fit_a_terminal() -> None:
    """A line of Chinese buttons, whose characters are twice as wide, is not broken by a terminal of 80 columns."""
    output = io.StringIO()

    show([buttons(*"rrrrrrrrrrrr", label="内蒙古自治区")], Console(file=output, width=80, highlight=False))

    shown = output.getvalue()
    assert shown.count("内蒙古自治区") == 12
    assert all("[" in line.strip()[:1] for line in shown.splitlines() if line.strip())


def test_numbers_pass_over_unnumbered_replies() -> None:
    """A reply whose buttons have no numbers takes none from the replies around it."""
    numbered, unnumbered = buttons(None, "r", "r"), buttons("r", "r", numbered=False)

    assert plain([numbered, unnumbered, numbered]) == "[1] a\n[2] a  [3] a\n\n[a]  [a]\n\n[4] a\n[5] a  [6] a"
    output = io.StringIO()
    show([numbered, unnumbered, numbered], Console(file=output, width=60, highlight=False))
    assert [line.strip() for line in output.getvalue().splitlines() if line.strip()] == [
        "[1] a",
        "[2] a  [3] a",
        "[a]  [a]",
        "[4] a",
        "[5] a  [6] a",
    ]


def test_styles() -> None:
    """Title, notes and buttons have styles of their own."""
    assert [style for style, _ in lines(WHOLE)] == [
        "title",
        *["text"] * 9,
        *["note"] * 2,
        "text",
        *["button"] * 2,
    ]


def test_shown_text_is_no_markup() -> None:
    """In colour the same lines appear, numbered through; square brackets are shown as they are."""
    output = io.StringIO()
    console = Console(file=output, width=60, highlight=False)
    markup = Reply((Block("paragraph", ("[bold]x[/bold] [link=y]:smile:",)),), (Button("[red]z", "z"),), title="[b]")

    show([markup, WHOLE], console)

    shown = [line.strip() for line in output.getvalue().splitlines()]
    assert shown[1:4] == ["[b]", "[bold]x[/bold] [link=y]:smile:", "[1] [red]z"]
    assert shown[-3:] == ["[2] A question?", "[3] Helps", ""]


async def chat(talk: "Talk", monkeypatch: pytest.MonkeyPatch, typed: str) -> str:
    """Chat over a pipe in this process and return what was printed."""
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    monkeypatch.setattr(sys, "stdout", output)
    await Terminal(talk.conversation, "me").run()
    return output.getvalue()


async def test_piped_chat(talk: "Talk", monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is a message, empty lines are none; every reply ends with an empty line."""
    printed = await chat(talk, monkeypatch, "\n系统几月开放？\n   \n/topics\n2")

    assert printed.startswith(WELCOME)
    assert f"系统几月开放？\n{ANSWER}\n[1] 有帮助  [2] 没解决\n\n" in printed
    assert printed.endswith("想看哪一类？\n[1] 材料\n[2] 时间\n\n" + printed.partition("[2] 时间\n\n")[2])
    assert printed.rpartition("[2] 时间\n\n")[2].startswith("时间\n- 系统几月开放？ 三月。\n")
    assert printed.endswith("\n\n")


async def test_piped_guide(talk: "Talk", monkeypatch: pytest.MonkeyPatch) -> None:
    """A guide can be gone through by typing numbers and words, and is gone on with in the next chat."""
    printed = await chat(talk, monkeypatch, "1\n1\n1\n2\n没收到\n1\n1 3\n")

    assert (
        "等一封信（1/5）去要\n请单位寄信。\n* 留个底。\n[1] 要了\n[2] 单位不肯\n[3] 要带几张照片？\n[4] 先放着\n\n"
        in printed
    )
    assert "\n[1] 执业医师  [2] 助理医师\n[3] 上一步  [4] 先放着\n\n" in printed
    assert "好，不急。\n" in printed
    assert printed.endswith("[1] ☑ 信的原件\n[2] ☐ 复印件\n[3] ☑ 照片\n[4] 没齐也先看\n[5] 上一步  [6] 先放着\n\n")
    assert (await chat(talk, monkeypatch, "/quit\n")).startswith("等一封信（4/5）带材料\n")


@pytest.mark.parametrize("leave", ["/quit", "/exit", " /QUIT ", "/Exit"])
async def test_leaving(talk: "Talk", monkeypatch: pytest.MonkeyPatch, leave: str) -> None:
    """A line that says so ends the chat; what follows is not read as a message."""
    assert ANSWER not in await chat(talk, monkeypatch, f"{leave}\n系统几月开放？\n")


@pytest.mark.parametrize("leave", ["\x04", "\x03", "/quit\r"], ids=["ctrl-d", "ctrl-c", "quit"])
async def test_interactive_chat(
    talk: "Talk", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], leave: str
) -> None:
    """Where people type, replies are shown as they come, and Ctrl-D, Ctrl-C and /quit leave."""
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text(f"系统几月开放？\r2\r{leave}")

        await Terminal(talk.conversation, "me").run()

    shown = capsys.readouterr().out
    assert WELCOME in shown
    assert ANSWER in shown
    assert "抱歉没帮上忙" in shown


# What follows runs the program itself.


@pytest.fixture(name="arguments")
def _arguments(folder: Path, database: Path, tmp_path: Path) -> list[str]:
    flows = write_flows(tmp_path / "flows")
    return [*PROGRAM, "chat", "--entries", str(folder), "--flows", str(flows), "--database", str(database)]


def test_piped_process(arguments: list[str], database: Path) -> None:
    """The chat over a pipe takes UTF-8, however long the line and whatever the bytes, and ends with its input."""
    typed = [
        "系统几月开放？".encode(),
        "照片".encode() * 20_000,
        b"\xff\xfe\x00 \xe4\xbd",
        "系统".encode("gb18030"),
        b"/topics\r",
        b"2",
    ]

    done = subprocess.run(arguments, input=b"\n".join(typed), capture_output=True, cwd=ROOT, timeout=120, check=False)

    shown = done.stdout.decode()
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert shown.startswith(WELCOME)
    assert ANSWER in shown
    assert "请带两张照片。" in shown
    assert shown.rpartition("\n\n时间\n")[2].startswith("- 系统几月开放？ 三月。\n")
    assert database.is_file()


def test_piped_process_in_another_locale(arguments: list[str]) -> None:
    """Input is UTF-8 whatever the locale says; what the output cannot show is replaced, not fatal."""
    environment = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}

    done = subprocess.run(
        arguments, input="系统几月开放？\nIn which month does the system open?\n/quit\n系统几月开放？".encode(),
        capture_output=True, cwd=ROOT, env=environment, timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert done.stdout.count(b"The system opens in March.") == 1


def test_piped_guide_in_two_processes(arguments: list[str]) -> None:
    """A guide that was begun in one process is gone on with in the next one, in the time zone that was asked for."""
    for typed, expected in [("要信\n要了\n1\n", "等一封信（3/5）等信"), ("收到了\n", "等一封信（4/5）带材料")]:
        done = subprocess.run(
            [*arguments, "--timezone", "America/Los_Angeles"], input=typed.encode(), capture_output=True, cwd=ROOT,
            timeout=120, check=True,
        )  # fmt: skip
        assert (expected in done.stdout.decode(), done.stderr) == (True, b"")


def test_piped_people_are_kept_apart(arguments: list[str], database: Path) -> None:
    """Each name is a person of their own, remembered from chat to chat."""
    for name in ("wang", "li", "wang"):
        subprocess.run([*arguments, "--name", name], input=b"/topics\n", capture_output=True, cwd=ROOT, check=True)

    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT channel, channel_id FROM people ORDER BY id").fetchall() == [
            ("terminal", "wang"),
            ("terminal", "li"),
        ]


class Screen:
    """The chat in a pseudo-terminal."""

    def __init__(self, arguments: list[str]) -> None:
        import pty

        self._mine, theirs = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "LANG": "C.UTF-8", "COLUMNS": "100"}
        self._process = subprocess.Popen(
            arguments, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment, start_new_session=True
        )
        os.close(theirs)

    def expect(self, *pieces: str) -> None:
        """Read until all pieces appeared, one after the other."""
        wanted = re.compile(".*?".join(map(re.escape, pieces)), re.DOTALL)
        data, end = b"", time.monotonic() + 30
        seen = ""
        while not wanted.search(seen):
            ready, _, _ = select.select([self._mine], [], [], max(0, end - time.monotonic()))
            assert ready, f"{pieces} did not appear in {seen[-2000:]!r}"
            try:
                data += os.read(self._mine, 65536)
            except OSError:  # Linux: the other side is closed
                pytest.fail(f"the chat ended: {seen[-2000:]}")
            seen = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode(errors="replace"))

    def type(self, keys: bytes) -> None:
        """Type."""
        os.write(self._mine, keys)

    def leave(self) -> int:
        """Wait for the end and return the exit status."""
        return self._process.wait(30)

    def close(self) -> None:
        """End what is left."""
        self._process.kill()
        self._process.wait()
        os.close(self._mine)


@pytest.fixture(name="screen")
def _screen(arguments: list[str]) -> Iterator[Screen]:
    pytest.importorskip("pty")
    screen = Screen(arguments)
    yield screen
    screen.close()


@pytest.mark.parametrize("leave", [b"\x04", b"\x03", b"/quit\r"], ids=["ctrl-d", "ctrl-c", "quit"])
def test_real_terminal(screen: Screen, leave: bytes) -> None:
    """In a terminal the prompt appears, a question is answered, a number presses a button, and leaving is no error."""
    screen.expect(WELCOME, "[1] 一步步带我办", "[2] 所有分类", ">")
    screen.type("系统几月开放？\r".encode())
    screen.expect(ANSWER, "[2] 没解决", ">")
    screen.type(b"2\r")
    screen.expect("抱歉没帮上忙", ">")
    screen.type(leave)

    assert screen.leave() == 0


def test_real_terminal_in_another_encoding(screen: Screen) -> None:
    """What a terminal sends in another encoding than UTF-8 is no question, but no end of the chat either."""
    screen.expect(WELCOME, ">")
    screen.type("系统几月".encode("gb18030") + b"\r")
    screen.expect("我没看到文字", ">")
    screen.type("系统几月开放？\r".encode())
    screen.expect(ANSWER, ">")
    screen.type(b"\x04")

    assert screen.leave() == 0
