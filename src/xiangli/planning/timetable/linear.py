"""A small integer programme in plain lists, so that one formulation feeds CP-SAT, the LP and the tests alike."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

ITERATIONS = 2500  # of the simplex method on a village's programme: about one CPU second
NODES = 30  # of branch and bound: about one CPU second


@dataclass(frozen=True, slots=True)
class Limits:
    """When a solution is good enough or too dear: work (about CPU seconds), wall seconds, and the gap to stop at.

    until: moment of the machine's monotonic clock, the same in every process, at which it has to be done.
    whole_shares: needs are met in whole units in the search too, which proves the last hundredth of a per cent.
    by: who searches; CP-SAT always in whole shares.
    """

    work: float | None = None
    seconds: float | None = None
    gap: float = 0.004
    seed: int = 1
    whole_shares: bool = False
    until: float | None = None
    by: Literal["highs", "cp_sat"] = "highs"

    def wall(self, since: float | None = None) -> float | None:
        """Seconds that may still pass; None: as many as the work takes.

        since: when what the seconds are for began (default: now).
        """
        now = time.monotonic()
        left = math.inf if self.seconds is None else self.seconds - (now - (now if since is None else since))
        left = min(left, math.inf if self.until is None else self.until - now)
        return None if left == math.inf else max(0.0, left)


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


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: the best x (None: none yet), the most the objective can be, and the work used."""

    x: list[float] | None
    bound: int
    work: float


def solve_whole(linear: Linear, limits: Limits, *, parts: Collection[int] = ()) -> Found:
    """The best whole x found within the limits. ``parts``: variables that need not be whole (HiGHS only).

    Raises ValueError if there provably is no solution.
    """
    return _by_cp_sat(linear, limits) if limits.by == "cp_sat" else _by_highs(linear, limits, parts)


def _by_cp_sat(linear: Linear, limits: Limits) -> Found:
    """One worker on the strongest linear relaxation: slow to a good solution, often first to prove the last unit."""
    from ortools.sat.python import cp_model

    model, x = to_cp_sat(linear)
    solver = cp_model.CpSolver()
    p = solver.parameters
    p.num_workers, p.linearization_level, p.random_seed = 1, 2, limits.seed
    p.relative_gap_limit, p.catch_sigint_signal = limits.gap, False
    if (seconds := limits.wall()) is not None:
        p.max_time_in_seconds = max(0.1, seconds)
    if limits.work is not None:
        p.max_deterministic_time = limits.work
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        raise ValueError("no solution")
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    bound = math.floor(solver.best_objective_bound + 1e-6)
    work = solver.response_proto.deterministic_time
    return Found([float(solver.value(v)) for v in x] if found else None, bound, work)


def _by_highs(linear: Linear, limits: Limits, parts: Collection[int]) -> Found:
    """Branch and bound by HiGHS (MathOpt).

    HiGHS has no deterministic clock: a limit of work becomes one of nodes, so that the same limits give the same
    answer, and work is counted in simplex iterations. Its bound is a float's, right to about a millionth, and is
    widened by as much; CP-SAT's is exact, but far weaker after the same time.
    """
    from datetime import timedelta

    from ortools.math_opt.python import mathopt

    model = mathopt.Model()
    x = [model.add_variable(lb=0.0, ub=u, is_integer=v not in parts) for v, u in enumerate(map(float, linear.upper))]
    for vars, coefs, least, most in linear.rows:
        summed = _summed(vars, coefs)
        model.add_linear_constraint(
            lb=-math.inf if least is None else least, ub=math.inf if most is None else most,
            expr=mathopt.LinearSum(a * x[v] for v, a in summed.items()),
        )  # fmt: skip
    model.maximize(mathopt.LinearSum(a * v for v, a in zip(x, linear.obj, strict=True) if a))
    seconds = limits.wall()
    parameters = mathopt.SolveParameters(
        relative_gap_tolerance=limits.gap, absolute_gap_tolerance=0.5, random_seed=limits.seed,
        time_limit=None if seconds is None else timedelta(seconds=max(0.1, seconds)),
        node_limit=None if limits.work is None else max(1, round(NODES * limits.work)),
    )  # fmt: skip
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
    reason, stats = result.termination.reason, result.solve_stats
    if reason in (mathopt.TerminationReason.INFEASIBLE, mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED):
        raise ValueError("no solution")
    work = 0.02 + stats.simplex_iterations / ITERATIONS
    top = float(sum(u * max(0, a) for u, a in zip(linear.upper, linear.obj, strict=True)))
    bound = min(top, result.termination.objective_bounds.dual_bound)
    whole = math.floor(bound + 1e-6 * abs(bound))
    return Found(result.variable_values(x) if result.has_primal_feasible_solution() else None, whole, work)


def _summed(vars: Sequence[int], coefs: Sequence[int]) -> dict[int, int]:
    summed: dict[int, int] = {}
    for v, a in zip(vars, coefs, strict=True):
        summed[v] = summed.get(v, 0) + a
    return summed


def solve_lp(linear: Linear) -> tuple[float, list[float], list[float]]:
    """The linear relaxation by GLOP: (value, primal, dual per row). Raises ValueError if it has no solution."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity = solver.infinity()
    x = [solver.NumVar(0, u, "") for u in linear.upper]
    rows = []
    for vars, coefs, least, most in linear.rows:
        row = solver.RowConstraint(-infinity if least is None else least, infinity if most is None else most, "")
        for v, a in _summed(vars, coefs).items():
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
