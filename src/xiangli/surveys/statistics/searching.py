"""The search behind disclosure control: other tables that agree with all that is shown.

`Room` asks what hidden cells alone allow, `Finder` which further cells must be hidden so that one may be larger.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Relation = tuple[Hashable, Sequence[Hashable]]  # a total and the parts that add up to it
LARGE = 400
"""More cells than this, as a county's tables have, and a search starts near the cell that it is for."""
NEAR = 5  # of a longer sum, so many parts are near
SCALE = 1_000_000
"""Weights are made whole numbers of up to this size for the solver of whole numbers."""


@dataclass(frozen=True)
class Share:
    """A weighted share that is printed beside the count of a total, and is hidden with it.

    The count is one sum over the parts, the share another: with two parts hidden, the two together would be a solution.
    whole: the total. weights: part -> what one respondent in it weighs, over the weight of all. below, above: how far
    the share (0..1) can move before another number is printed.
    """

    whole: Hashable
    weights: Mapping[Hashable, float]
    below: float
    above: float

    @classmethod
    def printed(cls, whole: Hashable, value: float, weights: Mapping[Hashable, float], *, step: float = 0.01) -> Share:
        """A share of `value` (0..1) that is printed in whole steps."""
        nearest = round(value / step) * step
        return cls(whole, weights, value - (nearest - step / 2), nearest + step / 2 - value)


@dataclass(frozen=True)
class Known:
    """What the reader of the tables knows, whatever is hidden.

    relations: the sums. limits: how far down and up each count may be imagined. need: by how much a hidden cell must be
    able to change. shares: printed beside totals. loose: how far cells that are printed rounded can change unseen.
    """

    relations: Sequence[Relation]
    limits: Mapping[Hashable, tuple[int, int]]
    need: Mapping[Hashable, int]
    shares: Sequence[Share]
    loose: Mapping[Hashable, tuple[int, int]]


class Room:
    """How far each cell can be raised by changing only cells that are hidden already: one linear programme, kept warm.

    Its corners are whole numbers for tables that share margins simply. A corner that is not whole proves nothing and is
    dropped: `Finder` then looks for whole numbers.
    """

    def __init__(self, known: Known, cells: set[Hashable]) -> None:
        from ortools.linear_solver import pywraplp

        self.need = known.need
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        limits = {cell: limit for cell, limit in known.limits.items() if cell in cells} | {
            cell: limit for cell, limit in known.loose.items() if cell not in cells
        }
        self.change = {cell: self.solver.NumVar(*limit, "") for cell, limit in limits.items()}
        for whole, parts in known.relations:
            inside = [part for part in parts if part in self.change]
            if inside or whole in self.change:
                row = self.solver.Constraint(0, 0)
                for part in inside:
                    row.SetCoefficient(self.change[part], 1)
                if whole in self.change:
                    row.SetCoefficient(self.change[whole], -1)
        for share in known.shares:
            if share.whole not in cells:
                row = self.solver.Constraint(-share.below, share.above)
                for part, weight in share.weights.items():
                    if part in self.change:
                        row.SetCoefficient(self.change[part], weight)

    def raising(self, key: Hashable) -> set[Hashable]:
        """Cells that are high enough in one set of whole-number tables that has `key` as high as can be."""
        objective = self.solver.Objective()
        objective.Clear()
        objective.SetCoefficient(self.change[key], 1 if self.need[key] > 0 else -1)
        objective.SetMaximization()
        if self.solver.Solve() != self.solver.OPTIMAL:
            return set()
        values = {cell: variable.solution_value() for cell, variable in self.change.items()}
        whole = all(abs(value - round(value)) <= 1e-6 for value in values.values())
        if not whole or not enough(round(values[key]), self.need[key]):
            return set()
        return {cell for cell, value in values.items() if enough(round(value), self.need[cell])}


