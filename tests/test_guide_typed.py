"""Steps that ask for a date or a number: the typed answer, what is refused, and the numbers of offers above."""

from typing import TYPE_CHECKING

import pytest

from bot.texts import say
from faq.text import LANGUAGES, Language
from tests.guide_helpers import place, progress, run_of, shown, walk

if TYPE_CHECKING:
    from tests.conftest import Talk

Values = dict[Language, dict[str, str]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", ["obtained", "years"])
async def test_typed_step_is_not_numbered(talk: "Talk", language: Language, step: str) -> None:
    """Where a date or a number is typed, buttons have no numbers, and the words for them do not speak of numbers."""
    found = await walk(talk, step, language)
    unclear = await talk({"zh": "阿吧阿吧", "en": "blah blub"}[language])

    assert "[1]" not in shown(found)
    assert {"zh": "[不清楚]\n", "en": "[I do not know]\n"}[language] in shown(found)
    assert {"zh": "编号", "en": "number or its"}[language] not in shown(unclear)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2026年11月", "2026-11"), ("2025-3-7", "2025-03-07"), ("去年12月", "2025-12"), ("Nov 2024", "2024-11"), ("202611", "2026-11"), ("20250307", "2025-03-07"), ("今天", "2026-11-22")],
)  # fmt: skip
async def test_date(talk: "Talk", typed: str, kept: str) -> None:
    """A typed date is the answer, kept for all flows, and shown back in words."""
    await walk(talk, "obtained")
    await talk(typed)

    assert await place(talk) == "registered"
    assert (await progress(talk)).facts == {"obtained": kept}


@pytest.mark.parametrize(
    ("typed", "kept"), [("1", 1), ("20", 20), ("5年", 5), ("五年", 5), ("two years", 2), ("１２", 12)]
)
async def test_number(talk: "Talk", typed: str, kept: int) -> None:
    """A typed number is the answer itself, also where it could be that of a button."""
    await walk(talk, "years")
    await talk(typed)

    assert await place(talk) == "result"
    assert (await run_of(talk, "dates")).answers["years"] == kept


REFUSALS: list[tuple[str, str, str, Values]] = [
    ("obtained", "2027-1", "future", {"zh": {"date": "2027年1月"}, "en": {"date": "January 2027"}}),
    ("obtained", "2026-11-23", "future", {"zh": {"date": "2026年11月23日"}, "en": {"date": "23 November 2026"}}),
    ("obtained", "20271231", "future", {"zh": {"date": "2027年12月31日"}, "en": {"date": "31 December 2027"}}),
    ("obtained", "202712", "future", {"zh": {"date": "2027年12月"}, "en": {"date": "December 2027"}}),
    ("obtained", "1998-5", "too-early", {"zh": {"date": "1998年5月"}, "en": {"date": "May 1998"}}),
    ("obtained", "199805", "too-early", {"zh": {"date": "1998年5月"}, "en": {"date": "May 1998"}}),
    ("obtained", "2028", "future", {"zh": {"date": "2028年"}, "en": {"date": "2028"}}),
    ("obtained", "1990", "too-early", {"zh": {"date": "1990年"}, "en": {"date": "1990"}}),
    ("obtained", "2026-02-30", "impossible", {}),
    ("obtained", "11-20", "no-year", {}),
    ("obtained", "2026", "no-month", {}),
    ("obtained", "03/04/2026", "ambiguous", {}),
    ("years", "0", "too-small", {"zh": {"least": "1"}, "en": {"least": "1"}}),
    ("years", "-3", "too-small", {"zh": {"least": "1"}, "en": {"least": "1"}}),
    ("years", "21", "too-large", {"zh": {"most": "20"}, "en": {"most": "20"}}),
    ("years", "2026", "too-large", {"zh": {"most": "20"}, "en": {"most": "20"}}),
    ("years", "2.5", "not-whole", {}),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("refusal", REFUSALS, ids=[f"{reason}-{typed}" for _, typed, reason, _ in REFUSALS])
async def test_refused(talk: "Talk", language: Language, refusal: tuple[str, str, str, Values]) -> None:
    """A date or number that cannot be is refused with the reason, asked again, and nothing is kept of it."""
    step, typed, reason, values = refusal
    asked = await walk(talk, step, language)
    before = await progress(talk)
    (found,) = await talk(typed)

    first, *others = found.blocks
    assert first.texts == (say(language, f"refused-{reason}", **values.get(language, {})),)
    assert tuple(others) == asked[0].blocks
    assert (found.buttons, found.title, found.numbered) == (asked[0].buttons, asked[0].title, False)
    assert await progress(talk) == before


@pytest.mark.parametrize(
    "text", ["怎么弄", "蚂蚁怎么搬家？", "/topics", "/help", "/guides", "/progress", "/language", "系统几月开放？"]
)
async def test_typed_number_is_always_the_answer(talk: "Talk", text: str) -> None:
    """Where a number is asked for, a typed number is the answer, whatever buttons stand above; these have no numbers."""
    await walk(talk, "years")
    found = await talk(text)
    assert "[1]" not in shown(found)
    await talk("1")

    assert await place(talk) == "result"
    assert (await run_of(talk, "dates")).answers["years"] == 1


async def test_label_above_a_typed_step(talk: "Talk") -> None:
    """What is offered above the step can still be chosen by its label."""
    await walk(talk, "years")
    offer = (await talk("怎么弄"))[0].buttons[0]

    assert (await talk(offer.label))[0].title == offer.label
    assert await place(talk) == "years"
