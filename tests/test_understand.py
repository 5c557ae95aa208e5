"""Typed texts where a choice is expected: exact, near and contained words, negations, and what is never near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.text import clean
from flows.definition import Library
from flows.understand import find_choice, key, means
from tests.flow_samples import flow_of
from tests.flow_walks import choice, step


@pytest.fixture(name="taken")
def _taken(small_library: Library):
    """Return a function that tells which choice of a step of the small library a text is taken for."""

    def taken(flow_id: str, step_id: str, text: str) -> str | None:
        found = find_choice(flow_of(small_library, flow_id).at(step_id), clean(text))
        return found.id if found else None

    return taken


@pytest.mark.parametrize(
    ("step_id", "text", "expected"),
    [
        pytest.param("ask", "要了", "asked", id="label"),
        pytest.param("ask", "  要了。 ", "asked", id="spaces-and-full-stop"),
        pytest.param("ask", "要 了！！", "asked", id="space-between-characters"),
        pytest.param("ask", "I asked", "asked", id="english-label"),
        pytest.param("ask", "i ASKED.", "asked", id="case"),
        pytest.param("ask", "Ｉ　ａｓｋｅｄ", "asked", id="full-width"),
        pytest.param("ask", "I  asked 😊", "asked", id="emoji"),
        pytest.param("ask", "不给办", "refused", id="word-with-a-negation"),
        pytest.param("ask", "they said so", "refused", id="english-word"),
        pytest.param("ask", "單位不肯", "refused", id="traditional"),
        pytest.param("wait", "還在等", "waiting", id="traditional-shared-word"),
        pytest.param("wait", "沒收到", "waiting", id="traditional-negation"),
        pytest.param("papers", "齊了，交上去", "complete", id="punctuation-inside"),
        pytest.param("papers", "齐了交上去", "complete", id="punctuation-left-out"),
        pytest.param("papers", "齐了, 交上去!", "complete", id="other-punctuation"),
        pytest.param("papers", "没齐也先看", "anyway", id="negated-label"),
    ],
)
def test_exact_words(taken, step_id: str, text: str, expected: str) -> None:
    """A choice's label or word means it, whatever the punctuation, spaces, case or form of the characters."""
    assert taken("letters", step_id, text) == expected


@pytest.mark.parametrize(
    ("flow_id", "step_id", "text", "expected"),
    [
        pytest.param("letters", "ask", "下一步", "asked", id="next-zh"),
        pytest.param("letters", "ask", "go on", "asked", id="next-en"),
        pytest.param("letters", "trouble", "Done!", "again", id="next-elsewhere"),
        pytest.param("letters", "wait", "收到了", "here", id="have-zh"),
        pytest.param("letters", "wait", "Got it.", "here", id="have-en"),
        pytest.param("letters", "wait", "还在等", "waiting", id="wait-zh"),
        pytest.param("letters", "wait", "not yet", "waiting", id="wait-en"),
        pytest.param("dates", "registered", "是的", "yes", id="yes-zh"),
        pytest.param("dates", "registered", "yep", "yes", id="yes-en"),
        pytest.param("dates", "registered", "没有", "no", id="no-zh"),
        pytest.param("dates", "registered", "nope", "no", id="no-en"),
        pytest.param("letters", "papers", "下一步", None, id="next-where-no-choice-says-so"),
        pytest.param("letters", "ask", "收到了", None, id="have-where-no-choice-says-so"),
        pytest.param("letters", "wait", "是的", None, id="yes-where-no-choice-says-so"),
    ],
)
def test_shared_words(taken, flow_id: str, step_id: str, text: str, expected: str | None) -> None:
    """The shared words mean the choice that says so, and nothing at other steps."""
    assert taken(flow_id, step_id, text) == expected


