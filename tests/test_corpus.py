"""The corpus: lookup, menus and the order of phrasings."""

from dataclasses import FrozenInstanceError, replace
from typing import get_args

import pytest

from faq.corpus import BLOCK_KINDS, BlockKind, Corpus, Lexicon
from faq.text import LANGUAGES
from tests.faq_samples import CODE, CORPUS, PASSWORD, entry, small_talk, subject


def test_an_entry_is_found_by_its_id():
    """The id leads to the entry, an unknown id to nothing."""
    assert CORPUS.entry("forgot-password") is PASSWORD
    assert CORPUS.entry("missing") is None
    assert CORPUS.entry("") is None


@pytest.mark.parametrize(
    ("group", "ids"),
    [
        pytest.param("all", ["forgot-password", "activation-code"], id="by-order"),
        pytest.param("papers", ["photo"], id="one"),
        pytest.param("missing", [], id="unknown-group"),
    ],
)
def test_a_group_lists_its_entries(group, ids):
    """The entries of a group come in the order of its menu."""
    assert [found.id for found in CORPUS.in_group(group)] == ids


def test_entries_of_one_place_are_sorted_by_id():
    """Two entries with the same place in the menu stand in the order of their ids."""
    entries = tuple(entry(name, order=order) for name, order in (("b", 1), ("c", 0), ("a", 1)))

    assert [found.id for found in Corpus((), entries).in_group("all")] == ["c", "a", "b"]


def test_phrasings_come_in_the_order_of_the_corpus():
    """Entries come before subjects and small talk; questions and titles are phrasings too."""
    corpus = Corpus(
        groups=(),
        entries=(entry("e", zh=("问", "问二"), en=("ask",)), entry("f", en=("more", "more"))),
        subjects=(subject("s", zh=("题", "题二"), en=("title", "about")),),
        small_talk=(small_talk("t", zh=("嗨",), en=("hi", "hey")),),
    )

    assert list(corpus.phrasings("zh")) == [
        ("entry", "e", "问"),
        ("entry", "e", "问二"),
        ("subject", "s", "题"),
        ("subject", "s", "题二"),
        ("small-talk", "t", "嗨"),
    ]
    assert list(corpus.phrasings("en")) == [
        ("entry", "e", "ask"),
        ("entry", "f", "more"),
        ("entry", "f", "more"),
        ("subject", "s", "title"),
        ("subject", "s", "about"),
        ("small-talk", "t", "hi"),
        ("small-talk", "t", "hey"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_text_in_a_language_has_no_phrasing(language):
    """Entries, subjects and small talk without the language are passed over."""
    corpus = Corpus((), (entry("e"),), (subject("s"),), (small_talk("t"),))

    assert list(corpus.phrasings(language)) == []


def test_a_corpus_can_be_empty():
    """Nothing but groups and entries is needed, and there may be none."""
    corpus = Corpus((), ())

    assert corpus.lexicon == Lexicon((), {})
    assert corpus.entry("any") is None
    assert corpus.in_group("any") == ()


def test_values_are_frozen():
    """What curators wrote is not changed at run time, only copied with changes."""
    with pytest.raises(FrozenInstanceError):
        CODE.id = "other"  # type: ignore[misc]
    assert replace(CODE, id="other").texts is CODE.texts


def test_block_kinds_are_all_kinds():
    """The list for readers of files names every kind of block."""
    assert get_args(BlockKind) == BLOCK_KINDS
