"""The heartbeat file: what it says, what it counts, and that it never stands in the way."""

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.health.heartbeat import (
    HOURS,
    LEFT_BEHIND,
    MAX_KIND,
    MAX_KINDS,
    OTHER,
    Count,
    Dealt,
    Heartbeat,
    Reload,
    Tally,
    UnreadableError,
    by_kind,
    heartbeat_path,
    read_beat,
)

NOW = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
HOUR = datetime(2026, 11, 26, 1, tzinfo=UTC)
log = logging.getLogger("bot.channels.telegram.bot")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="tally")
def _tally(clock: Clock) -> Iterator[Tally]:
    tally = Tally(clock)
    tally.attach()
    yield tally
    tally.detach()


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return heartbeat_path(tmp_path / "regbot.db", "telegram")


@pytest.fixture(name="heart")
def _heart(path: Path, tally: Tally, clock: Clock) -> Heartbeat:
    return Heartbeat(path, tally, clock)


def start(heart: Heartbeat) -> None:
    heart.start("telegram", "reg_bot", "aaaa", {"local": "/srv/local"})


def fail(kind: type[Exception], text: str) -> None:
    """Log an error that is raised here."""

    def failing() -> None:
        raise kind(text)

    try:
        failing()
    except kind:
        log.exception("update %s could not be dealt with", text)


def kinds(tally: Tally) -> dict[str, int]:
    return by_kind(tally.counts()[0], NOW)


# What is counted


def test_error_is_counted_by_what_and_where_without_what_it_says(tally: Tally) -> None:
    fail(KeyError, "身份证号")
    fail(KeyError, "another")
    fail(ValueError, "secret")
    found = kinds(tally)
    assert [(kind.partition(" ")[0], times) for kind, times in found.items()] == [("KeyError", 2), ("ValueError", 1)]
    (place,) = {kind.partition(" ")[2].partition(":")[0] for kind in found}
    assert place == Path(__file__).name
    assert all(kind.endswith(" failing") for kind in found)


def test_error_line_without_an_error_is_counted_by_where_it_was_logged(tally: Tally) -> None:
    log.error("the content was refused: %s", "what somebody wrote")
    ((kind, times),) = kinds(tally).items()
    assert times == 1
    assert kind.startswith(f"error {Path(__file__).name}:")
    assert "wrote" not in kind


def test_only_warnings_and_errors_of_the_assistant_count(tally: Tally) -> None:
    log.warning("once")
    log.warning("twice")
    log.info("nothing")
    logging.getLogger("telegram").error("not ours")
    errors, warnings = tally.counts()
    assert errors == ()
    assert warnings == (Count(HOUR, "", 2),)


def test_errors_are_forgotten_after_a_day(tally: Tally, clock: Clock) -> None:
    fail(KeyError, "old")
    clock.now = HOUR + timedelta(hours=HOURS, seconds=-1)
    fail(ValueError, "new")
    assert [one.hour for one in tally.counts()[0]] == [HOUR, HOUR + timedelta(hours=HOURS - 1)]
    clock.now = HOUR + timedelta(hours=HOURS)
    assert [one.hour for one in tally.counts()[0]] == [HOUR + timedelta(hours=HOURS - 1)]
    assert list(by_kind([Count(HOUR, "old", 1), Count(HOUR + timedelta(hours=1), "new", 1)], clock.now)) == ["new"]


def test_kinds_are_bounded(tally: Tally, clock: Clock) -> None:
    new = [Count(HOUR, f"kind {number}", 1) for number in range(MAX_KINDS + 10)]
    tally.take_over([*new, Count(HOUR, "kind 0", 5), Count(HOUR, "long " * 100, 1)], ())
    found = kinds(tally)
    assert len(found) == MAX_KINDS + 1
    assert (found[OTHER], found["kind 0"]) == (11, 6)
    clock.now = HOUR + timedelta(hours=HOURS)
    fail(KeyError, "there is room again")
    assert [one.kind.partition(" ")[0] for one in tally.counts()[0]] == ["KeyError"]
    tally.take_over([Count(clock.now, "long " * 100, 1)], ())
    assert max(len(one.kind) for one in tally.counts()[0]) == MAX_KIND


def test_counting_raises_nothing(clock: Clock) -> None:
    seen = []

    def broken(level: int) -> None:
        seen.append(level)
        raise RuntimeError

    tally = Tally(clock, broken)
    tally.attach()
    try:
        log.error("one")
        log.warning("two")
    finally:
        tally.detach()
    log.error("after the end")
    assert seen == [logging.ERROR, logging.WARNING]
    assert len(tally.counts()[0]) == 1


# What is written


