"""A bot that cannot start, or cannot go on, says why in one sentence and ends with status 1."""

import asyncio
import json
import os
import socket
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from tests.bot_api import BotApi, bad_gateway, drop, error, too_many
from tests.chat_processes import rows_of
from tests.conftest import SMALL, write_files
from tests.flow_samples import write_flows
from tests.telegram_process import PATIENCE, ROOT, BotProcess

UNKNOWN = "the Bot API server does not know this token; get the present one from @BotFather"


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str | Path]:
    entries = write_files(tmp_path_factory.mktemp("content"), SMALL)
    return ["--entries", entries, "--flows", write_flows(tmp_path_factory.mktemp("flows"))]


async def refused(
    api: BotApi, database: Path, *options: str | Path, environment: Mapping[str, str | None] | None = None
) -> str:
    """Start a bot that ends by itself with status 1, and return what it says to standard error after its log: one sentence."""
    settings: dict[str, str | None] = {
        "REGBOT_TELEGRAM_TOKEN": api.token,
        "REGBOT_TELEGRAM_API": api.url,
        "REGBOT_DATABASE": str(database),
        "PYTHONIOENCODING": "utf-8",
        **(environment or {}),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "telegram", "--log-json", *map(str, options)),
        cwd=ROOT,
        env={name: value for name, value in (os.environ | settings).items() if value is not None},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, said = (stream.decode() for stream in await process.communicate())
    except TimeoutError:
        process.kill()
        raise
    assert (process.returncode, output) == (1, ""), said
    *logged, sentence, end = said.split("\n")
    assert [line for line in logged if "message" not in json.loads(line)] == []
    assert sentence.startswith("regbot: ")
    assert end == ""
    assert api.token not in said
    assert api.called("getUpdates") == []
    return sentence.removeprefix("regbot: ")


def names(file: Path) -> list[str]:
    """Return the steps that made a database."""
    return [name for (name,) in rows_of(file, "SELECT name FROM _sqlite_migrations ORDER BY name")]


SETTINGS: Mapping[str, tuple[Mapping[str, str | None], Sequence[str], str]] = {
    "no token": (
        {"REGBOT_TELEGRAM_TOKEN": None},
        [],
        "REGBOT_TELEGRAM_TOKEN is not set; put the token there that @BotFather gave you",
    ),
    "no real token": (
        {"REGBOT_TELEGRAM_TOKEN": "bot123"},
        [],
        "REGBOT_TELEGRAM_TOKEN is not a token; one looks like 123456789:AAH... and comes from @BotFather",
    ),
    "server": (
        {"REGBOT_TELEGRAM_API": "127.0.0.1:8081"},
        [],
        'REGBOT_TELEGRAM_API is "127.0.0.1:8081" and should be an address such as http://127.0.0.1:8081',
    ),
    "operators": (
        {"REGBOT_ADMINS": "17, @somebody"},
        [],
        'REGBOT_ADMINS contains "@somebody"; list the numeric user ids, apart by commas',
    ),
    "webhook": (
        {},
        ["--webhook-url", "bot.example.org/hook"],
        '"bot.example.org/hook" is not an address for a webhook, such as https://bot.example.org/telegram',
    ),
    "webhook without encryption": (
        {"REGBOT_TELEGRAM_API": None},
        ["--webhook-url", "http://bot.example.org/hook"],
        '"http://bot.example.org/hook" is not an address for a webhook, such as https://bot.example.org/telegram',
    ),
    "webhook's port": (
        {"REGBOT_TELEGRAM_API": None},
        ["--webhook-url", "https://bot.example.org:8000/hook"],
        "Telegram delivers to the ports 443, 80, 88 and 8443, not to 8000",
    ),
    "secret": (
        {"REGBOT_WEBHOOK_SECRET": "with a blank"},
        ["--webhook-url", "https://bot.example.org/hook"],
        "the webhook secret may have 1 to 256 characters of A-Z, a-z, 0-9, _ and -",
    ),
}
"""Settings (None takes one away) and options, and what is said of them."""


