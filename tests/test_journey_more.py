"""Flows that lead into one another, built by hand, and what was told once for all of them."""

from dataclasses import replace

import pytest

from flows.definition import Flow, Library
from flows.engine import AskAgain, Back, Restart
from flows.events import Answered, AtStart, Entered, FlowEntered, Returned, RunEnded, Started
from tests.flow_walks import Journey, at, choice, flow, step


@pytest.fixture(name="trip")
def _trip(small_library: Library) -> Journey:
    """Return somebody who has begun to wait for a letter."""
    return Journey(small_library, "letters")


def leading(target: str) -> Library:
    """Return two flows, of which the first leads into the second and then to a step."""
    ways = (choice("other", target, flow="second"), choice("on", "last"))
    return Library(
        (flow("first", step("start", *ways), step("more", choice("on", "last")), step("last")), round_trip())
    )


def round_trip() -> Flow:
    return flow("second", step("here", choice("on", "end"), choice("back", "here", flow="first")), step("end"))


@pytest.mark.parametrize("target", ["more", "start", "last"])
def test_a_choice_into_another_flow_leads_there_wherever_it_goes_on(target: str) -> None:
    """The other flow is gone through first, also when the way on is to stay, or to the end of this one."""
    trip = Journey(leading(target), "first").go("other")

    assert trip.where == ("second", "here")

    trip.go("on")

    assert trip.progress.runs["first"].step == target
    assert trip.progress.runs["second"].status == "finished"


def test_a_choice_into_another_flow_that_ends_this_one() -> None:
    """Where the way on is the end of this flow, it has ended, and the other one is gone through on its own."""
    trip = Journey(leading("last"), "first").go("other")

    assert trip.happened == (
        ("first", Answered("start", "other")),
        ("first", Entered("last")),
        ("first", RunEnded("last", "done")),
        ("first", FlowEntered("second")),
        ("second", Started()),
        ("second", Entered("here")),
    )
    assert (trip.progress.runs["first"].status, trip.progress.runs["first"].ended) == ("finished", "done")
    assert trip.progress.runs["second"].caller is None

    assert trip.act(Back()).where == ("second", "here")
    assert isinstance(trip.happened[0][1], AtStart)

    trip.go("on")

    assert trip.where == ("second", "end")
    assert not any(isinstance(event, Returned) for _, event in trip.happened)


def test_the_end_of_a_flow_that_was_led_into_ends_at_its_caller() -> None:
    """A flow that was led into, and ends by leading into a third one, leads back no more than to that one's end."""
    third = flow("third", step("only", choice("on", "over")), step("over"))
    second = flow("second", step("here", choice("on", "end", flow="third")), step("end"))
    first = flow(
        "first", step("start", choice("other", "more", flow="second")), step("more", choice("on", "last")), step("last")
    )
    trip = Journey(Library((first, second, third)), "first").go("other", "on")

    assert trip.where == ("third", "only")
    assert {name: run.caller for name, run in trip.progress.runs.items()} == {
        "first": None,
        "second": None,
        "third": None,
    }

    trip.go("on")

    assert trip.where == ("third", "over")
    assert trip.begin("first").where == ("first", "more")


def test_flows_that_lead_into_each_other() -> None:
    """Two flows that lead into each other end both, and nobody goes in circles."""
    trip = Journey(leading("more"), "first").go("other", "back")

    assert trip.where == ("first", "more")

    trip.go("on")

    assert trip.where == ("second", "here")

    trip.go("on")

    assert trip.where == ("second", "end")


def test_a_flow_that_ends_at_once_returns_at_once() -> None:
    """A flow that is over as soon as it is begun leads back in the same turn."""
    library = Library((leading("more").flows[0], flow("second", step("only"))))
    trip = Journey(library, "first").go("other")

    assert trip.where == ("first", "more")
    assert trip.happened[-2:] == (("second", Returned("first")), ("first", Entered("more")))


def test_a_failed_flow_returns_too() -> None:
    """A flow whose definition goes in circles does not keep the person from the one that led into it."""
    asked = step("asked", choice("a", "asked"), kind="choice", question="one")
    library = Library((leading("more").flows[0], flow("second", step("here", choice("on", "asked")), asked)))
    trip = Journey(library, "first").go("other")
    trip.keep((replace(trip.progress, facts={"one": "a"}), ()))
    trip.go("on")

    assert trip.where == ("first", "more")
    assert trip.progress.runs["second"].status == "failed"
    assert trip.begin("second").where == ("second", "here")


