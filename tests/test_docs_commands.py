"""The pages about the project say what is true of commands, options, settings, files, tables and figures, in both languages."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from sqlite_utils import Database

from bot import settings
from bot.cli import cli
from bot.commands.service import telegram
from bot.guides import COMMANDS
from bot.health import status
from bot.health.metrics import Metrics
from bot.health.status import Attention
from bot.migrations import migrate
from bot.reminders import spoken
from faq.text import LANGUAGES, Language
from tests.conftest import ROOT
from tests.pages import CURATORS, OPERATORS, PAIRS, READMES, blocks, headings, read, rows, shown, table, ticked

SHARED: Final = ("--database", "--timezone", "--local", "--entries", "--flows", "--reminders")
"""The options that the READMEs list with the commands that take them."""
SETTINGS: Final = sorted(
    value for value in vars(settings).values() if isinstance(value, str) and value.startswith("REGBOT_")
)
_FIRST: Final[dict[str, dict[Language, str]]] = {
    "shared": {"zh": "选项、环境变量", "en": "option, setting"},
    "settings": {"zh": "环境变量", "en": "setting"},
    "tables": {"zh": "表", "en": "table"},
    "metrics": {"zh": "指标", "en": "metric"},
    "attention": {"zh": "`--json` 里的代号", "en": "code in `--json`"},
}
"""The first headings of tables."""
PACKAGES: Final = sorted(
    folder
    for top in ("bot", "faq", "flows")
    for folder in {module.parent.relative_to(ROOT).as_posix() for module in (ROOT / top).rglob("*.py")}
)


def walk(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that can be given, by its words."""
    inner = getattr(command, "commands", {})
    if name and (not inner or getattr(command, "invoke_without_command", False)):
        yield name, command
    for one in inner.values():
        yield from walk(one, f"{name} {one.name}".strip())


ALL: Final = dict(walk(cli))


def options(command: click.Command) -> set[str]:
    """Return the options of a command."""
    return {name for one in command.params if isinstance(one, click.Option) for name in one.opts}


def resolved(words: list[str]) -> tuple[str, list[str]]:
    """Return the command that words begin with, and what is left of them."""
    for count in (2, 1):
        if " ".join(words[:count]) in ALL:
            return " ".join(words[:count]), words[count:]
    raise AssertionError(f"there is no command regbot {' '.join(words)}")


def described(page: Path) -> dict[str, set[str]]:
    """Return the commands of the page's table, each with the options that are named there."""
    found = {}
    for row in rows(page):
        for name in ticked(row[0]):
            if len(row) == 2 and name.startswith("regbot "):
                found[resolved(name.split()[1:])[0]] = {part.split()[0] for part in ticked(row[1]) if part[:2] == "--"}
    return found


def shell(page: Path) -> list[str]:
    """Return the lines of the page's shell blocks, without remarks."""
    lines = (re.sub(r"\s+# .*", "", line).strip() for block in blocks(page, "sh") for line in block.splitlines())
    return [line for line in lines if line]


