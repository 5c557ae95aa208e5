"""The engine: the definition, the run, what the person did and the time go in; the new run and events come out.

Nothing is sent, saved or remembered here. `now` is timezone-aware and in the person's time zone: its date is their today.
`known` holds the answers to shared questions, from whatever flow; their steps are passed over.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from flows.dates import is_loose_date
from flows.definition import Answer, Choice, Flow, Step, Values
from flows.events import (
    Answered,
    AtStart,
    Entered,
    Event,
    FlowEntered,
    Incomplete,
    Moved,
    NotUnderstood,
    Refused,
    Remembered,
    RunEnded,
    Skipped,
    Stale,
    Started,
    Stayed,
    Ticked,
    WentBack,
)
from flows.run import MAX_VISITS, SERIALS, Run, Visit, stamp
from flows.typed import Refused as TypedRefused
from flows.typed import parse_date, parse_number
from flows.understand import find_choice, find_items, means

T = TypeVar("T")

STEP_LIMIT: Final = 100
"""So many steps are passed over in one turn; a definition that goes in circles ends the run instead of hanging it."""


@dataclass(frozen=True, slots=True)
class Press:
    """A choice's button was pressed."""

    step: str
    choice: str
    serial: int


@dataclass(frozen=True, slots=True)
class Tick:
    """An item's button was pressed; `on` is the state that it asks for, so that pressing it twice does it once."""

    step: str
    item: str
    on: bool
    serial: int


@dataclass(frozen=True, slots=True)
class Type:
    """Something was typed; the text is folded by `faq.text.clean`."""

    text: str


@dataclass(frozen=True, slots=True)
class Back:
    """Go back so many steps; with a serial, only if the person is still where the button was shown."""

    steps: int = 1
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask a question again that was passed over."""

    step: str
    serial: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin the flow anew, with nothing chosen and nothing ticked; only if the person is where the button was shown."""

    serial: int


Action = Press | Tick | Type | Back | AskAgain | Restart
Result = tuple[Run, tuple[Event, ...]]


def start(flow: Flow, now: datetime, known: Values, caller: str | None = None, earlier: Run | None = None) -> Result:
    """Begin a flow.

    `caller` is the flow to return to. `earlier` is a run of the same flow that this one follows: its ticks are kept, and its
    buttons are known to be old.
    """
    at = stamp(now)
    first = flow.steps[0]
    run = Run(
        flow=flow.id,
        definition=flow.digest,
        step=first.id,
        shape=first.shape,
        started=at,
        changed=at,
        serial=earlier.serial if earlier else 0,
        ticks=_existing_ticks(flow, earlier.ticks) if earlier else {},
        caller=caller,
    )
    run, events = _Turn(flow, now, known).enter(run, first.id)
    return run, (Started(), *events)


def resume(flow: Flow, run: Run, action: Action, now: datetime, known: Values) -> Result:
    """Do what the person did.

    A run of an earlier definition is carried over first; when that moves the person, a button pressed for the old step does
    nothing more.

    Raises:
        ValueError: The run is one of another flow.
    """
    if run.flow != flow.id:
        raise ValueError(f'a run of the flow "{run.flow}" cannot be resumed in "{flow.id}"')
    run, moved = carry_over(flow, run)
    if moved and not isinstance(action, Type):
        return run, moved
    run, events = _Turn(flow, now, known).act(run, action)
    return run, (*moved, *events)


def type_all(flow: Flow, run: Run, words: Collection[str], text: str, now: datetime) -> Result | None:
    """Tick everything on the checklist when the text is one of the words for "all"; None when it is not."""
    step = flow.step(run.step)
    if not run.active or step is None or not step.items or not means(words, text):
        return None
    return _Turn(flow, now, {}).tick(run, step, [item.id for item in step.items], on=True)


def begin_wait(flow: Flow, run: Run, now: datetime) -> Run:
    """Note since when the person waits, if they are at a step of waiting and have not been waiting there before."""
    return replace(run, since=_since(run, flow.at(run.step), stamp(now)))


