"""The engine: old buttons, pressing twice, remembered answers, definitions that go in circles."""

from dataclasses import replace

import pytest

from flows.definition import Flow, Library
from flows.engine import STEP_LIMIT, AskAgain, Press, Tick, Type, resume
from flows.events import Answered, Entered, Remembered, RunEnded, Skipped, Stale, Started, WentBack
from flows.run import SERIALS
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Walk, at, choice, flow, step


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


@pytest.fixture(name="dates")
def _dates(small_library: Library) -> Flow:
    return flow_of(small_library, "dates")


def circle(first: str = "asked") -> Flow:
    """Return a flow whose two questions lead to each other once they are answered."""
    return flow(
        "circle",
        step("first", choice("on", first)),
        step("asked", choice("a", "other"), kind="choice", question="one"),
        step("other", choice("b", "asked"), kind="choice", question="two"),
        step("end"),
    )


@pytest.mark.parametrize(
    "button",
    [
        pytest.param(Press("ask", "asked", 1), id="earlier-step"),
        pytest.param(Press("wait", "here", 1), id="earlier-serial"),
        pytest.param(Press("wait", "here", 4), id="later-serial"),
        pytest.param(Press("wait", "nowhere", 3), id="unknown-choice"),
        pytest.param(Press("nowhere", "here", 3), id="unknown-step"),
        pytest.param(Tick("wait", "letter", True, 3), id="unknown-item"),
        pytest.param(Tick("papers", "letter", True, 3), id="tick-of-a-later-step"),
    ],
)
def test_stale_buttons(letters: Flow, button: Press | Tick) -> None:
    """A button that is not of the present step as it is shown does nothing."""
    walk = Walk(letters).go("asked", "physician")
    before = walk.run
    walk.act(button)

    assert walk.events == (Stale(),)
    assert walk.run == before


def test_buttons_of_an_earlier_visit_are_stale(letters: Flow) -> None:
    """A button that was shown at an earlier visit of the same step does nothing."""
    walk = Walk(letters)
    button = walk.button("asked")
    walk.go("refused", "again")

    assert walk.run.step == button.step

    walk.act(button)

    assert walk.events == (Stale(),)


@pytest.mark.parametrize(
    "button",
    [
        pytest.param(Press("papers", "anyway", 4), id="choice"),
        pytest.param(Tick("papers", "letter", True, 4), id="tick"),
        pytest.param(Press("finished", "anyway", 5), id="made-up"),
    ],
)
def test_buttons_of_an_ended_run_are_stale(letters: Flow, button: Press | Tick) -> None:
    """Nothing is chosen or ticked in a run that has ended."""
    walk = Walk(letters).go("asked", "physician", "here", "anyway")
    before = walk.run
    walk.act(button)

    assert walk.events == (Stale(),)
    assert walk.run == before


WAYS = {
    "letters": {
        "ask": (),
        "trouble": ("refused",),
        "role": ("asked",),
        "wait": ("asked", "assistant"),
        "papers": ("asked", "assistant", "here"),
    },
    "dates": {
        "obtained": (),
        "look": ("unknown",),
        "registered": (":2026-05",),
        "years": (":2026-05", "no"),
        "result": (":2026-05", "no", ":3"),
    },
}


@pytest.mark.parametrize(("flow_id", "step_id"), [(name, at) for name, ways in WAYS.items() for at in ways])
def test_pressing_twice_does_it_once(small_library: Library, flow_id: str, step_id: str) -> None:
    """Whatever the choice, pressing its button again changes no more than pressing it once."""
    at_step = flow_of(small_library, flow_id).at(step_id)
    for pressed in at_step.choices:
        walk = Walk(flow_of(small_library, flow_id)).go(*WAYS[flow_id][step_id])
        walk.tick(*(item.id for item in at_step.items))

        assert walk.run.step == step_id

        button = walk.button(pressed.id)
        once = walk.act(button)
        twice = walk.act(button)

        assert Answered(step_id, pressed.id) not in walk.events or pressed.next == step_id
        assert (twice.step, twice.serial, twice.answers, twice.visits, twice.ticks, twice.since, twice.done) == (
            once.step, once.serial, once.answers, once.visits, once.ticks, once.since, once.done,
        )  # fmt: skip


