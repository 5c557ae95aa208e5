"""Dates and numbers as people type them."""

import calendar
from datetime import date
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.text import clean
from flows.dates import first_day
from flows.typed import LONGEST, Refused, parse_date, parse_number

TODAY = date(2026, 11, 25)
EARLIEST = date(1999, 1, 1)
LIMITS = {"least": "1", "most": "20"}
MONTHS = list(calendar.month_name)
HAN = "〇一二三四五六七八九"


def han_year(year):
    return "".join(HAN[int(digit)] for digit in str(year))


def han(number):
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else HAN[tens] + "十") + (HAN[ones] if ones else "")


def cases(table):
    """Return the lines of a table "text -> expected" as parameters with ids."""
    pairs = [line.rsplit(" -> ", 1) for line in table.strip().splitlines()]
    return [pytest.param(text.strip(), expected.strip(), id=text.strip()) for text, expected in pairs]


@pytest.mark.parametrize(
    ("text", "loose"),
    cases("""
        2026年11月20日 -> 2026-11-20
        2026年11月20号 -> 2026-11-20
        2026 年 11 月 20 日 -> 2026-11-20
        ２０２６年１１月２０日 -> 2026-11-20
        2025年1月5日 -> 2025-01-05
        2026年11月20 -> 2026-11-20
        2026年11.20日 -> 2026-11-20
        2026-11-20日 -> 2026-11-20
        2026年11月 -> 2026-11
        2026年11月份 -> 2026-11
        2026年11 -> 2026-11
        2025年份12月份 -> 2025-12
        26年11月 -> 2026-11
        26年11月20日 -> 2026-11-20
        05年3月 -> 2005-03
        99年12月 -> 1999-12
        2026-11 -> 2026-11
        2026/11 -> 2026-11
        2026.11 -> 2026-11
        2026-11-20 -> 2026-11-20
        2026–11–20 -> 2026-11-20
        2026/11/20 -> 2026-11-20
        2026.11.20 -> 2026-11-20
        2026、11、20 -> 2026-11-20
        2026 11 20 -> 2026-11-20
        2026 11 -> 2026-11
        2025-1-5 -> 2025-01-05
        202611 -> 2026-11
        20261120 -> 2026-11-20
        11/2026 -> 2026-11
        5.2025 -> 2025-05
        13/04/2026 -> 2026-04-13
        04/13/2026 -> 2026-04-13
        03/03/2026 -> 2026-03-03
        5-13-25 -> 2025-05-13
        99-12-5 -> 1999-12-05
        12月2025年 -> 2025-12
        20号12月2025 -> 2025-12-20
        2026年元旦 -> 2026-01-01
        2026年元月 -> 2026-01
    """),
)
def test_dates_in_digits(text, loose):
    """Digits may come with Chinese units, with marks between them, or without anything."""
    assert parse_date(clean(text), TODAY) == loose


@pytest.mark.parametrize(
    ("text", "loose"),
    cases("""
        二〇二六年十一月二十日 -> 2026-11-20
        二零二五年十二月 -> 2025-12
        二○二五年十二月 -> 2025-12
        二○○九年三月 -> 2009-03
        二○一○年三月五日 -> 2010-03-05
        二0二五年十二月三十一日 -> 2025-12-31
        二o二五年十二月 -> 2025-12
        二五年十二月 -> 2025-12
        二零二五年一月一日 -> 2025-01-01
        二零二五 十一 二十 -> 2025-11-20
        二〇二六一一二〇 -> 2026-11-20
        2025年十二月十五 -> 2025-12-15
        二〇二四年一〇月三〇日 -> 2024-10-30
    """),
)
def test_dates_in_chinese_numerals(text, loose):
    """Chinese numerals are read digit by digit or with tens, with any of the signs for zero."""
    assert parse_date(clean(text), TODAY) == loose


@pytest.mark.parametrize(
    ("text", "loose"),
    cases("""
        Nov 2026 -> 2026-11
        nov. 2026 -> 2026-11
        November, 2026 -> 2026-11
        november 20, 2026 -> 2026-11-20
        November 20th, 2026 -> 2026-11-20
        november the 20th 2026 -> 2026-11-20
        20 nov 2026 -> 2026-11-20
        20-Nov-2026 -> 2026-11-20
        20nov2026 -> 2026-11-20
        20th of november 2026 -> 2026-11-20
        the 1st of march, 2026 -> 2026-03-01
        2nd may 2026 -> 2026-05-02
        3rd of June 2026 -> 2026-06-03
        2026 nov 20 -> 2026-11-20
        2026 nov -> 2026-11
        20 nov 25 -> 2025-11-20
        nov 20 25 -> 2025-11-20
        nov '25 -> 2025-11
        sept 2025 -> 2025-09
        sep 2025 -> 2025-09
        mar 2026 -> 2026-03
        may 2026 -> 2026-05
        jun 2026 -> 2026-06
        jul 2026 -> 2026-07
        friday 20 november 2026 -> 2026-11-20
        novmber 2025 -> 2025-11
        novemeber 2025 -> 2025-11
        decmber 2025 -> 2025-12
        dicember 2025 -> 2025-12
        febuary 2026 -> 2026-02
        janaury 2026 -> 2026-01
        marhc 2026 -> 2026-03
        apirl 2026 -> 2026-04
        jully 2026 -> 2026-07
        augst 2025 -> 2025-08
        setember 2025 -> 2025-09
        ocotber 2025 -> 2025-10
    """),
)
def test_dates_in_english(text, loose):
    """Months may be named in full, cut short, or with one slip; the day comes on either side."""
    assert parse_date(clean(text), TODAY) == loose


