import pytest

from xiangli.core.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("007", 7), ("７", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", " 7", "²", "9" * 19, "9" * 5000])
def test_everything_else_and_endless_numbers_are_none(text):
    assert whole_number(text) is None
