"""Runs a rule on an election and says what came of it: winners, payments, what losers lacked, the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from .errors import FundingError
from .model import Election

if TYPE_CHECKING:
    from .equal_shares import Run
    from .support import Support

RULES = ("equal-shares", "greedy")
COMPLETIONS = ("none", "add1")
TIE_RULE = "价格（或性价比）完全相同时，先买编号在前的项目（按字符编码的顺序比较编号），每次只买一个"


@dataclass(frozen=True)
class Loser:
    """A project not bought.

    money: what its supporters had left together (equal shares), or what was left of the budget when its turn came
    (greedy). lacking = cost - money: so much more support, or so much cheaper, and it would have been bought.
    voters: people who support it.
    """

    id: str
    cost: Fraction
    money: Fraction
    lacking: Fraction
    voters: Fraction


@dataclass(frozen=True)
class Outcome:
    """What the rule decided.

    winners: ids in the order bought. first_share: each voter's share of the budget, raises included (equal shares).
    prices: what one person pays per unit of satisfaction, for each winner, exact (equal shares); satisfaction per unit
    of money (greedy).
    paid: by group column and value, what its voters paid in all. ties: ids that ties were between, the one taken first.
    beyond: winners and prices after one raise more, where that overspends and so ended the raises ("add1").
    """

    rule: str
    measure: str
    completion: str
    budget: Fraction
    cost: Fraction
    winners: tuple[str, ...]
    first_share: Fraction
    raises: int
    prices: tuple[Fraction, ...]
    losers: tuple[Loser, ...]
    ties: tuple[tuple[str, ...], ...]
    paid: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    beyond: tuple[tuple[str, ...], tuple[Fraction, ...]] | None = None


def fund(
    election: Election, *, rule: str = "equal-shares", measure: str | None = None, completion: str = "none"
) -> Outcome:
    """The outcome of `rule` ("equal-shares" or "greedy") under a satisfaction measure (default: the ballots' own).

    completion "add1": equal shares with everybody's share raised by one unit of money at a time until nothing more
    fits, or the next raise would overspend; greedy has nothing to complete. Raises FundingError for what cannot be.
    """
    if rule not in RULES:
        raise FundingError(f"不认识的规则“{rule}”（有 {'、'.join(RULES)}）")
    if completion not in COMPLETIONS:
        raise FundingError(f"不认识的补足方式“{completion}”（有 {'、'.join(COMPLETIONS)}）")
    from .support import build

    support = build(election, measure or default_measure(election))
    notes = notes_on(election, support.measure)
    if rule == "greedy":
        return _greedy(election, support, notes)
    return _equal_shares(election, support, completion, notes)


def default_measure(election: Election) -> str:
    """Cost for approval ballots; the ballot's own scores otherwise (Borda for ordinal ones)."""
    return "cost" if election.kind in ("approval", "choose-1") else "additive"


def notes_on(election: Election, measure: str) -> tuple[str, ...]:
    """Remarks to go with the outcome: what is odd in the file, and how places became scores."""
    if election.kind == "ordinal" and measure == "additive":
        return (*election.notes, "排序选票按波达计分：选了 m 项的选票，第 i 位得 m - i 分")
    return election.notes


def _greedy(election: Election, support: Support, notes: tuple[str, ...]) -> Outcome:
    from .greedy import Greedy

    run = Greedy(support)
    money = support.money_unit
    losers = tuple(
        Loser(
            support.ids[p],
            Fraction(support.costs[p], money),
            Fraction(left, money),
            Fraction(support.costs[p] - left, money),
            _voters(support, p),
        )
        for p, left in run.passed_over
    )
    return Outcome(
        rule="greedy",
        measure=support.measure,
        completion="none",
        budget=election.budget,
        cost=Fraction(sum(support.costs[p] for p in run.bought), money),
        winners=tuple(support.ids[p] for p in run.bought),
        first_share=Fraction(0),
        raises=0,
        prices=tuple(run.density(p) for p in run.bought),
        losers=losers,
        ties=tuple(run.ties),
        notes=notes,
    )


def _equal_shares(election: Election, support: Support, completion: str, notes: tuple[str, ...]) -> Outcome:
    from .completion import add_one, first_share
    from .equal_shares import Run
    from .payments import payments_by_group

    if support.voters == 0:
        projects = sorted(election.projects, key=lambda project: (project.cost, project.id))
        losers = tuple(Loser(p.id, p.cost, Fraction(0), p.cost, Fraction(0)) for p in projects)
        zero = Fraction(0)
        return Outcome(
            "equal-shares", support.measure, completion, election.budget, zero, (), zero, 0, (), losers, (), notes=notes
        )
    over: Run | None = None
    if completion == "add1":
        run, raises, over = add_one(support)
    else:
        run, raises = Run(support, first_share(support, 0)).finish(), 0
    money = support.money_unit
    beaten = []
    for p, left in run.purses.left_over().items():
        cost = Fraction(support.costs[p], money)
        beaten.append(Loser(support.ids[p], cost, left / money, cost - left / money, _voters(support, p)))
    beaten.sort(key=lambda loser: (loser.lacking, loser.id))
    return Outcome(
        rule="equal-shares",
        measure=support.measure,
        completion=completion,
        budget=election.budget,
        cost=Fraction(run.cost, money),
        winners=_bought(support, run),
        first_share=run.first_share * support.unit / money,
        raises=raises,
        prices=_prices(support, run),
        losers=tuple(beaten),
        ties=tuple(run.ties),
        paid=payments_by_group(election, run),
        notes=notes,
        beyond=None if over is None else (_bought(support, over), _prices(support, over)),
    )


def _bought(support: Support, run: Run) -> tuple[str, ...]:
    return tuple(support.ids[purchase.project] for purchase in run.purchases)


def _prices(support: Support, run: Run) -> tuple[Fraction, ...]:
    """Money one person pays per unit of satisfaction, for each purchase."""
    return tuple(
        share * support.unit / support.money_unit / support.factor[purchase.project]
        for share, purchase in zip(run.purses.shares(), run.purchases, strict=True)
    )


def _voters(support: Support, p: int) -> Fraction:
    return Fraction(int(support.heads_of[p].sum()), support.unit)
