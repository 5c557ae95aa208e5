"""`regbot report` as people use it: tables, JSON, a page in a file; and what it says when it cannot do what is asked."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import Result

from bot.report.files import write_page
from bot.report.page import MARK, page
from bot.report.tables import print_tables, tables
from bot.report.values import Figures
from bot.report.words import _WORDS, Words
from bot.store import Store
from tests.conftest import ROOT, SMALL, write_files
from tests.flow_samples import write_flows
from tests.report_samples import PERIOD, SECRET, many_figures, write_database

Report = Callable[..., Result]
WHEN = ("--since", "2026-11-01", "--until", "2026-11-22")
NOBODY = 65534


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    """Return the options for a small content, whose index is built once."""
    entries = write_files(tmp_path_factory.mktemp("entries"), SMALL)
    return "--entries", entries, "--flows", write_flows(tmp_path_factory.mktemp("flows"))


@pytest.fixture(scope="module", name="sample")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("sample") / "regbot.db")


@pytest.fixture(name="report")
def _report(run: Callable[..., Result], content: tuple[str | Path, ...], sample: Path) -> Report:
    def report(*arguments: str | Path, database: Path = sample) -> Result:
        return run("report", "--database", database, *content, *arguments)

    return report


def sections(output: str) -> dict[str, list[list[str]]]:
    """Return the rows of the tables that were printed for other programs, by title."""
    found = {}
    for section in output.split("\n\n"):
        title, *lines = section.strip().splitlines()
        found[title.removeprefix("# ")] = [line.split("\t") for line in lines]
    return found


def test_tables_are_tab_separated_when_piped(report: Report) -> None:
    result = report(*WHEN, "--language", "en")
    assert (result.exit_code, result.stderr) == (0, "")
    found = sections(result.stdout)
    assert list(found)[1:] == [
        "People", "Questions by language", "Questions per day", "Answers shown most", "Answers that help least",
        "Guided flows", "Flow: Wait for a letter", "Flow: My dates", "Flow: gone-flow", "Reminders",
    ]  # fmt: skip
    assert found["People"][1:] == [["People in all", "6"], ["New people", "3"], ["People active since 2026-11-01", "5"]]
    assert found["Questions by language"][-1] == ["All", "15", "10", "2", "3", "1", "4", "2"]
    assert found["Questions per day"][1] == ["2026-11-01", "Chinese", "10", "6", "2", "2", "1", "0", "0"]
    assert found["Answers that help least"][1] == ["How often do I print the form?", "2", "2", "0", "3", "0%"]
    assert found["Guided flows"][0] == [
        "Flow", "Started", "Finished", "Given up", "Under way", "Stopped half-way", "Failed",
    ]  # fmt: skip
    title, *counts = found["Guided flows"][1]
    assert (title, counts[:3], counts[5]) == ("Wait for a letter", ["4", "1", "1"], "0")
    assert int(counts[3]) + int(counts[4]) == 3, "whether they have moved lately depends on the day on which one looks"
    assert found["Flow: Wait for a letter"][1][:4] == ["Ask for it", "4", "0", "2"]
    assert found["Flow: Wait for a letter"][2] == ["They refuse (off the main way)", "1", "0", "0", "0"]
    assert found["Reminders"][-1] == ["All", "1", "1", "1", "1", "1"]
    assert {len(row) for rows in found.values() for row in rows if rows} <= {2, 5, 6, 7, 8, 9}


def test_titles_are_chinese_unless_english_is_asked_for(report: Report) -> None:
    result = report(*WHEN)
    assert "# 注册助手使用报告  2026-11-01 至 2026-11-22" in result.stdout
    assert "要带几张照片？" in result.stdout
    assert "等一封信" in result.stdout


def test_every_text_is_there_in_both_languages_with_the_same_values() -> None:
    import re

    for key, (chinese, english) in _WORDS.items():
        assert chinese, key
        assert english.isascii() or set(english) & set("“”"), key
        assert sorted(re.findall("{[a-z_]+}", chinese)) == sorted(re.findall("{[a-z_]+}", english)), key


def test_json_is_one_object(report: Report) -> None:
    found = msgspec.json.decode(report(*WHEN, "--json").stdout)
    assert (found["since"], found["until"], found["timezone"]) == ("2026-11-01", "2026-11-22", "Asia/Shanghai")
    assert found["people"] == {"all": 6, "new": 3, "active": 5}


def test_days_are_those_of_the_time_zone(report: Report) -> None:
    result = report(*WHEN, "--json", "--timezone", "Europe/London")
    assert msgspec.json.decode(result.stdout)["people"] == {"all": 6, "new": 2, "active": 5}


def test_without_days_it_is_the_last_thirty_until_today(report: Report) -> None:
    before = datetime.now(UTC).date()
    found = msgspec.json.decode(report("--json", "--timezone", "UTC").stdout)
    assert found["until"] in {before.isoformat(), datetime.now(UTC).date().isoformat()}
    assert datetime.fromisoformat(found["until"]) - datetime.fromisoformat(found["since"]) == timedelta(days=30)
    assert msgspec.json.decode(report("--json", "--until", "2026-11-22").stdout)["since"] == "2026-10-23"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "2026-11-02", "--until", "2026-11-01"), "--since 2026-11-02 lies after --until 2026-11-01"),
        (("--since", "9998-01-01"), "--since 9998-01-01 lies in the future"),
        (("--since", "0001-01-01"), "--since takes a day of a year from 2 to 9998"),
        (("--until", "9999-12-31"), "--until takes a day of a year from 2 to 9998"),
        (("--timezone", "Mars/Olympus"), 'there is no time zone "Mars/Olympus"'),
    ],
)
def test_days_that_make_no_sense_are_refused(arguments: tuple[str, ...], said: str, report: Report) -> None:
    result = report(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"regbot: {said}")


def test_missing_database_is_not_made(report: Report, tmp_path: Path) -> None:
    result = report(database=tmp_path / "none.db")
    assert (result.exit_code, result.stderr) == (1, f"regbot: the database {tmp_path / 'none.db'} does not exist\n")
    assert not (tmp_path / "none.db").exists()


def test_report_is_made_while_the_assistant_writes(report: Report, sample: Path, database: Path) -> None:
    database.write_bytes(sample.read_bytes())

    async def inside() -> Result:
        async with await Store.open(database) as store:
            return await store.write(lambda _: report(*WHEN, "--json", database=database))

    assert msgspec.json.decode(asyncio.run(inside()).stdout)["people"]["all"] == 6


def test_in_a_terminal_the_tables_have_lines_and_titles_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(tables(many_figures(3), Words("en")), "[bold]heading[/bold]", piped=False)
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "[bold]heading[/bold]" in shown
    assert "2026-11-22" in shown
    assert "───" in shown


def test_template_comes_with_the_wheel() -> None:
    """What lies in the package's folder is packed, unless it is ignored."""
    command = ["git", "check-ignore", "bot/report/page.html.j2"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode != 0


# The file


def test_page_is_written_and_an_earlier_report_replaced(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    result = report(*WHEN, "--html", file)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{file} written\n")
    text = file.read_text(encoding="utf-8")
    assert text.startswith(MARK)
    assert "等一封信" in text
    assert SECRET not in text
    file.chmod(0o640)
    result = report(*WHEN, "--html", file, "--language", "en", "--json")
    assert msgspec.json.decode(result.stdout)["people"]["all"] == 6
    assert "Wait for a letter" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["report.html"]


def refused(file: Path, text: str = f"{MARK}new") -> str:
    """Return what is said when the page cannot be written."""
    from bot.errors import UsageError

    with pytest.raises(UsageError) as caught:
        write_page(file, text)
    return str(caught.value).replace(str(file), "FILE")


@pytest.mark.parametrize(
    "content", [b"", b"a letter", MARK.encode()[:-1], b"\xff\xfe"], ids=["empty", "text", "nearly", "bytes"]
)
def test_anything_but_a_report_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    file.write_bytes(content)
    assert refused(file) == "FILE is not an earlier report and is left as it is; give the report another name"
    assert file.read_bytes() == content


def test_database_is_not_overwritten(report: Report, sample: Path) -> None:
    before = sample.read_bytes()
    assert report(*WHEN, "--html", sample).exit_code == 1
    assert sample.read_bytes() == before


def test_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == "FILE is not an earlier report and is left as it is; give the report another name"
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").startswith("FILE is not an earlier report")


def test_missing_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none" / "report.html"
    assert refused(file) == f"there is no folder {file.parent} for the report"


def test_link_stays_and_leads_to_the_new_report(tmp_path: Path) -> None:
    (tmp_path / "link.html").symlink_to("report.html")
    write_page(tmp_path / "link.html", f"{MARK}one")
    write_page(tmp_path / "link.html", f"{MARK}two")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == f"{MARK}two"
    (tmp_path / "circle").symlink_to("circle")
    assert refused(tmp_path / "circle").startswith("the report FILE cannot be written: ")


def test_full_disk_keeps_the_earlier_report(disk: Path) -> None:
    file = disk / "report.html"
    write_page(file, f"{MARK}old")
    assert refused(file, MARK + "x" * 4_000_000) == "the report FILE cannot be written: No space left on device"
    assert [(one.name, one.read_text(encoding="utf-8")) for one in disk.iterdir()] == [("report.html", f"{MARK}old")]


def test_read_only_folder_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom bot.report.files import write_page\nfrom bot.errors import UsageError\n"
        "os.chdir(sys.argv[1])\nos.chmod('.', 0o555)\n"
        f"os.geteuid() or os.seteuid({NOBODY})\n"
        "try:\n    write_page(Path('report.html'), 'x')\nexcept UsageError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "the report report.html cannot be written: Permission denied\n", done.stderr


def test_what_was_begun_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_page(tmp_path / "report.html", f"{MARK}new")
    assert list(tmp_path.iterdir()) == []


def test_page_of_a_long_time_is_small() -> None:
    figures: Figures = many_figures(3000)
    assert figures.until == PERIOD.until
    assert len(page(figures, Words("zh")).encode()) < 100_000
