"""The log: two shapes, from a level on, and never a secret or what somebody wrote."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from bot.logs import LEVELS, set_up, where

SECRET = "123456:AAH-secret_token"
OTHER = "webhook-secret"
own = logging.getLogger("bot.channels.telegram.bot")
foreign = logging.getLogger("tornado.application")


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    """Leave the process's loggers as they were found."""
    names = ("", "bot", "telegram", "httpx", "httpcore", "tornado", "asyncio", "apscheduler")
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = root.handlers
    yield
    root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def logging_to(
    level: str = "info", *, as_json: bool = False, secrets: tuple[str, ...] = (SECRET, OTHER)
) -> io.StringIO:
    stream = io.StringIO()
    set_up(level, secrets, as_json=as_json, stream=stream)
    return stream


def failing(text: str) -> Exception:
    """Return an error that was raised because of another one."""

    def inner() -> None:
        raise ValueError(text)

    def outer() -> None:
        try:
            inner()
        except ValueError as error:
            raise RuntimeError(text) from error

    with pytest.raises(RuntimeError) as caught:
        outer()
    return caught.value


def test_line() -> None:
    stream = logging_to()
    own.warning("update %s was not answered: %s", 5, "a channel post")

    time, rest = stream.getvalue().split(" ", 1)
    assert rest == "WARNING bot.channels.telegram.bot: update 5 was not answered: a channel post\n"
    assert datetime.fromisoformat(time).tzinfo is not None


def test_json_is_one_object_a_line() -> None:
    stream = logging_to(as_json=True)
    own.info("一行\n两行 %s", '"quoted"', extra={"fields": {"update": 7}})
    own.error("broken", exc_info=failing("personal"))

    first, second = map(json.loads, stream.getvalue().splitlines())
    assert datetime.fromisoformat(first.pop("time")).tzinfo is not None
    assert first == {
        "level": "info",
        "logger": "bot.channels.telegram.bot",
        "message": '一行\n两行 "quoted"',
        "update": 7,
    }
    assert second["message"] == "broken"
    assert [cause.split(" < ")[0] for cause in second["error"]] == ["RuntimeError", "ValueError"]


@pytest.mark.parametrize("level", LEVELS)
def test_level(level: str) -> None:
    """The assistant's own records appear from the level on, others' from warnings on, whatever the level."""
    stream = logging_to(level, as_json=True)
    for name in ("bot.conversation", "httpx", "telegram.Bot", "somebody.else"):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(number, "x")

    found: dict[str, list[str]] = {}
    for line in stream.getvalue().splitlines():
        record = json.loads(line)
        found.setdefault(record["logger"], []).append(record["level"])
    assert found.pop("bot.conversation") == list(LEVELS[LEVELS.index(level) :])
    assert found == {name: ["warning", "error"] for name in ("httpx", "somebody.else")}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("logger", [own, foreign])
def test_secrets_are_replaced_wherever_they_stand(logger: logging.Logger, *, as_json: bool) -> None:
    stream = logging_to(as_json=as_json)
    logger.warning(f"https://api.telegram.org/bot{SECRET}/getMe")  # noqa: G004 - as a careless library does
    logger.warning("got %s and %r", f"https://x/bot{SECRET}/getMe", {"secret": OTHER})
    logger.error("failed", exc_info=failing(SECRET))

    class Secret(Exception):  # noqa: N818 - its name is the point
        pass

    Secret.__qualname__ = f"Failed {OTHER}"
    logger.error("failed", exc_info=Secret(SECRET), extra={"fields": {"address": SECRET}})

    text = stream.getvalue()
    assert "[token]" in text
    assert SECRET not in text
    assert OTHER not in text


def test_no_secret_is_none() -> None:
    """A secret that is empty replaces nothing."""
    stream = logging_to(secrets=("",))
    own.warning("plain")

    assert stream.getvalue().endswith(": plain\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_what_libraries_fill_in_is_not_shown(*, as_json: bool) -> None:
    """Records of others show their pattern only; the assistant's own are complete."""
    stream = logging_to(as_json=as_json)
    foreign.error("No error handlers for %s", "我的身份证号")
    own.error("turn %s", 7)

    text = stream.getvalue()
    assert "No error handlers for %s" in text
    assert "身份证" not in text
    assert "turn 7" in text


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("logger", [own, foreign])
def test_errors_show_kinds_and_places_only(logger: logging.Logger, *, as_json: bool) -> None:
    """Of an error and its causes, the kind and where it happened are shown, never the text."""
    stream = logging_to(as_json=as_json)
    logger.error("update %s could not be dealt with", 5, exc_info=failing("我叫张三"))

    text = stream.getvalue()
    assert "张三" not in text
    assert "RuntimeError < test_logs.py:" in text
    assert "ValueError < test_logs.py:" in text
    assert " inner < test_logs.py:" in text


def kinds(error: BaseException) -> list[str]:
    return [line.split(" < ")[0] for line in where(error)]


def test_causes() -> None:
    """Causes are followed, also those that are only the context, unless they were hidden; a chain is cut at ten."""
    hidden: BaseException = failing("x")
    hidden.__cause__ = None
    hidden.__suppress_context__ = True
    context = RuntimeError()
    context.__context__ = KeyError()
    long: BaseException = OSError()
    for _ in range(99):
        long, before = OSError(), long
        long.__cause__ = before
    ring = OSError()
    ring.__cause__ = ring

    assert kinds(failing("x")) == ["RuntimeError", "ValueError"]
    assert kinds(hidden) == ["RuntimeError"]
    assert kinds(context) == ["RuntimeError", "KeyError"]
    assert kinds(long) == kinds(ring) == ["OSError"] * 10
    assert where(OSError("text")) == ["OSError"]


def test_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    set_up("info", [], as_json=False)
    own.info("here")

    captured: Any = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith(": here\n")


def test_logger_is_set_up_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Setting up again replaces what was set up before."""
    first, second = logging_to(), logging_to()
    own.info("here")

    assert first.getvalue() == ""
    assert second.getvalue().count("here") == 1
    assert capsys.readouterr().err == ""
