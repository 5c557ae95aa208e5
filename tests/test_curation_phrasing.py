"""Adding a phrasing to an entry's file: one line changes, and no other byte."""

import difflib
import os
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.curation.phrasing import CannotAddError, new_change, with_phrasing, with_phrasing_of_change
from bot.entry_files import OUT_OF_SCOPE
from bot.faq_files import ENTRIES
from faq.text import LANGUAGES, Language

FILES = sorted(path for path in ENTRIES.glob("*/*.yaml") if path.parent.name != OUT_OF_SCOPE)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ODD = ("yes", "12:30", "2026-11-22", "a: b, c", "#1 question", "- item", 'it\'s "so"', "null", "[x] y", "{a}", "a # b", "~", "=", "* x", "a\\b", "问：“这个”怎么弄？", "C: \\x", "!new", "@home", "100%", "a,b")  # fmt: skip


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came, with their line ends."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = [line for line in difflib.unified_diff(old, new, n=0) if line[:3] not in {"---", "+++"}]
    return [line[1:] for line in found if line[0] == "-"], [line[1:] for line in found if line[0] == "+"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_of_the_project_takes_a_phrasing(language: Language) -> None:
    """In each file exactly one line is added, and reading it back gives the same data and one phrasing more.

    ruamel.yaml takes half a second for a file: all of them are tried in the long run, and a few every time.
    """
    assert len(FILES) > 40
    for number, path in enumerate(FILES if os.environ.get("SOAK") else FILES[::13]):
        text, phrasing = path.read_bytes().decode(), ODD[number % len(ODD)]

        after = with_phrasing(text, language, phrasing)

        gone, come = changed_lines(text, after)
        assert (path.name, gone, len(come)) == (path.name, [], 1)
        data = yaml.load(text, Loader=LOADER)
        data[language]["phrasings"].append(phrasing)
        assert yaml.load(after, Loader=LOADER) == data


@pytest.mark.parametrize("phrasing", ODD)
def test_odd_phrasings_are_quoted(phrasing: str) -> None:
    """What YAML would read as something else is quoted, on a line of its own and in brackets."""
    for text in ("zh:\n  phrasings:\n    - a\n", "zh:\n  phrasings: [a]\n"):
        assert yaml.safe_load(with_phrasing(text, "zh", phrasing)) == {"zh": {"phrasings": ["a", phrasing]}}


@pytest.mark.parametrize(
    ("text", "gone", "come"),
    [
        pytest.param("zh:\n  phrasings:\n  - a\n  - 'b'  # why\n", [], ["  - 新\n"], id="not-indented"),
        pytest.param("zh:\n  phrasings:\n    - a\n\n\n# end\n", [], ["    - 新\n"], id="blank-lines-below"),
        pytest.param("zh:\n  phrasings:\n    - >-\n      b\n      c\n\n  x: y\n", [], ["    - 新\n"], id="block"),
        pytest.param("zh:\n  phrasings:\n    - |\n      b\n", [], ["    - 新\n"], id="block-at-the-end"),
        pytest.param('zh:\n  phrasings:\n    - "a"\n    - "b"\n', [], ['    - "新"\n'], id="all-quoted"),
        pytest.param("zh:\r\n  phrasings:\r\n    - a\r\nen: 1\r\n", [], ["    - 新\r\n"], id="windows"),
        pytest.param("\ufeffzh:\n  phrasings:\n    - a\n", [], ["    - 新\n"], id="byte-order-mark"),
        pytest.param("zh:\n  phrasings:\n    - a", ["    - a"], ["    - a\n", "    - 新\n"], id="no-last-line-end"),
        pytest.param(
            "zh: {phrasings: [问, b]}  # x\n", ["zh: {phrasings: [问, b]}  # x\n"], ["zh: {phrasings: [问, b, 新]} # x\n"],
            id="brackets",
        ),
        pytest.param("zh:\n  phrasings: []\n", ["  phrasings: []\n"], ["  phrasings:\n", "    - 新\n"], id="empty"),
    ],
)  # fmt: skip
def test_the_layout_is_kept(text: str, gone: list[str], come: list[str]) -> None:
    """Comments, indentation, quotes, line ends and brackets stay as they are."""
    assert changed_lines(text, with_phrasing(text, "zh", "新")) == (gone, come)


HAND = "the list zh.phrasings is written in a way that would not be kept; add the line by hand"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("en: {phrasings: [a]}\n", "there is no list zh.phrasings", id="other-language"),
        pytest.param("zh: {phrasings: a}\n", "there is no list zh.phrasings", id="text"),
        pytest.param("- zh\n", "there is no list zh.phrasings", id="list"),
        pytest.param("", "there is no list zh.phrasings", id="empty"),
        pytest.param("zh:\n  phrasings: &x\n    - a\nen:\n  phrasings: *x\n", HAND, id="shared"),
        pytest.param("zh:\n  phrasings:\n    - a long\n      one\n    # tail\nen: 1\n", HAND, id="folded"),
        pytest.param("zh:\n  phrasings: [\n    a,\n    b,  # x\n  ]\n", HAND, id="brackets-on-lines"),
        pytest.param("zh: {phrasings: [a]}\nzh: {phrasings: [b]}\n", "is not valid YAML", id="twice"),
        pytest.param("zh:\n  phrasings: &x\n  - a\nother: 1\rzh2: 1\n", HAND, id="old-mac"),
        pytest.param("zh: [\n", "is not valid YAML", id="broken"),
        pytest.param("zh: 'x\n", "is not valid YAML", id="open-quote"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_to_is_refused(text: str, why: str) -> None:
    """Rather than to guess, it is said why nothing can be added."""
    with pytest.raises(CannotAddError) as caught:
        with_phrasing(text, "zh", "新")

    assert str(caught.value) == why


CHANGE = "# ours\nentry: photo\nreviewed: 2026-11-01\n"


@pytest.mark.parametrize(
    ("text", "come"),
    [
        pytest.param(CHANGE, ["zh:\n", "  phrasings:\n", "    - 新\n"], id="no-language"),
        pytest.param(CHANGE + "en: {note: x}", ["en: {note: x}\n", "zh:\n", "  phrasings:\n", "    - 新\n"], id="other-language"),
        pytest.param(CHANGE + "zh:\n  note: x  # y\n", ["  phrasings:\n", "    - 新\n"], id="no-list"),
        pytest.param(CHANGE + "zh:\n  note: x\n  phrasings:\n    - a\n", ["    - 新\n"], id="list"),
        pytest.param(CHANGE + "zh: {phrasings: [a]}\n", ["zh: {phrasings: [a, 新]}\n"], id="brackets"),
        pytest.param(CHANGE + "zh: {note: x}\n", ["zh: {phrasings: [新], note: x}\n"], id="brackets-no-list"),
    ],
)  # fmt: skip
def test_a_local_change_takes_a_phrasing(text: str, come: list[str]) -> None:
    """The list is made where a change has none; what stands there stays."""
    after = with_phrasing_of_change(text, "photo", "zh", "新")

    assert changed_lines(text, after)[1] == come
    assert yaml.safe_load(after)["zh"]["phrasings"][-1] == "新"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CHANGE.replace("photo", "form"), 'is not about the entry "photo"'),
        ("[]", 'is not about the entry "photo"'),
        ("entry: [", "is not valid YAML"),
        (CHANGE + "zh:\n  phrasings:\n  note: x\n", "there is no list zh.phrasings"),
        (CHANGE + "zh: 说明\n", HAND),
    ],
    ids=["other-entry", "list", "broken", "no-value", "text"],
)  # fmt: skip
def test_a_local_change_that_cannot_be_added_to_is_refused(text: str, why: str) -> None:
    """The change has to be the entry's, and written in a usual way."""
    with pytest.raises(CannotAddError) as caught:
        with_phrasing_of_change(text, "photo", "zh", "新")

    assert str(caught.value) == why


def test_a_new_local_change(tmp_path: Path) -> None:
    """A file of its own has the entry, the day of review and the phrasing."""
    text = new_change("photo", "en", "yes: which photo", date(2026, 11, 26))

    assert text == 'entry: photo\nreviewed: 2026-11-26\nen:\n  phrasings:\n    - "yes: which photo"\n'
