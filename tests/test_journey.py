"""A person's way through several flows: one leads into another and back, several are in progress, facts are shared."""

from dataclasses import replace

import pytest

from flows import journey
from flows.definition import Library
from flows.engine import Back, Press, Restart, Tick, Type
from flows.events import AtStart, Entered, FlowEntered, Moved, Returned, RunEnded, Stale, Started, Ticked
from flows.journey import Progress
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Journey

LOST = ("asked", "physician", "lost")
"""The way from the first step of the small library's letters into its dates."""
THROUGH = (":2026-05", "yes", ":3", "thanks")
"""The way through the dates."""


@pytest.fixture(name="trip")
def _trip(small_library: Library) -> Journey:
    """Return somebody who has begun to wait for a letter."""
    return Journey(small_library, "letters")


def test_nothing_is_begun() -> None:
    """Whoever has begun nothing is nowhere."""
    assert Progress().run is None
    assert Progress().active is None
    assert Progress(current="gone").run is None


def test_beginning_a_flow(trip: Journey) -> None:
    """The flow that is begun is the one that the person is in."""
    assert trip.where == ("letters", "ask")
    assert trip.happened == (("letters", Started()), ("letters", Entered("ask")))
    assert trip.progress.active == trip.progress.run == trip.progress.runs["letters"]


def test_a_flow_that_has_ended_is_still_the_present_one(trip: Journey) -> None:
    """Whoever has just ended a flow is in it, but has no step to take."""
    trip.go("refused", "give-up")

    assert trip.where == ("letters", "given-up")
    assert trip.happened[-1] == ("letters", RunEnded("given-up", "stopped"))
    assert trip.progress.active is None


def test_into_another_flow_and_back(trip: Journey) -> None:
    """A choice leads through another flow first; at its end the person is back at the step that the choice names."""
    trip.go(*LOST)

    assert trip.where == ("dates", "obtained")
    assert trip.steps == {"letters": "ask", "dates": "obtained"}
    assert trip.progress.runs["dates"].caller == "letters"
    assert trip.happened[-3:] == (
        ("letters", FlowEntered("dates")),
        ("dates", Started()),
        ("dates", Entered("obtained")),
    )

    trip.go(*THROUGH)

    assert trip.where == ("letters", "ask")
    assert trip.happened[-3:] == (
        ("dates", RunEnded("done", "done")),
        ("dates", Returned("letters")),
        ("letters", Entered("ask")),
    )
    assert trip.progress.runs["dates"].status == "finished"
    assert trip.progress.runs["dates"].caller is None

    trip.go("asked")

    assert trip.where == ("letters", "wait")


def test_a_second_time_into_another_flow(trip: Journey) -> None:
    """A flow that was gone through before is begun anew when a choice leads into it again."""
    trip.go(*LOST, *THROUGH, "asked", "lost")

    assert trip.where == ("dates", "registered")
    assert trip.progress.runs["dates"].answers == {}

    trip.go("no", "unknown", "thanks")

    assert trip.where == ("letters", "ask")


def test_into_a_flow_that_is_in_progress(small_library: Library) -> None:
    """A flow that is in progress is gone on with when a choice leads into it, and leads back as well."""
    trip = Journey(small_library, "dates").go(":2026-05", "yes")
    trip.begin("letters").go(*LOST)

    assert trip.where == ("dates", "years")
    assert trip.happened[-1] == ("dates", Entered("years"))

    trip.go("unknown", "thanks")

    assert trip.where == ("letters", "ask")


def test_a_flow_that_was_begun_by_itself_leads_nowhere(small_library: Library) -> None:
    """Whoever ends a flow that nothing led into stays in it."""
    trip = Journey(small_library, "letters", "dates").go(*THROUGH)

    assert trip.where == ("dates", "done")
    assert not any(isinstance(event, Returned) for _, event in trip.happened)


def test_the_way_back_is_kept_when_a_flow_is_left_and_taken_up(trip: Journey) -> None:
    """Who leaves a flow that another one led into, and goes on later, comes back to that other one all the same."""
    trip.go(*LOST).leave().begin("dates").go(*THROUGH)

    assert trip.where == ("letters", "ask")


def test_back_at_the_first_step_returns_to_the_caller(trip: Journey) -> None:
    """Going back from the first step of a flow that another one led into undoes the choice that led there."""
    since = trip.go(*LOST[:2]).progress.runs["letters"].since
    trip.go(LOST[2])

    assert trip.progress.runs["letters"].answers == {"ask": "asked", "role": "physician", "wait": "lost"}

    trip.act(Back())
    letters = trip.progress.runs["letters"]

    assert trip.where == ("letters", "wait")
    assert trip.happened == (("dates", Returned("letters")), ("letters", Entered("wait")))
    assert letters.answers == {"ask": "asked", "role": "physician"}
    assert (set(letters.done), letters.since) == ({"ask", "role"}, since)
    assert trip.progress.runs["dates"].active

    trip.act(Back())

    assert trip.where == ("letters", "role")

    trip.begin("dates").go(*THROUGH)

    assert trip.where == ("dates", "done")


def test_back_within_a_flow_that_another_one_led_into(trip: Journey) -> None:
    """Going back from a later step stays in the flow, whose end still leads back."""
    trip.go(*LOST, ":2026-05", "yes")
    trip.act(Back(7))

    assert trip.where == ("dates", "obtained")

    trip.go(*THROUGH)

    assert trip.where == ("letters", "ask")


def test_back_to_a_caller_that_has_ended_meanwhile(trip: Journey) -> None:
    """Where the flow that led here has ended meanwhile, there is nothing to go back to."""
    trip.go(*LOST).begin("letters").go("refused", "give-up").begin("dates")
    trip.act(Back())

    assert trip.where == ("dates", "obtained")
    assert trip.happened == (("dates", AtStart()),)


