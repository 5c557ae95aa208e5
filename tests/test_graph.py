"""A flow as a graph: its edges, the shortest ways, what cannot be reached or left, the drawing, the main way."""

from collections.abc import Iterable
from dataclasses import replace
from textwrap import dedent

import pytest

from flows.definition import Kind, Library, Step
from flows.graph import TYPED, Edge, edges, edges_of, mermaid, paths, unreachable, without_end
from tests.flow_samples import flow_of
from tests.flow_walks import choice, flow, item, step

TINY = flow(
    "tiny",
    step("start", choice("on", "list"), choice("ask", "start", flow="other")),
    step("list", choice("all", "when", needs_all=True), kind="checklist", items=(item("paper"),)),
    step("when", choice("unknown", "wait"), kind="date", next="end"),
    step("wait", choice("still", "wait"), choice("here", "end", flow="other"), kind="waiting"),
    step("end"),
)


def ids(steps: Iterable[Step]) -> list[str]:
    return [found.id for found in steps]


def test_edges() -> None:
    """Every choice is an edge, those that stay or lead through another flow as well, and typing is one."""
    assert edges(TINY) == (
        Edge("start", "on", "list"),
        Edge("start", "ask", "start", "other"),
        Edge("list", "all", "when"),
        Edge("when", TYPED, "end"),
        Edge("when", "unknown", "wait"),
        Edge("wait", "still", "wait"),
        Edge("wait", "here", "end", "other"),
    )


def test_edges_of_a_step() -> None:
    """The edges of one step are those that leave it; what is typed counts at steps of that kind only."""
    date = step("when", choice("on", "a"), kind="date", next="b")

    assert list(edges_of(date)) == [Edge("when", TYPED, "b"), Edge("when", "on", "a")]
    assert list(edges_of(replace(date, kind="information"))) == [Edge("when", "on", "a")]
    assert list(edges_of(replace(date, next=None))) == [Edge("when", "on", "a")]
    assert list(edges_of(step("end"))) == []


def test_edges_of_a_shared_question(small_library: Library) -> None:
    """A step that asks a shared question leads where its answers do."""
    assert [edge for edge in edges(flow_of(small_library, "dates")) if edge.step == "obtained"] == [
        Edge("obtained", TYPED, "registered"),
        Edge("obtained", "unknown", "look"),
    ]


def test_paths_are_the_shortest_ways(small_library: Library) -> None:
    """To every step there is the way with the fewest choices, and none to the first one."""
    found = paths(flow_of(small_library, "letters"))

    assert {name: [edge.choice for edge in way] for name, way in found.items()} == {
        "ask": [],
        "role": ["asked"],
        "trouble": ["refused"],
        "wait": ["asked", "physician"],
        "given-up": ["refused", "give-up"],
        "papers": ["asked", "physician", "here"],
        "finished": ["asked", "physician", "here", "complete"],
    }
    assert all(way[-1].target == name for name, way in found.items() if way)


def test_a_longer_way_that_comes_first_is_not_taken() -> None:
    """A later choice that leads there at once is shorter than an earlier one with a detour."""
    first = step("first", choice("round", "middle"), choice("straight", "end"))
    found = paths(flow("two-ways", first, step("middle", choice("on", "end")), step("end")))

    assert [edge.choice for edge in found["end"]] == ["straight"]


def test_ways_to_steps_that_do_not_exist_are_left_out() -> None:
    """A choice that leads nowhere is no way."""
    torn = flow("torn", step("first", choice("on", "nowhere"), choice("round", "first")))

    assert paths(torn) == {"first": ()}


def test_what_cannot_be_reached(small_library: Library) -> None:
    """Steps that nothing leads to are found, though they lead to each other or to steps that can be reached."""
    lost = (step("island", choice("on", "isle")), step("isle", choice("on", "island"), choice("home", "end")))

    assert ids(unreachable(replace(TINY, steps=(*TINY.steps, *lost)))) == ["island", "isle"]
    assert [ids(unreachable(found)) for found in (*small_library.flows, TINY)] == [[], [], []]


