"""The attacker here knows what the reader of the tables knows, and solvers (GLOP, CP-SAT for whole numbers).

It is written apart from the engine: it rebuilds the tables' sums from the rows, never from the engine's relations.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from xiangli.surveys.statistics import StatisticsError, protect, protect_tables


def cells_of(rows, table):
    """Every cell of the table and its margins, as key -> the full combinations of all variables that it counts."""
    variables = sorted(rows)
    levels = {v: sorted(set(rows[v])) for v in variables}
    atoms = list(product(*(levels[v] for v in variables)))
    cells = {}
    for choice in product(*([None, *levels[v]] for v in table)):
        fixed = {v: level for v, level in zip(table, choice, strict=True) if level is not None}
        key = frozenset(fixed.items())
        cells[key] = [
            i for i, atom in enumerate(atoms) if all(atom[variables.index(v)] == level for v, level in fixed.items())
        ]
    return atoms, cells


def linear_range(rows, tables, shown, key):
    """Smallest and largest count of `key` in any non-negative table of all variables that agrees with what is shown."""
    atoms = cells_of(rows, tables[0])[0]
    cells = {}
    for table in tables:
        cells |= cells_of(rows, table)[1]
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = [solver.NumVar(0, solver.infinity(), "") for _ in atoms]
    for cell, members in cells.items():
        if cell in shown:
            solver.Add(sum(x[i] for i in members) == shown[cell])
    bounds = []
    target = sum(x[i] for i in cells[key])
    for sense in (solver.Minimize, solver.Maximize):
        sense(target)
        status = solver.Solve()
        bounds.append(solver.Objective().Value() if status == solver.OPTIMAL else float("inf"))
    return bounds


def can_be(rows, tables, shown, key, least, most):
    """Whether some whole-number table agrees with what is shown and has least <= key <= most."""
    atoms = cells_of(rows, tables[0])[0]
    cells = {}
    for table in tables:
        cells |= cells_of(rows, table)[1]
    model = cp_model.CpModel()
    x = [model.new_int_var(0, 10_000, "") for _ in atoms]
    for cell, members in cells.items():
        if cell in shown:
            model.add(sum(x[i] for i in members) == shown[cell])
    target = sum(x[i] for i in cells[key])
    model.add(target >= least)
    model.add(target <= most)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def random_rows(seed, respondents, **levels):
    rng = np.random.default_rng(seed)
    return {
        variable: rng.choice(size, respondents, p=rng.dirichlet(np.full(size, 0.8))).tolist()
        for variable, size in levels.items()
    }


TABLES = [
    ([("village", "age")], {"village": 6, "age": 4}),
    ([("village", "age"), ("village", "sex")], {"village": 5, "age": 4, "sex": 2}),
    ([("village", "age"), ("village", "sex"), ("age", "sex")], {"village": 4, "age": 4, "sex": 2}),
]


@pytest.mark.parametrize(("tables", "levels"), TABLES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_small_cell_can_be_derived_from_the_published_tables(tables, levels, seed):
    rows = random_rows(seed, 150, **levels)
    result = protect_tables(rows, tables, k=5)
    assert result.primary
    assert all(n >= 5 for n in result.shown.values())
    for key in result.primary:
        truth = len([1 for row in range(150) if all(rows[v][row] == level for v, level in key)])
        low, high = linear_range(rows, tables, result.shown, key)
        assert low <= truth + 1e-6
        assert high >= truth + 5 - 1e-6
        assert can_be(rows, tables, result.shown, key, truth + 5, 10_000)
    for key in result.complementary:
        truth = len([1 for row in range(150) if all(rows[v][row] == level for v, level in key)])
        below = can_be(rows, tables, result.shown, key, 0, truth - 1)
        assert below or can_be(rows, tables, result.shown, key, truth + 1, 10_000)


def test_hiding_small_cells_alone_would_be_undone():
    """What this module exists for: without complementary cells the attacker gets the hidden cell exactly."""
    rows = {"village": [0] * 12 + [1] * 10, "age": [0] * 9 + [1] * 3 + [0] * 10}
    result = protect_tables(rows, [("village", "age")], k=5, hide_zeros=False)
    small = frozenset({("village", 0), ("age", 1)})
    naive = dict(result.shown)
    for key in result.complementary:
        naive[key] = len([1 for row in range(22) if all(rows[v][row] == level for v, level in key)])
    naive = {key: n for key, n in naive.items() if n >= 5 or n == 0}
    assert linear_range(rows, [("village", "age")], naive, small) == [pytest.approx(3), pytest.approx(3)]
    low, high = linear_range(rows, [("village", "age")], result.shown, small)
    assert high - low >= 5


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_protection_holds_for_any_two_way_table(data):
    shape = data.draw(st.tuples(st.integers(2, 4), st.integers(2, 4)))
    table = data.draw(
        st.lists(st.integers(0, 12), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).filter(sum)
    )
    rows = {"a": [], "b": []}
    for index, n in enumerate(table):
        rows["a"] += [index // shape[1]] * n
        rows["b"] += [index % shape[1]] * n
    k = data.draw(st.integers(2, 6))
    hide_zeros = data.draw(st.booleans())
    result = protect_tables(rows, [("a", "b")], k=k, hide_zeros=hide_zeros)
    for key in result.primary:
        truth = len([1 for a, b in zip(rows["a"], rows["b"], strict=True) if key <= {("a", a), ("b", b)}])
        low, high = linear_range(rows, [("a", "b")], result.shown, key)
        assert high - low >= k - 1e-6
        assert high >= truth + k - 1e-6


def test_nothing_is_hidden_where_nothing_is_small():
    result = protect({"甲": 10, "乙": 20, "合计": 30}, [("合计", ["甲", "乙"])])
    assert result.hidden == frozenset()
    assert result.shown == {"甲": 10, "乙": 20, "合计": 30}


def test_the_cheapest_companion_is_hidden_not_the_total():
    result = protect({"甲": 2, "乙": 20, "丙": 400, "合计": 422}, [("合计", ["甲", "乙", "丙"])])
    assert (result.primary, result.complementary) == ({"甲"}, {"乙"})


def test_zeros_may_be_shown_where_the_reader_is_allowed_them():
    counts = {"甲": 0, "乙": 20, "丙": 30, "合计": 50}
    assert protect(counts, [("合计", ["甲", "乙", "丙"])], hide_zeros=False).hidden == frozenset()
    assert "甲" in protect(counts, [("合计", ["甲", "乙", "丙"])]).primary


def test_hierarchies_are_protected_through_every_level():
    """A village's small cell must not follow from the town's total less the other villages."""
    counts = {"县": 160, "镇一": 60, "镇二": 100, "村一": 3, "村二": 57, "村三": 40, "村四": 60}
    links = [("县", ["镇一", "镇二"]), ("镇一", ["村一", "村二"]), ("镇二", ["村三", "村四"])]
    result = protect(counts, links)
    assert result.primary == {"村一"}
    assert result.complementary == {"村二"}


def test_a_known_ceiling_limits_what_can_be_kept_open():
    """Seven in the group are known to have answered, three of them so: 3 to 7 is all the room there is."""
    counts = {"甲": 3, "乙": 20, "合计": 23}
    result = protect(counts, [("合计", ["甲", "乙"])], at_most={"甲": 7, "乙": 40, "合计": 47})
    assert result.hidden == {"甲", "乙"}


def test_protect_is_the_same_every_time():
    rows = random_rows(7, 200, village=6, age=4)
    first = protect_tables(rows, [("village", "age")])
    assert first == protect_tables(rows, [("village", "age")])


@pytest.mark.parametrize(
    ("counts", "links", "options", "message"),
    [
        ({"甲": 1, "合计": 2}, [("合计", ["甲"])], {}, "“合计”不等于它各部分之和"),
        ({"甲": -1}, [], {}, "“甲”的数 -1 不是非负整数"),
        ({"甲": 1.5}, [], {}, "“甲”的数 1.5 不是非负整数"),
        ({"甲": 1}, [("合计", ["甲"])], {}, "“合计”不在表里"),
        ({"甲": 1}, [], {"k": 0}, "k 要是正整数"),
        ({"甲": 3}, [], {"at_most": {"甲": 2}}, "“甲”的数 3 超过了它的上限 2"),
    ],
)
def test_protect_refuses_bad_tables(counts, links, options, message):
    with pytest.raises(StatisticsError, match=message):
        protect(counts, links, **options)


def test_protect_says_which_cell_cannot_be_hidden():
    counts = {"甲": 2, "乙": 20, "合计": 22}
    with pytest.raises(StatisticsError, match=r"“甲”只有 2 份答卷.*无法保护"):
        protect(counts, [("合计", ["甲", "乙"])], always_shown=["乙", "合计"])


def test_protect_tables_refuses_unknown_variables():
    with pytest.raises(StatisticsError, match="没有变量“年龄”"):
        protect_tables({"村": ["甲"]}, [("村", "年龄")])
