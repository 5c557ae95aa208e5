"""The command line for one person's data, on their wish: all of it as JSON, or all of it deleted."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.options import database_option, with_store

if TYPE_CHECKING:
    from bot.records import Memory
    from bot.store import Store


@click.group()
def person() -> None:
    """Give somebody their data, or delete it, when they cannot do so in the chat."""


@person.command()
@click.argument("channel")
@click.argument("channel_id", metavar="ID")
@database_option
def export(channel: str, channel_id: str, database: Path | None) -> None:
    """Print everything that is stored about a person, as JSON, as /export does in the chat.

    CHANNEL is telegram, with the numeric ID, or terminal, with the --name of the chat.
    """

    async def work(store: "Store", found: "Memory") -> None:
        import json

        click.echo(json.dumps(await store.export(found.person.id), ensure_ascii=False, indent=2))

    _with_person(database, channel, channel_id, work)


@person.command()
@click.argument("channel")
@click.argument("channel_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def forget(channel: str, channel_id: str, database: Path | None, *, yes: bool) -> None:
    """Delete everything about a person, as /forget does in the chat; also while the assistant runs.

    CHANNEL is telegram, with the numeric ID, or terminal, with the --name of the chat.
    """

    async def work(store: "Store", found: "Memory") -> None:
        if not yes:
            last = f"{found.person.last_seen:%Y-%m-%d}"
            click.confirm(f"Delete everything about {channel_id} on {channel}, last seen {last}?", abort=True)
        await store.forget(found.person.id)
        click.echo("deleted")

    _with_person(database, channel, channel_id, work)


def _with_person(
    database: Path | None,
    channel: str,
    channel_id: str,
    work: Callable[["Store", "Memory"], Coroutine[Any, Any, None]],
) -> None:
    """Do something with what is known about a person.

    Raises:
        UsageError: Nobody is known by that name, or there is no database.
    """
    from bot.errors import UsageError

    async def known(store: "Store") -> None:
        found = await store.recall(channel, channel_id)
        if found is None:
            raise UsageError(f'nobody is known as "{channel_id}" on "{channel}"; channels are telegram and terminal')
        await work(store, found)

    with_store(database, known)
