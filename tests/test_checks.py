"""The checks over the whole content: each with content that breaks it, and the project's own content without problems."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import Result

from bot.checks import MIN_PHRASINGS, check_content
from faq.matcher import Matcher
from faq.text import LANGUAGES
from tests.flow_edits import DATES, LETTERS, QUESTIONS, beside, checking
from tests.flow_samples import FLOWS, write_flows

TODAY = date(2026, 11, 22)
PHOTO, FORM, OPENING = "papers/photo.yaml", "papers/form.yaml", "dates/opening.yaml"

Edit = Callable[[str, str, str], None]


def problems_of(folder: Path, today: date = TODAY, *, check_flows: bool = True) -> list[str]:
    problems = check_content(folder, today, beside(folder), check_flows=check_flows)
    return [str(problem).removeprefix("content/") for problem in problems.in_order()]


def test_small_corpus_is_clean(folder: Path) -> None:
    """The corpus that these tests break has no problem before."""
    assert problems_of(folder) == []


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        pytest.param((PHOTO, "facts:\n", "facts: []\n#"), [
            'papers/photo.yaml:1: "facts" is missing',
        ], id="no-facts"),
        pytest.param((FORM, "sources:\n", "sources: []\n#"), [
            'papers/form.yaml:1: "sources" is missing'
        ], id="no-sources"),
        pytest.param((OPENING, "reviewed: 2026-11-01\n", ""), [
            'dates/opening.yaml:1: "reviewed" is missing'
        ], id="no-review"),
        pytest.param((OPENING, "2026-11-01", "2026-11-23"), [
            "dates/opening.yaml:3: reviewed: 2026-11-23 lies in the future"
        ], id="reviewed-tomorrow"),
        pytest.param((OPENING, "2026-11-01", "2025-11-21"), [
            "dates/opening.yaml:3: reviewed: warning: was last reviewed on 2025-11-21, more than a year ago"
        ], id="reviewed-long-ago"),
        pytest.param((OPENING, "2026-11-01", "2025-11-22"), [], id="reviewed-a-year-ago"),
        pytest.param((OPENING, "2026-11-01", "2026-11-22"), [], id="reviewed-today"),
        pytest.param((PHOTO, "flow: materials", "flow: papers"), [
            'papers/photo.yaml:5: flow: there is no flow "papers"; known: letters, materials'
        ], id="no-such-flow"),
        pytest.param((FORM, "related: [photo]", "related: [photo, form, picture]"), [
            "papers/form.yaml:3: related: an entry is not related to itself",
            'papers/form.yaml:3: related: there is no entry "picture"',
        ], id="related"),
        pytest.param((FORM, "document: notice", "document: poster"), [
            'papers/form.yaml:6: sources: there is no document "poster" in sources.yaml'
        ], id="no-such-document"),
        pytest.param((FORM, "question: 申请表要打印几份？", "question: " + 101 * "表"), [
            "papers/form.yaml:10: zh.question: has 101 characters, a button takes 100"
        ], id="question-too-long-for-a-button"),
        pytest.param((PHOTO, "  local: 各地", "  # local: 各地"), [
            'papers/photo.yaml:14: zh: "local" is missing: the rule varies, so the answer has to say whom to ask'
        ], id="varies-without-local"),
        pytest.param((PHOTO, "varies: true", "varies: false"), [
            'papers/photo.yaml:21: zh.local: stands here although "varies" is not true',
            'papers/photo.yaml:31: en.local: stands here although "varies" is not true',
        ], id="local-without-varies"),
        pytest.param((PHOTO, "en: two photos}", "en: three photos}"), [
            'papers/photo.yaml:11: facts: the en answer does not say "three photos" (How many photos are needed.)'
        ], id="fact-not-said"),
        pytest.param((PHOTO, "zh: 两张照片", "zh: 当地窗口"), [], id="fact-in-local"),
        pytest.param((PHOTO, "zh: 两张照片", "zh: 再去打印"), [], id="fact-in-a-step"),
        pytest.param((FORM, "order: 2", "order: 1"), [
            'papers/photo.yaml:2: order: 1 is already the place of "form" in this group'
        ], id="one-place-for-two"),
        pytest.param((FORM, "- 请打印两份。", "- 请打印两份，65438+2月以前。"), [
            'papers/form.yaml:13: zh.answer: shows garbled text ("65438...")'
        ], id="garbled-answer"),
        pytest.param(("small-talk.yaml", "你好，请问吧", "你好165438"), [
            'small-talk.yaml:2: [0].zh.reply: shows garbled text ("65438...")'
        ], id="garbled-small-talk"),
        pytest.param(("out-of-scope/exam.yaml", "about scores", "about 654381"), [
            'out-of-scope/exam.yaml:3: [0].en.pointer: shows garbled text ("65438...")'
        ], id="garbled-pointer"),
        pytest.param((FORM, "- 请打印两份。", "- 请上 docsys.cn 打印两份。"), [
            'papers/form.yaml:13: zh.answer: shows the address "docsys.cn", which is not an official one',
        ], id="look-alike-address"),
        pytest.param((FORM, "summary: Twice.", "summary: See https://example.com/form"), [
            'papers/form.yaml:17: en.summary: shows the address "https://example.com/form", which is not an official one'
        ], id="unknown-address"),
        pytest.param((FORM, "summary: Twice.", "summary: See cndocsys.cn"), [], id="the-known-address"),
        pytest.param((FORM, "summary: Twice.", "summary: See www.nhc.gov.cn"), [
            'papers/form.yaml:17: en.summary: shows the address "www.nhc.gov.cn", which is not the one in "portal-address"'
        ], id="official-but-another-address"),
        pytest.param((PHOTO, "local: The number", "local: See nhc.gov.cn. The number"), [
            'papers/photo.yaml:31: en.local: shows the address "nhc.gov.cn", which is not the one in "portal-address"'
        ], id="address-in-local"),
        pytest.param(("small-talk.yaml", "Just ask.", "See nhc.gov.cn"), [
            'small-talk.yaml:3: [0].en.reply: shows the address "nhc.gov.cn", which is not the one in "portal-address"'
        ], id="address-in-small-talk"),
        pytest.param((OPENING, "关于开通的规定", "关于申请表的规定"), [
            'papers/form.yaml:14: zh.phrasings[3]: "关于申请表的规定" already stands under "opening"'
        ], id="phrasing-of-two-entries"),
        pytest.param((OPENING, "关于开通的规定", "关于申请表的规定！"), [
            'papers/form.yaml:14: zh.phrasings[3]: "关于申请表的规定" already stands under "opening" as "关于申请表的规定！"'
        ], id="phrasing-of-two-entries-in-another-shape"),
        pytest.param((OPENING, "关于开通的规定", "要带几张照片"), [
            'papers/photo.yaml:22: zh.phrasings: "要带几张照片？" already stands under "opening" as "要带几张照片"'
        ], id="question-of-another-entry"),
        pytest.param((OPENING, "关于开通的规定", "你好"), [
            'small-talk.yaml:2: [0].zh.phrasings[0]: "你好" already stands under "opening"'
        ], id="phrasing-of-small-talk"),
        pytest.param((OPENING, "are there rules for the start", "when are the exam scores published"), [
            (
                'out-of-scope/exam.yaml:3: [0].en.phrasings[1]: warning: "when are exam scores published" '
                'is nearly "when are the exam scores published" under "opening"'
            ),
        ], id="phrasing-nearly-that-of-a-subject"),
    ],
)  # fmt: skip
def test_broken_content(folder: Path, edit: Edit, change: tuple[str, str, str], messages: list[str]) -> None:
    """Each check names the file, the line and the place, and what is wrong."""
    edit(*change)

    assert problems_of(folder) == messages


def test_too_few_phrasings(folder: Path, edit: Edit) -> None:
    """An entry needs twenty-five phrasings in each language."""
    edit(FORM, "phrasings: [申请表怎么弄, ", "phrasings: [")

    assert problems_of(folder) == ["papers/form.yaml:14: zh.phrasings: has 24 phrasings, at least 25 are needed"]


@pytest.mark.parametrize(("length", "problems"), [pytest.param(54, 0, id="fits"), pytest.param(55, 1, id="too-long")])
def test_id_too_long_for_a_button(folder: Path, edit: Edit, length: int, problems: int) -> None:
    """An entry's id fits a button together with what the button means."""
    name = "x" * length
    edit(OPENING, "id: opening", f"id: {name}")
    edit(PHOTO, "related: [form, opening]", "related: [form]")
    (folder / OPENING).rename(folder / "dates" / f"{name}.yaml")

    assert problems_of(folder) == [f'dates/{name}.yaml:1: the id "{name}" is too long for a button'] * problems


