"""Who supports what, as flat arrays: the election seen through one satisfaction measure.

A ballot's satisfaction with a project is factor x strength: factor belongs to the project (its cost, or 1), strength to
the ballot (1, or its points). Money and strengths are scaled to whole numbers, so that every sum of them is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from math import lcm
from typing import Any, NamedTuple

import numpy as np

from .errors import FundingError
from .model import MEASURES, Election

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Support:
    """Supporters of each project (those it satisfies by more than 0).

    ids: of all projects. costs, budget: whole numbers, money x `money_unit`. factor: of each project.
    counts: voters of each ballot (x election.unit), also as floats in `heads`. For project p: ballots[p] (ascending),
    strength[p] (None: all 1), heads_of[p] = counts there, pull[p] = counts x strength there, total[p] its sum.
    raw_total: sum of satisfaction in the whole electorate, scores of 0 and below included (what greedy adds up).
    """

    measure: str
    ids: tuple[str, ...]
    costs: tuple[int, ...]
    budget: int
    money_unit: int
    voters: int
    unit: int
    factor: tuple[Fraction, ...]
    counts: Ints
    ballots: tuple[Ints, ...]
    strength: tuple[Ints | None, ...]
    heads_of: tuple[Floats, ...]
    pull: tuple[Floats, ...]
    total: tuple[int, ...]
    raw_total: tuple[Fraction, ...]

    @cached_property
    def supported(self) -> list[int]:
        """Positions of the projects somebody supports."""
        return [p for p, total in enumerate(self.total) if total > 0]

    @cached_property
    def likes(self) -> tuple[Ints, Ints, Ints]:
        """The same by ballots: starts, projects, strengths; those of ballot b are at starts[b]:starts[b + 1]."""
        owner = np.concatenate([*self.ballots, np.zeros(0, dtype=np.int64)])
        projects = np.repeat(np.arange(len(self.ids)), [len(ballots) for ballots in self.ballots])
        strengths = np.concatenate(
            [
                np.ones(len(ballots), dtype=np.int64) if strength is None else strength
                for ballots, strength in zip(self.ballots, self.strength, strict=True)
            ]
            or [owner]
        )
        order = np.argsort(owner, kind="stable")
        starts = np.searchsorted(owner[order], np.arange(len(self.counts) + 1))
        return starts, projects[order], strengths[order]

    def liked_by(self, ballots: Ints) -> tuple[Ints, Ints, Ints]:
        """What these ballots like: place in `ballots`, project, strength of each liking."""
        starts, projects, strengths = self.likes
        sizes = starts[ballots + 1] - starts[ballots]
        at = np.repeat(starts[ballots] - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))
        return np.repeat(np.arange(len(ballots)), sizes), projects[at], strengths[at]

    @cached_property
    def scale(self) -> list[float]:
        """`factor` as floats."""
        return [float(factor) for factor in self.factor]

    @cached_property
    def strongest(self) -> list[float]:
        """The greatest strength of each project."""
        return [1.0 if strength is None else float(strength.max()) for strength in self.strength]

    @cached_property
    def slop(self) -> list[float]:
        """Relative error that a sum over the supporters of each project may have as a float."""
        return [2.0**-52 * (64 + len(ballots)) for ballots in self.ballots]

    @cached_property
    def at_best(self) -> list[float]:
        """Payment per unit of strength with supporters who have money enough: no project is ever cheaper."""
        return [cost / total if total else 0.0 for cost, total in zip(self.costs, self.total, strict=True)]

    @cached_property
    def best_price(self) -> dict[int, Fraction]:
        """Price of each supported project when every supporter can pay her full part, exactly."""
        return {p: Fraction(self.costs[p], self.total[p]) / self.factor[p] for p in self.supported}

    @cached_property
    def opening(self) -> list[tuple[float, int]]:
        """Lower bound of each supported project's price, and the project: by price at best, equal ones by id."""
        order = sorted((float(price), price, self.ids[p], p) for p, price in self.best_price.items())
        return [(price * (1 - 2.0**-50), p) for price, _, _, p in order]

    @cached_property
    def rank(self) -> dict[int, int]:
        """Place of each supported project in that order."""
        return {p: place for place, (_, p) in enumerate(self.opening)}

    @cached_property
    def equal_until(self) -> list[int]:
        """For each place in that order, the first place after it with a higher price at best."""
        prices = [self.best_price[p] for _, p in self.opening]
        until = list(range(1, len(prices) + 1))
        for place in range(len(prices) - 2, -1, -1):
            if prices[place] == prices[place + 1]:
                until[place] = until[place + 1]
        return until


