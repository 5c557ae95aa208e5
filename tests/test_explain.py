"""Text for curators: what made a match, an entry's sources, tables of measures."""

import json
import re
import sys
from datetime import date

import pytest

from bot.explain import closest, curator_lines, explanation_text, miss_line, print_table
from faq.corpus import Corpus, Entry, Source, SourcePart
from faq.evaluation import Outcome, Question, Row
from faq.matcher import Candidate, Match, Matcher

MEASURES = ("top-1", "top-3", "answered", "helped", "wrong", "quiet")
ROWS = [
    Row("zh", "in scope", 3, dict.fromkeys(MEASURES, 2 / 3)),
    Row(None, "near", 1000, dict.fromkeys(MEASURES, 0.0005) | {"quiet": 1.0}),
]


def test_explanation(small_matcher: Matcher) -> None:
    """The explanation names the verdict, the gates, the text as read, the terms and the best labels with their parts."""
    shown = explanation_text(small_matcher.match("照片怎么弄", explain=True)).splitlines()

    assert shown[0] == "verdict      answer  (answer from 0.90, offer from 0.60 for all together)"
    assert shown[1] == "read as      照片怎么弄"
    assert shown[2] == "compared in  zh 100%"
    assert shown[3].startswith("terms        =photo ")
    assert shown[4].startswith("unknown      0% of the weight")
    assert shown[5].split() == ["label", "prob.", "linear", "nearest", "centre", "fuzzy", "nearest", "phrasing"]
    assert shown[6].startswith("entry photo ")
    assert shown[6].endswith("  照片怎么弄")
    assert sorted(line.split()[1] for line in shown[6:-1]) == sorted(label.id for label in small_matcher.labels)
    assert shown[-1].startswith("nothing of all this ")


def test_explanation_of_two_languages_and_corrections(small_matcher: Matcher) -> None:
    """Both languages of a mixed text are named, and what was corrected."""
    shown = explanation_text(small_matcher.match("照片 questionaire 蚂蚁", explain=True))

    assert "compared in  zh 67%, en 33%" in shown
    assert "\ncorrected    questionaire -> questionnaire\n" in shown
    assert "\nunknown      0%" not in shown


@pytest.mark.parametrize(("text", "explain"), [("...", True), ("照片", False)])
def test_nothing_to_explain(small_matcher: Matcher, text: str, explain: bool) -> None:
    """A text without words, and a match that was made without explanation, say so."""
    match = small_matcher.match(text, explain=explain)

    assert explanation_text(match) == f"verdict      {match.verdict} (no words to compare)"


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


@pytest.mark.parametrize(
    ("ids", "right"), [((), "out of scope (near)"), (("a",), "a"), (("a", "b"), "a, b")], ids=["none", "one", "two"]
)
def test_miss_line(ids: tuple[str, ...], right: str) -> None:
    """A question that went wrong is shown with the right entries and the three best ones."""
    candidates = tuple(Candidate(name, score) for name, score in (("c", 0.5), ("d", 0.25), ("e", 0.1254), ("f", 0.1)))
    outcome = Outcome(Question("问", "zh", ids, "near"), Match("问", "zh", "suggest", candidates))

    assert miss_line(outcome) == f"问\n    right: {right}\n    suggest: c 0.50  d 0.25  e 0.13"


def test_table_over_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Over a pipe a table is lines with tabs, the shares in percent."""
    print_table(ROWS, as_json=False)

    assert capsys.readouterr().out.splitlines() == [
        "\t".join(("language", "kind", "count", *MEASURES)),
        "\t".join(("zh", "in scope", "3", *["66.7"] * 6)),
        "\t".join(("all", "near", "1000", *["0.1"] * 5, "100.0")),
    ]


def test_table_in_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In a terminal the same table has lines around its cells."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")

    print_table(ROWS, as_json=False)

    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert shown.count("66.7") == 6
    assert "┃ language ┃ kind     ┃ count ┃" in shown


def test_table_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON the shares are not rounded."""
    print_table(ROWS, as_json=True)

    assert json.loads(capsys.readouterr().out) == [
        {"language": "zh", "kind": "in scope", "count": 3, "shares": ROWS[0].shares},
        {"language": None, "kind": "near", "count": 1000, "shares": ROWS[1].shares},
    ]
