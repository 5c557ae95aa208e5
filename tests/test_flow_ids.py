"""The ids that people's runs refer to: listed in ids.yaml, so that none changes by mistake."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from bot.content import Problems
from bot.flow_checks import check_flows, ids_of
from faq.matcher import Matcher
from flows.definition import Library
from tests.flow_edits import DATES, LETTERS, QUESTIONS, edited, shown
from tests.flow_samples import write_flows

Check = Callable[..., list[str]]
Run = Callable[..., Result]

IDS = """\
letters:
  ask: [asked, refused]
  trouble: [again, give-up]
  role: [physician, assistant]
  wait: [here, waiting, lost]
  papers: [complete, anyway, letter, copy, photo]
  finished: []
  given-up: []
dates:
  obtained: [unknown]
  look: [found]
  registered: ['yes', 'no']
  years: [unknown]
  result: [thanks]
  done: []
"""
ACCEPT_GONE = "accept that with `regbot flow ids --write`"
ACCEPT = f'name it in "formerly" of the step that takes its place, or {ACCEPT_GONE}'
ADDS = "is not in ids.yaml yet; `regbot flow ids --write` adds it"


@pytest.fixture(name="check")
def _check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_matcher: Matcher) -> Check:
    """Return a function that checks the small library, edited (name, old text, new text), with a list of ids."""
    monkeypatch.chdir(tmp_path)

    def check(ids: str, *edits: tuple[str, str | None, str]) -> list[str]:
        problems = Problems()
        folder = write_flows(tmp_path / "flows", {**edited(*edits), "ids.yaml": ids})
        check_flows(folder, small_matcher.corpus, date(2026, 11, 22), problems)
        return shown(problems)

    return check


def test_ids_of_the_small_library(small_library: Library) -> None:
    """The ids of steps, and of their choices and items, stand in the order of the flows."""
    found = ids_of(small_library)

    assert found == yaml.safe_load(IDS)
    assert [(flow, list(steps)) for flow, steps in found.items()] == [
        (flow, list(steps)) for flow, steps in yaml.safe_load(IDS).items()
    ]


def test_nothing_has_changed(check: Check) -> None:
    """With all ids listed, in whatever order, there is no problem."""
    turned = yaml.safe_dump(yaml.safe_load(IDS), sort_keys=True)

    assert check(IDS) == []
    assert check(turned) == []


@pytest.mark.parametrize(
    ("edits", "messages"),
    [
        pytest.param([(LETTERS, "id: refused", "id: declined")], [
            f'ids.yaml:2: letters.ask: "refused" is gone although people may have chosen it; {ACCEPT_GONE}',
            f'letters.yaml:9: steps[0]: "declined" {ADDS}',
        ], id="choice-renamed"),
        pytest.param([(LETTERS, "      - {id: lost, zh: 信丢了, en: It is lost, flow: dates, next: ask}\n", "")], [
            f'ids.yaml:5: letters.wait: "lost" is gone although people may have chosen it; {ACCEPT_GONE}',
        ], id="choice-gone"),
        pytest.param([(LETTERS, "      - {id: copy, zh: 复印件, en: A copy}\n", "")], [
            f'ids.yaml:6: letters.papers: "copy" is gone although people may have chosen it; {ACCEPT_GONE}',
        ], id="item-gone"),
        pytest.param([(QUESTIONS, "{id: assistant,", "{id: helper,"), (LETTERS, "assistant}", "helper}"),
                      (LETTERS, "assistant}", "helper}")], [
            f'ids.yaml:4: letters.role: "assistant" is gone although people may have chosen it; {ACCEPT_GONE}',
            f'letters.yaml:25: steps[2]: "helper" {ADDS}',
        ], id="answer-renamed"),
        pytest.param([(LETTERS, "- id: trouble", "- id: fight"), (LETTERS, "next: trouble", "next: fight")], [
            f'ids.yaml:3: letters.trouble: the step "trouble" is gone although people may be at it; {ACCEPT}',
            f'letters.yaml:17: steps[1]: "fight" {ADDS}',
        ], id="step-renamed"),
        pytest.param([(LETTERS, "- id: trouble", "- id: fight\n    formerly: [trouble]"),
                      (LETTERS, "next: trouble", "next: fight")], [
            f'letters.yaml:17: steps[1]: "fight" {ADDS}',
        ], id="step-renamed-with-notice"),
        pytest.param([(LETTERS, "{id: copy,", "{id: more, zh: 更多, en: More}\n      - {id: copy,")], [
            f'letters.yaml:36: steps[4]: "more" {ADDS}',
        ], id="new-item"),
        pytest.param([(LETTERS, "{id: asked,", "{id: b, zh: 乙, en: B, next: role}\n      - {id: asked,"),
                      (LETTERS, "{id: asked,", "{id: a, zh: 甲, en: A, next: role}\n      - {id: asked,")], [
            f'letters.yaml:9: steps[0]: "a" {ADDS}',
            f'letters.yaml:9: steps[0]: "b" {ADDS}',
        ], id="new-choices"),
    ],
)  # fmt: skip
def test_changed_flows(check: Check, edits: list[tuple[str, str, str]], messages: list[str]) -> None:
    """An id that is gone is a problem, unless a step takes its place; a new one is to be listed."""
    assert check(IDS, *edits) == messages


def test_step_that_takes_a_place_and_is_listed(check: Check) -> None:
    """A step that was renamed with notice, and listed beside the old one, is no problem."""
    ids = IDS.replace("  trouble: [again, give-up]\n", "  trouble: [again, give-up]\n  fight: [again, give-up]\n")
    edits = [
        (LETTERS, "- id: trouble", "- id: fight\n    formerly: [trouble]"),
        (LETTERS, "next: trouble", "next: fight"),
    ]

    assert check(ids, *edits) == []


def test_flow_gone(check: Check) -> None:
    """A flow that is gone is one problem, not one for each of its steps."""
    ids = IDS + "papers:\n  first: [go-on]\n  last: []\n"

    assert check(ids) == [
        f'ids.yaml:17: papers: the flow "papers" is gone although people may be in it; {ACCEPT_GONE}',
    ]


def test_new_flow(check: Check) -> None:
    """When a flow is new, each of its steps is to be listed."""
    found = check(IDS.partition("dates:")[0])

    assert found == [
        f'dates.yaml:{line}: steps[{number}]: "{step}" {ADDS}'
        for number, (line, step) in enumerate(
            [(9, "obtained"), (12, "look"), (18, "registered"), (25, "years"), (33, "result"), (49, "done")]
        )
    ]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        pytest.param("", "1: is empty", id="empty"),
        pytest.param(
            "letters: [\n",
            "2: is not valid YAML: while parsing a flow node did not find expected node content",
            id="not-yaml",
        ),
        pytest.param("- letters\n", "1: expected a mapping, found a list", id="list"),
        pytest.param(
            IDS.replace("dates:", "dates: later\nd:"), "9: dates: expected a mapping, found a text", id="flow"
        ),
        pytest.param(IDS.replace("[thanks]", "thanks"), "14: dates.result: expected a list, found a text", id="step"),
        pytest.param(
            IDS.replace("'no'", "no"),
            '12: dates.registered[1]: expected a text, found a truth value "no" (quote it)',
            id="unquoted",
        ),
        pytest.param(IDS.replace("  done:", "  look:"), '15: dates: the key "look" is written twice', id="twice"),
    ],
)
def test_broken_list(check: Check, ids: str, message: str) -> None:
    """A list that cannot be used is the only problem: what else differs only follows from it."""
    assert check(ids) == [f"ids.yaml:{message}"]


def test_list_is_named_like_the_flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_matcher: Matcher) -> None:
    """The list's problems name its folder, as those of the flows do."""
    monkeypatch.chdir(tmp_path)
    problems = Problems()
    folder = write_flows(
        tmp_path / "some" / "flows", {**edited((DATES, "  - id: years", "  - id: age")), "ids.yaml": IDS}
    )
    (folder / DATES).write_text(edited((DATES, "thanks", "thank-you"))[DATES], encoding="utf-8")

    check_flows(folder, small_matcher.corpus, date(2026, 11, 22), problems)

    assert {problem.file for problem in problems.found} == {"some/flows/ids.yaml", "some/flows/dates.yaml"}


