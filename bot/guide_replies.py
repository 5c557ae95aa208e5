"""Builds the replies of the guided flows: a step, the list of guides, the whole way. Every function is pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final

from bot.calendar_file import calendar_file
from bot.messages import Button, Reply
from bot.reminders.plan import is_wanted
from bot.replies import REMIND, REMIND_LATER, REMIND_ON, entry_buttons, paragraph
from bot.texts import say
from faq.corpus import Block, Corpus
from faq.text import LANGUAGES, Language
from flows.definition import TYPED_KINDS, Answer, Flow, Library, Step, Values
from flows.journey import Progress
from flows.own_dates import DATES, is_registered, own_dates, own_limit
from flows.run import Run
from flows.view import View, fill, format_answer

GO: Final = "go:"
TICK: Final = "tick:"
UNTICK: Final = "untick:"
BACK: Final = "back:"
ASK: Final = "ask:"
FLOW: Final = "flow:"
AGAIN: Final = "again:"
RESTART: Final = "restart:"
CLEAR: Final = "clear:"
LEAVE: Final = "leave"
PROGRESS: Final = "progress"
CALENDAR: Final = "calendar"

_JOIN: Final[dict[Language, str]] = {"zh": "；", "en": "; "}

TICKED, OPEN = "☑", "☐"
BAR_DONE, BAR_OPEN = "■", "□"


def data(kind: str, *parts: str | int) -> str:
    """Return what a button carries."""
    return kind + ":".join(map(str, parts))


def day(moment: str, zone: tzinfo, language: Language) -> str:
    """Return the local day of a moment as runs keep it."""
    return format_answer(datetime.fromisoformat(moment).astimezone(zone).date().isoformat(), language)


def remind_button(progress: Progress, language: Language) -> Button:
    """Return the button that leads to the plan of reminders, or turns them on for somebody who has none."""
    if is_wanted(progress):
        return Button(say(language, "remind-plan-button"), REMIND)
    return Button(say(language, "remind-button"), REMIND_ON)


Labels = dict[str, dict[str, str]]
"""How answers are shown: by the name of the value, then by the answer."""


def labels_of(steps: Iterable[Step], language: Language) -> Labels:
    """Return how the answers to steps or shared questions are shown."""
    return {step.id: {choice.id: choice.labels[language] for choice in step.choices} for step in steps if step.choices}


class GuideReplies:
    """Builds replies about one library, for people of one time zone, in which every `now` is."""

    def __init__(self, library: Library, corpus: Corpus, zone: tzinfo) -> None:
        self._library = library
        self._corpus = corpus
        self._zone = zone
        questions = library.questions.values()
        self._labels: dict[Language, Labels] = {language: labels_of(questions, language) for language in LANGUAGES}

    def step(
        self, view: View, progress: Progress, now: datetime, language: Language, lead: Sequence[str] = ()
    ) -> Reply:
        """Return a step as the person sees it, under some sentences of the assistant's own."""
        blocks = [paragraph(text) for text in lead]
        blocks += (
            Block(passage.kind, tuple(self._filled(text, view, language) for text in passage.texts))
            for passage in view.passages(language)
        )
        return self._reply(view, progress, now, language, blocks)

    def still_waiting(self, view: View, progress: Progress, now: datetime, language: Language) -> Reply:
        """Return what is said to somebody who is still waiting."""
        again = view.step.texts[language].again or ""
        return self._reply(view, progress, now, language, [paragraph(self._filled(again, view, language))])

    def chosen(self, flow: Flow, step_id: str, answer: Answer, language: Language) -> str:
        """Return an answer with the title of its step."""
        step = flow.at(step_id)
        labels = labels_of((step,), language).get(step_id, {})
        label = labels.get(str(answer)) or format_answer(answer, language)
        return say(language, "chosen", step=step.texts[language].title, answer=label)

    def ticked(self, view: View, progress: Progress, now: datetime, language: Language) -> Reply:
        """Return a checklist to somebody who has just ticked something on it: what is missing, without the text."""
        return self._reply(view, progress, now, language, [])

    def _reply(
        self, view: View, progress: Progress, now: datetime, language: Language, blocks: Sequence[Block]
    ) -> Reply:
        status = (paragraph(text) for text in self._status(view, now, language))
        buttons = tuple(self._buttons(view, progress, now, language))
        title = self._title(view, language)
        return Reply((*blocks, *status), buttons, title=title, first_number=1, kind="step")

    def _filled(self, text: str, view: View, language: Language) -> str:
        if "{" not in text:
            return text
        labels = labels_of(view.flow.steps, language) | self._labels[language]
        return fill(text, view.values, labels, language)

    def _title(self, view: View, language: Language) -> str:
        flow, step = view.flow.texts[language].title, view.step.texts[language].title
        number = view.flow.numbers.get(view.step.id)
        if number is None:
            return say(language, "side-title", flow=flow, step=step)
        total = str(len(view.flow.numbers))
        return say(language, "step-title", flow=flow, step=step, number=str(number), total=total)

    def _status(self, view: View, now: datetime, language: Language) -> Iterable[str]:
        """Yield what the program knows about the step: since when one waits, what is missing, what was taken as known."""
        step = view.step
        if step.kind == "waiting" and (since := view.run.since.get(step.id)):
            began = datetime.fromisoformat(since).astimezone(self._zone).date()
            days = str((now.date() - began).days + 1)
            yield say(language, "waiting-since", date=day(since, self._zone, language), days=days)
        if step.items:
            yield self.missing(step, view.missing, language)
        if used := self.answers(((asked.question or "") for asked in view.skipped), view.values, language):
            yield say(language, "used", answers=used)

    def missing(self, step: Step, missing: Sequence[str], language: Language, key: str = "missing") -> str:
        """Return what is missing on a checklist."""
        names = [item.labels[language] for item in step.items if item.id in missing]
        if not names:
            return say(language, "complete")
        return say(language, key, count=str(len(names)), items=_JOIN[language].join(names))

    def answers(self, questions: Iterable[str], values: Values, language: Language) -> str:
        """Return the answers to shared questions in words, empty when there are none."""
        parts = [
            say(language, "pair", title=self.question(name, language), answer=self.answer(name, values[name], language))
            for name in questions
            if name in values and self._shows(name, values[name])
        ]
        return _JOIN[language].join(parts)

    def _shows(self, name: str, value: Answer) -> bool:
        """Tell whether a remembered answer is one that its question has (still)."""
        question = self._library.questions.get(name)
        return question is not None and (question.kind in TYPED_KINDS or question.choice(str(value)) is not None)

    def question(self, name: str, language: Language) -> str:
        """Return the title of a shared question."""
        return self._library.questions[name].texts[language].title

    def answer(self, name: str, value: str | int, language: Language) -> str:
        """Return an answer to a shared question as a person reads it."""
        return self._labels[language][name].get(str(value)) or format_answer(value, language)

    def _buttons(self, view: View, progress: Progress, now: datetime, language: Language) -> Iterable[Button]:
        flow, step, run = view.flow, view.step, view.run
        for item in step.items:
            ticked = item.id not in view.missing
            label = f"{TICKED if ticked else OPEN} {item.labels[language]}"
            yield Button(label, data(UNTICK if ticked else TICK, flow.id, step.id, item.id, run.serial))
        for choice in view.choices:
            yield Button(
                choice.labels[language],
                data(GO, flow.id, step.id, choice.id, run.serial),
                "choices" if step.short else None,
            )
        if step.kind == "waiting" and run.active:
            yield Button(say(language, "remind-later-button"), REMIND_LATER)
        if step.end is not None:
            yield from self._after_end(view, progress, language)
        known = (entry for entry_id in step.see if (entry := self._corpus.entry(entry_id)))
        yield from entry_buttons(self._corpus, (e.id for e in known if e.scope.holds_on(now.date())), language)
        for asked in view.skipped:
            title = self.question(asked.question or "", language)
            yield Button(say(language, "change", title=title), data(ASK, flow.id, asked.id, run.serial), "below")
        if run.way or run.caller:
            yield Button(say(language, "back"), data(BACK, flow.id, run.serial), "below")
        if run.active:
            yield Button(say(language, "leave"), LEAVE, "below")

    def _after_end(self, view: View, progress: Progress, language: Language) -> Iterable[Button]:
        offered = [flow_id for flow_id in view.step.offers if not _finished(progress.runs.get(flow_id))]
        open_ones = [flow_id for flow_id, run in progress.runs.items() if run.active and flow_id not in offered]
        for flow_id in (*open_ones, *offered):
            if flow := self._library.flow(flow_id):
                yield self.flow_button(flow, progress, language)
        if view.flow.id == DATES and not is_registered(progress):
            yield remind_button(progress, language)
            yield Button(say(language, "calendar-button"), CALENDAR)
        yield Button(say(language, "progress-button"), PROGRESS)

    def anywhere(self, command: str, progress: Progress, now: datetime, language: Language) -> Reply | None:
        """Return what a command shows that goes by no place in a flow; None when it is another one."""
        match command:
            case "/guides":
                return self.menu(progress, language)
            case "/progress":
                return self.progress(progress, language)
            case "/calendar":
                return self.calendar(progress, now, language)
        return None

    def calendar(self, progress: Progress, now: datetime, language: Language) -> Reply:
        """Return the file with the person's dates for their own calendar."""
        dates = own_dates(progress, now.date())
        if not dates:
            return Reply((paragraph(say(language, "calendar-nothing")),))
        named = _JOIN[language].join(
            say(
                language,
                "calendar-date",
                what=say(language, f"calendar-{own.kind}"),
                date=format_answer(own.day.isoformat(), language),
            )
            for own in dates
        )
        blocks = [paragraph(say(language, "calendar", dates=named))]
        flow, limit = self._library.flow(DATES), own_limit(progress)
        if limit and limit < now.date():
            date = format_answer(limit.isoformat(), language)
            blocks.append(paragraph(say(language, "calendar-limit-passed", date=date)))
        elif flow and limit is None:
            blocks.append(paragraph(say(language, "calendar-no-limit", title=flow.texts[language].title)))
        return Reply(tuple(blocks), document=calendar_file(dates, language, now))

    def flow_button(self, flow: Flow, progress: Progress, language: Language) -> Button:
        """Return the button that begins a flow, goes on with it, or begins it once more."""
        run = progress.runs.get(flow.id)
        title = flow.texts[language].title
        if run and _finished(run):
            return Button(say(language, "again", title=title), data(AGAIN, flow.id))
        return Button(say(language, "go-on" if run else "begin", title=title), data(FLOW, flow.id))

    def menu(self, progress: Progress, language: Language, key: str = "guides") -> Reply:
        """Return the list of guides, with the person's progress in each."""
        lines = tuple(
            say(
                language,
                "guide-line",
                title=flow.texts[language].title,
                state=self._state(flow, progress.runs.get(flow.id), language),
                summary=flow.texts[language].summary,
            )
            for flow in self._library.flows
        )
        buttons = tuple(self.flow_button(flow, progress, language) for flow in self._library.flows)
        more = (Button(say(language, "progress-button"), PROGRESS),) if progress.runs else ()
        return Reply((paragraph(say(language, key)), Block("list", lines)), (*buttons, *more), kind="menu")

    def _state(self, flow: Flow, run: Run | None, language: Language) -> str:
        if run is None:
            return say(language, "guide-new")
        step = flow.at(run.step)
        if _finished(run):
            key = "guide-stopped" if step.end == "stopped" else "guide-done"
            return say(language, key, date=day(run.changed, self._zone, language))
        _, done, total = _counted(flow, run)
        return say(language, "guide-at", step=step.texts[language].title, done=str(done), total=str(total))

    def progress(self, progress: Progress, language: Language) -> Reply:
        """Return the whole way: for every flow a bar, what is done, waiting and to do, with the dates."""
        flows = [flow for flow in self._library.flows if not flow.optional or flow.id in progress.runs]
        blocks = [
            paragraph(say(language, "progress")),
            *(self._way(flow, progress, language) for flow in flows),
        ]
        buttons = [
            self.flow_button(flow, progress, language) for flow in flows if not _finished(progress.runs.get(flow.id))
        ]
        facts = progress.facts
        known = [name for name in self._library.questions if name in facts and self._shows(name, facts[name])]
        told = self.answers(known, progress.facts, language)
        if told:
            blocks.append(paragraph(say(language, "told", answers=told)))
            buttons += (
                Button(say(language, "ask-anew", title=self.question(name, language)), data(CLEAR, name), "below")
                for name in known
            )
        return Reply(tuple(blocks), tuple(buttons), kind="menu")

    def _way(self, flow: Flow, progress: Progress, language: Language) -> Block:
        run = progress.runs.get(flow.id)
        steps, done, total = _counted(flow, run)
        bar = BAR_DONE * done + BAR_OPEN * (total - done)
        title = say(
            language, "progress-title", title=flow.texts[language].title, bar=bar, done=str(done), total=str(total)
        )
        lines = [
            say(
                language, "progress-done", step=_name(step, language), date=day(run.done[step.id], self._zone, language)
            )
            for step in steps
            if run and step.id in run.done and not (run.active and step.id == run.step)
        ]
        if run and run.active:
            lines.append(self._here(flow.at(run.step), run, language, here=flow.id == progress.current))
        todo = [
            _name(step, language)
            for step in steps
            if step.end is None and not (run and (step.id in run.done or (run.active and step.id == run.step)))
        ]
        if todo:
            lines.append(say(language, "progress-todo", steps=("、" if language == "zh" else "; ").join(todo)))
        return paragraph("\n".join((title, *lines)))

    def _here(self, step: Step, run: Run, language: Language, *, here: bool) -> str:
        """Return the line of the step that a run is at, which may be one off the main way."""
        name, since = _name(step, language), run.since.get(step.id)
        if step.kind == "waiting" and since:
            return say(language, "progress-waiting", step=name, date=day(since, self._zone, language))
        return say(language, "progress-here" if here else "progress-left", step=name)


def _name(step: Step, language: Language) -> str:
    return step.texts[language].title


def _finished(run: Run | None) -> bool:
    return run is not None and run.status == "finished"


def _counted(flow: Flow, run: Run | None) -> tuple[Sequence[Step], int, int]:
    """Return the steps of the main way, how many of them are done, and how many there are.

    Steps that the person passed by (another branch was theirs) are left out.
    """
    steps = flow.outline
    if run is None:
        return steps, 0, len(steps)
    if run.active:
        reached = next((number for number, step in enumerate(steps) if step.id == run.step), None)
        if reached is None:  # at a step off the main way: as far as the last step of it that was done
            reached = max((number for number, step in enumerate(steps) if step.id in run.done), default=-1) + 1
        steps = tuple(step for number, step in enumerate(steps) if number >= reached or step.id in run.done)
        done = sum(step.id in run.done and step.id != run.step for step in steps)
        return steps, done, len(steps)
    if run.ended == "stopped":
        return steps, sum(step.id in run.done for step in steps), len(steps)
    steps = tuple(step for step in steps if step.id in run.done)
    return steps, len(steps), len(steps)