def test_id_that_no_link_can_carry(folder: Path, edit: Edit) -> None:
    """An entry's id stands in links into the chat, which carry only A-Z, a-z, 0-9, _ and -."""
    edit(OPENING, "id: opening", "id: open.ing")
    edit(PHOTO, "related: [form, opening]", "related: [form]")
    (folder / OPENING).rename(folder / "dates" / "open.ing.yaml")

    assert problems_of(folder) == ['dates/open.ing.yaml:1: the id "open.ing" has characters that no link can carry']


@pytest.mark.parametrize(("length", "problems"), [pytest.param(58, 0, id="fits"), pytest.param(59, 1, id="too-long")])
@pytest.mark.parametrize("listed", [True, False])
def test_group_too_long_for_a_button(folder: Path, edit: Edit, length: int, problems: int, *, listed: bool) -> None:
    """A group's id fits a button together with what the button means."""
    name = "x" * length
    (folder / "dates").rename(folder / name)
    if listed:
        edit("groups.yaml", "id: dates", f"id: {name}")
    else:
        (folder / "groups.yaml").unlink()

    place = "groups.yaml:2: [1]" if listed else f"{name}/opening.yaml:1"
    assert problems_of(folder) == [f'{place}: the group "{name}" has too long an id for a button'] * problems


