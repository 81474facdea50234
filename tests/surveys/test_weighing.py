import numpy as np
import pytest

from tests.surveys.factories import PEOPLE, make_definition, some_answers
from xiangli.surveys.questionnaire import clean_questionnaire
from xiangli.surveys.weighing import weigh_rows

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
