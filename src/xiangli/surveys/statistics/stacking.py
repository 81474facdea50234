"""Several independent samples as one: villages drawn apart, each with its own design and its own margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .design import Design
from .raking import Cells

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Codes = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Stacked(Design):
    """A design whose rows are those of `parts`, one after the other. Variances are the sums of the parts' variances.

    A county has hundreds of villages and a report hundreds of figures. So parts whose residuals are taken in the same
    way are put side by side, their cells and levels apart, and are done in one go.
    """

    parts: tuple[Design, ...] = field(default=())

    def covariance(self, first: Floats, second: Floats) -> float:
        return sum(
            part.covariance(first[rows], first[rows] if second is first else second[rows])
            for part, rows in self._side_by_side
        )

    @cached_property
    def _side_by_side(self) -> list[tuple[Design, Codes | slice]]:
        """Designs that cover all rows, each with its rows here."""
        import numpy as np

        ends = np.cumsum([0, *(len(part) for part in self.parts)])
        alike: dict[Any, list[int]] = {}
        for number, part in enumerate(self.parts):
            alike.setdefault(_way(part, number), []).append(number)
        if len(alike) == 1:
            return [(_joined(self.parts), slice(None))]
        return [
            (
                _joined([self.parts[number] for number in numbers]),
                np.concatenate([np.arange(ends[number], ends[number + 1]) for number in numbers]),
            )
            for numbers in alike.values()
        ]


def _way(part: Design, number: int) -> Any:
    """How residuals are taken: alike, parts may be joined. A regression is dearer on one large matrix than on many."""
    if part.cells is None:
        return "plain"
    return number if part.errors == "calibrate" else (len(part.cells.sizes), part.weights is part.met)


def _joined(parts: Sequence[Design]) -> Design:
    """Parts that are done in the same way as one plain design."""
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    one = _columns(parts)
    if parts[0].cells is None:
        return one
    met = one.weights if parts[0].weights is parts[0].met else np.concatenate([_there(part.met) for part in parts])
    base = np.concatenate([_there(part.base) for part in parts])
    return replace(one, base=base, met=met, cells=_cells([_there(part.cells) for part in parts]))


def _there(value: Any) -> Any:
    """Of a raked design, which has it."""
    assert value is not None
    return value


def _cells(several: Sequence[Cells]) -> Cells:
    """Cells and levels of different parts are never the same."""
    import numpy as np

    cells = np.cumsum([0, *(len(one.codes) for one in several)])
    levels = np.cumsum([[0] * len(several[0].sizes), *(one.sizes for one in several)], axis=0)
    return Cells(
        of_row=np.concatenate([one.of_row + first for one, first in zip(several, cells, strict=False)]),
        codes=np.concatenate([one.codes + first for one, first in zip(several, levels, strict=False)]),
        sizes=tuple(int(size) for size in levels[-1]),
    )


def _columns(parts: Sequence[Design], kind: str = "stratified") -> Design:
    """Weights, units and strata one after the other; strata and units of different parts are never the same."""
    import numpy as np

    units = np.cumsum([0, *(len(part.stratum) for part in parts)])
    strata = np.cumsum([0, *(len(part.population) for part in parts)])
    return Design(
        weights=np.concatenate([part.weights for part in parts]),
        unit=np.concatenate([part.unit + first for part, first in zip(parts, units, strict=False)]),
        stratum=np.concatenate([part.stratum + first for part, first in zip(parts, strata, strict=False)]),
        population=np.concatenate([part.population for part in parts]),
        kind=kind,
        stratum_names=tuple(name for part in parts for name in part.stratum_names),
    )


def stack(parts: Sequence[Design], kind: str = "stratified") -> Stacked:
    """The samples of `parts` as one."""
    one = _columns(parts, kind)
    return Stacked(one.weights, one.unit, one.stratum, one.population, one.kind, one.stratum_names, parts=tuple(parts))
