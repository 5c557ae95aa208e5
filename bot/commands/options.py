"""Options that several commands share: where the content lies, which database, which time zone."""

import functools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from bot.store import Store

FOLDER: Final = click.Path(path_type=Path)
"""The kind of an option that names a file or a folder; whether it can be used is said by whoever uses it."""


def content_options(*, flows: bool = False, reminders: bool = False) -> Callable[[Any], Any]:
    """Add the options that name the content; the command gets them as one argument, `sources`.

    `flows` and `reminders` tell whether there are options for those, too.
    """

    def decorate(command: Any) -> Any:
        @functools.wraps(command)
        def with_sources(*args: Any, entries: Path | None, local: Path | None, **others: Any) -> Any:
            from bot.settings import local_folder, reminder_rules
            from bot.sources import Sources

            sources = Sources(
                entries=entries,
                local=local_folder(local),
                flows=others.pop("flows", None),
                reminders=reminder_rules(others.pop("reminders")) if reminders else None,
            )
            return command(*args, sources=sources, **others)

        added = [
            click.option(
                "--entries",
                type=FOLDER,
                metavar="DIR",
                help="Use the content in this folder instead of the project's.",
            ),
            click.option(
                "--local",
                type=FOLDER,
                metavar="DIR",
                help="Add the content for a place or an employer in this folder. Default: REGBOT_LOCAL, or none.",
            ),
        ]
        if flows:
            added.append(flows_option("flows"))
        if reminders:
            added.append(
                click.option(
                    "--reminders",
                    type=FOLDER,
                    metavar="FILE",
                    help="Use the reminders of this file. Default: REGBOT_REMINDERS, or the project's.",
                )
            )
        for option in reversed(added):
            with_sources = option(with_sources)
        return with_sources

    return decorate


def flows_option(name: str = "folder") -> Callable[[Any], Any]:
    """Return the option for another folder of flows; the command gets it as the argument `name`."""
    return click.option(
        "--flows",
        name,
        type=FOLDER,
        metavar="DIR",
        help="Use the guided flows in this folder instead of the project's.",
    )


def database_option(command: Any) -> Any:
    """Add the option for another database."""
    return click.option(
        "--database",
        type=FOLDER,
        metavar="FILE",
        help="Where people are remembered. Default: REGBOT_DATABASE, or the platform's data folder.",
    )(command)


def timezone_option(command: Any) -> Any:
    """Add the option for another time zone."""
    return click.option(
        "--timezone", metavar="ZONE", help="The time zone of dates. Default: REGBOT_TIMEZONE, or Asia/Shanghai."
    )(command)


def existing_database(given: Path | None) -> Path:
    """Return the database file, which has to exist: the given one, or that of the settings.

    Raises:
        UsageError: It does not exist.
    """
    from bot.errors import UsageError
    from bot.settings import database_path

    path = given or database_path()
    if not path.exists():
        raise UsageError(f"the database {path} does not exist")
    return path


def with_store(database: Path | None, work: "Callable[[Store], Coroutine[Any, Any, None]]") -> None:
    """Do something with the database, which has to exist: the given one, or that of the settings.

    Raises:
        UsageError: It does not.
        StoreError: It cannot be used.
    """
    import asyncio

    from bot.store import Store

    path = existing_database(database)

    async def run() -> None:
        async with await Store.open(path) as store:
            await work(store)

    asyncio.run(run())
