"""The edition of a day and a province: what is in force, which changes are made, whom to ask."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.corpus import Block, Change, ChangeText, Corpus, Entry, EntryText, Group, Scope, Window
from faq.edition import Expired, depends_on_province, edition, expired
from faq.text import LANGUAGES, Language

DAY = date(2026, 12, 1)
BEFORE, AFTER = DAY - timedelta(days=1), DAY + timedelta(days=1)
PROVINCES = ("sichuan", "hebei", "tibet")
ALWAYS, HERE = Scope(), Scope(provinces=("sichuan",))


def block(text: str) -> Block:
    return Block("paragraph", (text,))


def entry(
    name: str, *, scope: Scope = ALWAYS, varies: bool = False, related: tuple[str, ...] = (), group: str = "all"
) -> Entry:
    texts: dict[Language, EntryText] = {
        language: EntryText(f"{name}?", name, (block(name),), (), "Ask there." if varies else None)
        for language in LANGUAGES
    }
    return Entry(name, group, 1, texts, varies=varies, related=related, scope=scope)


def change(of: str, file: str, scope: Scope = ALWAYS, **text: object) -> Change:
    texts = dict.fromkeys(LANGUAGES, ChangeText(**text))  # type: ignore[arg-type]
    return Change(of, scope, texts, DAY, f"changes/{file}.yaml")


def window(text: str, scope: Scope = ALWAYS) -> Window:
    return Window(scope, dict.fromkeys(LANGUAGES, text))


def corpus(*entries: Entry, changes: tuple[Change, ...] = (), windows: tuple[Window, ...] = ()) -> Corpus:
    groups = tuple(Group(name, {}) for name in dict.fromkeys(found.group for found in entries))
    return Corpus(groups, entries, changes=changes, windows=windows)


def shown(given_corpus: Corpus, name: str = "one") -> list[str]:
    """Return what an entry says in English, its last line too."""
    found = given_corpus.entry(name)
    assert found is not None
    text = found.texts["en"]
    return [*(piece for part in text.answer for piece in part.texts), *filter(None, [text.local])]


@pytest.mark.parametrize(
    ("scope", "days"),
    [
        pytest.param(Scope(), {BEFORE, DAY, AFTER}, id="always"),
        pytest.param(Scope(valid_from=DAY), {DAY, AFTER}, id="from"),
        pytest.param(Scope(valid_until=DAY), {BEFORE, DAY}, id="until"),
        pytest.param(Scope(valid_from=DAY, valid_until=DAY), {DAY}, id="one-day"),
        pytest.param(Scope(valid_from=AFTER, valid_until=BEFORE), set(), id="never"),
    ],
)
def test_the_days_of_a_scope(scope: Scope, days: set[date]) -> None:
    """The first and the last day belong to it."""
    given_on = {day for day in (BEFORE, DAY, AFTER) if edition(corpus(entry("one", scope=scope)), day, None).entries}

    assert {day for day in (BEFORE, DAY, AFTER) if scope.holds_on(day)} == days
    assert given_on == days


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        pytest.param(Scope(), Scope(), True, id="everything"),
        pytest.param(Scope(valid_until=DAY), Scope(valid_from=DAY), True, id="one-day-in-common"),
        pytest.param(Scope(valid_until=BEFORE), Scope(valid_from=DAY), False, id="one-after-the-other"),
        pytest.param(HERE, Scope(provinces=("hebei",)), False, id="other-provinces"),
        pytest.param(HERE, Scope(provinces=("hebei", "sichuan")), True, id="one-province-in-common"),
        pytest.param(HERE, Scope(), True, id="a-province-and-everybody"),
    ],
)
def test_scopes_that_meet(one: Scope, other: Scope, meet: bool) -> None:
    """Two scopes meet when on some day, for somebody, both hold."""
    assert one.meets(other) is meet
    assert other.meets(one) is meet


def test_entries_of_other_provinces_are_left_out() -> None:
    """They are kept for somebody whose province is not known."""
    whole = corpus(entry("one", related=("two",)), entry("two", scope=HERE, group="other"))

    assert [found.id for found in edition(whole, DAY, "sichuan").entries] == ["one", "two"]
    assert [found.id for found in edition(whole, DAY, None).entries] == ["one", "two"]
    left = edition(whole, DAY, "hebei")
    assert [found.id for found in left.entries] == ["one"]
    assert left.entries[0].related == ()
    assert [group.id for group in left.groups] == ["all"]


def test_nothing_different_is_the_corpus_itself() -> None:
    """An edition costs nothing where nothing is limited."""
    whole = corpus(entry("one"), changes=(change("one", "a", HERE, note="n"),), windows=(window("w", HERE),))

    assert edition(whole, DAY, None) is whole
    assert edition(whole, DAY, "hebei") is whole


def test_changes_are_made_where_they_hold() -> None:
    """Those for a province only where it is known, those for a time only then."""
    whole = corpus(
        entry("one", varies=True),
        entry("two"),
        changes=(
            change("one", "a", HERE, note="Here."),
            change("one", "b", note="All."),
            change("one", "c", Scope(valid_from=AFTER), note="Later."),
        ),
    )

    assert shown(edition(whole, DAY, "sichuan")) == ["one", "Here.", "All.", "Ask there."]
    assert shown(edition(whole, DAY, "hebei")) == ["one", "All.", "Ask there."]
    assert shown(edition(whole, DAY, None)) == ["one", "All.", "Ask there."]
    assert shown(edition(whole, AFTER, None)) == ["one", "All.", "Later.", "Ask there."]
    given_entry = edition(whole, DAY, "sichuan").entry("one")
    assert given_entry is not None
    assert [part.kind for part in given_entry.texts["en"].answer] == ["paragraph", "note", "note"]
    assert edition(whole, DAY, "sichuan").entry("two") is whole.entry("two")


@pytest.mark.parametrize("turned", [False, True], ids=["province-first", "province-last"])
def test_what_is_for_the_province_goes_before(turned: bool) -> None:
    """Of several answers and last lines, the province's is given, in whatever order the files stand; notes stay."""
    changes = [
        change("one", "a", HERE, answer=(block("Sichuan"),), local="There."),
        change("one", "b", answer=(block("All"),), local="Everywhere.", note="Note."),
    ]
    whole = corpus(entry("one", varies=True), changes=tuple(reversed(changes) if turned else changes))

    assert shown(edition(whole, DAY, "sichuan")) == ["Sichuan", "Note.", "There."]
    assert shown(edition(whole, DAY, None)) == ["All", "Note.", "Everywhere."]


