"""The command line for flows: show one, draw it, check stored runs against new definitions, list the ids."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import database_option, flows_option

if TYPE_CHECKING:
    from faq.text import Language
    from flows.definition import Flow, Library

_LANGUAGE = click.Choice(("zh", "en"))


@click.group()
def flow() -> None:
    """Show, draw and check the guided flows."""


@flow.command()
@click.argument("flow_id", metavar="ID")
@click.option("--language", type=_LANGUAGE, default="zh", show_default=True, help="The language to show it in.")
@flows_option()
def show(flow_id: str, language: "Language", folder: Path | None) -> None:
    """Print the flow ID as text: every step with its ways on."""
    from bot.flow_text import flow_text

    click.echo(flow_text(_flow(_library(folder), flow_id), language))


@flow.command()
@click.argument("flow_id", metavar="[ID]", required=False)
@click.option("--language", type=_LANGUAGE, default="zh", show_default=True, help="The language of the labels.")
@flows_option()
def graph(flow_id: str | None, language: "Language", folder: Path | None) -> None:
    """Print the flow ID, or all of them, as Mermaid flowcharts."""
    from flows.graph import mermaid

    library = _library(folder)
    flows = (_flow(library, flow_id),) if flow_id else library.flows
    click.echo("\n\n".join(mermaid(found, language) for found in flows))


@flow.command(name="migrate-check")
@database_option
@flows_option()
def migrate_check(database: Path | None, folder: Path | None) -> None:
    """Replay the stored runs against the flows and list those that would be moved or stranded.

    The database is only read. One line for each place that people are at: how many, where, and what becomes of them. Exit
    status 1 when somebody would be stranded, that is moved because their step is gone or left without their flow.
    """
    from bot.run_check import check_runs, stored_runs
    from bot.settings import database_path

    library = _library(folder)
    outcomes = check_runs(library, stored_runs(database or database_path()))
    for outcome in outcomes:
        click.echo(outcome)
    stranded = sum(outcome.people for outcome in outcomes if outcome.stranded)
    click.echo(f"{sum(outcome.people for outcome in outcomes)} runs, {stranded} stranded", err=bool(stranded))
    if stranded:
        sys.exit(1)


@flow.command()
@click.option("--write", is_flag=True, help="Write them to ids.yaml in the folder of the flows.")
@flows_option()
def ids(folder: Path | None, *, write: bool) -> None:
    """Print the ids that people's runs refer to; with --write, note them as those to be kept from now on."""
    import yaml

    from bot.errors import UsageError
    from bot.flow_checks import ids_of
    from bot.flow_files import IDS, LIBRARY

    text = yaml.safe_dump(ids_of(_library(folder)), sort_keys=False, width=118, default_flow_style=None)
    if not write:
        click.echo(text, nl=False)
        return
    place = (folder or LIBRARY) / IDS
    try:
        place.write_text(_IDS_HEAD + text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror}") from None
    click.echo(f"{place} written", err=True)


_IDS_HEAD = """\
# The ids that people's runs refer to: by flow and step, those of choices and items. Written by `regbot flow ids --write`;
# `regbot check` compares it with the flows, so that no id changes by mistake while people are on their way.
"""


def _library(folder: Path | None) -> "Library":
    from bot.flow_files import LIBRARY, flows_of

    return flows_of(folder or LIBRARY)


def _flow(library: "Library", flow_id: str) -> "Flow":
    from bot.closest import closest
    from bot.errors import UsageError

    found = library.flow(flow_id)
    if found is None:
        near = closest(flow_id, [known.id for known in library.flows])
        raise UsageError(f'there is no flow "{flow_id}"' + (f"; did you mean {near}?" if near else ""))
    return found
