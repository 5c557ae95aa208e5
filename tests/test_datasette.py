"""The database in the real Datasette, as deploy/datasette.yaml shows it: counts for everybody, nothing about anybody."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
import yaml
from datasette.app import Datasette  # type: ignore[import-untyped]

from bot.keeping.backup import backup
from tests.conftest import ROOT
from tests.report_samples import NUMBER, SECRET, write_database
from tests.store_helpers import opened

FILE: Final = ROOT / "deploy" / "datasette.yaml"
METADATA: Final[Mapping[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SHOWN: Final = METADATA["databases"]["regbot"]
OPEN: Final = [name for name, table in SHOWN["tables"].items() if table["allow"]]
CLOSED: Final = [name for name, table in SHOWN["tables"].items() if not table["allow"]]
ENOUGH: Final = {"since": "", "flow": "letters"}
"""Values for what the queries ask for."""
PERSON: Final = re.compile(rf"\b{NUMBER // 10}[0-9]\b")
"""The number of somebody."""


@pytest.fixture(scope="module", name="copy")
def _copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup of the sample under the name that the file asks for."""
    folder = tmp_path_factory.mktemp("copy")
    backup(write_database(folder / "live.db"), folder / "regbot.db")
    return folder / "regbot.db"


def served(file: Path, *, immutable: bool = False) -> Datasette:
    files = {"immutables": [str(file)], "files": []} if immutable else {"files": [str(file)]}
    return Datasette(**files, metadata=METADATA, settings={"allow_download": False, "num_sql_threads": 0})


def close(site: Datasette) -> None:
    for database in site.databases.values():
        for connection in database._all_file_connections:
            connection.close()


@pytest.fixture(scope="module", name="site")
def _site(copy: Path) -> Iterator[Datasette]:
    site = served(copy)
    yield site
    close(site)


async def rows(site: Datasette, path: str, **values: str) -> list[dict[str, Any]]:
    """Return the rows of a view or a query."""
    query = urlencode({"_shape": "array"} | values)
    response = await site.client.get(f"/regbot/{path}.json?{query}")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()
    return found


def test_every_table_and_view_is_mentioned(copy: Path) -> None:
    """Who adds one decides here whether it is shown: what is not mentioned would be."""
    with opened(copy) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}
        views = set(db.view_names())
    assert names == set(SHOWN["tables"])
    assert set(OPEN) == views | {"usage"}
    assert all(SHOWN["tables"][name]["hidden"] for name in CLOSED)


async def test_views_give_the_right_numbers(site: Datasette) -> None:
    by_day = await rows(site, "questions_by_day", day="2026-11-01")
    assert by_day == [
        {"day": "2026-11-01", "language": "zh", "answered": 6, "suggested": 2, "unanswered": 2, "out_of_scope": 1}
        | {"small_talk": 0, "opened": 0}
    ]
    opinions = {row["entry"]: row for row in await rows(site, "entry_opinions")}
    assert opinions["photo"] == {
        "entry": "photo", "opinions": 3, "helpful": 2, "not_helpful": 1, "helpful_percent": 67,
    }  # fmt: skip
    funnel = {row["step"]: row["people_entered"] for row in await rows(site, "flow_funnel", flow="letters")}
    assert funnel == {
        "ask": 5, "role": 1, "wait": 3, "papers": 1, "finished": 1, "trouble": 1, "given-up": 1, "old-step": 1,
    }  # fmt: skip
    skipped = {(row["flow"], row["step"]) for row in await rows(site, "flow_funnel") if row["people_skipped"]}
    assert skipped == {("letters", "role")}
    stops = {(row["flow"], row["step"]): row["people"] for row in await rows(site, "flow_stops")}
    assert stops == {("letters", "ask"): 2, ("letters", "wait"): 1, ("dates", "lost-step"): 1}
    states = {(row["kind"], row["state"]): row["reminders"] for row in await rows(site, "reminder_states")}
    assert states == {
        ("year-end", "pending"): 1, ("year-end", "sent"): 2, ("waiting", "skipped"): 1, ("waiting", "failed"): 1,
        ("later", "sending"): 1,
    }  # fmt: skip
    assert {row["utc_day"]: row["new_people"] for row in await rows(site, "people_by_day")} == {
        "2026-09-01": 1, "2026-10-02": 1, "2026-10-31": 2, "2026-11-10": 1, "2026-11-11": 1,
    }  # fmt: skip


