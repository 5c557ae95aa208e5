"""Turns with people, whatever the channel: the small corpus, a real store, and everything that can be sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import replies
from bot.conversation import Conversation
from bot.messages import Reply
from bot.rendering import plain
from bot.store import Store
from bot.texts import say
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language
from flows.definition import Library

if TYPE_CHECKING:
    from tests.conftest import Talk

ENTRY = {"zh": "系统几月开放？", "en": "In which month does the system open?"}
UNCLEAR = {"zh": "怎么弄", "en": "what about"}
STRANGE = {"zh": "蚂蚁搬家", "en": "zebra xylophone"}
SUBJECT = {"zh": "考试分数", "en": "which exam scores"}
GREETING = {"zh": "早上好", "en": "good morning"}
ID_NUMBER = "110101199003074514"


def text_of(found: Sequence[Reply]) -> str:
    return plain(found, numbered=False)


def button_of(found: Sequence[Reply], data: str) -> str:
    """Return the number under which the terminal shows a button."""
    return str([button.data for reply in found for button in reply.buttons].index(data) + 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["/start", "/help", "/topics", "/language", "/privacy", "/forget"])
async def test_commands(talk: "Talk", command: str, language: Language) -> None:
    """Every command is answered in the person's language."""
    corpus = talk.corpus
    expected = {
        "/start": replies.welcome([language]),
        "/help": replies.help_text(language),
        "/topics": replies.topics(corpus, language),
        "/language": replies.choose_language(),
        "/privacy": replies.privacy(language),
        "/forget": replies.forget(language),
    }
    await talk(GREETING[language])

    assert await talk(command) == [expected[command]]
    assert await talk(f"  {command.upper()} please ") == [expected[command]]


async def test_first_start(talk: "Talk") -> None:
    """Somebody whose language is not known yet is welcomed in both, however often they begin."""
    for way in ("/start", "/start", "/help", "/start"):
        assert await talk(way) == [replies.help_text("zh") if way == "/help" else replies.welcome(LANGUAGES)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", ["greeting", "question", "button"])
async def test_start_after_the_language_is_known(talk: "Talk", language: Language, told: str) -> None:
    """After a message or a choice that tells the language, everybody is welcomed in that one."""
    await talk("/start")
    if told == "button":
        await talk(button=f"language:{language}")
    else:
        await talk({"greeting": GREETING, "question": ENTRY}[told][language])

    assert await talk("/start") == [replies.welcome([language])]


async def test_start_after_a_message_without_words(talk: "Talk") -> None:
    """A message without words tells no language."""
    await talk("/start")
    await talk("?!")

    assert await talk("/start") == [replies.welcome(LANGUAGES)]


@pytest.mark.parametrize("command", ["/", "/nothing", "/startle", f"/{ID_NUMBER}", "/" + 5000 * "x"])
async def test_unknown_command(talk: "Talk", command: str) -> None:
    """A command that does not exist is named, without personal data, and the help follows."""
    found = await talk(command)

    assert found[1:] == [replies.help_text("zh")]
    assert found[0].blocks[0].texts[0].startswith("没有“/")
    assert ID_NUMBER not in text_of(found)
    assert len(text_of(found[:1])) < 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "data", ["entry:photo", "helpful:photo", "unhelpful:photo", "group:papers", "topics", "none-of-these", "forget:no"]
)
async def test_buttons(talk: "Talk", data: str, language: Language) -> None:
    """Every button does what it says, in the person's language."""
    corpus = talk.corpus
    photo = corpus.entry("photo")
    assert photo is not None
    expected = {
        "entry:photo": replies.answer(corpus, photo, language),
        "helpful:photo": replies.said(language, "thanks-helpful"),
        "unhelpful:photo": replies.unhelpful(corpus, photo, language),
        "group:papers": replies.group(corpus, "papers", language),
        "topics": replies.topics(corpus, language),
        "none-of-these": replies.no_answer(corpus, (), language),
        "forget:no": replies.said(language, "kept"),
    }
    await talk(GREETING[language])

    assert await talk(button=data) == [expected[data]]


