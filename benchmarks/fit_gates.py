"""Fits the gates (`faq/gates.json`) to development questions: `python -m benchmarks.fit_gates FILE [FILE ...]`.

Method. Every question is compared with the corpus once; what remains is a softmax over all labels and "nothing of all this",
whose nine weights per language are found by maximising the likelihood of the right outcome: the right entries for a
question in scope, anything but an entry for one out of scope, small talk for small talk. The weights are kept from
growing by a small penalty. Then the two thresholds. The answer gate is the lowest at which at most MAX_WRONG of the
questions in scope are answered wrongly, and at most MAX_NEAR of the near ones out of scope and MAX_FAR of the far ones and
of small talk are answered at all. The suggest gate is the highest at which MIN_HELPED of the questions that have the right
entry among the first three are helped.

With --folds N the whole procedure is repeated N times on the rest of the questions, and the figures on the part left out are
printed: what to expect of unseen questions. Nothing is chosen by hand.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bot.index_cache import load_gates, load_matcher
from bot.questions import read_questions
from faq.evaluation import OFFERED, Question
from faq.gates import Gates, gates_to
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean

MAX_WRONG: Final = 0.01
MAX_NEAR: Final = 0.04
MAX_FAR: Final = 0.02
MIN_HELPED: Final = 0.999
PENALTY: Final = 0.002
TARGET: Final = Path(__file__).resolve().parent.parent / "faq" / "gates.json"
WEIGHTS: Final = ("linear", "nearest", "centroid", "fuzzy", "scope", "subject", "small_talk", "none", "unknown")
START: Final = (12.0, 3.0, 3.0, 1.0, 3.0, 0.0, 0.0, 2.0, 2.0)


class Sample:
    """The questions of one language as arrays: evidence, shares of the views, and the outcomes that are right."""

    def __init__(self, matcher: Matcher, questions: Sequence[Question]) -> None:
        self.questions = questions
        labels = matcher.labels
        entries, total = len(matcher.corpus.entries), len(labels)
        position = {label.id: number for number, label in enumerate(labels) if label.kind == "entry"}
        self.entries = entries
        self.talk = entries + len(matcher.corpus.subjects)
        self.evidence = np.zeros((len(questions), total, 4))
        self.unknown = np.zeros(len(questions))
        self.scope = np.zeros(len(questions))
        self.right = np.zeros((len(questions), total + 1), dtype=bool)
        for number, question in enumerate(questions):
            found = matcher.evidence(matcher.read(clean(question.text)))
            self.evidence[number], self.unknown[number] = found.values, found.unknown
            self.scope[number] = found.scope
            if question.ids:
                self.right[number, [position[entry] for entry in question.ids]] = True
            elif question.kind == "chat":
                self.right[number, self.talk : total] = True
            else:
                self.right[number, entries : self.talk] = True
                self.right[number, total] = True

    def probabilities(self, weights: NDArray[np.float64], rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the probability of every label and of "nothing" for the chosen questions."""
        logits = np.zeros((int(rows.sum()), self.right.shape[1]))
        logits[:, :-1] = self.evidence[rows] @ weights[:4]
        logits[:, : self.entries] += weights[4] * self.scope[rows, None]
        logits[:, self.entries : self.talk] += weights[5]
        logits[:, self.talk : -1] += weights[6]
        logits[:, -1] = weights[7] + weights[8] * self.unknown[rows]
        logits -= logits.max(1, keepdims=True)
        found = np.exp(logits)
        return np.asarray(found / found.sum(1, keepdims=True))


def fit(sample: Sample, rows: NDArray[np.bool_]) -> Gates:
    """Fit weights and thresholds to the chosen questions."""
    right = sample.right[rows]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        all_of_it = sample.probabilities(weights, rows)
        likely = (all_of_it * right).sum(1, keepdims=True) + 1e-9
        difference = (all_of_it - all_of_it * right / likely) / len(right)
        slope = np.concatenate(
            (
                np.einsum("ql,qlf->f", difference[:, :-1], sample.evidence[rows]),
                [difference[:, : sample.entries].sum(1) @ sample.scope[rows]],
                [difference[:, sample.entries : sample.talk].sum(), difference[:, sample.talk : -1].sum()],
                [difference[:, -1].sum(), (difference[:, -1] * sample.unknown[rows]).sum()],
            )
        )
        away = weights - START
        return float(-np.log(likely).mean() + PENALTY * (away**2).mean()), slope + 2 * PENALTY * away / len(away)

    best = minimize(loss, np.array(START), jac=True, method="L-BFGS-B", bounds=[(0, None)] * 5 + [(None, None)] * 4)
    probabilities = sample.probabilities(best.x, rows)
    values = dict(zip(WEIGHTS, map(float, best.x), strict=True))
    return Gates(
        **values, answer=_answer_gate(sample, rows, probabilities), suggest=_suggest_gate(sample, rows, probabilities)
    )


