"""Text: cleaning, language, tokens, sentences, the sound of Chinese and typed pinyin."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.text import (
    MAX_CHARACTERS,
    READINGS,
    Sounds,
    clean,
    fold_sound,
    han_count,
    is_han,
    language_of,
    sentences,
    sound_table,
    tokens,
    words,
)

SOUNDS = Sounds(sound_table())
ENGLISH = frozenset(
    ("can", "i", "men", "he", "the", "do", "register", "where", "how", "to", "doctor", "change", "name", "a", "code")
)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("", "", id="empty"),
        pytest.param("ＡＢＣ　１２３", "abc 123", id="full-width"),
        pytest.param("ﾃｽﾄ", "テスト", id="half-width-kana"),
        pytest.param("怎么注册？！（急）", "怎么注册?!(急)", id="full-width-marks"),
        pytest.param("Where DO I", "where do i", id="upper-case"),
        pytest.param("STRASSE Straße", "strasse strasse", id="sharp-s"),
        pytest.param("İD", "id", id="dotted-capital-i"),
        pytest.param("ﬁle ① Ⅳ", "file 1 iv", id="compatibility-forms"),
        pytest.param("執業醫師註冊", "执业医师注册", id="traditional"),
        pytest.param("皇后後面乾淨", "皇后后面干净", id="traditional-in-context"),
        pytest.param("豈⼀", "岂一", id="compatibility-characters"),
        pytest.param("résumé NAÏVE", "resume naive", id="accents"),
        pytest.param("zhùcè nǚ yīshī", "zhuce nu yishi", id="tone-marks"),
        pytest.param("e\u0301", "e", id="combining-accent"),
        pytest.param("tiếng", "tieng", id="accents-of-the-additional-block"),
        pytest.param("你好😀吗", "你好 吗", id="emoji-is-a-gap"),
        pytest.param("👍🏽👨‍👩‍👧 ok ❤️", "ok", id="emoji-sequences"),
        pytest.param("1️⃣", "1", id="keycap"),
        pytest.param("zhu\u200bce\u00ad\ufeff", "zhuce", id="zero-width"),
        pytest.param("\u202ezhuce\u200f", "zhuce", id="direction-marks"),
        pytest.param("a\x00b\x1bc", "abc", id="control-characters"),
        pytest.param("a\x7fb", "ab", id="delete-character"),
        pytest.param("a\x85b\ue000c", "abc", id="c1-and-private-use"),
        pytest.param("a\u00a0b\u3000c\td", "a b c d", id="spaces"),
        pytest.param("a\r\nb", "a\nb", id="line-break"),
        pytest.param("  a  ", "a", id="outer-spaces"),
        pytest.param("don’t don‘t donʼt don`t don＇t", " ".join(["don't"] * 5), id="apostrophes"),
        pytest.param("don´t", "don't", id="acute-accent-as-apostrophe"),
        pytest.param("привет Ω", "привет ω", id="other-scripts-stay"),
    ],
)
def test_clean_folds_what_means_the_same(text, cleaned):
    """Width, case, traditional forms, accents, emoji and invisible characters make no difference."""
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("\ud800", [], id="alone"),
        pytest.param("register \udcff now", ["register", "now"], id="inside"),
        pytest.param("注册\ude00", ["注", "册"], id="after-chinese"),
    ],
)
def test_clean_takes_lone_surrogates(text, found):
    """A lone surrogate, as broken JSON and terminals deliver it, is removed like any invisible character."""
    cleaned = clean(text)

    assert tokens(cleaned) == found
    assert not any("\ud800" <= character <= "\udfff" for character in cleaned)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * (MAX_CHARACTERS + 900), id="latin"),
        pytest.param("註" * (MAX_CHARACTERS + 900), id="chinese"),
        pytest.param("ﷺ" * MAX_CHARACTERS, id="grows-in-nfkc"),
    ],
)
def test_clean_keeps_to_the_limit(text):
    """A cleaned text has at most MAX_CHARACTERS characters, even when normalising makes it longer."""
    assert len(clean(text)) == MAX_CHARACTERS


def test_clean_looks_at_the_first_characters_only():
    """What stands behind the limit is not looked at."""
    assert clean(" " * MAX_CHARACTERS + "register") == ""
    assert clean("注册" + " " * MAX_CHARACTERS + "register") == "注册"


@settings(max_examples=50, deadline=None)
@given(st.text())
@example("乾坤")
@example("\u0345\u1e9e")
def test_clean_leaves_no_upper_case_and_no_control_characters(text):
    """Whatever comes in, what comes out is stripped, folded and printable."""
    cleaned = clean(text)

    assert cleaned == cleaned.strip()
    assert not any(character < " " and character != "\n" for character in cleaned)
    assert not any("A" <= character <= "Z" for character in cleaned)


@pytest.mark.parametrize(
    ("cleaned", "found"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("?!。", [], id="marks"),
        pytest.param("注册", ["注", "册"], id="characters"),
        pytest.param("how to register?", ["how", "to", "register"], id="words"),
        pytest.param("don't 'quote'", ["don't", "quote"], id="apostrophes"),
        pytest.param("app注册2025年", ["app", "注", "册", "2025", "年"], id="mixed"),
        pytest.param("covid19", ["covid", "19"], id="letters-and-digits"),
        pytest.param("㐀ok", ["㐀", "ok"], id="rare-character"),
        pytest.param("привет가", [], id="other-scripts"),
    ],
)
def test_tokens_are_characters_words_and_numbers(cleaned, found):
    """Chinese is cut into characters, the rest into words and numbers; other scripts are left out."""
    assert tokens(cleaned) == found
    assert words(cleaned) == [token for token in found if token[0].isascii() and not token.isdigit()]
    assert han_count(cleaned) == sum(map(is_han, found))


@pytest.mark.parametrize(
    ("token", "expected"),
    [("注", True), ("㐀", True), ("a", False), ("1", False), ("", False), ("が", False)],
    ids=["common", "rare", "latin", "digit", "empty", "kana"],
)
def test_is_han(token, expected):
    """Only Chinese characters are."""
    assert is_han(token) is expected


@pytest.mark.parametrize(
    ("cleaned", "language"),
    [
        pytest.param("怎么注册", "zh", id="chinese"),
        pytest.param("how to register", "en", id="english"),
        pytest.param("zenme zhuce", "en", id="pinyin-looks-english"),
        pytest.param("怎么用app", "zh", id="one-english-word"),
        pytest.param("注册 register", "zh", id="two-characters-weigh-one-word"),
        pytest.param("注册 register now", "en", id="more-english"),
        pytest.param("a注", "en", id="one-of-each"),
        pytest.param("", None, id="empty"),
        pytest.param("2025 ?!", None, id="no-letters"),
        pytest.param("привет", None, id="other-script"),
    ],
)
def test_language_of_goes_by_script(cleaned, language):
    """The language is that of the script with more words, None without any."""
    assert language_of(cleaned) == language


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("?!。。", [], id="marks-only"),
        pytest.param("怎么注册", ["怎么注册"], id="one"),
        pytest.param("一。二！三？四；五", ["一", "二", "三", "四", "五"], id="chinese-marks"),
        pytest.param("how? why! ok. fine; now", ["how", "why", "ok", "fine", "now"], id="english-marks"),
        pytest.param("one\n\ntwo", ["one", "two"], id="lines"),
        pytest.param("version 3.5 is out", ["version 3.5 is out"], id="number-with-dot"),
        pytest.param("cndocsys.cn is down. help", ["cndocsys.cn is down", "help"], id="host-name"),
        pytest.param("- 你好，。 再见~", ["你好", "再见"], id="stripped"),
        pytest.param("嗯……密码忘了", ["嗯", "密码忘了"], id="chinese-ellipsis"),
    ],
)
def test_sentences_end_at_marks_and_lines(text, found):
    """Sentences come without their marks, and empty ones are left out."""
    assert sentences(clean(text)) == found


def test_sound_table_holds_plain_syllables():
    """Every common character has a toneless syllable in plain letters."""
    table = sound_table()

    assert len(table) > 20_000
    assert all(syllable.isascii() and syllable.isalpha() and syllable.islower() for syllable in table.values())
    assert [table[character] for character in "注册医师爱儿"] == ["zhu", "ce", "yi", "shi", "ai", "er"]


@pytest.mark.parametrize(
    ("character", "syllable"), [("女", "nv"), ("律", "lv"), ("略", "lve")], ids=["nü", "lü", "lüe"]
)
def test_sound_table_writes_v_as_people_type_it(character, syllable):
    """The sound ü is v in the table, as people type it."""
    assert sound_table()[character] == syllable


@pytest.mark.parametrize(("character", "syllable"), READINGS.items(), ids=READINGS.values())
def test_readings_come_before_the_table(character, syllable):
    """A character with several readings has the one that this domain uses."""
    assert sound_table()[character] == syllable


def test_sound_table_is_read_once():
    """The table is the same object every time."""
    assert sound_table() is sound_table()


@pytest.mark.parametrize(
    ("syllable", "folded"),
    [
        ("zhu", "zu"), ("zhuang", "zuan"), ("chong", "con"), ("shi", "si"), ("sheng", "sen"), ("ling", "lin"),
        ("nv", "nu"), ("lve", "lue"), ("ce", "ce"), ("an", "an"), ("", ""), ("hao", "hao"),
    ],
)  # fmt: skip
def test_fold_sound_loses_what_typists_lose(syllable, folded):
    """zh/z, ch/c, sh/s and ng/n are one sound, and ü is u."""
    assert fold_sound(syllable) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("机", "激"), ("住", "注"), ("是", "四"), ("心", "星"), ("证", "怎")],
    ids=["same", "same-tone-apart", "sh-s", "n-ng", "zh-z-and-ng-n"],
)
def test_homophones_have_one_sound(one, other):
    """Characters that are typed alike have the same folded syllable."""
    assert SOUNDS.of(one) == SOUNDS.of(other)


def test_an_unknown_character_is_its_own_sound():
    """A character without a syllable stays as it is."""
    assert SOUNDS.of("㐀") == "㐀"


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        pytest.param("zhuce", ("zhu", "ce"), id="plain"),
        pytest.param("zhuceyishi", ("zhu", "ce", "yi", "shi"), id="long"),
        pytest.param("xian", ("xian",), id="xian-not-xi-an"),
        pytest.param("fangan", ("fan", "gan"), id="consonant-opens-the-next"),
        pytest.param("jiner", ("jin", "er"), id="er"),
        pytest.param("keneng", ("ke", "neng"), id="ke-neng-not-ken-eng"),
        pytest.param("liang", ("liang",), id="one-syllable"),
        pytest.param("nve", ("nve",), id="v"),
        pytest.param("lue", ("lue",), id="lue"),
        pytest.param("register", (), id="english"),
        pytest.param("zhucex", (), id="rest-over"),
        pytest.param("xi'an", (), id="apostrophe"),
        pytest.param("", (), id="empty"),
        pytest.param("a" * 64, ("a",) * 64, id="longest"),
        pytest.param("a" * 65, (), id="too-long"),
    ],
)
def test_cut_takes_the_fewest_syllables(word, parts):
    """A word is cut into as few syllables as possible, or not at all."""
    assert SOUNDS.cut(word) == parts


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(sorted(filter(SOUNDS.cut, set(sound_table().values())))), min_size=1, max_size=8))
def test_cut_loses_no_letter(syllables):
    """What was put together from syllables is cut again, into no more of them and without losing a letter."""
    parts = SOUNDS.cut("".join(syllables))

    assert "".join(parts) == "".join(syllables)
    assert len(parts) <= len(syllables)


def test_sounds_of_an_empty_table():
    """Without a table nothing has a sound, but what ü needs can still be cut."""
    sounds = Sounds({})

    assert sounds.of("注") == "注"
    assert sounds.cut("zhuce") == ()


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        pytest.param("zenme zhuce", "zen me zu ce", id="words"),
        pytest.param("zenmezhuce", "zen me zu ce", id="without-spaces"),
        pytest.param("ZEN ME ZHU CE?", "zen me zu ce", id="syllables"),
        pytest.param("zěnme zhùcè", "zen me zu ce", id="tone-marks"),
        pytest.param("nv yisheng", "nu yi sen", id="v-for-ü"),
        pytest.param("zhuce 2025 nian", "zu ce nian", id="number"),
        pytest.param("zhuce can", "zu ce can", id="one-known-word"),
        pytest.param("wo de dang'an", "wo de dan an", id="apostrophe-parts-syllables"),
        pytest.param("", "", id="empty"),
        pytest.param("2025", "", id="no-letters"),
        pytest.param("ma", "", id="too-short"),
        pytest.param("zhuce注册", "", id="chinese-characters"),
        pytest.param("where do i register", "", id="english"),
        pytest.param("can I men he", "", id="english-of-syllables"),
        pytest.param("can he change a name", "", id="english-of-longer-syllables"),
        pytest.param("wo yao zhuce hospital", "", id="too-little-pinyin"),
        pytest.param("zhuce can he change", "", id="too-much-english"),
        pytest.param("registration", "", id="unknown-english"),
    ],
)
def test_pinyin_of_tells_pinyin_from_english(text, syllables):
    """Letters are pinyin when nearly all can be cut and fewer than half stand in known English words."""
    assert SOUNDS.pinyin_of(clean(text), ENGLISH) == syllables.split()


def test_pinyin_of_depends_on_the_english_words():
    """The same letters are pinyin for a corpus that does not know them as English."""
    assert SOUNDS.pinyin_of("can i men he", frozenset()) == ["can", "men", "he"]


@pytest.mark.parametrize("text", ["team name", "hmm", "m n ng"])
def test_sounds_without_a_vowel_are_no_syllables(text):
    """The sounds of 呣 and 嗯 would make pinyin of English words."""
    assert SOUNDS.pinyin_of(text, ENGLISH) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("照片几张，另外密码忘了", ["照片几张", "另外密码忘了"], id="chinese"),
        pytest.param("which photos and how many copies", ["which photos", "how many copies"], id="english"),
        pytest.param("name and address", ["name and address"], id="no-question"),
        pytest.param("还有别的吗", ["还有别的吗"], id="at-the-start"),
    ],
)
def test_words_that_begin_another_question_part_sentences(text, parts):
    """In a chat nobody types full stops: "另外" or "and how" begins a sentence as well."""
    assert sentences(text) == parts
