"""An election over projects: costs, a budget, and ballots of which equal ones are kept once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from .errors import FundingError

BALLOT_KINDS = ("approval", "choose-1", "cumulative", "scoring", "ordinal")


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
    ballot_of: for each voter of a file, which ballot. groups: column of the file -> each voter's value.
    """

    kind: str
    budget: Fraction
    projects: tuple[Project, ...]
    ballots: tuple[Ballot, ...]
    counts: tuple[int, ...]
    unit: int = 1
    ballot_of: Sequence[int] = ()
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
    answers: Sequence[tuple[float, Mapping[str, int]]],
    *,
    names: Mapping[str, str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    unit: int = 1000,
) -> Election:
    """An election from our own survey: improvements with costs, and weighted answers with points (1: wanted).

    answers: (weight, improvement -> points) of each respondent; weights are kept to 1/`unit` of a person.
    """
    position = {id_: index for index, id_ in enumerate(costs)}
    index: dict[Ballot, int] = {}
    counts: list[int] = []
    ballot_of = []
    for number, (weight, points) in enumerate(answers, 1):
        if not weight > 0:
            raise FundingError(f"第 {number} 份答卷的权数 {weight} 不是正数")
        unknown = [id_ for id_ in points if id_ not in position]
        if unknown:
            raise FundingError(f"第 {number} 份答卷选了没有的项目“{unknown[0]}”")
        ballot = Ballot.of({position[id_]: score for id_, score in points.items() if score > 0})
        code = index.setdefault(ballot, len(index))
        if code == len(counts):
            counts.append(0)
        counts[code] += max(1, round(weight * unit))
        ballot_of.append(code)
    scored = any(ballot.scores for ballot in index)
    labels = names or {}
    return check(
        Election(
            kind="scoring" if scored else "approval",
            budget=Fraction(budget),
            projects=tuple(Project(id_, Fraction(cost), labels.get(id_, "")) for id_, cost in costs.items()),
            ballots=tuple(index),
            counts=tuple(counts),
            unit=unit,
            ballot_of=ballot_of,
            groups=groups or {},
        )
    )
