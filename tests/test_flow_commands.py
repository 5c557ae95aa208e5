"""The commands for curators: a flow as text, and as a drawing; and the checks of other flows than the project's."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from bot.commands.flow import flow
from flows.definition import Choice, Item, Library
from flows.graph import mermaid
from tests.conftest import SMALL, write_files
from tests.flow_edits import DATES, LETTERS, edited
from tests.flow_samples import flow_of, write_flows

Run = Callable[..., Result]
Process = Callable[..., subprocess.CompletedProcess[bytes]]

LETTERS_ZH = """\
等一封信 [letters]
要来一封信。

去要 [ask: information]
  请单位寄信。
  * 留个底。
  (要了) -> role
  (单位不肯) -> trouble
  常见问题: photo

单位不肯 [trouble: information, 支线]
  找卫健委。
  (再去要) -> ask
  (不办了) -> given-up

你的身份 [role: choice]
  你考过的是哪一个？
  (执业医师) -> wait
  (助理医师) -> wait

等信 [wait: waiting]
  等单位。
  <仅当 role = assistant>
  助理等区县。
"""
DATES_EN = """\
My dates [dates]
Work out your dates.

Date of pass [obtained: date]
  When did you pass?
  (typed) -> registered
  (I do not know) -> look

Find the date [look: information, aside]
  Look at the certificate.
  (I found it) -> obtained

Registered already [registered: choice]
  Are you registered?
  (I am) -> years
  (I am not) -> years

How many years [years: number]
  How many years?
  (typed) -> result
  (I do not know) -> result

Your dates [result: result]
  The limit is {limit}.
  <if limit-state = open/soon>
  {days-left|day} left.
  <unless limit-state = open/soon>
  It has passed.
  (All right) -> done

That is all [done: information]
  Write it down.
  (ends: done)
"""
DATES_ZH_GRAPH = """\
flowchart TD
    n-obtained{"取得时间"}
    n-look["找日期"]
    n-registered{"注册了没有"}
    n-years{"要几年"}
    n-result["你的日期"]
    n-done(["说完了"])
    n-obtained -->|"填写"| n-registered
    n-obtained -->|"不清楚"| n-look
    n-look -->|"找到了"| n-obtained
    n-registered -->|"注册了"| n-years
    n-registered -->|"还没注册"| n-years
    n-years -->|"填写"| n-result
    n-years -->|"不清楚"| n-result
    n-result -->|"知道了"| n-done
