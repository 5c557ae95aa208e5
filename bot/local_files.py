"""Reads a folder of local content: what is added to the project's for a province or an employer.

All of it is optional: `entries/<group>/<id>.yaml` and `groups.yaml` (entries of one's own), `changes/<name>.yaml` (of entries
that are there already), `windows.yaml` (whom to ask), `local.yaml` (who runs the assistant), and `lexicon.yaml`,
`sources.yaml` and `out-of-scope/*.yaml`, which are added to the project's.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.content import Field, Problems, shown
from bot.entry_files import GROUPS, LEXICON, OUT_OF_SCOPE, SCOPE, SOURCES, Places, Reader, blocks, scope_at
from faq.corpus import Change, ChangeText, Corpus, Entry, Window
from faq.text import LANGUAGES, Language

OWN_ENTRIES: Final = "entries"
CHANGES: Final = "changes"
WINDOWS: Final = "windows.yaml"
LOCAL: Final = "local.yaml"
LAST: Final = 1_000
"""The place in the menu of a local entry that names none: below the project's."""

_SHOWN: Final = ("note", "answer", "local")
_Phrasings = dict[tuple[str, Language], tuple[str, ...]]
"""The phrasings that changes add, by entry and language."""


def add_local(corpus: Corpus, folder: Path, problems: Problems, places: Places) -> Corpus:
    """Return the corpus with the local content in a folder; what cannot be used is noted in `problems` and left out."""
    if trouble := unreadable(folder):
        problems.add(Field(None, str(folder), "", problems), trouble)
        return corpus
    return _LocalReader(folder, problems, places).added_to(corpus)


def unreadable(folder: Path) -> str | None:
    """Return why a folder cannot be read as a whole, or None when it can."""
    if not folder.is_dir():
        return "it is not a folder" if folder.exists() else "it does not exist"
    errors: list[OSError] = []
    for _ in os.walk(folder, onerror=errors.append):
        pass  # what cannot be listed would be left out in silence
    if errors:
        return f"{errors[0].filename} cannot be read: {errors[0].strerror}"
    # Such as the folder of a disk that is not mounted: all that was added would be missing in silence.
    return None if any(folder.rglob("*.yaml")) else "it holds no content; `regbot local init` makes an example"


def own_entries(folder: Path) -> frozenset[str]:
    """Return the ids of the entries that stand in a folder of local content."""
    return frozenset(path.stem for path in (folder / OWN_ENTRIES).glob("*/*.yaml"))


