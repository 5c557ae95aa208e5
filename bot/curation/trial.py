"""Tries a change of the content out on a copy: is it sound, and what becomes of all questions and of the one that was asked?"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from bot.checks import check_content
from bot.content import Problem, shown
from bot.curation.edits import Edit
from bot.curation.groups import match_of
from bot.faq_files import ENTRIES, content_files
from bot.flow_files import LIBRARY
from bot.questions import read_questions
from bot.records import UnansweredReport
from bot.sources import Sources
from faq.evaluation import Outcome, Question, Row, is_worse, level, summarise
from faq.matcher import Match, Matcher

DATA: Final = Path(__file__).resolve().parents[2] / "tests" / "data"
"""Where the project's questions lie in a checkout."""
DEFAULT_QUESTIONS: Final = ("questions.jsonl", "development.jsonl")


@dataclass(frozen=True, slots=True)
class Shift:
    """A question of which something else becomes."""

    question: Question
    before: str
    after: str
    worse: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a change out."""

    problems: tuple[Problem, ...] = ()
    """What `regbot check` finds that it did not find before."""
    before: tuple[Row, ...] = ()
    after: tuple[Row, ...] = ()
    shifts: tuple[Shift, ...] = ()
    asked: tuple[tuple[UnansweredReport, Match], ...] = ()
    """The questions of the group, with what becomes of them."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The new problems that would keep the content from being used."""
        return tuple(problem for problem in self.problems if problem.level == "error")


def questions_for(sources: Sources, files: Sequence[Path], matcher: Matcher) -> list[Question]:
    """Return the questions to measure with: those in the files, by default the project's for the project's content.

    Raises:
        UsageError: A file cannot be read, or names an entry that there is not.
    """
    own = sources.entries is None or sources.entries.resolve() == ENTRIES
    default = [DATA / name for name in DEFAULT_QUESTIONS if own and (DATA / name).is_file()]
    known = frozenset(entry.id for entry in matcher.corpus.entries)
    return [question for file in files or default for question in read_questions(file, known)]


def try_out(  # noqa: PLR0913, PLR0917 - with what, what, on what, when
    sources: Sources,
    matcher: Matcher,
    edit: Edit,
    questions: Sequence[Question],
    group: Sequence[UnansweredReport],
    today: date,
) -> Trial:
    """Make a change in a copy of the content and return what comes of it; `matcher` is that of the content as it is.

    The index of the copy is the one that the changed content will have, so that building it once is enough.

    Raises:
        ContentError: The content cannot be used as it is.
    """
    with _changed_copy(sources, edit) as copy:
        problems = _problems(copy, today)
        if problems:
            known = {(found.place, found.what) for found in _problems(sources, today)}
            problems = [found for found in problems if (found.place, found.what) not in known]
        shown_problems = tuple(replace(found, file=_original(found.file, copy, sources)) for found in problems)
        if any(found.level == "error" for found in problems):
            return Trial(shown_problems)
        changed = copy.matcher()
    before, after = ([Outcome(one, tried.match(one.text)) for one in questions] for tried in (matcher, changed))
    shifts = tuple(
        Shift(old.question, level(old), level(new), is_worse(new, old))
        for old, new in zip(before, after, strict=True)
        if level(old) != level(new)
    )
    asked = tuple((report, match_of(changed, report)) for report in group)
    return Trial(shown_problems, tuple(summarise(before)), tuple(summarise(after)), shifts, asked)


@contextmanager
def _changed_copy(sources: Sources, edit: Edit) -> Iterator[Sources]:
    with tempfile.TemporaryDirectory(prefix="regbot-") as made:
        copy = Path(made).resolve() / edit.folder.resolve().name
        copy.mkdir()
        for path in content_files(edit.folder):
            place = copy / path.relative_to(edit.folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        (copy / edit.name).parent.mkdir(parents=True, exist_ok=True)
        (copy / edit.name).write_bytes(edit.after)
        local = sources.local is not None and edit.folder == sources.local
        yield replace(sources, local=copy) if local else replace(sources, entries=copy)


def _problems(sources: Sources, today: date) -> list[Problem]:
    found = check_content(
        sources.entries or ENTRIES, today, sources.flows or LIBRARY, sources.reminders, local=sources.local
    )
    return found.in_order()


def _original(file: str, copy: Sources, sources: Sources) -> str:
    """Return the name of a file as it is in the content, not in the copy."""
    for copied, real in ((copy.local, sources.local), (copy.entries, sources.entries or ENTRIES)):
        if copied and real and copied != real and file.startswith(copied.as_posix()):
            return shown(real / Path(file).relative_to(copied))
    return file
