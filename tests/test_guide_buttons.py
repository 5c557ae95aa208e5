"""Buttons of the guides: old ones, forged ones, their size, and pressing twice."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.messages import MAX_BUTTON_DATA
from bot.replies import HEAR
from bot.texts import say
from tests.guide_helpers import FLOW_OF, OPEN_STEPS, STEPS, button, labels, place, progress, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

STALE = say("zh", "stale-button")


async def somebody(talk: "Talk", name: str, step: str) -> "Talk":
    """Return somebody else, who is at a step."""
    other = type(talk)(talk.conversation, talk.store, name)
    await walk(other, step)
    return other


# Old buttons


@pytest.mark.parametrize("label", ["要了", "单位不肯"])
async def test_button_of_an_earlier_step(talk: "Talk", label: str) -> None:
    """A button of an earlier step does nothing, is said to be old, and the present step stands below."""
    ask = await walk(talk, "ask")
    there = await talk("要了")
    before = await progress(talk)
    (found,) = await talk(button=button(ask, label))

    assert found.blocks == (replies.paragraph(STALE), *there[0].blocks)
    assert (found.title, found.buttons) == (there[0].title, there[0].buttons)
    assert await progress(talk) == before


@pytest.mark.parametrize("kind", ["go", "tick", "back"])
async def test_button_of_an_earlier_visit(talk: "Talk", kind: str) -> None:
    """A button of an earlier visit to the same step is old as well."""
    first = await walk(talk, "papers")
    await talk("上一步")
    await talk("信到了")
    label = {"go": "没齐也先看", "tick": "☐ 照片", "back": "上一步"}[kind]

    assert STALE in shown(await talk(button=button(first, label)))
    assert await place(talk) == "papers"
    assert (await run_of(talk, "letters")).ticks == {}


@pytest.mark.parametrize("label", ["没齐也先看", "☐ 照片", "上一步"])
async def test_button_after_the_end(talk: "Talk", label: str) -> None:
    """A step's button does nothing when the flow has ended, and the end is shown again."""
    papers = await walk(talk, "papers")
    end = await talk("没齐也先看")
    found = await talk(button=button(papers, label))

    assert found[0].blocks[0].texts == (STALE,)
    assert found[0].buttons == end[0].buttons
    assert (await run_of(talk, "letters")).status == "finished"


@pytest.mark.parametrize("label", ["没齐也先看", "☐ 照片", "上一步"])
async def test_button_of_an_ended_run(talk: "Talk", label: str) -> None:
    """A button of an ended run does nothing in the run that follows it, even at the same step."""
    papers = await walk(talk, "papers")
    await talk("没齐也先看")
    await talk(button=button(await talk("/guides"), "重新办：等一封信"))
    await talk("要了")
    await talk("信到了")

    assert STALE in shown(await talk(button=button(papers, label)))
    assert await place(talk) == "papers"


async def test_valid_button_of_another_flow(talk: "Talk") -> None:
    """A button of another flow's present step still works, and that flow is the one that the person is in then."""
    wait = await walk(talk, "wait")
    await talk("我的日期")

    assert (await talk(button=button(wait, "信到了")))[0].title == "等一封信（4/5）带材料"
    assert await place(talk) == "papers"
    assert (await run_of(talk, "dates")).step == "obtained"


async def test_old_button_of_another_flow(talk: "Talk") -> None:
    """An old button of another flow leaves the person in the flow where they are."""
    ask = await walk(talk, "ask")
    await talk("要了")
    there = await walk(talk, "registered")
    found = await talk(button=button(ask, "要了"))

    assert (found[0].title, found[0].blocks[0].texts) == (there[0].title, (STALE,))
    assert await place(talk) == "registered"


async def test_button_of_a_flow_that_was_left(talk: "Talk") -> None:
    """The present step's button still works after leaving, and an old one shows the step."""
    ask = await walk(talk, "ask")
    role = await talk("要了")
    await talk("先放着")
    assert STALE in shown(await talk(button=button(ask, "要了")))
    await talk("先放着")
    await talk(button=button(role, "助理医师"))

    assert await place(talk) == "wait"


async def test_old_leave_button(talk: "Talk") -> None:
    """Pressing an old button to leave, after leaving, says that one is in no guide."""
    there = await walk(talk, "wait")
    await talk("先放着")

    assert shown(await talk(button=button(there, "先放着"))).startswith(say("zh", "not-in-guide"))


async def test_question_asked_again_once(talk: "Talk") -> None:
    """The button to change an answer that was taken as known works at its step only."""
    await walk(talk, "finished")
    await talk(button=button(await talk("/guides"), "重新办：等一封信"))
    wait = await talk("要了")
    change = button(wait, "改：你的身份")
    await talk("信到了")
    assert STALE in shown(await talk(button=change))
    wait = await talk("上一步")
    await talk(button=button(wait, "改：你的身份"))

    assert await place(talk) == "role"


# Forged buttons

