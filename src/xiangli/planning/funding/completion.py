"""Completion of equal shares by raising the budget one unit per voter ("add1"), without running every raise.

Source: Peters, Pierczyński & Skowron (2021), sec. 4; Faliszewski et al. (2023). The rule is run again and again with
everybody's share one unit of money higher, until the outcome is exhaustive (nothing supported fits any more), or costs
more than the real budget: then the outcome before counts.

Raises that change nothing are passed over with proof. As long as the order of purchases stays the same, more money can
only lower each price and leave each voter more (by induction over the purchases). So let two raises, low and high, buy
the same projects in the same order. If at every step the project bought was cheaper at the *low* raise than every other
project would be at the *high* one, then every raise between the two buys the same in the same order; and what nobody
could afford at the high one, nobody could before.
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
    run, raises = Run(support, first_share(support, 0)).finish(), 0
    ahead: list[tuple[int, Run]] = []  # raises tried beyond the next one, nearest last
    stride = 1
    while not is_exhaustive(support, run):
        if not ahead:
            ahead.append((raises + stride, _run(support, raises + stride, run)))
        goal, later = ahead[-1]
        if goal > raises + 1 and not same_between(run, later):
            stride = _fitting_stride(run, later, goal - raises)
            ahead.append((raises + stride, _run(support, raises + stride, run)))
            continue
        ahead.pop()
        if later.cost > support.budget:
            return _last_before(support, run, raises, goal)
        stride = max(1, 2 * (goal - raises))
        run, raises = later, goal
    return run, raises, None


def _run(support: Support, raises: int, guide: Run) -> Run:
    """A run that also looks at what could come first at the guide's prices, for `same_between` to judge by."""
    return Run(support, first_share(support, raises), [purchase.high for purchase in guide.purchases]).finish()


def _last_before(support: Support, run: Run, raises: int, goal: int) -> tuple[Run, int, Run | None]:
    """The next raise overspends; the outcome is that of the raise just before it."""
    if goal - 1 > raises:
        run = _run(support, goal - 1, run)
    return run, goal - 1, _run(support, goal, run)


def same_between(low: Run, high: Run) -> bool:
    """Whether every raise between these two buys the same projects in the same order (see the module's proof)."""
    return len(low.purchases) == len(high.purchases) and all(
        one.project == other.project and other.next_low > one.high
        for one, other in zip(low.purchases, high.purchases, strict=True)
    )


def _fitting_stride(low: Run, high: Run, tried: int) -> int:
    """A stride that should pass `same_between`, from how fast the gaps closed over the stride that did not."""
    share = 0.5
    for one, other in zip(low.purchases, high.purchases, strict=False):
        if one.project != other.project:
            break
        drift = one.next_low - other.next_low
        if other.next_low <= one.high and drift > 0.0:
            share = min(share, 0.9 * (one.next_low - one.high) / drift)
    return max(1, min(tried - 1, int(share * tried)))


def is_exhaustive(support: Support, run: Run) -> bool:
    """Whether no further supported project fits the budget beside those bought."""
    left = support.budget - run.cost
    bought = {purchase.project for purchase in run.purchases}
    return all(p in bought or support.costs[p] > left for p in support.supported)
