"""Calendars of centres, rooms and activities, read back by a parser and by foreign programs."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from tests.bookings.factories import make_booking, make_court
from tests.places.factories import make_space
from xiangli.bookings.queries import activities_of, at_minute, bookings_on, programme
from xiangli.bookings.services import add_activity, add_date, cancel, move_date
from xiangli.opening.queries import local
from xiangli.opening.services import announce_closure

BIN = Path(sys.executable).parent
DAYS = 45


@pytest.fixture
def court(db):
    return make_court()


@pytest.fixture
def class_(court):
    """A calligraphy class every second week, from tomorrow on."""
    since = timezone.localdate() + timedelta(days=1)
    return add_activity(
        by=None, space=court, title="书画，入门", weekday=since.weekday(), start=540, end=660, since=since,
        now=timezone.now(), every_weeks=2,
    )  # fmt: skip


def address(name, court, *pk):
    return reverse(name, args=[court.county.slug, court.centre.slug, *pk])


def events(client, url):
    return Calendar.from_ical(client.get(url).content).walk("VEVENT")


def test_activity_is_one_recurring_event_and_a_cancelled_date_says_why(client, court, class_):
    first = class_.occurrences.order_by("starts").first()
    cancel(by=None, booking=first, now=timezone.now(), reason="老师生病")
    whole, gone = events(client, address("calendar_ics", court))
    assert whole["SUMMARY"] == "书画，入门"
    assert whole.decoded("DTSTART").isoformat() == f"{class_.since}T09:00:00+08:00"
    assert (whole["RRULE"]["FREQ"], whole["RRULE"]["INTERVAL"]) == (["WEEKLY"], [2])
    assert gone["UID"] == whole["UID"]
    assert gone.decoded("RECURRENCE-ID") == first.starts
    assert (gone["STATUS"], gone["DESCRIPTION"]) == ("CANCELLED", "老师生病")


def test_moved_date_is_an_instance_of_its_series_and_an_added_one_stands_for_itself(client, court, class_):
    day = class_.since
    hall = make_space(court.centre, name="大厅")
    moved, extra = at_minute(day + timedelta(days=1), 600), at_minute(day + timedelta(days=2), 600)
    told = {"by": None, "activity": class_, "now": timezone.now()}
    move_date(starts=at_minute(day, 540), space=hall, to=moved, reason="下雨", **told)
    add_date(space=court, starts=extra, reason="补课", **told)
    whole, gone, added = events(client, address("activity_ics", court, class_.pk))
    assert gone["UID"] == whole["UID"] != added["UID"]
    assert (gone.decoded("RECURRENCE-ID"), gone.decoded("DTSTART")) == (at_minute(day, 540), moved)
    assert (gone["LOCATION"], gone["DESCRIPTION"]) == (f"{court.centre.name} 大厅", "下雨")
    assert (added.decoded("DTSTART"), added["SUMMARY"]) == (extra, "（加）书画，入门")
    assert "EXDATE" not in whole
    assert [one["SUMMARY"] for one in events(client, address("space_ics", court, hall.pk))] == ["书画，入门"]


def test_last_date_is_told_in_utc_as_the_standard_asks(client, court, class_):
    class_.until = class_.since + timedelta(days=28)
    class_.save()
    (whole,) = events(client, address("activity_ics", court, class_.pk))
    (until,) = whole["RRULE"]["UNTIL"]
    assert until == at_minute(class_.until, 1439)
    assert until.utcoffset() == timedelta(0)
    assert "Z;" in whole["RRULE"].to_ical().decode() + ";"


def test_date_given_up_to_an_earlier_booking_is_left_out(client, court):
    since = timezone.localdate() + timedelta(days=3)
    make_booking(court, at_minute(since, 540), now=timezone.now())
    add_activity(
        by=None, space=court, title="球", weekday=since.weekday(), start=540, end=600, since=since, now=timezone.now()
    )
    (whole,) = events(client, address("calendar_ics", court))
    assert whole["EXDATE"].dts[0].dt == at_minute(since, 540)


def test_date_behind_a_closed_door_says_so(client, court, class_):
    starts = at_minute(class_.since, 0)
    announce_closure(
        by=None, centre=court.centre, starts=starts, ends=starts + timedelta(days=1), reason="停电",
        now=timezone.now(), short_notice="突然",
    )  # fmt: skip
    _, gone = events(client, address("activity_ics", court, class_.pk))
    assert gone["DESCRIPTION"] == "中心不开门：停电"


def test_room_tells_when_it_is_taken_and_nothing_about_whom(client, court, class_):
    starts = at_minute(class_.since + timedelta(days=1), 600)
    booking = make_booking(
        court, starts, now=timezone.now(), on_behalf_of="王大妈", contact_phone="13800000000", card_number="K77"
    )
    text = client.get(address("space_ics", court, court.pk)).content.decode()
    taken = [event for event in Calendar.from_ical(text).walk("VEVENT") if event["SUMMARY"] == "已有预约"]
    assert [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in taken] == [(booking.starts, booking.ends)]
    for told in ("王大妈", "13800000000", "K77", booking.code):
        assert told not in text
        assert told not in client.get(address("calendar_ics", court)).content.decode()


def test_feed_without_activities_is_still_a_calendar(client, court):
    for name, pk in (("calendar_ics", ()), ("space_ics", (court.pk,))):
        assert events(client, address(name, court, *pk)) == []


def test_room_or_activity_of_another_centre_is_not_found(client, court, class_):
    other = make_court()
    office = make_space(court.centre, "办公室", office_use=True)
    for name, pk in (("space_ics", other.pk), ("space_ics", office.pk), ("activity_ics", class_.pk + 1)):
        assert client.get(address(name, court, pk)).status_code == 404
    assert client.get(address("activity_ics", other, class_.pk)).status_code == 404


def test_feed_is_not_sent_again_until_something_happens(client, court, class_):
    url = address("activity_ics", court, class_.pk)
    tag = client.get(url)["ETag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304
    cancel(by=None, booking=class_.occurrences.order_by("starts").first(), now=timezone.now())
    assert client.get(url, headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_feed_takes_the_same_queries_for_any_number_of_activities(
    client, court, class_, number, django_assert_max_num_queries
):
    for n in range(number - 1):
        add_activity(
            by=None, space=court, title=f"棋 {n}", weekday=(class_.weekday + 1 + n) % 7, start=840, end=900,
            since=class_.since, now=timezone.now(),
        )  # fmt: skip
    with django_assert_max_num_queries(9):
        assert len(events(client, address("calendar_ics", court))) == number


KHAL = """[calendars]
[[centre]]
path = {folder}/centre/feed
type = calendar
[sqlite]
path = {folder}/khal.db
[locale]
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
VDIRSYNCER = """[general]
status_path = "{folder}/status/"
[pair centre]
a = "here"
b = "there"
collections = null
conflict_resolution = "b wins"
[storage here]
type = "filesystem"
path = "{folder}/centre/feed/"
fileext = ".ics"
[storage there]
type = "http"
url = "{url}"
"""