BAD_SERIALS = ("", "x", "-1", "1.5", "1e1", "²", " 3", "3 ", "0x3", "1234567", "9" * 40)
FORGED = [
    *(f"go:letters:wait:here:{serial}" for serial in BAD_SERIALS),
    "go:letters:wait:here:0", "go:letters:wait:here:4", "go:letters:wait:here:99999", "go:letters:wait:here",
    "go:letters:wait:here:3:3", "go:letters:wait:3", "go:letters:3", "go:letters", "go:3", "go:", "go", "go::::", "go:::::3",
    "go:letters:wait:nothing:3", "go:letters:nothing:here:3", "go:nothing:wait:here:3", "go:letters:papers:anyway:3",
    "go:letters:wait::3", "go:letters::here:3", "go::wait:here:3", "go:dates:registered:yes:1", "GO:letters:wait:here:3",
    "go:letters:wait:HERE:3", "go:letters:wait:here\n:3", " go:letters:wait:here:3", "tick:letters:wait:letter:3",
    "tick:letters:papers:letter:3", "tick:letters:papers:letter:4", "untick:letters:papers:photo:3", "tick:letters:3",
    "untick:", "tick:letters:wait:here:3", "back:letters", "back:letters:", "back:letters:0", "back:letters:2", "back:letters:3:3",
    "back:letters:wait:3", "back:dates:1", "back:nothing:3", "back::", "ask:letters:role:3", "ask:letters:role:0", "ask:letters:3",
    "ask:letters:wait:3", "ask:letters:nothing:3", "ask:letters:role:x:3", "flow:", "flow:nothing", "flow:letters:3", "flow:dates:",
    "flow:dates:1", "flow:Dates", "flow: dates", "restart:letters", "restart:letters:", "restart:letters:2", "restart:letters:4",
    "restart:letters:3:3", "restart:dates:0", "restart:nothing:3", "restart:", "clear:", "clear:nothing", "clear:role:1",
    "clear:role:", "clear: role", "clear:Role", "leave:", "leave:letters", "Leave", "progress:", "progress:me", "guides:", "guides:1",
    "/cancel", "/restart", "下一步", "\udcff", "go:letters:wait:here:\udcff", "go:letters:wait:here:" + "3" * 5000, "go:" + "x" * 9000,
]  # fmt: skip


@pytest.mark.parametrize("data", FORGED, ids=lambda data: ascii(data[:40]))
async def test_forged_button(talk: "Talk", data: str) -> None:
    """A forged button changes nothing, and is answered with the present step."""
    there = await walk(talk, "wait")
    assert there[0].buttons[0].data == "go:letters:wait:here:3"
    before = await progress(talk)
    history = (await talk.store.export(1))["steps"]
    found = await talk(button=data)

    assert await progress(talk) == before
    assert (await talk.store.export(1))["steps"] == history
    assert found[-1].buttons == there[-1].buttons
    first = shown(found)
    assert say("zh", "unknown-button") in first or STALE in first


@pytest.mark.parametrize(
    "data",
    [data for data in FORGED if not data.startswith("clear:role")],
    ids=lambda data: ascii(data[:40]),
)
async def test_forged_button_of_somebody_new(talk: "Talk", data: str) -> None:
    """A button of a run that was never begun begins none."""
    found = await talk(button=data)

    assert found == [replies.said("zh", "unknown-button")]
    assert (await progress(talk)).runs == {}


# All buttons


async def offered(talk: "Talk", step: str) -> dict[str, str]:
    """Return the buttons that somebody at a step can see, by what they carry, with the text that shows them."""
    texts = (
        "/start",
        "/guides",
        "/progress",
        "/restart",
        "/forget",
        "/language",
        "/topics",
        "/help",
        "怎么弄",
        "蚂蚁怎么搬家？",
        "要带几张照片？",
    )
    found: dict[str, str] = {}
    for text in texts:
        found |= {button.data: text for reply in await talk(text) for button in reply.buttons}
    return found


@pytest.mark.parametrize("step", STEPS)
async def test_every_button_is_understood(talk: "Talk", step: str) -> None:
    """Every button that a reply offers fits the channels, and does something that is neither old nor unknown."""
    there = await walk(talk, step)
    led_to = await offered(talk, step)
    buttons = {button.data for reply in there for button in reply.buttons} | set(led_to)

    for number, data in enumerate(sorted(buttons)):
        assert len(data.encode()) <= MAX_BUTTON_DATA
        other = await somebody(talk, f"{number}", step)
        if data.startswith(HEAR):  # it is about a question of one's own
            await other(led_to[data])
        found = shown(await other(button=data))
        assert STALE not in found, data
        assert say("zh", "unknown-button") not in found, data


@pytest.mark.parametrize("step", STEPS)
async def test_every_button_pressed_twice(talk: "Talk", step: str) -> None:
    """Pressing any button twice at once does what pressing it once does."""
    there = await walk(talk, step)
    buttons = {button.data for reply in there for button in reply.buttons} | set(await offered(talk, step))
    buttons.discard("forget:yes")

    for number, data in enumerate(sorted(buttons)):
        once = await somebody(talk, f"once {number}", step)
        await once(button=data)
        twice = await somebody(talk, f"twice {number}", step)
        await asyncio.gather(twice(button=data), twice(button=data))
        assert await progress(twice) == await progress(once), data


async def test_forgetting_pressed_twice(talk: "Talk") -> None:
    """Deleting everything twice at once leaves nobody with a guide."""
    await walk(talk, "wait")
    await asyncio.gather(talk(button="forget:yes"), talk(button="forget:yes"))

    assert (await progress(talk)).runs == {}


@pytest.mark.parametrize("step", OPEN_STEPS)
async def test_labels_at_a_step_differ(talk: "Talk", step: str) -> None:
    """No two buttons of a reply have the same label, so that a typed label means one of them."""
    found = await walk(talk, step)

    assert len(set(labels(found))) == len(labels(found))
    assert (await run_of(talk, FLOW_OF[step])).active
