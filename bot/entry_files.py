"""Reads the parts of a folder of content: entries, groups, sources, words, small talk, what is out of scope."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bot.content import Field, Problems, read_yaml, shown
from faq.corpus import (
    BLOCK_KINDS,
    Block,
    Concept,
    Entry,
    EntryText,
    Fact,
    Group,
    Lexicon,
    Scope,
    SmallTalk,
    SmallTalkText,
    Source,
    SourcePart,
    Subject,
    SubjectText,
)
from faq.text import LANGUAGES, Language

GROUPS, SOURCES, LEXICON, SMALL_TALK = "groups.yaml", "sources.yaml", "lexicon.yaml", "small-talk.yaml"
OUT_OF_SCOPE: Final = "out-of-scope"
SCOPE: Final = ("provinces", "valid-from", "valid-until")
"""The keys that say for whom something is, and when."""

MAX_QUESTION: Final = 120
MAX_SUMMARY: Final = 100
"""Characters; a summary has to fit one line of a list."""

Places = dict[tuple[str, ...], Field]
"""Where things stand in the files: (id,), (id, key) and (id, language, key) of entries, subjects and small talk; groups have
("", id). Local changes stand under their file, windows under that and their number."""


class Reader:
    """Reads the parts of a folder of content; what cannot be used is noted as a problem and left out."""

    def __init__(self, folder: Path, problems: Problems, places: Places) -> None:
        self.folder = folder
        self.problems = problems
        self.places = places

    def note(self, owner: str, fields: dict[str, Field], root: Field) -> None:
        """Note where something stands; an id that was noted before is a problem."""
        if not owner:
            return
        if (owner,) in self.places:
            root.problem(f'the id "{owner}" is used twice, also in {self.places[(owner,)].file}')
        self.places[(owner,)] = root
        for key, found in fields.items():
            self.places[(owner, key)] = found
            if key in LANGUAGES:
                self.places.update({(owner, key, inner): value for inner, value in found.peek()})

    def read(self, name: str) -> Field | None:
        """Return what stands in a file of the folder, or None when there is none."""
        path = self.folder / name
        return read_yaml(path, shown(path), self.problems) if path.is_file() else None

    def each(self, pattern: str, but: str | None = None) -> Iterator[tuple[Path, Field]]:
        """Yield the files of the folder with such a name, and what stands in them; those in a folder named `but` are left out."""
        for path in sorted(self.folder.glob(pattern)):
            root = read_yaml(path, shown(path), self.problems) if path.parent.name != but else None
            if root is not None:
                yield path, root

    def groups(self, entries: Iterable[Entry], known: Sequence[Group] = ()) -> tuple[Group, ...]:
        """Return the groups: those `known` already, those that are listed here, those that only the entries name."""
        groups = [*known]
        root = self.read(GROUPS)
        for item in root.items() if root else []:
            fields = item.mapping(("id", *LANGUAGES), ("reminders",))
            titles: dict[Language, str] = {lang: fields[lang].text() for lang in LANGUAGES if lang in fields}
            reminders = fields["reminders"].truth() if "reminders" in fields else False
            groups.append(Group(_once(fields, {group.id for group in groups}), titles, reminders))
            self.places["", groups[-1].id] = item
        listed = {group.id for group in groups}
        for entry in entries:
            if entry.group not in listed:
                listed.add(entry.group)
                groups.append(Group(entry.group, dict.fromkeys(LANGUAGES, entry.group)))
                here = self.places.get((entry.id,), Field(None, entry.group, "", self.problems))
                self.places["", entry.group] = here
                if root:
                    root.problem(f'the folder "{entry.group}" is not listed here')
                elif known:
                    here.problem(f'there is no group "{entry.group}"; known: {", ".join(group.id for group in known)}')
        return tuple(groups)

    def sources(self, known: Iterable[Source] = ()) -> Iterator[Source]:
        """Yield the documents that are listed here, none of those `known` already."""
        root = self.read(SOURCES)
        listed = {source.id for source in known}
        for item in root.items() if root else []:
            fields = item.mapping(("id", "title"), ("date", "note"))
            dated = fields["date"].text() if "date" in fields and fields["date"].is_text() else None
            note = fields["note"].text() if "note" in fields else None
            source = _once(fields, listed)
            listed.add(source)
            yield Source(source, _text(fields, "title"), dated, note)

    def lexicon(self, known: Lexicon | None = None) -> Lexicon:
        """Return the lexicon, added to the one `known` already."""
        known = known or Lexicon()
        root = self.read(LEXICON)
        if root is None:
            return known
        fields = root.mapping(("concepts",), ("filler",))
        concepts = {concept.name: concept.words for concept in known.concepts}
        owners = {
            (language, word): name
            for name, words in concepts.items()
            for language, found in words.items()
            for word in found
        }
        for name, concept in fields["concepts"].pairs() if "concepts" in fields else ():
            words = _by_language(concept)
            for language, found in words.items():
                for word in found:
                    owner = owners.setdefault((language, word), name)
                    if owner != name:
                        concept.problem(f'"{word}" already belongs to the concept "{owner}"')
            concepts[name] = _together(concepts.get(name, {}), words)
        filler = _together(known.filler, _by_language(fields["filler"]) if "filler" in fields else {})
        return Lexicon(tuple(Concept(name, words) for name, words in concepts.items()), filler)

    def small_talk(self) -> Iterator[SmallTalk]:
        """Yield the kinds of small talk."""
        root = self.read(SMALL_TALK)
        for item in root.items() if root else []:
            fields = item.mapping(("id", *LANGUAGES))
            texts: dict[Language, SmallTalkText] = {}
            for language in LANGUAGES:
                if language in fields:
                    said = fields[language].mapping(("reply", "phrasings"))
                    texts[language] = SmallTalkText(_text(said, "reply"), _texts(said, "phrasings"))
            kind = _text(fields, "id")
            self.note(kind, fields, item)
            yield SmallTalk(kind, texts)

    def subjects(self) -> Iterator[Subject]:
        """Yield what is out of scope; a file's name is its area."""
        for path, root in self.each(f"{OUT_OF_SCOPE}/*.yaml"):
            for item in root.items():
                fields = item.mapping(("id", *LANGUAGES))
                texts: dict[Language, SubjectText] = {}
                for language in LANGUAGES:
                    if language in fields:
                        about = fields[language].mapping(("title", "pointer", "phrasings"))
                        texts[language] = SubjectText(
                            _text(about, "title"), _text(about, "pointer"), _texts(about, "phrasings")
                        )
                subject = _text(fields, "id")
                self.note(subject, fields, item)
                yield Subject(subject, path.stem, texts)

    def entries(self, below: str = "", *, order: int = 0) -> Iterator[Entry]:
        """Yield the entries in the folder, or in one below it; `order` is the place of those that name none."""
        for path, root in self.each(f"{below}*/*.yaml", but=OUT_OF_SCOPE):
            yield self._entry(root, path, order)

    def _entry(self, root: Field, path: Path, order: int) -> Entry:
        keys = ("order", "varies", "related", "flow", "reviewed", "sources", "facts", "curator_note", *SCOPE)
        fields = root.mapping(("id", *LANGUAGES), keys)
        entry_id = _text(fields, "id")
        if entry_id and entry_id != path.stem:
            fields["id"].problem(f'"{entry_id}" is not the file\'s name "{path.stem}"')
        self.note(entry_id, fields, root)
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
            order=fields["order"].integer() if "order" in fields else order,
            texts=texts,
            varies=fields["varies"].truth() if "varies" in fields else False,
            related=_texts(fields, "related"),
            flow=fields["flow"].text() if "flow" in fields else None,
            sources=tuple(sources),
            facts=tuple(facts),
            reviewed=fields["reviewed"].date() if "reviewed" in fields else None,
            curator_note=fields["curator_note"].text() if "curator_note" in fields else None,
            scope=scope_at(fields),
        )


