"""Completion of equal shares by raising the budget one unit per voter ("add1"), without running every raise.

Source: Peters, Pierczyński & Skowron (2021), sec. 4; Faliszewski et al. (2023). The rule is run again and again with
everybody's share one unit of money higher. A raise *ends* the completion if its outcome is exhaustive (nothing
supported fits any more): then that outcome counts; or if it costs more than the real budget: then the outcome before
counts. What is wanted is the first raise that ends it; every earlier one is passed over with a proof that it does not.

Lemma. Let raises x < y have bought the same projects in the same order so far. Then at y everybody has at least as much
left as at x, and every price is at most what it is at x. By induction over the purchases: a price t solves sum of
min(money, t x strength) = cost, so it falls when money grows; and what is left, max(0, money - t x strength), grows
with the money and with a falling t.

Same order. Let low and high raise agree on the first k projects, and let each of these have been cheaper at *low* than
every other project was at *high*. Then every raise between agrees too: there, by the lemma, the project is at most as
dear as at low, the others at least as dear as at high, and what nobody could afford at high, nobody can.

Hopeless. Let R be the projects whose supporters can still pay for them, and T the lesser of what R costs and what
R's supporters have left together. If after k purchases spent + T + (cost of some supported project outside R) is within
the budget, the raise does not end the completion: whatever is bought from here on is of R and paid by its supporters,
so at most T is spent, and the project outside R is never bought and still fits. By the lemma R and T are no larger at
any lower raise with the same k purchases, so none of these ends it either.

So `_passes` shows for two raises that no raise between them ends the completion: buy the same projects, one after the
other, until the high one is hopeless (or both are done and equal). Most raises are hopeless after few purchases.

At best. A project whose supporters all paid their full part at low has the same price at every raise between, and no
other project is ever cheaper than at its own best; so those that come later by (price at best, id) need no comparison.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .equal_shares import Run
from .purses import EPS
from .support import Support


def first_share(support: Support, raises: int) -> Fraction:
    """Each voter's share of the budget after so many raises (x money_unit, per 1/unit voter)."""
    return Fraction(support.budget, support.voters) + Fraction(raises * support.money_unit, support.unit)


def add_one(support: Support) -> tuple[Run, int, Run | None]:
    """The run whose outcome counts, how often the share was raised for it, and the run that would overspend, if any."""
    run, raises, over = _Completion(support).search()
    return Run(support, run.first_share).finish(), raises, over  # once more, for all its ties


class _Completion:
    """Walks up the raises: `low` is the highest known not to end the completion."""

    def __init__(self, support: Support) -> None:
        self.support = support
        self.flat = np.concatenate([support.ballots[p] for p in support.supported] or [np.zeros(0, dtype=np.int64)])
        self.sizes = np.array([len(support.ballots[p]) for p in support.supported], dtype=np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.heads = support.counts.astype(np.float64)
        self.costs = np.array([support.costs[p] for p in support.supported], dtype=np.float64)
        self.place = {p: number for number, p in enumerate(support.supported)}
        self.pace = 1 + len(self.flat) // 20_000  # so many purchases cost about as much as one look
        self.depth = 0  # purchases after which a raise may be hopeless, as far as the last ones tell

    def search(self) -> tuple[Run, int, Run | None]:
        low = run = self._start(0)
        raises = 0
        if self._ends(run):
            return run, 0, None
        ahead: list[tuple[int, Run]] = []  # raises tried beyond the next one, nearest last
        stride = 1
        while True:
            if not ahead:
                ahead.append((raises + stride, self._start(raises + stride)))
            goal, run = ahead[-1]
            if self._passes(low, run) or (goal == raises + 1 and not self._ends(run)):
                ahead.pop()
                stride = max(1, 2 * (goal - raises))
                low, raises = run, goal
            elif goal == raises + 1:
                if run.cost > self.support.budget:
                    return low, raises, run
                return run, goal, None
            else:
                stride = _fitting_stride(low, run, goal - raises)
                ahead.append((raises + stride, self._start(raises + stride)))

    def _start(self, raises: int) -> Run:
        return Run(self.support, first_share(self.support, raises), all_ties=False)

    def _ends(self, run: Run) -> bool:
        """Whether this raise ends the completion; if not, the run may be left unfinished."""
        while not self._hopeless(run):
            if not run.step():
                return run.cost > self.support.budget or is_exhaustive(self.support, run)
        return False

    def _passes(self, low: Run, high: Run) -> bool:
        """Whether no raise above low's, up to high's, ends the completion (see the module's proof)."""
        number = 0
        while True:
            if number == len(high.purchases):
                if self._hopeless(high):
                    return True
                floor = low.purchases[number].high if number < len(low.purchases) or low.step() else 0.0
                if not high.step(floor):
                    return low.done and len(low.purchases) == number
            if number == len(low.purchases) and not low.step():
                return False
            one, other = low.purchases[number], high.purchases[number]
            if one.project != other.project or one.high >= (other.better_low if one.at_best else other.next_low):
                return False
            number += 1

    def _hopeless(self, run: Run) -> bool:
        """Whether it is certain that this raise does not end the completion, whatever the run still buys."""
        number = len(run.purchases)
        if number < self.depth or number % self.pace:
            return False
        money = run.purses.money
        purse = np.add.reduceat((money * self.heads)[self.flat], self.starts) if len(self.flat) else self.costs
        slack = (64 + len(self.flat)) * EPS + 4 * run.purses.error / run.purses.start if run.purses.start else 0.0
        bought = [self.place[purchase.project] for purchase in run.purchases]
        can = purse * (1 + slack) >= self.costs
        can[bought] = False
        cannot = ~can
        cannot[bought] = False
        if not cannot.any():
            return False
        left = (self.support.budget - run.cost - float(self.costs[cannot].min())) * (1 - 4 * EPS)
        dearest = float(self.costs[can].sum()) * (1 + 64 * EPS)
        if dearest > left:
            paying = np.zeros(len(money), dtype=bool)
            paying[self.flat[np.repeat(can, self.sizes)]] = True
            dearest = float((money * self.heads)[paying].sum()) * (1 + slack)
        if dearest > left:
            return False
        self.depth = number - 1 if number == self.depth else number  # every other time it is tried sooner
        return True


def is_exhaustive(support: Support, run: Run) -> bool:
    """Whether no further supported project fits the budget beside those bought."""
    left = support.budget - run.cost
    bought = {purchase.project for purchase in run.purchases}
    return all(p in bought or support.costs[p] > left for p in support.supported)


def _fitting_stride(low: Run, high: Run, tried: int) -> int:
    """A stride that should pass, from how fast the gaps between prices closed over the stride that did not."""
    share = 0.5
    for one, other in zip(low.purchases, high.purchases, strict=False):
        if one.project != other.project:
            break
        drift = one.next_low - other.next_low
        if other.next_low <= one.high and drift > 0.0:
            share = min(share, 0.9 * (one.next_low - one.high) / drift)
    return max(1, min(tried - 1, int(share * tried)))
