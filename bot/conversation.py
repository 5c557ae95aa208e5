"""One turn, whatever the channel: understand the message or the button, write what changes, answer."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bot import replies
from bot.errors import StoreError
from bot.messages import Incoming, Reply
from bot.personal import PLACEHOLDERS, mask
from bot.replies import said
from bot.store import Feedback, Person, Store, TurnChange, Unanswered
from bot.texts import say
from faq.links import find_links
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean, tokens

log = logging.getLogger(__name__)

DEFAULT_LANGUAGE: Final[Language] = "zh"
MAX_LINKS: Final = 3
"""So many links of one message are spoken of."""


@dataclass(slots=True)
class _Turn:
    """A turn under way: who it is, and what is to be written."""

    person: Person
    language: Language
    chosen: Language | None
    feedback: Feedback | None = None
    unanswered: Unanswered | None = None
    forgotten: bool = False
    replies: list[Reply] = field(default_factory=list)


class Conversation:
    """Takes turns with many people at once, one turn at a time for each of them."""

    def __init__(self, matcher: Matcher, store: Store) -> None:
        self._matcher = matcher
        self._corpus = matcher.corpus
        self._store = store
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}
        """A lock for everybody whose turn is under way, and how many turns hold it or wait for it."""

    async def turn(self, incoming: Incoming) -> list[Reply]:
        """Answer a message or a pressed button.

        What changes is written before the replies are returned; a message that was handled before changes nothing and gets no
        reply. When the database fails, questions are answered all the same, with an apology that nothing was recorded.
        """
        async with self._one_at_a_time((incoming.channel, incoming.channel_id)):
            return await self._turn(incoming)

    @asynccontextmanager
    async def _one_at_a_time(self, person: tuple[str, str]) -> AsyncIterator[None]:
        lock, users = self._locks.get(person, (asyncio.Lock(), 0))
        self._locks[person] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            users = self._locks[person][1] - 1
            if users:
                self._locks[person] = lock, users
            else:
                del self._locks[person]

    async def _turn(self, incoming: Incoming) -> list[Reply]:
        try:
            person = await self._store.person(incoming.channel, incoming.channel_id, incoming.now)
            state = await self._store.turn_state(person.id)
        except StoreError as error:
            log.warning("a turn could not be recorded: %s", error)
            return await self._without_store(incoming)
        turn = _Turn(person, person.chosen_language or person.language or DEFAULT_LANGUAGE, person.chosen_language)
        try:
            await self._answer(turn, incoming, state or {})
            if turn.forgotten:
                return turn.replies
            fresh = await self._store.commit_turn(_change(turn, incoming))
        except StoreError as error:
            log.warning("a turn could not be recorded: %s", error)
            answered = [] if turn.feedback or turn.chosen != person.chosen_language else turn.replies
            return [*answered, said(turn.language, "store-failed")]
        return turn.replies if fresh else []

    async def _without_store(self, incoming: Incoming) -> list[Reply]:
        """Answer a question although nothing can be stored."""
        nobody = Person(0, incoming.channel, incoming.channel_id, None, None, incoming.now, incoming.now)
        turn = _Turn(nobody, DEFAULT_LANGUAGE, None)
        text = _readable(incoming.text)
        if text and not text.startswith("/"):
            self._message(turn, text)
        return [*turn.replies, said(turn.language, "store-failed")]

    async def _answer(self, turn: _Turn, incoming: Incoming, state: Mapping[str, Any]) -> None:
        text = _readable(incoming.text)
        pressed = incoming.button if incoming.button is not None else _typed_button(text, state)
        if pressed is not None:
            turn.language = turn.person.language or turn.language  # that of the reply with the button
            await self._button(turn, pressed)
        elif text.startswith("/"):
            await self._command(turn, text, known=turn.person.language is not None)
        else:
            self._message(turn, text)

    async def _command(self, turn: _Turn, text: str, *, known: bool) -> None:
        command = text.split(maxsplit=1)[0].casefold()
        language = turn.language
        match command:
            case "/start":
                turn.replies.append(replies.welcome([language] if known or turn.chosen else LANGUAGES))
            case "/help":
                turn.replies.append(replies.help_text(language))
            case "/topics":
                turn.replies.append(replies.topics(self._corpus, language))
            case "/language":
                turn.replies.append(replies.choose_language())
            case "/privacy":
                turn.replies.append(replies.privacy(language))
            case "/export":
                stored = await self._store.export(turn.person.id)
                turn.replies.append(replies.export(language, json.dumps(stored, ensure_ascii=False, indent=2)))
            case "/forget":
                turn.replies.append(replies.forget(language))
            case _:
                shown = mask(command).text[:40]
                turn.replies.append(Reply((replies.paragraph(say(language, "unknown-command", command=shown)),)))
                turn.replies.append(replies.help_text(language))

    async def _button(self, turn: _Turn, data: str) -> None:
        kind, _, value = data.partition(":")
        entry = self._corpus.entry(value)
        language = turn.language
        if data == replies.TOPICS:
            turn.replies.append(replies.topics(self._corpus, language))
        elif data == replies.NONE_OF_THESE:
            turn.replies.append(replies.no_answer(self._corpus, (), language))
        elif data == replies.FORGET_YES:
            await self._store.forget(turn.person.id)
            turn.forgotten = True
            turn.replies.append(said(language, "forgotten"))
        elif data == replies.FORGET_NO:
            turn.replies.append(said(language, "kept"))
        elif f"{kind}:" == replies.ENTRY and entry:
            turn.replies.append(replies.answer(self._corpus, entry, language))
        elif f"{kind}:" == replies.HELPFUL and entry:
            turn.feedback = Feedback(entry.id, language, helpful=True)
            turn.replies.append(said(language, "thanks-helpful"))
        elif f"{kind}:" == replies.UNHELPFUL and entry:
            turn.feedback = Feedback(entry.id, language, helpful=False)
            turn.replies.append(replies.unhelpful(self._corpus, entry, language))
        elif f"{kind}:" == replies.GROUP and (menu := replies.group(self._corpus, value, language)):
            turn.replies.append(menu)
        elif f"{kind}:" == replies.LANGUAGE and (chosen := _language(value)):
            turn.language = turn.chosen = chosen
            turn.replies.append(said(chosen, "language-set"))
        else:
            turn.replies.append(said(language, "unknown-button"))

    def _message(self, turn: _Turn, text: str) -> None:
        masked = mask(text)
        links = find_links(text)  # in the message as typed: masking may cut through an address
        words = _without_placeholders(masked.text)
        for link in links:
            words = words.replace(link.text, " ")
        match = self._matcher.match(words)
        if match.language and not (match.verdict == "smalltalk" and turn.chosen and len(tokens(clean(words))) <= 1):
            turn.language = match.language
        if masked.kinds:
            turn.replies.append(replies.personal_data(masked.kinds, turn.language))
        if links:
            turn.replies.append(replies.links(links[:MAX_LINKS], turn.language))
            if match.verdict != "answer" or match.answers[0] == "portal-address":
                return
        if match.language is None and turn.replies:
            return
        turn.replies.extend(replies.for_match(self._corpus, match, turn.language))
        if match.verdict in ("suggest", "none") and match.language:
            best = tuple((candidate.id, candidate.score) for candidate in match.candidates)
            turn.unanswered = Unanswered(masked.text, turn.language, match.verdict, best)


def _readable(text: str) -> str:
    """Return the text without the lone surrogates that a terminal makes of bytes that are not UTF-8; no database takes them."""
    return text.encode("utf-8", "replace").decode().strip()


def _typed_button(text: str, state: Mapping[str, Any]) -> str | None:
    """Return the data of the button that a typed number or label means, of those that the last reply offered."""
    offered: list[tuple[str, str]] = [(label, data) for label, data in state.get("buttons", [])]
    folded = clean(text)
    if folded.isdigit() and len(folded) <= 2 and 1 <= int(folded) <= len(offered):
        return offered[int(folded) - 1][1]
    return next((data for label, data in offered if folded and clean(label) == folded), None)


def _without_placeholders(masked: str) -> str:
    for placeholder in PLACEHOLDERS.values():
        masked = masked.replace(placeholder, " ")
    return masked


def _language(value: str) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)


def _change(turn: _Turn, incoming: Incoming) -> TurnChange:
    buttons = [(button.label, button.data) for reply in turn.replies for button in reply.buttons]
    return TurnChange(
        person_id=turn.person.id,
        channel=incoming.channel,
        update_id=incoming.update_id,
        now=incoming.now,
        language=turn.language,
        chosen_language=turn.chosen,
        state={"buttons": buttons} if buttons else None,
        feedback=turn.feedback,
        unanswered=turn.unanswered,
    )
