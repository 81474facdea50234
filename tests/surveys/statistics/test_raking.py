import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    StatisticsError,
    effective_size,
    rake,
    rake_within,
    trim_weights,
)


def calibrate_by_newton(weights, margins):
    """R's `calibrate(calfun="raking")`: Newton on the dual, on rows. Written apart from the engine, as its oracle."""
    columns = [np.eye(len(m.labels))[m.codes] for m in margins]
    matrix = np.hstack([columns[0], *(c[:, 1:] for c in columns[1:])])
    target = np.concatenate([margins[0].totals, *(m.totals[1:] for m in margins[1:])])
    eta = np.zeros(matrix.shape[1])
    for _ in range(60):
        fitted = weights * np.exp(matrix @ eta)
        eta = eta + np.linalg.solve(matrix.T @ (fitted[:, None] * matrix), target - matrix.T @ fitted)
    return weights * np.exp(matrix @ eta)


def random_margins(rng, rows, levels, spread=5.0):
    margins = []
    for number, size in enumerate(levels):
        values = rng.integers(0, size, rows)
        totals = rng.dirichlet(np.full(size, spread)) * 80_000
        margins.append(Margin.of(f"m{number}", values, dict(enumerate(totals))))
    return margins


@pytest.mark.parametrize("seed", range(5))
def test_rake_equals_calibration_by_newton(seed):
    rng = np.random.default_rng(seed)
    margins = random_margins(rng, 1500, [2, 5, 7, 3])
    weights = rng.uniform(0.5, 40, 1500)
    result = rake(weights, margins)
    assert np.abs(result.weights / calibrate_by_newton(weights, margins) - 1).max() < 1e-12


def test_rake_meets_every_margin():
    rng = np.random.default_rng(9)
    margins = random_margins(rng, 3000, [2, 6, 20, 4])
    result = rake(np.ones(3000), margins)
    for margin in margins:
        reached = np.bincount(margin.codes, weights=result.weights)
        assert np.abs(reached / margin.totals - 1).max() < 1e-12


def test_rake_converges_where_fitting_alone_is_slow():
    """Two nearly identical margins: proportional fitting gains little a sweep, Newton steps finish."""
    first = np.repeat([0, 1], 500)
    second = first.copy()
    second[[0, 999]] = [1, 0]
    margins = [Margin.of("一", first, {0: 480.0, 1: 520.0}), Margin.of("二", second, {0: 479.0, 1: 521.0})]
    result = rake(np.ones(1000), margins)
    assert result.worst < 1e-12


def test_rake_takes_text_and_number_levels_alike():
    rng = np.random.default_rng(2)
    numbers = rng.integers(0, 3, 400)
    totals = {0: 100.0, 1: 250.0, 2: 50.0}
    as_number = rake(np.ones(400), [Margin.of("组", numbers, totals)])
    as_text = rake(
        np.ones(400), [Margin.of("组", [f"第{n}组" for n in numbers], {f"第{n}组": t for n, t in totals.items()})]
    )
    many = {f"第{n}组": t for n, t in totals.items()} | {f"空{n}": 0.0 for n in range(300)}
    as_wide = rake(np.ones(400), [Margin.of("组", [f"第{n}组" for n in numbers], many)])
    assert as_number.weights.tolist() == as_text.weights.tolist() == as_wide.weights.tolist()


@pytest.mark.parametrize(
    ("values", "totals", "message"),
    [
        (["男", "女"], {"男": 10}, "边际“性别”没有“女”的人口数"),
        (["男", "男"], {"男": 10, "女": 12}, "边际“性别”中“女”有 12 人，却没有一份答卷"),
        (["男", "女"], {"男": 10, "女": 0}, "边际“性别”中“女”的人口数为 0，却有 1 份答卷"),
        (["男", "女"], {"男": 10, "女": -3}, "边际“性别”中“女”的人口数 -3 不是非负数"),
        (["男", "女"], {"男": 10, "女": float("nan")}, "边际“性别”中“女”的人口数 nan 不是非负数"),
    ],
)
def test_margin_refuses_and_names_the_cell(values, totals, message):
    with pytest.raises(StatisticsError, match=message):
        Margin.of("性别", values, totals)


