"""The guided flows on Telegram, against the whole bot as a process: steps in place, old and forged buttons, a crash."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.guide_replies import OPEN, TICKED
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import TYPED_KINDS, Flow, Library
from tests.bot_api import BotApi
from tests.chat_processes import tables
from tests.flow_samples import flow_of
from tests.telegram_helpers import Message, Person, Running, carried, labels, running
from tests.telegram_process import BotProcess
from tests.visitor import ANSWERS

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
MOST_TURNS = 40
CHOSEN = "✓ "


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def _bot(project_matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("bot")) as bot:
        yield bot


@pytest.fixture(name="activation")
def _activation(project_library: Library) -> Flow:
    return flow_of(project_library, "activation")


async def begin(person: Person, flow: str) -> Message:
    """Begin a flow, and return its first step as it is shown."""
    (step,) = await person.say(f"/start flow_{flow}")
    return step


async def on(person: Person, message: Message) -> Message:
    """Press the first choice of a step, and return the reply."""
    (reply,) = await person.press_data(message, carried(message, "go:")[0])
    return reply


def move_of(way: str) -> str:
    """Return what a button carries without the number of the move, which is another one at every visit."""
    return way.rpartition(":")[0]


async def walk(bot: Running, library: Library, flow: Flow, language: Language) -> None:
    """Go through a flow to its end: tick what is to be ticked, type what is to be typed, press what was not pressed yet."""
    person = bot.person(CODES[language])
    shown = await begin(person, flow.id)
    taken: set[str] = set()
    in_place = 0
    for _ in range(MOST_TURNS):
        runs = bot.runs(person)
        if not runs[flow.id].active:
            break
        place = bot.place(person)
        assert place
        step = flow_of(library, place[0]).at(place[1])
        assert step.texts[language].title in shown["text"]
        if step.kind in TYPED_KINDS:
            (shown,) = await person.say(ANSWERS[step.kind][language])
        elif place[0] != flow.id and carried(shown, "tick:"):  # another flow's: all of it at once
            (shown,) = await person.say(" ".join(str(number + 1) for number in range(len(step.items))))
        else:
            ways = carried(shown, "tick:") or [way for way in carried(shown, "go:") if move_of(way) not in taken]
            taken.add(move_of(ways[0]))
            before = shown["message_id"]
            (shown,) = await person.press_data(shown, ways[0])
            if place[0] != flow.id and not bot.runs(person)[place[0]].active:  # its end, and below the way back
                (shown,) = await bot.api.replies(person.id, 1)
                continue
            assert shown["message_id"] == before, shown["text"]
            in_place += 1
    assert runs[flow.id].status == "finished", runs
    assert in_place > 1
    assert shown["text"].startswith(CHOSEN)
    assert flow.at(runs[flow.id].step).texts[language].title in shown["text"]
    assert not carried(shown, "go:", "leave")


async def test_every_flow_is_gone_through_to_its_end_in_both_languages(bot: Running, project_library: Library) -> None:
    ways = [(flow, language) for flow in project_library.flows for language in LANGUAGES]
    assert len(ways) == 10
    await asyncio.gather(*(walk(bot, project_library, *way) for way in ways))

    queries = bot.api.called("answerCallbackQuery")
    assert all(bot.api.callback_queries.values())
    assert len(queries) == len(bot.api.callback_queries)
    assert all(call.ok for call in queries)


async def test_what_was_chosen_stays_above_a_step_and_back_takes_it_away(bot: Running, activation: Flow) -> None:
    person = bot.person()
    first = await begin(person, "activation")
    portal, identity = activation.steps[0], activation.at("identity")
    lines = [f"{CHOSEN}{step.texts['zh'].title} → {step.choices[0].labels['zh']}" for step in (portal, identity)]
    second = await on(person, first)
    third = await on(person, second)

    assert not first["text"].startswith(CHOSEN)
    assert second["text"].splitlines()[:2] == [lines[0], ""]
    assert third["text"].splitlines()[:3] == [*lines, ""]
    assert {first["message_id"], second["message_id"]} == {third["message_id"]}

    (back,) = await person.press(say("zh", "back"))
    assert (back["text"], back["message_id"]) == (second["text"], first["message_id"])
    (start,) = await person.press(say("zh", "back"))
    assert (start["text"], labels(start)) == (first["text"], labels(first))


async def test_a_checklist_toggles_in_place_and_keeps_its_text(bot: Running, project_library: Library) -> None:
    flow = flow_of(project_library, "materials")
    step = flow.steps[0]
    item = step.items[0].labels["en"]
    person = bot.person("en")
    first = await begin(person, "materials")
    text = first["text"].partition(say("en", "missing", count="", items="").partition("(")[0])[0]
    (ticked,) = await person.press(f"{OPEN} {item}")
    (open_again,) = await person.press(f"{TICKED} {item}")

    assert len(text) > 100
    assert ticked["text"].startswith(text)
    assert f"{TICKED} {item}" in labels(ticked)
    assert first["message_id"] == ticked["message_id"] == open_again["message_id"]
    assert (open_again["text"], labels(open_again)) == (first["text"], labels(first))
    assert ticked["text"] != first["text"]


async def test_ticks_in_quick_succession_all_count(bot: Running) -> None:
    person = bot.person()
    first = await begin(person, "materials")
    ticks = carried(first, "tick:")
    for data in (*ticks[:3], ticks[0]):
        bot.api.press(person.id, first["message_id"], data)
    await bot.api.replies(person.id, 3)
    (shown,) = await person.say("/start")

    assert len(bot.runs(person)["materials"].ticks["papers"]) == 3
    assert carried(shown, "untick:") == [data.replace("tick:", "untick:", 1) for data in ticks[:3]]


async def test_a_button_pressed_twice_in_quick_succession_has_one_effect(bot: Running, activation: Flow) -> None:
    person = bot.person()
    first = await begin(person, "activation")
    data = carried(first, "go:")[0]
    for _ in range(2):
        bot.api.press(person.id, first["message_id"], data)
    (shown,) = await bot.api.replies(person.id, 1)
    (below,) = await person.say("/start")  # answered after both presses

    assert shown == person.now(first)
    assert shown["text"].startswith("✓ ")
    assert carried(below) == carried(shown)
    assert bot.place(person) == ("activation", activation.steps[0].choices[0].next)
    assert len(bot.runs(person)["activation"].visits) == 2
    assert activation.at("identity").texts["zh"].title in shown["text"]
    ours = [each["message_id"] for each in bot.api.chat(person.id) if each["from_bot"]]
    assert ours == [first["message_id"], below["message_id"]]


async def test_a_button_of_an_earlier_message_shows_the_present_step_below(bot: Running) -> None:
    person = bot.person("en")
    first = await begin(person, "activation")
    (second,) = await person.say("it is open")
    (answer,) = (await person.say("no activation code", 2))[:1]
    place = bot.place(person)
    (shown,) = await person.press_data(first, carried(first, "go:")[1])

    assert place == bot.place(person) == ("activation", "identity")
    assert shown["message_id"] > answer["message_id"]
    assert say("en", "stale-button") in shown["text"]
    assert carried(shown) == carried(second)
    await bot.api.wait_for(lambda: labels(person.now(first)) == [])  # it leads nowhere any more


FORGED: dict[str, tuple[str, int]] = {
    "x": ("unknown-button", 2),
    "go:": ("unknown-button", 2),
    "go:activation:identity:filled:99999999": ("unknown-button", 2),
    "go:activation:identity:filled:-2": ("unknown-button", 2),
    "go:activation:identity:no-such-choice:2": ("stale-button", 1),
    "go:activation:no-such-step:filled:2": ("stale-button", 1),
    "go:activation:enter-code:active:2": ("stale-button", 1),
    "go:deadlines:role:physician:1": ("unknown-button", 2),
    "tick:activation:identity:photo:2": ("stale-button", 1),
    "ask:activation:identity:2": ("stale-button", 1),
    "restart:activation:1": ("stale-button", 1),
    "back:activation:1": ("stale-button", 1),
    "again:deadlines": ("unknown-button", 2),
    "entry:no-such-entry": ("unknown-button", 2),
    "language:fr": ("unknown-button", 2),
    "clear:no-such-question": ("unknown-button", 2),
    "forget:": ("unknown-button", 2),
    "激" * 21 + "x": ("unknown-button", 2),
    "go:activation:identity:" + "9" * 41: ("unknown-button", 2),
}
"""What a button at the second step of the flow may carry when it is none of the bot's, what is said to it, and how many
replies there are: either the step is shown below, or it is shown again in place.
"""


async def test_forged_buttons_are_refused_kindly_and_change_nothing(bot: Running) -> None:
    assert [len(data.encode()) for data in FORGED][-2:] == [64, 64]

    async def check(data: str, key: str, count: int) -> None:
        person = bot.person()
        second = await on(person, await begin(person, "activation"))
        before = bot.runs(person)
        replies = await person.press_data(second, data, count)
        assert say("zh", key) in replies[0]["text"], data
        assert carried(replies[-1]) == carried(second), data
        assert bot.runs(person) == before, data
        (shown,) = await person.say("/start")
        assert carried(shown) == carried(second), data

    await asyncio.gather(*(check(data, *expected) for data, expected in FORGED.items()))


@pytest.mark.parametrize("kind", ["none", "inaccessible"])
async def test_a_button_without_a_message_to_change_leads_to_a_new_one(bot: Running, kind: str) -> None:
    person = bot.person()
    first = await begin(person, "activation")
    data = carried(first, "go:")[0]
    if kind == "none":
        (shown,) = await person.press_data(None, data)
    else:
        (shown,) = await person.press_data(first, data, inaccessible=True)

    assert shown["message_id"] > first["message_id"]
    assert not shown["edited"]
    assert not person.now(first)["edited"]
    assert bot.place(person) == ("activation", "identity")


async def test_a_message_that_has_gone_is_no_trouble(bot: Running) -> None:
    person = bot.person()
    first = await begin(person, "activation")
    data = carried(first, "go:")[0]
    bot.api.press(person.id, first["message_id"], data)
    del bot.api.messages[person.id][first["message_id"]]
    (shown,) = await bot.api.replies(person.id, 1)

    assert shown["message_id"] > first["message_id"]
    assert carried(shown, "go:activation:identity:filled")


async def test_every_query_is_answered_once_and_before_the_reply(bot: Running) -> None:
    person = bot.person("en")
    shown = await begin(person, "activation")
    for data in (carried(shown, "go:")[0], "garbage"):
        before = len(bot.api.calls)
        bot.api.press(person.id, shown["message_id"], data)
        (query_id, *_) = reversed(bot.api.callback_queries)
        await bot.api.replies(person.id, 1)
        await bot.api.confirmed()
        calls = bot.api.calls[before:]
        answers = [call for call in calls if call.params.get("callback_query_id") == query_id]
        replies = [call for call in calls if call.params.get("chat_id") == person.id]
        assert [call.method for call in answers] == ["answerCallbackQuery"]
        assert replies
        assert calls.index(answers[0]) < calls.index(replies[0])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_pause_and_go_on_by_buttons(bot: Running, language: Language, activation: Flow) -> None:
    title = activation.texts[language].title
    person = bot.person(CODES[language])
    second = await on(person, await begin(person, "activation"))
    (left,) = await person.press(say(language, "leave"))

    assert left["text"] == say(language, "left", title=title)
    assert left["message_id"] > second["message_id"]
    await bot.api.wait_for(lambda: labels(person.now(second)) == [])
    assert bot.place(person) is None

    (menu,) = await person.press(say(language, "guides-button"))
    (again,) = await person.press(say(language, "go-on", title=title))
    assert again["message_id"] == menu["message_id"]  # a list gives way to the step
    assert second["text"].endswith(again["text"])
    assert carried(again) == carried(second)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_restart_asks_first(bot: Running, language: Language, activation: Flow) -> None:
    title = activation.texts[language].title
    person = bot.person(CODES[language])
    first = await begin(person, "activation")
    await on(person, first)
    (asked,) = await person.say("/restart")
    assert asked["text"] == say(language, "restart-ask", title=title)
    assert bot.place(person) == ("activation", "identity")

    (shown,) = await person.press(say(language, "restart-yes"))
    assert bot.place(person) == ("activation", "portal")
    assert shown["text"] == first["text"]
    assert CHOSEN not in shown["text"]


async def test_after_a_crash_everybody_goes_on_where_they_were(
    database: Path, project_matcher: Matcher, activation: Flow
) -> None:
    async with BotApi() as api:
        async with BotProcess(api, database) as process:
            bot = Running(api, process, database)
            presses, types, asks = bot.person(), bot.person("en"), bot.person()
            shown = {}
            for person in (presses, types, asks):
                shown[person] = await on(person, await begin(person, "activation"))
            before = tables(database)
            await process.kill()
        async with BotProcess(api, database) as process:
            assert tables(database) == before

            (third,) = await presses.press_data(shown[presses], carried(shown[presses], "go:")[0])
            (typed,) = await types.say("filled in")
            (step,) = await asks.say("/start")

            contact = activation.at("contact").texts
            assert contact["zh"].title in third["text"]
            assert third["message_id"] == shown[presses]["message_id"]
            assert len([line for line in third["text"].splitlines() if line.startswith(CHOSEN)]) == 2
            assert contact["en"].title in typed["text"]
            assert carried(step) == carried(shown[asks])

            runs = Running(api, process, database)
            assert [runs.place(person) for person in (presses, types, asks)] == [
                ("activation", "contact"),
                ("activation", "contact"),
                ("activation", "identity"),
            ]
            (back,) = await presses.press(say("zh", "back"))
            assert back["text"] == shown[presses]["text"]
            assert await process.stop() == 0
