"""The questions without an answer as curators see them: groups of alike ones, with what the present content makes of them."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, Literal

from bot.curation.likeness import leaders
from bot.personal import without_placeholders
from bot.question_rows import write_decision
from bot.records import Decision, UnansweredReport
from bot.store import Store
from faq.matcher import Match, Matcher
from faq.text import Language

MOST: Final = 20_000
"""So many questions are looked at, those asked most lately: grouping them takes some seconds and 20 MB."""
MATCHED: Final = 2_000
"""So many of them are matched anew unless all are wanted: each takes about a millisecond."""
DEFAULT_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are the same but for their writing."""

    number: int
    """The number of the earliest of them; any of `numbers` names the group."""
    numbers: tuple[int, ...]
    language: Language
    wordings: tuple[str, ...]
    """The masked texts, that of `number` first, then those asked most often."""
    times: int
    people: int
    """By how many different people it was asked."""
    waiting: int
    """How many of them want to hear the answer."""
    last_asked: datetime
    nearest: tuple[tuple[str, float], ...] = ()
    """The entries that come nearest in the present content, with their probability."""
    decision: Decision | None = None
    entry: str | None = None
    """The entry that the group is assigned to, or is to be."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The groups without an answer, and what was left out of them."""

    groups: tuple[Group, ...]
    """Those asked most lately first."""
    answered: int = 0
    """So many questions are answered by the present content."""
    more: int = 0
    """So many groups come behind those."""
    left: int = 0
    """So many questions were not looked at any more."""


async def listing(  # noqa: PLR0913 - from where, with what, how much
    store: Store,
    matcher: Matcher,
    limit: int | None = DEFAULT_LIMIT,
    *,
    without: Collection[str] = (),
    everything: bool = False,
    undecided: bool = False,
    look: int = MATCHED,
) -> Listing:
    """Return the groups that wait for a curator and what was left out.

    `limit` is how many groups are wanted, None all of them; at least `look` questions are looked at to count what is left out. With
    `everything`, what was dismissed and what is assigned come, too; with `undecided`, only that of which nobody has decided anything.
    `without` holds the ids of entries that are not given at present.
    """
    reports = await store.unanswered(MOST, newest=True)
    wanted = [report for report in reports if everything or _kind(report) != "dismiss"]
    groups = await asyncio.to_thread(lambda: sorted(_groups(wanted), key=_last, reverse=True))
    if undecided:
        groups = [members for members in groups if not any(report.decision == "assign" for report in members)]
    looked = partial(_listing, groups, matcher, frozenset(without), everything=everything)
    return await asyncio.to_thread(looked, limit=limit, look=look)


async def decide(  # noqa: PLR0913, PLR0917 - whose, what, when
    store: Store,
    matcher: Matcher,
    number: int,
    decision: Literal["assign", "dismiss"] | None,
    entry: str | None,
    now: datetime,
) -> bool:
    """Record what is to become of a group, or with None that nothing is decided; `number` is that of any of its questions.

    Returns False when there is no such question, or no such entry to assign it to.
    """
    if decision == "assign" and (entry is None or matcher.corpus.entry(entry) is None):
        return False
    numbers = await numbers_of_group(store, number)
    return await store.write(lambda db: write_decision(db, numbers, decision, entry, now))


async def dismiss(store: Store, number: int, now: datetime, *, undo: bool = False) -> int:
    """Take a group off the list, or put it back, and return how many questions that were; 0 when there is no such group."""
    reports = await store.unanswered(MOST, newest=True)
    group = await asyncio.to_thread(group_of, reports, number)
    numbers = [report.number for report in group if (report.decision == "dismiss") == undo]
    decision: Literal["dismiss"] | None = None if undo else "dismiss"
    done = await store.write(lambda db: write_decision(db, numbers, decision, None, now))
    return len(numbers) if done else 0


async def numbers_of_group(store: Store, number: int) -> tuple[int, ...]:
    """Return the numbers of the questions in the group of a question, the earliest first; empty when there is none."""
    reports = await store.unanswered(MOST, newest=True)
    return tuple(report.number for report in await asyncio.to_thread(group_of, reports, number))


def group_of(reports: Iterable[UnansweredReport], number: int) -> list[UnansweredReport]:
    """Return the questions in the group of a question, the earliest first; empty when there is none."""
    for members in _groups(reports):
        if any(member.number == number for member in members):
            return members
    return []


def match_of(matcher: Matcher, report: UnansweredReport, without: Collection[str] = ()) -> Match:
    """Return what the present content makes of a question, as if it were asked again."""
    return matcher.match(without_placeholders(report.question.text), without=without)


def _groups(reports: Iterable[UnansweredReport]) -> Iterator[list[UnansweredReport]]:
    """Yield groups of alike questions; those dismissed and those assigned are kept apart from the open ones."""
    kinds: dict[str, list[UnansweredReport]] = {}
    for report in sorted(reports, key=lambda report: report.number):
        kinds.setdefault(_kind(report), []).append(report)
    for found in kinds.values():
        members: dict[int, list[UnansweredReport]] = {}
        texts = [(report.question.language, without_placeholders(report.question.text)) for report in found]
        for report, leader in zip(found, leaders(texts), strict=True):
            members.setdefault(leader, []).append(report)
        yield from members.values()


def _kind(report: UnansweredReport) -> str:
    return report.decision if report.decision in ("assigned", "dismiss") else "open"


def _listing(  # noqa: PLR0913 - as `listing`
    groups: Sequence[Sequence[UnansweredReport]],
    matcher: Matcher,
    without: frozenset[str],
    *,
    everything: bool,
    limit: int | None,
    look: int,
) -> Listing:
    found: list[Group] = []
    answered = looked = more = 0
    for members in groups:
        if limit is not None and len(found) >= limit and looked >= look:
            break
        looked += len(members)
        still = members
        matches = {report.number: match_of(matcher, report, without) for report in members}
        kind = _kind(members[0])
        if kind == "open" or (kind == "assigned" and not everything):  # what was assigned may have been taken out again
            still = [report for report in members if matches[report.number].verdict != "answer"]
            answered += len(members) - len(still) if kind == "open" else 0
        if still and (limit is None or len(found) < limit):
            found.append(_group(still, matches[still[0].number]))
        elif still:
            more += 1
    return Listing(tuple(found), answered, more, sum(map(len, groups)) - looked)


def _last(members: Iterable[UnansweredReport]) -> datetime:
    return max(report.last_asked for report in members)


def _group(members: Sequence[UnansweredReport], match: Match) -> Group:
    first, *others = members
    others.sort(key=lambda report: -report.times_asked)
    decided = [report for report in members if report.decision]
    latest = max(decided, key=lambda report: report.decided_at or report.last_asked, default=None)
    return Group(
        number=first.number,
        numbers=tuple(report.number for report in members),
        language=first.question.language,
        wordings=tuple(report.question.text for report in (first, *others)),
        times=sum(report.times_asked for report in members),
        people=len(frozenset[int]().union(*(report.people for report in members))),
        waiting=len(frozenset[int]().union(*(report.waiting for report in members))),
        last_asked=_last(members),
        nearest=tuple((candidate.id, candidate.score) for candidate in match.candidates),
        decision=latest.decision if latest else None,
        entry=latest.entry if latest else None,
    )