def test_question_too_long_for_a_button(
    tmp_path: Path, small_matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shared question's id fits the button with which a person has it forgotten."""
    monkeypatch.chdir(tmp_path)

    def found(length: int) -> list[str]:
        name = "x" * length
        edits = ((QUESTIONS, "id: role\n", f"id: {name}\n"), (LETTERS, "question: role\n", f"question: {name}\n"))
        return checking(tmp_path, small_matcher.corpus, edits)

    assert found(58) == []
    assert found(59) == ["questions.yaml:1: [0]: its ids take 65 bytes of a button, at most 64 are allowed"]


@pytest.mark.parametrize(
    ("flow_id", "message"),
    [
        pytest.param("x" * 51, None, id="fits"),
        pytest.param("x" * 52, "its ids take 65 bytes of a button, at most 64 are allowed", id="too-long"),
        pytest.param("my.flow", 'the id "my.flow" has characters that no link can carry', id="no-link"),
    ],
)
def test_flow_id(folder: Path, flow_id: str, message: str | None) -> None:
    """A flow's id fits the button that begins it again, also where its steps have short ids, and a link."""
    head, _, _ = FLOWS[DATES].partition("steps:")
    step = """\
          - {id: a, kind: information, zh: {title: 甲, body: [甲]}, en: {title: A, body: [A]}, choices: [{id: b, says: next, zh: 好, en: Fine, next: c}]}
          - {id: c, kind: information, end: done, zh: {title: 丙, body: [丙]}, en: {title: C, body: [C]}}
        """
    file = head.replace("id: dates", f"id: {flow_id}").replace("order: 2", "order: 3") + "steps:\n" + dedent(step)
    write_flows(beside(folder), {f"{flow_id}.yaml": file})

    assert problems_of(folder) == ([f"flows/{flow_id}.yaml:1: id: {message}"] if message else [])


def test_sources_are_free_without_a_list(folder: Path) -> None:
    """Where no documents are listed, an entry may name any."""
    (folder / "sources.yaml").unlink()

    assert problems_of(folder) == []


def test_addresses_are_free_without_their_entry(folder: Path) -> None:
    """Without the entry about the address, every official one may be shown; others may not."""
    (folder / "dates/portal-address.yaml").unlink()
    text = (folder / FORM).read_text(encoding="utf-8")
    (folder / FORM).write_text(text.replace("summary: Twice.", "summary: nhc.gov.cn not docsys.cn"), encoding="utf-8")

    assert problems_of(folder) == [
        'papers/form.yaml:17: en.summary: shows the address "docsys.cn", which is not an official one'
    ]


def test_several_problems_at_once(folder: Path, edit: Edit) -> None:
    """All checks run in one pass, over all files."""
    edit(OPENING, "2026-11-01", "2020-01-01")
    edit(PHOTO, "flow: materials", "flow: nowhere")
    edit(FORM, "order: 2", "order: 1")

    assert [problem.partition(": ")[0] for problem in problems_of(folder)] == [
        "dates/opening.yaml:3",
        "papers/photo.yaml:2",
        "papers/photo.yaml:5",
    ]


def test_flows_are_checked_on_demand(folder: Path) -> None:
    """The problems of flows are listed when they are asked for; entries may lead to them in any case."""
    flows = beside(folder)
    text = (flows / LETTERS).read_text(encoding="utf-8")
    write_flows(flows, {LETTERS: text.replace("see: [photo]", "see: [picture]")})
    problem = 'flows/letters.yaml:11: steps[0].see: there is no entry "picture"'

    assert check_content(folder, TODAY, flows).found == []
    assert [str(found) for found in check_content(folder, TODAY, flows, check_flows=True).found] == [problem]


def test_no_flows(folder: Path) -> None:
    """Where there are no flows, an entry cannot lead to one; that they are missing is said when they are checked."""
    missing = folder.parent / "none"

    (found,) = check_content(folder, TODAY, missing).found
    (checked,) = check_content(folder, TODAY, missing, check_flows=True).found

    assert str(found) == 'content/papers/photo.yaml:5: flow: there is no flow "materials"; known: '
    assert str(checked) == f"{missing}:1: this folder does not exist"


def test_unreadable_content_is_not_checked_further(folder: Path, edit: Edit) -> None:
    """What cannot be read is reported alone: everything else would only follow from it."""
    edit(FORM, "id: form", "id: from")
    edit(OPENING, "2026-11-01", "2026-11-23")

    assert problems_of(folder) == ['papers/form.yaml:1: id: "from" is not the file\'s name "form"']


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("nowhere", "this folder does not exist", id="missing"),
        pytest.param("content/groups.yaml", "this folder does not exist", id="file"),
        pytest.param("content/out-of-scope", "holds no entries (expected <group>/<id>.yaml)", id="empty"),
    ],
)
def test_no_content(folder: Path, name: str, message: str) -> None:
    """A folder that is no content is a problem of the folder."""
    path = folder.parent / name

    assert problems_of(path) == [f"{path}:1: {message}"]


