"""The settings, read from the environment in one place; the command line's options come first."""

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.errors import UsageError

DATABASE: Final = "REGBOT_DATABASE"
TIMEZONE: Final = "REGBOT_TIMEZONE"
TOKEN: Final = "REGBOT_TELEGRAM_TOKEN"  # noqa: S105 - the name of a setting
API: Final = "REGBOT_TELEGRAM_API"
WEBHOOK_SECRET: Final = "REGBOT_WEBHOOK_SECRET"  # noqa: S105 - the name of a setting
ADMINS: Final = "REGBOT_ADMINS"
REMINDERS: Final = "REGBOT_REMINDERS"
LOCAL: Final = "REGBOT_LOCAL"
KEEP_UNANSWERED: Final = "REGBOT_KEEP_UNANSWERED"
KEEP_PEOPLE: Final = "REGBOT_KEEP_PEOPLE"
_WEBHOOK_PORTS: Final = (443, 80, 88, 8443)
DEFAULT_TIMEZONE: Final = "Asia/Shanghai"


def database_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the SQLite file: REGBOT_DATABASE, or `regbot.db` in the platform's per-user data folder."""
    if given := environment.get(DATABASE):
        return Path(given)
    import platformdirs

    return platformdirs.user_data_path("regbot", appauthor=False) / "regbot.db"


def reminder_rules(given: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file with the rules of the reminders: the given one, or REGBOT_REMINDERS; None for the project's."""
    return given or (Path(named) if (named := environment.get(REMINDERS)) else None)


def local_folder(given: Path | None = None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the folder of local content: the given one, or REGBOT_LOCAL; None for no such content."""
    return given or (Path(named) if (named := environment.get(LOCAL)) else None)


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


def telegram_token(environment: Mapping[str, str] = os.environ) -> str:
    """Return REGBOT_TELEGRAM_TOKEN. It has no twin on the command line, where everybody on the machine could read it.

    Raises:
        UsageError: It is not set, or cannot be a token.
    """
    token = environment.get(TOKEN, "").strip()
    if not token:
        raise UsageError(f"{TOKEN} is not set; put the token there that @BotFather gave you")
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        raise UsageError(f"{TOKEN} is not a token; one looks like 123456789:AAH... and comes from @BotFather")
    return token


def telegram_api(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the root of the Bot API server, REGBOT_TELEGRAM_API; None for Telegram's own.

    Raises:
        UsageError: It is no address of a web server.
    """
    root = environment.get(API, "").strip()
    if root and not is_web_address(root):
        raise UsageError(f'{API} is "{root}" and should be an address such as http://127.0.0.1:8081')
    return root or None


def admins(environment: Mapping[str, str] = os.environ) -> tuple[int, ...]:
    """Return the ids on Telegram of those who run the bot, from REGBOT_ADMINS, apart by commas or spaces.

    Raises:
        UsageError: One of them is not a number.
    """
    given = environment.get(ADMINS, "").replace(",", " ").replace("，", " ").split()
    for number in given:
        if not re.fullmatch("[0-9]{1,19}", number):
            raise UsageError(f'{ADMINS} contains "{number}"; list the numeric user ids, apart by commas')
    return tuple(map(int, given))


def webhook_address(url: str, api: str | None) -> str:
    """Return the address to which updates are to be delivered; `api` is the Bot API server, None for Telegram's.

    Telegram's delivers to https on the ports 443, 80, 88 and 8443 only (Bot API, setWebhook), others also elsewhere.

    Raises:
        UsageError: It is none.
    """
    if not is_web_address(url, "https?" if api else "https"):
        raise UsageError(f'"{url}" is not an address for a webhook, such as https://bot.example.org/telegram')
    port = urlsplit(url).port or 443
    if not api and port not in _WEBHOOK_PORTS:
        raise UsageError(f"Telegram delivers to the ports 443, 80, 88 and 8443, not to {port}")
    return url


def webhook_key(given: str | None) -> str:
    """Return the secret with which Telegram proves itself: the given one, or one at random.

    Raises:
        UsageError: Telegram would not take it.
    """
    if given is not None and not re.fullmatch("[A-Za-z0-9_-]{1,256}", given):
        raise UsageError("the webhook secret may have 1 to 256 characters of A-Z, a-z, 0-9, _ and -")
    import secrets

    return given or secrets.token_urlsafe(32)


def is_web_address(text: str, scheme: str = "https?") -> bool:
    """Tell whether a text is the address of something on the web, of a scheme given as a pattern."""
    try:
        parts = urlsplit(text)
        return bool(re.fullmatch(scheme, parts.scheme) and parts.hostname and parts.port != 0)
    except ValueError:  # a port that is none
        return False


def keep_unanswered(given: str | None = None, environment: Mapping[str, str] = os.environ) -> timedelta:
    """Return how long a question without an answer is kept after it was last asked.

    It is the given number of days, that of REGBOT_KEEP_UNANSWERED, or 180.

    Raises:
        UsageError: It is no such number.
    """
    return _days("--keep-unanswered", given, KEEP_UNANSWERED, environment, 180)


def keep_people(given: str | None = None, environment: Mapping[str, str] = os.environ) -> timedelta:
    """Return how long what is known about a person is kept after their last turn.

    It is the given number of days, that of REGBOT_KEEP_PEOPLE, or 730.

    Raises:
        UsageError: It is no such number.
    """
    return _days("--keep-people", given, KEEP_PEOPLE, environment, 730)


def _days(option: str, given: str | None, name: str, environment: Mapping[str, str], default: int) -> timedelta:
    found = environment.get(name, "").strip() or str(default) if given is None else given
    if not re.fullmatch("[0-9]{1,4}", found) or not 1 <= int(found) <= 3650:
        where = name if given is None else option
        raise UsageError(f'{where} is "{found}" and should be a whole number of days from 1 to 3650')
    return timedelta(days=int(found))
