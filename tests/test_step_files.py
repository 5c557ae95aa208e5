"""The parts of a choice's label as words for it, where no other choice of the step has them."""

from pathlib import Path

import pytest

from bot.step_files import folded, with_parts
from faq.text import clean
from flows.definition import Choice, Library, Step
from flows.understand import find_choice
from tests.flow_edits import LETTERS, QUESTIONS, edited
from tests.flow_samples import flow_of, read_flows, write_flows


def labelled(choice_id: str, zh: str, en: str, *words: str) -> Choice:
    """Return a choice as it is read, without the parts of its labels."""
    return Choice(choice_id, {"zh": zh, "en": en}, "any", folded((zh, en, *words)))


def added(*choices: Choice) -> list[tuple[str, ...]]:
    """Return the words that the parts of labels add to each choice."""
    found = with_parts(choices)

    assert [(after.id, after.labels, after.next) for after in found] == [
        (before.id, before.labels, before.next) for before in choices
    ]
    assert all(after.words[: len(before.words)] == before.words for before, after in zip(choices, found, strict=True))
    return [after.words[len(before.words) :] for before, after in zip(choices, found, strict=True)]


@pytest.mark.parametrize(
    ("zh", "en", "expected"),
    [
        pytest.param("说过了，等着发", "Asked, and waiting", ("and waiting", "asked", "等着发", "说过了"), id="commas"),
        pytest.param("说过了；等着发", "Asked; waiting", ("asked", "waiting", "等着发", "说过了"), id="semicolons"),
        pytest.param("没人管、不会确认", "Nobody", ("不会确认", "没人管"), id="enumeration"),
        pytest.param("說過了，還沒發！", "ASKED, Waiting.", ("asked", "waiting", "还没发", "说过了"), id="folded"),
        pytest.param("好，等着发", "I, too", ("too", "等着发"), id="one-character"),
        pytest.param("等着发，", "Waiting,", (), id="nothing-behind"),
        pytest.param("等着发", "Waiting for it", (), id="one-part"),
        pytest.param("等着发，等着发", "A", ("等着发",), id="twice"),
    ],
)
def test_parts(zh: str, en: str, expected: tuple[str, ...]) -> None:
    """What stands between the marks of a label is a word for the choice; a single character is not."""
    (words,) = added(labelled("it", zh, en))

    assert set(words) == set(expected)
    assert len(words) == len(expected)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(labelled("other", "没说过", "Not asked"), {"说过了", "等着发"}, id="apart"),
        pytest.param(labelled("other", "说过了，没用", "No use"), {"等着发"}, id="part-of-both"),
        pytest.param(labelled("other", "说过了", "Asked them"), {"等着发"}, id="label-of-the-other"),
        pytest.param(labelled("other", "没用", "No use", "说过了", "等着发"), set(), id="words-of-the-other"),
        pytest.param(labelled("other", "No", "说过了, no use"), {"等着发"}, id="in-the-other-language"),
    ],
)
def test_parts_that_others_have(other: Choice, expected: set[str]) -> None:
    """A part that another choice has as a label, a word or a part means neither of them, in whichever order they stand."""
    it = labelled("it", "说过了，等着发", "A")

    assert set(added(it, other)[0]) == expected
    assert set(added(other, it)[1]) == expected
    assert not {"说过了", "等着发"} & set(added(it, other)[1])


def test_parts_that_are_words_already() -> None:
    """A part that the choice names itself is not added once more."""
    assert added(labelled("it", "说过了，等着发", "A", "说过了")) == [("等着发",)]


def test_parts_of_a_read_step(small_library: Library, tmp_path: Path) -> None:
    """The choices of steps and shared questions have the parts of their labels as words; items have not."""
    papers = flow_of(small_library, "letters").at("papers")
    library = read_flows(
        write_flows(
            tmp_path / "flows",
            edited(
                (QUESTIONS, "zh: 执业医师, en: Physician,", "zh: 考过的，执业医师, en: 'Physician, passed',"),
                (LETTERS, "{id: copy, zh: 复印件,", "{id: copy, zh: 复印件，一张,"),
            ),
        )
    )
    asked, question = flow_of(library, "letters").at("role"), library.questions["role"]

    assert papers.choices[0].words == ("齐了交上去", "hand them in", "交上去", "齐了")
    assert asked.choices[0].words == question.choices[0].words
    assert {"考过的", "执业医师", "physician", "passed"} <= set(question.choices[0].words)
    assert "一张" not in flow_of(library, "letters").at("papers").items[1].words


@pytest.mark.parametrize(
    "typed", ["说过了", "等着发", "说过了！", "我说过了", "说过了，等着发", "asked", "and waiting"]
)
def test_typing_a_part(typed: str) -> None:
    """Who types a part of a label means that choice."""
    choices = (labelled("it", "说过了，等着发", "Asked, and waiting"), labelled("no", "还没说", "I did not tell them"))
    step = Step(id="any", kind="choice", texts={}, choices=with_parts(choices))

    assert find_choice(step, clean(typed)) == step.choices[0]


@pytest.mark.parametrize("typed", ["说过了", "我说过了", "等着发"])
def test_typing_a_part_in_the_projects_flows(typed: str, project_library: Library) -> None:
    """What people answer to the question whether they told their institution is understood."""
    found = find_choice(flow_of(project_library, "activation").at("ask-code"), clean(typed))

    assert found is not None
    assert found.id == "asked"
