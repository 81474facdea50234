import pytest

from tests.surveys.factories import make_definition
from xiangli.surveys.questionnaire import clean_questionnaire
from xiangli.surveys.statistics import simple_random
from xiangli.surveys.wishes import derive

DEFINITION = clean_questionnaire(make_definition())


def derived(rows, k=5, population=None, minutes=None):
    return derive(DEFINITION, rows, simple_random(len(rows), population=population), minutes or {}, k=k)


def test_needs_are_lines_by_group_and_band_with_hours():
    rows = [{"needs": ["canteen"], "band": "morning", "age": "70+"}] * 6 + [{"needs": ["none"], "age": "70+"}] * 2
    found = derived(rows, population=80, minutes={"canteen": 90})
    (line,) = [line for line in found.lines if line.group]
    assert (line.wish.service, line.group, line.band, line.people) == ("canteen", "70 岁以上", "morning", 6)
    assert line.strength == pytest.approx(6 / 8)
    assert line.hours == pytest.approx(60 * 1.5)
    assert line.low < line.strength < line.high
    assert not line.hidden


def test_group_lines_add_up_to_the_village():
    rows = [
        {"needs": ["canteen", "chess"], "band": ("morning", "evening")[i % 2], "age": ("70+", "18-44", None)[i % 3]}
        for i in range(30)
    ]
    found = derived(rows, population=300)
    whole = sum(line.hours for line in found.lines if not line.group)
    assert whole == pytest.approx(sum(line.hours for line in found.lines if line.group))
    assert whole == pytest.approx(300 * 2 * 2)


def test_those_who_left_the_question_out_are_no_denominator():
    rows = [{"needs": ["canteen"], "age": "70+"}] * 6 + [{"age": "70+"}] * 6
    found = derived(rows)
    assert found.answered == 6
    assert {line.strength for line in found.lines} == {1.0}


def test_answer_none_counts_as_an_answer():
    rows = [{"needs": ["canteen"], "age": "70+"}] * 6 + [{"needs": [], "age": "70+"}] * 6
    assert {line.strength for line in derived(rows).lines} == {0.5}


def test_what_fewer_than_five_said_is_not_published():
    rows = [{"needs": ["chess"], "age": "70+"}] * 4 + [{"needs": ["canteen"], "age": "18-44"}] * 20
    found = derived(rows)
    assert [line.wish.service for line in found.public] == ["canteen"]
    assert {line.hidden for line in found.lines if line.wish.service == "chess"} == {True}


def test_small_group_cannot_be_computed_from_the_published_lines():
    """Total 9 = 6 + 3: showing the total and the six would give away the three."""
    rows = [{"needs": ["chess"], "age": "70+"}] * 6 + [{"needs": ["chess"], "age": "18-44"}] * 3
    rows += [{"needs": ["none"], "age": age} for age in ("70+", "18-44")] * 10
    shown = {line.group for line in derived(rows).public}
    assert "18–44 岁" not in shown
    assert not {"", "70 岁以上"} <= shown
