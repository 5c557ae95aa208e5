"""The pages about the project say what is true: drawings, keys, limits, examples, links; see also `test_docs_commands`.

`pytest --update tests/test_docs.py` writes the drawings of the flows anew.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.checks import check_content
from bot.commands.local import EXAMPLE
from bot.content import Problems
from bot.faq_files import ENTRIES, load_corpus
from bot.flow_checks import MAX_BODY, MAX_CHOICES, check_flows
from bot.flow_files import IDS, LIBRARY, MAX_SUMMARY, MAX_TITLE, load_library
from bot.reminders.reading import RULES, read_rules, rules_of
from bot.step_files import MAX_ITEM, MAX_LABEL, QUESTIONS, WORDS
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import KINDS, Library
from flows.graph import mermaid
from flows.results import GIVES
from tests.conftest import SMALL
from tests.flow_samples import FLOWS
from tests.pages import CURATORS, EVERY, OPERATORS, READMES, anchors, blocks, examples, read, shown
from tests.pages import FLOWS as PAGES

REVIEWED: Final = date(2026, 11, 25)
"""The day by which the reviews of the examples are judged."""

_LOADER: Final[type] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_GRAPHS = re.compile(r"(?<=<!-- graphs -->\n).*(?=<!-- /graphs -->)", re.DOTALL)
_YAML = re.compile(r"^```yaml\n# (.+?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]+))?\)")


def links(page: Path) -> list[tuple[Path, str]]:
    """Return where a page's links to other files and to its own sections lead: the file, and the section in it."""
    found = ((file, section) for file, section in _LINK.findall(read(page)) if "://" not in file)
    return [((page.parent / file).resolve() if file else page, section) for file, section in found]


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts into files of a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def strange(value: Any) -> Any:
    """Return what YAML says with a key that no reader knows in every mapping."""
    if isinstance(value, dict):
        return {**{name: strange(inner) for name, inner in value.items()}, "strange": "x"}
    return [strange(inner) for inner in value] if isinstance(value, list) else value


def known_keys(found: Iterable[str]) -> set[str]:
    """Return the keys that readers know, by what they say of one that they do not know."""
    return {key for what in found for key in what.partition("; known here: ")[2].split(", ") if "unknown key" in what}


def keys(library: Path) -> set[str]:
    """Return the keys that the reader of flows knows."""
    for name, text in FLOWS.items():
        content = yaml.load(text, Loader=_LOADER)
        changed = content if name == WORDS else strange(content)  # which shared words there are is the curators' choice
        (library / name).write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    problems = Problems()
    load_library(library, problems)
    return known_keys(
        problem.what
        for problem in problems.found
        if not problem.place.endswith(".next.strange")  # names of answers
    )


def reminder_keys(file: Path) -> set[str]:
    """Return the keys that the reader of reminders knows."""
    content = yaml.load(read(RULES), Loader=_LOADER)
    file.write_text(yaml.safe_dump(strange(content), allow_unicode=True), encoding="utf-8")
    problems = Problems()
    read_rules(file, problems)
    return known_keys(problem.what for problem in problems.found)


def entry_keys(folder: Path) -> set[str]:
    """Return the keys that the readers of entries and of local content know."""
    places = {"content": SMALL, "local": {p.relative_to(EXAMPLE).as_posix(): read(p) for p in EXAMPLE.rglob("*.yaml")}}
    for place, files in places.items():
        texts = {name: yaml.safe_dump(strange(yaml.load(text, Loader=_LOADER))) for name, text in files.items()}
        write(folder / place, texts)
    problems = Problems()
    load_corpus(folder / "content", problems, local=folder / "local")
    return known_keys(problem.what for problem in problems.found)


def graphs(library: Library, language: Language) -> str:
    """Return the drawings of all flows under their titles, as a page shows them."""
    heads = {"zh": "### {}（`{}`）", "en": "### {} (`{}`)"}
    parts = (
        f"\n{heads[language].format(flow.texts[language].title, flow.id)}\n\n"
        f"```mermaid\n{mermaid(flow, language)}\n```\n"
        for flow in library.flows
    )
    return "".join(parts) + "\n"


def flow_examples() -> Iterator[Any]:
    """Yield the YAML examples of the pages about flows: what each is (its first line), and its text."""
    for page in PAGES.values():
        for number, (name, text) in enumerate(_YAML.findall(read(page))):
            yield pytest.param(name, text, id=f"{shown(page)}-{number}-{name}")


def indented(text: str) -> str:
    """Return a list of steps as it stands in a file."""
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawings_are_those_of_the_flows(language: Language, project_library: Library, update: bool) -> None:
    """Each page shows every flow as `regbot flow graph` prints it (`--update` writes them anew)."""
    page, expected = PAGES[language], graphs(project_library, language)
    if update:
        page.write_text(_GRAPHS.sub(lambda _: expected, read(page)), encoding="utf-8")
    found = _GRAPHS.search(read(page))

    assert found
    assert found[0] == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_flow_is_explained(language: Language, tmp_path: Path) -> None:
    """The page names every key that the reader of flows knows."""
    found = keys(tmp_path)

    assert {"id", "steps", "question", "formerly", "needs", "remember", "unless", "again", "part", "short"} <= found
    assert sorted(key for key in found if f"`{key}`" not in read(PAGES[language])) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_the_reminders_is_explained(language: Language, tmp_path: Path) -> None:
    """The operators' page names every key that the reader of reminders knows."""
    found = reminder_keys(tmp_path / "reminders.yaml")

    assert {"quiet", "until", "year-end", "limit", "up-to", "texts", "every", "start", "leads", "step", "zh"} <= found
    assert sorted(key for key in found if f"`{key}`" not in read(OPERATORS[language])) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_an_entry_is_explained(language: Language, tmp_path: Path) -> None:
    """The curators' page names every key that the readers of entries and of local content know."""
    found = entry_keys(tmp_path)

    assert {"id", "varies", "facts", "states", "document", "valid-until", "note", "pointer", "filler", "name"} <= found
    assert sorted(key for key in found if f"`{key}" not in read(CURATORS[language])) == []


