"""The settings come from the environment, and have a default that needs none."""

from pathlib import Path

import platformdirs
import pytest

from bot.errors import UsageError
from bot.settings import (
    ADMINS,
    API,
    DATABASE,
    TOKEN,
    admins,
    database_path,
    is_web_address,
    telegram_api,
    telegram_token,
    webhook_address,
    webhook_key,
)


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


# Telegram


@pytest.mark.parametrize("given", ["123456:AAH-x_9", "  123456:AAH-x_9\n"])
def test_token(given: str) -> None:
    """The token may be surrounded by space, as files have it."""
    assert telegram_token({TOKEN: given}) == "123456:AAH-x_9"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        pytest.param({}, "is not set; put the token there", id="unset"),
        pytest.param({TOKEN: " "}, "is not set; put the token there", id="empty"),
        pytest.param({TOKEN: "AAH"}, "is not a token", id="no-number"),
        pytest.param({TOKEN: "123:AAH secret"}, "is not a token", id="space"),
        pytest.param({TOKEN: "123:密"}, "is not a token", id="letters"),
    ],
)
def test_no_token(environment: dict[str, str], message: str) -> None:
    """What is wrong with a token is said without the token."""
    with pytest.raises(UsageError, match=message) as caught:
        telegram_token(environment)

    assert "AAH secret" not in str(caught.value)
    assert "@BotFather" in str(caught.value)


@pytest.mark.parametrize(
    ("given", "api"),
    [(None, None), ("", None), (" http://127.0.0.1:8081 ", "http://127.0.0.1:8081"), ("https://api.x.cn/a", ...)],
)
def test_api(given: str | None, api: object) -> None:
    """Another server may be named; without one, Telegram's is asked."""
    assert telegram_api({API: given} if given is not None else {}) == (given if api is ... else api)


@pytest.mark.parametrize("given", ["127.0.0.1:8081", "ftp://x.cn", "http://", "http://x:99999", "http://x:0", "x"])
def test_no_api(given: str) -> None:
    """What is no address of a web server is refused."""
    assert not is_web_address(given)
    with pytest.raises(UsageError, match=r"and should be an address such as http://127\.0\.0\.1:8081$"):
        telegram_api({API: given})


@pytest.mark.parametrize(
    ("given", "ids"), [("", ()), ("7", (7,)), ("7,8", (7, 8)), (" 7, 8 9 ,", (7, 8, 9)), ("9" * 19, (10**19 - 1,))]
)
def test_admins(given: str, ids: tuple[int, ...]) -> None:
    """The operators are numbers, apart by commas or spaces."""
    assert admins({ADMINS: given}) == ids
    assert admins({}) == ()


@pytest.mark.parametrize("given", ["@ann", "7;8", "-7", "9" * 20, "７"])
def test_no_admins(given: str) -> None:
    """A name, a group or anything else is refused."""
    with pytest.raises(UsageError, match="list the numeric user ids"):
        admins({ADMINS: given})


@pytest.mark.parametrize("port", ["", ":443", ":80", ":88", ":8443"])
def test_webhook_at_telegrams_ports(port: str) -> None:
    """Telegram delivers to four ports."""
    assert webhook_address(f"https://bot.example.org{port}/x", None) == f"https://bot.example.org{port}/x"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://bot.example.org:8080/x", "to the ports 443, 80, 88 and 8443, not to 8080"),
        ("http://bot.example.org/x", "is not an address for a webhook"),
        ("bot.example.org", "is not an address for a webhook"),
        ("https://x:port/", "is not an address for a webhook"),
    ],
)
def test_no_webhook(url: str, message: str) -> None:
    """Telegram delivers neither to other ports nor to addresses without encryption."""
    with pytest.raises(UsageError, match=message):
        webhook_address(url, None)


def test_webhook_of_another_server() -> None:
    """Another server than Telegram's delivers anywhere."""
    assert webhook_address("http://127.0.0.1:5000/x", "http://127.0.0.1:8081") == "http://127.0.0.1:5000/x"


def test_webhook_key() -> None:
    """A secret is the given one, or another random one every time."""
    assert webhook_key("a_B-9") == "a_B-9"
    assert webhook_key("x" * 256) == "x" * 256
    made = {webhook_key(None) for _ in range(20)}
    assert len(made) == 20
    assert all(webhook_key(key) == key and len(key) >= 32 for key in made)


@pytest.mark.parametrize("given", ["", "x" * 257, "a b", "密", "a\n"])
def test_no_webhook_key(given: str) -> None:
    """A secret that Telegram would not take is refused, and not shown."""
    with pytest.raises(
        UsageError, match=r"^the webhook secret may have 1 to 256 characters of A-Z, a-z, 0-9, _ and -$"
    ):
        webhook_key(given)
