"""What a person sees at their step: the text that is for them, the choices that are open, the values of blanks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from flows.dates import is_loose_date
from flows.definition import Answer, Choice, Flow, Passage, Step, Values
from flows.engine import missing_items
from flows.results import RESULTS
from flows.run import Run

BLANK: Final = re.compile(r"\{([a-z0-9-]+)(?:\|([a-z]+))?\}")
"""A blank in a text: {name}, or {name|unit} for a number with its unit in English."""

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class View:
    """A step as one person sees it."""

    flow: Flow
    step: Step
    run: Run
    values: Values
    choices: tuple[Choice, ...]
    """The choices that are open now."""
    missing: tuple[str, ...]
    """Ids of the items that are not ticked."""
    skipped: tuple[Step, ...]
    """The questions that were passed over just before this step, since their answers were known."""

    def passages(self, language: str) -> tuple[Passage, ...]:
        """Return the pieces of the text that are for this person, their blanks not filled."""
        return tuple(passage for passage in self.step.texts[language].body if passage.applies(self.values))


def look(flow: Flow, run: Run, now: datetime, known: Values) -> View:
    """Return what the person sees; the run has to fit the definition (see `flows.engine.carry_over`).

    `now` is timezone-aware and in the person's time zone.
    """
    step = flow.at(run.step)
    missing = missing_items(step, run)
    return View(
        flow=flow,
        step=step,
        run=run,
        values=values_at(step, run, now.date(), known),
        choices=tuple(choice for choice in step.choices if not (choice.needs_all and missing)),
        missing=missing,
        skipped=_just_skipped(flow, run),
    )


def values_at(step: Step, run: Run, today: date, known: Values) -> dict[str, Answer]:
    """Return the run's answers by step, the remembered ones by question, and what the step's function makes of them."""
    values: dict[str, Answer] = {**run.answers, **known}
    if step.function is not None:
        values.update(RESULTS[step.function](values, today))
    return values


def _just_skipped(flow: Flow, run: Run) -> tuple[Step, ...]:
    found: list[Step] = []
    for visit in reversed(run.visits[:-1]):
        step = flow.step(visit.step)
        if not visit.skipped or step is None:
            break
        found.append(step)
    return tuple(reversed(found))


def fill(text: str, values: Values, labels: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return a text with its blanks filled in a language.

    Dates are written out, choices shown by their label (`labels`: by name, then by value); a number with a unit gets its
    plural in English. A blank without a value is left out.
    """

    def filled(blank: re.Match[str]) -> str:
        name, unit = blank[1], blank[2]
        value = values.get(name, "")
        text = labels.get(name, {}).get(str(value)) or format_answer(value, language)
        if unit is None or language != "en" or not text:
            return text
        return f"{text} {unit}" if value == 1 else f"{text} {unit}s"

    return BLANK.sub(filled, text)


def format_answer(value: Answer, language: str) -> str:
    """Return a value as a person reads it: "2026-11" is November 2026, or 2026年11月."""
    if not is_loose_date(value):
        return str(value)
    year, month, *days = map(int, str(value).split("-"))
    if language == "zh":
        return f"{year}年{month}月" + "".join(f"{day}日" for day in days)
    return "".join(f"{day} " for day in days) + f"{_MONTHS[month - 1]} {year}"
