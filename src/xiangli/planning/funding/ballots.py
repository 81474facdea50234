"""What is written on ballots, in Pabulib's columns "vote" and "points", and how many cast each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from .errors import FundingError
from .model import Ballot, Project
from .numbers import read_number

SCORED = ("cumulative", "scoring")


class Ballots:
    """Collects equal ballots: equal texts first, so that each is taken apart once; then texts that mean the same."""

    def __init__(self, kind: str, projects: Sequence[Project]) -> None:
        self.kind = kind
        self.position = {project.id: index for index, project in enumerate(projects)}
        self.distinct: list[Ballot] = []
        self.counts: list[int] = []
        self.ballot_of: list[int] = []  # for each voter

    def cast(self, votes: list[str], points: list[str] | None, line: Callable[[int], int]) -> None:
        """All voters' texts; `line` gives the line of the voter at a place."""
        texts: list[Any] = list(zip(votes, points, strict=True)) if points is not None else votes
        known: dict[Ballot, int] = {}
        code: dict[Any, int] = {}
        for text in dict.fromkeys(texts):
            vote, score = text if isinstance(text, tuple) else (text, "")
            try:
                ballot = self._ballot(vote.strip(), score.strip())
            except FundingError as error:
                raise FundingError(str(error), line(texts.index(text))) from None
            code[text] = known.setdefault(ballot, len(known))
        self.distinct = list(known)
        self.ballot_of = [code[text] for text in texts]
        times = Counter(self.ballot_of)
        self.counts = [times[number] for number in range(len(known))]

    def _ballot(self, vote: str, points: str) -> Ballot:
        """The ballot written so. A project named twice counts once (with the points given last)."""
        if not vote or vote.lower() == "none":
            return Ballot(())
        if self.kind in SCORED:
            return self._scored(vote, points)
        try:
            chosen = list(map(self.position.__getitem__, vote.split(",")))
        except KeyError:  # spaces, empty entries, or a project that is not there
            chosen = [self._project(id_) for id_ in vote.split(",") if id_.strip()]
        if self.kind == "ordinal":
            chosen = list(dict.fromkeys(chosen))
            return Ballot.of({project: len(chosen) - place for place, project in enumerate(chosen, 1)})
        return Ballot(tuple(sorted(set(chosen))))

    def _scored(self, vote: str, points: str) -> Ballot:
        if not points or points.lower() == "none":  # as pabutools has it
            return Ballot(())
        ids, scores = vote.split(","), points.split(",")
        while ids and not ids[-1].strip() and len(scores) >= len(ids) and not scores[len(ids) - 1].strip():
            ids.pop()
        if len(scores) < len(ids):
            raise FundingError(f"选了 {len(ids)} 个项目，只有 {len(scores)} 个分数")
        return Ballot.of(
            {
                self._project(id_): int(score)
                if score.isascii() and score.isdigit()
                else read_number(score, "分数", None)
                for id_, score in zip(ids, scores, strict=False)
            }
        )

    def _project(self, id_: str) -> int:
        position = self.position.get(id_)
        if position is None:
            position = self.position.get(id_.strip())
        if position is None:
            raise FundingError(f"投给了没有的项目“{id_}”")
        return position
