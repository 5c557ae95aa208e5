"""The command line for curators: what was asked and not answered, and its way into the content."""

import sys
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from bot.commands.options import FOLDER, content_options, database_option, timezone_option, with_store

if TYPE_CHECKING:
    from bot.curation.assigning import Curator
    from bot.curation.groups import Group, Listing
    from bot.sources import Sources
    from bot.store import Store

SHOWN_WORDINGS: Final = 5
SHOWN_ENTRIES: Final = 3

_questions_option = click.option(
    "--questions",
    "files",
    type=FOLDER,
    multiple=True,
    metavar="FILE",
    help="Measure with the questions in this file; may be repeated. Default: the project's, in a checkout.",
)
_force_option = click.option(
    "--force", is_flag=True, help="Write although a question gets worse, or the one that was asked is not answered."
)


@click.group(invoke_without_command=True)
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="How many groups to show; --all shows all."
)
@click.option("--all", "everything", is_flag=True, help="Also what was dismissed or is assigned, and every wording.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@database_option
@timezone_option
@content_options()
@click.pass_context
def unanswered(  # noqa: PLR0913 - options of a command
    context: click.Context,
    sources: "Sources",
    database: Path | None,
    timezone: str | None,
    limit: int,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """List what was asked and not answered, alike questions together, those asked most lately first.

    Each group has a number, how often it was asked and by how many people, how many of them wait for the answer, and the entries that
    come nearest in the present content. Personal numbers were masked before anything was stored.
    """
    if context.invoked_subcommand:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:  # they would be left out in silence
            raise click.UsageError(
                f"options stand behind the command: regbot unanswered {context.invoked_subcommand} ..."
            )
        return
    from bot.commands.given import given_today
    from bot.curation.groups import listing
    from bot.settings import time_zone

    zone = time_zone(timezone)

    async def work(store: "Store") -> None:
        matcher = sources.matcher()
        without = given_today(matcher.corpus, timezone)[1]
        wanted = None if everything else limit
        found = await listing(store, matcher, wanted, without=without, everything=everything)
        if as_json:
            click.echo(_as_json(found))
        else:
            click.echo("\n".join(_lines(found, zone, everything=everything)))

    with_store(database, work)


@unanswered.command()
@click.argument("number", metavar="N", type=click.IntRange(1))
@click.argument("entry", metavar="[ENTRY]", required=False)
@click.option("--text", metavar="WORDING", help="Write this wording instead of the question's own.")
@_force_option
@_questions_option
@database_option
@timezone_option
@content_options(flows=True)
def assign(  # noqa: PLR0913, PLR0917 - options of a command
    sources: "Sources",
    number: int,
    entry: str | None,
    text: str | None,
    files: tuple[Path, ...],
    database: Path | None,
    timezone: str | None,
    *,
    force: bool,
) -> None:
    """Write the wording of question N into the phrasings of [ENTRY], by default the one that was decided on in Telegram.

    It is tried out on a copy first: the content is checked, and all questions are measured before and after. The file is written only
    if none of them gets worse and question N is answered by the entry then; exactly one line of it changes.
    """
    from bot.curation.assigning import Wish
    from bot.curation.assigning import assign as write

    _with_curator(
        sources, database, timezone, files, force=force, work=lambda curator: write(curator, Wish(number, entry, text))
    )


@unanswered.command()
@click.argument("number", metavar="N", type=click.IntRange(1))
@click.option("--undo", is_flag=True, help="Have them listed again.")
@database_option
def dismiss(database: Path | None, number: int, *, undo: bool) -> None:
    """Take the group of question N off the list: nothing is to be written for it."""
    from bot.curation.groups import dismiss as dismiss_group
    from bot.errors import UsageError

    async def work(store: "Store") -> None:
        count = await dismiss_group(store, number, datetime.now().astimezone(), undo=undo)
        if not count:
            raise UsageError(f"there is no {'dismissed' if undo else 'open'} question {number}")
        click.echo(f"{'listed again' if undo else 'dismissed'}: {count} question{'' if count == 1 else 's'}")

    with_store(database, work)


@unanswered.command()
@_force_option
@_questions_option
@database_option
@timezone_option
@content_options(flows=True)
def apply(
    sources: "Sources", files: tuple[Path, ...], database: Path | None, timezone: str | None, *, force: bool
) -> None:
    """Assign, one after the other, whatever was decided on in Telegram.

    What cannot be written is said and the next one is tried; then the exit status is 1.
    """
    from bot.curation.assigning import apply as apply_all

    async def work(curator: "Curator") -> None:
        wishes, failed = await apply_all(curator)
        click.echo(
            f"{wishes - failed} of {wishes} assigned" if wishes else "nothing is decided that is not written yet"
        )
        if failed:
            sys.exit(1)

    _with_curator(sources, database, timezone, files, force=force, work=work)


def _with_curator(  # noqa: PLR0913 - the options of two commands
    sources: "Sources",
    database: Path | None,
    timezone: str | None,
    files: tuple[Path, ...],
    *,
    force: bool,
    work: Callable[["Curator"], Coroutine[Any, Any, None]],
) -> None:
    from bot.curation.assigning import Curator
    from bot.settings import time_zone

    now = datetime.now(time_zone(timezone))
    with_store(database, lambda store: work(Curator(store, sources, now, click.echo, files, force)))


def _lines(found: "Listing", zone: tzinfo, *, everything: bool) -> Iterator[str]:
    for group in found.groups:
        yield from _group_lines(group, zone, everything=everything)
        yield ""
    if not found.groups:
        yield "no questions wait for an answer"
    yield f"answered by now: {found.answered:,}"
    if found.more or found.left:
        left = f", and {found.left:,} questions that were not looked at" if found.left else ""
        yield f"not shown: {found.more:,} groups{left} (--limit, --all)"
    yield f"(times of {zone})"


def _group_lines(group: "Group", zone: tzinfo, *, everything: bool) -> Iterator[str]:
    waiting = f"; {_count(group.waiting, 'person waits', 'people wait')} for the answer" if group.waiting else ""
    yield (
        f"{group.number}  {group.language}  asked {_count(group.times, 'time', 'times')} by "
        f"{_count(group.people, 'person', 'people')}, last on {group.last_asked.astimezone(zone):%Y-%m-%d %H:%M}{waiting}"
    )
    shown = group.wordings if everything else group.wordings[:SHOWN_WORDINGS]
    for wording in shown:
        yield f"    {' '.join(wording.split())}"
    if len(group.wordings) > len(shown):
        yield f"    (and {_count(len(group.wordings) - len(shown), 'wording', 'wordings')} more: --all)"
    near = ", ".join(f"{entry} {probability:.0%}" for entry, probability in group.nearest[:SHOWN_ENTRIES])
    yield f"  nearest: {near or 'nothing'}"
    if group.decision == "assign":
        yield f"  decided: assign to {group.entry}"
    elif group.decision:
        yield "  dismissed" if group.decision == "dismiss" else f"  assigned to {group.entry}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _as_json(found: "Listing") -> str:
    import msgspec

    groups = [
        {
            "number": group.number,
            "language": group.language,
            "wordings": group.wordings,
            "times": group.times,
            "people": group.people,
            "waiting": group.waiting,
            "last_asked": group.last_asked,
            "nearest": [{"id": entry, "score": probability} for entry, probability in group.nearest],
            "decision": group.decision,
            "entry": group.entry,
        }
        for group in found.groups
    ]
    shape = {"groups": groups, "answered_by_now": found.answered, "more": found.more, "not_looked_at": found.left}
    return msgspec.json.encode(shape).decode()
