"""What is measured of a matcher: accuracy and honesty over questions whose right entries are known.

The measures: *top-1* and *top-3*, the right entry is first or among the first three; *answered*, answered at once and
rightly; *helped*, answered rightly or the right entry is among the three that are offered; *wrong*, answered at once with
another entry; *quiet*, neither answered nor offered. For questions out of scope, *answered by mistake* is any answer.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from faq.matcher import Match
from faq.text import Language

IN_SCOPE: Final = ("plain", "rough")
OUT_OF_SCOPE: Final = ("near", "far", "chat")
IN_SCOPE_ROW: Final = "in scope"
"""The name of the row of all questions in scope."""
OFFERED: Final = 3
"""So many entries are offered when the matcher asks back."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of the entries that answer it, none when it is out of scope."""

    text: str
    language: Language
    ids: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    match: Match

    @property
    def top_1(self) -> bool:
        """The right entry is first."""
        return bool(self.match.candidates) and self.match.candidates[0].id in self.question.ids

    @property
    def top_3(self) -> bool:
        """The right entry is among the first three."""
        return any(candidate.id in self.question.ids for candidate in self.match.candidates[:OFFERED])

    @property
    def answered(self) -> bool:
        """Answered at once, rightly."""
        return self.match.verdict == "answer" and self.top_1

    @property
    def helped(self) -> bool:
        """Answered rightly, or the right entry is offered."""
        return self.answered or (self.match.verdict == "suggest" and self.top_3)

    @property
    def wrong(self) -> bool:
        """Answered at once, but not rightly; out of scope, any answer is wrong."""
        return self.match.verdict == "answer" and not self.top_1

    @property
    def quiet(self) -> bool:
        """Neither answered nor offered anything."""
        return self.match.verdict in ("none", "smalltalk")


LEVELS: Final = ("wrong", "not helped", "offered", "answered")
"""What can become of a question in scope, the worst first."""
LEVELS_OUTSIDE: Final = ("answered by mistake", "fine")
"""What can become of a question out of scope."""


def level(outcome: Outcome) -> str:
    """Return what became of a question, one of LEVELS or of LEVELS_OUTSIDE."""
    if not outcome.question.ids:
        return LEVELS_OUTSIDE[0 if outcome.wrong else 1]
    if outcome.wrong:
        return "wrong"
    return "answered" if outcome.answered else "offered" if outcome.helped else "not helped"


def is_worse(after: Outcome, before: Outcome) -> bool:
    """Tell whether less becomes of a question than before."""
    levels = LEVELS if before.question.ids else LEVELS_OUTSIDE
    return levels.index(level(after)) < levels.index(level(before))


MEASURES: Final[dict[str, Callable[[Outcome], bool]]] = {
    "top-1": lambda outcome: outcome.top_1,
    "top-3": lambda outcome: outcome.top_3,
    "answered": lambda outcome: outcome.answered,
    "helped": lambda outcome: outcome.helped,
    "wrong": lambda outcome: outcome.wrong,
    "quiet": lambda outcome: outcome.quiet,
}


@dataclass(frozen=True, slots=True)
class Row:
    """The measures of one group of questions, as shares from 0 to 1."""

    language: Language | None
    """None for all languages together."""
    kind: str
    """A kind of question, or "in scope"."""
    count: int
    shares: dict[str, float]


def summarise(outcomes: Sequence[Outcome]) -> list[Row]:
    """Return a row for every language and kind that occurs, and for each language's questions in scope together."""
    rows: list[Row] = []
    languages = sorted({outcome.question.language for outcome in outcomes}, reverse=True)
    for language in (*languages, None):
        of_language = [outcome for outcome in outcomes if language in (outcome.question.language, None)]
        in_scope = [outcome for outcome in of_language if outcome.question.ids]
        kinds = sorted({outcome.question.kind for outcome in of_language}, key=_kind_order)
        if in_scope:
            rows.append(_row(language, IN_SCOPE_ROW, in_scope))
        rows.extend(
            _row(language, kind, [outcome for outcome in of_language if outcome.question.kind == kind])
            for kind in kinds
            if language is not None or kind in OUT_OF_SCOPE
        )
    return rows


def _kind_order(kind: str) -> tuple[int, str]:
    order = (*IN_SCOPE, *OUT_OF_SCOPE)
    return (order.index(kind) if kind in order else len(order), kind)


def _row(language: Language | None, kind: str, outcomes: Iterable[Outcome]) -> Row:
    found = list(outcomes)
    shares = {name: sum(map(measure, found)) / len(found) for name, measure in MEASURES.items()}
    return Row(language, kind, len(found), shares)


GATED: Final = ("top-1", "answered", "helped")
"""Measures of the questions in scope that may not fall."""
TOLERANCE: Final = 200
"""A measure may change by one in so many questions, half a point of a hundred; not by more."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A measure that got worse by more than is tolerated."""

    language: Language
    kind: str
    measure: str
    before: float
    after: float


def losses(before: Sequence[Row], after: Sequence[Row]) -> list[Loss]:
    """Return what got worse in a language by more than half a point; both have the same rows.

    In scope, that is what is found, answered and helped, and what is answered wrongly; out of scope, what is answered by mistake.
    """
    found = []
    for old, new in zip(before, after, strict=True):
        if new.language is None or (new.kind != IN_SCOPE_ROW and new.kind not in OUT_OF_SCOPE):
            continue
        signs = dict.fromkeys(GATED if new.kind == IN_SCOPE_ROW else (), 1) | {"wrong": -1}
        for measure, sign in signs.items():
            # Whole questions are counted: exactly half a point passes, whatever the shares' last digits are.
            lost = sign * (round(old.shares[measure] * old.count) - round(new.shares[measure] * new.count))
            if lost * TOLERANCE > new.count:
                found.append(Loss(new.language, new.kind, measure, old.shares[measure], new.shares[measure]))
    return found
