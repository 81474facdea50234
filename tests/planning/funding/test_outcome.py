from fractions import Fraction

import numpy as np
import pytest

from xiangli.planning.funding import Election, FundingError, Project, from_answers, fund
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check as check_result
from xiangli.planning.funding.equal_shares import EPS, Run
from xiangli.planning.funding.model import Ballot, check
from xiangli.planning.funding.payments import age_band
from xiangli.planning.funding.support import build


def election_of(costs, ballots, budget, **options):
    projects = tuple(Project(id_, Fraction(cost)) for id_, cost in costs.items())
    at = {id_: p for p, id_ in enumerate(costs)}
    coded = tuple(Ballot(tuple(sorted(at[id_] for id_ in ballot))) for ballot, _ in ballots)
    return Election("approval", Fraction(budget), projects, coded, tuple(n for _, n in ballots), **options)


def test_a_minority_gets_its_share_where_greedy_gives_it_nothing():
    """60 people want a, b, c; 40 want d, e; three can be afforded. Greedy buys the majority's three."""
    costs = {"a": 20, "b": 20, "c": 20, "d": 20, "e": 20}
    election = election_of(costs, [(("a", "b", "c"), 60), (("d", "e"), 40)], 100)
    assert fund(election).winners == ("a", "b", "c", "d", "e")
    tight = election_of(costs, [(("a", "b", "c"), 60), (("d", "e"), 40)], 60)
    assert fund(tight, rule="greedy").winners == ("a", "b", "c")
    assert fund(tight).winners == ("a", "d")  # 36 and 24 of money: one project each
    assert fund(tight, completion="add1").winners == ("a", "d")  # one unit more each would buy all five


def test_payments_losers_and_prices_are_exact():
    election = election_of({"x": 30, "y": 10}, [(("x",), 3), (("x", "y"), 3), (("y",), 1)], 35)
    outcome = fund(election)
    assert outcome.first_share == 5
    assert outcome.winners == ("x",)  # all six pay 5
    assert outcome.prices == (Fraction(5, 30),)
    (loser,) = outcome.losers
    assert (loser.id, loser.money, loser.lacking, loser.voters) == ("y", 5, 5, 4)


def test_ties_go_to_the_smallest_id_by_code_point():
    election = election_of({"2": 10, "10": 10, "B": 10, "a": 10}, [(("2", "10", "B", "a"), 4)], 20)
    outcome = fund(election)
    assert outcome.winners == ("10", "2")
    assert outcome.ties[0] == ("10", "2", "B", "a")


def test_payments_by_group_add_up_to_the_cost():
    election = election_of(
        {"x": 30, "y": 12}, [(("x",), 2), (("x", "y"), 2)], 50,
        ballot_of=(0, 0, 1, 1), groups={"sex": ["F", "M", "F", ""], "age": ["70", "17", "45", "无"]},
    )  # fmt: skip
    outcome = fund(election)
    assert sum(outcome.paid["sex"].values()) == outcome.cost
    assert set(outcome.paid["sex"]) == {"F", "M", "未填"}
    assert set(outcome.paid["age"]) == {"0-17", "45-59", "60+", "无"}


@pytest.mark.parametrize(("age", "band"), [("0", "0-17"), ("18", "18-29"), ("44", "30-44"), ("60", "60+"), ("x", "x")])
def test_age_band(age, band):
    assert age_band(age) == band


def test_our_own_answers_make_an_election():
    election = from_answers(
        {"食堂": 300, "球场": 500}, 600, [(2.5, {"食堂": 1}), (1.25, {"食堂": 1, "球场": 1}), (4.0, {})]
    )
    assert (election.voters, election.unit, election.kind) == (31, 4, "approval")
    outcome = fund(election)
    assert outcome.first_share == Fraction(600 * 4, 31)
    assert outcome.winners == ()
    assert fund(election, completion="add1").winners == ("食堂",)
    scored = from_answers({"食堂": 300}, 600, [(1, {"食堂": 3})])
    assert scored.kind == "scoring"
    with pytest.raises(FundingError, match="第 1 份答卷的权数 0 不是正数"):
        from_answers({"食堂": 300}, 600, [(0, {})])
    with pytest.raises(FundingError, match="第 1 份答卷选了没有的项目“泳池”"):
        from_answers({"食堂": 300}, 600, [(1, {"泳池": 1})])


def test_weights_count_as_so_many_voters():
    """Weighted answers give what as many equal ballots give."""
    whole = election_of({"x": 30, "y": 10, "z": 7}, [(("x",), 30), (("x", "y"), 20), (("y", "z"), 11)], 45)
    answers = [(30, {"x": 1}), (20, {"x": 1, "y": 1}), (11, {"y": 1, "z": 1})]
    weighted = from_answers({"x": 30, "y": 10, "z": 7}, 45, answers)
    for completion in ("none", "add1"):
        one, other = fund(whole, completion=completion), fund(weighted, completion=completion)
        assert (one.winners, one.raises, one.first_share) == (other.winners, other.raises, other.first_share)
        assert one.prices == other.prices


