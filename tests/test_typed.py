"""Dates as people type them."""

import calendar
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from faq.text import clean
from flows.typed import Refused, parse_date
from tests.typed_cases import EARLIEST, TODAY, cases

MONTHS = list(calendar.month_name)
HAN = "〇一二三四五六七八九"


def han_year(year):
    return "".join(HAN[int(digit)] for digit in str(year))


def han(number):
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else HAN[tens] + "十") + (HAN[ones] if ones else "")


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
