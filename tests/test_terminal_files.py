"""Files in the terminal: the calendar is saved in the current folder, and what is of use in the chat is shown there."""

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.calendar_file import NAME
from bot.channels.terminal import Terminal, save
from bot.messages import Document
from bot.texts import say
from tests.calendar_reader import read_calendar
from tests.conftest import ROOT

if TYPE_CHECKING:
    from tests.conftest import Talk

SECOND = NAME.replace(".ics", "-2.ics")
FILE = Document(NAME, "a\r\n中文\n", saved=True)
ANSWER = "系统三月开放。"
QUESTION = "系统几月开放？"


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    """Return an empty folder."""
    place = tmp_path / "place"
    place.mkdir()
    return place


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def chat(talk: "Talk", monkeypatch: pytest.MonkeyPatch, folder: Path, *typed: str) -> str:
    """Chat over a pipe in this process, with a folder for files, and return what was printed."""
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
    monkeypatch.setattr(sys, "stdout", output)
    await Terminal(talk.conversation, talk.name, lambda: talk.now, folder).run()
    return output.getvalue()


# Saving a file


def test_a_file_is_saved_as_it_is(place: Path) -> None:
    """The bytes are those of the file: UTF-8, and line ends that no system changes."""
    path = save(FILE, place)

    assert path == place / NAME
    assert path.read_bytes() == "a\r\n中文\n".encode()


def test_a_file_that_is_there_stays(place: Path) -> None:
    """The second file gets a number, the third the next one; nobody's file is written over."""
    (place / NAME).write_text("mine", encoding="utf-8")

    assert [save(FILE, place).name for _ in range(2)] == [SECOND, NAME.replace(".ics", "-3.ics")]
    assert (place / NAME).read_text(encoding="utf-8") == "mine"


def test_a_gap_is_filled(place: Path) -> None:
    """A number that is free is used."""
    for _ in range(3):
        save(FILE, place)
    (place / SECOND).unlink()

    assert save(FILE, place).name == SECOND


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links")
def test_a_link_is_not_followed(place: Path, tmp_path: Path) -> None:
    """A link of that name, even one that leads nowhere, is left alone and nothing is written through it."""
    (place / NAME).symlink_to(tmp_path / "elsewhere")

    assert save(FILE, place).name == SECOND
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_full_of_such_files_is_an_error(place: Path) -> None:
    """Somebody who has a thousand of them is told so, and does not wait."""
    for number in range(1, 1000):
        (place / (NAME if number == 1 else NAME.replace(".ics", f"-{number}.ics"))).touch()

    with pytest.raises(FileExistsError):
        save(FILE, place)
    assert len(names(place)) == 999


# In a chat


async def test_the_calendar_is_saved_and_the_chat_says_where(
    talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    """The reply comes first, then where the file is; what stands in the file is not printed."""
    printed = await chat(talk, monkeypatch, place, "/calendar")

    assert names(place) == [NAME]
    assert printed.endswith(f"\n\n→ {place / NAME}\n\n")
    assert printed.index("日历文件") < printed.index("→ ")
    assert "VCALENDAR" not in printed
    calendar = read_calendar((place / NAME).read_bytes().decode())
    assert [event.one("DTSTART").value for event in calendar.parts] == ["20261231"]


async def test_the_second_calendar_is_numbered(talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Asked for again, in the same chat or a later one, nothing is written over, and each reply says which file it is."""
    printed = await chat(talk, monkeypatch, place, "/calendar", "/calendar")
    later = await chat(talk, monkeypatch, place, "/calendar")

    assert [line for line in printed.splitlines() if line.startswith("→")] == [
        f"→ {place / NAME}",
        f"→ {place / SECOND}",
    ]
    assert f"→ {place / NAME.replace('.ics', '-3.ics')}\n" in later
    assert len(names(place)) == 3


def _without(folder: Path) -> None:
    folder.rmdir()


def _no_folder(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("", encoding="utf-8")


def _read_only(folder: Path) -> None:
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("this user may write anywhere")
    folder.chmod(0o500)


@pytest.mark.parametrize("spoil", [_without, _no_folder, _read_only], ids=["gone", "a-file", "read-only"])
async def test_where_nothing_can_be_written_the_chat_goes_on(
    talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path, spoil: Callable[[Path], None]
) -> None:
    """The person is told why in a line, sees the dates all the same, keeps their place, and is answered further."""
    await chat(talk, monkeypatch, place, "要信", "要了")
    spoil(place)
    printed = await chat(talk, monkeypatch, place, "/calendar", QUESTION)

    (line,) = [line for line in printed.splitlines() if line.startswith("×")]
    assert line.startswith(f"× {NAME}: ")
    assert len(line) > len(f"× {NAME}: None")
    assert "2026年12月31日" in printed.partition("×")[0]
    assert "→ " not in printed
    assert ANSWER in printed.partition("×")[2]
    memory = await talk.store.recall("terminal", talk.name)
    assert memory is not None
    assert (memory.progress.current, memory.progress.runs["letters"].step) == ("letters", "role")


async def test_an_export_is_shown_and_not_saved(talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """What is kept about somebody is read in the chat, and leaves no file behind."""
    printed = await chat(talk, monkeypatch, place, "/export")

    assert '"channel": "terminal"' in printed
    assert names(place) == []
    assert not {"→", "×"} & {line[:1] for line in printed.splitlines()}


async def test_nothing_else_is_saved(talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """A chat without the command leaves the folder as it was."""
    await chat(talk, monkeypatch, place, QUESTION, "/topics", "/guides", "/help", "/forget")

    assert names(place) == []


async def test_the_file_does_not_move_the_numbers(talk: "Talk", monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """The line about the file is no reply with numbers; what is asked after it is numbered from one."""
    printed = await chat(talk, monkeypatch, place, "/calendar", "/topics", "2")

    assert "想看哪一类？\n[1] 材料\n[2] 时间\n" in printed
    assert printed.rpartition("\n\n时间\n")[2].startswith("- 系统几月开放？ 三月。\n")


async def test_where_people_type_it_is_saved_too(
    talk: "Talk", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    """In a terminal in colour the file is saved as well; by default in the current folder."""
    monkeypatch.chdir(place)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("/calendar\r/quit\r")

        await Terminal(talk.conversation, "me").run()

    assert names(place) == [NAME]
    shown = capsys.readouterr().out
    assert "→" in shown
    assert "VCALENDAR" not in shown


def test_a_process_saves_where_it_was_started(place: Path, database: Path) -> None:
    """The program itself, in another language, in a folder of its own."""
    environment: dict[str, Any] = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    }

    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "bot", "chat", "--database", str(database)],
        input=b"hello\n/calendar\n/calendar\n", capture_output=True, cwd=place, env=environment, timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert names(place) == [SECOND, NAME]
    for name in (NAME, SECOND):
        summary = read_calendar((place / name).read_bytes().decode()).parts[0].one("SUMMARY").text
        assert summary == say("en", "calendar-year-end")
    assert f"→ {place.resolve() / NAME}" in done.stdout.decode()
