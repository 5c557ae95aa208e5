"""The engine: beginning, every kind of step, what is pressed and typed, old buttons, definitions that go in circles."""

import pytest

from faq.text import clean
from flows.definition import Flow, Library
from flows.engine import Tick, Type, type_all
from flows.events import (
    Answered,
    Entered,
    FlowEntered,
    Incomplete,
    NotUnderstood,
    Refused,
    Remembered,
    RunEnded,
    Started,
    Stayed,
    Ticked,
)
from flows.run import Run, from_json, to_json
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Walk, at, choice, flow, step


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


@pytest.fixture(name="dates")
def _dates(small_library: Library) -> Flow:
    return flow_of(small_library, "dates")


def test_a_flow_begins_at_its_first_step(letters: Flow) -> None:
    """Whoever begins is at the first step, with nothing done."""
    walk = Walk(letters)

    assert walk.events == (Started(), Entered("ask"))
    assert walk.run == Run(
        flow="letters",
        definition=letters.digest,
        step="ask",
        shape=letters.at("ask").shape,
        started=at(0),
        changed=at(0),
        serial=1,
        visits=walk.run.visits,
    )
    assert [(visit.step, visit.at, visit.skipped) for visit in walk.run.visits] == [("ask", at(0), False)]


def test_a_flow_of_one_step_ends_at_once() -> None:
    """A flow whose first step is its end is finished when it begins."""
    walk = Walk(flow("short", step("only")))

    assert walk.events == (Started(), Entered("only"), RunEnded("only", "done"))
    assert walk.run.status == "finished"


def test_a_choice_leads_to_its_step(letters: Flow) -> None:
    """A pressed choice is noted as the answer, its step as done, and the step that it names follows."""
    walk = Walk(letters)
    walk.press("asked")

    assert walk.events == (Answered("ask", "asked"), Entered("role"))
    assert walk.run.step == "role"
    assert walk.run.shape == letters.at("role").shape
    assert walk.run.answers == {"ask": "asked"}
    assert walk.run.done == {"ask": at(1)}
    assert (walk.run.started, walk.run.changed, walk.run.serial) == (at(0), at(1), 2)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param(("refused",), "trouble", id="information"),
        pytest.param(("refused", "again"), "ask", id="information-back"),
        pytest.param(("asked", "assistant"), "wait", id="choice"),
        pytest.param(("asked", "physician", "here"), "papers", id="waiting"),
        pytest.param(("asked", "physician", "here", "anyway"), "finished", id="checklist"),
        pytest.param((":next", ":执业医师", ":信到了", ":没齐也先看"), "finished", id="typed-zh"),
        pytest.param((":Next!", ":doctor", ":it is here", ":go on anyway"), "finished", id="typed-en"),
        pytest.param((":單位不肯", ":不办了"), "given-up", id="typed-to-another-end"),
    ],
)
def test_ways_through_letters(letters: Flow, way: tuple[str, ...], expected: str) -> None:
    """Pressed or typed, the choices lead along their way."""
    assert Walk(letters).go(*way).run.step == expected


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        pytest.param(("unknown",), "look", id="date-by-choice"),
        pytest.param((":2026-05-10",), "registered", id="date-typed"),
        pytest.param((":2026年5月", "yes"), "years", id="choice"),
        pytest.param((":2026-05-10", "no", ":5"), "result", id="number-typed"),
        pytest.param((":2026-05-10", "no", "unknown"), "result", id="number-by-choice"),
        pytest.param((":2026-05-10", "no", ":不清楚"), "result", id="number-by-typed-choice"),
        pytest.param((":May 10, 2026", ":是的", ":two years", ":知道了"), "done", id="result"),
    ],
)
def test_ways_through_dates(dates: Flow, way: tuple[str, ...], expected: str) -> None:
    """Dates and numbers are typed, or a choice is taken instead."""
    assert Walk(dates).go(*way).run.step == expected


def test_an_end_ends_the_run(letters: Flow) -> None:
    """At a step that ends the flow the run is finished, and nothing typed is an answer any more."""
    walk = Walk(letters).go("asked", "physician", "here", "anyway")

    assert walk.events[-2:] == (Entered("finished"), RunEnded("finished", "done"))
    assert (walk.run.status, walk.run.active, walk.run.done["finished"]) == ("finished", False, at(4))

    before = walk.run
    walk.say("下一步")

    assert walk.events == (NotUnderstood(),)
    assert walk.run == before


def test_an_end_tells_how(letters: Flow) -> None:
    """A flow that was given up has stopped."""
    walk = Walk(letters).go("refused", "give-up")

    assert walk.the(RunEnded) == RunEnded("given-up", "stopped")


