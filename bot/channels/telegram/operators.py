"""What those who run the bot can do from their own chat with it: unanswered questions, the state of things, new content.

Their ids stand in REGBOT_ADMINS; for everybody else these commands do not exist. What is decided here about a question is
recorded; the curator writes it into the content (`regbot unanswered apply`).
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from bot.channels.telegram.profile import OPERATORS_COMMANDS
from bot.conversation import Conversation
from bot.errors import StoreError
from bot.messages import Button, Reply
from bot.reload import SHOWN as SHOWN_PROBLEMS
from bot.reload import Reloaded, Reloader
from bot.replies import OPERATOR, paragraph, said
from bot.store import Store
from bot.texts import say
from faq.corpus import Block, Corpus
from faq.text import Language

if TYPE_CHECKING:
    from bot.curation.groups import Group

SHOWN: Final = 5
"""Questions at a time."""
WORDINGS: Final = 3
NEAREST: Final = 3
_ASSIGN, _DISMISS, _UNDO, _MORE = f"{OPERATOR}assign:", f"{OPERATOR}dismiss:", f"{OPERATOR}undo:", f"{OPERATOR}more:"

Status = Callable[[], Awaitable[Sequence[str]]]
"""Returns lines that say how things stand."""


class Operators:
    """Answers the operators' commands and buttons; `admins` are their ids on Telegram."""

    def __init__(
        self, conversation: Conversation, store: Store, admins: Sequence[int], reloader: Reloader, status: Status
    ) -> None:
        self._conversation = conversation
        self._store = store
        self._admins = frozenset(admins)
        self._reloader = reloader
        self._status = status

    def take(self, person: int, text: str, button: str | None) -> bool:
        """Tell whether a message or a button is an operator's."""
        if person not in self._admins:
            return False
        return button.startswith(OPERATOR) if button else _command(text).removeprefix("/") in OPERATORS_COMMANDS

    async def answer(self, text: str, button: str | None, language: Language, now: datetime) -> list[Reply]:
        """Return the replies to a command or a button which `take` said is an operator's."""
        try:
            if button:
                return await self._pressed(button, language, now)
            match _command(text):
                case "/reload":
                    return [_reloaded(await self._reloader.reload(), language)]
                case "/status":
                    return [Reply((paragraph("\n".join(await self._status())),))]
                case _:
                    return await self._unanswered(language, None, now)
        except StoreError as error:
            return [Reply((paragraph(str(error)),))]

    async def _unanswered(self, language: Language, after: int | None, now: datetime) -> list[Reply]:
        """Return some of the groups of unanswered questions; `after` is the last one that was shown."""
        from bot.curation.groups import listing

        assistant = self._conversation.assistant
        without = assistant.withheld(now)
        groups = (await listing(self._store, assistant.matcher, without=without, undecided=True)).groups
        numbers = [group.number for group in groups]
        start = numbers.index(after) + 1 if after in numbers else 0
        shown = groups[start : start + SHOWN]
        if not shown:
            return [said(language, "op-none")]
        counts = {"groups": str(len(groups)), "shown": str(len(shown))}
        replies = [] if start else [Reply((paragraph(say(language, "op-count", **counts)),))]
        replies += [_group(group, assistant.matcher.corpus, language, assistant.zone) for group in shown]
        # A message of its own: whoever presses there loses no other button.
        if left := len(groups) - start - len(shown):
            more = Button(say(language, "op-more"), f"{_MORE}{shown[-1].number}")
            replies.append(Reply((paragraph(say(language, "op-left", groups=str(left))),), (more,)))
        return replies

    async def _pressed(self, button: str, language: Language, now: datetime) -> list[Reply]:
        from bot.curation.groups import decide

        kind, _, rest = button.removeprefix(OPERATOR).partition(":")
        digits, _, key = rest.partition(":")
        number = int(digits) if digits.isdecimal() and len(digits) < 19 else 0
        corpus = self._conversation.assistant.matcher.corpus
        entry = next((entry for entry in corpus.entries if _key(entry.id) == key), None)
        undo = Button(say(language, "op-undo"), f"{_UNDO}{number}")
        if kind == "more":
            return await self._unanswered(language, number, now)
        if kind == "assign" and entry is None:
            return [said(language, "op-no-entry")]
        if kind == "assign" and entry:
            if await decide(self._store, self._conversation.assistant.matcher, number, "assign", entry.id, now):
                text = say(language, "op-assigned", question=entry.texts[language].question)
                return [Reply((paragraph(text),), (undo,))]
        elif kind == "dismiss":
            if await decide(self._store, self._conversation.assistant.matcher, number, "dismiss", None, now):
                return [said(language, "op-dismissed", buttons=[undo])]
        elif kind == "undo" and await decide(
            self._store, self._conversation.assistant.matcher, number, None, None, now
        ):
            return [said(language, "op-undone")]
        return [said(language, "op-gone")]


def _command(text: str) -> str:
    return text.split(maxsplit=1)[0].casefold() if text.startswith("/") else ""


def _key(entry_id: str) -> str:
    """Return the short name of an entry by which a button knows it: with a long id it could carry nothing else."""
    return blake2b(entry_id.encode(), digest_size=8).hexdigest()


def _group(group: "Group", corpus: Corpus, language: Language, zone: tzinfo) -> Reply:
    """Return a group of questions with the entries to which it may belong."""
    lines = [say(language, "op-question", text=wording) for wording in group.wordings[:WORDINGS]]
    asked = say(
        language,
        "op-asked",
        times=str(group.times),
        people=str(group.people),
        date=f"{group.last_asked.astimezone(zone):%Y-%m-%d}",
    )
    blocks = [Block("list", tuple(lines)), paragraph(asked)]
    if group.waiting:
        blocks.append(paragraph(say(language, "op-waiting", people=str(group.waiting))))
    near = [entry for entry_id, _ in group.nearest[:NEAREST] if (entry := corpus.entry(entry_id))]
    buttons = [Button(entry.texts[language].question, f"{_ASSIGN}{group.number}:{_key(entry.id)}") for entry in near]
    buttons.append(Button(say(language, "op-dismiss"), f"{_DISMISS}{group.number}"))
    return Reply(tuple(blocks), tuple(buttons))


def _reloaded(done: Reloaded, language: Language) -> Reply:
    """Return what came of reading the content anew."""
    if not done.ok:
        blocks = [paragraph(say(language, "op-not-reloaded")), Block("list", done.lines[:SHOWN_PROBLEMS])]
    else:
        counts = {"entries": str(done.entries), "flows": str(done.flows)}
        blocks = [paragraph(say(language, "op-reloaded", **counts))]
        if done.lines:
            blocks.append(paragraph(say(language, "op-warnings", count=str(len(done.lines)))))
            blocks.append(Block("list", done.lines[:SHOWN_PROBLEMS]))
    if len(done.lines) > SHOWN_PROBLEMS:
        blocks.append(paragraph(say(language, "op-and-more", count=str(len(done.lines) - SHOWN_PROBLEMS))))
    return Reply(tuple(blocks))
