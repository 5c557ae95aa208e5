"""What a person sees at a step: the text for them, the open choices, what is missing or was passed over, filled blanks."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.definition import Answer, Flow, Library, Passage
from flows.view import View, fill, format_answer, look, values_at
from tests.flow_samples import flow_of
from tests.flow_walks import NOW, Walk, choice, flow, step

LABELS: Mapping[str, Mapping[str, str]] = {
    "role": {"physician": "执业医师", "assistant": "助理医师"},
    "empty": {"one": ""},
}
ONLY = Passage("paragraph", ("only",), when={"role": ("assistant",)})
EITHER = Passage("paragraph", ("either",), when={"role": ("assistant", "physician")})
BOTH = Passage("paragraph", ("both",), when={"role": ("assistant",), "years": ("3",)})
NOT = Passage("paragraph", ("not",), unless={"role": ("assistant",)})
NOT_ANY = Passage("paragraph", ("not any",), unless={"role": ("assistant",), "years": ("3", "5")})
MIXED = Passage("paragraph", ("mixed",), when={"role": ("assistant",)}, unless={"years": ("3",)})


@pytest.fixture(name="letters")
def _letters(small_library: Library) -> Flow:
    return flow_of(small_library, "letters")


@pytest.fixture(name="dates")
def _dates(small_library: Library) -> Flow:
    return flow_of(small_library, "dates")


def seen(walk: Walk) -> View:
    return look(walk.flow, walk.run, walk.now, walk.known)


def texts(view: View, language: str = "zh") -> list[str]:
    return [text for passage in view.passages(language) for text in passage.texts]


@pytest.mark.parametrize(
    ("passage", "values", "expected"),
    [
        pytest.param(Passage("note", ("all",)), {}, True, id="no-condition"),
        pytest.param(ONLY, {"role": "assistant"}, True, id="when"),
        pytest.param(ONLY, {"role": "physician"}, False, id="when-another"),
        pytest.param(ONLY, {}, False, id="when-absent"),
        pytest.param(EITHER, {"role": "physician"}, True, id="when-one-of-a-list"),
        pytest.param(EITHER, {"role": "nurse"}, False, id="when-none-of-a-list"),
        pytest.param(BOTH, {"role": "assistant", "years": 3}, True, id="when-both"),
        pytest.param(BOTH, {"role": "assistant", "years": "3"}, True, id="when-a-number-as-text"),
        pytest.param(BOTH, {"role": "assistant", "years": 4}, False, id="when-only-one-of-both"),
        pytest.param(NOT, {"role": "physician"}, True, id="unless"),
        pytest.param(NOT, {"role": "assistant"}, False, id="unless-this"),
        pytest.param(NOT, {}, True, id="unless-absent"),
        pytest.param(NOT_ANY, {"role": "physician", "years": 5}, False, id="unless-one-of-a-list"),
        pytest.param(NOT_ANY, {"role": "physician", "years": 4}, True, id="unless-none-of-a-list"),
        pytest.param(MIXED, {"role": "assistant", "years": 4}, True, id="both-conditions"),
        pytest.param(MIXED, {"role": "assistant", "years": 3}, False, id="refused-although-allowed"),
    ],
)
def test_conditions(passage: Passage, values: Mapping[str, Answer], expected: bool) -> None:
    """A passage is for those whose values are all allowed and none refused; an absent value is none of any."""
    assert passage.applies(values) is expected


def test_the_text_is_for_the_person(letters: Flow) -> None:
    """What is only for some is shown to them alone, in either language."""
    assistant = seen(Walk(letters, {"role": "assistant"}).go("asked"))
    physician = seen(Walk(letters).go("asked", "physician"))

    assert texts(assistant) == ["等单位。", "助理等区县。"]
    assert texts(assistant, "en") == ["Wait.", "Assistants wait for the county."]
    assert texts(physician) == ["等单位。"]


def test_a_view_tells_where_one_is(letters: Flow) -> None:
    """A view holds the flow, the step and the run that it was made of."""
    walk = Walk(letters)
    view = seen(walk)

    assert (view.flow, view.step, view.run) == (letters, letters.at("ask"), walk.run)
    assert view.choices == letters.at("ask").choices
    assert (view.missing, view.skipped) == ((), ())


def test_choices_that_need_everything(letters: Flow) -> None:
    """A choice that needs the whole checklist is offered when all of it is ticked, and hidden again when it is not."""
    walk = Walk(letters).go("asked", "physician", "here")
    walk.tick("copy")

    assert seen(walk).missing == ("letter", "photo")
    assert [found.id for found in seen(walk).choices] == ["anyway"]

    walk.tick("photo", "letter")

    assert seen(walk).missing == ()
    assert [found.id for found in seen(walk).choices] == ["complete", "anyway"]

    walk.tick("copy", on=False)

    assert seen(walk).missing == ("copy",)
    assert [found.id for found in seen(walk).choices] == ["anyway"]


def test_the_questions_that_were_passed_over(letters: Flow) -> None:
    """The questions that were passed over just before the step are named, and only there."""
    walk = Walk(letters, {"role": "assistant"})

    assert seen(walk).skipped == ()

    walk.go("asked")

    assert seen(walk).skipped == (letters.at("role"),)

    walk.go("waiting")

    assert seen(walk).skipped == (letters.at("role"),)

    walk.go("here")

    assert seen(walk).skipped == ()


def test_several_questions_that_were_passed_over() -> None:
    """Several questions that were passed over in a row are named in their order; one that is gone is not."""
    asks = [
        step(name, choice("a", after), kind="choice", question=name)
        for name, after in (("one", "two"), ("two", "three"))
    ]
    three = step("three", choice("on", "end"))
    walk = Walk(flow("asks", *asks, three, step("end")), {"one": "a", "two": "a"})

    assert [found.id for found in seen(walk).skipped] == ["one", "two"]
    assert [found.id for found in look(flow("asks", asks[1], three), walk.run, NOW, {}).skipped] == ["two"]
    assert [found.id for found in look(flow("asks", asks[0], three), walk.run, NOW, {}).skipped] == []


def test_values(dates: Flow) -> None:
    """Values are the run's answers by step and the remembered ones by question; the remembered ones come first."""
    walk = Walk(dates, {"role": "assistant", "obtained": "2026-05"}).go("yes", ":3")
    step_of = dates.at("registered")
    run = walk.run

    assert values_at(step_of, run, NOW.date(), walk.known) == {
        "registered": "yes",
        "years": 3,
        "role": "assistant",
        "obtained": "2026-05",
    }
    assert values_at(step_of, run, NOW.date(), {"registered": "no"})["registered"] == "no"


