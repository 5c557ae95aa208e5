"""Random ways through one variant of a flow, carried over to another: whatever changes, the run is a good one."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from flows.definition import Choice, Flow, Item, Library, Step
from flows.engine import Action, AskAgain, Back, Press, Restart, Tick, Type, carry_over
from flows.graph import edges
from flows.run import MAX_VISITS, Run, from_json, to_json
from flows.view import look
from tests.flow_samples import read_flows, write_flows
from tests.flow_walks import Walk

TEXTS = ("下一步", "收到了", "还在等", "照片", "没有照片", "2026-05", "3", "不清楚", "怎么办", "yes")


@cache
def library() -> Library:
    """Return the small library; hypothesis does not let its tests share a fixture of one test."""
    with TemporaryDirectory() as folder:
        return read_flows(write_flows(Path(folder)))


def varied(flow: Flow, gone: Collection[str], lost: Collection[tuple[str, str]], names: Collection[str]) -> Flow:
    """Return the flow without some steps, and choices and items of others, and with new names of some.

    What led to a step that is gone leads to the first one that is left; a step with nothing left to do is an end.
    """
    left = [step for step in flow.steps if step.id not in gone] or [flow.steps[-1]]
    name = {step.id: f"new-{step.id}" if step.id in names else step.id for step in left}

    def leads(target: str) -> str:
        return name.get(target, name[left[0].id])

    def mended(step: Step) -> Step:
        choices: tuple[Choice, ...] = tuple(
            replace(choice, next=leads(choice.next)) for choice in step.choices if (step.id, choice.id) not in lost
        )
        return replace(
            step,
            id=name[step.id],
            formerly=(step.id,) if step.id in names else (),
            choices=choices,
            items=tuple(item for item in step.items if (step.id, item.id) not in lost),
            next=leads(step.next) if step.next else None,
            end=step.end or (None if choices or step.next else "done"),
        )

    return replace(flow, steps=tuple(map(mended, left)))


def options_of(step: Step) -> tuple[Choice | Item, ...]:
    return (*step.choices, *step.items)


@st.composite
def variants(draw: st.DrawFn, flow: Flow) -> Flow:
    """Draw a flow that is like another one."""
    steps = [step.id for step in flow.steps]
    options = [(step.id, found.id) for step in flow.steps for found in options_of(step)]
    return varied(
        flow,
        draw(st.sets(st.sampled_from(steps), max_size=len(steps) - 1)),
        draw(st.sets(st.sampled_from(options), max_size=4)),
        draw(st.sets(st.sampled_from(steps), max_size=2)),
    )


@st.composite
def actions(draw: st.DrawFn, run: Run, flow: Flow) -> Action:
    """Draw something that one can do, or that an old button asks for."""
    step = flow.step(draw(st.sampled_from([run.step, run.step, run.step, flow.steps[0].id, "nowhere"])))
    serial = max(0, run.serial - draw(st.sampled_from([0, 0, 0, 1])))
    name = step.id if step else "nowhere"
    choices = [choice.id for choice in step.choices] if step else []
    items = [item.id for item in step.items] if step else []
    kinds: list[st.SearchStrategy[Action]] = [
        st.sampled_from(TEXTS).map(Type),
        st.sampled_from([Back(), Back(3), Back(serial=serial), Restart(serial), AskAgain("role", serial)]),
        st.sampled_from([*choices, "nothing"]).map(lambda choice: Press(name, choice, serial)),
        st.sampled_from([*choices, "nothing"]).map(lambda choice: Press(name, choice, serial)),
        st.builds(Tick, st.just(name), st.sampled_from([*items, "nothing"]), st.booleans(), st.just(serial)),
    ]
    return draw(st.one_of(kinds))


def has_end(flow: Flow, run: Run) -> bool:
    """Tell whether a finished run whose step is gone has an end to be at: one of the kind at which it ended."""
    return any(step.end == run.ended for step in flow.steps)


def good(flow: Flow, run: Run, now: datetime) -> None:
    """Assert that a run fits a definition."""
    step = flow.step(run.step)

    assert step is not None
    assert run.definition == flow.digest
    assert run.shape == step.shape
    assert (run.status == "finished") == (step.end is not None)
    assert 0 < len(run.visits) <= MAX_VISITS
    assert all(flow.at(name).item(item) for name, items in run.ticks.items() for item in items)
    assert from_json(to_json(run)) == run

    view = look(flow, run, now, {})

    assert view.step is step
    assert set(view.missing) <= {item.id for item in step.items}


@given(st.data())
def test_random_walks_are_carried_over(data: st.DataObject) -> None:
    """A run of one variant of a flow fits another variant after it was carried over, and goes on there."""
    whole = data.draw(st.sampled_from(library().flows))
    old, new = data.draw(variants(whole)), data.draw(variants(whole))
    known = data.draw(st.sampled_from([{}, {"role": "assistant"}, {"obtained": "2026-05", "role": "nurse"}]))
    walk = Walk(old, known)
    for _ in range(data.draw(st.integers(0, 6))):
        walk.act(data.draw(actions(walk.run, old)))
        if walk.run.status == "failed":
            break
        good(old, walk.run, walk.now)
    seen = {visit.step for visit in walk.run.visits}
    run, events = carry_over(new, walk.run)

    if run.status != "failed":
        good(new, run, walk.now)
    assert carry_over(new, run) == (run, ())
    assert not events or walk.run.status != "finished" or not has_end(new, walk.run)
    if walk.run.step not in {step.id for step in new.steps} and events:
        former = {old for step in new.steps for old in step.formerly if step.id == run.step}
        assert run.step in seen or former & seen or run.step == new.steps[0].id

    after = Walk(new, walk.known, run, walk.now)
    for _ in range(2):
        after.act(data.draw(actions(after.run, new)))
        if after.run.status != "failed":
            good(new, after.run, after.now)


@given(st.data())
def test_random_walks_are_resumed(data: st.DataObject) -> None:
    """What is done with a run of another variant is done in the new one, without carrying it over first."""
    whole = data.draw(st.sampled_from(library().flows))
    old, new = data.draw(variants(whole)), data.draw(variants(whole))
    walk = Walk(old)
    for _ in range(data.draw(st.integers(0, 4))):
        walk.act(data.draw(actions(walk.run, old)))
    after = Walk(new, walk.known, walk.run, walk.now)
    after.act(data.draw(actions(walk.run, new)))
    if after.run.status != "failed":
        good(new, after.run, after.now)

    assert all(edge.target for edge in edges(new))
