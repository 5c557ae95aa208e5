"""The command line's look at how the assistant stands, for people and for monitoring."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.commands.options import FOLDER, content_options, database_option, existing_database, timezone_option

if TYPE_CHECKING:
    from bot.health.status import Status
    from bot.sources import Sources

FINE: Final = 0
ATTENTION: Final = 1
UNKNOWN: Final = 2
"""The exit status when it cannot be told how things stand."""


@click.command()
@database_option
@click.option("--channel", default="telegram", show_default=True, help="The channel of the service to look at.")
@click.option("--backups", type=FOLDER, metavar="DIR", help="Also look at how old the newest backup in this folder is.")
@click.option("--deep", is_flag=True, help="Also check the whole database for damage.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@timezone_option
@content_options(flows=True, reminders=True)
def status(  # noqa: PLR0913 - options of a command
    sources: "Sources",
    database: Path | None,
    channel: str,
    backups: Path | None,
    timezone: str | None,
    *,
    deep: bool,
    as_json: bool,
) -> None:
    """Show how the assistant stands, also while it runs; nothing is changed.

    Exit status 0: all fine; 1: something needs attention, which is said below; 2: it cannot be told. The content on disk is looked
    for where the service has it from, unless options or settings name another place.
    """
    from bot.errors import BotError, UsageError
    from bot.health.status import gather
    from bot.settings import time_zone

    now = datetime.now(UTC)
    try:
        zone = time_zone(timezone)
        if not re.fullmatch("[a-z0-9-]+", channel):
            raise UsageError(f'"{channel}" is not the name of a channel, such as telegram')
        found = gather(_existing(database), channel, sources, now, zone, backups=backups, deep=deep)
    except BotError as error:
        if as_json:
            click.echo(_json({"state": "unknown", "error": str(error)}))
        click.echo(f"regbot: {error}", err=True)
        click.get_current_context().exit(UNKNOWN)
    if as_json:
        click.echo(_json(found))
    else:
        for line in lines(found, zone):
            click.echo(line)
    click.get_current_context().exit(ATTENTION if found.attention else FINE)


def _existing(database: Path | None) -> Path:
    from bot.errors import StoreError

    try:
        return existing_database(database)
    except OSError as error:  # such as a folder that this user may not look into
        raise StoreError(f"the database cannot be read: {error.strerror}") from None


def _json(found: object) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()


def lines(found: "Status", zone: tzinfo) -> Iterator[str]:
    """Yield the lines that show how things stand, with times in the zone."""
    for name, text in _rows(found, zone):
        yield f"{name:<14}{text}".rstrip()
    yield f"(times of {zone}; it is {_shown(found.at, zone)})"
    for one in found.attention:
        yield f"needs attention: {one.text}"
    if not found.attention:
        yield "all fine"


def _rows(found: "Status", zone: tzinfo) -> Iterator[tuple[str, str]]:
    database, content, errors, disk = found.database, found.content, found.errors, found.disk
    checked = {None: "", True: ", no damage found", False: ", DAMAGED"}[database.whole]
    version = "" if database.version == "current" else f" ({database.version} version)"
    yield "database", f"{database.file}, {_size(database.bytes)}, {database.migration}{version}{checked}"
    yield "people", _number(found.people)
    reminders = found.reminders
    paused = f"; PAUSED since {_shown(reminders.paused_since, zone)}" if reminders.paused_since else ""
    yield "reminders", f"{_number(reminders.pending)} pending, {_number(reminders.overdue)} of them overdue{paused}"
    yield (
        "unanswered",
        f"{_number(found.unanswered.open)} open, {_number(found.unanswered.to_apply)} decided and to be applied",
    )
    yield from _service_rows(found, zone)
    if content.in_force is None:
        yield "content", f"{content.on_disk} on disk"
    else:
        same = (
            "the same on disk" if content.in_force == content.on_disk else f"{content.on_disk} on disk: reload needed"
        )
        yield "content", f"{content.in_force} in force, {same}"
    for kind, place in (found.service.beat.places if found.service.beat else {}).items():
        yield "", f"  {kind}: {place}"
    yield (
        "errors",
        f"{errors.times:,} in the last 24 hours, {errors.warnings:,} warning{'' if errors.warnings == 1 else 's'}",
    )
    for kind, times in errors.kinds.items():
        yield "", f"  {times:,}: {kind}"
    yield "disk", f"{_size(disk.free)} of {_size(disk.total)} free"
    if backup := found.backup:
        yield "backup", f"{backup.file}, {_ago(found.at - backup.at)} ago" if backup.at else f"none in {backup.folder}"


def _service_rows(found: "Status", zone: tzinfo) -> Iterator[tuple[str, str]]:
    service, beat = found.service, found.service.beat
    if beat is None:
        yield "service", {"missing": "has never run"}.get(service.state, "its heartbeat file is damaged")
        return
    since = f"process {beat.pid} since {_shown(beat.started, zone)}, last sign of life {_ago(found.at - beat.beat)} ago"
    yield "service", f"{service.state}, @{beat.bot} on {service.channel}, {since}"
    for name, dealt in (("last update", beat.handled), ("last failure", beat.failed)):
        number = "" if dealt is None or dealt.update is None else f" (number {dealt.update})"
        yield name, f"{_shown(dealt.at, zone)}{number}" if dealt else "none since the start"
    if beat.reload:
        yield "last reload", f"{_shown(beat.reload.at, zone)}, {'taken' if beat.reload.ok else 'REFUSED'}"


def _number(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _shown(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _size(size: int) -> str:
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:,.1f} {name}"
    return f"{size} bytes"


def _ago(delta: timedelta) -> str:
    seconds = max(0, int(delta.total_seconds()))
    for unit, name in ((172_800, "days"), (7200, "hours"), (120, "minutes")):
        if seconds >= unit:
            return f"{seconds // (unit // 2)} {name}"
    return f"{seconds} seconds"
