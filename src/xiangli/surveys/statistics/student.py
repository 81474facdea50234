"""Quantiles of Student's t, so that intervals match R without needing SciPy.

Source: NIST Digital Library of Mathematical Functions, 8.17 (incomplete beta, continued fraction 8.17.22).
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_TINY = 1e-300


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function (modified Lentz), converged to the last bit."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    value = d
    for m in range(1, 10_000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + step / c
            c = c if abs(c) > _TINY else _TINY
            value *= c * d
        if abs(c * d - 1.0) < 1e-15:
            break
    return value


def _upper_tail(t: float, df: float) -> float:
    """P(T > t) for t >= 0."""
    a, b, x, y = df / 2.0, 0.5, df / (df + t * t), t * t / (df + t * t)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y or _TINY))
    if x < (a + 1.0) / (a + b + 2.0):
        return 0.5 * front * _beta_fraction(a, b, x) / a
    return 0.5 * (1.0 - front * _beta_fraction(b, a, y) / b)


@lru_cache(maxsize=4096)
def t_quantile(probability: float, df: float) -> float:
    """The value that a t variable with `df` degrees of freedom stays below with `probability`.

    `df` may be infinite (the normal). Accurate to about 1e-14 relative for df >= 1.
    """
    if not 0.0 < probability < 1.0 or not df > 0.0:
        raise ValueError(f"t_quantile needs 0 < probability < 1 and df > 0, not {probability!r}, {df!r}")
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1.0 - probability, df)
    if math.isinf(df):
        return NormalDist().inv_cdf(probability)
    if df == 1.0:
        return math.tan(math.pi * (probability - 0.5))
    if df == 2.0:
        return (2.0 * probability - 1.0) * math.sqrt(2.0 / (4.0 * probability * (1.0 - probability)))
    return _invert(1.0 - probability, df)


def _invert(tail: float, df: float) -> float:
    """Newton on log P(T > t) in log t, inside a bracket that is halved whenever a step leaves it."""
    density = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi)
    low, high = 0.0, 1.0
    while _upper_tail(high, df) > tail:
        low, high = high, high * 2.0
    t = NormalDist().inv_cdf(1.0 - tail)
    if not low < t < high:
        t = 0.5 * (low + high)
    for _ in range(200):
        here = _upper_tail(t, df)
        low, high = (t, high) if here > tail else (low, t)
        slope = math.exp(density - (df + 1) / 2 * math.log1p(t * t / df))
        step = t + here * math.log(here / tail) / slope
        step = step if low < step < high else 0.5 * (low + high)
        if abs(step - t) <= 4e-16 * t:
            return step
        t = step
    return t
