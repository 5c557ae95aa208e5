"""A definition that changes while people are on the way: nobody is lost, and they are told only what concerns them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from flows.definition import Flow, FlowText, Library, Step
from flows.engine import Back, Press, Restart, Tick, Type, carry_over
from flows.events import Answered, Entered, Moved, Stale
from flows.run import Visit
from flows.view import look
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Walk, at, choice, flow, item, step


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


def edited(old: Flow, step_id: str, change: Callable[[Step], Step]) -> Flow:
    """Return the flow with one step changed."""
    return replace(old, steps=tuple(change(found) if found.id == step_id else found for found in old.steps))


def dropping(*gone: str) -> Callable[[Step], Step]:
    """Return a function that takes choices and items out of a step."""
    return lambda old: replace(
        old,
        choices=tuple(found for found in old.choices if found.id not in gone),
        items=tuple(found for found in old.items if found.id not in gone),
    )


def without(old: Flow, *gone: str, instead: str) -> Flow:
    """Return the flow without some steps; what led to them leads to another one."""

    def leads(target: str | None) -> str | None:
        return instead if target in gone else target

    def mended(found: Step) -> Step:
        choices = tuple(replace(one, next=leads(one.next) or "") for one in found.choices)
        return replace(found, choices=choices, next=leads(found.next))

    return replace(old, steps=tuple(mended(found) for found in old.steps if found.id not in gone))


def renamed(old: Flow, before: str, after: str) -> Flow:
    """Return the flow with another id of a step, which says what it was called."""
    named = edited(old, before, lambda found: replace(found, id=after, formerly=(before,)))

    def mended(found: Step) -> Step:
        choices = tuple(replace(one, next=after if one.next == before else one.next) for one in found.choices)
        return replace(found, choices=choices)

    return replace(named, steps=tuple(map(mended, named.steps)))


def carried(new: Flow, walk: Walk) -> Walk:
    """Return the walk in the changed definition, carried over and saved; `events` tells what happened."""
    run, events = carry_over(new, walk.run)
    after = Walk(new, walk.known, run, walk.now)
    after.events = events

    assert after.run.definition == new.digest
    assert carry_over(new, after.run) == (after.run, ())

    return after


def at_papers(letters: Flow) -> Walk:
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("letter", "photo")
    return walk


def test_the_same_definition_changes_nothing(letters: Flow) -> None:
    """A run of the present definition is as it was."""
    run = at_papers(letters).run

    assert carry_over(letters, run) == (run, ())


@pytest.mark.parametrize("way", [(), ("asked", "physician"), ("asked", "physician", "here", "anyway")])
def test_a_changed_text_is_silent(letters: Flow, way: tuple[str, ...]) -> None:
    """When only texts change, nobody is told and the buttons stay good."""
    walk = Walk(letters).go(*way)
    new = replace(letters, texts={"zh": FlowText("新", "新"), "en": FlowText("New", "New")})
    after = carried(new, walk)

    assert after.events == ()
    assert after.run == replace(walk.run, definition=new.digest)


def test_buttons_stay_good_when_a_text_changes(letters: Flow) -> None:
    """What was shown before a text changed does what it says."""
    walk = Walk(letters)
    button = walk.button("asked")
    after = Walk(edited(letters, "role", lambda found: replace(found, side=True)), run=walk.run)
    after.act(button)

    assert after.events == (Answered("ask", "asked"), Entered("role"))
    assert after.run.definition == after.flow.digest != letters.digest


CHANGES = {
    "choice-gone": dropping("waiting"),
    "choice-added": lambda found: replace(found, choices=(*found.choices, choice("new", "papers"))),
    "kind": lambda found: replace(found, kind="information"),
    "items-added": lambda found: replace(found, items=(item("new"),)),
    "order": lambda found: replace(found, choices=found.choices[::-1]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_choices_are_told(letters: Flow, change: Callable[[Step], Step]) -> None:
    """When what one can do at the step changes, the person is told, and the old buttons do nothing."""
    walk = Walk(letters).go("asked", "physician")
    button = walk.button("here")
    after = carried(edited(letters, "wait", change), walk)

    assert after.events == (Moved("wait", "wait", "changed"),)
    assert (after.run.step, after.run.shape) == ("wait", after.flow.at("wait").shape)
    assert after.run.since == {"wait": at(2)}
    assert [visit.step for visit in after.run.visits] == ["ask", "role", "wait"]

    after.act(button)

    assert after.names == ["Stale"]
    assert after.press("here").step == "papers"


def test_changed_choices_of_another_step_are_silent(letters: Flow) -> None:
    """What one can do at another step concerns nobody who is not there."""
    assert carried(edited(letters, "wait", dropping("lost")), Walk(letters)).events == ()


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(Press("wait", "here", 3), id="press"),
        pytest.param(Tick("wait", "here", True, 3), id="tick"),
        pytest.param(Back(), id="back"),
        pytest.param(Restart(3), id="restart"),
    ],
)
def test_a_button_does_nothing_more_when_the_person_is_moved(
    letters: Flow, action: Press | Tick | Back | Restart
) -> None:
    """Who presses something and finds the step changed is told that, and nothing else happens."""
    new = edited(letters, "wait", dropping("waiting"))
    walk = Walk(letters).go("asked", "physician")
    after = Walk(new, walk.known, walk.run)
    after.act(action)

    assert after.events == (Moved("wait", "wait", "changed"),)
    assert after.run.step == "wait"


def test_what_is_typed_counts_although_the_step_changed(letters: Flow) -> None:
    """A typed text is understood at the step as it is now."""
    walk = Walk(letters).go("asked", "physician")
    after = Walk(edited(letters, "wait", dropping("waiting")), walk.known, walk.run)
    after.act(Type("收到了"))

    assert after.events == (Moved("wait", "wait", "changed"), Answered("wait", "here"), Entered("papers"))


def test_a_renamed_step_is_silent(letters: Flow) -> None:
    """Everything about a step that is called something else now goes with the name."""
    walk = at_papers(letters)
    new = renamed(renamed(letters, "papers", "documents"), "wait", "waiting-for-it")
    after = carried(new, walk)

    assert after.events == ()
    assert (after.run.step, after.run.serial) == ("documents", walk.run.serial)
    assert after.run.ticks == {"documents": ("letter", "photo")}
    assert after.run.since == {"waiting-for-it": at(2)}
    assert after.run.answers == {"ask": "asked", "role": "physician", "waiting-for-it": "here"}
    assert after.run.done == {"ask": at(1), "role": at(2), "waiting-for-it": at(3)}
    assert [visit.step for visit in after.run.visits] == ["ask", "role", "waiting-for-it", "documents"]

    after.back()

    assert after.run.step == "waiting-for-it"


def test_a_former_name_that_is_in_use_renames_nothing(letters: Flow) -> None:
    """A name that a step still bears is its own."""
    new = edited(letters, "papers", lambda found: replace(found, formerly=("wait",)))
    walk = Walk(letters).go("asked", "physician")

    assert carried(new, walk).run == replace(walk.run, definition=new.digest)


def test_a_successor_with_other_choices_is_told(letters: Flow) -> None:
    """Who is led to the step that has taken the place of theirs is told when one does something else there."""
    new = without(letters, "trouble", instead="ask")
    new = edited(new, "ask", lambda found: replace(found, formerly=("trouble",)))
    after = carried(new, Walk(letters).go("refused"))

    assert after.events == (Moved("trouble", "ask", "changed"),)
    assert after.run.step == "ask"


def two_lists(*formerly: str) -> Flow:
    """Return a flow with two checklists, or with one that has taken the place of another."""
    items = (item("a"), item("b"))
    first = step("first", choice("on", "second"), kind="checklist", items=items[:1])
    both = items if formerly else items[1:]
    second = step("second", choice("on", "end"), kind="checklist", items=both, formerly=formerly)
    return flow("lists", *(() if formerly else (first,)), second, step("end"))


def test_merged_checklists_keep_the_ticks_of_both() -> None:
    """When one checklist takes in another, what was ticked on either is ticked."""
    walk = Walk(two_lists())
    walk.tick("a")
    walk.press("on")
    walk.tick("b")
    after = carried(two_lists("first"), walk)

    assert after.run.step == "second"
    assert set(after.run.ticks["second"]) == {"a", "b"}


def test_merged_steps_are_one_step_to_go_back() -> None:
    """Who goes back from a step that has taken in the one before it does not land on the same step again."""
    before = flow("merged", step("zero", choice("on", "first")), *two_lists().steps)
    after = carried(
        flow("merged", step("zero", choice("on", "second")), *two_lists("first").steps), Walk(before).go("on", "on")
    )
    after.back()

    assert after.run.step == "zero"


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        pytest.param(("papers",), "wait", id="the-present"),
        pytest.param(("papers", "wait"), "role", id="with-the-one-before"),
        pytest.param(("papers", "wait", "role"), "ask", id="with-two-before"),
        pytest.param(("papers", "wait", "role", "ask"), "trouble", id="with-all-before"),
    ],
)
def test_a_step_that_is_gone_leads_to_the_one_before(letters: Flow, gone: tuple[str, ...], expected: str) -> None:
    """Whose step is gone is led to the nearest one before it that still exists, or else to the first one."""
    walk = at_papers(letters)
    order = [visit.step for visit in walk.run.visits if visit.step not in gone]
    button = walk.button("anyway")
    after = carried(without(letters, *gone, instead="finished"), walk)

    assert after.events == (Moved("papers", expected, "gone"),)
    assert (after.run.step, after.run.shape) == (expected, after.flow.at(expected).shape)
    assert after.run.status == "active"
    assert [visit.step for visit in after.run.visits] == (order or [expected])
    assert after.run.ticks == {}

    after.act(button)

    assert after.names == ["Stale"]


def test_the_step_one_is_led_to_is_one_that_was_seen(letters: Flow) -> None:
    """Nobody is led to a question that was passed over, and one can go on back from there."""
    walk = Walk(letters, {"role": "physician"}).go("asked")
    after = carried(without(letters, "wait", instead="papers"), walk)

    assert after.run.step == "ask"

    after.back()

    assert after.names == ["AtStart"]


def test_buttons_of_the_step_one_is_led_to_are_stale(letters: Flow) -> None:
    """What was shown at the earlier visit does nothing after one has been led back there."""
    walk = Walk(letters).go("asked", "physician")
    button = Press("role", "assistant", walk.run.serial - 1)
    after = carried(without(letters, "wait", instead="papers"), walk)
    after.act(button)

    assert after.run.step == "role"
    assert after.events == (Stale(),)


def test_everything_is_gone(letters: Flow) -> None:
    """Who was in a flow that has wholly other steps now begins at its first one."""
    new = flow("letters", step("other", choice("on", "last")), step("last"))
    after = carried(new, at_papers(letters))

    assert after.events == (Moved("papers", "other", "gone"),)
    assert (after.run.step, after.run.status) == ("other", "active")
    assert after.run.visits == (Visit("other", at(5)),)
    assert after.press("on").status == "finished"


def test_everything_is_gone_but_an_end(letters: Flow) -> None:
    """A flow that is a single step now is finished for whoever was in it."""
    after = carried(flow("letters", step("only")), at_papers(letters))

    assert (after.run.step, after.run.status) == ("only", "finished")


def test_ticks_of_the_items_that_are_left_are_kept(letters: Flow) -> None:
    """When items go or come, the others stay ticked."""
    change = dropping("letter")
    new = edited(letters, "papers", lambda found: replace(change(found), items=(item("new"), *change(found).items)))
    after = carried(new, at_papers(letters))

    assert after.events == (Moved("papers", "papers", "changed"),)
    assert after.run.ticks == {"papers": ("photo",)}
    assert look(new, after.run, NOW, {}).missing == ("new", "copy")


@pytest.mark.parametrize("way", [("asked", "physician", "here", "anyway"), ("refused", "give-up")])
def test_what_is_finished_stays_finished(letters: Flow, way: tuple[str, ...]) -> None:
    """A run that has ended stays so, silently, when its step changes or the steps before it go."""
    walk = Walk(letters).go(*way)
    end = walk.run.step
    for new in (
        edited(letters, end, lambda found: replace(found, kind="result")),
        without(letters, "ask", "wait", "papers", "role", "trouble", instead="finished"),
        renamed(letters, end, "the-end"),
    ):
        after = carried(new, walk)

        assert after.events == ()
        assert after.run.status == "finished"
        assert look(new, after.run, NOW, {}).step.end == letters.at(end).end


def test_a_done_run_whose_end_is_gone_is_done(letters: Flow) -> None:
    """Who had finished when the end was another step, or one that goes on now, has finished."""
    walk = Walk(letters).go("asked", "physician", "here", "anyway")
    more = replace(letters, steps=(*letters.steps, step("well-done")))
    on = choice("on", "well-done")
    for new in (
        without(more, "finished", instead="well-done"),
        edited(more, "finished", lambda found: replace(found, end=None, choices=(on,))),
    ):
        after = carried(new, walk)

        assert after.events == ()
        assert (after.run.step, after.run.status) == ("well-done", "finished")


def test_a_stopped_run_whose_end_is_gone_is_not_done(letters: Flow) -> None:
    """Who had given up has not achieved anything because the step is gone."""
    walk = Walk(letters).go("refused", "give-up")
    after = carried(without(letters, "given-up", instead="ask"), walk)

    assert after.flow.at(after.run.step).end != "done"


def test_a_finished_run_in_a_flow_without_an_end_goes_on(letters: Flow) -> None:
    """Where there is no end that could be shown, the person is led back on their way."""
    walk = Walk(letters).go("asked", "physician", "here", "anyway")
    after = carried(without(letters, "finished", "given-up", instead="ask"), walk)

    assert after.events == (Moved("finished", "papers", "gone"),)
    assert (after.run.step, after.run.status) == ("papers", "active")


def test_a_step_that_has_become_an_end_ends_the_run(letters: Flow) -> None:
    """Who is at a step that ends the flow now has finished."""
    new = edited(letters, "wait", lambda found: replace(found, kind="information", choices=(), end="done"))
    after = carried(new, Walk(letters).go("asked", "physician"))

    assert after.events == (Moved("wait", "wait", "changed"),)
    assert after.run.status == "finished"


def test_a_failed_run_goes_on_when_the_definition_is_mended() -> None:
    """Who was thrown out by a definition that went in circles can go on when it has been mended."""
    asked = step("asked", choice("a", "asked"), kind="choice", question="one")
    walk = Walk(flow("looped", asked, step("end")), {"one": "a"})

    assert walk.run.status == "failed"

    mended = replace(asked, choices=(choice("a", "end"),))
    after = carried(flow("looped", mended, step("end")), walk)

    assert after.events == ()
    assert (after.run.step, after.run.status) == ("asked", "active")
    assert after.press("a").status == "finished"


def test_a_failed_run_whose_step_is_gone_goes_on() -> None:
    """A failed run is led to a step that exists, like any other."""
    asked = step("asked", choice("a", "asked"), kind="choice", question="one")
    walk = Walk(flow("looped", step("first", choice("on", "asked")), asked), {"one": "a"}).go("on")
    after = carried(flow("looped", step("first", choice("on", "end")), step("end")), walk)

    assert after.events == (Moved("asked", "first", "gone"),)
    assert (after.run.step, after.run.status) == ("first", "active")
