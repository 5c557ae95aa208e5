"""A small corpus about registering as a doctor, built by hand, and gates that stay as they are."""

from collections.abc import Mapping
from dataclasses import fields, replace

from faq.corpus import (
    Block,
    Concept,
    Corpus,
    Entry,
    EntryText,
    Group,
    Lexicon,
    SmallTalk,
    SmallTalkText,
    Subject,
    SubjectText,
)
from faq.gates import Gates
from faq.matcher import TOP, Match, Verdict
from faq.text import LANGUAGES, Language

WEIGHTS: Mapping[str, float] = {
    "linear": 16.0,
    "nearest": 6.0,
    "centroid": 5.0,
    "fuzzy": 6.0,
    "scope": 3.0,
    "subject": 0.0,
    "small_talk": 0.0,
    "none": 5.0,
    "unknown": 2.0,
    "answer": 0.85,
    "suggest": 0.4,
}


def gates(**changes: float) -> Gates:
    """Return gates with every field filled: the given value, the usual one, or 0."""
    return Gates(**{field.name: changes.get(field.name, WEIGHTS.get(field.name, 0.0)) for field in fields(Gates)})


def both(**changes: float) -> dict[Language, Gates]:
    """Return the same gates for both languages."""
    return dict.fromkeys(LANGUAGES, gates(**changes))


def checked(corpus: Corpus, match: Match) -> Match:
    """Return the match after checking what holds for every match."""
    scores = [candidate.score for candidate in match.candidates]
    ids = [candidate.id for candidate in match.candidates]
    assert len(ids) <= TOP
    assert len(set(ids)) == len(ids)
    assert all(corpus.entry(entry_id) for entry_id in ids)
    assert all(0 <= score <= 1 for score in scores)
    assert len(match.answers) > 1 or scores == sorted(scores, reverse=True)
    assert bool(match.answers) is (match.verdict == "answer")
    assert match.answers == tuple(ids[: len(match.answers)])
    assert (match.small_talk is not None) is (match.verdict == "smalltalk")
    assert match.subject is None or match.verdict in ("suggest", "none")
    return match


def entry(entry_id: str, *, group: str = "all", order: int = 1, **phrasings: tuple[str, ...]) -> Entry:
    """Return an entry with its question and phrasings by language, the question first."""
    texts: dict[Language, EntryText] = {
        language: EntryText(
            question=phrasings[language][0],
            summary="",
            answer=(Block("paragraph", ("",)),),
            phrasings=phrasings[language][1:],
        )
        for language in LANGUAGES
        if language in phrasings
    }
    return Entry(entry_id, group, order, texts)


def subject(subject_id: str, *, area: str = "all", **phrasings: tuple[str, ...]) -> Subject:
    """Return a subject with its title and phrasings by language, the title first."""
    texts: dict[Language, SubjectText] = {
        language: SubjectText(phrasings[language][0], "", phrasings[language][1:])
        for language in LANGUAGES
        if language in phrasings
    }
    return Subject(subject_id, area, texts)


def small_talk(talk_id: str, **phrasings: tuple[str, ...]) -> SmallTalk:
    """Return a kind of small talk with its phrasings by language."""
    texts: dict[Language, SmallTalkText] = {
        language: SmallTalkText("", phrasings[language]) for language in LANGUAGES if language in phrasings
    }
    return SmallTalk(talk_id, texts)


