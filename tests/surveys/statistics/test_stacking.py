"""Villages stacked side by side give what they give one by one."""

import math

import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    StatisticsError,
    census,
    clustered,
    mean,
    simple_random,
    stack,
    stratified,
)
from xiangli.surveys.statistics.design import design


def villages():
    """Raked, raked to other levels, trimmed, regressed, not raked at all, clusters, strata, a census."""
    chance = np.random.default_rng(9)
    found = []
    for number in range(6):
        rows = 30 + 7 * number
        levels = ("a", "b", "c")[: 2 + number % 2]
        sex, age = chance.choice(["f", "m"], rows).tolist(), chance.choice(levels, rows).tolist()
        people = dict(zip(levels, np.linspace(300, 500, len(levels)), strict=True))
        margins = [Margin.of("age", age, people), Margin.of("sex", sex, {"f": sum(people.values()) - 300, "m": 300})]
        plain = simple_random(rows, population=sum(people.values()))
        if number == 3:
            raked = plain.rake(margins)
            found.append(raked.with_weights(np.minimum(raked.weights, 1.5 * raked.weights.mean())))
        else:
            found.append(plain.rake(margins, errors="calibrate" if number == 4 else "rake"))
    return [
        *found, simple_random(12, population=90), census(9, 20), stratified(list("aabbb"), {"a": 9, "b": 8}),
        clustered(list("aabbccd"), population=11, weights=[4.0] * 7),
    ]  # fmt: skip


def test_covariance_side_by_side_is_the_sum_of_the_villages():
    parts = villages()
    stacked = stack(parts)
    first, second = np.random.default_rng(2).normal(size=(2, len(stacked)))
    ends = np.cumsum([len(part) for part in parts])[:-1]
    for one, other in ((first, first), (first, second)):
        apart = zip(parts, np.split(one, ends), np.split(other, ends), strict=True)
        expected = math.fsum(part.covariance(a, a if one is other else b) for part, a, b in apart)
        assert stacked.covariance(one, other) == pytest.approx(expected, rel=1e-12)
    assert len(stacked._side_by_side) == 4  # alike: raked to two margins; trimmed; regressed; all the others


def test_single_unit_says_nothing_about_others():
    answers = np.array([3.0, 5.0, 8.0, 9.0])
    one = mean(simple_random(4, population=40), answers, np.array([True, False, False, False]))
    assert (one.value, one.low, one.high) == (3.0, -math.inf, math.inf)
    whole = mean(census(1, 1), [3.0])
    assert (whole.value, whole.low, whole.high) == (3.0, 3.0, 3.0)


def test_weight_that_is_not_positive_is_named_by_its_row():
    with pytest.raises(StatisticsError, match="第 2 份答卷的权数是 0，要是正数"):
        design(weights=[1.0, 0.0, 2.0], rows=3)
