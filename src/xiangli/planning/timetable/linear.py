"""A small integer programme in plain lists, so that one formulation feeds CP-SAT, the LP and the tests alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Linear:
    """Maximise obj·x subject to rows, 0 <= x <= upper, x whole.

    A row is (indices, coefficients, least or None, most or None).
    """

    upper: list[int] = field(default_factory=list)
    obj: list[int] = field(default_factory=list)
    rows: list[tuple[list[int], list[int], int | None, int | None]] = field(default_factory=list)

    def var(self, upper: int = 1, obj: int = 0) -> int:
        self.upper.append(upper)
        self.obj.append(obj)
        return len(self.upper) - 1

    def row(self, vars: Sequence[int], coefs: Sequence[int], most: int | None = None, least: int | None = None) -> None:
        """Add a row; duplicate indices are allowed and summed by the solvers' builders."""
        self.rows.append((list(vars), list(coefs), least, most))

    def at_most_one(self, vars: Sequence[int]) -> None:
        self.row(vars, [1] * len(vars), 1)


def to_cp_sat(linear: Linear) -> tuple[Any, list[Any]]:
    """A CP-SAT model and its variables, in order."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    x = [model.new_int_var(0, u, "") if u != 1 else model.new_bool_var("") for u in linear.upper]
    for vars, coefs, least, most in linear.rows:
        picked = [x[v] for v in vars]
        if most == 1 and least is None and all(c == 1 for c in coefs) and all(linear.upper[v] == 1 for v in vars):
            if len(picked) > 1:
                model.add_at_most_one(picked)
            continue
        expression = cp_model.LinearExpr.weighted_sum(picked, coefs)
        if least is not None and most is not None:
            model.add_linear_constraint(expression, least, most)
        elif most is not None:
            model.add(expression <= most)
        elif least is not None:
            model.add(expression >= least)
    model.maximize(cp_model.LinearExpr.weighted_sum(x, linear.obj))
    return model, x


def solve_lp(linear: Linear) -> tuple[float, list[float], list[float]]:
    """The linear relaxation by GLOP: (value, primal, dual per row). Raises ValueError if it has no solution."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity = solver.infinity()
    x = [solver.NumVar(0, u, "") for u in linear.upper]
    rows = []
    for vars, coefs, least, most in linear.rows:
        row = solver.RowConstraint(-infinity if least is None else least, infinity if most is None else most, "")
        summed: dict[int, int] = {}
        for v, a in zip(vars, coefs, strict=True):
            summed[v] = summed.get(v, 0) + a
        for v, a in summed.items():
            row.SetCoefficient(x[v], a)
        rows.append(row)
    objective = solver.Objective()
    for v, a in zip(x, linear.obj, strict=True):
        if a:
            objective.SetCoefficient(v, a)
    objective.SetMaximization()
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        raise ValueError("linear relaxation has no solution")
    return objective.Value(), [v.solution_value() for v in x], [r.dual_value() for r in rows]