def _entry_text(found: Field) -> EntryText:
    fields = found.mapping(("question", "summary", "answer", "phrasings"), ("local",))
    return EntryText(
        question=fields["question"].text(MAX_QUESTION) if "question" in fields else "",
        summary=fields["summary"].text(MAX_SUMMARY) if "summary" in fields else "",
        answer=blocks(fields["answer"]) if "answer" in fields else (),
        phrasings=_texts(fields, "phrasings"),
        local=fields["local"].text() if "local" in fields else None,
    )


def scope_at(fields: dict[str, Field]) -> Scope:
    """Return for whom something is, and when."""
    provinces = _texts(fields, "provinces")
    if "provinces" in fields and fields["provinces"].is_list() and not provinces:
        fields["provinces"].problem("is empty; leave it out for everybody")
    first = fields["valid-from"].date() if "valid-from" in fields else None
    last = fields["valid-until"].date() if "valid-until" in fields else None
    if first and last and last < first:
        fields["valid-until"].problem(f'{last} lies before "valid-from", {first}')
    return Scope(provinces, first, last)


def blocks(found: Field) -> tuple[Block, ...]:
    """Return an answer's pieces; an answer without any is a problem."""
    answer = tuple(_block(item) for item in found.items())
    if not answer:
        found.problem("is empty")
    return answer


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


def _together(
    known: Mapping[Language, tuple[str, ...]], added: Mapping[Language, tuple[str, ...]]
) -> dict[Language, tuple[str, ...]]:
    """Return the words by language, each of them once."""
    return {
        language: tuple(dict.fromkeys((*known.get(language, ()), *added.get(language, ()))))
        for language in LANGUAGES
        if language in known or language in added
    }
