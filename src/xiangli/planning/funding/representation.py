"""The fairness that equal shares promises, checked on the winners alone, without prices or the order of purchases.

EJR+ up to one project (Peters, Pierczyński & Skowron 2021, theorem 2; Brill & Peters 2023, "Robust and Verifiable
Proportionality Axioms"). Let everybody's share be b, and u(i, W) a voter's satisfaction with the winners. For every
project p that did not win and every group G of its supporters, somebody in G has

    u(i, W) + u(i, p)  >  b / cost(p) x (sum over G of u(j, p)).

Why equal shares grants it: could all of G pay cost(p) in proportion to u(., p), that is at the price cost(p) / sum, to
the end, p would have been bought. So some i could not any more; until then everything was bought at that price or
less, so what i had spent, more than b - price x u(i, p), brought her more than b / price - u(i, p).

Only groups "all supporters with u(i, W) + u(i, p) up to t" need to be looked at: for any other group the one with its
largest value as t has a larger right side and no larger left side.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import lcm

from .errors import FundingError
from .model import Election
from .replay import Backers


def check_representation(
    election: Election, backers: Sequence[Backers], winners: Collection[str], share: Fraction
) -> None:
    """Raises FundingError, with the project, where a group of supporters deserved more."""
    unit = lcm(*{value.denominator for backer in backers for value in set(backer.worth)})
    liking = [_whole(backer.liking(), unit) for backer in backers]
    happy = [0] * len(election.ballots)
    for project, pairs in zip(election.projects, liking, strict=True):
        if project.id in winners:
            for ballot, value in pairs:
                happy[ballot] += value
    for project, pairs in zip(election.projects, liking, strict=True):
        if project.id not in winners:
            rate = share / election.unit / project.cost
            group = sorted((happy[ballot] + value, election.counts[ballot] * value) for ballot, value in pairs)
            if _deserves_more(group, rate):
                raise FundingError(f"“{project.id}”没有中选，但它的支持者中有一群人应得而没有得到")


def _whole(backer: Backers, unit: int) -> list[tuple[int, int]]:
    """Ballots and their satisfaction, in 1/unit."""
    whole = {value: int(value * unit) for value in set(backer.worth)}
    return [(ballot, whole[value]) for ballot, value in zip(backer.who.tolist(), backer.worth, strict=True)]


def _deserves_more(group: list[tuple[int, int]], rate: Fraction) -> bool:
    """Whether for some t all whose satisfaction is up to t have at most rate x their pull; pairs ascending."""
    together = 0
    for number, (value, pull) in enumerate(group):
        together += pull
        last = number + 1 == len(group) or group[number + 1][0] > value
        if last and value * rate.denominator <= rate.numerator * together:
            return True
    return False
