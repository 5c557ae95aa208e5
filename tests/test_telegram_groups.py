"""The bot where others listen: groups, in which it answers only when it is addressed, and inline mode."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.texts import say
from faq.matcher import Matcher
from tests.bot_api import BotApi
from tests.telegram_process import BotProcess

GROUP = -1_001_234_567_890
LINK = "https://t.me/regbot_test_bot"
NOT_RECEIVED = "没有收到激活码怎么办？"
ANN = 7
PERSONAL = ("people", "turns", "runs", "steps", "facts", "feedback", "unanswered", "unanswered_by")


def say_in_group(api: BotApi, text: str | None, **fields: Any) -> tuple[int, int]:
    """Let somebody write in the group; return the ids of the update and of the message."""
    update = api.message(ANN, text, chat=GROUP, chat_type="supergroup", **fields)
    return update, api.updates.history[update]["message"]["message_id"]


def stored(database: Path) -> dict[str, int]:
    """Return how many rows there are of everything that is about people."""
    with closing(sqlite3.connect(database)) as db:
        return {table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in PERSONAL}


def nobody() -> dict[str, int]:
    """Return what is stored when nobody has written in private."""
    return dict.fromkeys(PERSONAL, 0)


async def not_answered(process: BotProcess, update: int, reason: str) -> None:
    """Wait for the line of the log that says why an update was not answered."""
    await process.logged(f'"update {update} was not answered: {reason}"')


async def test_whoever_addresses_the_bot_gets_one_answer_that_quotes_them_and_nothing_is_stored(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    helped, asked_in_english = say("zh", "group-help"), "I have not received an activation code. What should I do?"
    question = "激活码没收到"
    named = {"type": "text_mention", "offset": 3, "length": 4, "user": api.me}  # the first sign counts twice
    caption = {"type": "mention", "offset": 0, "length": 16}
    photo = [{"file_id": "p", "file_unique_id": "q", "width": 9, "height": 9}]
    cases: list[tuple[str | None, dict[str, Any], str]] = [
        (f"@regbot_test_bot {question}", {}, NOT_RECEIVED),
        (f"{question} @RegBot_Test_Bot", {}, NOT_RECEIVED),
        ("@regbot_test_bot no activation code", {}, asked_in_english),
        (f"\U0001f44b 注册助手 {question}", {"entities": [named]}, NOT_RECEIVED),
        ("@regbot_test_bot", {}, helped),
        ("/help", {}, helped),
        ("/help@regbot_test_bot", {}, helped),
        ("/start@RegBot_Test_Bot flow_activation", {}, helped),
        ("/progress", {}, helped),
        (
            None,
            {"photo": photo, "caption": f"@regbot_test_bot {question}", "caption_entities": [caption]},
            NOT_RECEIVED,
        ),
    ]
    async with BotProcess(api, database) as process:
        for text, fields, beginning in cases:
            _, message = say_in_group(api, text, **fields)
            (reply,) = await api.replies(GROUP, 1)
            assert reply["text"].startswith(beginning), (text, reply["text"])
            assert reply["reply_to"] == message
            buttons = [button for row in reply["buttons"] for button in row]
            assert [(button["text"], button["url"]) for button in buttons] == [
                (say("en" if beginning == asked_in_english else "zh", "in-private"), LINK)
            ]
            assert "callback_data" not in str(reply["markup"])
        say_in_group(api, "do assistants have to register", reply_to=reply["message_id"])
        (reply,) = await api.replies(GROUP, 1)
        assert reply["text"].startswith("Do I have to register as an assistant?")
        assert await process.stop() == 0
    assert len(api.reached[GROUP]) == len(cases) + 1
    assert stored(database) == nobody()
    assert "was not answered" not in process.log


async def test_offers_in_a_group_are_links_into_the_private_chat(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database):
        say_in_group(api, "@regbot_test_bot 注册")
        (reply,) = await api.replies(GROUP, 1)
        assert reply["text"] == say("zh", "did-you-mean")
        links = [(button["text"], button.get("url")) for row in reply["buttons"] for button in row]
        assert links[0] == ("怎么注册新账号？", f"{LINK}?start=faq_account-sign-up")
        assert links[-1] == (say("zh", "in-private"), LINK)
        assert len(links) == 4
        assert "callback_data" not in str(reply["markup"])

        _, _, payload = str(links[0][1]).partition("?start=")  # what the link does, once pressed
        api.message(ANN, f"/start {payload}")
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith("怎么注册新账号？")
    assert stored(database)["people"] == 1


async def test_what_is_not_for_the_bot_is_ignored_with_a_reason_and_never_logged(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    secret = "王小明昨天没来"
    mention = f"@regbot_test_bot {secret}"
    somebody = {"id": 555, "is_bot": True, "first_name": "另一个机器人", "username": "other_bot"}
    pinned = {"message_id": 1, "chat": {"id": GROUP, "type": "supergroup", "title": "群"}, "date": 0}
    to_all = "not addressed to the assistant"
    cases: list[tuple[str | None, dict[str, Any], str]] = [
        (secret, {}, to_all),
        (f"@somebody_else {secret}", {}, to_all),
        (f"/x@other_bot {mention}", {}, "a command to another bot"),
        (mention, {"from": somebody}, "a message of a bot or of nobody"),
        (mention, {"edited": True}, "an edited message in a group"),
        (None, {"new_chat_members": [{"id": 8, "is_bot": False, "first_name": "乙"}]}, to_all),
        (None, {"pinned_message": pinned}, to_all),
        (None, {"new_chat_title": secret}, to_all),
        (secret, {"via_bot": api.me}, "an answer that the person sent there themselves"),
    ]
    early = api.channel_post(mention)  # before the bot has said what it wants to be told
    async with BotProcess(api, database) as process:
        await not_answered(process, early, "a kind of update that the assistant has no use for")
        say_in_group(api, "/help")
        (first,) = await api.replies(GROUP, 1)
        for text, fields, reason in cases:
            update = api.message(ANN, text, chat=GROUP, chat_type="supergroup", **fields)
            await not_answered(process, update, reason)
        update, _ = say_in_group(api, None, reply_to=first["message_id"], left_chat_member=somebody)
        await not_answered(process, update, to_all)
        added = {"chat": api.chats[GROUP], "from": {"id": ANN, "is_bot": False, "first_name": "甲"}, "date": 1}
        added |= {"old_chat_member": {"user": api.me, "status": "left"}}
        added |= {"new_chat_member": {"user": api.me, "status": "member"}}
        update = api.raw({"my_chat_member": added})
        await not_answered(process, update, "the assistant was added to a group, or removed")
        api.channel_post(mention)  # it asked for no such updates
        say_in_group(api, "/help")
        await api.replies(GROUP, 1)
        assert await process.stop() == 0
    sent = {"sendMessage", "sendChatAction", "sendDocument", "editMessageText"}
    assert [call.params["chat_id"] for call in api.calls if call.method in sent] == [GROUP, GROUP]
    assert secret not in process.log
    assert stored(database) == nobody()


async def test_a_group_message_with_personal_data_is_met_with_the_request_not_to_send_it(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    number = "110101199003074258"
    async with BotProcess(api, database) as process:
        say_in_group(api, f"@regbot_test_bot {number}")
        (reply,) = await api.replies(GROUP, 1)
        assert reply["text"] == say("zh", "personal-data", kinds=say("zh", "kind-id-number"))
        say_in_group(api, f"@regbot_test_bot 我的身份证号是{number}，助理要不要注册", language_code="en")
        first, second = await api.replies(GROUP, 2)
        assert first["text"] == reply["text"]
        assert first["buttons"] == []
        assert second["text"].startswith("助理医师需要注册吗？")
        assert second["buttons"]
        assert await process.stop() == 0
    assert stored(database) == nobody()
    assert number not in process.log
    for file in database.parent.glob(f"{database.name}*"):
        assert number.encode() not in file.read_bytes()


async def test_a_group_update_that_comes_twice_is_answered_once_also_after_a_restart(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        update, _ = say_in_group(api, "@regbot_test_bot 激活码没收到")
        await api.replies(GROUP, 1)
        api.redeliver(update)
        await not_answered(process, update, "it was delivered before")
        assert await process.stop() == 0
    async with BotProcess(api, database) as process:
        api.redeliver(update)
        await not_answered(process, update, "it was delivered before")
    assert len(api.called("sendMessage")) == 1


async def test_a_forged_button_in_a_group_does_nothing_but_is_answered(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        say_in_group(api, "/help")
        (reply,) = await api.replies(GROUP, 1)
        for data in ("entry:account-sign-up", "flow:activation", "forget:yes"):
            update = api.press(ANN, reply["message_id"], data, chat=GROUP)
            await not_answered(process, update, "a button that is none of the assistant's")
        await api.wait_for(lambda: all(api.callback_queries.values()))
        assert await process.stop() == 0
    assert len(api.reached[GROUP]) == 1
    assert api.reached[ANN] == []
    assert stored(database) == nobody()


async def test_inline_mode_lists_answers_in_the_language_of_the_query(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    corpus = project_matcher.corpus
    number = "110101199003074258"
    firsts = [corpus.in_group(group.id)[0] for group in corpus.groups]

    async def ask(query: str, language: str) -> tuple[list[str], list[dict[str, Any]], str]:
        before = len(api.called("answerInlineQuery"))
        api.inline(ANN, query, language_code=language)
        call = await api.wait_for(lambda: [call for call in api.called("answerInlineQuery")[before:] if call.ok])
        results = call[0].params["results"]
        assert call[0].params["button"]["start_parameter"] == "inline"
        assert call[0].params.get("is_personal") is True  # what is listed depends on the language
        return [each["title"] for each in results], results, call[0].params["button"]["text"]

    async with BotProcess(api, database) as process:
        titles, results, button = await ask("激活码没收到", "en")
        assert titles[0] == NOT_RECEIVED
        assert button == say("zh", "in-private")
        content = results[0]["input_message_content"]
        assert content["message_text"].startswith(f"<b>{NOT_RECEIVED}</b>")
        assert content["parse_mode"] == "HTML"
        ((link,),) = results[0]["reply_markup"]["inline_keyboard"]
        assert link["url"] == f"{LINK}?start=faq_activation-code-not-received"
        assert not any("callback_data" in str(each["reply_markup"]) for each in results)

        titles, _, button = await ask("do assistants have to register", "zh-hans")
        assert titles[0] == "Do I have to register as an assistant?"
        assert button == say("en", "in-private")

        assert (await ask("", "zh-hans"))[0] == [entry.texts["zh"].question for entry in firsts]
        assert (await ask("  ", "en"))[0] == [entry.texts["en"].question for entry in firsts]
        assert (await ask("what is the weather on mars", "en"))[0] == []
        assert (await ask("你好", "zh-hans"))[0] == []
        assert number not in str(await ask(f"{number} 激活码没收到", "zh-hans"))
        assert all(api.inline_queries.values())

        api.message(ANN, "/start inline")  # what the button above the results sends
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith(say("zh", "welcome"))
        assert await process.stop() == 0
    assert len(api.reached) == 1
    assert number not in process.log


async def test_an_inline_answer_that_somebody_sends_to_the_bot_is_no_question(
    api: BotApi, database: Path, project_matcher: Matcher
) -> None:
    async with BotProcess(api, database) as process:
        update = api.message(ANN, NOT_RECEIVED, via_bot=api.me)
        await not_answered(process, update, "an answer that the person sent there themselves")
        other = {"id": 555, "is_bot": True, "first_name": "另一个", "username": "other_bot"}
        api.message(ANN, NOT_RECEIVED, via_bot=other)
        (reply,) = await api.replies(ANN, 1)
        assert reply["text"].startswith(NOT_RECEIVED)
    assert len(api.reached[ANN]) == 1