def test_a_change_in_one_language_leaves_the_other() -> None:
    """What is not said in a language stays as it is there."""
    only = Change("one", Scope(), {"zh": ChangeText(note="注意。")}, DAY, "changes/a.yaml")

    given_entry = edition(corpus(entry("one"), changes=(only,)), DAY, None).entry("one")
    assert given_entry is not None
    assert given_entry.texts["zh"].answer[-1] == Block("note", ("注意。",))
    assert given_entry.texts["en"].answer == (block("one"),)


def test_whom_to_ask() -> None:
    """The window of the province goes before the one for everybody; it stands where the rule varies, and nowhere else."""
    whole = corpus(
        entry("one", varies=True),
        entry("two"),
        windows=(window("All.", Scope(valid_until=DAY)), window("Sichuan.", HERE)),
    )

    assert edition(whole, DAY, "sichuan").contact == {"zh": "Sichuan.", "en": "Sichuan."}
    assert edition(whole, DAY, "hebei").contact == edition(whole, DAY, None).contact == {"zh": "All.", "en": "All."}
    assert edition(whole, AFTER, None).contact == {}
    assert whole.contact == {}
    assert shown(edition(whole, DAY, "sichuan")) == ["one", "Ask there. Sichuan."]
    assert shown(edition(whole, DAY, "sichuan"), "two") == ["two"]
    given_entry = edition(whole, DAY, None).entry("one")
    assert given_entry is not None
    assert given_entry.texts["zh"].local == "Ask there.All."  # no space between Chinese sentences


