"""Terms: words of the lexicon, filler, families, pinyin inside English and spelling."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.corpus import Concept, Lexicon
from faq.features import (
    CHARACTERS,
    CONCEPT,
    FAMILY_WEIGHT,
    MAX_CORRECTIONS,
    PAIR,
    PIECE,
    SOUND,
    WORD,
    ConceptFinder,
    TermExtractor,
    WordFinder,
)
from faq.text import LANGUAGES, Sounds, clean, sound_table
from tests.faq_samples import LEXICON

SOUNDS = Sounds(sound_table())
ENGLISH = (
    "how", "can", "must", "may", "i", "do", "register", "registration", "assistant", "doctors", "get", "the",
    "activation", "code", "photo", "app", "nurse",
)  # fmt: skip


@pytest.fixture(name="extractor")
def _extractor() -> TermExtractor:
    return TermExtractor(LEXICON, SOUNDS, ENGLISH)


@pytest.fixture(name="finder")
def _finder() -> ConceptFinder:
    return ConceptFinder(LEXICON, SOUNDS)


def of_family(terms: tuple[str, ...], family: str) -> list[str]:
    """Return the terms of one family without their first character."""
    return [term[1:] for term in terms if term[0] == family]


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        pytest.param("激活|激活码", "激活码找谁要激活", "激活码 激活", id="longest-first"),
        pytest.param("ab|abc|abcd", "abcde abcd abc ab a", "abcd abc ab", id="longest-whole-word"),
        pytest.param("code|id", "codes idea video id", "id", id="inside-words-nothing"),
        pytest.param("code|activation code", "activation code, code", "activation code|code", id="several-words"),
        pytest.param("log in|log", "log into log", "log|log", id="falls-back-to-the-shorter"),
        pytest.param("app", "用app注册app", "app app", id="latin-beside-chinese"),
        pytest.param("e-mail|3d|c#", "e-mail 3d c# c#x xe-mail", "e-mail 3d c# c#", id="marks-and-digits"),
        pytest.param("助理|理医", "助理医", "助理", id="no-overlap"),
        pytest.param("[a]|^b|-c|]d|\\e", "[a] ^b -c ]d \\e [^-]", "[a] ^b -c ]d \\e", id="characters-of-patterns"),
        pytest.param("执业助理|执业医", "执业医师", "执业医", id="second-of-one-start"),
        pytest.param("", "anything", "", id="no-words"),
        pytest.param("code", "", "", id="empty-text"),
    ],
)
def test_word_finder(words, text, found):
    """Words are found from left to right, the longest first, Latin words only as a whole."""
    finder = WordFinder({word: f"<{word}>" for word in words.split("|")})
    spans = list(finder.find(clean(text)))

    assert [value for _, _, value in spans] == [f"<{word}>" for word in found.split("|" if "|" in found else None)]
    assert all(f"<{clean(text)[start:end]}>" == value for start, end, value in spans)


@settings(max_examples=50, deadline=None)
@given(
    st.sets(st.text(alphabet="ab 码注'-", max_size=4), max_size=6),
    st.text(alphabet="ab 码注'-", max_size=30),
)
@example({""}, "a")
def test_word_finder_yields_words_in_order(words, text):
    """What is found stands at its place, in order, without overlap."""
    done = 0
    for start, end, value in WordFinder({word: word for word in words}).find(text):
        assert done <= start < end
        assert text[start:end] == value
        done = end


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        pytest.param("激活码", ["activation-code"], id="chinese"),
        pytest.param("activation code", ["activation-code"], id="english"),
        pytest.param("激活码的码", ["activation-code", "code"], id="longest-then-shorter"),
        pytest.param("登記相片", ["register", "photo"], id="traditional"),
        pytest.param("passcode 忘了，口令", ["password", "password"], id="code-mix"),
        pytest.param("recoded", [], id="not-inside-a-word"),
        pytest.param("天气", [], id="none"),
        pytest.param("", [], id="empty"),
    ],
)
def test_concepts_join_languages_and_synonyms(finder, text, concepts):
    """Every word of a concept, in any language, stands for the concept."""
    assert finder.concepts(clean(text)) == concepts


@pytest.mark.parametrize(
    ("word", "concept"),
    [("zhuli", "assistant"), ("jihuoma", "activation-code"), ("zhaopian", "photo"), ("ma", None), ("xyz", None)],
    ids=["two", "three", "photo", "single-characters-are-too-short", "no-pinyin"],
)
def test_concepts_are_known_by_their_pinyin(finder, word, concept):
    """Chinese words of two characters and more are known by their sound."""
    assert finder.of_pinyin(word) == concept


def test_knows_the_words_of_the_lexicon(finder):
    """The words are known, their parts and the filler are not."""
    assert finder.knows("app")
    assert not finder.knows("ap")
    assert not finder.knows("please")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("请问激活码", "激活码", id="before"),
        pytest.param("激活码，麻烦", "激活码", id="after"),
        pytest.param("照片改一下吗", "照片改 吗", id="inside"),
        pytest.param("excuse me, how do i register please?", "how do i register", id="english"),
        pytest.param("could you tell me how", "how", id="longest"),
        pytest.param("pleased to meet you", "pleased to meet you", id="whole-words"),
        pytest.param("请问", "请问", id="nothing-else"),
        pytest.param("请问，麻烦一下！", "请问,麻烦一下!", id="nothing-but-filler"),
        pytest.param("?!", "?!", id="marks-only"),
        pytest.param("", "", id="empty"),
    ],
)
def test_filler_is_dropped(finder, text, left):
    """Words of politeness are dropped, unless nothing would be left."""
    assert finder.without_filler(clean(text)) == left


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["请问", "麻烦", "一下", "please", "excuse me", "码", "how", "?", "，", " "])).map("".join)
)
def test_without_filler_never_leaves_nothing(text):
    """A text with anything in it keeps something."""
    cleaned = clean(text)

    assert bool(ConceptFinder(LEXICON, SOUNDS).without_filler(cleaned)) == bool(cleaned)


def test_an_empty_lexicon_finds_nothing():
    """Without words there are no concepts and no filler."""
    finder = ConceptFinder(Lexicon(), SOUNDS)

    assert finder.concepts("激活码 code") == []
    assert finder.without_filler("请问激活码") == "请问激活码"
    assert finder.of_pinyin("zhuli") is None


def test_words_that_clean_to_nothing_are_left_out():
    """An emoji as a word of the lexicon stands for nothing."""
    finder = ConceptFinder(Lexicon((Concept("smile", {"zh": ("😀",)}),), {"en": ("😀",)}), SOUNDS)

    assert finder.concepts(clean("a 😀 b")) == []
    assert finder.without_filler(clean("a 😀 b")) == "a   b"


def test_chinese_terms_are_characters_sounds_and_concepts(extractor):
    """Chinese gives up to three characters and syllables in a row, and concepts."""
    terms = extractor.extract("注册码", "zh").terms

    assert of_family(terms, CHARACTERS) == ["注", "册", "码", "注册", "册码", "注册码"]
    assert of_family(terms, SOUND) == ["zu", "ce", "ma", "zu'ce", "ce'ma", "zu'ce'ma"]
    assert of_family(terms, CONCEPT) == ["register", "code"]


@pytest.mark.parametrize(
    ("text", "characters", "sounds"),
    [
        pytest.param("12月", "12 月", "12 yue", id="number"),
        pytest.param("用app", "用 app", "yon app", id="word-of-the-lexicon"),
        pytest.param("注册register", "注 册 register", "zu ce register", id="known-english"),
        pytest.param("注册shenqing", "注 册", "zu ce sen qin", id="pinyin-has-only-sound"),
        pytest.param("注册hello", "注 册 hello", "zu ce hello", id="other-letters"),
        pytest.param("", "", "", id="empty"),
    ],
)
def test_chinese_terms_of_what_is_not_chinese(extractor, text, characters, sounds):
    """Numbers and English words stand in the sequence as they are, typed pinyin only by its sound."""
    found = extractor.extract(text, "zh")

    assert of_family(found.terms, CHARACTERS)[: len(characters.split())] == characters.split()
    assert of_family(found.terms, SOUND)[: len(sounds.split())] == sounds.split()
    assert found.corrections == {}


def test_english_terms_are_words_pairs_pieces_and_concepts(extractor):
    """English gives words, pairs of words, pieces of words with the words' ends, and concepts."""
    found = extractor.extract("the app", "en")
    pieces = of_family(found.terms, PIECE)

    assert of_family(found.terms, CONCEPT) == ["app"]
    assert of_family(found.terms, WORD) == ["the", "app"]
    assert of_family(found.terms, PAIR) == ["the app"]
    assert {"the", " th", "he ", " the", "the ", " the ", " app "} <= set(pieces)
    assert all(2 <= len(piece) <= 5 and (piece in " the " or piece in " app ") for piece in pieces)
    assert found.corrections == {}


