"""The engine: going back by one or many steps, and beginning anew."""

from dataclasses import replace

import pytest

from flows.definition import Flow, Library
from flows.engine import Back, Press, Restart, start
from flows.events import AtStart, Entered, Stale, Started, WentBack
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Walk, at, choice, flow, step


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


@pytest.fixture(name="dates")
def _dates(small_library: Library) -> Flow:
    return flow_of(small_library, "dates")


def visits(walk: Walk) -> list[str]:
    return [visit.step for visit in walk.run.visits]


def test_back_by_one(letters: Flow) -> None:
    """Going back leads to the step before, which is open again."""
    walk = Walk(letters).go("asked", "physician")
    walk.back()

    assert walk.events == (WentBack("role"), Entered("role"))
    assert visits(walk) == ["ask", "role"]
    assert (walk.run.step, walk.run.shape) == ("role", letters.at("role").shape)
    assert (walk.run.answers, walk.run.done) == ({"ask": "asked"}, {"ask": at(1)})
    assert (walk.run.changed, walk.run.serial) == (at(3), 4)
    assert walk.known == {"role": "physician"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param(1, "wait", id="one"),
        pytest.param(2, "role", id="two"),
        pytest.param(3, "ask", id="as-many-as-there-are"),
        pytest.param(4, "ask", id="too-many"),
        pytest.param(10**30, "ask", id="far-too-many"),
        pytest.param(0, "wait", id="none"),
        pytest.param(-5, "wait", id="fewer-than-none"),
    ],
)
def test_back_by_many(letters: Flow, steps: int, expected: str) -> None:
    """Going back by several steps stops at the first one; less than one step is one."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.back(steps)

    assert walk.run.step == expected


def test_nothing_to_go_back_to(letters: Flow) -> None:
    """At the first step there is nothing to go back to."""
    walk = Walk(letters)
    before = walk.run
    walk.back()

    assert walk.events == (AtStart(),)
    assert walk.run == before


def test_answers_given_later_are_dropped(letters: Flow) -> None:
    """Going back forgets what was answered from there on; ticks and the beginning of a wait are kept."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("letter", "photo")
    walk.go("anyway")
    walk.back(3)

    assert walk.run.step == "role"
    assert walk.run.answers == {"ask": "asked"}
    assert walk.run.done == {"ask": at(1)}
    assert walk.run.ticks == {"papers": ("letter", "photo")}
    assert walk.run.since == {"wait": at(2)}


def test_answers_given_before_are_kept(letters: Flow) -> None:
    """A step that was visited before the place that one goes back to keeps its answer."""
    walk = Walk(letters).go("refused", "again")
    walk.back()

    assert walk.run.step == "trouble"
    assert walk.run.answers == {"ask": "refused"}

    walk.back()

    assert (walk.run.step, walk.run.answers, walk.run.done) == ("ask", {}, {})


def test_back_over_questions_that_were_passed_over(letters: Flow) -> None:
    """Going back leads to a step that the person saw, not to one that was passed over."""
    walk = Walk(letters, {"role": "physician"}).go("asked")
    walk.back()

    assert walk.run.step == "ask"
    assert visits(walk) == ["ask"]
    assert walk.run.done == {}


def test_only_passed_over_questions_before(dates: Flow) -> None:
    """Who saw nothing before the present step is at the start."""
    walk = Walk(dates, {"obtained": "2026-05"})
    walk.back()

    assert walk.events == (AtStart(),)
    assert walk.run.step == "registered"


def test_back_from_the_end_reopens(letters: Flow) -> None:
    """Going back from the end makes the flow one in progress again, which can be ended once more."""
    walk = Walk(letters).go("asked", "physician", "here", "anyway")
    walk.back()

    assert (walk.run.step, walk.run.status) == ("papers", "active")
    assert not {"papers", "finished"} & walk.run.done.keys()

    walk.press("anyway")

    assert (walk.run.step, walk.run.status) == ("finished", "finished")


def test_back_from_a_failed_run() -> None:
    """Going back leads out of a definition that goes in circles."""
    looped = flow(
        "looped",
        step("first", choice("on", "asked"), choice("other", "end")),
        step("asked", choice("a", "asked"), kind="choice", question="one"),
        step("end"),
    )
    walk = Walk(looped, {"one": "a"}).go("on")

    assert walk.run.status == "failed"

    walk.back()

    assert (walk.run.step, walk.run.status) == ("first", "active")
    assert walk.press("other").status == "finished"


