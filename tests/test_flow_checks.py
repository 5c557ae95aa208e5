"""The checks over whole flows: each with a small library that breaks it, and the small library without problems."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content import Problems
from bot.faq_files import load_corpus
from bot.flow_checks import check_flows
from faq.matcher import Matcher
from tests.conftest import SMALL, write_files
from tests.flow_edits import DATES, LETTERS, QUESTIONS, TODAY, WORDS, Edit, checking, edited, shown
from tests.flow_samples import write_flows

Check = Callable[..., list[str]]


@pytest.fixture(name="check")
def _check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_matcher: Matcher) -> Check:
    """Return a function that edits the small library (name, old text, new text) and returns what is wrong with it."""
    monkeypatch.chdir(tmp_path)

    def check(*edits: Edit) -> list[str]:
        return checking(tmp_path, small_matcher.corpus, edits)

    return check


def test_small_library_is_clean(check: Check) -> None:
    """The library that these tests break has no problem before."""
    assert check() == []


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "zh: 不办了, en: Give up, next: given-up", "zh: 不办了, en: Give up, next: trouble", [
            'letters.yaml:53: steps[6]: nothing leads to the step "given-up"'
        ], id="unreachable"),
        pytest.param(LETTERS, "zh: 要了, en: I asked, next: role", "zh: 要了, en: I asked, next: wait", [
            'letters.yaml:25: steps[2]: nothing leads to the step "role"'
        ], id="unreachable-question"),
        pytest.param(DATES, "    end: done\n", "", [
            "dates.yaml:49: steps[5]: there is no way on from here, and no end",
        ], id="dead-end"),
        pytest.param(DATES, "    end: done\n", "    choices: [{id: again, zh: 再来, en: Again, next: done}]\n", [
            "dates.yaml:49: steps[5]: there is no way on from here, and no end",
        ], id="only-to-itself"),
        pytest.param(DATES, "    end: done\n", "    choices: [{id: again, zh: 再来, en: Again, next: result}]\n", [
            'dates.yaml:9: steps[0]: no end can be reached from the step "obtained"',
            'dates.yaml:12: steps[1]: no end can be reached from the step "look"',
            'dates.yaml:18: steps[2]: no end can be reached from the step "registered"',
            'dates.yaml:25: steps[3]: no end can be reached from the step "years"',
            'dates.yaml:33: steps[4]: no end can be reached from the step "result"',
            'dates.yaml:49: steps[5]: no end can be reached from the step "done"',
        ], id="circle"),
        pytest.param(LETTERS, "    end: stopped\n", "    end: stopped\n    choices: [{id: again, zh: 再来, en: Again, next: ask}]\n", [
            'letters.yaml:53: steps[6]: "end" stands here although there are ways on'
        ], id="end-with-choices"),
        pytest.param(LETTERS, "next: trouble}", "next: trubble}", [
            'letters.yaml:16: steps[0].choices[1]: "next": there is no step "trubble" in this flow',
        ], id="dangling-next"),
        pytest.param(LETTERS, "en: I asked, next: role", "en: I asked, next: Role", [
            'letters.yaml:15: steps[0].choices[0]: "next": there is no step "Role" in this flow',
        ], id="dangling-next-in-capitals"),
        pytest.param(DATES, "unknown: look}", "unknown: lok}", [
            'dates.yaml:11: steps[0].next: "next": there is no step "lok" in this flow',
        ], id="dangling-next-of-an-answer"),
        pytest.param(DATES, "{typed: registered,", "{typed: registred,", [
            'dates.yaml:11: steps[0].next: "next": there is no step "registred" in this flow',
        ], id="dangling-next-of-question"),
        pytest.param(LETTERS, "flow: dates", "flow: date", [
            'letters.yaml:35: steps[3].choices[2]: "flow": there is no other flow "date"'
        ], id="dangling-flow"),
        pytest.param(LETTERS, "flow: dates", "flow: letters", [
            'letters.yaml:35: steps[3].choices[2]: "flow": there is no other flow "letters"'
        ], id="flow-into-itself"),
    ],
)  # fmt: skip
def test_ways(check: Check, name: str, old: str, new: str, messages: list[str]) -> None:
    """Every step can be reached and leads to an end; every way leads to a step or flow that exists."""
    assert check((name, old, new)) == messages


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "see: [photo]", "see: [photo, picture]", [
            'letters.yaml:11: steps[0].see: there is no entry "picture"'
        ], id="no-such-entry"),
        pytest.param(LETTERS, "offers: [dates]", "offers: [dates, date]", [
            'letters.yaml:50: steps[5].offers: there is no other flow "date"'
        ], id="no-such-offer"),
        pytest.param(LETTERS, "offers: [dates]", "offers: [dates, letters]", [
            'letters.yaml:50: steps[5].offers: there is no other flow "letters"'
        ], id="offers-itself"),
        pytest.param(LETTERS, "see: [photo]", "offers: [dates]", [
            "letters.yaml:11: steps[0].offers: flows are offered at the end only"
        ], id="offers-on-the-way"),
        pytest.param(LETTERS, "document: notice", "document: poster", [
            'letters.yaml:4: sources: there is no document "poster" in sources.yaml'
        ], id="no-such-document"),
        pytest.param(LETTERS, "- id: papers\n", "- id: papers\n    formerly: [files, role]\n", [
            'letters.yaml:37: steps[4].formerly: the step "role" still exists'
        ], id="formerly-of-a-step"),
        pytest.param(LETTERS, "- id: papers\n", "- id: papers\n    formerly: [papers]\n", [
            'letters.yaml:37: steps[4].formerly: the step "papers" still exists'
        ], id="formerly-itself"),
        pytest.param(LETTERS, "- id: papers\n", "- id: papers\n    formerly: [files, files-2]\n", [], id="formerly-two"),
        pytest.param(LETTERS, "reviewed: 2026-11-01\n", "", [
            'letters.yaml:1: "reviewed" is missing'
        ], id="no-review"),
        pytest.param(LETTERS, "sources: [{document: notice, part: Item 1}]\n", "", [
            'letters.yaml:1: "sources" is missing'
        ], id="no-sources"),
        pytest.param(LETTERS, "sources: [{document: notice, part: Item 1}]", "sources: []", [
            'letters.yaml:1: "sources" is missing'
        ], id="empty-sources"),
        pytest.param(LETTERS, "reviewed: 2026-11-01", "reviewed: 2026-11-23", [
            "letters.yaml:3: reviewed: 2026-11-23 lies in the future"
        ], id="reviewed-tomorrow"),
        pytest.param(LETTERS, "reviewed: 2026-11-01", "reviewed: 2026-11-22", [], id="reviewed-today"),
        pytest.param(LETTERS, "reviewed: 2026-11-01", "reviewed: 2025-11-22", [], id="reviewed-a-year-ago"),
        pytest.param(LETTERS, "reviewed: 2026-11-01", "reviewed: 2025-11-21", [
            "letters.yaml:3: reviewed: warning: was last reviewed on 2025-11-21, more than a year ago"
        ], id="reviewed-long-ago"),
        pytest.param(DATES, "order: 2", "order: 1", [
            'letters.yaml:2: order: 1 is already the place of "dates"'
        ], id="place-twice"),
        pytest.param(LETTERS, "en: [get a letter]", "en: [My DATES!]", [
            'dates.yaml:1: "my dates" already means "letters"'
        ], id="title-of-another-flow"),
        pytest.param(DATES, "optional: true", "words: {zh: [算日期, 要 信。], en: [dates]}", [
            'dates.yaml:3: words: "要信" already means "letters"'
        ], id="word-of-another-flow"),
        pytest.param(DATES, "optional: true", "words: {zh: [进度！], en: [dates]}", [
            'dates.yaml:3: words: "进度" already means "progress"'
        ], id="word-of-navigation"),
        pytest.param(DATES, "en: {title: My dates,", "en: {title: Start,", [
            'dates.yaml:1: "start" already means "guides"'
        ], id="title-of-navigation"),
        pytest.param(WORDS, "leave: {zh: [先放着, 退出], en: [pause, leave]}", "leave: {zh: [我的日期], en: [get a letter]}", [
            'dates.yaml:1: "我的日期" already means "leave"',
            'letters.yaml:7: words: "get a letter" already means "leave"',
        ], id="navigation-that-means-flows"),
        pytest.param(WORDS, "next: {zh: [下一步, 好了, 继续],", "next: {zh: [我的日期],", [], id="word-of-a-choice"),
        pytest.param(DATES, "en: {title: My dates,", "en: {title: 我的日期,", [], id="one-title-in-both-languages"),
    ],
)  # fmt: skip
def test_references(check: Check, name: str, old: str, new: str, messages: list[str]) -> None:
    """What a flow refers to exists, and somebody has reviewed it within a year."""
    assert check((name, old, new)) == messages


@pytest.mark.parametrize(
    ("name", "old", "new", "messages"),
    [
        pytest.param(LETTERS, "zh: 信到了, en: It is here,", "zh: 信到了, en: Not here yet,", [
            'letters.yaml:34: steps[3].choices[1]: "not here yet" already means "here" at this step'
        ], id="label-twice"),
        pytest.param(LETTERS, "words: {zh: [不给办]", "words: {zh: [下一步]", [
            'letters.yaml:16: steps[0].choices[1]: "下一步" already means "asked" at this step'
        ], id="word-of-another-choice"),
        pytest.param(LETTERS, "{id: copy, zh: 复印件, en: A copy}", "{id: copy, zh: 复印件, en: Go on anyway}", [
            'letters.yaml:40: steps[4].items[1]: "go on anyway" already means "anyway" at this step'
        ], id="item-as-a-choice"),
        pytest.param(LETTERS, "{id: asked, says: next,", "{id: asked, needs: all, says: next,", [
            'letters.yaml:9: steps[0]: "needs" belongs to a checklist'
        ], id="needs-without-checklist"),
        pytest.param(LETTERS, "      - {id: anyway, zh: 没齐也先看, en: Go on anyway, next: finished}\n", "", [
            "letters.yaml:36: steps[4]: there is no way on while something is missing"
        ], id="only-when-complete"),
        pytest.param(LETTERS, "{id: anyway, zh", "{id: anyway, needs: all, zh", [
            "letters.yaml:36: steps[4]: there is no way on while something is missing"
        ], id="both-when-complete"),
        pytest.param(LETTERS, "next: trouble}", "next: trouble, anew: true}", [
            'letters.yaml:16: steps[0].choices[1]: "anew" leads to a step of the main way'
        ], id="anew-off-the-main-way"),
    ],
)  # fmt: skip
def test_options(check: Check, name: str, old: str, new: str, messages: list[str]) -> None:
    """What a person can choose at a step is clear, and something can always be chosen."""
    assert check((name, old, new)) == messages


def choices(number: int, indent: str, more: str = "") -> str:
    """Return the lines of so many choices."""
    return "".join(f"{indent}- {{id: c{n}, zh: 选{n}个, en: Take {n}{more}}}\n" for n in range(number))


@pytest.mark.parametrize(("number", "problems"), [(7, 0), (8, 1)], ids=["nine", "ten"])
def test_number_of_choices(check: Check, number: int, problems: int) -> None:
    """A step has at most nine choices."""
    found = check((LETTERS, "      - {id: asked,", choices(number, "      ", ", next: role") + "      - {id: asked,"))

    assert found == ["letters.yaml:9: steps[0]: has 10 choices, at most 9 are allowed"] * problems


def test_number_of_short_choices(check: Check) -> None:
    """A question with short labels may have more than nine answers; one with others may not."""
    more = (QUESTIONS, "    - {id: physician,", choices(8, "    ") + "    - {id: physician,")

    assert check(more) == []
    assert check(more, (QUESTIONS, "short: true", "short: false")) == [
        "letters.yaml:25: steps[2]: has 10 choices, at most 9 are allowed"
    ]


@pytest.mark.parametrize(
    ("old", "prefix", "line"),
    [
        pytest.param("{id: refused,", "go:letters:ask::9999", "16: steps[0].choices[1]", id="choice"),
        pytest.param("{id: copy,", "untick:letters:papers::9999", "40: steps[4].items[1]", id="item"),
    ],
)
def test_ids_too_long_for_a_button(check: Check, old: str, prefix: str, line: str) -> None:
    """The ids of flow, step and choice or item fit a button, with what it means and the highest serial."""
    longest = 64 - len(prefix)

    assert check((LETTERS, old, f"{{id: {longest * 'x'},")) == []
    assert check((LETTERS, old, f"{{id: {(longest + 1) * 'x'},")) == [
        f"letters.yaml:{line}: its ids take 65 bytes of a button, at most 64 are allowed"
    ]


def test_ids_of_a_question_too_long_for_a_button(check: Check) -> None:
    """The ids of flow and step fit the button that asks a question again, also where the question has no choices."""
    longest = 64 - len("ask:dates::9999")

    def edits(step: str) -> list[Edit]:
        return [
            (QUESTIONS, "  choices:\n    - {id: unknown, zh: 不清楚, en: I do not know, remember: false}\n", ""),
            (DATES, "- id: obtained\n", f"- id: {step}\n"),
            (DATES, "{typed: registered, unknown: look}", "registered"),
            (DATES, "en: I found it, next: obtained", f"en: I found it, next: {step}"),
            (DATES, "en: I am not, next: years", "en: I am not, next: look"),
        ]

    assert check(*edits(longest * "x")) == []
    assert check(*edits((longest + 1) * "x")) == [
        "dates.yaml:9: steps[0]: its ids take 65 bytes of a button, at most 64 are allowed"
    ]


def test_item_and_choice_of_one_id(check: Check) -> None:
    """A word that means an item and a choice is a problem, even if both have the same id."""
    found = check((LETTERS, "{id: copy, zh: 复印件, en: A copy}", "{id: anyway, zh: 复印件, en: Go on anyway}"))

    assert found == ['letters.yaml:40: steps[4].items[1]: "go on anyway" already means "anyway" at this step']


def test_dangling_way_of_what_is_typed(check: Check) -> None:
    """A wrong way for a typed number is reported where it stands."""
    found = check((DATES, "    most: 20\n    next: result", "    most: 20\n    next: reslt"))

    assert found == ['dates.yaml:29: steps[3].next: "next": there is no step "reslt" in this flow']


def test_dangling_way_of_all_answers(check: Check) -> None:
    """A wrong way for all answers to a question is one problem, not one for each answer."""
    found = check((LETTERS, "next: wait\n", "next: wate\n"))

    assert found == ['letters.yaml:27: steps[2].next: "next": there is no step "wate" in this flow']


def test_each_wrong_way_is_reported_once(check: Check) -> None:
    """Ways that lead nowhere are reported target by target, the first time that each is named at a step."""
    found = check(
        (LETTERS, "I asked, next: role", "I asked, next: rule"),
        (LETTERS, "next: trouble}", "next: rule}"),
        (LETTERS, "en: Ask again, next: ask", "en: Ask again, next: rule"),
        (DATES, "{typed: registered, unknown: look}", "{typed: registred, unknown: lok}"),
    )

    assert found == [
        'dates.yaml:11: steps[0].next: "next": there is no step "registred" in this flow',
        'dates.yaml:11: steps[0].next: "next": there is no step "lok" in this flow',
        'letters.yaml:15: steps[0].choices[0]: "next": there is no step "rule" in this flow',
        'letters.yaml:23: steps[1].choices[0]: "next": there is no step "rule" in this flow',
    ]


def test_a_wrong_way_hides_what_follows_from_it_in_its_flow_only(check: Check) -> None:
    """A flow with a wrong way is not called unreachable anywhere; another flow's unreachable step is."""
    found = check(
        (LETTERS, "next: trouble}", "next: trubble}"),
        (DATES, "{typed: registered, unknown: look}", "registered"),
    )

    assert found == [
        'dates.yaml:12: steps[1]: nothing leads to the step "look"',
        'letters.yaml:16: steps[0].choices[1]: "next": there is no step "trubble" in this flow',
    ]


