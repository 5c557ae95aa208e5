"""Typed dates that cannot be taken and texts that are none; typed numbers; and whatever else may be typed."""

from datetime import date
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.text import clean
from flows.dates import first_day
from flows.typed import LONGEST, Refused, parse_date, parse_number
from tests.typed_cases import EARLIEST, TODAY, cases

LIMITS = {"least": "1", "most": "20"}


@pytest.mark.parametrize(
    ("text", "reason"),
    cases("""
        2026-13 -> impossible
        2026-00 -> impossible
        2026-02-30 -> impossible
        2025-02-29 -> impossible
        2026年11月31日 -> impossible
        2026年0月 -> impossible
        13月 -> impossible
        2月30日 -> impossible
        nov 31 -> impossible
        31/11 -> impossible
        31/31/2026 -> impossible
        202613 -> impossible
        20260230 -> impossible
        99/99 -> impossible
        十二月 -> no-year
        11月 -> no-year
        11月20日 -> no-year
        2月29日 -> no-year
        20号 -> no-year
        11-20 -> no-year
        11.20 -> no-year
        我是12月拿到的 -> no-year
        november -> no-year
        november 20 -> no-year
        20th november -> no-year
        in may -> no-year
        nov 26 -> no-year
        12月? -> no-year
        2026 -> no-month
        2026年 -> no-month
        25年 -> no-month
        二零二五年 -> no-month
        去年 -> no-month
        前年 -> no-month
        今年 -> no-month
        去年底 -> no-month
        去年年底 -> no-month
        2025年底 -> no-month
        25年底 -> no-month
        去年上半年 -> no-month
        去年秋天 -> no-month
        two years ago -> no-month
        两年前 -> no-month
        十二年前 -> no-month
        三个月前 -> no-month
        last year -> no-month
        in the year 2025 -> no-month
        late 2025 -> no-month
        03/04/2026 -> ambiguous
        3-4-2026 -> ambiguous
        12.5.2025 -> ambiguous
        26-11-20 -> ambiguous
        20/11/25 -> ambiguous
        1/2/26 -> ambiguous
    """),
)
def test_dates_that_cannot_be_taken(text, reason):
    """Whoever left something out, or typed a day that is none, is told what is wrong."""
    assert parse_date(clean(text), TODAY) == Refused(reason)


@pytest.mark.parametrize(
    ("text", "day"),
    cases("""
        2026-11-26 -> 2026-11-26
        2026-12 -> 2026-12
        2027-01 -> 2027-01
        2030年1月1日 -> 2030-01-01
        明天 -> 2026-11-26
        后天 -> 2026-11-27
        下个月 -> 2026-12
        明年 -> 2027
        明年3月 -> 2027-03
        2027 -> 2027
        今年12月 -> 2026-12
        tomorrow -> 2026-11-26
        next month -> 2026-12
        next year -> 2027
        next december -> 2026-12
        next march -> 2027-03
        next november -> 2027-11
        this december -> 2026-12
    """),
)
def test_dates_in_the_future(text, day):
    """What is still to come is refused with the date that was understood."""
    assert parse_date(clean(text), TODAY) == Refused("future", {"date": day})


@pytest.mark.parametrize(
    ("text", "day"),
    cases("""
        1998-12-31 -> 1998-12-31
        1998-12 -> 1998-12
        98年12月 -> 1998-12
        1998 -> 1998
        19900307 -> 1990-03-07
        may 1970 -> 1970-05
        1024年3月 -> 1024-03
    """),
)
def test_dates_before_the_first_exam(text, day):
    """What is before the first exam is refused with the date that was understood."""
    assert parse_date(clean(text), TODAY) == Refused("too-early", {"date": day})


