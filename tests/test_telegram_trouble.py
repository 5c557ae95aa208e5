"""Unexpected errors: an apology, a log without anything personal, a note to the operators, and the bot goes on."""

from pathlib import Path

import pytest
from telegram import Bot, Update

from bot.channels.telegram.trouble import QUIET, Trouble
from bot.texts import say
from faq.matcher import Matcher
from tests.bot_api import BotApi, bad_gateway
from tests.conftest import Talk
from tests.telegram_process import BotProcess

ANN, BEN, CAT = 7, 8, 9
GROUP = -1_001_234_567_890
ADMIN, STRANGER, BLOCKER = 900, 901, 902
FAULTY = """
import os
from bot.cli import main
from bot.assistant import Assistant
from bot.conversation import Conversation

def trip(text):
    if "gremlin" in text:
        raise ValueError(text + os.environ["REGBOT_TELEGRAM_TOKEN"])
    if "goblin" in text:
        {}[text]

def faulty(method, words):
    def tripping(self, *arguments):
        trip(words(arguments[0]))
        return method(self, *arguments)
    return tripping

Conversation.turn = faulty(Conversation.turn, lambda incoming: incoming.text or incoming.button)
Assistant.aside = faulty(Assistant.aside, str)
Assistant.candidates = faulty(Assistant.candidates, str)
main()
"""
"""The bot with an error for certain words, wherever they are met."""


def faulty_bot(api: BotApi, database: Path) -> BotProcess:
    """Return the bot that has errors, with three operators, of whom one can be written to."""
    api.meet(ADMIN)
    api.meet(BLOCKER)
    api.blockers.add(BLOCKER)
    admins = {"REGBOT_ADMINS": f"{STRANGER}, {BLOCKER},{ADMIN}"}
    return BotProcess(api, database, environment=admins, program=("-c", FAULTY, "telegram"))


async def test_an_error_is_apologised_for_in_the_persons_language_and_the_next_message_is_answered(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with faulty_bot(api, database) as process:
        api.message(CAT, "no activation code")  # English on a Chinese device
        await api.replies(CAT, 1)
        for user, device, language in ((ANN, "zh-hans", "zh"), (BEN, "en-GB", "en"), (CAT, "zh-hans", "en")):
            api.message(user, "gremlin", language_code=device)
            (reply,) = await api.replies(user, 1)
            assert reply["text"] == say("en" if language == "en" else "zh", "apology")
        api.message(ANN, "激活码没收到")
        (answer,) = await api.replies(ANN, 1)
        assert answer["text"].startswith("没有收到激活码怎么办？")

        api.press(ANN, answer["message_id"], "entry:gremlin")
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"] == say("zh", "apology")
        api.message(ANN, "/help")
        await api.replies(ANN, 1)
        assert all(api.callback_queries.values())
        assert await process.stop() == 0


async def test_an_error_where_others_listen_is_not_apologised_for_there(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with faulty_bot(api, database) as process:
        in_group = api.message(ANN, "@regbot_test_bot gremlin", chat=GROUP, chat_type="supergroup")
        await process.logged(f'"update {in_group} could not be dealt with"')
        inline = api.inline(ANN, "gremlin")
        await process.logged(f'"update {inline} could not be dealt with"')
        api.message(ANN, "@regbot_test_bot 激活码没收到", chat=GROUP, chat_type="supergroup")
        (reply,) = await api.replies(GROUP, 1)
        assert reply["text"].startswith("没有收到激活码怎么办？")
        (note,) = await api.replies(ADMIN, 1)
        assert note["text"].startswith("regbot: ValueError ")
        assert await process.stop() == 0
    assert len(api.reached[GROUP]) == len(api.reached[ADMIN]) == 1
    assert api.reached[ANN] == []


async def test_operators_hear_of_each_kind_of_error_once_and_the_log_has_its_place_but_no_words(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with faulty_bot(api, database) as process:
        for user in (ANN, BEN, ANN):
            api.message(user, "gremlin in 王小明's file")
            await api.replies(user, 1)
        api.message(ANN, "goblin in 王小明's file")
        await api.replies(ANN, 1)
        first, second = [note["text"] for note in await api.replies(ADMIN, 2)]
        api.message(BEN, "goblin")
        await api.replies(BEN, 1)
        api.message(BEN, "/help")
        await api.replies(BEN, 1)
        assert await process.stop() == 0
    line = FAULTY.splitlines().index('        raise ValueError(text + os.environ["REGBOT_TELEGRAM_TOKEN"])') + 1
    assert first.startswith(f"regbot: ValueError <string>:{line} trip. ")
    assert second.startswith(f"regbot: KeyError <string>:{line + 2} trip. ")
    assert len(api.reached[ADMIN]) == 2  # the others cannot be written to

    errors = [each for each in process.records() if each["level"] == "error"]
    assert len(errors) == 5
    assert errors[0]["error"][0].startswith(f"ValueError < <string>:{line} trip < <string>:")
    assert "bot.py:" in errors[0]["error"][0]
    for words in ("gremlin", "goblin", "王小明", api.token):
        assert words not in process.log
        assert words not in first + second


def failed(kind: type[Exception]) -> Exception:
    """Return an error that was raised here."""
    with pytest.raises(kind) as caught:
        raise kind("王小明")
    return caught.value


async def test_a_kind_of_error_is_told_again_after_an_hour(api: BotApi, talk: Talk) -> None:
    now = 1000.0
    for user in (ANN, ADMIN, BLOCKER):
        api.meet(user)

    async with Bot(api.token, base_url=f"{api.url}/bot") as bot:
        trouble = Trouble(bot, talk.conversation, [BLOCKER, ADMIN], lambda: now)
        sender = {"id": ANN, "is_bot": False, "first_name": "甲", "language_code": "en"}
        message = {"message_id": 1, "date": 1, "chat": {"id": ANN, "type": "private"}, "from": sender, "text": "a"}
        update = Update.de_json({"update_id": 1, "message": message}, bot)

        async def told(error: Exception) -> int:
            before = len(api.reached[ADMIN])
            await trouble.report(update, error)
            assert len(api.reached[ADMIN]) == len(api.reached[BLOCKER])
            return len(api.reached[ADMIN]) - before

        assert await told(failed(ValueError)) == 1
        assert await told(failed(ValueError)) == 0
        assert await told(failed(KeyError)) == 1
        now += QUIET - 1
        assert await told(failed(ValueError)) == 0
        now += 1
        assert await told(failed(ValueError)) == 1
        assert await told(failed(ValueError)) == 0
        api.fail("sendMessage", bad_gateway())  # the apology fails, not the note
        now += QUIET
        assert await told(failed(KeyError)) == 1
        assert await told(ValueError("raised nowhere")) == 1
    apologies = [each.message["text"] for each in api.reached[ANN]]
    assert apologies == [say("en", "apology")] * 7
