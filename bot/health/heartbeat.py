"""The service's sign of life: a small file beside the database that says how it is, for `regbot status`.

It holds times, counts and places in the code, and nothing that anybody wrote.
"""

import glob
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from bot.logs import where

log = logging.getLogger(__name__)

HOURS: Final = 24
"""So many hours are counted, the one that is under way included."""
MAX_KINDS: Final = 50
"""So many kinds of errors are told apart; the others are OTHER."""
OTHER: Final = "other errors"
MAX_KIND: Final = 120
"""Characters of a kind."""
COMPLAIN_AGAIN: Final = timedelta(hours=1)
LEFT_BEHIND: Final = timedelta(minutes=5)
"""After so long, a file that is being written is nobody's any more."""
_OWN: Final = "bot"

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Pid = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened in the hour that began at `hour`."""

    hour: Moment
    kind: str
    """Of errors what and where, such as "KeyError conversation.py:120 _turn"; of warnings empty."""
    times: Annotated[int, msgspec.Meta(gt=0)]


@dataclass(frozen=True, slots=True)
class Dealt:
    """An update that was dealt with, and when."""

    update: int | None
    """The channel's number of it."""
    at: Moment


@dataclass(frozen=True, slots=True)
class Reload:
    """The last time that the content was read again; when it was not `ok`, the one before stayed in force."""

    at: Moment
    content: str
    ok: bool


@dataclass(frozen=True, slots=True)
class CutOff:
    """The channel gives nothing any more, since when, and why."""

    since: Moment
    why: Literal["unreachable", "taken"]
    """Its server cannot be reached; another process takes what people write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What the file says."""

    state: Literal["running", "stopped"]
    pid: Pid
    started: Moment
    beat: Moment
    channel: str
    bot: str
    """The bot's name on the channel."""
    content: str
    """The version of the content in force, see `bot.health.service.content_version`."""
    places: dict[str, str] = field(default_factory=dict)
    """Where the content lies that is not the project's own: of entries, local, flows and reminders."""
    handled: Dealt | None = None
    failed: Dealt | None = None
    reload: Reload | None = None
    cut_off: CutOff | None = None
    """None while the channel can be reached."""
    errors: tuple[Count, ...] = ()
    warnings: tuple[Count, ...] = ()


class UnreadableError(Exception):
    """There is a heartbeat file, but it is none of this version's, or damaged."""


def heartbeat_path(database: Path, channel: str) -> Path:
    """Return the heartbeat file beside the database of the service on a channel."""
    return database.with_name(f"{database.name}-heartbeat-{channel}.json")


