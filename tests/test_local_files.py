"""Reading local content: what it adds to the project's, and what is wrong in it."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.content import Problems
from bot.entry_files import Places
from bot.errors import ContentError
from bot.faq_files import load_corpus
from bot.index_cache import fingerprint, load_matcher, read_corpus
from bot.local_files import LAST, own_entries
from faq.corpus import Block, ChangeText, Corpus, Scope
from tests.conftest import write_files
from tests.local_samples import COPIES, GROUPS, LOCAL, NAME, NOTE, SCHOOL, WINDOWS, WORDS

Edit = Callable[[str, str, str], None]


@pytest.fixture(name="local")
def _local(folder: Path) -> Path:
    return write_files(folder.parent / "local", LOCAL)


def read(folder: Path, local: Path) -> tuple[Corpus, list[str]]:
    problems = Problems()
    corpus = load_corpus(folder, problems, local=local)
    return corpus, [str(problem).removeprefix("local/") for problem in problems.in_order()]


def test_what_is_added(folder: Path, local: Path) -> None:
    """Entries, groups, words and subjects come after the project's; who runs the assistant is told."""
    alone = load_corpus(folder, Problems())
    corpus, problems = read(folder, local)

    assert problems == []
    assert corpus.entries[: len(alone.entries)] == tuple(
        entry if entry.id != "photo" else corpus.entry("photo") for entry in alone.entries
    )
    assert [entry.id for entry in corpus.entries[len(alone.entries) :]] == ["parking", "copies"]
    assert [group.id for group in corpus.groups] == ["papers", "dates", "bureau"]
    assert corpus.groups[2].titles == {"zh": "本局", "en": "Our bureau"}
    assert [subject.id for subject in corpus.subjects] == ["exam-scores", "school-canteen"]
    assert corpus.operator == {"zh": "县卫生局", "en": "County bureau"}
    assert corpus.contact == {}
    assert corpus.sources == alone.sources
    assert own_entries(local) == {"copies", "parking"}


def test_a_local_entry(folder: Path, local: Path) -> None:
    """It may leave out its place, facts and sources, and be for a time and for provinces."""
    corpus, _ = read(folder, local)
    copies, parking = corpus.entry("copies"), corpus.entry("parking")
    assert copies is not None
    assert parking is not None

    assert (copies.group, copies.order, copies.facts, copies.sources) == ("papers", LAST, (), ())
    assert copies.scope == Scope()
    assert parking.scope == Scope(("hebei",), None, date(2026, 12, 31))
    assert [entry.id for entry in corpus.in_group("papers")] == ["photo", "form", "copies"]


def test_words_are_added_to_concepts(folder: Path, local: Path) -> None:
    """A word may join a concept of the project's."""
    corpus, _ = read(folder, local)

    assert [(concept.name, concept.words) for concept in corpus.lexicon.concepts] == [
        ("photo", {"zh": ("照片", "相片", "免冠照"), "en": ("photo", "picture")})
    ]
    assert corpus.lexicon.filler == {"zh": ("请问", "谢谢", "麻烦"), "en": ("please", "thanks")}


def test_changes(folder: Path, local: Path) -> None:
    """They are kept apart from the entries, in the order of their files; their phrasings are the entries'."""
    alone = load_corpus(folder, Problems()).entry("photo")
    corpus, _ = read(folder, local)
    answer, note = corpus.changes
    photo = corpus.entry("photo")
    assert alone is not None
    assert photo is not None

    assert (note.entry, note.file, note.reviewed) == ("photo", NOTE, date(2026, 11, 20))
    assert note.scope == Scope(("sichuan",), date(2026, 12, 1), date(2027, 1, 31))
    assert note.texts["zh"] == ChangeText(note="四川要三张。")
    assert answer.scope == Scope()
    assert answer.texts["en"] == ChangeText(
        answer=(Block("paragraph", ("Hand in photos online.",)), Block("steps", ("Take it", "Upload it"))),
        local="Ask the county bureau.",
    )
    assert photo.texts["zh"].phrasings == (*alone.texts["zh"].phrasings, "成都要几张免冠照")
    assert photo.texts["en"].phrasings == (*alone.texts["en"].phrasings, "how many pictures in Chengdu")
    assert photo.texts["zh"].answer == alone.texts["zh"].answer


