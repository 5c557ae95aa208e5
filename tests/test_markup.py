"""Replies as pages of HTML with buttons: within Telegram's limits whatever they say, and complete."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from html.parser import HTMLParser
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import replies
from bot.channels.telegram.markup import CHOSEN, HALF_ROW, MAX_BUTTONS, MAX_TEXT, keyboard, lines_of, pages, units
from bot.channels.telegram.sending import MAX_CAPTION
from bot.guides import Guides
from bot.messages import MAX_BUTTON_DATA, Button, Reply
from bot.records import Preferences
from bot.reminders.reading import rules_of
from bot.reminders.replies import Situation
from bot.reminders.talk import Reminding
from bot.texts import say
from faq.corpus import BLOCK_KINDS, Block, Corpus
from faq.matcher import Matcher
from faq.text import LANGUAGES, Language, clean
from flows.definition import Library
from flows.engine import start
from flows.journey import Progress
from flows.run import stamp
from tests.conftest import NOW
from tests.visitor import ANSWERS

SMALL: Final = 40
"""Limits of pages are tried with this one, so that short texts are cut as well."""
PIECES: Final = ("a", "word ", "字", "句子。", "\n", "<b>", "&amp;", "😀", "𠀀𠀁", " ", "? ", "</blockquote>", "'\"")

texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
blocks = st.builds(Block, st.sampled_from(BLOCK_KINDS), st.lists(texts, min_size=1, max_size=3).map(tuple))
any_reply = st.builds(Reply, st.lists(blocks, max_size=4).map(tuple), title=st.none() | texts)


class Read(HTMLParser):
    """What Telegram makes of HTML: the text; tags have to be those that it knows, closed where they should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert tag in ("b", "blockquote")
        assert not attrs
        assert self.open == []
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open == [tag]
        self.open.clear()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        pytest.fail(f"a declaration: {decl}")

    def handle_pi(self, data: str) -> None:
        pytest.fail(f"an instruction: {data}")


def marked(block: Block) -> str:
    """Return a block's text with the marks of its lines."""
    marks = {"steps": [f"{number}. " for number in range(1, 9)], "list": ["• "] * 9}.get(block.kind, [""] * 9)
    return "\n".join(mark + text for mark, text in zip(marks, block.texts, strict=False))


def passages(reply: Reply) -> list[str]:
    """Return what a reply says, title first, without what is nothing but space."""
    said = [reply.title or "", *map(marked, reply.blocks)]
    return [text.strip() for text in said if text.strip()]


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(any_reply, st.lists(texts.filter(str.strip), max_size=5))
def test_nothing_is_lost_and_nothing_too_long(reply: Reply, chosen: list[str]) -> None:
    """Any reply becomes pages that fit, are sound HTML, and together say all of it in order."""
    for limit in (SMALL, MAX_TEXT):
        found = pages(reply, chosen, limit)

        above = "\n".join(CHOSEN + line for line in chosen[-3:])
        assert squeezed("".join(page.plain for page in found)) == squeezed(above + "".join(passages(reply)))
        for page in found:
            assert 0 < units(page.plain) <= limit
            assert page.plain.strip()
            assert Read(page.html).text == page.plain


@given(any_reply)
def test_pages_end_between_paragraphs(reply: Reply) -> None:
    """What fits one page is never cut, and a page ends only where the next paragraph has no room."""
    limit = max(map(units, passages(reply)), default=SMALL)
    found = [page.plain for page in pages(reply, limit=limit)]

    rest = passages(reply)
    for page in found:
        size = 0
        while rest and page[size:].lstrip("\n").startswith(rest[0]):
            size = page.index(rest[0], size) + len(rest[0])
            del rest[0]
        assert size == len(page)
        assert not rest or units(page) + 2 + units(rest[0]) > limit
    assert rest == []


@pytest.mark.parametrize("character", ["a", "字", "😀", "𠀀"])
def test_text_without_a_place_to_cut(character: str) -> None:
    """A text without spaces is cut where the page is full; characters outside the basic plane count twice."""
    text = character * 10_000
    found = [page.plain for page in pages(Reply((Block("paragraph", (text,)),)))]

    room = MAX_TEXT // units(character)
    assert [len(page) for page in found] == [*[room] * (10_000 // room), 10_000 % room]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("一二三四五六七。八九，十一二三四", "一二三四五六七。", id="sentence-before-comma"),
        pytest.param("one two. three four", "one two.", id="sentence-before-word"),
        pytest.param("一二三四五六\n七。八九十一二三", "一二三四五六", id="line-before-sentence"),
        pytest.param("a, beta gamma delta", "a, beta", id="word-in-the-second-half"),
        pytest.param("一，二三四五六七八九十一二三四", "一，二三四五六七八九十一", id="nothing-in-the-second-half"),
    ],
)
def test_best_place_to_cut(text: str, first: str) -> None:
    """A long paragraph is cut after a line, a sentence, a part of one, or a word, the best place of the second half."""
    found = pages(Reply((Block("paragraph", (text,)),)), limit=12)

    assert [page.plain for page in found] == [first, text.removeprefix(first).strip()]


