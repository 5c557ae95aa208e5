"""Text for curators: what made a match, and why; an entry's sources."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from faq.corpus import Corpus, Entry
from faq.matcher import SURE, TOP, Match, Matcher, Part, Verdict
from faq.text import Language, clean, exact_key

SHOWN_TERMS: Final = 12


@dataclass(frozen=True, slots=True)
class Row:
    """What speaks for one entry, out-of-scope subject or kind of small talk."""

    kind: str
    id: str
    probability: float
    linear: float
    nearest: float
    centroid: float
    fuzzy: float
    phrasing: str
    """The nearest phrasing; empty where it was not compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What decided a match, as values that JSON knows."""

    question: str
    language: Language | None
    verdict: Verdict
    why: str
    read_as: str
    views: Mapping[Language, float]
    """The languages that it was compared in, with their share."""
    terms: Mapping[str, float]
    unknown_terms: tuple[str, ...]
    unknown: float
    """The share of the weight that lies in them."""
    corrections: Mapping[str, str]
    answer_gate: float | None
    suggest_gate: float | None
    entries: tuple[Row, ...]
    """The best entries, at most five."""
    others: tuple[Row, ...]
    """What else is among the best."""
    nothing: float
    """The probability of "nothing of all this"."""


def explanation_of(
    matcher: Matcher, question: str, language: Language | None = None, without: Collection[str] = ()
) -> Explained:
    """Return what decides the answer to a question."""
    match = matcher.match(question, language, explain=True, without=without)
    found = match.explanation
    if found is None:
        why = "it holds no word of Chinese or English, so there is nothing to compare"
        return Explained(
            question, None, match.verdict, why, clean(question), {}, {}, (), 0.0, {}, None, None, (), (), 1.0
        )
    rows = [_row(part) for part in found.parts]
    entries = [row for row in rows if row.kind == "entry" and row.id not in without]
    shown = {row.id for row in entries}
    if missing := {candidate.id for candidate in match.candidates} - shown:
        entries += _rows_of(matcher, match, language, missing)
    return Explained(
        question=question,
        language=match.language,
        verdict=match.verdict,
        why=_why(match),
        read_as=found.cleaned,
        views=dict(found.views),
        terms=dict(found.terms),
        unknown_terms=found.unknown_terms,
        unknown=found.unknown,
        corrections=dict(found.corrections),
        answer_gate=found.gates.answer,
        suggest_gate=found.gates.suggest,
        entries=tuple(entries[:TOP]),
        others=tuple(row for row in rows if row.kind != "entry"),
        nothing=found.nothing,
    )


def explanation_lines(found: Explained) -> Iterator[str]:
    """Yield what decided a match for people to read."""
    yield f"verdict      {found.verdict}: {found.why}"
    yield f"read as      {found.read_as}"
    if found.answer_gate is None:
        return
    yield f"gates        {found.answer_gate:.2f} for an answer, {found.suggest_gate:.2f} for an offer (all entries together)"
    yield "compared in  " + ", ".join(f"{language} {share:.0%}" for language, share in found.views.items())
    yield "terms        " + "  ".join(f"{term} {weight:.2f}" for term, weight in [*found.terms.items()][:SHOWN_TERMS])
    yield f"unknown      {found.unknown:.0%} of the weight: {'  '.join(found.unknown_terms[:SHOWN_TERMS])}"
    for wrong, right in found.corrections.items():
        yield f"corrected    {wrong} -> {right}"
    yield f"{'':44} {'prob.':>6} {'linear':>7} {'nearest':>7} {'centre':>7} {'fuzzy':>6}  nearest phrasing"
    for row in (*found.entries, *found.others):
        yield (
            f"{f'{row.kind} {row.id}':44} {row.probability:6.3f} {row.linear:7.3f} {row.nearest:7.3f} "
            f"{row.centroid:7.3f} {row.fuzzy:6.2f}  {row.phrasing}"
        )
    yield f"{'nothing of all this':44} {found.nothing:6.3f}"


def _row(part: Part) -> Row:
    label = part.label
    linear, nearest, centroid, fuzzy = (
        round(value, 4) for value in (part.linear, part.nearest, part.centroid, part.fuzzy)
    )
    return Row(label.kind, label.id, round(part.probability, 4), linear, nearest, centroid, fuzzy, part.phrasing)


def _rows_of(matcher: Matcher, match: Match, language: Language | None, ids: Collection[str]) -> Iterator[Row]:
    """Yield the rows of entries that are not among the best labels of all kinds."""
    evidence = matcher.evidence(matcher.read(clean(match.text), language))
    places = {label.id: place for place, label in enumerate(matcher.labels) if label.kind == "entry"}
    for candidate in match.candidates:
        if candidate.id in ids:
            place = places[candidate.id]
            linear, nearest, centroid, fuzzy = (round(float(value), 4) for value in evidence.values[place])
            phrasing = evidence.phrasings.get(place, "")
            yield Row("entry", candidate.id, candidate.score, linear, nearest, centroid, fuzzy, phrasing)


def _why(match: Match) -> str:
    found = match.explanation
    assert found is not None, "it was asked for"
    gates, best = found.gates, found.parts[0]
    if best.probability == 1.0 and exact_key(found.cleaned) == exact_key(clean(best.phrasing)):
        return f"it is a phrasing of {best.label.kind} {best.label.id}, but for punctuation"
    score = match.candidates[0].score if match.candidates else 0.0
    top = f"{score:.2f} for {match.candidates[0].id}" if match.candidates else "0.00 for any entry"
    if len(match.answers) > 1:
        return f"its sentences ask {' and '.join(match.answers)}, each surely (from {SURE:.2f}), so both are answered"
    if match.verdict == "answer":
        return f"{top} reaches the gate {gates.answer:.2f}, so it is answered"
    if match.verdict == "smalltalk":
        return f"it is small talk ({match.small_talk}), which is likelier than every entry ({top}) and than nothing of all this"
    low = f"{top} is below the gate {gates.answer:.2f}"
    about = f"; it is about {match.subject}, which is out of scope" if match.subject else ""
    if match.verdict == "suggest":
        return f"{low}, but all entries together reach {gates.suggest:.2f}, so the nearest are offered{about}"
    return f"{low}, and all entries together do not reach {gates.suggest:.2f}, so nothing is offered{about}"


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
