"""Loads the content and its index, keeping what was built in the platform's cache folder.

The folder of a build is named by a hash of everything it was made from: the content's bytes and the matcher's code. So a
stale cache is never read, and a missing or broken one is rebuilt silently. Nothing depends on the cache but time.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from bot.content import Problem, Problems
from bot.errors import ContentError
from bot.faq_files import ENTRIES, content_files, load_corpus
from faq.corpus import Corpus
from faq.gates import Gates, gates_from
from faq.index import FORMAT
from faq.matcher import Built, Matcher, build
from faq.text import LANGUAGES, Language

KEPT: Final = 4
"""So many builds are kept, the newest; the folders of other content are removed when a new one is written."""


@dataclass(frozen=True)
class _Saved:
    corpus: Corpus
    cleaned: dict[Language, tuple[str, ...]]
    exact: dict[str, int]
    english: frozenset[str]
    sounds: dict[str, str]


def load_matcher(folder: Path = ENTRIES, *, cache: Path | None = None) -> Matcher:
    """Return the matcher of a content folder, from the cache where that is possible.

    `cache` is the folder for builds; by default the platform's per-user cache folder.

    Raises:
        ContentError: the content has problems, or there is none.
    """
    if not folder.is_dir():
        raise ContentError(f'the content folder "{folder}" does not exist')
    gates = load_gates()
    place = (cache or default_cache()) / fingerprint(folder)
    try:
        corpus, built = _read(place)
    except (OSError, ValueError, KeyError, EOFError, msgspec.MsgspecError):
        problems = Problems()
        corpus = load_corpus(folder, problems)
        if problems.errors:
            raise ContentError(_sentence(folder, problems.errors)) from None
        built = build(corpus)
        _write(place, corpus, built)
    return Matcher(corpus, gates, built)


def load_gates() -> dict[Language, Gates]:
    """Return the fitted gates that come with the project."""
    text = resources.files("faq").joinpath("gates.json").read_text(encoding="utf-8")
    return gates_from(msgspec.json.decode(text, type=dict[str, dict[str, float]]))


def default_cache() -> Path:
    """Return the platform's per-user cache folder."""
    import platformdirs

    return platformdirs.user_cache_path("regbot", appauthor=False)


def fingerprint(folder: Path) -> str:
    """Return the hash of the content's files and of the code that builds the index from them."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{FORMAT} {np.__version__}".encode())
    for path in content_files(folder):
        _feed(digest, path.relative_to(folder).as_posix(), path)
    for source in sorted(Path(__file__).resolve().parent.parent.joinpath("faq").glob("*.py")):
        _feed(digest, source.name, source)
    return digest.hexdigest()


def _feed(digest: "hashlib.blake2b", name: str, path: Path) -> None:
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    digest.update(f"\0{name}\0{len(content)}\0".encode())
    digest.update(content)


def _sentence(folder: Path, errors: list[Problem]) -> str:
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"the content in {folder} has problems: {errors[0]}{more}; `regbot check` lists them all"


def _read(place: Path) -> tuple[Corpus, Built]:
    saved = msgspec.msgpack.decode((place / "corpus.msgpack").read_bytes(), type=_Saved)
    views: dict[Language, dict[str, NDArray[Any]]] = {}
    for name in LANGUAGES:
        with np.load(place / f"{name}.npz", allow_pickle=False) as stored:
            arrays: dict[str, NDArray[Any]] = {key: stored[key] for key in stored.files}
        linear = place / f"{name}.linear.npy"
        if linear.exists():
            # The one large array is mapped into memory: a question touches a few hundred of its rows.
            arrays["linear"] = np.load(linear, mmap_mode="r", allow_pickle=False)
        _verify(arrays)
        views[name] = arrays
    return saved.corpus, Built(views, saved.cleaned, saved.exact, saved.english, saved.sounds)


def _verify(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Refuse a build that was cut short: its arrays do not fit each other."""
    terms = len(arrays["weights"])
    fits = len(arrays["starts"]) == terms + 1 and int(arrays["starts"][-1]) == len(arrays["rows"]) == len(
        arrays["values"]
    )
    if not fits or ("linear" in arrays and len(arrays["linear"]) > terms):
        raise ValueError("the arrays do not fit each other")


def _write(place: Path, corpus: Corpus, built: Built) -> None:
    """Write a build; a folder that cannot be written only costs the time of building it again."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
        try:
            for name, arrays in built.views.items():
                small = {key: array for key, array in arrays.items() if key != "linear"}
                np.savez(made / f"{name}.npz", **small)  # type: ignore[arg-type]
                if "linear" in arrays:
                    np.save(made / f"{name}.linear.npy", arrays["linear"])
            saved = _Saved(corpus, dict(built.cleaned), dict(built.exact), built.english, dict(built.sounds))
            (made / "corpus.msgpack").write_bytes(msgspec.msgpack.encode(saved))
            if place.exists():
                shutil.rmtree(place, ignore_errors=True)
            made.replace(place)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        _prune(place)
    except OSError:
        return


def _prune(place: Path) -> None:
    builds = [path for path in place.parent.iterdir() if path.is_dir() and len(path.name) == len(place.name)]
    builds.sort(key=lambda path: (path != place, -path.stat().st_mtime))
    for old in builds[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
