"""Who asked in vain and wanted to hear: the answer comes once, when there is one and it is day. By a MOCK of the clock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import pytest_asyncio

from bot.assistant import Assistant
from bot.errors import NotDeliveredError, StoreError
from bot.hearing import WAITS, Hearing
from bot.person_rows import known
from bot.progress_rows import write_progress
from bot.records import Preferences
from bot.reminders.rows import write_preferences
from bot.store import Store
from bot.texts import say
from faq.text import Language
from flows.journey import Progress
from tests.reminder_people import Clock, Post, china, query
from tests.service_bot import (
    ANSWERS,
    PARKING,
    PARKING_FILE,
    QUESTIONS,
    Content,
    hearing,
    make_wait,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

NOON: Final = china(11, 26, 12)
LEAD: Final[dict[Language, str]] = {
    language: say(language, "heard-lead", question=question) for language, question in QUESTIONS.items()
}


@dataclass
class Desk:
    """A store with people who wait, what is sent to them, and the clock and the content, which can change."""

    store: Store
    clock: Clock
    assistant: Assistant
    post: Post = field(default_factory=Post)

    def hearing(self) -> Hearing:
        return Hearing(self.store, "telegram", lambda: self.assistant, self.post, self.clock)

    def state(self) -> dict[int, str | None]:
        return hearing(self.store.path)


@pytest.fixture(scope="module", name="content")
def _content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """Return content that says nothing yet of what is asked."""
    return Content.made(tmp_path_factory.mktemp("hearing") / "content")


def assistant_of(content: Content) -> Assistant:
    sources = content.sources
    return Assistant(sources.matcher(), sources.library(), NOON.tzinfo or UTC, sources.rules())


@pytest.fixture(scope="module", name="silent")
def _silent(content: Content) -> Assistant:
    """Return an assistant that does not know."""
    return assistant_of(content)


@pytest.fixture(scope="module", name="knowing")
def _knowing(content: Content, silent: Assistant) -> Assistant:
    """Return one that knows."""
    content.write(PARKING_FILE, PARKING)
    return assistant_of(content)


@pytest_asyncio.fixture(name="desk")
async def _desk(database: Path, silent: Assistant) -> AsyncIterator[Desk]:
    async with await Store.open(database) as store:
        yield Desk(store, Clock(NOON), silent)


async def change(store: Store, chat: int, *, zone: str | None = None, province: str | None = None) -> None:
    """Write where somebody is."""

    def work(db: "Database") -> None:
        memory = known(db, "telegram", str(chat))
        assert memory
        if zone:
            write_preferences(db, memory.person.id, Preferences(zone=zone))
        if province:
            write_progress(
                db, memory.person.id, memory.progress, Progress(facts={"province": province}), NOON.isoformat()
            )

    await store.write(work)


async def test_nothing_is_sent_at_night_by_the_clock_of_each(desk: Desk, knowing: Assistant) -> None:
    make_wait(desk.store.path, [1, 2])
    await change(desk.store, 2, zone="Europe/London")
    desk.assistant, desk.clock.now = knowing, china(11, 26, 23)
    waiting = desk.hearing()

    assert await waiting.once() == 1  # it is afternoon in London
    assert desk.post.names == ["2", "2"]
    desk.clock.now = china(11, 27, 7, 59)
    assert await waiting.once() == 0
    assert desk.state() == {1: "wanted"}
    desk.clock.now = china(11, 27, 8)
    assert await waiting.once() == 1
    assert desk.post.texts("1")[0] == LEAD["zh"]
    assert desk.state() == {}
    waiting.close()


async def test_what_is_given_from_a_day_on_is_sent_on_that_day(desk: Desk, content: Content) -> None:
    content.write(PARKING_FILE, f"valid-from: 2026-12-01\n{PARKING}")
    desk.assistant = assistant_of(content)
    content.write(PARKING_FILE, PARKING)
    make_wait(desk.store.path, [1])
    await change(desk.store, 1, zone="America/New_York")
    desk.clock.now = china(11, 30, 23, 59)
    waiting = desk.hearing()

    assert await waiting.once() == 0
    assert desk.state() == {1: "wanted"}
    desk.clock.now = china(12, 1, 0)
    assert await waiting.once() == 1
    assert ANSWERS["zh"] in desk.post.texts("1")[1]
    waiting.close()


async def test_new_content_while_it_runs_is_looked_at_and_what_is_sent_is_sent_once(
    desk: Desk, silent: Assistant, knowing: Assistant
) -> None:
    make_wait(desk.store.path, [1], "en")
    waiting = desk.hearing()
    assert await waiting.once() == 0
    desk.assistant = knowing
    assert await waiting.once() == 1
    desk.assistant = silent
    assert await waiting.once() == 0
    desk.assistant = knowing
    assert await waiting.once() == 0

    assert desk.post.texts("1")[0] == LEAD["en"]
    assert ANSWERS["en"] in desk.post.texts("1")[1]
    assert len(desk.post.sent) == 2
    waiting.close()


async def test_the_network_is_tried_again_more_and_more_rarely_with_others_in_between(
    desk: Desk, knowing: Assistant
) -> None:
    make_wait(desk.store.path, [1, 2])
    desk.post = Post(of={"1": [NotDeliveredError()] * 2})
    desk.assistant = knowing
    waiting = desk.hearing()

    assert await waiting.once() == 0
    assert desk.post.tries == ["1"]
    assert desk.state() == {1: "wanted", 2: "wanted"}
    desk.clock.now += WAITS[0] - timedelta(seconds=1)
    assert await waiting.once() == 0
    desk.clock.pass_by(seconds=1)
    assert await waiting.once() == 1
    assert desk.post.tries == ["1", "2", "1"]
    desk.clock.now += WAITS[0]
    assert await waiting.once() == 1
    assert desk.post.names == ["2", "2", "1", "1"]
    assert desk.state() == {}
    waiting.close()


async def test_one_whose_answer_never_comes_through_is_left_alone_until_the_next_day(
    desk: Desk, knowing: Assistant
) -> None:
    """Perhaps each of the messages has arrived, and it is their answers that are lost."""
    make_wait(desk.store.path, [1])
    desk.post = Post(*[NotDeliveredError()] * (len(WAITS) + 1))
    desk.assistant = knowing
    waiting = desk.hearing()
    for _ in range(20):
        assert await waiting.once() == 0
        desk.clock.pass_by(minutes=20)
    assert len(desk.post.tries) == len(WAITS)
    assert desk.state() == {1: "wanted"}

    desk.clock.now = NOON + timedelta(days=1)
    assert await waiting.once() == 0
    assert len(desk.post.tries) == len(WAITS) + 1
    waiting.close()


async def test_a_channel_that_asks_to_wait_is_left_alone_for_so_long(desk: Desk, knowing: Assistant) -> None:
    make_wait(desk.store.path, [1])
    desk.post = Post(NotDeliveredError(after=90))
    desk.assistant = knowing
    waiting = desk.hearing()
    assert await waiting.once() == 0
    desk.clock.pass_by(seconds=89)
    assert await waiting.once() == 0
    assert desk.post.tries == ["1"]
    desk.clock.pass_by(seconds=1)
    assert await waiting.once() == 1
    waiting.close()


@pytest.mark.parametrize(
    ("fault", "left"),
    [(NotDeliveredError(refused=True), None), (NotDeliveredError(gone=True), "wanted"), (ValueError("x"), "wanted")],
    ids=["refused", "gone", "broken"],
)
async def test_what_cannot_be_sent_holds_up_nobody(
    fault: Exception, left: str | None, desk: Desk, knowing: Assistant
) -> None:
    """Only what the channel will never take is given up; whoever has blocked the assistant may come back."""
    make_wait(desk.store.path, [1, 2])
    desk.post = Post(of={"1": [fault]})
    desk.assistant = knowing
    waiting = desk.hearing()

    assert await waiting.once() == 1
    assert await waiting.once() == 0
    assert desk.post.tries == ["1", "2"]
    assert desk.state() == {1: left}
    waiting.close()


async def test_who_has_changed_since_it_was_looked_is_sent_nothing(desk: Desk, content: Content) -> None:
    """They have blocked the assistant, are in a province where the answer is not given, or have deleted everything."""
    content.write(PARKING_FILE, f"provinces: [sichuan]\n{PARKING}")
    desk.assistant = assistant_of(content)
    content.write(PARKING_FILE, PARKING)
    make_wait(desk.store.path, range(1, 5))
    for chat in range(1, 5):
        await change(desk.store, chat, zone="Europe/London", province="sichuan")
    desk.clock.now = china(11, 26, 10)  # night in London
    waiting = desk.hearing()
    assert await waiting.once() == 0
    await desk.store.set_reachable("telegram", "1", NOON, reachable=False)
    await change(desk.store, 2, province="hebei")
    memory = await desk.store.recall("telegram", "3")
    assert memory
    await desk.store.forget(memory.person.id)
    desk.clock.now = china(11, 26, 17)

    assert await waiting.once() == 1
    assert desk.post.names == ["4", "4"]
    assert desk.state() == {1: "wanted", 2: "wanted"}
    waiting.close()


async def test_what_was_sent_and_could_not_be_noted_is_noted_first_thing(desk: Desk, knowing: Assistant) -> None:
    make_wait(desk.store.path, [1])
    desk.assistant = knowing
    waiting = desk.hearing()
    query(desk.store.path, "CREATE TRIGGER full BEFORE DELETE ON unanswered_by BEGIN SELECT raise(ABORT, 'full'); END")
    with pytest.raises(StoreError, match="full"):
        await waiting.once()
    assert desk.state() == {1: "sending"}
    query(desk.store.path, "DROP TRIGGER full")
    desk.clock.now = NOON + timedelta(days=1)

    assert await waiting.once() == 0
    assert desk.state() == {}
    assert desk.post.tries == ["1"]
    waiting.close()


async def test_one_of_two_on_a_database_sends_and_the_other_goes_on_after_it(desk: Desk, knowing: Assistant) -> None:
    make_wait(desk.store.path, [1, 2])
    desk.assistant = knowing
    async with await Store.open(desk.store.path) as store:
        second = Desk(store, desk.clock, knowing)
        one, two = desk.hearing(), second.hearing()
        desk.post = one._send = Post(of={"2": [NotDeliveredError()]})
        assert [await one.once(), await two.once()] == [1, 0]
        one.close()
        assert await two.once() == 1
        desk.clock.now += WAITS[0]
        assert await one.once() == 0
        two.close()

    assert (desk.post.names, second.post.names) == (["1", "1"], ["2", "2"])
    assert desk.state() == {}
