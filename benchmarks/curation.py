"""Times the curator's and the operator's work beside plain things, in one run: `python -m benchmarks.curation`.

1. Grouping 20,000 questions that were asked in vain, beside one pass of rapidfuzz over all pairs of them. The questions are the
   project's test questions with typing errors, made with a fixed seed.
2. Turns while the content is read anew (checked and indexed by a process of its own), beside turns when nothing else happens. The
   content is a copy of the project's, changed before each reading, so that the index is built each time.
"""

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from bot.conversation import Conversation
from bot.curation.likeness import leaders
from bot.faq_files import ENTRIES
from bot.health.service import Health
from bot.messages import Incoming
from bot.questions import read_questions
from bot.reload import Reloader
from bot.sources import Sources
from bot.store import Store
from faq.text import Language, clean

QUESTIONS = 20_000
READINGS = 3
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parent.parent / "tests" / "data"


def asked() -> list[tuple[Language, str]]:
    """Return questions as people type them, many of them the same but for typing errors."""
    chance = random.Random(7)
    known = [found for name in ("development", "questions") for found in read_questions(DATA / f"{name}.jsonl")]
    made: list[tuple[Language, str]] = []
    while len(made) < QUESTIONS:
        question = chance.choice(known)
        letters = list(question.text)
        for _ in range(chance.choice((0, 1, 1, 2))):
            place = chance.randrange(len(letters))
            letters[place] = chance.choice((letters[place] * 2, "", chance.choice(letters)))
        made.append((question.language, "".join(letters)))
    return made


def all_pairs(questions: list[tuple[Language, str]]) -> None:
    """Compare all pairs of questions of a language with rapidfuzz, on one processor, in blocks that fit the memory."""
    for language in ("zh", "en"):
        texts = [clean(text) for found, text in questions if found == language]
        for start in range(0, len(texts), 512):
            process.cdist(
                texts[start : start + 512], texts, scorer=fuzz.ratio, score_cutoff=80, dtype=np.uint8, workers=1
            )


def grouping() -> None:
    """Print how long grouping takes."""
    questions = asked()
    leaders(questions[:500])  # tables that are made once
    start = time.perf_counter()
    groups = len(set(leaders(questions)))
    between = time.perf_counter()
    all_pairs(questions)
    plain = time.perf_counter() - between
    mine = between - start
    print(f"grouping {QUESTIONS:,} questions into {groups:,} groups: {mine:.2f} s")
    print(f"one pass of rapidfuzz over all pairs of them:  {plain:.2f} s, {mine / plain:.2f} of that")


async def _turns(conversation: Conversation, until: asyncio.Event | None, count: int = 0) -> list[float]:
    """Take turns, one after the other, until something has happened, or a number of them; return the milliseconds of each."""
    texts = [found.text for found in read_questions(DATA / "questions.jsonl")]
    times: list[float] = []
    while not (until.is_set() if until else len(times) >= count):
        number = len(times)
        incoming = Incoming("bench", str(number % 50), NOW + timedelta(seconds=number), text=texts[number % len(texts)])
        start = time.perf_counter()
        await conversation.turn(incoming)
        times.append(1000 * (time.perf_counter() - start))
        await asyncio.sleep(0.01)
    return times


async def reading(folder: Path) -> None:
    """Print how long turns take while the content is read anew."""
    shutil.copytree(ENTRIES, folder / "entries")
    sources = Sources(entries=folder / "entries")
    async with await Store.open(folder / "bench.db") as store:
        conversation = Conversation(sources.matcher(), store, sources.library())
        reloader = Reloader(sources, conversation, Health(store, "bench"))
        quiet = await _turns(conversation, None, 500)
        busy: list[float] = []
        took: list[float] = []
        changed = folder / "entries" / "papers" / "photo-requirements.yaml"
        for number in range(READINGS):
            with changed.open("a", encoding="utf-8") as file:
                file.write(f"# {number}\n")
            done = asyncio.Event()
            turns = asyncio.create_task(_turns(conversation, done))
            start = time.perf_counter()
            outcome = await reloader.reload()
            took.append(time.perf_counter() - start)
            assert outcome.ok, outcome.lines
            done.set()
            busy += await turns
    print(f"reading the content anew, with its index: {statistics.median(took):.1f} s (median of {READINGS})")
    for name, times in (("turns when nothing else happens", quiet), ("turns while content is read anew", busy)):
        slow = statistics.quantiles(times, n=100)[98]
        print(f"{name:34} median {statistics.median(times):6.2f} ms, 99 % {slow:7.2f} ms, of {len(times):,}")
    print(f"{'ratio of the medians':34} {statistics.median(busy) / statistics.median(quiet):.2f}")


if __name__ == "__main__":
    grouping()
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(reading(Path(made)))
