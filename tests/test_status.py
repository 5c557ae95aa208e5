"""How the assistant stands: what is read from real files, and what needs attention."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.health.heartbeat import Dealt, Reload, heartbeat_path
from bot.health.service import content_version
from bot.health.status import (
    BACKUP_AGE,
    FREE_BYTES,
    LATE,
    STALE,
    Attention,
    DatabaseStatus,
    DiskStatus,
    is_alive,
    needs_attention,
)
from bot.keeping.backup import backup
from bot.migrations import LATEST, migrate
from bot.reminders.overview import pause
from bot.sources import Sources
from bot.store import Store
from tests.status_helpers import NOW, ZONE, beat, codes, fill, look, small_sources, texts
from tests.store_helpers import opened, turn

Edit = Callable[[str, str, str], None]
ERRORS = 3


@pytest.fixture(name="sources")
def _sources(folder: Path) -> Sources:
    return small_sources(folder)


@pytest.fixture(name="filled")
async def _filled(database: Path) -> Path:
    return await fill(database)


def test_all_is_fine(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    status = look(filled, sources)
    assert codes(status) == []
    assert (status.people, status.unanswered.open, status.unanswered.to_apply) == (1, 1, 0)
    assert (status.database.migration, status.database.version, status.database.whole) == (LATEST[-1], "current", None)
    assert status.database.bytes == filled.stat().st_size
    assert (status.reminders.pending, status.reminders.overdue, status.reminders.paused_since) == (0, 0, None)
    assert (status.service.state, status.content.in_force) == ("running", status.content.on_disk)
    assert status.service.beat
    assert status.service.beat.handled == Dealt(5, NOW - timedelta(minutes=10))
    assert status.backup is None
    assert look(filled, sources, deep=True).database.whole is True


def sizes(database: Path) -> list[int]:
    """Return the sizes of the database and of the log beside it."""
    return [database.with_name(database.name + suffix).stat().st_size for suffix in ("", "-wal")]


async def test_log_beside_the_database_counts_as_its_size(filled: Path, sources: Sources) -> None:
    async with await Store.open(filled) as store:
        await turn("two", "2").take(store)
        size, log = sizes(filled)
        assert log > 0
        assert look(filled, sources).database.bytes == size + log


# The service


def test_service_that_has_never_run(filled: Path, sources: Sources) -> None:
    status = look(filled, sources)
    assert (codes(status), status.state, status.service.state) == (["service"], "attention", "missing")
    assert status.content.in_force is None
    assert texts(status) == ["the service on telegram has never run on this database"]


def test_service_that_was_stopped(filled: Path, sources: Sources) -> None:
    beat(filled, sources, errors=ERRORS).stop()
    status = look(filled, sources)
    assert (status.service.state, status.errors.times) == ("stopped", ERRORS), "its errors are known all the same"
    assert texts(status)[0] == "the service on telegram was stopped at 2026-11-26 09:30"


def test_service_whose_process_is_gone(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    path = heartbeat_path(filled, "telegram")
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"pid": process.pid}), encoding="utf-8")
    status = look(filled, sources)
    assert (status.service.state, status.content.in_force) == ("dead", None)
    assert texts(status) == ["the service on telegram has died; its last sign of life: 2026-11-26 09:30"]


def test_process_of_another_user_is_alive() -> None:
    assert is_alive(os.getpid())
    assert is_alive(1)
    if os.geteuid():
        return
    os.setresuid(65534, 65534, 0)
    try:
        assert is_alive(1)
    finally:
        os.setresuid(0, 0, 0)


def test_service_without_a_sign_of_life(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    assert codes(look(filled, sources, now=NOW + STALE)) == []
    status = look(filled, sources, now=NOW + STALE + timedelta(seconds=1))
    assert (codes(status), status.service.state) == (["service"], "stale")
    assert texts(status) == ["the service on telegram has given no sign of life since 2026-11-26 09:30"]


def test_damaged_heartbeat(filled: Path, sources: Sources) -> None:
    heartbeat_path(filled, "telegram").write_bytes(b"{")
    status = look(filled, sources)
    assert (status.service.state, texts(status)) == (
        "unreadable",
        ["the service on telegram has a damaged heartbeat file"],
    )


# The content


def test_content_on_disk_that_is_not_in_force(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    assert sources.entries
    with (sources.entries / "groups.yaml").open("a", encoding="utf-8") as file:
        file.write("# another one\n")
    status = look(filled, sources)
    assert (codes(status), status.content.on_disk) == (["content"], content_version(sources))
    assert texts(status) == ["the content on disk is not the one in force; reload needed"]


def test_content_is_looked_for_where_the_service_has_it_from(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    assert codes(look(filled, Sources())) == []
    assert codes(look(filled, Sources(flows=filled.parent))) == ["content"], "but what is named here comes first"


def test_reload_that_was_refused(filled: Path, sources: Sources) -> None:
    beat(filled, sources, reload=Reload(NOW - timedelta(minutes=5), "other", ok=False))
    assert texts(look(filled, sources)) == [
        "the content was refused when it was read again at 2026-11-26 09:25; run `regbot check`"
    ]
    beat(filled, sources, reload=Reload(NOW, content_version(sources), ok=True))
    assert codes(look(filled, sources)) == []


@pytest.mark.parametrize(("day", "gone"), [("2026-11-25", True), ("2026-11-26", False)])
def test_entry_that_has_expired(day: str, gone: bool, filled: Path, sources: Sources, edit: Edit) -> None:
    edit("papers/form.yaml", "order: 2", f"order: 2\nvalid-until: {day}")
    beat(filled, sources)
    said = ["the entry form was to be given until 2026-11-25, and is not given any more"]
    assert texts(look(filled, sources)) == (said if gone else [])


def test_content_on_disk_with_errors(filled: Path, sources: Sources, edit: Edit) -> None:
    beat(filled, sources)
    edit("papers/form.yaml", "id: form", "id: from")
    assert texts(look(filled, sources)) == [
        "the content on disk is not the one in force; reload needed",
        f"the content on disk has 1 error; run: regbot check --entries {sources.entries} --flows {sources.flows}",
    ]


def test_what_others_have_found_comes_last(filled: Path, sources: Sources) -> None:
    expired = Attention("expired", "an entry has expired")
    assert look(filled, sources, attention=[expired]).attention[-1] == expired


# Errors, reminders, disk, backups, the database


def test_errors_of_the_last_day(filled: Path, sources: Sources) -> None:
    beat(filled, sources, errors=ERRORS)
    status = look(filled, sources)
    assert status.errors.kinds == {"error turn.py:7 work": ERRORS}
    assert texts(status) == ["3 errors in the last 24 hours; the log has more"]
    later = NOW + timedelta(days=1)
    assert look(filled, sources, now=later).errors.kinds == {}


async def test_reminders_that_are_overdue(filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    due = (NOW - LATE - timedelta(seconds=1)).isoformat(timespec="seconds")
    sql = "INSERT INTO reminders VALUES (1, 'year-end', '2026-12-31', 'date', ?, 30, 'pending', NULL, 0, '')"
    async with await Store.open(filled) as store:
        await store.write(lambda db: db.conn.execute(sql, (due,)))
        status = look(filled, sources)
        assert (status.reminders.pending, status.reminders.overdue, status.reminders.late) == (1, 1, 1)
        assert texts(status) == ["1 reminder should have been sent more than an hour ago"]
        assert codes(look(filled, sources, now=NOW - timedelta(seconds=1))) == []
        await pause(store, NOW)
        status = look(filled, sources)
        assert (codes(status), status.reminders.paused_since) == ([], NOW)
        await store.write(lambda db: db.conn.execute("DELETE FROM switches"))
        # In the terminal, reminders wait until the chat is opened.
        await store.write(lambda db: db.conn.execute("UPDATE people SET channel = 'terminal'"))
        assert codes(look(filled, sources)) == []


@pytest.mark.parametrize(
    ("free", "total", "low"),
    [
        (FREE_BYTES, FREE_BYTES * 20, False),
        (FREE_BYTES - 1, FREE_BYTES, True),
        (FREE_BYTES * 5, FREE_BYTES * 100, False),
        (FREE_BYTES * 5 - 1, FREE_BYTES * 100, True),
    ],
)
def test_disk_that_is_nearly_full(free: int, total: int, low: bool, filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    status = replace(look(filled, sources), disk=DiskStatus(free, total))
    assert [one.code for one in needs_attention(status, ZONE)] == (["disk"] if low else [])


def test_disk_is_that_of_the_database(disk: Path, sources: Sources) -> None:
    small = disk / "regbot.db"
    with opened(small) as db:
        migrate(db, "x.db")
    status = look(small, sources)
    assert status.disk.total == 2 * 1024 * 1024
    assert "disk" in [one.code for one in status.attention]


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("unreachable", "telegram cannot be reached, since 2026-11-26 09:26"),
        (
            "taken",
            "telegram gives the updates to another process with the same token, or has a webhook set, since 2026-11-26 09:26",
        ),
    ],
)
def test_a_channel_that_gives_nothing(
    filled: Path, sources: Sources, why: Literal["unreachable", "taken"], said: str
) -> None:
    """After two minutes somebody has to look; a short interruption is none."""
    for minutes, expected in ((4, [said]), (1, [])):
        beat(filled, sources, cut_off=why, minutes=minutes)
        assert texts(look(filled, sources)) == expected
    heart = beat(filled, sources, cut_off=why, minutes=4)
    heart.cut_off(None)
    heart.write()
    assert texts(look(filled, sources)) == []


def test_backups(filled: Path, sources: Sources, tmp_path: Path) -> None:
    beat(filled, sources)
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "log.txt").write_text("no backup", encoding="utf-8")
    (folder / "link").symlink_to(filled)
    (folder / "latest.db").symlink_to(folder / "gone.db")
    (folder / "empty.db").touch()
    (folder / "folder.db").mkdir()
    status = look(filled, sources, backups=folder)
    assert texts(status) == [f"there is no backup in {folder}"]
    for name, age in (("old.db", 3 * BACKUP_AGE), ("new.db", BACKUP_AGE), ("mid.db", 2 * BACKUP_AGE)):
        backup(filled, folder / name)
        os.utime(folder / name, ((NOW - age).timestamp(), (NOW - age).timestamp()))
    status = look(filled, sources, backups=folder)
    assert codes(status) == []
    assert status.backup
    assert (status.backup.file, status.backup.at) == ("new.db", NOW - BACKUP_AGE)
    (folder / "new.db").unlink()
    assert texts(look(filled, sources, backups=folder)) == [
        "the newest backup is from 2026-11-22 09:30, more than two days ago"
    ]


@pytest.mark.parametrize(
    ("version", "whole", "text"),
    [
        ("older", None, "the database is of an older version; it is brought up to date at the next start"),
        ("newer", None, "the database was written by a newer version; upgrade the assistant"),
        ("current", False, "the database is damaged; restore it from a backup"),
    ],
)
def test_database(version: Any, whole: bool | None, text: str, filled: Path, sources: Sources) -> None:
    beat(filled, sources)
    database = DatabaseStatus(str(filled), 1, "m", version, whole)
    status = replace(look(filled, sources), database=database, disk=DiskStatus(FREE_BYTES, FREE_BYTES))
    assert list(needs_attention(status, ZONE)) == [Attention("damaged" if whole is False else "database", text)]
