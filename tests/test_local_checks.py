"""The checks of local content, each with content that breaks it; and the example, which has no problem."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from bot.checks import check_content
from bot.local_checks import provinces_of
from flows.definition import Library
from tests.conftest import write_files
from tests.flow_edits import beside
from tests.local_samples import COPIES, LOCAL, NAME, NOTE, SCHOOL, WINDOWS, flows_with_provinces

TODAY = date(2026, 11, 22)
ANSWER = "changes/photo-answer.yaml"
SECOND = """\
entry: photo
provinces: [hebei, sichuan]
reviewed: 2026-11-20
zh: {answer: [别的回答。], local: 问别处。}
en: {answer: [Another answer.], local: Ask elsewhere.}
"""
LONG = "e" * 46

Edit = Callable[[str, str, str], None]
Change = tuple[str, str, str]


@pytest.fixture(name="local")
def _local(folder: Path) -> Path:
    return write_files(folder.parent / "local", LOCAL)


def problems_of(folder: Path, local: Path | None, today: date = TODAY, flows: Path | None = None) -> list[str]:
    problems = check_content(folder, today, flows or flows_with_provinces(folder), local=local)
    return [str(problem).removeprefix("local/") for problem in problems.in_order()]


def test_the_samples_are_clean(folder: Path, local: Path) -> None:
    """The local content that these tests break has no problem before, whether named or from within."""
    assert problems_of(folder, local) == []


def test_the_current_folder_is_local_content(folder: Path, local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked of local entries does not depend on where the command is run."""
    flows = flows_with_provinces(folder)
    monkeypatch.chdir(local)

    assert problems_of(folder, Path(), flows=flows) == []


def test_local_content_without_its_folder(folder: Path) -> None:
    """A folder that is not there is a problem like any other."""
    assert problems_of(folder, Path("nowhere")) == ["nowhere:1: it does not exist"]