def test_weights_are_exact():
    """A float counts as the decimal it is written as; thirds stay thirds; what no unit fits is rounded to 1/10^9."""
    election = from_answers({"x": 3}, 3, [(0.1, {"x": 1}), (0.2, {"x": 1}), (Fraction(1, 3), {})])
    assert (Fraction(election.counts[0], election.unit), election.unit) == (Fraction(3, 10), 30)
    fine = from_answers({"x": 3}, 3, [(1 / 3, {"x": 1}), (2 / 7, {})])
    assert fine.unit == 10**9
    assert fine.weights == [333333333, 285714286]
    for weight in (float("nan"), float("inf"), -1.0):
        with pytest.raises(FundingError, match="第 1 份答卷的权数"):
            from_answers({"x": 3}, 3, [(weight, {"x": 1})])


def test_payments_by_group_follow_the_weights():
    """Two villages cast the same ballot; the one that speaks for three times as many people pays thrice as much."""
    election = from_answers(
        {"食堂": 100}, 120, [(1.5, {"食堂": 1}), (0.5, {"食堂": 1}), (0.25, {})],
        groups={"village": ["扣马", "小寨", "小寨"]},
    )  # fmt: skip
    outcome = fund(election)
    assert outcome.winners == ("食堂",)
    assert outcome.paid == {"village": {"扣马": Fraction(75), "小寨": Fraction(25)}}
    assert check_result(election, to_json(outcome))


def test_too_large_numbers_are_refused():
    with pytest.raises(FundingError, match="太大，无法精确计算"):
        fund(Election("scoring", Fraction(5), (Project("a", Fraction(1)),), (Ballot((0,), (2**53,)),), (1,)))


def test_nobody_voting_and_no_money_fund_nothing():
    assert fund(election_of({"x": 3}, [], 10)).winners == ()
    assert fund(election_of({"x": 3}, [(("x",), 5)], 0)).winners == ()
    assert fund(election_of({"x": 3}, [((), 5)], 10), completion="add1").winners == ()


def test_ten_thousand_projects_are_funded():
    rng = np.random.default_rng(1)
    costs = {f"p{n}": int(cost) for n, cost in enumerate(rng.integers(100, 9000, 10_000))}
    ids = list(costs)
    ballots = [(tuple(dict.fromkeys(rng.choice(ids, 20).tolist())), 1) for _ in range(300)]
    outcome = fund(election_of(costs, ballots, 200_000))
    assert outcome.cost <= 200_000
    assert len(outcome.winners) > 10


def test_exact_prices_agree_with_fractions_all_the_way():
    """The float run, its error bounds and the exact replay against the definition in plain fractions."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        size, people = 12, 40
        costs = {f"{n:02d}": int(rng.integers(20, 400)) for n in range(size)}
        ballots = [(tuple(id_ for id_ in costs if rng.random() < 0.35), int(rng.integers(1, 9))) for _ in range(people)]
        election = election_of(costs, ballots, 1300)
        support = build(election, "cost")
        run = Run(support, Fraction(support.budget, support.voters)).finish()
        money = {b: Fraction(1300, election.voters) for b in range(people)}
        for purchase, share in zip(run.purchases, run.purses.shares(), strict=True):
            who = support.ballots[purchase.project].tolist()
            assert sum(min(money[b], share) * election.counts[b] for b in who) == support.costs[purchase.project]
            assert abs(float(share) - purchase.share) <= purchase.error + 4 * EPS * purchase.share
            for b in who:
                money[b] -= min(money[b], share)
        for p in range(size):
            if p not in [purchase.project for purchase in run.purchases]:
                left = sum(money[b] * election.counts[b] for b in support.ballots[p].tolist())
                assert run.purses.left_over()[p] == left < support.costs[p]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "dictator"}, "不认识的规则“dictator”"),
        ({"measure": "joy"}, "不认识的满意度“joy”"),
        ({"completion": "sub1"}, "不认识的补足方式“sub1”"),
    ],
)
def test_unknown_options_are_refused(options, message):
    with pytest.raises(FundingError, match=message):
        fund(election_of({"x": 3}, [(("x",), 5)], 10), **options)


@pytest.mark.parametrize(
    ("election", "message"),
    [
        (Election("approval", Fraction(-1), (), (), ()), "预算 -1 是负数"),
        (Election("approval", Fraction(1), (Project("a", Fraction(0)),), (), ()), "项目“a”的费用 0 不是正数"),
        (Election("veto", Fraction(1), (), (), ()), "不认识的投票方式“veto”"),
        (Election("approval", Fraction(1), (Project("a", Fraction(1)),) * 2, (), ()), "项目编号“a”重复"),
    ],
)
def test_impossible_elections_are_refused(election, message):
    with pytest.raises(FundingError, match=message):
        check(election)
