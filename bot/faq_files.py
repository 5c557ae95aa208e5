"""Reads the folder of the FAQ's content into a corpus.

The folder holds `groups.yaml`, `sources.yaml`, `lexicon.yaml`, `small-talk.yaml`, `out-of-scope/*.yaml` and one file an
entry in `<group>/<id>.yaml`. Only the entries are required, so that a small folder is a corpus as well.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.content import Field, Problems, read_yaml, shown
from faq.corpus import (
    BLOCK_KINDS,
    Block,
    Concept,
    Corpus,
    Entry,
    EntryText,
    Fact,
    Group,
    Lexicon,
    SmallTalk,
    SmallTalkText,
    Source,
    SourcePart,
    Subject,
    SubjectText,
)
from faq.text import LANGUAGES, Language

ENTRIES: Final = Path(__file__).resolve().parent.parent / "faq" / "entries"
"""The folder of the content that comes with the project."""

GROUPS, SOURCES, LEXICON, SMALL_TALK = "groups.yaml", "sources.yaml", "lexicon.yaml", "small-talk.yaml"
OUT_OF_SCOPE: Final = "out-of-scope"

MAX_QUESTION: Final = 120
MAX_SUMMARY: Final = 100
"""Characters; a summary has to fit one line of a list."""


def content_files(folder: Path) -> list[Path]:
    """Return the content's files in a fixed order; their bytes decide what is built from them."""
    return sorted(path for path in folder.rglob("*.yaml") if path.is_file())


Places = dict[tuple[str, ...], Field]
"""Where things stand in the files: (id,), (id, key) and (id, language, key) of entries, subjects and small talk; groups have
("", id)."""


def load_corpus(folder: Path, problems: Problems, places: Places | None = None) -> Corpus:
    """Read all content in the folder; what cannot be used is noted in `problems` and left out.

    `places` is filled with the places of what was read, for checks that look at the whole corpus afterwards.
    """
    reader = _Reader(folder, problems, places if places is not None else {})
    entries = tuple(reader.entries())
    if not entries:
        problems.add(Field(None, str(folder), "", problems), "holds no entries (expected <group>/<id>.yaml)")
    else:
        reader.strangers()
    return Corpus(
        groups=reader.groups(entries),
        entries=entries,
        subjects=tuple(reader.subjects()),
        small_talk=tuple(reader.small_talk()),
        lexicon=reader.lexicon(),
        sources=tuple(reader.sources()),
    )


