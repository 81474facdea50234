"""The traditional calendar against the official notices: feasts lie in the holidays named after them."""

import json
from datetime import date, timedelta

from xiangli.core.lunar import is_lunar, lunar_day

FEASTS = {"春节": (1, 1), "端午": (5, 5), "中秋": (8, 15)}


def test_feasts_lie_in_the_holidays_named_after_them(shared_data):
    seen = 0
    for path in sorted((shared_data / "holidays").glob("*.json")):
        notice = json.loads(path.read_text(encoding="utf-8"))
        off = {name: [d["date"] for d in notice["days"] if d["isOffDay"] and name in d["name"]] for name in FEASTS}
        for name, (month, number) in FEASTS.items():
            if off[name]:
                assert any(is_lunar(date.fromisoformat(day), month, number) for day in off[name]), (path.name, name)
                seen += 1
    assert seen > 50


def test_every_day_follows_the_one_before():
    """Days count up by one, months begin after a last day, and no year of 2000 to 2099 is left out."""
    day = date(2000, 1, 1)
    before = lunar_day(day)
    while day < date(2099, 12, 31):
        day += timedelta(days=1)
        now = lunar_day(day)
        assert now.day == (1 if before.last else before.day + 1)
        before = now


def test_outside_the_tables_nothing_matches():
    assert [lunar_day(day) for day in (date(1850, 1, 1), date(2150, 1, 1), date.max)] == [None, None, None]
    assert not is_lunar(date(2150, 1, 1), 0, 1)
