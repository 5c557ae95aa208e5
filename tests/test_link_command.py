"""`regbot link`: links that open the chat with the bot at an answer or a flow."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from bot.channels.telegram.intake import Said, read_message
from bot.channels.telegram.links import deep_link
from bot.errors import UsageError
from bot.settings import API, TOKEN
from faq.matcher import Matcher
from flows.definition import Library
from tests.bot_api import BotApi
from tests.flow_samples import write_flows
from tests.test_intake import message

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "link"),
    [
        pytest.param(("faq", "photo"), "https://t.me/reg_bot?start=faq_photo", id="faq"),
        pytest.param(("flow", "dates"), "https://t.me/reg_bot?start=flow_dates", id="flow"),
    ],
)
@pytest.mark.parametrize("name", ["reg_bot", "@reg_bot"])
def test_link(run: Run, folder: Path, arguments: tuple[str, str], link: str, name: str) -> None:
    flows = write_flows(folder.parent / "flows")
    result = run("link", *arguments, "--bot", name, "--entries", folder, "--flows", flows)

    assert (result.exit_code, result.output) == (0, f"{link}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("faq", "photos"), 'there is no faq "photos"; did you mean photo?', id="near"),
        pytest.param(("faq", "zebra"), 'there is no faq "zebra"', id="none"),
        pytest.param(("flow", "leters"), 'there is no flow "leters"; did you mean letters?', id="near-flow"),
        pytest.param(("flow", "photo"), 'there is no flow "photo"', id="entry-as-flow"),
        pytest.param(("faq", "photo", "--bot", "x"), '"x" is not a username on Telegram', id="short-name"),
        pytest.param(("faq", "photo", "--bot", "注册助手"), '"注册助手" is not a username on Telegram', id="bad-name"),
        pytest.param(("faq", "photo", "--bot", "a/../b"), '"a/../b" is not a username on Telegram', id="no-name"),
    ],
)
def test_no_link(run: Run, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    """What cannot be linked to is said in one sentence, with what may have been meant."""
    flows = write_flows(folder.parent / "flows")
    result = run("link", "--bot", "reg_bot", *arguments, "--entries", folder, "--flows", flows)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"regbot: {message}\n")


def test_name_is_not_asked_without_a_token(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    result = run("link", "faq", "photo", "--entries", folder)

    assert result.exit_code == 1
    assert f"{TOKEN} is not set" in result.stderr


async def test_name_is_asked_from_the_server(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --bot, the server says how the bot of the token is called; a wrong token is named as such."""
    async with BotApi() as api:
        monkeypatch.setenv(TOKEN, api.token)
        monkeypatch.setenv(API, api.url)
        good = await asyncio.to_thread(run, "link", "faq", "photo", "--entries", folder)
        monkeypatch.setenv(TOKEN, "1:wrong")
        wrong = await asyncio.to_thread(run, "link", "faq", "photo", "--entries", folder)

        assert good.output == f"https://t.me/{api.username}?start=faq_photo\n"
        assert [call.method for call in api.calls][:1] == ["getMe"]
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert "token" in wrong.stderr
    assert "1:wrong" not in wrong.stderr


def test_longest_link() -> None:
    """A link has room for 64 characters."""
    assert deep_link("reg_bot", "faq", "x" * 60).endswith("?start=faq_" + "x" * 60)
    assert deep_link("reg_bot", "") == "https://t.me/reg_bot"
    with pytest.raises(UsageError, match=r'a link has room for 64 characters, and "flow_x+" has 65$'):
        deep_link("reg_bot", "flow", "x" * 60)


def test_links_lead_where_they_say(project_matcher: Matcher, project_library: Library) -> None:
    """The link to every entry and flow of the project is understood when Telegram brings it back."""
    targets = [("faq", "entry", entry.id) for entry in project_matcher.corpus.entries]
    targets += [("flow", "flow", flow.id) for flow in project_library.flows]
    for kind, button, target in targets:
        payload = deep_link("reg_bot", kind, target).partition("?start=")[2]  # type: ignore[arg-type]

        said = read_message(message(f"/start {payload}"), "reg_bot", 99)
        assert said == Said(7, "/start", button=f"{button}:{target}")