@pytest.mark.parametrize(
    ("text", "words", "pairs"),
    [
        pytest.param("31 photo", ["31", "photo"], ["31 photo"], id="number"),
        pytest.param("photo 注册 app", ["photo", "app"], ["photo app"], id="without-chinese"),
        pytest.param("photo photo", ["photo", "photo"], ["photo photo"], id="repeated"),
        pytest.param("don't", ["don't"], [], id="apostrophe"),
        pytest.param("", [], [], id="empty"),
    ],
)
def test_english_terms_of_what_is_no_word(extractor, text, words, pairs):
    """Numbers count as words without pieces, Chinese characters do not count."""
    terms = extractor.extract(text, "en").terms

    assert of_family(terms, WORD) == words
    assert of_family(terms, PAIR) == pairs
    assert not any(piece.strip().isdigit() for piece in of_family(terms, PIECE))


def test_pinyin_terms_are_the_sounds_of_the_characters(extractor):
    """Typed pinyin has the sound terms that the same words have in characters, and no others."""
    characters = extractor.extract("激活码", "zh").terms
    typed = extractor.extract_pinyin(SOUNDS.pinyin_of("jihuoma", frozenset())).terms

    assert of_family(typed, SOUND) == of_family(characters, SOUND)
    assert set(map(len, (of_family(typed, family) for family in FAMILY_WEIGHT if family != SOUND))) == {0}