def test_what_is_not_understood_changes_nothing(letters: Flow) -> None:
    """A text that is no answer leaves everything as it is."""
    walk = Walk(letters).go("asked", "physician")
    before = walk.run
    walk.say("天气真好")

    assert walk.events == (NotUnderstood(),)
    assert walk.run == before


def test_waiting_keeps_since_when(letters: Flow) -> None:
    """Who says that they are still waiting stays; since when is kept, and the shown buttons stay good."""
    walk = Walk(letters).go("asked", "physician")
    buttons = walk.button("waiting"), walk.button("here")
    for action in (buttons[0], Type("not yet"), buttons[0]):
        walk.act(action)

        assert walk.events == (Answered("wait", "waiting"), Stayed("wait"))
        assert walk.run.since == {"wait": at(2)}
        assert "wait" not in walk.run.done
        assert walk.run.serial == buttons[1].serial

    assert walk.run.changed == at(5)
    assert [visit.step for visit in walk.run.visits] == ["ask", "role", "wait"]

    walk.act(buttons[1])

    assert walk.run.step == "papers"
    assert walk.run.since == {"wait": at(2)}
    assert walk.run.done["wait"] == at(6)


def test_a_wait_goes_on_after_a_detour(letters: Flow) -> None:
    """Who comes to the same waiting step again has waited since the first time."""
    walk = Walk(letters, {"role": "physician"}).go("asked", "lost", "asked")

    assert walk.run.step == "wait"
    assert walk.run.since == {"wait": at(1)}


def test_a_choice_that_leads_into_another_flow(letters: Flow) -> None:
    """The run is where the person comes back to, and an event tells which flow is gone through first."""
    walk = Walk(letters).go("asked", "physician", "lost")

    assert walk.events == (Answered("wait", "lost"), Entered("ask"), FlowEntered("dates"))
    assert walk.run.step == "ask"


def test_ticks(letters: Flow) -> None:
    """Items are ticked and unticked one by one, in the order of the list, and that is no move."""
    walk = Walk(letters).go("asked", "physician", "here")
    serial = walk.run.serial
    walk.tick("photo", "letter")

    assert walk.the(Ticked) == Ticked("papers", ("letter",), on=True)
    assert walk.run.ticks == {"papers": ("letter", "photo")}
    assert (walk.run.serial, walk.run.changed) == (serial, at(5))

    walk.tick("letter", on=False)

    assert walk.events == (Ticked("papers", ("letter",), on=False),)
    assert walk.run.ticks == {"papers": ("photo",)}


@pytest.mark.parametrize("on", [True, False], ids=["tick", "untick"])
def test_ticking_twice_does_it_once(letters: Flow, on: bool) -> None:
    """A button asks for a state: pressing it again changes nothing."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("letter", "copy")
    button = Tick("papers", "copy", on, walk.run.serial)
    walk.act(button)
    before = walk.run
    walk.act(button)

    assert walk.events == (Stayed("papers"),)
    assert walk.run == before
    assert ("copy" in walk.run.ticks["papers"]) is on


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(("照片",), ("photo",), id="one"),
        pytest.param(("原件和复印件",), ("letter", "copy"), id="two"),
        pytest.param(("the letter", "a copy"), ("letter", "copy"), id="one-after-the-other"),
        pytest.param(("照片", "没有照片"), (), id="unticked"),
        pytest.param(("照片", "照片"), ("photo",), id="twice"),
    ],
)
def test_items_are_ticked_by_name(letters: Flow, texts: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """Items that are typed are ticked, or unticked when they are denied."""
    walk = Walk(letters).go("asked", "physician", "here", *(f":{text}" for text in texts))

    assert walk.run.step == "papers"
    assert walk.run.ticks.get("papers", ()) == expected


def test_a_checklist_has_to_be_complete(letters: Flow) -> None:
    """A choice that needs everything is refused with what is missing, until it is ticked."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("copy")
    before = walk.run
    walk.press("complete")

    assert walk.events == (Incomplete(("letter", "photo")),)
    assert walk.run == before

    walk.tick("letter", "photo")
    walk.press("complete")

    assert walk.run.step == "finished"


def test_who_says_that_all_is_there_is_believed(letters: Flow) -> None:
    """The typed choice that needs everything ticks it and goes on."""
    walk = Walk(letters).go("asked", "physician", "here", ":齐了，交上去")

    assert Answered("papers", "complete") in walk.events
    assert walk.run.step == "finished"
    assert walk.run.ticks == {"papers": ("letter", "copy", "photo")}