def _since(run: Run, step: Step, at: str) -> Mapping[str, str]:
    return {**run.since, step.id: at} if step.kind == "waiting" and step.id not in run.since else run.since


def _waits_before(flow: Flow, run: Run, step_id: str) -> Mapping[str, str]:
    """Return since when the person has waited, but for the steps of the main way from one on."""
    first = flow.numbers.get(step_id, 0)
    return {step: at for step, at in run.since.items() if flow.numbers.get(step, -1) < first}


class _Turn:
    """One turn in a flow: what every part of it needs to know, and the parts."""

    def __init__(self, flow: Flow, now: datetime, known: Values) -> None:
        self.flow = flow
        self.now = now
        self.at = stamp(now)
        self.known = dict(known)

    def act(self, run: Run, action: Action) -> Result:
        match action:
            case Restart():
                result = self.restart(run, action)
            case Back():
                result = self.back(run, action)
            case Type():
                result = self.type(run, action.text) if run.active else (run, (NotUnderstood(),))
            case AskAgain():
                result = self.ask_again(run, action) if run.active else (run, (Stale(),))
            case _:
                result = self.press(run, action)
        return result

    def restart(self, run: Run, action: Restart) -> Result:
        if action.serial != run.serial:
            return run, (Stale(),)
        run, events = start(self.flow, self.now, self.known, run.caller, replace(run, ticks={}))
        return run, (Started(anew=True), *events[1:])

    def press(self, run: Run, action: Press | Tick) -> Result:
        step = self.flow.at(run.step)
        if not run.active or (action.step, action.serial) != (run.step, run.serial):
            return run, (Stale(),)
        if isinstance(action, Tick):
            return self.tick(run, step, [action.item], on=action.on) if step.item(action.item) else (run, (Stale(),))
        choice = step.choice(action.choice)
        if choice is None:
            return run, (Stale(),)
        if choice.needs_all and (missing := missing_items(step, run)):
            return run, (Incomplete(missing),)
        return self.choose(run, step, choice)

    def tick(self, run: Run, step: Step, items: Collection[str], *, on: bool) -> Result:
        ticked = set(run.ticks.get(step.id, ()))
        ticked = ticked.union(items) if on else ticked.difference(items)
        kept = tuple(item.id for item in step.items if item.id in ticked)
        if kept == run.ticks.get(step.id, ()):
            return run, (Stayed(step.id),)
        run = replace(run, ticks={**run.ticks, step.id: kept}, changed=self.at)
        return run, (Ticked(step.id, tuple(items), on),)

    def type(self, run: Run, text: str) -> Result:
        step = self.flow.at(run.step)
        typed: Answer | TypedRefused | None = None
        if step.kind == "date":
            typed = parse_date(text, self.now.date())
        elif step.kind == "number":
            typed = parse_number(text, step.least or 0, step.most or 0)
        if isinstance(typed, str | int):
            return self.answer(run, step, typed, step.next or step.id)
        if choice := find_choice(step, text):
            if choice.needs_all:  # who says that all is there is believed
                run, _ = self.tick(run, step, [item.id for item in step.items], on=True)
            return self.choose(run, step, choice)
        if typed is not None:
            return run, (Refused(typed.reason, typed.values),)
        items, on = find_items(step, text)
        return self.tick(run, step, [item.id for item in items], on=on) if items else (run, (NotUnderstood(),))

    def choose(self, run: Run, step: Step, choice: Choice) -> Result:
        if choice.anew:
            run = replace(run, since=_waits_before(self.flow, run, choice.next))
        after, events = self.answer(run, step, choice.id, choice.next, remembered=choice.remembered)
        if choice.flow is None:
            return after, events
        # Nothing is waited for while another flow is gone through: see `begin_wait`.
        return replace(after, since=run.since), (*events, FlowEntered(choice.flow))

    def answer(self, run: Run, step: Step, answer: Answer, target: str, *, remembered: bool = True) -> Result:
        events: list[Event] = [Answered(step.id, answer)]
        if step.question is not None and (remembered or step.question in self.known):
            events.append(Remembered(step.question, answer if remembered else None))
            self.known.pop(step.question, None)
            if remembered:
                self.known[step.question] = answer
        run = replace(run, answers={**run.answers, step.id: answer}, changed=self.at)
        if target == step.id:
            return run, (*events, Stayed(step.id))
        run, entered = self.enter(run, target)
        return run, (*events, *entered)

    def enter(self, run: Run, target: str) -> Result:
        """Go to a step, and past those whose answers are known."""
        events: list[Event] = []
        visits = [*run.visits]
        step = self.flow.at(target)
        for _ in range(STEP_LIMIT):
            step = self.flow.at(target)
            past = _known_way(step, self.known)
            visits.append(Visit(step.id, self.at, past is not None))
            if past is None:
                return self.arrive(run, step, visits, events)
            events.append(Skipped(step.id, step.question or ""))
            target = past
        run = replace(run, status="failed", step=step.id, shape=step.shape, visits=tuple(visits[-MAX_VISITS:]))
        return run, (*events, RunEnded(step.id, "failed"))

    def arrive(self, run: Run, step: Step, visits: Sequence[Visit], events: Collection[Event]) -> Result:
        done = self.done(run, step, visits)
        run = replace(
            run,
            step=step.id,
            shape=step.shape,
            serial=(run.serial + 1) % SERIALS,
            status="active" if step.end is None else "finished",
            ended=step.end,
            done=done if step.end is None else {**done, step.id: self.at},
            since=_since(run, step, self.at),
            visits=tuple(visits[-MAX_VISITS:]),
        )
        entered: tuple[Event, ...] = (*events, Entered(step.id))
        return run, entered if step.end is None else (*entered, RunEnded(step.id, step.end))

    def done(self, run: Run, step: Step, visits: Sequence[Visit]) -> dict[str, str]:
        """Return what is done of the main way when the person comes to a step: what they saw of it before that step.

        A step that was left for a branch that helps is not done until a later one is reached; whoever is led back to an
        earlier step has to do again what comes after it.
        """
        if step.side:
            return dict(run.done)
        numbers = self.flow.numbers
        here = numbers.get(step.id, len(numbers) + 1)
        before = {visit.step for visit in visits[:-1] if numbers.get(visit.step, here) < here}
        return {name: run.done.get(name, self.at) for name in numbers if name in before}

    def back(self, run: Run, action: Back) -> Result:
        if action.serial is not None and action.serial != run.serial:
            return run, (Stale(),)
        way = _seen(self.flow, run)
        if not way:
            return run, (AtStart(),)
        return self.return_to(run, way[-min(max(action.steps, 1), len(way))])

    def ask_again(self, run: Run, action: AskAgain) -> Result:
        visited = [number for number, visit in enumerate(run.visits) if visit.step == action.step and visit.skipped]
        if action.serial != run.serial or not visited or self.flow.step(action.step) is None:
            return run, (Stale(),)
        return self.return_to(run, visited[-1])

    def return_to(self, run: Run, number: int) -> Result:
        """Go back to a visit; what was answered there and later is open again, ticks and waits are kept."""
        again = {visit.step for visit in run.visits[number:]} - {visit.step for visit in run.visits[:number]}
        step = self.flow.at(run.visits[number].step)
        run = replace(
            run,
            answers={name: value for name, value in run.answers.items() if name not in again},
            done={name: value for name, value in run.done.items() if name not in again},
            changed=self.at,
        )
        run, events = self.arrive(run, step, (*run.visits[:number], Visit(step.id, self.at)), ())
        return run, (WentBack(step.id), *events)


