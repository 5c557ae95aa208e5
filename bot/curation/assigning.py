"""Writes the wording of an unanswered question into the content, where trying it out shows that nothing gets worse."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.closest import closest
from bot.content import shown
from bot.curation.edits import edit_for, write
from bot.curation.groups import MOST, group_of, match_of
from bot.curation.trial import Trial, questions_for, try_out
from bot.errors import BotError, StoreError, UsageError
from bot.personal import PLACEHOLDERS
from bot.question_rows import write_assigned
from bot.records import UnansweredReport
from bot.sources import Sources
from bot.store import Store
from bot.tables import changes_lines
from faq.edition import edition
from faq.evaluation import Question
from faq.matcher import Matcher
from faq.text import Language, clean, exact_key, language_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be assigned to which entry."""

    number: int
    """Of a question; its group goes with it."""
    entry: str | None = None
    """None for the one that was recorded."""
    text: str | None = None
    """The wording to write instead of the question's own."""


@dataclass(frozen=True, slots=True)
class Curator:
    """Where and how a curator works; `say` takes lines for them, `now` is in the time zone of the settings."""

    store: Store
    sources: Sources
    now: datetime
    say: Callable[[str], None]
    files: Sequence[Path] = ()
    """The files of questions to measure with; none for the project's."""
    force: bool = False
    """True to write although a question gets worse or the one that was asked is not answered."""


async def assign(curator: Curator, wish: Wish) -> None:
    """Write a wording into the content, and note what is answered by it.

    Raises:
        UsageError: There is no such question or entry, the wording is none to be learnt, or something would get worse.
        ContentError: The content cannot be used, or not written.
        StoreError: The database cannot be used; where it could not be written, the content is written already.
    """
    group = group_of(await curator.store.unanswered(MOST, newest=True), wish.number)
    asked = next((report for report in group if report.number == wish.number), None)
    if asked is None:
        raise UsageError(f"there is no unanswered question {wish.number}")
    entry = wish.entry or _recorded(asked, group)
    answered = await asyncio.to_thread(_written, curator, asked, group, entry, wish.text)
    await curator.store.write(lambda db: write_assigned(db, answered, entry, curator.now))


async def apply(curator: Curator) -> tuple[int, int]:
    """Assign whatever was recorded to be; return how many assignments there were and how many could not be made."""
    tried: set[int] = set()
    wishes = failed = 0
    while recorded := [
        report
        for report in await curator.store.unanswered(MOST, newest=True)
        if report.decision == "assign" and report.number not in tried
    ]:
        first = min(recorded, key=lambda report: (report.decided_at or report.last_asked, report.number))
        tried |= {report.number for report in group_of(recorded, first.number) if report.entry == first.entry}
        wishes += 1
        curator.say(f"--- {first.number} to {first.entry}: {first.question.text}")
        try:
            await assign(curator, Wish(first.number, first.entry))
        except StoreError:
            raise
        except BotError as error:
            failed += 1
            curator.say(str(error))
    return wishes, failed


def _recorded(asked: UnansweredReport, group: Iterable[UnansweredReport]) -> str:
    entries = [report.entry for report in (asked, *group) if report.decision == "assign" and report.entry]
    if not entries:
        raise UsageError(f"nothing is decided about question {asked.number} yet, so name the entry that answers it")
    return entries[0]