async def test_who_has_not_moved_for_14_days_is_counted_by_the_clock(copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "regbot.db"
    shutil.copy(copy, file)
    changed = "json_set(run, '$.changed', strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', ?))"
    with opened(file) as db, db.conn:
        for person, before in ((1, "-14 days"), (2, "-13 days"), (5, "-15 days")):
            sql = f"UPDATE runs SET run = {changed} WHERE person = ? AND json_valid(run)"
            db.execute(sql, (before, NUMBER + person))
    site = served(file)
    stops = {row["step"]: row for row in await rows(site, "flow_stops", flow="letters")}
    close(site)
    assert {step: (row["people"], row["not_moved_for_14_days"]) for step, row in stops.items()} == {
        "ask": (2, 1),
        "wait": (1, 1),
    }


async def test_queries_give_the_right_numbers(site: Datasette) -> None:
    found = {name: await rows(site, name, **ENOUGH) for name in SHOWN["queries"]}
    first = {name: list(answer[0].values()) for name, answer in found.items()}
    stopped = first.pop("stopped_half_way")  # depends on the day on which one looks
    assert stopped[:2] == ["letters", "ask"]
    assert first == {
        "questions_by_month": ["2026-11", 115, 110, 2, 3, 1, 96],
        "best_known_entries": ["photo", 209],
        "worst_entries": ["form", 3, 0, 0],
        "out_of_scope_subjects": ["exam-scores", 1],
        "funnel_of_a_flow": ["ask", 5, 0, 2, found["funnel_of_a_flow"][0]["not_moved_for_14_days"]],
        "reminders_by_state": ["later", 0, 0, 0, 0],
        "new_people_by_month": ["2026-11", 2],
    }
    assert (await rows(site, "best_known_entries", since="2026-11-23")) == [{"entry": "photo", "shown": 100}]


async def test_pages_of_views_and_queries_open_and_have_titles_in_both_languages(site: Datasette) -> None:
    response = await site.client.get("/regbot")
    assert response.status_code == 200
    for name, one in (SHOWN["tables"] | SHOWN["queries"]).items():
        assert (f'/regbot/{name}"' in response.text) == (name not in CLOSED), name
        if name not in CLOSED:
            chinese, separator, english = one["title"].partition(" / ")
            assert (separator, english.isascii(), chinese.isascii()) == (" / ", True, False)
            page = await site.client.get(f"/regbot/{name}?{urlencode(ENOUGH)}")
            assert page.status_code == 200
            assert chinese in page.text
            assert SECRET not in page.text


REACHED: Final = (
    "/regbot/{}",
    "/regbot/{}.json",
    "/regbot/{}.csv?_stream=1",
    "/regbot/{}/1",
    "/regbot/{}?_facet=rowid",
)


async def test_what_is_personal_is_refused_whatever_the_way(site: Datasette) -> None:
    sql = quote("SELECT text AS secret FROM unanswered")
    ways = [way.format(table) for table in CLOSED for way in REACHED]
    ways += [
        f"/regbot?sql={sql}",
        f"/regbot.json?sql={sql}",
        f"/regbot.csv?sql={sql}",
        f"/regbot.json?sql={sql}&_shape=array",
    ]
    ways += [f"/regbot/{name}.json?_where=1%3D1" for name in OPEN]
    ways += ["/regbot.db", "/_internal", "/_internal/tables.json", "/", "/.json"]
    for way in ways:
        response = await site.client.get(way)
        expected = (403, 404) if way.endswith("/1") else (403,)  # not every table has a row of that name
        assert response.status_code in expected, (way, response.status_code)
        assert SECRET not in response.text, way


async def test_file_is_not_given_away_where_datasette_would(copy: Path) -> None:
    """A database that is served as one that never changes can be downloaded, unless that is switched off."""
    site = served(copy, immutable=True)
    assert [(await site.client.get(way)).status_code for way in ("/regbot.db", "/regbot", "/regbot/people")] == [
        403,
        200,
        403,
    ]
    close(site)


async def test_nothing_personal_is_in_any_row_that_is_open(site: Datasette) -> None:
    for name in [*OPEN, *SHOWN["queries"]]:
        found = await rows(site, name, **({} if name in OPEN else ENOUGH), _size="max")
        assert found, name
        assert (SECRET in str(found), PERSON.findall(str(found))) == (False, []), name


async def test_nothing_personal_comes_by_way_of_what_is_open(site: Datasette) -> None:
    through = quote(json.dumps({"table": "unanswered_by", "column": "person", "value": "1"}))
    ways = [f"/regbot/{name}.json?_through={through}" for name in OPEN[:2]]
    ways += [f"/regbot/{name}.json?_search=x&_fts_table=unanswered" for name in OPEN[:2]]
    ways += [f"/regbot/{name}.json?sql={quote('SELECT * FROM people')}" for name in SHOWN["queries"]]
    ways += ["/-/databases.json", "/-/metadata.json", "/-/settings.json", "/regbot.json", "/regbot.json?_show_hidden=1"]
    for way in ways:
        response = await site.client.get(way)
        assert (SECRET in response.text, PERSON.findall(response.text)) == (False, []), way


async def test_copy_of_another_name_is_closed(copy: Path, tmp_path: Path) -> None:
    file = tmp_path / "2026-11-25.db"
    shutil.copy(copy, file)
    site = served(file)
    for way in (
        "/",
        "/2026-11-25",
        "/2026-11-25/people.json",
        "/2026-11-25.json?sql=SELECT+1",
        "/2026-11-25/usage.json",
    ):
        assert (await site.client.get(way)).status_code == 403, way
    close(site)


def test_file_says_how_to_start_it_on_this_machine_only() -> None:
    head = FILE.read_text(encoding="utf-8").partition("title:")[0]
    assert "regbot backup ~/figures/regbot.db" in head
    assert "--metadata deploy/datasette.yaml --host 127.0.0.1" in head
    assert "--setting allow_download off" in head
