"""Understands what is typed where a button is expected: the words of a choice or an item, or close to them.

Texts come in as `faq.text.clean` folds them; words have been folded in the same way and with `key`. A question is never
taken for an answer unless it equals one to the letter, so that no menu swallows a question; and a text is never taken for
the opposite of what it says, so that denials, opposites and numbers have to agree.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from rapidfuzz import fuzz

from flows.definition import Choice, Item, Step

T = TypeVar("T", Choice, Item)

CLOSE: Final = 80.0
"""A text means a word that it is so similar to (rapidfuzz ratio, 0 to 100), if no other choice is nearly as close."""
ASIDE: Final = 8
"""So many characters (Latin letters: twice as many) of other parts may stand beside the part that means a choice."""
AT_THE_END: Final = 88.0
"""How similar a text counts that ends with a word and says a little else before it."""
MARGIN: Final = 8.0
"""The nearest choice has to be so much closer than the next one."""

_WORD = re.compile(r"[^\W_]+")
_PARTICLES = str.maketrans("啦喽咯", "了了了")
_SEAM = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_HAN = re.compile("[\u3400-\u9fff]")
_SPELT = re.compile(
    "[0-9]+|[一二两三四五六七八九十]+|\\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\\b"
)
"""A number, in digits or words."""

_DENIAL = re.compile(
    r"[不未无]|没(?!问题|事|错)|\b(?:no|not|none|nothing|never|cannot|without|neither|nor)\b"
    r"|\b(?:do|does|did|is|are|was|were|have|has|had|ca|could|wo|would|should)n ?'?t\b"
)
_LACK = re.compile(
    r"[缺差少丢忘除]|不见|取消|去掉|还要|要补|\b(?:missing|lost|lose|lack|lacking|forgot|forgotten|untick|remove|need|needed|except|but|still|yet|only)\b"
)
"""What else says that something is not there; on a checklist it counts as a denial."""
_HOPED = re.compile(
    r"[等快要会若想盼]|如果|以为|假如|只有|希望|\b(?:if|when|once|until|till|after|before|will|going|want|hope|thought|should|would)\b"
)
"""What makes of something that is said something that has not happened."""
_OPPOSITE = re.compile("(?:un|in|im|dis|non|for|re)")

_QUESTION = re.compile(
    r"[?？吗嘛么]|^(?!.*[没还在不]).*呢(?!\w)|怎|什么|啥|咋|哪|谁|多[少久大长高]|如何|为何|是否|(.)[不没]\1"
    r"|(?<![好过这隔前等了])几(?!天[前后]|个?月[前后]|乎)"
    r"|\b(?:how|what|where|when|which|who|whom|why|(?:can|do|must|may|should|am) (?:i|we|you)|does|is (?:it|there))\b"
    r"|^(?:is|are|do|does|did|can|could|must|may|should|would) (?!not\b|it$)"
)

_PART = re.compile("[，,；;。.]| but |但是?")

_AROUND = re.compile(
    r"我们?|他们?|单位|已经|已|刚刚|刚才|刚|终于|现在|今天|昨天|前天|都|也|就|是|了|的|啊|呀|呢|吧|哦|噢|哈|啦|嗯|喔|全|一份|一样|等|好久|很久|一直"
    r"|有|好|带|拿到|拿|准备|备|打印|复印|打|印|盖章|说|拍|照|和|跟|与|及|还|在|到|上|完|齐|没问题|没事|谢谢|多谢"
    r"|\b(?:i|am|do|did|does|we|they|he|she|you|have|has|had|just|already|now|today|yesterday|finally|yes|yep|ok|okay|and|the|a|an|my|our|it"
    r"|is|are|was|been|got|get|here|too|also|both|ready|done|then|so|well|please|thanks|thank|of|with|me|printed|copied"
    r"|taken|made|went|to|in|sent|them|there|ve|s)\b"
)
"""What people put around the words that count, and that changes nothing."""


def key(cleaned: str) -> str:
    """Return what two texts share that differ in punctuation and spaces only."""
    return _SEAM.sub("", " ".join(_WORD.findall(cleaned.translate(_PARTICLES))))


def is_question(cleaned: str) -> bool:
    """Tell whether a text asks something."""
    return bool(_QUESTION.search(cleaned))


def means(words: Iterable[str], cleaned: str) -> bool:
    """Tell whether a text is one of these words, to the letter."""
    return key(cleaned) in words


def find_choice(step: Step, cleaned: str) -> Choice | None:
    """Return the choice of a step that a typed text means, or None."""
    return _find(step.choices, cleaned)


def is_exact(step: Step, cleaned: str) -> bool:
    """Tell whether a text is a choice's or item's word to the letter."""
    text = key(cleaned)
    return any(text in choice.words for choice in step.choices) or any(text in item.words for item in step.items)


def find_items(step: Step, cleaned: str) -> tuple[tuple[Item, ...], bool]:
    """Return the items of a checklist that a typed text names, and whether they are to be ticked (or else unticked).

    Nothing may be left of the text but the items, words that say "have" or "lack", and words that change nothing; and it may
    not say one thing of one item and another of the next.
    """
    text = key(cleaned)
    exact = tuple(item for item in step.items if text in item.words)
    if exact and "?" not in cleaned:
        return exact, True
    if not text or is_question(cleaned):
        return (), True
    rest, named = text, []
    for item, word in sorted(_all_words(step.items), key=lambda found: -len(found[1])):
        if _contains(rest, word):
            rest = _without(rest, word)
            if item not in named:
                named.append(item)
    if not named:
        close = _find(step.items, cleaned)
        return ((close,) if close else ()), True
    lacks = bool(_DENIAL.search(rest) or _LACK.search(rest))
    plain = _AROUND.sub(" ", _DENIAL.sub(" ", _LACK.sub(" ", rest)))
    if _WORD.search(plain) or (lacks and _says_both(cleaned)):
        return (), True
    return tuple(item for item in step.items if item in named), not lacks


def _says_both(cleaned: str) -> bool:
    """Tell whether one part of a text denies something and another part does not."""
    parts = [part for part in _PART.split(cleaned) if _WORD.search(part)]
    return len({bool(_DENIAL.search(part) or _LACK.search(part)) for part in parts}) > 1


def _all_words(items: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    return ((item, word) for item in items for word in item.words)


def _find(options: tuple[T, ...], cleaned: str) -> T | None:
    """Return the option that a text means: as a whole, or by one of its parts while the others mean none."""
    whole = _meant(options, cleaned)
    if whole is not None or is_question(cleaned):
        return whole
    parts = [part for part in _PART.split(cleaned) if _WORD.search(part)]
    meant = {number: found for number, part in enumerate(parts) if (found := _meant(options, part))}
    rest = "".join(key(part) for number, part in enumerate(parts) if number not in meant)
    if len(parts) < 2 or len(rest) > (ASIDE if _HAN.search(rest) else 2 * ASIDE):
        return None
    first = next(iter(meant.values()), None)
    return first if all(found is first for found in meant.values()) else None


def _meant(options: tuple[T, ...], cleaned: str) -> T | None:
    text = key(cleaned)
    for option in options:
        if text in option.words and ("?" not in cleaned or len(text) > 2):
            return option
    if not text or is_question(cleaned):
        return None
    scored = sorted(((_score(text, option.words), number) for number, option in enumerate(options)), reverse=True)
    if not scored or scored[0][0] < CLOSE or (len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN):
        return None
    best = options[scored[0][1]]
    rest = text
    for word in sorted(best.words, key=len, reverse=True):
        rest = _without(rest, word) if _contains(rest, word) else rest
    others = (word for option in options if option is not best for word in option.words)
    named = (word for word in others if _contains(rest, word))
    return None if any(not any(_contains(own, word) for own in best.words) for word in named) else best


def _score(text: str, words: Iterable[str]) -> float:
    return max(_scores(text, words), default=0.0)


def _scores(text: str, words: Iterable[str]) -> Iterator[float]:
    for word in words:
        if _comparable(text, word):
            yield fuzz.ratio(text, word)
        if _contains(text, word) and not _WORD.search(_AROUND.sub(" ", _without(text, word))):
            yield 100.0 * (1 - 1 / (10 + len(word)))  # the longer the word, the surer
        elif _ends(text, word):
            yield AT_THE_END


def _comparable(text: str, word: str) -> bool:
    """Tell whether closeness means anything: not for very short words, nor where a denial, an opposite or a number differs."""
    least = 3 if _HAN.search(word) else 4
    return (
        min(len(text), len(word)) >= least
        and bool(_DENIAL.search(text)) == bool(_DENIAL.search(word))
        and _SPELT.findall(text) == _SPELT.findall(word)
        and not _opposite(text.split(), word.split())
    )


def _opposite(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether a word of one text is a word of the other with a syllable before it, as "incomplete" is of "complete"."""
    return any(
        long.endswith(short) and _OPPOSITE.fullmatch(long[: -len(short)])
        for longs, shorts in ((one, other), (other, one))
        for long in longs
        for short in shorts
        if short != long
    )


def _contains(text: str, word: str) -> bool:
    """Tell whether a text has a word in it, as a whole."""
    if len(word) < (2 if _HAN.search(word) else 4):
        return False
    return bool(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text))


def _ends(text: str, word: str) -> bool:
    """Tell whether a text says a little else and then the word, as "换了浏览器打开了" does; not if, when or that it is hoped."""
    before = text.removesuffix(word)
    long = len(_HAN.findall(word)) >= 3 if _HAN.search(word) else " " in word and not before[-1:].isalnum()
    return (
        long
        and before != text
        and len(before) <= 3 * len(word)
        and not _DENIAL.search(before)
        and not _HOPED.search(before)
    )


def _without(text: str, word: str) -> str:
    return re.sub(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", " ", text)
