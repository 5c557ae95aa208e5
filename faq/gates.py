"""What turns evidence into a probability and a verdict: the weights and thresholds of `gates.json`.

The file is written by `benchmarks/fit_gates.py` from development questions, never by hand; the method is described there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from faq.text import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class Gates:
    """The weights of the evidence in a softmax over all labels, and the two gates, for one language."""

    linear: float
    nearest: float
    centroid: float
    fuzzy: float
    scope: float
    """Added to entries, times what the linear model says of the whole being in scope (see `Matcher.evidence`)."""
    subject: float
    """Added to out-of-scope subjects, in logits."""
    small_talk: float
    """Added to small talk, in logits."""
    none: float
    """The logit of "nothing of all this"."""
    unknown: float
    """Added to the logit of "nothing of all this" when all of the text's weight is in unknown terms."""
    answer: float
    """An entry with at least this probability is the answer."""
    suggest: float
    """When all entries together have at least this probability, the best are offered."""


def gates_from(data: Mapping[str, Mapping[str, float]]) -> dict[Language, Gates]:
    """Return the gates of every language from the mapping in `gates.json`.

    Raises:
        ValueError: a language or a value is missing or unknown.
    """
    names = {field.name for field in fields(Gates)}
    found: dict[Language, Gates] = {}
    if strange := sorted(set(data) - set(LANGUAGES)):
        raise ValueError(f'there is no language "{strange[0]}"')
    for language in LANGUAGES:
        values = data.get(language, {})
        if set(values) != names:
            raise ValueError(f'the gates of "{language}" need exactly {", ".join(sorted(names))}')
        found[language] = Gates(**{name: float(value) for name, value in values.items()})
    return found


def gates_to(gates: Mapping[Language, Gates]) -> dict[str, dict[str, float]]:
    """Return the mapping that `gates_from` reads."""
    return {
        language: {name: round(value, 4) for name, value in asdict(found).items()} for language, found in gates.items()
    }
