"""The figures of a report: what is counted, in which time, and what is never read."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.content import Problems
from bot.errors import StoreError
from bot.faq_files import load_corpus
from bot.migrations import migrate, migrations
from bot.report.buckets import series
from bot.report.figures import Period, read_figures
from bot.report.page import page
from bot.report.tables import tables
from bot.report.values import Day, EntryFigures, Figures, Kind, People, Questions
from bot.report.words import Words
from faq.corpus import Corpus
from flows.definition import Library
from tests.conftest import SMALL, write_files
from tests.report_samples import NOW, NUMBER, PERIOD, SECRET, ZONE, write_database
from tests.store_helpers import opened

Read = Callable[..., Figures]


@pytest.fixture(scope="module", name="corpus")
def _corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return load_corpus(write_files(tmp_path_factory.mktemp("entries"), SMALL), Problems())


@pytest.fixture(scope="module", name="sample")
def _sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_database(tmp_path_factory.mktemp("sample") / "regbot.db")


@pytest.fixture(scope="module", name="read")
def _read(corpus: Corpus, small_library: Library, sample: Path) -> Read:
    def read(path: Path = sample, period: Period = PERIOD) -> Figures:
        return read_figures(path, period, NOW, corpus, small_library)

    return read


@pytest.fixture(scope="module", name="figures")
def _figures(read: Read) -> Figures:
    return read()


def test_people_are_counted_by_days_of_the_time_zone(figures: Figures) -> None:
    assert figures.people == People(all=6, new=3, active=5)


def test_people_of_an_earlier_time_leave_out_who_came_later(read: Read) -> None:
    assert read(period=replace(PERIOD, until=date(2026, 11, 10))).people == People(all=5, new=2, active=4)


def test_questions_are_counted_by_what_became_of_them(figures: Figures) -> None:
    assert figures.questions == Questions(
        answered=10, suggested=2, unanswered=3, out_of_scope=1, small_talk=4, opened=2
    )
    assert figures.questions.asked == 15


def test_questions_are_counted_by_day_and_language(figures: Figures) -> None:
    assert figures.by_day == (
        Day(date(2026, 11, 1), "zh", Questions(answered=6, suggested=2, unanswered=2, out_of_scope=1)),
        Day(date(2026, 11, 5), "en", Questions(answered=4, opened=2)),
        Day(date(2026, 11, 22), "zh", Questions(small_talk=4)),
        Day(date(2026, 11, 22), "en", Questions(unanswered=1)),
    )
    assert {name: found.asked for name, found in figures.by_language.items()} == {"zh": 10, "en": 5}


def test_entries_that_are_shown_most_come_first(figures: Figures) -> None:
    assert [(entry.id, entry.answered, entry.opened, entry.suggested) for entry in figures.best_known] == [
        ("photo", 9, 0, 0),
        ("form", 0, 2, 2),
        ("gone-entry", 1, 0, 0),
    ]


def test_entries_that_surely_help_least_come_first(figures: Figures) -> None:
    assert [(entry.id, entry.helpful, entry.not_helpful) for entry in figures.worst] == [
        ("form", 0, 3),
        ("gone-entry", 0, 1),
        ("photo", 2, 1),
        ("opening", 1, 0),
    ]


@pytest.mark.parametrize(
    ("better", "worse"),
    [((0, 1), (60, 40)), ((60, 40), (1, 9)), ((5, 0), (0, 1)), ((999, 1), (0, 2))],
    ids=["one-of-one", "of-a-hundred", "none-bad", "one-of-many"],
)
def test_opinions_of_many_weigh_more(better: tuple[int, int], worse: tuple[int, int]) -> None:
    def entry(helpful: int, not_helpful: int) -> EntryFigures:
        counts = {"answered": 0, "opened": 0, "suggested": 0}
        return EntryFigures(id="x", title={}, helpful=helpful, not_helpful=not_helpful, **counts)

    assert entry(*better).surely_bad < entry(*worse).surely_bad


def test_flows_are_counted_in_people(figures: Figures) -> None:
    found = {
        flow.id: (flow.started, flow.finished, flow.given_up, flow.failed, flow.under_way, flow.stopped)
        for flow in figures.flows
    }
    assert list(found) == ["letters", "dates", "gone-flow"], "as in the menu, what is gone last"
    assert found == {"letters": (4, 1, 1, 0, 1, 2), "dates": (0, 0, 0, 0, 1, 0), "gone-flow": (1, 0, 0, 1, 0, 0)}


def test_funnel_counts_different_people_in_the_order_of_the_flow(figures: Figures) -> None:
    letters = figures.flows[0]
    assert [(step.id, step.entered, step.skipped, step.here, step.idle) for step in letters.steps] == [
        ("ask", 4, 0, 2, 2),
        ("trouble", 1, 0, 0, 0),
        ("role", 1, 1, 0, 0),
        ("wait", 3, 0, 1, 0),
        ("papers", 1, 0, 0, 0),
        ("finished", 1, 0, 0, 0),
        ("given-up", 1, 0, 0, 0),
        ("old-step", 1, 0, 0, 0),
    ]
    assert [step.id for step in letters.steps if step.side] == ["trouble", "given-up"]


def test_reminders_to_come_are_of_now_and_others_of_the_period(figures: Figures) -> None:
    assert figures.reminders == (
        Kind("later", planned=0, sending=1, sent=0, skipped=0, failed=0),
        Kind("waiting", planned=0, sending=0, sent=0, skipped=1, failed=1),
        Kind("year-end", planned=1, sending=0, sent=1, skipped=0, failed=0),
    )


def test_what_is_no_longer_in_the_content_is_shown_by_its_id(figures: Figures) -> None:
    shown = "\n".join("\t".join(row) for table in tables(figures, Words("en")) for row in (table.header, *table.rows))
    for lost in ("gone-entry", "gone-flow", "old-step", "lost-step"):
        assert lost in shown
    assert "How many photos do I bring?" in shown
    assert "Wait for a letter" in shown
    assert "photo\t" not in shown


def test_no_personal_text_and_nobodys_number_is_in_a_report(figures: Figures, sample: Path) -> None:
    with closing(sqlite3.connect(sample)) as db:
        assert sum(SECRET in line for line in db.iterdump()) > len(PERSONAL), "the sample is marked"
        for table, columns in PERSONAL.items():
            for column in columns:
                assert db.execute(f"SELECT 1 FROM {table} WHERE {column} LIKE '%SECRET%'").fetchone(), (table, column)
    texts = [msgspec.json.encode(figures).decode(), page(figures, Words("zh")), page(figures, Words("en"))]
    texts += ["\n".join(map(str, tables(figures, Words("zh"))))]
    for text in texts:
        assert SECRET not in text
        assert str(NUMBER)[:-1] not in text


PERSONAL = {
    "facts": ("name", "value"),
    "feedback": ("language",),
    "handled": ("channel", "update_id", "at"),
    "people": ("channel", "channel_id", "language", "chosen_language", "unreachable_since"),
    "reminder_settings": ("zone", "off", "later", "planned_with"),
    "reminders": ("day", "due_at"),
    "runs": ("run",),
    "steps": ("detail",),
    "turns": ("state",),
    "unanswered": ("text", "language", "matches", "first_asked", "last_asked", "entry"),
}
"""Everything that a report has no use for."""


def test_empty_database_gives_an_empty_report(read: Read, database: Path) -> None:
    with opened(database) as db:
        migrate(db, "x.db")
    figures = read(database)
    assert (figures.people, figures.questions, figures.by_day) == (People(0, 0, 0), Questions(), ())
    assert (figures.entries, figures.reminders) == ((), ())
    assert {flow.id: flow.started for flow in figures.flows} == {"letters": 0, "dates": 0}
    for language in ("zh", "en"):
        assert "<rect" not in page(figures, Words(language)).partition("</h2>")[2].partition("</section>")[0]
        assert [table.title for table in tables(figures, Words(language))]


def test_all_figures_are_of_one_moment(
    read: Read, sample: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process commits while the figures are read is in none of them."""
    from bot.report import figures as module

    database.write_bytes(sample.read_bytes())
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE usage SET times = times")  # so that there is a log
        before = read(database)
        first = module._people

        def people_then_a_change(db: sqlite3.Connection, period: Period) -> People:
            found = first(db, period)
            other.execute("DELETE FROM usage")
            other.execute("DELETE FROM steps")
            return found

        monkeypatch.setattr(module, "_people", people_then_a_change)
        assert read(database) == before
        monkeypatch.undo()
        assert read(database).questions == Questions()


