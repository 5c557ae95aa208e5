"""What the tests share: folders of their own, a small corpus, matchers, and a conversation with a real store."""

import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.content import Problems
from bot.conversation import Conversation
from bot.faq_files import load_corpus
from bot.flow_files import flows_of
from bot.index_cache import load_gates, load_matcher
from bot.messages import Incoming, Reply
from bot.store import Store
from faq.corpus import Corpus
from faq.matcher import Matcher
from flows.definition import Library
from tests.bot_api import BotApi
from tests.flow_samples import read_flows, write_flows

if TYPE_CHECKING:
    from tests.talk_samples import Contents

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)

ZH_FRAMES = ("{}怎么弄", "{}有什么要求", "想了解一下{}", "关于{}的规定", "谁来办{}")
EN_FRAMES = ("what about {}", "are there rules for {}", "tell me more on {}", "{} explained", "who deals with {}")


def _phrasings(frames: tuple[str, ...], subjects: str) -> str:
    """Return five subjects in five frames as a YAML list."""
    return ", ".join(frame.format(subject) for subject in subjects.split("|") for frame in frames)


def _entry(head: str, zh: str, en: str, zh_subjects: str, en_subjects: str) -> str:
    """Return an entry file, with the phrasings of each language on one line."""
    texts = ""
    for language, body, frames, subjects in (("zh", zh, ZH_FRAMES, zh_subjects), ("en", en, EN_FRAMES, en_subjects)):
        lines = "".join(f"  {line}\n" for line in dedent(body).strip().splitlines())
        texts += f"{language}:\n{lines}  phrasings: [{_phrasings(frames, subjects)}]\n"
    return dedent(head).lstrip() + texts


