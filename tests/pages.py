"""The pages about the project, as the tests read them."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from faq.text import Language
from tests.conftest import ROOT

FLOWS: Final[dict[Language, Path]] = {"zh": ROOT / "flows" / "README.zh.md", "en": ROOT / "flows" / "README.md"}
"""The pages about the flows."""
READMES: Final[dict[Language, Path]] = {"zh": ROOT / "README.zh.md", "en": ROOT / "README.md"}
OPERATORS: Final[dict[Language, Path]] = {
    "zh": ROOT / "docs" / "operators.zh.md",
    "en": ROOT / "docs" / "operators.md",
}
"""The pages for those who run the assistant."""
CURATORS: Final[dict[Language, Path]] = {"zh": ROOT / "docs" / "curators.zh.md", "en": ROOT / "docs" / "curators.md"}
"""The pages for those who write the answers."""
PAIRS: Final = (READMES, OPERATORS, CURATORS)
EVERY: Final = (*FLOWS.values(), *(page for pair in PAIRS for page in pair.values()), ROOT / "CHANGELOG.md")

_BLOCK = re.compile(r"^(?P<margin> *)```(?P<kind>[a-z]*)\n(?P<text>.*?)^(?P=margin)```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_FIRST_LINE = re.compile(r"# (?P<name>\S+)\n(?P<text>.*)", re.DOTALL)


def read(page: Path) -> str:
    """Return the text of a page."""
    return page.read_text(encoding="utf-8")


def shown(page: Path) -> str:
    """Return a page's path as the tests name it."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, kind: str) -> list[str]:
    """Return the blocks of code of a kind, without the margin that they have in a list."""
    return [textwrap.dedent(found["text"]) for found in _BLOCK.finditer(read(page)) if found["kind"] == kind]


def examples(page: Path) -> dict[str, str]:
    """Return the YAML examples by the file that their first line names."""
    found = (_FIRST_LINE.fullmatch(block) for block in blocks(page, "yaml"))
    return {one["name"]: one["text"] for one in found if one}


def headings(page: Path) -> list[tuple[int, str]]:
    """Return the headings with their levels; what looks like one in a block of code is none."""
    return [(len(level), title) for level, title in _HEADING.findall(_BLOCK.sub("", read(page)))]


def anchors(page: Path) -> set[str]:
    """Return what links can lead to within a page, as GitHub makes it from headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for _, title in headings(page)}


def rows(page: Path) -> Iterator[list[str]]:
    """Yield the rows of all tables, as their cells."""
    for line in _BLOCK.sub("", read(page)).splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def table(page: Path, *, columns: int, first: str) -> list[list[str]]:
    """Return the rows, without the first one, of the table that has so many columns and such a first heading."""
    lines = _BLOCK.sub("", read(page)).split("\n\n")
    for part in lines:
        cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in part.strip().splitlines()]
        if part.startswith("|") and len(cells[0]) == columns and cells[0][0] == first:
            return cells[2:]
    raise AssertionError(f"{shown(page)} has no table that begins with {first}")


def ticked(text: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", text)
