import numpy as np
import pytest

from tests.surveys.factories import PEOPLE, make_definition, some_answers
from xiangli.surveys.questionnaire import clean_questionnaire
from xiangli.surveys.statistics import clustered, mean, stratified
from xiangli.surveys.weighing import Frame, weigh_rows

DEFINITION = clean_questionnaire(make_definition())


def total(weighed, rows, question, value):
    return sum(w for w, row in zip(weighed.design.weights, rows, strict=True) if row.get(question) == value)


def test_weights_meet_every_margin():
    rows = some_answers(60)
    weighed = weigh_rows(DEFINITION, rows, PEOPLE)
    assert weighed.margins == ["性别", "年龄", "人群"]
    for dimension, counts in PEOPLE.items():
        for category, count in counts.items():
            assert total(weighed, rows, dimension, category) == pytest.approx(count, rel=1e-9)
    assert weighed.effective < 60


def test_category_without_answers_is_merged_with_its_neighbour_and_said():
    rows = [row for row in some_answers(40) if row["age"] != "70+"]
    weighed = weigh_rows(DEFINITION, rows, PEOPLE)
    assert weighed.notes == ["年龄“70+”没有一份答卷，并入“60-69”"]
    assert total(weighed, rows, "age", "60-69") == pytest.approx(160 + 110)


def test_people_who_did_not_say_keep_their_share():
    rows = some_answers(40)
    for row in rows[:10]:
        del row["sex"]
    weighed = weigh_rows(DEFINITION, rows, PEOPLE)
    assert total(weighed, rows, "sex", None) == pytest.approx(800 * 10 / 40)
    assert "10 份答卷没有填性别，按原样保留" in weighed.notes


def test_dimension_with_other_categories_is_left_out_and_said():
    weighed = weigh_rows(DEFINITION, some_answers(), {**PEOPLE, "age": {"青年": 500, "老年": 300}})
    assert weighed.margins == ["性别", "人群"]
    assert weighed.notes == ["没有按年龄加权：人口数里没有“18-44”“45-59”“60-69”“70+”"]


def test_without_population_every_answer_counts_the_same():
    weighed = weigh_rows(DEFINITION, some_answers(8), {})
    assert np.array_equal(weighed.design.weights, np.ones(8))
    assert weighed.notes == ["没有人口数，每份答卷同样算"]


def test_more_answers_than_people_is_said_not_hidden():
    weighed = weigh_rows(DEFINITION, some_answers(8), {}, population=5)
    assert np.array_equal(weighed.design.weights, np.ones(8))
    assert "比登记的人口（5 人）还多" in weighed.notes[0]


def test_population_alone_scales_the_answers_up():
    weighed = weigh_rows(DEFINITION, some_answers(8), {}, population=80)
    assert weighed.design.weights.tolist() == [10.0] * 8


GROUPED = {
    "questions": [
        {
            "name": "g",
            "label": "组",
            "kind": "single",
            "options": [{"name": str(n), "label": f"{n}组"} for n in (1, 2, 3)],
        },
        {"name": "h", "label": "户", "kind": "number", "options": []},
    ]
}


def shares(weighed, ones):
    return mean(weighed.design, ones)


def test_strata_weigh_by_their_sizes_and_have_the_stratified_error():
    rows = [{"g": "1"}] * 4 + [{"g": "2"}] * 6
    frame = Frame("stratified", "g", {"1组": 40, "2组": 300})
    weighed = weigh_rows(GROUPED, rows, {}, frame=frame)
    ones = [1, 0, 1, 0, 1, 1, 1, 0, 0, 1]
    plain = stratified([row["g"] for row in rows], {"1": 40, "2": 300})
    assert weighed.design.weights.tolist() == [10.0] * 4 + [50.0] * 6
    assert shares(weighed, ones) == mean(plain, ones)
    assert weighed.notes == ["没有能用的人口分类，只按总人数放大"]


def test_a_stratum_with_one_answer_joins_the_largest_and_an_empty_one_is_said():
    rows = [{"g": "1"}] + [{"g": "2"}] * 6
    weighed = weigh_rows(GROUPED, rows, {}, frame=Frame("stratified", "g", {"1组": 40, "2组": 300, "3组": 50}))
    assert weighed.notes[:2] == ["“1组”只有一份答卷，并入“2组”", "“3组”没有一份答卷，数字不代表它"]
    assert weighed.design.weights.tolist() == pytest.approx([340 / 7] * 7)


@pytest.mark.parametrize(
    ("rows", "sizes", "note"),
    [
        ([{"g": "1"}] * 3 + [{}], {"1组": 40}, "1 份答卷没有写属于哪一组"),
        ([{"g": "1"}] * 4, {"1组": 3, "2组": 50}, "“1组”登记了 3 人，却有 4 份答卷"),
        ([{"g": "1"}, {"g": "2"}] * 2, {"1组": 40}, "“2组”登记了 0 人，却有 2 份答卷"),
    ],
)
def test_strata_that_do_not_fit_fall_back_to_a_random_sample_and_say_so(rows, sizes, note):
    weighed = weigh_rows(GROUPED, rows, {}, frame=Frame("stratified", "g", sizes))
    assert weighed.notes[:2] == [note, "因此误差按随机抽人算"]
    assert weighed.design.kind == "srs"


def test_clusters_count_as_units_of_the_population():
    rows = [{"h": n // 3} for n in range(12)]
    weighed = weigh_rows(GROUPED, rows, {}, population=120, frame=Frame("cluster", "h", units=40))
    ones = [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    plain = clustered([row["h"] for row in rows], population=40, weights=[10.0] * 12)
    assert shares(weighed, ones) == mean(plain, ones)
    assert shares(weighed, ones).df == 3


def test_clusters_with_margins_are_raked():
    rows = [{**row, "h": n // 3} for n, row in enumerate(some_answers(60))]
    definition = {**DEFINITION, "questions": [*DEFINITION["questions"], GROUPED["questions"][1]]}
    weighed = weigh_rows(definition, rows, PEOPLE, frame=Frame("cluster", "h", units=300))
    assert (weighed.margins, weighed.design.kind) == (["性别", "年龄", "人群"], "clustered")
    assert total(weighed, rows, "sex", "女") == pytest.approx(410)


def test_clusters_without_number_or_with_too_few_are_said():
    rows = [{"h": 1}, {"h": 1}, {}, {"h": 2}]
    weighed = weigh_rows(GROUPED, rows, {}, population=50, frame=Frame("cluster", "h", units=2))
    assert weighed.notes[:2] == [
        "1 份答卷没有写是哪一户（组），各算一户", "登记全村共 2 户（组），答卷却来自 3 户（组）",
    ]  # fmt: skip
    alone = weigh_rows(GROUPED, [{"h": 1}] * 3, {}, population=50, frame=Frame("cluster", "h"))
    assert alone.notes[:2] == ["只抽了一户（组），算不出误差", "因此误差按随机抽人算"]


def test_census_of_everybody_has_no_error():
    weighed = weigh_rows(GROUPED, [{"g": "1"}] * 5, {}, population=5, frame=Frame("census"))
    assert shares(weighed, [1, 0, 0, 0, 0]).se == 0
