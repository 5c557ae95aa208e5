"""Which questions are alike: the same but for typing errors, politeness and small words.

A question belongs to a leader, the earliest of its kind, so a group does not change when others are asked later. Two
questions that share most of their words are still two when a word that tells them apart differs ("when" and "where",
"没有", an assistant and a physician, a month), or any other whole word does.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Indel

from faq.text import Language, Sounds, clean, han_count, sound_table, tokens

ALIKE: Final[dict[Language, float]] = {"zh": 80.0, "en": 82.0}
"""From this ratio (rapidfuzz, 0 to 100) on, two questions may be alike; their differences decide."""
BLOCK: Final = 512
"""So many questions are compared with all leaders at once: with 20,000 leaders, a block takes 10 MB."""
MOST_CHARACTERS: Final = 200
"""Longer questions are compared by their beginning."""
SHORT: Final = 4
"""Chinese questions with fewer syllables have to sound the same."""
TRIED: Final = 20
"""So many of the nearest leaders are looked at letter by letter."""

_ZH_FILLER: Final = re.compile(
    "请问|麻烦|谢谢|您好|你好|我?想?(?:咨询|问|了解)一?下|老师们?|一下|到底|究竟|现在|一直|还是|"
    "(?<![什怎那这要])么|[吗呢啊呀吧嘛的了哦哈啦哪噢诶唉]$|(?:[吗呢啊呀吧嘛哦哈啦噢诶唉的了])"
)
_EITHER_OR: Final = re.compile("([\u4e00-\u9fff])[不没]\\1|有没有|是否|能否|可否|可不可以|需不需要")
"""能不能, 要不要: a question, no negation."""
_EITHER: Final = {"有没有": "有", "是否": "是", "能否": "能", "可否": "可", "可不可以": "可以", "需不需要": "需要"}

_ZH_TELLING: Final = {
    "when": "什么时候|什么时间|啥时候|何时|几时|哪天|哪年|几月|几号|哪一天",
    "how-long": "多久|多长时间|几天|多少天|几个月|多少个月|几个工作日|多少个工作日",
    "where": "哪里|哪儿|何处|什么地方|啥地方|哪边",
    "how": "怎么|怎样|如何|咋",
    "why": "为什么|为何|为啥|怎么会",
    "many": "多少",
    "first": "首次|第一次|初次",
    "change": "变更|转到",
    "cancel": "注销|取消|撤销",
    "again": "重新|再次",
    "assistant": "助理|执助",
    "qualification": "资格",
    "practice": "执业证",
    "nurse": "护士|护理",
    "pharmacist": "药师",
    "village": "乡村",
    "another-place": "跨省|外省|异地|省外",
}
"""Words that tell questions apart, by sound, so that they are known when they are mistyped, too."""
_ZH_WRITTEN: Final = {
    "not": "(?<![要是能会有可好来用行])[没不未无别]|(?<=[能会可])不(?!\\w?[能会可])",
    "who": "谁",
    "before": "之前|以前|前",
    "after": "之后|以后|后",
}
_ZH_NUMBER: Final = re.compile("[0-9]+|[一二两三四五六七八九十]+(?=[月年天号日次个张份寸周])")
_ZH_MODAL: Final = {"can": "可以|能|可", "must": "必须|需要|需|要|得"}

_EN_FILLER: Final = frozenset(
    """please thanks thank hi hello hey dear sir excuse sorry just the a an is are am was were be been being do does did
    to of for in on at and or it its there this that so now then my i me we our us you your exactly actually""".split()  # noqa: SIM905
)
_EN_TELLING: Final[dict[str, tuple[str, ...]]] = {
    "when": ("when",),
    "where": ("where",),
    "who": ("who", "whom", "whose"),
    "how": ("how",),
    "why": ("why",),
    "long": ("long",),
    "many": ("many", "much"),
    "often": ("often",),
    "not": ("not", "no", "never", "without", "cannot", "dont", "cant", "wont", "didnt", "doesnt", "havent", "hasnt"),
    "before": ("before",),
    "after": ("after",),
    "first": ("first", "initial"),
    "again": ("again",),
    "change": ("change", "changing", "changed"),
    "cancel": ("cancel", "cancelling", "cancellation"),
    "assistant": ("assistant", "assistants"),
    "nurse": ("nurse", "nurses"),
    **{
        month: (month,)
        for month in "january february march april june july august september october november december".split()  # noqa: SIM905
    },
}
_EN_MODAL: Final = {
    "can": frozenset({"can", "could", "may", "allowed", "able"}),
    "must": frozenset({"must", "have", "has", "need", "needs", "should", "required", "obliged"}),
}
_ORDINARY: Final = frozenset("then there here were with no now not own won show shown marsh".split())  # noqa: SIM905
"""Words that are no mistyped telling words, although only one letter differs."""


@dataclass(frozen=True, slots=True)
class Form:
    """A question as it is compared."""

    key: str
    """What is left of its letters: Chinese by sound, English without small words."""
    telling: frozenset[str]
    """What tells it apart from others."""
    modal: frozenset[str]
    """Whether it asks what one can or what one must; set against each other only where both say it."""


def form_of(text: str) -> Form:
    """Return a question as it is compared."""
    cleaned = clean(text)[:MOST_CHARACTERS]
    return _chinese(cleaned) if han_count(cleaned) else _english(cleaned)


def leaders(questions: Sequence[tuple[Language, str]]) -> list[int]:
    """Return for every question (language, text) the place of the first question that it is like, often its own."""
    forms = [form_of(text) for _, text in questions]
    kinds: dict[tuple[Language, frozenset[str]], list[int]] = {}
    for place, ((language, _), form) in enumerate(zip(questions, forms, strict=True)):
        kinds.setdefault((language, form.telling), []).append(place)
    found = list(range(len(questions)))
    for (language, _), places in kinds.items():
        for place, leader in _leaders_of_kind([forms[place] for place in places], ALIKE[language]):
            found[places[place]] = places[leader]
    return found


def _leaders_of_kind(forms: Sequence[Form], threshold: float) -> Iterable[tuple[int, int]]:
    """Yield (question, leader) for questions that the same words tell apart from others."""
    known: list[int] = []
    same: dict[tuple[str, frozenset[str]], int] = {}
    for start in range(0, len(forms), BLOCK):
        block = []
        for place in range(start, min(start + BLOCK, len(forms))):
            first = same.setdefault((forms[place].key, forms[place].modal), place)
            if first == place:
                block.append(place)
        keys = [forms[place].key for place in block]
        before = [forms[place].key for place in known]
        # The block's own questions are columns, too: each may turn out to be a leader of those behind it.
        scores = process.cdist(
            keys, before + keys, scorer=fuzz.ratio, score_cutoff=threshold, dtype=np.uint8, workers=-1
        )
        columns = known + block
        led: dict[int, int] = {}
        for row, place in enumerate(block):
            near = np.flatnonzero(scores[row, : len(known) + row])
            for column in near[np.argsort(-scores[row, near].astype(int), kind="stable")][:TRIED]:
                leader = columns[column]
                if leader not in led and _only_slips(forms[place], forms[leader]):
                    led[place] = leader
                    break
        yield from led.items()
        known += [place for place in block if place not in led]
        for place in range(start, min(start + BLOCK, len(forms))):
            first = same[forms[place].key, forms[place].modal]
            if first != place:
                yield place, led.get(first, first)
        same.update({key: led.get(place, place) for key, place in same.items()})


def _only_slips(one: Form, other: Form) -> bool:
    """Tell whether two keys differ only as typing errors do."""
    if one.modal and other.modal and one.modal != other.modal:
        return False
    if " " in one.key or " " in other.key:
        return _only_slips_in_words(one.key.split(), other.key.split())
    slips = OSA.distance(one.key, other.key)
    length = min(len(one.key), len(other.key))
    if slips == 0 or length < SHORT or slips > max(1, length // 8):
        return slips == 0
    # Who types Chinese mistakes a character for one that sounds the same; another sound is another word.
    return not any(tag == "replace" for tag, *_ in _differences(one.key, other.key))


def _differences(one: Sequence[str], other: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return the differences of two sequences, each as one piece replaced by another."""
    pieces: list[tuple[str, int, int, int, int]] = []
    for step in Indel.opcodes(one, other):
        piece = (step.tag, step.src_start, step.src_end, step.dest_start, step.dest_end)
        if pieces and step.tag != "equal" and pieces[-1][0] != "equal":
            pieces[-1] = ("replace", pieces[-1][1], piece[2], pieces[-1][3], piece[4])
        else:
            pieces.append(piece)
    return pieces