def _written(
    curator: Curator, asked: UnansweredReport, group: Sequence[UnansweredReport], entry: str, text: str | None
) -> list[int]:
    """Try the wording out and write it; return the numbers of the questions of the group that the entry answers now."""
    matcher = curator.sources.matcher()
    _refuse_unknown(matcher, entry)
    if edition(matcher.corpus, curator.now.date(), None).entry(entry) is None:
        raise UsageError(
            f'"{entry}" is not in force today, so nobody would get its answer; see its valid-from and valid-until'
        )
    if text is None:
        answered = [report.number for report in group if entry in match_of(matcher, report).answers]
        if asked.number in answered:
            curator.say(f'"{entry}" answers this question already, so nothing is written')
            return answered
    if entry not in [candidate.id for candidate in match_of(matcher, asked).candidates]:
        curator.say(f'note: "{entry}" is not among the entries that come nearest to this question')
    wording = _tidy(asked.question.text if text is None else text)
    questions = questions_for(curator.sources, curator.files, matcher)
    language = _learnable(matcher, wording, questions) or asked.question.language
    edit = edit_for(curator.sources, matcher.corpus, entry, language, wording, curator.now.date())
    curator.say(
        f'trying out "{wording}" ({language}) under "{entry}"; the index is built anew, which takes some seconds'
    )
    if not questions:
        curator.say("no questions to measure with: name a file of them with --questions FILE")
    trial = try_out(curator.sources, matcher, edit, questions, group, curator.now.date())
    for line in _trial_lines(trial, len(questions)):
        curator.say(line)
    if trial.errors:
        raise UsageError("nothing was written: the content would have errors")
    answered = [report.number for report, match in trial.asked if entry in match.answers]
    if against := _reasons(trial, asked, entry, answered):
        if not curator.force:
            raise UsageError(f"nothing was written: {' and '.join(against)}; --force writes all the same")
        curator.say(f"written all the same: {' and '.join(against)}")
    write(edit)
    curator.say(f"{shown(edit.path)}: the phrasing was added")
    return answered


def _refuse_unknown(matcher: Matcher, entry: str) -> None:
    if matcher.corpus.entry(entry) is None:
        near = closest(entry, [known.id for known in matcher.corpus.entries])
        raise UsageError(f'there is no entry "{entry}"' + (f"; did you mean {near}?" if near else ""))


def _tidy(text: str) -> str:
    return " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())


def _learnable(matcher: Matcher, wording: str, questions: Iterable[Question]) -> Language | None:
    """Return the language of a wording that may be learnt.

    Raises:
        UsageError: It may not.
    """
    cleaned = clean(wording)
    if any(placeholder in wording for placeholder in PLACEHOLDERS.values()):
        raise UsageError("the wording holds what stands for personal data; give one without it with --text")
    readings = matcher.read(cleaned)
    if not readings:
        raise UsageError("the wording holds no words; give another one with --text")
    if readings[0].by_sound:
        raise UsageError("the wording is typed in pinyin; give it in characters with --text")
    key = exact_key(cleaned)
    if any(exact_key(clean(question.text)) == key for question in questions):
        raise UsageError(
            "the wording is one of the questions that are measured with, which must not be learnt; give another one with --text"
        )
    return language_of(cleaned)


def _reasons(trial: Trial, asked: UnansweredReport, entry: str, answered: Sequence[int]) -> list[str]:
    """Return what speaks against writing."""
    reasons = []
    if worse := sum(shift.worse for shift in trial.shifts):
        reasons.append(f"{worse} question{' gets' if worse == 1 else 's get'} worse")
    if asked.number not in answered:
        reasons.append(f'question {asked.number} would still not be answered by "{entry}"')
    return reasons


def _trial_lines(trial: Trial, questions: int) -> Iterator[str]:
    for problem in trial.problems:
        yield str(problem)
    if trial.errors:
        return
    if questions:
        yield from changes_lines(trial.before, trial.after)
        yield f"of {questions:,} questions, something else becomes of {len(trial.shifts)}"
    for shift in sorted(trial.shifts, key=lambda shift: not shift.worse):
        right = ", ".join(shift.question.ids) or "out of scope"
        yield f"  {'worse' if shift.worse else 'better'}: {shift.before} -> {shift.after}: {shift.question.text} ({right})"
    for report, match in trial.asked:
        became = f"answered by {', '.join(match.answers)}" if match.answers else "not answered"
        yield f"{report.number} {report.question.text}: {became} now"
