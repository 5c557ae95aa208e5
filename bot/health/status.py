"""How the assistant stands, from its database, its heartbeat file, its content and its disk; and what needs attention."""

import os
import shlex
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final, Literal

from bot.content import Problems
from bot.errors import StoreError, UsageError
from bot.faq_files import ENTRIES, load_corpus
from bot.health.figures import Figures
from bot.health.heartbeat import Beat, UnreadableError, by_kind, heartbeat_path, read_beat
from bot.health.service import content_version
from bot.reading import reading, version_of
from bot.sources import Sources
from faq.edition import expired

CUT_OFF: Final = timedelta(minutes=2)
"""The channel may be out of reach for so long."""
STALE: Final = timedelta(seconds=60)
"""A service whose last beat is older is taken for dead."""
LATE: Final = timedelta(hours=1)
"""A reminder may be overdue for so long."""
BACKUP_AGE: Final = timedelta(days=2)
FREE_BYTES: Final = 100_000_000
FREE_SHARE: Final = 0.05
PLENTY: Final = 10_000_000_000
"""Bytes that are enough, whatever share of the disk they are."""
_SQLITE: Final = b"SQLite format 3\0"
"""How a database file begins."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Something that somebody has to look at."""

    code: str
    """A fixed word for monitoring."""
    text: str


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The file in which people are remembered."""

    file: str
    bytes: int
    """With its write-ahead log."""
    migration: str
    """The last step that changed its tables."""
    version: Literal["current", "older", "newer"]
    whole: bool | None
    """What the deep check found; None when none was asked for."""


@dataclass(frozen=True, slots=True)
class RemindersStatus:
    """The reminders of the channel."""

    pending: int | None
    overdue: int | None
    late: int | None
    """Overdue for longer than LATE."""
    paused_since: datetime | None


@dataclass(frozen=True, slots=True)
class UnansweredStatus:
    """The questions without an answer."""

    open: int | None
    to_apply: int | None
    """Decided, and to be written into the content."""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """The service on the channel: `missing` when there never was one, `unreadable` when its heartbeat file is damaged.

    `dead`: the process is gone; `stale`: it is there, and has given no sign of life lately. `beat` is what the file says.
    """

    channel: str
    state: Literal["running", "stopped", "dead", "stale", "missing", "unreadable"]
    beat: Beat | None


@dataclass(frozen=True, slots=True)
class ContentStatus:
    """The versions of the content."""

    in_force: str | None
    """None when no service runs."""
    on_disk: str


@dataclass(frozen=True, slots=True)
class ErrorsStatus:
    """What went wrong in the last 24 hours."""

    times: int
    kinds: dict[str, int]
    warnings: int


@dataclass(frozen=True, slots=True)
class DiskStatus:
    """The disk of the database."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """The newest backup; `file` and `at` are None when there is none."""

    folder: str
    file: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything; what an older database cannot say is None."""

    state: Literal["fine", "attention"] = "fine"
    at: datetime
    attention: tuple[Attention, ...] = ()
    database: DatabaseStatus
    people: int | None
    reminders: RemindersStatus
    unanswered: UnansweredStatus
    service: ServiceStatus
    content: ContentStatus
    errors: ErrorsStatus
    disk: DiskStatus
    backup: BackupStatus | None
    """None when no folder was named."""


def is_alive(pid: int) -> bool:
    """Tell whether there is a process with this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def gather(  # noqa: PLR0913 - what can be asked
    database: Path,
    channel: str,
    sources: Sources,
    now: datetime,
    zone: tzinfo,
    *,
    backups: Path | None = None,
    deep: bool = False,
    attention: Sequence[Attention] = (),
    alive: Callable[[int], bool] = is_alive,
) -> Status:
    """Return how things stand, with what needs attention; `attention` is what others have found, and comes last.

    Raises:
        StoreError: The database cannot be read.
        UsageError: The folder of the backups cannot be read.
    """
    with reading(database) as connection:
        figures = Figures(connection)
        stored = _stored(figures, database, deep=deep)
        people = figures.people()
        reminders = RemindersStatus(
            figures.pending(channel),
            figures.overdue(channel, now),
            figures.late(channel, now, LATE),
            figures.paused_since(),
        )
        unanswered = UnansweredStatus(figures.unanswered(), figures.to_apply())
    service = _service(database, channel, now, alive)
    beat = service.beat
    served = as_served(sources, beat)
    disk = shutil.disk_usage(database.absolute().parent)
    kinds = by_kind(beat.errors, now) if beat else {}
    status = Status(
        at=now,
        database=stored,
        people=people,
        reminders=reminders,
        unanswered=unanswered,
        service=service,
        content=ContentStatus(beat.content if beat and service.state == "running" else None, content_version(served)),
        errors=ErrorsStatus(sum(kinds.values()), kinds, sum(by_kind(beat.warnings, now).values()) if beat else 0),
        disk=DiskStatus(disk.free, disk.total),
        backup=_newest(backups, database) if backups else None,
    )
    today = now.astimezone(zone).date()
    found = (*needs_attention(status, zone), *_of_content(served, today), *attention)
    return replace(status, state="attention" if found else "fine", attention=found)


def as_served(sources: Sources, beat: Beat | None) -> Sources:
    """Return where the content lies: as said here, and otherwise where the service has it from."""
    places = {kind: Path(place) for kind, place in beat.places.items()} if beat else {}
    return Sources(
        sources.entries or places.get("entries"),
        sources.local or places.get("local"),
        sources.flows or places.get("flows"),
        sources.reminders or places.get("reminders"),
    )


def _stored(figures: Figures, database: Path, *, deep: bool) -> DatabaseStatus:
    size = 0
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            size += database.with_name(database.name + suffix).stat().st_size
    names = figures.migrations()
    return DatabaseStatus(str(database), size, names[-1], version_of(names), figures.is_whole() if deep else None)


def _service(database: Path, channel: str, now: datetime, alive: Callable[[int], bool]) -> ServiceStatus:
    path = heartbeat_path(database, channel)
    try:
        beat = read_beat(path)
    except UnreadableError:
        return ServiceStatus(channel, "unreadable", None)
    except OSError as error:
        raise StoreError(f"the heartbeat file {path} cannot be read: {error.strerror}") from None
    if beat is None:
        return ServiceStatus(channel, "missing", None)
    if beat.state == "stopped":
        return ServiceStatus(channel, "stopped", beat)
    if not alive(beat.pid):
        return ServiceStatus(channel, "dead", beat)
    return ServiceStatus(channel, "stale" if now - beat.beat > STALE else "running", beat)


def _newest(folder: Path, database: Path) -> BackupStatus:
    """Return the newest backup: of the databases in the folder, other than the assistant's own, the last one written."""
    dated = []
    try:
        for path in folder.iterdir():
            with suppress(FileNotFoundError, PermissionError):  # a link to nothing; one that is removed at this moment
                if _is_backup(path, database):
                    dated.append((path.stat().st_mtime, path))
    except OSError as error:
        raise UsageError(f"the folder of the backups {folder} cannot be read: {error.strerror}") from None
    if not dated:
        return BackupStatus(str(folder), None, None)
    written, newest = max(dated)
    return BackupStatus(str(folder), newest.name, datetime.fromtimestamp(written, UTC))


