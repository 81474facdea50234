"""Plays the purchases of a certificate back with whole numbers; knows nothing of how they were found.

All money is over one common denominator, all satisfaction as the ballots have it. Floats are used only to see that two
sums are clearly different; their terms are positive, so each sum is right to a part in 10^12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from .errors import FundingError
from .model import Election

if TYPE_CHECKING:
    from .support import Floats, Ints


@dataclass(frozen=True)
class Backers:
    """Ballots that name a project, and how much satisfaction each gets from it."""

    who: Ints
    worth: list[Fraction]

    @cached_property
    def floats(self) -> Floats:
        return np.array(self.worth, dtype=np.float64)

    def liking(self) -> Backers:
        """Those with more than 0: they alone pay."""
        keep = [i for i, value in enumerate(self.worth) if value > 0]
        return self if len(keep) == len(self.worth) else Backers(self.who[keep], [self.worth[i] for i in keep])

    def dues(self, price: Fraction, unit: int) -> list[int | Fraction]:
        """What each of their voters owes at this price, in 1/unit: whole numbers if it is one of the purchases."""
        exact = {value: price * value * unit for value in set(self.worth)}
        known = {value: due.numerator if due.denominator == 1 else due for value, due in exact.items()}
        return [known[value] for value in self.worth]


def backers_of(election: Election, measure: str) -> list[Backers]:
    """For each project: the ballots that name it (ascending), and each one's satisfaction with it, as the rule says."""
    who: list[list[int]] = [[] for _ in election.projects]
    worth: list[list[Fraction]] = [[] for _ in election.projects]
    for number, ballot in enumerate(election.ballots):
        for p, score in ballot.pairs:
            who[p].append(number)
            if measure == "additive":
                worth[p].append(Fraction(score))
            else:
                worth[p].append(election.projects[p].cost if measure == "cost" else Fraction(1))
    return [Backers(np.array(ballots, dtype=np.int64), values) for ballots, values in zip(who, worth, strict=True)]


class Purses:
    """What everybody has left, exactly: whole numbers of 1/`unit`, one for each different amount.

    Voters who have paid the same have the same amount, so there are far fewer amounts than ballots.
    """

    def __init__(self, election: Election, each: Fraction, unit: int) -> None:
        self.unit = unit
        self.heads = np.array(election.counts, dtype=np.int64)
        self.kind: Ints = np.zeros(len(election.counts), dtype=np.int64)  # which amount each ballot's voters have
        self.amounts = [int(each * unit)]
        self.floats = np.array([self.amounts[0] / unit])

    def rough(self, who: Ints, due: Floats) -> float:
        """Sum of the payments, each at most what is left."""
        return float(np.minimum(self.floats[self.kind[who]], due).dot(self.heads[who]))

    def exactly(self, who: Ints, dues: Sequence[int | Fraction]) -> tuple[int | Fraction, bool]:
        """The same sum exactly, and whether anybody can pay her due in full."""
        paid: int | Fraction = 0
        somebody = False
        for (kind, due), heads in self._pairs(who, dues).items():
            paid += min(self.amounts[kind], due) * heads
            somebody = somebody or self.amounts[kind] >= due
        return paid, somebody

    def pay(self, who: Ints, dues: Sequence[int | Fraction]) -> None:
        """Takes the payments."""
        known: dict[int, int] = {}
        renamed: dict[tuple[int, int | Fraction], int] = {}
        kinds = []
        for kind, due in zip(self.kind[who].tolist(), dues, strict=True):
            new = renamed.get((kind, due))
            if new is None:
                left = self.amounts[kind] - int(min(self.amounts[kind], due))
                new = known.setdefault(left, len(self.amounts))
                if new == len(self.amounts):
                    self.amounts.append(left)
                renamed[kind, due] = new
            kinds.append(new)
        self.kind[who] = kinds
        used, self.kind = np.unique(self.kind, return_inverse=True)
        self.amounts = [self.amounts[old] for old in used.tolist()]
        self.floats = np.array([amount / self.unit for amount in self.amounts])

    def left(self, who: Ints) -> Fraction:
        """What these ballots' voters have left together."""
        heads = np.bincount(self.kind[who], weights=self.heads[who], minlength=len(self.amounts)).tolist()
        return Fraction(sum(self.amounts[kind] * int(many) for kind, many in enumerate(heads) if many), self.unit)

    def paid_by(self, each: Fraction, ballots: Ints, weights: Ints) -> Fraction:
        """What some voters, given by their ballots and weights, have paid together out of `each`."""
        heads = np.bincount(self.kind[ballots], weights=weights, minlength=len(self.amounts)).tolist()
        left = sum(self.amounts[kind] * int(many) for kind, many in enumerate(heads) if many)
        return each * sum(int(many) for many in heads) - Fraction(left, self.unit)

    def _pairs(self, who: Ints, dues: Sequence[int | Fraction]) -> dict[tuple[int, int | Fraction], int]:
        pairs: dict[tuple[int, int | Fraction], int] = {}
        for kind, due, heads in zip(self.kind[who].tolist(), dues, self.heads[who].tolist(), strict=True):
            pairs[kind, due] = pairs.get((kind, due), 0) + heads
        return pairs


