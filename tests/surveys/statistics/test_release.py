"""Figures of villages and their total against an attacker who knows all sizes: LP bounds, apart from the engine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from xiangli.surveys.statistics import Before, StatisticsError, closed_figures


def bounds(chosen, answered, hidden, cell, *, exclusive):
    """Smallest and largest value of a cell in any table that agrees with what is shown."""
    villages, options = list(answered), list(next(iter(chosen.values())))
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = {(v, o): solver.NumVar(0, answered[v], "") for v in villages for o in options}
    for v in villages:
        if exclusive:
            solver.Add(sum(x[v, o] for o in options) == answered[v])
        for o in options:
            if (v, o) not in hidden:
                solver.Add(x[v, o] == chosen[v][o])
    for o in options if len(villages) > 1 else ():
        if (None, o) not in hidden:
            solver.Add(sum(x[v, o] for v in villages) == sum(chosen[v][o] for v in villages))
    village, option = cell
    target = x[cell] if village is not None else sum(x[v, option] for v in villages)
    found = []
    for sense in (solver.Minimize, solver.Maximize):
        sense(target)
        assert solver.Solve() == solver.OPTIMAL
        found.append(solver.Objective().Value())
    return found


def assert_closed(chosen, answered, hidden, *, exclusive, k):
    """No small cell is shown; a hidden small one ranges k wide, or over all the room its village leaves it."""
    for village, counts in chosen.items():
        for option, n in counts.items():
            if n >= k:
                continue
            assert (village, option) in hidden
            low, high = bounds(chosen, answered, hidden, (village, option), exclusive=exclusive)
            assert high - low >= min(k, answered[village] - n) - 1e-6
            assert low <= n + 1e-6
            assert high >= n + min(k, answered[village] - n) - 1e-6


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_small_cells_cannot_be_had_from_villages_and_total(exclusive, seed):
    rng = np.random.default_rng(seed)
    answered = {f"v{n}": int(rng.integers(8, 60)) for n in range(7)}
    shares = rng.dirichlet(np.full(5, 0.7))
    draw = (lambda n: rng.multinomial(n, shares)) if exclusive else (lambda n: rng.binomial(n, shares))
    chosen = {v: {f"o{i}": int(c) for i, c in enumerate(draw(n))} for v, n in answered.items()}
    hidden = closed_figures(chosen, answered, exclusive=exclusive)
    assert_closed(chosen, answered, hidden, exclusive=exclusive, k=5)
    assert len(hidden) < len(chosen) * 5 + 5  # something can be shown


def test_one_small_village_does_not_follow_from_the_total():
    chosen = {"甲": {"食堂": 2}, "乙": {"食堂": 20}, "丙": {"食堂": 30}}
    answered = {"甲": 40, "乙": 40, "丙": 40}
    hidden = closed_figures(chosen, answered, exclusive=False)
    assert len(hidden) == 2
    assert hidden < {("甲", "食堂"), ("乙", "食堂"), ("丙", "食堂")}
    assert bounds(chosen, answered, {("甲", "食堂")}, ("甲", "食堂"), exclusive=False) == pytest.approx([2, 2])


def test_cells_closed_for_their_groups_stay_closed_and_are_protected_too():
    chosen = {"甲": {"食堂": 22}, "乙": {"食堂": 20}, "丙": {"食堂": 30}}
    answered = dict.fromkeys(chosen, 40)
    hidden = closed_figures(chosen, answered, exclusive=False, closed=[("甲", "食堂")])
    low, high = bounds(chosen, answered, hidden, ("甲", "食堂"), exclusive=False)
    assert ("甲", "食堂") in hidden
    assert high >= 27 > 22 >= low


def test_where_nothing_is_enough_nothing_is_shown():
    hidden = closed_figures({"甲": {"是": 5, "否": 0}}, {"甲": 5}, exclusive=True)
    assert hidden >= {("甲", "是"), ("甲", "否")}


def test_a_village_with_too_few_answers_is_refused():
    with pytest.raises(StatisticsError, match="甲只有 3 人回答"):
        closed_figures({"甲": {"是": 3}}, {"甲": 3}, exclusive=False)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_table_is_closed(data):
    exclusive, k = data.draw(st.booleans()), data.draw(st.integers(2, 6))
    villages, options = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    chosen, answered = {}, {}
    for v in range(villages):
        counts = [data.draw(st.integers(0, 15)) for _ in range(options)]
        size = sum(counts) if exclusive else max(counts) + data.draw(st.integers(0, 10))
        if size >= k:
            chosen[f"v{v}"], answered[f"v{v}"] = {f"o{i}": n for i, n in enumerate(counts)}, size
    if chosen:
        hidden = closed_figures(chosen, answered, exclusive=exclusive, k=k)
        assert_closed(chosen, answered, hidden, exclusive=exclusive, k=k)


@pytest.mark.parametrize("seed", range(6))
def test_weighted_share_of_all_villages_gives_no_small_village_away(seed):
    """The attacker knows what an answer of each village weighs, and adds the printed share to what he knows."""
    rng = np.random.default_rng(seed)
    answered = {f"v{n}": int(rng.integers(8, 60)) for n in range(6)}
    people = {v: n * int(rng.integers(3, 40)) for v, n in answered.items()}
    chosen = {v: {"o": int(rng.binomial(n, rng.uniform(0.05, 0.5)))} for v, n in answered.items()}
    weights = {v: people[v] / answered[v] / sum(people.values()) for v in answered}
    share = sum(weights[v] * chosen[v]["o"] for v in answered)
    hidden = closed_figures(chosen, answered, exclusive=False, weights=weights, shares={"o": share})
    for village in answered:
        n = chosen[village]["o"]
        if n >= 5:
            continue
        solver = pywraplp.Solver.CreateSolver("SAT")
        x = {v: solver.IntVar(0, answered[v], "") for v in answered}
        for v in answered:
            if (v, "o") not in hidden:
                solver.Add(x[v] == chosen[v]["o"])
        if (None, "o") not in hidden:
            solver.Add(sum(x.values()) == sum(one["o"] for one in chosen.values()))
            all_of_it = sum(weights[v] * x[v] for v in answered)
            solver.Add(all_of_it >= round(100 * share) / 100 - 0.005)
            solver.Add(all_of_it <= round(100 * share) / 100 + 0.005)
        solver.Maximize(x[village])
        assert solver.Solve() == solver.OPTIMAL
        assert round(x[village].solution_value()) >= n + min(5, answered[village] - n)


@pytest.mark.parametrize("seed", range(8))
def test_two_pages_side_by_side_give_no_small_village_away(seed):
    """One village has new answers, the others have not: the attacker kept the first page and knows which."""
    rng = np.random.default_rng(seed)
    villages = [f"v{n}" for n in range(5)]
    size = {v: int(rng.integers(8, 40)) for v in villages}
    first = {v: {"o": int(rng.binomial(size[v], rng.uniform(0.05, 0.5)))} for v in villages}
    old = closed_figures(first, size, exclusive=False)
    shown = frozenset((v, "o") for v in villages if (v, "o") not in old)
    sums = frozenset({"o"} if (None, "o") not in old and ("v0", "o") in shown else ())
    before = Before(frozenset(villages[1:]), frozenset(cell for cell in shown if cell[0] != "v0"), sums)
    more, grown = int(rng.integers(2, 15)), {**size, "v0": size["v0"] + 20}
    second = {**first, "v0": {"o": first["v0"]["o"] + more}}
    new = closed_figures(second, grown, exclusive=False, before=before)
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = {v: solver.NumVar(0, size[v], "") for v in villages}
    later = {**x, "v0": solver.NumVar(0, grown["v0"], "")}
    for chosen, hidden, page in ((first, old, x), (second, new, later)):
        for v in villages:
            if (v, "o") not in hidden:
                solver.Add(page[v] == chosen[v]["o"])
        if (None, "o") not in hidden:
            solver.Add(sum(page.values()) == sum(one["o"] for one in chosen.values()))
    for v in villages[1:]:
        n = first[v]["o"]
        if n < 5:
            solver.Maximize(x[v])
            assert solver.Solve() == solver.OPTIMAL
            assert solver.Objective().Value() >= n + min(5, size[v] - n) - 1e-6


def test_what_was_closed_once_stays_closed_where_nothing_moved():
    chosen = {"甲": {"食堂": 2}, "乙": {"食堂": 20}, "丙": {"食堂": 30}}
    answered = dict.fromkeys(chosen, 40)
    before = Before(frozenset(chosen), frozenset({("丙", "食堂")}), frozenset({"食堂"}))
    hidden = closed_figures(chosen, answered, exclusive=False, before=before)
    assert hidden == {("甲", "食堂"), ("乙", "食堂")}