def test_everything_is_ticked_at_once(letters: Flow, small_library: Library) -> None:
    """The words for "all" tick a whole checklist, to the letter, and nothing where there is none."""
    words = small_library.words["all"]
    walk = Walk(letters).go("asked", "physician", "here")
    result = type_all(letters, walk.run, words, clean("都齐了！"), NOW)

    assert result is not None
    run, events = result
    assert run.ticks == {"papers": ("letter", "copy", "photo")}
    assert events == (Ticked("papers", ("letter", "copy", "photo"), on=True),)
    assert type_all(letters, from_json(to_json(run)), words, "everything", NOW) == (run, (Stayed("papers"),))
    assert type_all(letters, run, words, "都齐了一半", NOW) is None
    assert type_all(letters, Walk(letters).run, words, "everything", NOW) is None
    assert type_all(letters, walk.press("anyway"), words, "everything", NOW) is None
    assert type_all(flow("letters", step("other")), run, words, "everything", NOW) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("2026-05-10", "2026-05-10", id="day"),
        pytest.param("2026年5月", "2026-05", id="month"),
        pytest.param("去年12月", "2025-12", id="last-year"),
        pytest.param("today", "2026-11-22", id="today"),
    ],
)
def test_dates_are_taken(dates: Flow, text: str, answer: str) -> None:
    """A typed date is the answer, and the shared question's as well."""
    walk = Walk(dates)
    walk.say(text)

    assert walk.events == (Answered("obtained", answer), Remembered("obtained", answer), Entered("registered"))
    assert walk.run.answers == {"obtained": answer}
    assert walk.known == {"obtained": answer}


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        pytest.param("2026-11-23", Refused("future", {"date": "2026-11-23"}), id="future"),
        pytest.param("1998年", Refused("too-early", {"date": "1998"}), id="too-early"),
        pytest.param("2025", Refused("no-month"), id="no-month"),
        pytest.param("5月10日", Refused("no-year"), id="no-year"),
        pytest.param("2026-02-30", Refused("impossible"), id="impossible"),
    ],
)
def test_dates_are_refused(dates: Flow, text: str, refused: Refused) -> None:
    """A date that cannot be taken is refused with the reason, and the question stays."""
    walk = Walk(dates)
    before = walk.run
    walk.say(text)

    assert walk.events == (refused,)
    assert walk.run == before


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("0", Refused("too-small", {"least": "1", "most": "20"}), id="too-small"),
        pytest.param("21", Refused("too-large", {"least": "1", "most": "20"}), id="too-large"),
        pytest.param("两年半", Refused("not-whole", {"least": "1", "most": "20"}), id="not-whole"),
        pytest.param("1", Answered("years", 1), id="least"),
        pytest.param("二十年", Answered("years", 20), id="most"),
        pytest.param("多吃水果", NotUnderstood(), id="no-number"),
        pytest.param("不清楚", Answered("years", "unknown"), id="choice"),
    ],
)
def test_numbers(dates: Flow, text: str, expected: Answered | Refused | NotUnderstood) -> None:
    """A number within the limits is taken; another is refused with the reason, and asked again."""
    walk = Walk(dates, {"obtained": "2026-05"}).go("yes")
    walk.say(text)

    assert walk.events[0] == expected
    assert walk.run.step == ("result" if isinstance(expected, Answered) else "years")


def test_a_choice_that_looks_like_a_refused_date_is_taken() -> None:
    """Where a choice's word is a date that would be refused, the choice is meant."""
    asks = step("when", choice("later", "end", "2027"), kind="date", next="end")
    walk = Walk(flow("asks", asks, step("end")))
    walk.say("2027")

    assert walk.events[0] == Answered("when", "later")


def test_typing_where_a_date_leads_nowhere() -> None:
    """A date at a step that names no next one is taken and the person stays."""
    walk = Walk(flow("asks", step("when", choice("on", "end"), kind="date"), step("end")))
    walk.say("2026-05-10")

    assert walk.events == (Answered("when", "2026-05-10"), Stayed("when"))


def test_a_number_without_limits_is_refused() -> None:
    """A number step without limits takes none but zero, rather than raising."""
    walk = Walk(flow("asks", step("many", choice("on", "end"), kind="number", next="end"), step("end")))
    walk.say("3")

    assert walk.the(Refused).reason == "too-large"


def test_a_flow_knows_its_steps(small_library: Library, letters: Flow) -> None:
    """Steps, choices and items are found by id, and the successor of a step by the id of that one."""
    papers = letters.at("papers")
    new = flow("new", step("papers", formerly=("old", "older")), step("end", formerly=("last",)))

    assert letters.step("papers") is papers
    assert letters.step("nowhere") is None
    assert (papers.choice("nothing"), papers.item("nothing")) == (None, None)
    assert new.successor("older") is new.steps[0]
    assert new.successor("papers") is None
    assert small_library.flow("nowhere") is None
    with pytest.raises(KeyError, match="nowhere"):
        letters.at("nowhere")
