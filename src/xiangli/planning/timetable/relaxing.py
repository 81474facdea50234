"""The linear relaxation of one village's week, kept warm, and what it proves about visits.

From any non-negative dual y of the rows, for every plan with visits z in {0,1},

    value <= y·b + sum_{j not a visit} max(0, c_j - y·A_j) u_j + sum_{visits} (c_z - y·A_z) z

(weak duality with bounded variables). So each solution, whatever the solver's tolerances, gives an inequality
``value <= constant + coefficients·z`` that is true by construction; the tour master collects them (Benders'
cuts and Dantzig-Wolfe prices are the same thing seen from two sides). The prices of visits are these coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .formulas import Formula, VisitKey
from .linear import Linear


@dataclass(frozen=True, slots=True)
class Cut:
    """value of the village <= constant + sum of coefficients over its visits, all whole numbers, rounded up."""

    constant: int
    slope: dict[VisitKey, int]

    def at(self, visits: Mapping[VisitKey, float]) -> float:
        return self.constant + sum(a * visits.get(k, 0.0) for k, a in self.slope.items())


class Relaxation:
    """A village's LP in GLOP; only prices and fixed visits change between solves, so each solve starts warm."""

    def __init__(self, formula: Formula) -> None:
        import numpy as np
        from ortools.linear_solver import pywraplp

        self.visits = formula.visits
        self.linear = formula.linear
        self.solver: Any = pywraplp.Solver.CreateSolver("GLOP")
        self.x = [self.solver.NumVar(0, u, "") for u in self.linear.upper]
        self.row_at, self.col_at, self.coef, self.rows = _load(self.solver, self.x, self.linear)
        self.c = np.array(self.linear.obj, dtype=float)
        for key in self.visits.values():
            self.c[key] = 0.0
        self.u = np.array(self.linear.upper, dtype=float)
        for v, a in zip(self.x, self.c, strict=True):
            self.solver.Objective().SetCoefficient(v, float(a))
        self.solver.Objective().SetMaximization()
        self.lower_only = np.array([most is None for _, _, _, most in self.linear.rows])
        self.rhs = np.array([least if most is None else most for _, _, least, most in self.linear.rows], dtype=float)
        self.fixed = False

    def within(self, seconds: float | None) -> None:
        """Limits each solve from now on; what is not solved in time gives a cut that holds but says little."""
        self.solver.set_time_limit(0 if seconds is None else max(1, round(1000 * seconds)))

    def priced(self, prices: Mapping[VisitKey, float]) -> tuple[Cut, dict[VisitKey, float]]:
        """Best relaxed week when each visit costs its price: the cut, and the visits it would take."""
        objective = self.solver.Objective()
        for key, v in self.visits.items():
            objective.SetCoefficient(self.x[v], -float(prices.get(key, 0.0)))
            if self.fixed:
                self.x[v].SetBounds(0.0, 1.0)
        self.fixed = False
        return self._solve()

    def given(self, visits: Mapping[VisitKey, float]) -> tuple[Cut, dict[VisitKey, float]]:
        """Best relaxed week with exactly these (parts of) visits: the cut is tight there."""
        objective = self.solver.Objective()
        for key, v in self.visits.items():
            objective.SetCoefficient(self.x[v], 0.0)
            at = float(visits.get(key, 0.0))
            self.x[v].SetBounds(at, at)
        self.fixed = True
        return self._solve()

    def settled(self, visits: Iterable[VisitKey], fixed: Mapping[int, int]) -> list[float]:
        """The relaxed week with these visits at most and these variables fixed; the bounds are put back afterwards.

        Nothing is settled (all 0) where no such week exists.
        """
        allowed = set(visits)
        objective = self.solver.Objective()
        for key, v in self.visits.items():
            objective.SetCoefficient(self.x[v], 0.0)
            self.x[v].SetBounds(0.0, 1.0 if key in allowed else 0.0)
        self.fixed = True
        for v, at in fixed.items():
            self.x[v].SetBounds(at, at)
        solved = self.solver.Solve() == self.solver.OPTIMAL
        found = [v.solution_value() if solved else 0.0 for v in self.x]
        for v in fixed:
            self.x[v].SetBounds(0.0, 1.0)
        return found

    def _solve(self) -> tuple[Cut, dict[VisitKey, float]]:
        if self.solver.Solve() != self.solver.OPTIMAL:  # impossible, or too slow: what is worth most of all holds
            return self._cut([0.0] * len(self.rows)), dict.fromkeys(self.visits, 0.0)
        cut = self._cut([r.dual_value() for r in self.rows])
        return cut, {key: self.x[v].solution_value() for key, v in self.visits.items()}

    def _cut(self, duals: list[float]) -> Cut:
        import numpy as np

        y = np.array(duals)
        y = np.where(self.lower_only, np.minimum(y, 0.0), np.maximum(y, 0.0))
        reduced = self.c - np.bincount(self.col_at, weights=self.coef * y[self.row_at], minlength=len(self.c))
        gain = np.maximum(reduced, 0.0) * self.u
        visit_vars = list(self.visits.values())
        constant = float(self.rhs @ y + gain.sum() - gain[visit_vars].sum())
        return Cut(
            math.ceil(constant + 1e-6 * abs(constant) / 1000),
            {key: math.ceil(reduced[v] - 1e-9) for key, v in self.visits.items()},
        )


def _load(solver: Any, x: list[Any], linear: Linear) -> tuple[Any, Any, Any, list[Any]]:
    import numpy as np

    infinity = solver.infinity()
    rows, row_at, col_at, coef = [], [], [], []
    for i, (vars, coefs, least, most) in enumerate(linear.rows):
        row = solver.RowConstraint(-infinity if least is None else least, infinity if most is None else most, "")
        summed: dict[int, int] = {}
        for v, a in zip(vars, coefs, strict=True):
            summed[v] = summed.get(v, 0) + a
        for v, a in summed.items():
            row.SetCoefficient(x[v], a)
            row_at.append(i)
            col_at.append(v)
            coef.append(a)
        rows.append(row)
    return np.array(row_at, dtype=np.intp), np.array(col_at, dtype=np.intp), np.array(coef, dtype=float), rows
