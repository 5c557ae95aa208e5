"""Typed texts that name items of a checklist, or ask something, which is never taken for an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.text import clean
from flows.definition import Library, Step
from flows.understand import find_choice, find_items, is_question, key, means
from tests.flow_walks import choice, item, step

PAPERS = step(
    "papers",
    choice("on", "papers"),
    kind="checklist",
    items=(item("letter", "原件", "the letter"), item("copy", "复印件"), item("photo", "照片", "a photo")),
)
ANY_STEP = step("any", choice("a", "any", "收到了", "got it"), choice("b", "any", "还在等", "still waiting"))


def named(at: Step, text: str) -> tuple[list[str], bool]:
    """Return the ids of the items that a text names, and whether they are to be ticked."""
    items, on = find_items(at, clean(text))
    return [found.id for found in items], on


def ticked(at: Step, text: str) -> list[str]:
    items, on = named(at, text)
    return items if on else []


def unticked(at: Step, text: str) -> list[str]:
    items, on = named(at, text)
    return [] if on else items


QUESTIONS = (
    "照片要几张？",
    "照片要几张",
    "照片多大",
    "照片咋拍",
    "需不需要照片",
    "照片是否需要",
    "要不要带照片",
    "照片什么底色",
    "复印件可以吗",
    "复印件可以吗。",
    "原件和复印件哪个要带",
    "原件丢了怎么办",
    "收到了吗",
    "信收到了吗~",
    "信到了吗，谢谢",
    "要等多久才能收到",
    "收到了怎么办",
    "没收到怎么办",
    "没收到激活码找谁",
    "注册了没有效果怎么办",
    "注册了能不能多点执业",
    "助理医师可以独立执业吗",
    "医师和助理医师有什么区别",
    "还没注册有没有影响",
    "单位不肯怎么办",
    "下一步做什么",
    "下一步呢",
    "不清楚日期去哪查",
    "为什么还没到",
    "审核要几天",
    "how long am i still waiting",
    "is a photo needed",
    "must i bring a photo",
    "do i need a copy",
    "can i bring a copy later",
    "which letter is it",
    "what if they refuse",
    "who signs the letter",
    "where is the letter",
    "how do I go on",
    "why is it not here yet",
    "should I hand them in",
    "am I a physician",
    "are copies accepted without a photo",
)


@pytest.mark.parametrize("text", QUESTIONS)
def test_questions_are_never_taken(small_library: Library, text: str) -> None:
    """A question is no choice and no item at any step, though it holds their words."""
    cleaned = clean(text)
    for flow in small_library.flows:
        for at in flow.steps:
            assert find_choice(at, cleaned) is None, at.id
            assert find_items(at, cleaned)[0] == (), at.id


@pytest.mark.parametrize("text", ["照片要求", "照片尺寸", "复印件份数", "photo size"])
def test_subjects_of_questions_tick_nothing(text: str) -> None:
    """Who types a subject wants to know about it, and has not said that it is ready."""
    assert ticked(PAPERS, text) == []


def test_a_question_that_is_a_label_is_taken() -> None:
    """A choice that is worded as a question is taken when it is typed to the letter, and only then."""
    at = step("any", choice("it", "any", "为什么不行？"))

    assert find_choice(at, clean("为什么不行")) == at.choices[0]
    assert find_choice(at, clean("为什么不行呢")) is None


@pytest.mark.parametrize("text", ["审核要几天", "how so", "下一步呢", "行不行", "可不可以", "怎办", "really?"])
def test_questions_are_known(text: str) -> None:
    """What asks something is known by its words, or its mark."""
    assert is_question(clean(text))


@pytest.mark.parametrize("text", ["收到了", "下一步", "somehow", "showed it", "whatever it is here"])
def test_statements_are_no_questions(text: str) -> None:
    """A statement is no question, though a word in it may look like one."""
    assert not is_question(clean(text))


@pytest.mark.parametrize(
    ("text", "items", "on"),
    [
        pytest.param("照片", ["photo"], True, id="one"),
        pytest.param("a photo", ["photo"], True, id="one-en"),
        pytest.param("照片有了", ["photo"], True, id="in-a-sentence"),
        pytest.param("照片和复印件", ["copy", "photo"], True, id="two"),
        pytest.param("the letter and a photo", ["letter", "photo"], True, id="two-en"),
        pytest.param("原件、复印件、照片", ["letter", "copy", "photo"], True, id="all"),
        pytest.param("原件 (the letter) 和照片", ["letter", "photo"], True, id="one-by-two-names"),
        pytest.param("the leter", ["letter"], True, id="slip"),
        pytest.param("没有照片", ["photo"], False, id="negated"),
        pytest.param("还没拍照片", ["photo"], False, id="not-yet"),
        pytest.param("no copy", ["copy"], False, id="negated-en"),
        pytest.param("i don't have the letter", ["letter"], False, id="don't"),
        pytest.param("原件和照片都没有", ["letter", "photo"], False, id="two-negated"),
        pytest.param("护照", [], True, id="something-else"),
        pytest.param("照片要吗", [], True, id="question"),
        pytest.param("my photocopy", [], True, id="end-of-a-longer-word"),
        pytest.param("two letterheads", [], True, id="beginning-of-a-longer-word"),
        pytest.param("", [], True, id="nothing"),
        pytest.param("我的照片昨天已经在楼下的照相馆里拍好", [], True, id="much-else"),
    ],
)
def test_items_by_name(text: str, items: list[str], on: bool) -> None:
    """Items that are named are ticked; with a negation they are unticked."""
    found, tick = named(PAPERS, text)

    assert found == items
    assert tick is on or not items


def test_an_item_named_to_the_letter_is_ticked() -> None:
    """An item whose own name holds a negation is ticked by its name."""
    at = step("papers", choice("on", "papers"), kind="checklist", items=(item("clean", "无犯罪记录"),))

    assert named(at, "无犯罪记录") == (["clean"], True)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(PAPERS, "缺照片", id="缺"),
        pytest.param(PAPERS, "还差照片", id="差"),
        pytest.param(PAPERS, "照片丢了", id="丢"),
        pytest.param(PAPERS, "照片忘带了", id="忘"),
        pytest.param(PAPERS, "missing a photo", id="missing"),
        pytest.param(PAPERS, "I still need a photo", id="need"),
        pytest.param(PAPERS, "I lost the letter", id="lost"),
        pytest.param(PAPERS, "neither copy nor a photo", id="neither"),
        pytest.param(PAPERS, "除了照片都齐了", id="除了"),
        pytest.param(PAPERS, "everything but a photo", id="but"),
    ],
)
def test_what_is_missing_is_not_ticked(at: Step, text: str) -> None:
    """Who names what is missing has not got it."""
    assert ticked(at, text) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("原件有，照片没有", "letter", id="another-part"),
        pytest.param("没问题，照片带了", "photo", id="no-problem"),
        pytest.param("I went to get the letter", "letter", id="went"),
        pytest.param("they sent the letter", "letter", id="sent"),
        pytest.param("got payment and a photo", "photo", id="payment"),
        pytest.param("照片特别好", "photo", id="特别"),
    ],
)
def test_only_what_is_denied_is_unticked(text: str, kept: str) -> None:
    """A word that only looks like a negation, or denies something else, takes no tick away."""
    assert kept not in unticked(PAPERS, text)


@pytest.mark.parametrize("name", ["执业类别证明", "employment contract"])
def test_items_with_a_word_that_looks_like_a_negation(name: str) -> None:
    """An item whose name has letters of a negation in it is ticked when somebody has it."""
    at = step("papers", choice("on", "papers"), kind="checklist", items=(item("it", name),))

    assert ticked(at, f"我有{name}") == ["it"]
    assert unticked(at, f"没有{name}") == ["it"]


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(("收到了", "没", "照片", "photo", " ", "?", "2", "n't", "the")), max_size=12).map(
        "".join
    )
)
def test_any_text_is_looked_at(text: str) -> None:
    """No text makes any of it raise, and what is found belongs to the step."""
    cleaned = clean(text)
    found = find_choice(ANY_STEP, cleaned)
    items, _ = find_items(PAPERS, cleaned)

    assert found is None or found in ANY_STEP.choices
    assert all(one in PAPERS.items for one in items)
    assert means((key(cleaned),), cleaned)
    assert is_question(cleaned) in (True, False)
