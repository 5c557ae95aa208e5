"""Reads the folder of guided flows: one file a flow (`<id>.yaml`), the shared questions and the shared words.

`questions.yaml`, `words.yaml` and `ids.yaml` (see `bot.flow_checks`) are optional, so that a small folder is a library as
well. The format is described in flows/README.md.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from bot.content import Field, Problems, read_yaml
from bot.errors import ContentError
from faq.text import LANGUAGES, clean
from flows.definition import (
    KINDS,
    TYPED_KINDS,
    Choice,
    End,
    Flow,
    FlowText,
    Item,
    Kind,
    Library,
    Passage,
    PassageKind,
    Step,
    StepText,
)
from flows.understand import key

LIBRARY: Final = Path(__file__).resolve().parent.parent / "flows" / "library"
"""The folder of the flows that come with the project."""

QUESTIONS, WORDS, IDS = "questions.yaml", "words.yaml", "ids.yaml"

MAX_TITLE: Final[Mapping[str, int]] = {"zh": 14, "en": 40}
MAX_SUMMARY: Final[Mapping[str, int]] = {"zh": 60, "en": 120}
MAX_LABEL: Final[Mapping[str, int]] = {"zh": 16, "en": 32}
"""Characters of a choice's label; longer ones are cut off on a phone's button."""
MAX_ITEM: Final[Mapping[str, int]] = {"zh": 24, "en": 60}

_BLOCKS: Final[Mapping[str, PassageKind]] = {"text": "paragraph", "steps": "steps", "list": "list", "note": "note"}
_STEP_KEYS: Final = (
    "kind", "question", "side", "see", "choices", "items", "next", "least", "most", "function", "end", "offers", "formerly",
)  # fmt: skip

Places = dict[tuple[str, ...], Field]
"""Where things stand: (flow,), (flow, key), (flow, step), (flow, step, key) and (flow, step, "choice" or "item", id)."""


def load_library(folder: Path, problems: Problems, places: Places | None = None) -> Library:
    """Read all flows in the folder; what cannot be used is noted in `problems` and left out.

    `places` is filled with the places of what was read, for checks that look at the whole afterwards.
    """
    if not folder.is_dir():
        problems.add(Field(None, str(folder), "", problems), "this folder does not exist")
        return Library(())
    reader = _Reader(folder, problems, places if places is not None else {})
    words = reader.words()
    questions = reader.questions(words)
    flows = sorted(reader.flows(words, questions), key=lambda flow: (flow.order, flow.id))
    return Library(tuple(flows), questions, words)


def flows_of(folder: Path = LIBRARY) -> Library:
    """Return the library in a folder.

    Raises:
        ContentError: The flows have problems.
    """
    problems = Problems()
    library = load_library(folder, problems)
    if errors := problems.errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ContentError(f"the flows in {folder} have problems: {errors[0]}{more}; `regbot check` lists them all")
    return library


class _Reader:
    def __init__(self, folder: Path, problems: Problems, places: Places) -> None:
        self.folder = folder
        self.problems = problems
        self.places = places

    def read(self, path: Path) -> Field | None:
        full, here = path.resolve(), Path.cwd()
        shown = full.relative_to(here).as_posix() if full.is_relative_to(here) else full.as_posix()
        return read_yaml(path, shown, self.problems)

    def words(self) -> dict[str, frozenset[str]]:
        path = self.folder / WORDS
        root = self.read(path) if path.is_file() else None
        return {name: frozenset(_words(found)) for name, found in root.pairs()} if root else {}

    def questions(self, words: Mapping[str, frozenset[str]]) -> dict[str, Step]:
        path = self.folder / QUESTIONS
        root = self.read(path) if path.is_file() else None
        found: dict[str, Step] = {}
        for item in root.items() if root else []:
            keys = ("choices", "short", "least", "most")
            fields = item.mapping(("id", "kind", *LANGUAGES), keys)
            question = _text(fields, "id")
            if question in found:
                fields["id"].problem(f'"{question}" is listed twice')
            kind = fields["kind"].one_of(("choice", *TYPED_KINDS)) if "kind" in fields else "choice"
            found[question] = Step(
                id=question,
                kind=cast("Kind", kind),
                texts=_step_texts(fields, kind),
                choices=tuple(self.choices(fields, words, ("", question), (), ("remember",))),
                least=fields["least"].integer() if "least" in fields else None,
                most=fields["most"].integer() if "most" in fields else None,
                short=fields["short"].truth() if "short" in fields else False,
            )
            self.places[("", question)] = item
        return found

    def flows(self, words: Mapping[str, frozenset[str]], questions: Mapping[str, Step]) -> Iterator[Flow]:
        for path in sorted((*self.folder.glob("*.yaml"), *self.folder.glob("*.yml"))):
            if path.name in (QUESTIONS, WORDS, IDS):
                continue
            root = self.read(path)
            flow = self.flow(root, path, words, questions) if root else None
            if flow:
                yield flow

    def flow(
        self, root: Field, path: Path, words: Mapping[str, frozenset[str]], questions: Mapping[str, Step]
    ) -> Flow | None:
        keys = ("words", "optional", "reviewed", "sources")
        fields = root.mapping(("id", "order", "steps", *LANGUAGES), keys)
        flow_id = _text(fields, "id")
        if flow_id != path.stem or path.suffix != ".yaml":
            root.problem(f'the id "{flow_id}" and the file\'s name "{path.name}" do not belong together')
        self.places[(flow_id,)] = root
        self.places.update({(flow_id, key): value for key, value in fields.items()})
        texts: dict[str, FlowText] = {}
        for language in LANGUAGES:
            said = fields[language].mapping(("title", "summary")) if language in fields else {}
            title = said["title"].text(MAX_TITLE[language]) if "title" in said else ""
            texts[language] = FlowText(title, said["summary"].text(MAX_SUMMARY[language]) if "summary" in said else "")
        steps: dict[str, Step] = {}
        for item in fields["steps"].items() if "steps" in fields else []:
            step = self.step(item, flow_id, words, questions)
            if step.id in steps:
                item.problem(f'the step "{step.id}" stands here twice')
            steps[step.id] = step
        if not steps:
            root.problem("has no steps")
            return None
        typed = _words(fields["words"]) if "words" in fields else ()
        return Flow(
            id=flow_id,
            order=fields["order"].integer() if "order" in fields else 0,
            texts=texts,
            steps=tuple(steps.values()),
            words=tuple(dict.fromkeys((*(key(clean(text.title)) for text in texts.values()), *typed))),
            optional=fields["optional"].truth() if "optional" in fields else False,
            reviewed=fields["reviewed"].date() if "reviewed" in fields else None,
            sources=tuple(_source(item) for item in fields["sources"].items()) if "sources" in fields else (),
        )

    def step(
        self, item: Field, flow_id: str, words: Mapping[str, frozenset[str]], questions: Mapping[str, Step]
    ) -> Step:
        asks = any(name == "question" for name, _ in item.peek())
        fields = item.mapping(("id", *(("question", "next") if asks else ("kind", *LANGUAGES))), _STEP_KEYS)
        step_id = _text(fields, "id")
        place = (flow_id, step_id)
        self.places[place] = item
        self.places.update({(*place, name): value for name, value in fields.items()})
        if asks:
            return self.asking(fields, step_id, questions)
        kind = fields["kind"].one_of(KINDS) if "kind" in fields else "information"
        for name, kinds in (
            ("items", ("checklist",)), ("next", TYPED_KINDS), ("least", ("number",)), ("most", ("number",)),
            ("function", ("result",)),
        ):  # fmt: skip
            if name in fields and kind not in kinds:
                fields[name].problem(f'"{name}" does not belong to a step of the kind "{kind}"')
            elif name not in fields and kind in kinds:
                item.problem(f'"{name}" is missing')
        return Step(
            id=step_id,
            kind=cast("Kind", kind),
            texts=_step_texts(fields, kind),
            choices=tuple(self.choices(fields, words, place, ("next",), ("flow", "needs"))),
            items=tuple(self.items(fields, place)),
            next=fields["next"].text() if "next" in fields and kind in TYPED_KINDS else None,
            least=fields["least"].integer() if "least" in fields else None,
            most=fields["most"].integer() if "most" in fields else None,
            function=fields["function"].text() if "function" in fields else None,
            side=fields["side"].truth() if "side" in fields else False,
            end=cast("End", fields["end"].one_of(("done", "stopped"))) if "end" in fields else None,
            see=_texts(fields, "see"),
            offers=_texts(fields, "offers"),
            formerly=_texts(fields, "formerly"),
        )

    def asking(self, fields: Mapping[str, Field], step_id: str, questions: Mapping[str, Step]) -> Step:
        """Return a step that asks a shared question: its texts and choices, with the ways on from here."""
        name = _text(fields, "question")
        question = questions.get(name)
        for strange in ("kind", "choices", "items", "least", "most", "function", "end", *LANGUAGES):
            if strange in fields:
                fields[strange].problem(f'"{strange}" does not belong to a step that asks a shared question')
        if question is None:
            if "question" in fields:
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
            side=fields["side"].truth() if "side" in fields else False,
            see=_texts(fields, "see"),
            short=question.short,
            formerly=_texts(fields, "formerly"),
        )

    def choices(
        self,
        fields: Mapping[str, Field],
        words: Mapping[str, frozenset[str]],
        place: tuple[str, ...],
        required: tuple[str, ...],
        optional: tuple[str, ...],
    ) -> Iterator[Choice]:
        seen: set[str] = set()
        for item in fields["choices"].items() if "choices" in fields else []:
            found = item.mapping(("id", *LANGUAGES, *required), ("says", "words", *optional))
            choice_id = _text(found, "id")
            if choice_id in seen:
                item.problem(f'the choice "{choice_id}" stands here twice')
            seen.add(choice_id)
            self.places[(*place, "choices", choice_id)] = item
            says = _text(found, "says")
            if says and says not in words:
                found["says"].problem(f'there are no words "{says}" in {WORDS}')
            labels: dict[str, str] = {lang: found[lang].text(MAX_LABEL[lang]) for lang in LANGUAGES if lang in found}
            own = (
                *(key(clean(label)) for label in labels.values()),
                *(_words(found["words"]) if "words" in found else ()),
            )
            yield Choice(
                id=choice_id,
                labels=labels,
                next=_text(found, "next"),
                words=tuple(dict.fromkeys((*own, *sorted(words.get(says, ()))))),
                flow=_text(found, "flow") or None,
                needs_all="needs" in found and found["needs"].one_of(("all",)) == "all",
                remembered=found["remember"].truth() if "remember" in found else True,
            )

    def items(self, fields: Mapping[str, Field], place: tuple[str, ...]) -> Iterator[Item]:
        seen: set[str] = set()
        for item in fields["items"].items() if "items" in fields else []:
            found = item.mapping(("id", *LANGUAGES), ("words",))
            item_id = _text(found, "id")
            if item_id in seen:
                item.problem(f'the item "{item_id}" stands here twice')
            seen.add(item_id)
            self.places[(*place, "items", item_id)] = item
            labels: dict[str, str] = {lang: found[lang].text(MAX_ITEM[lang]) for lang in LANGUAGES if lang in found}
            own = (
                *(key(clean(label)) for label in labels.values()),
                *(_words(found["words"]) if "words" in found else ()),
            )
            yield Item(item_id, labels, tuple(dict.fromkeys(own)))


def _ways(found: Field | None, question: Step) -> dict[str, str]:
    """Return where a shared question's answers lead: all to one step, or each to its own."""
    answers = [choice.id for choice in question.choices]
    if question.kind in TYPED_KINDS:
        answers.append("typed")
    if found is None or found.is_text():
        return dict.fromkeys(answers, found.text() if found else "")
    return {name: target.text() for name, target in found.mapping(answers).items()}


