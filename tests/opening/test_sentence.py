"""Hours as one sentence: read as people write it, written back, read again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import ALL_DAY, LUNAR, NO_MARKET, SOLAR, WEEK, Market, Rule, evaluate, merge
from xiangli.opening.sentence import PROGRAMME, read_rules, written_rules
from xiangli.opening.services import PROGRAMME_RULES
from xiangli.opening.wording import market_words

OFFICE = ((480, 720), (870, 1080))
WORK, WEEKEND, HOLIDAY = DayKind.WORKING_DAY, DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY


def days(*kinds, **more):
    return Rule(ALL_DAY, frozenset(map(str, kinds)), **more)


def test_the_programmes_rule_is_one_line():
    assert tuple(read_rules(PROGRAMME)) == PROGRAMME_RULES


@pytest.mark.parametrize(("text", "rules"), [
    ("周六、日全天", [days(weekdays=frozenset({5, 6}))]),
    ("周一到周五：全天", [days(weekdays=frozenset(range(5)))]),
    ("星期五至星期一 24小时", [days(weekdays=frozenset({4, 5, 6, 0}))]),
    ("节假日、周六 全天", [days(HOLIDAY), days(weekdays=frozenset({5}))]),
    ("工作日的周三全天", [days(WORK, weekdays=frozenset({2}))]),
    ("休息日 全天", [days(WEEKEND, HOLIDAY)]),
    ("调休上班日 全天", [days(DayKind.MAKE_UP_WORKDAY)]),
    ("赶集日全天", [days(market=NO_MARKET)]),
    ("农历初一、十五 全天", [days(lunar=frozenset({(0, 1), (0, 15)}))]),
    ("正月十五、除夕 全天", [days(lunar=frozenset({(1, 15), (12, 30)}))]),
    ("腊月二十三 全天", [days(lunar=frozenset({(12, 23)}))]),
    ("夏季（5月1日-9月30日）工作日 全天", [days(WORK, season=((5, 1), (9, 30)))]),
    ("12月1日到2月29日 全天", [days(season=((12, 1), (2, 29)))]),
    ("每天上午8:00-12:00，下午2:30-6:00", [Rule(OFFICE)]),
    ("每天 8点到12点 14点半到晚上6点", [Rule(OFFICE)]),
    ("每天 晚上8点到次日2点", [Rule(((1200, 1560),))]),
])  # fmt: skip
def test_sentences_are_read_as_people_write_them(text, rules):
    assert read_rules(text) == rules


@pytest.mark.parametrize(("text", "hint"), [
    ("", "请写明"), ("；。", "请写明"), ("8:00-12:00", "没有说是哪些日子"), ("工作日", "没有说几点"),
    ("工作日 照常", "看不懂“照常”"), ("十一 8:00-12:00", "没有说是哪些日子"), ("2月30日到3月1日 全天", "没有 2月30日"),
    ("工作日 20:00-2:00", "过夜写"), ("工作日 8:00-12:00；周末 12:00-8:00", "不是一段时间"),
    ("5月1日到6月1日8月1日到9月1日 全天", "只能写一段日期"), ("工作日 8:00-12:00 11:00-13:00", "重叠"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_hint(text, hint):
    with pytest.raises(ValueError, match=hint):
        read_rules(text)


month_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: (day.month, day.day))
spans = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1439)).map(lambda p: (p[0], min(p[0] + p[1], 2880))), max_size=3
).map(merge)
one_rule = st.builds(
    Rule,
    intervals=spans,
    days=st.frozensets(st.sampled_from([WORK, WEEKEND, HOLIDAY, DayKind.MAKE_UP_WORKDAY]).map(str)),
    weekdays=st.frozensets(st.integers(0, 6)),
    lunar=st.frozensets(st.tuples(st.integers(0, 12), st.integers(1, 30)), max_size=3),
    market=st.sampled_from([None, NO_MARKET]),
    season=st.none() | st.tuples(month_days, month_days),
)


@given(st.lists(one_rule, min_size=1, max_size=4))
def test_written_sentences_are_read_back_as_they_were(rules):
    assert read_rules(written_rules(rules)) == rules


def open_days(rule, first, count):
    kinds = {first + timedelta(days=n): str(WORK) for n in range(-1, count)}
    return [item.day for item in evaluate([Rule(()), rule], [], kinds, first, count) if item.intervals]


@pytest.mark.parametrize(("market", "words", "held"), [
    (Market(LUNAR, frozenset({3, 8})), "农历逢三、八", [3, 8, 12, 17, 22, 27]),  # 10 October is the first of the ninth
    (Market(SOLAR, frozenset({5, 0})), "公历逢 5、0", [5, 10, 15, 20, 25, 30]),
    (Market(WEEK, frozenset({6})), "每周日", [4, 11, 18, 25]),
])  # fmt: skip
def test_market_days_are_held_by_their_calendar(market, words, held):
    found = [day.day for day in open_days(Rule(ALL_DAY, market=market), date(2026, 10, 1), 31)]
    assert market_words(market) == words
    assert found == held


def test_lunar_dates_feasts_and_the_last_of_the_year_fall_where_the_almanac_has_them():
    def dates(text, year):
        (rule,) = read_rules(text)
        return [str(day) for day in open_days(rule, date(year, 1, 1), 365)]

    assert dates("除夕 全天", 2025) == ["2025-01-28"]  # the twelfth month had 29 days
    assert dates("除夕 全天", 2024) == ["2024-02-09"]
    assert dates("中秋节 全天", 2025) == ["2025-10-06"]
    assert dates("端午节 全天", 2026) == ["2026-06-19"]
    assert dates("六月初一 全天", 2025) == ["2025-06-25"]  # not again in the leap sixth month
    assert dates("农历初一 全天", 2025)[5:8] == ["2025-06-25", "2025-07-25", "2025-08-23"]  # a leap month has its first


@pytest.mark.parametrize(("season", "held"), [
    (((2, 29), (2, 29)), {2024: ["2024-02-29"], 2025: []}),
    (((12, 31), (1, 1)), {2024: ["2024-01-01", "2024-12-31"], 2025: ["2025-01-01", "2025-12-31"]}),
])  # fmt: skip
def test_seasons_run_over_new_year_and_know_leap_days(season, held):
    for year, days_held in held.items():
        found = open_days(Rule(ALL_DAY, season=season), date(year, 1, 1), 366 if year == 2024 else 365)
        assert [str(day) for day in found] == days_held


def test_of_overlapping_clauses_the_later_one_holds():
    plain, monday = read_rules("每天 8:00-12:00；周一 全天")
    kinds = {date(2026, 11, 22) + timedelta(days=n): str(WORK) for n in range(4)}
    assert [item.intervals for item in evaluate([plain, monday], [], kinds, date(2026, 11, 23), 2)] == [
        ALL_DAY, ((480, 720),),
    ]  # fmt: skip


def test_market_day_of_a_year_not_announced_is_known_where_it_decides():
    rules = read_rules("工作日 8:00-12:00；双休日 全天；周日的赶集日 9:00-10:00")
    rules[-1] = Rule(rules[-1].intervals, weekdays=frozenset({6}), market=Market(SOLAR, frozenset({7})))
    days_of_2027 = evaluate(rules, [], {}, date(2027, 2, 6), 2)
    assert [item.intervals for item in days_of_2027] == [None, ((540, 600),)]  # the seventh is a Sunday
