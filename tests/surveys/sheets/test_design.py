from hypothesis import given
from hypothesis import strategies as st

from xiangli.surveys.sheets.design import Code, parse_payload, read_strip, strip_bits, survey_digest

CODES = st.builds(
    Code,
    campaign=st.from_regex(r"[A-Za-z0-9._-]{1,24}", fullmatch=True),
    version=st.integers(1, 999_999),
    sheet=st.integers(1, (1 << 20) - 1),
    page=st.integers(1, 12),
)


@given(CODES)
def test_payload_comes_back_as_it_went(code):
    assert parse_payload(code.payload()) == code


def test_payload_of_a_stranger_is_none():
    assert parse_payload("https://example.org/?q=XL1:a:1:1:1") is None
    assert parse_payload("XL1:a:1:1") is None


@given(CODES)
def test_strip_comes_back_as_it_went(code):
    assert read_strip(strip_bits(code)) == (code.sheet, code.page, survey_digest(code.campaign, code.version))


@given(CODES, st.integers(0, 47))
def test_strip_with_one_cell_misread_is_refused(code, cell):
    bits = strip_bits(code)
    bits[cell] ^= 1
    assert read_strip(bits) is None