def test_a_result_has_what_its_function_gives(dates: Flow) -> None:
    """At a step with a function its values are there too, and the text shown accordingly."""
    walk = Walk(dates, {"qualified": "2025-01-15", "obtained": "2026-05"}).go("no", ":3")
    view = seen(walk)

    assert (view.values["limit"], view.values["limit-state"], view.values["days-left"]) == ("2027-01-15", "soon", 54)
    assert [fill(text, view.values, {}, "zh") for text in texts(view)] == ["期限是2027年1月15日。", "还剩54天。"]
    assert [fill(text, view.values, {}, "en") for text in texts(view, "en")] == [
        "The limit is 15 January 2027.",
        "54 days left.",
    ]


def test_today_is_that_of_the_moment(dates: Flow) -> None:
    """What a result says depends on the day on which it is looked at."""
    walk = Walk(dates, {"qualified": "2024-11-21", "obtained": "2026-05"}).go("no", ":3")
    view = look(walk.flow, walk.run, NOW.replace(day=21), walk.known)

    assert view.values["days-left"] == 0
    assert seen(walk).values["days-over"] == 1
    assert texts(seen(walk)) == ["期限是{limit}。", "已经过了。"]


VALUES: Mapping[str, Answer] = {
    "role": "assistant",
    "empty": "one",
    "limit": "2028-11-20",
    "month": "2026-05",
    "days-left": 12,
    "one": 1,
    "none": 0,
}


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        pytest.param("plain", "plain", "plain", id="no-blank"),
        pytest.param("[{role}]", "[助理医师]", "[助理医师]", id="label"),
        pytest.param("[{empty}]", "[one]", "[one]", id="empty-label"),
        pytest.param("[{limit}]", "[2028年11月20日]", "[20 November 2028]", id="date"),
        pytest.param("[{month}]", "[2026年5月]", "[May 2026]", id="month"),
        pytest.param("[{days-left}]", "[12]", "[12]", id="number"),
        pytest.param("[{days-left|day}]", "[12]", "[12 days]", id="several"),
        pytest.param("[{one|day}]", "[1]", "[1 day]", id="one"),
        pytest.param("[{none|day}]", "[0]", "[0 days]", id="zero"),
        pytest.param("[{unknown}]", "[]", "[]", id="no-value"),
        pytest.param("[{unknown|day}]", "[]", "[]", id="no-value-with-unit"),
        pytest.param("{one}{one} {role}", "11 助理医师", "11 助理医师", id="several-blanks"),
        pytest.param("{Role} {} {a b}", "{Role} {} {a b}", "{Role} {} {a b}", id="no-blanks"),
    ],
)
def test_blanks(text: str, zh: str, en: str) -> None:
    """Blanks are filled with labels, dates and numbers as a person reads them; one without a value is left out."""
    assert fill(text, VALUES, LABELS, "zh") == zh
    assert fill(text, VALUES, LABELS, "en") == en


