"""The guided flows' part of a turn: from buttons, words and commands to the new progress and the replies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from bot.guide_replies import (
    AGAIN,
    ASK,
    BACK,
    CALENDAR,
    CLEAR,
    FLOW,
    GO,
    LEAVE,
    PROGRESS,
    RESTART,
    TICK,
    UNTICK,
    GuideReplies,
    data,
    day,
)
from bot.messages import Button, Reply
from bot.records import StepNote
from bot.replies import FORGET_YES, GUIDES, paragraph
from bot.texts import say
from faq.corpus import Corpus, Entry
from faq.text import Language
from flows import journey
from flows.definition import TYPED_KINDS, Flow, Library
from flows.engine import Action, AskAgain, Back, Press, Restart, Tick, Type
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
    Returned,
    RunEnded,
    Skipped,
    Stale,
    Started,
    Stayed,
    Ticked,
    WentBack,
)
from flows.journey import Happened, Progress
from flows.run import Run
from flows.understand import is_exact, means
from flows.view import View, format_answer, look

COMMANDS: Final = ("/guides", "/progress", "/back", "/cancel", "/restart", "/calendar")
_STEP_KINDS: Final = (GO, TICK, UNTICK, BACK, ASK)
_KINDS: Final = (*_STEP_KINDS, FLOW, AGAIN, RESTART, CLEAR)
_PRESSED: Final = {GUIDES: "/guides", PROGRESS: "/progress", LEAVE: "/cancel", CALENDAR: "/calendar"}
"""The commands that buttons stand for."""
_SPOKEN: Final = {
    "back": "/back",
    "leave": "/cancel",
    "restart": "/restart",
    "guides": "/guides",
    "progress": "/progress",
}
"""The commands that shared words stand for."""


@dataclass(frozen=True, slots=True)
class Guided:
    """What the flows make of something that a person did."""

    progress: Progress
    happened: Happened = ()
    replies: tuple[Reply, ...] = ()

    @property
    def answered(self) -> bool:
        """Tell whether something was taken as an answer, or as one that cannot be right: a date or a number."""
        return any(isinstance(event, Answered | Refused) for _, event in self.happened)


class Guides:
    """Leads people through one library of flows. Holds nothing about anybody.

    Every `now` is timezone-aware and in `zone`, the person's: its date is their today.
    """

    def __init__(self, library: Library, corpus: Corpus, zone: tzinfo) -> None:
        self.library = library
        self._zone = zone
        self._replies = GuideReplies(library, corpus, zone)

    def settle(self, progress: Progress, language: Language) -> Guided:
        """Fit the progress to the present definitions, and tell the person if that moves them."""
        after, happened = journey.carry_over(self.library, progress)
        if progress.active and after.current is None:
            return Guided(after, happened, (self._replies.menu(after, language, "flow-gone"),))
        return Guided(after, happened)

    def moved(self, settled: Guided, language: Language) -> tuple[str, ...]:
        """Return the sentence that says why the person is elsewhere, if they are."""
        current = settled.progress.current
        return tuple(
            say(language, f"moved-{event.reason}")
            for flow, event in settled.happened
            if isinstance(event, Moved) and flow == current and settled.progress.active
        )

    def here(
        self, progress: Progress, now: datetime, language: Language, lead: Sequence[str] = ()
    ) -> tuple[Reply, ...]:
        """Return the step that the person is at, if they are in a flow that has steps to take."""
        return (self._step(progress, progress.active, now, language, lead),) if progress.active else ()

    def whole(self, guided: Guided, now: datetime, language: Language) -> Guided:
        """Return the same with a ticked checklist shown whole, for a channel where it takes the place of the one before."""
        if guided.happened and all(isinstance(event, Ticked) for _, event in guided.happened):
            return replace(guided, replies=self.here(guided.progress, now, language))
        return guided

    def where_you_were(self, progress: Progress, last_seen: datetime, language: Language) -> tuple[str, ...]:
        """Return the sentence for somebody who comes back after a while."""
        run = progress.active
        if run is None:
            return ()
        flow = self._flow(run)
        return (
            say(
                language,
                "where-you-were",
                date=day(last_seen.isoformat(), self._zone, language),
                title=flow.texts[language].title,
                step=flow.at(run.step).texts[language].title,
            ),
        )

    def is_typed(self, progress: Progress) -> bool:
        """Tell whether the person is at a step that is answered by typing a date or a number."""
        run = progress.active
        return run is not None and self._flow(run).at(run.step).kind in TYPED_KINDS

    def offer(self, entry: Entry, progress: Progress, language: Language) -> Button | None:
        """Return the button for the flow that an entry leads to."""
        flow = self.library.flow(entry.flow) if entry.flow else None
        return self._replies.flow_button(flow, progress, language) if flow else None

    def is_step_button(self, pressed: str) -> bool:
        """Tell whether a button belongs to one step, or leads to one."""
        return pressed.startswith((*_STEP_KINDS, FLOW, RESTART))

    def is_guide_button(self, pressed: str) -> bool:
        """Tell whether a button is one of the flows'."""
        return pressed in _PRESSED or pressed.startswith(_KINDS)

    def press(self, progress: Progress, pressed: str, now: datetime, language: Language) -> Guided | None:
        """Return what a button does; None when it is none of the flows', or refers to what was never there."""
        if command := _PRESSED.get(pressed):
            return self.command(progress, command, "", now, language)
        kind = next((kind for kind in _KINDS if pressed.startswith(kind)), "")
        flow_id, *parts = pressed.removeprefix(kind).split(":")
        if kind == CLEAR and not parts and flow_id in self.library.questions:
            return self._clear(progress, flow_id, language)
        if kind == FLOW and not parts and self.library.flow(flow_id):
            return self._open(progress, flow_id, now, language)
        if kind == AGAIN and not parts and flow_id in progress.runs:
            return self._told(progress, *journey.begin(self.library, progress, flow_id, now), now, language)
        action = _action(kind, parts)
        if action is None or flow_id not in progress.runs:
            return None
        return self._act(progress, flow_id, action, now, language)

    def type(self, progress: Progress, text: str, now: datetime, language: Language) -> Guided | None:
        """Return what a typed text (folded by `faq.text.clean`) does; None when it is nothing that the flows know."""
        run = progress.active
        if not self.is_answer(progress, text) and (spoken := self._spoken(progress, text, now, language)):
            return spoken
        if run:
            after, happened = journey.act(self.library, progress, run.flow, Type(text), now)
            if not any(isinstance(event, NotUnderstood) for _, event in happened):
                return self._told(progress, after, happened, now, language)
        return None

    def is_answer(self, progress: Progress, text: str) -> bool:
        """Tell whether a typed text is, to the letter, an answer to the step that the person is at."""
        run = progress.active
        return run is not None and is_exact(self._flow(run).at(run.step), text)

    def is_unsure(self, progress: Progress, text: str) -> bool:
        """Tell whether somebody at a step says that they do not know."""
        return progress.active is not None and means(self.library.words.get("unsure", ()), text)

    def _spoken(self, progress: Progress, text: str, now: datetime, language: Language) -> Guided | None:
        """Return what words do that are understood at every step, and elsewhere where there is something to do."""
        if (run := progress.active) and (outcome := journey.tick_all(self.library, progress, run.flow, text, now)):
            return self._told(progress, *outcome, now, language)
        if run and self._flow(run).at(run.step).items and means(self.library.words.get("missing", ()), text):
            return self._told(progress, progress, (), now, language)
        if means(self.library.words.get("resume", ()), text) and progress.runs:
            return self._resume(progress, now, language)
        for name, command in _SPOKEN.items():
            known = command in ("/guides", "/progress") or progress.runs
            if known and means(self.library.words.get(name, ()), text):
                return self.command(progress, command, "", now, language)
        for flow in self.library.flows:
            if means(flow.words, text):
                return self._open(progress, flow.id, now, language)
        return None

    def _resume(self, progress: Progress, now: datetime, language: Language) -> Guided:
        """Go on with the flow that is not finished; where there are several or none, show the list."""
        left = [name for name, run in progress.runs.items() if run.active]
        current = progress.active.flow if progress.active else left[0] if len(left) == 1 else None
        return (
            self._open(progress, current, now, language)
            if current
            else self.command(progress, "/guides", "", now, language)
        )

    def command(self, progress: Progress, command: str, rest: str, now: datetime, language: Language) -> Guided:
        """Return what one of COMMANDS does; `rest` is what stood behind it."""
        run = progress.run
        shown = self._replies.anywhere(command, progress, now, language)
        if shown or run is None:
            shown = shown or self._replies.menu(progress, language, "not-in-guide")
            below = () if shown.buttons else self.here(progress, now, language)  # there is always a way on
            return Guided(progress, replies=(shown, *below))
        title = self._flow(run).texts[language].title
        if command == "/back":
            steps = int(rest) if rest.isdecimal() and len(rest) < 4 else 1
            return self._act(progress, run.flow, Back(steps), now, language)
        if command == "/cancel":
            key = "left" if run.active else "left-finished"
            text = Reply((paragraph(say(language, key, title=title)),), (self._guides_button(language),))
            return Guided(journey.leave(progress), replies=(text,))
        buttons = (
            Button(say(language, "restart-yes"), data(RESTART, run.flow, run.serial)),
            Button(say(language, "restart-no"), data(FLOW, run.flow)),
        )
        return Guided(progress, replies=(Reply((paragraph(say(language, "restart-ask", title=title)),), buttons),))

    def lost(self, progress: Progress, language: Language, times: int) -> str:
        """Return the kind sentence for somebody whose words were not understood `times` times in a row."""
        if times > 1:
            return say(language, "lost-again")
        return say(language, "lost-typed" if self.is_typed(progress) else "lost")

    def confirmed(self, text: str, offered: Sequence[str]) -> str | None:
        """Return the button that a typed yes or no means, where the last reply asked to confirm something."""
        if len(offered) == 2 and offered[0].startswith((RESTART, FORGET_YES)):
            for name, button in zip(("yes", "no"), offered, strict=True):
                said = (text, re.split("[，,。;；]", text)[0])
                if any(means(self.library.words.get(name, ()), part) for part in said):
                    return button
        return None

    def _open(self, progress: Progress, flow_id: str, now: datetime, language: Language) -> Guided:
        """Begin a flow or go on with it; one that was finished is shown as it ended."""
        run = progress.runs.get(flow_id)
        if run is None or run.status != "finished":
            return self._told(progress, *journey.begin(self.library, progress, flow_id, now), now, language)
        flow = self._flow(run)
        after = replace(progress, current=flow_id)
        date = day(run.changed, self._zone, language)
        key = "stopped-already" if run.ended == "stopped" else "finished-already"
        lead = (say(language, key, title=flow.texts[language].title, date=date),)
        reply = self._step(after, run, now, language, lead)
        again = self._replies.flow_button(flow, after, language)
        return Guided(after, replies=(replace(reply, buttons=(again, *reply.buttons)),))

    def _act(self, progress: Progress, flow_id: str, action: Action, now: datetime, language: Language) -> Guided:
        return self._told(progress, *journey.act(self.library, progress, flow_id, action, now), now, language)

    def _clear(self, progress: Progress, question: str, language: Language) -> Guided:
        facts = {name: value for name, value in progress.facts.items() if name != question}
        text = say(language, "cleared", title=self._replies.question(question, language))
        return Guided(
            replace(progress, facts=facts), replies=(Reply((paragraph(text),), (self._guides_button(language),)),)
        )

    def _told(self, before: Progress, after: Progress, happened: Happened, now: datetime, language: Language) -> Guided:
        """Put what happened into words, and show where the person is now."""
        first: list[Reply] = []
        lead: list[str] = []
        for flow_id, event in happened:
            if isinstance(event, Stale):
                after = self._present(before, after)
            if isinstance(event, Returned) and not after.runs[flow_id].active:
                ended = self._step(after, after.runs[flow_id], now, language, lead)
                first.append(replace(ended, buttons=()))
                lead.clear()
            lead += self._sentence(after, flow_id, event, language)
        run = after.run
        assert run is not None, "who does something in a flow is in it"
        if run.status == "failed":
            return Guided(after, happened, (Reply(tuple(map(paragraph, lead))),))
        view = self._look(after, run, now)
        if not lead and view.step.kind == "waiting" and any(isinstance(event, Stayed) for _, event in happened):
            return Guided(after, happened, (self._replies.still_waiting(view, after, now, language),))
        if view.step.items and happened and all(isinstance(event, Ticked | Stayed) for _, event in happened):
            return Guided(after, happened, (self._replies.ticked(view, after, now, language),))
        step = self._replies.step(view, after, now, language, lead)
        old = any(isinstance(event, Stale) for _, event in happened)
        return Guided(after, happened, (*first, replace(step, old=old, chosen=self._chosen(happened, language))))

    def _chosen(self, happened: Happened, language: Language) -> str | None:
        """Return the last answer that was taken, with its question."""
        answered = [(flow, event) for flow, event in happened if isinstance(event, Answered)]
        if not answered or any(isinstance(event, Stayed | Incomplete) for _, event in happened):
            return None
        flow_id, event = answered[-1]
        flow = self.library.flow(flow_id)
        assert flow is not None, "somebody answers in flows that there are"
        return self._replies.chosen(flow, event.step, event.answer, language)

    def _sentence(self, after: Progress, flow_id: str, event: Event, language: Language) -> Iterator[str]:
        """Yield what is said about an event, where something is."""
        match event:
            case Stale():
                yield say(language, "stale-button")
            case AtStart():
                yield say(language, "at-start")
            case RunEnded(how="failed"):
                yield say(language, "flow-failed")
            case Refused(reason=reason, values=values):
                shown = {name: format_answer(value, language) for name, value in values.items()}
                if language == "zh" and shown.get("date", "").isdecimal():  # a year alone
                    shown["date"] += "年"
                yield say(language, f"refused-{reason}", **shown)
            case Incomplete(missing=missing):
                run = after.runs[flow_id]
                yield self._replies.missing(self._flow(run).at(run.step), missing, language, "incomplete")
            case FlowEntered(flow=other) if after.runs[other].caller == flow_id:
                yield say(language, "first-elsewhere", title=self._flow(after.runs[other]).texts[language].title)
            case Returned(flow=other):
                yield say(language, "returned", title=self._flow(after.runs[other]).texts[language].title)

    def _present(self, before: Progress, after: Progress) -> Progress:
        """Return the progress with the person in the flow that they were in, which an old button does not change."""
        return replace(after, current=before.current) if before.current else after

    def _step(self, progress: Progress, run: Run, now: datetime, language: Language, lead: Sequence[str] = ()) -> Reply:
        return self._replies.step(self._look(progress, run, now), progress, now, language, lead)

    def _look(self, progress: Progress, run: Run, now: datetime) -> View:
        return look(self._flow(run), run, now, progress.facts)

    def _flow(self, run: Run) -> Flow:
        flow = self.library.flow(run.flow)
        assert flow is not None, "runs of flows that are gone have been dropped"
        return flow

    def _guides_button(self, language: Language) -> Button:
        return Button(say(language, "guides-button"), GUIDES)


