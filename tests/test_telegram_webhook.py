"""Updates that Telegram delivers to the bot itself: from nobody else, and taken only when what they change is written."""

import re
import socket
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.bot_api import BotApi
from tests.chat_processes import rows_of
from tests.conftest import SMALL, write_files
from tests.flow_samples import write_flows
from tests.telegram_process import BotProcess

HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET = "that-is-the_secret-9"

Hooked = Callable[..., BotProcess]


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str | Path]:
    entries = write_files(tmp_path_factory.mktemp("content"), SMALL)
    return ["--entries", entries, "--flows", write_flows(tmp_path_factory.mktemp("flows"))]


@pytest.fixture(name="port")
def _port() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.fixture(name="hooked")
def _hooked(api: BotApi, database: Path, content: Sequence[str | Path], port: int) -> Hooked:
    """Return a function that makes a bot with a webhook, to be started."""

    def hooked(*options: str, **environment: str) -> BotProcess:
        address = ("--webhook-url", f"http://127.0.0.1:{port}/hook", "--port", str(port))
        return BotProcess(api, database, *content, *address, *options, environment=environment)

    return hooked


async def post(port: int, body: bytes, secret: str | None = SECRET, path: str = "/hook") -> int:
    """Post something to the webhook, and return the answer's status."""
    headers = {"Content-Type": "application/json"} | ({HEADER: secret} if secret is not None else {})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}{path}", data=body, headers=headers) as answer,
    ):
        return answer.status


async def tell(api: BotApi, user: int, text: str) -> str:
    """Write a message, and return the one reply."""
    api.message(user, text)
    (reply,) = await api.replies(user, 1)
    return str(reply["text"])


def handled(database: Path) -> int:
    """Return how many updates took effect."""
    ((count,),) = rows_of(database, "SELECT count(*) FROM handled")
    return int(count)


def webhook(api: BotApi) -> dict[str, Any]:
    """Return what the bot asked for, the last time that it set its webhook."""
    return api.called("setWebhook")[-1].params


async def test_delivered_updates_are_answered(api: BotApi, database: Path, hooked: Hooked, port: int) -> None:
    """Also pressed buttons; the stop leaves the webhook set, so that Telegram keeps what is written until the next start."""
    async with hooked("--webhook-secret", SECRET) as bot:
        shown = await tell(api, 7, "要信")
        api.press_label(7, "要了")
        (moved,) = await api.replies(7, 1)
        await api.confirmed()
        assert await bot.stop() == 0

    assert webhook(api)["url"] == f"http://127.0.0.1:{port}/hook"
    assert webhook(api)["secret_token"] == SECRET
    assert shown.startswith("等一封信（1/5）去要")
    assert "等一封信（2/5）你的身份" in moved["text"]
    assert api.deliveries == [200, 200]
    assert api.called("getUpdates") == []
    assert api.updates.webhook
    assert "ready as @regbot_test_bot, by webhook" in bot.log


async def test_whoever_is_not_telegram_is_refused(api: BotApi, database: Path, hooked: Hooked, port: int) -> None:
    forged = (
        b'{"update_id": 900, "message": {"message_id": 1, "date": 1, "text": "/start", "chat": '
        b'{"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": false, "first_name": "x"}}}'
    )
    async with hooked(REGBOT_WEBHOOK_SECRET=SECRET) as bot:
        refused = [await post(port, forged, secret) for secret in (None, "", "wrong", SECRET[:-1], SECRET.upper())]
        elsewhere = await post(port, forged, path="/other")
        shown = await tell(api, 7, "要信")
        true = await post(port, forged)
        await api.replies(7, 1)

    assert webhook(api)["secret_token"] == SECRET
    assert refused == [403] * 5
    assert elsewhere == 404
    assert shown.startswith("等一封信（1/5）去要")
    assert true == 200
    assert handled(database) == 2
    assert SECRET not in bot.log
    assert "wrong" not in bot.log


async def test_an_update_is_taken_when_its_turn_is_written_and_not_before(
    api: BotApi, database: Path, hooked: Hooked
) -> None:
    """When the process dies in between, Telegram delivers the update again, and it happens once."""
    async with hooked("--webhook-secret", SECRET) as bot:
        await tell(api, 7, "要信")
        await api.confirmed()
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            api.message(7, "要了")
            await api.wait_for(lambda: api.called("sendChatAction"))
            assert api.deliveries == [200]
            await bot.kill()
    async with hooked("--webhook-secret", SECRET):
        (answer,) = await api.replies(7, 1)
        await api.confirmed()
        following = await tell(api, 7, "助理")

    assert "等一封信（2/5）你的身份" in answer["text"]
    assert "等一封信（3/5）等信" in following
    assert api.deliveries[-2:] == [200, 200]
    assert handled(database) == 3


async def test_an_update_that_was_written_and_not_taken_changes_nothing_more(
    api: BotApi, database: Path, hooked: Hooked
) -> None:
    """The secret is another one at every start unless it is given."""
    async with hooked() as bot:
        first = api.message(7, "要信")
        await api.replies(7, 1)
        await api.confirmed()
        await bot.kill()
    secrets, log = [webhook(api)["secret_token"]], bot.log
    async with hooked() as bot:
        api.redeliver(first)
        await api.confirmed()
        following = await tell(api, 7, "要了")
        await bot.logged(f"update {first} was not answered: it was delivered before")
    secrets.append(webhook(api)["secret_token"])

    assert following.startswith("✓ 去要 → 要了")
    assert handled(database) == 2
    assert all(re.fullmatch("[A-Za-z0-9_-]{32,256}", secret) for secret in secrets)
    assert len(set(secrets)) == 2
    assert not any(secret in log + bot.log for secret in secrets)


async def test_what_is_no_update_is_refused_and_stays_out_of_the_log(
    api: BotApi, database: Path, hooked: Hooked, port: int
) -> None:
    bodies = (
        b"",
        b"{haidian",
        b"\xff\xfehaidian",
        b'"haidian"',
        b'["haidian"]',
        b'{"haidian": 1}',
        b'{"update_id": 5, "message": {"text": "haidian"}}',
        b'{"update_id": 5, "message": "haidian"}',
        b"[" * 100_000,
    )
    async with hooked("--webhook-secret", SECRET, "--log-level", "debug") as bot:
        found = [await post(port, body) for body in bodies]
        shown = await tell(api, 7, "要信")
        assert await bot.stop() == 0

    assert [status for status in found if status < 400] == []
    assert shown.startswith("等一封信（1/5）去要")
    assert handled(database) == 1
    assert "haidian" not in bot.log
    assert SECRET not in bot.log


async def test_fetching_updates_takes_the_webhook_away(
    api: BotApi, database: Path, hooked: Hooked, content: Sequence[str | Path]
) -> None:
    """What was written in between is answered all the same."""
    async with hooked():
        await tell(api, 7, "要信")
        await api.confirmed()
    api.deliver_to = "http://127.0.0.1:1/nobody"
    api.message(7, "要了")
    async with BotProcess(api, database, *content):
        (answer,) = await api.replies(7, 1)

    assert "等一封信（2/5）你的身份" in answer["text"]
    assert not api.updates.webhook
