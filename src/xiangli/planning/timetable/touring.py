"""Where each specialist goes: the town's master problem over the cuts that the villages' relaxations gave.

maximise sum of theta[v]  with  theta[v] <= constant + slope·z[v]  for every cut collected,
one village a half-day for each specialist, far villages not on one day, the visit rule. Its bound is a bound on
the whole town (touring doctors: Savaşer & Kara 2022; mobile facilities: Doerner, Focke & Gutjahr 2007).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .formulas import VisitKey
from .linear import Linear, solve_lp, to_cp_sat
from .model import Town
from .relaxing import Cut

Tour = dict[int, dict[VisitKey, float]]  # village index -> its visits


@dataclass(slots=True)
class Master:
    """keys: per village (index), the visits it could get; cuts collected so far per village."""

    town: Town
    keys: Mapping[int, Sequence[VisitKey]]
    cuts: dict[int, list[Cut]] = field(default_factory=lambda: defaultdict(list))
    pinned: list[tuple[int, VisitKey]] = field(init=False)

    def __post_init__(self) -> None:
        """Visits that the town's pins ask for."""
        village = {v.id: i for i, v in enumerate(self.town.villages)}
        person = {p.id: i for i, p in enumerate(self.town.specialists)}
        found = set()
        for pin in self.town.pins:
            if pin.specialist is not None:
                half = next(
                    h for h, x in enumerate(self.town.halves) if x.start <= pin.time.start and pin.time.end <= x.end
                )
                found.add((village[pin.village], (person[pin.specialist], pin.week, pin.time.day, half)))
        self.pinned = sorted(found)

    def add(self, village: int, cut: Cut) -> None:
        if cut not in self.cuts[village]:
            self.cuts[village].append(cut)

    def _programme(self) -> tuple[Linear, dict[tuple[int, VisitKey], int], dict[VisitKey, int]]:
        linear = Linear()
        z = {(v, key): linear.var() for v, keys in sorted(self.keys.items()) for key in keys}
        coupling: dict[VisitKey, int] = {}
        at: dict[VisitKey, list[int]] = defaultdict(list)
        for v, key in z:
            at[key].append(v)
        for key, villages in sorted(at.items()):
            coupling[key] = len(linear.rows)
            linear.at_most_one([z[v, key] for v in villages])
        for place in self.pinned:
            linear.row([z[place]], [1], least=1)
        self.far_apart(linear, z, at)
        self._rule(linear, z)
        for v, cuts in sorted(self.cuts.items()):
            top = max(cut.constant + sum(max(0, a) for a in cut.slope.values()) for cut in cuts)
            theta = linear.var(max(0, top), 1)
            for cut in cuts:
                slope = [(z[v, key], -a) for key, a in cut.slope.items() if a]
                linear.row([theta, *(x for x, _ in slope)], [1, *(a for _, a in slope)], cut.constant)
        return linear, z, coupling

    def far_apart(
        self, linear: Linear, z: Mapping[tuple[int, VisitKey], int], at: Mapping[VisitKey, list[int]]
    ) -> None:
        """Rows that keep a specialist's two villages of one day near each other; ``at``: villages by half-day."""
        days: dict[tuple[int, int, int], list[VisitKey]] = defaultdict(list)
        for key in sorted(at):
            days[key[:3]].append(key)
        for keys in days.values():
            for one in keys:
                for other in keys:
                    if one < other:
                        for v in at[one]:
                            far = [z[w, other] for w in at[other] if self.far(v, w)]
                            if far:
                                linear.at_most_one([z[v, one], *far])

    def far(self, v: int, w: int) -> bool:
        a, b = self.town.villages[v], self.town.villages[w]
        return math.hypot(a.x_km - b.x_km, a.y_km - b.y_km) > self.town.rules.same_day_km

    def _rule(self, linear: Linear, z: Mapping[tuple[int, VisitKey], int]) -> None:
        rule = self.town.rules.visit
        if rule == "none":
            return
        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for (v, key), x in z.items():
            groups[v, self.town.specialists[key[0]].skill if rule == "each" else ""].append(x)
        for _, xs in sorted(groups.items()):
            linear.row(xs, [1] * len(xs), least=1)

    def relaxed(self) -> tuple[float, Tour, dict[VisitKey, float]]:
        """(bound, fractional visits, price of each half-day of each specialist)."""
        linear, z, coupling = self._programme()
        value, x, duals = solve_lp(linear)
        tour: Tour = {v: {} for v in self.keys}
        for (v, key), i in z.items():
            if x[i] > 1e-9:
                tour[v][key] = x[i]
        return value, tour, {key: duals[row] for key, row in coupling.items()}

    def whole(self, *, work: float, seconds: float | None, seed: int, gap: float = 0.0005) -> tuple[int, Tour]:
        """(bound, best whole tour found) by CP-SAT within limits of work and wall seconds.

        Raises ValueError if the hard rules of the tour cannot all be kept.
        """
        from ortools.sat.python import cp_model

        linear, z, _ = self._programme()
        model, x = to_cp_sat(linear)
        for hurry in (True, False):  # out of time without a tour: any tour will do, however long it takes
            solver = cp_model.CpSolver()
            p = solver.parameters
            p.num_workers, p.linearization_level, p.random_seed = 1, 2, seed
            p.relative_gap_limit, p.catch_sigint_signal = gap, False
            p.max_deterministic_time = work if hurry else 20 * work
            p.stop_after_first_solution = not hurry
            if hurry and seconds is not None:
                p.max_time_in_seconds = seconds
            status = solver.solve(model)
            if status != cp_model.UNKNOWN:
                break
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise ValueError(solver.status_name(status))
        tour: Tour = {v: {} for v in self.keys}
        for (v, key), i in z.items():
            if solver.value(x[i]):
                tour[v][key] = 1.0
        return math.floor(solver.best_objective_bound + 1e-6), tour
