"""A report as tables of texts, for a terminal and for other programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import click

from bot.report.values import EntryFigures, Figures, FlowFigures, Kind, Questions, named
from bot.report.words import Words

BEST_KNOWN: Final = 15
"""So many of the entries that were shown most are listed."""
WORST: Final = 10
"""So many of the entries that help least are listed."""
_DAY_WIDTH: Final = len("2026-11-22")


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its first column is a name, the others are numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(figures: Figures, words: Words) -> Iterator[Table]:
    """Yield the tables of a report."""
    people = (
        (words("people-all"), str(figures.people.all)),
        (words("people-new"), str(figures.people.new)),
        (words("people-active", since=figures.since), str(figures.people.active)),
    )
    yield Table(words("people"), (words("people"), words("count")), people)
    yield questions_table(figures, words)
    yield days_table(figures, words)
    yield Table(words("best-known"), *_entries(figures.best_known[:BEST_KNOWN], words))
    yield Table(words("worst"), *_entries(figures.worst[:WORST], words))
    yield flows_table(figures, words)
    for flow in figures.flows:
        if came_by(flow):
            yield funnel_table(flow, words)
    yield reminders_table(figures, words)


def came_by(flow: FlowFigures) -> bool:
    """Tell whether anybody is or was in a flow."""
    return bool(flow.started or any(step.entered or step.skipped or step.here for step in flow.steps))


def questions_table(figures: Figures, words: Words) -> Table:
    """Return the questions by language, with all of them in the last row."""
    rows = [_counts(words.of_language(name), found) for name, found in figures.by_language.items()]
    header = (words("language"), *counts_header(words))
    return Table(words("by-language"), header, (*rows, _counts(words("all"), figures.questions)))


def days_table(figures: Figures, words: Words) -> Table:
    """Return the questions by day and language."""
    header = (words("day"), words("language"), *counts_header(words))
    rows = tuple(
        (one.day.isoformat(), words.of_language(one.language), *counts(one.questions)) for one in figures.by_day
    )
    return Table(words("by-day"), header, rows)


def counts_header(words: Words) -> tuple[str, ...]:
    """Return what the columns are called that `counts` gives."""
    names = ("asked", "answered", "suggested", "unanswered", "out-of-scope", "small-talk", "opened")
    return tuple(words(name) for name in names)


def counts(found: Questions) -> tuple[str, ...]:
    """Return the counts as texts."""
    numbers = (
        found.asked,
        found.answered,
        found.suggested,
        found.unanswered,
        found.out_of_scope,
        found.small_talk,
        found.opened,
    )
    return tuple(map(str, numbers))


def _counts(name: str, found: Questions) -> tuple[str, ...]:
    return (name, *counts(found))


def _entries(entries: Sequence[EntryFigures], words: Words) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    names = ("entry", "shown", "suggested", "helpful", "not-helpful", "helpful-share")
    rows = tuple(
        (
            named(entry.title, entry.id, words.language),
            str(entry.shown),
            str(entry.suggested),
            str(entry.helpful),
            str(entry.not_helpful),
            share_text(entry.helpful_share),
        )
        for entry in entries
    )
    return tuple(words(name) for name in names), rows


def share_text(share: float | None) -> str:
    """Return a share as text."""
    return "–" if share is None else f"{100 * share:.0f}%"


def flows_table(figures: Figures, words: Words) -> Table:
    """Return how people get on in each flow; a column for flows that failed only if one did."""
    failed = any(flow.failed for flow in figures.flows)
    names = ["flow", "started", "finished", "given-up", "under-way", "stopped", *(["failed-flows"] if failed else [])]
    rows = []
    for flow in figures.flows:
        numbers = [flow.started, flow.finished, flow.given_up, flow.under_way, flow.stopped]
        if failed:
            numbers.append(flow.failed)
        rows.append((named(flow.title, flow.id, words.language), *map(str, numbers)))
    return Table(words("flows"), tuple(words(name) for name in names), tuple(rows))


def funnel_table(flow: FlowFigures, words: Words) -> Table:
    """Return how many people came to each step of a flow; steps off the main way only if somebody did."""
    rows = []
    for step in flow.steps:
        numbers = (step.entered, step.skipped, step.here, step.idle)
        if step.side and not any(numbers):
            continue
        name = named(step.title, step.id, words.language)
        side = f" ({words('side')})" if step.side else ""
        rows.append((name + side, *map(str, numbers)))
    header = tuple(words(name) for name in ("step", "entered", "skipped-step", "here", "idle"))
    return Table(f"{words('flow')}: {named(flow.title, flow.id, words.language)}", header, tuple(rows))


def reminders_table(figures: Figures, words: Words) -> Table:
    """Return what becomes of reminders, by kind, with all of them in the last row."""
    rows = [(words.kind(kind.kind), *_reminders(kind)) for kind in figures.reminders]
    columns = zip(*(map(int, row[1:]) for row in rows), strict=True)
    names = ("kind", "planned", "sending", "sent", "skipped", "failed")
    total = [str(sum(column)) for column in columns] or ["0"] * (len(names) - 1)
    return Table(words("reminders"), tuple(words(name) for name in names), (*rows, (words("all"), *total)))


def _reminders(kind: Kind) -> tuple[str, ...]:
    return tuple(map(str, (kind.planned, kind.sending, kind.sent, kind.skipped, kind.failed)))


def print_tables(found: Iterator[Table], heading: str, *, piped: bool) -> None:
    """Print tables for people, or tab-separated when piped."""
    if piped:
        click.echo(f"# {heading}")
        for table in found:
            click.echo(f"\n# {table.title}")
            click.echo("\n".join("\t".join(row) for row in (table.header, *table.rows)))
        return
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console()
    console.print(Text(heading))
    for table in found:
        shown = RichTable(
            title=Text(table.title, "bold"),
            title_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
            show_edge=False,
        )
        for place, name in enumerate(table.header):  # in a narrow terminal, what can be broken is broken: titles
            longest = max((cell_len(row[place]) for row in table.rows), default=0)
            justify: Literal["right", "left"] = "right" if place else "left"
            shown.add_column(Text(name), justify=justify, overflow="fold", min_width=min(longest, _DAY_WIDTH))
        for row in table.rows:
            shown.add_row(*map(Text, row))
        console.print()
        console.print(shown)
