from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.money import parse_fen, yuan, yuan_short


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("3800", 380000), ("3,800元", 380000), ("¥1,200.50", 120050), ("￥ 5", 500), ("1.2万元", 1200000),
        ("12万", 12000000),
        ("１．２万元", 1200000), ("(300)", -30000), ("（300元）", -30000), ("-3.05", -305), ("5角", 50), ("7分", 7),
        ("0", 0),
        ("2千元整", 200000), ("1.05亿元", 10500000000), (12, 1200), (0.1, 10), (Decimal("3.50"), 350),
    ],
)  # fmt: skip
def test_sums_are_read_as_people_write_them(written, fen):
    assert parse_fen(written) == fen


@pytest.mark.parametrize(
    "written", ["", "三百", "3800左右", "1,20,0", "1.2.3", "元", "--3", "3元5角", "nan", "1e5", "inf"]
)
def test_what_is_no_sum_is_refused(written):
    with pytest.raises(ValueError, match="不是金额"):
        parse_fen(written)


def test_parts_of_a_fen_and_absurd_sums_are_refused():
    with pytest.raises(ValueError, match="分以下"):
        parse_fen("0.001")
    with pytest.raises(ValueError, match="太大"):
        parse_fen("999999999亿元")


@given(st.integers(-(10**15), 10**15), st.booleans())
def test_what_is_written_is_read_back(fen, grouped):
    assert parse_fen(yuan(fen, grouped=grouped)) == fen


def test_sums_are_written_for_people():
    assert yuan(123450) == "1,234.50"
    assert yuan(-380000) == "-3,800"
    assert yuan_short(99900) == "999元"
    assert yuan_short(1234500) == "1.23万元"
    assert yuan_short(1000000) == "1万元"
    assert yuan_short(1200000000) == "1,200万元"
