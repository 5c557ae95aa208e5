"""Where the content lies, and how all of it is read: entries, what is added locally, flows, the rules of reminders."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.reminders.rules import Rules
    from faq.corpus import Corpus
    from faq.matcher import Matcher
    from flows.definition import Library


@dataclass(frozen=True, slots=True)
class Sources:
    """The files that the assistant speaks from; None stands for the project's own, and for no local content.

    Every method raises ContentError, with a sentence that names the file and the first problem, when the content cannot be used.
    """

    entries: Path | None = None
    """The folder of the FAQ's entries."""
    local: Path | None = None
    """The folder of what is added for a place or an employer."""
    flows: Path | None = None
    """The folder of the guided flows."""
    reminders: Path | None = None
    """The file with the rules of the reminders."""

    def matcher(self) -> "Matcher":
        """Return the matcher of the entries, with what is added locally."""
        from bot.faq_files import ENTRIES
        from bot.index_cache import load_matcher

        return load_matcher(self.entries or ENTRIES, self.local)

    def corpus(self) -> "Corpus":
        """Return the entries, with what is added locally, without building an index."""
        from bot.faq_files import ENTRIES
        from bot.index_cache import read_corpus

        return read_corpus(self.entries or ENTRIES, self.local)

    def library(self) -> "Library":
        """Return the guided flows."""
        from bot.flow_files import LIBRARY, flows_of

        return flows_of(self.flows or LIBRARY)

    def rules(self) -> "Rules":
        """Return the rules of the reminders."""
        from bot.reminders.reading import load_rules

        return load_rules(self.reminders)

    def arguments(self) -> list[str]:
        """Return the options of the command line that name these files."""
        named = {"--entries": self.entries, "--local": self.local, "--flows": self.flows, "--reminders": self.reminders}
        return [part for option, path in named.items() if path is not None for part in (option, str(path.absolute()))]
