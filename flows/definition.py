"""Guided flows: what curators write, as frozen values.

The values are built by `bot.flow_files`, which reads YAML strictly; tests build them by hand. Texts are mappings from a
language ("zh", "en") to the text; words are folded with `flows.understand.key`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final, Literal

Kind = Literal["information", "choice", "checklist", "date", "number", "waiting", "result"]
KINDS: Final[tuple[Kind, ...]] = ("information", "choice", "checklist", "date", "number", "waiting", "result")
TYPED_KINDS: Final[tuple[Kind, ...]] = ("date", "number")
"""Kinds of step that are answered by typing."""

PassageKind = Literal["paragraph", "steps", "list", "note"]
End = Literal["done", "stopped"]

Answer = str | int
Values = Mapping[str, Answer]
"""What conditions look at and blanks are filled with, by name."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a step's text, perhaps shown only to some; `{name}` in its texts is a blank."""

    kind: PassageKind
    texts: tuple[str, ...]
    """The paragraph or note as one text; the items of steps and lists."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Shown only if every named value is one of these."""
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Not shown if any named value is one of these."""

    def applies(self, values: Values) -> bool:
        """Tell whether the passage is for somebody with these values; an absent value is none of any."""
        texts = {name: str(value) for name, value in values.items()}
        return all(texts.get(name) in allowed for name, allowed in self.when.items()) and not any(
            texts.get(name) in refused for name, refused in self.unless.items()
        )


@dataclass(frozen=True, slots=True)
class StepText:
    """A step in one language."""

    title: str
    """A few words; also the step's line in the overview."""
    body: tuple[Passage, ...]
    again: str | None = None
    """What is said to somebody who is still waiting."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on from a step."""

    id: str
    labels: Mapping[str, str]
    next: str
    """Id of the step that follows; that of its own step to stay there."""
    words: tuple[str, ...] = ()
    """What means this choice when it is typed, in all languages, folded."""
    flow: str | None = None
    """Id of the flow that is gone through first; `next` is where the person is then."""
    needs_all: bool = False
    """True when the choice is offered only while everything on the step's checklist is ticked."""
    anew: bool = False
    """True when what is waited for from there on is waited for anew, as for an application that is submitted again."""
    remembered: bool = True
    """False when a shared question's answer is not kept (such as "I do not know")."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something to tick on a checklist."""

    id: str
    labels: Mapping[str, str]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a person does next, with the ways on."""

    id: str
    kind: Kind
    texts: Mapping[str, StepText]
    choices: tuple[Choice, ...] = ()
    items: tuple[Item, ...] = ()
    next: str | None = None
    """Where a typed date or number leads."""
    least: int | None = None
    most: int | None = None
    function: str | None = None
    """The name of the function (`flows.results`) that gives a result's values."""
    question: str | None = None
    """Id of the shared question that is asked here; its answer is remembered and the step skipped when it is known."""
    side: bool = False
    """True for a step off the main way, which is not counted in the overview."""
    end: End | None = None
    """How the flow ends here; a step that ends it has no choices."""
    see: tuple[str, ...] = ()
    """Ids of FAQ entries that people want at this step."""
    offers: tuple[str, ...] = ()
    """Ids of flows that are offered at the end."""
    short: bool = False
    """True when the labels are short, so that several buttons go in a row."""
    formerly: tuple[str, ...] = ()
    """Ids of earlier steps whose place this one has taken."""

    def choice(self, choice_id: str) -> Choice | None:
        """Return the choice with this id, or None."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)

    def item(self, item_id: str) -> Item | None:
        """Return the item with this id, or None."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def shape(self) -> tuple[str, ...]:
        """What a person at this step could do; when it changes, they are told."""
        return (self.kind, *(choice.id for choice in self.choices), *(item.id for item in self.items))


@dataclass(frozen=True, slots=True)
class FlowText:
    """A flow in one language."""

    title: str
    summary: str


@dataclass(frozen=True)
class Flow:
    """A guided flow; it begins with its first step."""

    id: str
    order: int
    texts: Mapping[str, FlowText]
    steps: tuple[Step, ...]
    words: tuple[str, ...] = ()
    """What begins the flow when it is typed, in all languages, folded."""
    optional: bool = False
    """True when only some people need it: it counts in the overview once it was begun."""
    reviewed: date | None = None
    sources: tuple[tuple[str, str], ...] = ()
    """Where the facts stand: documents of the corpus' list, and the parts of them."""

    @cached_property
    def _steps_by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def outline(self) -> tuple[Step, ...]:
        """The steps of the main way in order: those that the overview counts."""
        return tuple(step for step in self.steps if not step.side and step.end != "stopped")

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The places of the steps of the main way, counted from 1, by the step's id."""
        return {step.id: number for number, step in enumerate(self.outline, 1)}

    def step(self, step_id: str) -> Step | None:
        """Return the step with this id, or None."""
        return self._steps_by_id.get(step_id)

    def at(self, step_id: str) -> Step:
        """Return the step with this id, which must exist (KeyError otherwise)."""
        return self._steps_by_id[step_id]

    def successor(self, gone: str) -> Step | None:
        """Return the step that has taken the place of one that is gone, or None."""
        return next((step for step in self.steps if gone in step.formerly), None)

    @cached_property
    def digest(self) -> str:
        """The hash of everything in the definition."""
        return hashlib.blake2b(repr(self).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Library:
    """All flows, with what they share."""

    flows: tuple[Flow, ...]
    """In the order of the menu."""
    questions: Mapping[str, Step] = field(default_factory=dict)
    """The shared questions by id; their choices lead nowhere."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Shared words by name ("back", "leave", ...), folded."""

    @cached_property
    def _flows_by_id(self) -> Mapping[str, Flow]:
        return {flow.id: flow for flow in self.flows}

    def flow(self, flow_id: str) -> Flow | None:
        """Return the flow with this id, or None."""
        return self._flows_by_id.get(flow_id)
