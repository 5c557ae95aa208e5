"""The service's log: lines or JSON, without anything personal and without the token.

A record of the assistant's own says what happened in fixed words and numbers. Records of libraries may quote what somebody wrote:
only their pattern is shown, not what is filled in. Of an error, its kind and where it happened, never its text.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, TextIO

LEVELS: Final = ("debug", "info", "warning", "error")
_OWN: Final = "bot"
_LIBRARIES: Final = ("telegram", "httpx", "httpcore", "tornado", "asyncio", "apscheduler")
"""At lower levels these log addresses, which contain the token, and messages."""


def set_up(level: str, secrets: Iterable[str], *, as_json: bool, stream: TextIO | None = None) -> None:
    """Log to standard error (or `stream`) from a level of LEVELS on; none of the `secrets` appears, wherever it comes from."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json(secrets) if as_json else _Lines(secrets))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(_OWN).setLevel(level.upper())
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL)  # what it reports is raised or logged here as well


def where(error: BaseException) -> list[str]:
    """Return the kinds of an error and its causes, each with where it happened: no values, no message."""
    found: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(found) < 10:
        frames = traceback.extract_tb(seen.__traceback__)
        places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        found.append(" < ".join([type(seen).__qualname__, *reversed(places)]))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return found


class _Formatter(logging.Formatter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def message(self, record: logging.LogRecord) -> str:
        own = record.name.partition(".")[0] == _OWN
        return record.getMessage() if own else str(record.msg)

    def error(self, record: logging.LogRecord) -> Sequence[str]:
        return where(record.exc_info[1]) if record.exc_info and record.exc_info[1] else ()

    def clean(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, "[token]")
        return line


class _Lines(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname:7} {record.name}: {self.message(record)}"
        return self.clean("\n".join([line, *(f"    {cause}" for cause in self.error(record))]))


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name}
        fields |= {"message": self.message(record)}
        found: dict[str, object] = {**fields, **getattr(record, "fields", {})}
        if error := self.error(record):
            found["error"] = list(error)
        return self.clean(json.dumps(found, ensure_ascii=False))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
