"""The page of a report in a real browser: on a phone, on a desk, in the dark; and that it asks nobody for anything."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from bot.report.page import MARK, page
from bot.report.values import EntryFigures, Figures, FlowFigures, Kind, StepFigures
from bot.report.words import Words
from tests.browser import DESK, PHONE, chromium, opened_page
from tests.report_samples import many_figures

__all__ = ["chromium"]
LONG = "一个特别长的标题" * 6 + "AndAWordWithoutAnyBreak" * 6


def step(name: str, entered: int, skipped: int = 0, **title: str) -> StepFigures:
    return StepFigures(name, title, False, entered, skipped, entered // 10, entered // 20)


@pytest.fixture(scope="module", name="figures")
def _figures() -> Figures:
    """Return figures with long titles, marks of HTML in them, and numbers of many digits."""
    steps = (
        step("first", 800, zh="一", en="One"),
        step("second", 200, 400, zh=LONG, en=LONG),
        step("third", 100),
        StepFigures("by-the-way", {}, True, 40, 0, 1, 0),
        StepFigures("never-taken", {}, True, 0, 0, 0, 0),
    )
    flow = FlowFigures(
        id="letters", title={"zh": "<b>信</b>", "en": "<script>alert(1)</script>"}, started=800, finished=100, given_up=3,
        failed=1, under_way=40, stopped=1_234_567, steps=steps,
    )  # fmt: skip
    bad = EntryFigures(
        id="bad", title={"zh": LONG, "en": LONG}, answered=7, opened=0, suggested=0, helpful=1, not_helpful=3
    )
    good = EntryFigures(id="good", title={}, answered=1_000_000, opened=5, suggested=9, helpful=40, not_helpful=10)
    reminders = (Kind("limit", 1_000_000, 2, 30, 4, 5), Kind("a-kind-of-its-own", 1, 2, 3, 4, 5))
    return replace(many_figures(31), entries=(good, bad), flows=(flow,), reminders=reminders)


@pytest.fixture(scope="module", name="files")
def _files(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the addresses of the page in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    for language in ("zh", "en"):
        (folder / f"{language}.html").write_text(page(figures, Words(language)), encoding="utf-8")
    return {file.stem: file.as_uri() for file in folder.iterdir()}


def boxes(shown: Page, selector: str) -> list[Any]:
    """Return x, y, width and height of what a selector finds."""
    script = "all => all.map(one => { const r = one.getBoundingClientRect(); return [r.x, r.y, r.width, r.height] })"
    found: list[Any] = shown.eval_on_selector_all(selector, script)
    return found


def widths(shown: Page, selector: str) -> list[float]:
    return [box[2] for box in boxes(shown, selector)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_page_fits_the_window_and_asks_for_nothing(
    size: ViewportSize, language: str, chromium: Browser, files: dict[str, str]
) -> None:
    with opened_page(chromium, files[language], size) as (shown, seen):
        shown.click("summary")  # the numbers of the days
        assert shown.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for x, _, width, _ in boxes(shown, "main *"):
            assert x >= 0
            assert x + width <= size["width"] + 0.5
        assert seen.requests == [files[language]]
        assert seen.complaints == []


def test_no_number_is_broken_and_each_has_its_name(chromium: Browser, files: dict[str, str]) -> None:
    """On a phone, where a table's row becomes a block."""
    lines = """all => all.map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return [one.textContent, new Set([...range.getClientRects()].map(box => Math.round(box.y))).size];
    })"""
    with opened_page(chromium, files["zh"]) as (shown, _):
        found = shown.eval_on_selector_all(".table td, .rows b, .tiles dd", lines)
        assert [text for text, count in found if count != 1] == []
        assert len(found) > 30
        names = shown.eval_on_selector_all(
            ".table td", "all => all.map(one => getComputedStyle(one, '::before').content)"
        )
        assert '"停在半路"' in names
        assert "none" not in names


def test_bars_of_a_funnel_are_as_long_as_people_are_many(chromium: Browser, files: dict[str, str]) -> None:
    with opened_page(chromium, files["zh"]) as (shown, _):
        (whole,) = {round(width, 1) for width in widths(shown, ".funnel .track")}
        shares = [width / whole for width in widths(shown, ".funnel .good")]
        assert shares == pytest.approx([1, 0.25, 0.125, 0.05], abs=0.005)
        assert widths(shown, ".funnel .light")[0] / whole == pytest.approx(0.5, abs=0.005)
        assert "never-taken" not in shown.inner_text(".funnel")
        assert "800 人" in shown.inner_text(".funnel")
        assert "400 人跳过，20 人现在停在这里，其中 10 人 14 天没动" in re.sub(r"\s", " ", shown.inner_text(".funnel"))


