"""Days, and tables of typed texts, for the tests of what is typed."""

from datetime import date
from typing import Any

import pytest

TODAY = date(2026, 11, 25)
EARLIEST = date(1999, 1, 1)
"""No date before the first exam is taken."""


def cases(table: str) -> list[Any]:
    """Return the lines of a table "text -> expected" as parameters with ids."""
    pairs = [line.rsplit(" -> ", 1) for line in table.strip().splitlines()]
    return [pytest.param(text.strip(), expected.strip(), id=text.strip()) for text, expected in pairs]
