"""What made a match, and why, in words; an entry's sources for curators."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from bot.closest import closest
from bot.commands.explain import curator_lines, explanation_lines, explanation_of
from faq.corpus import Corpus, Entry, Source, SourcePart
from faq.matcher import Matcher

Run = Callable[..., Result]


def test_everything_that_decided_is_shown(small_matcher: Matcher) -> None:
    """The verdict with its reason, the text as read, the gates, the terms and the best labels with their parts."""
    shown = list(explanation_lines(explanation_of(small_matcher, "照片要弄怎么")))

    assert shown[0].startswith("verdict      answer: ")
    assert shown[1] == "read as      照片要弄怎么"
    assert shown[2] == "gates        0.90 for an answer, 0.60 for an offer (all entries together)"
    assert shown[3] == "compared in  zh 100%"
    assert shown[4].startswith("terms        =photo ")
    assert shown[5].startswith("unknown      ")
    assert shown[6].split() == ["prob.", "linear", "nearest", "centre", "fuzzy", "nearest", "phrasing"]
    assert shown[7].startswith("entry photo ")
    assert shown[7].endswith("  照片怎么弄")
    assert sorted(line.split()[1] for line in shown[7:-1]) == sorted(label.id for label in small_matcher.labels)
    assert shown[-1].startswith("nothing of all this ")


def test_two_languages_and_corrections(small_matcher: Matcher) -> None:
    """Both languages of a mixed text are named, what was corrected, and what nobody knows."""
    found = explanation_of(small_matcher, "照片 questionaire 蚂蚁")
    shown = "\n".join(explanation_lines(found))

    assert "compared in  zh 67%, en 33%" in shown
    assert "\ncorrected    questionaire -> questionnaire\n" in shown
    assert found.unknown > 0
    assert any("蚂" in term for term in found.unknown_terms)


@pytest.mark.parametrize(
    ("text", "verdict", "why"),
    [
        pytest.param("照片，怎么弄？", "answer", "it is a phrasing of entry photo, but for punctuation", id="phrasing"),
        pytest.param("照片要弄怎么", "answer", "{best:.2f} for photo reaches the gate 0.90, so it is answered", id="answer"),
        pytest.param("你好", "smalltalk", "it is a phrasing of small-talk greeting, but for punctuation", id="small-talk"),
        pytest.param(
            "你好你好呀", "smalltalk",
            "it is small talk (greeting), which is likelier than every entry ({best:.2f} for {id}) and than nothing of all this",
            id="nearly-small-talk",
        ),
        pytest.param(
            "申请表和照片和网站", "suggest",
            "{best:.2f} for {id} is below the gate 0.90, but all entries together reach 0.60, so the nearest are offered",
            id="offer",
        ),
        pytest.param(
            "帽子贵不贵", "none",
            "{best:.2f} for {id} is below the gate 0.90, and all entries together do not reach 0.60, so nothing is offered",
            id="nothing",
        ),
        pytest.param(
            "考试几分及格啊", "none",
            "{best:.2f} for {id} is below the gate 0.90, and all entries together do not reach 0.60, so nothing is offered; "
            "it is about exam-scores, which is out of scope",
            id="out-of-scope",
        ),
        pytest.param(
            "照片怎么弄？申请表有什么要求？", "answer",
            "its sentences ask {both}, each surely (from 0.85), so both are answered", id="two-questions",
        ),
        pytest.param("…", "none", "it holds no word of Chinese or English, so there is nothing to compare", id="no-words"),
    ],
)  # fmt: skip
def test_why_in_words(small_matcher: Matcher, text: str, verdict: str, why: str) -> None:
    """The reason names the numbers that were compared."""
    match = small_matcher.match(text)
    found = explanation_of(small_matcher, text)

    first = found.entries[0] if found.entries else None
    best = match.candidates[0].score if match.candidates else 0.0
    shown = why.format(best=best, id=first.id if first else "", both=" and ".join(match.answers))
    assert (found.verdict, found.why) == (verdict, shown)


def test_five_entries_are_shown_whatever_else_is_likelier(project_matcher: Matcher) -> None:
    """Where out-of-scope subjects are likelier, the five best entries are shown with their parts all the same."""
    found = explanation_of(project_matcher, "雅思报名费多少钱")
    match = project_matcher.match("雅思报名费多少钱")

    assert [(row.id, row.probability) for row in found.entries] == [(best.id, best.score) for best in match.candidates]
    assert all(row.kind == "entry" for row in found.entries)
    assert any(row.linear or row.nearest or row.centroid for row in found.entries)
    assert found.others


def test_an_entry_that_is_not_given_is_not_shown(small_matcher: Matcher) -> None:
    """What is withheld does not appear among the entries."""
    found = explanation_of(small_matcher, "照片怎么弄", without={"photo"})

    assert "photo" not in {row.id for row in found.entries}
    assert found.verdict != "answer"


def test_the_command(run: Run, folder: Path) -> None:
    """The command prints it for people, or as one JSON object with the same values."""
    text = run("explain", "照片和申请表", "--entries", folder)
    as_json = run("explain", "照片和申请表", "--json", "--language", "zh", "--entries", folder)

    assert (text.exit_code, as_json.exit_code) == (0, 0)
    found = json.loads(as_json.output)
    assert text.output.splitlines()[0] == f"verdict      {found['verdict']}: {found['why']}"
    assert (found["question"], found["read_as"], found["language"]) == ("照片和申请表", "照片和申请表", "zh")
    assert set(found["entries"][0]) == {
        "kind", "id", "probability", "linear", "nearest", "centroid", "fuzzy", "phrasing",
    }  # fmt: skip
    assert json.loads(run("explain", "…", "--json", "--entries", folder).output)["answer_gate"] is None
    assert run("explain", "…", "--entries", folder).output.splitlines()[1:] == ["read as      ..."]


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        pytest.param(Entry("a", "g", 1, {}), [], id="nothing"),
        pytest.param(
            Entry(
                "a", "g", 1, {}, reviewed=date(2026, 11, 1), curator_note="Read twice.",
                sources=(SourcePart("dated", "1"), SourcePart("undated", "2"), SourcePart("unlisted", "3")),
            ),
            [
                "source: Dated, 2022-10-21: 1",
                "source: Undated, undated: 2",
                "source: unlisted, undated: 3",
                "reviewed: 2026-11-01",
                "note for curators: Read twice.",
            ],
            id="everything",
        ),
    ],
)  # fmt: skip
def test_curator_lines(entry: Entry, shown: list[str]) -> None:
    """Curators see each source with its title and date, the review and the note."""
    sources = (Source("dated", "Dated", "2022-10-21"), Source("undated", "Undated", None))

    assert list(curator_lines(Corpus((), (entry,), sources=sources), entry)) == shown


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("photo-chnage", "photo-change"),
        ("fotos", None),
        ("two-years", "two-year-limit"),
        ("PHOTO-CHANGE", None),
        ("", None),
        ("x" * 10_000, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_closest(wanted: str, found: str | None) -> None:
    """The nearest id is named when it is near."""
    assert closest(wanted, ["photo-change", "two-year-limit", "exam"]) == found
    assert closest(wanted, []) is None
