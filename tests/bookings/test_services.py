from datetime import date, timedelta
from uuid import uuid4

import pytest

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.opening.factories import make_open_centre
from tests.places.factories import make_service, make_space, make_staff
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.audit.services import purge
from xiangli.bookings.choices import Channel, State
from xiangli.bookings.models import Booking
from xiangli.bookings.queries import activities_of, bookings_on, programme, slots, takes_place
from xiangli.bookings.services import BookingRefused, add_activity, book, cancel, new_code
from xiangli.core.errors import UserError
from xiangli.opening.services import announce_closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


def test_booking_needs_no_name_and_records_its_event(court):
    booking = make_booking(court)
    assert (booking.on_behalf_of, booking.contact_phone, booking.card_number, booking.made_by) == ("", "", "", None)
    event = Event.objects.get(verb="bookings.booked")
    assert (event.target_id, event.place, event.data) == (booking.pk, court.centre.place, {"channel": "web"})


def test_staff_book_on_somebodys_behalf(court):
    staff = make_staff(Role.COUNTER, court.centre.place)
    booking = make_booking(court, by=staff, channel=Channel.PHONE, on_behalf_of=" 王大爷 ", card_number="0042")
    assert (booking.made_by, booking.channel, booking.on_behalf_of, booking.card_number) == (
        staff,
        "phone",
        "王大爷",
        "0042",
    )


def test_taken_time_is_refused_and_others_are_offered(court):
    make_booking(court, at(24, 9))
    with pytest.raises(BookingRefused, match="刚被约走") as refused:
        make_booking(court, at(24, 9))
    offered = refused.value.alternatives
    assert {(slot.starts, slot.free) for slot in offered[:2]} <= {(at(24, h), True) for h in (8, 10, 7, 11)}
    again = offered[0]
    assert make_booking(again.space, again.starts).is_held


def test_a_like_space_at_the_same_time_is_offered_too():
    centre = make_open_centre()
    chess = make_service(centre.county)
    one, two, unlike = make_court(centre, name="甲"), make_court(centre, name="乙"), make_court(centre, name="丙")
    one.supports.add(chess)
    two.supports.add(chess)
    make_booking(one, at(24, 9))
    with pytest.raises(BookingRefused) as refused:
        make_booking(one, at(24, 9))
    same_time = [slot.space for slot in refused.value.alternatives if slot.starts == at(24, 9)]
    assert same_time == [two]
    assert unlike not in same_time


@pytest.mark.parametrize(("starts", "hours", "words"), [
    (at(23, 8), 1, "已经过去"), (at(24, 9), 5, "最多约 4 小时"), (at(24, 9), 0, "最多约"), (at(24, 9), -1, "最多约"),
    (at(38, 9), 1, "14 天以内"), (at(24, 3), 1, "不开放"), (at(24, 21), 2, "不开放"), (at(24, 22), 3, "不开放"),
])  # fmt: skip
def test_wishes_that_cannot_be_are_refused_in_words(court, starts, hours, words):
    with pytest.raises(BookingRefused, match=words):
        make_booking(court, starts, hours)
    assert Booking.objects.within(court.county).count() == 0


def test_space_that_is_not_bookable_is_refused(court):
    room = make_space(court.centre, bookable=False)
    with pytest.raises(BookingRefused, match="不能预约"):
        make_booking(room)


def test_day_of_unknown_kind_cannot_be_booked():
    room = make_space(make_open_centre())
    now = at(23, 9) + timedelta(days=35)  # 28 December: 4 January is not announced
    with pytest.raises(BookingRefused, match="尚未公布"):
        make_booking(room, now + timedelta(days=7), now=now)


def test_time_in_an_announced_closure_cannot_be_booked(court):
    announce_closure(
        by=None, centre=court.centre, starts=at(30, 0), ends=at(31, 0), reason="检修", now=NOW - timedelta(days=1)
    )
    with pytest.raises(BookingRefused, match="不开放"):
        make_booking(court, at(30, 9))


def test_booking_over_midnight_is_possible_where_the_door_stays_open():
    room = make_space(make_open_centre())
    assert make_booking(room, at(28, 23), 2).ends == at(29, 1)


def test_same_request_twice_is_one_booking(court):
    key = uuid4()
    one, two = make_booking(court, request_key=key), make_booking(court, request_key=key)
    assert one == two
    assert Booking.objects.within(court.county).count() == 1


def test_cancelled_time_can_be_booked_again(court):
    booking = make_booking(court)
    assert cancel(by=None, booking=booking, now=NOW, reason="下雨").state == State.CANCELLED
    cancel(by=None, booking=booking, now=NOW)
    assert make_booking(court).is_held
    assert Event.objects.filter(verb="bookings.cancelled").count() == 1