def test_windows(folder: Path, local: Path) -> None:
    """Windows stand in the order of the file."""
    corpus, _ = read(folder, local)

    assert [window.scope for window in corpus.windows] == [
        Scope(),
        Scope(("sichuan", "hebei"), None, date(2027, 6, 30)),
    ]
    assert corpus.windows[0].texts == {"zh": "窗口在一楼。", "en": "The window is on the first floor."}


def test_an_empty_folder_is_refused(folder: Path) -> None:
    """Such as that of a disk which is not mounted: all that was added would be missing in silence."""
    local = folder.parent / "local"
    local.mkdir()

    problems = read(folder, local)[1]

    assert [problem.rpartition(": ")[2] for problem in problems] == [
        "it holds no content; `regbot local init` makes an example"
    ]


@pytest.mark.parametrize("name", [*LOCAL])
def test_every_part_is_optional(folder: Path, name: str) -> None:
    """A folder with a single part of it can be read; but an entry's new group has to be listed."""
    files = {name: LOCAL[name]}
    if name.startswith("entries/bureau"):
        files[GROUPS] = LOCAL[GROUPS]
    local = write_files(folder.parent / "local", files)

    assert read(folder, local)[1] == []


def test_phrasings_that_are_there_already_count_once(folder: Path, local: Path) -> None:
    """Neither the project's nor another change's are doubled; several files may add to one entry."""
    more = "entry: photo\nreviewed: 2026-11-20\nzh: {phrasings: [照片怎么弄, 成都要几张免冠照, 登记照行吗]}\n"
    write_files(local, {"changes/more.yaml": more})
    corpus, problems = read(folder, local)
    photo = corpus.entry("photo")
    assert photo is not None

    assert problems == []
    assert len(set(photo.texts["zh"].phrasings)) == len(photo.texts["zh"].phrasings) == 27