def test_what_has_no_end(small_library: Library) -> None:
    """Steps from which no end can be reached are found: circles, and steps without a way on."""
    trap = flow(
        "trap",
        step("start", choice("in", "round"), choice("out", "end"), choice("stuck", "stuck"), choice("torn", "torn")),
        step("round", choice("on", "about")),
        step("about", choice("on", "round")),
        step("stuck", end=None),
        step("torn", choice("on", "nowhere")),
        step("end"),
    )

    assert ids(without_end(trap)) == ["round", "about", "stuck", "torn"]
    assert [ids(without_end(found)) for found in (*small_library.flows, TINY)] == [[], [], []]


def test_typing_leads_to_an_end() -> None:
    """A step that is left by typing only has an end."""
    typed = flow("typed", step("first", choice("again", "first"), kind="number", next="end"), step("end"))

    assert without_end(typed) == ()
    assert unreachable(typed) == ()


def test_no_end_at_all() -> None:
    """In a flow without an end no step has one."""
    assert ids(without_end(flow("endless", step("first", choice("on", "first"))))) == ["first"]


def test_the_drawing() -> None:
    """A flow is drawn with a shape for every kind of step, and an arrow for every choice and what is typed."""
    expected = dedent("""\
        flowchart TD
            n-start["start"]
            n-list[/"list"/]
            n-when{"when"}
            n-wait("wait")
            n-end(["end"])
            f-other[["other"]]
            n-start -->|"on"| n-list
            n-start -->|"ask"| f-other -.-> n-start
            n-list -->|"all"| n-when
            n-when -->|"typed"| n-end
            n-when -->|"unknown"| n-wait
            n-wait -->|"still"| n-wait
            n-wait -->|"here"| f-other -.-> n-end""")

    assert mermaid(TINY, "en") == expected
    assert mermaid(TINY, "zh") == expected.replace('"typed"', '"填写"')


def test_the_drawing_is_in_a_language(small_library: Library) -> None:
    """Titles and labels are those of the language."""
    letters = flow_of(small_library, "letters")

    assert 'n-wait("等信")' in mermaid(letters, "zh")
    assert 'n-wait("Wait for it")' in mermaid(letters, "en")
    assert 'n-papers -->|"齐了，交上去"| n-finished' in mermaid(letters, "zh")
    assert 'n-wait -->|"It is lost"| f-dates -.-> n-ask' in mermaid(letters, "en")


@pytest.mark.parametrize("kind", ["choice", "number"])
def test_questions_are_diamonds(kind: Kind) -> None:
    """A choice and a number are drawn like a date."""
    assert 'n-asks{"asks"}' in mermaid(flow("one", step("asks", choice("on", "end"), kind=kind), step("end")), "en")


@pytest.mark.parametrize("kind", ["information", "result"])
def test_other_steps_are_boxes(kind: Kind) -> None:
    """What is read only is drawn as a box."""
    assert 'n-reads["reads"]' in mermaid(flow("one", step("reads", choice("on", "end"), kind=kind), step("end")), "en")


def test_texts_are_quoted() -> None:
    """Marks that mean something to Mermaid stand between quotes, and quotes are written otherwise."""
    odd = 'Say "yes" | [no] --> {x} (y)'
    drawn = mermaid(flow("odd", step("a", choice(odd, "a"))), "en")
    quoted = odd.replace('"', "#quot;")

    assert f'n-a -->|"{quoted}"| n-a' in drawn
    assert drawn.count('"') == 4


@pytest.mark.parametrize("word", ["end", "graph", "subgraph", "class", "click", "style", "default", "o", "x"])
def test_words_of_mermaid_are_no_ids(word: str) -> None:
    """A step that is called like a word of Mermaid's own is drawn under another name."""
    drawn = mermaid(flow("odd", step(word, choice("on", word), choice("via", word, flow=word))), "en")
    names = [piece for line in drawn.splitlines()[1:] for piece in line.replace("[", " [").split()]

    assert word not in names


def test_the_main_way(small_library: Library) -> None:
    """The main way is what the overview counts: no branches that help, and no end that is none."""
    assert ids(flow_of(small_library, "letters").outline) == ["ask", "role", "wait", "papers", "finished"]
    assert ids(flow_of(small_library, "dates").outline) == ["obtained", "registered", "years", "result", "done"]
