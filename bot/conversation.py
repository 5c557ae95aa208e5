"""One turn, whatever the channel: understand the message or the button, write what changes, answer."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final

from bot import replies
from bot.errors import StoreError
from bot.guides import COMMANDS, Guided, Guides
from bot.locks import Locks
from bot.messages import Incoming, Reply
from bot.personal import PLACEHOLDERS, mask
from bot.records import Feedback, Memory, Person, Preferences, TurnChange, TurnKey, Unanswered
from bot.reminders.queue import ReminderQueue
from bot.reminders.reading import rules_of
from bot.reminders.replies import HOUR, Situation
from bot.reminders.rules import Rules
from bot.reminders.spoken import COMMAND, hour_of
from bot.reminders.talk import Reminding
from bot.replies import said
from bot.store import Store
from bot.texts import say
from bot.turn import DEFAULT_LANGUAGE, Turn, change_of, language_of, step_first, typed_buttons
from faq.corpus import Entry
from faq.links import find_links
from faq.matcher import Matcher, exact_key
from faq.text import LANGUAGES, Language, clean, han_count, tokens, words
from flows.definition import Library
from flows.journey import Progress
from flows.understand import is_question

log = logging.getLogger(__name__)

MAX_LINKS: Final = 3
"""So many links of one message are spoken of."""
SAID_OF_STEPS: Final = ("acknowledgement", "goodbye")
"""Small talk that somebody at a step says of the step, so that a reply to it would sound as if it had been understood."""
HEARD_AT_STEPS: Final = ("in-despair", "worn-out")
"""Small talk that is answered at a step in whatever words it comes."""
ABSENCE: Final = timedelta(hours=6)
"""Who writes after so long is told where they were."""


_NEVER: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Aside:
    """What is said to a question where others listen."""

    language: Language
    replies: tuple[Reply, ...]


class Conversation:
    """Takes turns with many people at once, one turn at a time for each of them.

    `rules` are those of the reminders, by default the project's.
    """

    def __init__(
        self, matcher: Matcher, store: Store, library: Library, zone: tzinfo = UTC, rules: Rules | None = None
    ) -> None:
        self._matcher = matcher
        self._corpus = matcher.corpus
        self._store = store
        self._zone = zone
        self._guides = Guides(library, matcher.corpus, zone)
        self.reminding = Reminding(rules or rules_of(), library, matcher.corpus, zone)
        self._small_talk = {
            exact_key(clean(phrasing))
            for talk in matcher.corpus.small_talk
            if talk.id not in SAID_OF_STEPS
            for said in talk.texts.values()
            for phrasing in said.phrasings
        }
        self._locks = Locks()

    async def turn(self, incoming: Incoming) -> list[Reply]:
        """Answer a message or a pressed button.

        What changes is written before the replies are returned; a message that was handled before changes nothing and gets no
        reply. When the database fails, questions are answered all the same, with an apology that nothing was recorded.
        """
        async with self._locks.hold((incoming.channel, incoming.channel_id)):
            return await self._turn(incoming)

    async def _turn(self, incoming: Incoming) -> list[Reply]:
        turn: Turn | None = None

        def work(memory: Memory) -> TurnChange:
            nonlocal turn
            language = language_of(memory.person, incoming.language)
            turn = Turn(memory, language, memory.person.chosen_language, memory.progress, memory.preferences)
            local = replace(incoming, now=incoming.now.astimezone(self._zone))
            self._show_due(turn, local)
            self._answer(turn, local)
            if self._guides.is_typed(turn.progress):  # what is typed now is the answer, whatever else is offered
                turn.replies = [replace(reply, numbered=False) for reply in turn.replies]
            elif turn.progress.active and len(turn.replies) > 1:
                turn.replies = step_first(turn.replies)
            turn.planned = self.reminding.replan(
                memory, turn.progress, turn.preferences, incoming.now, anew=incoming.opens
            )
            turn.planned_with = self.reminding.made_from(incoming.now)
            return change_of(turn)

        key = TurnKey(
            channel=incoming.channel,
            channel_id=incoming.channel_id,
            now=incoming.now,
            update_id=incoming.update_id,
            opens=incoming.opens,
        )
        try:
            fresh = await self._store.turn(key, work)
            return await self._afterwards(turn) if fresh and turn else []
        except StoreError as error:
            log.warning("a turn could not be recorded: %s", error)
        if turn is None:
            return await self._without_store(incoming)
        return [*([] if turn.claims else turn.replies), said(turn.language, "store-failed")]

    def _show_due(self, turn: Turn, incoming: Incoming) -> None:
        """Say the reminders that are due to somebody who has just opened the chat."""
        if not turn.memory.due:
            return
        progress = self.reminding.fitted(turn.progress)
        turn.due = self.reminding.judge(turn.memory.due, progress, turn.preferences, incoming.now, quiet=False)
        if turn.due.send:
            turn.replies.append(self.reminding.message(turn.due.send, progress, incoming.now, turn.language))

    async def _afterwards(self, turn: Turn) -> list[Reply]:
        """Return the replies of a turn that has been written, with what it takes the store to say."""
        if turn.wants == "forget":
            await self._store.forget(turn.person.id)
        if turn.wants == "export":
            stored = await self._store.export(turn.person.id)
            turn.replies.append(replies.export(turn.language, json.dumps(stored, ensure_ascii=False, indent=2)))
        return turn.replies

    async def _without_store(self, incoming: Incoming) -> list[Reply]:
        """Answer a question although nothing can be stored; nothing else is done."""
        try:  # who is only read may be read while another process writes
            memory = await self._store.recall(incoming.channel, incoming.channel_id)
        except StoreError:
            memory = None
        nobody = Person(0, incoming.channel, incoming.channel_id, None, None, incoming.now, incoming.now)
        known = memory or Memory(nobody, {}, Progress())
        turn = Turn(
            known, language_of(known.person, incoming.language), known.person.chosen_language, Progress(), Preferences()
        )
        text = _readable(incoming.text)
        if text and not text.startswith("/") and not typed_buttons(text, known.offer):
            self._message(turn, text, at_step=known.progress.active is not None)
        return [*turn.replies, said(turn.language, "store-failed")]

    async def not_delivered(self, channel: str, channel_id: str) -> None:
        """Note that a reply may not have reached somebody: before their next message counts, they see where they are."""
        await self._store.mark_undelivered(channel, channel_id)

    def opening(self, channel: str, channel_id: str, now: Callable[[], datetime]) -> AbstractAsyncContextManager[bool]:
        """Let somebody open a chat that can show them what is due only then (see `ReminderQueue.opening`)."""
        return ReminderQueue(self._store, channel).opening(channel_id, now)

    async def language(self, channel: str, channel_id: str, hint: Language | None) -> Language:
        """Return the language in which to speak to somebody; the hint's, or the default, when nothing is known or readable."""
        with suppress(StoreError):
            if known := await self._store.recall(channel, channel_id):
                return language_of(known.person, hint)
        return hint or DEFAULT_LANGUAGE

    def aside(self, text: str, hint: Language | None) -> Aside:
        """Answer a question where others listen: nothing is stored or remembered, and the replies belong to no turn."""
        nobody = Memory(Person(0, "", "", None, None, _NEVER, _NEVER), {}, Progress())
        turn = Turn(nobody, hint or DEFAULT_LANGUAGE, None, Progress(), Preferences(), aside=True)
        self._message(turn, _readable(text))
        return Aside(turn.language, tuple(turn.replies))

    def candidates(self, text: str, hint: Language | None) -> tuple[Language, tuple[Entry, ...]]:
        """Return the entries that may answer a text, best first, and its language; without a text, one of each group."""
        if not text.strip():
            groups = (self._corpus.in_group(group.id) for group in self._corpus.groups)
            return hint or DEFAULT_LANGUAGE, tuple(entries[0] for entries in groups if entries)
        match = self._matcher.match(_without_placeholders(mask(_readable(text)).text))
        near = [found.id for found in match.candidates if found.score >= replies.NEAR_ENOUGH]
        ids = dict.fromkeys([*match.answers, *near]) if match.verdict != "smalltalk" else ()
        return match.language or hint or DEFAULT_LANGUAGE, tuple(filter(None, map(self._corpus.entry, ids)))

    def offers(self, button: str) -> bool:
        """Tell whether there is the entry or the flow that a button leads to."""
        kind, _, target = button.partition(":")
        return bool(self._corpus.entry(target) if f"{kind}:" == replies.ENTRY else self._guides.library.flow(target))

    def _answer(self, turn: Turn, incoming: Incoming) -> None:
        settled = self._guides.settle(turn.progress, turn.language)
        turn.take(settled)
        turn.moved = self._guides.moved(settled, turn.language) or _undelivered(turn)
        text = _readable(incoming.text)
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
        confirmed = self._guides.confirmed(clean(text), [data for _, data, *_ in offer.get("buttons", [])])
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
            self._message(turn, text, at_step=at_step)
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
            case _ if page := replies.page(command, self._corpus, language):
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
            reply, at_step = self._pressed(turn, data)
            turn.replies.append(reply)
            if at_step:  # the step that the person is at stands below what they wanted to know
                self._show_step(turn, incoming)

    def _pressed(self, turn: Turn, data: str) -> tuple[Reply, bool]:
        """Return the reply to a button that is not the flows', and whether the step that one is at is shown below."""
        kind, _, value = data.partition(":")
        entry = self._corpus.entry(value)
        language = turn.language
        reply, at_step = said(language, "unknown-button"), True
        if data == replies.TOPICS:
            reply, at_step = replies.topics(self._corpus, language), False
        elif data == replies.NONE_OF_THESE:
            reply = replies.no_answer(self._corpus, (), language)
        elif data == replies.FORGET_NO:
            reply = said(language, "kept")
        elif f"{kind}:" == replies.ENTRY and entry:
            reply = self._entry(turn, entry)
        elif f"{kind}:" in (replies.HELPFUL, replies.UNHELPFUL) and entry:
            reply = self._opinion(turn, entry, helpful=f"{kind}:" == replies.HELPFUL)
        elif f"{kind}:" == replies.GROUP and (menu := replies.group(self._corpus, value, language)):
            reply, at_step = menu, False
        elif f"{kind}:" == replies.LANGUAGE and (chosen := _language(value)):
            turn.language = turn.chosen = chosen
            turn.spoke = True
            reply = said(chosen, "language-set")
        return reply, at_step

    def _opinion(self, turn: Turn, entry: Entry, *, helpful: bool) -> Reply:
        turn.feedback = Feedback(entry.id, turn.language, helpful=helpful)
        if helpful:
            return said(turn.language, "thanks-helpful")
        return replies.unhelpful(self._corpus, entry, turn.language)

    def _entry(self, turn: Turn, entry: Entry) -> Reply:
        """Return an entry's answer; in the middle of a flow without buttons of its own, since the step's follow, and aside."""
        if turn.progress.active or turn.aside:
            return replies.bare_answer(entry, turn.language)
        offers = (offer(entry, turn.progress, turn.language) for offer in (self._guides.offer, self.reminding.offer))
        return replies.answer(self._corpus, entry, turn.language, tuple(filter(None, offers)))

    def _message(self, turn: Turn, text: str, *, at_step: bool = False) -> None:
        """Answer a message from the FAQ; at a step, nothing is said to words that ask nothing and mean nothing."""
        masked = mask(text)
        links = find_links(text)  # in the message as typed: masking may cut through an address
        asked = _without_placeholders(masked.text)
        for link in links:
            asked = asked.replace(link.text, " ")
        match = self._matcher.match(asked)
        nothing = match.verdict == "none" and not match.subject and not is_question(clean(asked))
        # What sounds like small talk at a step is more likely an answer that was not understood.
        chat = match.verdict == "smalltalk" and match.small_talk not in HEARD_AT_STEPS
        nothing = nothing or (chat and exact_key(clean(asked)) not in self._small_talk)
        if at_step and (nothing or match.language is None) and not masked.kinds and not links:
            return
        if match.language and not (match.verdict == "smalltalk" and turn.chosen and len(tokens(clean(asked))) <= 1):
            turn.language = match.language
            turn.spoke = True
        if masked.kinds:
            turn.replies.append(replies.personal_data(masked.kinds, turn.language))
        if links:
            turn.replies.append(replies.links(links[:MAX_LINKS], turn.language))
            if match.verdict != "answer" or match.answers[0] == "portal-address":
                return
        if masked.kinds and (match.language is None or (at_step and match.verdict in ("suggest", "none"))):
            return
        turn.replies.extend(replies.for_match(self._corpus, match, turn.language, partial(self._entry, turn)))
        if match.verdict in ("suggest", "none") and match.language:
            best = tuple((candidate.id, candidate.score) for candidate in match.candidates)
            turn.unanswered = Unanswered(masked.text, turn.language, match.verdict, best)


def _situation(turn: Turn, incoming: Incoming) -> Situation:
    return Situation(turn.progress, turn.preferences, incoming.now, turn.chosen or turn.language)


def _undelivered(turn: Turn) -> tuple[str, ...]:
    """Return the sentence for somebody at a step that they may not have seen."""
    return (
        (say(turn.language, "not-delivered"),) if turn.progress.active and turn.memory.offer.get("undelivered") else ()
    )


def _readable(text: str) -> str:
    """Return the text without the lone surrogates that a terminal makes of bytes that are not UTF-8; no database takes them."""
    return text.encode("utf-8", "replace").decode().strip()


def _without_placeholders(masked: str) -> str:
    for placeholder in PLACEHOLDERS.values():
        masked = masked.replace(placeholder, " ")
    return masked


def _language(value: str) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)
