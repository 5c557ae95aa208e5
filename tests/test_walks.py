"""Random walks through the project's flows: whatever people press and type, and whenever, they get a reply and a way on."""

import asyncio
import json
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from bot.flow_files import flows_of
from bot.guide_replies import ASK, BACK, CLEAR, FLOW, GO, LEAVE, PROGRESS, RESTART, TICK, UNTICK
from bot.messages import MAX_BUTTON_DATA
from bot.rendering import plain
from bot.replies import ENTRY, GUIDES, HELPFUL, UNHELPFUL
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES
from flows.definition import Library
from flows.graph import paths
from flows.run import Run, from_json, to_json
from flows.view import look
from tests.flow_samples import flow_of
from tests.visitor import ZONE, Visitor
from tests.visitor import walk as walk_to

WALKS: Final = 500 if "SOAK" in os.environ else 15
TURNS: Final = 40

PROJECT: Final = flows_of()
QUESTIONS: Final = tuple(
    json.loads(line)["q"]
    for line in (Path(__file__).parent / "data" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
)
PERSONAL: Final = ("110101199003074514", "13812345678", "zhang.san@example.com", "Abc#12345", "493021")
PERSONAL_TEXTS: Final = (
    "110101199003074514", "我的身份证号是110101199003074514", "13812345678", "call me at 13812345678, thanks",
    "zhang.san@example.com", "密码是Abc#12345", "my password is Abc#12345", "激活码 493021 收到了", "493021",
    "照片有了，电话13812345678", "110101199003074514这个号码能查出蚂蚁搬家吗？", "who is zhang.san@example.com, and why?",
    "13812345678打过来的是谁？", "密码Abc#12345被火星人看到了怎么办？",
)  # fmt: skip
DATES: Final = (
    "2026年11月", "2026-11-20", "去年12月", "last december", "20 Nov 2024", "三月", "2026", "明年1月", "1998-01-01",
    "2025年2月30日", "03/04/2025", "昨天", "二〇二五年六月", "20230630", "2023.6", "nov", "2024年2月29日",
)  # fmt: skip
NUMBERS: Final = ("0", "1", "2", "5年", "两年", "21", "-3", "2.5", "三年半", "99999999999", "1 2 3", "1、3", "12", "40")
COMMANDS: Final = (
    "/back", "/back 2", "/back 9", "/back x", "/back 99999999", "/cancel", "/restart", "/guides", "/progress",
    "/calendar", "/start", "/BACK",
)  # fmt: skip
WORDS: Final = tuple(sorted(word for words in PROJECT.words.values() for word in words)) + tuple(
    flow.texts[language].title for flow in PROJECT.flows for language in LANGUAGES
)
ENDINGS: Final = ("", "。", "!", "了", "吧", "?", " please", "是什么", "没有")


def _forged() -> Iterator[str]:
    """Yield buttons that nobody was offered, of all kinds."""
    for flow in PROJECT.flows:
        yield f"{FLOW}{flow.id}"
        for number in (0, 1, 2, 7, 9999):
            yield from (f"{BACK}{flow.id}:{number}", f"{RESTART}{flow.id}:{number}")
            for step in flow.steps:
                yield f"{ASK}{flow.id}:{step.id}:{number}"
                yield from (f"{GO}{flow.id}:{step.id}:{choice.id}:{number}" for choice in step.choices)
                for item in step.items:
                    yield from (f"{kind}{flow.id}:{step.id}:{item.id}:{number}" for kind in (TICK, UNTICK))
    yield from (f"{CLEAR}{question}" for question in PROJECT.questions)
    yield from (LEAVE, PROGRESS, GUIDES, f"{ENTRY}portal-address", f"{HELPFUL}portal-address", f"{UNHELPFUL}photo")


NONSENSE: Final = (
    "", ":", "go:", "go:activation", "go:activation:portal:opened", "go:activation:portal:opened:x", "go:a:b:c:1:2",
    "go:activation:nowhere:opened:1", "go:activation:portal:nothing:1", "go:nowhere:portal:opened:1", "flow:",
    "flow:nowhere", "flow:activation:1", "clear:nothing", "tick:materials:papers:nothing:1", "back:nowhere:1",
    "back:activation:١", "restart:activation:-1", "ask:deadlines:role:99999999999", "entry:nothing", "💥", "x" * 64,
)  # fmt: skip


OF_A_STEP: Final = (GO, TICK, UNTICK, BACK, ASK, RESTART)


def _is_present(data: str, runs: Mapping[str, Run]) -> bool:
    """Tell whether a button belongs to where somebody is in its flow."""
    flow_id, *more = data.partition(":")[2].split(":")  # a forged one may have no serial
    return flow_id in runs and more[-1:] == [str(runs[flow_id].serial)]


@dataclass
class Walk:
    """One person on a random walk."""

    visitor: Visitor
    shown: list[str] = field(default_factory=list)
    """The data of all buttons so far."""
    script: list[str] = field(default_factory=list)

    async def type(self, text: str) -> None:
        """Type something."""
        self.script.append(f"> {text}")
        await self.visitor.turn(text)

    async def press(self, data: str) -> None:
        """Press something; what was shown at another visit of a step, or never, changes nothing."""
        self.script.append(f"> [{data}]")
        before = (await self.visitor.stored()).runs
        await self.visitor.turn(button=data)
        if data.startswith(OF_A_STEP) and not _is_present(data, before):
            assert (await self.visitor.stored()).runs == before, "an old or forged button did something"

    async def press_offered(self, number: int) -> None:
        """Press one of the buttons that were offered last, if there are any."""
        offered = self.visitor.offered
        await (self.press(offered[number % len(offered)].data) if offered else self.type("/guides"))

    async def go_on(self, number: int) -> None:
        """Press one of the step's choices, or one of the flows to begin; a date or number may be typed instead."""
        ways = [button.data for button in self.visitor.offered if button.data.startswith((GO, FLOW))]
        if number % 3 == 0 and any(not reply.numbered for reply in self.visitor.replies):
            await self.type(("2024年3月5日", "5 March 2024", "3", "两年")[number % 4])
        else:
            await (self.press(ways[number % len(ways)]) if ways else self.press_offered(number))

    async def press_old(self, number: int) -> None:
        """Press a button that was shown some time ago."""
        await (self.press(self.shown[number % len(self.shown)]) if self.shown else self.type("/guides"))

    async def type_label(self, number: int, ending: str, dropped: int) -> None:
        """Type what a button says, perhaps with a slip, perhaps with more behind it."""
        labels = [button.label for button in self.visitor.offered] or ["开始"]
        label = labels[number % len(labels)]
        if 0 < dropped < len(label) - 1:
            label = label[:dropped] + label[dropped + 1 :]
        await self.type(label + ending)

    async def pass_time(self, hours: int) -> None:
        """Let time pass, without a turn."""
        self.script.append(f"+{hours} hours")
        self.visitor.now += timedelta(hours=hours)

    async def reopen(self) -> None:
        """Go on with a new process."""
        self.script.append("(a new process)")
        await self.visitor.reopen()


Action = tuple[Callable[..., Awaitable[None]], tuple[object, ...]]
_NUMBER = st.integers(0, 60)
_TYPED = st.sampled_from(
    (*DATES, *NUMBERS, *COMMANDS, *WORDS),
) | st.text(max_size=40)


def _action(method: Callable[..., Awaitable[None]], *arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Action]:
    return st.tuples(st.just(method), st.tuples(*arguments))


ACTIONS: Final = st.one_of(
    _action(Walk.press_offered, _NUMBER),
    *(_action(Walk.go_on, _NUMBER) for _ in range(5)),
    _action(Walk.type_label, _NUMBER, st.sampled_from(ENDINGS), st.integers(0, 8)),
    _action(Walk.type, _TYPED),
    _action(Walk.type, st.sampled_from((*DATES, *NUMBERS))),
    _action(Walk.type, st.sampled_from(COMMANDS)),
    _action(Walk.type, st.sampled_from(PERSONAL_TEXTS)),
    _action(Walk.type, st.sampled_from(QUESTIONS)),
    _action(Walk.press_old, st.integers(0, 2000)),
    _action(Walk.press, st.sampled_from((*_forged(), *NONSENSE * 8))),
)
BETWEEN: Final = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    _action(Walk.pass_time, st.sampled_from((1, 7, 24, 24 * 30, 24 * 400))),
    _action(Walk.reopen),
)


