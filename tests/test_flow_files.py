"""Reading the folder of flows: every key of every kind of step arrives in the library."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.flow_files import flows_of
from flows.definition import Choice, Flow, FlowText, Item, Library, Passage, Step, StepText
from tests.flow_samples import FLOWS, flow_of, read_flows, write_flows

Read = Callable[..., Library]

ZH_NEXT, EN_NEXT = ("下一步", "好了", "继续"), ("done", "go on", "next")


def paragraph(text: str) -> Passage:
    return Passage("paragraph", (text,))


@pytest.fixture(name="read")
def _read(tmp_path: Path) -> Read:
    """Return a function that reads the small library with pieces of its files replaced, which must have no problems."""

    def read(*edits: tuple[str, str, str], more: Mapping[str, str] | None = None) -> Library:
        files = dict(FLOWS)
        for name, old, new in edits:
            assert old in files[name], f"{old!r} does not stand in {name}"
            files[name] = files[name].replace(old, new, 1)
        return read_flows(write_flows(tmp_path / "flows", {**files, **(more or {})}))

    return read


def test_flows(small_library: Library) -> None:
    """A flow comes with its texts, its place in the menu, where its facts stand, and what begins it."""
    letters = flow_of(small_library, "letters")

    assert letters == Flow(
        id="letters",
        order=1,
        texts={"zh": FlowText("等一封信", "要来一封信。"), "en": FlowText("Wait for a letter", "Get a letter.")},
        steps=letters.steps,
        words=("等一封信", "wait for a letter", "要信", "get a letter"),
        reviewed=date(2026, 11, 1),
        sources=(("notice", "Item 1"),),
    )
    dates = flow_of(small_library, "dates")
    assert (dates.order, dates.optional) == (2, True)
    assert dates.words == ("我的日期", "my dates")


def test_order_of_steps(small_library: Library) -> None:
    """The steps stand in the order of the file; the first one is where the flow begins."""
    found = {flow.id: [step.id for step in flow.steps] for flow in small_library.flows}

    assert found == {
        "letters": ["ask", "trouble", "role", "wait", "papers", "finished", "given-up"],
        "dates": ["obtained", "look", "registered", "years", "result", "done"],
    }


@pytest.mark.parametrize(
    ("letters", "dates", "order"),
    [
        pytest.param(1, 2, ["letters", "dates"], id="by-order"),
        pytest.param(3, 2, ["dates", "letters"], id="by-order-not-name"),
        pytest.param(2, 2, ["dates", "letters"], id="then-by-id"),
        pytest.param(10, 9, ["dates", "letters"], id="as-numbers"),
    ],
)
def test_order_of_flows(read: Read, letters: int, dates: int, order: list[str]) -> None:
    """The menu follows the orders, then the ids, whatever the files are called."""
    library = read(("letters.yaml", "order: 1", f"order: {letters}"), ("dates.yaml", "order: 2", f"order: {dates}"))

    assert [flow.id for flow in library.flows] == order


def test_information(small_library: Library) -> None:
    """A step of information has texts, entries to see and choices with what means them: label, own and shared words."""
    assert flow_of(small_library, "letters").at("ask") == Step(
        id="ask",
        kind="information",
        texts={
            "zh": StepText("去要", (paragraph("请单位寄信。"), Passage("note", ("留个底。",)))),
            "en": StepText("Ask for it", (paragraph("Ask for the letter."), Passage("note", ("Keep a copy.",)))),
        },
        choices=(
            Choice(
                "asked", {"zh": "要了", "en": "I asked"}, "role", ("要了", "i asked", *sorted((*ZH_NEXT, *EN_NEXT)))
            ),
            Choice(
                "refused",
                {"zh": "单位不肯", "en": "They refuse"},
                "trouble",
                ("单位不肯", "they refuse", "不给办", "they said so"),
            ),
        ),
        see=("photo",),
    )


def test_side_step(small_library: Library) -> None:
    """A step off the main way says so; the others are on it."""
    found = {step.id: step.side for flow in small_library.flows for step in flow.steps}

    assert {step for step, side in found.items() if side} == {"trouble", "look"}


def test_shared_question(small_library: Library) -> None:
    """A step that asks a shared question has the question's kind, texts and choices, and its own way on for all of them."""
    question = small_library.questions["role"]

    assert question == Step(
        id="role",
        kind="choice",
        texts={
            "zh": StepText("你的身份", (paragraph("你考过的是哪一个？"),)),
            "en": StepText("Your role", (paragraph("Which one are you?"),)),
        },
        choices=(
            Choice("physician", {"zh": "执业医师", "en": "Physician"}, "", ("执业医师", "physician", "医师", "doctor")),
            Choice(
                "assistant",
                {"zh": "助理医师", "en": "Assistant"},
                "",
                ("助理医师", "assistant", "助理", "assistant doctor"),
            ),
        ),
        short=True,
    )
    assert flow_of(small_library, "letters").at("role") == replace(
        question, question="role", choices=tuple(replace(choice, next="wait") for choice in question.choices)
    )