@dataclass(frozen=True)
class Replay:
    """What the purchases left: purses; for each project not bought, its supporters' money together; the ties."""

    purses: Purses
    left: dict[str, Fraction]
    ties: list[tuple[str, ...]]


def replay(
    election: Election, backers: Sequence[Backers], winners: Sequence[str], prices: Sequence[Fraction], share: Fraction
) -> Replay:
    """Plays the purchases back, everybody starting with `share`.

    Raises FundingError unless every project is paid in full by its supporters, each at most what she has, at a price at
    which no other could be had (an equal price only with a larger id), and nothing can be bought any more at the end.
    """
    prices = [price / election.unit for price in prices]
    each = share / election.unit
    liking = [backer.liking() for backer in backers]
    position = {project.id: p for p, project in enumerate(election.projects)}
    over = {
        (price * value).denominator
        for id_, price in zip(winners, prices, strict=True)
        for value in set(liking[position[id_]].worth)
    }
    purses = Purses(election, each, lcm(each.denominator, *over))
    waiting = {p: project.id for p, project in enumerate(election.projects)}
    ties = []
    agenda = _Agenda(prices, waiting)
    for step, (id_, price) in enumerate(zip(winners, prices, strict=True)):
        p = position[id_]
        del waiting[p]
        tied = [id_]
        for other in agenda.due.pop(step, ()):
            if other not in waiting:
                continue
            other_id, cost = waiting[other], election.projects[other].cost
            verdict = _covered(purses, liking[other], price, cost)
            if verdict > 0 or (verdict == 0 and other_id < id_):
                raise FundingError(f"买“{id_}”时，“{other_id}”的价格更低（或同价而编号在前）")
            if verdict == 0:
                tied.append(other_id)
            agenda.put_off(other, step, purses, liking[other], cost)
        if _covered(purses, liking[p], price, election.projects[p].cost, closely=True) != 0:
            raise FundingError(f"“{id_}”的支持者付的钱不等于它的费用")
        if len(tied) > 1:
            ties.append((id_, *sorted(tied[1:])))
        purses.pay(liking[p].who, liking[p].dues(price, purses.unit))
    left = {id_: purses.left(liking[p].who) for p, id_ in waiting.items()}
    for id_, money in left.items():
        cost = election.projects[position[id_]].cost
        if money >= cost:
            raise FundingError(f"“{id_}”没有中选，但它的支持者剩下 {money}，付得起 {cost}")
    return Replay(purses, left, ties)


class _Agenda:
    """When each project has to be looked at again: `due` by step.

    Money only shrinks, so a project that cannot be had now at the highest price of the next steps cannot be had at any
    of theirs.
    """

    def __init__(self, prices: Sequence[Fraction], projects: Iterable[int]) -> None:
        self.highest = list(accumulate((float(price) for price in prices), max))
        self.due = {0: list(projects)}

    def put_off(self, p: int, step: int, purses: Purses, backers: Backers, cost: Fraction) -> None:
        """Looks further and further ahead, as long as the project is clearly out of reach."""
        stride = 1
        while step + stride < len(self.highest) and _out_of_reach(purses, backers, self.highest[step + stride], cost):
            step, stride = step + stride, 2 * stride
        self.due.setdefault(step + 1, []).append(p)


def _out_of_reach(purses: Purses, backers: Backers, price: float, cost: Fraction) -> bool:
    return not backers.worth or purses.rough(backers.who, price * backers.floats) < (1 - 1e-9) * float(cost)


def _covered(purses: Purses, backers: Backers, price: Fraction, cost: Fraction, *, closely: bool = False) -> int:
    """Sign of (`price` above the project's own): 1 it could be had more cheaply, 0 at just this price, -1 not."""
    if not backers.worth:
        return -1
    if not closely:
        rough, target = purses.rough(backers.who, float(price) * backers.floats), float(cost)
        if abs(rough - target) > 1e-9 * target:
            return 1 if rough > target else -1
    paid, somebody = purses.exactly(backers.who, backers.dues(price, purses.unit))
    gap = Fraction(paid) / purses.unit - cost
    if gap != 0:
        return 1 if gap > 0 else -1
    return 0 if somebody else 1  # nobody is held back by this price: a lower one would do
