"""The dates that matter to one person: whether they are registered, and which days are still to come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import journey
from flows.dates import two_year_limit
from flows.definition import Library, Values
from flows.engine import Action, Back, Press, Restart, Type
from flows.graph import paths
from flows.journey import Progress
from flows.own_dates import APPLICATION, DATES, REGISTERED, OwnDate, is_registered, own_dates
from flows.run import from_json, to_json
from tests.flow_samples import flow_of

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
TODAY = NOW.date()
YEAR_END = OwnDate("year-end", date(2026, 12, 31))
KNOWN: Values = {"role": "assistant", "qualified": "2025-03-05"}
LIMIT = OwnDate("limit", date(2027, 3, 5))
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


class Person:
    """Somebody in the project's flows; every action is a day after the one before, and every run is saved and read again."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.progress = Progress(facts=KNOWN)
        self.now = NOW - timedelta(days=300)

    def begin(self, flow: str) -> None:
        """Begin a flow, or go on with it."""
        self.now += timedelta(days=1)
        self._keep(journey.begin(self.library, self.progress, flow, self.now)[0])

    def act(self, flow: str, action: Action) -> None:
        """Do something in a flow."""
        self.now += timedelta(days=1)
        self._keep(journey.act(self.library, self.progress, flow, action, self.now)[0])

    def press(self, *choices: str) -> None:
        """Press choices of the flow that answers about dates."""
        for choice in choices:
            run = self.progress.runs[DATES]
            self.act(DATES, Press(run.step, choice, run.serial))

    def apply(self, end: str = "done") -> None:
        """Come to an end of the application."""
        self.begin(APPLICATION)
        flow = flow_of(self.library, APPLICATION)
        known = [(step.id, way) for step in flow.steps if step.end == end and (way := paths(flow).get(step.id))]
        for edge in min((way for _, way in known), key=len):
            run = self.progress.runs[APPLICATION]
            if run.step == edge.step:  # the others are passed over, since their answers are known
                step = flow.at(edge.step)
                run = replace(run, ticks={step.id: tuple(item.id for item in step.items)})
                self._keep(replace(self.progress, runs={**self.progress.runs, APPLICATION: run}))
                self.act(APPLICATION, Press(edge.step, edge.choice, run.serial))
        assert self.progress.runs[APPLICATION].ended == end

    @property
    def step(self) -> str:
        """The step of the flow that answers about dates."""
        return self.progress.runs[DATES].step

    @property
    def registered(self) -> bool:
        """Tell what is made of it all."""
        return is_registered(self.progress)

    def _keep(self, progress: Progress) -> None:
        self.progress = replace(progress, runs={name: from_json(to_json(run)) for name, run in progress.runs.items()})


@pytest.fixture(name="person")
def _person(project_library: Library) -> Person:
    return Person(project_library)


def test_the_flows_have_what_is_looked_at(project_library: Library) -> None:
    """The flows and the step that are named here are there, with the answers that are looked for."""
    step = flow_of(project_library, DATES).at(REGISTERED)

    assert {choice.id for choice in step.choices} == {"yes", "no"}
    assert "done" in {found.end for found in flow_of(project_library, APPLICATION).steps}
    assert "qualified" in project_library.questions


def test_who_told_nothing_is_not_registered() -> None:
    """Of somebody who began nothing only the year's end is known."""
    assert not is_registered(Progress())
    assert own_dates(Progress(), TODAY) == (YEAR_END,)


def test_who_only_began_is_not_registered(person: Person) -> None:
    """A question that was asked and not answered says nothing."""
    person.begin(DATES)

    assert (person.step, person.registered) == (REGISTERED, False)
    assert own_dates(person.progress, TODAY) == (YEAR_END, LIMIT)


@pytest.mark.parametrize(("answer", "registered"), [("yes", True), ("no", False)])
def test_what_somebody_said_counts(person: Person, answer: str, registered: bool) -> None:
    """Said in the middle of the flow, it counts before the flow has ended; who is registered has no dates."""
    person.begin(DATES)
    person.press(answer)

    assert person.registered is registered
    assert own_dates(person.progress, TODAY) == (() if registered else (YEAR_END, LIMIT))


def test_what_was_said_counts_after_the_end(person: Person) -> None:
    """The flow's end changes nothing about it."""
    person.begin(DATES)
    person.press("yes", "unknown", "unknown", "thanks")

    assert person.progress.runs[DATES].ended == "done"
    assert person.registered


def test_who_goes_back_has_said_nothing(person: Person) -> None:
    """Going back to the question opens it again."""
    person.begin(DATES)
    person.press("yes")
    person.act(DATES, Back())

    assert (person.step, person.registered) == (REGISTERED, False)


def test_who_takes_it_back_is_not_registered(person: Person) -> None:
    """Whoever says that they are not registered after all has their dates at once, and not only once asked again."""
    person.begin(DATES)
    person.press("yes", "unknown", "unknown", "mistake")
    assert (person.step, person.registered) == (REGISTERED, False)
    assert own_dates(person.progress, TODAY) == (YEAR_END, LIMIT)

    person.act(DATES, Back())
    assert (person.step, person.registered) == ("registered-result", True)

    person.press("mistake", "no")
    assert not person.registered


