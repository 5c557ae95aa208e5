"""Reads the steps of guided flows, and the pieces that flows and shared questions have in common."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, cast

from bot.content import Field
from faq.text import LANGUAGES, clean
from flows.definition import (
    KINDS,
    TYPED_KINDS,
    Choice,
    End,
    Item,
    Kind,
    Passage,
    PassageKind,
    Step,
    StepText,
)
from flows.understand import key

QUESTIONS, WORDS = "questions.yaml", "words.yaml"

MAX_LABEL: Final[Mapping[str, int]] = {"zh": 16, "en": 32}
"""Characters of a choice's label; longer ones are cut off on a phone's button."""
MAX_ITEM: Final[Mapping[str, int]] = {"zh": 24, "en": 60}

Places = dict[tuple[str, ...], Field]
"""Where things stand: (flow,), (flow, key), (flow, step), (flow, step, key) and (flow, step, "choices" or "items", id)."""

_ID: Final = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_PARTS: Final = re.compile("[,，;；、]")
_BLOCKS: Final[Mapping[str, PassageKind]] = {"text": "paragraph", "steps": "steps", "list": "list", "note": "note"}
_OWN: Final = ("kind", "choices", "items", "least", "most", "function", "end", "offers", *LANGUAGES)
"""Keys that a step of its own may have, and one that asks a shared question may not."""
_BOTH: Final = ("side", "see", "next", "formerly")
_NEEDED: Final[Mapping[str, tuple[Kind, ...]]] = {
    "items": ("checklist",),
    "next": TYPED_KINDS,
    "least": ("number",),
    "most": ("number",),
    "function": ("result",),
}
"""Keys that steps of these kinds must have, and others may not."""


class StepReader:
    """Reads steps; `words` are the shared words and `questions` the shared questions that they may use."""

    def __init__(self, words: Mapping[str, frozenset[str]], questions: Mapping[str, Step], places: Places) -> None:
        self._shared_words = words
        self._questions = questions
        self._places = places

    def step(self, item: Field, flow_id: str, max_title: Mapping[str, int]) -> Step:
        """Return the step in an item of a flow's list; a title may have so many characters."""
        asks = any(name == "question" for name, _ in item.peek())
        needed = ("id", "question", "next") if asks else ("id", "kind", *LANGUAGES)
        more = (name for name in ("question", *_OWN, *_BOTH) if name not in needed)
        fields = item.mapping(needed, tuple(more))
        step_id = find_id(fields)
        place = (flow_id, step_id)
        self._places[place] = item
        self._places.update({(*place, name): value for name, value in fields.items()})
        if asks:
            return self._asking(fields, step_id)
        kind = kind_at(fields, item, KINDS)
        return Step(
            id=step_id,
            kind=cast("Kind", kind or "information"),
            texts=step_texts(fields, kind or "", max_title),
            choices=with_parts(self.choices(fields, place, ("next",), ("flow", "needs", "anew"))),
            items=tuple(self._items(fields, place)),
            next=text_at(fields, "next") or None,
            least=integer_at(fields, "least"),
            most=integer_at(fields, "most"),
            function=text_at(fields, "function") or None,
            side=truth_at(fields, "side"),
            end=cast("End", fields["end"].one_of(("done", "stopped"))) if "end" in fields else None,
            see=_texts(fields, "see"),
            offers=_texts(fields, "offers"),
            formerly=_texts(fields, "formerly"),
        )

    def _asking(self, fields: Mapping[str, Field], step_id: str) -> Step:
        """Return a step that asks a shared question: its texts and choices, with the ways on from here."""
        for strange in _OWN:
            if strange in fields:
                fields[strange].problem(f'"{strange}" does not belong to a step that asks a shared question')
        name = text_at(fields, "question")
        question = self._questions.get(name)
        if question is None:
            if name:
                fields["question"].problem(f'there is no question "{name}" in {QUESTIONS}')
            return Step(id=step_id, kind="information", texts={})
        ways = _ways(fields.get("next"), question)
        return Step(
            id=step_id,
            kind=question.kind,
            texts=question.texts,
            choices=tuple(
                Choice(choice.id, choice.labels, ways.get(choice.id, ""), choice.words, remembered=choice.remembered)
                for choice in question.choices
            ),
            next=ways.get("typed"),
            least=question.least,
            most=question.most,
            question=question.id,
            side=truth_at(fields, "side"),
            see=_texts(fields, "see"),
            short=question.short,
            formerly=_texts(fields, "formerly"),
        )

    def choices(
        self, fields: Mapping[str, Field], place: tuple[str, ...], needed: tuple[str, ...], more: tuple[str, ...]
    ) -> Iterator[Choice]:
        """Yield the choices of a step or question, which need or may have these keys besides the usual ones."""
        seen: set[str] = set()
        for item in fields["choices"].items() if "choices" in fields else []:
            found = item.mapping(("id", *LANGUAGES, *needed), ("says", "words", *more))
            choice_id = find_id(found)
            once({"id": item}, choice_id, seen, "stands here twice", "the choice ")
            seen.add(choice_id)
            self._places[(*place, "choices", choice_id)] = item
            says = text_at(found, "says")
            if says and says not in self._shared_words:
                found["says"].problem(f'there are no words "{says}" in {WORDS}')
            labels = {lang: found[lang].text(MAX_LABEL[lang]) for lang in LANGUAGES if lang in found}
            yield Choice(
                id=choice_id,
                labels={str(language): label for language, label in labels.items()},
                next=text_at(found, "next"),
                words=_all_words(labels.values(), found, self._shared_words.get(says, frozenset())),
                flow=text_at(found, "flow") or None,
                needs_all="needs" in found and found["needs"].one_of(("all",)) == "all",
                anew=truth_at(found, "anew"),
                remembered=truth_at(found, "remember", missing=True),
            )

    def _items(self, fields: Mapping[str, Field], place: tuple[str, ...]) -> Iterator[Item]:
        seen: set[str] = set()
        items = fields["items"].items() if "items" in fields else []
        for item in items:
            found = item.mapping(("id", *LANGUAGES), ("words",))
            item_id = find_id(found)
            once({"id": item}, item_id, seen, "stands here twice", "the item ")
            seen.add(item_id)
            self._places[(*place, "items", item_id)] = item
            labels = {lang: found[lang].text(MAX_ITEM[lang]) for lang in LANGUAGES if lang in found}
            words = _all_words(labels.values(), found, ())
            yield Item(item_id, {str(language): label for language, label in labels.items()}, words)


