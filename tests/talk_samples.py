"""The small content, given from day to day and from province to province, and people who talk about it."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from bot import replies
from bot.assistant import Assistant
from bot.messages import Incoming, Reply
from bot.question_rows import key_of
from bot.texts import say
from faq.building import build
from faq.corpus import Change, ChangeText, Entry, Scope, Window
from faq.matcher import Matcher
from faq.text import Language
from flows.definition import Library
from tests.flow_samples import read_flows
from tests.local_samples import flows_with_provinces

if TYPE_CHECKING:
    from tests.conftest import Talk

ZONE: Final = ZoneInfo("Asia/Shanghai")
TODAY: Final = date(2026, 11, 22)
LAST_SECOND: Final = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
"""Of that day in the zone."""
MIDNIGHT: Final = datetime(2026, 11, 22, 16, tzinfo=UTC)

OPENING: Final[Mapping[Language, str]] = {"zh": "系统几月开放？", "en": "In which month does the system open?"}
PHOTO: Final[Mapping[Language, str]] = {"zh": "要带几张照片？", "en": "How many photos do I bring?"}
STRANGE: Final[Mapping[Language, str]] = {"zh": "蚂蚁搬家", "en": "zebra xylophone"}
UNCLEAR: Final[Mapping[Language, str]] = {"zh": "怎么弄", "en": "what about"}
SUBJECT: Final[Mapping[Language, str]] = {"zh": "考试分数", "en": "which exam scores"}
GREETING: Final[Mapping[Language, str]] = {"zh": "早上好", "en": "good morning"}
NAMES: Final[Mapping[Language, str]] = {"zh": "四川", "en": "Sichuan"}

NOTE: Final[Mapping[Language, str]] = {"zh": "四川要三张。", "en": "Sichuan asks for three."}
IN_SICHUAN: Final[Mapping[Language, str]] = {"zh": "四川窗口在一楼。", "en": "The Sichuan window is downstairs."}
ANYWHERE: Final[Mapping[Language, str]] = {"zh": "窗口在二楼。", "en": "The window is upstairs."}
CHANGE: Final = Change(
    "photo",
    Scope(("sichuan",)),
    {language: ChangeText(note=note) for language, note in NOTE.items()},
    TODAY,
    "changes/photo.yaml",
)
WINDOW: Final = Window(Scope(("sichuan",)), IN_SICHUAN)
FOR_EVERYBODY: Final = Window(Scope(), ANYWHERE)


class Contents:
    """The small corpus with scopes, changes and windows; the index, to which they are nothing, is built once.

    `phrasings` are added to entries, by their id.
    """

    def __init__(self, matcher: Matcher, phrasings: Mapping[str, Mapping[Language, str]] | None = None) -> None:
        entries = tuple(_asked_as(entry, (phrasings or {}).get(entry.id, {})) for entry in matcher.corpus.entries)
        self._corpus = replace(matcher.corpus, entries=entries)
        self._gates = matcher._gates
        self._built = build(self._corpus)

    def matcher(
        self,
        scopes: Mapping[str, Scope] | None = None,
        changes: Sequence[Change] = (),
        windows: Sequence[Window] = (),
    ) -> Matcher:
        """Return a matcher of the corpus with scopes for some entries, with changes and windows."""
        entries = tuple(replace(entry, scope=(scopes or {}).get(entry.id, Scope())) for entry in self._corpus.entries)
        corpus = replace(self._corpus, entries=entries, changes=tuple(changes), windows=tuple(windows))
        return Matcher(corpus, self._gates, self._built)


def _asked_as(entry: Entry, phrasings: Mapping[Language, str]) -> Entry:
    texts = {
        language: replace(text, phrasings=(*text.phrasings, phrasings[language])) if language in phrasings else text
        for language, text in entry.texts.items()
    }
    return replace(entry, texts=texts)


def library_with_provinces(folder: Path) -> Library:
    """Return the small library, in which the flow about the letter also asks for the province."""
    flows = flows_with_provinces(folder / "content")
    letters = flows / "letters.yaml"
    asked = "question: role\n    next: place\n  - id: place\n    question: province\n    next: wait\n"
    text = letters.read_text(encoding="utf-8").replace("question: role\n    next: wait\n", asked, 1)
    assert asked in text
    letters.write_text(text, encoding="utf-8")
    questions = flows / "questions.yaml"
    named = "zh: 四川, en: Sichuan"
    text = questions.read_text(encoding="utf-8").replace(named, f"{named}, words: {{zh: [四川省]}}", 1)
    assert "四川省" in text
    questions.write_text(text, encoding="utf-8")
    return read_flows(flows)


async def opened(talk: "Talk") -> list[Reply]:
    """Open the chat, in a channel that reaches nobody before."""
    return await talk.conversation.turn(Incoming("test", talk.name, talk.now, text="/start", opens=True))


def buttons(found: Sequence[Reply]) -> list[str]:
    """Return what the buttons of some replies carry."""
    return [button.data for reply in found for button in reply.buttons]


def texts(found: Sequence[Reply]) -> str:
    """Return all that some replies say, a line each."""
    return "\n".join(text for reply in found for block in reply.blocks for text in block.texts)


def lead(language: Language, question: str) -> str:
    """Return what is said above the answer to a question of which somebody wanted to hear."""
    return say(language, "heard-lead", question=question)


def learn(talk: "Talk", known: Contents, **scopes: Scope) -> None:
    """Have the assistant speak from the content that has the answers."""
    library = talk.conversation.assistant.library
    talk.conversation.assistant = Assistant(known.matcher(scopes), library, ZONE)


def hear(question: str, language: Language = "zh") -> str:
    """Return the button by which somebody asks to hear the answer to a question."""
    return f"hear:{key_of(question, language)}"


def wishes(talk: "Talk") -> list[str | None]:
    """Return of each unanswered question of each person whether they want to hear."""
    return [state for (state,) in rows(talk.store.path, "SELECT hears FROM unanswered_by ORDER BY unanswered, person")]


async def wish(talk: "Talk", question: str, language: Language = "zh") -> None:
    """Ask in vain, and ask to hear."""
    await talk(question)
    assert await talk(button=hear(question, language)) == [replies.said(language, "hear-noted")]


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Return rows of a database that may be in use."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


def told(path: Path) -> list[tuple[Any, ...]]:
    """Return the provinces that people have told."""
    return rows(path, "SELECT value FROM facts WHERE name = 'province'")


def break_writing(path: Path) -> None:
    """Have every turn fail when it is written."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TRIGGER fail BEFORE UPDATE ON people BEGIN SELECT RAISE(ABORT, 'no'); END")


def mend_writing(path: Path) -> None:
    """Have turns written again."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TRIGGER fail")
