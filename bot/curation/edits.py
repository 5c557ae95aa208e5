"""What a new phrasing changes in the files of the content: which file, how it is written, and the writing itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from bot.content import shown
from bot.curation.phrasing import CannotAddError, new_change, with_phrasing, with_phrasing_of_change
from bot.errors import ContentError
from bot.faq_files import ENTRIES
from bot.local_files import CHANGES, OWN_ENTRIES, own_entries
from bot.sources import Sources
from faq.corpus import Corpus
from faq.text import Language

_READABLE: Final = 0o666
"""What the user's mask leaves of it is how a new file may be used."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One file of the content, as it is and as it is to be."""

    folder: Path
    """The folder of content that it lies in."""
    name: Path
    """Its place in there."""
    before: bytes | None
    """None for a file that is not there yet."""
    after: bytes

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / self.name


def edit_for(sources: Sources, corpus: Corpus, entry: str, language: Language, phrasing: str, today: date) -> Edit:  # noqa: PLR0913, PLR0917 - what, where, when
    """Return what adds a phrasing to an entry, which the corpus has: in its own file, or in the local content.

    Raises:
        ContentError: The file cannot be read, or is written in a way that a phrasing cannot be added to.
    """
    found = corpus.entry(entry)
    group = found.group if found else ""
    if sources.local is None:
        return _edit(sources.entries or ENTRIES, Path(group, f"{entry}.yaml"), language, phrasing)
    if entry in own_entries(sources.local):
        return _edit(sources.local, Path(OWN_ENTRIES, group, f"{entry}.yaml"), language, phrasing)
    name = Path(CHANGES, f"{entry}.yaml")
    before = _read(sources.local / name)
    if before is None:
        return Edit(sources.local, name, None, new_change(entry, language, phrasing, today).encode())
    with _explained(sources.local / name):
        after = with_phrasing_of_change(before.decode(), entry, language, phrasing)
    return Edit(sources.local, name, before, after.encode())


def write(edit: Edit) -> None:
    """Write a file as it is to be, whole or not at all; how it may be used stays as it is.

    Raises:
        ContentError: It was changed meanwhile, or cannot be written.
    """
    path = edit.path.resolve()
    made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    if _read(path) != edit.before:
        raise ContentError(f"{shown(path)} was changed meanwhile, so nothing was written; try again")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _READABLE), "wb") as file:  # noqa: PTH123
            file.write(edit.after)
            file.flush()
            os.fsync(file.fileno())
        if edit.before is not None:
            made.chmod(path.stat().st_mode)
        made.replace(path)
    except OSError as error:
        raise ContentError(f"{shown(path)} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            made.unlink(missing_ok=True)


def _edit(folder: Path, name: Path, language: Language, phrasing: str) -> Edit:
    before = _read(folder / name)
    if before is None:
        raise ContentError(f"{shown(folder / name)} is not there any more")
    with _explained(folder / name):
        return Edit(folder, name, before, with_phrasing(before.decode(), language, phrasing).encode())


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ContentError(f"{shown(path)} cannot be read: {error.strerror}") from None


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what makes adding impossible into a sentence that names the file."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ContentError(f"{shown(path)}: is not UTF-8 (byte {error.start})") from None
    except CannotAddError as error:
        raise ContentError(f"{shown(path)}: {error}") from None