def _only_slips_in_words(one: Sequence[str], other: Sequence[str]) -> bool:
    for tag, start, end, other_start, other_end in _differences(one, other):
        if tag == "equal":
            continue
        mine, theirs = one[start:end], other[other_start:other_end]
        # A space too many or too few makes one word of two; else each word has to be another spelling of its partner.
        if OSA.distance("".join(mine), "".join(theirs)) > 1 and (
            len(mine) != len(theirs) or not all(map(_is_spelling, mine, theirs))
        ):
            return False
    return True


def _is_spelling(one: str, other: str) -> bool:
    slips = OSA.distance(one, other)
    return slips <= (1 if min(len(one), len(other)) < 6 else 2) or (
        min(len(one), len(other)) >= 5 and one[:6] == other[:6]
    )


@cache
def _one_of_each_sound() -> dict[int, str]:
    """Return a table that replaces every Chinese character by the first one that sounds the same."""
    table = sound_table()
    sounds = Sounds(table)
    first: dict[str, str] = {}
    return {ord(character): first.setdefault(sounds.of(character), character) for character in sorted(table)}


@cache
def _telling_by_sound() -> dict[str, re.Pattern[str]]:
    table = _one_of_each_sound()
    return {name: re.compile(words.translate(table)) for name, words in _ZH_TELLING.items()}


