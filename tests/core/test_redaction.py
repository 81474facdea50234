from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.redaction import (
    BLACKED_OUT,
    check_character,
    find_identity_numbers,
    is_identity_number,
    mask_mobile_numbers,
    redact,
)

WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
SPECIMEN = "11010519491231002X"  # the specimen of GB 11643-1999


@st.composite
def identity_numbers(draw):
    """18-character numbers of 410308, born on any day of 1900-2025."""
    born = draw(st.dates(date(1900, 1, 1), date(2025, 12, 31)))
    first = f"410308{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return first + check_character(first)


def test_the_specimen_of_the_standard_is_recognised():
    assert check_character("11010519491231002") == "X"
    assert is_identity_number(SPECIMEN)


words = st.text(alphabet="村民张三家 电话：，号a.", max_size=12)


@given(words, identity_numbers(), words, st.sampled_from(["", " ", "-", "　", "－"]), st.booleans(), st.booleans())
def test_numbers_are_blacked_out_however_they_are_typed(before, number, after, gap, wide, lower):
    typed = f"{number[:6]}{gap}{number[6:14]}{gap}{number[14:]}"
    typed = typed.lower() if lower else typed
    typed = typed.translate(WIDE) if wide else typed
    assert redact(f"{before}，{typed}，{after}") == (f"{before}，{BLACKED_OUT}，{after}", 1)


@given(st.lists(identity_numbers(), max_size=4))
def test_every_number_is_found_and_counted(numbers):
    text = "和".join(numbers)
    assert redact(text) == ("和".join([BLACKED_OUT] * len(numbers)), len(numbers))
    assert [text[start:end] for start, end in find_identity_numbers(text)] == numbers


@given(st.text(max_size=60))
def test_blacking_out_is_done_after_once(text):
    once, _ = redact(text)
    assert redact(once) == (once, 0)


def test_a_number_of_the_first_generation_is_found():
    assert redact("老证：410322 520917 261。") == (f"老证：{BLACKED_OUT}。", 1)


def test_a_mistyped_digit_does_not_let_a_number_through():
    assert redact("110105194912310021")[1] == 1


@pytest.mark.parametrize(
    "text",
    [
        "合同编号 2026060800012345",
        "卡号 6222021702001234567",  # a bank card: 19 digits
        "999999194912310021",  # no such province
        "电话 13803790000 0379-67120000",
        "410322991332261",  # the thirteenth month
        "1234567890123456789012345678901234567890",
    ],
)
def test_other_numbers_stay(text):
    assert redact(text) == (text, 0)


def test_mobile_numbers_are_masked_and_others_stay():
    assert mask_mobile_numbers("找于秀英 13803791234，138 0379 1234") == "找于秀英 138****1234，138 **** 1234"
    assert mask_mobile_numbers("0379-67121234 12803791234 138037912345") == "0379-67121234 12803791234 138037912345"
