"""The checks that look at whole flows: steps that lead nowhere or are never reached, references, lengths, ids that changed.

What is wrong with a single value is found while reading (`bot.content`, `bot.flow_files`).
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from bot.content import Field, Problems, read_yaml, shown
from bot.flow_files import IDS, NAVIGATION, load_library
from bot.guide_replies import ASK, CLEAR, GO, RESTART, UNTICK, data
from bot.messages import MAX_BUTTON_DATA
from bot.reviews import check_documents, check_reviewed
from bot.step_files import Places
from faq.corpus import Corpus
from faq.links import find_links
from faq.text import LANGUAGES
from flows.definition import TYPED_KINDS, Choice, Flow, Item, Library, Passage, Step, StepText
from flows.graph import TYPED, edges_of, unreachable, without_end
from flows.results import GIVES
from flows.run import SERIALS
from flows.view import BLANK

MAX_BODY: Final[Mapping[str, int]] = {"zh": 320, "en": 1000}
"""Characters that a person may see at a step, which is about one screen of a phone."""
MAX_CHOICES: Final = 9
"""Choices of a step; more are no longer a choice but a search. Steps with short labels may have more."""
LINKABLE: Final = re.compile("[A-Za-z0-9_-]+")
"""Ids of entries and flows: links that lead into a chat carry nothing else (Telegram, deep linking)."""
_BRACE: Final = re.compile(r"[{}][^{}]*[{}]?")


def check_flows(folder: Path, corpus: Corpus, today: date, problems: Problems) -> Library:
    """Note all problems of the flows in a folder, and return them.

    `corpus` holds the entries and documents that they refer to.
    """
    places: Places = {}
    library = load_library(folder, problems, places)
    if problems.errors:
        return library
    checker = _Checker(library, corpus, places, today)
    for flow in library.flows:
        checker.flow(flow)
    checker.shared()
    if (folder / IDS).is_file():
        checker.ids(folder / IDS, problems)
    return library


def ids_of(library: Library) -> dict[str, dict[str, list[str]]]:
    """Return the ids that people's runs refer to: by flow and step those of choices and items."""
    return {
        flow.id: {
            step.id: [*(found.id for found in step.choices), *(found.id for found in step.items)] for step in flow.steps
        }
        for flow in library.flows
    }


