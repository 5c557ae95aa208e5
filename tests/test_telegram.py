"""The whole bot as a process, in private chats: commands, answers, menus, languages, and what is no question."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library
from tests.chat_processes import rows_of
from tests.telegram_helpers import ATTACHMENTS, Message, Person, Running, carried, labels, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES: dict[Language, str] = {"zh": "zh-hans", "en": "en-GB"}
ASKED: dict[Language, tuple[str, str]] = {
    "zh": ("激活马没收到怎么办", "没有收到激活码怎么办？"),
    "en": ("no activaton code recieved", "I have not received an activation code. What should I do?"),
}
"""A question with typing errors, and how its answer begins."""
SECRETS = ("110101199003074258", "13912345678", "Xk7#pass99")


def without_buttons(person: Person, message: Message) -> bool:
    """Tell whether a message has no buttons any more."""
    return labels(person.now(message)) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="bot")
async def _bot(project_matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("bot")) as bot:
        yield bot


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_command_is_answered_in_the_language_of_the_device(
    bot: Running, language: Language, project_matcher: Matcher, project_library: Library
) -> None:
    groups = [group.titles[language] for group in project_matcher.corpus.groups]
    guides = [say(language, "begin", title=flow.texts[language].title) for flow in project_library.flows]
    first = [say(language, "guides-button"), say(language, "all-topics")]
    cases = {
        "/help": ("welcome", first),
        "/HELP": ("welcome", first),
        "/help@regbot_test_bot": ("welcome", first),
        "/topics": ("topics", groups),
        "/language": ("choose-language", ["中文", "English"]),
        "/privacy": ("privacy", []),
        "/forget": ("forget-ask", [say(language, "forget-yes"), say(language, "forget-no")]),
        "/guides": ("guides", guides),
        "/progress": ("progress", None),
        "/back": ("not-in-guide", guides),
        "/cancel": ("not-in-guide", guides),
        "/restart": ("not-in-guide", guides),
    }

    async def check(command: str, key: str, buttons: list[str] | None) -> None:
        (reply,) = await bot.person(CODES[language]).say(command)
        assert reply["text"].startswith(say(language, key)), (command, reply["text"])
        assert buttons is None or labels(reply) == buttons, command

    await asyncio.gather(*(check(command, *expected) for command, expected in cases.items()))
    unknown, helped = await bot.person(CODES[language]).say("/nonsense <b>& at all", 2)
    assert unknown["text"] == say(language, "unknown-command", command="/nonsense")
    assert helped["text"].startswith(say(language, "welcome"))


@pytest.mark.parametrize("code", ["en", "zh-hans", "de"])
async def test_start_greets_somebody_new_in_the_language_of_the_device_or_in_both(bot: Running, code: str) -> None:
    person = bot.person(code)
    (new,) = await person.say("/start")
    await person.say(ASKED["en"][0])
    (known,) = await person.say("/start")

    assert (say("en", "welcome") in new["text"]) == (code != "zh-hans")
    assert (say("zh", "welcome") in new["text"]) == (code != "en")
    assert labels(new)[-2:] == ["中文", "English"]
    assert say("en", "welcome") in known["text"]
    assert say("zh", "welcome") not in known["text"]


async def test_in_the_middle_of_a_flow_start_shows_the_step_and_help_and_cancel_are_answered(
    bot: Running, project_library: Library
) -> None:
    person = bot.person("en")
    flow = project_library.flows[0]
    title = flow.texts["en"].title
    (first,) = await person.say(f"/start flow_{flow.id}")
    (second,) = await person.press(flow.steps[0].choices[0].labels["en"])
    (started,) = await person.say("/start")
    (helped,) = await person.say("/help")
    (left,) = await person.say("/cancel")

    assert title in first["text"]
    assert second["text"].endswith(started["text"])
    assert labels(started) == labels(second)
    assert helped["text"].startswith(say("en", "welcome"))
    assert left["text"] == say("en", "left", title=title)
    assert bot.runs(person)[flow.id].step == flow.steps[0].choices[0].next


@pytest.mark.parametrize(("before", "after", "label"), [("zh", "en", "English"), ("en", "zh", "中文")])
async def test_the_language_is_switched_and_stays(
    bot: Running, before: Language, after: Language, label: str, project_matcher: Matcher
) -> None:
    person = bot.person(CODES[before])
    (first,) = await person.say("/topics")
    await person.say("/language")
    (switched,) = await person.press(label)
    (second,) = await person.say("/topics")

    assert labels(first) == [group.titles[before] for group in project_matcher.corpus.groups]
    assert switched["text"] == say(after, "language-set")
    assert labels(second) == [group.titles[after] for group in project_matcher.corpus.groups]


async def test_export_is_a_file_with_the_own_data_and_nobody_elses(bot: Running) -> None:
    person, other = bot.person(), bot.person("en")
    await other.say("/start flow_materials")
    await person.say("/start flow_activation")
    (reply,) = await person.say("/export")

    assert reply["text"] == say("zh", "export")
    assert reply["document"]["file_name"] == "regbot-export.json"
    stored = json.loads(reply["document"]["content"])
    assert stored["person"]["channel"] == "telegram"
    assert stored["person"]["channel_id"] == str(person.id)
    assert [guide["flow"] for guide in stored["guides"]] == ["activation"]
    assert str(other.id) not in str(stored)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_forget_asks_first_and_then_deletes_everything_of_this_person(bot: Running, language: Language) -> None:
    person, other = bot.person(CODES[language]), bot.person(CODES[language])
    sql = "SELECT id FROM people WHERE channel_id = '{}'"
    asked = {}
    for each in (person, other):
        await each.say("/start flow_activation")
        (asked[each],) = await each.say("/forget")
        assert asked[each]["text"] == say(language, "forget-ask")
    (number,) = rows_of(bot.database, sql.format(person.id))
    (forgotten,) = await person.press(say(language, "forget-yes"))
    kept, _step = await other.press(say(language, "forget-no"), 2)

    assert forgotten["text"] == say(language, "forgotten")
    assert rows_of(bot.database, sql.format(person.id)) == []
    for table in ("runs", "turns", "steps", "facts"):
        assert rows_of(bot.database, f"SELECT 1 FROM {table} WHERE person = {number[0]}") == []
    assert kept["text"] == say(language, "kept")
    assert set(bot.runs(other)) == {"activation"}
    for who, question in asked.items():  # nothing is left to be decided
        await bot.api.wait_for(partial(without_buttons, who, question))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_question_with_typing_errors_is_answered(bot: Running, language: Language) -> None:
    question, beginning = ASKED[language]
    other_device: Language = "en" if language == "zh" else "zh"
    (reply,) = await bot.person(CODES[other_device]).say(question)  # the language is that of the question

    assert reply["text"].startswith(beginning)
    assert reply["entities"][0] == {"type": "bold", "offset": 0, "length": len(beginning)}
    assert say(language, "helpful") in labels(reply)
    assert say(language, "next") in reply["text"]


@pytest.mark.parametrize(("language", "question"), [("zh", "注册"), ("en", "register")])
async def test_suggestions_are_offered_and_pressed(bot: Running, language: Language, question: str) -> None:
    person = bot.person(CODES[language])
    (offered,) = await person.say(question)
    *suggestions, none = labels(offered)
    (answer,) = await person.press(suggestions[1])

    assert offered["text"] == say(language, "did-you-mean")
    assert len(suggestions) == 3
    assert none == say(language, "none-of-these")
    assert answer["text"].startswith(suggestions[1])
    assert answer["message_id"] > offered["message_id"]  # the offer stays, the other questions with it
    assert person.now(offered) == offered

    (nothing,) = await person.press(none)
    assert nothing["text"].startswith(say(language, "no-answer"))


@pytest.mark.parametrize(("language", "question"), [("zh", "医院食堂几点开门"), ("en", "<b>&")])
async def test_without_an_answer_the_bot_says_so_and_whom_to_ask(
    bot: Running, language: Language, question: str
) -> None:
    (reply,) = await bot.person(CODES[language]).say(question)

    assert reply["text"].startswith(say(language, "no-answer"))
    assert say(language, "ask-locally") in reply["text"]
    assert labels(reply)[-1] == say(language, "all-topics")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_menu_moves_on_in_place_and_an_answer_is_a_message_of_its_own(
    bot: Running, language: Language, project_matcher: Matcher
) -> None:
    corpus = project_matcher.corpus
    group = corpus.groups[2]
    entry = corpus.in_group(group.id)[0]
    person = bot.person(CODES[language])
    (menu,) = await person.say("/topics")
    (opened,) = await person.press(group.titles[language])
    (answer,) = await person.press(entry.texts[language].question)

    assert opened["message_id"] == menu["message_id"]
    assert opened["text"].startswith(group.titles[language])
    assert entry.texts[language].summary in opened["text"]
    assert answer["message_id"] > menu["message_id"]
    assert answer["text"].startswith(entry.texts[language].question)
    assert person.now(opened) == opened

    # The menu is no longer the newest message: changing it out of sight would look as if nothing happened.
    (below,) = await person.press_data(opened, "topics")
    assert below["message_id"] > answer["message_id"]
    assert labels(below) == labels(menu)


async def test_pressing_the_same_menu_button_twice_is_no_trouble(bot: Running, project_matcher: Matcher) -> None:
    person = bot.person()
    group = project_matcher.corpus.groups[0]
    (menu,) = await person.say("/topics")
    for _ in range(2):
        bot.api.press_label(person.id, group.titles["zh"])
    (opened,) = await bot.api.replies(person.id, 1)
    (answered,) = await person.say("/privacy")

    assert opened["message_id"] == menu["message_id"]
    assert answered["text"].startswith(say("zh", "privacy"))
    assert [each["message_id"] for each in bot.api.chat(person.id) if each["from_bot"]] == [
        menu["message_id"],
        answered["message_id"],
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_no_text_gets_a_kind_sentence_and_is_not_downloaded(bot: Running, language: Language) -> None:
    async def check(kind: str) -> None:
        (reply,) = await bot.person(CODES[language]).say(None, **{kind: ATTACHMENTS[kind]})
        assert reply["text"] == say(language, "attachment"), kind

    await asyncio.gather(*map(check, ATTACHMENTS))
    assert not any("file" in call.method.casefold() for call in bot.api.calls)


@pytest.mark.parametrize("kind", ["photo", "voice", "document", "video"])
async def test_the_caption_of_an_attachment_is_answered(bot: Running, kind: str) -> None:
    question, beginning = ASKED["en"]
    person = bot.person()
    said, answer = await person.say(None, 2, caption=question, **{kind: ATTACHMENTS[kind]})

    assert said["text"] == say("zh", "attachment-with-text")
    assert answer["text"].startswith(beginning)


async def test_a_photo_in_the_middle_of_a_flow_leaves_one_there(bot: Running) -> None:
    person = bot.person("en")
    (step,) = await person.say("/start flow_activation")
    said, below = await person.say(None, 2, photo=ATTACHMENTS["photo"])

    assert said["text"] == say("en", "attachment")
    assert (below["text"], labels(below)) == (step["text"], labels(step))
    assert bot.place(person) == ("activation", "portal")


async def test_an_edited_message_is_a_new_question(bot: Running) -> None:
    person = bot.person()
    (first,) = await person.say("助理要不要注册")
    (second,) = await person.say(ASKED["zh"][0], edited=True)

    assert first["text"].startswith("助理医师需要注册吗？")
    assert second["text"].startswith(ASKED["zh"][1])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_link_leads_to_an_answer_or_into_a_flow(
    bot: Running, language: Language, project_matcher: Matcher, project_library: Library
) -> None:
    flow = project_library.flows[0]
    entry = project_matcher.corpus.entry("assistant-must-register")
    assert entry
    answered, guided = bot.person(CODES[language]), bot.person(CODES[language])
    (answer,) = await answered.say("/start faq_assistant-must-register")
    (step,) = await guided.say(f"/start flow_{flow.id}")

    assert answer["text"].startswith(entry.texts[language].question)
    assert flow.steps[0].texts[language].title in step["text"]
    assert bot.place(guided) == (flow.id, flow.steps[0].id)
    assert bot.runs(answered) == {}


@pytest.mark.parametrize(
    "payload",
    ["faq_", "flow_<b>&", "activation", "entry_activation", "go_1", "%20", "inline"],
)
async def test_a_link_that_leads_nowhere_greets(bot: Running, payload: str) -> None:
    person = bot.person()
    (reply,) = await person.say(f"/start {payload}")

    assert reply["text"].startswith(say("zh", "welcome"))
    assert bot.runs(person) == {}


@pytest.mark.parametrize("payload", ["faq_no-such-entry", "flow_no-such-flow"])
async def test_a_link_to_what_is_no_longer_here_is_said_to_be_so(bot: Running, payload: str) -> None:
    person = bot.person("en")
    said, greeting = await person.say(f"/start {payload}", 2)

    assert said["text"] == say("en", "unknown-link")
    assert greeting["text"].startswith(say("en", "welcome"))
    assert bot.runs(person) == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_personal_data_is_asked_not_to_be_sent_and_stays_nowhere(bot: Running, language: Language) -> None:
    number, phone, password = SECRETS
    texts: dict[Language, tuple[str, str, str]] = {
        "zh": (f"我的身份证号是{number}", f"打我电话{phone}", f"我的密码是{password}"),
        "en": (f"my id number is {number}", f"call me at {phone}", f"my password is {password}"),
    }

    async def check(text: str, kind: str, **fields: Any) -> None:
        person = bot.person(CODES[language])
        bot.api.message(person.id, fields.pop("typed", text), language_code=CODES[language], **fields)
        warning = say(language, "personal-data", kinds=say(language, f"kind-{kind}"))

        def warned() -> list[str]:
            return [each["text"] for each in bot.api.chat(person.id) if each["from_bot"] and warning in each["text"]]

        assert len(await bot.api.wait_for(warned)) == 1
        await person.say("/export")

    kinds = ("id-number", "phone", "secret")
    await asyncio.gather(*(check(text, kind) for text, kind in zip(texts[language], kinds, strict=True)))
    await check(texts[language][0], "id-number", typed=None, caption=texts[language][0], photo=ATTACHMENTS["photo"])
    for secret in SECRETS:
        assert not bot.holds(secret)
        assert not any(secret in str(call.params) for call in bot.api.calls)


async def test_personal_data_in_the_middle_of_a_flow_or_behind_a_command_stays_nowhere(bot: Running) -> None:
    person = bot.person()
    number = SECRETS[0]
    await person.say("/start flow_activation")
    warned, step = await person.say(f"姓名填好了，号码是{number}", 2)
    (unknown, _) = await person.say(f"/{number}", 2)
    (greeted,) = await person.say(f"/start {number}")

    assert say("zh", "kind-id-number") in warned["text"]
    assert bot.place(person) == ("activation", "portal")
    assert number not in unknown["text"] + step["text"] + greeted["text"]
    assert not bot.holds(number)


@pytest.mark.parametrize("text", ["<b>&", "</code></b>", "&lt;&amp;&#x", "<u>&lt;</i>", "{x} %s"])
async def test_signs_of_html_are_harmless(bot: Running, text: str) -> None:
    person = bot.person()
    (first,) = await person.say(text)
    (second,) = await person.say(f"{text} 激活码没收到")
    unknown, _help = await person.say(f"/{text}", 2)

    assert first["entities"] == []
    assert second["text"].startswith(ASKED["zh"][1])
    assert unknown["text"] == say("zh", "unknown-command", command=f"/{text.split(maxsplit=1)[0]}")
    assert unknown["entities"] == []


async def test_a_message_of_full_length_is_answered(bot: Running) -> None:
    chinese, emoji = bot.person(), bot.person("en")
    (answer,) = await chinese.say(("助理医师要不要注册，" * 410)[:4096])
    (nothing,) = await emoji.say("\U0001f600" * 2048)

    assert answer["text"].startswith("助理医师需要注册吗？")
    assert nothing["text"] == say("en", "not-words")


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("en-US", "en"), ("zh", "zh"), ("zh-hant", "zh"), ("de", "zh"), (None, "zh")]
)
async def test_the_language_of_the_device_decides_for_somebody_new(
    bot: Running, code: str | None, language: Language
) -> None:
    person = bot.person(code)
    (new,) = await person.say(None, photo=ATTACHMENTS["photo"])
    other: Language = "en" if language == "zh" else "zh"
    await person.say(ASKED[other][0])
    (known,) = await person.say(None, photo=ATTACHMENTS["photo"])

    assert new["text"] == say(language, "attachment")
    assert known["text"] == say(other, "attachment")  # what somebody has spoken counts for more


async def test_an_opinion_is_noted_and_the_answer_stays(bot: Running) -> None:
    person = bot.person("en")
    (answer,) = await person.say(ASKED["en"][0])
    (thanks,) = await person.press(say("en", "helpful"))

    assert thanks["text"] == say("en", "thanks-helpful")
    assert thanks["message_id"] > answer["message_id"]
    assert person.now(answer) == answer
    (data,) = carried(answer, "helpful:")
    assert (data.removeprefix("helpful:"),) in rows_of(bot.database, "SELECT entry FROM feedback WHERE helpful = 1")
