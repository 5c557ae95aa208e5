"""A flow as a graph: its edges, what can be reached, what is wrong with it, and a drawing in Mermaid."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flows.definition import TYPED_KINDS, Flow, Step

TYPED: Final = "typed"
"""What stands for a typed date or number where edges name a choice."""


_TYPED_LABELS: Final = {"zh": "填写", "en": "typed"}


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one step to another."""

    step: str
    choice: str
    """The choice's id, or TYPED."""
    target: str
    flow: str | None = None
    """The flow that is gone through on the way."""


def edges(flow: Flow) -> tuple[Edge, ...]:
    """Return all edges in the order of the definition; one that stays at its step is among them."""
    return tuple(edge for step in flow.steps for edge in edges_of(step))


def edges_of(step: Step) -> Iterator[Edge]:
    """Yield the edges that leave a step."""
    if step.kind in TYPED_KINDS and step.next is not None:
        yield Edge(step.id, TYPED, step.next)
    for choice in step.choices:
        yield Edge(step.id, choice.id, choice.next, choice.flow)


def paths(flow: Flow) -> dict[str, tuple[Edge, ...]]:
    """Return the shortest way from the first step to every step that can be reached, by step."""
    first = flow.steps[0].id
    found: dict[str, tuple[Edge, ...]] = {first: ()}
    waiting = deque([first])
    while waiting:
        at = waiting.popleft()
        step = flow.step(at)
        for edge in edges_of(step) if step else ():
            if edge.target not in found and flow.step(edge.target):
                found[edge.target] = (*found[at], edge)
                waiting.append(edge.target)
    return found


def unreachable(flow: Flow) -> tuple[Step, ...]:
    """Return the steps that nothing leads to."""
    reached = paths(flow)
    return tuple(step for step in flow.steps if step.id not in reached)


def without_end(flow: Flow) -> tuple[Step, ...]:
    """Return the steps from which no end can be reached, among them those with no way on that do not say how they end."""
    leads = {step.id for step in flow.steps if step.end is not None}
    grown = True
    while grown:
        more = {step.id for step in flow.steps if any(edge.target in leads for edge in edges_of(step))} - leads
        leads |= more
        grown = bool(more)
    return tuple(step for step in flow.steps if step.id not in leads)


def mermaid(flow: Flow, language: str) -> str:
    """Return the flow as a Mermaid flowchart: questions are diamonds, waits are rounded, other flows are framed twice."""
    entered = dict.fromkeys(edge.flow for edge in edges(flow) if edge.flow)
    return "\n".join(
        (
            "flowchart TD",
            *(f"    {_node(step.id)}{_box(step, language)}" for step in flow.steps),
            *(f'    f-{flow_id}[["{flow_id}"]]' for flow_id in entered),
            *(f"    {_arrow(step, edge, language)}" for step in flow.steps for edge in edges_of(step)),
        )
    )


def _arrow(step: Step, edge: Edge, language: str) -> str:
    choice = step.choice(edge.choice)
    label = _quoted(choice.labels[language] if choice else _TYPED_LABELS[language])
    via = f"f-{edge.flow} -.-> " if edge.flow else ""
    return f"{_node(edge.step)} -->|{label}| {via}{_node(edge.target)}"


def _node(name: str) -> str:
    return f"n-{name}"  # a bare "end" is a word of Mermaid's own


def _box(step: Step, language: str) -> str:
    before, after = "[", "]"
    if step.end is not None:
        before, after = "([", "])"
    elif step.kind == "waiting":
        before, after = "(", ")"
    elif step.kind in ("choice", "date", "number"):
        before, after = "{", "}"
    elif step.kind == "checklist":
        before, after = "[/", "/]"
    return f"{before}{_quoted(step.texts[language].title)}{after}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