def run(folder, *words, answer=""):
    env = {**os.environ, "HOME": str(folder), "XDG_CACHE_HOME": str(folder), "TZ": "Asia/Shanghai", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(words, env=env, input=answer, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{words[0]}: {done.stdout[-800:]} {done.stderr[-800:]}"
    return done.stdout


def test_vdirsyncer_and_khal_see_every_date_as_the_page_does(transactional_db, live_server, tmp_path):
    court = make_court()
    today, now = timezone.localdate(), timezone.now()
    for title, offset, weeks, until in (("书画", 1, 1, None), ("看病", 2, 2, None), ("放电影", 3, 1, 20)):
        since = today + timedelta(days=offset)
        made = add_activity(
            by=None, space=court, title=title, weekday=since.weekday(), start=600 + offset * 60, end=700 + offset * 60,
            since=since, now=now, every_weeks=weeks,
        )  # fmt: skip
        made.until = since + timedelta(days=until) if until else None
        made.save()
        cancel(by=None, booking=made.occurrences.order_by("starts").first(), now=now, reason="下雨")
    (tmp_path / "centre" / "feed").mkdir(parents=True)
    url = live_server.url + address("calendar_ics", court)
    (tmp_path / "v.conf").write_text(VDIRSYNCER.format(folder=tmp_path, url=url))
    (tmp_path / "k.conf").write_text(KHAL.format(folder=tmp_path))
    vdirsyncer = [str(BIN / "vdirsyncer"), "-c", str(tmp_path / "v.conf")]
    run(tmp_path, *vdirsyncer, "discover", answer="y\ny\n")
    run(tmp_path, *vdirsyncer, "sync")
    assert len(list((tmp_path / "centre" / "feed").glob("*.ics"))) == 3
    listed = run(
        tmp_path, str(BIN / "khal"), "-c", str(tmp_path / "k.conf"), "list", "--day-format", "", "--format",
        "{start-date} {start-time} {end-time} {title}", str(today), f"{DAYS}d",
    )  # fmt: skip
    centre = court.centre
    shown = programme(
        centre, today, DAYS, activities=list(activities_of(centre, today, today + timedelta(days=DAYS))),
        bookings=list(bookings_on(centre, today, DAYS)),
    )  # fmt: skip
    expected = [
        f"{local(item.starts):%Y-%m-%d %H:%M} {local(item.ends):%H:%M} {'（停）' if item.cancelled else ''}{item.title}"
        for item in shown
    ]
    assert sorted(filter(None, listed.splitlines())) == sorted(expected)
    assert sum("（停）" in line for line in expected) == 3
