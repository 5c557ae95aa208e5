"""The name that somebody may have meant."""

from collections.abc import Sequence


def closest(wanted: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like the wanted one, or None when none is."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(wanted, known, scorer=fuzz.ratio, score_cutoff=60)
    return found[0] if found else None
