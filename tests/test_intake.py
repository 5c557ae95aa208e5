"""What an update is to the assistant; and the queue that knows when what an update changes has been written."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest
from telegram import Message, Update

from bot.channels.telegram.intake import Asked, Ignored, Intake, Said, hint, read_message

BOT: Final = {"id": 99, "is_bot": True, "first_name": "Helper", "username": "Reg_Bot"}
ANN: Final = {"id": 7, "is_bot": False, "first_name": "Ann"}
PRIVATE: Final = {"id": 7, "type": "private", "first_name": "Ann"}
GROUP: Final = {"id": -5, "type": "supergroup", "title": "Doctors"}
PHOTO: Final = {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]}


def message(text: str | None = None, chat: Mapping[str, Any] = PRIVATE, **more: Any) -> Message:
    values: dict[str, Any] = {"message_id": 3, "date": 0, "chat": chat, "from": ANN} | more
    return Message.de_json(values if text is None else values | {"text": text}, None)


def read(one: Message, *, edited: bool = False) -> Said | Asked | Ignored:
    return read_message(one, "Reg_Bot", 99, edited=edited)


def entity(kind: str, text: str, part: str, **more: Any) -> dict[str, Any]:
    """Return where a part of a text stands, counted as Telegram counts."""
    before = text[: text.index(part)]
    return {
        "type": kind,
        "offset": len(before.encode("utf-16-le")) // 2,
        "length": len(part.encode("utf-16-le")) // 2,
        **more,
    }


# In private


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("激活码怎么拿", Said(7, "激活码怎么拿"), id="question"),
        pytest.param("/help", Said(7, "/help"), id="command"),
        pytest.param("/help@Reg_Bot", Said(7, "/help"), id="command-with-name"),
        pytest.param("/back@reg_bot  2 x", Said(7, "/back 2 x"), id="command-with-more"),
        pytest.param("mail me at a@b.cn", Said(7, "mail me at a@b.cn"), id="at-sign"),
        pytest.param("/", Said(7, "/"), id="slash"),
        pytest.param("/ ", Said(7, "/"), id="slash-and-space"),
        pytest.param("/start", Said(7, "/start"), id="start"),
        pytest.param("/start faq_portal-address", Said(7, "/start", button="entry:portal-address"), id="link-entry"),
        pytest.param("/start flow_activation", Said(7, "/start", button="flow:activation"), id="link-flow"),
        pytest.param("/start@Reg_Bot flow_A-9_z", Said(7, "/start", button="flow:A-9_z"), id="link-with-name"),
        pytest.param("/start inline", Said(7, "/start inline"), id="link-elsewhere"),
        pytest.param("/start faq_", Said(7, "/start faq_"), id="link-to-nothing"),
        pytest.param("/start faq_a b", Said(7, "/start faq_a b"), id="link-of-two-words"),
        pytest.param("/start go_activation", Said(7, "/start go_activation"), id="link-of-another-kind"),
        pytest.param("/start faq_a:b", Said(7, "/start faq_a:b"), id="link-with-a-colon"),
    ],
)
@pytest.mark.parametrize("edited", [False, True])
def test_text_in_private(text: str, said: Said, *, edited: bool) -> None:
    """Texts are read the same when they are edited."""
    assert read(message(text), edited=edited) == said


CONTENT: Final[dict[str, dict[str, Any]]] = {
    "photo": PHOTO,
    "voice": {"voice": {"file_id": "f", "file_unique_id": "u", "duration": 1}},
    "document": {"document": {"file_id": "f", "file_unique_id": "u"}},
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "contact": {"contact": {"phone_number": "1", "first_name": "A"}},
    "dice": {"dice": {"emoji": "x", "value": 1}},
    "sticker": {
        "sticker": {
            "file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1,
            "is_animated": False, "is_video": False,
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTENT)
def test_attachment_in_private(kind: str) -> None:
    assert read(message(None, PRIVATE, **CONTENT[kind])) == Said(7, "", attachment=True)


def test_caption_is_the_text_of_an_attachment() -> None:
    assert read(message(None, PRIVATE, caption="这张照片行吗", **PHOTO)) == Said(7, "这张照片行吗", attachment=True)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        pytest.param(message(group_chat_created=True), "a service message", id="service"),
        pytest.param(message(), "a service message", id="unknown-kind"),
        pytest.param(
            message("answer", via_bot=BOT), "an answer that the person sent there themselves", id="inline-result"
        ),
        pytest.param(message("x", PRIVATE, **{"from": BOT}), "a message of a bot or of nobody", id="bot"),
        pytest.param(message("x", PRIVATE, **{"from": None}), "a message of a bot or of nobody", id="nobody"),
        pytest.param(message("x", {"id": -1, "type": "channel", "title": "n"}), "a channel post", id="channel"),
        pytest.param(message("@Reg_Bot x", GROUP, **{"from": None}), "a message of a bot or of nobody", id="anonymous"),
    ],
)
def test_ignored(one: Message, reason: str) -> None:
    assert read(one) == Ignored(reason)


def test_inline_answer_of_another_bot_is_a_message() -> None:
    assert read(message("x", via_bot=BOT | {"id": 98, "username": "gif"})) == Said(7, "x")


# In groups

NOT_ADDRESSED: Final = Ignored("not addressed to the assistant")
REPLY: Final = {"message_id": 2, "date": 0, "chat": GROUP, "text": "answer", "from": BOT}
EMOJI: Final = "😀 @reg_bot 几月开放"


@pytest.mark.parametrize(
    ("text", "more", "found"),
    [
        pytest.param("几月开放", {}, NOT_ADDRESSED, id="among-themselves"),
        pytest.param("Reg_Bot 几月", {}, NOT_ADDRESSED, id="name-only"),
        pytest.param("@Reg_Bot 几月开放", {"mention": "@Reg_Bot"}, "几月开放", id="mention"),
        pytest.param(EMOJI, {"mention": "@reg_bot"}, "😀   几月开放", id="mention-after-an-emoji"),
        pytest.param("几月开放 @Reg_Bot", {"mention": "@Reg_Bot"}, "几月开放", id="mention-at-the-end"),
        pytest.param("@Reg_Bot", {"mention": "@Reg_Bot"}, "", id="mention-alone"),
        pytest.param("@Reg_Bot2 几月", {"mention": "@Reg_Bot2"}, NOT_ADDRESSED, id="mention-of-another"),
        pytest.param("Helper 几月", {"text_mention": "Helper", "user": BOT}, "几月", id="mention-without-name"),
        pytest.param("Ann 几月", {"text_mention": "Ann", "user": ANN}, NOT_ADDRESSED, id="mention-of-a-person"),
        pytest.param("几月开放", {"reply_to_message": REPLY}, "几月开放", id="reply"),
        pytest.param("是的", {"reply_to_message": REPLY | {"from": ANN}}, NOT_ADDRESSED, id="reply-to-a-person"),
    ],
)
def test_in_a_group(text: str, more: dict[str, Any], found: str | Ignored) -> None:
    """Only what is addressed to the assistant is a question."""
    entities = [
        entity(kind, text, more[kind], **({"user": more["user"]} if "user" in more else {}))
        for kind in ("mention", "text_mention")
        if kind in more
    ]
    others = {name: value for name, value in more.items() if name == "reply_to_message"}
    expected = Asked(-5, 3, found, command=False) if isinstance(found, str) else found

    assert read(message(text, GROUP, entities=entities, **others)) == expected
    assert read(message(text, GROUP, entities=entities, **others), edited=True) == Ignored(
        "an edited message in a group"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("/help", Asked(-5, 3, "/help", command=True), id="command"),
        pytest.param("/Help@REG_BOT", Asked(-5, 3, "/help", command=True), id="command-with-name"),
        pytest.param("/help@other_bot", Ignored("a command to another bot"), id="command-to-another"),
    ],
)
def test_command_in_a_group(text: str, found: Asked | Ignored) -> None:
    assert read(message(text, GROUP, entities=[entity("bot_command", text, text)])) == found


def test_command_in_the_middle_is_none() -> None:
    text = "try /help"

    assert read(message(text, GROUP, entities=[entity("bot_command", text, "/help")])) == NOT_ADDRESSED


def test_mention_below_a_photo() -> None:
    caption = "@Reg_Bot 这样行吗"
    entities = [entity("mention", caption, "@Reg_Bot")]

    found = read(message(None, GROUP, caption=caption, caption_entities=entities, **PHOTO))

    assert found == Asked(-5, 3, "这样行吗", command=False)


def test_photo_as_a_reply_without_words_is_not_addressed() -> None:
    assert read(message(None, GROUP, reply_to_message=REPLY, **PHOTO)) == NOT_ADDRESSED


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh", "zh"), ("zh-hans", "zh"), ("zh-TW", "zh"), ("en", "en"), ("en-GB", "en"), ("de", None), ("", None)],
)
def test_hint(code: str, language: str | None) -> None:
    sender = ANN | {"language_code": code}
    found = Update.de_json({"update_id": 1, "message": message("x").to_dict() | {"from": sender}}, None)

    assert hint(found) == language


def test_no_hint_from_nobody() -> None:
    assert hint(Update(1)) is None


# The queue


async def go_on() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_put_waits_until_the_update_is_settled() -> None:
    intake = Intake()
    putting = asyncio.create_task(intake.put(Update(1)))
    await go_on()

    assert not putting.done()
    assert intake.get_nowait() == Update(1)
    intake.settle(2)
    await go_on()
    assert not putting.done()
    intake.settle(1)
    await putting
    assert intake._waiting == {}


async def test_second_delivery_waits_for_the_first() -> None:
    """An update that is delivered again while it is dealt with is confirmed with the first delivery."""
    intake = Intake()
    first, second = (asyncio.create_task(intake.put(Update(1))) for _ in range(2))
    await go_on()
    assert intake.qsize() == 2

    intake.settle(1)
    await asyncio.gather(first, second)
    intake.settle(1)

    third = asyncio.create_task(intake.put(Update(1)))
    await go_on()
    assert not third.done()
    intake.settle(1)
    await third


async def test_who_gives_up_waiting_takes_nothing_from_others() -> None:
    """A delivery that was cut off stays in the queue, and another of the same update goes on waiting."""
    intake = Intake()
    first, second = (asyncio.create_task(intake.put(Update(1))) for _ in range(2))
    await go_on()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)

    assert intake.qsize() == 2
    assert not second.done()
    intake.settle(1)
    await second


async def test_what_is_no_update_is_only_put_in() -> None:
    intake = Intake()
    async with asyncio.timeout(5):
        await intake.put("stop")

    assert intake.get_nowait() == "stop"


async def test_all_settled_waits_for_every_update() -> None:
    """With long polling nothing waits at once, and the next request waits for all."""
    intake = Intake(one_by_one=False)
    async with asyncio.timeout(5):
        await intake.all_settled()
        for number in (1, 2, 3):
            await intake.put(Update(number))
    waiting = asyncio.create_task(intake.all_settled())

    for number in (2, 1, 3):
        await go_on()
        assert not waiting.done()
        intake.settle(number)
    await waiting
    async with asyncio.timeout(5):
        await intake.all_settled()
