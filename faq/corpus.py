"""The corpus: what curators write, as frozen values.

The values are built by `bot.faq_files`, which reads YAML strictly; tests build them by hand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, Literal

from faq.text import Language

BlockKind = Literal["paragraph", "steps", "list", "note"]
LabelKind = Literal["entry", "subject", "small-talk"]
"""What a phrasing can belong to."""
BLOCK_KINDS: Final[tuple[BlockKind, ...]] = ("paragraph", "steps", "list", "note")


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom something is, and when; by default for everybody and always."""

    provinces: tuple[str, ...] = ()
    """Ids of provinces; none stands for everybody."""
    valid_from: date | None = None
    valid_until: date | None = None
    """The first and the last day on which it is given."""

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and not self.expired_on(day)

    def expired_on(self, day: date) -> bool:
        """Tell whether its last day lies before a day."""
        return self.valid_until is not None and self.valid_until < day

    def is_for(self, province: str | None) -> bool:
        """Tell whether it is for somebody in a province; None: it is not known which, so that only what is for everybody is."""
        return not self.provinces or province in self.provinces

    def meets(self, other: "Scope") -> bool:
        """Tell whether on some day, for somebody, both hold."""
        apart = (
            _before(self.valid_until, other.valid_from)
            or _before(other.valid_until, self.valid_from)
            or (self.provinces and other.provinces and not set(self.provinces) & set(other.provinces))
        )
        return not apart


def _before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day < other


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of an answer: a paragraph, numbered steps, a list or a note."""

    kind: BlockKind
    texts: tuple[str, ...]
    """The paragraph or note as one text; the items of steps and lists."""


@dataclass(frozen=True, slots=True)
class EntryText:
    """An entry in one language."""

    question: str
    summary: str
    """One line for lists of entries."""
    answer: tuple[Block, ...]
    phrasings: tuple[str, ...]
    """The ways in which people ask this, as they write it."""
    local: str | None = None
    """The last line of the answer where the rule varies from place to place: says so, and whom to ask."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the answer has to say, with the excerpt of each answer that says it."""

    states: str
    excerpts: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class SourcePart:
    """Where an answer's facts stand: a document of the corpus' list, and the part of it."""

    document: str
    part: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A curated question with its answer, in every language."""

    id: str
    group: str
    order: int
    """The place in the group's menu."""
    texts: Mapping[Language, EntryText]
    varies: bool = False
    """True when the rule differs from province to province."""
    related: tuple[str, ...] = ()
    """Ids of the entries that a person would ask for next."""
    flow: str | None = None
    """Id of the guided flow that this entry leads to."""
    sources: tuple[SourcePart, ...] = ()
    facts: tuple[Fact, ...] = ()
    reviewed: date | None = None
    curator_note: str | None = None
    """For curators, never shown: how a garbled or contradictory source was read."""
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class ChangeText:
    """What a change does to an entry in one language; None leaves a part as it is."""

    note: str | None = None
    """Added below the answer."""
    answer: tuple[Block, ...] | None = None
    """Given in place of the answer."""
    local: str | None = None
    """Given in place of the last line."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that is made locally to an entry of the project's, for a province, for a time, or for everybody.

    The phrasings that it adds stand in the entry itself.
    """

    entry: str
    scope: Scope
    texts: Mapping[Language, ChangeText]
    reviewed: date | None
    file: str
    """Where it stands in the folder of local content."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whom to ask: a registration window, with its address and telephone number."""

    scope: Scope
    texts: Mapping[Language, str]
    reviewed: date | None = None


@dataclass(frozen=True, slots=True)
class SubjectText:
    """An out-of-scope subject in one language."""

    title: str
    pointer: str
    """What is said instead of an answer: not covered here, and whom to ask."""
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that people ask and that this corpus does not answer."""

    id: str
    area: str
    texts: Mapping[Language, SubjectText]


@dataclass(frozen=True, slots=True)
class SmallTalkText:
    """A kind of small talk in one language."""

    reply: str
    phrasings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """Something said that asks nothing: a greeting, thanks, a wish for a human."""

    id: str
    texts: Mapping[Language, SmallTalkText]


@dataclass(frozen=True, slots=True)
class Concept:
    """Words that mean the same to these readers, in every language: synonyms, abbreviations, translations."""

    name: str
    words: Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The vocabulary that curators teach the matcher."""

    concepts: tuple[Concept, ...] = ()
    filler: Mapping[Language, tuple[str, ...]] = field(default_factory=dict)
    """Words of politeness that ask nothing ("请问", "excuse me"), dropped before matching."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of entries, with its title in each language."""

    id: str
    titles: Mapping[Language, str]
    reminders: bool = False
    """True when its answers are about dates of which people want to be reminded."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source document."""

    id: str
    title: str
    date: str | None
    """As printed, or None where the document has no date."""
    note: str | None = None


@dataclass(frozen=True)
class Corpus:
    """Everything that curators wrote."""

    groups: tuple[Group, ...]
    entries: tuple[Entry, ...]
    subjects: tuple[Subject, ...] = ()
    small_talk: tuple[SmallTalk, ...] = ()
    lexicon: Lexicon = field(default_factory=Lexicon)
    sources: tuple[Source, ...] = ()
    changes: tuple[Change, ...] = ()
    """Made locally, in the order of their files."""
    windows: tuple[Window, ...] = ()
    operator: Mapping[Language, str] = field(default_factory=dict)
    """The name of who runs the assistant, where it is told."""
    contact: Mapping[Language, str] = field(default_factory=dict)
    """Whom to ask: empty in the whole corpus, the window of a day and a province in an edition (see `faq.edition`)."""

    @cached_property
    def _entries_by_id(self) -> Mapping[str, Entry]:
        return {entry.id: entry for entry in self.entries}

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry with this id, or None."""
        return self._entries_by_id.get(entry_id)

    def in_group(self, group_id: str) -> tuple[Entry, ...]:
        """Return the entries of a group, in the order of its menu."""
        return tuple(sorted((e for e in self.entries if e.group == group_id), key=lambda e: (e.order, e.id)))

    def phrasings(self, language: Language) -> Iterator[tuple[LabelKind, str, str]]:
        """Yield (kind, id, phrasing) of all that is matched against in one language.

        The kind is "entry", "subject" or "small-talk". An entry's question counts as a phrasing of it, and so does a
        subject's title.
        """
        for entry in self.entries:
            if text := entry.texts.get(language):
                for phrasing in (text.question, *text.phrasings):
                    yield "entry", entry.id, phrasing
        for subject in self.subjects:
            if about := subject.texts.get(language):
                for phrasing in (about.title, *about.phrasings):
                    yield "subject", subject.id, phrasing
        for talk in self.small_talk:
            if said := talk.texts.get(language):
                for phrasing in said.phrasings:
                    yield "small-talk", talk.id, phrasing