"""


@pytest.fixture(name="flows")
def _flows(tmp_path: Path) -> Path:
    """Return the folder of the small library."""
    return write_flows(tmp_path / "flows")


@pytest.mark.parametrize("name", list(flow.commands))
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_command(run: Run, name: str, option: str) -> None:
    """Every command and every option of it is described."""
    command = flow.commands[name]
    result = run("flow", name, option)

    assert result.exit_code == 0
    assert command.help
    assert result.output.startswith(f"Usage: regbot flow {name} ")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert all(spelling in result.output for spelling in parameter.opts)
        else:
            assert parameter.human_readable_name.strip("[]") in command.help
            assert parameter.human_readable_name in result.output


def test_help_lists_every_command(run: Run) -> None:
    """The help names every command with what it does."""
    result = run("flow", "--help")

    assert list(flow.commands) == ["show", "graph", "migrate-check", "ids"]
    for name, command in flow.commands.items():
        assert f"  {name} " in result.output
        assert command.get_short_help_str(30).removesuffix("...") in result.output


def test_show(run: Run, flows: Path) -> None:
    """A flow is shown step by step, in Chinese if nothing else is asked for."""
    result = run("flow", "show", "letters", "--flows", flows)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(LETTERS_ZH)
    assert "  (信丢了) -> ask (先办 dates)\n" in result.stdout
    assert "  [ ] 复印件 [copy]\n" in result.stdout
    assert "  (结束: stopped)\n" in result.stdout


def test_show_in_english(run: Run, flows: Path) -> None:
    """A flow is shown in the language that is asked for."""
    result = run("flow", "show", "dates", "--language", "en", "--flows", flows)

    assert (result.exit_code, result.stdout) == (0, DATES_EN)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("zh", ("仅当 role = assistant; 除非 wait = lost/here", "1. 甲", "2. 乙", "- 丙"), id="chinese"),
        pytest.param("en", ("if role = assistant; unless wait = lost/here", "1. a", "2. b", "- c"), id="english"),
    ],
)
def test_show_passages(run: Run, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    """Steps are numbered, lists are marked, and conditions stand above what they are about."""
    condition = "when: {role: assistant}, unless: {wait: [lost, here]}"
    flows = write_flows(
        tmp_path / "flows",
        edited(
            (LETTERS, "[找卫健委。]", f"[{{steps: [甲, 乙], {condition}}}, {{list: [丙]}}]"),
            (LETTERS, "[Turn to the commission.]", f"[{{steps: [a, b], {condition}}}, {{list: [c]}}]"),
        ),
    )

    result = run("flow", "show", "letters", "--language", language, "--flows", flows)

    assert f"  <{words[0]}>\n" + "".join(f"  {line}\n" for line in words[1:]) in result.stdout


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["letters", "dates"])
def test_show_everything_said(run: Run, flows: Path, small_library: Library, name: str, language: str) -> None:
    """Everything that a person may read is shown, also what is said to those who still wait."""
    found = small_library.flow(name)
    assert found is not None
    shown = run("flow", "show", name, "--language", language, "--flows", flows).stdout

    texts = [found.texts[language].title, found.texts[language].summary]
    for step in found.steps:
        said = step.texts[language]
        texts += [said.title, said.again or "", *(text for passage in said.body for text in passage.texts)]
        options: tuple[Choice | Item, ...] = (*step.choices, *step.items)
        texts += [*(option.labels[language] for option in options), *step.see]
    assert [text for text in texts if text not in shown] == []


def test_show_offers(run: Run, tmp_path: Path) -> None:
    """The flows that are offered at the end are shown."""
    flows = write_flows(tmp_path / "flows", edited((DATES, "end: done", "end: done\n    offers: [letters]")))

    assert "letters" in run("flow", "show", "dates", "--flows", flows).stdout


@pytest.mark.parametrize("command", ["show", "graph"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("leters", 'there is no flow "leters"; did you mean letters?', id="near"),
        pytest.param("zebra", 'there is no flow "zebra"', id="far"),
    ],
)
def test_unknown_flow(run: Run, flows: Path, command: str, name: str, message: str) -> None:
    """An id that does not exist is an error, which names the nearest one."""
    result = run("flow", command, name, "--flows", flows)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


def test_graph(run: Run, flows: Path) -> None:
    """A flow is drawn for Mermaid, in Chinese if nothing else is asked for."""
    result = run("flow", "graph", "dates", "--flows", flows)

    assert (result.exit_code, result.stdout) == (0, DATES_ZH_GRAPH)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_graph_in_a_language(run: Run, flows: Path, small_library: Library, language: str) -> None:
    """A flow is drawn with the labels of the language that is asked for."""
    result = run("flow", "graph", "letters", "--language", language, "--flows", flows)

    assert (result.exit_code, result.stdout) == (0, mermaid(flow_of(small_library, "letters"), language) + "\n")


def test_graph_of_all_flows(run: Run, flows: Path) -> None:
    """Without an id all flows are drawn, in Chinese and in the order of the menu."""
    single = [run("flow", "graph", name, "--flows", flows).stdout for name in ("letters", "dates")]

    result = run("flow", "graph", "--flows", flows)

    assert result.stdout == "\n".join(single)
    assert '    f-dates[["dates"]]\n' in single[0]
    assert '    n-wait -->|"信丢了"| f-dates -.-> n-ask\n' in single[0]


@pytest.mark.parametrize("arguments", [["show"], ["show", "a", "b"], ["graph", "a", "b"], ["ids", "letters"], ["draw"]])
def test_wrong_arguments(run: Run, arguments: list[str]) -> None:
    """Wrong arguments are a matter of usage."""
    result = run("flow", *arguments)

    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: regbot flow ")


@pytest.mark.parametrize(
    "arguments", [["show", "letters"], ["graph"], ["ids"], ["ids", "--write"], ["migrate-check"]], ids=" ".join
)
def test_bad_folder(run: Run, flows: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """Flows that cannot be used end every command with one sentence."""
    monkeypatch.chdir(flows.parent)
    missing = run("flow", *arguments, "--flows", "nowhere")
    write_flows(flows, {DATES: edited()[DATES].replace("id: dates", "id: date")})
    broken = run("flow", *arguments, "--flows", "flows")

    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr == (
        "regbot: the flows in nowhere have problems: nowhere:1: this folder does not exist; "
        "`regbot check` lists them all\n"
    )
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert broken.stderr == (
        "regbot: the flows in flows have problems: flows/dates.yaml:1: "
        'the id "date" and the file\'s name "dates.yaml" do not belong together; `regbot check` lists them all\n'
    )


def test_in_a_process(regbot: Process, flows: Path) -> None:
    """The process itself shows flows, and ends with the sentence and the exit status 1."""
    shown = regbot("flow", "show", "dates", "--language", "en", "--flows", flows)
    unknown = regbot("flow", "show", "蚂蚁", "--flows", flows)

    assert (shown.returncode, shown.stdout.decode(), shown.stderr) == (0, DATES_EN, b"")
    assert (unknown.returncode, unknown.stdout) == (1, b"")
    assert unknown.stderr.decode() == 'regbot: there is no flow "蚂蚁"\n'


@pytest.fixture(name="content")
def _content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the small corpus, one entry of which leads to a flow of the small library; the current folder is above."""
    monkeypatch.chdir(tmp_path)
    files = {name: text.replace("flow: materials", "flow: letters") for name, text in SMALL.items()}
    return write_files(tmp_path / "content", files)


