"""Reads the folder of the FAQ's content into a corpus, with what is added locally.

The folder holds `groups.yaml`, `sources.yaml`, `lexicon.yaml`, `small-talk.yaml`, `out-of-scope/*.yaml` and one file an
entry in `<group>/<id>.yaml`. Only the entries are required, so that a small folder is a corpus as well. What may stand in
a folder of local content is told in `bot.local_files`.
"""

from pathlib import Path
from typing import Final

from bot.content import Field, Problems, shown
from bot.entry_files import GROUPS, LEXICON, SMALL_TALK, SOURCES, Places, Reader
from bot.local_files import add_local
from faq.corpus import Corpus

ENTRIES: Final = Path(__file__).resolve().parent.parent / "faq" / "entries"
"""The folder of the content that comes with the project."""


def content_files(folder: Path) -> list[Path]:
    """Return the content's files in a fixed order; their bytes decide what is built from them."""
    return sorted(path for path in folder.rglob("*.yaml") if path.is_file())


def load_corpus(folder: Path, problems: Problems, places: Places | None = None, local: Path | None = None) -> Corpus:
    """Read all content in the folder, and in the folder `local` what is added to it.

    What cannot be used is noted in `problems` and left out. `places` is filled with the places of what was read, for checks
    that look at the whole corpus afterwards.
    """
    places = places if places is not None else {}
    reader = Reader(folder, problems, places)
    entries = tuple(reader.entries())
    if not entries:
        problems.add(Field(None, str(folder), "", problems), "holds no entries (expected <group>/<id>.yaml)")
    else:
        _strangers(folder, problems)
    corpus = Corpus(
        groups=reader.groups(entries),
        entries=entries,
        subjects=tuple(reader.subjects()),
        small_talk=tuple(reader.small_talk()),
        lexicon=reader.lexicon(),
        sources=tuple(reader.sources()),
    )
    return corpus if local is None else add_local(corpus, local, problems, places)


def _strangers(folder: Path, problems: Problems) -> None:
    """Report files whose place or name nothing reads, so that a misspelt one is not left out in silence."""
    for path in sorted((*folder.rglob("*.yaml"), *folder.rglob("*.yml"), *folder.rglob("*.yaml.txt"))):
        place = path.relative_to(folder)
        known = len(place.parts) == 2 or place.name in (GROUPS, SOURCES, LEXICON, SMALL_TALK)
        if path.suffix != ".yaml" or not known or len(place.parts) > 2:
            Field(None, shown(path), "", problems).problem("nothing reads this file; its name or place is wrong")
