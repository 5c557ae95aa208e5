"""Tells systemd how the service is, by the protocol of sd_notify(3); without systemd, nothing happens."""

import os
import re
import socket
import time
from collections.abc import Mapping
from typing import Final

NOTIFY_SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG_USEC: Final = "WATCHDOG_USEC"
WATCHDOG_PID: Final = "WATCHDOG_PID"

WATCHDOG: Final = "WATCHDOG=1"
_TIMEOUT: Final = 1.0
"""Seconds to wait when systemd does not take the message at once."""


def notify(*assignments: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send assignments such as "READY=1" as one message; return whether it was sent. Nothing is raised."""
    address = environment.get(NOTIFY_SOCKET, "")
    if not address.startswith(("/", "@")):  # none, or of a kind that only virtual machines have
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(_TIMEOUT)
            sender.connect(address)
            sender.send("\n".join(assignments).encode(errors="replace"))
    except (OSError, ValueError):  # nobody listens any more; an address that is none
        return False
    return True


def ready(status: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Say that the service has started, or has read its content again."""
    return notify("READY=1", _status(status), environment=environment)


def reloading(environment: Mapping[str, str] = os.environ) -> bool:
    """Say that the service reads its content again; `ready` has to follow, also when that fails."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", environment=environment)


def stopping(status: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Say that the service is ending."""
    return notify("STOPPING=1", _status(status), environment=environment)


def watchdog(environment: Mapping[str, str] = os.environ, pid: int | None = None) -> float | None:
    """Return every how many seconds systemd is to hear WATCHDOG: half of what it waits; None when it does not wait for this process."""
    period, wanted = environment.get(WATCHDOG_USEC, ""), environment.get(WATCHDOG_PID)
    if wanted is not None and wanted != str(pid or os.getpid()):
        return None
    return int(period) / 2_000_000 if re.fullmatch("[0-9]{1,18}", period) and int(period) else None


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())
