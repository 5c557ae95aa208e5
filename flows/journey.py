"""A person's way through several flows: those in progress, the one they are in, and what they told once for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from flows import engine
from flows.definition import Flow, Library, Values
from flows.engine import Action, Back, Result
from flows.events import AtStart, Entered, Event, FlowEntered, Remembered, Returned, RunEnded
from flows.run import Run

PROVINCE: Final = "province"
"""The shared question whose choices are the provinces; under its name the answer is kept among what people told."""
UNSAID: Final = "unsaid"
"""The choice of those who do not say."""
Happened = tuple[tuple[str, Event], ...]
"""Events with the id of the flow in which they happened, in order."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a person is in all flows."""

    runs: Mapping[str, Run] = field(default_factory=dict)
    """The run of every flow that was begun, by the flow's id; one that has ended stays until the flow is begun anew."""
    current: str | None = None
    """The id of the flow that the person is in, or has just ended; None when they left it."""
    facts: Values = field(default_factory=dict)
    """The answers to shared questions, by question."""

    @property
    def run(self) -> Run | None:
        """The run of the flow that the person is in."""
        return self.runs.get(self.current) if self.current else None

    @property
    def active(self) -> Run | None:
        """The run that the person is in and that has steps to take."""
        run = self.run
        return run if run and run.active else None


Outcome = tuple[Progress, Happened]


def begin(library: Library, progress: Progress, flow_id: str, now: datetime, caller: str | None = None) -> Outcome:
    """Begin a flow, or go on with it; `caller` is the flow to return to at its end.

    A flow that has ended is begun anew with the ticks of its checklists kept, since papers stay ready.
    """
    flow = _flow(library, flow_id)
    old = progress.runs.get(flow_id)
    if old and old.active:
        run = engine.begin_wait(flow, replace(old, caller=caller or old.caller), now)
        result: Result = run, (Entered(run.step),)
    else:
        result = engine.start(flow, now, progress.facts, caller, old)
    return _applied(library, progress, flow_id, result, now)


def act(library: Library, progress: Progress, flow_id: str, action: Action, now: datetime) -> Outcome:
    """Do something in a flow that was begun (KeyError otherwise); it becomes the one that the person is in."""
    result = engine.resume(_flow(library, flow_id), progress.runs[flow_id], action, now, progress.facts)
    if isinstance(action, Back) and any(isinstance(event, AtStart) for event in result[1]):
        caller = progress.runs.get(result[0].caller or "")
        if caller and caller.active:  # the step before the first one is the one that led here
            caller = _before(_flow(library, caller.flow), caller, flow_id, now)
            return _returned(library, progress, result[0], caller, now)
    return _applied(library, progress, flow_id, result, now)


def tick_all(library: Library, progress: Progress, flow_id: str, text: str, now: datetime) -> Outcome | None:
    """Tick everything on the present checklist, when the text says so; None when it does not."""
    words = library.words.get("all", frozenset())
    result = engine.type_all(_flow(library, flow_id), progress.runs[flow_id], words, text, now)
    return _applied(library, progress, flow_id, result, now) if result else None


def leave(progress: Progress) -> Progress:
    """Leave the flow that the person is in; everything is kept."""
    return replace(progress, current=None)


def carry_over(library: Library, progress: Progress) -> Outcome:
    """Fit all runs to the present definitions; runs of flows that are gone are dropped, which `current` then tells."""
    flows = {flow_id: library.flow(flow_id) for flow_id in progress.runs}
    if all(flow and flow.digest == progress.runs[name].definition for name, flow in flows.items()):
        return progress, ()
    runs: dict[str, Run] = {}
    happened: list[tuple[str, Event]] = []
    for flow_id, run in progress.runs.items():
        flow = flows[flow_id]
        if flow is not None:
            runs[flow_id], events = engine.carry_over(flow, run)
            happened += ((flow_id, event) for event in events)
    current = progress.current if progress.current in runs else None
    return Progress(runs, current, progress.facts), tuple(happened)


def _flow(library: Library, flow_id: str) -> Flow:
    flow = library.flow(flow_id)
    if flow is None:
        raise KeyError(flow_id)
    return flow


def _applied(library: Library, progress: Progress, flow_id: str, result: Result, now: datetime) -> Outcome:
    """Return the progress with what happened in one flow, and go where that leads in others."""
    run, events = result
    told = {event.question: event.answer for event in events if isinstance(event, Remembered)}
    facts = {name: value for name, value in {**progress.facts, **told}.items() if value is not None}
    progress = replace(progress, runs={**progress.runs, flow_id: run}, current=flow_id, facts=facts)
    happened: Happened = tuple((flow_id, event) for event in events)
    entered = next((event.flow for event in events if isinstance(event, FlowEntered)), None)
    ended = any(isinstance(event, RunEnded) for event in events)
    caller = progress.runs.get(run.caller or "")
    if ended and run.caller:
        run = replace(run, caller=None)
        progress = replace(progress, runs={**progress.runs, flow_id: run})
    more: Happened = ()
    if entered:  # a flow that has ended is not returned to
        progress, more = begin(library, progress, entered, now, caller=None if ended else flow_id)
    elif ended and caller and caller.active:
        progress, more = _returned(library, progress, run, caller, now)
    return progress, (*happened, *more)


def _before(flow: Flow, run: Run, led_to: str, now: datetime) -> Run:
    """Return the run at the step whose choice led to another flow, which it may have left for the next one."""
    step = flow.at(run.step)
    chosen = step.choice(str(run.answers.get(step.id)))
    if chosen and chosen.flow == led_to:
        return replace(run, answers={name: value for name, value in run.answers.items() if name != step.id})
    return engine.resume(flow, run, Back(), now, {})[0]


def _returned(library: Library, progress: Progress, run: Run, caller: Run, now: datetime) -> Outcome:
    """Return to the flow that had led to another one."""
    caller = engine.begin_wait(_flow(library, caller.flow), caller, now)
    runs = {**progress.runs, run.flow: replace(run, caller=None), caller.flow: caller}
    back = replace(progress, runs=runs, current=caller.flow)
    return back, ((run.flow, Returned(caller.flow)), (caller.flow, Entered(caller.step)))
