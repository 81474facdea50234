from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.spoken import spoken_date, spoken_digits, spoken_integer, spoken_number, spoken_time

VALUES = {"零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}


def heard(text: str) -> int:
    """What a listener understands: the inverse, written independently by the rules of reading."""
    if text.startswith("负"):
        return -heard(text[1:])
    total = 0
    for name, size in (("万亿", 10**12), ("亿", 10**8), ("万", 10**4)):
        head, found, tail = text.partition(name)
        if found:
            total, text = total + heard(head or "一") * size, tail
    group, digit = 0, 0
    for character in text:
        if character in VALUES:
            digit = VALUES[character]
        else:
            group += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            digit = 0
    return total + group + digit


@given(st.integers(-(10**16) + 1, 10**16 - 1))
def test_spoken_integer_is_heard_as_the_number(number):
    assert heard(spoken_integer(number)) == number


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (0, "零"), (7, "七"), (10, "十"), (15, "十五"), (20, "二十"), (105, "一百零五"), (110, "一百一十"),
        (1001, "一千零一"),
        (2136, "二千一百三十六"), (10005, "一万零五"), (100000, "十万"), (110000, "十一万"), (100010000, "一亿零一万"),
        (200000005, "二亿零五"), (-3, "负三"),
    ],
)  # fmt: skip
def test_spoken_integer_reads_as_people_do(number, spoken):
    assert spoken_integer(number) == spoken


def test_spoken_integer_refuses_what_has_no_name():
    with pytest.raises(ValueError, match="太大"):
        spoken_integer(10**16)


def test_spoken_number_reads_decimals_digit_by_digit():
    assert spoken_number(Decimal("3.05")) == "三点零五"
    assert spoken_number(Decimal("12.50")) == "十二点五"
    assert spoken_number(Decimal("-0.5")) == "负零点五"


def test_telephone_numbers_say_yao_for_one():
    assert spoken_digits("0379-6712") == "零三七九六七幺二"


@pytest.mark.parametrize(
    ("at", "spoken"),
    [
        (time(8, 0), "上午八点"), (time(7, 30), "早上七点半"), (time(14, 0), "下午两点"),
        (time(12, 5), "中午十二点零五分"),
        (time(20, 45), "晚上八点四十五分"), (time(0, 0), "凌晨零点"), (time(2, 10), "凌晨两点十分"),
    ],
)  # fmt: skip
def test_times_are_read_with_their_part_of_the_day(at, spoken):
    assert spoken_time(at) == spoken


def test_dates_are_read_with_their_weekday():
    assert spoken_date(date(2026, 6, 8)) == "六月八日，星期一"
    assert spoken_date(date(2026, 10, 20), with_year=True) == "二零二六年十月二十日，星期二"
