from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import ALL_DAY, Rule, Timeline, evaluate, merge
from xiangli.opening.wording import read_intervals, spoken, status_at, summary, when, written

NOW = datetime(2026, 11, 28, 13, 20)  # a Saturday

spans = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(lambda p: (p[0], min(p[0] + p[1], 2880))), max_size=3
).map(merge)


@given(spans)
def test_written_hours_are_read_back_as_they_were(intervals):
    assert read_intervals(written(intervals)) == intervals


@pytest.mark.parametrize(("text", "intervals"), [
    ("8:00-12:00 14:30-18:00", ((480, 720), (870, 1080))),
    ("８：００—１２：００，14:30 至 18:00", ((480, 720), (870, 1080))),
    ("8点到12点", ((480, 720),)), ("全天", ALL_DAY), ("24 小时", ALL_DAY), ("0:00-24:00", ALL_DAY), ("不开放", ()),
    ("20:00-次日2:00", ((1200, 1560),)),
])  # fmt: skip
def test_hours_are_read_as_people_write_them(text, intervals):
    assert read_intervals(text) == intervals


@pytest.mark.parametrize("text", [
    "上午", "8:00", "12:00-8:00", "8:00-25:00", "8:70-9:00", "8:00-12:00 11:00-13:00", "8:00-12:00 12:00-13:00",
    "8:00-12:00 大概", "-", "",
])  # fmt: skip
def test_unreadable_hours_are_refused_with_a_hint(text):
    with pytest.raises(ValueError, match=r"8:00-12:00|重叠|次日"):
        read_intervals(text)


@pytest.mark.parametrize(("at", "closing", "words"), [
    (datetime(2026, 11, 28, 18), True, "今天 18:00"),
    (datetime(2026, 11, 29), True, "今天 24:00"),
    (datetime(2026, 11, 30), True, "明天 24:00"),
    (datetime(2026, 11, 29), False, "明天 0:00"),
    (datetime(2026, 12, 1, 8), False, "周二 8:00"),
    (datetime(2026, 12, 8, 8), False, "12月8日 8:00"),
])  # fmt: skip
def test_moments_are_said_as_one_says_them(at, closing, words):
    assert when(at, NOW, closing=closing) == words


def line(rules, kinds):
    return Timeline(evaluate(rules, [], kinds, date(2026, 11, 28), 3))


def test_status_runs_through_midnight_into_the_next_open_day():
    kinds = {date(2026, 11, 28): "weekend", date(2026, 11, 29): "weekend", date(2026, 11, 30): "working_day"}
    rules = [Rule(((480, 1080),), frozenset({"working_day"})), Rule(ALL_DAY, frozenset({"weekend"}))]
    assert status_at(line(rules, kinds), NOW) == (True, datetime(2026, 11, 30), None, "开到明天 24:00")


def test_status_of_a_closed_door_names_the_next_opening():
    rules = [Rule(((480, 720),))]
    kinds = dict.fromkeys([date(2026, 11, d) for d in (27, 28, 29, 30)], "weekend")
    assert status_at(line(rules, kinds), NOW) == (False, None, datetime(2026, 11, 29, 8), "明天 8:00开门")


def test_status_of_an_unknown_day_guesses_nothing():
    rules = [Rule(((480, 720),), frozenset({"working_day"})), Rule(ALL_DAY, frozenset({"weekend"}))]
    assert status_at(line(rules, {}), NOW)[:3] == (None, None, None)


def test_summary_puts_equal_hours_on_one_line():
    rules = [
        Rule(((480, 720),), frozenset({DayKind.WORKING_DAY})),
        Rule(ALL_DAY, frozenset({DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY})),
        Rule(((720, 870),), weekdays=frozenset({2, 0}), layer="extended"),
        Rule(ALL_DAY, until=date(2020, 1, 1)),
    ]
    assert summary(rules, date(2026, 11, 28)) == [
        ("工作日（含调休上班日）", "8:00–12:00"), ("双休日、法定节假日", "全天开放"),
        ("周一、三（延时服务）", "12:00–14:30"),
    ]  # fmt: skip


def test_unknown_hours_are_called_not_yet_announced():
    assert (spoken(None), spoken(()), spoken(ALL_DAY)) == ("尚未公布", "不开放", "全天开放")
