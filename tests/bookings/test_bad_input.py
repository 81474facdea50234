"""Odd wishes, each sent over HTTP: refused or resolved in words, and what was typed stays on the page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.classes import make_tomorrows_class
from tests.bookings.factories import make_booking, make_court
from tests.bookings.test_views import wish
from tests.opening.factories import make_open_centre
from tests.places.factories import make_space, make_staff
from xiangli.accounts.choices import Role
from xiangli.audit.services import purge
from xiangli.bookings.models import Booking, BookingSeries
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import set_rule
from xiangli.opening.services import announce_closure
from xiangli.places.models import CalendarYear

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


def book_url(space):
    return reverse("book", args=[space.county.slug, space.centre.slug])


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


@pytest.mark.parametrize(("slot", "status", "words"), [
    ("{yesterday}T09:00", 409, "这个时间已经过去了"),
    ("{tomorrow}T21:30", 409, "那段时间不开放"),  # to 22:30 or 23:30, and the door shuts at 22:00
    ("{tomorrow}T23:30", 409, "那段时间不开放"),  # over midnight
    ("2027-02-29T09:00", 422, "请从下面的时间里选一个"),  # no such day
    ("2028-02-29T09:00", 409, "只能约今后 14 天以内的时间"),
    ("2036-12-01T09:00", 409, "只能约今后 14 天以内的时间"),
    ("9999-12-31T23:59", 422, "请从下面的时间里选一个"),  # the calendar ends there
    ("0001-01-01T00:00", 409, "这个时间已经过去了"),
    ("明天上午", 422, "请从下面的时间里选一个"),
])  # fmt: skip
def test_odd_time_is_refused_in_words_and_the_name_stays(client, court, slot, status, words):
    day = {"yesterday": tomorrow() - timedelta(days=2), "tomorrow": tomorrow()}
    answer = client.post(book_url(court), wish(court, slot=slot.format(**day), on_behalf_of="王大爷"))
    page = answer.content.decode()
    assert (answer.status_code, Booking.everywhere.count()) == (status, 0)
    assert words in page
    assert 'value="王大爷"' in page


def test_day_of_unknown_kind_is_refused_and_says_that_it_is_not_announced(client):
    room = make_space(make_open_centre())
    CalendarYear.everywhere.all().delete()
    answer = client.post(book_url(room), wish(room))
    assert (answer.status_code, Booking.everywhere.count()) == (409, 0)
    assert "那天的开放时间尚未公布，公布以后才能预约" in answer.content.decode()


def test_closure_added_later_lists_the_booked_and_refuses_the_next(client, court):
    make_booking(court, at_minute(tomorrow(), 540), now=timezone.now(), on_behalf_of="王大爷", contact_phone="0379-1")
    announce_closure(
        by=None, centre=court.centre, starts=at_minute(tomorrow(), 0), ends=at_minute(tomorrow(), 1440),
        reason="线路检修", short_notice="刚接到通知", now=timezone.now(),
    )  # fmt: skip
    refused = client.post(book_url(court), wish(court, slot=f"{tomorrow()}T15:00"))
    assert (refused.status_code, "那段时间不开放" in refused.content.decode()) == (409, True)
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    page = client.get(reverse("booking_calls")).content.decode()
    assert all(words in page for words in ("王大爷", "03791", "线路检修"))


def test_series_of_ten_years_is_refused_with_what_was_typed(client, court):
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    form = {"space": court.pk, "since": tomorrow(), "until": "2036-11-28", "at": "09:00", "minutes": "60"}
    answer = client.post(reverse("series_new", args=[court.centre_id]), {**form, "on_behalf_of": "广场舞队（演示）"})
    page = answer.content.decode()
    assert (answer.status_code, BookingSeries.everywhere.count(), Booking.everywhere.count()) == (422, 0, 0)
    assert "最多排 26 周" in page
    assert all(f'value="{typed}"' in page for typed in ("2036-11-28", "广场舞队（演示）"))


@pytest.mark.parametrize("step", [
    {"step": "move", "day": "9999-12-31", "at": "23:30"}, {"step": "move", "day": "0001-01-01", "at": "00:00"},
])  # fmt: skip
def test_move_to_the_end_of_the_calendar_is_refused(client, court, step):
    row = make_booking(court, at_minute(tomorrow(), 540), now=timezone.now())
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    answer = client.post(reverse("booking", args=[row.pk]), {**step, "space": court.pk})
    assert (answer.status_code, Booking.everywhere.get().starts) == (422, row.starts)


def test_activity_does_not_end_with_the_calendar(client, court):
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    lesson = make_tomorrows_class(court)
    answer = client.post(reverse("activity", args=[lesson.pk]), {"act": "end", "last": "9999-12-31"})
    assert (answer.status_code, "没有这一年" in answer.content.decode()) == (422, True)


def test_forgotten_resident_keeps_the_room_and_the_code(client, court):
    client.post(book_url(court), wish(court, on_behalf_of="王大爷", contact_phone="0379-1"))
    row = Booking.everywhere.get()
    purge(now=row.ends + timedelta(days=31))
    row.refresh_from_db()
    assert (row.on_behalf_of, row.contact_phone, row.is_held) == ("", "", True)
    assert row.code in client.get(f"{book_url(court)}{row.code}/").content.decode()


def test_more_people_than_the_room_holds_and_one_booking_too_many_are_refused(client, court):
    set_rule(by=None, centre=court.centre, weekly_quota=1)
    crowd = client.post(book_url(court), wish(court, people="9999"))
    assert (crowd.status_code, f"最多容 {court.capacity} 人" in crowd.content.decode()) == (409, True)
    assert client.post(book_url(court), wish(court, contact_phone="0379-1")).status_code == 302
    second = client.post(book_url(court), wish(court, slot=f"{tomorrow()}T15:00", contact_phone="0379 1"))
    assert (second.status_code, "每人每周最多约 1 次" in second.content.decode()) == (409, True)