@pytest.mark.parametrize("language", LANGUAGES)
def test_filler_adds_no_terms(extractor, language):
    """A text with politeness around it has the terms of the bare text."""
    polite = extractor.extract("请问 register 照片 please", language)

    assert polite == extractor.extract("register 照片", language)


@settings(max_examples=50, deadline=None)
@given(st.text(), st.sampled_from(LANGUAGES))
@example("zhuli registr 注册", "en")
@example("\n", "zh")
def test_every_term_belongs_to_a_family(text, language):
    """Whatever the text, its terms have known families, and the same text has the same terms."""
    extractor = TermExtractor(LEXICON, SOUNDS, ENGLISH)
    found = extractor.extract(clean(text), language)

    assert {term[0] for term in found.terms} <= set(FAMILY_WEIGHT)
    assert not any("\n" in term for term in found.terms)
    assert extractor.extract(clean(text), language) == found


def test_pinyin_words_of_the_lexicon_in_english(extractor):
    """A word of the lexicon typed in pinyin among English words stands for its concept, and is no unknown word."""
    found = extractor.extract("must zhuli do registration", "en")

    assert Counter(of_family(found.terms, CONCEPT)) == {"assistant": 1, "register": 1}
    assert of_family(found.terms, WORD) == ["must", "do", "registration"]


def test_pinyin_words_stay_beside_a_spelling_correction(extractor):
    """A concept typed in pinyin is kept when another word is corrected."""
    found = extractor.extract("must zhuli do registraton", "en")

    assert found.corrections == {"registraton": "registration"}
    assert set(of_family(found.terms, CONCEPT)) == {"assistant", "register"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("registraton", "registration", id="letter-missing"),
        pytest.param("regiister", "register", id="letter-too-many"),
        pytest.param("regsiter", "register", id="letters-swapped"),
        pytest.param("asistent", "assistant", id="two-errors"),
        pytest.param("aktivattionn", "activation", id="three-errors-in-a-long-word"),
        pytest.param("phot", "photo", id="short-word"),
        pytest.param("phto", "photo", id="short-word-inside"),
        pytest.param("fhota", None, id="two-errors-in-a-short-word"),
        pytest.param("reegxistr", None, id="too-many-errors"),
        pytest.param("cde", None, id="too-short"),
        pytest.param("codes", "code", id="inflected"),
        pytest.param("1234", None, id="number"),
        pytest.param("photo", None, id="known"),
        pytest.param("xylophones", None, id="no-relative"),
    ],
)
def test_spelling_is_corrected_within_its_distance(extractor, typed, meant):
    """An unknown word is read as a known one that is one to three letters away, by its length."""
    found = extractor.extract(typed, "en")

    assert found.corrections == ({typed: meant} if meant else {})
    assert of_family(found.terms, WORD) == [meant or typed]


@pytest.mark.parametrize(
    "text",
    [pytest.param("registraton", id="bare"), pytest.param("the 'registraton'", id="in-quotes")],
)
def test_a_corrected_word_finds_its_concept(extractor, text):
    """Concepts are looked for in the corrected text, wherever the word stands."""
    found = extractor.extract(text, "en")

    assert found.corrections == {"registraton": "registration"}
    assert of_family(found.terms, CONCEPT) == ["register"]


def test_corrections_have_a_budget(extractor):
    """Only so many unknown words are compared; known words, numbers and pinyin cost nothing."""
    strangers = [f"zzzz{letter}{letter}{letter}" for letter in "abcdefghijklmnop"][:MAX_CORRECTIONS]
    free = ["register", "2025", "zhuli"]

    within = extractor.extract(" ".join([*free, *strangers[1:], "registraton"]), "en")
    beyond = extractor.extract(" ".join([*free, *strangers, "registraton"]), "en")

    assert within.corrections == {"registraton": "registration"}
    assert beyond.corrections == {}
    assert "registraton" in of_family(beyond.terms, WORD)


def test_the_memory_of_corrections_is_bounded(extractor):
    """Corrections are remembered, but not without end."""
    extractor._corrected.update((f"unknown{number}", None) for number in range(20_001))

    assert extractor.extract("registraton", "en").corrections == {"registraton": "registration"}
    assert len(extractor._corrected) == 1


def test_nothing_is_corrected_without_english_words():
    """A corpus without English leaves English words as they are."""
    found = TermExtractor(Lexicon(), SOUNDS, ()).extract("registraton form", "en")

    assert found.corrections == {}
    assert of_family(found.terms, WORD) == ["registraton", "form"]