def _is_backup(path: Path, database: Path) -> bool:
    # The database itself is not touched: to close another handle of it would drop SQLite's locks.
    if not stat.S_ISREG(path.stat().st_mode) or path.samefile(database):
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def needs_attention(status: Status, zone: tzinfo) -> Iterator[Attention]:
    """Yield what somebody has to look at; times are shown in the zone."""

    def shown(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    yield from _of_database(status.database)
    yield from _of_service(status, shown)
    if status.errors.times:
        yield Attention("errors", f"{_several(status.errors.times, 'error')} in the last 24 hours; the log has more")
    if status.reminders.late and not status.reminders.paused_since:
        late = _several(status.reminders.late, "reminder")
        yield Attention("reminders", f"{late} should have been sent more than an hour ago")
    disk = status.disk
    if disk.free < FREE_BYTES or disk.free < min(disk.total * FREE_SHARE, PLENTY):
        yield Attention("disk", f"only {disk.free / 1e6:,.0f} MB of {disk.total / 1e6:,.0f} MB are free on the disk")
    if backup := status.backup:
        if backup.at is None:
            yield Attention("backup", f"there is no backup in {backup.folder}")
        elif status.at - backup.at > BACKUP_AGE:
            yield Attention("backup", f"the newest backup is from {shown(backup.at)}, more than two days ago")


def _of_database(database: DatabaseStatus) -> Iterator[Attention]:
    if database.whole is False:
        yield Attention("damaged", "the database is damaged; restore it from a backup")
    if database.version == "older":
        yield Attention("database", "the database is of an older version; it is brought up to date at the next start")
    if database.version == "newer":
        yield Attention("database", "the database was written by a newer version; upgrade the assistant")


def _of_service(status: Status, shown: Callable[[datetime], str]) -> Iterator[Attention]:
    beat, channel = status.service.beat, status.service.channel
    if beat is None:
        what = "has never run on this database" if status.service.state == "missing" else "has a damaged heartbeat file"
        yield Attention("service", f"the service on {channel} {what}")
        return
    match status.service.state:
        case "stopped":
            yield Attention("service", f"the service on {channel} was stopped at {shown(beat.beat)}")
        case "dead":
            yield Attention("service", f"the service on {channel} has died; its last sign of life: {shown(beat.beat)}")
        case "stale":
            yield Attention("service", f"the service on {channel} has given no sign of life since {shown(beat.beat)}")
    if status.service.state == "running" and (cut := beat.cut_off) and status.at - cut.since > CUT_OFF:
        why = {
            "unreachable": "cannot be reached",
            "taken": "gives the updates to another process with the same token, or has a webhook set",
        }
        yield Attention("channel", f"{channel} {why[cut.why]}, since {shown(cut.since)}")
    if beat.reload and not beat.reload.ok:
        yield Attention(
            "reload", f"the content was refused when it was read again at {shown(beat.reload.at)}; run `regbot check`"
        )
    if status.content.in_force not in (None, status.content.on_disk):
        yield Attention("content", "the content on disk is not the one in force; reload needed")


def _of_content(sources: Sources, today: date) -> Iterator[Attention]:
    """Read the entries as they are on disk, without their index: what is wrong with them, and what has expired."""
    problems = Problems()
    corpus = load_corpus(sources.entries or ENTRIES, problems, local=sources.local)
    if problems.errors:
        yield Attention(
            "problems",
            f"the content on disk has {_several(len(problems.errors), 'error')}; "
            f"run: {shlex.join(('regbot', 'check', *sources.arguments()))}",
        )
    for one in expired(corpus, today):
        what = f"the window for {one.name}" if one.kind == "window" else f"the {one.kind} {one.name}"
        yield Attention("expired", f"{what} was to be given until {one.until}, and is not given any more")


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
