"""The result as JSON, and a checker that trusts nothing but the election and the arithmetic.

The certificate of equal shares is short: everybody's first share, the projects in the order bought, and the price of
each (payment per unit of satisfaction). The checker plays it back with whole numbers (all money over one common
denominator) and confirms

1. that the payments of each project's supporters, each at most what she has left, add up to its cost exactly;
2. that at this price no other project could have been paid in full (an equal price only with a larger id);
3. that at the end no group could pay for any further project with the money it has left;
4. that the whole fits the budget; with "add1", that nothing supported fits any more, or that the next raise overspends
   (its own certificate, `beyond`, is checked in the same way).

1-3 are what makes the outcome an equal-shares outcome, hence it satisfies extended justified representation up to one
project (Peters, Pierczyński & Skowron 2021, theorem 2). Not checked: that fewer raises would not have sufficed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING, Any

from .errors import FundingError
from .model import Election
from .numbers import read_fraction, write_fraction

if TYPE_CHECKING:
    import numpy as np

    from .outcome import Outcome

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Ints = np.ndarray[Any, np.dtype[np.int64]]

FORMAT = "xiangli-funding/1"


def to_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data: the certificate, and the figures people ask for."""
    from .outcome import TIE_RULE

    data: dict[str, Any] = {
        "format": FORMAT,
        "rule": outcome.rule,
        "satisfaction": outcome.measure,
        "completion": outcome.completion,
        "budget": write_fraction(outcome.budget),
        "cost": write_fraction(outcome.cost),
        "winners": list(outcome.winners),
        "prices": [write_fraction(price) for price in outcome.prices],
        "tie_rule": TIE_RULE,
        "ties": [list(tied) for tied in outcome.ties],
        "losers": [
            {
                "id": loser.id,
                "cost": write_fraction(loser.cost),
                "money": write_fraction(loser.money),
                "lacking": write_fraction(loser.lacking),
                "voters": write_fraction(loser.voters),
            }
            for loser in outcome.losers
        ],
        "paid_by_group": {column: dict(values) for column, values in outcome.paid.items()},
        "notes": list(outcome.notes),
    }
    if outcome.rule == "equal-shares":
        data["first_share"] = write_fraction(outcome.first_share)
        data["raises"] = outcome.raises
        if outcome.beyond:
            winners, prices = outcome.beyond
            data["beyond"] = {"winners": list(winners), "prices": [write_fraction(price) for price in prices]}
    return data


def check(election: Election, result: Mapping[str, Any]) -> list[str]:
    """Confirms a result against the election; returns what was confirmed, in Chinese sentences.

    Raises FundingError with the first thing that does not hold.
    """
    if not isinstance(result, Mapping) or result.get("format") != FORMAT:
        raise FundingError(f"不是本程序的结果文件（format 应为 {FORMAT}）")
    winners = _ids(election, result.get("winners"))
    prices = _prices(result.get("prices"), len(winners))
    costs = {project.id: project.cost for project in election.projects}
    cost = sum((costs[id_] for id_ in winners), Fraction(0))
    if cost != read_fraction(result.get("cost")) or election.budget != read_fraction(result.get("budget")):
        raise FundingError("结果里的费用或预算与选举文件不符")
    if cost > election.budget:
        raise FundingError(f"中选项目合计 {cost}，超过预算 {election.budget}")
    satisfaction = _satisfaction(election, result.get("satisfaction"))
    if result.get("rule") == "greedy":
        return _check_greedy(election, satisfaction, winners, prices, result)
    if result.get("rule") != "equal-shares":
        raise FundingError(f"不认识的规则“{result.get('rule')}”")
    return _check_equal_shares(election, satisfaction, winners, prices, result)


def _ids(election: Election, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(id_, str) for id_ in value):
        raise FundingError("结果里没有中选项目的名单")
    known = {project.id for project in election.projects}
    for id_ in value:
        if id_ not in known:
            raise FundingError(f"中选项目“{id_}”不在选举文件里")
    if len(set(value)) < len(value):
        raise FundingError("同一个项目中选了两次")
    return value


def _prices(value: Any, wanted: int) -> list[Fraction]:
    if not isinstance(value, list) or len(value) != wanted:
        raise FundingError("结果里的价格与中选项目不是一一对应")
    return [read_fraction(text) for text in value]


def _satisfaction(election: Election, measure: Any) -> list[tuple[Ints, list[Fraction]]]:
    """For each project: the ballots that name it (ascending), and each one's satisfaction with it."""
    import numpy as np

    if measure not in ("cost", "cardinality", "additive"):
        raise FundingError(f"不认识的满意度“{measure}”")
    who: list[list[int]] = [[] for _ in election.projects]
    worth: list[list[Fraction]] = [[] for _ in election.projects]
    for number, ballot in enumerate(election.ballots):
        for p, score in ballot.pairs:
            who[p].append(number)
            if measure == "additive":
                worth[p].append(Fraction(score))
            else:
                worth[p].append(election.projects[p].cost if measure == "cost" else Fraction(1))
    return [(np.array(ballots, dtype=np.int64), values) for ballots, values in zip(who, worth, strict=True)]