def test_styles() -> None:
    """The title is bold, steps and lists have marks, a note is a quotation on lines of its own; all is escaped."""
    found = Reply(
        (
            Block("paragraph", ("a < b & c",)),
            Block("steps", ("one", "two")),
            Block("list", ("x", "y")),
            Block("note", ("<i>careful</i>",)),
            Block("paragraph", ("after",)),
        ),
        title="1 > 0",
    )

    (page,) = pages(found, ["Role → Physician"])

    assert page.html == (
        "✓ Role → Physician\n\n<b>1 &gt; 0</b>\n\na &lt; b &amp; c\n\n1. one\n2. two\n\n• x\n• y\n"
        "<blockquote>&lt;i&gt;careful&lt;/i&gt;</blockquote>\nafter"
    )


def test_nothing_to_say() -> None:
    assert pages(Reply((Block("paragraph", ("  \n",)),))) == []


@given(st.lists(st.text("ab→字 ", min_size=1).filter(str.strip).map(str.strip), max_size=6))
def test_chosen_lines_are_read_again(chosen: list[str]) -> None:
    """The lines about what was chosen are found again in the text of the message, the last three of them."""
    (page,) = pages(Reply((Block("paragraph", ("next",)),), title="✓ not one"), chosen)

    assert lines_of(page.plain) == (chosen[-3:] or ["not one"])


def test_text_without_chosen_lines() -> None:
    assert lines_of("Title\n\n✓ later") == []
    assert lines_of("") == []


buttons_strategy = st.lists(
    st.builds(
        Button,
        st.text("ab字 ", min_size=1, max_size=24),
        st.integers(0, 999).map(str),
        st.sampled_from([None, "below", "opinion"]),
    ),
    max_size=130,
)


@given(buttons_strategy)
def test_keyboard(buttons: list[Button]) -> None:
    """All buttons are kept in order, one a row, or two that belong together and are short, up to Telegram's limit."""
    markup = keyboard(buttons)
    rows = markup.inline_keyboard if markup else ()

    kept = [(button.text, button.callback_data) for row in rows for button in row]
    assert kept == [(button.label, button.data) for button in buttons[:MAX_BUTTONS]]
    assert {len(row) for row in rows} <= {1, 2}
    at = 0
    for row in rows:
        if len(row) == 2:
            first, second = buttons[at : at + 2]
            assert first.row == second.row is not None
            for button in (first, second):
                assert len(button.label) + button.label.count("字") <= HALF_ROW
        at += len(row)


def test_two_short_buttons_stand_side_by_side() -> None:
    found = [Button("Physician", "a", "choices"), Button("医师" * 5, "b", "choices"), Button("c", "c", "choices")]
    markup = keyboard([*found, Button("d", "d"), Button("字" * 11, "e", "choices"), Button("f", "f", "choices")])

    assert markup
    rows = [[button.callback_data for button in row] for row in markup.inline_keyboard]
    assert rows == [["a", "b"], ["c"], ["d"], ["e"], ["f"]]


def test_no_buttons() -> None:
    assert keyboard([]) is None


# The project's own content


def of_the_faq(corpus: Corpus, guides: Guides, reminding: Reminding, language: Language) -> Iterator[Reply]:
    """Yield what is said about entries, groups and the assistant itself."""
    for entry in corpus.entries:
        for wanted in ({}, {"reminders": "wanted"}):
            offers = (offer(entry, Progress(facts=wanted), language) for offer in (guides.offer, reminding.offer))
            yield replies.answer(corpus, entry, language, tuple(filter(None, offers)))
        yield replies.unhelpful(corpus, entry, language)
        yield replies.did_you_mean(corpus, [found.id for found in corpus.entries], language)
    for group in corpus.groups:
        found = replies.group(corpus, group.id, language)
        assert found
        yield found
    for talk in corpus.small_talk:
        yield Reply((replies.paragraph(talk.texts[language].reply),))
    for subject in corpus.subjects:
        yield Reply((replies.paragraph(subject.texts[language].pointer),))
    yield replies.welcome(LANGUAGES)
    yield replies.welcome([language])
    yield replies.help_text(language)
    yield replies.topics(corpus, language)
    yield replies.choose_language()
    yield replies.privacy(language)
    yield replies.forget(language)
    yield replies.no_answer(corpus, [found.id for found in corpus.entries], language)


