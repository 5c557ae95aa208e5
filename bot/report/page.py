"""A report as one page of HTML that needs nothing else: no script, no picture, no request."""

from typing import Final

from bot.report import tables
from bot.report.buckets import Series, series
from bot.report.values import Figures, FlowFigures, StepFigures, named
from bot.report.words import Words

MARK: Final = "<!DOCTYPE html>\n<!-- made by regbot report -->\n"
"""How every page begins, so that a report is known as one."""
BARS: Final = 10
"""So many entries have a bar."""


def page(figures: Figures, words: Words) -> str:
    """Return the page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bot.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": words,
        "named": lambda one: named(one.title, one.id, words.language),
        "note": lambda step: _note(step, words),
    }
    environment.filters |= {"share": tables.share_text, "number": "{:,}".format, "thousands": _thousands}
    found = series(figures)
    body = environment.get_template("page.html.j2").render(
        language={"zh": "zh-Hans", "en": "en"}[words.language],
        figures=figures,
        series=found,
        labels=_labels(found),
        languages=tables.questions_table(figures, words),
        best_known=figures.best_known[:BARS],
        worst=figures.worst[:BARS],
        flow_table=tables.flows_table(figures, words),
        flows=[(flow, _widest(flow)) for flow in figures.flows if tables.came_by(flow)],
        reminders=tables.reminders_table(figures, words),
    )
    return MARK + body


def _labels(found: Series) -> list[str]:
    """Return what the buckets are called, shortly."""
    form = "%Y-%m" if found.span == "month" else "%m-%d"
    years = len({bucket.begin.year for bucket in found.buckets})
    if found.span != "month" and years > 1:
        form = "%Y-%m-%d"
    return [f"{bucket.begin:{form}}" for bucket in found.buckets]


def _widest(flow: FlowFigures) -> int:
    """Return how many people the longest bar of a funnel stands for."""
    return max((step.entered + step.skipped for step in flow.steps), default=0) or 1


def _note(step: StepFigures, words: Words) -> str:
    """Return what is said below a step's bar: who passed it over, who is there now."""
    parts = [("n-skipped", step.skipped), ("n-here", step.here), ("n-idle", step.idle)]
    return words("comma").join(words(key, count=f"{count:,}") for key, count in parts if count)


def _thousands(cell: str) -> str:
    """Return a cell of a table, a long number in groups of three digits."""
    return f"{int(cell):,}" if cell.isdecimal() else cell
