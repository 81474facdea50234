"""The evaluator against its own definition, minute by minute."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiangli.core.calendar import DayKind
from xiangli.opening.hours import (
    ALL_DAY,
    DAY,
    EXTENDED,
    SPECIAL,
    Closed,
    Rule,
    Timeline,
    evaluate,
    instant,
    merge,
    moment,
    possible_kinds,
    starts_within,
    subtract,
)

WORK, WEEKEND, HOLIDAY, MAKE_UP, UNKNOWN = (
    DayKind.WORKING_DAY, DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY, DayKind.MAKE_UP_WORKDAY, DayKind.UNKNOWN,
)  # fmt: skip
OFFICE = ((480, 720), (870, 1080))
PROGRAMME = [Rule(OFFICE, frozenset({WORK})), Rule(ALL_DAY, frozenset({WEEKEND, HOLIDAY}))]
MONDAY = date(2026, 11, 23)


def week(rules, kinds=None, closures=(), days=7):
    plain = {MONDAY + timedelta(days=n): WEEKEND if n % 7 >= 5 else WORK for n in range(-1, 21)}
    plain[MONDAY - timedelta(days=1)] = WEEKEND
    return evaluate(rules, list(closures), {**plain, **(kinds or {})}, MONDAY, days)


def test_programme_rule_is_office_hours_on_working_days_and_round_the_clock_on_days_off():
    assert [item.intervals for item in week(PROGRAMME)] == [OFFICE] * 5 + [ALL_DAY] * 2


def test_public_holiday_is_round_the_clock_and_make_up_workday_is_a_working_day():
    kinds = {MONDAY: HOLIDAY, MONDAY + timedelta(days=5): MAKE_UP}
    assert [item.intervals for item in week(PROGRAMME, kinds)] == [ALL_DAY] + [OFFICE] * 5 + [ALL_DAY]


def test_make_up_workday_named_by_a_later_rule_follows_that_rule():
    rules = [*PROGRAMME, Rule(((540, 600),), frozenset({MAKE_UP}))]
    assert week(rules, {MONDAY: MAKE_UP})[0].intervals == ((540, 600),)


def test_unknown_day_stays_unknown_where_kinds_differ():
    assert [item.known for item in week(PROGRAMME, {MONDAY: UNKNOWN})] == [False] + [True] * 6


def test_unknown_day_is_known_where_every_possible_kind_agrees():
    always = [Rule(((360, 1320),))]
    assert week(always, {MONDAY: UNKNOWN})[0].intervals == ((360, 1320),)


def test_day_before_the_first_rule_is_unknown_and_not_closed():
    rules = [Rule(OFFICE, since=MONDAY + timedelta(days=2))]
    assert [item.known for item in week(rules)][:3] == [False, False, True]


def test_no_rules_at_all_are_unknown():
    assert [item.intervals for item in week([], days=2)] == [None, None]


def test_kind_without_a_rule_is_closed():
    assert week([Rule(OFFICE, frozenset({WORK}))])[5].intervals == ()


def test_extended_hours_add_and_special_day_replaces():
    fair = Rule(((600, 660),), since=MONDAY, until=MONDAY, layer=SPECIAL, name="庙会")
    noon = Rule(((720, 870),), weekdays=frozenset({0, 1}), layer=EXTENDED)
    days = week([*PROGRAMME, noon, fair])
    assert (days[0].intervals, days[0].reason) == (((600, 660),), "庙会")
    assert days[1].intervals == ((480, 1080),)
    assert days[2].intervals == OFFICE


def test_night_hours_run_into_the_next_day():
    days = week([Rule(((1200, 1560),), frozenset({WORK})), Rule((), frozenset({WEEKEND}))])
    assert days[0].intervals == ((1200, 1440),)
    assert days[1].intervals == ((0, 120), (1200, 1440))
    assert days[5].intervals == ((0, 120),)


def test_unknown_evening_before_makes_the_morning_unknown():
    rules = [Rule(((1200, 1560),), frozenset({WORK})), Rule((), frozenset({WEEKEND, HOLIDAY}))]
    assert [item.known for item in week(rules, {MONDAY: UNKNOWN})][:3] == [False, False, True]


def test_closure_cuts_out_its_time_and_says_why():
    closed = Closed(datetime(2026, 11, 23, 10), datetime(2026, 11, 23, 15), "检修", "去镇上")
    day = week(PROGRAMME, closures=[closed])[0]
    assert (day.intervals, day.reason, day.notice) == (((480, 600), (900, 1080)), "检修", "去镇上")


def test_closure_until_further_notice_closes_every_later_day_even_unknown_ones():
    closed = Closed(datetime(2026, 11, 24), None, "翻修")
    days = week(PROGRAMME, {MONDAY + timedelta(days=2): UNKNOWN}, [closed])
    assert [item.intervals for item in days] == [OFFICE] + [()] * 6


def test_hours_agree_with_every_official_notice(shared_data):
    notices = {}
    for path in sorted((shared_data / "holidays").glob("20*.json")):
        for day in json.loads(path.read_text())["days"]:
            notices[date.fromisoformat(day["date"])] = day["isOffDay"]
    first, last = date(2007, 1, 1), date(2026, 12, 31)
    kinds = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if day in notices:
            kinds[day] = HOLIDAY if notices[day] else MAKE_UP if day.weekday() >= 5 else WORK
        else:
            kinds[day] = WEEKEND if day.weekday() >= 5 else WORK
    wrong = [
        item.day
        for item in evaluate(PROGRAMME, [], kinds, first, len(kinds))
        if item.intervals != (ALL_DAY if notices.get(item.day, item.day.weekday() >= 5) else OFFICE)
    ]
    assert wrong == []


# ---- the same, by definition: an instant is open when some rule's interval of that day or the evening before holds it

spans = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1800)).map(lambda p: (p[0], min(p[0] + p[1], 2880))), max_size=3
).map(merge)
kinds_of_day = st.sampled_from([WORK, WEEKEND, HOLIDAY, MAKE_UP])
rules = st.lists(
    st.builds(
        Rule,
        intervals=spans,
        days=st.frozensets(st.sampled_from([WORK, WEEKEND, HOLIDAY, MAKE_UP]), max_size=3),
        weekdays=st.frozensets(st.integers(0, 6), max_size=3),
        layer=st.sampled_from(["regular", "regular", EXTENDED]),
    ),
    min_size=1,
    max_size=4,
)
closures = st.lists(
    st.builds(
        lambda start, length: Closed(
            datetime(2026, 11, 22) + timedelta(minutes=start),
            datetime(2026, 11, 22) + timedelta(minutes=start + length),
            "x",
        ),
        st.integers(0, 5 * DAY),
        st.integers(1, 2 * DAY),
    ),
    max_size=2,
)


def begins(rule_list, day, kind):
    """The intervals that begin on a day, straight from the definition."""

    def fits(rule):
        named = not rule.days or kind in rule.days or (kind == MAKE_UP and WORK in rule.days)
        return named and (not rule.weekdays or day.weekday() in rule.weekdays)

    regular = [rule for rule in rule_list if rule.layer == "regular" and fits(rule)]
    found = list(regular[-1].intervals) if regular else []
    for rule in rule_list:
        if rule.layer == EXTENDED and fits(rule):
            found += rule.intervals
    return found


@settings(max_examples=150, deadline=None)
@given(
    rules, st.lists(kinds_of_day, min_size=6, max_size=6), closures, st.lists(st.integers(0, 4 * DAY - 1), min_size=20)
)
def test_is_open_is_what_the_rules_say_at_any_minute(rule_list, kind_list, closed, minutes):
    first = MONDAY
    kinds = {first + timedelta(days=n - 1): kind for n, kind in enumerate(kind_list)}
    line = Timeline(evaluate(rule_list, closed, kinds, first, 4))
    has_regular = any(rule.layer == "regular" for rule in rule_list)
    for minute in minutes:
        now = datetime(2026, 11, 23) + timedelta(minutes=minute)
        today = now.date()
        of_day = now.hour * 60 + now.minute
        own = any(a <= of_day < b for a, b in begins(rule_list, today, kinds[today]))
        eve = today - timedelta(days=1)
        spilt = any(a <= of_day + DAY < b for a, b in begins(rule_list, eve, kinds[eve]))
        shut = any(c.starts <= now < c.ends for c in closed)
        expected = (own or spilt) and not shut
        found = line.is_open(instant(now))
        assert found == expected if has_regular or found is not None else found is None


@settings(max_examples=100, deadline=None)
@given(rules, st.lists(kinds_of_day, min_size=6, max_size=6), st.integers(0, 3 * DAY), st.integers(1, 600))
def test_until_and_open_throughout_agree_with_is_open(rule_list, kind_list, start, length):
    rule_list = [Rule((), frozenset()), *rule_list]
    kinds = {MONDAY + timedelta(days=n - 1): kind for n, kind in enumerate(kind_list)}
    line = Timeline(evaluate(rule_list, [], kinds, MONDAY, 4))
    at = line.first + start
    states = [line.is_open(minute) for minute in range(at, min(at + length, line.last))]
    if at + length <= line.last:
        assert line.open_throughout(at, at + length) == all(states)
    edge = line.until(at)
    if edge is not None:
        assert line.is_open(edge) != line.is_open(at)
        assert line.is_open(edge - 1) == line.is_open(at)


@given(spans, st.integers(0, 2880), st.integers(0, 2880))
def test_subtract_takes_out_exactly_what_lies_between(intervals, one, two):
    start, end = min(one, two), max(one, two)
    left = subtract(intervals, start, end)

    def minutes(spans):
        return {m for a, b in spans for m in range(a, b)}

    assert minutes(left) == minutes(intervals) - set(range(start, end))


def test_until_is_silent_when_an_unknown_day_lies_between():
    line = Timeline(week(PROGRAMME, {MONDAY + timedelta(days=1): UNKNOWN}))
    assert line.until(instant(datetime(2026, 11, 23, 19))) is None
    assert line.until(instant(datetime(2026, 11, 23, 9))) == instant(datetime(2026, 11, 23, 12))


def test_instants_outside_the_days_given_are_unknown():
    line = Timeline(week(PROGRAMME))
    assert line.is_open(line.first - 1) is None
    assert line.is_open(line.last) is None
    assert moment(instant(datetime(2026, 11, 23, 9, 30))) == datetime(2026, 11, 23, 9, 30)


@pytest.mark.parametrize(("day", "kinds"), [
    (date(2027, 3, 1), {WORK, HOLIDAY}),
    (date(2027, 3, 6), {WEEKEND, MAKE_UP, HOLIDAY}),
])  # fmt: skip
def test_unknown_day_may_turn_out_what_its_weekday_allows(day, kinds):
    assert set(possible_kinds(day, UNKNOWN)) == kinds


def test_starts_within_begin_on_the_hour_and_end_in_time():
    assert list(starts_within(((490, 720), (870, 1080)), 60, 60)) == [540, 600, 660, 900, 960, 1020]