def of_the_flows(library: Library, guides: Guides, language: Language) -> Iterator[Reply]:
    """Yield what is said on all ways through all flows: every button of every step is pressed, everything asked is typed."""
    seen: set[object] = set()
    waiting = [Progress()]
    lead = [say(language, "not-delivered"), say(language, "lost-again")]
    while waiting:
        progress = waiting.pop()
        for command in ("/guides", "/progress", "/restart", "/cancel"):
            yield from guides.command(progress, command, "", NOW, language).replies
        shown = guides.here(progress, NOW, language, lead)
        yield from shown
        run = progress.active
        pressed = [button.data for reply in shown for button in reply.buttons]
        for data in pressed or [f"flow:{flow.id}" for flow in library.flows]:
            ticks = sum(map(len, run.ticks.values())) if run else 0
            key = (data.rstrip("0123456789"), ticks, bool(progress.facts))
            if key in seen:
                continue
            seen.add(key)
            if guided := guides.press(progress, data, NOW, language):
                yield from guided.replies
                waiting.append(guided.progress)
        step = guides.library.flow(run.flow).at(run.step) if run else None  # type: ignore[union-attr]
        if run and step and step.kind in ANSWERS and (run.flow, run.step) not in seen:
            seen.add((run.flow, run.step))
            typed = guides.type(progress, clean(ANSWERS[step.kind][language]), NOW, language)
            assert typed
            yield from typed.replies
            waiting.append(typed.progress)


def of_the_reminders(reminding: Reminding, library: Library, language: Language) -> Iterator[Reply]:
    """Yield the plan and the reminders of somebody at every step, at every time at which one is due, and the menus below them."""
    told = {"reminders": "wanted", "qualified": "2025-06"}
    for flow, step in [(one, step) for one in library.flows for step in one.steps if step.end is None]:
        run = replace(start(flow, NOW, {})[0], step=step.id, shape=step.shape, since={step.id: stamp(NOW)})
        progress = Progress({flow.id: run}, flow.id, told)
        planned = reminding.plan(progress, Preferences(), NOW)
        days = {one.day for one in planned if one.day > NOW.date()}
        dates = [datetime.combine(day, time(10), UTC) for day in sorted(days)]
        for now in (NOW, *(one.due for one in planned), *dates):
            yield reminding.message(planned, progress, now, language)
        for now in (NOW, *dates):
            yield from of_the_plan(reminding, Situation(progress, Preferences(), now, language))


def of_the_plan(reminding: Reminding, at: Situation) -> Iterator[Reply]:
    """Yield what is said to /remind and what stands behind it, and to all buttons below that."""
    waiting = ["remind:later", "remind:in:1", "remind:done", "remind:undone", *(f"remind:in:{days}" for days in (3, 7))]
    for rest in ("", "on", "off", "9", "23", "Asia/Urumqi", "nothing"):
        shown = reminding.command(at, rest).reply
        yield shown
        waiting += (button.data for button in shown.buttons)
    for data in dict.fromkeys(waiting):
        if reminded := reminding.press(at, data):
            yield reminded.reply


def literal(text: str) -> str:
    """Return the longest part of a text that has no blank in it."""
    return max(re.split(r"\{[^}]*\}", text), key=len)


@pytest.mark.parametrize("language", LANGUAGES)
def test_project_reminders_fit(project_matcher: Matcher, project_library: Library, language: Language) -> None:
    """Every reminder of the project's rules, and all that is said around them, is one page whose buttons can be carried."""
    rules = rules_of()
    reminding = Reminding(rules, project_library, project_matcher.corpus, UTC)
    found = list(dict.fromkeys(of_the_reminders(reminding, project_library, language)))

    whole = "\n".join(text for reply in found for block in reply.blocks for text in block.texts)
    assert rules.waiting
    said = [one.texts for kind in rules.dates.values() for one in kind.wordings]
    for texts in (*said, rules.waiting.texts, rules.start):
        assert literal(texts[language]) in whole
    for reply in found:
        assert_fits(reply)


def assert_fits(reply: Reply) -> None:
    """Assert that a reply is one page, and its buttons carry no more than they can."""
    (page,) = pages(reply, ["x" * 100] * 3)
    assert Read(page.html).text == page.plain
    assert len(reply.buttons) <= MAX_BUTTONS
    for button in reply.buttons:
        assert button.label.strip()
        assert 1 <= len(button.data.encode()) <= MAX_BUTTON_DATA


@pytest.mark.parametrize("language", LANGUAGES)
def test_project_replies_fit(project_matcher: Matcher, project_library: Library, language: Language) -> None:
    """Everything that the project's content can say is one page, and its buttons carry no more than they can."""
    corpus = project_matcher.corpus
    guides = Guides(project_library, corpus, UTC)
    reminding = Reminding(rules_of(), project_library, corpus, UTC)
    of_flows = list(of_the_flows(project_library, guides, language))

    titles = "\n".join(reply.title or "" for reply in of_flows)
    for flow in project_library.flows:
        for step in flow.steps:
            assert step.texts[language].title in titles
    for reply in (*of_the_faq(corpus, guides, reminding, language), *of_flows):
        assert_fits(reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_beside_a_file_fit_its_caption(language: Language) -> None:
    (page,) = pages(replies.export(language, "{}"), limit=MAX_CAPTION)

    assert page.plain == say(language, "export")