@pytest.mark.parametrize(
    ("text", "loose"),
    cases("""
        今天 -> 2026-11-25
        昨天 -> 2026-11-24
        昨日 -> 2026-11-24
        前天 -> 2026-11-23
        大前天 -> 2026-11-22
        3天前 -> 2026-11-22
        三十天前 -> 2026-10-26
        today -> 2026-11-25
        yesterday -> 2026-11-24
        the day before yesterday -> 2026-11-23
        two days ago -> 2026-11-23
        这个月 -> 2026-11
        本月 -> 2026-11
        本月5号 -> 2026-11-05
        上个月 -> 2026-10
        上月 -> 2026-10
        上上个月 -> 2026-09
        上个月20号 -> 2026-10-20
        上个月底 -> 2026-10
        last month -> 2026-10
        this month -> 2026-11
        the month before last -> 2026-09
        20th of last month -> 2026-10-20
        去年12月 -> 2025-12
        去年十二月 -> 2025-12
        去年的12月份 -> 2025-12
        去年12月5号 -> 2025-12-05
        去年 十二月 五号 -> 2025-12-05
        今年3月 -> 2026-03
        今年3月8日 -> 2026-03-08
        前年11月 -> 2024-11
        大前年11月 -> 2023-11
        12月，去年 -> 2025-12
        三年前12月 -> 2023-12
        last december -> 2025-12
        last decmber -> 2025-12
        last march -> 2026-03
        last november -> 2025-11
        past october -> 2026-10
        this past march -> 2026-03
        last november 20th -> 2025-11-20
        5th of last december -> 2025-12-05
        december last year -> 2025-12
        december of last year -> 2025-12
        last year in december -> 2025-12
        last year on the 5th of december -> 2025-12-05
        december 5 last year -> 2025-12-05
        this march -> 2026-03
        this november -> 2026-11
    """),
)
def test_dates_counted_from_today(text, loose):
    """Days, months and years may be named from today."""
    assert parse_date(clean(text), TODAY) == loose


@pytest.mark.parametrize(
    ("today", "text", "loose"),
    [
        pytest.param(date(2026, 1, 1), "昨天", "2025-12-31", id="yesterday"),
        pytest.param(date(2026, 1, 31), "上个月", "2025-12", id="last-month"),
        pytest.param(date(2026, 1, 31), "上上个月", "2025-11", id="month-before-last"),
        pytest.param(date(2026, 3, 31), "last month", "2026-02", id="short-month"),
        pytest.param(date(2024, 3, 1), "昨天", "2024-02-29", id="leap-day"),
        pytest.param(date(2026, 12, 1), "last december", "2025-12", id="december-in-december"),
        pytest.param(date(2026, 12, 1), "this december", "2026-12", id="this-december"),
        pytest.param(date(2026, 1, 1), "last december", "2025-12", id="december-in-january"),
        pytest.param(date(2028, 1, 1), "去年12月", "2027-12", id="other-year"),
        pytest.param(date(2045, 1, 1), "44年12月", "2044-12", id="two-digits-later"),
    ],
)
def test_today_is_an_argument(today, text, loose):
    """Over the ends of months and years, too."""
    assert parse_date(clean(text), today) == loose