def test_the_examples_for_curators_can_be_used(tmp_path: Path) -> None:
    """The YAML examples, the same in both languages, are files of local content that `regbot check` accepts without a warning."""
    found = examples(CURATORS["en"])
    write(tmp_path, found)
    problems = check_content(ENTRIES, REVIEWED, LIBRARY, local=tmp_path, check_flows=False)

    assert {name.partition("/")[0] for name in found} == {"entries", "changes", "windows.yaml", "out-of-scope"}
    assert len(found) == len(blocks(CURATORS["en"], "yaml"))
    assert [str(problem) for problem in problems.found if str(tmp_path) in problem.file] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_one_is_reminded_is_said_as_the_rules_have_it(language: Language) -> None:
    """The operators' table of reminders has the days of the project's rules."""
    table = (
        read(OPERATORS[language]).partition({"zh": "| 提醒什么 |", "en": "| of what |"}[language])[2].split("\n\n")[0]
    )
    rows = [
        [int(number) for number in re.findall(r"[0-9]+", row.rpartition(" | ")[2])] for row in table.splitlines()[2:]
    ]
    rules = rules_of()

    assert rules.waiting
    year_end = [number for number in rows[0] if number not in {12, 31}]
    assert [*year_end, 0] == [*rules.dates["year-end"].days]
    assert rows[1] == [*rules.dates["limit"].days]
    assert rows[3] == [rules.waiting.first]
    assert rows[4] == [*rules.later]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_curators_can_name_is_explained(language: Language) -> None:
    """The page names every kind of step, every value of a result function and the functions, and the special files."""
    values = {name for gives in GIVES.values() for name in gives}

    missing = [
        name for name in (*KINDS, *values, *GIVES, QUESTIONS, WORDS, IDS) if f"`{name}`" not in read(PAGES[language])
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limits_are_those_of_the_checks(language: Language) -> None:
    """The page's table of limits has the numbers that `regbot check` uses."""
    rows = re.findall(r"^\|[^|\n]+\| ([0-9]+) \| ([0-9]+) \|$", read(PAGES[language]), re.MULTILINE)

    limits = (MAX_TITLE, MAX_SUMMARY, MAX_LABEL, MAX_ITEM, MAX_BODY)
    assert rows == [(str(limit["zh"]), str(limit["en"])) for limit in limits]
    assert re.search(rf"(?<![0-9]){MAX_CHOICES}(?: choices| 个选项)", read(PAGES[language]))


@pytest.mark.parametrize(("name", "text"), list(flow_examples()))
def test_an_example_can_be_used(name: str, text: str, tmp_path: Path, project_matcher: Matcher) -> None:
    """Every YAML example is a file, or steps of a flow, that `regbot check` accepts beside the project's flows."""
    for file in LIBRARY.iterdir():
        if file.name != IDS:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    if name == "steps":
        head = next(iter(text.splitlines()))
        assert head.startswith("- id: ")
        first = (
            "id: example\norder: 99\nreviewed: 2026-11-25\nsources: [{document: seed-000, part: x}]\n"
            "zh: {title: 例, summary: 例。}\nen: {title: Example, summary: Example.}\nsteps:\n"
        )
        name, text = "example.yaml", first + indented(text)
    else:
        assert name.endswith(".yaml")
    (tmp_path / name).write_text(text, encoding="utf-8")
    problems = Problems()
    if name in (QUESTIONS, WORDS):  # a part of the project's: flows that need the rest are left out
        for file in tmp_path.iterdir():
            if file.name not in (QUESTIONS, WORDS):
                file.unlink()
        load_library(tmp_path, problems)
    else:
        check_flows(tmp_path, project_matcher.corpus, REVIEWED, problems)

    assert [str(problem) for problem in problems.found if Path(problem.file).name == name] == []


def test_both_pages_have_the_same_examples() -> None:
    """What one page shows an example of, the other one shows as well."""
    zh, en = ([name for name, _ in _YAML.findall(read(PAGES[language]))] for language in LANGUAGES)

    assert zh == en
    assert len(en) == len(re.findall(r"^```yaml$", read(PAGES["en"]), re.MULTILINE))
    assert len(zh) == len(re.findall(r"^```yaml$", read(PAGES["zh"]), re.MULTILINE))


@pytest.mark.parametrize("page", EVERY, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link from a page leads to a file that exists, and to a section that it has."""
    wrong = [
        (shown(file), section)
        for file, section in links(page)
        if not file.exists() or (section and section not in anchors(file))
    ]
    assert wrong == []


def test_the_pages_link_to_each_other() -> None:
    """The READMEs lead to all pages in their language, which lead back, and each to its other language."""
    for language in LANGUAGES:
        readme = READMES[language]
        for pair in (PAGES, OPERATORS, CURATORS):
            page = pair[language]
            found = {file for file, _ in links(page)}

            assert {*pair.values(), readme} - {page} <= found
            assert page in {file for file, _ in links(readme)}
