"""What the tests of backups and of restoring them share: processes of their own, and a user without rights."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.keeping.database_files import companion
from bot.store import Store
from tests.conftest import ROOT
from tests.store_helpers import Turn, rows

PATIENCE = 60.0
NOBODY = 65534


@contextmanager
def process(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Run a script as a process of its own, which is killed in the end."""
    command = [sys.executable, "-W", "error", "-c", script, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


@contextmanager
def without_rights(*files: Path) -> Iterator[None]:
    """Be nobody, who owns these files; root may do everything."""
    if os.geteuid():
        yield
        return
    above = [folder for folder in files[0].parents if not folder.stat().st_mode & 0o001]
    modes = [folder.stat().st_mode for folder in above]
    for folder in above:
        folder.chmod(0o711)
    for file in files:
        os.chown(file, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        for folder, mode in zip(above, modes, strict=True):
            folder.chmod(mode)


async def left_by_a_crash(path: Path, *turns: Turn) -> None:
    """Make a database whose last turns stand only in its write-ahead log, as after a crash."""
    living = path.parent / "living" / path.name
    async with await Store.open(living) as store:
        for one in turns:
            await one.take(store)
        await asyncio.to_thread(copy_files, living, path)
    shutil.rmtree(living.parent)
    assert companion(path, "-wal").stat().st_size > 0


def copy_files(database: Path, target: Path) -> None:
    """Copy a database and its write-ahead log, in another process: closing them in this one would drop SQLite's locks."""
    for ending in ("", "-wal"):
        subprocess.run(["cp", companion(database, ending), companion(target, ending)], check=True)


def people(path: Path) -> list[str]:
    """Return who stands in a database, which has to be whole; SQLite sees a copy, so that the file stays as it is."""
    looked_at = path.parent / "looked-at"
    looked_at.mkdir()
    copy = looked_at / path.name
    for ending in ("", "-wal", "-journal"):
        if companion(path, ending).exists():
            shutil.copy(companion(path, ending), companion(copy, ending))
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    assert rows(copy, "PRAGMA foreign_key_check") == []
    found = rows(copy, "SELECT channel_id FROM people ORDER BY id")
    shutil.rmtree(looked_at)
    return [name for (name,) in found]