def test_serials_stay_small(letters: Flow) -> None:
    """The count of moves begins again before buttons get too long, and buttons around it are told apart."""
    walk = Walk(letters, run=replace(Walk(letters).run, serial=SERIALS - 1))
    button = walk.button("asked")
    walk.press("refused")

    assert walk.run.serial == 0

    walk.act(button)

    assert walk.events == (Stale(),)
    assert walk.press("again").serial == 1


@pytest.mark.parametrize("first", ["asked", "other"])
def test_known_questions_in_a_circle_end_the_run(first: str) -> None:
    """A definition whose known questions lead to each other ends the run instead of hanging it."""
    walk = Walk(circle(first), {"one": "a", "two": "b"})
    walk.press("on")

    assert walk.events[-1] == RunEnded(walk.run.step, "failed")
    assert sum(isinstance(event, Skipped) for event in walk.events) == STEP_LIMIT
    assert (walk.run.status, walk.run.active) == ("failed", False)
    assert walk.run.visits[-1].step == walk.run.step


def test_a_flow_that_begins_in_a_circle_ends() -> None:
    """Beginning a flow that goes in circles ends it too, and a failed run takes nothing but going back and beginning anew."""
    round_and_round = flow("circle", *circle().steps[1:])
    walk = Walk(round_and_round, {"one": "a", "two": "b"})

    assert walk.run.status == "failed"
    assert isinstance(walk.events[-1], RunEnded)

    for pressed in ("a", "b"):
        walk.press(pressed)

        assert walk.names == ["Stale"]

    walk.say("a")

    assert walk.names == ["NotUnderstood"]

    walk.back()

    assert walk.names == ["AtStart"]


def test_one_known_question_does_not_fail() -> None:
    """Where only one of the circle's answers is known, the other is asked."""
    walk = Walk(circle(), {"one": "a"}).go("on")

    assert walk.run.step == "other"

    walk.press("b")

    assert isinstance(walk.events[-1], RunEnded)
    assert walk.run.status == "failed"


def test_a_run_of_another_flow_is_refused(letters: Flow, dates: Flow) -> None:
    """Resuming a run in a flow that is not its own is the caller's mistake."""
    with pytest.raises(ValueError, match=r'^a run of the flow "letters" cannot be resumed in "dates"$'):
        resume(dates, Walk(letters).run, Type("next"), NOW, {})


def test_known_answers_are_passed_over(letters: Flow) -> None:
    """A question whose answer is known is not asked; it leads where that answer leads."""
    walk = Walk(letters, {"role": "assistant"}).go("asked")

    assert walk.events == (Answered("ask", "asked"), Skipped("role", "role"), Entered("wait"))
    assert walk.run.step == "wait"
    assert walk.run.done == {"ask": at(1), "role": at(1)}
    assert "role" not in walk.run.answers
    assert [(visit.step, visit.skipped) for visit in walk.run.visits] == [
        ("ask", False),
        ("role", True),
        ("wait", False),
    ]
    assert walk.run.serial == 2


def test_a_first_question_that_is_known_is_passed_over(dates: Flow) -> None:
    """A flow whose first question is answered begins at the step after it."""
    walk = Walk(dates, {"obtained": "2026-05"})

    assert walk.events == (Started(), Skipped("obtained", "obtained"), Entered("registered"))


def test_each_known_answer_leads_its_own_way() -> None:
    """Where a question's answers part, the known one decides."""
    asks = step("asks", choice("a", "left"), choice("b", "right"), kind="choice", question="which")
    parted = flow("parted", asks, step("left"), step("right"))

    assert Walk(parted, {"which": "a"}).run.step == "left"
    assert Walk(parted, {"which": "b"}).run.step == "right"


def test_a_known_choice_of_a_date_question_leads_its_own_way() -> None:
    """A remembered choice at a question for a date leads where the choice leads, and not where a date would."""
    asks = step("when", choice("never", "sorry"), kind="date", next="fine", question="when")
    dated = flow("dated", asks, step("fine"), step("sorry"))

    assert Walk(dated).go("never").run.step == "sorry"
    assert Walk(dated, {"when": "never"}).run.step == "sorry"
    assert Walk(dated, {"when": "2026-05"}).run.step == "fine"


@pytest.mark.parametrize("known", ["nurse", "2026-05", 3], ids=["gone", "date", "number"])
def test_a_known_answer_that_is_no_choice_any_more_is_asked(letters: Flow, known: str | int) -> None:
    """A remembered answer that cannot be given any more does not count."""
    assert Walk(letters, {"role": known}).go("asked").run.step == "role"


