"""Builds what the matcher compares with: the index of a corpus' phrasings, in the form in which it can be stored."""

from collections.abc import Mapping
from dataclasses import dataclass

from faq.corpus import Corpus
from faq.features import TermExtractor
from faq.index import Arrays, Label, build_view
from faq.text import LANGUAGES, Language, Sounds, clean, exact_key, sound_table, words


@dataclass(frozen=True, slots=True)
class Built:
    """What `build` makes of a corpus; it can be stored and given to `Matcher` again."""

    views: Mapping[Language, Arrays]
    cleaned: Mapping[Language, tuple[str, ...]]
    """The cleaned phrasings, in the order of the corpus."""
    exact: Mapping[str, int]
    """The label of every phrasing, by its tokens; phrasings of two labels are left out."""
    english: frozenset[str]
    """The words of the English phrasings."""
    sounds: Mapping[str, str]
    """The syllable of every Chinese character."""


def labels_of(corpus: Corpus) -> tuple[Label, ...]:
    """Return all labels: the entries first, then the out-of-scope subjects, then small talk."""
    areas = {area: number for number, area in enumerate(dict.fromkeys(subject.area for subject in corpus.subjects))}
    entries, talk = len(corpus.entries), len(corpus.entries) + len(areas)
    return (
        *(Label("entry", entry.id, number) for number, entry in enumerate(corpus.entries)),
        *(Label("subject", subject.id, entries + areas[subject.area]) for subject in corpus.subjects),
        *(Label("small-talk", kind.id, talk + number) for number, kind in enumerate(corpus.small_talk)),
    )


def build(corpus: Corpus) -> Built:
    """Build the index of a corpus: some seconds for some thousand phrasings."""
    labels = labels_of(corpus)
    position = {(label.kind, label.id): number for number, label in enumerate(labels)}
    owners = {
        language: [position[(kind, owner)] for kind, owner, _ in corpus.phrasings(language)] for language in LANGUAGES
    }
    cleaned = {language: tuple(clean(text) for _, _, text in corpus.phrasings(language)) for language in LANGUAGES}
    english = frozenset(word for text in cleaned["en"] for word in words(text))
    sounds = sound_table()
    extractor = TermExtractor(corpus.lexicon, Sounds(sounds), english)
    views = {
        language: build_view(
            [
                (label, extractor.extract(text, language).terms)
                for label, text in zip(owners[language], cleaned[language], strict=True)
            ],
            [label.output for label in labels],
        )
        for language in LANGUAGES
    }
    found: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for label, text in zip(owners[language], cleaned[language], strict=True):
            found.setdefault(exact_key(text), set()).add(label)
    exact = {key: next(iter(labels_of_key)) for key, labels_of_key in found.items() if key and len(labels_of_key) == 1}
    return Built(views, cleaned, exact, english, sounds)
