"""Several independent samples as one: villages drawn apart, each with its own design and its own margins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .design import Design

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Stacked(Design):
    """A design whose rows are those of `parts`, one after the other. Variances are the sums of the parts' variances."""

    parts: tuple[Design, ...] = field(default=())

    def covariance(self, first: Floats, second: Floats) -> float:
        start, found = 0, 0.0
        for part in self.parts:
            end = start + len(part)
            one = first[start:end]
            found += part.covariance(one, one if second is first else second[start:end])
            start = end
        return found


def stack(parts: Sequence[Design], kind: str = "stratified") -> Stacked:
    """The samples of `parts` as one. Strata and sampling units of different parts are never the same."""
    import numpy as np

    units = np.cumsum([0, *(len(part.stratum) for part in parts)])
    strata = np.cumsum([0, *(len(part.population) for part in parts)])
    return Stacked(
        weights=np.concatenate([part.weights for part in parts]),
        unit=np.concatenate([part.unit + first for part, first in zip(parts, units, strict=False)]),
        stratum=np.concatenate([part.stratum + first for part, first in zip(parts, strata, strict=False)]),
        population=np.concatenate([part.population for part in parts]),
        kind=kind,
        stratum_names=tuple(name for part in parts for name in part.stratum_names),
        parts=tuple(parts),
    )
