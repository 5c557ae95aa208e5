"""Runs of people at every step, as version 0.1.0 stored them: whatever the flows become, nobody of them may be stranded."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.run_check import check_runs
from flows.definition import Library
from flows.engine import Back, Type, resume
from flows.run import from_json, to_json
from flows.view import look

RUNS = (Path(__file__).parent / "data" / "runs.jsonl").read_text(encoding="utf-8").splitlines()
NOW = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)


def test_nobody_is_stranded(project_library: Library) -> None:
    """Every recorded place still exists, or another one has taken its place; ids must not change without `formerly`."""
    outcomes = check_runs(project_library, [(from_json(text).flow, text) for text in RUNS])

    assert [str(outcome) for outcome in outcomes if outcome.stranded] == []
    assert sum(outcome.people for outcome in outcomes) == len(RUNS) > 75


@pytest.mark.parametrize("text", RUNS, ids=[f"{from_json(text).flow}.{from_json(text).step}" for text in RUNS])
def test_everybody_can_go_on(project_library: Library, text: str) -> None:
    """A recorded run can be shown, answered, gone back in and stored again."""
    run = from_json(text)
    flow = project_library.flow(run.flow)
    assert flow is not None

    for action in (Type("蚂蚁搬家"), Back()):
        after, events = resume(flow, run, action, NOW, {})

        assert events
        assert look(flow, after, NOW, {}).step.id == after.step
        assert from_json(to_json(after)) == after


def test_every_step_is_recorded(project_library: Library) -> None:
    """There is a recorded run at every step that there was when they were recorded; new steps may be added at any time."""
    recorded = {(from_json(text).flow, from_json(text).step) for text in RUNS}

    assert {flow for flow, _ in recorded} == {flow.id for flow in project_library.flows}
    assert len(recorded) == len(RUNS)
