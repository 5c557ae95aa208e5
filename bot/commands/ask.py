"""The command line around single questions and entries: ask, show, explain, and the measures over many questions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import FOLDER, content_options

if TYPE_CHECKING:
    from bot.sources import Sources
    from faq.matcher import Matcher
    from faq.text import Language

_LANGUAGE = click.Choice(("zh", "en"))
_LANGUAGE_OF_QUESTION = click.option(
    "--language", type=_LANGUAGE, help="The language of the question, where its letters do not tell."
)


@click.command()
@click.argument("question", required=False)
@click.option(
    "--json", "as_json", is_flag=True, help="Read one question a line on standard input, print one JSON object a line."
)
@_LANGUAGE_OF_QUESTION
@content_options()
def ask(sources: "Sources", question: str | None, language: "Language | None", *, as_json: bool) -> None:
    """Answer one QUESTION, or with --json one a line.

    The JSON objects are {"question", "language", "verdict", "matches": [{"id", "score"}, ...]} with at most five matches,
    best first. The verdict is one of answer, suggest, smalltalk, none.
    """
    from bot.commands.given import given_today
    from bot.rendering import plain
    from bot.replies import for_match

    if as_json == (question is not None):
        raise click.UsageError(
            'give a question, or --json and the questions on standard input, such as: regbot ask "助理要注册吗"'
        )
    matcher = sources.matcher()
    corpus, without = given_today(matcher.corpus)
    if question is None:
        _answer_lines(matcher, language, without)
        return
    match = matcher.match(question, language, without=without)
    click.echo(plain(for_match(corpus, match, match.language or language or "zh"), numbered=False))


def _answer_lines(matcher: "Matcher", language: "Language | None", without: frozenset[str]) -> None:
    import msgspec

    for line in sys.stdin:
        question = line.rstrip("\r\n")
        match = matcher.match(question, language, without=without)
        found = {
            "question": question,
            "language": match.language,
            "verdict": match.verdict,
            "matches": [{"id": candidate.id, "score": candidate.score} for candidate in match.candidates],
        }
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        sys.stdout.flush()


@click.command()
@click.argument("question")
@_LANGUAGE_OF_QUESTION
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@content_options()
def explain(sources: "Sources", question: str, language: "Language | None", *, as_json: bool) -> None:
    """Show what decides the answer to QUESTION: how it is read, what speaks for which entries, the gates, and why in words."""
    import msgspec

    from bot.commands.explain import explanation_lines, explanation_of
    from bot.commands.given import given_today

    matcher = sources.matcher()
    found = explanation_of(matcher, question, language, given_today(matcher.corpus)[1])
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(explanation_lines(found)))


@click.command()
@click.argument("entry_id", metavar="ID")
@click.option("--language", type=_LANGUAGE, default="zh", show_default=True, help="The language to show it in.")
@content_options()
def show(sources: "Sources", entry_id: str, language: "Language") -> None:
    """Print the entry ID: question, answer, and for curators its sources and review."""
    from bot.closest import closest
    from bot.commands.explain import curator_lines
    from bot.errors import UsageError
    from bot.rendering import plain
    from bot.replies import answer

    matcher = sources.matcher()
    entry = matcher.corpus.entry(entry_id)
    if entry is None:
        near = closest(entry_id, [known.id for known in matcher.corpus.entries])
        raise UsageError(f'there is no entry "{entry_id}"' + (f"; did you mean {near}?" if near else ""))
    click.echo(plain((answer(matcher.corpus, entry, language),), numbered=False))
    click.echo("\n" + "\n".join(curator_lines(matcher.corpus, entry)))


@click.command(name="eval")
@click.argument("files", metavar="FILE...", type=FOLDER, nargs=-1, required=True)
@click.option(
    "--errors", "show_errors", is_flag=True, help="List the questions that were not helped, or answered by mistake."
)
@click.option("--json", "as_json", is_flag=True, help="Print the measures as JSON, for --compare later.")
@click.option(
    "--compare",
    "baseline",
    type=FOLDER,
    metavar="BASELINE",
    help="Compare with what --json printed earlier. Exit status 1 when a language got worse by more than half a point.",
)
@content_options()
def evaluate(
    sources: "Sources", files: tuple[Path, ...], baseline: Path | None, *, show_errors: bool, as_json: bool
) -> None:
    """Measure the matcher on the questions in each FILE... (JSON Lines: q, lang, ids, kind).

    Per language and kind: top-1, top-3, answered (at once and rightly), helped (or the right entry among three offered), wrong
    (answered at once, and not the right entry; out of scope: any answer), quiet (neither answered nor offered).

    With --compare, each measure is shown as it was and as it is. It is a failure when in a language top-1, answered or helped falls by
    more than half a point, or when so much more is answered wrongly, or out of scope by mistake; exactly half a point is none.
    """
    import msgspec

    from bot.questions import read_questions
    from bot.tables import changes_lines, loss_line, measured, miss_line, print_table, read_baseline
    from faq.evaluation import Outcome, losses, summarise

    matcher = sources.matcher()
    known = frozenset(entry.id for entry in matcher.corpus.entries)
    questions = [question for file in files for question in read_questions(file, known)]
    outcomes = [Outcome(question, matcher.match(question.text)) for question in questions]
    rows = summarise(outcomes)
    now = measured(questions, rows)
    before = read_baseline(baseline, now) if baseline else None
    if as_json:
        click.echo(msgspec.json.encode(now).decode())
    elif before:
        click.echo("\n".join(changes_lines(before, rows)))
    else:
        print_table(rows)
    if show_errors:
        for outcome in outcomes:
            if outcome.wrong or (outcome.question.ids and not outcome.helped):
                click.echo(miss_line(outcome))
    if worse := losses(before, rows) if before else []:
        click.echo("\n".join(map(loss_line, worse)), err=True)
        sys.exit(1)
