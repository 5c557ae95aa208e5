"""The updates that wait for the bot: long polling with confirmation by offset, or delivery to a webhook."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.bot_api_rules import ApiError, check_webhook

_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_ATTEMPTS = 5


@dataclass
class _Waiting:
    update: dict[str, Any]
    again: bool  # handed out once more whatever the offset says
    fetched: bool = False


class Updates:
    """The queue of one bot.

    Attributes:
        deliver_to: Where updates are posted in place of the address that the webhook names.
        deliveries: The HTTP statuses with which the webhook answered, in order.
        history: Every update by its id.
    """

    def __init__(self, *, local_webhook: bool, changed: Callable[[], None]) -> None:
        self.deliver_to: str | None = None
        self.deliveries: list[int] = []
        self.history: dict[int, dict[str, Any]] = {}
        self.webhook: dict[str, Any] = {}
        self._local_webhook = local_webhook
        self._changed = changed
        self._waiting: list[_Waiting] = []
        self._allowed: list[str] = []
        self._next_id = 1001
        self._confirmed = 0  # all updates below are confirmed
        self._poll: asyncio.Future[str] | None = None  # the result says why the held request ends
        self._delivery: asyncio.Task[None] | None = None

    @property
    def unconfirmed(self) -> int:
        """How many updates the bot has not confirmed, or its webhook not taken, yet."""
        return len(self._waiting)

    def add(self, update: dict[str, Any]) -> int:
        """Queues an update, under its own id if it has one; kinds that the bot did not allow are dropped."""
        update_id: int = update.setdefault("update_id", self._next_id)
        self._next_id = max(self._next_id, update_id + 1)
        self.history[update_id] = update
        kind = next((key for key in update if key != "update_id"), "")
        if kind in self._allowed or (not self._allowed and kind not in _NOT_BY_DEFAULT):
            self._queue(_Waiting(update, again=update_id < self._confirmed))
        return update_id

    def redeliver(self, update_id: int) -> None:
        """Queues an update that was delivered before once more."""
        self._queue(_Waiting(self.history[update_id], again=True))

    def _queue(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        if self.webhook:
            self._deliver()
        else:
            self._end_poll("updates")

    def _end_poll(self, why: str) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(why)

    async def get(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """The method getUpdates."""
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first",
            )
        self._end_poll("getUpdates")
        if "allowed_updates" in params:
            self._allowed = params["allowed_updates"]
        self._confirm(params.get("offset", 0))
        until = asyncio.get_running_loop().time() + min(params.get("timeout", 0), 50)
        while not self._waiting:
            why = await self._held(until)
            if why == "timeout":
                break
            if why != "updates":
                hint = "; make sure that only one bot instance is running" if why == "getUpdates" else ""
                raise ApiError(409, f"Conflict: terminated by {'other ' * (why == 'getUpdates')}{why} request{hint}")
        batch = sorted(self._waiting, key=lambda each: (not each.again, each.update["update_id"]))
        batch = batch[: max(1, min(params.get("limit", 100), 100))]
        for each in batch:
            each.fetched = True
        return [each.update for each in batch]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            kept = self._waiting[offset:]
            offset = kept[0].update["update_id"] if kept else 0
        self._confirmed = max(self._confirmed, offset)
        self._waiting = [
            each
            for each in self._waiting
            if (not each.fetched if each.again else each.update["update_id"] >= self._confirmed)
        ]

    async def _held(self, until: float) -> str:
        poll: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._poll = poll
        try:
            async with asyncio.timeout_at(until):
                await poll
        except TimeoutError:
            return "timeout"
        else:
            return poll.result()
        finally:
            if self._poll is poll:
                self._poll = None

    def set_webhook(self, params: dict[str, Any]) -> bool:
        """The method setWebhook; an empty address takes the webhook away."""
        if not params["url"]:
            return self.delete_webhook(params)
        check_webhook(params["url"], params.get("secret_token"), local=self._local_webhook)
        self._end_poll("setWebhook")
        if params.get("drop_pending_updates"):
            self._waiting.clear()
        self._allowed = params.get("allowed_updates", self._allowed)
        self.webhook = params
        self._deliver()
        return True

    def delete_webhook(self, params: dict[str, Any]) -> bool:
        """The method deleteWebhook."""
        self.webhook = {}
        if params.get("drop_pending_updates"):
            self._waiting.clear()
        return True

    def webhook_info(self, _params: dict[str, Any]) -> dict[str, Any]:
        """The method getWebhookInfo."""
        info = {"url": self.webhook.get("url", ""), "has_custom_certificate": False}
        info["pending_update_count"] = len(self._waiting)
        if self.webhook:
            info["max_connections"] = self.webhook.get("max_connections", 40)
        return info | ({"allowed_updates": self._allowed} if self._allowed else {})

    def _deliver(self) -> None:
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.get_running_loop().create_task(self._post_all())

    async def _post_all(self) -> None:
        """Posts in order: an update is behind all that came before, until it is taken or given up."""
        while self.webhook and self._waiting:  # once more, for what came while the session was closed
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
                while self.webhook and self._waiting:
                    waiting = self._waiting[0]
                    for attempt in range(_ATTEMPTS):
                        status = await self._post(session, waiting.update)
                        if 200 <= status < 300:
                            break
                        await asyncio.sleep(0.05 * (attempt + 1))
                    if waiting in self._waiting:
                        self._waiting.remove(waiting)
                    self._confirmed = max(self._confirmed, waiting.update["update_id"] + 1)
                    self._changed()

    async def _post(self, session: aiohttp.ClientSession, update: dict[str, Any]) -> int:
        """The status of one delivery; while nobody listens there it is tried again, for at most 20 seconds."""
        secret = self.webhook.get("secret_token")
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        for _ in range(200):
            url = self.deliver_to or self.webhook.get("url")
            if url is None:
                break
            try:
                async with session.post(url, json=update, headers=headers) as answer:
                    await answer.read()
                    self.deliveries.append(answer.status)
                    self._changed()
                    return answer.status
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(0.1)
        return 0

    async def close(self) -> None:
        """Ends a held request and the deliveries."""
        self._end_poll("close")
        if self._delivery is not None:
            self._delivery.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivery
