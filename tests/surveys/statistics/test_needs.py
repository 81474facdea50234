import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    StatisticsError,
    Want,
    derive_needs,
    proportion,
    simple_random,
)

GROUPS = ["老人"] * 40 + ["青年"] * 30 + ["儿童"] * 3
WANTS = [
    *(Want(row, "食堂", "上午") for row in range(20)),  # 20 old
    *(Want(row, "食堂", "上午") for row in range(40, 52)),  # 12 young
    *(Want(row, "医疗", "下午") for row in range(8)),  # 8 old
    *(Want(row, "医疗", "下午") for row in (40, 41)),  # 2 young
    Want(70, "托幼"),
    Want(71, "托幼"),
]


def line(needs, group, service, band=""):
    return next(n for n in needs.needs if (n.group, n.service, n.band) == (group, service, band))


def test_needs_are_weighted_shares_with_their_interval():
    sample = simple_random(73, population=1460)
    need = line(derive_needs(sample, GROUPS, WANTS), "老人", "食堂", "上午")
    inside = np.array([g == "老人" for g in GROUPS])
    answers = np.zeros(73)
    answers[:20] = 1
    answers[40:52] = 1
    share = proportion(sample, answers, inside)
    assert (need.strength, need.low, need.high) == (share.value, share.low, share.high)
    assert need.people == pytest.approx(20 * 20)
    assert (need.respondents, need.group_respondents) == (20, 40)


def test_needs_follow_raked_weights():
    sample = simple_random(73).rake([Margin.of("组", GROUPS, {"老人": 900, "青年": 500, "儿童": 60})])
    needs = derive_needs(sample, GROUPS, WANTS)
    assert needs.groups == pytest.approx({"全体": 1460, "老人": 900, "青年": 500, "儿童": 60})
    assert line(needs, "老人", "食堂", "上午").people == pytest.approx(450)
    assert line(needs, "全体", "食堂", "上午").people == pytest.approx(450 + 500 * 12 / 30)


def test_needs_are_ordered_by_people_and_leave_out_what_nobody_asked():
    needs = derive_needs(simple_random(73), GROUPS, WANTS).needs
    assert [n.people for n in needs] == sorted((n.people for n in needs), reverse=True)
    assert not [n for n in needs if n.group == "老人" and n.service == "托幼"]


def test_small_needs_are_hidden_and_cannot_be_subtracted():
    """Two young people asked for a clinic: their line is hidden, and so is one more, or 全体 less 老人 would tell."""
    needs = derive_needs(simple_random(73), GROUPS, WANTS, k=5)
    hidden = {(n.group, n.service) for n in needs.needs if n.hidden}
    assert ("青年", "医疗") in hidden
    shown = {n.group: n.respondents for n in needs.needs if n.service == "医疗" and not n.hidden}
    assert len(shown) < 2
    assert not line(needs, "老人", "食堂", "上午").hidden or not line(needs, "青年", "食堂", "上午").hidden
    assert all(n.respondents >= 5 for n in needs.needs if not n.hidden)


def test_sizes_of_small_groups_are_not_shown():
    needs = derive_needs(simple_random(73), GROUPS, WANTS)
    assert "儿童" not in needs.shown_sizes
    assert len(needs.shown_sizes) <= 2


def test_the_same_wish_twice_counts_once_and_unknown_groups_count_for_everybody():
    wants = [Want(0, "食堂"), Want(0, "食堂"), Want(1, "食堂")]
    needs = derive_needs(simple_random(12), [None] * 6 + ["老人"] * 6, wants)
    everybody = line(needs, "全体", "食堂")
    assert (everybody.respondents, everybody.strength) == (2, pytest.approx(2 / 12))
    assert [n.group for n in needs.needs] == ["全体"]


def test_bad_wishes_are_refused():
    with pytest.raises(StatisticsError, match="不存在的第 6 份答卷"):
        derive_needs(simple_random(5), ["甲"] * 5, [Want(5, "食堂")])
    with pytest.raises(StatisticsError, match="组别有 4 个，答卷有 5 份"):
        derive_needs(simple_random(5), ["甲"] * 4, [])
    with pytest.raises(StatisticsError, match="组别不能叫“全体”"):
        derive_needs(simple_random(2), ["甲", "全体"], [])