def test_reading_leaves_nothing_behind_and_changes_nothing(read: Read, sample: Path) -> None:
    before = {file.name: file.read_bytes() for file in sample.parent.iterdir()}
    read(sample)
    assert {file.name: file.read_bytes() for file in sample.parent.iterdir()} == before


def older(path: Path) -> None:
    with opened(path) as db:
        migrations.apply(db, stop_before="m015_create_views")


def newer(path: Path) -> None:
    with opened(path) as db:
        migrate(db, "x.db")
        db.table("_sqlite_migrations").insert({"migration_set": "regbot", "name": "m099_x", "applied_at": "2030"})


def foreign(path: Path) -> None:
    with opened(path) as db:
        db.table("people").insert({"name": "somebody else's"})


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (older, "was written by an older version; start the assistant once to bring it up to date"),
        (newer, "was written by a newer version; upgrade the assistant"),
        (foreign, "is not one of the assistant's"),
        (lambda path: path.write_text("no database at all, but long enough"), "is not an SQLite file"),
        (lambda path: path.mkdir(), "is a folder"),
    ],
    ids=["older", "newer", "foreign", "text", "folder"],
)
def test_other_files_are_refused_in_one_sentence(
    make: Callable[[Path], Any], reason: str, read: Read, database: Path
) -> None:
    make(database)
    with pytest.raises(StoreError) as caught:
        read(database)
    assert str(caught.value) == f"the database {database} {reason}"


