"""Chromium without a window, for tests that look at a page as a person sees it; without one they are skipped.

A test module imports the fixture `chromium`, and opens pages with `opened_page`.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

PHONE: Final[ViewportSize] = {"width": 360, "height": 740}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""The sandbox cannot be had by root; the others keep Chromium from talking to anybody."""


def program() -> str | None:
    """Return the browser: REGBOT_CHROMIUM, or one that is installed; None when there is none."""
    if given := os.environ.get("REGBOT_CHROMIUM"):
        return given
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module", name="chromium")
def chromium() -> Iterator[Browser]:
    """Yield a running browser; the test is skipped when none is installed."""
    found = program()
    if not found:
        pytest.skip("no Chromium is installed (REGBOT_CHROMIUM names one)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Seen:
    """What happened while a page was open."""

    requests: list[str] = field(default_factory=list)
    """The addresses that it asked for."""
    complaints: list[str] = field(default_factory=list)
    """What was written to the console, and errors."""


@contextmanager
def opened_page(
    browser: Browser, address: str, size: ViewportSize = PHONE, **context: Any
) -> Iterator[tuple[Page, Seen]]:
    """Open a page in a window of its own, of a phone's size unless another is given."""
    seen = Seen()
    own = browser.new_context(viewport=size, **context)
    try:
        page = own.new_page()
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", lambda message: seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.goto(address)
        yield page, seen
    finally:
        own.close()
