"""A run as JSON: what is written is read again, later versions too, broken texts are refused, and it stays small."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.definition import Library
from flows.engine import Press, resume, start
from flows.run import MAX_VISITS, SERIALS, Run, Status, Visit, from_json, stamp, to_json
from tests.flow_samples import flow_of
from tests.flow_walks import MINUTE, NOW, Walk, at, choice, flow, step

RUN = Run(flow="letters", definition="abc", step="ask", shape=("information",), started=at(0), changed=at(1))

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
runs = st.builds(
    Run,
    flow=names,
    definition=names,
    step=names,
    shape=st.lists(names, max_size=4).map(tuple),
    started=names,
    changed=names,
    status=st.sampled_from(("active", "finished", "failed")),
    serial=st.integers(0, SERIALS - 1),
    answers=st.dictionaries(names, names | st.integers(-(2**62), 2**62), max_size=4),
    ticks=st.dictionaries(names, st.lists(names, max_size=4).map(tuple), max_size=4),
    since=st.dictionaries(names, names, max_size=4),
    done=st.dictionaries(names, names, max_size=4),
    visits=st.lists(st.builds(Visit, names, names, st.booleans()), max_size=4).map(tuple),
    caller=st.none() | names,
)


@given(runs)
def test_what_is_written_is_read_again(run: Run) -> None:
    """A run and the run that is read from its JSON are equal, and written alike."""
    text = to_json(run)

    assert from_json(text) == run
    assert to_json(from_json(text)) == text


def test_the_text_is_plain_json() -> None:
    """A run is a flat JSON object with the names of its parts, in any language."""
    run = replace(RUN, step="要信")
    text = to_json(run)

    assert "要信" in text
    assert json.loads(text) == {
        "flow": "letters",
        "definition": "abc",
        "step": "要信",
        "shape": ["information"],
        "started": at(0),
        "changed": at(1),
        "status": "active",
        "serial": 0,
        "answers": {},
        "ticks": {},
        "since": {},
        "done": {},
        "visits": [],
        "caller": None,
        "ended": None,
    }


def test_what_has_a_default_may_be_absent() -> None:
    """A run that an earlier version wrote, without parts that came later, is read."""
    needed = ("flow", "definition", "step", "shape", "started", "changed")
    text = json.dumps({name: value for name, value in json.loads(to_json(RUN)).items() if name in needed})

    assert from_json(text) == RUN


def test_unknown_parts_of_a_later_version_are_ignored() -> None:
    """A run that a later version wrote, with parts that are not known yet, is read without them."""
    run = replace(RUN, visits=(Visit("ask", at(0)),))
    whole = json.loads(to_json(run))
    whole |= {"mood": {"good": [1, None]}, "visits": [{**whole["visits"][0], "device": "phone"}]}

    assert from_json(json.dumps(whole)) == run


def changed(**parts: object) -> str:
    return json.dumps(json.loads(to_json(RUN)) | parts)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("run", id="no-json"),
        pytest.param(to_json(RUN)[:-1], id="cut-off"),
        pytest.param(to_json(RUN) + "x", id="more-behind-it"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="list"),
        pytest.param("3", id="number"),
        pytest.param("{}", id="empty"),
        pytest.param('{"flow": "letters"}', id="parts-missing"),
        pytest.param(changed(flow=None), id="flow-null"),
        pytest.param(changed(step=3), id="step-number"),
        pytest.param(changed(status="asleep"), id="unknown-status"),
        pytest.param(changed(serial="1"), id="serial-text"),
        pytest.param(changed(serial=1.5), id="serial-fraction"),
        pytest.param(changed(answers=[]), id="answers-list"),
        pytest.param(changed(answers={"a": None}), id="answer-null"),
        pytest.param(changed(answers={"a": 1.5}), id="answer-fraction"),
        pytest.param(changed(ticks={"a": "b"}), id="ticks-text"),
        pytest.param(changed(visits=[{"step": "ask"}]), id="visit-without-time"),
        pytest.param(changed(visits=["ask"]), id="visit-text"),
        pytest.param("\ud800", id="lone-surrogate"),
        pytest.param(changed()[:-1] + ', "later": ' + "[" * 100_000 + "]" * 100_000 + "}", id="nested-too-deep"),
    ],
)
def test_broken_texts_are_refused(text: str) -> None:
    """What is no run is a ValueError, whatever is wrong with it."""
    with pytest.raises(ValueError):
        from_json(text)


def test_what_is_wrong_is_said() -> None:
    """The error says what is wrong and where, in one sentence."""
    with pytest.raises(ValueError, match=r"^this is no run: Expected `str`, got `int` - at `\$\.step`$") as caught:
        from_json(changed(step=3))

    assert caught.value.__suppress_context__


@given(
    st.text(max_size=40) | runs.map(to_json).flatmap(lambda text: st.integers(0, len(text)).map(lambda end: text[:end]))
)
def test_any_text_is_a_run_or_refused(text: str) -> None:
    """No text makes reading it raise anything but a ValueError."""
    try:
        run = from_json(text)
    except ValueError:
        return

    assert from_json(to_json(run)) == run


def test_moments_are_kept_in_utc() -> None:
    """A moment is kept in UTC, to the second, whatever zone it was told in."""
    assert stamp(datetime(2026, 11, 22, 8, 30, 15, 999_999, tzinfo=UTC)) == "2026-11-22T08:30:15+00:00"
    assert stamp(datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=8)))) == "2026-11-22T00:30:00+00:00"


def test_the_way() -> None:
    """The way is what the person saw before the present step, without what was passed over."""
    visits = (Visit("a", at(0)), Visit("b", at(0), skipped=True), Visit("c", at(1)), Visit("d", at(2)))

    assert replace(RUN, visits=visits).way == (visits[0], visits[2])
    assert RUN.way == ()


@pytest.mark.parametrize(("status", "active"), [("active", True), ("finished", False), ("failed", False)])
def test_active(status: Status, active: bool) -> None:
    """A run that has not ended has steps to take."""
    assert replace(RUN, status=status).active is active


def test_a_run_stays_small() -> None:
    """Who goes round and round for years has a run that does not grow (by more than one step's time), and can still go back."""
    to_and_fro = flow("to-and-fro", step("here", choice("on", "there")), step("there", choice("on", "here")))
    run, _ = start(to_and_fro, NOW, {})
    sizes = []
    for turn in range(3 * MAX_VISITS):
        run, _ = resume(to_and_fro, from_json(to_json(run)), Press(run.step, "on", run.serial), NOW + turn * MINUTE, {})
        sizes.append(len(to_json(run)))

    assert len(run.visits) == MAX_VISITS
    assert run.visits[-1].step == run.step
    assert max(sizes[MAX_VISITS:]) - min(sizes[MAX_VISITS:]) < 60
    assert max(sizes) < 20_000

    walk = Walk(to_and_fro, run=run)
    walk.back(MAX_VISITS + 5)

    assert len(walk.run.visits) == 1


def test_staying_leaves_a_run_as_it_is(small_library: Library) -> None:
    """Who says every day that they are still waiting has a run that does not grow."""
    walk = Walk(flow_of(small_library, "letters")).go("asked", "physician", "waiting")
    size = len(to_json(walk.run))
    walk.go(*["waiting"] * 30)

    assert len(to_json(walk.run)) == size