def test_who_begins_anew_has_said_nothing(person: Person) -> None:
    """Beginning again opens the question."""
    person.begin(DATES)
    person.press("yes")
    person.act(DATES, Restart(person.progress.runs[DATES].serial))

    assert not person.registered


def test_who_finished_the_application_is_registered(person: Person) -> None:
    """At the end of the application there is nothing to hurry for."""
    person.apply()

    assert person.registered
    assert own_dates(person.progress, TODAY) == ()


@pytest.mark.parametrize("begun", [True, False])
def test_who_stopped_the_application_is_not_registered(person: Person, begun: bool) -> None:
    """An application that was given up, or that is under way, is none that has come to its end."""
    person.begin(APPLICATION) if begun else person.apply("stopped")

    assert not person.registered
    assert own_dates(person.progress, TODAY) == (YEAR_END, LIMIT)


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_an_application_that_ended_later_counts(person: Person, answer: str) -> None:
    """Not registered was true when it was said; after that the application came to its end."""
    person.begin(DATES)
    person.press(answer)
    person.apply()

    assert person.registered


def test_an_older_answer_does_not_count_for_later_steps(person: Person) -> None:
    """Going on with one's dates after the application has ended does not say again that one is not registered."""
    person.begin(DATES)
    person.press("no")
    person.apply()
    person.act(DATES, Type("3"))

    assert (person.step, person.registered) == ("result", True)


@pytest.mark.parametrize(("answers", "registered"), [(["no"], False), (["yes"], True), ([], True)])
def test_what_was_said_after_the_application_counts(person: Person, answers: Sequence[str], registered: bool) -> None:
    """What somebody says later corrects the application; a question that is only asked does not."""
    person.apply()
    person.begin(DATES)
    person.press(*answers)

    assert person.registered is registered


def test_who_takes_it_back_after_the_application_is_not_registered(person: Person) -> None:
    """Taking back is the last word, although what is taken back was said before the application ended."""
    person.begin(DATES)
    person.press("yes", "unknown", "unknown")
    person.apply()
    person.press("mistake")

    assert (person.step, person.registered) == (REGISTERED, False)


def test_an_answer_whose_time_was_let_go_counts(person: Person) -> None:
    """A run whose early visits are no longer remembered still has its answer."""
    person.begin(DATES)
    person.press("yes")
    run = person.progress.runs[DATES]
    short = replace(person.progress, runs={DATES: replace(run, visits=run.visits[-1:])})

    assert is_registered(short)


@pytest.mark.parametrize(
    ("qualified", "today", "expected"),
    [
        pytest.param("2025-03-05", date(2026, 11, 25), ["year-end 2026-12-31", "limit 2027-03-05"], id="day"),
        pytest.param("2025-03", date(2026, 11, 25), ["year-end 2026-12-31", "limit 2027-03-01"], id="month-only"),
        pytest.param("2024-12-10", date(2026, 11, 25), ["limit 2026-12-10", "year-end 2026-12-31"], id="limit-first"),
        pytest.param("2024-12-10", date(2026, 12, 10), ["limit 2026-12-10", "year-end 2026-12-31"], id="on-the-limit"),
        pytest.param("2024-12-10", date(2026, 12, 11), ["year-end 2026-12-31"], id="limit-passed"),
        pytest.param("2020-01-01", date(2026, 12, 31), ["year-end 2026-12-31"], id="on-the-year-end"),
        pytest.param("2020-01-01", date(2027, 1, 1), ["year-end 2027-12-31"], id="next-year"),
        pytest.param("2024-12-31", date(2026, 12, 31), ["year-end 2026-12-31", "limit 2026-12-31"], id="both-today"),
        pytest.param("2024-02-29", date(2026, 2, 28), ["limit 2026-02-28", "year-end 2026-12-31"], id="leap-day"),
        pytest.param("unknown", date(2026, 11, 25), ["year-end 2026-12-31"], id="unknown"),
        pytest.param("2025-02-30", date(2026, 11, 25), ["year-end 2026-12-31"], id="no-such-day"),
        pytest.param(7, date(2026, 11, 25), ["year-end 2026-12-31"], id="number"),
        pytest.param(None, date(2026, 11, 25), ["year-end 2026-12-31"], id="nothing"),
    ],
)
def test_own_dates(qualified: str | int | None, today: date, expected: list[str]) -> None:
    """The dates to come, the nearest first; on its day a date is still to come."""
    facts = {} if qualified is None else {"qualified": qualified}

    assert [f"{own.kind} {own.day}" for own in own_dates(Progress(facts=facts), today)] == expected


@given(DAYS, DAYS)
def test_dates_of_any_day(qualified: date, today: date) -> None:
    """The year's end is always among them, the limit unless it has passed, in order, and none has passed."""
    found = own_dates(Progress(facts={"qualified": qualified.isoformat()}), today)

    limit = two_year_limit(qualified)
    assert {own.kind for own in found} == {"year-end", *(["limit"] if limit >= today else [])}
    assert all(own.day == (limit if own.kind == "limit" else date(today.year, 12, 31)) for own in found)
    assert all(one.day <= other.day for one, other in pairwise(found))
