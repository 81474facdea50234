"""The price at which a project's supporters can buy it now: floats that know their error, fractions where they fail.

The share of a project is the payment t per unit of strength with sum over its supporters of min(money, t x strength) =
cost; its price per unit of satisfaction is t / factor.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .purses import EPS, Purses

if TYPE_CHECKING:
    from .support import Floats

LOOSE = 2.0**-40  # money as uncertain as this share of the first share is uncertain enough to count who still has some


class Quote(NamedTuple):
    """Share of a project and a bound on its error.

    settled False: a lower bound only, already above the bar. at_best: every supporter can pay her full part.
    """

    share: float
    error: float
    settled: bool
    at_best: bool = False


class Pricing:
    """Prices over the purses of one run. `known`: a lower bound of each project's share, which can only rise."""

    def __init__(self, purses: Purses) -> None:
        self.purses = purses
        self.support = purses.support
        self.known = list(self.support.at_best)

    def quote(self, p: int, bar: float) -> Quote | None:
        """The share of `p`, or a bound that shows its price to be above `bar`; None: its supporters have too little.

        Any set of supporters taken to pay all they have bounds the share from below; taking those who cannot pay the
        last bound raises it until nothing changes (Newton's method on a concave function).
        """
        support = self.support
        money, heads, strength = self.purses.money_for(p), support.heads_of[p], support.strength[p]
        purse = heads * money
        limit = money if strength is None else money / strength
        share, bound = self.known[p], bar * support.scale[p] * (1 + 1e-12)
        cost, total, slop = support.costs[p], support.total[p], support.slop[p]
        for _ in range(1000):
            poor = (limit < share).astype(np.float64)
            payers = _dot(heads, poor)
            paid = _dot(purse, poor) if payers else 0.0
            rest = total - (payers if strength is None else _dot(support.pull[p], poor))
            if rest < 0.5:  # all are poor
                break
            before, share = share, (cost - paid) / rest
            if share > bound:
                error = (self.purses.error * payers + slop * cost) / rest + 2 * EPS * share
                if share - error > bound:
                    self.known[p] = share
                    return Quote(share, error, False)
            if share <= before:
                # Who has run out has exactly nothing; as long as the floats are good, it does not matter who that is.
                loose = not payers or self.purses.error < LOOSE * self.purses.start
                dying = payers if loose else _dot(heads * poor, money > 0.0)
                widened = self._widen(p, limit, poor, share, dying, rest)
                if widened is None:
                    break
                error, near = widened
                self.known[p] = share
                return Quote(share, error, True, not payers and not near)
        return self._quote_exactly(p, _dot(heads, money), heads)

    def exact_share(self, p: int) -> Fraction | None:
        """Exact share of `p` with the money left now; None where its supporters cannot cover the cost."""
        support, purses = self.support, self.purses
        who, cost = support.ballots[p], support.costs[p]
        alive = purses.money[who] > 0.0
        who, money, pull, heads = (
            who[alive],
            purses.money[who][alive],
            support.pull[p][alive],
            support.heads_of[p][alive],
        )
        strength = support.strength[p]
        limit = money if strength is None else money / strength[alive]
        purse = float((money * heads).sum())
        if purse <= cost + self._slack(heads, purse, cost):
            exact_purse = purses.total(who)
            if exact_purse < cost:
                return None
            if exact_purse == cost:
                return purses.largest_limit(who, None if strength is None else strength[alive])
        solved = _solve(limit, money, heads, pull, cost, purses.error)
        if solved is None:
            return purses.share_with(p, who[:0], who, int(pull.sum()))[0]
        share, error = solved
        doubt = 2 * (purses.error + error) + 8 * EPS * purses.start
        poor, unsure = limit < share - doubt, np.abs(limit - share) <= doubt
        return purses.share_with(p, who[poor], who[unsure], int(pull[~poor].sum()))[0]

    def _widen(
        self, p: int, limit: Floats, poor: Floats, share: float, dying: float, rest: float
    ) -> tuple[float, bool] | None:
        """Error bound of a settled share, and whether payers were near; None where the floats are too weak for one.

        Payers whose limit is so near the share that they may be poor: it is bounded with and without them.
        """
        slop, uncertain = self.support.slop[p] * self.support.costs[p], self.purses.error
        reach = 4 * ((uncertain * dying + slop) / rest + uncertain) + 4 * EPS * share
        within = limit <= share + reach
        some = np.count_nonzero(within) != np.count_nonzero(poor)
        if some:
            near = within > poor
            dying += float(self.support.heads_of[p][near].sum())
            rest -= float(self.support.pull[p][near].sum())
            if rest < 0.5:
                return None
        error = (uncertain * dying + slop) / rest + 2 * EPS * share
        return (error, some) if error <= reach else None

    def _quote_exactly(self, p: int, purse: float, heads: Floats) -> Quote | None:
        """The share where floats do not do: the supporters have just enough, just too little, or nearly so."""
        cost = self.support.costs[p]
        if purse < cost - self._slack(heads, purse, cost):
            return None
        exact = self.exact_share(p)
        if exact is None:
            return None
        share = float(exact)
        self.known[p] = share * (1 - 4 * EPS)
        return Quote(share, 2 * EPS * share, True)

    def _slack(self, heads: Floats, purse: float, cost: int) -> float:
        """How far the purse may be off as computed."""
        return self.purses.error * float(heads.sum()) + (64 + len(heads)) * EPS * purse + 4 * EPS * cost


def _dot(a: Floats, b: Any) -> float:
    """Scalar product. Long ones not through BLAS, whose threads wait for one another longer than the sum takes."""
    return float(a.dot(b)) if len(a) < 8192 else float((a * b).sum())


def _solve(
    limit: Floats, money: Floats, heads: Floats, pull: Floats, cost: int, uncertain: float
) -> tuple[float, float] | None:
    """Share with sum of heads x min(money, share x strength) = cost, and a bound on its error; the money suffices.

    limit = money / strength; every money may be off by `uncertain`. Starts below and rises: in each round those who
    cannot pay the share pay all they have. None where the floats are too weak to bound the error.
    """
    many, paid, dying, rest = len(money), 0.0, 0.0, float(pull.sum())
    share = cost / rest
    while True:
        poor = limit < share
        if not poor.any():
            break
        paid += float((money * heads)[poor].sum())
        dying += float(heads[poor].sum())
        rich = ~poor
        limit, money, heads, pull = limit[rich], money[rich], heads[rich], pull[rich]
        rest = float(pull.sum())
        if rest <= 0.0:
            return None
        share = (cost - paid) / rest
    slop = (64 + many) * EPS * cost
    # The payers whose limit is so near that they may be poor: the true share is bounded with and without them.
    reach = 4 * ((uncertain * dying + slop) / rest + uncertain) + 4 * EPS * share
    near = limit <= share + reach
    if near.any():
        dying += float(heads[near].sum())
        rest -= float(pull[near].sum())
    if rest <= 0.0:
        return None
    error = (uncertain * dying + slop) / rest + 2 * EPS * share
    return (share, error) if error <= reach else None
