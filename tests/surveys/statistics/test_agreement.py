import numpy as np
import pytest

from xiangli.surveys.statistics import agreement, draw, linked_change, mean, simple_random, stack, stratified


def test_kappa_of_the_textbook_table():
    """Fleiss, Statistical Methods for Rates and Proportions: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: 0.4."""
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    found = agreement(first, second)
    assert (found.people, found.pairs, found.same, found.share) == (50, 50, 35, 0.7)
    assert found.kappa == pytest.approx(0.4)


def test_agreement_leaves_out_what_was_not_answered_twice():
    found = agreement(["a", None, "b"], ["a", "b", None])
    assert (found.pairs, found.same, found.share) == (1, 1, 1.0)


def test_kappa_is_none_where_everybody_always_says_the_same():
    assert agreement(["a", "a"], ["a", "a"]).kappa is None
    assert agreement([], []).kappa is None


def test_kappa_may_be_worse_than_chance():
    assert agreement([1, 0], [0, 1]).kappa == pytest.approx(-1)


def test_draw_is_repeatable_fair_and_rounded_up():
    keys = [f"{n:03d}" for n in range(95)]
    first = draw(keys, seed="七", share=0.1)
    assert len(first) == 10
    assert first == draw(reversed(keys), seed="七", share=0.1)
    assert first != draw(keys, seed="八", share=0.1)
    assert draw(keys[:3], seed="七", share=0.1) == [next(k for k in draw(keys, seed="七", share=1) if k in keys[:3])]
    counts = dict.fromkeys(keys, 0)
    for seed in range(400):
        for key in draw(keys, seed=str(seed), share=0.2):
            counts[key] += 1
    assert min(counts.values()) > 45  # 80 expected, standard deviation 8
    assert max(counts.values()) < 115


def test_stacked_samples_are_strata():
    rng = np.random.default_rng(2)
    first, second = rng.normal(10, 3, 40), rng.normal(12, 3, 30)
    values = np.concatenate([first, second])
    stacked = stack([simple_random(40, population=400), simple_random(30, population=900)])
    plain = stratified(["a"] * 40 + ["b"] * 30, {"a": 400, "b": 900})
    one, other = mean(stacked, values), mean(plain, values)
    assert (one.value, one.se, one.df) == (pytest.approx(other.value), pytest.approx(other.se), other.df)


def test_stacked_samples_keep_what_their_margins_explain():
    """A town's share of women has no error where each village was raked to its women."""
    from xiangli.surveys.statistics import Margin, proportion

    parts = [
        simple_random(n, population=people).rake(
            [Margin.of("性别", ["女", "男"] * (n // 2), {"女": 0.5 * people, "男": 0.5 * people})]
        )
        for n, people in ((20, 300), (30, 500))
    ]
    women = [float(row % 2 == 0) for row in range(50)]
    found = proportion(stack(parts), women)
    assert (found.value, found.se) == (pytest.approx(0.5), pytest.approx(0, abs=1e-9))


def test_change_within_a_stacked_design_of_independent_waves_adds_variances():
    rng = np.random.default_rng(4)
    values = rng.normal(size=60)
    stacked = stack([simple_random(30), simple_random(30)])
    before = np.repeat([True, False], 30)
    found = linked_change(stacked, values, before)
    apart = mean(simple_random(30), values[:30]).se ** 2 + mean(simple_random(30), values[30:]).se ** 2
    assert found.se == pytest.approx(apart**0.5)
