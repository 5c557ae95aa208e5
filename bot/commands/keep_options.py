"""The options of how long what people wrote is kept."""

import functools
from collections.abc import Callable
from typing import Any

import click


def keep_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets `keep_unanswered` and `keep_people`, both as a timedelta."""

    @click.option(
        "--keep-unanswered",
        metavar="DAYS",
        help="Keep a question without an answer so long after it was last asked. Default: REGBOT_KEEP_UNANSWERED, or 180.",
    )
    @click.option(
        "--keep-people",
        metavar="DAYS",
        help="Keep what is known about a person so long after their last turn. Default: REGBOT_KEEP_PEOPLE, or 730.",
    )
    @functools.wraps(command)
    def with_times(*args: Any, keep_unanswered: str | None, keep_people: str | None, **others: Any) -> Any:
        from bot import settings

        times = {
            "keep_unanswered": settings.keep_unanswered(keep_unanswered),
            "keep_people": settings.keep_people(keep_people),
        }
        return command(*args, **times, **others)

    return with_times