Place = tuple[str, str]
Steps = Sequence[tuple[Action | None, Action]]
PLACES: Final = tuple((flow.id, step.id) for flow in PROJECT.flows for step in flow.steps)


async def check(walk: Walk) -> None:
    """Check everything that holds after every turn."""
    visitor = walk.visitor
    said = plain(visitor.replies)
    walk.shown += [button.data for button in visitor.offered]
    stored = await visitor.stored()

    assert visitor.replies
    assert all(plain([reply]).strip() for reply in visitor.replies), "a reply without text"
    assert not any(say(language, key) in said for key in ("store-failed", "flow-failed") for language in LANGUAGES)
    assert visitor.offered or not stored.in_flow, "no way on"
    assert all(len(button.data.encode()) <= MAX_BUTTON_DATA for button in visitor.offered)
    assert all(button.label.strip() for button in visitor.offered)
    for flow_id, run in stored.runs.items():
        flow = flow_of(visitor.library, flow_id)
        assert from_json(to_json(run)) == run
        assert run.status == ("finished" if flow.at(run.step).end else "active")
        assert run.visits[-1].step == run.step
        look(flow, run, visitor.now.astimezone(ZONE), stored.facts)


def check_nothing_personal(database: Path) -> None:
    """Check that no personal number stands anywhere in the database's files."""
    stored = b"".join(path.read_bytes() for path in database.parent.iterdir())

    assert [secret for secret in PERSONAL if secret.encode() in stored] == []


async def take(start: Place, steps: Steps, matcher: Matcher, library: Library, path: Path) -> None:
    """Take a walk that begins at a step."""
    flow = flow_of(library, start[0])
    async with Visitor(matcher, library, path) as visitor:
        walk = Walk(visitor, script=[f"(at {start[0]}, {start[1]})"])
        await visitor.turn(button=f"{FLOW}{flow.id}")
        await walk_to(visitor, flow, paths(flow)[start[1]], "zh")
        try:
            for before, action in steps:
                for method, arguments in (before, action) if before else (action,):
                    await method(walk, *arguments)
                await check(walk)
                if walk.script[-1].removeprefix("> ") in PERSONAL_TEXTS:
                    check_nothing_personal(path)
        finally:
            note("\n".join(walk.script))
    check_nothing_personal(path)


def test_nobody_is_ever_lost(project_matcher: Matcher, project_library: Library) -> None:
    """Whatever somebody does, every turn has a reply and a way on, and leaves a run that can be gone on with."""

    # Not shrunk: of 40 turns that takes minutes, and the script that is printed says as much. The matcher is no argument,
    # since hypothesis would print it.
    @settings(
        max_examples=WALKS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    @given(
        start=st.sampled_from(PLACES),
        steps=st.lists(st.tuples(BETWEEN, ACTIONS), min_size=TURNS, max_size=TURNS),
    )
    def walk(start: Place, steps: Steps) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(take(start, steps, project_matcher, project_library, Path(folder) / "regbot.db"))

    walk()
