"""What entries and flows have in common for curators: a last review, and documents that they rest on."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from bot.content import Field
from faq.corpus import Corpus

REVIEW: Final = timedelta(days=365)
"""An entry or a flow is looked at again after this time."""


def check_reviewed(place: Field, reviewed: date | None, today: date) -> None:
    """Note a problem at `place` when the last review lies in the future, a warning when it is long ago."""
    if reviewed and reviewed > today:
        place.problem(f"{reviewed} lies in the future")
    elif reviewed and today - reviewed > REVIEW:
        place.warning(f"was last reviewed on {reviewed}, more than a year ago")


def check_documents(place: Field, documents: Iterable[str], corpus: Corpus) -> None:
    """Note a problem at `place` for every document that the corpus does not list; without a list, all are free."""
    known = {source.id for source in corpus.sources}
    for document in documents:
        if known and document not in known:
            place.problem(f'there is no document "{document}" in sources.yaml')
