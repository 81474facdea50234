import json
from datetime import date, timedelta

import pytest

from tests.places.factories import make_county
from xiangli.places.calendar import add_working_days, announce_year, day_kind, day_kinds, seed_calendar, set_day
from xiangli.places.choices import DayKind
from xiangli.places.models import CalendarDay

pytestmark = pytest.mark.django_db


def test_seeded_calendar_agrees_with_every_official_notice(shared_data):
    notices: dict[date, bool] = {}
    for path in sorted((shared_data / "holidays").glob("20*.json")):
        for day in json.loads(path.read_text())["days"]:
            notices[date.fromisoformat(day["date"])] = day["isOffDay"]
    county = make_county()
    seed_calendar(by=None, county=county)
    kinds = day_kinds(county, date(2007, 1, 1), date(2026, 12, 31))
    free = {DayKind.WEEKEND, DayKind.PUBLIC_HOLIDAY}
    wrong = [day for day, kind in kinds.items() if (kind in free) != notices.get(day, day.weekday() >= 5)]
    assert wrong == []


def test_year_not_announced_is_unknown():
    county = make_county()
    seed_calendar(by=None, county=county, years=[2025, 2026])
    assert day_kind(county, date(2027, 3, 1)) == DayKind.UNKNOWN
    assert day_kind(county, date(2026, 2, 14)) == DayKind.MAKE_UP_WORKDAY
    assert day_kind(county, date(2026, 2, 17)) == DayKind.PUBLIC_HOLIDAY


def test_seeding_again_keeps_what_was_edited_by_hand():
    county = make_county()
    seed_calendar(by=None, county=county, years=[2026])
    set_day(by=None, county=county, day=date(2026, 11, 23), kind=DayKind.PUBLIC_HOLIDAY, name="镇上庙会")
    seed_calendar(by=None, county=county, years=[2026])
    assert day_kind(county, date(2026, 11, 23)) == DayKind.PUBLIC_HOLIDAY
    assert CalendarDay.objects.within(county).filter(edited=True).count() == 1


def test_working_days_skip_holidays_and_count_make_up_days():
    county = make_county()
    seed_calendar(by=None, county=county, years=[2026])
    # Friday 13 February; Saturday 14 is a make-up workday; 15-23 is the Spring Festival.
    assert add_working_days(county, date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert add_working_days(county, date(2026, 2, 13), 2) == date(2026, 2, 24)
    assert add_working_days(county, date(2026, 2, 13), 0) == date(2026, 2, 13)


def test_deadline_in_unknown_year_counts_plain_days():
    county = make_county()
    seed_calendar(by=None, county=county, years=[2026])
    assert add_working_days(county, date(2027, 3, 1), 5) == date(2027, 3, 1) + timedelta(days=7)


def test_year_is_announced_by_hand_and_edited_days_stay():
    county = make_county()
    days = [(date(2027, 1, 1), DayKind.PUBLIC_HOLIDAY, "元旦"), (date(2026, 12, 26), DayKind.MAKE_UP_WORKDAY, "元旦")]
    set_day(by=None, county=county, day=date(2027, 1, 1), kind=DayKind.WORKING_DAY, name="值班")
    assert day_kind(county, date(2027, 1, 4)) == DayKind.UNKNOWN
    assert announce_year(by=None, county=county, year=2027, days=days) == 1
    assert announce_year(by=None, county=county, year=2027, days=days) == 1  # twice is the same
    kinds = [day_kind(county, day) for day in (date(2026, 12, 26), date(2027, 1, 1), date(2027, 1, 4))]
    assert kinds == [DayKind.MAKE_UP_WORKDAY, DayKind.WORKING_DAY, DayKind.WORKING_DAY]
