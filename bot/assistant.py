"""What the assistant does with a message or a button, speaking from one set of content: it decides who answers.

Content that is read anew makes another `Assistant`; turns that are under way finish with the one they began with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final

from bot import replies
from bot.answering import Answering
from bot.guides import COMMANDS, Guided, Guides
from bot.messages import Incoming, Reply
from bot.personal import mask
from bot.records import Asked, Memory, Person
from bot.reminders.reading import rules_of
from bot.reminders.replies import HOUR, Situation
from bot.reminders.rules import Rules
from bot.reminders.spoken import COMMAND, hour_of
from bot.reminders.talk import Reminding
from bot.replies import said
from bot.texts import say
from bot.turn import DEFAULT_LANGUAGE, Turn, language_of, step_first, typed_buttons
from faq.corpus import Entry
from faq.links import find_links
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean, han_count, words
from flows.definition import Library
from flows.journey import Progress
from flows.understand import is_question

ABSENCE: Final = timedelta(hours=6)
"""Who writes after so long is told where they were."""

_NEVER: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Aside:
    """What is said to a question where others listen."""

    language: Language
    replies: tuple[Reply, ...]


class Assistant:
    """Answers from one set of content; holds nothing about anybody, and may be used by several threads at once.

    `zone` is the time zone in which days are counted; `rules` are those of the reminders, by default the project's.
    """

    def __init__(self, matcher: Matcher, library: Library, zone: tzinfo = UTC, rules: Rules | None = None) -> None:
        self.matcher = matcher
        self.library = library
        self.zone = zone
        self.reminding = Reminding(rules or rules_of(), library, matcher.corpus, zone)
        self._guides = Guides(library, matcher.corpus, zone)
        self._answering = Answering(matcher, library, (self._guides.offer, self.reminding.offer))

    def take(self, memory: Memory, incoming: Incoming) -> Turn:
        """Take a person's turn; `memory` is what is known about them. What it changes stands in the turn and is not written."""
        local = replace(incoming, now=incoming.now.astimezone(self.zone))
        turn = self._turn(memory, incoming.language, local.now)
        self._show_due(turn, local)
        if incoming.opens:
            self._tell_answers(turn)
        self._answer(turn, local)
        if self._guides.is_typed(turn.progress):  # what is typed now is the answer, whatever else is offered
            turn.replies = [replace(reply, numbered=False) for reply in turn.replies]
        elif turn.progress.active and len(turn.replies) > 1:
            turn.replies = step_first(turn.replies)
        turn.planned = self.reminding.replan(memory, turn.progress, turn.preferences, local.now, anew=incoming.opens)
        turn.planned_with = self.reminding.made_from(local.now)
        return turn

    def without_store(self, memory: Memory, incoming: Incoming) -> Turn:
        """Answer a question although nothing can be stored; nothing else is done."""
        turn = self._turn(replace(memory, progress=Progress()), incoming.language, incoming.now)
        text = readable(incoming.text)
        if text and not text.startswith("/") and not typed_buttons(text, memory.offer):
            self._answering.message(turn, text, at_step=memory.progress.active is not None)
        return turn

    def aside(self, text: str, hint: Language | None, now: datetime) -> Aside:
        """Answer a question where others listen: nothing is stored or remembered, and the replies belong to no turn."""
        nobody = Memory(Person(0, "", "", None, None, _NEVER, _NEVER), {}, Progress())
        turn = self._turn(nobody, hint, now)
        turn.aside = True
        self._answering.message(turn, readable(text))
        return Aside(turn.language, tuple(turn.replies))

    def candidates(self, text: str, hint: Language | None, now: datetime) -> tuple[Language, tuple[Entry, ...]]:
        """Return the entries that may answer a text, best first, and its language; without a text, one of each group."""
        return self._answering.candidates(readable(text), hint or DEFAULT_LANGUAGE, self._day(now))

    def offers(self, button: str, now: datetime) -> bool:
        """Tell whether there is the entry or the flow that a button leads to."""
        kind, _, target = button.partition(":")
        if f"{kind}:" == replies.ENTRY:
            return self._answering.edition(self._day(now)).corpus.entry(target) is not None
        return self.library.flow(target) is not None

    def withheld(self, now: datetime) -> frozenset[str]:
        """Return the ids of the entries that are not given to anybody whose province is not known."""
        return self._answering.edition(self._day(now)).without

    def answers(self, asked: Asked, progress: Progress, now: datetime) -> bool:
        """Tell whether a question which was not answered when it was asked is answered by now."""
        return bool(self._answering.answers(asked, progress, self._day(now)))

    def news(self, memory: Memory, now: datetime) -> tuple[Reply, ...]:
        """Return the answers to the questions in `memory.asked` of which the person wants to hear, as far as there are any."""
        turn = self._turn(memory, None, now)
        self._tell_answers(turn)
        return tuple(turn.replies)

    def _turn(self, memory: Memory, hint: Language | None, now: datetime) -> Turn:
        language, chosen = language_of(memory.person, hint), memory.person.chosen_language
        return Turn(memory, language, chosen, memory.progress, memory.preferences, self._day(now))

    def _day(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def _show_due(self, turn: Turn, incoming: Incoming) -> None:
        """Say the reminders that are due to somebody who has just opened the chat."""
        if not turn.memory.due:
            return
        progress = self.reminding.fitted(turn.progress)
        turn.due = self.reminding.judge(turn.memory.due, progress, turn.preferences, incoming.now, quiet=False)
        if turn.due.send:
            turn.replies.append(self.reminding.message(turn.due.send, progress, incoming.now, turn.language))

    def _tell_answers(self, turn: Turn) -> None:
        """Answer the questions that the person asked in vain and wanted to hear of, as far as they can be answered by now."""
        for asked in turn.memory.asked:
            if asked.hears and self._answering.tell(asked, turn):
                turn.heard = (*turn.heard, asked.number)
        turn.named_province = None

    def _answer(self, turn: Turn, incoming: Incoming) -> None:
        settled = self._guides.settle(turn.progress, turn.language)
        turn.take(settled)
        turn.moved = self._guides.moved(settled, turn.language) or _undelivered(turn)
        text = readable(incoming.text)
        if text.startswith("／"):  # as a Chinese input method writes it
            text = f"/{text[1:]}"
        if incoming.attachment and text:
            turn.replies.append(said(turn.language, "attachment-with-text"))
        pressed = [incoming.button] if incoming.button is not None else self._meant(text, turn.memory.offer)
        if pressed:
            by_guide = self._guides.is_guide_button(pressed[0]) or self.reminding.is_button(pressed[0])
            known = turn.person.language or turn.language  # that of the reply with the button
            turn.language = turn.chosen or known if by_guide else known
            elsewhere = turn.moved and self._guides.is_step_button(pressed[0])
            if settled.replies or elsewhere:
                self._show_step(turn, incoming)
            else:
                self._press(turn, pressed, incoming)
        elif incoming.attachment and not text:
            turn.replies.append(said(turn.language, "attachment"))
            self._show_step(turn, incoming, self._lead(turn, incoming))
        elif text.startswith("/"):
            self._command(turn, text, incoming)
        elif wish := self._wish(turn, clean(text), incoming):
            self._spoken_command(turn, wish, text, incoming)
        elif not turn.moved and (guided := self._guided(turn, text, incoming)):
            turn.say(self._lead(turn, incoming))
            turn.take(guided)
        elif told := self.reminding.told(turn.progress, clean(text)):
            self._spoken_command(turn, told, text, incoming)
        else:
            self._asked(turn, text, incoming)

    def _wish(self, turn: Turn, text: str, incoming: Incoming) -> str | None:
        """Return the command about reminders that a typed text stands for, unless it answers the step."""
        if self._guides.is_answer(turn.progress, text):
            return None
        asked = any(data.startswith(HOUR) for _, data, *_ in turn.memory.offer.get("buttons", []))
        if asked and hour_of(text) is not None:
            return f"{COMMAND} {text}"
        return self.reminding.spoken(turn.progress, text, incoming.now)

    def _spoken_command(self, turn: Turn, command: str, text: str, incoming: Incoming) -> None:
        turn.language, turn.spoke = turn.chosen or ("zh" if han_count(text) else "en"), True
        self._command(turn, command, incoming)

    def _meant(self, text: str, offer: Mapping[str, Any]) -> list[str]:
        """Return the buttons that a typed text means, of those that the last reply offered."""
        offered = [data for _, data, *_ in offer.get("buttons", [])]
        confirmed = self._guides.confirmed(clean(text), offered) or self._answering.province_typed(clean(text), offered)
        return [confirmed] if confirmed else typed_buttons(text, offer)

    def _press(self, turn: Turn, pressed: Sequence[str], incoming: Incoming) -> None:
        if incoming.button is None:
            turn.say(self._lead(turn, incoming))
        before = len(turn.replies)
        for button in pressed:
            del turn.replies[before:]  # of several ticks, the last reply shows them all
            self._button(turn, button, incoming)

    def _asked(self, turn: Turn, text: str, incoming: Incoming) -> None:
        """Answer what is nothing to the flows; the step that the person is at stands below."""
        at_step, before = turn.progress.active is not None, len(turn.replies)
        # Who types an answer once more, to a step that has passed by unseen, asks nothing.
        again = bool(turn.moved) and not (is_question(clean(text)) or find_links(text) or mask(text).kinds)
        if not again and not self._guides.is_unsure(turn.progress, clean(text)):
            self._answering.message(turn, text, at_step=at_step)
        lead = self._lead(turn, incoming)
        if at_step and len(turn.replies) == before and not turn.moved:
            turn.lost = int(turn.memory.offer.get("lost", 0)) + 1
            lead = (*lead, self._guides.lost(turn.progress, turn.language, turn.lost))
        self._show_step(turn, incoming, lead)

    def _lead(self, turn: Turn, incoming: Incoming) -> tuple[str, ...]:
        """Return what is said first to somebody in a flow: after an absence where they were, and if that has changed."""
        if incoming.now - turn.person.last_seen < ABSENCE:
            return turn.moved
        return (*self._guides.where_you_were(turn.progress, turn.person.last_seen, turn.language), *turn.moved)

    def _show_step(self, turn: Turn, incoming: Incoming, lead: Sequence[str] | None = None) -> None:
        """Show the step that the person is at, if they are at one."""
        lead = turn.moved if lead is None else lead
        turn.replies.extend(self._guides.here(turn.progress, incoming.now, turn.chosen or turn.language, lead))

    def _guided(self, turn: Turn, text: str, incoming: Incoming) -> Guided | None:
        """Return what the flows make of a typed text, if it is anything to them."""
        folded = clean(text)
        language = turn.language
        # A single word such as "ok" is typed in both languages.
        if not turn.chosen and (han_count(folded) or len(words(folded)) > (turn.person.language is not None)):
            language = "zh" if han_count(folded) else "en"
        guided = self._guides.type(turn.progress, folded, incoming.now, language)
        if guided is None or (mask(text).kinds and not guided.answered):
            return None
        turn.spoke = bool(turn.spoke or language != turn.language or han_count(folded) or words(folded))
        turn.language = language
        return guided

    def _command(self, turn: Turn, text: str, incoming: Incoming) -> None:
        command, *rest = text.split(maxsplit=1)
        command = command.casefold()
        language = turn.language
        match command:
            case "/start":
                known = turn.person.language is not None or turn.chosen
                others = () if known or incoming.language else (other for other in LANGUAGES if other != language)
                welcome = replies.welcome([language, *others])
                here = self._guides.here(turn.progress, incoming.now, language, self._lead(turn, incoming))
                turn.replies.extend(here or [welcome])
            case "/export":
                turn.wants = "export"
            case "/back" | "/restart" if turn.moved:
                self._show_step(turn, incoming)
            case "/remind" | "/reminder" | "/reminders":
                turn.remind(self.reminding.command(_situation(turn, incoming), "".join(rest)))
            case _ if command in COMMANDS:
                turn.take(self._guides.command(turn.progress, command, "".join(rest), incoming.now, language))
            case _ if page := replies.page(command, self._answering.own_edition(turn).corpus, language):
                turn.replies.append(page)
            case _:
                shown = mask(command).text[:40]
                turn.replies.append(Reply((replies.paragraph(say(language, "unknown-command", command=shown)),)))
                turn.replies.append(replies.help_text(language))

    def _button(self, turn: Turn, data: str, incoming: Incoming) -> None:
        if guided := self._guides.press(turn.progress, data, incoming.now, turn.language):
            turn.take(self._guides.whole(guided, incoming.now, turn.language) if incoming.in_place else guided)
        elif reminded := self.reminding.press(_situation(turn, incoming), data):
            turn.remind(reminded)
        elif data == replies.FORGET_YES:
            turn.wants = "forget"
            turn.replies.append(said(turn.language, "forgotten"))
        else:
            reply, at_step = self._answering.button(turn, data)
            turn.replies.append(reply)
            if at_step:  # the step that the person is at stands below what they wanted to know
                self._show_step(turn, incoming)


def _situation(turn: Turn, incoming: Incoming) -> Situation:
    return Situation(turn.progress, turn.preferences, incoming.now, turn.chosen or turn.language)


def _undelivered(turn: Turn) -> tuple[str, ...]:
    """Return the sentence for somebody at a step that they may not have seen."""
    return (
        (say(turn.language, "not-delivered"),) if turn.progress.active and turn.memory.offer.get("undelivered") else ()
    )


def readable(text: str) -> str:
    """Return the text without the lone surrogates that a terminal makes of bytes that are not UTF-8; no database takes them."""
    return text.encode("utf-8", "replace").decode().strip()