def test_what_is_filled_in_is_not_filled_again() -> None:
    """A value that looks like a blank is shown as it is."""
    assert fill("{a}", {"a": "{b}", "b": "no"}, {}, "en") == "{b}"


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        pytest.param("2026-11-20", "2026年11月20日", "20 November 2026", id="day"),
        pytest.param("2026-01-02", "2026年1月2日", "2 January 2026", id="no-zeros"),
        pytest.param("2026-11", "2026年11月", "November 2026", id="month"),
        pytest.param("2026-12", "2026年12月", "December 2026", id="december"),
        pytest.param(3, "3", "3", id="number"),
        pytest.param("physician", "physician", "physician", id="text"),
        pytest.param("", "", "", id="nothing"),
        pytest.param("2026", "2026", "2026", id="year"),
        pytest.param("2026-1-2", "2026-1-2", "2026-1-2", id="short"),
        pytest.param("on 2026-11-20", "on 2026-11-20", "on 2026-11-20", id="date-within"),
        pytest.param("2025-26", "2025-26", "2025-26", id="school-year"),
        pytest.param("2025-00", "2025-00", "2025-00", id="no-such-month"),
    ],
)
def test_answers_as_people_read_them(value: Answer, zh: str, en: str) -> None:
    """A loose date is written out; everything else is shown as it is."""
    assert format_answer(value, "zh") == zh
    assert format_answer(value, "en") == en


@given(st.dates(), st.booleans())
def test_every_date_is_written_out(day, whole: bool) -> None:
    """Any day or month is written out without leading zeros of its day, in both languages."""
    text = day.isoformat() if whole else day.isoformat()[:7]
    zh = f"{day.year}年{day.month}月" + (f"{day.day}日" if whole else "")

    assert format_answer(text, "zh") == zh
    assert format_answer(text, "en").endswith(f" {day.year}")
    assert format_answer(text, "en").startswith(f"{day.day} " if whole else day.strftime("%B"))


@given(
    st.text(max_size=30),
    st.dictionaries(st.sampled_from(("a", "b-c")), st.text(max_size=9) | st.integers()),
    st.sampled_from(("zh", "en")),
)
def test_any_text_is_filled(text: str, values: Mapping[str, Answer], language: str) -> None:
    """No text and no value makes filling raise, and what is no blank stays as it was."""
    plain = text.replace("{", "")

    assert fill("{a} {b-c|day}" + plain, values, {}, language).endswith(plain)
    assert len(fill(text + "{a}", {}, {}, language)) <= len(text)