def test_check(run: Run, content: Path, flows: Path) -> None:
    """Content and flows without problems have the exit status 0."""
    result = run("check", "--entries", content, "--flows", flows, "--today", "2026-11-22")

    assert (result.exit_code, result.output) == (0, "0 errors, 0 warnings\n")


def test_check_of_bad_flows(run: Run, content: Path, flows: Path) -> None:
    """The problems of flows and content are listed together, and the exit status is 1."""
    write_flows(flows, {DATES: edited((DATES, "unknown: look}", "unknown: lok}"))[DATES]})

    result = run("check", "--entries", content, "--flows", flows, "--today", "2027-11-22")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "flows/dates.yaml:4: reviewed: warning: was last reviewed on 2026-11-01, more than a year ago",
        'flows/dates.yaml:11: steps[0].next: "next": there is no step "lok" in this flow',
        "flows/letters.yaml:3: reviewed: warning: was last reviewed on 2026-11-01, more than a year ago",
    ]
    assert result.stderr == "1 error, 2 warnings\n"


def test_check_of_flows_that_cannot_be_read(run: Run, content: Path, flows: Path) -> None:
    """Problems of reading are listed for entries and flows at once; nothing else is checked then."""
    write_flows(flows, {DATES: edited((DATES, "unknown: look}", "unknown: lok}"))[DATES]})
    write_flows(flows, {LETTERS: edited((LETTERS, "end: done", "end: well"))[LETTERS]})
    write_files(content, {"papers/form.yaml": SMALL["papers/form.yaml"].replace("id: form", "id: from")})

    result = run("check", "--entries", content, "--flows", flows, "--today", "2026-11-22")

    assert result.stdout.splitlines() == [
        'content/papers/form.yaml:1: id: "from" is not the file\'s name "form"',
        'flows/letters.yaml:49: steps[5].end: "well" is not one of done, stopped',
    ]


def test_check_of_warnings_only(run: Run, content: Path, flows: Path) -> None:
    """Warnings about flows do not change the exit status, nor keep the content from being checked."""
    result = run("check", "--entries", content, "--flows", flows, "--today", "2027-11-22")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "0 errors, 6 warnings"


def test_check_of_no_flows(run: Run, content: Path) -> None:
    """A folder of flows that does not exist is one error."""
    result = run("check", "--entries", content, "--flows", "nowhere", "--today", "2026-11-22")

    assert (result.exit_code, result.stdout) == (1, "nowhere:1: this folder does not exist\n")


def test_check_of_a_flow_that_an_entry_leads_to(run: Run, content: Path, flows: Path) -> None:
    """Entries lead to the flows in the folder that was named, and to no others."""
    (flows / LETTERS).unlink()

    result = run("check", "--entries", content, "--flows", flows, "--today", "2026-11-22")

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        'content/papers/photo.yaml:5: flow: there is no flow "letters"; known: dates',
        'flows/questions.yaml:1: [0]: warning: no flow asks the question "role"',
    ]
