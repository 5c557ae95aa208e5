"""The settings, read from the environment in one place; the command line's options come first."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DATABASE: Final = "REGBOT_DATABASE"


def database_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the SQLite file: REGBOT_DATABASE, or `regbot.db` in the platform's per-user data folder."""
    if given := environment.get(DATABASE):
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("regbot", appauthor=False) / "regbot.db"