class _Column(NamedTuple):
    """One project's part of a `Support`."""

    ballots: Ints
    strength: Ints | None
    heads: Floats
    pull: Floats
    total: int
    raw: int  # sum of all strengths, those of 0 and below included


def build(election: Election, measure: str) -> Support:
    """The election under a satisfaction measure: "cost", "cardinality" or "additive"."""
    if measure not in MEASURES:
        raise FundingError(f"不认识的满意度“{measure}”（有 {'、'.join(MEASURES)}）")
    money_unit = lcm(election.budget.denominator, *(project.cost.denominator for project in election.projects))
    scores: set[int | Fraction] = set()
    if measure == "additive":
        scores.update(score for ballot in election.ballots for score in ballot.scores)
    scale = lcm(*{score.denominator for score in scores})
    largest = max((abs(int(score * scale)) for score in scores), default=1)
    if money_unit > 10**60 or election.voters * max(1, largest) >= 2**53:
        raise FundingError("金额、票数或分数太大，无法精确计算")
    counts = np.array(election.counts, dtype=np.int64)
    columns = [_column(counts, who, strength, scale) for who, strength in _by_project(election, scores, scale)]
    factor = [project.cost if measure == "cost" else Fraction(1, scale) for project in election.projects]
    return Support(
        measure=measure,
        ids=tuple(project.id for project in election.projects),
        costs=tuple(int(project.cost * money_unit) for project in election.projects),
        budget=int(election.budget * money_unit),
        money_unit=money_unit,
        voters=election.voters,
        unit=election.unit,
        factor=tuple(factor),
        counts=counts,
        ballots=tuple(column.ballots for column in columns),
        strength=tuple(column.strength for column in columns),
        heads_of=tuple(column.heads for column in columns),
        pull=tuple(column.pull for column in columns),
        total=tuple(column.total for column in columns),
        raw_total=tuple(factor[p] * column.raw for p, column in enumerate(columns)),
    )


def _column(counts: Ints, who: Ints, strength: Ints | None, scale: int) -> _Column:
    if strength is None:
        heads = counts[who]
        raw = int(heads.sum()) * scale
        if scale > 1:
            strength = np.full(len(who), scale, dtype=np.int64)
    else:
        raw = int((counts[who] * strength).sum())
        liked = strength > 0
        who, strength = who[liked], strength[liked]
        heads = counts[who]
    if strength is not None and (strength == 1).all():
        strength = None
    pull = heads if strength is None else heads * strength
    return _Column(who, strength, heads.astype(np.float64), pull.astype(np.float64), int(pull.sum()), raw)


def _by_project(election: Election, scores: set[int | Fraction], scale: int) -> Iterator[tuple[Ints, Ints | None]]:
    """For each project: the ballots that name it (ascending), and the score x scale of each (None: 1 each)."""
    sizes = np.fromiter((len(ballot.projects) for ballot in election.ballots), dtype=np.int64)
    named = np.fromiter(chain.from_iterable(ballot.projects for ballot in election.ballots), dtype=np.int64)
    order = np.argsort(named, kind="stable")
    ballots = np.repeat(np.arange(len(sizes)), sizes)[order]
    bounds = np.searchsorted(named[order], np.arange(len(election.projects) + 1)).tolist()
    if not scores:
        yield from ((ballots[low:high], None) for low, high in pairwise(bounds))
        return
    whole = {score: int(score * scale) for score in scores | {1}}
    flat = [whole[score] for ballot in election.ballots for _, score in ballot.pairs]
    strengths = np.array(flat, dtype=np.int64)[order]
    yield from ((ballots[low:high], strengths[low:high]) for low, high in pairwise(bounds))
