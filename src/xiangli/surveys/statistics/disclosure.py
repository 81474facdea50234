"""Disclosure control: which cells of the published tables must stay hidden so that no small cell can be derived.

Source: Fischetti & Salazar (2001), cell suppression; here each small cell is protected in turn by the cheapest set of
further cells (an integer programme), which is a heuristic for the number of cells hidden, not for safety.

The guarantee. The attacker knows every table's layout, that counts are whole and not negative, every shown cell and
every sum among the tables (margins, shared margins, several linked tables), and what a respondent of each cell weighs
where a weighted share stands beside a total (`Share`). Then for each cell that is hidden because it is small there are
two complete sets of whole-number tables that agree with all that is shown, one with the cell's true count and one with
a count at least k higher: its possible range is k wide or wider and reaches k. No hidden cell at all is determined
exactly. Not covered: what the width of a share's interval says; a respondent who subtracts his own answer learns one
less (choose k accordingly); rates or shares printed beside a hidden count, which must be hidden with it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from .errors import StatisticsError

Relation = tuple[Hashable, Sequence[Hashable]]  # a total and the parts that add up to it

SCALE = 1_000_000
"""Weights are made whole numbers of up to this size for the solver of whole numbers."""

ALL = "*"  # in a table's cell key: summed over this variable


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
class Protected:
    """primary: hidden because smaller than k. complementary: hidden to protect them. shown: what may be published."""

    primary: frozenset[Hashable]
    complementary: frozenset[Hashable]
    shown: dict[Hashable, int]

    @property
    def hidden(self) -> frozenset[Hashable]:
        return self.primary | self.complementary


def protect(
    counts: Mapping[Hashable, int],
    relations: Iterable[Relation],
    *,
    k: int = 5,
    hide_zeros: bool = True,
    unpublished: Iterable[Hashable] = (),
    always_shown: Iterable[Hashable] = (),
    at_most: Mapping[Hashable, int] | None = None,
    also: Iterable[Hashable] = (),
    shares: Iterable[Share] = (),
    rounded: Mapping[Hashable, tuple[int, int]] | None = None,
) -> Protected:
    """Chooses the cells to hide.

    counts: every cell of every table, totals included, each once however many tables show it.
    relations: total = sum of parts, for every table. They must hold, or StatisticsError names the one that does not.
    hide_zeros: whether 0 counts as small (it does in law: nobody is somebody known). unpublished: cells nobody sees,
    given only for the sums they take part in. always_shown: cells the public knows anyway; where a small cell cannot be
    protected without them, StatisticsError names it. at_most: what the public knows a cell cannot exceed (the size of
    its group); where that leaves less than k above the count, all of that room is kept open instead of k (and k below,
    where it leaves none). also: cells that are hidden and protected as if they were small. shares: weighted shares that
    stand beside totals. rounded: cells that are printed rounded -> how far below and above the count others are printed
    the same.
    """
    relations = [(whole, tuple(parts)) for whole, parts in relations]
    _check(counts, relations, k)
    secret, fixed, more = set(unpublished), set(always_shown), set(also)
    small = [
        key
        for key, n in counts.items()
        if (key in more or (n < k and (hide_zeros or n > 0))) and key not in secret and key not in fixed
    ]
    hidden = secret | set(small)
    safe: set[Hashable] = set()
    limits = _limits(counts, k, at_most or {})
    need = {key: _need(n, limits[key], k) for key, n in counts.items()}
    shares = [share for share in shares if len(set(share.weights.values())) > 1]  # else the count says as much
    loose = {key: (-below, above) for key, (below, above) in (rounded or {}).items()}
    finder = _Finder(counts, relations, limits, need, fixed, shares, loose)
    room = _Room(relations, limits, need, hidden - fixed, shares, loose)
    for key in sorted(small, key=lambda key: (-counts[key], repr(key))):
        if key in safe:
            continue
        if raised := room.raising(key):
            safe |= raised
            continue
        moved, opened = finder.alternative(key, hidden)
        if not moved:
            raise StatisticsError(
                f"单元格“{_name(key)}”只有 {counts[key]} 份答卷，别的单元格都已公开，无法保护：请不要单独公布这张表"
            )
        if not opened <= hidden:
            hidden |= opened
            room = _Room(relations, limits, need, hidden - fixed, shares, loose)
        safe |= {other for other, by in moved.items() if _enough(by, need[other])}
    primary = frozenset(small)
    shown = {key: n for key, n in counts.items() if key not in hidden}
    return Protected(primary, frozenset(hidden - secret - primary), shown)


class _Room:
    """How far each cell can be raised by changing only cells that are hidden already: one linear programme, kept warm.

    Its corners are whole numbers for tables that share margins simply. A corner that is not whole proves nothing and is
    dropped: `_Finder` then looks for whole numbers.
    """

    def __init__(
        self,
        relations: Sequence[Relation],
        limits: Mapping[Hashable, tuple[int, int]],
        need: Mapping[Hashable, int],
        cells: set[Hashable],
        shares: Sequence[Share],
        loose: Mapping[Hashable, tuple[int, int]],
    ) -> None:
        from ortools.linear_solver import pywraplp

        self.need = need
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        limits = {cell: limits[cell] for cell in limits if cell in cells} | {
            cell: limit for cell, limit in loose.items() if cell not in cells
        }
        self.change = {cell: self.solver.NumVar(*limit, "") for cell, limit in limits.items()}
        for whole, parts in relations:
            inside = [part for part in parts if part in self.change]
            if inside or whole in self.change:
                row = self.solver.Constraint(0, 0)
                for part in inside:
                    row.SetCoefficient(self.change[part], 1)
                if whole in self.change:
                    row.SetCoefficient(self.change[whole], -1)
        for share in shares:
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
        if not whole or not _enough(round(values[key]), self.need[key]):
            return set()
        return {cell for cell, value in values.items() if _enough(round(value), self.need[cell])}


class _Finder:
    """Finds, for one small cell, the cheapest other whole-number tables in which it is larger by what it needs."""

    def __init__(
        self,
        counts: Mapping[Hashable, int],
        relations: Sequence[Relation],
        limits: Mapping[Hashable, tuple[int, int]],
        need: Mapping[Hashable, int],
        fixed: set[Hashable],
        shares: Sequence[Share],
        loose: Mapping[Hashable, tuple[int, int]],
    ) -> None:
        self.counts, self.limits, self.need = counts, limits, need
        self.relations, self.fixed, self.shares, self.loose = relations, fixed, shares, loose
        self.of_cell: dict[Hashable, list[int]] = {}
        for number, (whole, parts) in enumerate(relations):
            for key in (whole, *parts):
                self.of_cell.setdefault(key, []).append(number)
        depth = _depth(relations)
        # A larger cell tells the public more, and a total more than its parts.
        self.price = {key: (10 + n.bit_length()) * (1 + 3 * depth.get(key, 0)) for key, n in counts.items()}

    def alternative(self, key: Hashable, hidden: set[Hashable]) -> tuple[dict[Hashable, int], set[Hashable]]:
        """Non-zero changes of cells (the key's is at least k) that keep every sum, every share that stays and every
        count >= 0, and the cells that have to be hidden for it; nothing of either where there are none."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        change = self._changes(model, {cell for cell in self.counts if cell not in self.fixed})
        model.add(change[key] >= self.need[key] if self.need[key] > 0 else change[key] <= self.need[key])
        opened = {}
        for cell, variable in change.items():
            if cell not in hidden:
                opened[cell] = model.new_bool_var("")
                model.add_linear_constraint(variable, *self.loose.get(cell, (0, 0))).only_enforce_if(~opened[cell])
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
        for share in self.shares:
            if share.whole in hidden:
                continue
            parts = [part for part in share.weights if part in change]
            scale = SCALE / max(share.weights.values())
            lost = sum(max(map(abs, self.limits[part])) for part in parts)  # by rounding weights to whole numbers
            low, high = math.ceil(-share.below * scale) + lost, math.floor(share.above * scale) - lost
            row = model.add_linear_constraint(
                sum(round(share.weights[part] * scale) * change[part] for part in parts), low, high
            )
            if share.whole in opened:
                row.only_enforce_if(~opened[share.whole])

    def _changes(self, model: Any, cells: set[Hashable]) -> dict[Hashable, Any]:
        """One whole-number change for each cell, tied by every sum; cells not given do not change."""
        change = {cell: model.new_int_var(*limit, "") for cell, limit in self.limits.items() if cell in cells}
        for number in sorted({number for cell in change for number in self.of_cell.get(cell, ())}):
            whole, parts = self.relations[number]
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


def _need(n: int, limit: tuple[int, int], k: int) -> int:
    """By how much a hidden cell must be able to change: up by k or all its room, down where it has no room above."""
    return min(k, limit[1]) if limit[1] > 0 else -max(1, min(k, n))


def _enough(change: int, need: int) -> bool:
    return change >= need if need > 0 else change <= need


def _limits(counts: Mapping[Hashable, int], k: int, at_most: Mapping[Hashable, int]) -> dict[Hashable, tuple[int, int]]:
    """How far down and up each count may be imagined: not below 0, not above what the public knows, 4 k at most."""
    limits = {}
    for key, n in counts.items():
        above = at_most.get(key, n + 4 * k) - n
        if above < 0:
            raise StatisticsError(f"单元格“{_name(key)}”的数 {n} 超过了它的上限 {at_most[key]}")
        limits[key] = (-min(n, 4 * k), min(above, 4 * k))
    return limits


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


def _check(counts: Mapping[Hashable, int], relations: Sequence[Relation], k: int) -> None:
    if k < 1:
        raise StatisticsError(f"最小公布人数 k 要是正整数，不能是 {k}")
    for key, n in counts.items():
        if n != int(n) or n < 0:
            raise StatisticsError(f"单元格“{_name(key)}”的数 {n} 不是非负整数")
    for whole, parts in relations:
        for key in (whole, *parts):
            if key not in counts:
                raise StatisticsError(f"关系中的单元格“{_name(key)}”不在表里")
        if sum(counts[part] for part in parts) != counts[whole]:
            raise StatisticsError(f"单元格“{_name(whole)}”不等于它各部分之和")


def _name(key: Any) -> str:
    if isinstance(key, frozenset):
        return "，".join(f"{variable}={level}" for variable, level in sorted(key, key=repr)) or "合计"
    return "，".join(map(str, key)) if isinstance(key, tuple) else str(key)


Table = tuple[str, ...]  # the variables it crosses


def protect_tables(
    rows: Mapping[str, Sequence[Any]],
    tables: Sequence[Table],
    *,
    k: int = 5,
    hide_zeros: bool = True,
    joint_limit: int = 3000,
) -> Protected:
    """Protects several tables of respondents published together, with all their margins.

    rows: variable -> level of each respondent. tables: the variables each table crosses. A cell's key is the frozenset
    of its (variable, level) pairs, so a margin shared by two tables is one cell; the grand total is frozenset().
    Where all the variables together have at most `joint_limit` combinations, their full cross-classification is part of
    what the attacker is assumed to reason with (it bounds the tables further than their sums do).
    """
    levels = {variable: sorted(set(values), key=repr) for variable, values in rows.items()}
    used = tuple(dict.fromkeys(variable for table in tables for variable in table))
    for variable in used:
        if variable not in levels:
            raise StatisticsError(f"没有变量“{variable}”")
    counts: dict[Hashable, int] = {}
    relations: dict[tuple[Hashable, str], tuple[Hashable, ...]] = {}
    for table in tables:
        _add_table(counts, relations, rows, levels, tuple(table))
    published = set(counts)
    combinations = 1
    for variable in used:
        combinations *= len(levels[variable])
    if len(tables) > 1 and combinations <= joint_limit:
        _add_table(counts, relations, rows, levels, used)
    links = [(whole, parts) for (whole, _variable), parts in relations.items()]
    return protect(counts, links, k=k, hide_zeros=hide_zeros, unpublished=set(counts) - published)


def _add_table(
    counts: dict[Hashable, int],
    relations: dict[tuple[Hashable, str], tuple[Hashable, ...]],
    rows: Mapping[str, Sequence[Any]],
    levels: Mapping[str, list[Any]],
    table: Table,
) -> None:
    """All cells of one table with all its margins, and the sums that tie them."""
    from collections import Counter

    base = Counter(zip(*(rows[variable] for variable in table), strict=True))
    full = {combination: base.get(combination, 0) for combination in product(*(levels[v] for v in table))}
    cells = dict(full)
    for position, variable in enumerate(table):
        summed: Counter[tuple[Any, ...]] = Counter()
        parts: dict[tuple[Any, ...], list[Hashable]] = {}
        for combination, n in cells.items():
            whole = (*combination[:position], ALL, *combination[position + 1 :])
            summed[whole] += n
            parts.setdefault(whole, []).append(_key(table, combination))
        for whole, keys in parts.items():
            relations[_key(table, whole), variable] = tuple(keys)
        cells.update({whole: summed[whole] for whole in parts})
    for combination, n in cells.items():
        counts[_key(table, combination)] = n


def _key(table: Table, combination: tuple[Any, ...]) -> frozenset[tuple[str, Any]]:
    return frozenset((v, level) for v, level in zip(table, combination, strict=True) if level is not ALL)
