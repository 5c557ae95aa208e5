"""A server that speaks the Telegram Bot API on loopback, with the people who write to the bot; for tests."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from tests import bot_api_rules as rules
from tests.bot_api_faults import (
    Fault,
    Planned,
    bad_gateway,
    chat_not_found,
    drop,
    error,
    hang,
    hold,
    refuse_403,
    too_many,
)
from tests.bot_api_people import People
from tests.bot_api_rules import ApiError
from tests.bot_api_updates import Updates

__all__ = [
    "BotApi",
    "Call",
    "Fault",
    "bad_gateway",
    "chat_not_found",
    "drop",
    "error",
    "hang",
    "hold",
    "refuse_403",
    "too_many",
]

T = TypeVar("T")
_HTML_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass
class Call:
    """One request of the bot, noted when it arrives.

    Attributes:
        method: The method's name.
        params: Its parameters as values: keyboards as objects, ids as numbers; a file as its name.
        ok: Whether it was answered with ok; false while it waits.
        at: When it arrived, in the time of the event loop.
        files: The contents of what was uploaded, by parameter.
    """

    method: str
    params: dict[str, Any]
    ok: bool
    at: float
    files: dict[str, bytes] = field(default_factory=dict)


class BotApi(People):
    """The server; ``async with`` starts it on a free port.

    An update is confirmed when it was fetched, not when it was handled. To see that something has *no* effect,
    let the same person send something with a known answer after it and wait for that answer.

    Attributes:
        token: The bot's token; any other is refused with 401.
        username: The bot's name in mentions.
        id: The bot's own id.
        url: The address, such as ``http://127.0.0.1:4711``.
        calls: All requests in the order of arrival.
        updates: The queue; ``updates.unconfirmed`` counts what the bot has not fetched or taken.
        commands: The command menus by kind of scope and language.
        profile: Name and descriptions, by ("name", "description" or "short_description", language).
        callback_queries: Whether a query was answered, by its id; the same for ``inline_queries``.
    """

    def __init__(self, token: str = "123456:TEST-TOKEN", *, local_webhook: bool = True) -> None:
        self.token = token
        self.username = "regbot_test_bot"
        self.id = int(token.split(":", maxsplit=1)[0])
        self.url = ""
        self.calls: list[Call] = []
        self.languages: dict[int, str] = {}
        self._changed = asyncio.Event()
        self._planned: list[Planned] = []
        self._read: dict[int, int] = defaultdict(int)
        self._runner: web.AppRunner | None = None
        me = {"id": self.id, "is_bot": True, "first_name": "注册助手测试", "username": self.username}
        me |= {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": True}
        super().__init__(me, Updates(local_webhook=local_webhook, changed=self._notify))

    @property
    def deliver_to(self) -> str | None:
        """Where updates are posted in place of the address that the webhook names."""
        return self.updates.deliver_to

    @deliver_to.setter
    def deliver_to(self, url: str | None) -> None:
        self.updates.deliver_to = url

    @property
    def deliveries(self) -> list[int]:
        """The HTTP statuses with which the webhook answered."""
        return self.updates.deliveries

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(self, method: str, fault: Fault, *, times: int = 1, chat: int | None = None) -> None:
        """Makes the next requests of a method, of one chat if that is given, go wrong."""
        self._planned.append(Planned(method, fault, times, chat))

    def called(self, method: str) -> list[Call]:
        """The requests of one method."""
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, condition: Callable[[], T], timeout: float = 20.0) -> T:  # noqa: ASYNC109
        """The first true value of a condition, looked at again whenever anything happened.

        Args:
            condition: What is waited for.
            timeout: How many seconds at most; afterwards the test fails and shows the last requests.

        Returns:
            What the condition returned.
        """
        until = asyncio.get_running_loop().time() + timeout
        while not (value := condition()):
            try:
                async with asyncio.timeout_at(until):
                    await self._changed.wait()
            except TimeoutError:
                last = "\n".join(f"{call.method} ok={call.ok} {call.params}" for call in self.calls[-12:])
                raise AssertionError(f"nothing like that within {timeout} s; the last requests:\n{last}") from None
        return value

    async def replies(
        self,
        user: int,
        count: int,
        timeout: float = 20.0,  # noqa: ASYNC109
        *,
        markup: bool = False,
    ) -> list[dict[str, Any]]:
        """The next messages and edited texts of the bot in a chat, as they looked when they came.

        Args:
            user: The chat: a person, or a group.
            count: How many; what comes after them is left for the next call.
            timeout: How many seconds at most.
            markup: Whether a change of buttons alone counts too.

        Returns:
            Exactly that many, in order, in the shape of ``chat``.
        """
        reached = self.reached[user]

        def arrived() -> list[int]:
            fits = (i for i in range(self._read[user], len(reached)) if markup or reached[i].kind != "markup")
            found = list(fits)[:count]
            return found if len(found) == count else []

        found = (await self.wait_for(arrived, timeout)) if count else []
        if found:
            self._read[user] = found[-1] + 1
        return [reached[i].message for i in found]

    async def confirmed(self, timeout: float = 20.0) -> None:  # noqa: ASYNC109
        """Waits until the bot has fetched and confirmed every update, or its webhook has taken it."""
        await self.wait_for(lambda: not self.updates.unconfirmed, timeout)

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.match_info["method"], {}, ok=False, at=asyncio.get_running_loop().time())
        self.calls.append(call)
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")  # noqa: TRY301
            call.method = rules.method_name(call.method)
            given, is_json = await _read_params(request, call)
            call.params = given
            call.params = rules.decoded(call.method, given, is_json=is_json)
            self._notify()
            return await self._done(request, call)
        except ApiError as refused:
            return _refused(refused)
        finally:
            self._notify()

    async def _done(self, request: web.Request, call: Call) -> web.StreamResponse:
        chat = call.params.get("chat_id")
        fault = next((each.fault for each in self._planned if each.meets(call.method, chat)), None)
        result = None
        if fault is None or fault.after_effect:
            result = await self.run(call.method, self._with_files(call))
            self._notify()
        if fault is not None and fault.refused is not None:
            return _refused(fault.refused)
        if fault is not None and fault.kind == "bad_gateway":
            return web.Response(status=502, text=_HTML_PAGE, content_type="text/html")
        if fault is not None and fault.kind == "dropped":
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        if fault is not None:
            await fault.wait()
            if not fault.after_effect:
                result = await self.run(call.method, self._with_files(call))
        call.ok = True
        return _json(200, {"ok": True, "result": result})

    def _with_files(self, call: Call) -> dict[str, Any]:
        files = {
            name: {
                "file_id": f"file-{len(self.calls)}-{name}",
                "file_unique_id": f"unique-{len(self.calls)}-{name}",
                "file_name": call.params[name],
                "file_size": len(content),
                "content": content,
            }
            for name, content in call.files.items()
            if name in call.params
        }
        return call.params | files


async def _read_params(request: web.Request, call: Call) -> tuple[dict[str, Any], bool]:
    """The parameters as they came, and whether they came as JSON."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "multipart/form-data":
        uploads: dict[str, tuple[str, bytes]] = {}
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name is not None:
                content = bytes(await part.read())
                if part.filename is None:
                    given[part.name] = content.decode()
                else:
                    uploads[part.name] = part.filename, content
        for name in [name for name, value in given.items() if str(value).startswith("attach://")]:
            uploads[name] = uploads.pop(given[name].removeprefix("attach://"))
        for name, (filename, content) in uploads.items():
            given[name] = filename
            call.files[name] = content
        return given, False
    body = await request.read()
    if request.content_type == "application/json":
        try:
            return given | (json.loads(body) if body else {}), True
        except (ValueError, TypeError):
            raise rules.refusal("can't parse request body: it is not a JSON object") from None
    return given | dict(parse_qsl(body.decode(), keep_blank_values=True)), False


def _json(status: int, answer: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(answer, ensure_ascii=False).encode(), content_type="application/json"
    )


def _refused(refused: ApiError) -> web.Response:
    answer: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    return _json(refused.status, answer | ({"parameters": refused.parameters} if refused.parameters else {}))
