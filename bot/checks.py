"""The checks that look at the whole content: references, facts, addresses, phrasings of two entries that are alike.

What is wrong with a single value is found while reading (`bot.content`, `bot.faq_files`).
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from bot import flow_checks
from bot.content import Field, Problems
from bot.entry_files import Places
from bot.faq_files import load_corpus
from bot.flow_files import LIBRARY, load_library
from bot.local_checks import MIN_PHRASINGS as MIN_LOCAL_PHRASINGS
from bot.local_checks import LocalChecker, owners_in
from bot.messages import MAX_BUTTON_DATA
from bot.reminders.reading import RULES, read_rules
from bot.replies import GROUP, UNHELPFUL
from bot.reviews import check_documents, check_reviewed
from faq.corpus import Corpus, Entry, EntryText
from faq.links import find_links
from faq.text import LANGUAGES, Language, clean, exact_key
from flows.definition import Library

MIN_PHRASINGS: Final = 25
"""Phrasings that an entry needs in each language."""
MAX_LABEL: Final = 100
"""Characters of a question; longer ones do not fit a button."""
ALIKE: Final = 93
"""From this similarity (rapidfuzz ratio, 0 to 100) on, two phrasings are near-duplicates."""
ADDRESS_ENTRY: Final = "portal-address"
"""The one entry that may show addresses."""
GARBLED: Final = ("65438", "165438")
"""What a conversion error made of dates in the source documents; no text may show it."""


def check_content(  # noqa: PLR0913 - one for each place where content lies
    folder: Path,
    today: date,
    flows: Path = LIBRARY,
    reminders: Path | None = None,
    *,
    local: Path | None = None,
    check_flows: bool = False,
) -> Problems:
    """Return all problems of the content in the folder; `today` is the day by which reviews are judged.

    What the folder `local` adds is checked with it. The flows in the folder `flows` are those that entries may lead to; with `check_flows` they are checked as well. The
    reminders in the file `reminders` are checked, the project's with the project's flows.
    """
    problems = Problems()
    if not folder.is_dir():
        problems.add(Field(None, str(folder), "", problems), "this folder does not exist")
        return problems
    places: Places = {}
    corpus = load_corpus(folder, problems, places, local)
    if check_flows:
        library = flow_checks.check_flows(flows, corpus, today, problems)
    else:
        library = load_library(flows, Problems())
    if reminders or (check_flows and flows == LIBRARY):  # the project's reminders are about the project's flows
        read_rules(reminders or RULES, problems, library)
    if problems.errors:
        return problems
    checker = _Checker(corpus, places, today, library, owners_in(places, local) if local else frozenset())
    for entry in corpus.entries:
        checker.entry(entry)
    checker.menus()
    checker.shown_texts()
    checker.phrasings()
    checker.local.check()
    return problems


class _Checker:
    def __init__(self, corpus: Corpus, places: Places, today: date, library: Library, own: frozenset[str]) -> None:
        self.flows = [flow.id for flow in library.flows]
        self.corpus = corpus
        self.places = places
        self.today = today
        self.own = own
        self.local = LocalChecker(corpus, self._at, today, library, own)

    def _at(self, owner: str, *path: str) -> Field:
        """Return the most exact known place of something."""
        while (owner, *path) not in self.places:
            path = path[:-1]
        return self.places[(owner, *path)]

    def entry(self, entry: Entry) -> None:
        self._review(entry)
        self._references(entry)
        for language, text in entry.texts.items():
            self._text(entry, language, text)

    def _review(self, entry: Entry) -> None:
        here = self._at(entry.id)
        for field, value in (("facts", entry.facts), ("sources", entry.sources), ("reviewed", entry.reviewed)):
            if not value and (field == "reviewed" or entry.id not in self.own):
                here.problem(f'"{field}" is missing')
        check_reviewed(self._at(entry.id, "reviewed"), entry.reviewed, self.today)
        if len((UNHELPFUL + entry.id).encode()) > MAX_BUTTON_DATA:
            here.problem(f'the id "{entry.id}" is too long for a button')
        if not flow_checks.LINKABLE.fullmatch(entry.id):
            here.problem(f'the id "{entry.id}" has characters that no link can carry')

    def _references(self, entry: Entry) -> None:
        if entry.flow is not None and entry.flow not in self.flows:
            self._at(entry.id, "flow").problem(f'there is no flow "{entry.flow}"; known: {", ".join(self.flows)}')
        related = self._at(entry.id, "related")
        for other in entry.related:
            if other == entry.id:
                related.problem("an entry is not related to itself")
            elif self.corpus.entry(other) is None:
                related.problem(f'there is no entry "{other}"')
        check_documents(self._at(entry.id, "sources"), (part.document for part in entry.sources), self.corpus)

    def _text(self, entry: Entry, language: Language, text: EntryText) -> None:
        place = self._at(entry.id, language)
        least = MIN_LOCAL_PHRASINGS if entry.id in self.own else MIN_PHRASINGS
        if len(text.phrasings) < least:
            self._at(entry.id, language, "phrasings").problem(
                f"has {len(text.phrasings)} phrasings, at least {least} are needed"
            )
        if len(text.question) > MAX_LABEL:
            self._at(entry.id, language, "question").problem(
                f"has {len(text.question)} characters, a button takes {MAX_LABEL}"
            )
        if entry.varies and not text.local:
            place.problem('"local" is missing: the rule varies, so the answer has to say whom to ask')
        if text.local and not entry.varies:
            self._at(entry.id, language, "local").problem('stands here although "varies" is not true')
        shown = [piece for block in text.answer for piece in block.texts] + ([text.local] if text.local else [])
        for fact in entry.facts:
            excerpt = fact.excerpts.get(language, "")
            if not any(excerpt in piece for piece in shown):
                self._at(entry.id, "facts").problem(f'the {language} answer does not say "{excerpt}" ({fact.states})')

    def menus(self) -> None:
        for group in self.corpus.groups:
            if len((GROUP + group.id).encode()) > MAX_BUTTON_DATA:
                self._at("", group.id).problem(f'the group "{group.id}" has too long an id for a button')
        orders: dict[tuple[str, int], str] = {}
        for entry in self.corpus.entries:
            if entry.id in self.own:  # beside the project's, which may change their places without asking
                continue
            first = orders.setdefault((entry.group, entry.order), entry.id)
            if first != entry.id:
                self._at(entry.id, "order").problem(f'{entry.order} is already the place of "{first}" in this group')

    def shown_texts(self) -> None:
        address = self.corpus.entry(ADDRESS_ENTRY)
        known = "\n".join(text for _, text in _shown(address)) if address else ""
        for owner, field, text in self._everything_shown():
            place = self._at(owner, *field)
            for garbled in GARBLED:
                if garbled in text:
                    place.problem(f'shows garbled text ("{garbled}...")')
                    break
            for link in find_links(text):
                if self.local.may_show(owner, link):
                    continue
                if link.verdict != "official":
                    place.problem(f'shows the address "{link.text}", which is not an official one')
                elif owner != ADDRESS_ENTRY and address and link.text.rstrip("/") not in known:
                    place.problem(f'shows the address "{link.text}", which is not the one in "{ADDRESS_ENTRY}"')

    def _everything_shown(self) -> Iterator[tuple[str, tuple[str, ...], str]]:
        for entry in self.corpus.entries:
            for field, text in _shown(entry):
                yield entry.id, field, text
        for subject in self.corpus.subjects:
            for language, about in subject.texts.items():
                yield subject.id, (language, "pointer"), about.pointer
        for talk in self.corpus.small_talk:
            for language, said in talk.texts.items():
                yield talk.id, (language, "reply"), said.reply
        yield from self.local.shown()

    def phrasings(self) -> None:
        """Report phrasings that stand under two labels, alike to the letter (an error) or nearly so (a warning)."""
        for language in LANGUAGES:
            seen: dict[str, tuple[str, str]] = {}
            for _, owner, phrasing in self.corpus.phrasings(language):
                key = exact_key(clean(phrasing))
                other, text = seen.setdefault(key, (owner, phrasing))
                if other != owner:
                    self._phrasing(owner, language, phrasing).problem(
                        f'"{phrasing}" already stands under "{other}"' + (f' as "{text}"' if text != phrasing else "")
                    )
            self._alike(language, {key: found for key, found in seen.items() if key})

    def _alike(self, language: Language, seen: dict[str, tuple[str, str]]) -> None:
        import numpy as np
        from rapidfuzz import fuzz, process

        keys = sorted(seen, key=len)
        for start in range(0, len(keys), 1000):
            rows = keys[start : start + 1000]
            # A ratio of ALIKE allows a difference in length of one seventh at most; the keys are sorted by length.
            longest = len(rows[-1]) * 100 // (2 * ALIKE - 100) + 1
            columns = [key for key in keys[start:] if len(key) <= longest]
            scores = process.cdist(rows, columns, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8, workers=-1)
            for row, column in zip(*np.nonzero(scores), strict=True):
                (owner, phrasing), (other, text) = seen[rows[row]], seen[columns[column]]
                if column > row and owner != other:
                    self._phrasing(owner, language, phrasing).warning(
                        f'"{phrasing}" is nearly "{text}" under "{other}"'
                    )

    def _phrasing(self, owner: str, language: Language, phrasing: str) -> Field:
        listed = self._at(owner, language, "phrasings")
        found = next((item for item in listed.items() if item.is_text() and item.text() == phrasing), None)
        return found or self.local.phrasing(owner, language, phrasing) or listed


def _shown(entry: Entry) -> Iterator[tuple[tuple[str, ...], str]]:
    for language, text in entry.texts.items():
        yield (language, "question"), text.question
        yield (language, "summary"), text.summary
        for block in text.answer:
            for piece in block.texts:
                yield (language, "answer"), piece
        if text.local:
            yield (language, "local"), text.local