def _check_greedy(
    election: Election,
    satisfaction: list[tuple[Ints, list[Fraction]]],
    winners: list[str],
    prices: list[Fraction],
    result: Mapping[str, Any],
) -> list[str]:
    density = {}
    for project, (who, worth) in zip(election.projects, satisfaction, strict=True):
        total = sum(
            (Fraction(election.counts[b]) * value for b, value in zip(who.tolist(), worth, strict=True)), Fraction(0)
        )
        density[project.id] = max(total, Fraction(0)) / project.cost / election.unit
    costs = {project.id: project.cost for project in election.projects}
    left, expected = election.budget, []
    for id_ in sorted(costs, key=lambda id_: (-density[id_], id_)):
        if costs[id_] <= left:
            expected.append(id_)
            left -= costs[id_]
    if expected != winners:
        raise FundingError("中选项目不是按“每元满意度从高到低、放得下就买”得出的")
    if [density[id_] for id_ in winners] != prices:
        raise FundingError("结果里的性价比不对")
    return ["中选项目确是按每元满意度从高到低、放得下就买得出的", f"合计不超过预算，剩 {left}"]


def _check_equal_shares(
    election: Election,
    satisfaction: list[tuple[Ints, list[Fraction]]],
    winners: list[str],
    prices: list[Fraction],
    result: Mapping[str, Any],
) -> list[str]:
    raises = result.get("raises")
    if not isinstance(raises, int) or isinstance(raises, bool) or raises < 0:
        raise FundingError("结果里的加价次数不是非负整数")
    completion = result.get("completion")
    if completion not in ("none", "add1") or (completion == "none" and raises):
        raise FundingError("结果里的补足方式与加价次数不符")
    if election.voters == 0:
        if winners:
            raise FundingError("没有选票，不该有中选项目")
        return ["没有选票，没有中选项目"]
    share = Fraction(election.budget * election.unit, election.voters) + raises
    if share != read_fraction(result.get("first_share")):
        raise FundingError("结果里每人分得的钱不对")
    left = _replay(election, satisfaction, winners, prices, share)
    _check_losers(election, winners, left, result.get("losers"))
    confirmed = [
        "每个中选项目恰由支持者付清，谁也没有付超过自己剩下的钱",
        "每次买的都是当时价格最低的项目（同价取编号在前的）",
        "剩下的钱里，没有哪个项目的支持者还付得起它",
        "合计不超过预算",
    ]
    if completion == "add1":
        confirmed.append(_check_add_one(election, satisfaction, winners, raises, result))
    return confirmed


class _Purses:
    """What everybody has left, exactly: whole numbers of 1/`unit`, one for each different amount.

    Voters who have paid the same have the same amount, so there are far fewer amounts than ballots.
    """

    def __init__(self, election: Election, each: Fraction, unit: int) -> None:
        import numpy as np

        self.unit = unit
        self.heads = np.array(election.counts, dtype=np.int64)
        self.kind: Ints = np.zeros(len(election.counts), dtype=np.int64)  # which amount each ballot's voters have
        self.amounts = [int(each * unit)]
        self.floats = np.array([self.amounts[0] / unit])

    def rough(self, who: Ints, due: Floats) -> float:
        """Sum of the payments, each at most what is left: all terms are positive, so right to a part in 10^12."""
        import numpy as np

        return float(np.minimum(self.floats[self.kind[who]], due).dot(self.heads[who]))

    def exactly(self, who: Ints, dues: Sequence[int]) -> tuple[int, bool]:
        """The same sum in whole numbers, and whether anybody can pay her due in full."""
        paid, somebody = 0, False
        for (kind, due), heads in self._pairs(who, dues).items():
            paid += min(self.amounts[kind], due) * heads
            somebody = somebody or self.amounts[kind] >= due
        return paid, somebody

    def pay(self, who: Ints, dues: Sequence[int]) -> None:
        """Takes the payments."""
        import numpy as np

        known: dict[int, int] = {}
        renamed: dict[tuple[int, int], int] = {}
        kinds = []
        for kind, due in zip(self.kind[who].tolist(), dues, strict=True):
            new = renamed.get((kind, due))
            if new is None:
                left = self.amounts[kind] - min(self.amounts[kind], due)
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
        return Fraction(
            sum(self.amounts[kind] * heads for (kind, _), heads in self._pairs(who, [0] * len(who)).items()), self.unit
        )

    def _pairs(self, who: Ints, dues: Sequence[int]) -> dict[tuple[int, int], int]:
        pairs: dict[tuple[int, int], int] = {}
        for kind, due, heads in zip(self.kind[who].tolist(), dues, self.heads[who].tolist(), strict=True):
            pairs[kind, due] = pairs.get((kind, due), 0) + heads
        return pairs


