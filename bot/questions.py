"""Reads files of test questions (JSON Lines), as `regbot eval` and the benchmarks take them."""

from pathlib import Path
from typing import Any

import msgspec

from bot.errors import UsageError
from faq.evaluation import IN_SCOPE, OUT_OF_SCOPE, Question
from faq.text import LANGUAGES


def read_questions(path: Path, known: frozenset[str] | None = None) -> list[Question]:
    """Read questions, one JSON object a line: `q`, `lang` (zh, en), `ids` (none when out of scope), `kind`.

    `known` holds the ids that may occur.

    Raises:
        UsageError: the file cannot be read, or a line is not such an object; the sentence says which.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    questions = [_question(line, f"{path}:{number}", known) for number, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise UsageError(f"{path}: holds no questions")
    return questions


def _question(line: str, where: str, known: frozenset[str] | None) -> Question:
    try:
        data: Any = msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise UsageError(f"{where}: is not JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("q"), str):
        raise UsageError(f'{where}: expected an object with "q", "lang", "ids" and "kind"')
    language, ids, kind = data.get("lang"), data.get("ids"), data.get("kind")
    if language not in LANGUAGES:
        raise UsageError(f'{where}: "lang" is "{language}", expected one of {", ".join(LANGUAGES)}')
    if not isinstance(ids, list) or not all(isinstance(entry, str) for entry in ids):
        raise UsageError(f'{where}: "ids" is not a list of entry ids')
    if not isinstance(kind, str) or kind not in (IN_SCOPE if ids else OUT_OF_SCOPE):
        raise UsageError(f'{where}: "kind" is "{kind}", expected one of {", ".join(IN_SCOPE if ids else OUT_OF_SCOPE)}')
    if known is not None and (strange := [entry for entry in ids if entry not in known]):
        raise UsageError(f'{where}: there is no entry "{strange[0]}"')
    return Question(data["q"], language, tuple(ids), kind)
