"""What turns leave in the database: nothing personal, nothing twice, everything at once; and turns without a database."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot import replies
from bot.conversation import Conversation
from bot.errors import StoreError
from bot.messages import Incoming
from bot.records import Memory, TurnChange, TurnKey
from bot.store import Store
from faq.matcher import Matcher
from flows.definition import Library
from tests.store_helpers import other_process

if TYPE_CHECKING:
    from tests.conftest import Talk

ENTRY = "系统几月开放？"
UNCLEAR = "怎么弄"
STRANGE = "蚂蚁搬家"
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
APOLOGY = {"zh": replies.said("zh", "store-failed"), "en": replies.said("en", "store-failed")}


def bytes_of(database: Path) -> bytes:
    return b"".join(path.read_bytes() for path in database.parent.glob(database.name + "*"))


async def counts(talk: "Talk") -> tuple[int, ...]:
    """Return how many people, helpful and unhelpful opinions and unanswered questions are stored."""
    return tuple((await talk.store.counts()).values())


async def export_of(talk: "Talk") -> dict[str, Any]:
    (reply,) = await talk("/export")
    assert reply.document is not None
    assert reply.document.name == "regbot-export.json"
    exported: dict[str, Any] = json.loads(reply.document.content)
    return exported


@pytest.mark.parametrize(
    ("secret", "stored"),
    [
        pytest.param("110101199003074514", "[ID number]", id="id-number"),
        pytest.param("110101 19900307 4514", "[ID number]", id="id-number-in-groups"),
        pytest.param("13812345678", "[phone]", id="phone"),
        pytest.param("138-1234-5678", "[phone]", id="phone-in-groups"),
        pytest.param("zhang.san@example.com", "[e-mail]", id="email"),
        pytest.param("密码Abc#12345", "密码[secret]", id="password"),
        pytest.param("验证码 493021", "验证码 [secret]", id="code"),
    ],
)
async def test_personal_data_is_masked_before_storing(talk: "Talk", database: Path, secret: str, stored: str) -> None:
    """Personal data beside a question without answer reaches no byte of the database's files."""
    await talk(f"{STRANGE}，{secret}，{STRANGE}")
    (report,) = await talk.store.unanswered(10)
    number = secret.removeprefix("密码").removeprefix("验证码 ")

    assert report.question.text == f"{STRANGE}，{stored}，{STRANGE}"
    assert STRANGE.encode() in bytes_of(database)
    assert number.encode() not in bytes_of(database)
    await talk.store.close()
    assert number.encode() not in bytes_of(database)


@pytest.mark.parametrize(
    "text",
    [
        ENTRY,
        "早上好",
        "...",
        "110101199003074514",
        "docsys.cn",
        f"{STRANGE} docsys.cn",
        "/help",
        f"/{STRANGE}",
        "/topics",
    ],
)
async def test_not_stored(talk: "Talk", database: Path, text: str) -> None:
    """What was answered, and what asks nothing, is not stored."""
    await talk(text)

    assert await counts(talk) == (1, 0, 0, 0)
    assert text.encode() not in bytes_of(database)


@pytest.mark.parametrize(("text", "verdict"), [(UNCLEAR, "suggest"), (STRANGE, "none"), ("考试分数", "none")])
async def test_unanswered_is_stored(talk: "Talk", text: str, verdict: str) -> None:
    """A question without answer is stored with what came nearest; asked again, it is counted."""
    await talk(text)
    await talk(text)
    (report,) = await talk.store.unanswered(10)

    assert (report.question.text, report.question.language, report.question.verdict) == (text, "zh", verdict)
    assert report.times_asked == 2
    assert {entry for entry, _ in report.question.matches} == {"photo", "form", "opening", "portal-address"}


async def test_feedback(talk: "Talk") -> None:
    """An opinion is stored with the entry and the language; a newer one replaces it."""
    await talk(ENTRY)
    await talk(button="helpful:opening")
    assert await counts(talk) == (1, 1, 0, 0)

    found = await talk(button="unhelpful:opening")

    assert await counts(talk) == (1, 0, 1, 0)
    assert [button.data for button in found[0].buttons] == ["topics"]
    assert (await export_of(talk))["feedback"] == [
        {"entry": "opening", "language": "zh", "helpful": False, "given_at": "2026-11-22T08:30:00+00:00"}
    ]


async def test_export(talk: "Talk") -> None:
    """The export is one JSON file with everything about the person, readable as it is."""
    await talk(button="language:en")
    await talk(button="helpful:photo")
    await talk(STRANGE)
    await talk("/topics")
    (reply,) = await talk("/export")
    assert reply.document is not None

    assert reply.blocks == replies.said("en", "export").blocks
    assert STRANGE in reply.document.content
    exported = json.loads(reply.document.content)
    assert exported["person"] | {"id": 0} == {
        "id": 0,
        "channel": "test",
        "channel_id": "me",
        "language": "en",
        "chosen_language": "en",
        "first_seen": "2026-11-22T08:30:00+00:00",
        "last_seen": "2026-11-22T08:30:00+00:00",
        "unreachable_since": None,
    }
    assert [(opinion["entry"], opinion["helpful"]) for opinion in exported["feedback"]] == [("photo", True)]
    assert exported["unanswered"] == [
        {"text": STRANGE, "language": "zh", "hears": False, "asked_at": "2026-11-22T08:30:00+00:00"}
    ]
    assert exported["last_offer"] is None  # the file itself offers nothing