def test_this_month_and_the_earliest_month_are_fine():
    """A month counts as a whole: this one though it goes on, and the earliest one though it began before."""
    earliest = date(2020, 5, 10)

    assert parse_date("2026-11", TODAY, earliest) == "2026-11"
    assert parse_date("2026-11-25", TODAY, earliest) == "2026-11-25"
    assert parse_date("2020-05", TODAY, earliest) == "2020-05"
    assert parse_date("2020-05-10", TODAY, earliest) == "2020-05-10"
    assert parse_date("2020-05-09", TODAY, earliest) == Refused("too-early", {"date": "2020-05-09"})
    assert parse_date("2020-04", TODAY, earliest) == Refused("too-early", {"date": "2020-04"})
    assert parse_date("2020", TODAY, earliest) == Refused("no-month")


NO_DATES = [
    "2024年12月注册和2025年1月注册有区别吗",
    "什么是电子化注册",
    "12月注册和1月注册有什么区别",
    "今年什么时候开始注册",
    "2025年12月注册要什么材料",
    "去年考过的今年还能注册吗",
    "今天能注册吗",
    "今天?",
    "今年注册",
    "when can i register in november 2026",
    "what is the deadline in december",
    "is it today",
    "may i ask something",
    "may i",
    "march off",
    "2年",
    "十二年",
    "3年制",
    "2年3个月",
    "11个月",
    "民国115年",
    "2020级",
    "2026年11月前",
    "2026年前",
    "不是去年12月",
    "还没拿到",
    "不知道",
    "忘了",
    "拿到了",
    "资格证书",
    "i don't know",
    "it was",
    "the",
    "11",
    "1",
    "三十",
    "一",
    "年底",
    "2026年十十月",
    "2025年11月-12月",
    "2025年11、12月",
    "2025年11~12",
    "2025/2026",
    "2024-2026",
    "去年或前年",
    "去年的今天",
    "nov/dec 2025",
    "mai 2026",
    "jum 2026",
    "mat 2026",
    "2025年十一月三○日",
    "2○25年12月",
    "2025年 十 二月",
    "2025年1 1月",
    "2026-11-20 10:30",
    "10:30",
    "今天10",
    "3.4.5",
    "192.168.1.1",
    "110101199003074514",
    "11010119900307451x",
    "110101 19900307 4514",
    "13812345678",
    "138 1234 5678",
    "138-1234-5678",
    "+86 13812345678",
    "010-12345678",
    "1234",
    "2580",
    "483920",
    "12345678",
    "a1b2c3",
    "x7k9-2026-11",
    "nhc2026@163.com",
    "password2026",
    "0年3月",
    "202511月",
    "2025年1120",
    "0000年11月",
    "120/80",
    "",
    " ",
    "?",
    "。。。",
    "----",
    "/",
    "年月日",
    "年",
    "😀",
    "привет 2026",
    "٢٠٢٦",
]


@pytest.mark.parametrize("text", NO_DATES, ids=[repr(text) for text in NO_DATES])
def test_texts_that_are_no_dates(text):
    """Questions, durations, ranges and numbers of other kinds are no dates."""
    assert parse_date(clean(text), TODAY) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3), ("3年", 3), ("3 年", 3), ("三年", 3), ("三", 3), ("两年", 2), ("二年", 2), ("一", 1), ("十年", 10), ("十", 10),
        ("十二年", 12), ("二十", 20), ("满5年", 5), ("5周年", 5), ("5个年头", 5), ("3个", 3), ("整5年", 5), ("大概要5年吧", 5),
        ("应该是三年", 3), ("我需要5年", 5), ("工作满5年的", 5), ("3 years", 3), ("1 year", 1), ("3yrs", 3), ("5y", 5), ("three", 3),
        ("Three years", 3), ("five full years", 5), ("twelve", 12), ("i think 5 years", 5), ("at least 3 years", 3),
        ("about five", 5), ("it's 5", 5), ("3.", 3), ("(3)", 3), ("3。", 3), ("５", 5), ("2.0", 2), ("020", 20), ("20", 20),
    ],
)  # fmt: skip
def test_numbers(text, number):
    """Numbers come in digits or words, with their unit and what people put around it."""
    assert parse_number(clean(text), 1, 20) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    cases("""
        半年 -> not-whole
        半 -> not-whole
        2.5 -> not-whole
        2.5年 -> not-whole
        二点五 -> not-whole
        两年半 -> not-whole
        一年半 -> not-whole
        2个半 -> not-whole
        half -> not-whole
        half a year -> not-whole
        two and a half years -> not-whole
        0.5 -> not-whole
        0 -> too-small
        零 -> too-small
        zero -> too-small
        -1 -> too-small
        -3年 -> too-small
        21 -> too-large
        99 -> too-large
        twenty-one years -> too-large
        twenty five -> too-large
        九十九 -> too-large
        100年 -> too-large
        2026 -> too-large
    """),
)
def test_numbers_that_cannot_be_taken(text, reason):
    """Numbers outside the limits and halves are refused with the limits."""
    assert parse_number(clean(text), 1, 20) == Refused(reason, LIMITS)


