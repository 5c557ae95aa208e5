"""Reading the content's folder: each kind of file, and what is wrong in one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.content import Problems
from bot.faq_files import ENTRIES, content_files, load_corpus
from faq.corpus import (
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

ENTRY = """\
id: one
zh: {question: 问, summary: 说, answer: [答], phrasings: [问法]}
en: {question: q, summary: s, answer: [a], phrasings: [p]}
"""
PART = "phrasings: [p]"

Load = Callable[..., tuple[Corpus, list[str]]]


@pytest.fixture(name="load")
def _load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads a folder of files, given as {name: text}, and returns the problems as well."""

    def load(files: dict[str, str]) -> tuple[Corpus, list[str]]:
        for name, text in files.items():
            path = tmp_path / "c" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        problems = Problems()
        corpus = load_corpus(tmp_path / "c", problems)
        return corpus, [str(problem) for problem in problems.in_order()]

    return load


def test_smallest_folder(load: Load) -> None:
    """One entry is a corpus: every other file may be absent, and so may an entry's optional keys."""
    corpus, problems = load({"g/one.yaml": ENTRY})

    assert problems == []
    assert corpus == Corpus(
        groups=(Group("g", {"zh": "g", "en": "g"}),),
        entries=(
            Entry(
                id="one",
                group="g",
                order=0,
                texts={
                    "zh": EntryText("问", "说", (Block("paragraph", ("答",)),), ("问法",)),
                    "en": EntryText("q", "s", (Block("paragraph", ("a",)),), ("p",)),
                },
            ),
        ),
    )


def test_whole_entry(load: Load) -> None:
    """Every key of an entry arrives in the corpus."""
    head = """\
order: 3
varies: true
related: [two, three]
flow: materials
reviewed: 2026-11-01
sources: [{document: notice, part: Item 1}]
facts: [{states: It is so., zh: 答, en: a}]
curator_note: Read with care.
"""
    corpus, problems = load({"g/one.yaml": head + ENTRY.replace("phrasings: [p]", "phrasings: [p], local: ask there")})
    entry = corpus.entry("one")

    assert problems == []
    assert entry is not None
    assert (entry.order, entry.varies, entry.related, entry.flow) == (3, True, ("two", "three"), "materials")
    assert (entry.reviewed, entry.curator_note) == (date(2026, 11, 1), "Read with care.")
    assert entry.sources == (SourcePart("notice", "Item 1"),)
    assert entry.facts == (Fact("It is so.", {"zh": "答", "en": "a"}),)
    assert (entry.texts["zh"].local, entry.texts["en"].local) == (None, "ask there")


def test_blocks(load: Load) -> None:
    """An answer is made of paragraphs, steps, lists and notes, in order."""
    blocks = "answer: [a, {steps: [b, c]}, {list: [d]}, {note: e}, f]"
    corpus, problems = load({"g/one.yaml": ENTRY.replace("answer: [a]", blocks)})

    assert problems == []
    assert corpus.entries[0].texts["en"].answer == (
        Block("paragraph", ("a",)),
        Block("steps", ("b", "c")),
        Block("list", ("d",)),
        Block("note", ("e",)),
        Block("paragraph", ("f",)),
    )