CODE = entry(
    "activation-code",
    order=2,
    zh=("激活码怎么获取？", "激活码去哪里领", "激活码找谁要", "没有激活码怎么办", "激活码是单位给的吗"),
    en=(
        "How do I get the activation code?",
        "where do I get the activation code",
        "who gives me an activation code",
        "I have no activation code",
    ),
)
PASSWORD = entry(
    "forgot-password",
    order=1,
    zh=("忘记密码怎么办？", "密码忘了怎么找回", "登录密码想不起来了", "怎么重置密码"),
    en=(
        "What if I forgot my password?",
        "I forgot my password",
        "how can I reset the password",
        "cannot remember my login password",
    ),
)
DEADLINE = entry(
    "deadline",
    order=1,
    group="dates",
    zh=("注册截止时间是什么时候？", "最晚什么时候提交注册申请", "12月31日之前要办完吗", "注册几号截止"),
    en=(
        "When is the deadline for registration?",
        "what is the last day to register",
        "do I have to finish before 31 December",
        "registration deadline",
    ),
)
PHOTO = entry(
    "photo",
    order=1,
    group="papers",
    zh=("照片有什么要求？", "注册用的照片要几寸", "照片底色是白色还是蓝色", "上传照片的大小"),
    en=(
        "What photo is required?",
        "what size is the photo",
        "must the background of the photograph be white",
        "which picture do I upload",
    ),
)
ASSISTANT = entry(
    "assistant",
    order=2,
    group="dates",
    zh=("助理医师需要注册吗？", "执业助理医师要不要注册", "助理医师怎么注册"),
    en=(
        "Do assistant doctors have to register?",
        "must an assistant doctor register",
        "registration for assistants",
    ),
)
PENSION = subject(
    "pension",
    area="welfare",
    zh=("养老金和社保", "退休金怎么算", "社保断缴有影响吗", "养老保险怎么转移"),
    en=("Pension and social insurance", "how is my pension calculated", "can I move my social insurance"),
)
NURSE = subject(
    "nurse",
    area="professions",
    zh=("护士注册", "护士执业注册怎么办", "护士证丢了怎么补"),
    en=("Registration of nurses", "how do nurses renew a licence", "nurse licence lost"),
)
GREETING = small_talk("greeting", zh=("你好", "您好", "早上好", "在吗"), en=("hello", "good morning", "are you there"))
THANKS = small_talk("thanks", zh=("谢谢", "非常感谢", "谢谢你"), en=("thanks", "thank you very much", "thanks a lot"))

LEXICON = Lexicon(
    concepts=(
        Concept("activation-code", {"zh": ("激活码",), "en": ("activation code",)}),
        Concept("code", {"zh": ("码",), "en": ("code", "codes")}),
        Concept("password", {"zh": ("密码", "口令"), "en": ("password", "passcode")}),
        Concept("register", {"zh": ("注册", "登记"), "en": ("register", "registration")}),
        Concept("assistant", {"zh": ("助理", "执业助理"), "en": ("assistant", "assistants")}),
        Concept("photo", {"zh": ("照片", "相片"), "en": ("photo", "photograph", "picture")}),
        Concept("app", {"en": ("app",)}),
    ),
    filler={"zh": ("请问", "麻烦", "一下"), "en": ("please", "excuse me", "could you tell me")},
)

GROUPS = (
    Group("all", {"zh": "账号", "en": "Account"}),
    Group("dates", {"zh": "时间", "en": "Dates"}),
    Group("papers", {"zh": "材料", "en": "Papers"}),
)

CORPUS = Corpus(
    groups=GROUPS,
    entries=(CODE, PASSWORD, DEADLINE, PHOTO, ASSISTANT),
    subjects=(PENSION, NURSE),
    small_talk=(GREETING, THANKS),
    lexicon=LEXICON,
)


STORY_ZH = (
    "我去年考过了医师，今年刚到县医院上班，家里离医院很远，每天坐公交车。前几天人事科让我上网弄注册，"
    "我照着弄了半天，没有激活码，不知道激活码去哪里领，找谁要"
)
STORY_EN = (
    "Hello, I passed the exam last year and work in a small town with my husband. The office told me to do it online, "
    "and so I did, but now it says that I need something. Where do I get the activation code?"
)

