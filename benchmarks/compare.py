"""Compares the matcher with three plain methods on the same corpus and questions: `python -m benchmarks.compare [FILE ...]`.

- `rapidfuzz.process.extract` with WRatio over all phrasings, as one would write it in an afternoon;
- BM25 (bm25s) over words, and over single characters for Chinese;
- TF-IDF of character 1-3-grams (scikit-learn), cosine to every phrasing.

Each ranks the phrasings of entries in the language of the question; the entry of the best phrasing counts. Accuracy is over
the questions in scope, time is per question, all in one run.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
from rapidfuzz import fuzz, process, utils
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.index_cache import load_matcher
from bot.questions import read_questions
from faq.corpus import Corpus
from faq.evaluation import OFFERED, Question
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean, tokens

Rank = Callable[[Question], list[str]]
CANDIDATES = 60
"""So many phrasings are taken from a plain method, enough to hold three entries."""


def _phrasings(corpus: Corpus, language: Language) -> tuple[list[str], list[str]]:
    found = [(owner, text) for kind, owner, text in corpus.phrasings(language) if kind == "entry"]
    return [owner for owner, _ in found], [text for _, text in found]


def _first_entries(owners: Sequence[str], order: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(owners[number] for number in order))[:OFFERED]


def wratio(corpus: Corpus) -> Rank:
    """Plain fuzzy search."""
    data = {}
    for language in LANGUAGES:
        owners, texts = _phrasings(corpus, language)
        data[language] = owners, [utils.default_process(text) for text in texts]

    def rank(question: Question) -> list[str]:
        owners, texts = data[question.language]
        query = utils.default_process(question.text)
        found = process.extract(query, texts, scorer=fuzz.WRatio, limit=CANDIDATES)
        return _first_entries(owners, [number for _, _, number in found])

    return rank


def bm25(corpus: Corpus) -> Rank:
    """BM25 over tokens: words, numbers and single Chinese characters."""
    data = {}
    for language in LANGUAGES:
        owners, texts = _phrasings(corpus, language)
        index = bm25s.BM25()
        index.index([tokens(clean(text)) for text in texts], show_progress=False)
        data[language] = owners, index

    def rank(question: Question) -> list[str]:
        owners, index = data[question.language]
        query = [token for token in tokens(clean(question.text)) if token in index.vocab_dict]
        if not query:
            return []
        found, _ = index.retrieve([query], k=CANDIDATES, show_progress=False, sorted=True)
        return _first_entries(owners, found[0].tolist())

    return rank


def tfidf(corpus: Corpus) -> Rank:
    """Cosine of TF-IDF vectors of character n-grams."""
    data = {}
    for language in LANGUAGES:
        owners, texts = _phrasings(corpus, language)
        vectorizer = TfidfVectorizer(
            analyzer="char_wb" if language == "en" else "char", ngram_range=(1, 3), sublinear_tf=True
        )
        data[language] = owners, vectorizer, vectorizer.fit_transform(texts).T.tocsr()

    def rank(question: Question) -> list[str]:
        owners, vectorizer, vectors = data[question.language]
        scores = (vectorizer.transform([question.text]) @ vectors).toarray()[0]
        return _first_entries(owners, scores.argsort()[::-1][:CANDIDATES].tolist())

    return rank


def ours(matcher: Matcher) -> Rank:
    """The project's matcher."""
    return lambda question: [candidate.id for candidate in matcher.match(question.text).candidates]


def main() -> None:
    """Print accuracy and time of every method."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=[Path("tests/data/questions.jsonl")])
    options = parser.parse_args()
    matcher = load_matcher()
    questions = [question for file in options.files for question in read_questions(file) if question.ids]
    methods = {
        "WRatio": wratio(matcher.corpus),
        "BM25": bm25(matcher.corpus),
        "TF-IDF n-grams": tfidf(matcher.corpus),
        "this project": ours(matcher),
    }
    print(f"{len(questions)} questions in scope, {len(matcher.corpus.entries)} entries")
    print(f"{'method':16} {'top-1':>6} {'zh':>6} {'en':>6} {'top-3':>6} {'median ms':>10} {'p99 ms':>8}")
    for name, rank in methods.items():
        for question in questions[:50]:
            rank(question)
        hits: dict[str, list[bool]] = {"zh": [], "en": [], "three": []}
        times = []
        for question in questions:
            start = time.perf_counter()
            found = rank(question)
            times.append(1000 * (time.perf_counter() - start))
            hits[question.language].append(bool(found) and found[0] in question.ids)
            hits["three"].append(any(entry in question.ids for entry in found[:OFFERED]))
        first = [*hits["zh"], *hits["en"]]
        shares = [100 * statistics.mean(found) for found in (first, hits["zh"], hits["en"], hits["three"])]
        p99 = statistics.quantiles(times, n=100)[98]
        print(
            f"{name:16} "
            + " ".join(f"{share:6.1f}" for share in shares)
            + f" {statistics.median(times):10.2f} {p99:8.2f}"
        )


if __name__ == "__main__":
    main()