class _LocalReader(Reader):
    def added_to(self, corpus: Corpus) -> Corpus:
        own = tuple(self.entries(f"{OWN_ENTRIES}/", order=LAST))
        groups = self.groups(own, corpus.groups)
        entries = (*corpus.entries, *own)
        phrasings: _Phrasings = {}
        known = {entry.id: entry for entry in entries}
        changes = tuple(self.changes(known, phrasings))
        self.strange_files()
        return replace(
            corpus,
            groups=groups,
            entries=tuple(_with_phrasings(entry, phrasings) for entry in entries),
            subjects=(*corpus.subjects, *self.subjects()),
            lexicon=self.lexicon(corpus.lexicon),
            sources=(*corpus.sources, *self.sources(corpus.sources)),
            changes=changes,
            windows=tuple(self.windows()),
            operator=self.operator(),
        )

    def changes(self, known: Mapping[str, Entry], phrasings: _Phrasings) -> Iterator[Change]:
        for path, root in self.each(f"{CHANGES}/*.yaml"):
            fields = root.mapping(("entry", "reviewed"), (*SCOPE, *LANGUAGES))
            entry = fields["entry"].text() if "entry" in fields else ""
            if entry and entry not in known:
                fields["entry"].problem(f'there is no entry "{entry}"' + did_you_mean(entry, list(known)))
            name = f"{CHANGES}/{path.name}"
            self.note(name, fields, root)
            texts: dict[Language, ChangeText] = {}
            inner: dict[Language, dict[str, Field]] = {}
            for language in LANGUAGES:
                if language in fields:
                    inner[language] = fields[language].mapping((), (*_SHOWN, "phrasings"))
                    texts[language] = _change_text(inner[language])
                    if added := inner[language].get("phrasings"):
                        have = phrasings.get((entry, language), ())
                        phrasings[entry, language] = (*have, *added.texts())
            _check_pairs(root, fields, inner)
            reviewed = fields["reviewed"].date() if "reviewed" in fields else None
            yield Change(entry, scope_at(fields), texts, reviewed, name)

    def windows(self) -> Iterator[Window]:
        root = self.read(WINDOWS)
        for number, item in enumerate(root.items() if root else []):
            fields = item.mapping(("reviewed", *LANGUAGES), SCOPE)
            self.note(window_name(number), fields, item)
            texts: dict[Language, str] = {lang: fields[lang].text() for lang in LANGUAGES if lang in fields}
            reviewed = fields["reviewed"].date() if "reviewed" in fields else None
            yield Window(scope_at(fields), texts, reviewed)

    def operator(self) -> dict[Language, str]:
        root = self.read(LOCAL)
        name = root.mapping(("name",)).get("name") if root else None
        if name is None:
            return {}
        fields = name.mapping(LANGUAGES)
        self.note(LOCAL, fields, name)
        return {language: fields[language].text() for language in LANGUAGES if language in fields}

    def strange_files(self) -> None:
        """Report what nothing reads, so that a misspelt name is not left out in silence."""
        for path in sorted(
            (*self.folder.rglob("*.yaml"), *self.folder.rglob("*.yml"), *self.folder.rglob("*.yaml.txt"))
        ):
            place = path.relative_to(self.folder).parts
            if any(part.startswith(".") for part in place):  # the folder may be a checkout with files of its tools
                continue
            match place:
                case (name,):
                    known = name in (GROUPS, SOURCES, LEXICON, WINDOWS, LOCAL)
                case (folder, _):
                    known = folder in (CHANGES, OUT_OF_SCOPE)
                case _:
                    known = len(place) == 3 and place[0] == OWN_ENTRIES and place[1] != OUT_OF_SCOPE
            if path.suffix != ".yaml" or not known:
                Field(None, shown(path), "", self.problems).problem(
                    "nothing reads this file; its name or place is wrong"
                )


def window_name(number: int) -> str:
    """Return the name under which the place of a window is noted."""
    return f"{WINDOWS}[{number}]"


def _change_text(fields: Mapping[str, Field]) -> ChangeText:
    return ChangeText(
        note=fields["note"].text() if "note" in fields else None,
        answer=blocks(fields["answer"]) if "answer" in fields else None,
        local=fields["local"].text() if "local" in fields else None,
    )


def _check_pairs(root: Field, fields: Mapping[str, Field], inner: Mapping[Language, Mapping[str, Field]]) -> None:
    """Note what is said in one language only, and a change that changes nothing."""
    if not any(inner.values()):
        root.problem(f"changes nothing; give one of {', '.join((*_SHOWN, 'phrasings'))} in {' and '.join(LANGUAGES)}")
    for key in _SHOWN:
        said = [language for language in LANGUAGES if key in inner.get(language, {})]
        if len(said) == 1:
            other = next(language for language in LANGUAGES if language not in said)
            fields.get(other, root).problem(f'"{key}" is missing; it stands in {said[0]}')


def _with_phrasings(entry: Entry, phrasings: _Phrasings) -> Entry:
    texts = {
        language: replace(text, phrasings=tuple(dict.fromkeys((*text.phrasings, *phrasings[entry.id, language]))))
        for language, text in entry.texts.items()
        if (entry.id, language) in phrasings
    }
    return replace(entry, texts={**entry.texts, **texts}) if texts else entry


def did_you_mean(wanted: str, known: Sequence[str]) -> str:
    """Return the question whether a known name was meant that is like the wanted one, or nothing."""
    from bot.closest import closest

    near = closest(wanted, known)
    return f"; did you mean {near}?" if near else ""