@pytest.mark.parametrize(
    "data",
    [
        "", ":", "entry", "entry:", "entry:nothing", "ENTRY:photo", "entry:photo:form", "entry: photo", "entry:photo\n",
        "entry:exam-scores", "helpful:nothing", "unhelpful:greeting", "helpful:", "group:", "group:photo", "language:",
        "language:de", "forget:", "forget:maybe", "forget", "topics:", "none-of-these:photo", "/forget", "1",
        "entry:'; DROP TABLE people; --", "\ud800", "x" * 100_000,
    ],
)  # fmt: skip
async def test_forged_buttons(talk: "Talk", data: str) -> None:
    """A button that is not the assistant's is refused and changes nothing."""
    await talk(GREETING["zh"])
    before = await talk.store.counts()

    assert await talk(button=data) == [replies.said("zh", "unknown-button")]
    assert await talk.store.counts() == before


@pytest.mark.parametrize(
    "typed", ["2", " 2 ", "２", "②", "02", "时间", "时间 ", "時間"], ids=lambda typed: f"{typed!r}"
)
async def test_typed_button(talk: "Talk", typed: str) -> None:
    """A button's number or label can be typed instead of pressing it."""
    await talk("/topics")

    assert await talk(typed) == [replies.group(talk.corpus, "dates", "zh")]


async def test_typed_label_in_any_case(talk: "Talk") -> None:
    """A typed label counts in small and capital letters."""
    await talk("hello")
    await talk("/topics")

    assert await talk("DATES") == [replies.group(talk.corpus, "dates", "en")]


async def test_typed_number_after_a_restart(talk: "Talk", database: Path, small_matcher: Matcher) -> None:
    """What a reply offered is remembered in the database: the number means the same after a restart."""
    await talk("/topics")
    await talk.store.close()

    async with await Store.open(database) as store:
        again = type(talk)(Conversation(small_matcher, store, Library(())), store)
        assert await again("1") == [replies.group(talk.corpus, "papers", "zh")]


@pytest.mark.parametrize("typed", ["0", "3", "99", "100", "-1", "1.5", "1 2", "²1", "一"])
async def test_number_out_of_range(talk: "Talk", typed: str) -> None:
    """A number that no button has is a message like any other."""
    fresh = await type(talk)(talk.conversation, talk.store, "somebody else")(typed)
    await talk("/topics")

    assert await talk(typed) == fresh


@pytest.mark.parametrize("between", ["/privacy", "/nothing", "你好", STRANGE["zh"]])
async def test_offers_end(talk: "Talk", between: str) -> None:
    """A number means a button of the last reply, never one of an earlier reply."""
    await talk("/topics")
    offered = [button.data for reply in await talk(between) for button in reply.buttons]

    assert (await talk("2") == [replies.group(talk.corpus, "dates", "zh")]) is (offered[1:2] == ["group:dates"])