def test_other_files(load: Load) -> None:
    """Groups, sources, the lexicon, small talk and subjects come with all that stands in them."""
    corpus, problems = load(
        {
            "g/one.yaml": ENTRY,
            "groups.yaml": "- {id: g, zh: 组, en: Group}\n",
            "sources.yaml": (
                '- {id: a, title: A, date: "2022-10-21", note: Old.}\n'
                "- {id: b, title: B, date: null}\n- {id: c, title: C}\n"
            ),
            "lexicon.yaml": "concepts:\n  cat: {zh: [猫], en: [cat, kitty]}\n  dog: {en: [dog]}\nfiller:\n  zh: [请问]\n",
            "small-talk.yaml": "- {id: hi, zh: {reply: 好, phrasings: [你好]}, en: {reply: Hi., phrasings: [hi]}}\n",
            "out-of-scope/area.yaml": (
                "- id: away\n  zh: {title: 题, pointer: 问人, phrasings: [何]}\n"
                "  en: {title: t, pointer: Ask., phrasings: [x, y]}\n"
            ),
        }
    )

    assert problems == []
    assert corpus.groups == (Group("g", {"zh": "组", "en": "Group"}),)
    assert corpus.sources == (Source("a", "A", "2022-10-21", "Old."), Source("b", "B", None), Source("c", "C", None))
    assert corpus.lexicon == Lexicon(
        (Concept("cat", {"zh": ("猫",), "en": ("cat", "kitty")}), Concept("dog", {"en": ("dog",)})), {"zh": ("请问",)}
    )
    talk = {"zh": SmallTalkText("好", ("你好",)), "en": SmallTalkText("Hi.", ("hi",))}
    assert corpus.small_talk == (SmallTalk("hi", talk),)  # type: ignore[arg-type]
    texts = {"zh": SubjectText("题", "问人", ("何",)), "en": SubjectText("t", "Ask.", ("x", "y"))}
    assert corpus.subjects == (Subject("away", "area", texts),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        pytest.param("id: one", "id: two", ['1: id: "two" is not the file\'s name "one"'], id="id-not-the-name"),
        pytest.param("id: one\n", "", ['1: "id" is missing'], id="no-id"),
        pytest.param("id: one", "id: 1", ['1: id: expected a text, found a number "1" (quote it)'], id="id-a-number"),
        pytest.param("en: {q", "de: {q", [
            '1: "en" is missing',
            (
                '3: de: unknown key "de"; known here: '
                "id, zh, en, order, varies, related, flow, reviewed, sources, facts, curator_note, "
                "provinces, valid-from, valid-until"
            ),
        ], id="language-missing"),
        pytest.param("question: q, ", "", ['3: en: "question" is missing'], id="no-question"),
        pytest.param("summary: s, ", "", ['3: en: "summary" is missing'], id="no-summary"),
        pytest.param("answer: [a], ", "", ['3: en: "answer" is missing'], id="no-answer"),
        pytest.param(", phrasings: [p]", "", ['3: en: "phrasings" is missing'], id="no-phrasings"),
        pytest.param("answer: [a]", "answer: []", ["3: en.answer: is empty"], id="empty-answer"),
        pytest.param("answer: [a]", "answer: a", [
            "3: en.answer: expected a list, found a text", "3: en.answer: is empty"
        ], id="answer-a-text"),
        pytest.param("answer: [a]", "answer: [no]", [
            "3: en.answer[0]: expected a mapping, found a truth value",
            "3: en.answer[0]: expected a paragraph, or one of steps, list, note",
        ], id="truth-value-as-paragraph"),
        pytest.param("answer: [a]", "answer: [{table: [b]}]", [
            "3: en.answer[0]: expected a paragraph, or one of steps, list, note",
            '3: en.answer[0].table: unknown key "table"; known here: steps, list, note',
        ], id="unknown-block"),
        pytest.param("answer: [a]", "answer: [{steps: [b], note: c}]", [
            "3: en.answer[0]: expected a paragraph, or one of steps, list, note"
        ], id="two-kinds-in-one-block"),
        pytest.param("answer: [a]", "answer: [{}]", [
            "3: en.answer[0]: expected a paragraph, or one of steps, list, note"
        ], id="empty-block"),
        pytest.param("answer: [a]", "answer: [{steps: b}]", [
            "3: en.answer[0].steps: expected a list, found a text"
        ], id="steps-a-text"),
        pytest.param("answer: [a]", "answer: [{note: [b]}]", [
            "3: en.answer[0].note: expected a text, found a list"
        ], id="note-a-list"),
        pytest.param("answer: [a]", "answer: [{list: [b, b]}]", [
            '3: en.answer[0].list[1]: "b" stands here twice'
        ], id="item-twice"),
        pytest.param("question: q", "question: " + 121 * "q", [
            "3: en.question: has 121 characters, at most 120 are allowed"
        ], id="long-question"),
        pytest.param("summary: s", "summary: " + 101 * "s", [
            "3: en.summary: has 101 characters, at most 100 are allowed"
        ], id="long-summary"),
        pytest.param("id: one", "id: one\norder: first", [
            "2: order: expected a whole number, found a text"
        ], id="order"),
        pytest.param("id: one", "id: one\nvaries: no", [
            "2: varies: expected true or false, found a truth value"
        ], id="varies"),
        pytest.param("id: one", "id: one\nreviewed: last week", [
            '2: reviewed: expected a date as YYYY-MM-DD, found "last week"'
        ], id="reviewed"),
        pytest.param("id: one", "id: one\nrelated: [a, a]", ['2: related[1]: "a" stands here twice'], id="related-twice"),
        pytest.param("id: one", "id: one\nfacts:\n  - {states: b, zh: 答}", [
            '3: facts[0]: "en" is missing'
        ], id="fact-in-one-language"),
        pytest.param("id: one", "id: one\nsources: [{document: b, page: 2}]", [
            '2: sources[0]: "part" is missing',
            '2: sources[0].page: unknown key "page"; known here: document, part',
        ], id="source-without-part"),
    ],
)  # fmt: skip
def test_broken_entry(load: Load, old: str, new: str, messages: list[str]) -> None:
    """What is wrong in an entry is reported with line, place and value."""
    assert old in ENTRY

    _, problems = load({"g/one.yaml": ENTRY.replace(old, new)})

    assert problems == [f"c/g/one.yaml:{message}" for message in messages]


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        pytest.param({"groups.yaml": "- {id: other, zh: 组, en: Group}\n"}, [
            'c/groups.yaml:1: the folder "g" is not listed here'
        ], id="group-not-listed"),
        pytest.param({"groups.yaml": "- {id: g, en: Group}\n"}, ['c/groups.yaml:1: [0]: "zh" is missing'], id="group"),
        pytest.param({"groups.yaml": "id: g\n"}, [
            "c/groups.yaml:1: expected a list, found a mapping", 'c/groups.yaml:1: the folder "g" is not listed here'
        ], id="groups-a-mapping"),
        pytest.param({"groups.yaml": ""}, ["c/groups.yaml:1: is empty"], id="groups-empty"),
        pytest.param({"sources.yaml": "- {id: a}\n"}, ['c/sources.yaml:1: [0]: "title" is missing'], id="source"),
        pytest.param({"sources.yaml": "- {id: a, title: 1}\n"}, [
            'c/sources.yaml:1: [0].title: expected a text, found a number "1" (quote it)'
        ], id="source-title"),
        pytest.param({"lexicon.yaml": "filler: {zh: [请问]}\n"}, ['c/lexicon.yaml:1: "concepts" is missing'], id="lexicon"),
        pytest.param({"lexicon.yaml": "concepts:\n  a: {zh: [猫]}\n  b: {zh: [狗, 猫]}\n"}, [
            'c/lexicon.yaml:3: concepts.b: "猫" already belongs to the concept "a"'
        ], id="word-of-two-concepts"),
        pytest.param({"lexicon.yaml": "concepts:\n  a: {de: [Katze]}\n"}, [
            'c/lexicon.yaml:2: concepts.a.de: unknown key "de"; known here: zh, en'
        ], id="concept-in-another-language"),
        pytest.param({"small-talk.yaml": "- {id: a, zh: {reply: 好}, en: {reply: 1, phrasings: []}}\n"}, [
            'c/small-talk.yaml:1: [0].en.reply: expected a text, found a number "1" (quote it)',
            'c/small-talk.yaml:1: [0].zh: "phrasings" is missing',
        ], id="small-talk"),
        pytest.param({"small-talk.yaml": "- {id: 1, zh: {reply: 好, phrasings: []}, en: {reply: b, phrasings: []}}\n"}, [
            'c/small-talk.yaml:1: [0].id: expected a text, found a number "1" (quote it)',
        ], id="small-talk-id-once"),
        pytest.param({"small-talk.yaml": "- {id: a, en: {reply: b, phrasings: []}}\n"}, [
            'c/small-talk.yaml:1: [0]: "zh" is missing'
        ], id="small-talk-in-one-language"),
        pytest.param({"out-of-scope/x.yaml": "- {id: a, zh: {title: 题, pointer: 问, phrasings: []}}\n"}, [
            'c/out-of-scope/x.yaml:1: [0]: "en" is missing'
        ], id="subject-in-one-language"),
        pytest.param({"out-of-scope/x.yaml": (
            "- id: ''\n  zh: {title: 题, pointer: 问, phrasings: []}\n  en: {title: t, pointer: p, phrasings: []}\n"
        )}, ["c/out-of-scope/x.yaml:1: [0].id: is empty"], id="subject-id-once"),
        pytest.param({"out-of-scope/x.yaml": "[\n"}, [
            "c/out-of-scope/x.yaml:2: is not valid YAML: while parsing a flow node did not find expected node content"
        ], id="subjects-not-yaml"),
        pytest.param({"h/one.yaml": ENTRY}, ['c/h/one.yaml:1: the id "one" is used twice, also in c/g/one.yaml'],
                     id="entry-twice"),
        pytest.param({"small-talk.yaml": "- {id: one, zh: {reply: 好, phrasings: []}, en: {reply: b, phrasings: []}}\n"}, [
            'c/small-talk.yaml:1: [0]: the id "one" is used twice, also in c/g/one.yaml'
        ], id="small-talk-as-entry"),
        pytest.param({"g/a.yaml": ENTRY.replace("id: one\n", ""), "g/b.yaml": ENTRY.replace("id: one\n", "")}, [
            'c/g/a.yaml:1: "id" is missing', 'c/g/b.yaml:1: "id" is missing'
        ], id="two-without-id"),
        pytest.param({"g/a.yaml": "", "g/b.yaml": "- b\n"}, [
            "c/g/a.yaml:1: is empty", "c/g/b.yaml:1: expected a mapping, found a list"
        ], id="entries-of-nothing"),
    ],
)  # fmt: skip
def test_broken_file(load: Load, files: dict[str, str], messages: list[str]) -> None:
    """What is wrong in any file is reported with line, place and value; each thing once."""
    _, problems = load({"g/one.yaml": ENTRY} | files)

    assert problems == messages


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"groups.yaml": "- {id: g, zh: 组, en: G}\n- {id: g, zh: 群, en: H}\n"}, id="groups"),
        pytest.param({"sources.yaml": "- {id: a, title: A}\n- {id: a, title: B}\n"}, id="sources"),
    ],
)
def test_listed_twice(load: Load, files: dict[str, str]) -> None:
    """A group or a source that is listed twice is a problem of the second line."""
    _, problems = load({"g/one.yaml": ENTRY} | files)

    assert len(problems) == 1
    assert problems[0].startswith(f"c/{next(iter(files))}:2: ")


