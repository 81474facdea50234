"""What everybody has left: floats under one bound on their error, and the exact amounts when somebody asks.

A ballot's money is its first share less the payments for the projects it bought. So a whole run is described by one
number for each purchase, its share (payment per unit of strength), and any exact amount is a sum of a few of them: no
fraction is kept for a voter. A share is worked out exactly only when a comparison depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .support import Floats, Ints, Support

EPS = 2.0**-52
GONE = 0.0  # money of a ballot that has certainly run out; nobody else has exactly nothing
NEVER = 2**62
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
    at_best: bool = False  # nobody paid less than her full part
    high: float = 0.0  # upper bound of its price
    next_low: float = 0.0  # lower bound of every other project's price at the time
    better_low: float = 0.0  # the same, of those only whose price at best comes before this one's
    exact: Fraction | None = None


class Purses:
    """The money of every ballot (of one of its voters), starting from the same first share."""

    def __init__(self, support: Support, first_share: Fraction) -> None:
        self.support = support
        self.first_share = first_share
        self.start = float(first_share)
        self.money: Floats = np.full(len(support.counts), self.start)
        self.error = EPS * self.start  # no ballot's money is off by more
        self.purchases: list[Purchase] = []
        self.bought: list[int] = []  # their projects
        self.seen: dict[int, Floats] = {}  # money of supporters as looked at since the last purchase
        self.gone: Ints = np.full(
            len(support.counts), NEVER
        )  # number of the purchase on which a ballot's money ran out

    def money_for(self, p: int) -> Floats:
        """What each supporter of `p` has left, kept for `pay` if nothing is bought in between."""
        self.seen[p] = money = self.money.take(self.support.ballots[p])
        return money

    def pay(self, p: int, share: float, error: float) -> Purchase:
        """Takes the payments for `p`: from each supporter share x strength, at most what she has."""
        support = self.support
        who, strength, most = support.ballots[p], support.strength[p], support.strongest[p]
        money = self.seen[p] if p in self.seen else self.money.take(who)
        self.seen.clear()
        left = money - (share if strength is None else share * strength)
        doubt = self.error + error * most + 4 * EPS * self.start
        low = ((left <= doubt) & (money > 0.0)).nonzero()[0]
        spent, unsure = who.take(low), who[:0]
        tail = left.take(low)
        np.maximum(left, GONE, out=left)
        if len(low) and tail.max() >= -doubt:
            sure = tail < -doubt
            spent, unsure = spent[sure], spent[~sure]
            left[low[~sure]] = np.maximum(tail[~sure], BARELY)
        purchase = Purchase(p, share, error, spent, unsure)
        self.gone[purchase.spent] = len(self.purchases)
        self.money[who] = left
        self.error += error * most + EPS * self.start
        self.purchases.append(purchase)
        self.bought.append(p)
        return purchase

    def resync(self) -> None:
        """Wins back what the floats have lost, once it is too much: money from the exact shares."""
        if self.error <= RESYNC * self.start:
            return
        self.seen.clear()
        self.money = np.full(len(self.money), self.start)
        for share, purchase in zip(self.shares(), self.purchases, strict=True):
            who, strength = self.support.ballots[purchase.project], self.support.strength[purchase.project]
            self.money[who] -= float(share) if strength is None else float(share) * strength
        np.maximum(self.money, BARELY, out=self.money)
        for purchase in self.purchases:
            self.money[purchase.spent] = GONE
        self.error = 2 * EPS * self.start * (len(self.purchases) + 1)

    # -- exactly ----------------------------------------------------------------------------------------------------

    def shares(self) -> list[Fraction]:
        """Exact payment per unit of strength of every purchase, in order."""
        for number, purchase in enumerate(self.purchases):
            if purchase.exact is None:
                purchase.exact = self._share_at(number)
        return [purchase.exact for purchase in self.purchases if purchase.exact is not None]

    def total(self, ballots: Ints, before: int = NEVER) -> Fraction:
        """Exact money left of these ballots' voters together (none of them spent out), before so many purchases."""
        if len(ballots) == 0:
            return Fraction(0)
        counts = self.support.counts[ballots]
        place, project, strength = self.support.liked_by(ballots)
        units = np.bincount(project, weights=counts[place] * strength, minlength=len(self.support.ids))
        paid = units[self.bought[:before]]
        total = self.first_share * int(counts.sum())
        for number in np.flatnonzero(paid).tolist():
            total -= int(paid[number]) * self._share(number)
        return total

    def groups(self, ballots: Ints, before: int = NEVER) -> list[tuple[Fraction, Ints]]:
        """Ballots grouped by what they paid in so many purchases, with the exact money each voter of them has left."""
        if len(ballots) == 0:
            return []
        bought = self.bought[:before]
        number = np.full(len(self.support.ids), -1)
        number[bought] = np.arange(len(bought))
        place, project, strength = self.support.liked_by(ballots)
        paid = number[project] >= 0
        history = np.zeros((len(ballots), len(bought)), dtype=np.int64)
        history[place[paid], number[project[paid]]] = strength[paid]
        kinds, of = np.unique(history, axis=0, return_inverse=True)
        groups = []
        for at, kind in enumerate(kinds):
            due = sum(int(kind[number]) * self._share(number) for number in np.flatnonzero(kind).tolist())
            groups.append((self.first_share - due, ballots[of.ravel() == at]))
        return groups

    def share_with(
        self, p: int, poor: Ints, unsure: Ints, pull: int, before: int = NEVER
    ) -> tuple[Fraction, list[int]]:
        """Exact share of `p` when `poor` pay all they have, and which of `unsure` turn out to be poor too.

        pull: voters x strength of all supporters who are not in `poor`. before: so many purchases come before it.
        """
        cost, counts = self.support.costs[p], self.support.counts
        paid = self.total(poor, before)
        strength = self._strengths(p, unsure)
        waiting = {ballot: amount for amount, members in self.groups(unsure, before) for ballot in members.tolist()}
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

    def largest_limit(self, who: Ints, strength: Ints | None) -> Fraction:
        """The share of the richest of these supporters who pay everything: the highest money per strength."""
        best = Fraction(0)
        per = dict(zip(who.tolist(), [1] * len(who) if strength is None else strength.tolist(), strict=True))
        for amount, members in self.groups(who):
            best = max(best, amount / min(per[ballot] for ballot in members.tolist()))
        return best

    def left_over(self) -> dict[int, Fraction]:
        """For each project not bought: exact money its supporters have left together (x money_unit).

        That is their first shares less what they paid for each purchase, counted over those whose money has not run
        out; numbers over one common denominator, so that the sums need no fractions.
        """
        support, shares = self.support, self.shares()
        unit = lcm(self.first_share.denominator, *(share.denominator for share in shares))
        solvent = support.counts.astype(np.float64)
        for purchase in self.purchases:
            solvent[purchase.spent] = 0.0
        bought = {purchase.project for purchase in self.purchases}
        rest = [p for p in range(len(support.ids)) if p not in bought]
        flat = np.concatenate([support.ballots[p] for p in rest]) if rest else np.zeros(0, dtype=np.int64)
        owner = np.repeat(np.arange(len(rest)), [len(support.ballots[p]) for p in rest])
        start = int(self.first_share * unit)
        left = [start * int(heads) for heads in np.bincount(owner, weights=solvent[flat], minlength=len(rest))]
        for share, purchase in zip(shares, self.purchases, strict=True):
            who, strength = support.ballots[purchase.project], support.strength[purchase.project]
            paid = np.zeros(len(solvent))
            paid[who] = solvent[who] if strength is None else solvent[who] * strength
            due = int(share * unit)
            for number, heads in enumerate(np.bincount(owner, weights=paid[flat], minlength=len(rest)).tolist()):
                if heads:
                    left[number] -= due * int(heads)
        return {p: Fraction(money, unit) for p, money in zip(rest, left, strict=True)}

    def _share(self, number: int) -> Fraction:
        """Exact share of purchase `number`; works out first the earlier ones it rests on."""
        known = self.purchases[number].exact
        if known is not None:
            return known
        for place in range(number + 1):
            if self.purchases[place].exact is None:
                self.purchases[place].exact = self._share_at(place)
        exact = self.purchases[number].exact
        assert exact is not None
        return exact

    def _share_at(self, number: int) -> Fraction:
        """Share of purchase `number`, all earlier ones known: from the state before it."""
        purchase = self.purchases[number]
        p, gone = purchase.project, self.gone
        # A ballot that was unsure before and has now proved to be spent earlier is no payer here.
        purchase.spent = purchase.spent[gone[purchase.spent] >= number]
        unsure = purchase.unsure[gone[purchase.unsure] >= number]
        pull = int(self.support.pull[p][gone[self.support.ballots[p]] > number].sum())
        share, poor = self.share_with(p, purchase.spent, unsure, pull, number)
        purchase.spent = np.concatenate([purchase.spent, np.array(poor, dtype=np.int64)])
        purchase.unsure = unsure[:0]
        gone[poor] = number
        self.money[poor] = GONE
        return share

    def _strengths(self, p: int, ballots: Ints) -> dict[int, int]:
        strength = self.support.strength[p]
        if strength is None:
            return dict.fromkeys(ballots.tolist(), 1)
        at = np.searchsorted(self.support.ballots[p], ballots)
        return dict(zip(ballots.tolist(), strength[at].tolist(), strict=True))
