"""How a run ended: kept while it has ended, gone when it goes on, and true to the definition when that changes."""

from dataclasses import replace

import pytest

from flows.definition import End, Flow, Library
from flows.engine import carry_over, start
from flows.events import Moved, RunEnded
from tests.flow_samples import flow_of
from tests.flow_walks import MINUTE, Walk, choice, flow, step

DONE = ("asked", "physician", "here", "anyway")
STOPPED = ("refused", "give-up")


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


@pytest.mark.parametrize(("way", "ended"), [(DONE, "done"), (STOPPED, "stopped")], ids=["done", "stopped"])
def test_an_end_is_kept(letters: Flow, way: tuple[str, ...], ended: End) -> None:
    """A run says how it ended from its end on, and nothing before."""
    walk = Walk(letters)

    for name in way:
        assert walk.run.ended is None
        walk.press(name)
    assert (walk.run.status, walk.run.ended) == ("finished", ended)
    assert walk.the(RunEnded) == RunEnded(walk.run.step, ended)


@pytest.mark.parametrize("way", [DONE, STOPPED], ids=["done", "stopped"])
def test_a_run_that_goes_on_has_not_ended(letters: Flow, way: tuple[str, ...]) -> None:
    """Going back from the end, beginning anew and a run that follows have not ended."""
    walk = Walk(letters).go(*way)
    again, _ = start(letters, walk.now, walk.known, earlier=walk.run)

    assert (again.status, again.ended) == ("active", None)

    restarted = Walk(letters, walk.known, walk.run).restart()
    walk.back()

    assert (restarted.status, restarted.ended) == ("active", None)
    assert (walk.run.status, walk.run.ended) == ("active", None)


def test_who_gave_up_and_goes_on_can_be_done(letters: Flow) -> None:
    """Of several ends the last one counts."""
    walk = Walk(letters).go(*STOPPED)
    walk.back(2)
    walk.go(*DONE)

    assert walk.run.ended == "done"


def test_a_failed_run_has_not_ended() -> None:
    """A definition that goes in circles ends nothing in a way that counts."""
    asked = step("asked", choice("a", "asked"), kind="choice", question="one")

    assert (
        Walk(flow("looped", asked), {"one": "a"}).run.status,
        Walk(flow("looped", asked), {"one": "a"}).run.ended,
    ) == (
        "failed",
        None,
    )


def gone(letters: Flow, *more: str) -> Flow:
    """Return the flow without its stopped end: who gives up asks again; and with more ends, which are such."""
    ends = tuple(step(name, end="stopped") for name in more)
    kept = (found for found in letters.steps if found.id != "given-up")
    mended = (
        replace(
            found, choices=tuple(replace(one, next="ask") if one.next == "given-up" else one for one in found.choices)
        )
        for found in kept
    )
    return replace(letters, steps=(*mended, *ends))


def test_a_stopped_run_whose_end_is_another_step_stays_stopped(letters: Flow) -> None:
    """Who gave up where the end is another step now, of that kind, has given up there, and is told nothing."""
    walk = Walk(letters).go(*STOPPED)
    new = gone(letters, "enough", "over")
    run, events = carry_over(new, walk.run)

    assert events == ()
    assert (run.step, run.status, run.ended) == ("enough", "finished", "stopped")
    assert run.serial == walk.run.serial
    assert carry_over(new, run) == (run, ())


def test_a_stopped_run_whose_end_goes_on_now_stays_stopped(letters: Flow) -> None:
    """Who gave up at a step from which one goes on now is at another end of that kind."""
    walk = Walk(letters).go(*STOPPED)
    steps = (
        replace(found, end=None, choices=(choice("on", "enough"),)) if found.id == "given-up" else found
        for found in letters.steps
    )
    run, events = carry_over(replace(letters, steps=(*steps, step("enough", end="stopped"))), walk.run)

    assert events == ()
    assert (run.step, run.status, run.ended) == ("enough", "finished", "stopped")


def test_a_stopped_run_in_a_flow_that_only_ends_well_goes_on(letters: Flow) -> None:
    """Where nobody gives up any more, who had given up is led back to the step before, and the flow is under way."""
    walk = Walk(letters).go(*STOPPED)
    run, events = carry_over(gone(letters), walk.run)

    assert events == (Moved("given-up", "trouble", "gone"),)
    assert (run.step, run.status, run.ended) == ("trouble", "active", None)
    assert "trouble" not in run.done

    walk = Walk(gone(letters), walk.known, run, walk.now + MINUTE)

    assert walk.press("again").step == "ask"


def test_a_stopped_run_whose_step_was_renamed_stays_stopped(letters: Flow) -> None:
    """A new name of the end changes nothing else."""
    walk = Walk(letters).go(*STOPPED)
    new = gone(letters, "over", "enough")
    named = replace(
        new, steps=tuple(replace(one, formerly=("given-up",)) if one.id == "enough" else one for one in new.steps)
    )
    run, events = carry_over(named, walk.run)

    assert events == ()
    assert (run.step, run.status, run.ended) == ("enough", "finished", "stopped")


def test_a_stopped_run_whose_end_means_that_it_is_done(letters: Flow) -> None:
    """Who is at an end that counts as achieved now has achieved it: what is shown and what is counted agree."""
    walk = Walk(letters).go(*STOPPED)
    steps = (replace(found, end="done") if found.id == "given-up" else found for found in letters.steps)
    run, events = carry_over(replace(letters, steps=tuple(steps)), walk.run)

    assert events == ()
    assert (run.step, run.status, run.ended) == ("given-up", "finished", "done")