def test_the_end_when_the_caller_has_ended_meanwhile(trip: Journey) -> None:
    """Where the flow that led here has ended meanwhile, the person stays at the end of this one."""
    trip.go(*LOST).begin("letters").go("refused", "give-up").begin("dates").go(*THROUGH)

    assert trip.where == ("dates", "done")
    assert trip.happened[-1] == ("dates", RunEnded("done", "done"))


def test_going_back_over_the_end_of_a_flow_after_returning(trip: Journey) -> None:
    """A flow that was returned from and is reopened no longer leads back."""
    trip.go(*LOST, *THROUGH)
    trip.act(Back(), "dates")

    assert trip.where == ("dates", "result")

    trip.go("thanks")

    assert trip.where == ("dates", "done")


def test_restart_keeps_the_way_back(trip: Journey) -> None:
    """A flow that is begun anew halfway leads back to the one that led into it."""
    trip.go(*LOST, ":2026-05", "yes")
    trip.act(Restart(trip.progress.runs["dates"].serial)).go("no", "unknown", "thanks")

    assert trip.where == ("letters", "ask")


def test_several_flows_in_progress(trip: Journey) -> None:
    """Every flow keeps its place while the person is in another one."""
    trip.go("asked").begin("dates").go(":2026-05").begin("letters")

    assert trip.where == ("letters", "role")
    assert trip.happened == (("letters", Entered("role")),)
    assert trip.steps == {"letters": "role", "dates": "registered"}

    trip.act(Press("registered", "yes", trip.progress.runs["dates"].serial), "dates")

    assert trip.where == ("dates", "years")
    assert trip.steps["letters"] == "role"


def test_going_on_moves_nothing(trip: Journey) -> None:
    """Whoever begins a flow that is in progress finds it as it was, with its buttons."""
    trip.go("asked")
    before = trip.progress
    trip.leave().begin("letters")

    assert trip.progress == before


def test_leaving_keeps_everything(trip: Journey) -> None:
    """Who leaves is in no flow, and all that was done is kept."""
    before = trip.go("asked").progress
    trip.leave()

    assert trip.where == (None, None)
    assert trip.progress.active is None
    assert (trip.progress.runs, trip.progress.facts) == (before.runs, before.facts)


def test_a_finished_flow_is_begun_anew_with_its_ticks(trip: Journey) -> None:
    """Papers that were ready the last time are ready; everything else is open, and old buttons do nothing."""
    trip.go("asked", "physician", "here")
    serial = trip.progress.runs["letters"].serial
    trip.act(Tick("papers", "photo", True, serial)).go("anyway").begin("letters")
    run = trip.progress.runs["letters"]

    assert (run.step, run.status, run.answers, run.since) == ("ask", "active", {}, {})
    assert run.ticks == {"papers": ("photo",)}

    trip.act(Press("ask", "asked", 1))

    assert trip.happened == (("letters", Stale()),)


def test_everything_on_a_checklist_is_ticked(trip: Journey) -> None:
    """The shared words for "all" tick the present checklist, and mean nothing elsewhere."""
    assert journey.tick_all(trip.library, trip.progress, "letters", "全部", NOW) is None

    trip.go("asked", "physician", "here")
    outcome = journey.tick_all(trip.library, trip.progress, "letters", "全部", NOW)

    assert outcome is not None

    trip.keep(outcome)

    assert trip.happened == (("letters", Ticked("papers", ("letter", "copy", "photo"), on=True)),)
    assert trip.progress.runs["letters"].ticks == {"papers": ("letter", "copy", "photo")}
    assert journey.tick_all(replace(trip.library, words={}), trip.progress, "letters", "全部", NOW) is None


def test_flows_that_do_not_exist(trip: Journey) -> None:
    """Beginning a flow that does not exist, or doing something in one that was not begun, is the caller's mistake."""
    with pytest.raises(KeyError, match="nowhere"):
        trip.begin("nowhere")
    with pytest.raises(KeyError, match="dates"):
        trip.act(Type("next"), "dates")


def test_flows_that_are_gone_are_dropped(small_library: Library) -> None:
    """When a flow is gone its run is dropped; whoever was in it is in none, and the others go on."""
    trip = Journey(small_library, "dates", "letters").go("asked", "physician", "lost", ":2026-05")
    facts = trip.progress.facts
    trip.carry(replace(small_library, flows=(flow_of(small_library, "letters"),)))

    assert trip.where == (None, None)
    assert trip.steps == {"letters": "ask"}
    assert trip.progress.facts == facts
    assert trip.begin("letters").where == ("letters", "ask")


def test_a_caller_that_is_gone_is_not_returned_to(trip: Journey) -> None:
    """Whoever was led here by a flow that is gone stays at the end of this one."""
    trip.go(*LOST)
    trip.carry(replace(trip.library, flows=(flow_of(trip.library, "dates"),)))

    assert trip.where == ("dates", "obtained")

    trip.act(Back())

    assert trip.happened == (("dates", AtStart()),)

    trip.go(*THROUGH)

    assert trip.where == ("dates", "done")


def test_all_runs_are_carried_over(trip: Journey) -> None:
    """What changes is told for every flow in progress; the person stays in theirs."""
    trip.go("asked", "physician").begin("dates")
    letters, dates = flow_of(trip.library, "letters"), flow_of(trip.library, "dates")
    short = replace(letters, steps=tuple(found for found in letters.steps if found.id != "wait"))
    trip.carry(replace(trip.library, flows=(short, dates)))

    assert trip.where == ("dates", "obtained")
    assert trip.happened == (("letters", Moved("wait", "role", "gone")),)
    assert not trip.carry(trip.library).happened