def test_shared_question_with_a_way_for_each_answer(small_library: Library, read: Read) -> None:
    """The answers to a shared question may lead to different steps, and so may what is typed."""
    question = small_library.questions["obtained"]
    step = flow_of(small_library, "dates").at("obtained")

    assert (question.kind, question.next, question.short) == ("date", None, False)
    assert step == replace(
        question,
        question="obtained",
        next="registered",
        choices=(
            Choice(
                "unknown", {"zh": "不清楚", "en": "I do not know"}, "look", question.choices[0].words, remembered=False
            ),
        ),
    )
    split = read(("letters.yaml", "next: wait\n", "next: {assistant: wait, physician: papers}\n"))
    ways = {choice.id: choice.next for choice in flow_of(split, "letters").at("role").choices}
    assert ways == {"physician": "papers", "assistant": "wait"}


def test_one_way_for_a_typed_question(read: Read) -> None:
    """A single way on is that of the typed answer too."""
    library = read(("dates.yaml", "next: {typed: registered, unknown: look}", "next: look"))
    step = flow_of(library, "dates").at("obtained")

    assert (step.next, step.choices[0].next) == ("look", "look")


def test_keys_of_a_step_that_asks(read: Read) -> None:
    """A step that asks a shared question has its own place on the way, entries to see and earlier ids."""
    new = "next: wait\n    side: true\n    see: [form]\n    formerly: [rank, title]\n"
    step = flow_of(read(("letters.yaml", "next: wait\n", new)), "letters").at("role")

    assert (step.side, step.see, step.formerly) == (True, ("form",), ("rank", "title"))


def test_shared_number(read: Read) -> None:
    """A shared question may ask for a number, with its limits."""
    asked = (
        "- {id: years, kind: number, least: 2, most: 9, zh: {title: 几年, body: [几年？]}, "
        "en: {title: Years, body: [How many?]}}\n"
    )
    library = read(
        ("letters.yaml", "question: role", "question: years"),
        more={"questions.yaml": FLOWS["questions.yaml"] + asked},
    )
    step = flow_of(library, "letters").at("role")

    assert (step.kind, step.least, step.most, step.next, step.choices) == ("number", 2, 9, "wait", ())


def test_waiting(small_library: Library) -> None:
    """A step of waiting says something to those who still wait; a passage may be for some people only."""
    step = flow_of(small_library, "letters").at("wait")
    assistants = {"role": ("assistant",)}

    assert step.kind == "waiting"
    assert step.texts == {
        "zh": StepText(
            "等信", (paragraph("等单位。"), Passage("paragraph", ("助理等区县。",), assistants)), "好，不急。"
        ),
        "en": StepText(
            "Wait for it",
            (paragraph("Wait."), Passage("paragraph", ("Assistants wait for the county.",), assistants)),
            "No hurry.",
        ),
    }
    assert [(choice.id, choice.next, choice.flow) for choice in step.choices] == [
        ("here", "papers", None),
        ("waiting", "wait", None),
        ("lost", "ask", "dates"),
    ]


def test_checklist(small_library: Library) -> None:
    """A checklist has items, and choices that are open only when all is ticked."""
    step = flow_of(small_library, "letters").at("papers")

    assert step.kind == "checklist"
    assert step.items == (
        Item("letter", {"zh": "信的原件", "en": "The letter"}, ("信的原件", "the letter", "原件", "letter")),
        Item("copy", {"zh": "复印件", "en": "A copy"}, ("复印件", "a copy")),
        Item("photo", {"zh": "照片", "en": "A photo"}, ("照片", "a photo")),
    )
    assert [(choice.id, choice.needs_all) for choice in step.choices] == [("complete", True), ("anyway", False)]


def test_number(small_library: Library) -> None:
    """A number has limits, and a way on besides the choices."""
    step = flow_of(small_library, "dates").at("years")

    assert (step.kind, step.least, step.most, step.next) == ("number", 1, 20, "result")
    assert [choice.id for choice in step.choices] == ["unknown"]


def test_own_date(read: Read) -> None:
    """A date may be asked for by one flow alone; it has no limits, and needs no choices."""
    old = "    kind: number\n    least: 1\n    most: 20\n    next: result\n"
    library = read(
        ("dates.yaml", old, "    kind: date\n    next: result\n"),
        ("dates.yaml", "    choices: [{id: unknown, zh: 不清楚, en: I do not know, next: result}]\n", ""),
    )
    step = flow_of(library, "dates").at("years")

    assert (step.kind, step.next, step.least, step.most, step.choices) == ("date", "result", None, None, ())


def test_result(small_library: Library) -> None:
    """A result names its function; its passages may depend on several values, or on none of them."""
    step = flow_of(small_library, "dates").at("result")
    near = {"limit-state": ("open", "soon")}

    assert (step.kind, step.function) == ("result", "deadlines")
    assert step.texts["en"].body == (
        paragraph("The limit is {limit}."),
        Passage("paragraph", ("{days-left|day} left.",), when=near),
        Passage("paragraph", ("It has passed.",), unless=near),
    )


