"""The command line for local content: a folder to begin with, and what of it is in force."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from bot.commands.options import FOLDER, content_options, timezone_option

if TYPE_CHECKING:
    from bot.sources import Sources
    from faq.corpus import Corpus, Scope

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "local_example"
"""The example that is written."""
HEADER: Final = ("what", "name", "state", "from", "until", "provinces", "about")


@click.group()
def local() -> None:
    """Add content for a province or an employer: begin a folder, show what is in force."""


@local.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def init(folder: Path) -> None:
    """Write an example of local content into the new folder DIR: each part once, with explanations."""
    from bot.errors import UsageError

    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f'"{folder}" exists already; name a new folder')
        for name in _write_example(folder):
            click.echo(folder / name)
    except OSError as error:
        raise UsageError(f'"{folder}" cannot be written: {error.strerror}') from None
    click.echo(f"Replace what is marked as an example, then: regbot check --local {folder}", err=True)


def _write_example(folder: Path) -> list[Path]:
    """Write all files, or none when that fails, and return their names."""
    names = sorted(path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*.yaml"))
    made: list[Path] = []
    try:
        for name in names:
            place = folder / name
            for missing in reversed(
                [parent for parent in (place.parent, *place.parent.parents) if not parent.exists()]
            ):
                missing.mkdir()
                made.append(missing)
            made.append(place)
            place.write_bytes((EXAMPLE / name).read_bytes())
    except OSError:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        raise
    return names


@local.command()
@click.option("--province", metavar="ID", help="What somebody in this province gets, such as sichuan.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="What is in force on this day. Default: today.")
@timezone_option
@content_options(flows=True)
def show(sources: "Sources", province: str | None, day: Any, timezone: str | None) -> None:
    """List what is added and changed locally, and what of it is in force."""
    from datetime import datetime

    from bot.errors import UsageError
    from bot.faq_files import ENTRIES
    from bot.index_cache import read_corpus
    from bot.local_checks import provinces_of
    from bot.local_files import did_you_mean, own_entries
    from bot.settings import time_zone
    from faq.edition import edition

    if sources.local is None:
        raise UsageError("there is no local content; name its folder with --local DIR or REGBOT_LOCAL")
    known = provinces_of(sources.library())
    if province is not None and province not in known:
        raise UsageError(f'there is no province "{province}"' + did_you_mean(province, list(known)))
    corpus = read_corpus(sources.entries or ENTRIES, sources.local)
    on = (day or datetime.now(time_zone(timezone))).date()
    if corpus.operator:
        click.echo("run by: " + " / ".join(corpus.operator.values()))
    click.echo(f"on {on}, " + (f"in {' / '.join(known[province].values())}" if province else "in whatever province"))
    _print_table([HEADER, *_rows(corpus, own_entries(sources.local), on, province)])
    for said in edition(corpus, on, province).contact.values():
        click.echo(f"whom to ask: {said}")


def _rows(corpus: "Corpus", own: frozenset[str], day: date, province: str | None) -> Iterator[tuple[str, ...]]:
    from bot.local_files import window_name
    from faq.corpus import Scope

    def row(what: str, name: str, scope: "Scope", about: str) -> tuple[str, ...]:
        first, last = (str(limit) if limit else "" for limit in (scope.valid_from, scope.valid_until))
        return what, name, _state(scope, day, province), first, last, " ".join(scope.provinces), " ".join(about.split())

    for entry in corpus.entries:
        if entry.id in own or entry.scope != Scope():
            yield row("entry", entry.id, entry.scope, entry.texts["zh"].question)
    for change in corpus.changes:
        parts = ("note", "answer", "local")
        given = [part for part in parts if any(getattr(text, part) is not None for text in change.texts.values())]
        yield row("change", change.file, change.scope, f"{change.entry}: {', '.join(given) or 'phrasings'}")
    for number, window in enumerate(corpus.windows):
        yield row("window", window_name(number), window.scope, window.texts["zh"])


def _state(scope: "Scope", day: date, province: str | None) -> str:
    if scope.expired_on(day):
        return "expired"
    if not scope.holds_on(day):
        return "not yet"
    return "in force" if province is None or scope.is_for(province) else "elsewhere"


def _print_table(rows: list[tuple[str, ...]]) -> None:
    if not sys.stdout.isatty():
        click.echo("\n".join("\t".join(row) for row in rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0])
    for row in rows[1:]:
        table.add_row(*row)
    Console().print(table)
