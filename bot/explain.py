"""Text for curators: what made a match, an entry's sources, tables of measures."""

import sys
from collections.abc import Iterator, Sequence
from typing import Final

import click

from faq.corpus import Corpus, Entry
from faq.evaluation import MEASURES, Outcome, Row
from faq.matcher import Match

SHOWN_TERMS: Final = 12


def explanation_text(match: Match) -> str:
    """Return what decided a match; the match must have been made with `explain=True`."""
    found = match.explanation
    if found is None:
        return f"verdict      {match.verdict} (no words to compare)"
    known = "  ".join(f"{term} {weight:.2f}" for term, weight in found.terms[:SHOWN_TERMS])
    lines = [
        f"verdict      {match.verdict}  (answer from {found.gates.answer:.2f}, offer from {found.gates.suggest:.2f} for all together)",
        f"read as      {found.cleaned}",
        "compared in  " + ", ".join(f"{language} {share:.0%}" for language, share in found.views),
        f"terms        {known}",
        f"unknown      {found.unknown:.0%} of the weight: {'  '.join(found.unknown_terms[:SHOWN_TERMS])}",
        *(f"corrected    {wrong} -> {right}" for wrong, right in found.corrections.items()),
        f"{'label':44} {'prob.':>6} {'linear':>7} {'nearest':>7} {'centre':>7} {'fuzzy':>6}  nearest phrasing",
        *(
            f"{f'{part.label.kind} {part.label.id}':44} {part.probability:6.3f} {part.linear:7.3f} {part.nearest:7.3f} "
            f"{part.centroid:7.3f} {part.fuzzy:6.2f}  {part.phrasing}"
            for part in found.parts
        ),
        f"{'nothing of all this':44} {found.nothing:6.3f}",
    ]
    return "\n".join(lines)


def curator_lines(corpus: Corpus, entry: Entry) -> Iterator[str]:
    """Yield an entry's sources, review and note, as a curator wants to see them."""
    titles = {source.id: source for source in corpus.sources}
    for part in entry.sources:
        source = titles.get(part.document)
        dated = f", {source.date}" if source and source.date else ", undated"
        yield f"source: {source.title if source else part.document}{dated}: {part.part}"
    if entry.reviewed:
        yield f"reviewed: {entry.reviewed.isoformat()}"
    if entry.curator_note:
        yield f"note for curators: {entry.curator_note}"


def closest(wanted: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like the wanted one, or None when none is."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(wanted, known, scorer=fuzz.ratio, score_cutoff=60)
    return found[0] if found else None


def miss_line(outcome: Outcome) -> str:
    """Return a line about a question that was not helped or answered by mistake."""
    right = ", ".join(outcome.question.ids) or f"out of scope ({outcome.question.kind})"
    best = "  ".join(f"{candidate.id} {candidate.score:.2f}" for candidate in outcome.match.candidates[:3])
    return f"{outcome.question.text}\n    right: {right}\n    {outcome.match.verdict}: {best}"


def print_table(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print measures as a table for people, tab-separated when piped, or as JSON."""
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(rows).decode())
        return
    header = ["language", "kind", "count", *MEASURES]
    cells = [_cells(row) for row in rows]
    if not sys.stdout.isatty():
        click.echo("\n".join("\t".join(line) for line in (header, *cells)))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*header)
    for line in cells:
        table.add_row(*line)
    Console().print(table)


def _cells(row: Row) -> list[str]:
    shares = [f"{100 * share:.1f}" for share in row.shares.values()]
    return [row.language or "all", row.kind, str(row.count), *shares]