def test_booking_that_has_begun_is_not_cancelled(court):
    booking = make_booking(court)
    with pytest.raises(UserError, match="已经开始"):
        cancel(by=None, booking=booking, now=at(24, 9))


def test_names_and_numbers_are_purged_thirty_days_after_use(court):
    booking = make_booking(court, on_behalf_of="王大爷", contact_phone="0379-1", card_number="7")
    purge(now=at(24, 10) + timedelta(days=29))
    booking.refresh_from_db()
    assert booking.on_behalf_of == "王大爷"
    purge(now=at(24, 10) + timedelta(days=31))
    booking.refresh_from_db()
    assert (booking.on_behalf_of, booking.contact_phone, booking.card_number) == ("", "", "")
    assert booking.is_held


def weekly(court, weekday=1, start=540, end=660, since=date(2026, 11, 23), **fields):
    return add_activity(
        by=None, space=court, title="书画", weekday=weekday, start=start, end=end, since=since, now=NOW, **fields
    )


def test_activity_holds_its_space_on_its_dates(court):
    weekly(court)
    with pytest.raises(BookingRefused, match="刚被约走"):
        make_booking(court, at(24, 10))
    assert make_booking(court, at(24, 11)).is_held


def test_activity_gives_way_to_what_was_booked_before(court):
    booking = make_booking(court, at(24, 10))
    activity = weekly(court)
    assert booking.is_held
    assert at(24, 9) not in set(activity.occurrences.values_list("starts", flat=True))
    assert activity.occurrences.count() == 3  # of four Tuesdays within reach


def test_activity_holds_dates_beyond_those_written_down(court):
    activity = weekly(court)
    activity.occurrences.all().delete()
    with pytest.raises(BookingRefused):
        make_booking(court, at(24, 9))
    free = [slot.starts for slot in slots(court, date(2026, 11, 24), NOW) if slot.free]
    assert at(24, 9) not in free
    assert at(24, 10) not in free
    assert at(24, 11) in free


def test_cancelled_date_of_an_activity_frees_the_space(court):
    activity = weekly(court)
    cancel(by=None, booking=activity.occurrences.get(starts=at(24, 9)), now=NOW, reason="停一次")
    assert make_booking(court, at(24, 9)).is_held


def test_fortnightly_activity_takes_place_every_other_week(court):
    activity = weekly(court, every_weeks=2)
    days = [date(2026, 11, 24) + timedelta(weeks=n) for n in range(4)]
    assert [takes_place(activity, day) for day in days] == [True, False, True, False]
    assert make_booking(court, at(31, 9)).is_held


def test_programme_shows_activities_and_bookings_without_names(court):
    weekly(court)
    make_booking(court, at(24, 14), on_behalf_of="王大爷")
    centre, first = court.centre, date(2026, 11, 24)
    found = programme(
        centre,
        first,
        1,
        activities=list(activities_of(centre, first, first)),
        bookings=list(bookings_on(centre, first)),
    )
    assert [(item.title, item.starts) for item in found] == [("书画", at(24, 9)), ("已有预约", at(24, 14))]


def test_slots_are_whole_hours_still_to_come_within_daytime(court):
    found = slots(court, date(2026, 11, 23), NOW)
    assert [slot.starts for slot in found] == [at(23, hour) for hour in range(10, 22)]
    make_booking(court, at(23, 15))
    assert [slot.starts for slot in slots(court, date(2026, 11, 23), NOW) if not slot.free] == [at(23, 15)]


def test_codes_are_easy_to_copy():
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 195
    assert all(len(code) == 6 and not set(code) & set("IO01") for code in codes)


def test_span_of_many_days_is_refused(court):
    with pytest.raises(BookingRefused):
        book(by=None, space=court, starts=at(24, 9), ends=at(34, 9), channel="web", now=NOW, code="ABCDEF")


def test_booking_of_29_february_is_possible_when_there_is_one(court):
    now = at(1, 9) + timedelta(days=472)  # 16 February 2028
    starts = at(1, 9) + timedelta(days=485)
    assert (starts.month, starts.day) == (2, 29)
    assert make_booking(court, starts, now=now).starts == starts


def test_booking_over_midnight_is_refused_where_the_door_is_shut_then(court):
    with pytest.raises(BookingRefused, match="不开放"):
        make_booking(court, at(24, 21), 4)


def test_booking_across_the_end_of_a_closure_is_refused(court):
    announce_closure(
        by=None, centre=court.centre, starts=at(30, 8), ends=at(30, 10), reason="检修", now=NOW - timedelta(days=1)
    )
    with pytest.raises(BookingRefused, match="不开放"):
        make_booking(court, at(30, 9), 2)
    assert make_booking(court, at(30, 10), 2).is_held
