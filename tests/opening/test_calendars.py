"""The calendar of opening hours, read by another program's parser."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.urls import reverse
from django.utils import timezone

from tests.opening.factories import make_open_centre
from xiangli.opening import ical
from xiangli.opening.hours import instant
from xiangli.opening.queries import hours, openings
from xiangli.opening.sentence import read_rules
from xiangli.opening.services import announce_closure, set_rules

pytestmark = pytest.mark.django_db

STAMP = timezone.make_aware(datetime(2026, 9, 1, 9))


def calendar(centre, first, days):
    text = ical.hours_calendar(centre, hours(centre, first, days), "https://x/", STAMP)
    return icalendar.Calendar.from_ical(text)


def test_events_are_exactly_the_open_minutes():
    centre = make_open_centre(rules=read_rules("工作日 8:00-12:00 20:00-次日2:00；双休日、法定节假日 全天"))
    first = date(2026, 9, 17)
    line = openings(centre.county, [centre.pk], first, 20).timeline(centre.pk)
    told = set()
    for event in calendar(centre, first, 20).walk("VEVENT"):
        if str(event["uid"]).startswith("open-"):
            start, end = (instant(event[name].dt.replace(tzinfo=None)) for name in ("dtstart", "dtend"))
            told |= set(range(start, end))
    assert told == {minute for minute in range(line.first, line.last) if line.is_open(minute)}


def test_make_up_workdays_closures_and_unknown_days_are_noted():
    centre = make_open_centre()
    closed = timezone.make_aware(datetime(2026, 12, 28))
    announce_closure(
        by=None, centre=centre, starts=closed, ends=closed + timedelta(days=1), reason="检修", alternative="去镇上",
        now=STAMP,
    )  # fmt: skip
    spans = calendar(centre, date(2026, 10, 9), 3), calendar(centre, date(2026, 12, 28), 5)
    notes = {
        event["dtstart"].dt: str(event["summary"])
        for event in [*spans[0].walk("VEVENT"), *spans[1].walk("VEVENT")]
        if str(event["uid"]).startswith("note-")
    }  # fmt: skip
    assert notes == {
        date(2026, 10, 10): "调休上班，按工作日开放", date(2026, 12, 28): "不开放：检修",
        date(2027, 1, 1): "开放时间尚未公布",
    }  # fmt: skip


def test_times_are_in_the_countys_zone_and_the_zone_is_described():
    found = calendar(make_open_centre(), date(2026, 11, 23), 1)
    assert [str(zone["tzid"]) for zone in found.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    (event, *_) = found.walk("VEVENT")
    assert event["dtstart"].dt == datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert str(found["name"]).endswith("开放时间")


def test_feed_is_not_sent_again_until_something_happens(client):
    centre = make_open_centre()
    url = reverse("hours_ics", args=[centre.county.slug, centre.slug])
    first = client.get(url)
    assert (first.status_code, first["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    set_rules(by=None, centre=centre, rules=read_rules("每天 全天"), since=timezone.localdate())
    changed = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)
    assert changed.content != first.content


def test_no_change_costs_two_queries(client, django_assert_num_queries):
    centre = make_open_centre()
    url = reverse("hours_ics", args=[centre.county.slug, centre.slug])
    tag = client.get(url)["ETag"]
    with django_assert_num_queries(2):
        assert client.get(url, headers={"if-none-match": tag}).status_code == 304
