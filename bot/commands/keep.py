"""The command line for what is kept: putting a backup in place of the database, removing what is old."""

from datetime import timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.keep_options import keep_options
from bot.commands.options import FOLDER, database_option, timezone_option, with_store

if TYPE_CHECKING:
    from bot.keeping.restore import Contents
    from bot.store import Store


@click.command()
@click.argument("file", type=FOLDER)
@click.option("--yes", is_flag=True, help="Replace a database that is there; it is kept beside the new one.")
@database_option
@timezone_option
def restore(file: Path, database: Path | None, timezone: str | None, *, yes: bool) -> None:
    """Put the backup FILE in place of the database, while nothing uses that; FILE stays, and is checked first.

    Without --yes, a database that is there is not replaced, and what stands in both is shown.
    """
    from bot.errors import UsageError
    from bot.keeping.restore import prepared
    from bot.settings import database_path, time_zone

    zone = time_zone(timezone)
    with prepared(file, database or database_path()) as ready:
        if ready.old is not None and not yes:
            click.echo(f"there now:         {ready.database}: {_shown(ready.old, zone)}")
            click.echo(f"would replace it:  {file}: {_shown(ready.new, zone)}")
            click.echo(f"(times of {zone})")
            raise UsageError(f"the database {ready.database} exists; give --yes to put {file} in its place")
        kept = ready.put_in_place()
        click.echo(f"{ready.database}: restored from {file}: {_shown(ready.new, zone)} ({zone})")
        click.echo("Who has had everything about them deleted since the backup was made is in it again.")
        if kept:
            click.echo(f"What was there before is now {kept}; delete it when it is not needed any more.")


def _shown(found: "Contents | str", zone: tzinfo) -> str:
    if isinstance(found, str):
        return found
    last = f"{found.last_turn.astimezone(zone):%Y-%m-%d %H:%M}" if found.last_turn else "never"
    return f"{found.people:,} people, last turn {last}, {found.size:,} bytes"


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count what would be removed.")
@keep_options
@database_option
def tidy(database: Path | None, keep_unanswered: timedelta, keep_people: timedelta, *, dry_run: bool) -> None:
    """Remove old questions without an answer, and people who have not come back, with everything about them.

    The bot on Telegram does that every night by itself; this is for those who use only the terminal.
    """
    from datetime import UTC

    from bot.keeping.retention import Retention

    async def work(store: "Store") -> None:
        retention = Retention(store, keep_unanswered, keep_people, UTC)
        found = await (retention.count() if dry_run else retention.once())
        done = "would be removed" if dry_run else "removed"
        click.echo(f"{done}: {found.people:,} people, {found.questions:,} questions without an answer")
        click.echo(f"(kept: people {keep_people.days} days, questions {keep_unanswered.days} days)")

    with_store(database, work)
