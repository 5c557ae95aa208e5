"""Replays stored runs against the present flows, to see before an upgrade who would be moved or stranded."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import StoreError
from bot.reading import reading
from flows.definition import Library
from flows.engine import carry_over
from flows.events import Event, Moved
from flows.run import Run, from_json

Fate = Literal["stays", "changed", "moved", "flow gone", "unreadable"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the people at one place."""

    flow: str
    step: str
    people: int
    fate: Fate
    target: str = ""
    """The step where they are afterwards."""

    @property
    def stranded(self) -> bool:
        """Tell whether they lose their place."""
        return self.fate in ("moved", "flow gone", "unreadable")

    def __str__(self) -> str:
        target = f" -> {self.target}" if self.target and self.target != self.step else ""
        return f"{self.flow}: {self.step}: {self.people}: {self.fate}{target}"


def stored_runs(path: Path) -> list[tuple[str, str]]:
    """Return (flow, JSON) of all runs in a database, which is only read.

    Raises:
        StoreError: There is no such database, or it cannot be read.
    """
    with reading(path) as connection:
        try:
            return connection.execute("SELECT flow, run FROM runs ORDER BY flow, person").fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            raise StoreError(f"the database {path} holds no runs; it was written by an older version") from None


def check_runs(library: Library, runs: Iterable[tuple[str, str]]) -> list[Outcome]:
    """Return what becomes of the runs, by place, the stranded first."""
    found = Counter(_fate(library, flow, text) for flow, text in runs)
    outcomes = [Outcome(flow, step, count, fate, target) for (flow, step, fate, target), count in found.items()]
    return sorted(outcomes, key=lambda outcome: (not outcome.stranded, outcome.flow, outcome.step, outcome.fate))


def _fate(library: Library, flow_id: str, text: str) -> tuple[str, str, Fate, str]:
    try:
        run = from_json(text)
    except ValueError:
        return flow_id, "?", "unreadable", ""
    flow = library.flow(run.flow)
    if flow is None:
        return run.flow, run.step, "flow gone", ""
    after, events = carry_over(flow, run)
    return run.flow, run.step, _moved(events, run), after.step


def _moved(events: Iterable[Event], run: Run) -> Fate:
    reasons = {event.reason for event in events if isinstance(event, Moved)}
    if "gone" in reasons and run.status != "finished":
        return "moved"
    return "changed" if reasons else "stays"
