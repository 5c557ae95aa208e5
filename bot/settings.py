"""The settings, read from the environment in one place; the command line's options come first."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError

DATABASE: Final = "REGBOT_DATABASE"
TIMEZONE: Final = "REGBOT_TIMEZONE"
DEFAULT_TIMEZONE: Final = "Asia/Shanghai"


def database_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the SQLite file: REGBOT_DATABASE, or `regbot.db` in the platform's per-user data folder."""
    if given := environment.get(DATABASE):
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("regbot", appauthor=False) / "regbot.db"


def time_zone(given: str | None = None, environment: Mapping[str, str] = os.environ) -> ZoneInfo:
    """Return the time zone of people's dates: the given one, REGBOT_TIMEZONE, or that of China.

    Raises:
        UsageError: There is no such time zone in the IANA database.
    """
    name = given or environment.get(TIMEZONE) or DEFAULT_TIMEZONE
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):  # a folder, a name with "..", an unknown name
        raise UsageError(
            f'there is no time zone "{name}"; name one as in the IANA database, such as Asia/Urumqi'
        ) from None