def test_a_known_answer_that_is_no_date_is_asked() -> None:
    """What was remembered before the question was one for a date does not count as a date."""
    asks = step("when", choice("never", "sorry"), kind="date", next="fine", question="when")
    dated = flow("dated", asks, step("fine"), step("sorry"))

    assert Walk(dated, {"when": "physician"}).run.step == "when"


def test_what_is_not_remembered_is_asked_again(dates: Flow) -> None:
    """An answer such as "I do not know" is kept for the run only, and the question asked when one comes to it again."""
    walk = Walk(dates).go("unknown")

    assert walk.events == (Answered("obtained", "unknown"), Entered("look"))
    assert walk.known == {}
    assert walk.run.answers == {"obtained": "unknown"}
    assert walk.press("found").step == "obtained"


def test_what_is_remembered_counts_at_once() -> None:
    """An answer that was given in this turn is known to the questions that follow in it."""
    twice = flow(
        "twice",
        step("one", choice("a", "two"), kind="choice", question="which"),
        step("two", choice("a", "end"), kind="choice", question="which"),
        step("end"),
    )
    walk = Walk(twice).go("a")

    assert walk.events == (
        Answered("one", "a"),
        Remembered("which", "a"),
        Skipped("two", "which"),
        Entered("end"),
        RunEnded("end", "done"),
    )


def test_a_known_answer_is_asked_again(letters: Flow) -> None:
    """Whoever wants to change a remembered answer is asked, and the new one is remembered."""
    walk = Walk(letters, {"role": "physician"}).go("asked")
    walk.ask_again("role")

    assert walk.events == (WentBack("role"), Entered("role"))
    assert walk.run.step == "role"
    assert "role" not in walk.run.done
    assert [(visit.step, visit.skipped) for visit in walk.run.visits] == [("ask", False), ("role", False)]

    walk.press("assistant")

    assert walk.the(Remembered) == Remembered("role", "assistant")
    assert walk.known == {"role": "assistant"}
    assert walk.run.step == "wait"
    assert walk.run.since == {"wait": at(1)}


@pytest.mark.parametrize(
    ("asked", "moved"),
    [
        pytest.param("ask", 0, id="not-passed-over"),
        pytest.param("nowhere", 0, id="unknown"),
        pytest.param("papers", 0, id="not-visited"),
        pytest.param("role", -1, id="earlier-serial"),
    ],
)
def test_asking_again_what_was_not_passed_over(letters: Flow, asked: str, moved: int) -> None:
    """Only a question that was passed over is asked again, and only from where the button was shown."""
    walk = Walk(letters, {"role": "physician"}).go("asked")
    before = walk.run
    walk.act(AskAgain(asked, before.serial + moved))

    assert walk.events == (Stale(),)
    assert walk.run == before


def test_asking_again_twice_asks_once(letters: Flow) -> None:
    """The button that asks again does it once, and nothing when the run has ended."""
    walk = Walk(letters, {"role": "physician"}).go("asked")
    button = AskAgain("role", walk.run.serial)
    walk.act(button)
    walk.act(button)

    assert walk.names == ["Stale"]

    walk.go("physician", "here", "anyway")
    walk.ask_again("role")

    assert walk.names == ["Stale"]
    assert walk.run.status == "finished"


def test_the_latest_of_several_visits_is_asked_again(letters: Flow) -> None:
    """A question that was passed over twice is asked where it was passed over last."""
    walk = Walk(letters, {"role": "physician"}).go("asked", "lost", "asked")
    walk.ask_again("role")

    assert [visit.step for visit in walk.run.visits] == ["ask", "role", "wait", "ask", "role"]


def test_who_begins_anew_waits_anew() -> None:
    """A choice that begins anew forgets since when one waited at the steps from there on; no other wait is forgotten."""
    again = choice("again", "first-wait", anew=True)
    applying = flow(
        "applying",
        step("early", choice("on", "first-wait"), kind="waiting"),
        step("first-wait", choice("on", "second-wait"), kind="waiting"),
        step("second-wait", choice("returned", "returned"), kind="waiting"),
        step("returned", again, choice("on", "second-wait"), side=True),
        step("end"),
    )
    walk = Walk(applying).go("on", "on", "returned")
    before = walk.run.since
    assert before.keys() == {"early", "first-wait", "second-wait"}

    walk.go("again")

    assert walk.run.since == {"early": before["early"], "first-wait": walk.run.changed}
    assert Walk(applying).go("on", "on", "returned", "on").run.since.keys() == before.keys()