async def test_numbers_over_several_replies(talk: "Talk") -> None:
    """The numbers that the terminal shows below several replies are those that can be typed."""
    question = "系统几月开放？申请表要打印几份？"
    found = await talk(question)
    buttons = [button for reply in found for button in reply.buttons]

    assert len(found) == 3
    for number, button in enumerate(buttons, 1):
        assert f"[{number}] {button.label}" in plain(found)
        await talk(question)
        pressed = await talk(str(number))
        assert pressed == await talk(button=button.data)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_language_follows_the_messages(talk: "Talk", language: Language) -> None:
    """Without a choice, everything is said in the language of the last message that had words."""
    for other in LANGUAGES:
        await talk(STRANGE[other])
    await talk(ENTRY[language])
    await talk("123")
    await talk("!!!")

    assert await talk("/help") == [replies.help_text(language)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", ["pressed", "typed"])
async def test_chosen_language(
    talk: "Talk", database: Path, small_matcher: Matcher, language: Language, how: str
) -> None:
    """A chosen language holds for the assistant's own words, also after a restart; a question is answered in its own."""
    other: Language = "en" if language == "zh" else "zh"
    choice = await talk("/language")
    data = f"language:{language}"
    found = await (talk(button=data) if how == "pressed" else talk(button_of(choice, data)))
    await talk.store.close()

    assert found == [replies.said(language, "language-set")]
    async with await Store.open(database) as store:
        again = type(talk)(Conversation(small_matcher, store, Library(())), store)
        opening = talk.corpus.entry("opening")
        assert opening is not None
        assert await again(ENTRY[other]) == [replies.answer(talk.corpus, opening, other)]
        assert await again("/topics") == [replies.topics(talk.corpus, language)]
        assert await again("/start") == [replies.welcome([language])]


async def test_one_word_of_small_talk_keeps_the_chosen_language(talk: "Talk") -> None:
    """A single word such as "hello" is said in Chinese as well: it does not end the choice."""
    await talk(button="language:zh")

    assert text_of(await talk("hello")) == "你好，请问吧。"
    assert text_of(await talk("good morning")) == "Hello. Just ask."


@pytest.mark.parametrize("language", LANGUAGES)
async def test_kinds_of_messages(talk: "Talk", language: Language) -> None:
    """A question is answered, an unclear one answered with an offer, a strange one with whom to ask."""
    corpus = talk.corpus
    opening = corpus.entry("opening")
    assert opening is not None

    assert await talk(ENTRY[language]) == [replies.answer(corpus, opening, language)]
    assert await talk(GREETING[language]) == [Reply((replies.paragraph(corpus.small_talk[0].texts[language].reply),))]
    assert text_of(await talk(SUBJECT[language])) == corpus.subjects[0].texts[language].pointer
    (offer,) = await talk(UNCLEAR[language])
    assert offer.blocks == replies.said(language, "did-you-mean").blocks
    assert [button.data.partition(":")[0] for button in offer.buttons] == ["entry", "entry", "entry", "none-of-these"]
    (nothing,) = await talk(STRANGE[language])
    assert nothing.blocks[:2] == replies.said(language, "no-answer", "ask-locally").blocks
    assert nothing.buttons[-1].data == "topics"


@pytest.mark.parametrize("text", ["", "  ", "...", "？", "😀", "\x00", "\u200b", "42", "\n\n", "ِ"], ids=ascii)
async def test_no_words(talk: "Talk", text: str) -> None:
    """A message without words is asked to be written in words."""
    assert await talk(text) == [replies.said("zh", "not-words")]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("照片" * 50_000, id="long"),
        pytest.param("照片\x00照片", id="nul"),
        pytest.param("\udce4\udcbd照片", id="surrogates-known"),
        pytest.param("\udce4\udcbd" + STRANGE["zh"], id="surrogates-unknown"),
        pytest.param("'; DROP TABLE people; --", id="sql"),
        pytest.param("{command} {} %s {0}", id="blanks"),
        pytest.param("/\udce4\udcbd", id="surrogate-command"),
        pytest.param("（" * 4096, id="brackets"),
    ],
)
async def test_any_text(talk: "Talk", text: str) -> None:
    """Whatever is written, there is a reply that the terminal can show, and the next message is understood."""
    assert text_of(await talk(text))
    assert text_of(await talk(ENTRY["zh"])).startswith("系统几月开放？\n系统三月开放。")


async def test_two_questions(talk: "Talk") -> None:
    """Two questions in one message get two answers, said to be two."""
    first, *answers = await talk("系统几月开放？申请表要打印几份？")

    assert first == replies.said("zh", "two-questions")
    assert [answer.title for answer in answers] == ["系统几月开放？", "申请表要打印几份？"]


async def test_suggestion_taken(talk: "Talk") -> None:
    """Pressing an offered question answers it; a number does the same."""
    (offer,) = await talk(UNCLEAR["zh"])
    pressed = await talk(button=offer.buttons[1].data)
    await talk(UNCLEAR["zh"])

    assert pressed[0].title == offer.buttons[1].label
    assert await talk("2") == pressed


