"""What R 4.2's survey 4.1 gives on the school samples that it ships, to all the figures that doubles hold.

Each value was printed by R with digits = 15; rake() ran with maxit = 100, epsilon = 1e-13.
"""

import csv
import math

import numpy as np
import pytest

from xiangli.surveys.statistics import (
    Margin,
    by_group,
    clustered,
    linked_change,
    mean,
    proportion,
    stratified,
    total,
    trim_weights,
    with_freedom,
)

STYPE = {"E": 4421, "H": 755, "M": 1018}
WIDE = {"No": 1072, "Yes": 5122}
AWARDS = {"No": 2000, "Yes": 4194}
EXACT = 1e-9


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return lambda column: [row[column] for row in rows]


def numbers(values):
    return [math.nan if value == "NA" else float(value) for value in values]


@pytest.fixture(scope="module")
def st(shared_data):
    return read(shared_data / "survey_oracle" / "apistrat.csv")


@pytest.fixture(scope="module")
def cl(shared_data):
    return read(shared_data / "survey_oracle" / "apiclus1.csv")


@pytest.fixture(scope="module")
def strat(st):
    return stratified(st("stype"), STYPE, weights=numbers(st("pw")))


@pytest.fixture(scope="module")
def raked_strat(strat, st):
    return strat.rake([Margin.of("awards", st("awards"), AWARDS), Margin.of("sch.wide", st("sch.wide"), WIDE)])


@pytest.fixture(scope="module")
def clus(cl):
    return clustered(cl("dnum"), population=757, weights=numbers(cl("pw")))


@pytest.fixture(scope="module")
def raked_clus(clus, cl):
    return clus.rake([Margin.of("stype", cl("stype"), STYPE), Margin.of("sch.wide", cl("sch.wide"), WIDE)])


def same(figure, value, se):
    assert figure.value == pytest.approx(value, rel=1e-12)
    assert figure.se == pytest.approx(se, rel=1e-12, abs=EXACT)


def test_svymean_and_svytotal_of_a_stratified_sample(strat, st):
    same(mean(strat, numbers(st("api00"))), 662.287363159321, 9.40894080278458)
    same(total(strat, numbers(st("enroll"))), 3687177.53243828, 114641.71610078)


def test_svyby_means_and_totals_of_a_stratified_sample(strat, st):
    wide = by_group(strat, numbers(st("api00")), st("sch.wide"))
    same(wide["No"], 593.746858214589, 18.6191675056143)
    same(wide["Yes"], 676.530443656777, 10.5203892001006)
    level = by_group(strat, numbers(st("enroll")), st("stype"), kind="total")
    same(level["E"], 1842584.341842653, 72581.3345757523)
    same(level["H"], 997128.525190352, 69239.3959522504)
    same(level["M"], 847464.665405275, 55502.9637938562)


def test_confint_with_the_design_s_degrees_of_freedom_and_with_infinitely_many(strat, st):
    figure = mean(strat, numbers(st("api00")))
    assert (figure.low, figure.high) == (pytest.approx(643.732188272086), pytest.approx(680.842538046555))
    normal = with_freedom(figure, math.inf)
    assert normal.high - normal.value == pytest.approx(1.95996398454005 * figure.se, rel=1e-13)


def test_svyciprop_logit(strat, clus, st, cl):
    figure = proportion(strat, [value == "Yes" for value in st("sch.wide")])
    assert figure.se == pytest.approx(0.0243447801130748, abs=1e-12)
    assert (figure.low, figure.high) == (
        pytest.approx(0.774539654351568, abs=1e-9), pytest.approx(0.870814854544508, abs=1e-9),
    )  # fmt: skip
    figure = proportion(clus, [value == "Yes" for value in cl("sch.wide")])
    assert figure.se == pytest.approx(0.0203594772446274, abs=1e-12)
    assert (figure.low, figure.high) == (
        pytest.approx(0.823798892379034, abs=1e-9), pytest.approx(0.911900077021223, abs=1e-9),
    )  # fmt: skip


