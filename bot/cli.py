"""The command line. Every command imports what it needs when it runs, so that all of them start quickly."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot.commands.ask import ask, evaluate, explain, show
from bot.commands.curate import unanswered
from bot.commands.flow import flow
from bot.commands.keep import restore, tidy
from bot.commands.local import local
from bot.commands.options import content_options, database_option, timezone_option
from bot.commands.person import person
from bot.commands.remind import remind
from bot.commands.report import report
from bot.commands.service import backup, link, telegram
from bot.commands.status import status
from bot.errors import BotError

if TYPE_CHECKING:
    from bot.sources import Sources


class _Commands(click.Group):
    """Turns the project's own errors into one sentence and exit status 1, for every command."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BotError as error:
            click.echo(f"regbot: {error}", err=True)
            context.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="regbot", prog_name="regbot")
def cli() -> None:
    """Answer questions about doctors' electronic registration in China (医师电子化注册), and guide people through it."""


@cli.command()
@database_option
@click.option("--name", default="local", show_default=True, help="Who is chatting, to keep several people apart.")
@timezone_option
@content_options(flows=True, reminders=True)
def chat(sources: "Sources", database: Path | None, name: str, timezone: str | None) -> None:
    """Chat in the terminal.

    Type a question, or the number of a button; /help lists the commands and /quit leaves. With piped input, each line is one
    message and the replies are plain text.
    """
    import asyncio

    from bot.channels.terminal import Terminal
    from bot.conversation import Conversation
    from bot.settings import database_path, time_zone
    from bot.store import Store

    zone = time_zone(timezone)
    rules, matcher, library = sources.rules(), sources.matcher(), sources.library()
    path = database or database_path()

    async def run() -> None:
        async with await Store.open(path) as store:
            await Terminal(Conversation(matcher, store, library, zone, rules), name).run()

    _quiet_logs()
    with suppress(KeyboardInterrupt):  # leaving with Ctrl-C is no error
        asyncio.run(run())


@cli.command()
@content_options(flows=True, reminders=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to judge reviews by. Default: today.")
@click.option("--index", is_flag=True, help="Also build the index, so that the content is read quickly from then on.")
def check(sources: "Sources", today: Any, *, index: bool) -> None:
    """Read all content strictly and list every problem as file:line: place: what.

    With --entries alone, the project's flows and reminders are not checked, since they refer to the project's entries. Exit status 1 when
    there is an error; warnings (an entry or flow not reviewed for a year, near-duplicate phrasings of two entries) do not
    change it.
    """
    from datetime import datetime

    from bot.checks import check_content
    from bot.faq_files import ENTRIES
    from bot.flow_files import LIBRARY

    day = (today or datetime.now().astimezone()).date()
    problems = check_content(
        sources.entries or ENTRIES,
        day,
        sources.flows or LIBRARY,
        sources.reminders,
        local=sources.local,
        check_flows=sources.flows is not None or sources.entries is None,
    )
    for problem in problems.in_order():
        click.echo(str(problem))
    errors = len(problems.errors)
    warnings = len(problems.found) - errors
    click.echo(
        f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}",
        err=bool(errors),
    )
    if errors:
        sys.exit(1)
    if index:
        sources.matcher()


for _command in (
    ask,
    show,
    explain,
    evaluate,
    unanswered,
    flow,
    telegram,
    remind,
    link,
    backup,
    status,
    restore,
    tidy,
    local,
    report,
    person,
):
    cli.add_command(_command)


def _quiet_logs() -> None:
    """Keep log lines out of a chat; what went wrong is said in the conversation."""
    import logging

    logging.getLogger("bot").addHandler(logging.NullHandler())
    logging.getLogger("bot").propagate = False


def main() -> NoReturn:
    """Run the command line; texts that the terminal cannot show are replaced, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    cli.main(prog_name="regbot")
    raise AssertionError("click ends the process")