def _step_texts(fields: Mapping[str, Field], kind: str) -> dict[str, StepText]:
    texts: dict[str, StepText] = {}
    for language in LANGUAGES:
        if language not in fields:
            continue
        waiting = kind == "waiting"
        said = fields[language].mapping(("title", "body", *(("again",) if waiting else ())))
        texts[language] = StepText(
            title=said["title"].text(MAX_TITLE[language]) if "title" in said else "",
            body=tuple(_passage(item) for item in said["body"].items()) if "body" in said else (),
            again=said["again"].text() if "again" in said else None,
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
    return {name: (value.text(),) if value.is_text() else value.texts() for name, value in found.pairs()}


def _source(item: Field) -> tuple[str, str]:
    fields = item.mapping(("document", "part"))
    return _text(fields, "document"), _text(fields, "part")


def _words(found: Field) -> tuple[str, ...]:
    """Return the words of all languages, folded as typed texts are."""
    fields = found.mapping((), LANGUAGES)
    return tuple(key(clean(word)) for value in fields.values() for word in value.texts())


def _text(fields: Mapping[str, Field], key: str) -> str:
    return fields[key].text() if key in fields else ""


def _texts(fields: Mapping[str, Field], key: str) -> tuple[str, ...]:
    return fields[key].texts() if key in fields else ()
