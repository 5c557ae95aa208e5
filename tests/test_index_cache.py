"""The cache of built indexes: it saves time and changes nothing, whatever happens to its files."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import index_cache
from bot.errors import ContentError
from bot.index_cache import BUILD, KEPT, LEFT_BEHIND, MAKING, default_cache, fingerprint, load_matcher
from faq.building import Built, build
from faq.corpus import Corpus
from faq.matcher import Match, Matcher

QUESTIONS = ("照片怎么准备", "关于的规定", "the form", "who deals with it", "蚂蚁搬家", "你好", "考试分数", "...")

Edit = Callable[[str, str, str], None]


@pytest.fixture(name="cache")
def _cache(tmp_path: Path) -> Path:
    return tmp_path / "builds"


@pytest.fixture(name="builds")
def _builds(monkeypatch: pytest.MonkeyPatch) -> list[Corpus]:
    """Return the corpora that were built from now on."""
    built: list[Corpus] = []

    def counted(corpus: Corpus) -> Built:
        built.append(corpus)
        return build(corpus)

    monkeypatch.setattr(index_cache, "build", counted)
    return built


def matches(matcher: Matcher) -> list[Match]:
    return [matcher.match(question, explain=True) for question in QUESTIONS]


def save_small_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def save_other_arrays(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, saved=np.zeros(3))


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_written_and_read(folder: Path, cache: Path, builds: list[Corpus]) -> None:
    """The first start writes the cache, the next one reads it; both find the same."""
    first = load_matcher(folder, cache=cache)
    second = load_matcher(folder, cache=cache)

    assert len(builds) == 1
    assert [path.name for path in cache.iterdir()] == [fingerprint(folder) + BUILD]
    assert second.corpus == first.corpus
    assert matches(second) == matches(first)


def test_default_place(folder: Path, tmp_path: Path) -> None:
    """Without a place given, the cache is the platform's per-user folder."""
    load_matcher(folder)

    assert default_cache() == tmp_path / "cache" / "regbot"
    assert (default_cache() / (fingerprint(folder) + BUILD)).is_file()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "papers/form.yaml").write_bytes(b""), id="changed"),
        pytest.param(lambda folder: (folder / "papers/form.yaml").unlink(), id="removed"),
        pytest.param(lambda folder: (folder / "papers/x.yaml").write_bytes(b""), id="added"),
        pytest.param(lambda folder: (folder / "papers").rename(folder / "paper"), id="renamed"),
        pytest.param(
            lambda folder: (folder / "papers/form.yaml").write_bytes(
                (folder / "papers/form.yaml").read_bytes().replace(b"order: 2", b"order: 3")
            ),
            id="one-byte",
        ),
    ],
)
def test_fingerprint(folder: Path, change: Callable[[Path], object]) -> None:
    """Every change of a file has a fingerprint of its own; what does not change keeps it."""
    before = fingerprint(folder)
    assert fingerprint(folder) == before

    change(folder)

    assert fingerprint(folder) != before


