"""Reads `reminders.yaml` strictly, and checks it against the flows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, get_args

from bot.content import Field, Problems, read_yaml, shown
from bot.errors import ContentError
from bot.reminders.rules import DateRule, Lead, Rules, Texts, WaitingRule, Wording
from faq.text import LANGUAGES
from flows.definition import Library
from flows.own_dates import Kind

RULES: Final = Path(__file__).with_name("reminders.yaml")
MAX_TEXT: Final[Mapping[str, int]] = {"zh": 160, "en": 420}
"""Characters of one text: a reminder is read on a phone's lock screen."""
MAX_LEAD: Final[Mapping[str, int]] = {"zh": 24, "en": 80}
MAX_DAYS: Final = 365
_BLANK: Final = re.compile(r"\{([^{}|]*)(?:\|[^{}]*)?\}")


class _Reader:
    def __init__(self, library: Library | None) -> None:
        self._library = library

    def rules(self, root: Field) -> Rules:
        fields = root.mapping(("hour", "quiet", "later", "dates", "waiting", "start", "leads"))
        usual = Rules()
        night = _night(fields["quiet"]) if "quiet" in fields else None
        hour = _number(fields, "hour", 0, 23)
        if night and hour is not None and not night[1] <= hour < night[0]:
            fields["hour"].problem(f"{hour}:00 is in the quiet hours, from {night[0]}:00 until {night[1]}:00")
        later = _days(fields.get("later"), least=1)
        if "later" in fields and fields["later"].is_list() and not fields["later"].items():
            fields["later"].problem("is empty")
        start, end = night or (usual.quiet_from, usual.quiet_until)
        return Rules(
            hour=usual.hour if hour is None else hour,
            quiet_from=start,
            quiet_until=end,
            later=later,
            dates=self._dates(fields.get("dates")),
            waiting=self._waiting(fields.get("waiting")),
            start=_texts(fields["start"], ("what", "date")) if "start" in fields else {},
            leads=tuple(self._leads(fields.get("leads"))),
        )

    def _dates(self, at: Field | None) -> dict[str, DateRule]:
        found: dict[str, DateRule] = {}
        for kind, value in at.mapping(get_args(Kind)).items() if at else ():
            fields = value.mapping(("days", "texts"))
            wordings = tuple(_wordings(fields["texts"])) if "texts" in fields else ()
            found[kind] = DateRule(_days(fields.get("days"), least=0), wordings)
        return found

    def _waiting(self, at: Field | None) -> WaitingRule | None:
        if at is None:
            return None
        fields = at.mapping(("first", "every", "most", *LANGUAGES))
        first, every, most = (_number(fields, name, 1, MAX_DAYS) or 1 for name in ("first", "every", "most"))
        return WaitingRule(first, every, most, _in_languages(fields, ("step", "since", "days")))

    def _leads(self, at: Field | None) -> Iterator[Lead]:
        seen: set[tuple[str, str]] = set()
        for item in at.items() if at else ():
            fields = item.mapping(("flow", "step", "days", *LANGUAGES))
            flow, step = (fields[name].text() if name in fields else "" for name in ("flow", "step"))
            if flow and step and (flow, step) in seen:
                item.problem(f'"{step}" of "{flow}" stands here twice')
            seen.add((flow, step))
            if flow and step:
                self._check_step(fields, flow, step)
            days = _number(fields, "days", 1, MAX_DAYS) or 1
            yield Lead(flow, step, days, _in_languages(fields, (), MAX_LEAD))

    def _check_step(self, fields: Mapping[str, Field], flow_id: str, step_id: str) -> None:
        if self._library is None:
            return
        flow = self._library.flow(flow_id)
        step = flow.step(step_id) if flow else None
        if flow is None:
            fields["flow"].problem(f'there is no flow "{flow_id}"')
        elif step is None:
            fields["step"].problem(f'there is no step "{step_id}" in the flow "{flow_id}"')
        elif step.kind != "waiting":
            fields["step"].problem(f'"{step_id}" is no waiting step, so nobody waits there')


def _number(fields: Mapping[str, Field], name: str, least: int, most: int) -> int | None:
    return fields[name].number(least, most) if name in fields else None


def _night(at: Field) -> tuple[int, int] | None:
    """Return the hours at which quiet begins in the evening and ends in the morning."""
    fields = at.mapping(("from", "until"))
    start, end = (_number(fields, name, 0, 24) for name in ("from", "until"))
    if start is None or end is None:
        return None
    if not 0 < end < start < 24:
        at.problem('expected a night: "from" in the evening (21), "until" in the morning (8)')
        return None
    return start, end


def _days(at: Field | None, least: int) -> tuple[int, ...]:
    """Return a list of numbers of days, each one once."""
    found: list[int] = []
    for item in at.items() if at else ():
        days = item.number(least, MAX_DAYS)
        if days in found:
            item.problem(f"{days} stands here twice")
        elif days is not None:
            found.append(days)
    return tuple(found)


def _wordings(at: Field) -> Iterator[Wording]:
    """Yield the texts of a date: the limits rise, and the last text has none."""
    items = at.items()
    if not items:
        at.problem("is empty")
    before = -1
    for item in items:
        fields = item.mapping(LANGUAGES, ("up-to",))
        up_to = _number(fields, "up-to", 0, MAX_DAYS)
        if ("up-to" in fields) == (item is items[-1]):
            item.problem('every text but the last has "up-to"')
        if up_to is not None and up_to <= before:
            fields["up-to"].problem("the limits have to rise from text to text")
        before = before if up_to is None else up_to
        yield Wording(up_to, _in_languages(fields, ("date", "days")))


def _texts(at: Field, blanks: Sequence[str]) -> Texts:
    return _in_languages(at.mapping(LANGUAGES), blanks)


def _in_languages(fields: Mapping[str, Field], blanks: Sequence[str], most: Mapping[str, int] = MAX_TEXT) -> Texts:
    texts = {}
    for language in LANGUAGES:
        if language in fields:
            texts[language] = text = fields[language].text(most[language])
            for name in _BLANK.findall(text):
                if name not in blanks:
                    known = ", ".join(blanks) or "none"
                    fields[language].problem(f'there is no blank "{{{name}}}" here; known: {known}')
    return texts


def read_rules(path: Path, problems: Problems, library: Library | None = None) -> Rules:
    """Read the rules; what is wrong is noted in `problems`, also steps that the library, if it is given, does not have."""
    root = read_yaml(path, shown(path), problems)
    return _Reader(library).rules(root) if root else Rules()


@cache
def rules_of(path: Path | None = None) -> Rules:
    """Return the rules of a file, by default the project's, as they were when they were first asked for.

    Raises:
        ContentError: It has problems; the error names the first one and `regbot check`.
    """
    return load_rules(path)


def load_rules(path: Path | None = None) -> Rules:
    """Return the rules of a file as they are now, by default the project's.

    Raises:
        ContentError: It has problems; the error names the first one and `regbot check`.
    """
    problems = Problems()
    rules = read_rules(path or RULES, problems)
    if errors := problems.errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ContentError(f"the reminders cannot be used: {errors[0]}{more}; `regbot check` lists all problems")
    return rules
