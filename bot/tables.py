"""Tables of measures: one, two side by side, and as the file that later ones are compared with."""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from bot.errors import UsageError
from faq.evaluation import MEASURES, Loss, Outcome, Question, Row

VERSION: Final = 1
"""Of the JSON that `regbot eval --json` prints; a new one for whatever an older version cannot read."""


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `regbot eval --json` prints."""

    version: int
    questions: str
    """Names the questions that were measured with."""
    rows: tuple[Row, ...]


class _Versioned(msgspec.Struct):
    version: int


def measured(questions: Iterable[Question], rows: Sequence[Row]) -> Measured:
    """Return the measures with what tells whether later ones are comparable."""
    lines = sorted(f"{one.language} {one.kind} {' '.join(sorted(one.ids))} {one.text}" for one in questions)
    return Measured(VERSION, hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest(), tuple(rows))


def read_baseline(path: Path, now: Measured) -> tuple[Row, ...]:
    """Return the rows that `regbot eval --json` printed into a file earlier, of the same questions as now.

    Raises:
        UsageError: The file cannot be read, is of another kind or a newer version, or was measured with other questions.
    """
    try:
        text = path.read_bytes()
        version = msgspec.json.decode(text, type=_Versioned).version
        if version > VERSION:
            raise UsageError(f"{path} was made by a newer version of regbot (its version is {version}, not {VERSION})")
        found = msgspec.json.decode(text, type=Measured)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not what `regbot eval --json` prints: {error}") from None
    counts, counted = ([(row.language, row.kind, row.count) for row in of.rows] for of in (found, now))
    if counts != counted or found.questions != now.questions:
        total, totalled = (sum(row.count for row in of.rows if row.language is None) for of in (found, now))
        numbers = f" ({total} then, {totalled} now)" if total != totalled else ""
        raise UsageError(f"{path} was measured with other questions{numbers}; measure again with `regbot eval --json`")
    if any(set(row.shares) != set(MEASURES) for row in found.rows):
        raise UsageError(f"{path} has other measures; measure again with `regbot eval --json`")
    return found.rows


def print_table(rows: Sequence[Row]) -> None:
    """Print measures as a table for people, tab-separated when piped."""
    header = ["language", "kind", "count", *MEASURES]
    cells = [[*_head(row), *(f"{100 * share:.1f}" for share in row.shares.values())] for row in rows]
    if not sys.stdout.isatty():
        click.echo("\n".join("\t".join(line) for line in (header, *cells)))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*header)
    for line in cells:
        table.add_row(*line)
    Console().print(table)


def changes_lines(before: Sequence[Row], after: Sequence[Row]) -> Iterator[str]:
    """Yield a table of two measurements of the same questions, lines with tabs: "97.1 -> 97.4" where they differ."""
    yield "\t".join(("language", "kind", "count", *MEASURES))
    for old, new in zip(before, after, strict=True):
        cells = ((f"{100 * old.shares[name]:.1f}", f"{100 * new.shares[name]:.1f}") for name in MEASURES)
        yield "\t".join((*_head(new), *(one if one == other else f"{one} -> {other}" for one, other in cells)))


def loss_line(loss: Loss) -> str:
    """Return a sentence about a measure that got worse."""
    name = "answered by mistake" if loss.measure == "wrong" and loss.kind != "in scope" else loss.measure
    return f"worse: {loss.language}, {loss.kind}: {name} {100 * loss.before:.1f} -> {100 * loss.after:.1f}"


def miss_line(outcome: Outcome) -> str:
    """Return a line about a question that was not helped or answered by mistake."""
    right = ", ".join(outcome.question.ids) or f"out of scope ({outcome.question.kind})"
    best = "  ".join(f"{candidate.id} {candidate.score:.2f}" for candidate in outcome.match.candidates[:3])
    return f"{outcome.question.text}\n    right: {right}\n    {outcome.match.verdict}: {best}"


def _head(row: Row) -> tuple[str, str, str]:
    return row.language or "all", row.kind, str(row.count)
