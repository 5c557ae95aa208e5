"""What of the content is given today, for commands that answer as the assistant does."""

from datetime import datetime

from bot.settings import time_zone
from faq.corpus import Corpus
from faq.edition import edition


def given_today(corpus: Corpus, timezone: str | None = None) -> tuple[Corpus, frozenset[str]]:
    """Return the corpus as it is given today to somebody whose province is not known, and the ids of what is not given."""
    given = edition(corpus, datetime.now(time_zone(timezone)).date(), None)
    return given, frozenset(entry.id for entry in corpus.entries) - {entry.id for entry in given.entries}