@pytest.mark.parametrize(
    ("whole", "depends"),
    [
        pytest.param(corpus(entry("one")), False, id="nothing-local"),
        pytest.param(corpus(entry("one"), changes=(change("one", "a", HERE, note="n"),)), True, id="change"),
        pytest.param(corpus(entry("one"), changes=(change("one", "a", note="n"),)), False, id="change-for-everybody"),
        pytest.param(corpus(entry("one"), changes=(change("one", "a", HERE),)), False, id="phrasings-only"),
        pytest.param(
            corpus(entry("one"), entry("two"), changes=(change("two", "a", HERE, note="n"),)), False, id="of-another-entry"
        ),
        pytest.param(
            corpus(entry("one"), changes=(change("one", "a", replace(HERE, valid_from=AFTER), note="n"),)),
            False,
            id="later",
        ),
        pytest.param(corpus(entry("one", varies=True), windows=(window("w", HERE),)), True, id="window"),
        pytest.param(corpus(entry("one"), windows=(window("w", HERE),)), False, id="window-where-nothing-varies"),
        pytest.param(corpus(entry("one", varies=True), windows=(window("w"),)), False, id="window-for-everybody"),
        pytest.param(
            corpus(
                entry("one", scope=Scope(provinces=("hebei",))), changes=(change("one", "a", HERE, note="n"),)
            ),
            False,
            id="where-the-entry-is-not-given",
        ),
        pytest.param(
            corpus(entry("one", scope=Scope(valid_until=BEFORE)), changes=(change("one", "a", HERE, note="n"),)),
            False,
            id="expired-entry",
        ),
        pytest.param(corpus(entry("two")), False, id="no-such-entry"),
    ],
)  # fmt: skip
def test_what_depends_on_the_province(whole: Corpus, depends: bool) -> None:
    """Only where another answer is given to somebody who tells their province."""
    assert depends_on_province(whole, "one", DAY) is depends


def test_what_has_expired() -> None:
    """Entries, changes and windows whose last day is over are named with that day."""
    past = Scope(valid_until=BEFORE)
    whole = corpus(
        entry("one"),
        entry("old", scope=past),
        changes=(change("one", "a", past, note="n"), change("one", "b", Scope(valid_until=DAY), note="n")),
        windows=(window("w", past), window("w", replace(past, provinces=("hebei", "tibet")))),
    )

    assert expired(whole, BEFORE) == []
    assert expired(whole, DAY) == [
        Expired("entry", "old", BEFORE),
        Expired("change", "changes/a.yaml", BEFORE),
        Expired("window", "everybody", BEFORE),
        Expired("window", "hebei, tibet", BEFORE),
    ]


NAMES = ("one", "two", "three")
LIMITS = st.one_of(st.none(), st.dates(BEFORE, AFTER))
SCOPES = st.builds(
    Scope, st.sets(st.sampled_from(PROVINCES), max_size=2).map(lambda found: tuple(sorted(found))), LIMITS, LIMITS
)
ENTRIES = st.tuples(
    *(st.builds(entry, st.just(name), scope=SCOPES, varies=st.booleans(), related=st.just(NAMES)) for name in NAMES)
)
CHANGES = st.lists(
    st.builds(
        change,
        st.sampled_from(NAMES),
        st.sampled_from("abc"),
        SCOPES,
        note=st.sampled_from([None, "note"]),
        answer=st.sampled_from([None, (block("other"),)]),
        local=st.sampled_from([None, "line"]),
    ),
    max_size=4,
).map(tuple)
WINDOWS = st.lists(st.builds(window, st.sampled_from(["w", "v"]), SCOPES), max_size=3).map(tuple)
CORPORA = st.builds(
    lambda entries, changes, windows: corpus(*entries, changes=changes, windows=windows), ENTRIES, CHANGES, WINDOWS
)


@settings(max_examples=80, deadline=None)
@given(CORPORA, st.sampled_from([BEFORE, DAY, AFTER]), st.sampled_from([None, *PROVINCES]))
def test_an_edition_holds_only_what_is_in_force(whole: Corpus, day: date, province: str | None) -> None:
    """Nothing else is in it or related to; all texts keep their question and phrasings."""
    found = edition(whole, day, province)

    ids = {kept.id for kept in found.entries}
    assert ids == {
        one.id for one in whole.entries if one.scope.holds_on(day) and (province is None or one.scope.is_for(province))
    }
    for kept in found.entries:
        old = whole.entry(kept.id)
        assert old is not None
        assert set(kept.related) <= ids
        assert kept.scope == old.scope
        for language, text in kept.texts.items():
            assert replace(text, answer=(), local=None) == replace(old.texts[language], answer=(), local=None)
            assert text.answer


@settings(max_examples=80, deadline=None)
@given(CORPORA, st.sampled_from([BEFORE, DAY, AFTER]))
def test_an_entry_depends_on_the_province_exactly_where_an_edition_differs(whole: Corpus, day: date) -> None:
    """The short way of telling agrees with comparing the editions of all provinces."""
    untold = edition(whole, day, None)
    told = [edition(whole, day, province) for province in PROVINCES]

    for one in whole.entries:
        mine = untold.entry(one.id)
        answers = [given_entry.texts for found in told if (given_entry := found.entry(one.id))]
        differs = mine is not None and any(texts != mine.texts for texts in answers)
        assert depends_on_province(whole, one.id, day) is differs
