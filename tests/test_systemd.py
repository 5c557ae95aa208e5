"""What systemd is told: real messages to a real socket, and none when nobody listens."""

import os
import time

import pytest

from bot.health import systemd
from tests.notify_socket import listening


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_message_arrives(abstract: bool) -> None:
    with listening(abstract=abstract) as listener:
        assert systemd.notify("READY=1", "STATUS=fine", environment=listener.environment)
        assert listener.received() == [["READY=1", "STATUS=fine"]]


@pytest.mark.parametrize(
    "environment",
    [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "relative"}, {"NOTIFY_SOCKET": "vsock:2:1234"}],
    ids=["none", "empty", "relative", "vsock"],
)
def test_nothing_happens_without_systemd(environment: dict[str, str]) -> None:
    assert not systemd.notify("READY=1", environment=environment)


@pytest.mark.parametrize("address", ["/nowhere/notify", "/" + "x" * 200, "@regbot-nobody", "/a\0b"])
def test_address_where_nobody_listens_is_no_error(address: str) -> None:
    assert not systemd.notify("READY=1", environment={"NOTIFY_SOCKET": address})


def test_listener_that_takes_nothing_does_not_stop_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "_TIMEOUT", 0.01)
    with listening() as listener:
        sent = 0
        while sent < 100_000 and systemd.notify("X=1", environment=listener.environment):
            sent += 1
        assert sent < 100_000
        assert len(listener.received()) == sent


def test_states() -> None:
    with listening() as listener:
        before = time.monotonic_ns() // 1000
        assert systemd.ready("one\nREADY=0", listener.environment)
        assert systemd.reloading(listener.environment)
        assert systemd.stopping("two", listener.environment)
        after = time.monotonic_ns() // 1000
        ready, (reloading, moment), stopping = listener.received()
    assert ready == ["READY=1", "STATUS=one READY=0"], "a status is one line"
    assert reloading == "RELOADING=1"
    assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) <= after
    assert stopping == ["STOPPING=1", "STATUS=two"]


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "180000000"}, 90.0),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "7"}, 90.0),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "180000000", "WATCHDOG_PID": ""}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_PID": "7"}, None),
    ],
)
def test_watchdog_is_fed_twice_in_its_period_by_the_process_that_is_meant(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert systemd.watchdog(environment, 7) == seconds


def test_this_process_is_meant_by_its_own_number() -> None:
    environment = {"WATCHDOG_USEC": "2000000", "WATCHDOG_PID": str(os.getpid())}
    assert systemd.watchdog(environment) == 1.0
