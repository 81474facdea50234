"""Who supports what, as flat arrays: the election seen through one satisfaction measure.

A ballot's satisfaction with a project is factor x strength: factor belongs to the project (its cost, or 1), strength to
the ballot (1, or its points). Money and strengths are scaled to whole numbers, so that every sum of them is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from math import lcm
from typing import Any

import numpy as np

from .errors import FundingError
from .model import Election

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

MEASURES = ("cost", "cardinality", "additive")


def default_measure(election: Election) -> str:
    """Cost for approval ballots; the ballot's own scores otherwise (Borda for ordinal ones)."""
    return "cost" if election.kind in ("approval", "choose-1") else "additive"


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

    def best_price(self, p: int) -> Fraction:
        """Price of `p` when every supporter can pay her full part, exactly."""
        return Fraction(self.costs[p], self.total[p]) / self.factor[p]

    @cached_property
    def rank(self) -> dict[int, int]:
        """Place of each supported project by its best price; equal ones by id."""
        order = sorted(self.supported, key=lambda p: (self.best_price(p), self.ids[p]))
        return {p: place for place, p in enumerate(order)}

    @cached_property
    def opening(self) -> list[tuple[float, int]]:
        """Lower bound of each supported project's price, and the project; ascending."""
        return sorted((self.at_best[p] / self.scale[p] * (1 - 2.0**-50), p) for p in self.supported)


def build(election: Election, measure: str) -> Support:
    """The election under a satisfaction measure: "cost", "cardinality" or "additive"."""
    if measure not in MEASURES:
        raise FundingError(f"不认识的满意度“{measure}”（有 {'、'.join(MEASURES)}）")
    named = _by_project(election)
    scale = _score_scale(named) if measure == "additive" else 1
    money_unit = lcm(election.budget.denominator, *(project.cost.denominator for project in election.projects))
    counts = np.array(election.counts, dtype=np.int64)
    columns: list[tuple[Any, ...]] = []
    for who, scores in named:
        strength = None
        raw = int(counts[who].sum()) * scale
        if measure == "additive" and (scores is not None or scale > 1):
            values = np.array([int(score * scale) for score in scores or [1] * len(who)], dtype=np.int64)
            raw = int((counts[who] * values).sum())
            who, values = who[values > 0], values[values > 0]
            strength = None if (values == 1).all() else values
        heads = counts[who]
        pull = heads if strength is None else heads * strength
        columns.append((who, strength, heads.astype(np.float64), pull.astype(np.float64), int(pull.sum()), raw))
    factor = [project.cost if measure == "cost" else Fraction(1, scale) for project in election.projects]
    if counts.sum(dtype=float) * max([1.0, *(float(c[1].max()) for c in columns if c[1] is not None)]) >= 2**53:
        raise FundingError("票数与分数太大，无法精确计算")
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
        ballots=tuple(c[0] for c in columns),
        strength=tuple(c[1] for c in columns),
        heads_of=tuple(c[2] for c in columns),
        pull=tuple(c[3] for c in columns),
        total=tuple(c[4] for c in columns),
        raw_total=tuple(factor[p] * c[5] for p, c in enumerate(columns)),
    )


def _by_project(election: Election) -> list[tuple[Ints, list[int | Fraction] | None]]:
    """For each project: the ballots that name it (ascending), and their scores (None: 1 each)."""
    sizes = np.fromiter((len(ballot.projects) for ballot in election.ballots), dtype=np.int64)
    named = np.fromiter(chain.from_iterable(ballot.projects for ballot in election.ballots), dtype=np.int64)
    order = np.argsort(named, kind="stable")
    ballots = np.repeat(np.arange(len(sizes)), sizes)[order]
    bounds = np.searchsorted(named[order], np.arange(len(election.projects) + 1)).tolist()
    columns: list[list[int | Fraction] | None] = [None] * len(election.projects)
    if any(ballot.scores for ballot in election.ballots):
        flat = [score for ballot in election.ballots for score in (ballot.scores or (1,) * len(ballot.projects))]
        columns = [[flat[i] for i in order[low:high].tolist()] for low, high in pairwise(bounds)]
    return [(ballots[low:high], column) for (low, high), column in zip(pairwise(bounds), columns, strict=True)]


def _score_scale(columns: list[tuple[Ints, list[int | Fraction] | None]]) -> int:
    return lcm(*{score.denominator for _, column in columns for score in column or ()})