async def test_settings_that_cannot_be_used_are_named(api: BotApi, database: Path) -> None:
    async def said(changes: Mapping[str, str | None], options: Sequence[str]) -> str:
        return await refused(api, database, *options, environment=changes)

    found = await asyncio.gather(*(said(changes, options) for changes, options, _ in SETTINGS.values()))

    assert dict(zip(SETTINGS, found, strict=True)) == {name: sentence for name, (_, _, sentence) in SETTINGS.items()}
    assert api.calls == []


@pytest.mark.parametrize("port", ["0", "65536", "https"])
async def test_a_port_that_is_none_is_refused_with_the_usage(
    api: BotApi, run: Callable[..., Result], port: str
) -> None:
    result = run("telegram", "--webhook-url", "https://bot.example.org/hook", "--port", port)

    assert result.exit_code == 2
    assert "'--port'" in result.stderr


async def test_a_server_that_does_not_know_the_bot_or_cannot_be_reached_ends_the_start(
    api: BotApi, tmp_path: Path, content: Sequence[str | Path]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    reached = "cannot be reached; check the network, and REGBOT_TELEGRAM_API if it is set"
    api.fail("getMe", bad_gateway(), times=50)
    other = {"REGBOT_TELEGRAM_TOKEN": "123456:REVOKED-TOKEN"}
    found = await asyncio.gather(
        refused(api, tmp_path / "1.db", *content, environment=other),
        refused(api, tmp_path / "2.db", *content, environment={"REGBOT_TELEGRAM_API": nobody}),
        refused(api, tmp_path / "3.db", *content),
    )

    assert list(found) == [UNKNOWN, f"{nobody} {reached}", f"{api.url} {reached}"]


async def test_a_server_that_refuses_the_start_is_quoted(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    api.fail("getMe", too_many(3600), times=50)
    assert await refused(api, database, *content) == f"{api.url} asks to wait 3600 seconds before the next start"


async def test_a_webhook_that_telegram_does_not_take_ends_the_start(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    bad = error(400, "Bad Request: bad webhook: Failed to resolve host: Name or service not known")
    api.fail("setWebhook", bad, times=50)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    said = await refused(api, database, *content, "--webhook-url", "https://nobody.example.org/hook", "--port", port)

    assert said.startswith(f"{api.url} refuses to start: ")
    assert "resolve host" in said


async def test_an_address_in_use_ends_the_start_before_telegram_is_told_of_it(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hook = ("--webhook-url", f"http://127.0.0.1:{port}/hook", "--port", str(port))
        said = await refused(api, database, *content, *hook)

    assert said == f"cannot listen on 127.0.0.1:{port}: Address already in use"
    assert api.called("setWebhook") == []


async def test_a_database_of_a_newer_version_is_left_alone(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    async with BotProcess(api, database, *content) as bot:
        assert await bot.stop() == 0
    api.calls.clear()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('regbot', 'm999_later', '2030-01-01')"
        )
    said = await refused(api, database, *content)

    assert said.startswith(
        f'the database {database} was written by a newer version (it has the migration "m999_later")'
    )
    assert names(database)[-1] == "m999_later"
    assert api.calls == []


async def test_content_that_cannot_be_read_ends_the_start(
    api: BotApi, database: Path, tmp_path: Path, content: Sequence[str | Path]
) -> None:
    broken = write_files(tmp_path / "broken", {**SMALL, "papers/form.yaml": "id: form\n"})
    said = await refused(api, database, "--entries", broken, *content[2:])

    assert "form.yaml" in said
    assert api.calls == []


async def test_a_token_that_is_revoked_ends_the_running_bot(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    async with BotProcess(api, database, *content) as bot:
        api.message(7, "要信")
        await api.replies(7, 1)
        await api.confirmed()
        api.token = "123456:ANOTHER-TOKEN"
        api.message(7, "要了")

        assert await bot.ended() == 1
        last = bot.log.splitlines()[-1]
        assert last == f"regbot: {UNKNOWN}"
        assert "Traceback" not in bot.log


async def test_a_bad_moment_of_the_network_does_not_end_the_start(
    api: BotApi, database: Path, content: Sequence[str | Path]
) -> None:
    api.fail("getMe", drop())
    api.fail("deleteWebhook", bad_gateway())
    async with BotProcess(api, database, *content):
        api.message(7, "要信")
        (answer,) = await api.replies(7, 1)

    assert answer["text"].startswith("等一封信（1/5）去要")