@pytest.mark.parametrize(
    ("text", "loose"),
    cases("""
        我是去年12月考过的 -> 2025-12
        我是在2025年12月拿到的 -> 2025-12
        应该是2025年12月左右吧 -> 2025-12
        大概2025年12月 -> 2025-12
        好像是2025年12月取得资格证的 -> 2025-12
        2025年12月5日那天 -> 2025-12-05
        就是2025年12月5日。 -> 2025-12-05
        2026年11月20日下来的 -> 2026-11-20
        2025年12月拿证 -> 2025-12
        2025年12月通过的 -> 2025-12
        2025年12月发的证 -> 2025-12
        2025年考的，12月拿的证 -> 2025-12
        2025年12月5日注册 -> 2025-12-05
        2025年12月5日注册的 -> 2025-12-05
        注册时间：2025年12月 -> 2025-12
        发证日期: 2025-12-15 -> 2025-12-15
        2025年12月5日星期五 -> 2025-12-05
        2025/12/5（周五） -> 2025-12-05
        2025年12月5日上午 -> 2025-12-05
        大约2025年12月中旬 -> 2025-12
        2025年12月初 -> 2025-12
        2025年12月中 -> 2025-12
        2025年底12月 -> 2025-12
        今天拿到的 -> 2026-11-25
        2025年12月？ -> 2025-12
        2025年12月~ -> 2025-12
        “2025年12月” -> 2025-12
        it was in november 2025 -> 2025-11
        It's Nov 2025. -> 2025-11
        i got it in november 2025 -> 2025-11
        I got it in about November of 2025 -> 2025-11
        i think i passed in november 2025 -> 2025-11
        I've passed it on 5 Nov 2025 -> 2025-11-05
        maybe november 2025 -> 2025-11
        since november 2025 -> 2025-11
        around the 5th of november, 2025 -> 2025-11-05
        My certificate was issued on 5 Dec 2025 -> 2025-12-05
        i was registered in late november 2025 -> 2025-11
        november of the year 2025 -> 2025-11
        nov 2025? -> 2025-11
    """),
)
def test_words_around_a_date(text, loose):
    """What people put around a date is left aside."""
    assert parse_date(clean(text), TODAY) == loose


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


DAY_FORMS = {
    "iso": lambda day: day.isoformat(),
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dots": lambda day: f"{day.year}.{day.month}.{day.day}",
    "spaces": lambda day: f"{day.year} {day.month} {day.day}",
    "compact": lambda day: f"{day:%Y%m%d}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "chinese-spoken": lambda day: f"我是{day.year}年{day.month}月{day.day}号拿到的",
    "chinese-two-digits": lambda day: f"{day:%y}年{day.month}月{day.day}日",
    "chinese-numerals": lambda day: f"{han_year(day.year)}年{han(day.month)}月{han(day.day)}日",
    "chinese-ring": lambda day: f"{han_year(day.year).replace('〇', '○')}年{han(day.month)}月{han(day.day)}日",
    "english": lambda day: f"{day.day} {MONTHS[day.month]} {day.year}",
    "american": lambda day: f"{MONTHS[day.month]} {day.day}, {day.year}",
    "short": lambda day: f"{MONTHS[day.month][:3]}. {day.day} {day.year}",
    "ordinal": lambda day: f"the {day.day}th of {MONTHS[day.month]} {day.year}",
    "english-two-digits": lambda day: f"{day.day} {MONTHS[day.month][:3]} {day:%y}",
}
MONTH_FORMS = {
    "iso": lambda day: f"{day:%Y-%m}",
    "slash": lambda day: f"{day.year}/{day.month}",
    "month-first": lambda day: f"{day.month}/{day.year}",
    "compact": lambda day: f"{day:%Y%m}",
    "chinese": lambda day: f"{day.year}年{day.month}月",
    "chinese-spoken": lambda day: f"大概是{day.year}年{day.month}月份吧",
    "chinese-two-digits": lambda day: f"{day:%y}年{day.month}月",
    "chinese-numerals": lambda day: f"{han_year(day.year)}年{han(day.month)}月",
    "english": lambda day: f"{MONTHS[day.month]} {day.year}",
    "english-spoken": lambda day: f"I think it was in {MONTHS[day.month]} of {day.year}",
    "short": lambda day: f"{MONTHS[day.month][:3]} {day.year}",
    "slip": lambda day: f"{MONTHS[day.month]} {day.year}".replace("ber", "bre"),
}


@pytest.mark.parametrize("form", DAY_FORMS)
@settings(max_examples=60, deadline=None)
@given(day=st.dates(EARLIEST, TODAY))
@example(day=date(2024, 2, 29))
@example(day=date(2000, 10, 10))
@example(day=date(2020, 10, 30))
def test_a_day_in_each_form_is_read_back(form, day):
    """A day comes back from every form that it is written in."""
    assert parse_date(clean(DAY_FORMS[form](day)), TODAY) == day.isoformat()


@pytest.mark.parametrize("form", MONTH_FORMS)
@settings(max_examples=60, deadline=None)
@given(day=st.dates(EARLIEST, TODAY))
def test_a_month_in_each_form_is_read_back(form, day):
    """A month comes back from every form that it is written in."""
    assert parse_date(clean(MONTH_FORMS[form](day)), TODAY) == day.isoformat()[:7]


@settings(max_examples=60, deadline=None)
@given(day=st.dates(EARLIEST, TODAY), marks=st.sampled_from("/-. "))
def test_day_and_month_are_never_guessed(day, marks):
    """With the year last and no name, a day is taken only if there is no other reading."""
    found = parse_date(marks.join(map(str, (day.day, day.month, day.year))), TODAY)

    if day.day > 12 or day.day == day.month:
        assert found == day.isoformat()
    else:
        assert found == Refused("ambiguous")
