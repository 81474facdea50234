"""Completion of equal shares by raising the budget one unit per voter ("add1").

Source: Peters, Pierczyński & Skowron (2021), sec. 4; Faliszewski et al. (2023). The rule is run again and again with
everybody's share one unit of money higher, until the outcome is exhaustive (nothing supported fits any more), or costs
more than the real budget: then the outcome before counts.
"""

from __future__ import annotations

from fractions import Fraction

from .equal_shares import Run
from .support import Support


def first_share(support: Support, raises: int) -> Fraction:
    """Each voter's share of the budget after so many raises (x money_unit, per 1/unit voter)."""
    return Fraction(support.budget, support.voters) + Fraction(raises * support.money_unit, support.unit)


def add_one(support: Support) -> tuple[Run, int, Run | None]:
    """The run whose outcome counts, how often the share was raised for it, and the run that would overspend, if any."""
    before: Run | None = None
    raises = 0
    while True:
        run = Run(support, first_share(support, raises)).finish()
        if run.cost > support.budget:
            assert before is not None  # the first run cannot overspend: it shares out the budget itself
            return before, raises - 1, run
        if is_exhaustive(support, run):
            return run, raises, None
        before = run
        raises += 1


def is_exhaustive(support: Support, run: Run) -> bool:
    """Whether no further supported project fits the budget beside those bought."""
    left = support.budget - run.cost
    bought = {purchase.project for purchase in run.purchases}
    return all(p in bought or support.costs[p] > left for p in support.supported)
