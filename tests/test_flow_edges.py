"""Every edge of every flow that comes with the project, walked by somebody new with a real database."""

from pathlib import Path
from typing import Final

import pytest

from bot.flow_files import flows_of
from bot.guide_replies import FLOW, GO
from bot.rendering import plain
from bot.replies import LANGUAGE
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Flow, Library
from flows.graph import Edge, edges, paths
from tests.flow_samples import flow_of
from tests.visitor import Stored, Visitor, follow, walk, walk_to_end

EDGES: Final = [
    pytest.param(flow.id, edge, id=f"{flow.id}-{edge.step}-{edge.choice}")
    for flow in flows_of().flows
    for edge in edges(flow)
]


@pytest.fixture(name="visitor")
def _visitor(project_matcher: Matcher, project_library: Library, tmp_path: Path) -> Visitor:
    """Return somebody new."""
    return Visitor(project_matcher, project_library, tmp_path / "regbot.db")


def check_way_on(visitor: Visitor, stored: Stored) -> None:
    """Check that the person sees where they are, and is left with a way on."""
    flow_id, step_id = stored.place or ("", "")
    flow = flow_of(visitor.library, flow_id)
    language = "zh" if stored.language == "zh" else "en"

    assert flow.at(step_id).texts[language].title in plain(visitor.replies)
    if flow.at(step_id).end:
        assert stored.runs[flow_id].status == "finished"
    else:
        assert stored.runs[flow_id].active
        assert all(visitor.offered_as(f"{GO}{flow_id}", step_id, choice.id) for choice in flow.at(step_id).choices[-1:])
    assert visitor.replies[-1].buttons


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("flow_id", "edge"), EDGES)
async def test_an_edge_leads_where_it_says(flow_id: str, edge: Edge, language: Language, visitor: Visitor) -> None:
    """Somebody who goes the shortest way to a step and takes an edge is then where it leads, with a way on.

    An edge that leads into another flow comes back to its target when that flow has ended.
    """
    flow = flow_of(visitor.library, flow_id)
    async with visitor:
        await visitor.turn(button=f"{LANGUAGE}{language}")
        await visitor.turn(button=f"{FLOW}{flow_id}")
        await walk(visitor, flow, paths(flow)[edge.step], language)

        before = await visitor.stored()
        assert before.place == (flow_id, edge.step)

        await follow(visitor, flow, edge, language)

        after = await visitor.stored()
        check_way_on(visitor, after)
        if edge.flow is None:
            assert after.place == (flow_id, edge.target)
            return
        other = flow_of(visitor.library, edge.flow)
        assert after.place == (other.id, other.steps[0].id)

        await walk_to_end(visitor, other, language)

        back = await visitor.stored()
        check_way_on(visitor, back)
        assert back.place == (flow_id, edge.target)
        assert back.runs[other.id].status == "finished"


@pytest.mark.parametrize("flow", flows_of().flows, ids=lambda flow: flow.id)
def test_every_edge_can_be_reached(flow: Flow) -> None:
    """There is a way to every edge of a flow, so that none of them is left out above."""
    walked = {edge for flow_id, edge in (param.values for param in EDGES) if flow_id == flow.id}

    assert {edge for edge in edges(flow) if edge.step not in paths(flow)} == set()
    assert walked == set(edges(flow))