class Finder:
    """Finds, for one small cell, the cheapest other whole-number tables in which it is larger by what it needs."""

    def __init__(self, known: Known, counts: Mapping[Hashable, int], fixed: set[Hashable]) -> None:
        self.known, self.counts, self.fixed = known, counts, fixed
        self.of_cell: dict[Hashable, list[int]] = {}
        for number, (whole, parts) in enumerate(known.relations):
            for key in (whole, *parts):
                self.of_cell.setdefault(key, []).append(number)
        depth = _depth(known.relations)
        # A larger cell tells the public more, and a total more than its parts.
        self.price = {key: (10 + n.bit_length()) * (1 + 3 * depth.get(key, 0)) for key, n in counts.items()}

    def alternative(self, key: Hashable, hidden: set[Hashable]) -> tuple[dict[Hashable, int], set[Hashable]]:
        """Non-zero changes of cells (the key's is at least k) that keep every sum, every share that stays and every
        count >= 0, and the cells that have to be hidden for it; nothing of either where there are none.

        In a large table cells far away are left as they are, unless that cannot be: other tables in which they do not
        change are other tables all the same. What it costs is, now and then, a cell more that is hidden.
        """
        free = {cell for cell in self.counts if cell not in self.fixed}
        if len(free) > LARGE:
            found = self._search(key, self._near(key, hidden) & free, hidden)
            if found[0]:
                return found
        return self._search(key, free, hidden)

    def _near(self, key: Hashable, hidden: set[Hashable]) -> set[Hashable]:
        """Cells within three sums; of a long sum only the cheapest parts, those that are hidden already first."""
        near, edge = {key}, {key}
        for _ in range(3):
            fresh: set[Hashable] = set()
            for number in {number for cell in edge for number in self.of_cell.get(cell, ())}:
                whole, parts = self.known.relations[number]
                some = sorted(parts, key=lambda cell: (cell not in near, cell not in hidden, self.price[cell]))
                fresh |= {whole, *some[:NEAR]}
            edge, near = fresh - near, near | fresh
        return near

    def _search(
        self, key: Hashable, free: set[Hashable], hidden: set[Hashable]
    ) -> tuple[dict[Hashable, int], set[Hashable]]:
        """The same among tables that differ in the cells of ``free`` only."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        change = self._changes(model, free)
        need = self.known.need[key]
        model.add(change[key] >= need if need > 0 else change[key] <= need)
        opened = {}
        for cell, variable in change.items():
            if cell not in hidden:
                opened[cell] = model.new_bool_var("")
                model.add_linear_constraint(variable, *self.known.loose.get(cell, (0, 0))).only_enforce_if(
                    ~opened[cell]
                )
        self._keep_shares(model, change, opened, hidden)
        model.minimize(sum(self.price[cell] * used for cell, used in opened.items()))
        solver = self._solver(2.0)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return {}, set()
        moved = {cell: by for cell, variable in change.items() if (by := solver.value(variable))}
        return moved, {cell for cell, used in opened.items() if solver.value(used)}

    def _keep_shares(
        self, model: Any, change: Mapping[Hashable, Any], opened: Mapping[Hashable, Any], hidden: set[Hashable]
    ) -> None:
        """Every share whose total stays shown must still be printed as the same number."""
        for share in self.known.shares:
            if share.whole in hidden:
                continue
            parts = [part for part in share.weights if part in change]
            scale = SCALE / max(share.weights.values())
            lost = sum(max(map(abs, self.known.limits[part])) for part in parts)  # by rounding weights to whole numbers
            low, high = math.ceil(-share.below * scale) + lost, math.floor(share.above * scale) - lost
            row = model.add_linear_constraint(
                sum(round(share.weights[part] * scale) * change[part] for part in parts), low, high
            )
            if share.whole in opened:
                row.only_enforce_if(~opened[share.whole])

    def _changes(self, model: Any, cells: set[Hashable]) -> dict[Hashable, Any]:
        """One whole-number change for each cell, tied by every sum; cells not given do not change."""
        change = {cell: model.new_int_var(*limit, "") for cell, limit in self.known.limits.items() if cell in cells}
        for number in sorted({number for cell in change for number in self.of_cell.get(cell, ())}):
            whole, parts = self.known.relations[number]
            model.add(sum(change.get(part, 0) for part in parts) == change.get(whole, 0))
        return change

    @staticmethod
    def _solver(work: float) -> Any:
        """One worker, one seed and a work limit rather than a clock: the same tables always hide the same cells."""
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = work
        solver.parameters.relative_gap_limit = 0.05
        return solver


def enough(change: int, need: int) -> bool:
    return change >= need if need > 0 else change <= need


def _depth(relations: Sequence[Relation]) -> dict[Hashable, int]:
    """How many levels of parts stand below each total."""
    depth: dict[Hashable, int] = {}
    for _ in range(16):
        changed = False
        for whole, parts in relations:
            level = 1 + max((depth.get(part, 0) for part in parts), default=0)
            if level > depth.get(whole, 0) and level <= 16:
                depth[whole], changed = level, True
        if not changed:
            break
    return depth