def test_margin_of_numbers_refuses_an_unknown_level():
    with pytest.raises(StatisticsError, match="边际“年龄”没有“7”的人口数"):
        Margin.of("年龄", np.array([1, 2, 7]), {1: 5, 2: 5})


def test_rake_refuses_margins_of_different_size():
    margins = [Margin.of("性别", ["男", "女"], {"男": 5, "女": 5}), Margin.of("年龄", ["老", "少"], {"老": 5, "少": 6})]
    with pytest.raises(StatisticsError, match="“性别”合计 10，“年龄”合计 11"):
        rake([1, 1], margins)


def test_rake_refuses_margins_that_cannot_be_met_and_names_a_cell():
    """Every man is old, so 60 men cannot go with 40 old people."""
    margins = [
        Margin.of("性别", ["男", "男", "女", "女"], {"男": 60, "女": 40}),
        Margin.of("年龄", ["老", "老", "老", "少"], {"老": 40, "少": 60}),
    ]
    with pytest.raises(StatisticsError, match=r"不能同时满足.*边际“(性别|年龄)”中“.”要"):
        rake([1.0] * 4, margins)


@pytest.mark.parametrize("bad", [[0.0, 1.0], [1.0, float("nan")], [1.0, -2.0], [1.0, float("inf")]])
def test_rake_refuses_weights_that_are_not_positive(bad):
    with pytest.raises(StatisticsError, match="权数不是正数"):
        rake(bad, [Margin.of("性别", ["男", "女"], {"男": 5, "女": 5})])


def test_rake_refuses_no_rows_and_no_margins():
    with pytest.raises(StatisticsError, match="没有边际"):
        rake([1.0], [])
    with pytest.raises(StatisticsError, match="没有答卷"):
        rake([], [Margin("性别", ("男",), np.zeros(0, dtype=np.int64), np.array([1.0]))])


def test_effective_size_of_equal_weights_is_their_number():
    assert effective_size([3.0] * 7) == pytest.approx(7.0)
    assert effective_size([1.0, 3.0]) == pytest.approx(16 / 10)
    assert effective_size([]) == 0.0


def test_trim_weights_shares_the_excess_as_r_does():
    # trimWeights(upper=4): the 10 loses 6, spread over the other three (+2 each); 3+2 > 4, so strict goes round again
    assert trim_weights([1, 2, 3, 10], upper=4, strict=False).tolist() == [3, 4, 5, 4]
    assert trim_weights([1, 2, 3, 10], upper=4.5).tolist() == pytest.approx([3.0, 4.0, 4.5, 4.5])


def test_trim_weights_refuses_bounds_that_cannot_hold():
    with pytest.raises(StatisticsError, match="平均权数 4"):
        trim_weights([1, 2, 3, 10], upper=3)
    with pytest.raises(StatisticsError, match="下限 2 要小于上限 1"):
        trim_weights([1, 2], lower=2, upper=1)


def test_rake_within_holds_both_the_margins_and_the_cap():
    rng = np.random.default_rng(4)
    margins = random_margins(rng, 800, [2, 5, 6], spread=2.0)
    free = rake(np.ones(800), margins)
    bound = 0.85 * free.weights.max() / free.weights.mean()
    result = rake_within(np.ones(800), margins, ratio=bound)
    assert free.weights.max() > bound * free.weights.mean()
    assert result.weights.max() <= bound * result.weights.mean() * (1 + 1e-12)
    for margin in margins:
        assert np.bincount(margin.codes, weights=result.weights) == pytest.approx(margin.totals, rel=1e-9)
    with pytest.raises(StatisticsError, match=r"每份答卷最多代表 .* 人时只能到"):
        rake_within(np.ones(800), margins, ratio=1.05)
