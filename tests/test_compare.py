"""Measures side by side with those of earlier: tables, the gate against getting worse, files that cannot be compared with."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from bot.tables import changes_lines, loss_line, miss_line, print_table
from faq.evaluation import LEVELS, LEVELS_OUTSIDE, Loss, Outcome, Question, Row, is_worse, level, losses
from faq.matcher import Candidate, Match, Verdict
from faq.text import Language

Run = Callable[..., Result]
MEASURES = ("top-1", "top-3", "answered", "helped", "wrong", "quiet")
ROWS = [
    Row("zh", "in scope", 3, dict.fromkeys(MEASURES, 2 / 3)),
    Row(None, "near", 1000, dict.fromkeys(MEASURES, 0.0005) | {"quiet": 1.0}),
]


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
    print_table(ROWS)

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

    print_table(ROWS)

    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert shown.count("66.7") == 6
    assert "┃ language ┃ kind     ┃ count ┃" in shown


def test_two_tables_in_one() -> None:
    """What differs is shown as it was and as it is."""
    after = [Row("zh", "in scope", 3, ROWS[0].shares | {"wrong": 0.0, "top-1": 1.0}), ROWS[1]]

    assert list(changes_lines(ROWS, after))[1:] == [
        "zh\tin scope\t3\t66.7 -> 100.0\t66.7\t66.7\t66.7\t66.7 -> 0.0\t66.7",
        "\t".join(("all", "near", "1000", *["0.1"] * 5, "100.0")),
    ]


# What became of a question


@pytest.mark.parametrize(
    ("verdict", "found", "right", "expected"),
    [
        ("answer", "ab", "a", "answered"),
        ("answer", "ba", "a", "wrong"),
        ("suggest", "bca", "a", "offered"),
        ("suggest", "bcda", "a", "not helped"),
        ("none", "a", "a", "not helped"),
        ("smalltalk", "a", "a", "not helped"),
        ("answer", "a", "", "answered by mistake"),
        ("suggest", "a", "", "fine"),
        ("none", "", "", "fine"),
    ],
)
def test_levels(verdict: Verdict, found: str, right: str, expected: str) -> None:
    """Every question ends on one of the levels."""
    candidates = tuple(Candidate(entry, 0.5) for entry in found)
    outcome = Outcome(Question("?", "zh", tuple(right), "plain"), Match("?", "zh", verdict, candidates))

    assert level(outcome) == expected


def test_worse_is_a_lower_level() -> None:
    """The levels are in order, the worst first; the same level is no worse."""
    scope = [("answer", "b"), ("none", "a"), ("suggest", "a"), ("answer", "a")]
    outside = [("answer", "a"), ("none", "a")]
    for right, verdicts, names in ((("a",), scope, LEVELS), ((), outside, LEVELS_OUTSIDE)):
        outcomes = [
            Outcome(Question("?", "zh", right, "plain"), Match("?", "zh", verdict, (Candidate(entry, 0.5),)))  # type: ignore[arg-type]
            for verdict, entry in verdicts
        ]
        assert tuple(map(level, outcomes)) == names
        for place, one in enumerate(outcomes):
            assert [is_worse(one, other) for other in outcomes] == [place < other for other in range(len(outcomes))]


# The gate


def row(
    language: Language | None = "zh", kind: str = "in scope", count: int = 200, measure: str = "top-1", hits: int = 100
) -> Row:
    """Return a row in which one measure has so many hits."""
    return Row(language, kind, count, dict.fromkeys(MEASURES, 0.5) | {measure: hits / count})


@pytest.mark.parametrize("measure", ["top-1", "answered", "helped"])
@pytest.mark.parametrize("count", [200, 600, 199, 3])
def test_half_a_point_may_be_lost(measure: str, count: int) -> None:
    """Exactly half a point passes and the next question fails, also where the shares have no end; winning is no loss."""
    tolerated = count // 200
    before = [row(count=count, measure=measure, hits=count - 1)]

    def lost(by: int) -> list[str]:
        return [loss.measure for loss in losses(before, [row(count=count, measure=measure, hits=count - 1 - by)])]

    assert lost(tolerated) == []
    assert lost(tolerated + 1) == [measure]
    assert lost(-1) == []


@pytest.mark.parametrize("kind", ["in scope", "near", "far", "chat"])
def test_half_a_point_may_be_answered_wrongly(kind: str) -> None:
    """More wrong answers, and more by mistake out of scope, fail in the same way."""
    before = [row(kind=kind, measure="wrong", hits=10)]

    assert losses(before, [row(kind=kind, measure="wrong", hits=11)]) == []
    assert losses(before, [row(kind=kind, measure="wrong", hits=9)]) == []
    (loss,) = losses(before, [row(kind=kind, measure="wrong", hits=12)])
    name = "wrong" if kind == "in scope" else "answered by mistake"
    assert loss_line(loss) == f"worse: zh, {kind}: {name} 5.0 -> 6.0"


@pytest.mark.parametrize(
    ("language", "kind", "measure", "hits"),
    [
        (None, "in scope", "top-1", 0),
        ("zh", "plain", "top-1", 0),
        ("zh", "near", "top-1", 0),
        ("zh", "in scope", "top-3", 0),
        ("zh", "in scope", "quiet", 200),
    ],
)
def test_what_is_no_loss(language: Language | None, kind: str, measure: str, hits: int) -> None:
    """All languages together, single kinds in scope and other measures are shown and do not decide."""
    before, after = (row(language, kind, measure=measure, hits=count) for count in (100, hits))

    assert losses([before], [after]) == []


def test_every_language_counts_alone() -> None:
    """What one language wins does not make up for what another one loses."""
    before = [row("zh"), row("en")]

    found = losses(before, [row("zh", hits=200), row("en", hits=90)])

    assert found == [Loss("en", "in scope", "top-1", 0.5, 0.45)]


# The command


QUESTIONS = """\
{"q": "系统几月开放？", "lang": "zh", "ids": ["opening"], "kind": "plain"}
{"q": "申请表要打印几份？", "lang": "zh", "ids": ["form"], "kind": "rough"}
{"q": "hello", "lang": "en", "ids": [], "kind": "chat"}
"""


@pytest.fixture(name="measure")
def _measure(run: Run, folder: Path) -> Callable[..., Result]:
    """Return a function that measures the small content, with questions and an earlier file beside it."""
    questions = folder.parent / "questions.jsonl"
    questions.write_text(QUESTIONS, encoding="utf-8")

    def measure(*arguments: str | Path) -> Result:
        return run("eval", questions, *arguments, "--entries", folder)

    (folder.parent / "before.json").write_text(measure("--json").output, encoding="utf-8")
    return measure


def test_nothing_changed(measure: Callable[..., Result]) -> None:
    """Compared with itself nothing is lost, and the table is the usual one."""
    result = measure("--compare", "before.json")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output == measure().output


def test_something_got_worse(
    measure: Callable[..., Result], folder: Path, edit: Callable[[str, str, str], None]
) -> None:
    """What was and what is stands in the table; what was lost is said on standard error, with exit status 1."""
    edit("papers/form.yaml", "申请表要打印几份？", "问别的")
    edit("papers/photo.yaml", "要带几张照片？", "申请表要打印几份？")

    result = measure("--compare", "before.json")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].startswith("zh\tin scope\t2\t100.0 -> 50.0\t")
    assert result.stderr.splitlines() == [
        "worse: zh, in scope: top-1 100.0 -> 50.0",
        "worse: zh, in scope: answered 100.0 -> 50.0",
        "worse: zh, in scope: helped 100.0 -> 50.0",
        "worse: zh, in scope: wrong 0.0 -> 50.0",
    ]
    as_json = measure("--compare", "before.json", "--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)["rows"][0]["shares"]["top-1"]) == (1, 0.5)
    (folder.parent / "before.json").write_text(as_json.stdout, encoding="utf-8")
    assert measure("--compare", "before.json").exit_code == 0


def test_several_files_are_measured_together(measure: Callable[..., Result], folder: Path) -> None:
    """Each further file adds its questions; a baseline of fewer is refused."""
    more = folder.parent / "more.jsonl"
    more.write_text(QUESTIONS.splitlines()[0], encoding="utf-8")

    assert measure(more).output.splitlines()[1].startswith("zh\tin scope\t3\t")
    result = measure(more, "--compare", "before.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "regbot: before.json was measured with other questions (3 then, 4 now); measure again with `regbot eval --json`\n"
    )


def changed(**values: Any) -> Callable[[dict[str, Any]], str]:
    return lambda found: json.dumps(found | values)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(lambda found: json.dumps(found)[:-20], "is not what `regbot eval --json` prints: ", id="truncated"),
        pytest.param(lambda _: "", "is not what `regbot eval --json` prints: ", id="empty"),
        pytest.param(lambda found: json.dumps(found["rows"]), "is not what `regbot eval --json` prints: ", id="rows-alone"),
        pytest.param(lambda _: '{"name": "x"}', "is not what `regbot eval --json` prints: ", id="foreign"),
        pytest.param(changed(rows=[{"language": "zh"}]), "is not what `regbot eval --json` prints: ", id="other-rows"),
        pytest.param(changed(version=2), "was made by a newer version of regbot (its version is 2, not 1)", id="newer"),
        pytest.param(changed(version=2, rows=None), "was made by a newer version of regbot", id="newer-shape"),
        pytest.param(changed(questions="00"), "was measured with other questions; measure again", id="other-questions"),
        pytest.param(changed(rows=[]), "was measured with other questions (0 then, 3 now)", id="no-rows"),
        pytest.param(
            lambda found: json.dumps(found).replace('"top-3"', '"top-4"'), "has other measures; measure again", id="other-measures"
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_with(
    measure: Callable[..., Result], folder: Path, spoil: Callable[[dict[str, Any]], str], message: str
) -> None:
    """A file that is broken, foreign, newer or of other questions is refused with one sentence."""
    path = folder.parent / "before.json"
    path.write_text(spoil(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")

    result = measure("--compare", path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"regbot: {path} {message}")
    assert result.stderr.count("\n") == 1


def test_a_baseline_that_is_not_there(measure: Callable[..., Result], folder: Path) -> None:
    """A file that cannot be read is named."""
    assert (
        measure("--compare", "nowhere.json").stderr
        == "regbot: nowhere.json cannot be read: No such file or directory\n"
    )
    (folder.parent / "bytes.json").write_bytes(b"\xff\xfe")
    assert measure("--compare", "bytes.json").stderr.startswith(
        "regbot: bytes.json is not what `regbot eval --json` prints"
    )
