"""Sample designs and the variance of a total under them (Taylor linearisation, ultimate clusters).

Source: Särndal, Swensson & Wretman (1992), ch. 4-5; the conventions are those of R's `survey::svydesign`: the finite
population correction counts sampling units, a stratum with a single unit is an error unless it was taken whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from .errors import StatisticsError

if TYPE_CHECKING:
    import numpy as np

    from .raking import Cells, Margin, Raked

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Codes = np.ndarray[Any, np.dtype[np.int64]]
    Mask = np.ndarray[Any, np.dtype[np.bool_]]


Errors = Literal["rake", "calibrate"]


@dataclass(frozen=True)
class Design:
    """How the rows were drawn.

    weights: one a row, positive: how many people of the population the row speaks for.
    unit: sampling unit (household, villager group, or the row itself) of each row, 0..units-1.
    stratum: stratum of each *unit*, 0..strata-1.
    population: number of sampling units in each stratum; infinite where no correction is wanted.
    cells, base, met: set by `raked`: the margins, the weights before, and the weights that met the margins (they differ
    from `weights` only where these were trimmed afterwards).
    errors: how residuals from the margins are taken, "rake" or "calibrate" (see `raked`).
    """

    weights: Floats
    unit: Codes
    stratum: Codes
    population: Floats
    kind: str
    stratum_names: tuple[str, ...] = ("",)
    cells: Cells | None = None
    base: Floats | None = None
    met: Floats | None = None
    errors: Errors = "rake"

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def sampled_units(self) -> Floats:
        """Number of units drawn in each stratum."""
        import numpy as np

        return np.bincount(self.stratum, minlength=len(self.population)).astype(np.float64)

    def degrees_of_freedom(self, domain: Mask | None = None) -> int:
        """Units less strata among the rows of `domain`, as R's `degf` of the subset."""
        import numpy as np

        rows = self.unit if domain is None else self.unit[np.asarray(domain, dtype=bool)]
        units = np.bincount(rows, minlength=len(self.stratum)) > 0
        strata = np.bincount(self.stratum[units], minlength=len(self.population)) > 0
        return int(units.sum()) - int(strata.sum())

    def with_weights(self, weights: Floats) -> Design:
        """The same design with other weights, e.g. trimmed ones."""
        return replace(self, weights=weights)

    def raked(self, result: Raked, *, errors: Errors = "rake") -> Design:
        """The design with raked weights; variances are then those of the residuals from the margins.

        errors: "rake" centres every level in turn by plain means, ten times round, as R's `rake` does; "calibrate" is
        the regression weighted by the weights before raking, as R's `calibrate` and `postStratify` (Deville et al.
        1993, eq. 3.4). The two are the same where all weights were equal before.
        """
        return replace(
            self, weights=result.weights, base=result.base, cells=result.cells, met=result.weights, errors=errors
        )

    def rake(self, margins: Sequence[Margin], *, errors: Errors = "rake") -> Design:
        """Rakes this design's weights to the margins."""
        from .raking import rake

        return self.raked(rake(self.weights, margins), errors=errors)

    def poststratify(self, margin: Margin) -> Design:
        """Weights scaled to one margin, with the variances of R's `postStratify`."""
        return self.rake([margin], errors="calibrate")

    def variance(self, influence: Floats) -> float:
        """Variance of the weighted total of `influence` (linearised variable, unweighted, one a row)."""
        return self.covariance(influence, influence)

    def covariance(self, first: Floats, second: Floats) -> float:
        """Covariance of two weighted totals under the same design."""
        import numpy as np

        one = self._unit_deviations(first)
        other = one if second is first else self._unit_deviations(second)
        drawn = self.sampled_units
        rest = 1.0 - drawn / self.population
        scale = rest * np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 1.0)
        self._refuse_lonely(drawn, rest)
        return float((one * other * scale[self.stratum]).sum())

    def _unit_deviations(self, influence: Floats) -> Floats:
        """Weighted unit totals less their stratum's mean."""
        import numpy as np

        weighted = self.weights * influence if self.cells is None else self._residuals(influence)
        totals = np.bincount(self.unit, weights=weighted, minlength=len(self.stratum))
        drawn = self.sampled_units
        means = np.bincount(self.stratum, weights=totals, minlength=len(drawn)) / np.maximum(drawn, 1)
        deviations: Floats = totals - means[self.stratum]
        return deviations

    def _residuals(self, influence: Floats) -> Floats:
        """Weighted influence less what the margins explain. Rows of a cell share it, so cell means are enough."""
        import numpy as np

        cells, base, met = self.cells, self.base, self.met
        assert cells is not None
        assert base is not None
        assert met is not None
        if self.weights is not met:
            influence = influence * self.weights / met
        by_plain_means = self.errors == "rake"
        size = self._rows_of_cells if by_plain_means else self._margin_space[0]
        sums = np.bincount(cells.of_row, weights=influence if by_plain_means else base * influence, minlength=len(size))
        explained = self._centred(sums / size) if by_plain_means else self._regressed(sums / size)
        residual: Floats = met * (influence - explained[cells.of_row])
        return residual

    def _centred(self, mean: Floats) -> Floats:
        """What ten rounds of taking away each level's plain mean take away from a cell (R's `svyrecvar`)."""
        import numpy as np

        assert self.cells is not None
        left, rows = mean.copy(), self._rows_of_cells
        for _ in range(10):
            for column, levels in enumerate(self.cells.sizes):
                code = self.cells.codes[:, column]
                count = np.bincount(code, weights=rows, minlength=levels)
                level = np.bincount(code, weights=rows * left, minlength=levels) / np.maximum(count, 1.0)
                left -= level[code]
        explained: Floats = mean - left
        return explained

    def _regressed(self, mean: Floats) -> Floats:
        """Least squares of the cell means on the margins' levels, cells weighted by their weight before raking."""
        import numpy as np

        size, basis = self._margin_space
        root = np.sqrt(size)
        explained: Floats = basis @ (basis.T @ (root * mean)) / root
        return explained

    @cached_property
    def _rows_of_cells(self) -> Floats:
        """How many rows lie in each cell."""
        import numpy as np

        assert self.cells is not None
        return np.bincount(self.cells.of_row, minlength=len(self.cells.codes)).astype(np.float64)

    @cached_property
    def _margin_space(self) -> tuple[Floats, Floats]:
        """Weight of each cell before raking, and an orthonormal basis of what the margins' levels explain."""
        import numpy as np

        assert self.cells is not None
        size = np.bincount(self.cells.of_row, weights=self.base, minlength=len(self.cells.codes)).astype(np.float64)
        left, strength, _ = np.linalg.svd(np.sqrt(size)[:, None] * self.cells.indicators(), full_matrices=False)
        return size, left[:, strength > 1e-10 * strength.max()]

    def _refuse_lonely(self, drawn: Floats, rest: Floats) -> None:
        import numpy as np

        lonely = np.flatnonzero((drawn == 1) & (rest > 1e-9))
        if len(lonely):
            name = self.stratum_names[int(lonely[0])]
            where = f"层“{name}”" if name else "样本"
            raise StatisticsError(f"{where}只有一个抽样单元，算不出误差：请与相邻的层合并")


