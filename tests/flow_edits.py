"""The small library of flows with pieces of its files replaced, and the problems that this makes."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from bot.content import Problems
from bot.flow_checks import check_flows
from bot.flow_files import load_library
from faq.corpus import Corpus
from tests.flow_samples import FLOWS, write_flows

TODAY = date(2026, 11, 22)
LETTERS, DATES, QUESTIONS, WORDS = "letters.yaml", "dates.yaml", "questions.yaml", "words.yaml"

Edit = tuple[str, str | None, str]
"""A file's name, the piece of text that is replaced (None: the whole), and what takes its place."""


def edited(*edits: Edit) -> dict[str, str]:
    """Return the files of the small library, edited."""
    files = dict(FLOWS)
    for name, old, new in edits:
        assert old is None or old in files[name], f"{old!r} does not stand in {name}"
        files[name] = new if old is None else files[name].replace(old, new, 1)
    return files


def beside(folder: Path) -> Path:
    """Write flows beside a folder with the small corpus, and return their folder: its entries lead to "materials"."""
    materials = (
        FLOWS[DATES].replace("id: dates", "id: materials").replace("My dates", "Papers").replace("我的日期", "材料")
    )
    letters = FLOWS[LETTERS].replace("flow: dates", "flow: materials").replace("[dates]", "[materials]")
    files = {name: text for name, text in FLOWS.items() if name != DATES}
    return write_flows(folder.parent / "flows", {**files, LETTERS: letters, "materials.yaml": materials})


def shown(problems: Problems) -> list[str]:
    """Return the problems as they are printed, by file, line and place, without the folder of the flows."""
    found = sorted(problems.found, key=lambda found: (found.file.removeprefix("flows/"), found.line, found.place))
    return [str(problem).removeprefix("flows/") for problem in found]


def reading(folder: Path, edits: Iterable[Edit]) -> list[str]:
    """Return what is wrong in the edited library as soon as it is read; it is written into the (current) folder."""
    problems = Problems()
    load_library(write_flows(folder / "flows", edited(*edits)), problems)
    return shown(problems)


def checking(folder: Path, corpus: Corpus, edits: Iterable[Edit]) -> list[str]:
    """Return what is wrong in the edited library as a whole; it is written into the (current) folder."""
    problems = Problems()
    check_flows(write_flows(folder / "flows", edited(*edits)), corpus, TODAY, problems)
    return shown(problems)
