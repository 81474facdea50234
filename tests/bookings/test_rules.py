"""What a space's own rule allows, keeps free and keeps back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.bookings.choices import State
from xiangli.bookings.models import Booking, SpaceRule
from xiangli.bookings.queries import bookings_on, programme, rule_of, slots
from xiangli.bookings.services import BookingRefused, add_activity, drop_rule, set_rule
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


def rule(court, **fields):
    return set_rule(by=None, centre=court.centre, space=court, **fields)


def test_centre_without_a_rule_goes_by_the_defaults(court):
    found = rule_of(court)
    assert (found.pk, found.longest_minutes, found.days_ahead, found.needs_approval) == (None, 240, 14, False)


def test_space_goes_by_its_own_rule_before_its_centres(court):
    set_rule(by=None, centre=court.centre, days_ahead=7)
    assert rule_of(court).days_ahead == 7
    rule(court, days_ahead=21)
    assert rule_of(court).days_ahead == 21
    drop_rule(by=None, space=court)
    assert rule_of(court).days_ahead == 7


def test_one_rule_for_a_space_and_one_for_its_centre(court):
    rule(court, days_ahead=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        SpaceRule.everywhere.create(county=court.county, centre=court.centre, space=court)


def test_minutes_around_a_booking_are_kept_free(court):
    rule(court, before_minutes=30, after_minutes=15)
    booking = make_booking(court, at(24, 9))
    assert booking.holds == (at(24, 8, 30), at(24, 10, 15))
    for hour in (8, 10):
        with pytest.raises(BookingRefused, match="刚被约走"):
            make_booking(court, at(24, hour))
    assert make_booking(court, at(24, 11)).is_held
    free = [slot.starts for slot in slots(court, at(24, 0).date(), NOW) if slot.free]
    assert [one for one in free if one < at(24, 15)] == [at(24, hour) for hour in (6, 7, 13, 14)]


def test_rule_changed_later_leaves_what_was_agreed(court):
    make_booking(court, at(24, 9))
    rule(court, before_minutes=60)
    with pytest.raises(BookingRefused):
        make_booking(court, at(24, 10))
    assert make_booking(court, at(24, 8)).is_held


@pytest.mark.parametrize(("fields", "wish", "words"), [
    ({"notice_hours": 24}, {"starts": at(23, 20)}, "提前 24 小时"),
    ({"longest_minutes": 90}, {"hours": 2}, "最多约 1 小时 30 分钟"),
    ({"days_ahead": 3}, {"starts": at(27, 9)}, "3 天以内"),
    ({"most_people": 8}, {"people": 9}, "最多容 8 人"),
])  # fmt: skip
def test_wish_against_the_rule_is_refused_in_words(court, fields, wish, words):
    rule(court, **fields)
    with pytest.raises(BookingRefused, match=words):
        make_booking(court, **wish)
    assert Booking.objects.within(court.county).count() == 0


def test_more_people_than_the_space_holds_are_refused(court):
    with pytest.raises(BookingRefused, match=f"最多容 {court.capacity} 人"):
        make_booking(court, people=court.capacity + 1)


def test_quota_counts_a_person_by_telephone_or_card_over_all_rooms_of_a_week(court):
    set_rule(by=None, centre=court.centre, weekly_quota=2)
    other = make_court(court.centre)
    make_booking(court, at(24, 9), contact_phone="138-0000-1234")
    make_booking(other, at(25, 9), contact_phone="13800001234", card_number="77")
    with pytest.raises(BookingRefused, match="最多约 2 次"):
        make_booking(court, at(26, 9), contact_phone="138 0000 1234")
    assert make_booking(court, at(26, 9), contact_phone="13900000000").is_held
    assert make_booking(court, at(26, 11)).is_held  # who leaves no number is not counted
    assert make_booking(court, at(30, 9), contact_phone="13800001234").is_held  # the week after


def test_web_may_take_its_share_of_a_day_and_the_counter_the_rest(court):
    rule(court, kept_percent=75, kept_hours=24)  # the court is open for 16 hours: 4 are for the web
    for hour in (9, 10, 11, 12):
        make_booking(court, at(25, hour))
    with pytest.raises(BookingRefused, match="留给柜台和电话"):
        make_booking(court, at(25, 13))
    assert make_booking(court, at(25, 13), channel="phone").is_held
    assert make_booking(court, at(24, 13)).is_held
    assert make_booking(court, at(25, 14), now=at(24, 14)).is_held  # what is still free the day before is for all


def test_booking_that_wants_approval_holds_its_time_until_it_is_decided(court):
    rule(court, needs_approval=True)
    assert make_booking(court, at(24, 9)).state == State.REQUESTED
    with pytest.raises(BookingRefused):
        make_booking(court, at(24, 9))


def test_what_staff_book_themselves_needs_no_approval(court):
    rule(court, needs_approval=True)
    staff = make_staff(Role.VILLAGE_STAFF, court.centre.place)
    counter = make_staff(Role.COUNTER, court.centre.place)
    assert make_booking(court, at(24, 9), by=staff, channel="counter").state == State.CONFIRMED
    assert make_booking(court, at(24, 10), by=counter, channel="counter").state == State.REQUESTED


def test_notice_longer_than_the_days_ahead_is_refused(court):
    with pytest.raises(UserError, match="谁也约不上"):
        rule(court, notice_hours=48, days_ahead=2)
    with pytest.raises(IntegrityError, match="spacerule_minutes"), transaction.atomic():
        SpaceRule.everywhere.create(county=court.county, centre=court.centre, notice_hours=48, days_ahead=2)


def test_alternatives_keep_to_the_rule(court):
    rule(court, notice_hours=12, days_ahead=2)
    make_booking(court, at(24, 9))
    with pytest.raises(BookingRefused) as refused:
        make_booking(court, at(24, 9))
    soon, last = NOW + timedelta(hours=12), at(26, 0)
    assert refused.value.alternatives
    assert all(soon < slot.starts < last for slot in refused.value.alternatives)


def test_activity_gives_way_to_what_is_kept_around_a_booking_and_is_shown_as_off(court):
    rule(court, after_minutes=60)
    make_booking(court, at(24, 8))
    activity = add_activity(
        by=None, space=court, title="书画", weekday=1, start=540, end=600, since=NOW.date(), now=NOW
    )
    assert at(24, 9) not in set(activity.occurrences.values_list("starts", flat=True))
    day = at(24, 9).date()
    shown = programme(court.centre, day, 1, activities=[activity], bookings=list(bookings_on(court.centre, day)))
    assert [(one.title, one.cancelled) for one in shown] == [("已有预约", False), ("书画", True)]