def census(rows: int, population: int | None = None) -> Design:
    """Everybody was asked. If `population` exceeds `rows`, answers are treated as a simple random part of it."""
    return simple_random(rows, population=population or rows, kind="census")


def simple_random(rows: int, *, population: float | None = None, kind: str = "srs") -> Design:
    """`rows` people drawn at random out of `population` (None: very many, weights 1)."""
    return design(weights=None, rows=rows, population=population, kind=kind)


def stratified(
    strata: Sequence[Any], population: Mapping[Any, float], *, weights: Sequence[float] | None = None
) -> Design:
    """People drawn at random within each stratum, whose size is in `population`."""
    return design(weights=weights, rows=len(strata), strata=strata, population=population, kind="stratified")


def clustered(
    clusters: Sequence[Any],
    *,
    strata: Sequence[Any] | None = None,
    population: float | Mapping[Any, float] | None = None,
    weights: Sequence[float] | None = None,
) -> Design:
    """Whole households or groups drawn; `population` counts clusters (in each stratum, where there are strata)."""
    return design(
        weights=weights, rows=len(clusters), clusters=clusters, strata=strata, population=population, kind="clustered"
    )


def design(
    *,
    weights: Sequence[float] | None,
    rows: int,
    clusters: Sequence[Any] | None = None,
    strata: Sequence[Any] | None = None,
    population: float | Mapping[Any, float] | None = None,
    kind: str = "srs",
) -> Design:
    """The general form. Without `weights` a unit weighs population / drawn of its stratum, or 1 without a population.

    Raises StatisticsError: no rows, weights not positive, a cluster in two strata, more drawn than there are.
    """
    import numpy as np

    if rows == 0:
        raise StatisticsError("没有答卷")
    unit, unit_names = _codes(clusters, rows, "整群")
    row_stratum, names = (np.zeros(rows, dtype=np.int64), ("",)) if strata is None else _codes(strata, rows, "分层")
    stratum = np.zeros(int(unit.max()) + 1, dtype=np.int64)
    stratum[unit] = row_stratum
    astray = np.flatnonzero(stratum[unit] != row_stratum)
    if len(astray):
        raise StatisticsError(f"抽样单元“{unit_names[unit[astray[0]]]}”跨了两个层")
    sizes = _sizes(population, names)
    drawn = np.bincount(stratum, minlength=len(names))
    for name, size, count in zip(names, sizes, drawn, strict=True):
        if size < count:
            raise StatisticsError(f"{f'层“{name}”' if name else '总体'}共 {size:g} 个单元，却抽了 {count} 个")
    if weights is None:
        per_unit = np.where(np.isinf(sizes), 1.0, sizes / np.maximum(drawn, 1))
        row_weights = per_unit[row_stratum]
    else:
        row_weights = np.asarray(weights, dtype=np.float64)
        if len(row_weights) != rows:
            raise StatisticsError(f"权数有 {len(row_weights)} 个，答卷有 {rows} 份")
        wrong = np.flatnonzero(~(np.isfinite(row_weights) & (row_weights > 0)))
        if len(wrong):
            value = row_weights[wrong[0]]
            raise StatisticsError(f"第 {wrong[0] + 1} 份答卷的权数是 {value:g}，要是正数：不算数的答卷请先去掉")
    return Design(row_weights, unit, stratum, sizes, kind, names)


def _codes(values: Sequence[Any] | None, rows: int, what: str) -> tuple[Codes, tuple[str, ...]]:
    import numpy as np

    if values is None:
        return np.arange(rows), ()  # each row is a unit; nobody needs its name
    if len(values) != rows:
        raise StatisticsError(f"{what}变量有 {len(values)} 个值，答卷有 {rows} 份")
    index: dict[Any, int] = {}
    codes = np.fromiter((index.setdefault(value, len(index)) for value in values), dtype=np.int64, count=rows)
    return codes, tuple(map(str, index))


def _sizes(population: float | Mapping[Any, float] | None, names: tuple[str, ...]) -> Floats:
    import numpy as np

    if population is None:
        return np.full(len(names), np.inf)
    if isinstance(population, Mapping):
        by_name = {str(key): float(value) for key, value in population.items()}
        for name in names:
            if name not in by_name:
                raise StatisticsError(f"没有给出层“{name}”的总体单元数")
        return np.array([by_name[name] for name in names])
    if len(names) > 1:
        raise StatisticsError("分层抽样要给出每一层的总体单元数")
    return np.array([float(population)])
