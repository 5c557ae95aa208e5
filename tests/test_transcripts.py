"""Golden transcripts: for every ending of every flow a conversation in each language, as a person sees it.

A file of tests/data/transcripts is named FLOW.END.LANGUAGE.txt, or FLOW.END.VARIANT.LANGUAGE.txt, and is its own script:
a line "> ..." is typed, "> [label]" presses a button that was shown (the latest with that label), "+3 days" lets time
pass. All the rest is what the assistant says. `pytest tests/test_transcripts.py --update` writes it anew.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.flow_files import flows_of
from bot.rendering import plain
from faq.matcher import Matcher
from faq.text import LANGUAGES, han_count
from flows.definition import Library
from tests.visitor import Stored, Visitor

FOLDER: Final = Path(__file__).parent / "data" / "transcripts"
FILES: Final = tuple(sorted(FOLDER.glob("*.txt")))
ENDINGS: Final = frozenset((flow.id, step.id) for flow in flows_of().flows for step in flow.steps if step.end)
STEPS: Final = frozenset((flow.id, step.id) for flow in flows_of().flows for step in flow.steps)

_PASSED = re.compile(r"\+([0-9]+) (days?|hours?)")
_SCRIPT = re.compile(r"(?:> |\+[0-9])")


def about(path: Path) -> tuple[str, str, str]:
    """Return the flow, the ending and the language that a file's name says."""
    flow, end, *_variant, language = path.stem.split(".")
    return flow, end, language


def content(path: Path) -> str:
    """Return what stands in a file."""
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    """Write a file anew."""
    path.write_text(text, encoding="utf-8")


def script(text: str) -> Iterator[str]:
    """Yield the lines that say what the person does."""
    yield from (line for line in text.splitlines() if _SCRIPT.match(line))


async def replay(visitor: Visitor, text: str) -> str:
    """Do what a transcript's script says, with a new process for every turn; return the transcript."""
    heading = [line for line in text.splitlines() if line.startswith("# ")]
    parts = ["\n".join(heading)] if heading else []
    shown: dict[str, str] = {}
    for line in script(text):
        if passed := _PASSED.fullmatch(line):
            visitor.now += timedelta(**{passed[2].removesuffix("s") + "s": int(passed[1])})
            parts.append(line)
            continue
        typed = line.removeprefix("> ")
        if typed.startswith("[") and typed.endswith("]"):
            assert typed[1:-1] in shown, f"no button {typed} was shown before; those shown last: {visitor.offered}"
            await visitor.turn(button=shown[typed[1:-1]])
        else:
            await visitor.turn(typed)
        said = plain(visitor.replies)
        assert not list(script(said)), "what the assistant says must not look like the script"
        parts.append(f"{line}\n{said}")
        shown |= {button.label: button.data for button in visitor.offered}
        await visitor.reopen()
    return "\n\n".join(parts) + "\n"


Play = Callable[[Path], Awaitable[tuple[str, Stored]]]


@pytest.fixture(scope="module", name="play")
def _play(
    project_matcher: Matcher, project_library: Library, tmp_path_factory: pytest.TempPathFactory, update: bool
) -> Play:
    """Return a function that gives the transcript of a file's script as it is now, and what is stored at the end."""
    played: dict[Path, tuple[str, Stored]] = {}

    async def play(path: Path) -> tuple[str, Stored]:
        if path not in played:
            database = tmp_path_factory.mktemp("played") / "regbot.db"
            async with Visitor(project_matcher, project_library, database) as visitor:
                text = await replay(visitor, content(path))
                played[path] = text, await visitor.stored()
            if update:
                write(path, text)
        return played[path]

    return play


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_the_assistant_says_what_the_transcript_says(path: Path, play: Play) -> None:
    """Every transcript is what the assistant says today, to the letter (`--update` rewrites it)."""
    text, _ = await play(path)

    assert text == content(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_transcript_ends_at_its_ending(path: Path, play: Play) -> None:
    """The flow that a transcript is named after has ended, and where the name says, and nothing was in the way."""
    flow, end, _ = about(path)
    _, stored = await play(path)

    assert stored.place == (flow, end)
    assert stored.runs[flow].status == "finished"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_transcript_is_in_its_language(path: Path, play: Play) -> None:
    """A transcript's flow is shown in the language of its name from the first step to the last."""
    *_, language = about(path)
    text, _ = await play(path)
    titles = [line for line in text.splitlines() if re.match(r"[^>\[].*[(（][0-9]+/[0-9]+[)）]", line)]

    assert titles
    assert all((han_count(title) > 0) == (language == "zh") for title in titles)


def test_every_ending_has_a_transcript_in_each_language() -> None:
    """No ending of any flow goes without a transcript, in Chinese and in English."""
    expected = {(flow, end, language) for flow, end in ENDINGS for language in LANGUAGES}

    assert expected - {about(path) for path in FILES} == set()


def test_every_transcript_belongs_to_an_ending() -> None:
    """A file in the folder is the transcript of an ending that exists."""
    expected = {(flow, end, language) for flow, end in ENDINGS for language in LANGUAGES}

    assert [path.name for path in FOLDER.iterdir() if path.suffix != ".txt" or about(path) not in expected] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_step_stands_in_a_transcript(language: str, play: Play) -> None:
    """A curator finds the text of every step in a transcript of each language."""
    files = [path for path in FILES if about(path)[2] == language]
    shown = {place for path in files for place in (await play(path))[1].entered}

    assert STEPS - shown == set()