WRITTEN: Mapping[str, tuple[str, Entry, Language]] = {
    "homophone": ("鸡活码怎么获取", CODE, "zh"),
    "homophones": ("机活码找谁药", CODE, "zh"),
    "homophones-and-southern-sounds": ("组册用的照篇要几村", PHOTO, "zh"),
    "pinyin-words": ("jihuoma zenme huoqu", CODE, "zh"),
    "pinyin-syllables": ("ji huo ma zen me huo qu", CODE, "zh"),
    "pinyin-without-spaces": ("jihuomazenmehuoqu", CODE, "zh"),
    "pinyin-with-tones": ("mìmǎ wàng le zěnme zhǎohuí", PASSWORD, "zh"),
    "southern-pinyin": ("zaopian yao ji cun", PHOTO, "zh"),
    "full-width": ("Ｉ　ｆｏｒｇｏｔ　ｍｙ　ｐａｓｓｗｏｒｄ", PASSWORD, "en"),
    "emoji": ("😭密码忘了😭怎么办🙏", PASSWORD, "zh"),
    "code-mix": ("激活code找谁要", CODE, "zh"),
    "english-word-in-chinese": ("deadline是什么时候", DEADLINE, "zh"),
    "pinyin-in-chinese": ("zhaopian要几寸", PHOTO, "zh"),
    "pinyin-in-english": ("how can zhuli doctors register", ASSISTANT, "en"),
    "spelling": ("forgot pasword", PASSWORD, "en"),
    "spelling-of-a-concept": ("how to get activaton code", CODE, "en"),
    "politeness": ("请问激活码去哪里拿，麻烦", CODE, "zh"),
    "greeting-and-thanks": ("你好，激活码找谁要？谢谢", CODE, "zh"),
    "traditional": ("助理醫師需要註冊嗎，謝謝", ASSISTANT, "zh"),
    "invisible-characters": ("激活\x00码\u200b怎么\u202e获取", CODE, "zh"),
    "capitals": ("RESET PASSWORD", PASSWORD, "en"),
    "story-zh": (STORY_ZH, CODE, "zh"),
    "story-en": (STORY_EN, CODE, "en"),
}
"""Ways in which people write: the message, what it asks, and its language."""

HOSTILE = {
    "empty": "",
    "spaces": " \t\r\n\u3000",
    "marks": "？！。，、…—～",
    "one-mark": ".",
    "nul": "\x00",
    "surrogate": "\ud800",
    "surrogates-in-text": "激活\udcff码 pass\ud83dword",
    "right-to-left": "\u202e\u2067\u200f",
    "arabic": "كيف أسجل",
    "ten-thousand-a": "a" * 10_000,
    "ten-thousand-characters": "注" * 10_000,
    "ten-thousand-words": "code " * 2_000,
    "unknown-words": " ".join(f"qq{number}xzw" for number in range(900)),
    "sentences": "激活？" * 1_300,
    "long-word": "pneumonoultramicroscopic" * 40,
    "long-pinyin": "zhuce" * 12 + " " + "zhuang" * 30,
    "ambiguous-pinyin": "xianianan" * 7,
    "pattern": "(.*)+[a-z]{3,}\\d$^|?(?!",
    "formats": "%s %n {0} {} ${x}",
    "markup": "<script>alert('激活码')</script>",
    "sql": "'; DROP TABLE entries; --",
    "digits": "0" * 5_000,
    "emoji": "😀" * 5_000,
    "combining": "a" + "\u0301" * 4_000,
    "growing": "ﷺ" * 5_000,
    "rare-characters": "㐀𠮷𪚥",
    "apostrophes": "'" * 100 + "a'" * 100,
    "line-separators": "a\u2028b\u2029c\x85d",
}

ONLY_ZH = Corpus((), (entry("e", zh=("激活码怎么获取", "激活码找谁要")),), lexicon=LEXICON)

CORPORA: Mapping[str, tuple[Corpus, str, Verdict]] = {
    "one-language": (ONLY_ZH, "激活码怎么获取啊", "answer"),
    "the-other-language": (ONLY_ZH, "how do I get the code", "none"),
    "a-word-of-the-other-language": (ONLY_ZH, "请问激活码 app 怎么获取啊，激活码", "answer"),
    "without-subjects": (replace(CORPUS, subjects=()), "忘记密码咋办", "answer"),
    "without-subjects-strange-text": (replace(CORPUS, subjects=()), "退休金", "none"),
    "without-small-talk": (replace(CORPUS, small_talk=()), "忘记密码咋办", "answer"),
    "without-small-talk-greeting": (replace(CORPUS, small_talk=()), "嗨喽", "none"),
    "entries-only": (Corpus((), CORPUS.entries), "忘记密码咋办", "answer"),
    "subjects-only": (Corpus((), (), (PENSION,)), "退休金怎么算。社保呢", "none"),
    "small-talk-only": (Corpus((), (), (), (GREETING,)), "你好。hello", "smalltalk"),
    "one-entry": (Corpus((), (CODE,)), "激活码在哪里领呢", "answer"),
    "empty": (Corpus((), ()), "激活码。password?", "none"),
    "no-texts": (Corpus((), (entry("e"),), (subject("s"),), (small_talk("t"),)), "激活码", "none"),
    "phrasings-without-words": (Corpus((), (entry("e", zh=("？",), en=("!",)),)), "激活码", "none"),
}
"""Corpora that lack something, a message, and what becomes of it."""
