"""An election over projects: costs, a budget, and ballots of which equal ones are kept once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from .errors import FundingError

BALLOT_KINDS = ("approval", "choose-1", "cumulative", "scoring", "ordinal")
MEASURES = ("cost", "cardinality", "additive")  # of satisfaction
FINEST = 10**9  # of a person: weights that are no multiples of this part of one are rounded


@dataclass(frozen=True)
class Project:
    """id: as in the file, compared by code point. cost: > 0."""

    id: str
    cost: Fraction
    name: str = ""


class Ballot(NamedTuple):
    """Positions of the projects it names, ascending, and its score for each (empty: 1 each)."""

    projects: tuple[int, ...]
    scores: tuple[int | Fraction, ...] = ()

    @property
    def pairs(self) -> Iterator[tuple[int, int | Fraction]]:
        return zip(self.projects, self.scores or (1,) * len(self.projects), strict=True)

    @classmethod
    def of(cls, scores: Mapping[int, int | Fraction]) -> Ballot:
        """The ballot giving each position its score."""
        projects = tuple(sorted(scores))
        if all(score == 1 for score in scores.values()):
            return cls(projects)
        return cls(projects, tuple(scores[p] for p in projects))


@dataclass(frozen=True)
class Election:
    """What is to be decided.

    ballots: distinct ballots; the score is 1 on an approval ballot, the points on a cumulative or scored one, the Borda
    score on an ordinal one (0 for the last place).
    counts: how many voters cast each ballot, in units of 1/`unit` voter (weighted answers are not whole people).
    ballot_of: for each voter, which ballot. weights: for each voter, how many units she counts for (none: one each).
    groups: column of the file -> each voter's value.
    """

    kind: str
    budget: Fraction
    projects: tuple[Project, ...]
    ballots: tuple[Ballot, ...]
    counts: tuple[int, ...]
    unit: int = 1
    ballot_of: Sequence[int] = ()
    weights: Sequence[int] = ()
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def voters(self) -> int:
        """Voters in units of 1/`unit`, those with empty ballots included: the budget is shared among all."""
        return sum(self.counts)


def check(election: Election) -> Election:
    """The same election, or FundingError for costs, budgets or ballots that cannot be."""
    if election.kind not in BALLOT_KINDS:
        raise FundingError(f"不认识的投票方式“{election.kind}”")
    if election.budget < 0:
        raise FundingError(f"预算 {election.budget} 是负数")
    seen = set()
    for project in election.projects:
        if project.id in seen:
            raise FundingError(f"项目编号“{project.id}”重复")
        if project.cost <= 0:
            raise FundingError(f"项目“{project.id}”的费用 {project.cost} 不是正数")
        seen.add(project.id)
    return election


def from_answers(
    costs: Mapping[str, Fraction | int],
    budget: Fraction | int,
    answers: Sequence[tuple[Fraction | float, Mapping[str, int]]],
    *,
    names: Mapping[str, str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Election:
    """An election from our own survey: improvements with costs, and weighted answers with points (1: wanted).

    answers: (weight, improvement -> points) of each respondent. Weights count exactly: as fractions, or as the decimal
    that a float is written as; only if they share no unit down to 1/10^9 of a person are they rounded to that.
    """
    position = {id_: index for index, id_ in enumerate(costs)}
    unit, weights = _in_units([weight for weight, _ in answers])
    index: dict[Ballot, int] = {}
    counts: list[int] = []
    ballot_of = []
    for number, ((_, points), weight) in enumerate(zip(answers, weights, strict=True), 1):
        unknown = [id_ for id_ in points if id_ not in position]
        if unknown:
            raise FundingError(f"第 {number} 份答卷选了没有的项目“{unknown[0]}”")
        ballot = Ballot.of({position[id_]: score for id_, score in points.items() if score > 0})
        code = index.setdefault(ballot, len(index))
        if code == len(counts):
            counts.append(0)
        counts[code] += weight
        ballot_of.append(code)
    labels = names or {}
    return check(
        Election(
            kind="scoring" if any(ballot.scores for ballot in index) else "approval",
            budget=Fraction(budget),
            projects=tuple(Project(id_, Fraction(cost), labels.get(id_, "")) for id_, cost in costs.items()),
            ballots=tuple(index),
            counts=tuple(counts),
            unit=unit,
            ballot_of=ballot_of,
            weights=weights,
            groups=groups or {},
        )
    )


def _in_units(weights: Sequence[Fraction | float]) -> tuple[int, list[int]]:
    """How many units make a person, and each weight in units."""
    exact = []
    for number, weight in enumerate(weights, 1):
        if not 0 < weight < 10**9:
            raise FundingError(
                f"第 {number} 份答卷的权数 {weight} 不是正数" if not weight > 0 else f"第 {number} 份答卷的权数太大"
            )
        exact.append(Fraction(repr(float(weight))) if isinstance(weight, float) else Fraction(weight))
    unit = lcm(*{weight.denominator for weight in exact})
    if unit > FINEST:
        unit = FINEST
    return unit, [max(1, round(weight * unit)) for weight in exact]