class _Checker:
    def __init__(self, library: Library, corpus: Corpus, places: Places, today: date) -> None:
        self.library = library
        self.corpus = corpus
        self.places = places
        self.today = today

    def _at(self, *path: str) -> Field:
        """Return the most exact known place of something."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def flow(self, flow: Flow) -> None:
        self._review(flow)
        stuck = [step for step in flow.steps if not self._ways(flow, step)]
        for step in flow.steps:
            self._references(flow, step)
            self._options(flow, step)
            self._texts(flow, step)
        if not stuck:  # what follows from a dangling or missing way is no problem of its own
            for step in unreachable(flow):
                self._at(flow.id, step.id).problem(f'nothing leads to the step "{step.id}"')
            for step in without_end(flow):
                self._at(flow.id, step.id).problem(f'no end can be reached from the step "{step.id}"')

    def _review(self, flow: Flow) -> None:
        if not LINKABLE.fullmatch(flow.id):
            self._at(flow.id, "id").problem(f'the id "{flow.id}" has characters that no link can carry')
        self._fits(data(RESTART, flow.id, SERIALS - 1), self._at(flow.id, "id"))
        for name, value in (("reviewed", flow.reviewed), ("sources", flow.sources)):
            if not value:
                self._at(flow.id).problem(f'"{name}" is missing')
        check_reviewed(self._at(flow.id, "reviewed"), flow.reviewed, self.today)
        check_documents(self._at(flow.id, "sources"), (document for document, _ in flow.sources), self.corpus)

    def _ways(self, flow: Flow, step: Step) -> bool:
        """Check the ways on from a step; return whether all of them lead somewhere."""
        here = self._at(flow.id, step.id)
        good = True
        if step.end is not None and (step.choices or step.items or step.next):
            here.problem('"end" stands here although there are ways on')
        elif step.end is None and not any(edge.target != step.id for edge in edges_of(step)):
            here.problem("there is no way on from here, and no end")
            good = False
        dangling: dict[str, Field] = {}
        for edge in edges_of(step):
            typed = edge.choice == TYPED or (flow.id, step.id, "choices", edge.choice) not in self.places
            place = self._at(flow.id, step.id, *(("next",) if typed else ("choices", edge.choice)))
            if flow.step(edge.target) is None:
                dangling.setdefault(edge.target, place)
            if edge.flow and (edge.flow == flow.id or self.library.flow(edge.flow) is None):
                place.problem(f'"flow": there is no other flow "{edge.flow}"')
        for target, place in dangling.items():
            place.problem(f'"next": there is no step "{target}" in this flow')
        for choice in step.choices:
            if choice.anew and choice.next not in (*flow.numbers, *dangling):
                self._at(flow.id, step.id, "choices", choice.id).problem('"anew" leads to a step of the main way')
        return good and not dangling

    def _references(self, flow: Flow, step: Step) -> None:
        for entry in step.see:
            if self.corpus.entry(entry) is None:
                self._at(flow.id, step.id, "see").problem(f'there is no entry "{entry}"')
        for other in step.offers:
            if other == flow.id or self.library.flow(other) is None:
                self._at(flow.id, step.id, "offers").problem(f'there is no other flow "{other}"')
        if step.offers and step.end is None:
            self._at(flow.id, step.id, "offers").problem("flows are offered at the end only")
        if step.function is not None and step.function not in GIVES:
            known = ", ".join(sorted(GIVES))
            self._at(flow.id, step.id, "function").problem(f'there is no function "{step.function}"; known: {known}')
        for gone in step.formerly:
            successor = flow.successor(gone)
            if flow.step(gone):
                self._at(flow.id, step.id, "formerly").problem(f'the step "{gone}" still exists')
            elif successor is not step and successor is not None:
                self._at(flow.id, step.id, "formerly").problem(
                    f'"{successor.id}" has taken the place of "{gone}" already'
                )

    def _options(self, flow: Flow, step: Step) -> None:
        here = self._at(flow.id, step.id)
        if len(step.choices) > MAX_CHOICES and not step.short:
            here.problem(f"has {len(step.choices)} choices, at most {MAX_CHOICES} are allowed")
        if any(choice.needs_all for choice in step.choices) and not step.items:
            here.problem('"needs" belongs to a checklist')
        if any(choice.needs_all for choice in step.choices) and all(choice.needs_all for choice in step.choices):
            here.problem("there is no way on while something is missing")
        self._fits(data(ASK, flow.id, step.id, SERIALS - 1), here)
        owners: dict[str, Choice | Item] = {}
        options: tuple[Choice | Item, ...] = (*step.choices, *step.items)
        for option in options:
            kind, prefix = ("choices", GO) if isinstance(option, Choice) else ("items", UNTICK)
            place = self._at(flow.id, step.id, kind, option.id)
            self._fits(data(prefix, flow.id, step.id, option.id, SERIALS - 1), place)
            for word in option.words:
                if owners.setdefault(word, option) is not option:
                    place.problem(f'"{word}" already means "{owners[word].id}" at this step')

    def _fits(self, button: str, place: Field) -> None:
        if (size := len(button.encode())) > MAX_BUTTON_DATA:
            place.problem(f"its ids take {size} bytes of a button, at most {MAX_BUTTON_DATA} are allowed")

    def _texts(self, flow: Flow, step: Step) -> None:
        names = self._names(flow, step)
        for language in LANGUAGES:
            text = step.texts[language]
            place = self._at(flow.id, step.id, language)
            if not text.body:
                place.problem('"body" is empty')
            if (length := _longest(step, text)) > MAX_BODY[language]:
                place.problem(f"has {length} characters, at most {MAX_BODY[language]} fit one screen")
            for label in _labels(step, language):
                if _BRACE.search(label):
                    place.problem(f'"{label}" is shown as it is: there are no blanks in titles and labels')
            if step.function is not None and step.function not in GIVES:
                continue  # what it gives is not known
            for passage in text.body:
                self._conditions(passage, names, place)
            for piece in (*(piece for passage in text.body for piece in passage.texts), text.again or ""):
                self._piece(piece, names, place)

    def _piece(self, piece: str, names: Mapping[str, frozenset[str]], place: Field) -> None:
        for blank in BLANK.finditer(piece):
            if blank[1] not in names:
                place.problem(f'there is no value "{blank[1]}" for the blank {blank[0]}')
        if odd := _BRACE.search(BLANK.sub("", piece)):
            place.problem(f'"{odd[0]}" is no blank: they are written {{name}} or {{name|unit}}, with small letters')
        for link in find_links(piece):
            if link.verdict != "official":
                place.problem(f'shows the address "{link.text}", which is not an official one')

    def _conditions(self, passage: Passage, names: Mapping[str, frozenset[str]], place: Field) -> None:
        for name, values in (*passage.when.items(), *passage.unless.items()):
            if name not in names:
                place.problem(f'there is no value "{name}" to look at')
            elif known := names[name]:
                for value in sorted(set(values) - known):
                    place.problem(f'"{name}" is never "{value}"; known: {", ".join(sorted(known))}')

    def _names(self, flow: Flow, step: Step) -> dict[str, frozenset[str]]:
        """Return the names of values that a step's text may use, with the values that they can have (none: any)."""
        names: dict[str, frozenset[str]] = {}
        for asked in (*flow.steps, *self.library.questions.values()):
            choices = frozenset(choice.id for choice in asked.choices)
            if choices or asked.kind in TYPED_KINDS:
                names[asked.id] = choices if asked.kind not in TYPED_KINDS else frozenset()
        return names | dict(GIVES.get(step.function or "", {}))

    def shared(self) -> None:
        """Check what flows have in common: words, orders, shared questions."""
        orders: dict[int, str] = {}
        words = {word: name for name in NAVIGATION for word in self.library.words.get(name, ())}
        for flow in self.library.flows:
            if orders.setdefault(flow.order, flow.id) != flow.id:
                self._at(flow.id, "order").problem(f'{flow.order} is already the place of "{orders[flow.order]}"')
            for word in flow.words:
                if words.setdefault(word, flow.id) != flow.id:
                    self._at(flow.id, "words").problem(f'"{word}" already means "{words[word]}"')
            for language, head in flow.texts.items():
                if _BRACE.search(head.title + head.summary):
                    self._at(flow.id, language).problem("there are no blanks in titles and summaries")
        for name in self.library.questions:
            self._fits(data(CLEAR, name), self._at("", name))
        asked = {step.question for flow in self.library.flows for step in flow.steps}
        for name in sorted(self.library.questions.keys() - asked):
            self._at("", name).warning(f'no flow asks the question "{name}"')

    def ids(self, path: Path, problems: Problems) -> None:
        """Compare the ids with those that people's runs may refer to."""
        before = len(problems.found)
        root = read_yaml(path, shown(path), problems)
        listed: dict[str, dict[str, tuple[str, ...]]] = {}
        places: list[tuple[str, str, Field]] = []
        gone: list[tuple[str, Field]] = []
        for flow_id, steps in root.pairs() if root else ():
            listed[flow_id] = {}
            if self.library.flow(flow_id) is None:
                gone.append((flow_id, steps))
                continue
            for step_id, options in steps.pairs():
                listed[flow_id][step_id] = options.texts()
                places.append((flow_id, step_id, options))
        if len(problems.found) > before:
            return
        for flow_id, steps in gone:
            steps.problem(f'the flow "{flow_id}" is gone although people may be in it; {_ACCEPT_GONE}')
        for flow_id, step_id, options in places:
            self._still_there(flow_id, step_id, listed[flow_id][step_id], options)
        for flow_id, known in ids_of(self.library).items():
            for step_id, names in known.items():
                noted = listed.get(flow_id, {})
                for name in [step_id] if step_id not in noted else sorted(set(names) - set(noted[step_id])):
                    here = self._at(flow_id, step_id)
                    here.problem(f'"{name}" is not in {IDS} yet; `regbot flow ids --write` adds it')

    def _flow(self, flow_id: str) -> Flow:
        flow = self.library.flow(flow_id)
        assert flow is not None, "flows that are gone have been reported"
        return flow

    def _still_there(self, flow_id: str, step_id: str, options: tuple[str, ...], place: Field) -> None:
        flow = self._flow(flow_id)
        step = flow.step(step_id)
        if step is None and flow.successor(step_id) is None:
            place.problem(f'the step "{step_id}" is gone although people may be at it; {_ACCEPT}')
        for option in options if step else ():
            if step and step.choice(option) is None and step.item(option) is None:
                place.problem(f'"{option}" is gone although people may have chosen it; {_ACCEPT_GONE}')


def _labels(step: Step, language: str) -> tuple[str, ...]:
    choices, items = (
        (found.labels[language] for found in step.choices),
        (found.labels[language] for found in step.items),
    )
    return (step.texts[language].title, *choices, *items)


def _longest(step: Step, text: StepText) -> int:
    """Return how many characters of a step's text one person may see; a result's passages stand for each other."""
    lengths = [(sum(map(len, passage.texts)), bool(passage.when or passage.unless)) for passage in text.body]
    always = sum(length for length, conditional in lengths if not conditional)
    some = [length for length, conditional in lengths if conditional]
    return max((always, *some)) if step.kind == "result" else always + sum(some)


_ACCEPT_GONE: Final = "accept that with `regbot flow ids --write`"
_ACCEPT: Final = f'name it in "formerly" of the step that takes its place, or {_ACCEPT_GONE}'
