"""Somebody in the project's flows by a clock that the test sets, and what they are to be reminded of."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final, Self
from zoneinfo import ZoneInfo

from bot.messages import Reply
from bot.records import Preferences, Reminder
from bot.reminders.plan import FACT, WANTED, plan
from bot.reminders.reading import rules_of
from bot.reminders.replies import Situation
from bot.reminders.talk import Reminding
from faq.corpus import Corpus
from flows import journey
from flows.definition import Answer, Flow, Library
from flows.engine import Action, Back, Press, Tick, Type
from flows.graph import TYPED, paths
from flows.journey import Progress
from flows.run import from_json, to_json
from tests.flow_samples import flow_of

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
TYPED_TEXT: Final = "3"
"""What is typed at a step that asks for a number."""


def at(text: str, zone: tzinfo = SHANGHAI) -> datetime:
    """Return a moment such as "2026-12-01 10:00" by a zone's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def dues(planned: Iterable[Reminder], zone: tzinfo = SHANGHAI) -> dict[str, str]:
    """Return when each reminder is due by a zone's clock, by its rule, in order."""
    return {one.rule: f"{one.due.astimezone(zone):%Y-%m-%d %H:%M}" for one in planned}


class Somebody:
    """A person who wants to be reminded and told their role and province; runs are saved and read again after every action."""

    def __init__(self, library: Library, now: str, zone: tzinfo = SHANGHAI, **told: Answer) -> None:
        self.library = library
        self.zone = zone
        """The time zone of the settings."""
        self.now = at(now, zone)
        self.progress = Progress(facts={"role": "physician", "province": "beijing", FACT: WANTED, **told})
        self.preferences = Preferences()

    def on(self, now: str) -> Self:
        """Set the clock."""
        self.now = at(now, self.zone)
        return self

    def tell(self, **told: Answer) -> Self:
        """Answer shared questions."""
        self.progress = replace(self.progress, facts={**self.progress.facts, **told})
        return self

    def press_reminder(self, button: str) -> Self:
        """Press a button of the reminders, such as "remind:done"."""
        done = self._talk.press(self.situation, button)
        assert done is not None
        self.progress, self.preferences = done.progress, done.preferences
        return self

    def remind(self, rest: str = "") -> Reply:
        """Send /remind, perhaps with something behind it, and return the reply."""
        return self._talk.command(self.situation, rest).reply

    @property
    def situation(self) -> Situation:
        """What replies about reminders are made from; in English."""
        return Situation(self.progress, self.preferences, self.now, "en")

    @property
    def _talk(self) -> Reminding:
        return Reminding(rules_of(), self.library, Corpus((), ()), self.zone)

    def begin(self, flow: str) -> Self:
        """Begin a flow, or go on with it."""
        return self._keep(journey.begin(self.library, self.progress, flow, self.now)[0])

    def press(self, flow: str, *choices: str) -> Self:
        """Press choices of a flow that was begun, one after another."""
        for choice in choices:
            run = self.progress.runs[flow]
            self._act(flow, Press(run.step, choice, run.serial))
        return self

    def back(self, flow: str) -> Self:
        """Go a step back in a flow."""
        return self._act(flow, Back())

    def go_to(self, flow: str, step: str) -> Self:
        """Begin a flow, or go on with it, and go the shortest way to a step that leads through no other flow."""
        self.begin(flow)
        definition = _without_detours(flow_of(self.library, flow))
        here = definition.at(self.progress.runs[flow].step)
        rest = [found for found in definition.steps if found.id != here.id]
        for edge in paths(replace(definition, steps=(here, *rest)))[step]:
            run = self.progress.runs[flow]
            if run.step != edge.step:  # passed over, since its answer is known
                continue
            for item in definition.at(edge.step).items:
                self._act(flow, Tick(edge.step, item.id, on=True, serial=run.serial))
            action = Type(TYPED_TEXT) if edge.choice == TYPED else Press(edge.step, edge.choice, run.serial)
            self._act(flow, action)
        assert self.progress.runs[flow].step == step
        return self

    @property
    def plan(self) -> tuple[Reminder, ...]:
        """All reminders of the person, as of now."""
        return plan(rules_of(), self.library, self.progress, self.preferences, self.now)

    @property
    def rules(self) -> set[str]:
        """The rules of all their reminders."""
        return {one.rule for one in self.plan}

    @property
    def kinds(self) -> set[str]:
        """The kinds of all their reminders."""
        return {one.kind for one in self.plan}

    def _act(self, flow: str, action: Action) -> Self:
        return self._keep(journey.act(self.library, self.progress, flow, action, self.now)[0])

    def _keep(self, progress: Progress) -> Self:
        runs = {name: from_json(to_json(run)) for name, run in progress.runs.items()}
        self.progress = replace(progress, runs=runs)
        return self


def _without_detours(flow: Flow) -> Flow:
    steps = (replace(step, choices=tuple(one for one in step.choices if not one.flow)) for step in flow.steps)
    return replace(flow, steps=tuple(steps))
