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

from .errors import FundingError
from .model import Election
from .replay import Backers


def check_representation(
    election: Election, backers: Sequence[Backers], winners: Collection[str], share: Fraction
) -> None:
    """Raises FundingError, with the project, where a group of supporters deserved more."""
    happy = [Fraction(0)] * len(election.ballots)
    for project, backer in zip(election.projects, backers, strict=True):
        if project.id in winners:
            for ballot, value in zip(backer.who.tolist(), backer.worth, strict=True):
                if value > 0:
                    happy[ballot] += value
    each = share / election.unit
    for project, backer in zip(election.projects, backers, strict=True):
        if project.id in winners:
            continue
        liking = backer.liking()
        ballots = sorted(
            (happy[ballot] + value, election.counts[ballot] * value)
            for ballot, value in zip(liking.who.tolist(), liking.worth, strict=True)
        )
        together = Fraction(0)
        for number, (value, pull) in enumerate(ballots):
            together += pull
            last = number + 1 == len(ballots) or ballots[number + 1][0] > value
            if last and value * project.cost <= each * together:
                raise FundingError(f"“{project.id}”没有中选，但它的支持者中有一群人应得而没有得到")
