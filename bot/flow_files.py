"""Reads the folder of guided flows: one file a flow (`<id>.yaml`), the shared questions and the shared words.

`questions.yaml`, `words.yaml` and `ids.yaml` (see `bot.flow_checks`) are optional, so that a small folder is a library as
well. The format is described in flows/README.md; steps are read by `bot.step_files`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from bot.content import Field, Problems, read_yaml, shown
from bot.errors import ContentError
from bot.step_files import (
    QUESTIONS,
    WORDS,
    Places,
    StepReader,
    find_id,
    folded,
    integer_at,
    kind_at,
    once,
    step_texts,
    text_at,
    truth_at,
    with_parts,
    words_at,
)
from faq.text import LANGUAGES
from flows.definition import TYPED_KINDS, Flow, FlowText, Kind, Library, Step

LIBRARY: Final = Path(__file__).resolve().parent.parent / "flows" / "library"
"""The folder of the flows that come with the project."""

IDS: Final = "ids.yaml"

NAVIGATION: Final = ("back", "leave", "restart", "guides", "progress", "all", "missing", "unsure", "resume")
"""The shared words that are understood at every step; the others belong to choices that name them."""

MAX_TITLE: Final[Mapping[str, int]] = {"zh": 14, "en": 40}
MAX_SUMMARY: Final[Mapping[str, int]] = {"zh": 60, "en": 120}


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
    reader.strangers()
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
        return read_yaml(path, shown(path), self.problems)

    def words(self) -> dict[str, frozenset[str]]:
        path = self.folder / WORDS
        root = self.read(path) if path.is_file() else None
        shared = {name: frozenset(words_at(found)) for name, found in root.pairs()} if root else {}
        for name in NAVIGATION:
            if root and shared and name not in shared:
                root.problem(f'"{name}" is missing')
        return shared

    def strangers(self) -> None:
        """Report what nothing reads, so that a misspelt name is not left out in silence."""
        for path in sorted((*self.folder.rglob("*.yaml"), *self.folder.rglob("*.yml"))):
            if path.parent != self.folder:
                Field(None, shown(path), "", self.problems).problem("nothing reads this file; its place is wrong")

    def questions(self, words: Mapping[str, frozenset[str]]) -> dict[str, Step]:
        path = self.folder / QUESTIONS
        root = self.read(path) if path.is_file() else None
        reader = StepReader(words, {}, self.places)
        found: dict[str, Step] = {}
        for item in root.items() if root else []:
            fields = item.mapping(("id", "kind", *LANGUAGES), ("choices", "short", "least", "most"))
            question = find_id(fields)
            once(fields, question, found, "is listed twice")
            kind = kind_at(fields, item, ("choice", *TYPED_KINDS), without=("next",))
            self.places[("", question)] = item
            found[question] = Step(
                id=question,
                kind=cast("Kind", kind or "choice"),
                texts=step_texts(fields, kind or "", MAX_TITLE),
                choices=with_parts(reader.choices(fields, ("", question), (), ("remember",))),
                least=integer_at(fields, "least"),
                most=integer_at(fields, "most"),
                short=truth_at(fields, "short"),
            )
        return found

    def flows(self, words: Mapping[str, frozenset[str]], questions: Mapping[str, Step]) -> Iterator[Flow]:
        for path in sorted((*self.folder.glob("*.yaml"), *self.folder.glob("*.yml"))):
            if path.name in (QUESTIONS, WORDS, IDS):
                continue
            root = self.read(path)
            flow = self.flow(root, path, StepReader(words, questions, self.places)) if root else None
            if flow:
                yield flow

    def flow(self, root: Field, path: Path, reader: StepReader) -> Flow | None:
        keys = ("words", "optional", "reviewed", "sources")
        fields = root.mapping(("id", "order", "steps", *LANGUAGES), keys)
        flow_id = text_at(fields, "id")
        if flow_id and (flow_id != path.stem or path.suffix != ".yaml"):
            root.problem(f'the id "{flow_id}" and the file\'s name "{path.name}" do not belong together')
        self.places[(flow_id,)] = root
        self.places.update({(flow_id, name): value for name, value in fields.items()})
        texts: dict[str, FlowText] = {}
        for language in LANGUAGES:
            said = fields[language].mapping(("title", "summary")) if language in fields else {}
            title = text_at(said, "title", MAX_TITLE[language])
            texts[language] = FlowText(title, text_at(said, "summary", MAX_SUMMARY[language]))
        steps: dict[str, Step] = {}
        for item in fields["steps"].items() if "steps" in fields else []:
            step = reader.step(item, flow_id, MAX_TITLE)
            if step.id and step.id in steps:
                item.problem(f'the step "{step.id}" stands here twice')
            steps[step.id] = step
        if not steps:
            if "steps" in fields:
                root.problem("has no steps")
            return None
        typed = words_at(fields["words"]) if "words" in fields else ()
        return Flow(
            id=flow_id,
            order=integer_at(fields, "order") or 0,
            texts=texts,
            steps=tuple(steps.values()),
            words=tuple(dict.fromkeys((*folded(text.title for text in texts.values()), *typed))),
            optional=truth_at(fields, "optional"),
            reviewed=fields["reviewed"].date() if "reviewed" in fields else None,
            sources=tuple(_source(item) for item in fields["sources"].items()) if "sources" in fields else (),
        )


def _source(item: Field) -> tuple[str, str]:
    fields = item.mapping(("document", "part"))
    return text_at(fields, "document"), text_at(fields, "part")
