"""A person's way through one flow or several, saved and read again between turns; and small flows built by hand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from faq.text import clean
from flows import journey
from flows.definition import Choice, Flow, FlowText, Item, Library, Passage, Step, StepText, Values
from flows.engine import Action, AskAgain, Back, Press, Restart, Result, Tick, Type, resume, start
from flows.events import Event, Remembered
from flows.journey import Happened, Outcome, Progress
from flows.run import Run, from_json, to_json
from flows.understand import key

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

E = TypeVar("E", bound=Event)


class Walk:
    """One person in one flow. Every turn is a minute after the one before; what is to be remembered is."""

    def __init__(self, flow: Flow, known: Values | None = None, run: Run | None = None, now: datetime = NOW) -> None:
        self.flow = flow
        self.now = now
        self._known = json.dumps(dict(known or {}))
        self.events: tuple[Event, ...] = ()
        self._keep(start(flow, now, self.known) if run is None else (run, ()))

    @property
    def known(self) -> Values:
        """The remembered answers, read from JSON."""
        known: Values = json.loads(self._known)
        return known

    @property
    def run(self) -> Run:
        """The run, read from JSON."""
        return from_json(self._run)

    def _keep(self, result: Result) -> Run:
        run, self.events = result
        self._run = to_json(run)
        remembered = {event.question: event.answer for event in self.events if isinstance(event, Remembered)}
        self._known = json.dumps({**self.known, **remembered})

        assert self.run == run

        return self.run

    def act(self, action: Action) -> Run:
        """Take one turn."""
        self.now += MINUTE
        return self._keep(resume(self.flow, self.run, action, self.now, self.known))

    def press(self, choice: str) -> Run:
        """Press a choice of the present step."""
        return self.act(self.button(choice))

    def button(self, choice: str) -> Press:
        """Return the button of a choice as it is shown now."""
        return Press(self.run.step, choice, self.run.serial)

    def tick(self, *items: str, on: bool = True) -> Run:
        """Tick items of the present step, one after the other."""
        for item in items:
            self.act(Tick(self.run.step, item, on, self.run.serial))
        return self.run

    def say(self, text: str) -> Run:
        """Type something, as it reaches the flows."""
        return self.act(Type(clean(text)))

    def back(self, steps: int = 1) -> Run:
        """Go back."""
        return self.act(Back(steps))

    def ask_again(self, step: str) -> Run:
        """Ask a question again that was passed over."""
        return self.act(AskAgain(step, self.run.serial))

    def restart(self) -> Run:
        """Begin anew."""
        return self.act(Restart(self.run.serial))

    def go(self, *way: str) -> "Walk":
        """Press these choices, or type what follows a colon."""
        for part in way:
            if part.startswith(":"):
                self.say(part[1:])
            else:
                self.press(part)
        return self

    @property
    def names(self) -> list[str]:
        """The kinds of the events of the last turn, in order."""
        return [type(event).__name__ for event in self.events]

    def the(self, kind: type[E]) -> E:
        """Return the only event of a kind in the last turn."""
        (event,) = (event for event in self.events if isinstance(event, kind))
        return event


class Journey:
    """One person in a library. Every turn is a minute after the one before, and all is saved and read again between."""

    def __init__(self, library: Library, *begun: str) -> None:
        self.library = library
        self.now = NOW - MINUTE
        self.happened: Happened = ()
        self.keep((Progress(), ()))
        for flow_id in begun:
            self.begin(flow_id)

    @property
    def progress(self) -> Progress:
        runs, current, facts = json.loads(self._saved)
        return Progress({flow_id: from_json(run) for flow_id, run in runs.items()}, current, facts)

    def keep(self, outcome: Outcome) -> "Journey":
        progress, self.happened = outcome
        runs = {flow_id: to_json(run) for flow_id, run in progress.runs.items()}
        self._saved = json.dumps([runs, progress.current, dict(progress.facts)])
        self.now += MINUTE

        assert self.progress == progress

        return self

    def begin(self, flow_id: str) -> "Journey":
        return self.keep(journey.begin(self.library, self.progress, flow_id, self.now))

    def act(self, action: Action, flow_id: str | None = None) -> "Journey":
        flow_id = flow_id or self.progress.current or ""
        return self.keep(journey.act(self.library, self.progress, flow_id, action, self.now))

    def go(self, *way: str) -> "Journey":
        """Press these choices, or type what follows a colon."""
        for part in way:
            run = self.progress.run
            assert run is not None
            self.act(Type(clean(part[1:])) if part.startswith(":") else Press(run.step, part, run.serial))
        return self

    def leave(self) -> "Journey":
        return self.keep((journey.leave(self.progress), ()))

    def carry(self, library: Library) -> "Journey":
        self.library = library
        return self.keep(journey.carry_over(library, self.progress))

    @property
    def where(self) -> tuple[str | None, str | None]:
        """The flow that the person is in, and the step."""
        progress = self.progress
        return progress.current, progress.run.step if progress.run else None

    @property
    def steps(self) -> dict[str, str]:
        """The step of every flow."""
        return {flow_id: run.step for flow_id, run in self.progress.runs.items()}


def at(minutes: int) -> str:
    """Return the moment so many minutes after the beginning, as runs keep it."""
    return (NOW + minutes * MINUTE).isoformat(timespec="seconds")


def two(text: str) -> dict[str, str]:
    """Return a text that is the same in both languages."""
    return {"zh": text, "en": text}


def choice(choice_id: str, leads: str, *words: str, **more: Any) -> Choice:
    """Return a choice whose label is its id."""
    return Choice(choice_id, two(choice_id), leads, tuple(key(clean(word)) for word in (choice_id, *words)), **more)


def item(item_id: str, *words: str) -> Item:
    """Return an item whose label is its id."""
    return Item(item_id, two(item_id), tuple(key(clean(word)) for word in (item_id, *words)))


def step(step_id: str, *choices: Choice, body: tuple[Passage, ...] = (), **more: Any) -> Step:
    """Return a step whose title is its id; without choices and a way to type it is the end."""
    if not choices and "next" not in more:
        more = {"end": "done"} | more
    text = StepText(step_id, body, "again" if more.get("kind") == "waiting" else None)
    return Step(**{"id": step_id, "kind": "information", "texts": {"zh": text, "en": text}, "choices": choices} | more)


def flow(flow_id: str, *steps: Step, words: tuple[str, ...] = ()) -> Flow:
    """Return a flow whose title is its id."""
    texts: Mapping[str, FlowText] = {language: FlowText(flow_id, flow_id) for language in ("zh", "en")}
    return Flow(flow_id, 1, texts, steps, words)
