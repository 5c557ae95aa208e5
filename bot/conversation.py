"""One turn at a time for each person: read what is known, have the assistant answer, write what changes, then reply."""

import json
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from time import perf_counter

from bot import replies
from bot.assistant import Assistant
from bot.errors import StoreError
from bot.locks import Locks
from bot.messages import Incoming, Reply
from bot.records import Memory, Person, TurnChange, TurnKey
from bot.reminders.queue import ReminderQueue
from bot.reminders.rules import Rules
from bot.replies import said
from bot.store import Store
from bot.turn import DEFAULT_LANGUAGE, Turn, change_of, language_of, outcome
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Library
from flows.journey import Progress

log = logging.getLogger(__name__)


class Conversation:
    """Takes turns with many people at once, one turn at a time for each of them.

    `rules` are those of the reminders, by default the project's.
    """

    def __init__(
        self,
        matcher: Matcher,
        store: Store,
        library: Library,
        zone: tzinfo = UTC,
        rules: Rules | None = None,
    ) -> None:
        self.assistant = Assistant(matcher, library, zone, rules)
        """Who answers from now on; another one may take its place at any time."""
        self.watch: Callable[[str, float], None] = lambda _outcome, _seconds: None
        """Called after each turn with what came of it and how many seconds it took."""
        self._store = store
        self._locks = Locks()

    async def turn(self, incoming: Incoming) -> list[Reply]:
        """Answer a message or a pressed button.

        What changes is written before the replies are returned; a message that was handled before changes nothing and gets no
        reply. When the database fails, questions are answered all the same, with an apology that nothing was recorded.
        """
        async with self._locks.hold((incoming.channel, incoming.channel_id)):
            return await self._turn(incoming)

    async def _turn(self, incoming: Incoming) -> list[Reply]:
        assistant = self.assistant
        began = perf_counter()
        turn: Turn | None = None

        def work(memory: Memory) -> TurnChange:
            nonlocal turn
            turn = assistant.take(memory, incoming)
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
            if not fresh or turn is None:
                return []
            self.watch(outcome(turn), perf_counter() - began)
            return await self._afterwards(turn)
        except StoreError as error:
            log.error("a turn could not be recorded: %s", error)  # noqa: TRY400 - the sentence says it all
        if turn is None:
            return await self._without_store(assistant, incoming)
        return _not_written(turn)

    async def _afterwards(self, turn: Turn) -> list[Reply]:
        """Return the replies of a turn that has been written, with what it takes the store to say."""
        if turn.wants == "forget":
            await self._forget(turn.person)
        if turn.wants == "export":
            stored = await self._store.export(turn.person.id)
            turn.replies.append(replies.export(turn.language, json.dumps(stored, ensure_ascii=False, indent=2)))
        return turn.replies

    async def _forget(self, person: Person) -> None:
        """Delete everything about a person; that it still has to be overwritten in the file's unused parts is no failure of theirs."""
        try:
            await self._store.forget(person.id)
        except StoreError as error:
            if await self._store.recall(person.channel, person.channel_id):
                raise
            log.warning("somebody was forgotten, but not all is overwritten yet: %s", error)

    async def _without_store(self, assistant: Assistant, incoming: Incoming) -> list[Reply]:
        try:  # who is only read may be read while another process writes
            memory = await self._store.recall(incoming.channel, incoming.channel_id)
        except StoreError:
            memory = None
        nobody = Person(0, incoming.channel, incoming.channel_id, None, None, incoming.now, incoming.now)
        turn = assistant.without_store(memory or Memory(nobody, {}, Progress()), incoming)
        return _not_written(turn)

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


def _not_written(turn: Turn) -> list[Reply]:
    """Return what is said when a turn could not be written: nothing that claims to be done, or that the question is noted."""
    shown = [] if turn.claims else [_without_wish(reply) for reply in turn.replies]
    return [*shown, said(turn.language, "store-failed")]


def _without_wish(reply: Reply) -> Reply:
    """Return a reply without the button to hear of a question, which has to be noted first."""
    buttons = tuple(button for button in reply.buttons if not button.data.startswith(replies.HEAR))
    return replace(reply, buttons=buttons)