@pytest.mark.parametrize(
    ("step_id", "text", "expected"),
    [
        pytest.param("wait", "stil waiting", "waiting", id="letter-left-out"),
        pytest.param("wait", "still wating", "waiting", id="another-letter-left-out"),
        pytest.param("wait", "sitll waiting", "waiting", id="letters-swapped"),
        pytest.param("wait", "gotit", "here", id="space-left-out"),
        pytest.param("wait", "it is heer", "here", id="letters-swapped-in-a-label"),
        pytest.param("wait", "还在等等", "waiting", id="character-too-many"),
        pytest.param("wait", "没有收到", "waiting", id="character-put-in"),
        pytest.param("papers", "hand then in", "complete", id="wrong-letter"),
        pytest.param("papers", "齐了，交上", "complete", id="character-left-out"),
        pytest.param("role", "phisician", "physician", id="misspelt"),
        pytest.param("role", "助理医生", None, id="one-of-four-characters-differs"),
        pytest.param("wait", "收倒了", None, id="one-of-three-characters-differs"),
    ],
)
def test_near_words(taken, step_id: str, text: str, expected: str | None) -> None:
    """A text with a slip means the choice that it is close to; one that differs too much means nothing."""
    assert taken("letters", step_id, text) == expected


@pytest.mark.parametrize(
    ("flow_id", "step_id", "text", "expected"),
    [
        pytest.param("letters", "wait", "我已经收到了", "here", id="around-it-zh"),
        pytest.param("letters", "wait", "I have already got it", "here", id="before-it-en"),
        pytest.param("letters", "wait", "等了好久还没到", "waiting", id="at-the-end"),
        pytest.param("letters", "wait", "信丢了，真倒霉", "lost", id="at-the-beginning"),
        pytest.param("letters", "wait", "还没收到", "waiting", id="negated-both"),
        pytest.param("dates", "registered", "已经注册了", "yes", id="label"),
        pytest.param("letters", "role", "我是执业医师", "physician", id="label-in-a-sentence"),
        pytest.param("letters", "role", "i am an assistant", "assistant", id="english-label-in-a-sentence"),
        pytest.param("letters", "wait", "昨天下午我去单位门卫室那里的时候终于收到了", None, id="much-else"),
    ],
)
def test_contained_words(taken, flow_id: str, step_id: str, text: str, expected: str | None) -> None:
    """A text that holds a choice's word, whole and with little else, means that choice."""
    assert taken(flow_id, step_id, text) == expected


@pytest.mark.parametrize(
    ("flow_id", "step_id", "text", "never"),
    [
        pytest.param("letters", "wait", "没收到", "here", id="没收到"),
        pytest.param("letters", "wait", "我没有收到了的信", "here", id="没有收到"),
        pytest.param("letters", "wait", "还不能说收到了", "here", id="不能说"),
        pytest.param("letters", "wait", "信没到", "here", id="信没到"),
        pytest.param("letters", "wait", "not yet", "here", id="not-yet"),
        pytest.param("letters", "wait", "not got it", "here", id="not-got-it"),
        pytest.param("letters", "wait", "haven't got it yet", "here", id="haven't"),
        pytest.param("letters", "wait", "havent got it", "here", id="havent"),
        pytest.param("letters", "wait", "I never got it", "here", id="never"),
        pytest.param("letters", "wait", "it is not here", "here", id="not-here"),
        pytest.param("letters", "wait", "it isn’t lost", "lost", id="isn't"),
        pytest.param("letters", "wait", "信没丢", "lost", id="没丢"),
        pytest.param("letters", "wait", "不用等了", "waiting", id="不用等"),
        pytest.param("letters", "wait", "not still waiting", "waiting", id="no-longer-waiting"),
        pytest.param("letters", "ask", "不要了", "asked", id="不要"),
        pytest.param("letters", "ask", "I have not asked", "asked", id="not-asked"),
        pytest.param("letters", "ask", "they didn't refuse", "refused", id="didn't-refuse"),
        pytest.param("letters", "role", "我不是执业医师", "physician", id="不是医师"),
        pytest.param("letters", "role", "not a physician", "physician", id="not-a"),
        pytest.param("letters", "papers", "没齐，不交上去", "complete", id="没齐"),
        pytest.param("letters", "papers", "don't hand them in", "complete", id="don't"),
        pytest.param("dates", "registered", "还没注册了", "yes", id="没注册"),
        pytest.param("dates", "registered", "未注册了", "yes", id="未注册"),
        pytest.param("dates", "registered", "没有", "yes", id="没有"),
        pytest.param("dates", "registered", "有", "no", id="有"),
        pytest.param("dates", "registered", "不对", "yes", id="不对"),
        pytest.param("dates", "registered", "no", "yes", id="no"),
        pytest.param("dates", "registered", "I am not", "yes", id="i-am-not"),
        pytest.param("dates", "registered", "I am", "no", id="i-am"),
        pytest.param("dates", "registered", "I am not sure", "no", id="not-sure"),
    ],
)
def test_negations_never_cross(taken, flow_id: str, step_id: str, text: str, never: str) -> None:
    """A text that denies something is not taken for the choice that says it, nor the other way round."""
    assert taken(flow_id, step_id, text) != never