class _Reader:
    def __init__(self, folder: Path, problems: Problems, places: Places) -> None:
        self.folder = folder
        self.problems = problems
        self.places = places

    def _note(self, owner: str, fields: dict[str, Field], root: Field) -> None:
        if not owner:
            return
        if (owner,) in self.places:
            root.problem(f'the id "{owner}" is used twice, also in {self.places[(owner,)].file}')
        self.places[(owner,)] = root
        for key, found in fields.items():
            self.places[(owner, key)] = found
            if key in LANGUAGES:
                self.places.update({(owner, key, inner): value for inner, value in found.peek()})

    def _read(self, name: str) -> Field | None:
        path = self.folder / name
        return read_yaml(path, shown(path), self.problems) if path.is_file() else None

    def strangers(self) -> None:
        """Report files whose place or name nothing reads, so that a misspelt one is not left out in silence."""
        for path in sorted((*self.folder.rglob("*.yaml"), *self.folder.rglob("*.yml"))):
            place = path.relative_to(self.folder)
            known = len(place.parts) == 2 or place.name in (GROUPS, SOURCES, LEXICON, SMALL_TALK)
            if path.suffix != ".yaml" or not known or len(place.parts) > 2:
                Field(None, shown(path), "", self.problems).problem(
                    "nothing reads this file; its name or place is wrong"
                )

    def groups(self, entries: tuple[Entry, ...]) -> tuple[Group, ...]:
        listed: list[Group] = []
        root = self._read(GROUPS)
        for item in root.items() if root else []:
            fields = item.mapping(("id", *LANGUAGES), ("reminders",))
            titles: dict[Language, str] = {lang: fields[lang].text() for lang in LANGUAGES if lang in fields}
            reminders = fields["reminders"].truth() if "reminders" in fields else False
            listed.append(Group(_once(fields, {group.id for group in listed}), titles, reminders))
            self.places["", listed[-1].id] = item
        known = {group.id for group in listed}
        for entry in entries:
            if entry.group not in known:
                known.add(entry.group)
                listed.append(Group(entry.group, dict.fromkeys(LANGUAGES, entry.group)))
                self.places["", entry.group] = self.places.get((entry.id,), Field(None, entry.group, "", self.problems))
                if root:
                    root.problem(f'the folder "{entry.group}" is not listed here')
        return tuple(listed)

    def sources(self) -> Iterator[Source]:
        root = self._read(SOURCES)
        known: set[str] = set()
        for item in root.items() if root else []:
            fields = item.mapping(("id", "title"), ("date", "note"))
            dated = fields["date"].text() if "date" in fields and fields["date"].is_text() else None
            note = fields["note"].text() if "note" in fields else None
            source = _once(fields, known)
            known.add(source)
            yield Source(source, _text(fields, "title"), dated, note)

    def lexicon(self) -> Lexicon:
        root = self._read(LEXICON)
        if root is None:
            return Lexicon()
        fields = root.mapping(("concepts",), ("filler",))
        concepts = []
        owners: dict[tuple[Language, str], str] = {}
        for name, concept in fields["concepts"].pairs() if "concepts" in fields else ():
            words = _by_language(concept)
            for language, found in words.items():
                for word in found:
                    owner = owners.setdefault((language, word), name)
                    if owner != name:
                        concept.problem(f'"{word}" already belongs to the concept "{owner}"')
            concepts.append(Concept(name, words))
        return Lexicon(tuple(concepts), _by_language(fields["filler"]) if "filler" in fields else {})

    def small_talk(self) -> Iterator[SmallTalk]:
        root = self._read(SMALL_TALK)
        for item in root.items() if root else []:
            fields = item.mapping(("id", *LANGUAGES))
            texts: dict[Language, SmallTalkText] = {}
            for language in LANGUAGES:
                if language in fields:
                    said = fields[language].mapping(("reply", "phrasings"))
                    texts[language] = SmallTalkText(_text(said, "reply"), _texts(said, "phrasings"))
            kind = _text(fields, "id")
            self._note(kind, fields, item)
            yield SmallTalk(kind, texts)

    def subjects(self) -> Iterator[Subject]:
        for path in sorted((self.folder / OUT_OF_SCOPE).glob("*.yaml")):
            root = read_yaml(path, shown(path), self.problems)
            for item in root.items() if root else []:
                fields = item.mapping(("id", *LANGUAGES))
                texts: dict[Language, SubjectText] = {}
                for language in LANGUAGES:
                    if language in fields:
                        about = fields[language].mapping(("title", "pointer", "phrasings"))
                        texts[language] = SubjectText(
                            _text(about, "title"), _text(about, "pointer"), _texts(about, "phrasings")
                        )
                subject = _text(fields, "id")
                self._note(subject, fields, item)
                yield Subject(subject, path.stem, texts)

    def entries(self) -> Iterator[Entry]:
        for path in sorted(self.folder.glob("*/*.yaml")):
            if path.parent.name == OUT_OF_SCOPE:
                continue
            root = read_yaml(path, shown(path), self.problems)
            if root is not None:
                yield self._entry(root, path)

    def _entry(self, root: Field, path: Path) -> Entry:
        fields = root.mapping(
            ("id", *LANGUAGES), ("order", "varies", "related", "flow", "reviewed", "sources", "facts", "curator_note")
        )
        entry_id = _text(fields, "id")
        if entry_id and entry_id != path.stem:
            fields["id"].problem(f'"{entry_id}" is not the file\'s name "{path.stem}"')
        self._note(entry_id, fields, root)
        texts = {language: _entry_text(fields[language]) for language in LANGUAGES if language in fields}
        facts = []
        for item in fields["facts"].items() if "facts" in fields else []:
            fact = item.mapping(("states", *LANGUAGES))
            excerpts: dict[Language, str] = {lang: fact[lang].text() for lang in LANGUAGES if lang in fact}
            facts.append(Fact(_text(fact, "states"), excerpts))
        sources = []
        for item in fields["sources"].items() if "sources" in fields else []:
            part = item.mapping(("document", "part"))
            sources.append(SourcePart(_text(part, "document"), _text(part, "part")))
        return Entry(
            id=entry_id or path.stem,
            group=path.parent.name,
            order=fields["order"].integer() if "order" in fields else 0,
            texts=texts,
            varies=fields["varies"].truth() if "varies" in fields else False,
            related=_texts(fields, "related"),
            flow=fields["flow"].text() if "flow" in fields else None,
            sources=tuple(sources),
            facts=tuple(facts),
            reviewed=fields["reviewed"].date() if "reviewed" in fields else None,
            curator_note=fields["curator_note"].text() if "curator_note" in fields else None,
        )


def _entry_text(found: Field) -> EntryText:
    fields = found.mapping(("question", "summary", "answer", "phrasings"), ("local",))
    answer = tuple(_block(item) for item in fields["answer"].items()) if "answer" in fields else ()
    if "answer" in fields and not answer:
        fields["answer"].problem("is empty")
    return EntryText(
        question=fields["question"].text(MAX_QUESTION) if "question" in fields else "",
        summary=fields["summary"].text(MAX_SUMMARY) if "summary" in fields else "",
        answer=answer,
        phrasings=_texts(fields, "phrasings"),
        local=fields["local"].text() if "local" in fields else None,
    )


def _block(item: Field) -> Block:
    if item.is_text():
        return Block("paragraph", (item.text(),))
    fields = item.mapping((), BLOCK_KINDS[1:])
    if len(fields) != 1:
        item.problem(f"expected a paragraph, or one of {', '.join(BLOCK_KINDS[1:])}")
        return Block("paragraph", ("",))
    kind, value = next(iter(fields.items()))
    for known in BLOCK_KINDS[1:]:
        if known == kind:
            return Block(known, (value.text(),) if kind == "note" else value.texts())
    raise AssertionError(kind)


def _text(fields: dict[str, Field], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _once(fields: dict[str, Field], known: set[str]) -> str:
    """Return the id, which must not be among those known already."""
    found = _text(fields, "id")
    if found in known:
        fields["id"].problem(f'"{found}" is listed twice')
    return found


def _texts(fields: dict[str, Field], key: str) -> tuple[str, ...]:
    return fields[key].texts() if key in fields else ()


def _by_language(found: Field) -> dict[Language, tuple[str, ...]]:
    fields = found.mapping((), LANGUAGES)
    return {language: fields[language].texts() for language in LANGUAGES if language in fields}
