"""The working calendar against the official notices."""

import json
from datetime import date, timedelta

import pytest

from xiangli.core.calendar import (
    DayKind,
    UnknownDay,
    announced_years,
    day_kinds,
    is_working,
    named_days,
    shift_working_days,
    working_days_between,
)


def test_every_day_agrees_with_the_official_notices(shared_data):
    """Days are merged over all the notices first: those of late December stand in the next year's."""
    off = {}
    years = []
    for file in sorted((shared_data / "holidays").glob("*.json")):
        notice = json.loads(file.read_text(encoding="utf-8"))
        if notice["days"]:
            years.append(notice["year"])
        off |= {date.fromisoformat(day["date"]): day["isOffDay"] for day in notice["days"]}
    kinds = day_kinds(years)
    compared = sorted(kinds)
    wrong = [day for day in compared if is_working(kinds, day) == off.get(day, day.weekday() >= 5)]
    assert wrong == []
    assert {day.year for day in compared} == set(years) & set(announced_years())
    assert len(compared) > 365 * 19


def test_named_days_tell_holidays_from_make_up_workdays():
    spring = {day: kind for day, kind, _ in named_days(2024) if day.month == 2}
    assert spring[date(2024, 2, 4)] == DayKind.MAKE_UP_WORKDAY
    assert spring[date(2024, 2, 10)] == DayKind.PUBLIC_HOLIDAY
    assert spring[date(2024, 2, 18)] == DayKind.MAKE_UP_WORKDAY
    assert date(2024, 2, 19) not in spring


def test_a_year_not_announced_is_refused_not_guessed():
    later = announced_years()[-1] + 1
    with pytest.raises(ValueError, match=f"{later} 年的节假日安排尚未公布"):
        list(named_days(later))
    assert day_kinds([later]) == {}
    with pytest.raises(UnknownDay, match="尚未公布"):
        is_working({}, date(later, 3, 3))


def test_shifting_counts_make_up_workdays_and_skips_holidays():
    kinds = day_kinds([2024])
    friday_before_spring_festival = date(2024, 2, 2)
    # 3 weekend, 4 made up, 5 to 9 worked, 10 to 17 free, 18 made up, 19 worked
    assert shift_working_days(kinds, friday_before_spring_festival, 1) == date(2024, 2, 4)
    assert shift_working_days(kinds, friday_before_spring_festival, 7) == date(2024, 2, 18)
    assert shift_working_days(kinds, friday_before_spring_festival, 8) == date(2024, 2, 19)
    assert shift_working_days(kinds, date(2024, 2, 19), -8) == friday_before_spring_festival
    assert shift_working_days(kinds, date(2024, 2, 10), 0) == date(2024, 2, 10)


def test_shifting_into_the_unknown_is_an_error():
    kinds = day_kinds([2024])
    with pytest.raises(UnknownDay) as caught:
        shift_working_days(kinds, date(2024, 12, 30), 5)
    assert caught.value.day == date(2025, 1, 1)


def test_days_between_undo_a_shift():
    kinds = day_kinds([2023, 2024])
    start = date(2023, 9, 25)
    for count in range(-60, 61):
        assert working_days_between(kinds, start, shift_working_days(kinds, start, count)) == count
    assert working_days_between(kinds, start, start + timedelta(days=1)) == 1
