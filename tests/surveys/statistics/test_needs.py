from itertools import product

import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    StatisticsError,
    Want,
    derive_needs,
    proportion,
    simple_random,
    to_step,
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


def a_village(seed):
    """(design raked by group, group of each row, wishes): a few people of some groups speak for many."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(6, 16, 4)
    groups = [f"组{number}" for number, n in enumerate(sizes) for _ in range(n)]
    people = {f"组{number}": int(n) for number, n in enumerate(rng.integers(40, 400, 4))}
    design = simple_random(len(groups)).rake([Margin.of("组", groups, people)])
    wants = [
        Want(row, wish)
        for wish, share in (("食堂", 0.5), ("理发", 0.25))
        for row in np.flatnonzero(rng.random(len(groups)) < share)
    ]
    return design, groups, wants


def tables_that_agree(design, groups, shown, whole):
    """Every table (a row each, a column a group) that a reader who knows sizes and weights cannot rule out."""
    names = sorted(set(groups))
    rows = np.array(groups)
    values = [[shown[name]] if name in shown else range((rows == name).sum() + 1) for name in names]
    found = np.array(list(product(*values)))
    if whole is None:
        return names, found
    printed = to_step(whole.respondents, whole.step)
    found = found[[to_step(int(n), whole.step) == printed for n in found.sum(axis=1)]]
    each = np.array([design.weights[rows == name].mean() for name in names]) / design.weights.sum()
    return names, found[abs(found @ each - round(whole.strength, 2)) <= 0.005 + 1e-9]


@pytest.mark.parametrize("seed", range(8))
def test_weighted_share_and_number_together_give_no_small_group_away(seed):
    """The attacker knows how many of each group answered and what each of them weighs."""
    design, groups, wants = a_village(seed)
    needs = derive_needs(design, groups, wants, k=5).needs
    for wish in ("食堂", "理发"):
        lines = {need.group: need for need in needs if need.service == wish}
        whole = lines.pop("全体")
        shown = {group: need.respondents for group, need in lines.items() if not need.hidden}
        names, tables = tables_that_agree(design, groups, shown, None if whole.hidden else whole)
        for group, values in zip(names, tables.T, strict=True):
            true = lines[group].respondents if group in lines else 0
            room = min(5, groups.count(group) - true)
            if true < 5:
                assert values.min() <= true
                assert values.max() >= true + room, (wish, group)


def test_number_is_rounded_rather_than_hidden():
    found = [need for seed in range(8) for need in derive_needs(*a_village(seed), k=5).needs if need.group == "全体"]
    assert {need.step for need in found if not need.hidden} > {1}
    assert sum(not need.hidden for need in found) >= len(found) / 2


@pytest.mark.parametrize(
    ("count", "step", "printed"), [(7, 1, 7), (7, 5, 5), (8, 5, 10), (5, 20, 20), (30, 20, 40), (29, 20, 20)]
)
def test_counts_are_rounded_to_the_nearest_step_and_never_to_nothing(count, step, printed):
    assert to_step(count, step) == printed


def test_equal_weights_leave_the_number_as_it_is():
    needs = derive_needs(simple_random(73), GROUPS, WANTS, k=5).needs
    assert {need.step for need in needs} == {1}
