"""Which questions count as alike: the same but for their writing."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.curation.likeness import BLOCK, leaders
from faq.text import Language, han_count


def language_of(text: str) -> Language:
    return "zh" if han_count(text) else "en"


def groups(*texts: str) -> int:
    """Return into how many groups the texts fall."""
    return len(set(leaders([(language_of(text), text) for text in texts])))


@pytest.mark.parametrize(
    "texts",
    [
        ("执业医师什么时候注册", "请问执业医师什么时侯注册呢？"),
        ("激活码收不到", "激活码收不倒", "激活吗收不到"),
        ("激活码一直收不到怎么办", "激活码收不到怎么办啊"),
        ("執業醫師什麼時候註冊", "执业医师什么时候注册"),
        ("忘记密码怎么办", "忘记密码了怎么办", "忘计密码怎么办?"),
        ("能不能跨省注册", "能跨省注册吗"),
        ("助理医师要不要注册", "助理医师要注册吗"),
        ("执业证书丢了怎么补办", "执业证书丢了怎么补半", "职业证书丢了怎么补办"),
        ("电子证照在哪里下载", "电子证照在那里下载"),
        ("您好，老师，请问一下变更注册要等多久", "变更注册要等多久呀"),
        ("how long does activation take", "how long does activaton take"),
        ("when can I register", "whne can i register?", "when can I registr please"),
        ("I lost my certificate, what now", "i lost my certifcate what now"),
        ("where do I download the licence", "where do I downlaod the license"),
        ("can an assistant register", "can an asistant register", "Can assistants register?"),
        ("my activation code didn't arrive", "my activation code didnt arrive"),
        ("do I need a medical check-up", "do i need a medical checkup"),
    ],
    ids=lambda texts: texts[0],
)  # fmt: skip
def test_another_writing_is_the_same_question(texts: tuple[str, ...]) -> None:
    """Typing errors, homophones, traditional characters, politeness and small words make no other question."""
    assert groups(*texts) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("执业医师什么时候注册", "执业医师在哪里注册", "执业医师怎么注册", "执业医师为什么注册"),
        ("执业医师什么时候注册", "助理医师什么时候注册"),
        ("首次注册要什么材料", "变更注册要什么材料", "注销注册要什么材料", "重新注册要什么材料"),
        ("激活码收到了怎么办", "激活码没收到怎么办"),
        ("12月注册好还是1月", "11月注册好还是1月"),
        ("一年后注册可以吗", "两年后注册可以吗"),
        ("助理医师可以注册吗", "助理医师必须注册吗"),
        ("口腔执业医师注册需要什么材料", "中医执业医师注册需要什么材料"),
        ("注册要多久", "注册要多少钱"),
        ("注册之前要体检吗", "注册之后要体检吗"),
        ("身份证丢了怎么办", "毕业证丢了怎么办"),
        ("医师资格证书遗失补办", "医师执业证书遗失补办"),
        ("怎么改手机号", "怎么改邮箱"),
        ("跨省怎么变更注册", "怎么变更注册"),
        ("幼师证怎么考", "厨师证怎么考"),
        ("when can I register", "where can I register", "how can I register", "why can I register"),
        ("can I register in December", "can I register in January"),
        ("can an assistant register", "can a physician register"),
        ("I forgot my password", "I forgot my username"),
        (
            "what documents does a dentist need for registering in the portal",
            "what documents does a surgeon need for registering in the portal",
        ),
        ("can I register with a degree", "can I register without a degree"),
        ("I received the code", "I have not received the code"),
        ("how long does it take to register", "how much does it cost to register"),
        ("must I register", "can I register"),
        ("can I register after 2 years", "can I register after 3 years"),
    ],
    ids=lambda texts: texts[0],
)
def test_one_telling_word_makes_another_question(texts: tuple[str, ...]) -> None:
    """Questions that share most of their words are different where one that matters differs."""
    assert groups(*texts) == len(texts)


def test_languages_are_kept_apart() -> None:
    """The same letters in two languages are two questions: they go into different phrasings."""
    assert leaders([("zh", "app"), ("en", "app"), ("zh", "APP")]) == [0, 1, 0]


def test_the_earliest_question_leads() -> None:
    """A question that is like two others is in the group of the earlier one, and an exact copy goes with its original."""
    texts = ["怎么改手机号", "激活码收不到", "激活码收不到呢", "怎么改邮箱", "激活码收不倒", "激活码收不到"]

    assert leaders([("zh", text) for text in texts]) == [0, 1, 1, 3, 1, 1]


def test_nothing_has_no_groups() -> None:
    """No questions are no groups, and texts without any word do no harm."""
    assert leaders([]) == []
    assert leaders([("zh", ""), ("en", "?!"), ("zh", "")])[0] == 0


def many(count: int) -> list[tuple[Language, str]]:
    """Return questions that repeat themselves with slips, over several blocks."""
    dice = random.Random(7)
    words = ["fax", "stamp", "ward", "ledger", "seal", "pension"]
    texts = []
    for _ in range(count):
        text = f"{dice.choice(words)} {dice.choice(words)} {dice.choice(words)} office"
        place = dice.randrange(len(text))
        texts.append(text if dice.random() < 0.5 else text[:place] + text[place + 1 :])
    return [("en", text) for text in texts]


def test_later_questions_change_no_earlier_group() -> None:
    """What leads a question does not depend on those asked after it, so the numbers of groups stay; also across blocks."""
    questions = many(2 * BLOCK + 100)
    whole = leaders(questions)

    for length in (1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 50):
        assert leaders(questions[:length]) == whole[:length]
    assert all(whole[leader] == leader for leader in whole)
    assert len(set(whole)) < len(questions) / 2


@given(st.lists(st.text(alphabet="激活码收不到吗没怎么在哪里 abcde?", max_size=12), max_size=12))
def test_any_texts_are_grouped(texts: list[str]) -> None:
    """Every leader leads itself and stands before those it leads; the same text is always in the same group."""
    found = leaders([(language_of(text), text) for text in texts])

    assert all(leader <= place and found[leader] == leader for place, leader in enumerate(found))
    assert len({(text, leader) for text, leader in zip(texts, found, strict=True)}) == len(set(texts))
