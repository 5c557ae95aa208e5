"""Reminders on Telegram, against the whole bot as a process: the switches in place, the message of a reminder stays."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.texts import say
from faq.matcher import Matcher
from faq.text import Language
from tests.reminder_bot import reminder_bot
from tests.telegram_helpers import Message, Person, Running, carried, labels, running
from tests.visitor import ZONE

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES: dict[Language, str] = {"zh": "zh-hans", "en": "en"}
GREETING: dict[Language, str] = {"zh": "你好", "en": "hello"}
PATIENCE = 60.0
"""So many seconds it may take until the bot looks for what is due, and sends it."""
MOST_STEPS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def _bot(project_matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("bot"), reminder_bot) as bot:
        yield bot


def daytime() -> str:
    """Return the name of a time zone in which it is about noon now."""
    east = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


async def wants(person: Person) -> Message:
    """Turn reminders on, by a clock on which it is day; return the plan."""
    await person.say("/remind on")
    (plan,) = await person.say(f"/remind {daytime()}")
    return plan


def make_due(bot: Running, person: Person) -> None:
    """Make the reminder of the year's last day due now, in the place of whatever there is."""
    now = datetime.now(UTC)
    day = f"{now.astimezone(ZONE).year}-12-31"
    sql = """
        INSERT OR REPLACE INTO reminders (person, rule, day, kind, due_at, days, state, changed_at)
        SELECT id, 'year-end-0', ?, 'year-end', ?, 0, 'pending', ? FROM people WHERE channel_id = ?
    """
    at = now.isoformat(timespec="seconds")
    with closing(sqlite3.connect(bot.database, timeout=PATIENCE)) as connection, connection:
        connection.execute(sql, (day, at, at, str(person.id)))


async def reminded(bot: Running, person: Person) -> Message:
    """Return the reminder that the bot sends by itself."""
    make_due(bot, person)
    (message,) = await bot.api.replies(person.id, 1, PATIENCE)
    return message


def states(bot: Running, person: Person) -> set[str]:
    """Return the states of the reminders of the year's last day."""
    sql = "SELECT state FROM reminders JOIN people ON people.id = person WHERE channel_id = ? AND rule = 'year-end-0'"
    with closing(sqlite3.connect(bot.database)) as connection:
        return {state for (state,) in connection.execute(sql, (str(person.id),))}


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_switches_are_edited_in_place(bot: Running, language: Language) -> None:
    """One message, whatever is pressed: switches, the choice of hours and zones, and the way back."""
    person = bot.person(CODES[language])
    await person.say(GREETING[language])
    (offer,) = await person.say("/remind")
    assert carried(offer) == ["remind:set:on"]
    edited = len(bot.api.called("editMessageText"))
    pressed = [
        "remind:set:on",
        "remind:set:without:waiting",
        "remind:set:with:waiting",
        "remind:set:hours",
        "remind:set:hour:18",
        "remind:set:hours",
        "remind:set:show",
        "remind:set:zones",
        "remind:set:zone:Asia/Urumqi",
    ]
    shown: Message = offer
    for data in pressed:
        assert data in carried(shown)
        (shown,) = await person.press_data(shown, data)
        assert shown["message_id"] == offer["message_id"], data

    assert len(bot.api.called("editMessageText")) - edited == len(pressed)
    assert say(language, "remind-zone-set", zone=say(language, "zone-Asia/Urumqi")) in shown["text"]
    assert say(language, "remind-hour-button", hour="18") in labels(shown)


async def test_a_reminder_comes_by_itself_with_its_buttons(bot: Running) -> None:
    person = bot.person()
    await wants(person)
    message = await reminded(bot, person)

    assert "12月31日" in message["text"]
    assert carried(message) == ["flow:activation", "remind:done", "remind:later", "remind:off"]
    await bot.api.wait_for(lambda: states(bot, person) == {"sent"}, PATIENCE)


@pytest.mark.parametrize("data", ["remind:later", "flow:activation"])
async def test_a_reminder_is_not_replaced_by_what_its_buttons_lead_to(bot: Running, data: str) -> None:
    """What is left to do stands in it, so its text and its buttons stay."""
    person = bot.person()
    await wants(person)
    message = await reminded(bot, person)
    (led_to,) = await person.press_data(message, data)

    assert led_to["message_id"] != message["message_id"]
    assert person.now(message)["text"] == message["text"]
    assert carried(person.now(message)) == carried(message)


@pytest.mark.parametrize(("data", "key"), [("remind:done", "remind-done-said"), ("remind:off", "remind-stopped")])
async def test_the_buttons_go_when_there_is_nothing_left_to_press(bot: Running, data: str, key: str) -> None:
    person = bot.person()
    await wants(person)
    message = await reminded(bot, person)
    (led_to,) = await person.press_data(message, data)

    assert led_to["message_id"] != message["message_id"]
    assert led_to["text"].startswith(say("zh", key))
    await bot.api.wait_for(lambda: not person.now(message)["buttons"])
    assert person.now(message)["text"] == message["text"]


async def test_the_choice_of_days_goes_when_one_is_chosen(bot: Running) -> None:
    """The reminder itself stays."""
    person = bot.person()
    await wants(person)
    (account,) = await person.say(
        "/start flow_institution-account"
    )  # whoever waits may put it off on any day of the year
    await to_wait(bot, person, account, "login-sent")
    await person.press_data(None, "remind:done")
    (choice,) = await person.press_data(None, "remind:later")
    assert carried(choice) == ["remind:in:1", "remind:in:3", "remind:in:7"]
    (led_to,) = await person.press_data(choice, "remind:in:3")

    assert led_to["message_id"] != choice["message_id"]
    await bot.api.wait_for(lambda: not person.now(choice)["buttons"])


async def test_a_step_does_not_take_the_place_of_a_reminder(bot: Running) -> None:
    """The button that ends the wait leads to the next step, below the reminder."""
    person = bot.person()
    await wants(person)
    (first,) = await person.say("/start flow_activation")
    await to_wait(bot, person, first, "wait-code")
    message = await reminded(bot, person)
    (ends,) = carried(message, "go:activation:wait-code:have-it")
    (led_to,) = await person.press_data(message, ends)

    assert bot.place(person) == ("activation", "enter-code")
    assert led_to["message_id"] != message["message_id"]
    assert person.now(message)["text"] == message["text"]


async def to_wait(bot: Running, person: Person, shown: Message, step: str) -> None:
    """Press the first choice of every step until a step is reached."""
    for _ in range(MOST_STEPS):
        place = bot.place(person)
        assert place
        if place[1] == step:
            return
        (shown,) = await person.press_data(shown, carried(shown, "go:")[0])
    raise AssertionError(f"{step} was not reached")
