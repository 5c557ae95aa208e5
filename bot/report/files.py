"""Writing a report's page: whole or not at all, and over nothing but an earlier report."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from bot.errors import UsageError
from bot.report.page import MARK


def write_page(path: Path, text: str) -> None:
    """Write the page under its name once it is whole; an earlier report may stand there, and keeps its rights.

    Raises:
        UsageError: Something else stands there, the folder is missing, or it cannot be written.
    """
    try:
        target = path.resolve()
        if not target.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent} for the report")
        mode = _mode_of_report(path, target)
        _write(target, text, mode)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go in circles
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the report {path} cannot be written: {reason}") from None


def _mode_of_report(path: Path, target: Path) -> int | None:
    """Return the rights of the report that stands there; None for nothing."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode) or not _is_report(target):
        raise UsageError(f"{path} is not an earlier report and is left as it is; give the report another name")
    return stat.S_IMODE(found.st_mode)


def _is_report(target: Path) -> bool:
    mark = MARK.encode()
    with target.open("rb") as file:
        return file.read(len(mark)) == mark


def _write(target: Path, text: str, mode: int | None) -> None:
    beside = target.with_name(f".regbot-report-{os.getpid()}.tmp")
    handle = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode=0o666)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle, not a name
            file.write(text.encode())
            file.flush()
            if mode is not None:
                os.fchmod(handle, mode)
            os.fsync(handle)
        beside.replace(target)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
