"""Somebody who talks to the project's assistant with a real database, which may be closed and opened again between turns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from bot.conversation import Conversation
from bot.guide_replies import FLOW, GO, TICK
from bot.messages import Button, Incoming, Reply
from bot.replies import LANGUAGE
from bot.store import Store
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Flow, Library, Step, Values
from flows.graph import TYPED, Edge, paths
from flows.run import Run, from_json
from tests.flow_samples import flow_of

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2026, 11, 25, 2, tzinfo=UTC)
ANSWERS: Final[Mapping[str, Mapping[Language, str]]] = {
    "date": {"zh": "2024年3月5日", "en": "5 March 2024"},
    "number": {"zh": "3年", "en": "3"},
}
"""What is typed at a step that asks for it."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds about somebody."""

    runs: Mapping[str, Run]
    current: str | None
    facts: Values
    language: str | None
    """The language of the last reply."""
    entered: frozenset[tuple[str, str]]
    """The steps that were ever entered, as flow and step."""

    @property
    def place(self) -> tuple[str, str] | None:
        """The flow and the step that the person is at."""
        return (self.current, self.runs[self.current].step) if self.current else None

    @property
    def in_flow(self) -> bool:
        """Tell whether the person is in a flow that has steps to take."""
        return self.current is not None and self.runs[self.current].active


class Visitor:
    """One person, the only one of the database; every turn is a minute after the one before."""

    def __init__(self, matcher: Matcher, library: Library, path: Path) -> None:
        self.matcher = matcher
        self.library = library
        self.path = path
        self.now = NOW
        self.replies: list[Reply] = []

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._store.close()

    async def _open(self) -> None:
        self._store = await Store.open(self.path)
        self._conversation = Conversation(self.matcher, self._store, self.library, ZONE)

    async def reopen(self) -> None:
        """Close the database and open it again, as a process does that is started anew."""
        await self._store.close()
        await self._open()

    async def turn(self, text: str = "", button: str | None = None) -> list[Reply]:
        """Type something, or press a button by what it carries."""
        self.now += timedelta(minutes=1)
        self.replies = await self._conversation.turn(Incoming("test", "me", self.now, text=text, button=button))
        return self.replies

    @property
    def offered(self) -> list[Button]:
        """The buttons of the last replies."""
        return [button for reply in self.replies for button in reply.buttons]

    def offered_as(self, *parts: str) -> list[Button]:
        """Return the last replies' buttons that begin with these parts."""
        return [button for button in self.offered if button.data.startswith(":".join(parts) + ":")]

    async def stored(self) -> Stored:
        """Return where the person is."""
        exported: dict[str, Any] = await self._store.export(1)
        guides = exported["guides"]
        runs = [from_json(json.dumps(guide)) for guide in guides]
        return Stored(
            runs={run.flow: run for run in runs},
            current=next((guide["flow"] for guide in guides if guide["current"]), None),
            facts={fact["name"]: fact["value"] for fact in exported["told"]},
            language=exported["person"]["language"],
            entered=frozenset((note["flow"], note["step"]) for note in exported["steps"] if note["what"] == "entered"),
        )


async def walk(visitor: Visitor, flow: Flow, way: Sequence[Edge], language: Language) -> None:
    """Follow edges, through the flows that they lead into as well."""
    for edge in way:
        await follow(visitor, flow, edge, language)
        if edge.flow:
            await walk_to_end(visitor, flow_of(visitor.library, edge.flow), language)


async def walk_to_end(visitor: Visitor, flow: Flow, language: Language) -> None:
    """Follow the shortest way to the nearest end of a flow."""
    found = paths(flow)
    ways = (found[step.id] for step in flow.steps if step.end and step.id in found)
    await walk(visitor, flow, min(ways, key=len), language)


async def follow(visitor: Visitor, flow: Flow, edge: Edge, language: Language) -> None:
    """Press the button of an edge as it was shown, or type what its step asks for."""
    step = flow.at(edge.step)
    if edge.choice == TYPED:
        await visitor.turn(ANSWERS[step.kind][language])
        return
    choice = step.choice(edge.choice)
    while choice and choice.needs_all and (missing := visitor.offered_as(f"{TICK}{flow.id}", step.id)):
        await visitor.turn(button=missing[0].data)
    (button,) = visitor.offered_as(f"{GO}{flow.id}", step.id, edge.choice)
    await visitor.turn(button=button.data)


async def go_to(visitor: Visitor, flow: Flow, step: Step) -> tuple[Edge, ...]:
    """Go the shortest way to a step that leads through no other flow, and return it."""
    steps = (
        replace(found, choices=tuple(choice for choice in found.choices if not choice.flow)) for found in flow.steps
    )
    way = paths(replace(flow, steps=tuple(steps)))[step.id]
    await visitor.turn(button=f"{LANGUAGE}zh")
    await visitor.turn(button=f"{FLOW}{flow.id}")
    await walk(visitor, flow, way, "zh")
    return way