def test_broken_local_files_are_listed_with_the_others(folder: Path, local: Path, edit: Edit) -> None:
    """Reading goes on, so that all problems of all files are told at once."""
    edit("papers/form.yaml", "order: 2", "order: two")
    write_files(local, {NOTE: LOCAL[NOTE].replace("photo", "foto")})

    assert problems_of(folder, local) == [
        "content/papers/form.yaml:2: order: expected a whole number, found a text",
        f'{NOTE}:1: entry: there is no entry "foto"; did you mean photo?',
    ]


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        pytest.param([(NOTE, "[sichuan]", "[sichaun, hebei]")], [
            f'{NOTE}:2: provinces: there is no province "sichaun"; did you mean sichuan?'
        ], id="unknown-province"),
        pytest.param([(WINDOWS, "[sichuan, hebei]", "[unsaid]")], [
            'windows.yaml:2: [1].provinces: there is no province "unsaid"'
        ], id="no-province-at-all"),
        pytest.param([("entries/bureau/parking.yaml", "[hebei]", "[四川]")], [
            'entries/bureau/parking.yaml:3: provinces: there is no province "四川"'
        ], id="unknown-province-of-an-entry"),
        pytest.param([(COPIES, ", 交复印件行不行]", "]")], [
            f"{COPIES}:8: zh.phrasings: has 4 phrasings, at least 5 are needed"
        ], id="too-few-phrasings"),
        pytest.param([(COPIES, "reviewed: 2026-11-01\n", "")], [f'{COPIES}:1: "reviewed" is missing'], id="not-reviewed"),
        pytest.param([(COPIES, "related: [photo]", "related: [foto]")], [
            f'{COPIES}:2: related: there is no entry "foto"'
        ], id="related"),
        pytest.param([(COPIES, "related: [photo]", "sources: [{document: poster, part: A}]")], [
            f'{COPIES}:2: sources: there is no document "poster" in sources.yaml'
        ], id="no-such-document"),
        pytest.param([(COPIES, "related: [photo]", "facts: [{states: S, zh: 不说, en: bring the originals}]")], [
            f'{COPIES}:2: facts: the zh answer does not say "不说" (S)'
        ], id="fact-not-said"),
        pytest.param([(COPIES, "related: [photo]", "varies: true")], [
            f'{COPIES}:5: zh: "local" is missing: the rule varies, so the answer has to say whom to ask',
            f'{COPIES}:10: en: "local" is missing: the rule varies, so the answer has to say whom to ask',
        ], id="varies-without-local"),
        pytest.param([(NOTE, "2026-11-20", "2025-11-20")], [
            f"{NOTE}:5: reviewed: warning: was last reviewed on 2025-11-20, more than a year ago"
        ], id="reviewed-long-ago"),
        pytest.param([(WINDOWS, "2026-11-20", "2026-12-20")], [
            "windows.yaml:1: [0].reviewed: 2026-12-20 lies in the future"
        ], id="reviewed-in-the-future"),
        pytest.param([(NOTE, "valid-from: 2026-12-01\nvalid-until: 2027-01-31", "valid-until: 2026-11-21")], [
            f"{NOTE}:3: valid-until: warning: has expired on 2026-11-21 and is not given any more"
        ], id="expired"),
        pytest.param([(NOTE, "valid-from: 2026-12-01\nvalid-until: 2027-01-31", "valid-until: 2026-11-22")], [], id="last-day"),
        pytest.param([(WINDOWS, "2027-06-30", "2026-06-30"), ("entries/bureau/parking.yaml", "2026-12-31", "2026-10-31")], [
            "entries/bureau/parking.yaml:2: valid-until: warning: has expired on 2026-10-31 and is not given any more",
            "windows.yaml:3: [1].valid-until: warning: has expired on 2026-06-30 and is not given any more",
        ], id="expired-window-and-entry"),
        pytest.param([(NOTE, "成都要几张免冠照", "申请表怎么弄")], [
            f'{NOTE}:6: zh.phrasings[0]: "申请表怎么弄" already stands under "form"'
        ], id="phrasing-of-another-entry"),
        pytest.param([(NOTE, "成都要几张免冠照", "相片怎么弄！")], [
            f'{NOTE}:6: zh.phrasings[0]: warning: "相片怎么弄！" stands under "photo" anyway'
        ], id="phrasing-of-the-entry"),
        pytest.param([(COPIES, "交复印件行不行", "你好")], [
            'content/small-talk.yaml:2: [0].zh.phrasings[0]: "你好" already stands under "copies"'
        ], id="phrasing-of-small-talk"),
        pytest.param([(NOTE, "四川要三张。", "四川65438+2月起要三张。")], [
            f'{NOTE}:6: zh.note: shows garbled text ("65438...")'
        ], id="garbled-note"),
        pytest.param([(WINDOWS, "窗口在一楼。", "165438号窗口。")], [
            'windows.yaml:1: [0].zh: shows garbled text ("65438...")'
        ], id="garbled-window"),
        pytest.param([(ANSWER, "Hand in photos online.", "See docsys.cn.")], [
            f'{ANSWER}:7: en.answer: shows the address "docsys.cn", which is not an official one'
        ], id="look-alike-address"),
        pytest.param([(WINDOWS, "窗口在一楼。", "上 example.com 预约。")], [
            'windows.yaml:1: [0].zh: shows the address "example.com", which is not an official one'
        ], id="unofficial-address"),
        pytest.param([(ANSWER, "local: 问县卫生局。", "local: 上 bureau.example.org 问。")], [
            f'{ANSWER}:5: zh.local: shows the address "bureau.example.org", which is not an official one'
        ], id="unofficial-address-in-local"),
        pytest.param([(WINDOWS, "窗口在一楼。", "见 https://wsjk.example.gov.cn/zc 和 nhc.gov.cn。")], [], id="addresses-of-offices"),
        pytest.param([(WINDOWS, "窗口在一楼。", "见 https://cndocsys.gov.cn/home。")], [
            'windows.yaml:1: [0].zh: shows the address "https://cndocsys.gov.cn/home", which is not an official one'
        ], id="look-alike-of-an-office"),
        pytest.param([(NAME, "县卫生局", "example.com")], [
            'local.yaml:1: name.zh: shows the address "example.com", which is not an official one'
        ], id="address-for-a-name"),
        pytest.param([(NOTE, "Sichuan asks for three.", "Ask 11010519491231002X.")], [
            f"{NOTE}:7: en.note: shows what looks like somebody's ID number"
        ], id="id-number"),
        pytest.param([(COPIES, "请把原件一起带来。", "找11010519491231002X。")], [
            f"{COPIES}:5: zh: shows what looks like somebody's ID number"
        ], id="id-number-in-an-entry"),
        pytest.param([(NOTE, "成都要几张免冠照", "我是11010519491231002X")], [
            f"{NOTE}:6: zh.phrasings: shows what looks like somebody's ID number"
        ], id="id-number-in-a-phrasing"),
        pytest.param([(WINDOWS, "窗口在一楼。", "电话13800138000、028-86601234转8。")], [], id="telephone"),
        pytest.param([(ANSWER, "entry: photo\n", "entry: parking\nprovinces: [sichuan]\n")], [
            f'{ANSWER}:1: changes nothing: "parking" is never given where and when this change is'
        ], id="where-the-entry-is-not-given"),
        pytest.param([(ANSWER, "entry: photo\n", "entry: parking\nvalid-from: 2027-01-01\n")], [
            f'{ANSWER}:1: changes nothing: "parking" is never given where and when this change is'
        ], id="when-the-entry-is-not-given"),
        pytest.param([(WINDOWS, "[sichuan, hebei]", "[hebei]"), (WINDOWS, "- {reviewed", "- {provinces: [hebei], reviewed")], [
            "windows.yaml:2: [1]: is for the same people at the same time as windows.yaml[0]"
        ], id="two-windows"),
    ],
)  # fmt: skip
def test_broken_local_content(folder: Path, local: Path, changes: list[Change], messages: list[str]) -> None:
    """Each check names the local file, the line and the place, and what is wrong."""
    for name, old, new in changes:
        text = (local / name).read_text(encoding="utf-8")
        assert old in text
        write_files(local, {name: text.replace(old, new, 1)})

    assert problems_of(folder, local) == messages


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        pytest.param({"changes/second.yaml": SECOND}, [], id="province-and-everybody"),
        pytest.param({"changes/second.yaml": SECOND, "changes/third.yaml": SECOND}, [
            'changes/third.yaml:4: zh.answer: "answer" of "photo" is changed for the same people at the same time in changes/second.yaml',
            'changes/third.yaml:4: zh.local: "local" of "photo" is changed for the same people at the same time in changes/second.yaml',
        ], id="one-province"),
        pytest.param({"changes/second.yaml": SECOND, "changes/third.yaml": SECOND.replace("hebei, sichuan", "inner-mongolia")}, [
        ], id="other-provinces"),
        pytest.param({
            "changes/second.yaml": SECOND.replace("reviewed", "valid-until: 2026-12-01\nreviewed"),
            "changes/third.yaml": SECOND.replace("reviewed", "valid-from: 2026-12-02\nreviewed"),
        }, [], id="one-after-the-other"),
        pytest.param({
            "changes/second.yaml": SECOND.replace("reviewed", "valid-until: 2026-12-02\nreviewed").replace(", local: 问别处。", "").replace(", local: Ask elsewhere.", ""),
            "changes/third.yaml": SECOND.replace("reviewed", "valid-from: 2026-12-02\nreviewed"),
        }, [
            'changes/third.yaml:5: zh.answer: "answer" of "photo" is changed for the same people at the same time in changes/second.yaml',
        ], id="one-day-in-common"),
        pytest.param({"changes/second.yaml": SECOND, "changes/third.yaml": SECOND.replace("photo", "form")}, [], id="other-entries"),
        pytest.param({f"entries/papers/{LONG}.yaml": LOCAL[COPIES].replace("id: copies", f"id: {LONG}")}, [
        ], id="long-id"),
        pytest.param({f"entries/papers/{LONG}e.yaml": LOCAL[COPIES].replace("id: copies", f"id: {LONG}e")}, [
        ], id="longer-id-that-does-not-depend-on-the-province"),
    ],
)  # fmt: skip
def test_files_beside_each_other(folder: Path, local: Path, files: Mapping[str, str], messages: list[str]) -> None:
    """What contradicts what stands in another file."""
    (local / COPIES).unlink()
    write_files(local, files)

    assert problems_of(folder, local) == messages


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        pytest.param(LONG, [], id="fits"),
        pytest.param(LONG + "e", [f'changes/long.yaml: the id "{LONG}e" is too long'], id="too-long"),
    ],
)
@pytest.mark.parametrize("by", ["change", "window"])
def test_ids_that_are_too_long_to_ask_for_the_province(
    folder: Path, local: Path, name: str, messages: list[str], by: str
) -> None:
    """`in:inner-mongolia:` and the id have to fit a button; whether a window or a change makes the answer depend."""
    (local / COPIES).unlink()
    (local / WINDOWS).unlink()
    text = LOCAL[COPIES].replace("id: copies", f"id: {name}")
    if by == "change":
        write_files(local, {"changes/long.yaml": LOCAL[NOTE].replace("entry: photo", f"entry: {name}")})
        (local / NOTE).unlink()
    else:
        text = text.replace("related: [photo]", "varies: true").replace("answer: ", "local: 问。\n  answer: ")
        write_files(local, {WINDOWS: LOCAL[WINDOWS]})
    write_files(local, {f"entries/papers/{name}.yaml": text})

    path = f"entries/papers/{name}.yaml"
    expected = [f'{path}:1: the id "{name}" is too long for a button that asks for the province'] if messages else []
    assert problems_of(folder, local) == expected