@pytest.mark.parametrize(
    ("word", "text"),
    [
        pytest.param("I have an account", "I have no account", id="account"),
        pytest.param("account created", "account not created", id="account-not"),
        pytest.param("my account is not active", "my account is active", id="account-the-other-way-round"),
        pytest.param("it was sent", "it was not sent", id="sent"),
        pytest.param("they want it", "they don't want it", id="want"),
        pytest.param("an assistant", "not an assistant", id="assistant"),
        pytest.param("执业类别对", "执业类别不对", id="类别"),
    ],
)
def test_words_that_look_like_negations_are_none(word: str, text: str) -> None:
    """A word with the letters of a negation in it denies nothing, so that its denial is known as one."""
    at = step("any", choice("it", "any", word))

    assert find_choice(at, clean(text)) is None


@pytest.mark.parametrize(
    ("word", "text"),
    [
        pytest.param("complete", "incomplete", id="in-"),
        pytest.param("registered", "unregistered", id="un-"),
        pytest.param("an active account", "an inactive account", id="in-within"),
        pytest.param("i agree", "i disagree", id="dis-"),
        pytest.param("got it", "forgot it", id="for-"),
        pytest.param("已经提交了", "未经提交了", id="未"),
        pytest.param("交了2份材料", "交了3份材料", id="digits"),
        pytest.param("in the year 2025", "in the year 2026", id="years"),
        pytest.param("交了两份材料", "交了三份材料", id="chinese-numerals"),
        pytest.param("i have two copies", "i have ten copies", id="english-numerals"),
    ],
)
def test_the_opposite_and_other_numbers_are_never_near(word: str, text: str) -> None:
    """A text that says the opposite of a word, or another number, is close in letters only and not taken for it."""
    at = step("any", choice("it", "any", word))

    assert find_choice(at, clean(text)) is None


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        pytest.param(("是",), "是", True, id="one-character"),
        pytest.param(("是",), "是啊", False, id="with-one-more"),
        pytest.param(("有了",), "有哇", False, id="two-characters"),
        pytest.param(("有了",), "需有了解", False, id="two-characters-within-others"),
        pytest.param(("yes",), "yes", True, id="three-letters"),
        pytest.param(("yes",), "yea", False, id="three-letters-with-a-slip"),
        pytest.param(("yes",), "yes i can", False, id="three-letters-within-others"),
        pytest.param(("back",), "back", True, id="four-letters"),
        pytest.param(("back",), "bac", False, id="cut-to-three-letters"),
    ],
)
def test_short_words_only_exact(words: tuple[str, ...], text: str, expected: bool) -> None:
    """A very short word is understood to the letter only."""
    at = step("any", choice("it", "any", *words))

    assert (find_choice(at, clean(text)) is not None) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("收到了信丢了", id="two-choices"),
        pytest.param("got it, still waiting", id="two-choices-en"),
        pytest.param("it is here, it is lost", id="two-labels"),
        pytest.param("", id="nothing"),
        pytest.param("……！", id="punctuation"),
        pytest.param("👍", id="emoji"),
    ],
)
def test_ambiguous_texts_mean_nothing(taken, text: str) -> None:
    """A text that is as close to two choices, or says nothing, is none of them."""
    assert taken("letters", "wait", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("信丢了，真倒霉", "lost", id="first-part"),
        pytest.param("真倒霉，信丢了", "lost", id="last-part"),
        pytest.param("真倒霉；信丢了。怪我自己", "lost", id="part-between"),
        pytest.param("It is lost. Such a pity", "lost", id="sentence"),
        pytest.param("they took their time but it is here", "here", id="but"),
        pytest.param("问了好几次，但是收到了", "here", id="但是"),
        pytest.param("信丢了，信丢了", "lost", id="twice-the-same"),
        pytest.param("信到了，真好，收到了", "here", id="two-words-of-one-choice"),
        pytest.param("信到了，信丢了", None, id="two-choices"),
        pytest.param("还没到，信丢了", None, id="two-choices-one-denies"),
        pytest.param("it is here but it is lost", None, id="two-choices-en"),
        pytest.param("收到了，还在等", None, id="shared-words-of-two"),
        pytest.param("信丢了，怎么办", None, id="question-behind"),
        pytest.param("为什么信丢了，真倒霉", None, id="question-before"),
        pytest.param("真倒霉，怪我自己", None, id="no-part-means-any"),
        pytest.param("信没丢，真好", None, id="denial"),
    ],
)
def test_parts_of_a_sentence(taken, text: str, expected: str | None) -> None:
    """A sentence whose parts name one choice, and no other, means it; one that asks something means none."""
    assert taken("letters", "wait", text) == expected


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        pytest.param("收到激活码", "我已经收到激活码了", True, id="zh"),
        pytest.param("收到激活码", "单位刚才说收到激活码了，谢谢", True, id="zh-much-around"),
        pytest.param("收到激活码", "我没有收到激活码", False, id="zh-denied"),
        pytest.param("收到激活码", "朋友收到激活码了", False, id="zh-somebody-else"),
        pytest.param("收到激活码", "我已经收到激活码了吗", False, id="zh-question"),
        pytest.param("received the code", "yes, I have just received the code, thanks", True, id="en"),
        pytest.param("received the code", "we finally received the code today", True, id="en-other-words"),
        pytest.param("received the code", "I received the code of my friend", False, id="en-somebody-else"),
        pytest.param("received the code", "I have not received the code", False, id="en-denied"),
    ],
)
def test_words_around(word: str, text: str, expected: bool) -> None:
    """Words around a choice's own that change nothing do not hide it; others behind it do."""
    at = step("any", choice("it", "any", word), choice("not-yet", "any", "nothing of that"))

    assert (find_choice(at, clean(text)) == at.choices[0]) is expected