@pytest.mark.parametrize(
    ("name", "change", "messages"),
    [
        pytest.param(NOTE, ("entry: photo", "entry: foto"), [
            f'{NOTE}:1: entry: there is no entry "foto"; did you mean photo?'
        ], id="unknown-entry"),
        pytest.param(NOTE, ("entry: photo", "entry: xyz"), [
            f'{NOTE}:1: entry: there is no entry "xyz"'
        ], id="nothing-like-it"),
        pytest.param(NOTE, ("entry: photo\n", ""), [f'{NOTE}:1: "entry" is missing'], id="no-entry"),
        pytest.param(NOTE, ("reviewed: 2026-11-20\n", ""), [f'{NOTE}:1: "reviewed" is missing'], id="not-reviewed"),
        pytest.param(NOTE, ("valid-from: 2026-12-01", "valid-from: 1 December"), [
            f'{NOTE}:3: valid-from: expected a date as YYYY-MM-DD, found "1 December"'
        ], id="no-date"),
        pytest.param(NOTE, ("valid-from: 2026-12-01", "valid-from: 2026-12-32"), [
            f"{NOTE}:3: valid-from: there is no day 2026-12-32"
        ], id="no-such-day"),
        pytest.param(NOTE, ("valid-from: 2026-12-01", "valid-from: 2027-02-01"), [
            f'{NOTE}:4: valid-until: 2027-01-31 lies before "valid-from", 2027-02-01'
        ], id="never-valid"),
        pytest.param(NOTE, ("[sichuan]", "sichuan"), [f"{NOTE}:2: provinces: expected a list, found a text"], id="one-province"),
        pytest.param(NOTE, ("[sichuan]", "[]"), [f"{NOTE}:2: provinces: is empty; leave it out for everybody"], id="no-province"),
        pytest.param(NOTE, ("provinces", "province"), [
            (
                f'{NOTE}:2: province: unknown key "province"; known here: '
                "entry, reviewed, provinces, valid-from, valid-until, zh, en"
            ),
        ], id="unknown-key"),
        pytest.param(NOTE, ("{note: 四川要三张。, ", "{notes: 四川要三张。, "), [
            f'{NOTE}:6: zh: "note" is missing; it stands in en',
            f'{NOTE}:6: zh.notes: unknown key "notes"; known here: note, answer, local, phrasings',
        ], id="unknown-key-of-a-language"),
        pytest.param(NOTE, ("en: {note: Sichuan asks for three., phrasings: [how many pictures in Chengdu]}", ""), [
            f'{NOTE}:1: "note" is missing; it stands in zh'
        ], id="one-language-only"),
        pytest.param("changes/photo-answer.yaml", ("  answer: [Hand in photos online., {steps: [Take it, Upload it]}]\n", ""), [
            'changes/photo-answer.yaml:7: en: "answer" is missing; it stands in zh'
        ], id="answer-in-one-language"),
        pytest.param("changes/photo-answer.yaml", ("  answer: [照片改成网上交。, {steps: [拍照, 上传]}]", "  answer: []"), [
            "changes/photo-answer.yaml:4: zh.answer: is empty"
        ], id="empty-answer"),
        pytest.param(NOTE, ("note: Sichuan asks for three.", 'note: " "'), [f"{NOTE}:7: en.note: is empty"], id="empty-note"),
        pytest.param(COPIES, ("id: copies", "id: copys"), [
            f'{COPIES}:1: id: "copys" is not the file\'s name "copies"'
        ], id="another-id"),
        pytest.param(COPIES, ("  summary: Yes.\n", ""), [f'{COPIES}:10: en: "summary" is missing'], id="no-summary"),
        pytest.param(GROUPS, ("id: bureau", "id: papers"), [
            f'{GROUPS}:1: the folder "bureau" is not listed here',
            f'{GROUPS}:1: [0].id: "papers" is listed twice',
        ], id="a-group-of-the-project"),
        pytest.param(WORDS, ("photo: {zh: [免冠照]}", "form: {en: [picture]}"), [
            f'{WORDS}:2: concepts.form: "picture" already belongs to the concept "photo"'
        ], id="word-of-another-concept"),
        pytest.param(WINDOWS, ("reviewed: 2026-11-20, ", ""), [f'{WINDOWS}:1: [0]: "reviewed" is missing'], id="window-not-reviewed"),
        pytest.param(WINDOWS, (", en: The window is on the first floor.", ""), [
            f'{WINDOWS}:1: [0]: "en" is missing'
        ], id="window-in-one-language"),
        pytest.param(NAME, (", en: County bureau", ""), [f'{NAME}:1: name: "en" is missing'], id="name-in-one-language"),
        pytest.param(SCHOOL, ("id: school-canteen", "id: photo"), [
            f'{SCHOOL}:1: [0]: the id "photo" is used twice, also in content/papers/photo.yaml'
        ], id="id-of-the-project"),
    ],
)  # fmt: skip
def test_broken_local_content(
    folder: Path, local: Path, name: str, change: tuple[str, str], messages: list[str]
) -> None:
    """What is wrong is told with the local file, line and place."""
    assert change[0] in LOCAL[name]
    write_files(local, {name: LOCAL[name].replace(*change, 1)})

    assert read(folder, local)[1] == messages


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        pytest.param({"changes/empty.yaml": "entry: photo\nreviewed: 2026-11-20\nzh: {}\n"}, [
            "changes/empty.yaml:1: changes nothing; give one of note, answer, local, phrasings in zh and en"
        ], id="changes-nothing"),
        pytest.param({"entries/papers/photo.yaml": LOCAL[COPIES].replace("id: copies", "id: photo")}, [
            'entries/papers/photo.yaml:1: the id "photo" is used twice, also in content/papers/photo.yaml'
        ], id="entry-of-the-project"),
        pytest.param({"entries/garage/car.yaml": LOCAL[COPIES].replace("id: copies", "id: car"), GROUPS: None}, [
            'entries/bureau/parking.yaml:1: there is no group "bureau"; known: papers, dates',
            'entries/garage/car.yaml:1: there is no group "garage"; known: papers, dates',
        ], id="groups-not-listed"),
        pytest.param({
            "window.yaml": "- a\n", "entries/copies.yaml": "a: b\n", "changes/a/b.yaml": "a: b\n", "changes/b.yml": "a: b\n",
            "entries/out-of-scope/a.yaml": "a: b\n", "small-talk.yaml": "- a\n", "changes/notes.txt": "anything",
            ".github/workflows/check.yml": "a: b\n",
        }, [
            "changes/a/b.yaml:1: nothing reads this file; its name or place is wrong",
            "changes/b.yml:1: nothing reads this file; its name or place is wrong",
            "entries/copies.yaml:1: nothing reads this file; its name or place is wrong",
            "entries/out-of-scope/a.yaml:1: nothing reads this file; its name or place is wrong",
            "small-talk.yaml:1: nothing reads this file; its name or place is wrong",
            "window.yaml:1: nothing reads this file; its name or place is wrong",
        ], id="strange-files"),
        pytest.param({"changes/bad.yaml": "entry: [photo\n", WINDOWS: "yes\n", NAME: "{}\n"}, [
            "changes/bad.yaml:2: is not valid YAML: while parsing a flow sequence did not find expected ',' or ']'",
            'local.yaml:1: "name" is missing',
            "windows.yaml:1: expected a list, found a truth value",
        ], id="not-what-is-expected"),
    ],
)  # fmt: skip
def test_broken_local_folders(folder: Path, local: Path, files: Mapping[str, str | None], messages: list[str]) -> None:
    """Files that contradict the project's, each other, or nobody reads."""
    write_files(local, {name: text for name, text in files.items() if text is not None})
    for name in (name for name, text in files.items() if text is None):
        (local / name).unlink()

    assert read(folder, local)[1] == messages


