"""Disclosure control: which cells of the published tables must stay hidden so that no small cell can be derived.

Source: Fischetti & Salazar (2001), cell suppression; here each small cell is protected in turn by the cheapest set of
further cells (an integer programme), which is a heuristic for the number of cells hidden, not for safety.

The guarantee. The attacker knows every table's layout, that counts are whole and not negative, every shown cell and
every sum among the tables (margins, shared margins, several linked tables). Then for each cell that is hidden because
it is small there are two complete sets of whole-number tables that agree with all that is shown, one with the cell's
true count and one with a count at least k higher: its possible range is k wide or wider and reaches k. No hidden cell
at all is determined exactly. Not covered: a respondent who subtracts his own answer learns one less (choose k
accordingly), and rates or shares printed beside a hidden count, which must be hidden with it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from .errors import StatisticsError

Relation = tuple[Hashable, Sequence[Hashable]]  # a total and the parts that add up to it

ALL = "*"  # in a table's cell key: summed over this variable


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
) -> Protected:
    """Chooses the cells to hide.

    counts: every cell of every table, totals included, each once however many tables show it.
    relations: total = sum of parts, for every table. They must hold, or StatisticsError names the one that does not.
    hide_zeros: whether 0 counts as small (it does in law: nobody is somebody known). unpublished: cells nobody sees,
    given only for the sums they take part in. always_shown: cells the public knows anyway; where a small cell cannot be
    protected without them, StatisticsError names it. at_most: what the public knows a cell cannot exceed (the size of
    its group); where that leaves less than k above the count, all of that room is kept open instead of k (and k below,
    where it leaves none). also: cells that are hidden and protected as if they were small.
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
    finder = _Finder(counts, relations, limits, need, fixed)
    room = _Room(relations, limits, need, hidden - fixed)
    for key in sorted(small, key=lambda key: (-counts[key], repr(key))):
        if key in safe:
            continue
        if raised := room.raising(key):
            safe |= raised
            continue
        moved = finder.alternative(key, hidden)
        if moved is None:
            raise StatisticsError(
                f"单元格“{_name(key)}”只有 {counts[key]} 份答卷，别的单元格都已公开，无法保护：请不要单独公布这张表"
            )
        if not moved.keys() <= hidden:
            hidden |= moved.keys()
            room = _Room(relations, limits, need, hidden - fixed)
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
    ) -> None:
        from ortools.linear_solver import pywraplp

        self.need = need
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        self.change = {cell: self.solver.NumVar(*limit, "") for cell, limit in limits.items() if cell in cells}
        for whole, parts in relations:
            inside = [part for part in parts if part in self.change]
            if inside or whole in self.change:
                row = self.solver.Constraint(0, 0)
                for part in inside:
                    row.SetCoefficient(self.change[part], 1)
                if whole in self.change:
                    row.SetCoefficient(self.change[whole], -1)

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
    ) -> None:
        self.counts, self.limits, self.need = counts, limits, need
        self.relations, self.fixed = relations, fixed
        self.of_cell: dict[Hashable, list[int]] = {}
        for number, (whole, parts) in enumerate(relations):
            for key in (whole, *parts):
                self.of_cell.setdefault(key, []).append(number)
        depth = _depth(relations)
        # A larger cell tells the public more, and a total more than its parts.
        self.price = {key: (10 + n.bit_length()) * (1 + 3 * depth.get(key, 0)) for key, n in counts.items()}

    def alternative(self, key: Hashable, hidden: set[Hashable]) -> dict[Hashable, int] | None:
        """Non-zero changes of cells (the key's is at least k) that keep every sum and every count >= 0."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        change = self._changes(model, {cell for cell in self.counts if cell not in self.fixed})
        model.add(change[key] >= self.need[key] if self.need[key] > 0 else change[key] <= self.need[key])
        cost = []
        for cell, variable in change.items():
            if cell not in hidden:
                used = model.new_bool_var("")
                model.add(variable == 0).only_enforce_if(~used)
                cost.append(self.price[cell] * used)
        model.minimize(sum(cost))
        solver = self._solver(2.0)
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return {cell: moved for cell, variable in change.items() if (moved := solver.value(variable))}

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
