"""Raking: the weights nearest to the design's that meet the population's margins.

Source: Deming & Stephan (1940); Deville, Särndal & Sautory (1993). The solution is unique, so any convergent method
gives R's `survey::rake` and `calibrate(calfun="raking")`, run to full convergence. Rows that agree on every margin
share one factor, so the work is done on the distinct rows: the cost of a sweep does not grow with the sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import StatisticsError

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Codes = np.ndarray[Any, np.dtype[np.int64]]

_DENSE_CELLS = 1 << 20  # up to here, all combinations of levels fit in one small table


@dataclass(frozen=True)
class Margin:
    """One margin: each row's level as a code into `labels`, and the population's total of each level."""

    name: str
    labels: tuple[str, ...]
    codes: Codes
    totals: Floats

    @classmethod
    def of(cls, name: str, values: Sequence[Any], totals: Mapping[Any, float]) -> Margin:
        """Codes `values` (one a row) by the keys of `totals` (level -> population).

        Raises StatisticsError for a row whose level has no population, a level nobody answered, or a bad total.
        """
        import numpy as np

        labels = list(totals)
        try:
            codes = _codes(values, labels)
        except KeyError as missing:
            raise StatisticsError(f"边际“{name}”没有“{missing.args[0]}”的人口数，但有答卷属于它") from None
        population = np.array([float(totals[label]) for label in labels])
        for label, total in zip(labels, population, strict=True):
            if not np.isfinite(total) or total < 0:
                raise StatisticsError(f"边际“{name}”中“{label}”的人口数 {total:g} 不是非负数")
        counts = np.bincount(codes, minlength=len(labels))
        for label, total, count in zip(labels, population, counts, strict=True):
            if total > 0 and count == 0:
                raise StatisticsError(f"边际“{name}”中“{label}”有 {total:g} 人，却没有一份答卷：请合并类别或补充调查")
            if total == 0 and count > 0:
                raise StatisticsError(f"边际“{name}”中“{label}”的人口数为 0，却有 {count} 份答卷")
        return cls(name, tuple(map(str, labels)), codes, population)


def _codes(values: Sequence[Any], labels: Sequence[Any]) -> Codes:
    """Position of each value in `labels`; KeyError(value) for one that is not there."""
    import numpy as np

    index = {label: code for code, label in enumerate(labels)}
    if getattr(getattr(values, "dtype", None), "kind", "") in ("i", "u") and len(values) and _narrow(values):
        low = int(values.min())  # type: ignore[attr-defined]
        table = np.array([index.get(value, -1) for value in range(low, int(values.max()) + 1)])  # type: ignore[attr-defined]
        codes: Codes = table[values - low]  # type: ignore[operator]
        if (codes < 0).any():
            raise KeyError(int(values[int(np.flatnonzero(codes < 0)[0])]))
        return codes
    rows = values.tolist() if hasattr(values, "tolist") else values
    if len(labels) <= 256:  # through bytes: a third faster than building an integer for every row
        return np.frombuffer(bytes(map(index.__getitem__, rows)), dtype=np.uint8).astype(np.int64)
    return np.fromiter(map(index.__getitem__, rows), dtype=np.int64, count=len(rows))


def _narrow(values: Any) -> bool:
    return int(values.max()) - int(values.min()) < 4096


@dataclass(frozen=True)
class Cells:
    """The distinct combinations of levels: `of_row` maps rows to them, `codes` is cells x margins."""

    of_row: Codes
    codes: Codes
    sizes: tuple[int, ...]

    def indicators(self) -> Floats:
        """Model matrix of the cells: one 0/1 column for each level of each margin."""
        import numpy as np

        matrix = np.zeros((len(self.codes), sum(self.sizes)))
        start = 0
        for column, size in enumerate(self.sizes):
            matrix[np.arange(len(matrix)), start + self.codes[:, column]] = 1.0
            start += size
        return matrix


@dataclass(frozen=True)
class Raked:
    """Raked weights (one a row), the weights they came from, and what the variance needs to know."""

    weights: Floats
    base: Floats
    cells: Cells
    sweeps: int
    worst: float  # largest relative miss of any margin cell


def find_cells(margins: Sequence[Margin]) -> Cells:
    """Collapses rows that agree on all margins."""
    import numpy as np

    sizes = tuple(len(margin.labels) for margin in margins)
    joint = margins[0].codes
    space = sizes[0]
    for margin, size in zip(margins[1:], sizes[1:], strict=True):
        joint = joint * size + margin.codes
        space *= size
    if space <= _DENSE_CELLS:
        used = np.flatnonzero(np.bincount(joint, minlength=space))
        lookup = np.zeros(space, dtype=np.int64)
        lookup[used] = np.arange(len(used))
        of_row = lookup[joint]
    else:
        used, of_row = np.unique(joint, return_inverse=True)
    codes = np.empty((len(used), len(sizes)), dtype=np.int64)
    rest = used.copy()
    for column in range(len(sizes) - 1, -1, -1):
        rest, codes[:, column] = np.divmod(rest, sizes[column])
    return Cells(of_row, codes, sizes)


def _check(weights: Floats, margins: Sequence[Margin]) -> None:
    import numpy as np

    if not margins:
        raise StatisticsError("没有边际，无法加权")
    if len(weights) == 0:
        raise StatisticsError("没有答卷，无法加权")
    if not (np.isfinite(weights).all() and (weights > 0).all()):
        row = int(np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))[0])
        raise StatisticsError(f"第 {row + 1} 份答卷的权数不是正数")
    for margin in margins:
        if len(margin.codes) != len(weights):
            raise StatisticsError(f"边际“{margin.name}”有 {len(margin.codes)} 行，答卷有 {len(weights)} 份")
    first = margins[0]
    for margin in margins[1:]:
        one, other = float(first.totals.sum()), float(margin.totals.sum())
        if abs(one - other) > 1e-9 * max(one, other):
            raise StatisticsError(f"两个边际的总人口不同：“{first.name}”合计 {one:g}，“{margin.name}”合计 {other:g}")


def rake(
    weights: Sequence[float] | Floats,
    margins: Sequence[Margin],
    *,
    tolerance: float = 1e-13,
    sweeps: int = 500,
) -> Raked:
    """Weights that meet every margin, as near as possible (in the Kullback-Leibler sense) to `weights`.

    `weights`: positive design weights, one a row. Raises StatisticsError where the margins disagree in total, a cell is
    empty, or no positive weights can meet them; the message names the cell that stays furthest off.
    """
    import numpy as np

    base = np.asarray(weights, dtype=np.float64)
    _check(base, margins)
    cells = find_cells(margins)
    start: Floats = np.bincount(cells.of_row, weights=base, minlength=len(cells.codes)).astype(np.float64)
    factor, used, worst = _fit(start, cells, margins, tolerance, sweeps)
    if worst > 1e-9:
        _refuse(start * factor, cells, margins, used)
    return Raked(base * factor[cells.of_row], base, cells, used, worst)


def _fit(
    start: Floats, cells: Cells, margins: Sequence[Margin], tolerance: float, sweeps: int
) -> tuple[Floats, int, float]:
    """Factor of each cell: proportional fitting, and Newton steps where fitting is slow."""
    import numpy as np

    factor = np.ones(len(start))
    worst = np.inf
    for sweep in range(1, sweeps + 1):
        for column, margin in enumerate(margins):
            code = cells.codes[:, column]
            current = np.bincount(code, weights=start * factor, minlength=len(margin.labels))
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.where(margin.totals > 0, margin.totals / current, 0.0)
            factor = factor * step[code]
        worst = _miss(start * factor, cells, margins)
        if worst <= tolerance:
            return factor, sweep, worst
        if sweep % 20 == 0:
            better = _newton(start, factor, cells, margins)
            if (closer := _miss(start * better, cells, margins)) < worst:
                factor, worst = better, closer
            if worst <= tolerance:
                return factor, sweep, worst
    return factor, sweeps, worst


def _miss(fitted: Floats, cells: Cells, margins: Sequence[Margin]) -> float:
    import numpy as np

    worst = 0.0
    for column, margin in enumerate(margins):
        current = np.bincount(cells.codes[:, column], weights=fitted, minlength=len(margin.labels))
        gap = np.abs(current - margin.totals) / np.where(margin.totals > 0, margin.totals, 1.0)
        worst = max(worst, float(gap.max()) if np.isfinite(gap).all() else np.inf)
    return worst


def _newton(start: Floats, factor: Floats, cells: Cells, margins: Sequence[Margin]) -> Floats:
    """A few full Newton steps on the dual; levels are linearly dependent, hence least squares."""
    import numpy as np

    matrix = cells.indicators()
    target = np.concatenate([margin.totals for margin in margins])
    log_factor = np.log(np.maximum(factor, 1e-300))
    best, best_miss = factor, _miss(start * factor, cells, margins)
    for _ in range(8):
        fitted = start * np.exp(log_factor)
        hessian = matrix.T @ (fitted[:, None] * matrix)
        if not np.isfinite(hessian).all():
            break
        step = np.linalg.lstsq(hessian, target - matrix.T @ fitted, rcond=1e-13)[0]
        log_factor = log_factor + np.clip(matrix @ step, -5.0, 5.0)
        candidate = np.exp(log_factor)
        miss = _miss(start * candidate, cells, margins)
        if miss < best_miss:
            best, best_miss = candidate, miss
        elif miss > 10 * best_miss:
            break
    return best


def _refuse(fitted: Floats, cells: Cells, margins: Sequence[Margin], sweeps: int) -> None:
    """Names the cell that stays furthest from its target."""
    import numpy as np

    worst, text = -1.0, ""
    for column, margin in enumerate(margins):
        current = np.bincount(cells.codes[:, column], weights=fitted, minlength=len(margin.labels))
        for label, have, want in zip(margin.labels, current, margin.totals, strict=True):
            gap = abs(have - want) / want if want > 0 else abs(have)
            if not gap <= worst:
                worst, text = gap, f"边际“{margin.name}”中“{label}”要 {want:g} 人，只能到 {have:g} 人"
    raise StatisticsError(f"各边际不能同时满足（试了 {sweeps} 轮）：{text}。请合并类别或核对人口数")
