"""A flow as text, for curators who read it through."""

from collections.abc import Iterator

from faq.text import Language
from flows.definition import Flow, Passage, Step

_MARKS = {"list": "- ", "note": "* "}
_WORDS = {
    "zh": {
        "end": "结束",
        "typed": "填写",
        "see": "常见问题",
        "if": "仅当",
        "unless": "除非",
        "side": "支线",
        "via": "先办",
        "again": "还在等",
        "offers": "接着可办",
    },
    "en": {
        "end": "ends",
        "typed": "typed",
        "see": "questions",
        "if": "if",
        "unless": "unless",
        "side": "aside",
        "via": "first",
        "again": "still waiting",
        "offers": "offers",
    },
}


def flow_text(flow: Flow, language: Language) -> str:
    """Return every step with its text, and where its choices lead."""
    head = flow.texts[language]
    parts = [f"{head.title} [{flow.id}]\n{head.summary}"]
    parts += ("\n".join(_step_lines(step, language)) for step in flow.steps)
    return "\n\n".join(parts)


def _step_lines(step: Step, language: Language) -> Iterator[str]:
    words, text = _WORDS[language], step.texts[language]
    aside = f", {words['side']}" if step.side else ""
    yield f"{text.title} [{step.id}: {step.kind}{aside}]"
    for passage in text.body:
        yield from _passage_lines(passage, words)
    if text.again:
        yield f"  ({words['again']}) {text.again}"
    for item in step.items:
        yield f"  [ ] {item.labels[language]} [{item.id}]"
    if step.next:
        yield f"  ({words['typed']}) -> {step.next}"
    for choice in step.choices:
        via = f" ({words['via']} {choice.flow})" if choice.flow else ""
        yield f"  ({choice.labels[language]}) -> {choice.next}{via}"
    if step.see:
        yield f"  {words['see']}: {', '.join(step.see)}"
    if step.offers:
        yield f"  {words['offers']}: {', '.join(step.offers)}"
    if step.end:
        yield f"  ({words['end']}: {step.end})"


def _passage_lines(passage: Passage, words: dict[str, str]) -> Iterator[str]:
    conditions = [f"{words['if']} {name} = {'/'.join(values)}" for name, values in passage.when.items()]
    conditions += (f"{words['unless']} {name} = {'/'.join(values)}" for name, values in passage.unless.items())
    if conditions:
        yield f"  <{'; '.join(conditions)}>"
    for number, text in enumerate(passage.texts, 1):
        mark = f"{number}. " if passage.kind == "steps" else _MARKS.get(passage.kind, "")
        yield f"  {mark}{text}"
