"""What people type at the steps of the project's flows: the words of choices and items, and questions."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from opencc import OpenCC

from bot.flow_files import LIBRARY, flows_of
from faq.text import LANGUAGES, clean
from flows.definition import Flow, Step
from flows.engine import Type, resume, start
from flows.events import Answered, Event, NotUnderstood, Ticked
from flows.run import Run, Visit
from flows.understand import key
from tests.visitor import NOW, ZONE

PROJECT: Final = flows_of()
TRADITIONAL: Final = OpenCC("s2t")
STEPS: Final = [
    pytest.param(flow, step, id=f"{flow.id}-{step.id}") for flow in PROJECT.flows for step in flow.steps if not step.end
]
QUESTIONS: Final = tuple(
    json.loads(line)["q"]
    for line in (Path(__file__).parent / "data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
)
WORDS_OF_CHOICES: Final = frozenset({"yes"})
"""Questions of the FAQ's measure that are the words of a choice to the letter, which only such a choice may take."""


@cache
def written(name: str) -> Any:
    """Return a file of the library as it is written."""
    return yaml.safe_load((LIBRARY / f"{name}.yaml").read_text(encoding="utf-8"))


def _texts(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (entry[language] for language in LANGUAGES)
    for language in LANGUAGES:
        yield from entry.get("words", {}).get(language, ())
        yield from written("words")[entry["says"]][language] if "says" in entry else ()


def _written_step(flow: Flow, step: Step) -> Mapping[str, Any]:
    (found,) = (entry for entry in written(flow.id)["steps"] if entry["id"] == step.id)
    if step.question is None:
        return dict(found)
    (question,) = (entry for entry in written("questions") if entry["id"] == step.question)
    return {**found, **question}


def meanings(flow: Flow, step: Step, kind: str) -> list[tuple[str, str]]:
    """Return everything that means a choice (or an item) of a step, as it is written, with the choice's id."""
    entries = _written_step(flow, step).get(kind, ())
    return [(text, entry["id"]) for entry in entries for text in _texts(entry)]


def as_typed(text: str) -> Iterator[str]:
    """Yield how people type a text."""
    yield text
    yield f"{text}。"
    yield f"{text}!"
    yield f" {text.upper()} "
    yield TRADITIONAL.convert(text)


def at(flow: Flow, step: Step) -> Run:
    """Return the run of somebody who is at a step."""
    run, _ = start(flow, NOW.astimezone(ZONE), {})
    return replace(run, step=step.id, shape=step.shape, visits=(*run.visits, Visit(step.id, run.started)))


def events_of(flow: Flow, run: Run, text: str) -> tuple[Event, ...]:
    return resume(flow, run, Type(clean(text)), NOW.astimezone(ZONE), {})[1]


def _taken(events: Iterable[Event], kind: type[Answered | Ticked]) -> list[Any]:
    return [event.answer if isinstance(event, Answered) else event.items for event in events if isinstance(event, kind)]


@pytest.mark.parametrize(("flow", "step"), STEPS)
def test_every_word_of_a_choice_means_it(flow: Flow, step: Step) -> None:
    """A choice's label, its own words and the shared words that it says are understood, however they are typed."""
    run = at(flow, step)
    meant = meanings(flow, step, "choices")
    wrong = [
        (typed, choice)
        for text, choice in meant
        for typed in as_typed(text)
        if _taken(events_of(flow, run, typed), Answered) != [choice]
    ]

    assert {choice for _, choice in meant} == {choice.id for choice in step.choices}
    assert wrong == []


@pytest.mark.parametrize(
    ("flow", "step"), [param for param in STEPS if isinstance(param.values[1], Step) and param.values[1].items]
)
def test_every_word_of_an_item_ticks_it(flow: Flow, step: Step) -> None:
    """An item's label and its own words tick it, and nothing else, however they are typed."""
    run = at(flow, step)
    meant = meanings(flow, step, "items")
    wrong = [
        (typed, item)
        for text, item in meant
        for typed in as_typed(text)
        if _taken(events_of(flow, run, typed), Ticked) != [(item,)]
    ]

    assert {item for _, item in meant} == {item.id for item in step.items}
    assert wrong == []


def swallowed(flow: Flow, step: Step) -> set[str]:
    """Return the questions that a step takes for an answer."""
    run = at(flow, step)
    return {question for question in QUESTIONS if events_of(flow, run, question) != (NotUnderstood(),)}


@pytest.mark.parametrize(("flow", "step"), STEPS)
def test_no_question_is_taken_for_an_answer(flow: Flow, step: Step) -> None:
    """No question of the project's own, in scope or out of it, is swallowed by a step that does not have these words."""
    own = {word for choice in step.choices for word in choice.words}
    allowed = {question for question in WORDS_OF_CHOICES if key(clean(question)) in own}

    assert swallowed(flow, step) - allowed == set()


def test_an_exception_is_needed() -> None:
    """An exception stands in the table only while a step has its words."""
    own = {word for flow in PROJECT.flows for step in flow.steps for choice in step.choices for word in choice.words}

    assert {question for question in WORDS_OF_CHOICES if key(clean(question)) not in own} == set()
    assert set(QUESTIONS) >= WORDS_OF_CHOICES


def test_there_are_questions_of_all_kinds() -> None:
    """The questions are those of the FAQ's own measure, none of them left out."""
    assert len(QUESTIONS) == 298