def with_parts(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Return the choices with the parts of their labels ("asked, and waiting") as words too, where no other has them."""
    found = tuple(choices)
    parts = {
        choice.id: {part for label in choice.labels.values() for part in folded(_PARTS.split(label)) if len(part) > 1}
        for choice in found
    }
    taken = Counter(word for choice in found for word in {*choice.words, *parts[choice.id]})
    return tuple(
        replace(
            choice, words=(*choice.words, *sorted(part for part in parts[choice.id] if _is_own(part, choice, taken)))
        )
        for choice in found
    )


def _is_own(part: str, choice: Choice, taken: Mapping[str, int]) -> bool:
    return part not in choice.words and taken[part] == 1


def find_id(fields: Mapping[str, Field]) -> str:
    """Return the id, which is made of small letters, digits and hyphens: buttons put colons between ids."""
    found = text_at(fields, "id")
    if found and not _ID.fullmatch(found):
        fields["id"].problem(f'the id "{found}" has other characters than a-z, 0-9 and hyphens between them')
    return found


def once(fields: Mapping[str, Field], name: str, seen: Collection[str], what: str, before: str = "") -> None:
    """Note a problem when an id was seen before."""
    if name and name in seen:
        fields["id"].problem(f'{before}"{name}" {what}')


def kind_at(
    fields: Mapping[str, Field], item: Field, kinds: tuple[str, ...], without: tuple[str, ...] = ()
) -> str | None:
    """Return the kind, None when there is none or an unknown one; keys that it needs and that do not fit it are problems.

    `without` are keys that are not looked for here.
    """
    kind = text_at(fields, "kind")
    if kind not in kinds:
        if kind:
            fields["kind"].problem(f'"{kind}" is not one of {", ".join(kinds)}')
        return None
    for name, owners in _NEEDED.items():
        if name in fields and kind not in owners:
            fields[name].problem(f'"{name}" does not belong to a step of the kind "{kind}"')
        elif name not in fields and kind in owners and name not in without:
            item.problem(f'"{name}" is missing')
    if "least" in fields and "most" in fields:
        least, most = fields["least"].integer(quiet=True), fields["most"].integer(quiet=True)
        if least > most > 0:
            fields["most"].problem(f"is less than {least}, the least")
    if kind == "checklist" and "items" in fields and fields["items"].is_list() and not fields["items"].items():
        fields["items"].problem("is empty")
    return kind


def step_texts(fields: Mapping[str, Field], kind: str, max_title: Mapping[str, int]) -> dict[str, StepText]:
    """Return the texts of a step or a shared question by language."""
    texts: dict[str, StepText] = {}
    for language in LANGUAGES:
        if language not in fields:
            continue
        said = fields[language].mapping(("title", "body", *(("again",) if kind == "waiting" else ())))
        texts[language] = StepText(
            title=text_at(said, "title", max_title[language]),
            body=tuple(_passage(item) for item in said["body"].items()) if "body" in said else (),
            again=text_at(said, "again") or None,
        )
    return texts


def _passage(item: Field) -> Passage:
    if item.is_text():
        return Passage("paragraph", (item.text(),))
    fields = item.mapping((), (*_BLOCKS, "when", "unless"))
    blocks = [name for name in fields if name in _BLOCKS]
    if len(blocks) != 1:
        item.problem(f"expected a paragraph, or one of {', '.join(_BLOCKS)}")
        return Passage("paragraph", ("",))
    (name,) = blocks
    texts = fields[name].texts() if name in ("steps", "list") else (fields[name].text(),)
    return Passage(_BLOCKS[name], texts, _condition(fields.get("when")), _condition(fields.get("unless")))


def _condition(found: Field | None) -> dict[str, tuple[str, ...]]:
    if found is None:
        return {}
    return {name: value.texts() if value.is_list() else (value.text(),) for name, value in found.pairs()}


def _ways(found: Field | None, question: Step) -> dict[str, str]:
    """Return where a shared question's answers lead: all to one step, or each to its own."""
    answers = [choice.id for choice in question.choices]
    if question.kind in TYPED_KINDS:
        answers.append("typed")
    if found is None or found.is_text():
        return dict.fromkeys(answers, found.text() if found else "")
    return {name: target.text() for name, target in found.mapping(answers).items()}


def _all_words(labels: Iterable[str], fields: Mapping[str, Field], shared: Iterable[str]) -> tuple[str, ...]:
    own = words_at(fields["words"]) if "words" in fields else ()
    return tuple(dict.fromkeys((*folded(labels), *own, *sorted(shared))))


def words_at(found: Field) -> tuple[str, ...]:
    """Return the words of all languages, folded as typed texts are."""
    fields = found.mapping((), LANGUAGES)
    return folded(word for value in fields.values() for word in value.texts())


def folded(words: Iterable[str]) -> tuple[str, ...]:
    """Return words as typed texts are folded; those made of signs only mean nothing when typed."""
    return tuple(found for word in words if (found := key(clean(word))))


def text_at(fields: Mapping[str, Field], name: str, most: int | None = None) -> str:
    """Return the text under a key, empty where the key is missing."""
    return fields[name].text(most) if name in fields else ""


def integer_at(fields: Mapping[str, Field], name: str) -> int | None:
    """Return the whole number under a key, None where the key is missing."""
    return fields[name].integer() if name in fields else None


def truth_at(fields: Mapping[str, Field], name: str, *, missing: bool = False) -> bool:
    """Return the truth value under a key, or what stands for a missing one."""
    return fields[name].truth() if name in fields else missing


def _texts(fields: Mapping[str, Field], name: str) -> tuple[str, ...]:
    return fields[name].texts() if name in fields else ()