def test_deff_of_means_and_totals(strat, clus, raked_strat, st, cl):
    assert mean(clus, numbers(cl("api00"))).deff == pytest.approx(9.34586945059095, rel=1e-12)
    assert mean(strat, numbers(st("api00"))).deff == pytest.approx(1.20445726853772, rel=1e-12)
    assert total(strat, numbers(st("enroll"))).deff == pytest.approx(0.362018122363404, rel=1e-12)
    share = proportion(raked_strat, [value == "Yes" for value in st("comp.imp")])
    assert share.deff == pytest.approx(0.0927112244600572, rel=1e-11)


def test_rake_of_a_cluster_sample(raked_clus, cl):
    same(mean(raked_clus, numbers(cl("api00"))), 641.23032092682, 23.7036168879225)
    same(total(raked_clus, numbers(cl("enroll"))), 3647280.14806521, 400603.25686197)
    level = by_group(raked_clus, numbers(cl("api00")), cl("stype"))
    same(level["E"], 647.446579228416, 22.8084121940973)
    same(level["H"], 621.291861054897, 36.7431448777676)
    same(level["M"], 629.021538266647, 29.9628809590603)


def test_rake_without_finite_population_and_svyciprop_on_it(cl):
    plain = clustered(cl("dnum"), weights=numbers(cl("pw")))
    raked = plain.rake([Margin.of("stype", cl("stype"), STYPE), Margin.of("sch.wide", cl("sch.wide"), WIDE)])
    same(mean(raked, numbers(cl("api00"))), 641.23032092682, 23.9420099145702)
    same(total(raked, numbers(cl("enroll"))), 3647280.14806521, 404632.221021314)
    figure = proportion(raked, [value == "Yes" for value in cl("comp.imp")])
    assert (figure.low, figure.high) == (
        pytest.approx(0.644185735438946, abs=1e-9), pytest.approx(0.714106665194409, abs=1e-9),
    )  # fmt: skip


def test_rake_of_unequal_weights_centres_as_r_does(raked_strat, st):
    """Here R's two linearisations part: rake() takes plain means, calibrate() the weighted regression."""
    same(mean(raked_strat, numbers(st("api00"))), 662.52588735848, 9.29976751434997)
    same(total(raked_strat, numbers(st("enroll"))), 3688903.33074927, 133123.373987417)
    level = by_group(raked_strat, numbers(st("api00")), st("stype"))
    same(level["E"], 674.568372829752, 12.2739314269994)
    same(level["H"], 625.816917071128, 15.7015815790318)
    same(level["M"], 636.165002162169, 16.3368964959421)


def test_calibrate_and_poststratify_regress_with_the_weights_before(strat, st):
    margins = [Margin.of("awards", st("awards"), AWARDS), Margin.of("sch.wide", st("sch.wide"), WIDE)]
    calibrated = strat.rake(margins, errors="calibrate")
    same(mean(calibrated, numbers(st("api00"))), 662.52588735848, 9.29323004963859)
    same(total(calibrated, numbers(st("enroll"))), 3688903.33074927, 127009.541451442)
    post = strat.poststratify(margins[0])
    same(mean(post, numbers(st("api00"))), 663.993121160119, 9.425596309676)
    same(by_group(post, numbers(st("api00")), st("stype"))["M"], 639.912226009263, 16.1467298494389)


def test_trimmed_weights_keep_the_raking_s_residuals(raked_strat, st):
    """`trimWeights(rake(...), upper = 40, strict = TRUE)`."""
    trimmed = raked_strat.with_weights(trim_weights(raked_strat.weights, upper=40))
    same(mean(trimmed, numbers(st("api00"))), 659.228920255305, 8.83116770449218)


def test_svyciprop_of_a_domain_has_the_domain_s_degrees_of_freedom(raked_strat, st):
    inside = np.array([value == "M" for value in st("stype")])
    figure = proportion(raked_strat, [value == "Yes" for value in st("comp.imp")], inside)
    same(figure, 0.51650731207942, 0.0711570782764884)
    assert (figure.low, figure.high) == (
        pytest.approx(0.3760019586843798, abs=1e-9), pytest.approx(0.6544503498132579, abs=1e-9),
    )  # fmt: skip


def test_change_between_domains_is_svycontrast_of_svyby(strat, st):
    level = np.array(st("stype"))
    figure = linked_change(strat, numbers(st("api00")), level == "E", level == "H")
    assert figure.value == pytest.approx(-48.61, abs=1e-9)
    assert figure.se == pytest.approx(19.40216, abs=5e-6)