def _answer_gate(sample: Sample, rows: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float:
    chosen = [question for question, row in zip(sample.questions, rows, strict=True) if row]
    entries = probabilities[:, : sample.entries]
    top, best = entries.max(1), entries.argmax(1)
    right = sample.right[rows][np.arange(len(best)), best]
    in_scope = np.array([bool(question.ids) for question in chosen])
    near = np.array([question.kind == "near" for question in chosen])
    far = np.array([question.kind in ("far", "chat") for question in chosen])
    for gate in np.arange(0.30, 0.96, 0.01):
        wrong = (in_scope & ~right & (top >= gate)).sum() / max(in_scope.sum(), 1)
        mistaken = (near & (top >= gate)).sum() / max(near.sum(), 1)
        strange = (far & (top >= gate)).sum() / max(far.sum(), 1)
        if wrong <= MAX_WRONG and mistaken <= MAX_NEAR and strange <= MAX_FAR:
            return float(gate)
    return 0.96


def _suggest_gate(sample: Sample, rows: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float:
    entries = probabilities[:, : sample.entries]
    best = np.argsort(-entries, 1)[:, :OFFERED]
    reachable = np.take_along_axis(sample.right[rows], best, 1).any(1)
    sums = entries.sum(1)[reachable]
    return float(np.round(np.quantile(sums, 1 - MIN_HELPED), 3)) if len(sums) else 0.2


def measure(sample: Sample, rows: NDArray[np.bool_], gates: Gates) -> dict[str, float]:
    """Return the figures of the chosen questions under the gates, in percent."""
    weights = np.array([getattr(gates, name) for name in WEIGHTS])
    probabilities = sample.probabilities(weights, rows)
    entries = probabilities[:, : sample.entries]
    order = np.argsort(-entries, 1)[:, :OFFERED]
    hits = np.take_along_axis(sample.right[rows], order, 1)
    top = entries.max(1)
    chosen = [question for question, row in zip(sample.questions, rows, strict=True) if row]
    in_scope = np.array([bool(question.ids) for question in chosen])
    answered = top >= gates.answer
    helped = (answered & hits[:, 0]) | (~answered & (entries.sum(1) >= gates.suggest) & hits.any(1))
    figures = {
        "top-1": hits[in_scope, 0].mean(),
        "top-3": hits[in_scope].any(1).mean(),
        "answered": (answered & hits[:, 0])[in_scope].mean(),
        "helped": helped[in_scope].mean(),
        "wrong": (answered & ~hits[:, 0])[in_scope].mean(),
    }
    for kind in ("near", "far", "chat"):
        of_kind = np.array([question.kind == kind for question in chosen])
        figures[kind] = answered[of_kind].mean() if of_kind.any() else float("nan")
    return {name: round(100 * float(value), 1) for name, value in figures.items()}


def main() -> None:
    """Fit, print the figures, and write the gates."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=[Path("tests/data/development.jsonl")])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--dry-run", action="store_true", help="print, but do not write gates.json")
    options = parser.parse_args()
    matcher = load_matcher()
    questions = [question for file in options.files for question in read_questions(file)]
    fitted: dict[Language, Gates] = dict(load_gates())
    for language in LANGUAGES:
        sample = Sample(matcher, [question for question in questions if question.language == language])
        count = len(sample.questions)
        everything = np.ones(count, dtype=bool)
        fold = np.random.default_rng(0).integers(0, options.folds, count)
        left_out = [measure(sample, fold == number, fit(sample, fold != number)) for number in range(options.folds)]
        means = {name: round(float(np.nanmean([part[name] for part in left_out])), 1) for name in left_out[0]}
        fitted[language] = fit(sample, everything)
        print(f"{language}: {count} questions")
        print(f"  left out ({options.folds} folds): {means}")
        print(f"  fitted:              {measure(sample, everything, fitted[language])}")
        print(f"  {fitted[language]}")
    if not options.dry_run:
        TARGET.write_text(json.dumps(gates_to(fitted), indent=2) + "\n", encoding="utf-8")
        print(f"written: {TARGET.name}")


if __name__ == "__main__":
    main()