def calls() -> Iterator[str]:
    """Yield every call of regbot in the shell blocks of all pages."""
    yield from sorted(
        {line for pair in PAIRS for page in pair.values() for line in shell(page) if "bin/regbot " in line}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_in_the_table_with_its_options(language: Language) -> None:
    """The README's table has all commands, each with the options that no other table has."""
    found = described(READMES[language])

    assert sorted(found) == sorted(ALL)
    expected = {name: options(command) - {*SHARED} for name, command in ALL.items() if command is not telegram}
    assert {name: wanted - found[name] for name, wanted in expected.items() if not wanted <= found[name]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_option_that_commands_share_is_said_of_the_right_ones(language: Language) -> None:
    """The README's table of shared options names exactly the commands that take each."""
    found = {
        ticked(row[0])[0].split()[0]: set(ticked(row[1]))
        for row in table(READMES[language], columns=2, first=_FIRST["shared"][language])
    }

    assert found == {option: {name for name, one in ALL.items() if option in options(one)} for option in SHARED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_and_every_option_of_the_bot_is_in_one_table(language: Language) -> None:
    """The operators' page lists all settings and all options of `regbot telegram`, and no others."""
    found = table(OPERATORS[language], columns=4, first=_FIRST["settings"][language])

    assert sorted(name for row in found for name in ticked(row[0])) == SETTINGS
    assert {part.split()[0] for row in found for part in ticked(row[1])} == options(telegram)
    defaults = {ticked(row[0])[0]: row[2] for row in found if row[0]}
    assert defaults[settings.KEEP_UNANSWERED] == str(settings.keep_unanswered(environment={}).days)
    assert defaults[settings.KEEP_PEOPLE] == str(settings.keep_people(environment={}).days)


def test_the_example_of_the_service_has_every_setting() -> None:
    """All settings stand in the example file, but for the database, which the unit names."""
    example = read(ROOT / "deploy" / "regbot.env.example")

    assert sorted(re.findall(r"^#?(REGBOT_[A-Z_]+)=", example, re.MULTILINE)) == sorted(
        {*SETTINGS} - {settings.DATABASE}
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_of_the_chat_are_documented(language: Language) -> None:
    """The README names the chat's commands about flows and reminders, the operators' page those of operators."""
    from bot.channels.telegram.profile import COMMANDS as MENU
    from bot.channels.telegram.profile import OPERATORS_COMMANDS

    menu = (*COMMANDS, spoken.COMMAND, *(f"/{name}" for name in MENU))
    assert [name for name in menu if f"`{name}`" not in read(READMES[language])] == []
    assert [name for name in OPERATORS_COMMANDS if f"`/{name}`" not in read(OPERATORS[language])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_target_of_the_makefile_is_documented(language: Language) -> None:
    """The READMEs list every target that `make help` lists."""
    targets = re.findall(r"^([a-z]+):.*##", read(ROOT / "Makefile"), re.MULTILINE)

    assert [target for target in targets if not re.search(rf"`?make {target}\b", read(READMES[language]))] == []


@pytest.mark.parametrize("call", list(calls()))
def test_a_command_can_be_given_as_it_is_written(call: str) -> None:
    """Every call of regbot in a shell block names a command, its options and arguments as they are."""
    words = shlex.split(re.sub(r"\$\([^)]*\)", "x", call).partition(" > ")[0])
    begin = next(number for number, word in enumerate(words) if word.endswith("bin/regbot"))
    name, given = resolved(words[begin + 1 :])

    # As below the whole: a command keeps the options for help that it was first asked with.
    ALL[name].make_context(name, given, parent=click.Context(cli, **cli.context_settings)).close()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: shown(pair["en"]))
def test_both_languages_have_the_same_commands_and_sections(pair: dict[Language, Path]) -> None:
    """A page says the same commands, in the same order, in both languages, and has as many sections."""
    zh, en = shell(pair["zh"]), shell(pair["en"])

    assert len(en) > 5
    assert zh == en
    assert blocks(pair["zh"], "yaml") == blocks(pair["en"], "yaml")
    if pair is not READMES:
        assert [level for level, _ in headings(pair["zh"])] == [level for level, _ in headings(pair["en"])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_every_table_of_the_database_it_is_said_what_stands_in_it(language: Language) -> None:
    """The table about privacy has every table of the database, and no others."""
    db = Database(memory=True)
    migrate(db, "memory")
    found = table(OPERATORS[language], columns=3, first=_FIRST["tables"][language])

    assert sorted(name for row in found for name in ticked(row[0])) == sorted({*db.table_names()} - {"sqlite_sequence"})
    db.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_for_prometheus_are_those_of_the_service(language: Language) -> None:
    """The table has every figure of the service, and the rules of the example use no others."""
    families = Metrics("telegram").registry.collect()
    ending = {"counter": "_total", "info": "_info"}
    known = {family.name + ending.get(family.type, "") for family in families}
    found = table(OPERATORS[language], columns=2, first=_FIRST["metrics"][language])

    assert {name.partition("{")[0] for row in found for name in ticked(row[0])} == known
    used = set(re.findall(r"regbot_\w+", "".join(blocks(OPERATORS[language], "yaml"))))
    assert {name.removesuffix("_bucket") for name in used} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_may_need_attention_is_explained(language: Language) -> None:
    """The operators' page has a row for each code that `regbot status` may give."""
    codes = re.findall(rf'{Attention.__name__}\(\s*"([a-z]+)"', read(Path(status.__file__)))
    found = table(OPERATORS[language], columns=3, first=_FIRST["attention"][language])

    assert sorted(name for row in found for name in ticked(row[0])) == sorted(set(codes))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", [*PACKAGES, "docs", "deploy"])
def test_the_table_of_folders_has_every_module(folder: str, language: Language) -> None:
    """The README's rows about a folder name the modules in it, or its files, all of them and no others."""
    code = folder in PACKAGES
    files = {path.name for path in (ROOT / folder).iterdir() if path.is_file() and (path.suffix == ".py") >= code}
    named = {
        name
        for row in rows(READMES[language])
        if row[0].startswith(f"`{folder}/`")
        for name in ticked(row[1])
        if re.fullmatch(r"\w+\.py" if code else r"[\w.-]+\.\w+", name)
    }

    assert named == files - {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_curators_find_the_figures_and_the_provinces(language: Language) -> None:
    """The curators' page explains every column of `regbot eval`, and the states of local content."""
    from faq.evaluation import MEASURES

    names = (*MEASURES, "in force", "not yet", "expired", "elsewhere")
    assert [name for name in names if f"`{name}`" not in read(CURATORS[language])] == []