def test_file_says_how_the_service_is(heart: Heartbeat, path: Path, clock: Clock) -> None:
    start(heart)
    beat = read_beat(path)
    assert beat
    assert (beat.state, beat.pid, beat.started, beat.beat) == ("running", os.getpid(), NOW, NOW)
    assert (beat.channel, beat.bot, beat.content) == ("telegram", "reg_bot", "aaaa")
    assert beat.places == {"local": "/srv/local"}
    assert (beat.handled, beat.failed, beat.reload, beat.errors, beat.warnings) == (None, None, None, (), ())

    later = clock.now = NOW + timedelta(minutes=1)
    heart.note(handled=Dealt(5, later))
    heart.note(failed=Dealt(6, later))
    fail(KeyError, "x")
    log.warning("x")
    heart.write()
    beat = read_beat(path)
    assert beat
    assert (beat.started, beat.beat) == (NOW, later)
    assert (beat.handled, beat.failed) == (Dealt(5, later), Dealt(6, later))
    assert [(one.hour, one.times) for one in (*beat.errors, *beat.warnings)] == [(HOUR, 1), (HOUR, 1)]

    heart.stop()
    beat = read_beat(path)
    assert beat
    assert (beat.state, beat.handled) == ("stopped", Dealt(5, later))


def test_content_in_force_changes_with_a_reload_that_is_taken(heart: Heartbeat, path: Path) -> None:
    start(heart)
    for reload, content in ((Reload(NOW, "bbbb", ok=True), "bbbb"), (Reload(NOW, "cccc", ok=False), "bbbb")):
        heart.note(reload=reload)
        heart.write()
        beat = read_beat(path)
        assert beat
        assert (beat.reload, beat.content) == (reload, content)


def test_file_is_for_this_user_only_and_alone(heart: Heartbeat, path: Path) -> None:
    path.touch(mode=0o644)
    old = path.with_name(f"{path.name}.123")
    new = path.with_name(f"{path.name}.456")
    old.touch()
    new.touch()
    long_ago = (NOW - LEFT_BEHIND).timestamp() - 1
    os.utime(old, (long_ago, long_ago))
    start(heart)
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, new.name]


def test_errors_survive_a_restart(heart: Heartbeat, path: Path, clock: Clock) -> None:
    start(heart)
    fail(KeyError, "x")
    log.warning("x")
    heart.write()
    clock.now += timedelta(hours=2)
    after = Tally(clock)
    Heartbeat(path, after, clock).start("telegram", "reg_bot", "aaaa", {})
    beat = read_beat(path)
    assert beat
    assert [(one.hour, one.times) for one in (*beat.errors, *beat.warnings)] == [(HOUR, 1), (HOUR, 1)]
    assert (beat.started, beat.handled) == (clock.now, None)
    clock.now += timedelta(days=1)
    Heartbeat(path, Tally(clock), clock).start("telegram", "reg_bot", "aaaa", {})
    beat = read_beat(path)
    assert beat
    assert (beat.errors, beat.warnings) == ((), ())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b'{"state": "running"}', b"\x00" * 5000], ids=range(6))
def test_damaged_file_is_told_from_none_and_replaced(content: bytes, heart: Heartbeat, path: Path) -> None:
    assert read_beat(path) is None
    path.write_bytes(content)
    with pytest.raises(UnreadableError):
        read_beat(path)
    start(heart)
    assert read_beat(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("pid", 0), ("pid", -1), ("pid", 2**31), ("beat", "2026-11-26T01:00:00"), ("state", "asleep"), ("errors", None)],
)
def test_file_with_values_that_cannot_be_is_damaged(key: str, value: object, heart: Heartbeat, path: Path) -> None:
    start(heart)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {key: value}), encoding="utf-8")
    with pytest.raises(UnreadableError):
        read_beat(path)


def test_disk_that_is_full_is_logged_once_an_hour(
    path: Path, disk: Path, tally: Tally, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    heart = Heartbeat(disk / path.name, tally, clock)
    start(heart)
    with (disk / "filler").open("wb") as filler:
        filler.truncate(0)
        try:
            for _ in range(1000):
                os.write(filler.fileno(), b"x" * 4096)
        except OSError:
            pass
        clock.now += timedelta(minutes=1)
        heart.write()
        clock.now += timedelta(minutes=59)
        heart.write()
        assert [record.getMessage() for record in caplog.records] == [
            "the heartbeat file cannot be written: No space left on device"
        ]
        assert read_beat(disk / path.name), "the last one that could be written is whole"
        clock.now += timedelta(minutes=1)
        heart.write()
        assert len(caplog.records) == 2
        filler.truncate(0)
    heart.write()
    beat = read_beat(disk / path.name)
    assert beat
    assert beat.beat == clock.now
    assert sorted(file.name for file in disk.iterdir()) == ["filler", path.name]


def test_folder_that_is_gone_stops_nothing(
    tmp_path: Path, tally: Tally, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    heart = Heartbeat(tmp_path / "gone" / "beat.json", tally, clock)
    start(heart)
    heart.note(handled=Dealt(1, NOW))
    heart.stop()
    assert len(caplog.records) == 1


def test_nothing_is_written_before_the_start(heart: Heartbeat, path: Path) -> None:
    heart.note(handled=Dealt(1, NOW))
    heart.write()
    heart.stop()
    assert not path.exists()