# Days, weeks and months


def many(days: int, figures: Figures) -> Figures:
    """Return figures with a question on every day of so many up to the last one."""
    since = figures.until - timedelta(days=days - 1)
    by_day = tuple(Day(since + timedelta(days=day), "zh", Questions(answered=1)) for day in range(days))
    return replace(figures, since=since, by_day=by_day)


@pytest.mark.parametrize(
    ("days", "span", "buckets"),
    [(1, "day", 1), (62, "day", 62), (63, "week", 9), (371, "week", 53), (372, "month", 13)],
)
def test_long_times_are_gathered_into_weeks_and_months(days: int, span: str, buckets: int, figures: Figures) -> None:
    found = series(many(days, figures))
    assert (found.span, len(found.buckets)) == (span, buckets)
    assert sum(bucket.questions.answered for bucket in found.buckets) == days


def test_days_without_a_question_have_their_place(figures: Figures) -> None:
    found = series(figures)
    assert [bucket.begin.day for bucket in found.buckets] == list(range(1, 23))
    assert [bucket.questions.asked for bucket in found.buckets if bucket.questions.asked] == [10, 4, 1]
    assert found.most == 10


def test_years_before_the_first_question_and_after_today_are_left_out(figures: Figures) -> None:
    found = series(replace(figures, since=date(2, 1, 1), until=date(9998, 12, 31)))
    assert [bucket.begin for bucket in found.buckets] == [date(2026, 11, day) for day in range(1, 23)]


def test_json_has_the_documented_shape(figures: Figures) -> None:
    found = msgspec.json.decode(msgspec.json.encode(figures))
    assert list(found) == [
        "since", "until", "timezone", "made_at", "people", "questions", "by_day", "entries", "flows", "reminders",
    ]  # fmt: skip
    assert (found["since"], found["until"], found["timezone"]) == ("2026-11-01", "2026-11-22", str(ZONE))
    assert found["made_at"] == "2026-11-22T16:30:00+08:00"
    assert found["questions"] == asdict(figures.questions)
    assert found["by_day"][1] == {
        "day": "2026-11-05",
        "language": "en",
        "questions": asdict(figures.by_day[1].questions),
    }
    assert found["entries"][0] == {
        "id": "photo", "title": {"zh": "要带几张照片？", "en": "How many photos do I bring?"},
        "answered": 9, "opened": 0, "suggested": 0, "helpful": 2, "not_helpful": 1,
    }  # fmt: skip
    flow = found["flows"][0]
    assert list(flow) == [
        "id", "title", "started", "finished", "given_up", "failed", "under_way", "stopped", "steps",
    ]  # fmt: skip
    assert flow["steps"][1] == {
        "id": "trouble", "title": {"zh": "单位不肯", "en": "They refuse"},
        "side": True, "entered": 1, "skipped": 0, "here": 0, "idle": 0,
    }  # fmt: skip
    assert list(found["reminders"][0]) == ["kind", "planned", "sending", "sent", "skipped", "failed"]