def test_no_entries(load: Load) -> None:
    """A folder without entries is no content."""
    corpus, problems = load({"groups.yaml": "- {id: g, zh: 组, en: G}\n"})

    assert corpus.entries == ()
    assert [problem.partition(": ")[2] for problem in problems] == ["holds no entries (expected <group>/<id>.yaml)"]


def test_problems_of_several_files(load: Load) -> None:
    """One pass lists the problems of all files, by file and line."""
    _, problems = load({"g/one.yaml": "id: yes\n", "groups.yaml": "- {}\n", "out-of-scope/x.yaml": "- 1\n"})

    assert problems == [
        'c/g/one.yaml:1: "zh" is missing',
        'c/g/one.yaml:1: "en" is missing',
        'c/g/one.yaml:1: id: expected a text, found a truth value "yes" (quote it)',
        'c/groups.yaml:1: the folder "g" is not listed here',
        'c/groups.yaml:1: [0]: "id" is missing',
        'c/groups.yaml:1: [0]: "zh" is missing',
        'c/groups.yaml:1: [0]: "en" is missing',
        "c/out-of-scope/x.yaml:1: [0]: expected a mapping, found a number",
    ]


def test_outside_the_current_folder(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that does not lie below the current folder is named in full."""
    load({"g/one.yaml": "id: one\n"})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    problems = Problems()

    load_corpus(tmp_path / "c", problems)

    assert {problem.file for problem in problems.found} == {(tmp_path / "c/g/one.yaml").resolve().as_posix()}


def test_content_files(load: Load, tmp_path: Path) -> None:
    """The files of the content are listed in a fixed order, whatever order they were made in."""
    load({"h/b.yaml": ENTRY, "groups.yaml": "", "g/a.yaml": ENTRY, "g/notes.txt": ""})

    assert content_files(tmp_path / "c") == [tmp_path / "c" / name for name in ("g/a.yaml", "groups.yaml", "h/b.yaml")]


def test_project_content_comes_along() -> None:
    """The project's own content lies beside the code and is found without the current folder."""
    assert ENTRIES.is_absolute()
    assert (ENTRIES / "groups.yaml").is_file()


@pytest.mark.parametrize("name", ["lexikon.yaml", "g/two.yml", "g/two.yaml.txt", "g/deeper/three.yaml"])
def test_a_file_that_nothing_reads(load: Load, name: str) -> None:
    """A file with a wrong name or in a wrong place is a problem: it is not left out in silence."""
    _, problems = load({"g/one.yaml": ENTRY, name: "- 1\n"})

    assert problems == [f"c/{name}:1: nothing reads this file; its name or place is wrong"]