def test_buttons_from_before_going_back_are_stale(letters: Flow) -> None:
    """What was shown at the earlier visit of a step does nothing after going back to it."""
    walk = Walk(letters)
    button = walk.button("asked")
    walk.go("refused")
    walk.back()
    walk.act(button)

    assert walk.names == ["Stale"]
    assert walk.run.step == "ask"


def test_the_button_back_goes_back_once(letters: Flow) -> None:
    """Pressing the button that goes back twice goes back by one step."""
    walk = Walk(letters).go("asked", "physician")
    button = Back(serial=walk.run.serial)
    walk.act(button)
    before = walk.run
    walk.act(button)

    assert walk.events == (Stale(),)
    assert walk.run == before
    assert before.step == "role"


def test_the_wait_goes_on_after_going_back(letters: Flow) -> None:
    """Who goes back to a waiting step, or past it and on again, has waited since the first time."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.back()

    assert (walk.run.step, walk.run.since) == ("wait", {"wait": at(2)})

    walk.back()
    walk.go("assistant")

    assert (walk.run.step, walk.run.since) == ("wait", {"wait": at(2)})


def test_restart_begins_anew(letters: Flow) -> None:
    """Whoever begins anew is at the first step with nothing chosen, ticked or waited for."""
    walk = Walk(letters, {"role": "physician"}).go("asked", "here")
    walk.tick("letter")
    serial = walk.run.serial
    walk.restart()

    assert walk.events == (Started(anew=True), Entered("ask"))
    assert (walk.run.step, walk.run.started, walk.run.serial) == ("ask", at(4), serial + 1)
    assert (walk.run.answers, walk.run.ticks, walk.run.since, walk.run.done) == ({}, {}, {}, {})
    assert [visit.step for visit in walk.run.visits] == ["ask"]


def test_restarting_twice_restarts_once(letters: Flow) -> None:
    """The button that begins anew does so once, also when the person has gone on since."""
    walk = Walk(letters).go("refused")
    button = Restart(walk.run.serial)
    walk.act(button)
    before = walk.run
    walk.act(button)

    assert walk.events == (Stale(),)
    assert walk.run == before

    walk.go("asked")
    walk.act(button)

    assert walk.names == ["Stale"]
    assert walk.run.step == "role"


def test_buttons_from_before_a_restart_are_stale(letters: Flow) -> None:
    """What was shown before the flow was begun anew does nothing, though the step is the same."""
    walk = Walk(letters)
    buttons = walk.button("asked"), Restart(walk.run.serial)
    walk.restart()
    for button in buttons:
        walk.act(button)

        assert walk.names == ["Stale"]


def test_a_finished_run_is_begun_anew(letters: Flow) -> None:
    """A flow that has ended can be begun anew."""
    walk = Walk(letters).go("refused", "give-up")
    walk.restart()

    assert (walk.run.step, walk.run.status) == ("ask", "active")


def test_a_restart_keeps_the_caller(letters: Flow) -> None:
    """Who came from another flow returns there, also after beginning anew."""
    run, _ = start(letters, NOW, {}, caller="dates")
    walk = Walk(letters, run=run)
    walk.restart()

    assert walk.run.caller == "dates"


def test_a_run_that_follows_another_keeps_its_ticks(letters: Flow) -> None:
    """A flow begun once more has the ticks of the time before, and knows its buttons to be old."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("letter", "copy")
    walk.go("anyway")
    button = Press("ask", "asked", 1)
    run, events = start(letters, NOW, walk.known, None, walk.run)
    again = Walk(letters, run=run)

    assert events == (Started(), Entered("ask"))
    assert again.run.ticks == {"papers": ("letter", "copy")}
    assert (again.run.answers, again.run.done, again.run.since) == ({}, {}, {})

    again.act(button)

    assert again.names == ["Stale"]


def test_ticks_of_items_that_are_gone_are_not_kept(letters: Flow) -> None:
    """A run that follows another keeps the ticks of items that there are."""
    before = replace(Walk(letters).run, ticks={"papers": ("photo", "stamp"), "nowhere": ("letter",)})
    run, _ = start(letters, NOW, {}, None, before)

    assert run.ticks == {"papers": ("photo",)}
