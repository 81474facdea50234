"""Verifies a result against the election, trusting nothing in it and nothing of the engine that made it.

Equal shares: the purchases are played back (`replay`): the payments of each project's supporters, each at most what she
has left, add up to its cost exactly; at that price no other project could have been paid in full; at the end no group
can pay for any further project. The whole fits the budget; with "add1", nothing supported fits any more, or the next
raise overspends (its own certificate, `beyond`, is checked in the same way). That the winners represent every group of
supporters is confirmed once more without the prices (`representation`). Greedy: the winners are worked out anew.
All the other figures (losers, ties, payments by group) are compared with what follows from the ballots.

Not checked: that fewer raises would not have sufficed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from .certificate import FORMAT
from .errors import FundingError
from .model import MEASURES, Election
from .numbers import read_fraction
from .outcome import COMPLETIONS, TIE_RULE, notes_on
from .payments import groups_of
from .replay import Backers, Replay, backers_of, replay
from .representation import check_representation

COMMON = {
    "format", "rule", "satisfaction", "completion", "budget", "cost", "winners", "prices", "tie_rule", "ties", "losers",
    "paid_by_group", "notes",
}  # fmt: skip
OF_SHARES = {"first_share", "raises", "beyond"}


def check(election: Election, result: Any) -> list[str]:
    """Confirms a result against the election; returns what was confirmed, in Chinese sentences.

    Raises FundingError with the first thing that does not hold.
    """
    if not isinstance(result, Mapping) or result.get("format") != FORMAT:
        raise FundingError(f"不是本程序的结果文件（format 应为 {FORMAT}）")
    rules: dict[Any, Callable[..., list[str]]] = {"greedy": _check_greedy, "equal-shares": _check_equal_shares}
    rule, measure = result.get("rule"), result.get("satisfaction")
    if not isinstance(rule, str) or rule not in rules:
        raise FundingError(f"不认识的规则“{rule}”")
    unknown = set(result) - COMMON - (OF_SHARES if rule == "equal-shares" else set())
    if unknown:
        raise FundingError(f"结果里有多余的内容“{min(unknown)}”")
    if measure not in MEASURES:
        raise FundingError(f"不认识的满意度“{measure}”")
    if result.get("tie_rule") != TIE_RULE:
        raise FundingError("结果里的并列规则不对")
    if result.get("notes") != list(notes_on(election, measure)):
        raise FundingError("结果里的说明与选举文件不符")
    winners = _ids(election, result.get("winners"))
    prices = _prices(result.get("prices"), len(winners))
    costs = {project.id: project.cost for project in election.projects}
    cost = sum((costs[id_] for id_ in winners), Fraction(0))
    if cost != read_fraction(result.get("cost")) or election.budget != read_fraction(result.get("budget")):
        raise FundingError("结果里的费用或预算与选举文件不符")
    if cost > election.budget:
        raise FundingError(f"中选项目合计 {cost}，超过预算 {election.budget}")
    return rules[rule](election, backers_of(election, measure), winners, prices, result)


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


def _check_greedy(
    election: Election,
    backers: Sequence[Backers],
    winners: list[str],
    prices: list[Fraction],
    result: Mapping[str, Any],
) -> list[str]:
    if result.get("completion") != "none":
        raise FundingError("贪心法没有补足")
    density = {}
    for project, backer in zip(election.projects, backers, strict=True):
        pairs = zip(backer.who.tolist(), backer.worth, strict=True)
        total = sum((election.counts[ballot] * value for ballot, value in pairs), Fraction(0))
        density[project.id] = max(total, Fraction(0)) / project.cost / election.unit
    costs = {project.id: project.cost for project in election.projects}
    left, expected, beaten = election.budget, [], {}
    order = sorted(costs, key=lambda id_: (-density[id_], id_))
    for id_ in order:
        if costs[id_] <= left:
            expected.append(id_)
            left -= costs[id_]
        else:
            beaten[id_] = left
    if expected != winners:
        raise FundingError("中选项目不是按“每元满意度从高到低、放得下就买”得出的")
    if [density[id_] for id_ in winners] != prices:
        raise FundingError("结果里的性价比不对")
    ties: dict[Fraction, list[str]] = {}
    for id_ in order:
        ties.setdefault(density[id_], []).append(id_)
    _check_figures(election, backers, beaten, [tuple(tied) for tied in ties.values() if len(tied) > 1], {}, result)
    return ["中选项目确是按每元满意度从高到低、放得下就买得出的", f"合计不超过预算，剩 {left}"]


def _check_equal_shares(
    election: Election,
    backers: Sequence[Backers],
    winners: list[str],
    prices: list[Fraction],
    result: Mapping[str, Any],
) -> list[str]:
    raises, completion = result.get("raises"), result.get("completion")
    if not isinstance(raises, int) or isinstance(raises, bool) or raises < 0:
        raise FundingError("结果里的加价次数不是非负整数")
    if completion not in COMPLETIONS or (completion == "none" and (raises or "beyond" in result)):
        raise FundingError("结果里的补足方式与加价次数不符")
    share = Fraction(election.budget * election.unit, election.voters) + raises if election.voters else Fraction(0)
    if share != read_fraction(result.get("first_share")):
        raise FundingError("结果里每人分得的钱不对")
    if not election.voters:
        if winners or raises or "beyond" in result:
            raise FundingError("没有选票，不该有中选项目")
        nothing = {project.id: Fraction(0) for project in election.projects}
        _check_figures(election, backers, nothing, [], {}, result)
        return ["没有选票，没有中选项目"]
    played = replay(election, backers, winners, prices, share)
    check_representation(election, backers, set(winners), share)
    _check_figures(election, backers, played.left, played.ties, _paid(election, played, share), result)
    confirmed = [
        "每个中选项目恰由支持者付清，谁也没有付超过自己剩下的钱",
        "每次买的都是当时价格最低的项目（同价取编号在前的）",
        "剩下的钱里，没有哪个项目的支持者还付得起它",
        "每一群支持者都得到了与人数相称的份额（EJR+，至多差一个项目）",
        "合计不超过预算",
    ]
    if completion == "add1":
        confirmed.append(_check_add_one(election, backers, winners, share, result))
    return confirmed


def _check_figures(
    election: Election,
    backers: Sequence[Backers],
    left: Mapping[str, Fraction],
    ties: Sequence[tuple[str, ...]],
    paid: Mapping[str, Mapping[str, Fraction]],
    result: Mapping[str, Any],
) -> None:
    """The figures beside the certificate: what losers lacked, ties, payments by group."""
    losers, groups = result.get("losers"), result.get("paid_by_group")
    if not isinstance(losers, list) or [e.get("id") if isinstance(e, Mapping) else None for e in losers] != _listed(
        election, left, by_lacking=result["rule"] == "equal-shares"
    ):
        raise FundingError("结果里的落选项目与选举文件不符")
    facts = {project.id: (project.cost, backer) for project, backer in zip(election.projects, backers, strict=True)}
    for entry in losers:
        cost, backer = facts[entry["id"]]
        people = Fraction(int(sum(election.counts[b] for b in backer.liking().who.tolist())), election.unit)
        money = left[entry["id"]]
        true = {"cost": cost, "money": money, "lacking": cost - money, "voters": people}
        if set(entry) != {"id", *true} or any(read_fraction(entry[key]) != value for key, value in true.items()):
            raise FundingError(f"落选项目“{entry['id']}”的剩余或所缺金额不对")
    if result.get("ties") != [list(tied) for tied in ties]:
        raise FundingError("结果里的并列情况不对")
    if not isinstance(groups, Mapping) or {c: set(v) if isinstance(v, Mapping) else v for c, v in groups.items()} != {
        column: set(values) for column, values in paid.items()
    }:
        raise FundingError("结果里的分组与选举文件不符")
    for column, values in paid.items():
        for label, amount in values.items():
            if read_fraction(groups[column][label]) != amount:
                raise FundingError(f"结果里“{label}”（{column}）付的钱不对")


def _listed(election: Election, left: Mapping[str, Fraction], *, by_lacking: bool) -> list[str]:
    """Losers in the order of the result: by what they lack; under greedy as their turn came."""
    costs = {project.id: project.cost for project in election.projects}
    return sorted(left, key=lambda id_: (costs[id_] - left[id_], id_)) if by_lacking else list(left)


def _paid(election: Election, played: Replay, share: Fraction) -> dict[str, dict[str, Fraction]]:
    """What each group of voters paid, from what its voters have left."""
    if not election.ballot_of:
        return {}
    ballot_of, each = np.asarray(election.ballot_of), share / election.unit
    weights = np.asarray(election.weights or [1] * len(ballot_of))
    paid: dict[str, dict[str, Fraction]] = {}
    for column, values in election.groups.items():
        names, codes = groups_of(column, values)
        members = [np.flatnonzero(codes == number) for number in range(len(names))]
        paid[column] = {
            label: played.purses.paid_by(each, ballot_of[voters], weights[voters])
            for label, voters in zip(names, members, strict=True)
        }
    return paid


def _check_add_one(
    election: Election, backers: Sequence[Backers], winners: list[str], share: Fraction, result: Mapping[str, Any]
) -> str:
    costs = {project.id: project.cost for project in election.projects}
    left = election.budget - sum(costs[id_] for id_ in winners)
    liked = [p.id for p, backer in zip(election.projects, backers, strict=True) if backer.liking().worth]
    beyond = result.get("beyond")
    if all(id_ in winners or costs[id_] > left for id_ in liked):
        if beyond is not None:
            raise FundingError("已经放不下别的项目，不该再有加价的结果")
        return "有人支持的项目里，剩下的预算一个也放不下了"
    if not isinstance(beyond, Mapping) or set(beyond) != {"winners", "prices"}:
        raise FundingError("预算还放得下别的项目，结果又没有说明再加价会超支")
    more = _ids(election, beyond["winners"])
    try:
        replay(election, backers, more, _prices(beyond["prices"], len(more)), share + 1)
    except FundingError as error:
        raise FundingError(f"再加价一次的结果不成立：{error}") from None
    if sum(costs[id_] for id_ in more) <= election.budget:
        raise FundingError("再加价一次并不超支")
    return "每人再加 1 个货币单位就会超支"