def test_sources_of_ones_own(folder: Path, local: Path) -> None:
    """Documents may be added, but none that the project lists."""
    write_files(local, {"sources.yaml": "- {id: circular, title: A circular}\n- {id: letter, title: Another}\n"})
    corpus, problems = read(folder, local)

    assert problems == ['sources.yaml:2: [1].id: "letter" is listed twice']
    assert [source.id for source in corpus.sources][:3] == ["notice", "letter", "circular"]


def test_places(folder: Path, local: Path) -> None:
    """Checks find the lines of changes and windows."""
    places: Places = {}
    load_corpus(folder, Problems(), places, local)

    assert (places[NOTE,].file, places[NOTE,].line) == ("local/changes/photo-note.yaml", 1)
    assert places[NOTE, "zh", "note"].line == 6
    assert places["windows.yaml[1]", "provinces"].line == 2
    assert places["copies", "related"].line == 2


def test_the_index_knows_local_phrasings(folder: Path, local: Path) -> None:
    """What is added is found, and comes out of the cache as it was."""
    first = load_matcher(folder, local)
    again = load_matcher(folder, local)

    assert first.match("成都要几张免冠照").answers == ("photo",)
    assert again.match("原件会不会收走").answers == ("copies",)
    assert again.match("食堂几点开饭").subject == "school-canteen"
    assert again.corpus == first.corpus == read_corpus(folder, local)
    assert load_matcher(folder).corpus == read_corpus(folder)
    assert load_matcher(folder).corpus.entry("copies") is None


def test_every_local_file_decides_what_is_built(folder: Path, local: Path) -> None:
    """A build is read only for the same local content, wherever the folder lies."""
    elsewhere = write_files(folder.parent / "elsewhere", LOCAL)
    before = fingerprint(folder, local)

    assert fingerprint(folder) != before
    assert fingerprint(folder, elsewhere) == before
    for name, text in LOCAL.items():
        write_files(elsewhere, {name: text + "# seen\n"})
        assert fingerprint(folder, elsewhere) != before
        write_files(elsewhere, {name: text})


def test_a_folder_that_cannot_be_used(folder: Path, tmp_path: Path) -> None:
    """A missing local folder is told in one sentence, as is a file in its place; it is never left out in silence."""
    with pytest.raises(ContentError) as missing:
        load_matcher(folder, Path("nowhere"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ContentError) as file:
        read_corpus(folder, Path("file"))

    assert str(missing.value) == 'the folder of local content "nowhere" cannot be used: it does not exist'
    assert str(file.value) == 'the folder of local content "file" cannot be used: it is not a folder'
    assert read(folder, Path("nowhere"))[1] == ["nowhere:1: it does not exist"]


def test_broken_content_is_told_with_the_local_file(folder: Path, local: Path) -> None:
    """The sentence names the local file and line."""
    write_files(local, {NOTE: LOCAL[NOTE].replace("entry: photo", "entry: foto")})

    with pytest.raises(ContentError) as error:
        load_matcher(folder, local)
    assert str(error.value).endswith(
        f"content and {local} has problems: "
        'local/changes/photo-note.yaml:1: entry: there is no entry "foto"; did you mean photo?; `regbot check` lists them all'
    )
