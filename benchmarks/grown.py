"""Times the matcher on corpora grown to 10,000 entries (150,000 phrasings): `python -m benchmarks.grown`.

The grown corpus is generated: every further entry takes phrasings of a real one and replaces some words by made-up ones, so that
the vocabulary grows with the corpus as it would in life. Questions are those of tests/data. Beside each size, the time
of one plain rapidfuzz WRatio pass over the same phrasings, on a few questions, in the same run.
"""

import random
import statistics
import time
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.index_cache import load_gates, load_matcher
from bot.questions import read_questions
from faq.corpus import Block, Corpus, Entry, EntryText
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, is_han, tokens

SIZES = (500, 2_000, 10_000)
PHRASINGS = 15
"""Phrasings of a grown entry, 8 in Chinese and 7 in English."""
REPLACED = 0.4
"""The share of words that are replaced by made-up ones."""
PLAIN_QUESTIONS = 20


def _varied(text: str, random_: random.Random) -> str:
    made = []
    for token in tokens(text):
        if random_.random() > REPLACED:
            made.append(token)
        elif is_han(token):
            made.append(chr(random_.randint(0x4E00, 0x8FFF)))
        else:
            made.append("".join(random_.choices("abcdefghilmnoprstuvw", k=max(3, len(token)))))
    return "".join(made) if any(map(is_han, made)) else " ".join(made)


def grow(corpus: Corpus, size: int) -> Corpus:
    """Return the corpus with generated entries up to a number of entries."""
    random_ = random.Random(size)
    entries = list(corpus.entries)
    counts: dict[Language, int] = {"zh": (PHRASINGS + 1) // 2, "en": PHRASINGS // 2}
    while len(entries) < size:
        model = random_.choice(corpus.entries)
        texts = {}
        for language in LANGUAGES:
            chosen = random_.sample(model.texts[language].phrasings, counts[language])
            phrasings = tuple(_varied(text, random_) for text in chosen)
            texts[language] = EntryText(phrasings[0], phrasings[0], (Block("paragraph", ("",)),), phrasings)
        entries.append(Entry(f"grown-{len(entries)}", model.group, len(entries), texts))
    return Corpus(corpus.groups, tuple(entries), corpus.subjects, corpus.small_talk, corpus.lexicon, corpus.sources)


def main() -> None:
    """Print the figures."""
    corpus = load_matcher().corpus
    questions = read_questions(Path("tests/data/questions.jsonl"))
    print(f"{'entries':>8} {'phrasings':>10} {'build s':>8} {'median ms':>10} {'p99 ms':>8} {'WRatio median ms':>17}")
    for size in (len(corpus.entries), *SIZES):
        grown = grow(corpus, size)
        start = time.perf_counter()
        matcher = Matcher(grown, load_gates())
        built = time.perf_counter() - start
        for question in questions[:20]:
            matcher.match(question.text)
        times = []
        for question in questions:
            start = time.perf_counter()
            matcher.match(question.text)
            times.append(1000 * (time.perf_counter() - start))
        texts = [text for language in LANGUAGES for _, _, text in grown.phrasings(language)]
        plain = []
        for question in questions[:PLAIN_QUESTIONS]:
            start = time.perf_counter()
            process.extract(question.text, texts, scorer=fuzz.WRatio, limit=5)
            plain.append(1000 * (time.perf_counter() - start))
        p99 = statistics.quantiles(times, n=100)[98]
        print(
            f"{size:8} {len(texts):10} {built:8.1f} {statistics.median(times):10.2f} {p99:8.2f} {statistics.median(plain):17.1f}"
        )


if __name__ == "__main__":
    main()