def test_unreadable_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened has a fingerprint as well: the reader reports it afterwards."""
    before = fingerprint(folder)
    opened = Path.open

    def refused(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "form.yaml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refused)

    assert fingerprint(folder) != before
    with pytest.raises(ContentError, match=r"form\.yaml:1: cannot be read: Permission denied"):
        load_matcher(folder)


def test_changed_phrasing_changes_the_matcher(folder: Path, cache: Path, edit: Edit, builds: list[Corpus]) -> None:
    """After an edit the next start knows the new phrasing: a stale cache is not read."""
    before = load_matcher(folder, cache=cache)
    edit("papers/form.yaml", "申请表怎么弄", "蚂蚁搬家")

    after = load_matcher(folder, cache=cache)

    assert before.match("蚂蚁搬家").answers == ()
    assert after.match("蚂蚁搬家").answers == ("form",)
    assert len(builds) == 2


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(Path.unlink, id="missing"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1]), id="one-byte-short"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), id="half"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:10]), id="ten-bytes"),
        pytest.param(lambda path: path.write_bytes(b"\x93NUMPY" + bytes(range(256)) * 8), id="numpy-garbage"),
        pytest.param(lambda path: path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8), id="zip-garbage"),
        pytest.param(lambda path: path.write_bytes(bytes(range(256)) * 8), id="garbage"),
        pytest.param(flip_a_bit, id="flipped-bit"),
        pytest.param(save_small_array, id="an-array"),
        pytest.param(save_other_arrays, id="other-arrays"),
    ],
)
def test_broken_build(folder: Path, cache: Path, builds: list[Corpus], damage: Callable[[Path], object]) -> None:
    """A broken build is made anew, silently and once."""
    fresh = matches(load_matcher(folder, cache=cache))
    damage(cache / (fingerprint(folder) + BUILD))

    mended = load_matcher(folder, cache=cache)
    again = load_matcher(folder, cache=cache)

    assert matches(mended) == fresh
    assert matches(again) == fresh
    assert len(builds) == 2


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(lambda cache, build: cache.write_bytes(b""), id="cache-is-a-file"),
        pytest.param(lambda cache, build: (cache.mkdir(), build.mkdir()), id="build-is-a-folder"),
    ],
)
def test_unwritable(folder: Path, cache: Path, block: Callable[[Path, Path], object], small_matcher: Matcher) -> None:
    """Where nothing can be written, everything works as before, only more slowly; no rest stays behind."""
    block(cache, cache / (fingerprint(folder) + BUILD))

    matcher = load_matcher(folder, cache=cache)

    assert matcher.match("系统几月开放？").answers == ("opening",)
    assert not list(cache.parent.rglob(".making-*"))


@pytest.mark.parametrize(("seconds", "left"), [(-60, False), (60, True)], ids=["long-ago", "just-now"])
def test_what_a_killed_process_left(folder: Path, cache: Path, seconds: float, left: bool) -> None:
    """A half-written build of a killed process goes after a while; one that may still be written stays."""
    cache.mkdir()
    rest = cache / f"{MAKING}abc"
    rest.write_bytes(b"half")
    at = time.time() - LEFT_BEHIND + seconds
    os.utime(rest, (at, at))

    load_matcher(folder, cache=cache)

    assert rest.exists() == left
    assert (cache / (fingerprint(folder) + BUILD)).exists()


def test_pruning(folder: Path, cache: Path) -> None:
    """Only the newest builds are kept, the one in use among them; other files stay."""
    cache.mkdir()
    (cache / "notes").mkdir()
    for number in range(KEPT + 3):
        old = cache / f"{number:032}{BUILD}"
        old.write_bytes(b"")
        os.utime(old, (1_000_000 + number, 1_000_000 + number))

    load_matcher(folder, cache=cache)

    kept = {f"{number:032}{BUILD}" for number in range(KEPT + 3)[-(KEPT - 1) :]}
    assert {path.name for path in cache.iterdir()} == {fingerprint(folder) + BUILD, "notes"} | kept


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("nowhere", 'the content folder "{}" does not exist', id="missing"),
        pytest.param("content/groups.yaml", 'the content folder "{}" does not exist', id="file"),
        pytest.param(
            "content/out-of-scope",
            "the content in {0} has problems: {0}:1: holds no entries (expected <group>/<id>.yaml); "
            "`regbot check` lists them all",
            id="no-entries",
        ),
    ],
)
def test_no_content(folder: Path, cache: Path, name: str, message: str) -> None:
    """A folder that is no content is an error in one sentence."""
    path = folder.parent / name

    with pytest.raises(ContentError) as caught:
        load_matcher(path, cache=cache)

    assert str(caught.value) == message.format(path)


def test_broken_content(folder: Path, cache: Path, edit: Edit) -> None:
    """The first problem is named, the others are counted; nothing is cached."""
    edit("papers/form.yaml", "id: form", "id: from")
    edit("groups.yaml", "zh: 材料", "zh: 1")
    edit("lexicon.yaml", "filler", "fillers")

    with pytest.raises(ContentError) as caught:
        load_matcher(folder, cache=cache)

    first = 'content/papers/form.yaml:1: id: "from" is not the file\'s name "form"'
    assert str(caught.value) == (
        f"the content in {folder} has problems: {first} (and 2 more); `regbot check` lists them all"
    )
    assert not cache.exists()


def test_warnings_do_not_matter(folder: Path, cache: Path, edit: Edit) -> None:
    """What `regbot check` only warns of, and what only it looks at, keeps nobody from using the content."""
    edit("papers/form.yaml", "reviewed: 2026-11-01", "reviewed: 2001-01-01")

    assert load_matcher(folder, cache=cache).match("申请表要打印几份？").answers == ("form",)


def test_a_files_name_that_is_not_utf8_is_refused(folder: Path) -> None:
    """Such as one from a Windows archive; one sentence says so, whoever reads the content."""
    odd = os.fsencode(folder / "out-of-scope") + b"/\xc4\xea.yaml"
    os.rename(folder / "out-of-scope/exam.yaml", odd)  # noqa: PTH104 - a path cannot say it
    assert fingerprint(folder)

    with pytest.raises(ContentError) as caught:
        load_matcher(folder)

    assert "content/out-of-scope/??.yaml:1: the file's name is not UTF-8; give it another one" in str(caught.value)
    assert str(caught.value).encode()