def test_subjects_of_ones_own(folder: Path, local: Path) -> None:
    """They are checked as the project's are; the address of an office may be shown."""
    write_files(
        local,
        {
            SCHOOL: LOCAL[SCHOOL]
            .replace("食堂的事请问后勤。", "见 food.example.gov.cn。")
            .replace("canteen itself", "65438")
        },
    )

    assert problems_of(folder, local) == [f'{SCHOOL}:3: [0].en.pointer: shows garbled text ("65438...")']


def test_flows_that_do_not_ask_for_the_province(folder: Path, local: Path) -> None:
    """Then nobody can get what is for a province."""
    problems = problems_of(folder, local, flows=beside(folder))

    assert f'{NOTE}:2: provinces: "sichuan" cannot be told: the flows have no question "province"' in problems


def test_entries_of_the_project_may_have_dates_and_provinces(folder: Path, edit: Edit) -> None:
    """They are checked without local content, too."""
    edit("papers/form.yaml", "order: 2\n", "order: 2\nvalid-until: 2026-11-01\nprovinces: [hubei]\n")

    assert problems_of(folder, None) == [
        "content/papers/form.yaml:3: valid-until: warning: has expired on 2026-11-01 and is not given any more",
        'content/papers/form.yaml:4: provinces: there is no province "hubei"; did you mean hebei?',
    ]


def test_two_local_entries_may_share_a_place(folder: Path, local: Path) -> None:
    """The project may put its entries elsewhere without breaking local content."""
    write_files(local, {COPIES: LOCAL[COPIES].replace("related: [photo]", "order: 1")})

    assert problems_of(folder, local) == []


def test_the_provinces_are_the_choices_of_the_question(project_library: Library) -> None:
    """All provinces of the mainland, without the choice not to say."""
    found = provinces_of(project_library)

    assert len(found) == 31
    assert found["sichuan"] == {"zh": "四川", "en": "Sichuan"}
    assert "unsaid" not in found
    assert provinces_of(Library(())) == {}
