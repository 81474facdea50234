import math

import pytest

from xiangli.surveys.statistics.student import t_quantile


@pytest.mark.parametrize(
    ("probability", "df", "expected"),
    [
        # closed forms: df 1, 2 and the normal; tables for the rest
        (0.975, 1, 12.706204736174707),
        (0.975, 2, 4.302652729749462),
        (0.975, 14, 2.144786687917804),
        (0.995, 30, 2.7499956535672),
        (0.975, math.inf, 1.959963984540054),
    ],
)
def test_t_quantile_matches_tables(probability, df, expected):
    assert t_quantile(probability, df) == pytest.approx(expected, rel=1e-12)
    assert t_quantile(1 - probability, df) == pytest.approx(-expected, rel=1e-12)


@pytest.mark.parametrize("probability", [0.5001, 0.6, 0.9, 0.975, 0.9999, 1 - 1e-9])
def test_t_quantile_inverts_the_closed_form_for_three_degrees(probability):
    x = t_quantile(probability, 3) / math.sqrt(3)
    assert 0.5 + (x / (1 + x * x) + math.atan(x)) / math.pi == pytest.approx(probability, rel=1e-14)


def test_t_quantile_refuses_what_has_no_meaning():
    for probability, df in [(0.0, 5), (1.0, 5), (0.9, 0), (0.9, -1)]:
        with pytest.raises(ValueError, match="t_quantile"):
            t_quantile(probability, df)
