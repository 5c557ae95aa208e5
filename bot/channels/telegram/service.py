"""The bot as a service: started, kept running until it is told to stop, and stopped with nothing half done."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ContextTypes, ExtBot, TypeHandler
from telegram.request import HTTPXRequest

from bot.channels.telegram import CHANNEL
from bot.channels.telegram.bot import MAX_PEOPLE, UPDATES, TelegramBot
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.limits import OVERALL, Limits, Priority, seconds
from bot.channels.telegram.operators import Operators, Status
from bot.channels.telegram.order import Ordered
from bot.channels.telegram.profile import set_profile
from bot.conversation import Conversation
from bot.errors import UsageError
from bot.health.metrics import Metrics, serve_metrics
from bot.health.service import Health
from bot.hearing import Hearing
from bot.keeping.retention import Retention
from bot.reload import Reloader
from bot.reminders.delivery import Delivery
from bot.reminders.queue import ReminderQueue
from bot.sources import Sources
from bot.store import Store

log = logging.getLogger(__name__)

POLL: Final = timedelta(seconds=30)
"""So long Telegram holds a request for updates open when there are none."""
DEFAULT_API: Final = "https://api.telegram.org"
CONNECT: Final = 10.0
"""Seconds to wait for a connection."""
READ: Final = 20.0
"""Seconds to wait for an answer; a message without one may have arrived all the same, and is not sent again."""
_UNKNOWN: Final = "the Bot API server does not know this token; get the present one from @BotFather"

_Application = Application[Any, Any, Any, Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where Telegram delivers updates, and where this process listens for them; the way in between is the operator's."""

    url: str
    """https; its path is listened to as well."""
    listen: str
    port: int
    secret: str
    """Telegram sends it along, so that nobody else can pretend to be Telegram."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How the bot is to run."""

    token: str
    api: str | None = None
    """Root of the Bot API server; None for Telegram's."""
    webhook: Webhook | None = None
    """None for long polling."""
    drop_pending: bool = False
    admins: tuple[int, ...] = ()
    rate: float = OVERALL
    """Messages a second, over all chats."""
    keep_unanswered: timedelta = timedelta(days=180)
    keep_people: timedelta = timedelta(days=730)
    metrics_port: int | None = None
    """The local port where Prometheus reads; None for no metrics."""
    sources: Sources = field(default_factory=Sources)
    """Where the content lies, to be read anew."""
    content: str = ""
    """The version of the content in force at the start (`bot.health.service.content_version`)."""


class _Signals:
    """What the process is told from outside: to stop, and to read the content anew."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.again = asyncio.Event()
        self.lost = False
        """True when it stops since the token is not valid any more."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.again.set)

    def token_lost(self) -> None:
        """Stop, since the token is not valid any more."""
        self.lost = True
        self.stop.set()