def test_bars_of_opinions_share_the_width(chromium: Browser, files: dict[str, str]) -> None:
    worst = "[aria-labelledby=worst] .rows"
    with opened_page(chromium, files["en"]) as (shown, _):
        whole = widths(shown, f"{worst} .track")[0]
        assert [width / whole for width in widths(shown, f"{worst} .good")] == pytest.approx([0.25, 0.8], abs=0.005)
        assert [width / whole for width in widths(shown, f"{worst} .bad")] == pytest.approx([0.75, 0.2], abs=0.005)
        assert "1 said that it helps, 3 that it does not" in shown.inner_text(worst)


def test_days_are_stacked_as_high_as_questions_are_many(
    chromium: Browser, figures: Figures, files: dict[str, str]
) -> None:
    with opened_page(chromium, files["zh"]) as (shown, _):
        whole = boxes(shown, ".days")[0]
        for kind, place in (("good", "answered"), ("middle", "suggested"), ("bad", "unanswered")):
            counts = [getattr(day.questions, place) for day in figures.by_day]
            heights = [box[3] / (whole[3] - 1) for box in boxes(shown, f".days .{kind}")]  # without the line below
            most = max(day.questions.asked for day in figures.by_day)
            assert heights == pytest.approx([count / most for count in counts if count], abs=0.01)
        lefts = [box[0] for box in boxes(shown, ".days .good")]
        assert len({round(right - left) for left, right in pairwise(lefts)}) <= 2, "the days are equally far apart"


def test_every_plot_has_its_numbers_as_text(chromium: Browser, figures: Figures, files: dict[str, str]) -> None:
    with opened_page(chromium, files["en"]) as (shown, _):
        assert shown.get_attribute(".days", "role") == "img"
        assert str(figures.questions.asked) in (shown.get_attribute(".days", "aria-label") or "")
        assert not shown.is_visible("details table")
        shown.focus("summary")
        shown.keyboard.press("Enter")
        rows = shown.locator("details tbody tr").all_inner_texts()
        assert len(rows) == 31
        assert rows[-1].split() == ["11-22", *map(str, (31, 10, 6))]


def test_numbers_are_printed_without_a_click(chromium: Browser, files: dict[str, str]) -> None:
    with opened_page(chromium, files["en"]) as (shown, _):
        shown.emulate_media(media="print")
        assert shown.is_visible("details tbody tr:last-child td:last-child")


CONTRAST = """
() => {
  const light = colour => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const against = colour => {
    const [low, high] = [light(colour), paper].sort((a, b) => a - b);
    return (high + .05) / (low + .05);
  };
  const texts = [...document.querySelectorAll('body, body *:not(svg):not(rect)')];
  const before = [...document.querySelectorAll('.table td')].map(one => getComputedStyle(one, '::before').color);
  const bars = [...document.querySelectorAll('.good, .middle, .bad')];
  return {
    paper: paper,
    text: Math.min(...texts.map(one => against(getComputedStyle(one).color)), ...before.map(against)),
    bars: Math.min(...bars.map(one => against(getComputedStyle(one).fill))),
  };
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_stands_out_from_the_paper(scheme: str, chromium: Browser, files: dict[str, str]) -> None:
    """As WCAG 2.2 (AA) wants it: 4.5 for text, 3 for what a plot consists of."""
    with opened_page(chromium, files["zh"], color_scheme=scheme) as (shown, _):
        found = shown.evaluate(CONTRAST)
        assert found["text"] >= 4.5
        assert found["bars"] >= 3
        assert (found["paper"] < 0.05) == (scheme == "dark")


def test_page_is_white_on_paper_whatever_the_screen(chromium: Browser, files: dict[str, str]) -> None:
    with opened_page(chromium, files["zh"], color_scheme="dark") as (shown, _):
        shown.emulate_media(media="print", color_scheme="dark")
        assert shown.evaluate(CONTRAST)["paper"] == 1
        assert shown.evaluate(CONTRAST)["text"] >= 4.5


def test_screen_readers_find_language_headings_and_tables(chromium: Browser, files: dict[str, str]) -> None:
    for language, spoken in (("zh", "zh-Hans"), ("en", "en")):
        with opened_page(chromium, files[language]) as (shown, _):
            assert shown.get_attribute("html", "lang") == spoken
            levels = shown.eval_on_selector_all("h1, h2, h3", "all => all.map(one => Number(one.tagName[1]))")
            assert levels[0] == 1
            assert levels.count(1) == 1
            assert all(after <= before + 1 for before, after in pairwise(levels))
            assert shown.get_by_role("table").count() >= 3
            assert shown.get_by_role("columnheader").count() >= 10, "also where a row is shown as a block"


def test_titles_are_text_and_never_markup(figures: Figures) -> None:
    text = page(figures, Words("en"))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert text.startswith(MARK)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_names_no_other_address(language: Any, figures: Figures) -> None:
    text = page(figures, Words(language))
    assert re.findall(r"(?:https?:)?//[\w.]+|@import|url\(", text) == []
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,"]
    assert "default-src 'none'" in text


def test_template_is_beside_the_module() -> None:
    """The wheel holds every file of the package."""
    from bot.report import page as module

    assert Path(module.__file__).with_name("page.html.j2").is_file()
