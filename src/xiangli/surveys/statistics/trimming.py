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
            break
        cut[~settled] += (array - cut).sum() / (~settled).sum()
        array = cut
        if not strict:
            break
    return array


def rake_within(
    weights: Sequence[float] | Floats, margins: Sequence[Margin], *, ratio: float, rounds: int = 200
) -> Raked:
    """Raked weights none of which exceeds `ratio` times their mean: raking and trimming in turn until both hold.

    Raises StatisticsError where the margins can only be met by larger weights.
    """
    import numpy as np

    if ratio <= 1.0:
        raise StatisticsError("修剪倍数要大于 1")
    raked = rake(weights, margins)
    cap = ratio * float(raked.weights.mean())
    for _ in range(rounds):
        if raked.weights.max() <= cap * (1 + 1e-9):
            return Raked(raked.weights, np.asarray(weights, dtype=np.float64), raked.cells, raked.sweeps, raked.worst)
        raked = rake(trim_weights(raked.weights, upper=cap), margins)
    raise StatisticsError(f"权数不能同时满足边际又不超过平均的 {ratio:g} 倍：请放宽倍数或合并类别")
