"""`regbot local`: the example to begin with, and what of local content is in force."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from bot.commands.local import EXAMPLE, HEADER, _print_table
from bot.content import Problems
from bot.faq_files import load_corpus
from bot.local_files import CHANGES, LOCAL, OWN_ENTRIES, WINDOWS
from tests.conftest import write_files
from tests.local_samples import LOCAL as SAMPLE
from tests.local_samples import flows_with_provinces

Run = Callable[..., Result]
TODAY = "2026-11-26"


@pytest.fixture(name="show")
def _show(folder: Path, run: Run) -> Callable[..., Result]:
    """Return a function that shows the sample of local content beside the small corpus."""
    flows = flows_with_provinces(folder)
    local = write_files(folder.parent / "local", SAMPLE)

    def show(*arguments: str) -> Result:
        return run("local", "show", "--entries", folder, "--local", local, "--flows", flows, *arguments)

    return show


def rows(result: Result) -> dict[str, list[str]]:
    """Return the cells of the table by the name in the second one."""
    assert result.exit_code == 0, result.output
    cells = [line.split("\t") for line in result.output.splitlines() if "\t" in line]
    return {row[1]: row for row in cells}


def test_the_example_passes_the_check(run: Run, tmp_path: Path) -> None:
    """What `init` writes can be used, shows every part that people begin with, and is told to be an example."""
    made = tmp_path / "new" / "local"
    result = run("local", "init", made)
    names = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}

    assert result.exit_code == 0, result.output
    assert names == {path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.yaml")}
    assert {name.partition("/")[0] for name in names} == {OWN_ENTRIES, CHANGES, WINDOWS, LOCAL, "groups.yaml"}
    assert f"regbot check --local {made}" in result.output
    check = run("check", "--local", made, "--today", TODAY)
    *warnings, last = check.output.splitlines()
    assert last == f"0 errors, {len(warnings)} warnings"
    assert {line.partition(f"{made}/")[2].partition(":")[0] for line in warnings} == names - {"groups.yaml"}
    assert all(line.endswith(": warning: is still the example, which people would be shown") for line in warnings)


def test_the_example_says_that_it_is_one() -> None:
    """No text that people would see passes for the truth about a place."""
    corpus = load_corpus(EXAMPLE.parent.parent / "faq" / "entries", problems := Problems(), local=EXAMPLE)
    own = corpus.entry("help-session")
    assert problems.found == []
    assert own is not None
    assert len(corpus.changes) == len(corpus.windows) == 2

    marks = {"zh": "（示例）", "en": "xample)"}
    for language, mark in marks.items():
        said = [change.texts[language].note for change in corpus.changes]  # type: ignore[index]
        said += [window.texts[language] for window in corpus.windows]  # type: ignore[index]
        said += [corpus.operator[language]]  # type: ignore[index]
        text = own.texts[language]  # type: ignore[index]
        said += [text.question, text.summary, text.answer[0].texts[0]]
        assert all(mark in (one or "") for one in said), said
        assert "028" not in "".join(one or "" for one in said)


@pytest.mark.parametrize("kind", ["file", "full"])
def test_nothing_is_overwritten(run: Run, tmp_path: Path, kind: str) -> None:
    """A folder with something in it, or a file, is left as it is."""
    place = tmp_path / "local"
    if kind == "file":
        place.write_text("mine")
    else:
        write_files(place, {"mine.txt": "mine"})
    result = run("local", "init", place)

    assert result.exit_code == 1
    assert result.output == f'regbot: "{place}" exists already; name a new folder\n'
    assert place.is_file() or [path.name for path in place.iterdir()] == ["mine.txt"]


def test_an_empty_folder_may_be_there_already(run: Run, tmp_path: Path) -> None:
    """Then it is filled."""
    (tmp_path / "local").mkdir()

    assert run("local", "init", tmp_path / "local").exit_code == 0
    assert (tmp_path / "local" / "windows.yaml").is_file()


def test_a_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    """It is told in one sentence."""
    (tmp_path / "file").write_text("")
    result = run("local", "init", tmp_path / "file" / "local")

    assert result.exit_code == 1
    assert result.output == f'regbot: "{tmp_path / "file" / "local"}" cannot be written: Not a directory\n'


def test_a_full_disk_leaves_nothing_behind(run: Run, disk: Path) -> None:
    """What was written until then is removed again."""
    with (disk / "rest").open("wb") as file:
        free = shutil.disk_usage(disk).free
        file.write(bytes(free - 8192))
    result = run("local", "init", disk / "new" / "local")

    assert result.exit_code == 1
    assert result.output == f'regbot: "{disk / "new" / "local"}" cannot be written: No space left on device\n'
    assert [path.name for path in disk.iterdir()] == ["rest"]


def test_what_is_in_force(show: Callable[..., Result]) -> None:
    """Everything that is added or changed is listed, with its days and provinces."""
    result = show("--on", TODAY)

    assert result.output == (
        "run by: 县卫生局 / County bureau\n"
        "on 2026-11-26, in whatever province\n"
        "what\tname\tstate\tfrom\tuntil\tprovinces\tabout\n"
        "entry\tparking\tin force\t\t2026-12-31\thebei\t局里能停车吗？\n"
        "entry\tcopies\tin force\t\t\t\t复印件要带原件吗？\n"
        "change\tchanges/photo-answer.yaml\tin force\t\t\t\tphoto: answer, local\n"
        "change\tchanges/photo-note.yaml\tnot yet\t2026-12-01\t2027-01-31\tsichuan\tphoto: note\n"
        "window\twindows.yaml[0]\tin force\t\t\t\t窗口在一楼。\n"
        "window\twindows.yaml[1]\tin force\t\t2027-06-30\tsichuan hebei\t窗口电话028-00000000。\n"
        "whom to ask: 窗口在一楼。\n"
        "whom to ask: The window is on the first floor.\n"
    )


def test_another_day_and_a_province(show: Callable[..., Result]) -> None:
    """What has expired is told, and what is for others."""
    result = show("--on", "2027-01-31", "--province", "sichuan")
    found = rows(result)

    assert "on 2027-01-31, in 四川 / Sichuan\n" in result.output
    assert found["parking"][2] == "expired"
    assert found["changes/photo-note.yaml"][2] == "in force"
    assert found["windows.yaml[1]"][2] == "in force"
    assert result.output.endswith(
        "whom to ask: 窗口电话028-00000000。\nwhom to ask: The window's telephone is 028-00000000.\n"
    )
    assert rows(show("--on", "2027-02-01"))["changes/photo-note.yaml"][2] == "expired"
    elsewhere = show("--on", "2027-01-31", "--province", "inner-mongolia")
    assert rows(elsewhere)["changes/photo-note.yaml"][2] == "elsewhere"
    assert elsewhere.output.endswith("whom to ask: The window is on the first floor.\n")


def test_only_phrasings(folder: Path, run: Run) -> None:
    """A change that only adds phrasings is told as that; entries of the project with dates are listed too."""
    path = folder / "papers" / "form.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("order: 2", "order: 2\nvalid-until: 2026-12-31"), "utf-8")
    change = "entry: photo\nreviewed: 2026-11-20\nzh: {phrasings: [登记照行吗]}\n"
    local = write_files(folder.parent / "local", {"changes/photo.yaml": change})
    flows = flows_with_provinces(folder)
    found = rows(run("local", "show", "--entries", folder, "--local", local, "--flows", flows, "--on", TODAY))

    assert found["changes/photo.yaml"][-1] == "photo: phrasings"
    assert found["form"][2:5] == ["in force", "", "2026-12-31"]


def test_the_folder_of_the_settings(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """REGBOT_LOCAL names it as well, for showing, checking and answering."""
    local = write_files(folder.parent / "local", SAMPLE)
    monkeypatch.setenv("REGBOT_LOCAL", str(local))
    flows = flows_with_provinces(folder)

    assert "copies" in rows(run("local", "show", "--entries", folder, "--flows", flows))
    assert run("ask", "--entries", folder, "原件会不会收走").output.startswith("复印件要带原件吗？")
    write_files(local, {"windows.yaml": "- a\n"})
    check = run("check", "--entries", folder, "--flows", flows)
    assert check.exit_code == 1
    assert "local/windows.yaml:1: [0]: expected a mapping, found a text" in check.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--province", "sichaun"], 'there is no province "sichaun"; did you mean sichuan?', id="province"),
        pytest.param(["--province", "unsaid"], 'there is no province "unsaid"', id="no-province-at-all"),
        pytest.param(["--timezone", "Nowhere"], 'there is no time zone "Nowhere"', id="zone"),
    ],
)
def test_mistakes(show: Callable[..., Result], arguments: list[str], sentence: str) -> None:
    """Each is told in one sentence."""
    result = show(*arguments)

    assert result.exit_code == 1
    assert result.output.startswith(f"regbot: {sentence}")
    assert result.output.count("\n") == 1


def test_content_that_cannot_be_used(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder, a missing one and broken content are told in one sentence."""
    monkeypatch.delenv("REGBOT_LOCAL", raising=False)
    none = run("local", "show", "--entries", folder)
    missing = run("local", "show", "--entries", folder, "--local", "nowhere")
    write_files(folder.parent / "local", {"windows.yaml": "- a\n"})
    broken = run("local", "show", "--entries", folder, "--local", "local")

    assert none.output == "regbot: there is no local content; name its folder with --local DIR or REGBOT_LOCAL\n"
    assert missing.output == 'regbot: the folder of local content "nowhere" cannot be used: it does not exist\n'
    assert broken.output.endswith(
        "content and local has problems: local/windows.yaml:1: [0]: expected a mapping, found a text; "
        "`regbot check` lists them all\n"
    )


def test_a_terminal_gets_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns are aligned for people, and only for them."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    _print_table([HEADER, ("entry", "copies", "in force", "", "", "", "复印件")])
    lines = capsys.readouterr().out.splitlines()

    assert "\t" not in "".join(lines)
    assert "copies" in lines[3]
    assert "in force" in lines[3]
