"""What the service counts for Prometheus, and the local port where that is read. No label holds what anybody wrote."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, start_http_server

from bot.errors import UsageError

OUTCOMES: Final = ("answered", "suggested", "unanswered", "small-talk", "guide", "other")
"""What can come of a turn."""
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STATES: Final = ("pending", "sending", "sent", "skipped", "failed")
"""The states of reminders."""


class Metrics:
    """The figures of one process on one channel."""

    def __init__(self, channel: str) -> None:
        self.registry: Final = CollectorRegistry()
        """Theirs alone, which `serve_metrics` shows."""
        one = self.registry
        self._channel = channel
        self._turns = Counter("regbot_turns", "Turns by what came of them.", ("channel", "outcome"), registry=one)
        for outcome in OUTCOMES:
            self._turns.labels(channel, outcome)  # shown from the start, as 0
        self._seconds = Histogram("regbot_turn_seconds", "How long a turn took.", registry=one, buckets=SECONDS)
        self._updates = Counter("regbot_updates", "Updates that were dealt with.", registry=one)
        self._errors = Counter("regbot_errors", "Errors in the log.", registry=one)
        self._warnings = Counter("regbot_warnings", "Warnings in the log.", registry=one)
        self._reminders = Gauge("regbot_reminders", "Reminders by state, on all channels.", ("state",), registry=one)
        self._people = Gauge("regbot_people", "People who are remembered, on all channels.", registry=one)
        self._last = Gauge("regbot_last_update_timestamp_seconds", "When the last update was dealt with.", registry=one)
        self._reachable = Gauge("regbot_channel_reachable", "1 while the channel gives updates, else 0.", registry=one)
        self._reachable.set(1)
        self._start = Gauge("regbot_start_time_seconds", "When the service was started.", registry=one)
        self._content = Info("regbot_content", "The content in force.", registry=one)
        self._reloads = Counter("regbot_reloads", "How often the content was read again.", ("result",), registry=one)
        for result in ("ok", "refused"):
            self._reloads.labels(result)

    def turn(self, outcome: str, seconds: float) -> None:
        """Count a turn with what came of it, one of OUTCOMES, and how long it took."""
        self._turns.labels(self._channel, outcome if outcome in OUTCOMES else "other").inc()
        self._seconds.observe(seconds)

    def update(self, now: datetime) -> None:
        """Count an update that was dealt with."""
        self._updates.inc()
        self._last.set(now.timestamp())

    def reachable(self, *, yes: bool) -> None:
        """Note whether the channel can be reached."""
        self._reachable.set(yes)

    def logged(self, level: int) -> None:
        """Count a line of the log by its level."""
        if level >= logging.ERROR:
            self._errors.inc()
        elif level >= logging.WARNING:
            self._warnings.inc()

    def stored(self, people: int, reminders: Mapping[str, int]) -> None:
        """Note how many people there are, and how many reminders in each state."""
        self._people.set(people)
        for state in STATES:
            self._reminders.labels(state).set(reminders.get(state, 0))

    def started(self, now: datetime, content: str) -> None:
        """Note when the service was started, and with which content."""
        self._start.set(now.timestamp())
        self._content.info({"version": content})

    def reloaded(self, content: str, *, ok: bool) -> None:
        """Count that the content was read again; when it was not `ok`, the one before stays in force."""
        self._reloads.labels("ok" if ok else "refused").inc()
        if ok:
            self._content.info({"version": content})


@contextmanager
def serve_metrics(metrics: Metrics, port: int, address: str = "127.0.0.1") -> Iterator[int]:
    """Show the metrics at http://address:port/metrics until the end of the block; yields the port (0 takes any).

    Raises:
        UsageError: The port is taken, or the address is none of this machine's.
    """
    try:
        server, thread = start_http_server(port, address, metrics.registry)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise UsageError(f"metrics cannot be shown on {address}:{port}: {reason}") from None
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
