"""The pages about the project say what is true: drawings, keys, limits, examples, commands, links.

`pytest --update tests/test_docs.py` writes the drawings of the flows anew.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from bot import settings
from bot.cli import cli
from bot.content import Problems
from bot.flow_checks import MAX_BODY, MAX_CHOICES, check_flows
from bot.flow_files import IDS, LIBRARY, MAX_SUMMARY, MAX_TITLE, load_library
from bot.guides import COMMANDS
from bot.remind_commands import remind
from bot.reminders import spoken
from bot.reminders.reading import RULES, read_rules, rules_of
from bot.service_commands import telegram
from bot.step_files import MAX_ITEM, MAX_LABEL, QUESTIONS, WORDS
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import KINDS, Library
from flows.graph import mermaid
from flows.results import GIVES
from tests.conftest import ROOT
from tests.flow_samples import FLOWS

PAGES: Final[dict[Language, Path]] = {"zh": ROOT / "flows" / "README.zh.md", "en": ROOT / "flows" / "README.md"}
"""The pages about the flows."""
READMES: Final[dict[Language, Path]] = {"zh": ROOT / "README.zh.md", "en": ROOT / "README.md"}
ALL: Final = (*PAGES.values(), *READMES.values(), ROOT / "CHANGELOG.md")
REVIEWED: Final = date(2026, 11, 25)
"""The day by which the reviews of the examples are judged."""

_LOADER: Final[type] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_GRAPHS = re.compile(r"(?<=<!-- graphs -->\n).*(?=<!-- /graphs -->)", re.DOTALL)
_YAML = re.compile(r"^```yaml\n# (.+?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+)")


def read(path: Path) -> str:
    """Return the text of a page."""
    return path.read_text(encoding="utf-8")


def shown(path: Path) -> str:
    """Return a page's path as the tests name it."""
    return path.relative_to(ROOT).as_posix()


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


def graphs(library: Library, language: Language) -> str:
    """Return the drawings of all flows under their titles, as a page shows them."""
    heads = {"zh": "### {}（`{}`）", "en": "### {} (`{}`)"}
    parts = (
        f"\n{heads[language].format(flow.texts[language].title, flow.id)}\n\n"
        f"```mermaid\n{mermaid(flow, language)}\n```\n"
        for flow in library.flows
    )
    return "".join(parts) + "\n"


def examples() -> Iterator[Any]:
    """Yield the YAML examples of the pages: what each is (its first line), and its text."""
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
    """The README names every key that the reader of reminders knows."""
    found = reminder_keys(tmp_path / "reminders.yaml")

    assert {"quiet", "until", "year-end", "limit", "up-to", "texts", "every", "start", "leads", "step", "zh"} <= found
    assert sorted(key for key in found if f"`{key}`" not in read(READMES[language])) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_one_is_reminded_is_said_as_the_rules_have_it(language: Language) -> None:
    """The README's table of reminders has the days of the project's rules."""
    table = read(READMES[language]).partition({"zh": "| 提醒什么 |", "en": "| of what |"}[language])[2].split("\n\n")[0]
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


@pytest.mark.parametrize(("name", "text"), list(examples()))
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


def commands(group: click.Command, name: str = "regbot") -> Iterator[str]:
    """Yield every command of a group, with the words before it."""
    for inner in getattr(group, "commands", {}).values():
        yield f"{name} {inner.name}"
        yield from commands(inner, f"{name} {inner.name}")


@pytest.mark.parametrize("command", list(commands(cli)))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_documented(language: Language, command: str) -> None:
    """Both READMEs name every command of the command line."""
    assert re.search(rf"`{command}(?![\w-])", read(READMES[language]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_variables_and_chat_commands_are_documented(language: Language) -> None:
    """Both READMEs name the settings, the options that change what is used, and the chat's commands about flows."""
    options = ("--flows", "--reminders", "--timezone", "--database", "--entries")

    missing = [
        name
        for name in (
            settings.DATABASE,
            settings.TIMEZONE,
            settings.REMINDERS,
            *options,
            *COMMANDS,
            spoken.COMMAND,
        )
        if name not in read(READMES[language])
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_the_bot_on_telegram_can_be_told_is_documented(language: Language) -> None:
    """Both READMEs name every option of `regbot telegram` and every setting that it reads."""
    options = [name for parameter in telegram.params for name in parameter.opts]
    variables = (settings.TOKEN, settings.API, settings.ADMINS, settings.WEBHOOK_SECRET)

    assert [name for name in (*options, *variables) if f"`{name}" not in read(READMES[language])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_told_to_remind_is_documented(language: Language) -> None:
    """Both READMEs name every option of `regbot remind`."""
    options = [name for parameter in remind.params for name in parameter.opts]

    assert [name for name in options if f"`{name}" not in read(READMES[language])] == []


def test_every_target_of_the_makefile_is_documented() -> None:
    """The Chinese README lists every target that `make help` lists."""
    targets = re.findall(r"^([a-z]+):.*##", read(ROOT / "Makefile"), re.MULTILINE)

    assert [target for target in targets if f"`make {target}`" not in read(READMES["zh"])] == []


@pytest.mark.parametrize("page", ALL, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link from a page to another file leads to one that exists."""
    links = [link for link in _LINK.findall(read(page)) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_pages_link_to_each_other() -> None:
    """The READMEs lead to the pages about flows, which lead back, and each to its other language."""
    for language in LANGUAGES:
        page, readme = PAGES[language], READMES[language]
        links = {(page.parent / link).resolve() for link in _LINK.findall(read(page))}

        assert {*PAGES.values(), readme} - {page} <= links
        assert page in {(readme.parent / link).resolve() for link in _LINK.findall(read(readme))}
