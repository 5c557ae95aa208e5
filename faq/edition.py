"""The edition of the corpus that somebody in a province gets on a day: what is in force, with the changes made for them.

Everything here is pure and cheap; whoever asks often keeps the editions of a day. The index stays that of the whole corpus:
what an edition leaves out is withheld from a match (`Matcher.match`, `without`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeVar

from faq.corpus import Block, Change, ChangeText, Corpus, Entry, EntryText, Scope, Window
from faq.text import Language

_SPACE: Final[Mapping[Language, str]] = {"zh": "", "en": " "}
"""What stands between two sentences."""
Kind = Literal["entry", "change", "window"]
_Scoped = TypeVar("_Scoped", Change, Window)
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Expired:
    """Something that is not given any more."""

    kind: Kind
    name: str
    """The entry's id, the change's file, whom the window is for."""
    until: date
    """The last day on which it was given."""


def edition(corpus: Corpus, day: date, province: str | None) -> Corpus:
    """Return the corpus as it is given on a day to somebody in a province; None: it is not known in which.

    Entries that are out of force, or for other provinces, are left out; for somebody whose province is not known, those of all
    provinces are kept. Changes that are in force are made, those for provinces only where the province is known. When nothing
    is different from the whole, the corpus itself is returned.
    """
    entries = {
        entry.id: entry
        for entry in corpus.entries
        if entry.scope.holds_on(day) and (province is None or entry.scope.is_for(province))
    }
    contact = _contact(corpus, day, province)
    changes = _changes(corpus, day, province)
    given = tuple(_given(entry, changes.get(entry.id, []), contact) for entry in entries.values())
    left_out = len(entries) < len(corpus.entries)
    if left_out:
        given = tuple(_without_strangers(entry, entries) for entry in given)
    elif not contact and all(new is old for new, old in zip(given, corpus.entries, strict=True)):
        return corpus
    gone = {entry.group for entry in corpus.entries} - {entry.group for entry in given}
    groups = tuple(group for group in corpus.groups if group.id not in gone) if gone else corpus.groups
    return replace(corpus, groups=groups, entries=given, contact=contact)


def depends_on_province(corpus: Corpus, entry_id: str, day: date) -> bool:
    """Tell whether somebody whose province is not known gets another answer to this entry once they tell it."""
    entry = corpus.entry(entry_id)
    if entry is None or not entry.scope.holds_on(day):
        return False
    changes = [change for change in corpus.changes if change.entry == entry_id]
    scopes = [change.scope for change in changes] + [window.scope for window in corpus.windows if entry.varies]
    told = {province for scope in scopes if scope.holds_on(day) for province in scope.provinces}
    if not told:
        return False
    own = replace(corpus, changes=tuple(changes))
    untold = _answer(own, entry, day, None)
    return any(_answer(own, entry, day, province) != untold for province in told if entry.scope.is_for(province))


def expired(corpus: Corpus, day: date) -> list[Expired]:
    """Return what is not given any more on a day: entries, changes, windows."""
    named: list[tuple[Kind, str, Scope]] = [
        *(("entry", entry.id, entry.scope) for entry in corpus.entries),
        *(("change", change.file, change.scope) for change in corpus.changes),
        *(("window", ", ".join(window.scope.provinces) or "everybody", window.scope) for window in corpus.windows),
    ]
    return [
        Expired(kind, name, scope.valid_until)
        for kind, name, scope in named
        if scope.valid_until is not None and scope.expired_on(day)
    ]


def _in_force(items: Iterable[_Scoped], day: date, province: str | None) -> list[_Scoped]:
    return [item for item in items if item.scope.holds_on(day) and item.scope.is_for(province)]


def _contact(corpus: Corpus, day: date, province: str | None) -> Mapping[Language, str]:
    """Return the window for the province, or else the one for everybody."""
    windows = _in_force(corpus.windows, day, province)
    return next((window.texts for window in _nearest_first(windows)), {})


def _changes(corpus: Corpus, day: date, province: str | None) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in _in_force(corpus.changes, day, province):
        found.setdefault(change.entry, []).append(change)
    return found


def _nearest_first(items: Iterable[_Scoped]) -> list[_Scoped]:
    return sorted(items, key=lambda item: not item.scope.provinces)


def _answer(
    corpus: Corpus, entry: Entry, day: date, province: str | None
) -> dict[Language, tuple[tuple[Block, ...], str | None]]:
    changes = _changes(corpus, day, province).get(entry.id, [])
    given = _given(entry, changes, _contact(corpus, day, province))
    return {language: (text.answer, text.local) for language, text in given.texts.items()}


def _given(entry: Entry, changes: list[Change], contact: Mapping[Language, str]) -> Entry:
    """Return an entry with the changes made; the contact is added to its last line where the rule varies."""
    if not changes and not (entry.varies and contact):
        return entry
    texts: dict[Language, EntryText] = {}
    for language, text in entry.texts.items():
        said = contact.get(language) if entry.varies else None
        texts[language] = _changed(text, language, changes, said)
    return replace(entry, texts=texts)


def _changed(text: EntryText, language: Language, changes: list[Change], contact: str | None) -> EntryText:
    def first(part: Callable[[ChangeText], _Found | None]) -> _Found | None:
        parts = (part(change.texts[language]) for change in _nearest_first(changes) if language in change.texts)
        return next((found for found in parts if found is not None), None)

    notes = (change.texts[language].note for change in changes if language in change.texts)
    local = first(lambda change: change.local) or text.local
    if contact:
        local = f"{local}{_SPACE[language]}{contact}" if local else contact
    answer = first(lambda change: change.answer) or text.answer
    return replace(text, answer=(*answer, *(Block("note", (note,)) for note in notes if note)), local=local)


def _without_strangers(entry: Entry, known: Mapping[str, Entry]) -> Entry:
    related = tuple(other for other in entry.related if other in known)
    return entry if related == entry.related else replace(entry, related=related)