def test_passages(read: Read) -> None:
    """Steps, lists and notes may have conditions as well, of both kinds."""
    body = "[Ask., {steps: [a, b], when: {role: assistant}}, {list: [c], unless: {wait: [lost, here]}}, {note: d}]"
    step = flow_of(read(("letters.yaml", "body: [Turn to the commission.]", f"body: {body}")), "letters").at("trouble")

    assert step.texts["en"].body == (
        paragraph("Ask."),
        Passage("steps", ("a", "b"), when={"role": ("assistant",)}),
        Passage("list", ("c",), unless={"wait": ("lost", "here")}),
        Passage("note", ("d",)),
    )


def test_ends(small_library: Library) -> None:
    """A step that ends the flow says how, and may offer other flows; other steps end nothing."""
    letters = flow_of(small_library, "letters")

    assert {step.id: step.end for step in letters.steps if step.end} == {"finished": "done", "given-up": "stopped"}
    assert {step.id: step.offers for step in letters.steps if step.offers} == {"finished": ("dates",)}


def test_earlier_ids(read: Read) -> None:
    """A step may name those whose place it has taken."""
    letters = flow_of(read(("letters.yaml", "- id: trouble", "- id: trouble\n    formerly: [row, fight]")), "letters")

    assert letters.successor("fight") == letters.at("trouble")
    assert letters.at("trouble").formerly == ("row", "fight")


def test_words_are_folded(read: Read) -> None:
    """Words are kept as typed texts are compared: width, case, traditional characters, punctuation, each once."""
    library = read(
        (
            "letters.yaml",
            "{zh: [要信], en: [get a letter]}",
            "{zh: [開證明！, 要 信], en: [Get-A  LETTER, Ｌetter?, letter]}",
        ),
        ("letters.yaml", "zh: 单位不肯, en: They refuse, words", "zh: 單位不肯！, en: 'They’d REFUSE...', words"),
        ("words.yaml", "[下一步, 好了, 继续]", "[下一步！, 繼續, 继续]"),
    )

    letters = flow_of(library, "letters")
    assert letters.words == ("等一封信", "wait for a letter", "开证明", "要信", "get a letter", "letter")
    assert letters.at("ask").choices[1].words == ("单位不肯", "they d refuse", "不给办", "they said so")
    assert letters.at("ask").choices[1].labels["zh"] == "單位不肯！"
    assert library.words["next"] == {"下一步", "继续", "next", "done", "go on"}


def test_labels_without_words(read: Read) -> None:
    """A label that is a sign alone is no word: otherwise typing "???" would choose it."""
    library = read(
        ("letters.yaml", "zh: 要了, en: I asked", "zh: 👍, en: 👍"),
        ("letters.yaml", "zh: 复印件, en: A copy", "zh: …, en: '?'"),
    )
    letters = flow_of(library, "letters")

    assert letters.at("ask").choices[0].labels == {"zh": "👍", "en": "👍"}
    assert "" not in letters.at("ask").choices[0].words
    assert letters.at("papers").items[1].words == ()


def test_shared_words(small_library: Library) -> None:
    """The shared words of both languages stand together under their name."""
    assert small_library.words["yes"] == {"是", "是的", "对", "yes", "yep"}
    assert list(small_library.words) == [
        "next", "yes", "no", "have", "wait", "all", "back", "leave", "restart", "guides", "progress",
        "missing", "unsure", "resume",
    ]  # fmt: skip


def test_smallest_folder(tmp_path: Path) -> None:
    """One flow of one step is a library: shared questions and words may be absent, and so may most keys."""
    text = (
        "id: one\norder: 5\nzh: {title: 题, summary: 说}\nen: {title: T, summary: S}\n"
        "steps: [{id: only, kind: information, end: done, zh: {title: 甲, body: [乙]}, en: {title: A, body: [b]}}]\n"
    )
    texts = {"zh": StepText("甲", (paragraph("乙"),)), "en": StepText("A", (paragraph("b"),))}

    assert read_flows(write_flows(tmp_path / "flows", {"one.yaml": text})) == Library(
        (
            Flow(
                id="one",
                order=5,
                texts={"zh": FlowText("题", "说"), "en": FlowText("T", "S")},
                steps=(Step(id="only", kind="information", texts=texts, end="done"),),
                words=("题", "t"),
            ),
        )
    )


def test_other_files_are_no_flows(read: Read, small_library: Library) -> None:
    """The list of ids and files of other kinds are not read as flows."""
    assert read(more={"ids.yaml": "letters: {}\n", "README.md": "# Flows\n"}) == small_library


def test_flows_of(tmp_path: Path, small_library: Library) -> None:
    """A folder without problems is a library."""
    assert flows_of(write_flows(tmp_path / "flows")) == small_library
