"""Understands what is typed where a button is expected: the words of a choice or an item, or close to them.

Texts come in as `faq.text.clean` folds them; words have been folded in the same way and with `key`. A question is never
taken for a choice unless it equals one to the letter, so that no menu swallows a question.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from rapidfuzz import fuzz

from flows.definition import Choice, Item, Step

T = TypeVar("T", Choice, Item)

CLOSE: Final = 80.0
"""A text means a word that it is so similar to (rapidfuzz ratio, 0 to 100), if no other choice is nearly as close."""
MARGIN: Final = 8.0
"""The nearest choice has to be so much closer than the next one."""
WORDY: Final = 4
"""A text that contains a word may be so many times as long as the word."""

_WORD = re.compile(r"[^\W_]+")
_SEAM = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_NEGATION = re.compile(r"[不没未无否別别]|\b(?:no|not|none|never|cannot|without|\w+n ?'?t)\b")
_QUESTION = re.compile(
    r"[?？]|[吗呢么嘛]$|怎|什么|啥|哪|谁|几[个天时号点年月]|多少|多久|如何|为何|能不能|可不可以|是不是|要不要|有没有|会不会|行不行"
    r"|\b(?:how|what|where|when|which|who|whom|why|can (?:i|we|you)|do (?:i|we|you)|does|is (?:it|there)|should|may i|am i)\b"
)
_NUMBER = re.compile("[0-9]+")
_HAN = re.compile("[\u3400-\u9fff]")


def key(cleaned: str) -> str:
    """Return what two texts share that differ in punctuation and spaces only."""
    return _SEAM.sub("", " ".join(_WORD.findall(cleaned)))


def is_question(cleaned: str) -> bool:
    """Tell whether a text asks something."""
    return bool(_QUESTION.search(cleaned))


def find_choice(step: Step, cleaned: str) -> Choice | None:
    """Return the choice of a step that a typed text means, or None."""
    return _find(step.choices, cleaned)


def find_items(step: Step, cleaned: str) -> tuple[tuple[Item, ...], bool]:
    """Return the items of a checklist that a typed text names, and whether they are to be ticked (or else unticked)."""
    text = key(cleaned)
    exact = tuple(item for item in step.items if text in item.words)
    if exact:
        return exact, True
    if not text or is_question(cleaned):
        return (), True
    on = not _NEGATION.search(cleaned)
    named = tuple(item for item in step.items if any(_contains(text, word) for word in item.words))
    if not named and (close := _find(step.items, cleaned)):
        named = (close,)
    return named, on


def means(words: Iterable[str], cleaned: str) -> bool:
    """Tell whether a text is one of these words, to the letter."""
    return key(cleaned) in words


def is_close(words: Iterable[str], cleaned: str) -> bool:
    """Tell whether a text is one of these words or close to one."""
    text = key(cleaned)
    return any(text == word or (_comparable(text, word) and fuzz.ratio(text, word) >= CLOSE) for word in words)


def _find(options: tuple[T, ...], cleaned: str) -> T | None:
    text = key(cleaned)
    for option in options:
        if text in option.words:
            return option
    if not text or is_question(cleaned):
        return None
    scored = sorted(((_score(text, option.words), number) for number, option in enumerate(options)), reverse=True)
    if not scored or scored[0][0] < CLOSE or (len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN):
        return None
    return options[scored[0][1]]


def _score(text: str, words: Iterable[str]) -> float:
    return max(_scores(text, words), default=0.0)


def _scores(text: str, words: Iterable[str]) -> Iterator[float]:
    for word in words:
        if _comparable(text, word):
            yield fuzz.ratio(text, word)
            if _contains(text, word):
                yield 100.0 * (1 - 1 / (10 + len(word)))  # the longer the word, the surer


def _comparable(text: str, word: str) -> bool:
    """Tell whether closeness means anything: not for very short words, nor where a negation or a number differs."""
    least = 3 if _HAN.search(word) else 4
    return (
        min(len(text), len(word)) >= least
        and bool(_NEGATION.search(text)) == bool(_NEGATION.search(word))
        and _NUMBER.findall(text) == _NUMBER.findall(word)
    )


def _contains(text: str, word: str) -> bool:
    """Tell whether a text has a word in it, as a whole, and little else."""
    if len(text) > WORDY * len(word) or len(word) < (2 if _HAN.search(word) else 4):
        return False
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text))