@pytest.mark.parametrize("language", LANGUAGES)
async def test_suggestion_refused(talk: "Talk", language: Language) -> None:
    """When none of the offered questions was meant, the person is told whom to ask, and can have themselves told later."""
    (offer,) = await talk(UNCLEAR[language])
    none = offer.buttons[-1].data

    asked = none.removeprefix(replies.NONE_OF_THESE)
    assert asked
    assert await talk(button=none) == [replies.no_answer(talk.corpus, (), language, asked)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param(f"我的身份证号是{ID_NUMBER}", ["id-number"], id="id-number"),
        pytest.param("打我手机 13812345678", ["phone"], id="phone"),
        pytest.param("my mail is zhang.san@example.com", ["email"], id="email"),
        pytest.param("密码是Abc#12345", ["secret"], id="secret"),
        pytest.param(f"{ID_NUMBER} 13812345678", ["id-number", "phone"], id="two"),
    ],
)
@pytest.mark.parametrize("question", ["", "？" + ENTRY["zh"]], ids=["alone", "beside-a-question"])
async def test_personal_data(talk: "Talk", text: str, kinds: list[str], question: str) -> None:
    """Personal data is named and asked not to be sent; it is not repeated, and a question beside it is answered."""
    first, *others = await talk(text + question)
    language: Language = "zh" if first == replies.personal_data(kinds, "zh") else "en"

    assert first == replies.personal_data(kinds, language)
    assert ID_NUMBER not in text_of([first, *others])
    if question:
        assert "系统几月开放？" in [reply.title for reply in others]


async def test_nothing_but_personal_data(talk: "Talk") -> None:
    """Where nothing else was said, nothing else is replied."""
    assert await talk(ID_NUMBER) == [replies.personal_data(["id-number"], "zh")]


@pytest.mark.parametrize(
    ("link", "words"),
    [
        pytest.param("https://cndocsys.cn/home/index", "cndocsys.cn 属于官方网站", id="official"),
        pytest.param("www.nhc.gov.cn", "www.nhc.gov.cn 属于官方网站", id="commission"),
        pytest.param(
            "docsys.cn", "docsys.cn 不是官方网站，而且很像是仿冒的：官方域名缺了开头几个字母。", id="look-alike"
        ),
        pytest.param("cndocsys.com", "cndocsys.com 不是官方网站，而且很像是仿冒的：域名后缀不对。", id="wrong-ending"),
        pytest.param("https://example.com/x", "example.com 不是官方的注册系统，我不知道它可不可靠。", id="unknown"),
    ],
)
async def test_links(talk: "Talk", link: str, words: str) -> None:
    """A link is judged, and the official address is given; a question beside it is answered as well."""
    alone = await talk(link)
    asking = await talk(f"{link} 这个网站行吗")
    beside = await talk(f"{ENTRY['zh']} {link}")

    assert len(alone) == 1
    assert words in text_of(alone)
    assert "官方地址是 https://cndocsys.cn/home/index ，" in text_of(alone)
    assert asking[0] == alone[0]
    assert [reply.title for reply in beside] == [None, "系统几月开放？"]
    assert beside[0] == alone[0]


async def test_question_about_the_address_with_a_link(talk: "Talk") -> None:
    """Who asks whether a link is the right address is not told the address twice."""
    found = await talk("官网网址是什么？ docsys.cn")

    assert len(found) == 1
    assert "docsys.cn 不是官方网站" in text_of(found)


async def test_many_links(talk: "Talk") -> None:
    """The first three links are spoken of."""
    found = text_of(await talk("a.example.com b.example.com c.example.com d.example.com"))

    assert [f"{name}.example.com" in found for name in "abcd"] == [True, True, True, False]


async def test_link_in_english(talk: "Talk") -> None:
    """In an English message the link is judged in English."""
    assert "docsys.cn is not the official site and looks like an imitation" in text_of(
        await talk("is docsys.cn the real web address")
    )
    assert say("en", "link-address", address="https://cndocsys.cn/home/index") in text_of(await talk("docsys.cn"))
