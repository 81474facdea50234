"""Oracle values are R 4's survey 4.1, on the Californian school samples that it ships (data in shared/)."""

import csv
import math

import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    StatisticsError,
    by_group,
    census,
    change,
    clustered,
    design,
    linked_change,
    mean,
    multiple_choice,
    proportion,
    ranking,
    simple_random,
    stratified,
    total,
    with_freedom,
)
from xiangli.surveys.statistics.student import t_quantile

STYPE = {"E": 4421, "H": 755, "M": 1018}


class Sample:
    def __init__(self, path):
        with path.open(encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def text(self, column):
        return [row[column] for row in self.rows]

    def number(self, column):
        return [math.nan if row[column] == "NA" else float(row[column]) for row in self.rows]


@pytest.fixture(scope="module")
def apistrat(shared_data):
    return Sample(shared_data / "survey_oracle" / "apistrat.csv")


@pytest.fixture(scope="module")
def apiclus1(shared_data):
    return Sample(shared_data / "survey_oracle" / "apiclus1.csv")


def margins_of(sample):
    return [
        Margin.of("stype", sample.text("stype"), STYPE),
        Margin.of("sch.wide", sample.text("sch.wide"), {"No": 1072, "Yes": 5122}),
    ]


def test_stratified_mean_and_total_are_r_s(apistrat):
    sample = stratified(apistrat.text("stype"), STYPE, weights=apistrat.number("pw"))
    figure = mean(sample, apistrat.number("api00"))
    assert figure.value == pytest.approx(662.2874, abs=5e-5)
    assert figure.se == pytest.approx(9.40894080278, abs=1e-9)
    assert figure.df == 197
    enrolled = total(sample, apistrat.number("enroll"))
    assert (round(enrolled.value), round(enrolled.se)) == (3687178, 114642)


def test_cluster_mean_and_total_are_r_s(apiclus1):
    sample = clustered(apiclus1.text("dnum"), population=757, weights=apiclus1.number("pw"))
    figure = mean(sample, apiclus1.number("api00"))
    assert figure.value == pytest.approx(644.169, abs=5e-4)
    assert figure.se == pytest.approx(23.5422406938, abs=1e-9)
    assert (figure.df, figure.respondents) == (14, 183)
    enrolled = total(sample, apiclus1.number("enroll"))
    assert (round(enrolled.value), round(enrolled.se)) == (3404940, 932235)


def test_raked_mean_is_r_s(apiclus1):
    sample = clustered(apiclus1.text("dnum"), weights=apiclus1.number("pw")).rake(margins_of(apiclus1))
    figure = mean(sample, apiclus1.number("api00"))
    assert figure.value == pytest.approx(641.23, abs=5e-3)
    assert figure.se == pytest.approx(23.9420099146, abs=1e-9)


def test_raked_figures_with_finite_population_are_those_r_prints(apiclus1):
    """`dclus1r` of survey's own examples and tests (rakecheck.R, api.R): 641.23 (23.704), 3647280 (400603)."""
    sample = clustered(apiclus1.text("dnum"), population=757, weights=apiclus1.number("pw"))
    raked = sample.rake(margins_of(apiclus1))
    assert round(mean(raked, apiclus1.number("api00")).se, 3) == 23.704
    enrolled = total(raked, apiclus1.number("enroll"))
    assert (round(enrolled.value), round(enrolled.se)) == (3647280, 400603)
    poststratified = sample.rake(margins_of(apiclus1)[:1])
    figure = mean(poststratified, apiclus1.number("api00"))
    assert (round(figure.value, 2), round(total(poststratified, apiclus1.number("enroll")).se)) == (642.31, 406293)


def test_raked_total_of_a_margin_has_no_error(apiclus1):
    raked = clustered(apiclus1.text("dnum"), weights=apiclus1.number("pw")).rake(margins_of(apiclus1))
    figure = total(raked, [float(level == "H") for level in apiclus1.text("stype")])
    assert figure.value == pytest.approx(755, rel=1e-12)
    assert figure.se == pytest.approx(0, abs=1e-8)


def test_proportion_interval_is_the_logit_of_svyciprop(apiclus1):
    sample = clustered(apiclus1.text("dnum"), population=757, weights=apiclus1.number("pw"))
    figure = proportion(sample, [level == "E" for level in apiclus1.text("stype")])
    # svyciprop fits an intercept-only logistic model and takes qt(df=degf(design)); the same formula written out:
    eta = math.log(figure.value / (1 - figure.value))
    half = t_quantile(0.975, 14) * figure.se / (figure.value * (1 - figure.value))
    assert figure.low == pytest.approx(1 / (1 + math.exp(half - eta)), rel=1e-14)
    assert figure.high == pytest.approx(1 / (1 + math.exp(-half - eta)), rel=1e-14)
    assert figure.df == 14


def test_simple_random_sample_is_the_textbook_formula():
    rng = np.random.default_rng(1)
    values = rng.normal(50, 10, 40)
    figure = mean(simple_random(40, population=200), values)
    assert figure.value == pytest.approx(values.mean())
    assert figure.se == pytest.approx(math.sqrt(values.var(ddof=1) / 40 * (1 - 40 / 200)))
    assert figure.high - figure.value == pytest.approx(t_quantile(0.975, 39) * figure.se)


def test_census_has_no_error():
    sample = census(30)
    answers = [1.0] * 12 + [0.0] * 18
    assert (proportion(sample, answers).low, proportion(sample, answers).high) == (0.4, 0.4)
    nobody = proportion(sample, [0.0] * 30)
    assert (nobody.value, nobody.low, nobody.high) == (0.0, 0.0, 0.0)


def test_proportion_of_nobody_keeps_room_above():
    figure = proportion(simple_random(20, population=100_000), [0.0] * 20)
    assert (figure.value, figure.low, figure.method) == (0.0, 0.0, "exact")
    assert figure.high == pytest.approx(1 - 0.025 ** (1 / 20))
    everybody = proportion(simple_random(20, population=100_000), [1.0] * 20)
    assert (everybody.low, everybody.high) == (pytest.approx(0.025 ** (1 / 20)), 1.0)


def test_by_group_is_a_domain_mean_not_a_separate_sample():
    """Thompson's ratio form: R's svyby. The group's size is random, so the variance differs from a sample of it."""
    rng = np.random.default_rng(3)
    groups = rng.choice(["老人", "青年"], 60).tolist()
    values = rng.normal(5, 2, 60)
    sample = simple_random(60)
    figure = by_group(sample, values, groups)["老人"]
    inside = np.array([g == "老人" for g in groups])
    residual = np.where(inside, values - values[inside].mean(), 0) / inside.sum()
    assert figure.value == pytest.approx(values[inside].mean())
    assert figure.se == pytest.approx(math.sqrt(60 / 59 * ((residual - residual.mean()) ** 2).sum()))
    assert figure.df == inside.sum() - 1


def test_by_group_leaves_out_unknown_and_unanswered():
    figures = by_group(simple_random(5), [1, 0, math.nan, 1, 0], ["甲", "甲", "乙", None, "甲"], kind="proportion")
    assert list(figures) == ["甲"]


def test_missing_answers_are_a_domain_as_in_r(apistrat):
    values = apistrat.number("api00")
    holes = [math.nan if row % 7 == 0 else value for row, value in enumerate(values)]
    present = np.array([row % 7 != 0 for row in range(len(values))])
    sample = stratified(apistrat.text("stype"), STYPE, weights=apistrat.number("pw"))
    answered, part = mean(sample, holes), mean(sample, values, present)
    assert answered.df == len(values) - 3  # as degf of the whole design
    assert part.df == present.sum() - 3  # as degf of a subset
    assert with_freedom(answered, part.df) == part


def test_multiple_choice_shares_may_exceed_one():
    shares = multiple_choice(simple_random(4), {"食堂": [1, 1, 1, 0], "棋牌": [1, 1, 0, math.nan]})
    assert shares["食堂"].value == 0.75
    assert shares["棋牌"].value == pytest.approx(2 / 3)
    assert shares["棋牌"].respondents == 3


def test_ranking_counts_places():
    ballots = [["甲", "乙"], ["乙", "甲"], ["乙"], None]
    figures = ranking(simple_random(4), ballots, ["甲", "乙", "丙"], places=2)
    assert figures["乙"].first.value == pytest.approx(2 / 3)
    assert figures["乙"].score.value == pytest.approx((0.5 + 1 + 1) / 3)
    assert figures["甲"].place.value == 1.5
    assert figures["丙"].place is None
    assert figures["丙"].score.value == 0


@pytest.mark.parametrize("ballot", [["甲", "甲"], ["丁"], ["甲", "乙", "丙"]])
def test_ranking_refuses_bad_ballots(ballot):
    with pytest.raises(StatisticsError, match="第 2 份答卷"):
        ranking(simple_random(2), [["甲"], ballot], ["甲", "乙", "丙"], places=2)


def test_change_of_separate_samples_adds_variances():
    before = mean(simple_random(5), [1, 2, 3, 4, 5])
    after = mean(simple_random(4), [3, 4, 6, 7])
    figure = change(before, after)
    assert figure.value == pytest.approx(2.0)
    assert figure.se == pytest.approx(math.hypot(before.se, after.se))
    welch = figure.se**4 / (before.se**4 / 4 + after.se**4 / 3)
    assert figure.df == pytest.approx(welch)
    assert figure.low == pytest.approx(2.0 - t_quantile(0.975, welch) * figure.se)


def test_linked_change_of_the_same_people_is_the_paired_difference():
    rng = np.random.default_rng(8)
    first = rng.normal(10, 3, 30)
    second = first + rng.normal(0.5, 0.4, 30)
    people = list(range(30)) * 2
    stacked = clustered(people)
    before = np.repeat([True, False], 30)
    figure = linked_change(stacked, np.concatenate([first, second]), before)
    difference = second - first
    assert figure.value == pytest.approx(difference.mean())
    assert figure.se == pytest.approx(math.sqrt(difference.var(ddof=1) / 30))
    apart = change(mean(simple_random(30), first), mean(simple_random(30), second))
    assert figure.se < 0.5 * apart.se


def test_two_waves_of_different_people_agree_with_change():
    rng = np.random.default_rng(5)
    first, second = rng.normal(10, 3, 50), rng.normal(11, 3, 60)
    stacked = design(weights=None, rows=110, strata=[1] * 50 + [2] * 60)
    figure = linked_change(stacked, np.concatenate([first, second]), np.repeat([True, False], [50, 60]))
    apart = change(mean(simple_random(50), first), mean(simple_random(60), second))
    assert (figure.value, figure.se) == (pytest.approx(apart.value), pytest.approx(apart.se))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: simple_random(0), "没有答卷"),
        (lambda: simple_random(10, population=9), "总体共 9 个单元，却抽了 10 个"),
        (lambda: stratified(["甲", "乙"], {"甲": 5}), "没有给出层“乙”的总体单元数"),
        (lambda: stratified(["甲", "甲"], {"甲": 1}), "层“甲”共 1 个单元，却抽了 2 个"),
        (lambda: clustered([1, 1], strata=["甲", "乙"]), "抽样单元“1”跨了两个层"),
        (lambda: clustered([1, 2], weights=[1, -1]), "权数"),
        (lambda: design(weights=None, rows=3, strata=["甲", "乙"]), "分层变量有 2 个值，答卷有 3 份"),
        (lambda: design(weights=None, rows=2, strata=["甲", "乙"], population=9.0), "每一层"),
    ],
)
def test_designs_that_cannot_be_are_refused(make, message):
    with pytest.raises(StatisticsError, match=message):
        make()


def test_a_stratum_with_one_unit_is_refused_by_name_unless_taken_whole():
    sample = stratified(["甲", "甲", "乙"], {"甲": 10, "乙": 10})
    with pytest.raises(StatisticsError, match="层“乙”只有一个抽样单元"):
        mean(sample, [1, 2, 3])
    whole = stratified(["甲", "甲", "乙"], {"甲": 10, "乙": 1})
    assert mean(whole, [1, 2, 3]).value == pytest.approx((15 + 3) / 11)


def test_figures_refuse_bad_answers():
    with pytest.raises(StatisticsError, match="没有答卷"):
        mean(simple_random(2), [math.nan, math.nan])
    with pytest.raises(StatisticsError, match="是/否"):
        proportion(simple_random(2), [0, 2])
    with pytest.raises(StatisticsError, match="变量有 3 个值，答卷有 2 份"):
        mean(simple_random(2), [1, 2, 3])
