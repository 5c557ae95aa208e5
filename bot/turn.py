"""One turn under way: who it is, what was meant, what is said, and what is to be written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Literal

from bot import replies
from bot.guide_replies import TICK, UNTICK
from bot.guides import Guided, notes_of
from bot.messages import Reply
from bot.records import Feedback, Memory, Person, Preferences, Reminder, TurnChange, Unanswered, Usage, Verdict
from bot.reminders.talk import Reminded
from faq.text import Language, clean
from flows.journey import Happened, Progress

DEFAULT_LANGUAGE: Final[Language] = "zh"
_NUMBERS: Final = re.compile(r"[0-9]{1,2}(?:[ ,、;和]+[0-9]{1,2})+")


@dataclass(slots=True)
class Turn:
    """A turn under way: who it is, and what is to be written."""

    memory: Memory
    language: Language
    chosen: Language | None
    progress: Progress
    preferences: Preferences
    today: date
    """The day in the time zone of the settings."""
    happened: Happened = ()
    moved: tuple[str, ...] = ()
    """Why the person is elsewhere than they were, or the step is another one, if that is so."""
    named_province: str | None = None
    """The province that the question names."""
    aside: bool = False
    """True when others listen: an answer stands for itself, without buttons."""
    spoke: bool = False
    """True when the message tells the person's language."""
    lost: int = 0
    """How many messages in a row were not understood at a step."""
    feedback: Feedback | None = None
    unanswered: Unanswered | None = None
    hears: int | None = None
    """The number of a question of theirs of which they want to hear when it is answered."""
    heard: tuple[int, ...] = ()
    """The numbers of those whose answers they are given now."""
    used: tuple[Usage, ...] = ()
    wants: Literal["export", "forget"] | None = None
    """What is done for the person once the turn is written."""
    planned: tuple[Reminder, ...] | None = None
    """All reminders of the person from now on; None for no change."""
    planned_with: str = ""
    due: Verdict | None = None
    """What becomes of the reminders that are due."""
    replies: list[Reply] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.memory.person

    @property
    def known(self) -> bool:
        """Tell whether the person's language is known: they chose it, or have written in it."""
        return bool(self.chosen or self.person.language)

    @property
    def claims(self) -> bool:
        """Tell whether the replies say that something was done, which has to be written to be true."""
        moved = self.progress != self.memory.progress or self.preferences != self.memory.preferences
        return bool(self.wants or self.feedback or self.hears or moved or self.chosen != self.person.chosen_language)

    def say(self, sentences: Sequence[str]) -> None:
        """Say some sentences."""
        self.replies.extend(Reply((replies.paragraph(sentence),)) for sentence in sentences)

    def take(self, guided: Guided) -> None:
        """Take over what the flows made of something."""
        self.progress = guided.progress
        self.happened = (*self.happened, *guided.happened)
        self.replies.extend(guided.replies)

    def remind(self, reminded: Reminded) -> None:
        """Take over what the person did about their reminders."""
        self.progress, self.preferences = reminded.progress, reminded.preferences
        self.replies.append(reminded.reply)


def language_of(person: Person, hint: Language | None = None) -> Language:
    """Return the language in which somebody is spoken to before they have said anything in this turn.

    `hint` is that of their device, for somebody who has not written yet.
    """
    return person.chosen_language or person.language or hint or DEFAULT_LANGUAGE


def typed_buttons(text: str, offer: Mapping[str, Any]) -> list[str]:
    """Return the data of the buttons that a typed number or label means, of those that the last reply offered.

    Several numbers mean several ticks of a checklist.
    """
    offered = [(label, data, *rest) for label, data, *rest in offer.get("buttons", [])]
    numbered = [data for _, data, *rest in offered if not rest or rest[0]]
    folded = clean(text)
    numbers = [int(number) for number in re.findall("[0-9]+", folded)] if _NUMBERS.fullmatch(folded) else []
    if folded.isdecimal() and len(folded) <= 2:
        numbers = [int(folded)]
    meant = [numbered[number - 1] for number in numbers if 1 <= number <= len(numbered)]
    if len(meant) == len(numbers) == 1:
        return meant
    if meant and len(meant) == len(numbers) and all(map(_is_tick, meant)):  # who counts up what is there has all of it
        return [TICK + data.partition(":")[2] for data in meant]
    same = (data for label, data, *_ in offered if folded and clean(label) == folded and not _is_tick(data))
    return list(same)[:1]


def _is_tick(data: str) -> bool:
    return data.startswith((TICK, UNTICK))


def step_first(shown: Sequence[Reply]) -> list[Reply]:
    """Return replies whose last one is a step: its numbers begin with 1 whatever stands above, and the others' follow."""
    *others, step = shown
    number = len(step.buttons) + 1
    numbered = []
    for reply in others:
        numbered.append(replace(reply, first_number=number) if reply.buttons else reply)
        number += len(reply.buttons)
    return [*numbered, step]


def change_of(turn: Turn) -> TurnChange:
    """Return what a turn changes."""
    shown = sorted(turn.replies, key=lambda reply: reply.first_number or 0)
    buttons = [(button.label, button.data, reply.numbered) for reply in shown for button in reply.buttons]
    state: dict[str, object] = {"buttons": buttons} if buttons else {}
    if turn.lost:
        state["lost"] = turn.lost
    return TurnChange(
        language=turn.language if turn.spoke or turn.person.language else None,
        chosen_language=turn.chosen,
        state=state or None,
        feedback=turn.feedback,
        unanswered=turn.unanswered,
        progress=turn.progress if turn.progress is not turn.memory.progress else None,
        notes=notes_of(turn.happened),
        preferences=turn.preferences if turn.preferences != turn.memory.preferences else None,
        planned=turn.planned,
        planned_with=turn.planned_with,
        due=turn.due,
        hears=turn.hears,
        heard=turn.heard,
        used=turn.used,
    )


def outcome(turn: Turn) -> str:
    """Name what came of a turn, in one word of a fixed few."""
    if turn.used:
        return "answered" if turn.used[0].what == "opened" else turn.used[0].what
    return "guide" if turn.happened else "other"