SMALL: Mapping[str, str] = {
    "groups.yaml": "- {id: papers, zh: 材料, en: Papers}\n- {id: dates, zh: 时间, en: Dates}\n",
    "sources.yaml": (
        "- {id: notice, title: A notice of the county, date: '2026-10-01', note: Printed on paper.}\n"
        "- {id: letter, title: A letter, date: null}\n"
    ),
    "lexicon.yaml": (
        "concepts:\n  photo: {zh: [照片, 相片], en: [photo, picture]}\n"
        "filler:\n  zh: [请问, 谢谢]\n  en: [please, thanks]\n"
    ),
    "small-talk.yaml": dedent("""\
        - id: greeting
          zh: {reply: 你好，请问吧。, phrasings: [你好, 您好, 在吗, 早上好]}
          en: {reply: Hello. Just ask., phrasings: [hello, good morning, hi there]}
        """),
    "out-of-scope/exam.yaml": dedent("""\
        - id: exam-scores
          zh: {title: 考试分数线, pointer: 分数的事请问考试机构。, phrasings: [考试多少分及格, 分数线什么时候公布, 考试成绩怎么查]}
          en: {title: exam scores, pointer: Please ask the exam office about scores., phrasings: [which score is a pass, when are exam scores published]}
        """),
    "papers/photo.yaml": _entry(
        """\
        id: photo
        order: 1
        varies: true
        related: [form, opening]
        flow: materials
        reviewed: 2026-11-01
        sources:
          - {document: notice, part: Item 1}
          - {document: letter, part: Page 2}
        facts:
          - {states: How many photos are needed., zh: 两张照片, en: two photos}
        curator_note: The letter says three photos.
        """,
        """\
        question: 要带几张照片？
        summary: 带两张。
        answer:
          - 请带两张照片。
          - steps: [先去拍照, 再去打印]
          - list: [白色背景, 近期拍的]
          - note: 背面写上名字。
        local: 各地张数可能不同，请问当地窗口。
        """,
        """\
        question: How many photos do I bring?
        summary: Bring two.
        answer:
          - Please bring two photos.
          - steps: [Have it taken, Have it printed]
          - list: [White background, Recent]
          - note: Write your name on the back.
        local: The number may differ, so ask the local window.
        """,
        "照片|相片|证件照|近照|大头照",
        "the photo|the picture|a portrait|a headshot|my snapshot",
    ),
    "papers/form.yaml": _entry(
        """\
        id: form
        order: 2
        related: [photo]
        reviewed: 2026-11-01
        sources:
          - {document: notice, part: Item 2}
        facts:
          - {states: The form is printed twice., zh: 打印两份, en: print it twice}
        """,
        """\
        question: 申请表要打印几份？
        summary: 两份。
        answer:
          - 请打印两份。
        """,
        """\
        question: How often do I print the form?
        summary: Twice.
        answer:
          - Please print it twice.
        """,
        "申请表|表格|登记表|纸质表|填写单",
        "the form|the application sheet|the paperwork|a questionnaire|sheets to fill",
    ),
    "dates/opening.yaml": _entry(
        """\
        id: opening
        order: 1
        reviewed: 2026-11-01
        sources:
          - {document: notice, part: Item 3}
        facts:
          - {states: It opens in March., zh: 三月开放, en: opens in March}
        """,
        """\
        question: 系统几月开放？
        summary: 三月。
        answer:
          - 系统三月开放。
        """,
        """\
        question: In which month does the system open?
        summary: In March.
        answer:
          - The system opens in March.
        """,
        "系统开放|开网时间|开放月份|启动日期|开通",
        "the opening|the start|launch month|when it opens|the first day",
    ),
    "dates/portal-address.yaml": _entry(
        """\
        id: portal-address
        order: 2
        reviewed: 2026-11-01
        sources:
          - {document: notice, part: Item 4}
        facts:
          - {states: The address., zh: "https://cndocsys.cn/home/index", en: "https://cndocsys.cn/home/index"}
        """,
        """\
        question: 官网网址是什么？
        summary: 是 cndocsys.cn。
        answer:
          - 官网是 https://cndocsys.cn/home/index 。
        """,
        """\
        question: What is the address of the website?
        summary: It is cndocsys.cn.
        answer:
          - The address is https://cndocsys.cn/home/index .
        """,
        "官网|网址|网站|登录页面|入口链接",
        "the website|the web address|the link|the login page|the url",
    ),
}
"""A small corpus, one text a file; tests replace pieces of it."""


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write texts into a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the transcripts anew."""
    parser.addoption("--update", action="store_true", help="write the transcripts in tests/data/transcripts anew")


@pytest.fixture(scope="session", name="update")
def _update(request: pytest.FixtureRequest) -> bool:
    """Tell whether the transcripts are to be written anew."""
    return bool(request.config.getoption("--update"))


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep all tests, and the processes that they start, away from the user's folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(_of_all_workers(tmp_path_factory) / "cache"))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        patch.setenv("REGBOT_DATABASE", str(tmp_path_factory.mktemp("database") / "regbot.db"))
        yield


def _of_all_workers(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this session that the processes among which the tests are divided have in common."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", name="project_matcher")
def _project_matcher(_nothing_of_the_user: None, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """Return the matcher of the project's content; its index is built once a session, for all processes."""
    with (_of_all_workers(tmp_path_factory) / "building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the others wait, rather than build it as well
        return load_matcher()


@pytest.fixture(scope="session", name="small_matcher")
def _small_matcher(tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    """Return a matcher of the small corpus, with gates that do not move when the project's are fitted again."""
    problems = Problems()
    corpus = load_corpus(write_files(tmp_path_factory.mktemp("small"), SMALL), problems)
    assert problems.found == []
    fitted = load_gates().items()
    gates = {name: replace(found, none=3.0, unknown=4.0, answer=0.9, suggest=0.6) for name, found in fitted}
    return Matcher(corpus, gates)


@pytest.fixture(scope="session", name="small_library")
def _small_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return the small library of flows."""
    return read_flows(write_flows(tmp_path_factory.mktemp("flows")))


@pytest.fixture(scope="session", name="project_library")
def _project_library() -> Library:
    """Return the flows that come with the project."""
    return flows_of()


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the small corpus as files; the current folder is the one above, and indexes are kept apart."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return write_files(tmp_path / "content", SMALL)


@pytest.fixture(name="edit")
def _edit(folder: Path) -> Callable[[str, str, str], None]:
    """Return a function that replaces the first occurrence of a piece of a file of the small corpus."""

    def edit(name: str, old: str, new: str) -> None:
        text = (folder / name).read_text(encoding="utf-8") if (folder / name).exists() else ""
        assert old in text, f"{old!r} does not stand in {name}"
        write_files(folder, {name: text.replace(old, new, 1)})

    return edit


class Talk:
    """A person's conversation, in the way of a channel."""

    def __init__(self, conversation: Conversation, store: Store, name: str = "me") -> None:
        self.conversation = conversation
        self.store = store
        self.name = name
        self.now = NOW
        self.corpus: Corpus = conversation.assistant.matcher.corpus

    async def __call__(self, text: str = "", button: str | None = None, update_id: str | None = None) -> list[Reply]:
        """Take one turn: a text, or a pressed button."""
        incoming = Incoming("test", self.name, self.now, text=text, button=button, update_id=update_id)
        return await self.conversation.turn(incoming)


@pytest.fixture(name="database")
def _database(tmp_path: Path) -> Path:
    return tmp_path / "regbot.db"


@pytest.fixture(name="talk")
async def _talk(small_matcher: Matcher, small_library: Library, database: Path) -> AsyncIterator[Talk]:
    """Return a conversation about the small corpus, with a real store."""
    async with await Store.open(database) as store:
        yield Talk(Conversation(small_matcher, store, small_library), store)


@pytest.fixture(scope="session", name="contents")
def _contents(small_matcher: Matcher) -> "Contents":
    """Return the small content, to be limited to days and provinces."""
    from tests.talk_samples import Contents

    return Contents(small_matcher)


@pytest.fixture(scope="session", name="province_library")
def _province_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return the small library with the question for the province."""
    from tests.talk_samples import library_with_provinces

    return library_with_provinces(tmp_path_factory.mktemp("provinces"))


@pytest.fixture(name="about")
def _about(talk: Talk, province_library: Library) -> Callable[[Matcher], Talk]:
    """Return a function that makes a conversation about some content, with the person's store."""
    from tests.talk_samples import ZONE

    return lambda matcher: Talk(Conversation(matcher, talk.store, province_library, ZONE), talk.store)


@pytest.fixture(name="api")
async def _api() -> AsyncIterator[BotApi]:
    """Return a server that speaks Telegram's Bot API."""
    async with BotApi() as api:
        yield api


@pytest.fixture(name="run")
def _run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that runs a command of the command line in this process."""
    log = logging.getLogger("bot")  # the chat keeps log lines out of the terminal
    monkeypatch.setattr(log, "propagate", log.propagate)
    monkeypatch.setattr(log, "handlers", [*log.handlers])

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=stdin, prog_name="regbot")

    return run


@pytest.fixture(name="regbot")
def _regbot() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Return a function that runs the command line as a process of its own."""

    def regbot(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-W", "error", "-m", "bot", *map(str, arguments)]
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            command, input=stdin, capture_output=True, cwd=ROOT, env=environment, timeout=300, check=False
        )

    return regbot


@pytest.fixture(name="disk")
def _disk(tmp_path: Path) -> Iterator[Path]:
    """Yield the folder of a disk of two megabytes, which is soon full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)
