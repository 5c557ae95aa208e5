"""The command line for reminders: how they stand, a rehearsal of a day, pause and resume."""

from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.options import content_options, database_option, timezone_option, with_store

if TYPE_CHECKING:
    from bot.reminders.overview import Rehearsal, Status
    from bot.reminders.talk import Reminding
    from bot.sources import Sources
    from bot.store import Store


@click.command()
@click.option("--status", is_flag=True, help="How things stand; this is the default.")
@click.option("--dry-run", is_flag=True, help="What would be sent on a day, to how many people; nothing is sent.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the dry run. Default: today.")
@click.option("--pause", is_flag=True, help="Send no reminders until --resume.")
@click.option("--resume", is_flag=True, help="Send reminders again.")
@database_option
@timezone_option
@content_options(flows=True, reminders=True)
def remind(sources: "Sources", day: Any, database: Path | None, timezone: str | None, **wishes: bool) -> None:
    """Show how the reminders stand, rehearse a day, pause or resume them; also while the assistant runs."""
    from bot.errors import UsageError
    from bot.reminders.overview import pause, rehearse, resume, status
    from bot.settings import time_zone

    wish, *others = [name for name, wished in wishes.items() if wished] or ["status"]
    if others:
        raise UsageError("only one of --status, --dry-run, --pause and --resume can be asked for at a time")
    if day and wish != "dry_run":
        raise UsageError("--on belongs to --dry-run")
    if day and not 1 < day.year < MAXYEAR:
        raise UsageError("--on takes a day of a year from 2 to 9998")
    zone = time_zone(timezone)
    now = datetime.now(UTC)

    async def work(store: "Store") -> None:
        match wish:
            case "pause":
                click.echo("paused" if await pause(store, now) else "they were paused already")
            case "resume":
                click.echo("resumed" if await resume(store) else "they were not paused")
            case "dry_run":
                reminding = _reminding(sources, zone)
                on = day.date() if day else now.astimezone(zone).date()
                for line in _rehearsal_lines(await rehearse(store, reminding, on, zone), on, zone):
                    click.echo(line)
            case _:
                for line in _status_lines(await status(store, now), now, zone):
                    click.echo(line)

    with_store(database, work)


def _reminding(sources: "Sources", zone: tzinfo) -> "Reminding":
    from bot.reminders.talk import Reminding

    return Reminding(sources.rules(), sources.library(), sources.matcher().corpus, zone)


def _status_lines(found: "Status", now: datetime, zone: tzinfo) -> Iterator[str]:
    def shown(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "never"

    if found.paused_since:
        yield f"PAUSED since {shown(found.paused_since)}"
    yield f"people with reminders to come: {found.people:,}"
    late = f", {found.overdue:,} of them due" if found.overdue else ""
    yield f"pending:  {found.states.get('pending', 0):,}{late}; the next one: {shown(found.next_due)}"
    yield f"sending:  {found.states.get('sending', 0):,}"
    yield f"sent:     {found.states.get('sent', 0):,}; the last one: {shown(found.last_sent)}"
    for state in ("skipped", "failed"):
        yield f"{state + ':':9} {found.states.get(state, 0):,}"
        for (of, reason), count in found.reasons.items():
            if of == state:
                yield f"  {count:,}: {reason}"
    yield f"people who cannot be reached: {found.unreachable:,}"
    yield f"(times of {zone}; it is {shown(now)})"


def _rehearsal_lines(found: "Rehearsal", day: date, zone: tzinfo) -> Iterator[str]:
    from bot.rendering import plain

    people = sum(text.people for text in found.values())
    yield f"{day} ({zone}): {people:,} people would get a reminder, by the hour on their own clock"
    if not found:
        return
    yield ""
    yield "hour    people  what"
    ordered = sorted(found.items(), key=lambda item: (item[0][0], -item[1].people, item[0][1]))
    for (hour, rules), text in ordered:
        yield f"{hour:02}:00 {text.people:>8,}  {' + '.join(rules)}"
    for (hour, rules), text in ordered:
        for language, sample in text.samples.items():
            yield ""
            yield f"--- {hour:02}:00, {' + '.join(rules)}, as one person would get it ({language}) ---"
            yield plain([sample], numbered=False)
