"""People who write to a bot, and the Bot API server between them: as light as possible, so that the bot is what is measured.

A person sends the next message when the last one is answered. The time counts until the first message or edit for their chat
arrives; where one question has two answers, a person waits for both before going on.
"""

import asyncio
import itertools
import json
import random
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qs

from bot.conversation import Conversation
from faq.evaluation import Question
from faq.text import LANGUAGES, Language
from tests.bot_api_rules import parsed_html

ME = {"id": 1, "is_bot": True, "first_name": "Bot", "username": "bench_bot"}
VARIANTS = 8
"""So many times every question is misspelt anew, so that none comes twice in a round."""
BATCH = 100
"""So many updates are handed out at once; Telegram's limit."""
DATE = "2026-11-20"
"""What is written at a step without buttons."""
START = {"zh": "激活账号", "en": "activate my account"}
"""The words that begin a flow."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REPLIES = ("sendMessage", "editMessageText")
_NOTHING: Mapping[str, Any] = {
    "getMyCommands": [],
    "getMyName": {"name": ""},
    "getMyDescription": {"description": ""},
    "getMyShortDescription": {"short_description": ""},
}

Deed = Literal["question", "menu", "help", "words", "step"]
_GUIDED: Sequence[Deed] = ("menu", "step", "step", "step", "question")
_ASKING: Sequence[Deed] = ("question",) * 5
PLANS: Sequence[Sequence[Deed]] = (
    *(_GUIDED,) * 4,
    ("question", "words", "step", "step", "question"),
    *(_ASKING,) * 4,
    ("help", *_ASKING[1:]),
)
"""What ten people do: 60 % questions, 30 % steps of flows, 10 % commands. A question in a flow is answered with two messages
(the answer, the step), which is why it stands last: the second would be taken for the answer to what comes next."""
FLOWS = ("activation", "deadlines")
MENU = "/guides"


@dataclass
class Person:
    """Somebody with a plan."""

    chat: int
    language: Language
    plan: Sequence[Deed]
    flow: str
    done: int = 0
    waits_for: int | None = None
    """The update that is not answered yet."""
    first: bool = False
    """The first answer to it has come."""
    more: int = 1
    """So many messages have still to come in answer to it."""
    seen: dict[str, Any] = field(default_factory=dict)
    """The newest message of the bot."""

    @property
    def key(self) -> tuple[object, ...]:
        """What decides which buttons there are to press."""
        return self.language, tuple(self.plan), self.flow, self.done


class Script:
    """What people say and press; what is pressed is learnt from one bot, so that another gets the same."""

    def __init__(self, questions: Sequence[Question], conversation: Conversation) -> None:
        chosen = random.Random(1)
        varied: dict[Language, list[tuple[str, int]]] = {language: [] for language in LANGUAGES}
        for _ in range(VARIANTS):
            for question in questions:
                if question.kind == "rough":
                    text = _misspelt(question.text, chosen)
                    replies = conversation.assistant.aside(text, question.language, datetime.now(UTC)).replies
                    varied[question.language].append((text, len(replies)))
        self._questions = {language: itertools.cycle(texts) for language, texts in varied.items()}
        self._learnt: dict[tuple[object, ...], dict[str, Any]] = {}

    def update(self, person: Person, message_id: int, *, learn: bool) -> dict[str, Any]:
        """Return the next update of a person, without its id, and note how many messages answer it."""
        person.more = 1
        who = {
            "id": person.chat,
            "is_bot": False,
            "first_name": "Li",
            "language_code": "zh-hans" if person.language == "zh" else "en",
        }
        deed = person.plan[person.done]
        if deed == "step":
            if learn:
                self._learnt[person.key] = _step(person)
            step = self._learnt[person.key]
            if "data" in step:
                shown = step["message"] | {"chat": _chat(person.chat)}
                query = {"id": str(message_id), "from": who, "chat_instance": "1", "data": step["data"]}
                return {"callback_query": query | {"message": shown}}
            text = step["text"]
        else:
            text = {"menu": MENU, "help": "/help", "words": START[person.language]}.get(deed, "")
        if deed == "question":
            text, answers = next(self._questions[person.language])
            person.more = answers if learn else 1
        message = {"message_id": message_id, "from": who, "chat": _chat(person.chat), "date": int(time.time())}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        return {"message": message | {"text": text}}


def _misspelt(text: str, chosen: random.Random) -> str:
    """Return a text with one more typing error: two characters the wrong way round."""
    at = chosen.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "Li"}


def _step(person: Person) -> dict[str, Any]:
    """Return what a person does with the newest message: the first way on, else a date."""
    rows = person.seen.get("reply_markup", {}).get("inline_keyboard", [])
    data = [button["callback_data"] for row in rows for button in row]
    for prefix in (f"flow:{person.flow}", "go:", "tick:"):
        for found in data:
            if found.startswith(prefix):
                return {"data": found, "message": person.seen}
    return {"text": DATE}


@dataclass
class Result:
    """What a load gave."""

    seconds: float
    latencies: list[float]
    """Seconds from handing an update out to the arrival of its answer."""
    sent: int
    """How many messages and edits arrived."""
    strays: int
    """How many of them before the update that they would answer was handed out; there should be none."""


class BotApi:
    """The server of one bot, and the people who write to it; learns from its answers what is pressed if it is to."""

    def __init__(self, script: Script, *, learn: bool) -> None:
        self._script = script
        self._learn = learn
        self._people: dict[int, Person] = {}
        self._left = 0
        self._finished = asyncio.Event()
        self._updates: deque[tuple[int, dict[str, Any]]] = deque()
        self._handed: dict[int, float] = {}
        self._ids = itertools.count(1)
        self._chats = itertools.count(1_000)
        self._poll: _Connection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._result = Result(0, [], 0, 0)
        self.polled = asyncio.Event()
        """Set when the bot has asked for updates."""

    async def listen(self) -> tuple[asyncio.Server, str]:
        """Start the server, and return it with its address."""
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0)
        return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def load(self, people: int) -> Result:
        """Have people that are new follow their plans, all at once, and return what came of it."""
        self._people = {}
        for number in range(people):
            plan, group = PLANS[number % len(PLANS)], number // len(PLANS)
            language: Language = "zh" if group % 2 else "en"
            flow = FLOWS[0] if "words" in plan else FLOWS[group // 2 % 2]
            person = Person(next(self._chats), language, plan, flow)
            self._people[person.chat] = person
        self._left, self._finished = people, asyncio.Event()
        self._result = Result(0, [], 0, 0)
        start = time.perf_counter()
        for person in self._people.values():
            self._say(person)
        self._give()
        await self._finished.wait()
        self._result.seconds = time.perf_counter() - start
        return self._result

    def answer(self, method: str, values: dict[str, str], connection: "_Connection") -> None:
        """Answer a request."""
        if method == "getUpdates":
            self.polled.set()
            offset = int(values.get("offset", 0))
            while self._updates and self._updates[0][0] < offset:
                self._updates.popleft()
            self._poll = connection
            connection.limit = min(int(values.get("limit", BATCH)), BATCH)
            if self._timer:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(float(values.get("timeout", 0)), self._end)
            self._give()
        elif method in _REPLIES:
            connection.send(self._shown(method, values))
        else:
            connection.send(ME if method == "getMe" else _NOTHING.get(method, True))

    def _shown(self, method: str, values: dict[str, str]) -> dict[str, Any]:
        chat = int(values["chat_id"])
        text, entities = parsed_html(values["text"]) if "parse_mode" in values else (values["text"], [])
        message_id = int(values["message_id"]) if method == "editMessageText" else next(self._ids)
        message = {"message_id": message_id, "from": ME, "chat": _chat(chat), "date": int(time.time()), "text": text}
        if entities:
            message["entities"] = entities
        if "reply_markup" in values:
            message["reply_markup"] = json.loads(values["reply_markup"])
        if person := self._people.get(chat):
            self._arrived(person, message)
        return message

    def _arrived(self, person: Person, message: dict[str, Any]) -> None:
        self._result.sent += 1
        person.seen = message
        if person.waits_for is None:
            return
        if handed := self._handed.pop(person.waits_for, None):
            self._result.latencies.append(time.perf_counter() - handed)
            person.first = True
        elif not person.first:
            self._result.strays += 1
            return
        person.more -= 1
        if person.more > 0:
            return
        person.waits_for = None
        person.first = False
        person.done += 1
        if person.done < len(person.plan):
            self._say(person)
            self._give()
            return
        self._left -= 1
        if not self._left:
            self._finished.set()

    def _say(self, person: Person) -> None:
        person.waits_for = next(self._ids)
        update = self._script.update(person, next(self._ids), learn=self._learn)
        self._updates.append((person.waits_for, {"update_id": person.waits_for} | update))

    def _end(self) -> None:
        """Answer a request for updates that has waited long enough, unless it was answered."""
        if self._poll:
            self._poll.send([])
            self._poll = None

    def _give(self) -> None:
        """Hand out what there is, if somebody asks."""
        if self._poll is None or not self._updates:
            return
        poll, self._poll = self._poll, None
        batch = list(itertools.islice(self._updates, poll.limit))
        now = time.perf_counter()
        for update_id, _ in batch:
            self._handed.setdefault(update_id, now)
        poll.send([update for _, update in batch])


class _Connection(asyncio.Protocol):
    """A connection that is kept; one request at a time."""

    limit = BATCH

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._got = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < (int(length[1]) if length else 0):
            return
        self._got = b""
        method = head.split(b" ", 2)[1].rpartition(b"/")[2].decode()
        values = {name: value[0] for name, value in parse_qs(body.decode()).items()}
        self._api.answer(method, values, self)

    def send(self, result: object) -> None:
        """Answer the request."""
        body = json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        if self._transport and not self._transport.is_closing():
            self._transport.write(head.encode() + body)