def waiting() -> Library:
    """Return two flows, of which the first leads into the second and then to a wait."""
    ways = (choice("other", "wait", flow="second"), choice("on", "wait"))
    wait = step("wait", choice("here", "last"), choice("not-yet", "wait"), kind="waiting")
    return Library((flow("first", step("start", *ways), wait, step("last")), round_trip()))


def test_a_wait_begins_when_the_person_comes_back_to_it() -> None:
    """Where a flow leads through another one to a wait, the wait begins when that other one has ended."""
    trip = Journey(waiting(), "first").go("other")

    assert trip.progress.runs["first"].since == {}

    trip.go("on")

    assert trip.where == ("first", "wait")
    assert trip.progress.runs["first"].since == {"wait": at(2)}


def test_back_out_of_another_flow_is_where_it_was_chosen() -> None:
    """Who goes back from the first step of another flow has not chosen it, and waits for nothing."""
    trip = Journey(waiting(), "first").go("other").act(Back())

    assert trip.where == ("first", "start")
    assert trip.progress.runs["first"].since == {}
    assert "start" not in trip.progress.runs["first"].answers


@pytest.mark.parametrize("target", ["more", "start"])
def test_back_out_of_another_flow_undoes_the_choice(target: str) -> None:
    """Who goes back from the first step of another flow has not chosen it, wherever the way would have gone on."""
    trip = Journey(leading(target), "first").go("other").act(Back())
    first = trip.progress.runs["first"]

    assert trip.where == ("first", "start")
    assert trip.happened == (("second", Returned("first")), ("first", Entered("start")))
    assert (first.answers, first.done) == ({}, {})


def test_back_out_of_another_flow_keeps_earlier_answers() -> None:
    """Only the choice that led into the other flow is undone: going back once more leads to the step before it."""
    stays = step("here", choice("other", "here", flow="second"), choice("on", "last"))
    library = Library((flow("first", step("start", choice("on", "here")), stays, step("last")), round_trip()))
    trip = Journey(library, "first").go("on", "other").act(Back())

    assert trip.where == ("first", "here")
    assert trip.progress.runs["first"].answers == {"start": "on"}

    trip.act(Back())

    assert trip.where == ("first", "start")


def test_a_wait_begins_when_the_person_takes_it_up() -> None:
    """Who leaves another flow halfway and goes on with the one that waits, waits from then on."""
    trip = Journey(waiting(), "first").go("other").leave().begin("first")

    assert trip.where == ("first", "wait")
    assert trip.progress.runs["first"].since == {"wait": at(3)}


def test_a_wait_goes_on_after_another_flow() -> None:
    """Who waited before and was led through another flow meanwhile has waited since the first time."""
    trip = Journey(waiting(), "first").go("on").act(Back()).go("other", "on")

    assert trip.where == ("first", "wait")
    assert trip.progress.runs["first"].since == {"wait": at(1)}


def test_facts_are_remembered_across_flows(small_library: Library) -> None:
    """What was told in one flow is not asked in another, and counts after leaving."""
    trip = Journey(small_library, "dates").go(":2026-05").leave().begin("letters").go("asked", "assistant")

    assert trip.progress.facts == {"obtained": "2026-05", "role": "assistant"}

    trip.go("lost")

    assert trip.where == ("dates", "registered")

    other = Journey(small_library, "letters").go("asked", "assistant", "here", "anyway").begin("letters").go("asked")

    assert other.where == ("letters", "wait")


def test_a_changed_answer_counts_everywhere(trip: Journey) -> None:
    """A remembered answer that is asked again and answered otherwise replaces the old one."""
    trip.go("asked", "physician").begin("letters")
    trip.keep((replace(trip.progress, facts={"role": "physician"}), ()))
    trip.act(Restart(trip.progress.runs["letters"].serial)).go("asked")
    trip.act(AskAgain("role", trip.progress.runs["letters"].serial)).go("assistant")

    assert trip.progress.facts == {"role": "assistant"}


def test_who_no_longer_knows_is_asked_again(small_library: Library) -> None:
    """Who takes a remembered answer back ("I do not know") is not led past the question with the old answer."""
    trip = Journey(small_library, "dates").go(":2026-05", "yes")
    trip.act(Restart(trip.progress.runs["dates"].serial))
    trip.act(AskAgain("obtained", trip.progress.runs["dates"].serial)).go("unknown", "found")

    assert trip.where == ("dates", "obtained")
