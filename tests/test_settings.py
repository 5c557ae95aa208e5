"""The settings come from the environment, and have a default that needs none."""

from pathlib import Path

import platformdirs
import pytest

from bot.settings import DATABASE, database_path


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param("/data/people.db", Path("/data/people.db"), id="absolute"),
        pytest.param("people.db", Path("people.db"), id="relative"),
        pytest.param("数据 库.db", Path("数据 库.db"), id="any-name"),
    ],
)
def test_database_given(value: str, path: Path) -> None:
    """The database is the file that REGBOT_DATABASE names."""
    assert database_path({DATABASE: value}) == path


@pytest.mark.parametrize("environment", [{}, {DATABASE: ""}], ids=["unset", "empty"])
def test_database_by_default(environment: dict[str, str]) -> None:
    """Without a name, or with an empty one, the database lies in the platform's per-user data folder."""
    assert database_path(environment) == platformdirs.user_data_path("regbot", appauthor=False) / "regbot.db"


def test_database_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is read when it is asked, not when the program starts."""
    monkeypatch.setenv(DATABASE, "later.db")

    assert database_path() == Path("later.db")
