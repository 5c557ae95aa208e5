"""Metrics: read over HTTP as Prometheus does, and parsed with its own parser."""

import http.client
import logging
import socket
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import UsageError
from bot.health.metrics import OUTCOMES, Metrics, serve_metrics

NOW = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)


def scrape(port: int) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the samples by name, each by the values of its labels."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/metrics")
        response = connection.getresponse()
        assert response.status == 200
        text = response.read().decode()
    finally:
        connection.close()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_what_is_counted_is_shown() -> None:
    metrics = Metrics("telegram")
    metrics.started(NOW, "aaaa")
    metrics.turn("answered", 0.002)
    metrics.turn("answered", 3.0)
    metrics.turn("guide", 20.0)
    metrics.update(NOW)
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.ERROR, logging.CRITICAL):
        metrics.logged(level)
    metrics.stored(7, {"pending": 3, "sent": 2})
    metrics.reloaded("bbbb", ok=True)
    metrics.reloaded("cccc", ok=False)
    with serve_metrics(metrics, 0) as port:
        found = scrape(port)

    turns = {("telegram", outcome): 0.0 for outcome in OUTCOMES}
    assert found["regbot_turns_total"] == turns | {("telegram", "answered"): 2.0, ("telegram", "guide"): 1.0}
    buckets = {edge: times for (edge,), times in found["regbot_turn_seconds_bucket"].items()}
    assert (buckets["0.001"], buckets["0.0025"], buckets["10.0"], buckets["+Inf"]) == (0, 1, 2, 3)
    assert found["regbot_turn_seconds_sum"] == {(): 23.002}
    assert found["regbot_updates_total"] == {(): 1.0}
    assert found["regbot_last_update_timestamp_seconds"] == {(): NOW.timestamp()}
    assert found["regbot_start_time_seconds"] == {(): NOW.timestamp()}
    assert found["regbot_errors_total"] == {(): 3.0}
    assert found["regbot_warnings_total"] == {(): 1.0}
    states = {"pending": 3.0, "sending": 0.0, "sent": 2.0, "skipped": 0.0, "failed": 0.0}
    assert found["regbot_reminders"] == {(state,): count for state, count in states.items()}
    assert found["regbot_people"] == {(): 7.0}
    assert found["regbot_content_info"] == {("bbbb",): 1.0}, "only the content in force"
    assert found["regbot_reloads_total"] == {("ok",): 1.0, ("refused",): 1.0}


def test_labels_hold_only_known_words() -> None:
    metrics = Metrics("telegram")
    metrics.turn("what somebody wrote", 0.1)
    with serve_metrics(metrics, 0) as port:
        found = scrape(port)["regbot_turns_total"]
    assert found["telegram", "other"] == 1.0
    assert len(found) == len(OUTCOMES)


def test_two_services_in_one_process_count_apart() -> None:
    first, second = Metrics("telegram"), Metrics("telegram")
    first.update(NOW)
    with serve_metrics(first, 0) as one, serve_metrics(second, 0) as other:
        assert scrape(one)["regbot_updates_total"] == {(): 1.0}
        assert scrape(other)["regbot_updates_total"] == {(): 0.0}


def test_port_is_open_to_this_machine_only_and_closed_in_the_end() -> None:
    with serve_metrics(Metrics("telegram"), 0) as port, socket.create_server(("127.0.0.2", port)):
        pass  # not taken, as it would be if all addresses were listened to
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as caught, serve_metrics(Metrics("telegram"), port):
            pass
    assert str(caught.value) == f"metrics cannot be shown on 127.0.0.1:{port}: Address already in use"


def test_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(UsageError) as caught, serve_metrics(Metrics("telegram"), 9100, "192.0.2.1"):
        pass
    assert str(caught.value) == "metrics cannot be shown on 192.0.2.1:9100: Cannot assign requested address"