def test_project_content_has_no_problems(run: Callable[..., Result]) -> None:
    """The project's own content is clean, as `regbot check` sees it today; only the time for a review may have come."""
    result = run("check")

    *problems, last = result.output.splitlines()
    assert [problem for problem in problems if "was last reviewed on " not in problem] == []
    assert result.exit_code == 0
    assert last.startswith("0 errors, ")


IDS = """
after-passing-order ask-local-authority print-transcript qualification-certificate-issue-time
register-before-certificate what-is-e-registration
assistant-exam-year december-vs-january two-year-limit when-opens year-end-deadline years-counted-from
already-registered-on-paper assistant-must-register clinical-assistant-as-gp military-hospital need-institution-first
rural-assistant-both-certificates
account-sign-up activation-code-how activation-code-not-received change-login-details forgot-password
identity-not-verified institution-cannot-send-code mobile-entry phone-and-email-purpose portal-address
real-name-field sms-code-not-received
add-general-practice all-fields-required assistant-practice-start-field assistant-single-scope
employment-period-field fix-wrong-info home-address modification-needs-approval photo-change practice-location-level
professional-title-field residency-training-field scope-how-many scope-of-practice-assistant submit-application
paper-materials photo-requirements review-process where-to-submit-papers
update-personal-info upgrade-assistant-to-physician what-can-i-do-after
"""


def test_project_ids(project_matcher: Matcher) -> None:
    """No entry is lost or renamed by accident: people's buttons and opinions name entries by id."""
    assert sorted(entry.id for entry in project_matcher.corpus.entries) == sorted(IDS.split())
    assert len(IDS.split()) == 52


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry_id", IDS.split())
def test_project_phrasings(project_matcher: Matcher, entry_id: str, language: str) -> None:
    """Every entry of the project has at least twenty-five phrasings in each language, all different."""
    entry = project_matcher.corpus.entry(entry_id)
    assert entry is not None

    assert len(set(entry.texts[language].phrasings)) >= MIN_PHRASINGS >= 25  # type: ignore[index]