def read_beat(path: Path) -> Beat | None:
    """Return what a heartbeat file says; None when there is none.

    Raises:
        UnreadableError: It is damaged.
        OSError: It cannot be read.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Beat)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, ValueError):  # the latter: no UTF-8
        raise UnreadableError from None


class Tally(logging.Handler):
    """Counts the errors and warnings of the assistant's own log by hour; of each it keeps the kind only. Nothing is raised.

    `seen` is called with the level of each, for whoever else counts.
    """

    def __init__(self, now: Clock = utc_now, seen: Callable[[int], None] | None = None) -> None:
        super().__init__(logging.WARNING)
        self._now = now
        self._seen = seen
        self._errors: Counter[tuple[datetime, str]] = Counter()
        self._warnings: Counter[tuple[datetime, str]] = Counter()

    def attach(self) -> None:
        """Count from now on."""
        logging.getLogger(_OWN).addHandler(self)

    def detach(self) -> None:
        """Count no longer."""
        logging.getLogger(_OWN).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        with suppress(Exception):  # what counts errors must not make any
            if record.levelno >= logging.ERROR:
                self._add(self._errors, [Count(_hour(self._now()), _kind(record), 1)])
            else:
                self._add(self._warnings, [Count(_hour(self._now()), "", 1)])
            if self._seen:
                self._seen(record.levelno)

    def take_over(self, errors: Iterable[Count], warnings: Iterable[Count]) -> None:
        """Count what was counted before a restart as well."""
        with self._held():
            self._add(self._errors, errors)
            self._add(self._warnings, warnings)

    def counts(self) -> tuple[tuple[Count, ...], tuple[Count, ...]]:
        """Return the errors and the warnings of the last HOURS, the oldest first."""
        with self._held():
            self._forget()
            return _as_counts(self._errors), _as_counts(self._warnings)

    def _held(self) -> "threading.RLock":
        assert self.lock is not None, "a handler has a lock"
        return self.lock

    def _add(self, to: Counter[tuple[datetime, str]], new: Iterable[Count]) -> None:
        for one in new:
            kinds = {kind for _, kind in to}
            kind = one.kind[:MAX_KIND]
            if kind not in kinds and len(kinds - {OTHER}) >= MAX_KINDS:
                self._forget()
                kind = kind if len({kind for _, kind in to} - {OTHER}) < MAX_KINDS else OTHER
            to[_hour(one.hour), kind] += one.times
        self._forget()

    def _forget(self) -> None:
        """Drop what is older; and what a clock that was wrong has put into the future."""
        last = _hour(self._now())
        first = last - timedelta(hours=HOURS - 1)
        for counter in (self._errors, self._warnings):
            for key in [key for key in counter if not first <= key[0] <= last]:
                del counter[key]


class Heartbeat:
    """Writes the file: as a whole, readable for this user only. Nothing is raised; that it fails is logged once an hour."""

    def __init__(self, path: Path, tally: Tally, now: Clock = utc_now) -> None:
        self._path = path
        self._tally = tally
        self._now = now
        self._lock = threading.Lock()  # the loop's thread and another may write at the same time
        self._beat: Beat | None = None
        self._complained: datetime | None = None

    def start(self, channel: str, bot: str, content: str, places: Mapping[str, str]) -> None:
        """Begin, with the errors that the file of an earlier process tells of; and write."""
        self._sweep()
        with suppress(OSError, UnreadableError):
            if before := read_beat(self._path):
                self._tally.take_over(before.errors, before.warnings)
        now = self._now()
        self._beat = Beat(
            state="running",
            pid=os.getpid(),
            started=now,
            beat=now,
            channel=channel,
            bot=bot,
            content=content,
            places=dict(places),
        )
        self.write()

    def note(self, *, handled: Dealt | None = None, failed: Dealt | None = None, reload: Reload | None = None) -> None:
        """Note what has happened, for the next time that the file is written."""
        if self._beat:
            beat = self._beat
            self._beat = replace(
                beat,
                handled=handled or beat.handled,
                failed=failed or beat.failed,
                reload=reload or beat.reload,
                content=reload.content if reload and reload.ok else beat.content,
            )

    def cut_off(self, why: Literal["unreachable", "taken"] | None) -> None:
        """Note why the channel gives nothing, or with None that it can be reached; the first moment of a reason counts."""
        beat = self._beat
        if beat and why != (beat.cut_off.why if beat.cut_off else None):
            self._beat = replace(beat, cut_off=CutOff(self._now(), why) if why else None)

    def stop(self) -> None:
        """Write that the service has ended."""
        if self._beat:
            self._beat = replace(self._beat, state="stopped")
            self.write()

    def write(self) -> None:
        """Write the file as things are."""
        with self._lock:
            if self._beat is None:
                return
            errors, warnings = self._tally.counts()
            text = msgspec.json.encode(replace(self._beat, beat=self._now(), errors=errors, warnings=warnings))
            try:
                _replace(self._path, text)
            except OSError as error:
                failed = error
            else:
                return
        self._complain(failed)

    def _complain(self, error: OSError) -> None:
        now = self._now()
        if self._complained is None or now - self._complained >= COMPLAIN_AGAIN:
            self._complained = now
            log.warning("the heartbeat file cannot be written: %s", error.strerror or type(error).__name__)

    def _sweep(self) -> None:
        """Remove what processes left that were killed while they wrote."""
        with suppress(OSError):
            for made in self._path.parent.glob(f"{glob.escape(self._path.name)}.*"):
                if datetime.fromtimestamp(made.stat().st_mtime, UTC) < self._now() - LEFT_BEHIND:
                    made.unlink()


def _replace(path: Path, content: bytes) -> None:
    made = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(made, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode=0o600), "wb") as file:
            file.write(content)
        made.replace(path)
    except OSError:
        with suppress(OSError):
            made.unlink()
        raise


def _kind(record: logging.LogRecord) -> str:
    """Return what and where: of an error its kind and the innermost place, of a line without one where it was logged."""
    if record.exc_info and record.exc_info[1]:
        kind, _, places = where(record.exc_info[1])[0].partition(" < ")
        found = f"{kind} {places.partition(' < ')[0]}".strip()
    else:
        found = f"{record.levelname.lower()} {record.filename}:{record.lineno} {record.funcName}"
    return found.encode("ascii", "replace").decode()


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _as_counts(counter: Counter[tuple[datetime, str]]) -> tuple[Count, ...]:
    return tuple(Count(hour, kind, times) for (hour, kind), times in sorted(counter.items()))


def by_kind(errors: Sequence[Count], now: datetime) -> dict[str, int]:
    """Return how many there were of each kind in the last HOURS, the most frequent first."""
    first = _hour(now) - timedelta(hours=HOURS - 1)
    found: Counter[str] = Counter()
    for one in errors:
        if one.hour >= first:
            found[one.kind] += one.times
    return dict(found.most_common())
