"""Who asked in vain and wanted to hear: what the bot as a process sends them, and what a kill in the middle of that does."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.replies import FORGET_YES
from bot.store import Store
from bot.texts import say
from faq.text import Language
from tests.bot_api import BotApi, hold
from tests.reminder_bot import until
from tests.reminder_people import awake, query
from tests.service_bot import (
    ANSWERS,
    PARKING,
    PARKING_FILE,
    QUESTIONS,
    Content,
    heard_looks,
    hearing,
    make_wait,
    news,
    service_bot,
)
from tests.service_helpers import ask_in_vain, serving

PETS: Final = "宿舍能养猫狗等宠物吗"
"""What only a phrasing of an entry that there is can answer."""
KILLS: Final = 12 if "SOAK" in os.environ else 1
LEAD: Final[dict[Language, str]] = {
    language: say(language, "heard-lead", question=question) for language, question in QUESTIONS.items()
}


async def test_who_wanted_to_hear_gets_the_answer_once(tmp_path: Path) -> None:
    """In their language, with their question, be it from a new entry or a new phrasing.

    Nobody does who did not want to, who has blocked the bot, or who deleted everything.
    """
    zone = awake(datetime.now(UTC))
    async with serving(tmp_path, "--timezone", zone) as bot:
        people = {name: bot.person() for name in ("wants", "too", "not", "blocks", "forgets", "later")}
        english = bot.person("en")
        for name, person in people.items():
            await ask_in_vain(person, question=PETS if name == "later" else None, hears=name != "not")
        await ask_in_vain(english, "en")
        await ask_in_vain(people["wants"])
        bot.api.blocked(people["blocks"].id, blocked=True)
        (sure,) = await people["forgets"].say("/forget")
        await people["forgets"].press_data(sure, FORGET_YES)
        await bot.api.confirmed()
        calls = len(bot.api.called("sendMessage"))
        await heard_looks(bot.process)
        assert len(bot.api.called("sendMessage")) == calls

        bot.content.write(PARKING_FILE, PARKING)
        await bot.again()
        for person, language in ((people["wants"], "zh"), (people["too"], "zh"), (english, "en")):
            lead, answer = await bot.api.replies(person.id, 2)
            assert lead["text"] == LEAD[language]  # type: ignore[index]
            assert ANSWERS[language] in answer["text"]  # type: ignore[index]
        await until(lambda: set(hearing(bot.database).values()) == {None, "wanted"})
        waiting = hearing(bot.database)
        assert waiting.pop(people["later"].id) == "wanted"
        assert waiting == {people["not"].id: None, people["blocks"].id: "wanted"}

        bot.content.edit(PARKING_FILE, "医院的停车位够不够", "医院里的车位够不够")
        bot.content.edit("entries/papers/form.yaml", "phrasings: [申请表怎么弄", f"phrasings: [{PETS}, 申请表怎么弄")
        await bot.again()
        lead, answer = await bot.api.replies(people["later"].id, 2)
        assert lead["text"] == say("zh", "heard-lead", question=PETS)
        assert answer["text"].startswith("申请表要打印几份？")
        await heard_looks(bot.process)
        got = {name: news(bot.api, person.id) for name, person in people.items()}
        assert got == {"wants": 1, "too": 1, "not": 0, "blocks": 0, "forgets": 0, "later": 0}
        assert news(bot.api, english.id) == 1
        tries = [
            call for call in bot.api.called("sendMessage")[calls:] if call.params["chat_id"] == people["blocks"].id
        ]
        assert tries == []


async def test_a_kill_between_sending_and_noting_loses_nothing_and_two_bots_send_nothing_twice(
    tmp_path: Path, api: BotApi
) -> None:
    """What was on its way at the kill comes twice at most; the other bot, which stood by, goes on."""
    content, database = Content.made(tmp_path / "content"), tmp_path / "regbot.db"
    content.write(PARKING_FILE, PARKING)
    options = ("--timezone", awake(datetime.now(UTC)))
    chats = range(1, 4 * KILLS + 5)
    async with await Store.open(database):
        make_wait(database, chats)
    async with BotApi("654321:OTHER-TOKEN") as other:
        servers = [api, other]
        for chat in chats:
            api.meet(chat)
            other.meet(chat)
        on_the_way: set[int] = set()
        bots = [service_bot(servers[0], database, content, *options)]
        victim = 2
        hold_answer(api, victim)
        await bots[0].start()
        for number in range(KILLS):
            server, following = servers[number % 2], servers[(number + 1) % 2]
            await server.wait_for(lambda: news(server, victim))  # noqa: B023
            bots.append(service_bot(following, database, content, *options))
            await bots[-1].__aenter__()
            await heard_looks(bots[-1])
            on_the_way.add(victim)
            assert {chat for chat, state in hearing(database).items() if state == "sending"} == {victim}
            victim = 4 * number + 6
            if number + 1 < KILLS:
                hold_answer(following, victim)
            await bots[-2].kill()
            await bots[-1].logged("1 answers were on their way when a process ended; they are sent again")
        await until(lambda: hearing(database) == {})
        assert await bots[-1].stop() == 0

        arrived = {chat: news(api, chat) + news(other, chat) for chat in chats}
    assert arrived == {chat: 1 + (chat in on_the_way) for chat in chats}
    assert query(database, "SELECT count(*) FROM unanswered") == [(0,)]


def hold_answer(api: BotApi, chat: int) -> None:
    """Let the sentence before the answer arrive in a chat, and the answer as well, but never tell the bot of that."""
    through = asyncio.Event()
    through.set()
    api.fail("sendMessage", hold(through), chat=chat)
    api.fail("sendMessage", hold(asyncio.Event()), chat=chat)