def _replay(
    election: Election,
    satisfaction: list[tuple[Ints, list[Fraction]]],
    winners: Sequence[str],
    prices: Sequence[Fraction],
    share: Fraction,
) -> dict[str, Fraction]:
    """Plays the purchases back; returns what the supporters of each project not bought have left together."""
    each = share / election.unit
    prices = [price / election.unit for price in prices]
    backers = []
    for who, worth in satisfaction:
        keep = [i for i, value in enumerate(worth) if value > 0]
        backers.append(_Backers(who[keep], [worth[i] for i in keep]))
    kinds = {value for backer in backers for value in backer.worth}
    purses = _Purses(
        election, each, lcm(each.denominator, *_over(price * value for price in prices for value in kinds))
    )
    position = {project.id: p for p, project in enumerate(election.projects)}
    waiting = {p: project.id for p, project in enumerate(election.projects)}
    for id_, price in zip(winners, prices, strict=True):
        p = position[id_]
        del waiting[p]
        for other, other_id in waiting.items():
            verdict = _covered(purses, backers[other], price, election.projects[other].cost)
            if verdict > 0 or (verdict == 0 and other_id < id_):
                raise FundingError(f"买“{id_}”时，“{other_id}”的价格更低（或同价而编号在前）")
        if _covered(purses, backers[p], price, election.projects[p].cost, closely=True) != 0:
            raise FundingError(f"“{id_}”的支持者付的钱不等于它的费用")
        purses.pay(backers[p].who, backers[p].dues(price, purses.unit))
    return {id_: purses.left(backers[p].who) for p, id_ in waiting.items()}


def _over(values: Iterable[Fraction]) -> set[int]:
    return {value.denominator for value in values}


@dataclass(frozen=True)
class _Backers:
    """Ballots that like a project, and how much."""

    who: Ints
    worth: list[Fraction]

    @cached_property
    def floats(self) -> Floats:
        import numpy as np

        return np.array(self.worth, dtype=np.float64)

    def dues(self, price: Fraction, unit: int) -> list[int]:
        """What each of their voters owes at this price, in 1/unit."""
        known = {value: int(price * value * unit) for value in set(self.worth)}
        return [known[value] for value in self.worth]


def _covered(purses: _Purses, backers: _Backers, price: Fraction, cost: Fraction, *, closely: bool = False) -> int:
    """Sign of (own price below `price`): 1 if the project could be had more cheaply, 0 at just this price, -1 not."""
    if not backers.worth:
        return -1
    if not closely:
        rough, target = purses.rough(backers.who, float(price) * backers.floats), float(cost)
        if abs(rough - target) > 1e-9 * target:
            return 1 if rough > target else -1
    paid, somebody = purses.exactly(backers.who, backers.dues(price, purses.unit))
    gap = Fraction(paid, purses.unit) - cost
    if gap != 0:
        return 1 if gap > 0 else -1
    return 0 if somebody else 1  # nobody is held back by this price: a lower one would do


def _check_losers(election: Election, winners: list[str], left: Mapping[str, Fraction], losers: Any) -> None:
    costs = {project.id: project.cost for project in election.projects}
    for id_, money in left.items():
        if money >= costs[id_]:
            raise FundingError(f"“{id_}”没有中选，但它的支持者剩下 {money}，付得起 {costs[id_]}")
    if not isinstance(losers, list) or {entry.get("id") for entry in losers if isinstance(entry, Mapping)} != set(left):
        raise FundingError("结果里的落选项目与选举文件不符")
    for entry in losers:
        if read_fraction(entry.get("money")) != left[entry["id"]] or (
            read_fraction(entry.get("lacking")) != costs[entry["id"]] - left[entry["id"]]
        ):
            raise FundingError(f"落选项目“{entry['id']}”的剩余或所缺金额不对")


def _check_add_one(
    election: Election,
    satisfaction: list[tuple[Ints, list[Fraction]]],
    winners: list[str],
    raises: int,
    result: Mapping[str, Any],
) -> str:
    costs = {project.id: project.cost for project in election.projects}
    liked = {
        project.id
        for project, (_, worth) in zip(election.projects, satisfaction, strict=True)
        if any(value > 0 for value in worth)
    }
    left = election.budget - sum(costs[id_] for id_ in winners)
    if all(id_ in winners or costs[id_] > left for id_ in liked):
        return "有人支持的项目里，剩下的预算一个也放不下了"
    beyond = result.get("beyond")
    if not isinstance(beyond, Mapping):
        raise FundingError("预算还放得下别的项目，结果又没有说明再加价会超支")
    more = _ids(election, beyond.get("winners"))
    share = Fraction(election.budget * election.unit, election.voters) + raises + 1
    rest = _replay(election, satisfaction, more, _prices(beyond.get("prices"), len(more)), share)
    for id_, money in rest.items():
        if money >= costs[id_]:
            raise FundingError(f"再加价一次的结果没有做完：“{id_}”还买得起")
    if sum(costs[id_] for id_ in more) <= election.budget:
        raise FundingError("再加价一次并不超支")
    return "每人再加 1 个货币单位就会超支"