@pytest.mark.parametrize("how", ["pressed", "number", "label"])
async def test_forget(talk: "Talk", database: Path, how: str) -> None:
    """Everything is deleted after a confirmation, not before; afterwards the person is somebody new."""
    await talk(STRANGE)
    await talk(button="helpful:photo")
    (question,) = await talk("/forget")
    assert await counts(talk) == (1, 1, 0, 1)
    yes = question.buttons[0]

    found = await (talk(button=yes.data) if how == "pressed" else talk({"number": "1", "label": yes.label}[how]))

    assert found == [replies.said("zh", "forgotten")]
    assert await counts(talk) == (0, 0, 0, 0)
    assert STRANGE.encode() not in bytes_of(database)
    assert await talk("/start") == [replies.welcome(["zh", "en"])]
    assert (await export_of(talk))["feedback"] == []


@pytest.mark.parametrize("answer", ["2", "先不删", "no", "/help", ENTRY])
async def test_forget_not_confirmed(talk: "Talk", answer: str) -> None:
    """Any other answer than the confirmation keeps everything, and the number means it no longer."""
    await talk(STRANGE)
    await talk("/forget")

    await talk(answer)
    await talk("/privacy")
    await talk("1")

    assert (await counts(talk))[0] == 1
    assert STRANGE in [question.question.text for question in await talk.store.unanswered(10)]


async def test_forgetting_leaves_others(talk: "Talk") -> None:
    """Who is forgotten takes along nothing of anybody else."""
    other = type(talk)(talk.conversation, talk.store, "you")
    await other(button="helpful:photo")
    await talk(button="helpful:photo")

    await talk(button="forget:yes")

    assert await counts(talk) == (1, 1, 0, 0)
    assert (await export_of(other))["person"]["channel_id"] == "you"


@pytest.mark.parametrize(
    "turn", [{"text": STRANGE}, {"text": "/topics"}, {"button": "helpful:photo"}, {"text": "/export"}]
)
async def test_delivered_twice(talk: "Talk", turn: dict[str, str]) -> None:
    """A message that is delivered again gets no reply and changes nothing, also after other messages."""
    await talk(**turn, update_id="7")
    await talk("/topics", update_id="8")
    before = await counts(talk), await talk.store.unanswered(10)

    assert await talk(**turn, update_id="7") == []
    assert (await counts(talk), await talk.store.unanswered(10)) == before
    assert await talk("1", update_id="9") == [replies.group(talk.corpus, "papers", "zh")]


class Watched(Store):
    """A store that knows how many turns are under way."""

    def __init__(self, path: Path, busy_timeout: float) -> None:
        super().__init__(path, busy_timeout)
        self.at_once: dict[str, int] = {}
        self.most: dict[str, int] = {}

    async def turn(self, turn: TurnKey, work: Callable[[Memory], TurnChange]) -> bool:
        """Count a turn in, and out again when it is over."""
        name = turn.channel_id
        self.at_once[name] = self.at_once.get(name, 0) + 1
        self.most[name] = max(self.most.get(name, 0), self.at_once[name])
        self.most["all"] = max(self.most.get("all", 0), sum(self.at_once.values()))
        try:
            return await super().turn(turn, work)
        finally:
            self.at_once[name] -= 1


@pytest.fixture(name="watched")
async def _watched(small_matcher: Matcher, database: Path) -> AsyncIterator[tuple[Conversation, Watched]]:
    async with await Watched.open(database) as store:
        yield Conversation(small_matcher, store, Library(())), store


async def test_turns_at_once(watched: tuple[Conversation, Watched], talk: "Talk") -> None:
    """Turns of one person wait for each other, those of several people do not."""
    conversation, store = watched
    people = [type(talk)(conversation, store, name) for name in ("a", "b", "c")]

    found = await asyncio.gather(*(person("/topics") for person in people for _ in range(4)))

    assert found == [[replies.topics(talk.corpus, "zh")]] * 12
    assert store.most == {"a": 1, "b": 1, "c": 1, "all": 3}


async def test_turn_that_comes_while_another_waits(watched: tuple[Conversation, Watched], talk: "Talk") -> None:
    """A turn that comes just when one ended waits as well for the one that waited before it."""
    conversation, store = watched
    person = type(talk)(conversation, store, "me")
    first, second = asyncio.create_task(person("/topics")), asyncio.create_task(person("/topics"))
    await first

    await asyncio.gather(second, person("1"))

    assert store.most["me"] == 1