def test_print(run: Run, tmp_path: Path) -> None:
    """The ids are printed as YAML, and nothing is written."""
    flows = write_flows(tmp_path / "flows")

    result = run("flow", "ids", "--flows", flows)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == IDS
    assert not (flows / "ids.yaml").exists()


def test_write(run: Run, tmp_path: Path, check: Check) -> None:
    """The list is written beside the flows, with a note about what it is; then there is no problem."""
    flows = write_flows(tmp_path / "flows", {**edited(), "ids.yaml": "letters: {}\n"})

    result = run("flow", "ids", "--write", "--flows", flows)

    written = (flows / "ids.yaml").read_text(encoding="utf-8")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{flows / 'ids.yaml'} written\n")
    assert written == (
        "# The ids that people's runs refer to: by flow and step, those of choices and items. "
        "Written by `regbot flow ids --write`;\n"
        "# `regbot check` compares it with the flows, so that no id changes by mistake while people are on their way.\n"
        + IDS
    )
    assert check(written) == []
    assert run("flow", "ids", "--write", "--flows", flows).exit_code == 0
    assert (flows / "ids.yaml").read_text(encoding="utf-8") == written


def test_long_lists_stay_readable(run: Run, tmp_path: Path) -> None:
    """A step with many ids takes several lines, which are read again as they were."""
    many = "".join(f"      - {{id: a-rather-long-name-{n}, zh: 东西{n}, en: Thing {n}}}\n" for n in range(20))
    flows = write_flows(tmp_path / "flows", edited((LETTERS, "    items:\n", "    items:\n" + many)))

    result = run("flow", "ids", "--flows", flows)

    assert len(result.stdout.splitlines()) > len(IDS.splitlines())
    assert len(yaml.safe_load(result.stdout)["letters"]["papers"]) == 25


def test_write_where_it_cannot(run: Run, tmp_path: Path) -> None:
    """A list that cannot be written is one sentence."""
    flows = write_flows(tmp_path / "flows")
    (flows / "ids.yaml").mkdir()

    result = run("flow", "ids", "--write", "--flows", flows)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"regbot: {flows / 'ids.yaml'} cannot be written: Is a directory\n"


def test_write_of_broken_flows(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of flows with problems nothing is written: half a list would let ids be lost."""
    monkeypatch.chdir(tmp_path)
    flows = write_flows(tmp_path / "flows", {**edited((DATES, "id: dates", "id: date")), "ids.yaml": IDS})

    result = run("flow", "ids", "--write", "--flows", flows)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"regbot: the flows in {flows} have problems: flows/dates.yaml:1: ")
    assert (flows / "ids.yaml").read_text(encoding="utf-8") == IDS