def test_two_steps_in_one_place(check: Check) -> None:
    """Two steps cannot both have taken the place of one: people can be led to one only, which is the first."""
    found = check(
        (LETTERS, "- id: wait\n", "- id: wait\n    formerly: [post, mail]\n"),
        (LETTERS, "- id: papers\n", "- id: papers\n    formerly: [files, mail]\n"),
    )

    assert found == ['letters.yaml:38: steps[4].formerly: "wait" has taken the place of "mail" already']


def test_one_place_in_two_flows(check: Check) -> None:
    """Steps of two flows may have had one name."""
    found = check(
        (LETTERS, "- id: wait\n", "- id: wait\n    formerly: [begin]\n"),
        (DATES, "- id: years\n", "- id: years\n    formerly: [begin]\n"),
    )

    assert found == []


def test_question_that_no_flow_asks(check: Check) -> None:
    """A shared question that no flow asks is a warning at the question, and one that is asked somewhere is none."""
    asked = "- {id: city, kind: choice, zh: {title: 哪儿, body: [哪儿？]}, en: {title: City, body: [Where?]}}\n"

    assert check((QUESTIONS, None, edited()[QUESTIONS] + asked)) == [
        'questions.yaml:15: [2]: warning: no flow asks the question "city"'
    ]


def test_unknown_function(check: Check) -> None:
    """A function that does not exist is the only problem: what it would give is not known."""
    assert check((DATES, "function: deadlines", "function: deadline")) == [
        'dates.yaml:35: steps[4].function: there is no function "deadline"; known: deadlines'
    ]