def _known_way(step: Step, known: Values) -> str | None:
    """Return where a step leads whose answer is known, or None when it has to be asked."""
    answer = known.get(step.question or "")
    if answer is None:
        return None
    if choice := step.choice(str(answer)):
        return choice.next
    fits = {"date": is_loose_date(answer), "number": isinstance(answer, int)}
    return step.next if fits.get(step.kind) else None


def _seen(flow: Flow, run: Run) -> list[int]:
    """Return the places on the way that the person saw and that still exist, which is what one can go back to."""
    return [number for number, visit in enumerate(run.visits[:-1]) if not visit.skipped and flow.step(visit.step)]


def carry_over(flow: Flow, run: Run) -> Result:
    """Fit a run to the present definition of its flow; an event says if that moves the person or changes their choices.

    A step that is gone leads to the step that has taken its place (`formerly`), else to the latest step on the person's way
    that still exists, else to the first one.
    """
    if run.definition == flow.digest:
        return run, ()
    old = run.step
    renamed = {gone: step.id for step in flow.steps for gone in step.formerly if flow.step(gone) is None}
    run = _renamed(run, renamed)
    run = replace(run, definition=flow.digest, ticks=_existing_ticks(flow, run.ticks))
    if run.status == "failed":  # the definition was at fault, and has been mended
        run = replace(run, status="active")
    step = flow.step(run.step)
    if run.status == "finished" and (step is None or step.end is None):  # what is done stays done
        step = next((step for step in flow.steps if step.end == run.ended), None)
    if step is None:
        return _nearest(flow, run, old)
    changed = step.shape != run.shape and run.active
    run = replace(run, step=step.id, shape=step.shape, serial=(run.serial + changed) % SERIALS)
    if step.end is not None:
        run = replace(run, status="finished", ended=step.end)
    return run, (Moved(old, step.id, "changed"),) if changed else ()