def _action(kind: str, parts: Sequence[str]) -> Action | None:
    """Return what a button's parts (after the flow) ask for; None when they are not such."""
    *names, last = parts or [""]
    if not last.isdecimal() or len(last) > 6:
        return None
    serial = int(last)
    action: Action | None = None
    match kind, names:
        case "go:", [step, choice]:
            action = Press(step, choice, serial)
        case (("tick:" | "untick:"), [step, item]):
            action = Tick(step, item, kind == TICK, serial)
        case "ask:", [step]:
            action = AskAgain(step, serial)
        case "back:", []:
            action = Back(serial=serial)
        case "restart:", []:
            action = Restart(serial)
    return action


def notes_of(happened: Happened) -> tuple[StepNote, ...]:
    """Return the history of what happened."""
    notes: list[StepNote] = []
    for flow, event in happened:
        match event:
            case Started(anew=anew):
                notes.append(StepNote(flow, "", "restarted" if anew else "started"))
            case Entered(step=step):
                notes.append(StepNote(flow, step, "entered"))
            case Skipped(step=step, question=question):
                notes.append(StepNote(flow, step, "skipped", question))
            case Answered(step=step, answer=answer):
                notes.append(StepNote(flow, step, "answered", str(answer)))
            case Ticked(step=step, items=items, on=on):
                notes.append(StepNote(flow, step, "ticked" if on else "unticked", ", ".join(items)))
            case WentBack(step=step):
                notes.append(StepNote(flow, step, "went-back"))
            case Moved(old=old, new=new):
                notes.append(StepNote(flow, new, "moved", old))
            case RunEnded(step=step, how=how):
                notes.append(StepNote(flow, step, "ended", how))
    return tuple(notes)
