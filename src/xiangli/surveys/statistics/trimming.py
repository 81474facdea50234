"""Trimming of weights and what unequal weights cost.

Source: Kish (1965), 11.2C; trimming as R's `survey::trimWeights`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .errors import StatisticsError
from .raking import Margin, Raked, rake

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def effective_size(weights: Sequence[float] | Floats) -> float:
    """Kish's effective sample size, (sum w)^2 / sum w^2: how many equally weighted answers these are worth."""
    import numpy as np

    array = np.asarray(weights, dtype=np.float64)
    if len(array) == 0:
        return 0.0
    return float(array.sum() ** 2 / (array**2).sum())


def trim_weights(
    weights: Sequence[float] | Floats, *, lower: float = 0.0, upper: float = float("inf"), strict: bool = True
) -> Floats:
    """Weights cut to [lower, upper]; what was cut is shared out equally among the others, so the sum stays.

    strict: repeat until nothing is outside. Raises StatisticsError where the sum cannot be kept within the bounds.
    """
    import numpy as np

    array = np.asarray(weights, dtype=np.float64).copy()
    if not lower < upper:
        raise StatisticsError(f"权数下限 {lower:g} 要小于上限 {upper:g}")
    size, tolerance = array.sum(), 1e-12 * max(1.0, float(np.abs(array).max(initial=0.0)))
    if not lower * len(array) <= size <= upper * len(array):
        raise StatisticsError(f"平均权数 {size / max(len(array), 1):g} 不在 {lower:g} 与 {upper:g} 之间，无法修剪")
    settled = np.zeros(len(array), dtype=bool)
    while (outside := ((array < lower - tolerance) | (array > upper + tolerance)) & ~settled).any():
        settled |= outside
        cut = np.clip(array, lower, upper)
        if settled.all():
            raise StatisticsError(f"权数不能都落在 {lower:g} 与 {upper:g} 之间而合计不变")
        cut[~settled] += (array - cut).sum() / (~settled).sum()
        array = cut
        if not strict:
            break
    return array


def rake_within(
    weights: Sequence[float] | Floats,
    margins: Sequence[Margin],
    *,
    ratio: float,
    tolerance: float = 1e-12,
    sweeps: int = 2000,
) -> Raked:
    """Raked weights none of which exceeds `ratio` times their mean: the nearest to `weights` that keep both.

    Proportional fitting with a ceiling (Deville & Särndal 1992, truncated exponential distance; R's
    `calibrate(calfun="raking", bounds=..., bounds.const=TRUE)`): each level's factor is the one with which its capped
    weights add up. Raises StatisticsError, naming the cell, where the margins can only be met by larger weights.
    """
    import numpy as np

    if ratio <= 1.0:
        raise StatisticsError("修剪倍数要大于 1")
    free = rake(weights, margins)
    cap = ratio * float(free.weights.mean())
    uncapped = free.weights.copy()
    worst = 0.0
    for sweep in range(1, sweeps + 1):
        for margin in margins:
            uncapped *= _capped_factors(uncapped, margin, cap)[margin.codes]
        fitted = np.minimum(uncapped, cap)
        worst = max(
            float((np.abs(np.bincount(m.codes, weights=fitted, minlength=len(m.totals)) - m.totals)).max())
            for m in margins
        ) / float(fitted.sum())
        if worst <= tolerance:
            return Raked(fitted, free.base, free.cells, sweep, worst)
    raise StatisticsError(f"权数不能同时满足边际又不超过平均的 {ratio:g} 倍：请放宽倍数或合并类别")


def _capped_factors(weights: Floats, margin: Margin, cap: float) -> Floats:
    """Factor of each level with which its weights, none above `cap`, add up to its total."""
    import numpy as np

    levels = len(margin.totals)
    room = cap * np.bincount(margin.codes, minlength=levels)
    for label, want, most in zip(margin.labels, margin.totals, room, strict=True):
        if want > most * (1 + 1e-12):
            raise StatisticsError(
                f"边际“{margin.name}”中“{label}”要 {want:g} 人，每份答卷最多代表 {cap:g} 人时只能到 {most:g} 人"
            )
    capped = np.zeros(len(weights), dtype=bool)
    while True:
        left = margin.totals - cap * np.bincount(margin.codes, weights=capped, minlength=levels)
        loose = np.bincount(margin.codes, weights=np.where(capped, 0.0, weights), minlength=levels)
        with np.errstate(divide="ignore", invalid="ignore"):
            factor: Floats = np.where(loose > 0, left / loose, 1.0)
        more = ~capped & (weights * factor[margin.codes] > cap)
        if not more.any():
            return factor
        capped |= more