async def test_nobody_is_kept_in_memory(talk: "Talk") -> None:
    """After the turns no lock stays behind, whether they went well, failed or were cancelled."""
    turn = asyncio.create_task(talk("/topics"))
    waiting = asyncio.create_task(talk("/topics"))
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    await turn
    await talk.store.close()
    await talk("/topics")

    assert not talk.conversation._locks._locks


@pytest.fixture(name="failing", params=["closed", "locked", "turn", "write"])
async def _failing(
    talk: "Talk", database: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator["Talk"]:
    """Return a conversation whose database fails."""
    if request.param == "closed":
        await talk.store.close()
        yield talk
    elif request.param == "locked":
        async with await Store.open(database, busy_timeout=0.05) as impatient:
            with closing(sqlite3.connect(database)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield type(talk)(Conversation(talk.conversation.assistant.matcher, impatient, Library(())), impatient)
    elif request.param == "write":  # the turn's work is done, and cannot be written
        with closing(sqlite3.connect(database)) as other:
            other.execute("CREATE TRIGGER fail BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no'); END")
        yield talk
    else:

        async def fail(*arguments: object) -> None:
            raise StoreError("the database does not want to")

        monkeypatch.setattr(talk.store, request.param, fail)
        yield talk


@pytest.mark.parametrize(
    ("text", "title", "language"),
    [
        pytest.param(ENTRY, "系统几月开放？", "zh", id="chinese"),
        pytest.param(
            "In which month does the system open?", "In which month does the system open?", "en", id="english"
        ),
        pytest.param(STRANGE, None, "zh", id="no-answer"),
        pytest.param("110101199003074514", None, "zh", id="personal-data"),
        pytest.param("docsys.cn", None, "zh", id="link"),
    ],
)
async def test_question_without_database(failing: "Talk", text: str, title: str | None, language: str) -> None:
    """When the database fails, a message is answered all the same, and an apology follows in its language."""
    answer, apology = await failing(text)

    assert answer.title == title
    assert apology == APOLOGY[language]


@pytest.mark.parametrize(
    "turn", [{"text": "/help"}, {"text": " /export"}, {"text": "/forget"}, {"button": "helpful:photo"}, {"button": ""}]
)
async def test_other_turns_without_database(failing: "Talk", turn: dict[str, str]) -> None:
    """When the database fails, everything else ends with the apology too, and nothing is raised."""
    found = await failing(**turn)

    assert found[-1] == APOLOGY["zh"]
    assert replies.said("zh", "not-words") not in found
    assert replies.no_answer(failing.corpus, (), "zh") not in found


@pytest.mark.parametrize(("method", "turn"), [("export", {"text": "/export"}), ("forget", {"button": "forget:yes"})])
async def test_failing_in_the_middle(
    talk: "Talk", monkeypatch: pytest.MonkeyPatch, method: str, turn: dict[str, str]
) -> None:
    """When a turn's own work fails, nothing claims that it was done, and afterwards everything goes on."""

    async def fail(person_id: int) -> None:
        raise StoreError("the database does not want to")

    await talk(STRANGE)
    with monkeypatch.context() as patch:
        patch.setattr(talk.store, method, fail)
        assert await talk(**turn) == [APOLOGY["zh"]]

    assert await counts(talk) == (1, 0, 0, 1)
    assert await talk("/topics") == [replies.topics(talk.corpus, "zh")]


async def test_after_a_failure(talk: "Talk", database: Path) -> None:
    """A database that was in use is used again as soon as it is free."""
    async with await Store.open(database, busy_timeout=0.05) as store:
        again = type(talk)(Conversation(talk.conversation.assistant.matcher, store, Library(())), store)
        with closing(sqlite3.connect(database)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert (await again("/topics"))[-1] == APOLOGY["zh"]

        assert await again("/topics") == [replies.topics(talk.corpus, "zh")]


async def test_two_channels(talk: "Talk") -> None:
    """The same name in two channels is two people, and their messages are told apart."""
    incoming = [Incoming(name, "me", NOW, text="/topics", update_id="1") for name in ("telegram", "terminal")]

    found = [await talk.conversation.turn(message) for message in incoming]

    assert found == [[replies.topics(talk.corpus, "zh")]] * 2
    assert (await counts(talk))[0] == 2


async def test_who_is_forgotten_while_somebody_reads_is_told_so(talk: "Talk", database: Path) -> None:
    """Everything is deleted; that it cannot be overwritten yet is the next opening's matter."""
    async with await Store.open(database, busy_timeout=0.1) as impatient:
        again = type(talk)(Conversation(talk.conversation.assistant.matcher, impatient, Library(())), impatient)
        await again("要带几张照片？")
        with other_process(database, "BEGIN; SELECT count(*) FROM people"):
            replied = await again(button=replies.FORGET_YES)

        assert replied == [replies.said("zh", "forgotten")]
        assert (await impatient.counts())["people"] == 0
