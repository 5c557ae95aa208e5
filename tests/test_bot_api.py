"""The test server refuses, queues and fails as the Bot API does; python-telegram-bot is the client."""

from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineQueryResultArticle,
    InputTextMessageContent,
)
from telegram.error import (
    BadRequest,
    InvalidToken,
)

from tests.bot_api import (
    BotApi,
)
from tests.bot_api_client import client, keyboard, post


@pytest.fixture(name="api")
async def _api() -> AsyncIterator[BotApi]:
    async with BotApi() as api:
        api.meet(7)
        yield api


@pytest.fixture(name="bot")
async def _bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with client(api, monkeypatch) as bot:
        yield bot


async def test_the_bot_is_who_it_is(api: BotApi, bot: Bot):
    me = await bot.get_me()

    assert (me.id, me.username) == (api.id, "regbot_test_bot")


async def test_another_token_is_unauthorized(api: BotApi):
    bot = Bot("1:other", base_url=f"{api.url}/bot")

    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("sendNothing", {}, "method not found"),
        ("sendMessage", {"chat_id": 7, "text": "a", "colour": "red"}, 'parameter "colour" is not known'),
        ("sendMessage", {"chat_id": 7}, "message text is empty"),
        ("sendMessage", {"text": "a"}, "chat_id is empty"),
        ("answerCallbackQuery", {}, 'parameter "callback_query_id" is required'),
        ("sendMessage", {"chat_id": 7, "text": 5}, 'field "text" must be of type String'),
        ("getUpdates", {"timeout": True}, 'field "timeout" must be of type Integer'),
        (
            "sendMessage",
            {"chat_id": 7, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": 1}]]}},
            "of type String",
        ),
        (
            "sendMessage",
            {"chat_id": 7, "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "Text buttons",
        ),
        ("setMyCommands", {"commands": [{"command": "help"}]}, 'field "description" is missing'),
        ("sendMessage", {"chat_id": 7, "text": "a", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ("sendMessage", {"chat_id": 8, "text": "a"}, "chat not found"),
        ("sendChatAction", {"chat_id": 7, "action": "sleeping"}, "wrong parameter action"),
    ],
)
async def test_what_the_specification_does_not_know_is_refused(
    api: BotApi, method: str, params: dict, description: str
):
    answer = await post(api, method, **params)

    assert not answer["ok"]
    assert description in answer["description"]
    assert [call.ok for call in api.calls] == [False]


async def test_a_body_that_is_not_json_is_refused(api: BotApi):
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{api.url}/bot{api.token}/getMe", content=b"{", headers={"Content-Type": "application/json"}
        )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("html", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &#39;c&#x27; &quot;", "a <b> & 'c' \"", []),
        ("<b>助理</b>要", "助理要", [("bold", 0, 2)]),
        ("😀 <i>x<b>y</b></i>", "😀 xy", [("italic", 3, 2), ("bold", 4, 1)]),
        ('<a href="https://cndocsys.cn/?a=1&amp;b=2">官网</a>', "官网", [("text_link", 0, 2)]),
        ("<blockquote expandable>a</blockquote>\n", "a", [("blockquote", 0, 1)]),
        ("  <code>a</code>", "a", [("code", 0, 1)]),
    ],
)
async def test_html_becomes_text_with_entities(api: BotApi, bot: Bot, html: str, text: str, entities: list):
    message = await bot.send_message(7, html, parse_mode="HTML")

    assert message.text == text
    assert [(str(each.type), each.offset, each.length) for each in message.entities] == entities
    assert api.chat(7)[-1]["html"] == html


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("考<", "Unclosed start tag at byte offset 3"),
        ("a & b", "not escaped"),
        ("1 > 0", "not escaped"),
        ("<p>a</p>", 'Unsupported start tag "p"'),
        ("<span>a</span>", 'Unsupported start tag "span"'),
        ("<b>a", 'find end tag corresponding to start tag "b"'),
        ("<b><i>a</b></i>", 'expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag"),
        ("&nbsp;", "Unsupported HTML entity"),
    ],
)
async def test_wrong_html_is_refused(bot: Bot, html: str, why: str):
    with pytest.raises(BadRequest, match="Can't parse entities: ") as refused:
        await bot.send_message(7, html, parse_mode="HTML")

    assert why.lower() in str(refused.value).lower()  # the client changes the case


async def test_a_text_is_measured_in_utf16_after_entities(bot: Bot):
    await bot.send_message(7, "<b>" + "😀" * 2048 + "</b>", parse_mode="HTML")

    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(7, "😀" * 2048 + "a")
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(7, "<b> </b>\n", parse_mode="HTML")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([[("a", "助" * 22)]], "Button_data_invalid"),
        ([[("a", "")]], "Button_data_invalid"),
        ([[("a", "b")] * 9], "Reply markup is too long"),
        ([[("a", "b")]] * 101, "Reply markup is too long"),
        ([[(" ", "b")]], "Button text must be non-empty"),
    ],
)
async def test_a_keyboard_beyond_the_limits_is_refused(bot: Bot, rows: list, why: str):
    with pytest.raises(BadRequest, match=rf"(?i){why}"):
        await bot.send_message(7, "a", reply_markup=keyboard(*rows))


async def test_a_keyboard_at_the_limits_is_taken(bot: Bot):
    await bot.send_message(7, "a", reply_markup=keyboard([("a", "助" * 21 + "a")] * 8, *[[("a", "b")]] * 92))


