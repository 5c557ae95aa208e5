"""Loads the content and its index, keeping what was built in the platform's cache folder.

A build is one file, named by a hash of everything it was made from: the content's bytes and the matcher's code. So a stale
build is never read, and a missing or broken one is made again silently. Nothing depends on the cache but time.
"""

import hashlib
import tempfile
import time
import zipfile
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from bot.content import Problem, Problems
from bot.errors import ContentError
from bot.faq_files import ENTRIES, content_files, load_corpus
from bot.local_files import unreadable
from faq.building import Built, build
from faq.corpus import Corpus
from faq.gates import Gates, gates_from
from faq.index import FORMAT
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language

KEPT: Final = 4
"""So many builds are kept, the newest; older ones are removed when a new one is written."""
BUILD: Final = ".npz"
MAKING: Final = ".making-"
"""How the names of files begin that are being written."""
LEFT_BEHIND: Final = 3600.0
"""Seconds after which such a file is nobody's any more."""
_UNREADABLE: Final = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.MsgspecError)
"""What reading a missing, truncated or otherwise broken build raises; the file's parts are checked by their CRC."""


@dataclass(frozen=True)
class _Saved:
    corpus: Corpus
    cleaned: dict[Language, tuple[str, ...]]
    exact: dict[str, int]
    english: frozenset[str]
    sounds: dict[str, str]


def load_matcher(folder: Path = ENTRIES, local: Path | None = None, *, cache: Path | None = None) -> Matcher:
    """Return the matcher of a content folder, with what the folder `local` adds, from the cache where that is possible.

    `cache` is the folder for builds; by default the platform's per-user cache folder.

    Raises:
        ContentError: the content has problems, or there is none.
    """
    _check_folders(folder, local)
    gates = load_gates()
    place = (cache or default_cache()) / (fingerprint(folder, local) + BUILD)
    try:
        corpus, built = _read(place)
    except _UNREADABLE:
        corpus = read_corpus(folder, local)
        built = build(corpus)
        _write(place, corpus, built)
    return Matcher(corpus, gates, built)


def read_corpus(folder: Path = ENTRIES, local: Path | None = None) -> Corpus:
    """Return the corpus alone, read from its files.

    Raises:
        ContentError: the content has problems, or there is none.
    """
    _check_folders(folder, local)
    problems = Problems()
    corpus = load_corpus(folder, problems, local=local)
    if problems.errors:
        raise ContentError(_sentence(folder, local, problems.errors)) from None
    return corpus


def load_gates() -> dict[Language, Gates]:
    """Return the fitted gates that come with the project."""
    text = resources.files("faq").joinpath("gates.json").read_text(encoding="utf-8")
    return gates_from(msgspec.json.decode(text, type=dict[str, dict[str, float]]))


def default_cache() -> Path:
    """Return the platform's per-user cache folder."""
    import platformdirs

    return platformdirs.user_cache_path("regbot", appauthor=False)


def fingerprint(folder: Path, local: Path | None = None) -> str:
    """Return the hash of the content's files, the local ones too, and of the code that builds the index from them."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{FORMAT} {' '.join(map(version, ('numpy', 'opencc', 'pypinyin')))}".encode())
    for name, place in (("", folder), *([("local:", local)] if local else [])):
        for path in content_files(place):
            _feed(digest, name + path.relative_to(place).as_posix(), path)
    here = Path(__file__).resolve().parent
    readers = (here / name for name in ("content.py", "entry_files.py", "faq_files.py", "local_files.py"))
    for source in (*sorted(here.parent.joinpath("faq").glob("*.py")), *readers):
        _feed(digest, source.name, source)
    return digest.hexdigest()


def _feed(digest: "hashlib.blake2b", name: str, path: Path) -> None:
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    digest.update(f"\0{name}\0{len(content)}\0".encode(errors="surrogateescape"))
    digest.update(content)


def _check_folders(folder: Path, local: Path | None) -> None:
    if not folder.is_dir():
        raise ContentError(f'the content folder "{folder}" does not exist')
    if local and (trouble := unreadable(local)):
        raise ContentError(f'the folder of local content "{local}" cannot be used: {trouble}')


def _sentence(folder: Path, local: Path | None, errors: list[Problem]) -> str:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    where = f"{folder} and {local}" if local else str(folder)
    return f"the content in {where} has problems: {errors[0]}{more}; `regbot check` lists them all"


def _read(place: Path) -> tuple[Corpus, Built]:
    views: dict[Language, dict[str, NDArray[Any]]] = {language: {} for language in LANGUAGES}
    with place.open("rb") as file, _archive(file) as stored:
        saved = msgspec.msgpack.decode(stored["saved"].tobytes(), type=_Saved)
        for language in LANGUAGES:
            prefix = f"{language}/"
            views[language] = {
                name.removeprefix(prefix): stored[name] for name in stored.files if name.startswith(prefix)
            }
    return saved.corpus, Built(views, saved.cleaned, saved.exact, saved.english, saved.sounds)


def _archive(file: BinaryIO) -> NpzFile:
    archive = np.load(file, allow_pickle=False)
    if not isinstance(archive, NpzFile):
        raise ValueError("this is a single array")  # noqa: TRY004 - the file is wrong, not the code
    return archive


def _write(place: Path, corpus: Corpus, built: Built) -> None:
    """Write a build; a folder that cannot be written only costs the time of building again."""
    saved = _Saved(corpus, dict(built.cleaned), dict(built.exact), built.english, dict(built.sounds))
    arrays = {f"{language}/{name}": array for language, found in built.views.items() for name, array in found.items()}
    arrays["saved"] = np.frombuffer(msgspec.msgpack.encode(saved), dtype=np.uint8)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=MAKING, dir=place.parent, delete=False) as made:
            try:
                np.savez(made, allow_pickle=False, **arrays)
                made.close()
                Path(made.name).replace(place)
            finally:
                Path(made.name).unlink(missing_ok=True)
        _prune(place)
    except OSError:
        return


def _prune(place: Path) -> None:
    for rest in place.parent.glob(f"{MAKING}*"):  # of a process that was killed while it wrote
        if rest.stat().st_mtime < time.time() - LEFT_BEHIND:
            rest.unlink(missing_ok=True)
    builds = sorted(place.parent.glob(f"*{BUILD}"), key=lambda path: (path != place, -path.stat().st_mtime))
    for old in builds[KEPT:]:
        old.unlink(missing_ok=True)
