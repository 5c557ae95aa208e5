"""How the test server hands out updates, fails on demand and lets tests wait; python-telegram-bot is the client."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from telegram import (
    Bot,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.bot_api import (
    BotApi,
    bad_gateway,
    chat_not_found,
    drop,
    error,
    hang,
    hold,
    refuse_403,
    too_many,
)
from tests.bot_api_client import client, keyboard, post


@pytest.fixture(name="api")
async def _api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        api.meet(7)
        yield api


@pytest.fixture(name="bot")
async def _bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with client(api, monkeypatch) as bot:
        yield bot


async def test_updates_come_until_the_offset_confirms_them(api: BotApi, bot: Bot):
    ids = [api.message(7, f"/start@{api.username} {n} @someone") for n in range(3)]

    first = await bot.get_updates(limit=2)
    again = await bot.get_updates(offset=ids[1])
    assert api.updates.unconfirmed == 2
    last = await bot.get_updates(offset=ids[2] + 1)

    assert [update.update_id for update in first] == ids[:2]
    assert [update.update_id for update in again] == ids[1:]
    assert last == ()
    await api.confirmed()
    assert first[0].message
    assert first[0].message.from_user
    assert first[0].message.from_user.language_code == "zh-hans"
    assert list(first[0].message.parse_entities().values()) == ["/start@regbot_test_bot", "@someone"]


async def test_a_held_poll_gets_what_is_sent_later(api: BotApi, bot: Bot):
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.wait_for(lambda: api.called("getUpdates"))

    api.channel_post("a")

    assert (await poll)[0].channel_post


async def test_a_second_poller_ends_the_first_with_a_conflict(api: BotApi, bot: Bot):
    poll = asyncio.create_task(bot.get_updates(timeout=20))
    await api.wait_for(lambda: api.called("getUpdates"))

    await post(api, "getUpdates")

    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await poll


async def test_an_update_can_be_delivered_again(api: BotApi, bot: Bot):
    update_id = api.message(7, "a")
    await bot.get_updates()
    await bot.get_updates(offset=update_id + 1)

    api.redeliver(update_id)

    assert [update.update_id for update in await bot.get_updates(offset=update_id + 1)] == [update_id]
    assert await bot.get_updates(offset=update_id + 1) == ()


async def test_kinds_that_were_not_allowed_do_not_come(api: BotApi, bot: Bot):
    await bot.get_updates(allowed_updates=["message"])
    api.channel_post("a")
    expected = api.message(7, "b")

    assert [update.update_id for update in await bot.get_updates()] == [expected]


async def test_who_blocked_the_bot_gets_nothing(api: BotApi, bot: Bot):
    api.blocked(7, blocked=True)
    (update,) = await bot.get_updates()
    assert update.my_chat_member
    assert update.my_chat_member.new_chat_member.status == "kicked"

    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(7, "a")
    api.blocked(7, blocked=False)

    assert await bot.send_message(7, "a")


@pytest.mark.parametrize(
    ("fault", "raised", "arrived"),
    [
        (error(400, "Bad Request: group chat was upgraded", migrate_to=-100123), ChatMigrated, False),
        (too_many(3), RetryAfter, False),
        (refuse_403, Forbidden, False),
        (chat_not_found, BadRequest, False),
        (bad_gateway(), NetworkError, False),
        (bad_gateway(after_effect=True), NetworkError, True),
        (drop(), NetworkError, False),
        (drop(after_effect=True), NetworkError, True),
        (hang(60), TimedOut, True),
        (hang(60, after_effect=False), TimedOut, False),
    ],
)
async def test_a_fault_meets_the_next_request_only(api: BotApi, bot: Bot, fault: Any, raised: type, arrived: bool):
    api.meet(8)
    api.fail("sendMessage", fault, chat=8)
    assert await bot.send_message(7, "somebody else")

    with pytest.raises(raised):
        await bot.send_message(8, "a", read_timeout=0.3)

    assert bool(api.chat(8)) == arrived
    assert not api.calls[-1].ok
    assert await bot.send_message(8, "b")


async def test_a_held_answer_waits_for_its_event(api: BotApi, bot: Bot):
    let_go = asyncio.Event()
    api.fail("sendMessage", hold(let_go))
    sending = asyncio.create_task(bot.send_message(7, "a"))

    (reply,) = await api.replies(7, 1)
    assert reply["text"] == "a"
    assert not sending.done()
    let_go.set()

    assert (await sending).text == "a"


async def test_replies_come_in_order_and_once(api: BotApi, bot: Bot):
    sent = await bot.send_message(7, "a", reply_markup=keyboard([("x", "y")]))
    await bot.edit_message_reply_markup(7, sent.message_id)
    await bot.edit_message_text("b", 7, sent.message_id)

    assert [reply["text"] for reply in await api.replies(7, 2)] == ["a", "b"]
    with pytest.raises(AssertionError, match=r"nothing like that[\s\S]*editMessageText ok=True"):
        await api.replies(7, 1, timeout=0.01)


@pytest.mark.parametrize(
    ("url", "secret", "why"),
    [
        ("http://example.org/", "a", "An HTTPS URL must be provided"),
        ("https://example.org:8080/", "a", "only on ports 80, 88, 443 or 8443"),
        ("https://example.org/", "a b", "unallowed characters"),
        ("https://example.org/", "a" * 257, "too long"),
    ],
)
async def test_a_wrong_webhook_is_refused(api: BotApi, url: str, secret: str, why: str):
    assert why in (await post(api, "setWebhook", url=url, secret_token=secret))["description"]


async def test_plain_http_is_for_tests_only(bot: Bot):
    async with BotApi(local_webhook=False) as strict:
        assert not (await post(strict, "setWebhook", url="http://127.0.0.1:1/"))["ok"]


async def test_a_webhook_gets_updates_in_order_and_again_after_a_failure(api: BotApi, bot: Bot):
    got: list[tuple[int, str]] = []

    async def take(request: web.Request) -> web.Response:
        update = json.loads(await request.read())
        got.append((update["update_id"], request.headers["X-Telegram-Bot-Api-Secret-Token"]))
        return web.Response(status=500 if len(got) == 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    first = api.message(7, "a")
    api.deliver_to = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"

    await bot.set_webhook("https://example.org/hook", secret_token="s-1")
    second = api.message(7, "b")
    await api.confirmed()

    assert got == [(first, "s-1"), (first, "s-1"), (second, "s-1")]
    assert api.deliveries == [500, 200, 200]
    assert (await bot.get_webhook_info()).url == "https://example.org/hook"
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()
    await runner.cleanup()