class _Bot(ExtBot[Priority]):
    """Fetches updates when the last ones are settled; tells when the token stops being valid.

    python-telegram-bot would then wait for updates for ever.
    """

    def __init__(
        self, *args: Any, intake: Intake, lost: Callable[[], None], reached: Callable[[], None], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._reached = reached
        self._intake = intake
        self._lost = lost
        self._next = 0
        """No update before this one is wanted, whatever the library says: one that it could not read was skipped."""

    async def get_updates(self, offset: int | None = None, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Fetch updates; one that cannot be read is logged and skipped, where the library would ask for it for ever."""
        await self._intake.all_settled()  # this request confirms them
        start = max(offset or 0, self._next) or None
        try:
            found = await super().get_updates(start, *args, **kwargs)
        except InvalidToken:
            self._lost()
            raise
        except TelegramError:
            raise
        except Exception:  # noqa: BLE001 - whatever the library stumbles over
            wanted = {"offset": start, "allowed_updates": kwargs.get("allowed_updates")}
            raw = await self._post("getUpdates", wanted)
            found = tuple(self._readable(raw if isinstance(raw, list) else []))
        self._reached()
        return found

    def _readable(self, found: Sequence[dict[str, Any]]) -> Iterator[Update]:
        for one in found:
            self._next = int(one["update_id"]) + 1
            try:
                yield Update.de_json(one, self)
            except Exception:
                log.exception("update %s cannot be read and is skipped", one["update_id"])


async def serve(setup: Setup, conversation: Conversation, store: Store, status: Status | None = None) -> None:
    """Run the bot until SIGTERM or SIGINT; then finish the updates in hand and return. SIGHUP has the content read anew.

    `status` returns lines that say how things stand, for operators.

    Raises:
        UsageError: The token is wrong, the Bot API server cannot be reached, or an address is in use.
    """
    signals = _Signals()
    limits = Limits(setup.rate)
    intake = Intake(one_by_one=setup.webhook is not None)
    processor = Ordered(intake.settle)
    metrics = Metrics(CHANNEL) if setup.metrics_port is not None else None
    health = Health(store, CHANNEL, metrics, sources=setup.sources)
    conversation.watch = health.turn
    reloader = Reloader(setup.sources, conversation, health)
    async with AsyncExitStack() as stack:
        stack.enter_context(_explained(setup))
        listener = stack.enter_context(_listening(setup.webhook))
        if metrics and setup.metrics_port is not None:
            stack.enter_context(serve_metrics(metrics, setup.metrics_port))
        for_updates, others = await stack.enter_async_context(_connections())
        client = _Bot(
            setup.token,
            base_url=f"{_root(setup)}/bot",
            base_file_url=f"{_root(setup)}/file/bot",
            request=others,
            get_updates_request=for_updates,
            rate_limiter=limits,
            intake=intake,
            lost=signals.token_lost,
            reached=health.reached,
        )
        builder = Application.builder().bot(client).update_queue(intake).concurrent_updates(processor)
        application: _Application = builder.job_queue(None).build()
        async with application:
            operators = Operators(conversation, store, setup.admins, reloader, status) if status else None
            bot = TelegramBot(
                client, conversation, store, settle=processor.settle, operators=operators, admins=setup.admins
            )

            async def handle(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
                if await bot.handle(update):
                    health.handled(update.update_id)
                else:
                    health.failed(update.update_id)

            application.add_handler(TypeHandler(Update, handle))
            await application.start()
            try:
                await _receive(application, setup, listener, health)
                log.info(
                    "ready as @%s, by %s", application.bot.username, "webhook" if setup.webhook else "long polling"
                )
                health.started(application.bot.username, setup.content)
                jobs = (
                    Delivery(ReminderQueue(store, CHANNEL), lambda: conversation.assistant.reminding, bot.send),
                    Hearing(store, CHANNEL, lambda: conversation.assistant, bot.send),
                    Retention(store, setup.keep_unanswered, setup.keep_people, conversation.assistant.zone),
                    health,
                )
                beside = [asyncio.create_task(job.run(signals.stop)) for job in jobs]
                ended_early = [
                    asyncio.create_task(set_profile(application.bot, setup.admins)),
                    asyncio.create_task(reloader.run(signals.again)),
                ]
                await signals.stop.wait()
                log.info("stopping: the updates in hand are finished")
                for task in ended_early:
                    task.cancel()
                reloader.stop()
                limits.stop()
                await asyncio.gather(*beside)
                await asyncio.wait(ended_early)
            finally:
                limits.stop()
                await _stop(application)
                health.stopped()
    if signals.lost:
        raise UsageError(_UNKNOWN)
    log.info("stopped")


async def username(token: str, api: str | None) -> str:
    """Return the bot's username.

    Raises:
        UsageError: The token is wrong, or the Bot API server cannot be reached.
    """
    setup = Setup(token=token, api=api)
    with _explained(setup):
        async with Bot(token, base_url=f"{_root(setup)}/bot") as bot:
            return bot.username


def _root(setup: Setup) -> str:
    return (setup.api or DEFAULT_API).rstrip("/")


@asynccontextmanager
async def _connections() -> AsyncIterator[tuple[HTTPXRequest, HTTPXRequest]]:
    """Make what sends requests, for updates and for the others; closed in the end, also after a start that failed."""
    made = tuple(
        HTTPXRequest(number, read_timeout=READ, write_timeout=READ, connect_timeout=CONNECT, pool_timeout=READ)
        for number in (1, MAX_PEOPLE)
    )
    try:
        yield made[0], made[1]
    finally:
        for one in made:
            await one.shutdown()


async def _receive(application: _Application, setup: Setup, listener: socket.socket | None, health: Health) -> None:
    updater = application.updater
    assert updater is not None, "the builder makes one"
    if setup.webhook is None or listener is None:
        await updater.start_polling(
            timeout=POLL,
            allowed_updates=UPDATES,
            drop_pending_updates=setup.drop_pending,
            error_callback=partial(_polling_failed, health=health),
        )
        return
    await updater.start_webhook(
        unix=listener,
        url_path=urlsplit(setup.webhook.url).path,
        webhook_url=setup.webhook.url,
        allowed_updates=UPDATES,
        drop_pending_updates=setup.drop_pending,
        secret_token=setup.webhook.secret,
    )


async def _stop(application: _Application) -> None:
    """Take no more updates, and finish those in hand."""
    if application.updater and application.updater.running:
        with suppress(InvalidToken):  # said already
            await application.updater.stop()
    await application.stop()


def _polling_failed(error: TelegramError, health: Health) -> None:
    if isinstance(error, Conflict):
        health.cut_off("taken")
        log.warning("another process fetches the updates of this bot, or a webhook is set; only one can")
    else:
        health.cut_off("unreachable")
        log.warning("updates could not be fetched, trying again: %s", type(error).__name__)


@contextmanager
def _listening(webhook: Webhook | None) -> Iterator[socket.socket | None]:
    """Take the address before Telegram is told to deliver there, and give it back in the end."""
    if webhook is None:
        yield None
        return
    family = socket.AF_INET6 if ":" in webhook.listen else socket.AF_INET
    with socket.create_server((webhook.listen, webhook.port), family=family) as listener:
        listener.setblocking(False)
        yield listener


@contextmanager
def _explained(setup: Setup) -> Iterator[None]:
    """Turn what can go wrong at the start into one sentence."""
    server = setup.api or "Telegram"
    try:
        yield
    except InvalidToken:
        raise UsageError(_UNKNOWN) from None
    except RetryAfter as error:
        raise UsageError(f"{server} asks to wait {seconds(error):.0f} seconds before the next start") from None
    except BadRequest as error:
        raise UsageError(f"{server} refuses to start: {error}") from None
    except NetworkError:
        raise UsageError(
            f"{server} cannot be reached; check the network, and REGBOT_TELEGRAM_API if it is set"
        ) from None
    except OSError as error:
        where = f"{setup.webhook.listen}:{setup.webhook.port}" if setup.webhook else server
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise UsageError(f"cannot listen on {where}: {reason}") from None