def test_several_problems_at_once(check: Check) -> None:
    """All checks run in one pass, over all flows."""
    found = check(
        (LETTERS, "see: [photo]", "see: [picture]"),
        (LETTERS, "offers: [dates]", "offers: [date]"),
        (DATES, "reviewed: 2026-11-01", "reviewed: 2020-01-01"),
        (DATES, "order: 2", "order: 1"),
        (DATES, "Look at the certificate.", "Look at docsys.cn"),
    )

    assert found == [
        "dates.yaml:4: reviewed: warning: was last reviewed on 2020-01-01, more than a year ago",
        'dates.yaml:16: steps[1].en: shows the address "docsys.cn", which is not an official one',
        'letters.yaml:2: order: 1 is already the place of "dates"',
        'letters.yaml:11: steps[0].see: there is no entry "picture"',
        'letters.yaml:50: steps[5].offers: there is no other flow "date"',
    ]


def test_unreadable_flows_are_not_checked_further(check: Check) -> None:
    """What cannot be read is reported alone: everything else would only follow from it."""
    found = check((LETTERS, "end: done", "end: well"), (LETTERS, "see: [photo]", "see: [picture]"))

    assert found == ['letters.yaml:49: steps[5].end: "well" is not one of done, stopped']


def test_documents_are_free_without_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no documents are listed, a flow may name any."""
    monkeypatch.chdir(tmp_path)
    problems = Problems()
    files = {name: text for name, text in SMALL.items() if name != "sources.yaml"}
    corpus = load_corpus(write_files(tmp_path / "content", files), problems)

    check_flows(write_flows(tmp_path / "flows", edited((LETTERS, "notice", "poster"))), corpus, TODAY, problems)

    assert shown(problems) == []
