"""The systemd unit and its settings: systemd takes them, and the token stays out of what others can read."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bot import settings
from tests.conftest import ROOT

UNIT = ROOT / "deploy" / "regbot.service"
EXAMPLE = ROOT / "deploy" / "regbot.env.example"
PROGRAM = "/opt/regbot/.venv/bin/regbot"


def keys(file: Path) -> dict[str, list[str]]:
    """Return the values of every key in a file of KEY=value lines."""
    found: dict[str, list[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        key, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture(name="unit")
def _unit(tmp_path: Path) -> Path:
    """Return a copy of the unit whose program exists here."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    program = tmp_path / "regbot"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    assert text.count(PROGRAM) == 1
    copy.write_text(text.replace(PROGRAM, str(program)), encoding="utf-8")
    return copy


def analyze(*arguments: str | Path) -> tuple[int, str]:
    """Run systemd-analyze; return its exit status and what it printed."""
    command = ["systemd-analyze", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_the_unit(unit: Path) -> None:
    status, said = analyze("verify", "--man=no", unit)
    assert (status, [line for line in said.splitlines() if str(unit) in line or unit.name in line]) == (0, []), said


def test_unit_is_closed_to_what_it_does_not_need(unit: Path) -> None:
    status, said = analyze("security", "--offline=true", "--no-pager", "--threshold=20", unit)
    assert status == 0, said


def test_unit_runs_the_bot_for_ever_as_a_user_of_its_own() -> None:
    expected = {
        "Type": ["notify"],
        "NotifyAccess": ["main"],
        "WatchdogSec": ["180"],
        "ExecReload": ["kill -HUP $MAINPID"],
        "ExecStart": [f"{PROGRAM} telegram --log-json"],
        "DynamicUser": ["yes"],
        "StateDirectory": ["regbot"],
        "CacheDirectory": ["regbot"],
        "EnvironmentFile": ["/etc/regbot.env"],
        "Environment": ["REGBOT_DATABASE=/var/lib/regbot/regbot.db", "XDG_CACHE_HOME=/var/cache/regbot"],
        "Restart": ["on-failure"],
        "KillSignal": ["SIGTERM"],
        "TimeoutStopSec": ["60"],
        "Wants": ["network-online.target"],
        "After": ["network-online.target"],
        "WantedBy": ["multi-user.target"],
    }
    found = keys(UNIT)
    assert {key: found.get(key) for key in expected} == expected


def test_no_secret_stands_in_the_unit() -> None:
    text = UNIT.read_text(encoding="utf-8")
    for secret in (settings.TOKEN, settings.WEBHOOK_SECRET, "--webhook-secret"):
        assert secret not in text


def test_example_has_every_setting_and_no_token() -> None:
    assert keys(EXAMPLE) == {
        settings.TOKEN: [""],
        settings.ADMINS: [""],
        settings.TIMEZONE: [settings.DEFAULT_TIMEZONE],
    }
    text = EXAMPLE.read_text(encoding="utf-8")
    for optional in (settings.API, settings.WEBHOOK_SECRET):
        assert f"\n#{optional}=" in text
    assert settings.DATABASE not in text, "the unit says it, and would be overruled"
