"""The Method of Equal Shares, exactly.

Source: Peters, Pierczyński & Skowron (2021), "Proportional Participatory Budgeting with Additive Utilities". Everybody
gets an equal share of the budget. A project is bought with the money of its supporters, each paying in proportion to
her satisfaction, at most what she has left; the project with the lowest price per unit of satisfaction (rho) is next.

How it is fast: equal ballots are one, and a price is looked at again only when it could be the lowest (money only
shrinks, so an old price is a lower bound). How it is exact all the same: the money of a ballot is its first share less
the payments for the projects it bought, so floats (with a bound on their error that is carried along) decide what they
can, and what they cannot is decided with rational numbers, a few for each project bought so far.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Any

from .support import Support

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]

EPS = 2.0**-52
GONE = 0.0  # money of a ballot that has certainly run out; nobody else has exactly nothing
BARELY = 1e-300  # at least this has whoever may still have something
RESYNC = 1e-6  # once money is uncertain by more than this share of the first share, it is worked out again exactly


@dataclass
class Purchase:
    """A project bought: share = payment per unit of strength, as float with its error bound, exactly once asked for.

    spent: ballots whose money ran out on it for certain. unsure: ballots for which the float could not tell; they are
    kept as having about nothing left, until the exact share of this purchase is worked out.
    """

    project: int
    share: float
    error: float
    spent: Ints
    unsure: Ints
    high: float = 0.0  # upper bound of its price
    next_low: float = 0.0  # lower bound of every other project's price at the time
    exact: Fraction | None = None


class Run:
    """One run of the rule with a given first share; `purchases` grows in the order bought."""

    def __init__(self, support: Support, first_share: Fraction, guide: list[float] | None = None) -> None:
        import numpy as np

        self.support = support
        self.first_share = first_share
        self.start = float(first_share)
        self.money: Floats = np.full(len(support.counts), self.start)
        self.error = EPS * self.start  # no ballot's money is off by more
        self.purchases: list[Purchase] = []
        self.ties: list[tuple[str, ...]] = []  # ids that a tie was between, the winner first
        self.guide = guide or []
        self.factor = [float(factor) for factor in support.factor]
        self.most = [1.0 if strength is None else float(strength.max()) for strength in support.strength]
        self.known = [cost / total if total else 0.0 for cost, total in zip(support.costs, support.total, strict=True)]
        self.queue = [(self.known[p] / self.factor[p] * (1 - 4 * EPS), p) for p in support.supported]
        heapq.heapify(self.queue)

    def finish(self) -> Run:
        """Buys until nothing more can be bought."""
        while self.step():
            pass
        return self

    @property
    def cost(self) -> int:
        return sum(self.support.costs[purchase.project] for purchase in self.purchases)

    def step(self) -> bool:
        """Buys the next project; False when no project can be bought any more."""
        if self.error > RESYNC * self.start:
            self._resync()
        number = len(self.purchases)
        floor = self.guide[number] if number < len(self.guide) else 0.0
        found: list[tuple[float, float, int, float, float]] = []  # low, high, project, share, its error
        dearer: list[tuple[float, int]] = []  # looked at, but not all the way: a lower bound is enough
        bar = float("inf")
        while self.queue and self.queue[0][0] <= max(bar, floor):
            p = heapq.heappop(self.queue)[1]
            priced = self._price(p, max(bar, floor))
            if priced is None:
                continue  # money only shrinks: what cannot be bought now never can
            share, error, settled = priced
            factor = self.factor[p]
            low, high = (share - error) / factor * (1 - 4 * EPS), (share + error) / factor * (1 + 4 * EPS)
            if settled:
                found.append((low, high, p, share, error))
                bar = min(bar, high)
            else:
                dearer.append((low, p))
        if not found:
            return False
        rivals = [entry for entry in found if entry[0] <= bar]
        winner = rivals[0] if len(rivals) == 1 else self._settle(rivals)
        for entry in found:
            if entry is not winner:
                heapq.heappush(self.queue, (entry[0], entry[2]))
        for low_and_project in dearer:
            heapq.heappush(self.queue, low_and_project)
        self._buy(winner[2], winner[3], winner[4])
        self.purchases[-1].high = winner[1]
        self.purchases[-1].next_low = self.queue[0][0] if self.queue else float("inf")
        return True

    def _price(self, p: int, bar: float) -> tuple[float, float, bool] | None:
        """Payment per unit of strength that covers the cost, its error bound, and whether it is settled.

        Not settled: a lower bound, already above `bar` as a price. None: the supporters have too little.

        Any set of supporters taken to pay all they have bounds the share from below; taking those who cannot pay the
        last bound raises it until nothing changes (Newton's method on a concave function).
        """
        support = self.support
        money, heads = self.money.take(support.ballots[p], mode="clip"), support.heads_of[p]
        strength, cost, total = support.strength[p], support.costs[p], support.total[p]
        limit = money if strength is None else money / strength
        share, bound = self.known[p], bar * self.factor[p] * (1 + 1e-12)
        for _ in range(1000):
            poor = limit < share
            weight = heads * poor
            paid, payers = _dot(weight, money), float(weight.sum())
            rest = total - (payers if strength is None else _dot(support.pull[p], poor))
            if rest < 0.5:  # all are poor
                break
            before, share = share, (cost - paid) / rest
            if share > bound:
                error = (self.error * payers + 64 * EPS * cost) / rest + 2 * EPS * share
                if share - error > bound:
                    self.known[p] = share
                    return share, error, False
            if share <= before:
                error_or_none = self._widen(p, limit, poor, share, _dot(weight, money > 0.0), rest)
                if error_or_none is None:
                    break
                self.known[p] = share
                return share, error_or_none, True
        return self._price_exactly(p, money, heads)

    def _widen(self, p: int, limit: Floats, poor: Any, share: float, dying: float, rest: float) -> float | None:
        """Error bound of a settled share; None where the floats are too weak to give one.

        Payers whose limit is so near the share that they may be poor: it is bounded with and without them.
        """
        cost = self.support.costs[p]
        reach = 4 * ((self.error * dying + 64 * EPS * cost) / rest + self.error) + 4 * EPS * share
        near = (limit <= share + reach) > poor
        if near.any():
            dying += float(self.support.heads_of[p][near].sum())
            rest -= float(self.support.pull[p][near].sum())
            if rest < 0.5:
                return None
        error = (self.error * dying + 64 * EPS * cost) / rest + 2 * EPS * share
        return error if error <= reach else None

    def _price_exactly(self, p: int, money: Floats, heads: Floats) -> tuple[float, float, bool] | None:
        """The price where floats do not do: the supporters have just enough, just too little, or nearly so."""
        purse, cost = _dot(heads, money), self.support.costs[p]
        if purse < cost - self._slack(heads, purse, cost):
            return None
        exact = self.exact_share(p)
        if exact is None:
            return None
        share = float(exact)
        self.known[p] = share * (1 - 4 * EPS)
        return share, 2 * EPS * share, True

    def _slack(self, heads: Floats, purse: float, cost: int) -> float:
        """How far the purse may be off as computed."""
        return self.error * float(heads.sum()) + 64 * EPS * purse + 4 * EPS * cost

    def _settle(self, rivals: list[tuple[float, float, int, float, float]]) -> Any:
        """The lowest price among those the floats cannot tell apart; equal prices: the smallest id."""
        exact = []
        for entry in rivals:
            share = self.exact_share(entry[2])
            if share is not None:
                exact.append((share / self.support.factor[entry[2]], self.support.ids[entry[2]], entry))
        exact.sort(key=lambda item: (item[0], item[1]))
        tied = tuple(id_ for price, id_, _ in exact if price == exact[0][0])
        if len(tied) > 1:
            self.ties.append(tied)
        return exact[0][2]

    def _buy(self, p: int, share: float, error: float) -> None:
        import numpy as np

        who, strength = self.support.ballots[p], self.support.strength[p]
        left = self.money.take(who, mode="clip") - (share if strength is None else share * strength)
        doubt = self.error + error * self.most[p] + 4 * EPS * self.start
        low = np.flatnonzero(left <= doubt)
        poorest = who[low]
        alive = self.money[poorest] > 0.0
        spent = alive & (left[low] < -doubt)
        unsure = alive & ~spent
        self.purchases.append(Purchase(p, share, error, poorest[spent], poorest[unsure]))
        left[low] = np.where(unsure, np.maximum(left[low], BARELY), GONE)
        self.money[who] = left
        self.error += error * self.most[p] + EPS * self.start

    # -- exact ------------------------------------------------------------------------------------------------------

    def exact_share(self, p: int) -> Fraction | None:
        """Exact payment per unit of strength for `p` with the money left now; None where it cannot be covered."""
        import numpy as np

        support = self.support
        who = support.ballots[p]
        alive = self.money[who] > 0.0
        who, money, pull, heads = who[alive], self.money[who][alive], support.pull[p][alive], support.heads_of[p][alive]
        strength = support.strength[p]
        limit = money if strength is None else money / strength[alive]
        cost = support.costs[p]
        purse = float((money * heads).sum())
        if purse <= cost + self._slack(heads, purse, cost):
            exact_purse = self._exact_money(who)
            if exact_purse < cost:
                return None
            if exact_purse == cost:
                return self._largest_limit(who, None if strength is None else strength[alive])
        solved = _solve(limit, money, heads, pull, cost, self.error)
        if solved is None:
            return self._exact_with(p, who[:0], who, int(pull.sum()))[0]
        share, error = solved
        doubt = 2 * (self.error + error) + 8 * EPS * self.start
        poor, unsure = limit < share - doubt, np.abs(limit - share) <= doubt
        return self._exact_with(p, who[poor], who[unsure], int(pull[~poor].sum()))[0]

    def _exact_with(self, p: int, poor: Ints, unsure: Ints, pull: int) -> tuple[Fraction, list[int]]:
        """Share when `poor` pay all they have, and which of `unsure` turn out to be poor too.

        pull: voters x strength of all who are not in `poor`.
        """
        cost, counts = self.support.costs[p], self.support.counts
        paid = self._exact_money(poor)
        strength = self._strengths(p, unsure)
        waiting = {ballot: amount for amount, members in self._exact_groups(unsure) for ballot in members.tolist()}
        share = (cost - paid) / pull
        found: list[int] = []
        while True:
            more = [ballot for ballot, amount in waiting.items() if amount < share * strength[ballot]]
            if not more:
                return share, found
            for ballot in more:
                paid += waiting.pop(ballot) * int(counts[ballot])
                pull -= int(counts[ballot]) * strength[ballot]
            found += more
            share = (cost - paid) / pull

    def _strengths(self, p: int, ballots: Ints) -> dict[int, int]:
        import numpy as np

        strength = self.support.strength[p]
        if strength is None:
            return dict.fromkeys(ballots.tolist(), 1)
        at = np.searchsorted(self.support.ballots[p], ballots)
        return dict(zip(ballots.tolist(), strength[at].tolist(), strict=True))

    def _largest_limit(self, who: Ints, strength: Ints | None) -> Fraction:
        """All supporters together have exactly the cost: all pay everything, the share is the richest one's."""
        best = Fraction(0)
        per = dict(zip(who.tolist(), [1] * len(who) if strength is None else strength.tolist(), strict=True))
        for amount, members in self._exact_groups(who):
            best = max(best, amount / min(per[ballot] for ballot in members.tolist()))
        return best

    def _exact_money(self, ballots: Ints) -> Fraction:
        """Exact money left of these ballots' voters together (none of them spent out)."""
        import numpy as np

        if len(ballots) == 0:
            return Fraction(0)
        weight = np.zeros(len(self.money))
        weight[ballots] = self.support.counts[ballots]
        total = self.first_share * int(weight.sum())
        for purchase in self.purchases:
            who, strength = self.support.ballots[purchase.project], self.support.strength[purchase.project]
            paid = weight[who] if strength is None else weight[who] * strength
            if number := int(paid.sum()):
                total -= number * self._exact(purchase)
        return total

    def _exact_groups(self, ballots: Ints) -> list[tuple[Fraction, Ints]]:
        """Ballots grouped by what they have paid so far, with the exact money each voter of the group has left."""
        import numpy as np

        if len(ballots) == 0:
            return []
        history = np.zeros((len(self.purchases), len(ballots)), dtype=np.int64)
        for row, purchase in zip(history, self.purchases, strict=True):
            who, strength = self.support.ballots[purchase.project], self.support.strength[purchase.project]
            at = np.minimum(np.searchsorted(who, ballots), len(who) - 1)
            row[:] = (who[at] == ballots) * (1 if strength is None else strength[at])
        kinds, of = np.unique(history, axis=1, return_inverse=True)
        groups = []
        for kind in range(kinds.shape[1]):
            amount = self.first_share - sum(
                (int(times) * self._exact(purchase))
                for times, purchase in zip(kinds[:, kind], self.purchases, strict=True)
                if times
            )
            groups.append((amount, ballots[of.ravel() == kind]))
        return groups

    def _exact(self, purchase: Purchase) -> Fraction:
        """Exact share of a purchase already made; works out the earlier ones it rests on first."""
        if purchase.exact is None:
            for number, earlier in enumerate(self.purchases):
                if earlier.exact is None:
                    earlier.exact = self._exact_at(number)
                if earlier is purchase:
                    break
        assert purchase.exact is not None
        return purchase.exact

    def _exact_at(self, number: int) -> Fraction:
        """Share of purchase `number`, all earlier ones known: the state before it is put back for the purpose."""
        import numpy as np

        later = self.purchases[number:]
        self.purchases, purchase = self.purchases[:number], later[0]
        try:
            p = purchase.project
            who = self.support.ballots[p]
            alive = np.ones(len(self.money), dtype=bool)
            for earlier in self.purchases:
                alive[earlier.spent] = False
            # A ballot that was unsure before and has now proved to be spent earlier is no payer here.
            purchase.spent = purchase.spent[alive[purchase.spent]]
            purchase.unsure = purchase.unsure[alive[purchase.unsure]]
            alive[purchase.spent] = False
            pull = int(self.support.pull[p][alive[who]].sum())
            share, poor = self._exact_with(p, purchase.spent, purchase.unsure, pull)
        finally:
            self.purchases = self.purchases + later
        purchase.spent = np.concatenate([purchase.spent, np.array(poor, dtype=np.int64)])
        purchase.unsure = purchase.unsure[:0]
        self.money[poor] = GONE
        return share

    def exact_shares(self) -> list[Fraction]:
        """Exact payment per unit of strength of every purchase, in order."""
        return [self._exact(purchase) for purchase in self.purchases]

    def left_over(self) -> dict[int, Fraction]:
        """For each project not bought: exact money its supporters have left together (x money_unit).

        That is their first shares less what they paid for each purchase, counted over those whose money has not run
        out; numbers over one common denominator, so that the sums need no fractions.
        """
        import numpy as np

        shares = self.exact_shares()
        unit = lcm(self.first_share.denominator, *(share.denominator for share in shares))
        solvent = self.support.counts.astype(np.float64)
        for purchase in self.purchases:
            solvent[purchase.spent] = 0.0
        bought = {purchase.project for purchase in self.purchases}
        rest = [p for p in range(len(self.support.ids)) if p not in bought]
        flat = np.concatenate([self.support.ballots[p] for p in rest]) if rest else np.zeros(0, dtype=np.int64)
        owner = np.repeat(np.arange(len(rest)), [len(self.support.ballots[p]) for p in rest])
        start = int(self.first_share * unit)
        left = [start * int(heads) for heads in np.bincount(owner, weights=solvent[flat], minlength=len(rest))]
        for share, purchase in zip(shares, self.purchases, strict=True):
            who, strength = self.support.ballots[purchase.project], self.support.strength[purchase.project]
            paid = np.zeros(len(solvent))
            paid[who] = solvent[who] if strength is None else solvent[who] * strength
            due = int(share * unit)
            for number, heads in enumerate(np.bincount(owner, weights=paid[flat], minlength=len(rest)).tolist()):
                if heads:
                    left[number] -= due * int(heads)
        return {p: Fraction(money, unit) for p, money in zip(rest, left, strict=True)}

    def _resync(self) -> None:
        """Money from the exact shares: what floats have lost is won back."""
        import numpy as np

        self.money = np.full(len(self.money), self.start)
        for share, purchase in zip(self.exact_shares(), self.purchases, strict=True):
            who, strength = self.support.ballots[purchase.project], self.support.strength[purchase.project]
            self.money[who] -= float(share) if strength is None else float(share) * strength
        np.maximum(self.money, BARELY, out=self.money)
        for purchase in self.purchases:
            self.money[purchase.spent] = GONE
        self.error = 2 * EPS * self.start * (len(self.purchases) + 1)


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
    paid, dying, rest = 0.0, 0.0, float(pull.sum())
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
    # The payers whose limit is so near that they may be poor: the true share is bounded with and without them.
    reach = 4 * ((uncertain * dying + 64 * EPS * cost) / rest + uncertain) + 4 * EPS * share
    near = limit <= share + reach
    if near.any():
        dying += float(heads[near].sum())
        rest -= float(pull[near].sum())
    if rest <= 0.0:
        return None
    error = (uncertain * dying + 64 * EPS * cost) / rest + 2 * EPS * share
    return (share, error) if error <= reach else None