def test_one_of_two_like_choices() -> None:
    """Of two choices whose words are alike, a slip means neither, and the exact word its own."""
    at = step("any", choice("first", "any", "part one a"), choice("second", "any", "part one b"))

    assert find_choice(at, "part one") is None
    assert find_choice(at, "part one b") == at.choices[1]


def test_a_step_without_choices_takes_nothing() -> None:
    """At the end of a flow no text is a choice."""
    assert find_choice(step("end"), "收到了") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("back", True, id="exact"),
        pytest.param("Back!", True, id="case-and-mark"),
        pytest.param("上 一步。", True, id="spaces"),
        pytest.param("go back", False, id="more"),
        pytest.param("bakc", False, id="slip"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_shared_words_to_the_letter(text: str, expected: bool) -> None:
    """Words that steer are understood to the letter."""
    assert means(frozenset(("back", "上一步")), clean(text)) is expected


def test_where_there_are_no_words() -> None:
    """Where there are no words, nothing is one of them."""
    assert not means((), "back")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("齐了，交上去", "齐了 交上去。", id="marks"),
        pytest.param("go  on…", "Go on", id="spaces"),
        pytest.param("填 2 份", "填2份", id="space-beside-chinese"),
        pytest.param("snake_case", "snake case", id="underscore"),
    ],
)
def test_keys_leave_punctuation_out(one: str, other: str) -> None:
    """Two texts that differ in punctuation and spaces have the same key."""
    assert key(clean(one)) == key(clean(other)) != ""


def test_keys_keep_words_apart() -> None:
    """Words in Latin letters stay apart, so that two of them are not taken for another."""
    assert key("go on") != key("goon")
    assert key("1 2") != key("12")


@given(st.text(max_size=60))
def test_keys_are_stable(text: str) -> None:
    """The key of a key is that key."""
    once = key(clean(text))

    assert key(once) == once


@pytest.mark.parametrize(
    ("text", "province"),
    [("四川省", "sichuan"), ("成都", "sichuan"), ("我在成都", "sichuan"), ("Sichuan Province", "sichuan"), ("i am in chengdu", "sichuan"),
     ("haerbin", "heilongjiang"), ("Chad", None), ("shanxi province", "shanxi"), ("shaanxi province", "shaanxi")],
)  # fmt: skip
def test_a_province_is_known_by_its_full_name_and_its_capital(
    project_library: Library, text: str, province: str | None
) -> None:
    """Nothing is taken for a province that only sounds like one."""
    found = find_choice(project_library.questions["province"], clean(text))

    assert (found.id if found else None) == province