async def test_an_edit_that_changes_nothing_is_refused(api: BotApi, bot: Bot):
    sent = await bot.send_message(7, "a &amp; b", parse_mode="HTML", reply_markup=keyboard([("x", "y")]))

    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("a & b", 7, sent.message_id, reply_markup=keyboard([("x", "y")]))
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(7, sent.message_id, reply_markup=keyboard([("x", "y")]))
    await bot.edit_message_text("a & b", 7, sent.message_id)

    assert api.chat(7)[-1]["buttons"] == []


async def test_only_the_bots_own_texts_can_be_edited(api: BotApi, bot: Bot):
    api.message(7, "a")

    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("b", 7, 999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("b", 7, api.chat(7)[0]["message_id"])


async def test_a_document_arrives_with_its_content_and_caption(api: BotApi, bot: Bot):
    sent = await bot.send_document(7, b"{}", caption="<b>a</b>", parse_mode="HTML", filename="export.json")

    assert sent.document
    assert (sent.document.file_name, sent.caption) == ("export.json", "a")
    assert api.chat(7)[-1]["document"]["content"] == b"{}"
    assert api.calls[-1].files == {"document": b"{}"}
    assert api.calls[-1].params["document"] == "export.json"
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_document(7, b"{}", caption="a" * 1025)


async def test_a_callback_query_is_answered_once(api: BotApi, bot: Bot):
    await bot.send_message(7, "a", reply_markup=keyboard([("要注册吗", "q:1")]))
    api.press_label(7, "注册")
    (update,) = await bot.get_updates()
    assert update.callback_query
    assert update.callback_query.data == "q:1"
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await bot.answer_callback_query(update.callback_query.id, "a" * 201)
    assert not api.callback_queries[update.callback_query.id]

    await bot.answer_callback_query(update.callback_query.id)

    assert api.callback_queries[update.callback_query.id]
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(update.callback_query.id)
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query("1")


async def test_a_query_may_come_without_an_accessible_message(api: BotApi, bot: Bot):
    api.press(7, 5, "a", inaccessible=True)
    api.press(7, None, "b")

    gone, inline = [update.callback_query for update in await bot.get_updates()]

    assert gone
    assert gone.message
    assert not gone.message.is_accessible
    assert inline
    assert inline.message is None
    assert await bot.edit_message_text("c", inline_message_id=inline.inline_message_id)


async def test_a_label_that_no_button_has_fails_the_test(api: BotApi):
    with pytest.raises(AssertionError, match="no button 'x'"):
        api.press_label(7, "x")


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        (["a", "a"], "duplicate"),
        (["a" * 65], "invalid"),
        (["助" * 22], "invalid"),
        ([str(i) for i in range(51)], "too_much"),
    ],
)
async def test_inline_results_beyond_the_limits_are_refused(api: BotApi, ids: list[str], why: str):
    results = [
        {"type": "article", "id": each, "title": "t", "input_message_content": {"message_text": "m"}} for each in ids
    ]

    answer = await post(api, "answerInlineQuery", inline_query_id="1", results=results)

    assert why in answer["description"].lower()


async def test_an_inline_query_is_answered_once(api: BotApi, bot: Bot):
    api.inline(7, "助理")
    (update,) = await bot.get_updates()
    assert update.inline_query
    results = [InlineQueryResultArticle("1", "t", InputTextMessageContent("m", parse_mode="HTML"))]

    await bot.answer_inline_query(update.inline_query.id, results)

    assert api.calls[-1].params["results"][0]["input_message_content"]["message_text"] == "m"
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_inline_query(update.inline_query.id, results)


async def test_menus_are_kept_by_language(api: BotApi, bot: Bot):
    await bot.set_my_commands([BotCommand("help", "帮助")], language_code="zh")
    await bot.set_my_commands([BotCommand("help", "Help")])

    assert (await bot.get_my_commands(language_code="zh"))[0].description == "帮助"
    assert api.commands["default", ""] == [{"command": "help", "description": "Help"}]
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()


@pytest.mark.parametrize(
    ("command", "description", "count", "language"),
    [
        ("Help", "a", 1, ""),
        ("a" * 33, "a", 1, ""),
        ("help", "", 1, ""),
        ("help", "a" * 257, 1, ""),
        ("help", "a", 101, ""),
        ("help", "a", 1, "zh-hans"),
    ],
)
async def test_a_wrong_menu_is_refused(api: BotApi, command: str, description: str, count: int, language: str):
    commands = [{"command": command, "description": description}] * count

    assert not (await post(api, "setMyCommands", commands=commands, language_code=language))["ok"]


async def test_name_and_descriptions_have_their_limits(bot: Bot):
    await bot.set_my_name("a" * 64, language_code="zh")
    await bot.set_my_description("b" * 512)
    await bot.set_my_short_description("c" * 120)

    assert (await bot.get_my_name("zh")).name == "a" * 64
    assert (await bot.get_my_description("en")).description == "b" * 512
    assert (await bot.get_my_short_description()).short_description == "c" * 120
    for change in (
        bot.set_my_name("a" * 65),
        bot.set_my_description("b" * 513),
        bot.set_my_short_description("c" * 121),
    ):
        with pytest.raises(BadRequest, match="is too long"):
            await change
