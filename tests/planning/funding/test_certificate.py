import copy
from fractions import Fraction

import pytest

from tests.planning.funding.elections import random_text
from xiangli.planning.funding import FundingError, fund, parse
from xiangli.planning.funding.certificate import to_json
from xiangli.planning.funding.checking import check
from xiangli.planning.funding.numbers import read_fraction, write_fraction

TEXT = """META
key;value
budget;60
vote_type;approval
PROJECTS
project_id;cost
a;20
b;20
c;20
d;20
e;23
VOTES
voter_id;vote
""" + "".join(f"{n};a,b,c\n" for n in range(6)) + "".join(f"{n};d,e\n" for n in range(6, 10))  # fmt: skip


@pytest.fixture
def election():
    return parse(TEXT.encode())


def test_fractions_are_written_and_read_exactly():
    for value in (Fraction(0), Fraction(7), Fraction(-7, 3), Fraction(3**9000, 2**14000), Fraction(10**3001)):
        assert read_fraction(write_fraction(value)) == value
    assert write_fraction(Fraction(7, 2)) == "7/2"


@pytest.mark.parametrize("text", ["", "1/0", "1.5", "x", None, 3, "1/", "0x", "--1", "1 /2", "1e5", "1_000"])
def test_what_is_no_fraction_is_refused(text):
    with pytest.raises(FundingError):
        read_fraction(text)


@pytest.mark.parametrize("completion", ["none", "add1"])
def test_a_true_certificate_holds(election, completion):
    confirmed = check(election, to_json(fund(election, completion=completion)))
    assert len(confirmed) == (5 if completion == "none" else 6)


def test_add_one_is_confirmed_in_both_ways_it_can_end():
    endings = set()
    for seed in range(60):
        election = parse(random_text(seed).encode())
        if election.voters:
            endings.add(check(election, to_json(fund(election, completion="add1")))[-1])
    assert endings == {"每人再加 1 个货币单位就会超支", "有人支持的项目里，剩下的预算一个也放不下了"}


FORGERIES = {
    "不是本程序的结果文件": lambda r: r.update(format="other"),
    "不在选举文件里": lambda r: r["winners"].append("z"),
    "同一个项目中选了两次": lambda r: r["winners"].append(r["winners"][0]),
    "价格与中选项目不是一一对应": lambda r: r["prices"].pop(),
    "费用或预算与选举文件不符": lambda r: r.update(cost="1"),
    "支持者付的钱不等于它的费用": lambda r: r["prices"].__setitem__(0, "1/7"),
    "每人分得的钱不对": lambda r: r.update(first_share="7"),
    "补足方式与加价次数不符": lambda r: r.update(raises=1, first_share="7"),
    "加价次数不是非负整数": lambda r: r.update(raises=-1),
    "落选项目与选举文件不符": lambda r: r["losers"].pop(),
    "剩余或所缺金额不对": lambda r: r["losers"][0].update(money="0"),
    "不认识的规则": lambda r: r.update(rule="lottery"),
    "不认识的满意度": lambda r: r.update(satisfaction="joy"),
    "不是分数": lambda r: r["prices"].__setitem__(0, 0.5),
    "没有中选项目的名单": lambda r: r.update(winners="a"),
}


@pytest.mark.parametrize("message", FORGERIES)
def test_a_forged_certificate_is_refused(election, message):
    result = to_json(fund(election))
    FORGERIES[message](result)
    with pytest.raises(FundingError, match=message):
        check(election, result)


def swap(result, winners, prices):
    result = copy.deepcopy(result)
    result["winners"], result["prices"] = winners, prices
    return result


def test_buying_the_dearer_project_first_is_refused(election):
    """e for d: the payments add up and the price is the same (a quarter), but d stands first."""
    true = to_json(fund(election))
    assert true["winners"] == ["a", "d"]
    false = swap(true, ["a", "e"], [true["prices"][0], "1/4"])
    false["cost"] = "43"
    with pytest.raises(FundingError, match=r"买“e”时，“d”的价格更低（或同价而编号在前）"):
        check(election, false)


def test_stopping_early_is_refused(election):
    true = to_json(fund(election))
    false = swap(true, ["a"], true["prices"][:1])
    false["cost"] = "20"
    with pytest.raises(FundingError, match="“d”没有中选，但它的支持者剩下 24，付得起 20"):
        check(election, false)


def test_claiming_a_higher_price_than_was_needed_is_refused():
    """When all pay everything a higher price collects the same money; it is still the wrong price."""
    text = (
        TEXT.split("PROJECTS")[0].replace("60", "20")
        + "PROJECTS\nproject_id;cost\na;20\nVOTES\nvoter_id;vote\n1;a\n2;a\n"
    )
    election = parse(text.encode())
    true = to_json(fund(election))
    assert (true["winners"], true["prices"]) == (["a"], ["1/2"])
    with pytest.raises(FundingError, match="付的钱不等于"):
        check(election, swap(true, ["a"], ["3/4"]))


def test_overspending_is_refused(election):
    result = to_json(fund(election))
    result["winners"] = ["a", "b", "c", "d"]
    result["prices"], result["cost"] = ["1"] * 4, "80"
    with pytest.raises(FundingError, match="超过预算"):
        check(election, result)


def test_raising_too_little_is_refused(election):
    """The outcome before any raise, passed off as finished although the next raise changes nothing yet."""
    true = to_json(fund(election, completion="none"))
    false = dict(true, completion="add1")
    with pytest.raises(FundingError, match="没有说明再加价会超支"):
        check(election, false)
    false["beyond"] = {"winners": ["a", "b"], "prices": ["1/6", "1/6"]}
    with pytest.raises(FundingError):
        check(election, false)


def test_greedy_results_are_checked(election):
    result = to_json(fund(election, rule="greedy"))
    assert "放得下就买得出的" in check(election, result)[0]
    result["winners"] = ["a", "b", "d"]
    with pytest.raises(FundingError, match="不是按“每元满意度"):
        check(election, result)
    result = to_json(fund(election, rule="greedy"))
    result["prices"][0] = "5"
    with pytest.raises(FundingError, match="性价比不对"):
        check(election, result)