NO_NUMBERS = [
    "不知道", "要3年还是5年？", "要3年？", "几年", "2026年11月", "2026-11-20", "3到5年", "3-5", "1/2", "3 5", "3个月", "半个月", "两年多",
    "3年以上", "年", "要", "一百年", "十十", "several", "three or five", "oneself", "i do not know", "", "?", "...", "-", "13812345678",
    "110101199003074514", "12345", "a1b2", "1e3", "٣", "3 years 6 months", "😀",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS, ids=[repr(text) for text in NO_NUMBERS])
def test_texts_that_are_no_numbers(text):
    """Questions, ranges, dates and numbers of other kinds are no numbers."""
    assert parse_number(clean(text), 1, 20) is None


@pytest.mark.parametrize(
    "piece", ["2026年", "11", "二", "nov ", "去年", "是", "  ", "2026-11-20 ", "twenty ", "half ", "a", "?"]
)
def test_long_texts_are_quickly_none(piece):
    """A text of thousands of characters is nothing, and takes no time; nor does the longest one that is looked at."""
    begun = perf_counter()

    assert parse_date(piece * (5000 // len(piece)), TODAY) is None
    assert parse_number(piece * (5000 // len(piece)), 1, 20) is None
    parse_date((piece * LONGEST)[: LONGEST - 1] + "x", TODAY)
    parse_number((piece * LONGEST)[: LONGEST - 1] + "x", 1, 20)

    assert perf_counter() - begun < 1


PIECES = [
    "2026", "26", "11", "20", "1", "年", "月", "日", "号", "-", "/", ".", " ", ",", "~", ":", "?", "nov", "may", "last", "this", "next", "month",
    "year", "ago", "today", "去年", "上个月", "今天", "前", "天", "个", "十", "二", "〇", "半", "half", "three", "twenty", "th", "'", "of", "i", "是", "的",
    "星期", "底",
]  # fmt: skip
ANYTHING = st.one_of(st.text(max_size=100), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
@example("999个月前")
@example("999天前")
def test_any_text_gives_a_date_or_a_reason_or_nothing(text):
    """Whatever is typed, cleaned or not: what is taken is a date from the first exam to today."""
    for typed in (text, clean(text)):
        found = parse_date(typed, TODAY)

        if isinstance(found, str):
            assert EARLIEST <= first_day(found) <= TODAY
            assert len(found) in (7, 10)
        elif found is not None:
            assert set(found.values) <= {"date"}


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_any_text_gives_a_number_or_a_reason_or_nothing(text):
    """Whatever is typed, cleaned or not: what is taken is a number within the limits."""
    for typed in (text, clean(text)):
        found = parse_number(typed, 1, 20)

        if isinstance(found, int):
            assert 1 <= found <= 20
        elif found is not None:
            assert found.values == LIMITS
