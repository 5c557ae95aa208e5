"""The command line for those who run the assistant as a service: the bot, links into it, backups."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot.commands.keep_options import keep_options
from bot.commands.options import FOLDER, content_options, database_option, timezone_option
from bot.settings import WEBHOOK_SECRET

if TYPE_CHECKING:
    from bot.sources import Sources


@click.command()
@database_option
@timezone_option
@click.option(
    "--webhook-url", metavar="URL", help="Have updates delivered to this https address instead of fetching them."
)
@click.option("--listen", default="127.0.0.1", show_default=True, help="The address to listen on for a webhook.")
@click.option("--port", type=click.IntRange(1, 65535), default=8443, show_default=True, help="The port to listen on.")
@click.option(
    "--webhook-secret",
    envvar=WEBHOOK_SECRET,
    metavar="SECRET",
    help="What Telegram proves itself with. Default: random.",
)
@click.option(
    "--drop-pending", is_flag=True, help="Drop what people wrote while the bot was down, instead of answering it."
)
@click.option(
    "--rate", type=click.FloatRange(1, 1000), default=30.0, show_default=True, help="Messages a second over all chats."
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Show figures for Prometheus on this port of 127.0.0.1.",
)
@keep_options
@click.option(
    "--log-level",
    type=click.Choice(("debug", "info", "warning", "error")),
    default="info",
    show_default=True,
    help="What to log, to standard error.",
)
@click.option("--log-json", is_flag=True, help="Log one JSON object a line.")
@content_options(flows=True, reminders=True)
def telegram(  # noqa: PLR0913, PLR0917 - options of a command
    sources: "Sources",
    database: Path | None,
    timezone: str | None,
    webhook_url: str | None,
    listen: str,
    port: int,
    webhook_secret: str | None,
    log_level: str,
    rate: float,
    metrics_port: int | None,
    keep_unanswered: timedelta,
    keep_people: timedelta,
    *,
    drop_pending: bool,
    log_json: bool,
) -> None:
    """Run the assistant as a bot on Telegram, until SIGTERM or Ctrl-C.

    The token comes from REGBOT_TELEGRAM_TOKEN; REGBOT_TELEGRAM_API names another Bot API server, REGBOT_ADMINS the Telegram ids
    of those who hear of errors and have /unanswered, /status and /reload. SIGHUP has the content read anew.
    """
    import asyncio
    import signal

    from bot.health.service import content_version
    from bot.logs import set_up
    from bot.settings import (
        admins,
        database_path,
        telegram_api,
        telegram_token,
        time_zone,
        webhook_address,
        webhook_key,
    )

    # Until the bot listens to it, a request to read the content anew would end the process; what it reads now is new anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    token, api = telegram_token(), telegram_api()
    told, zone = admins(), time_zone(timezone)
    address = webhook_address(webhook_url, api) if webhook_url else None
    secret = webhook_key(webhook_secret)
    set_up(log_level, [token, secret], as_json=log_json)
    version = content_version(sources)
    matcher, library, rules = sources.matcher(), sources.library(), sources.rules()

    from bot.channels.telegram import CHANNEL
    from bot.channels.telegram.service import Setup, Webhook, serve
    from bot.commands.status import lines
    from bot.conversation import Conversation
    from bot.health.status import gather
    from bot.store import Store

    setup = Setup(
        token=token,
        api=api,
        webhook=Webhook(url=address, listen=listen, port=port, secret=secret) if address else None,
        drop_pending=drop_pending,
        admins=told,
        rate=rate,
        metrics_port=metrics_port,
        keep_unanswered=keep_unanswered,
        keep_people=keep_people,
        sources=sources,
        content=version,
    )
    path = database or database_path()

    async def status() -> list[str]:
        found = await asyncio.to_thread(gather, path, CHANNEL, sources, datetime.now(UTC), zone)
        return list(lines(found, zone))

    async def run() -> None:
        async with await Store.open(path) as store:
            await serve(setup, Conversation(matcher, store, library, zone, rules), store, status)

    asyncio.run(run())


@click.command()
@click.argument("kind", metavar="KIND", type=click.Choice(("faq", "flow")))
@click.argument("target", metavar="ID")
@click.option("--bot", metavar="NAME", help="The bot's username. Default: asked from Telegram with the token.")
@content_options(flows=True)
def link(sources: "Sources", kind: Literal["faq", "flow"], target: str, bot: str | None) -> None:
    """Print the link that opens the chat with the bot on Telegram at ID; KIND is faq for an entry, flow for a flow.

    For posters, mails and the institution's website: regbot link flow activation.
    """
    from bot.channels.telegram.links import deep_link
    from bot.closest import closest
    from bot.errors import UsageError

    if kind == "flow":
        known = [flow.id for flow in sources.library().flows]
    else:
        known = [entry.id for entry in sources.matcher().corpus.entries]
    if target not in known:
        near = closest(target, known)
        raise UsageError(f'there is no {kind} "{target}"' + (f"; did you mean {near}?" if near else ""))
    click.echo(deep_link(bot or _own_name(), kind, target))


def _own_name() -> str:
    import asyncio

    from bot.channels.telegram.service import username
    from bot.settings import telegram_api, telegram_token

    return asyncio.run(username(telegram_token(), telegram_api()))


@click.command()
@click.argument("file", type=FOLDER)
@database_option
def backup(file: Path, database: Path | None) -> None:
    """Copy the database into FILE, also while the assistant runs; the copy is checked."""
    from bot.keeping.backup import backup as copy
    from bot.settings import database_path

    size = copy(database or database_path(), file)
    click.echo(f"{file}: {size} bytes, whole")
