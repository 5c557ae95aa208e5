"""The command line. Every command imports what it needs when it runs, so that all of them start quickly."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bot.errors import BotError
from bot.flow_commands import flow
from bot.options import FOLDER, content_options, database_option, timezone_option
from bot.remind_commands import remind
from bot.service_commands import backup, link, telegram

if TYPE_CHECKING:
    from bot.sources import Sources
    from faq.matcher import Match, Matcher
    from faq.text import Language

_LANGUAGE = click.Choice(("zh", "en"))


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
@click.argument("question", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="Read one question a line on standard input, print one JSON object a line."
)
@click.option("--language", type=_LANGUAGE, help="The language of the question, where its letters do not tell.")
@click.option("--explain", is_flag=True, help="Also show what made the scores.")
@content_options()
def ask(sources: "Sources", question: str | None, language: "Language | None", *, as_json: bool, explain: bool) -> None:
    """Answer one QUESTION, or with --json one a line.

    The JSON objects are {"question", "language", "verdict", "matches": [{"id", "score"}, ...]} with at most five matches,
    best first. The verdict is one of answer, suggest, smalltalk, none.
    """
    if as_json == (question is not None):
        raise click.UsageError(
            'give a question, or --json and the questions on standard input, such as: regbot ask "助理要注册吗"'
        )
    matcher = sources.matcher()
    if question is None:
        _answer_lines(matcher, language)
        return
    match = matcher.match(question, language, explain=explain)
    click.echo(_answer_text(matcher, match, match.language or language or "zh"))
    if explain:
        from bot.explain import explanation_text

        click.echo("\n" + explanation_text(match))


def _answer_lines(matcher: "Matcher", language: "Language | None") -> None:
    import msgspec

    for line in sys.stdin:
        question = line.rstrip("\r\n")
        match = matcher.match(question, language)
        found = {
            "question": question,
            "language": match.language,
            "verdict": match.verdict,
            "matches": [{"id": candidate.id, "score": candidate.score} for candidate in match.candidates],
        }
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.stdout.flush()


def _answer_text(matcher: "Matcher", match: "Match", language: "Language") -> str:
    from bot.rendering import plain
    from bot.replies import for_match

    return plain(for_match(matcher.corpus, match, language), numbered=False)


@cli.command()
@click.argument("entry_id", metavar="ID")
@click.option("--language", type=_LANGUAGE, default="zh", show_default=True, help="The language to show it in.")
@content_options()
def show(sources: "Sources", entry_id: str, language: "Language") -> None:
    """Print the entry ID: question, answer, and for curators its sources and review."""
    from bot.errors import UsageError
    from bot.explain import closest, curator_lines
    from bot.rendering import plain
    from bot.replies import answer

    matcher = sources.matcher()
    entry = matcher.corpus.entry(entry_id)
    if entry is None:
        near = closest(entry_id, [known.id for known in matcher.corpus.entries])
        raise UsageError(f'there is no entry "{entry_id}"' + (f"; did you mean {near}?" if near else ""))
    click.echo(plain((answer(matcher.corpus, entry, language),), numbered=False))
    click.echo("\n" + "\n".join(curator_lines(matcher.corpus, entry)))


@cli.command()
@content_options(flows=True, reminders=True)
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to judge reviews by. Default: today.")
def check(sources: "Sources", today: Any) -> None:
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
        check_flows=sources.flows is not None or sources.entries is None,
    )
    for problem in problems.in_order():
        click.echo(str(problem))
    errors = len(problems.errors)
    warnings = len(problems.found) - errors
    click.echo(f"{errors} errors, {warnings} warnings", err=bool(errors))
    if errors:
        sys.exit(1)


@cli.command(name="eval")
@click.argument("file", type=FOLDER)
@click.option(
    "--errors", "show_errors", is_flag=True, help="List the questions that were not helped, or answered by mistake."
)
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@content_options()
def evaluate(sources: "Sources", file: Path, *, show_errors: bool, as_json: bool) -> None:
    """Measure the matcher on the questions in FILE (JSON Lines: q, lang, ids, kind).

    Per language and kind: top-1, top-3, answered (at once and rightly), helped (or the right entry among three offered), wrong
    (answered at once, and not the right entry; out of scope: any answer), quiet (neither answered nor offered).
    """
    from bot.explain import miss_line, print_table
    from bot.questions import read_questions
    from faq.evaluation import Outcome, summarise

    matcher = sources.matcher()
    known = frozenset(entry.id for entry in matcher.corpus.entries)
    outcomes = [Outcome(question, matcher.match(question.text)) for question in read_questions(file, known)]
    print_table(summarise(outcomes), as_json=as_json)
    if show_errors:
        for outcome in outcomes:
            if outcome.wrong or (outcome.question.ids and not outcome.helped):
                click.echo(miss_line(outcome))


for _command in (flow, telegram, remind, link, backup):
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
