"""The checks of what is for a province, or for a time: provinces, changes that contradict each other, what has expired.

Most of it is local content; the entries that come with the project may have provinces and dates as well.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Final

from bot.content import Field
from bot.entry_files import Places
from bot.local_files import LOCAL, did_you_mean, window_name
from bot.messages import MAX_BUTTON_DATA
from bot.personal import mask
from bot.replies import IN
from bot.reviews import check_reviewed
from faq.corpus import Change, Corpus, Scope
from faq.links import Link
from faq.text import LANGUAGES, Language, clean, exact_key
from flows.definition import Library
from flows.journey import PROVINCE, UNSAID

MIN_PHRASINGS: Final = 5
"""Phrasings that a local entry needs in each language."""
EXAMPLE: Final = ("（示例）", "(example)")
"""What marks the texts that `regbot local init` writes."""
_GOVERNMENT: Final = re.compile(r"[a-z0-9.-]+\.gov\.cn")

Shown = Iterator[tuple[str, tuple[str, ...], str]]
"""The owner of a text, where it stands below the owner, and the text."""
At = Callable[..., Field]
"""Returns the most exact known place: of an owner, a path below it."""


def provinces_of(library: Library) -> Mapping[str, Mapping[str, str]]:
    """Return the names of the provinces by id and language."""
    question = library.questions.get(PROVINCE)
    return {choice.id: choice.labels for choice in question.choices if choice.id != UNSAID} if question else {}


def owners_in(places: Places, folder: Path) -> frozenset[str]:
    """Return the ids and names of what stands in a folder."""
    root = folder.resolve()
    return frozenset(
        key[0] for key, found in places.items() if len(key) == 1 and Path(found.file).resolve().is_relative_to(root)
    )


class LocalChecker:
    """Checks a corpus for what is limited to provinces and days; `own` are the ids and names of what was added locally."""

    def __init__(self, corpus: Corpus, at: At, today: date, library: Library, own: frozenset[str]) -> None:
        self.corpus = corpus
        self.at = at
        self.today = today
        self.own = own
        self.provinces = list(provinces_of(library))

    def check(self) -> None:
        """Note all problems."""
        for owner, scope in self._scopes():
            self._scope(owner, scope)
        for owner, reviewed in self._reviews():
            check_reviewed(self.at(owner, "reviewed"), reviewed, self.today)
        for change in self.corpus.changes:
            self._change(change)
        self._contradictions()
        self._buttons()
        self._personal()

    def shown(self) -> Shown:
        """Yield what changes and windows show, and who runs the assistant."""
        for change in self.corpus.changes:
            for language, text in change.texts.items():
                for block in text.answer or ():
                    for piece in block.texts:
                        yield change.file, (language, "answer"), piece
                for key, said in (("note", text.note), ("local", text.local)):
                    if said:
                        yield change.file, (language, key), said
        for number, window in enumerate(self.corpus.windows):
            for language, said in window.texts.items():
                yield window_name(number), (language,), said
        for language, name in self.corpus.operator.items():
            yield LOCAL, (language,), name

    def may_show(self, owner: str, link: Link) -> bool:
        """Tell whether this is a local text with an address that is official, or that of an office of the government."""
        known = link.verdict == "official" or (link.verdict == "unknown" and _GOVERNMENT.fullmatch(link.host))
        return bool(known) and owner in self.own

    def phrasing(self, owner: str, language: Language, phrasing: str) -> Field | None:
        """Return the place where a change adds a phrasing to an entry."""
        return next((item for item in self._added(owner, language) if _text(item) == phrasing), None)

    def _added(self, entry: str, language: Language) -> Iterator[Field]:
        for change in self.corpus.changes:
            if change.entry == entry:
                yield from _items(self.at(change.file, language, "phrasings"))

    def _scopes(self) -> Iterator[tuple[str, Scope]]:
        yield from ((entry.id, entry.scope) for entry in self.corpus.entries)
        yield from ((change.file, change.scope) for change in self.corpus.changes)
        yield from ((window_name(number), window.scope) for number, window in enumerate(self.corpus.windows))

    def _reviews(self) -> Iterator[tuple[str, date | None]]:
        yield from ((change.file, change.reviewed) for change in self.corpus.changes)
        yield from ((window_name(number), window.reviewed) for number, window in enumerate(self.corpus.windows))

    def _scope(self, owner: str, scope: Scope) -> None:
        place = self.at(owner, "provinces")
        for province in scope.provinces:
            if not self.provinces:
                place.problem(f'"{province}" cannot be told: the flows have no question "{PROVINCE}"')
            elif province not in self.provinces:
                place.problem(f'there is no province "{province}"' + did_you_mean(province, self.provinces))
        if scope.expired_on(self.today):
            self.at(owner, "valid-until").warning(f"has expired on {scope.valid_until} and is not given any more")

    def _change(self, change: Change) -> None:
        entry = self.corpus.entry(change.entry)
        assert entry is not None
        if not change.scope.meets(entry.scope):
            self.at(change.file).problem(f'changes nothing: "{entry.id}" is never given where and when this change is')
        for language in LANGUAGES:
            own = {exact_key(clean(_text(item))) for item in _items(self.at(entry.id, language, "phrasings"))}
            for item in _items(self.at(change.file, language, "phrasings")):
                if exact_key(clean(_text(item))) in own:
                    item.warning(f'"{_text(item)}" stands under "{entry.id}" anyway')

    def _contradictions(self) -> None:
        """Note where two answers, two last lines or two windows are given in the same place to the same people."""
        for one, other in combinations(self.corpus.changes, 2):
            if one.entry == other.entry and _collide(one.scope, other.scope):
                for key in ("answer", "local"):
                    if _gives(one, key) and _gives(other, key):
                        self.at(other.file, LANGUAGES[0], key).problem(
                            f'"{key}" of "{one.entry}" is changed for the same people at the same time in {one.file}'
                        )
        for (first, window), (second, another) in combinations(enumerate(self.corpus.windows), 2):
            if _collide(window.scope, another.scope):
                self.at(window_name(second)).problem(f"is for the same people at the same time as {window_name(first)}")

    def _buttons(self) -> None:
        """Note the entries whose answer depends on the province and whose id is too long to ask for it."""
        longest = max(len(f"{IN}{province}:".encode()) for province in (*self.provinces, UNSAID))
        changed = {
            change.entry
            for change in self.corpus.changes
            if change.scope.provinces and _gives(change, "note", "answer", "local")
        }
        windows = any(window.scope.provinces for window in self.corpus.windows)
        for entry in self.corpus.entries:
            depends = entry.id in changed or (windows and entry.varies)
            if depends and longest + len(entry.id.encode()) > MAX_BUTTON_DATA:
                self.at(entry.id).problem(f'the id "{entry.id}" is too long for a button that asks for the province')

    def _personal(self) -> None:
        examples: dict[str, Field] = {}
        for owner, path, text in (*self.shown(), *self._own_texts()):
            if "id-number" in mask(text).kinds:
                self.at(owner, *path).problem("shows what looks like somebody's ID number")
            if any(sign in text.casefold() for sign in EXAMPLE):
                examples.setdefault(owner, self.at(owner, *path))
        for place in examples.values():
            place.warning("is still the example, which people would be shown")

    def _own_texts(self) -> Shown:
        """Yield what the local entries show, and the phrasings that were added locally."""
        for entry in self.corpus.entries:
            for language, text in entry.texts.items():
                if entry.id in self.own:
                    pieces = [piece for block in text.answer for piece in block.texts]
                    for said in (text.question, text.summary, *pieces, text.local or "", *text.phrasings):
                        yield entry.id, (language,), said
        for change in self.corpus.changes:
            for language in LANGUAGES:
                for item in _items(self.at(change.file, language, "phrasings")):
                    yield change.file, (language, "phrasings"), _text(item)


def _collide(one: Scope, other: Scope) -> bool:
    """Tell whether two scopes are for the same people on some day; what is for a province goes before what is for everybody."""
    return bool(one.provinces) == bool(other.provinces) and one.meets(other)


def _gives(change: Change, *keys: str) -> bool:
    return any(getattr(text, key) is not None for text in change.texts.values() for key in keys)


def _items(found: Field) -> Sequence[Field]:
    return found.items() if found.is_list() else ()


def _text(item: Field) -> str:
    return item.text() if item.is_text() else ""
