"""The command line's report: what the assistant is used for, and where people stop."""

import sys
from datetime import MAXYEAR, UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bot.commands.options import FOLDER, content_options, database_option, existing_database, timezone_option

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from bot.report.figures import Period
    from bot.report.values import Figures
    from bot.sources import Sources
    from faq.text import Language

DEFAULT_PERIOD: Final = timedelta(days=30)
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--since", type=_DAY, metavar="DATE", help="The first day. Default: 30 days before the last one.")
@click.option("--until", type=_DAY, metavar="DATE", help="The last day, inclusive. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--html", type=FOLDER, metavar="FILE", help="Write a page with plots; an earlier report may stand there.")
@click.option(
    "--language", type=click.Choice(("zh", "en")), default="zh", show_default=True, help="The language of the titles."
)
@database_option
@timezone_option
@content_options(flows=True)
def report(  # noqa: PLR0913, PLR0917 - options of a command
    sources: "Sources",
    since: datetime | None,
    until: datetime | None,
    html: Path | None,
    language: "Language",
    database: Path | None,
    timezone: str | None,
    *,
    as_json: bool,
) -> None:
    """Show what the assistant is used for: people, questions, answers, flows and where people stop in them, reminders.

    It holds counts only, and nothing that anybody wrote. The database is only read, also while the assistant runs. Where people are in
    the flows and which reminders are to come is said as of now, everything else for the days from --since to --until.

    The JSON object has since, until, timezone, made_at; people {all, new, active}; questions {answered, suggested, unanswered,
    out_of_scope, small_talk, opened}; by_day [{day, language, questions}]; entries [{id, title {zh, en}, answered, opened,
    suggested, helpful, not_helpful}]; flows [{id, title, started, finished, given_up, failed, under_way, stopped, steps [{id,
    title, side, entered, skipped, here, idle}]}]; reminders [{kind, planned, sending, sent, skipped, failed}].
    """
    from bot.report.figures import read_figures
    from bot.settings import time_zone

    now, zone = datetime.now(UTC), time_zone(timezone)
    period = _period(since, until, now, zone)
    path = existing_database(database)
    figures = read_figures(path, period, now, sources.corpus(), sources.library())
    if html:
        _write(figures, html, language)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(figures).decode())
    elif not html:
        _print(figures, language)


def _period(since: datetime | None, until: datetime | None, now: datetime, zone: "ZoneInfo") -> "Period":
    from bot.errors import UsageError
    from bot.report.figures import Period

    for name, day in (("--since", since), ("--until", until)):
        if day and not 1 < day.year < MAXYEAR:
            raise UsageError(f"{name} takes a day of a year from 2 to 9998")
    last = until.date() if until else now.astimezone(zone).date()
    first = since.date() if since else last - DEFAULT_PERIOD
    if last < first:
        raise UsageError(
            f"--since {first} lies after --until {last}" if until else f"--since {first} lies in the future"
        )
    return Period(first, last, zone)


def _write(figures: "Figures", file: Path, language: "Language") -> None:
    from bot.report.files import write_page
    from bot.report.page import page
    from bot.report.words import Words

    write_page(file, page(figures, Words(language)))
    click.echo(f"{file} written", err=True)


def _print(figures: "Figures", language: "Language") -> None:
    from bot.report.tables import print_tables, tables
    from bot.report.words import Words

    words = Words(language)
    made = words("made-at", moment=f"{figures.made_at:%Y-%m-%d %H:%M}", zone=figures.timezone)
    heading = f"{words('title')}  {words('period', since=figures.since, until=figures.until)}  {made}"
    print_tables(tables(figures, words), heading, piped=not sys.stdout.isatty())