def _nearest(flow: Flow, run: Run, old: str) -> Result:
    """Lead somebody whose step is gone to the latest step on their way that still exists, else to the first one."""
    visits = _seen(flow, run)
    kept = run.visits[: visits[-1] + 1] if visits else (Visit(flow.steps[0].id, run.changed),)
    step = flow.at(kept[-1].step)
    done = {name: value for name, value in run.done.items() if name != step.id}
    serial = (run.serial + 1) % SERIALS
    run = replace(run, visits=kept, step=step.id, shape=step.shape, done=done, serial=serial)
    run = replace(run, status="finished" if step.end else "active", ended=step.end)
    return run, (Moved(old, step.id, "gone"),)


def _renamed(run: Run, names: Mapping[str, str]) -> Run:
    """Return the run with the new names of its steps; what a step had itself counts before what it takes over."""
    if not names:
        return run
    visits: list[Visit] = []
    for visit in run.visits:
        named = replace(visit, step=names.get(visit.step, visit.step))
        if visits and visits[-1].step == named.step:  # two steps have become one
            visits.pop()
        visits.append(named)
    ticks: dict[str, tuple[str, ...]] = {}
    for step, items in run.ticks.items():
        name = names.get(step, step)
        ticks[name] = (*ticks.get(name, ()), *items)
    return replace(
        run,
        step=names.get(run.step, run.step),
        answers=_taken_over(run.answers, names),
        ticks=ticks,
        since=_taken_over(run.since, names),
        done=_taken_over(run.done, names),
        visits=tuple(visits),
    )


def _taken_over(values: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    return {names[name]: value for name, value in values.items() if name in names} | {
        name: value for name, value in values.items() if name not in names
    }


def _existing_ticks(flow: Flow, ticks: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the ticks of steps and items that the definition knows."""
    found = {step.id: tuple(item.id for item in step.items if item.id in ticks.get(step.id, ())) for step in flow.steps}
    return {step: items for step, items in found.items() if items}


def missing_items(step: Step, run: Run) -> tuple[str, ...]:
    """Return the ids of a checklist's items that are not ticked."""
    return tuple(item.id for item in step.items if item.id not in run.ticks.get(step.id, ()))
