"""A small file with the rules of the reminders, for the small library of flows; its pieces are replaced by tests."""

from pathlib import Path
from textwrap import dedent
from typing import Final

RULES: Final = dedent("""\
    hour: 10
    quiet: {from: 21, until: 8}
    later: [1, 3]
    dates:
      year-end:
        days: [30, 1, 0]
        texts:
          - up-to: 0
            zh: 今天就是{date}。
            en: Today is {date}.
          - up-to: 1
            zh: 明天就是{date}。
            en: Tomorrow is {date}.
          - zh: 离{date}还有{days}天。
            en: "{days|day} left to {date}."
      limit:
        days: [90]
        texts:
          - zh: 期限到{date}。
            en: Your time ends on {date}.
    waiting:
      first: 3
      every: 7
      most: 3
      zh: “{step}”从{since}等起，第{days}天。
      en: At {step} since {since}; day {days}.
    start:
      zh: 今天要{what}，才赶得上{date}。
      en: Today is the day to {what} for {date}.
    leads:
      - flow: letters
        step: wait
        days: 3
        zh: 请单位寄信
        en: ask for the letter
    """)


def rules_with(*edits: tuple[str, str]) -> str:
    """Return the small file with pieces replaced."""
    text = RULES
    for old, new in edits:
        assert old in text, f"{old!r} does not stand in the rules"
        text = text.replace(old, new, 1)
    return text


def write_rules(folder: Path, *edits: tuple[str, str], text: str | None = None) -> Path:
    """Write the small file, with pieces replaced, or another text, and return its path."""
    path = folder / "mine.yaml"
    path.write_text(rules_with(*edits) if text is None else text, encoding="utf-8")
    return path