def _chinese(cleaned: str) -> Form:
    text = _EITHER_OR.sub(lambda found: _EITHER.get(found[0], found[1] or ""), "".join(tokens(cleaned)))
    telling = {name for name, words in _ZH_WRITTEN.items() if re.search(words, text)}
    telling.update(_ZH_NUMBER.findall(text))
    modal = frozenset(name for name, words in _ZH_MODAL.items() if re.search(words, text))
    key = _ZH_FILLER.sub("", text).translate(_one_of_each_sound())
    rest = key
    for name, pattern in _telling_by_sound().items():
        rest, times = pattern.subn("", rest)
        if times:
            telling.add(name)
    return Form(key or text, frozenset(telling), modal if len(modal) == 1 else frozenset())


def _english(cleaned: str) -> Form:
    words = [word.replace("'", "") for word in tokens(cleaned)]
    telling = {word for word in words if word.isdecimal()}
    telling.update(filter(None, map(_told_by, words)))
    modal = frozenset(name for name, known in _EN_MODAL.items() if not known.isdisjoint(words))
    key = " ".join(word for word in words if word not in _EN_FILLER)
    return Form(key or cleaned, frozenset(telling), modal if len(modal) == 1 else frozenset())


@cache
def _telling_words() -> dict[str, str]:
    return {word: name for name, words in _EN_TELLING.items() for word in words}


def _told_by(word: str) -> str | None:
    """Return what a word tells, also when one letter of it is wrong, missing or in the wrong place."""
    known = _telling_words()
    if word in known or len(word) < 4 or word in _ORDINARY:
        return known.get(word)
    near = [other for other in known if len(other) >= 4 and OSA.distance(word, other, score_cutoff=1) <= 1]
    return known[near[0]] if near else None
