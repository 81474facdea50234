"""Approval, moving, waiting and being told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.places.factories import make_staff
from xiangli.accounts.choices import Role
from xiangli.audit.models import Event
from xiangli.audit.services import purge
from xiangli.bookings.choices import State, Waits, Why
from xiangli.bookings.models import Booking, Call
from xiangli.bookings.queries import calls_open, missed_lately, place_in_line, touched_by_closures
from xiangli.bookings.services import (
    BookingRefused,
    KeyReused,
    add_activity,
    approve,
    cancel,
    give_up,
    move,
    move_all_up,
    new_code,
    note_coming,
    refuse,
    set_rule,
    tell,
    tell_of_closure,
    wait,
)
from xiangli.core.errors import UserError
from xiangli.opening.services import announce_closure, withdraw_closure

pytestmark = pytest.mark.django_db


@pytest.fixture
def court():
    return make_court()


@pytest.fixture
def staff(court):
    return make_staff(Role.VILLAGE_STAFF, court.centre.place)


@pytest.fixture
def asked(court):
    """A request for 24 November, 9 to 10."""
    set_rule(by=None, centre=court.centre, space=court, needs_approval=True)
    return make_booking(court, at(24, 9), contact_phone="0379-5")


def make_wait(court, starts=None, **fields):
    starts = starts or at(24, 9)
    fields = {"by": None, "channel": "web", "now": NOW, "code": new_code(), **fields}
    return wait(space=court, starts=starts, ends=starts + timedelta(hours=1), **fields)


def whys(court):
    return [call.why for call in calls_open([court.centre], NOW)]


def test_approved_request_is_a_booking_and_its_person_is_to_be_rung(court, staff, asked):
    assert approve(by=staff, booking=asked, now=NOW).state == State.CONFIRMED
    assert approve(by=staff, booking=asked, now=NOW).state == State.CONFIRMED
    assert whys(court) == [Why.APPROVED]
    assert Event.objects.filter(verb="bookings.approved").count() == 1


def test_refused_request_frees_its_time_and_says_why(court, staff, asked):
    with pytest.raises(UserError, match="为什么"):
        refuse(by=staff, booking=asked, reason=" ", now=NOW)
    row = refuse(by=staff, booking=asked, reason="要换地板", now=NOW)
    assert (row.state, row.cancel_reason, row.is_held) == (State.REFUSED, "要换地板", False)
    assert make_booking(court, at(24, 9)).state == State.REQUESTED
    assert whys(court) == [Why.REFUSED]
    with pytest.raises(UserError):
        approve(by=staff, booking=asked, now=NOW)


def test_confirmed_booking_is_not_refused_but_cancelled(court, staff):
    with pytest.raises(UserError, match="取消"):
        refuse(by=staff, booking=make_booking(court), reason="不", now=NOW)


def test_booking_moves_in_one_step_to_another_time_or_room(court, staff):
    booking, other = make_booking(court, at(24, 9)), make_court(court.centre)
    moved = move(by=staff, booking=booking, space=court, starts=at(24, 9, 30), now=NOW)  # over its own old time
    assert (moved.starts, moved.ends) == (at(24, 9, 30), at(24, 10, 30))
    moved = move(by=staff, booking=moved, space=other, starts=at(25, 9), now=NOW)
    assert (moved.space, moved.starts) == (other, at(25, 9))
    assert make_booking(court, at(24, 9)).is_held
    assert whys(court) == [Why.MOVED]  # one call tells the newest change


def test_move_onto_a_taken_time_is_refused_with_others_and_changes_nothing(court, staff):
    make_booking(court, at(24, 10))
    booking = make_booking(court, at(24, 9))
    with pytest.raises(BookingRefused, match="刚被约走") as refused:
        move(by=staff, booking=booking, space=court, starts=at(24, 10), now=NOW)
    assert refused.value.alternatives
    booking.refresh_from_db()
    assert booking.starts == at(24, 9)
    assert whys(court) == []


@pytest.mark.parametrize("starts", [at(23, 9), at(24, 3), at(40, 9)])
def test_move_into_the_past_the_night_or_too_far_is_refused(court, staff, starts):
    booking = make_booking(court, at(24, 9))
    with pytest.raises(BookingRefused):
        move(by=staff, booking=booking, space=court, starts=starts, now=NOW)


def test_dates_of_activities_and_other_centres_are_not_for_moving(court, staff):
    activity = add_activity(
        by=None, space=court, title="书画", weekday=1, start=540, end=600, since=NOW.date(), now=NOW
    )
    with pytest.raises(UserError, match="活动"):
        move(by=staff, booking=activity.occurrences.all()[0], space=court, starts=at(25, 9), now=NOW)
    elsewhere = make_court()
    with pytest.raises(UserError, match="同一个中心"):
        move(by=staff, booking=make_booking(court, at(26, 9)), space=elsewhere, starts=at(25, 9), now=NOW)


def test_time_given_back_goes_to_whoever_waits_longest(court):
    booking = make_booking(court, at(24, 9))
    first = make_wait(court, on_behalf_of="李大娘", contact_phone="0379-6")
    second = make_wait(court, now=NOW + timedelta(minutes=1))
    assert [place_in_line(one) for one in (first, second)] == [1, 2]
    cancel(by=None, booking=booking, now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Waits.BOOKED, Waits.WAITING)
    assert (first.booking.code, first.booking.on_behalf_of, first.booking.starts) == (first.code, "李大娘", at(24, 9))
    assert whys(court) == [Why.MOVED_UP]
    assert place_in_line(second) == 1


@pytest.mark.parametrize("how", ["cancel", "refuse", "move", "of an activity"])
def test_whatever_frees_a_time_moves_the_queue_up(court, staff, how):
    if how == "of an activity":
        activity = add_activity(
            by=None, space=court, title="书画", weekday=1, start=540, end=600, since=NOW.date(), now=NOW
        )
        booking = activity.occurrences.get(starts=at(24, 9))
    else:
        set_rule(by=None, centre=court.centre, needs_approval=how == "refuse")
        booking = make_booking(court, at(24, 9))
    waiting = make_wait(court)
    if how == "refuse":
        refuse(by=staff, booking=booking, reason="不行", now=NOW)
    elif how == "move":
        move(by=staff, booking=booking, space=court, starts=at(25, 9), now=NOW)
    else:
        cancel(by=staff, booking=booking, now=NOW)
    waiting.refresh_from_db()
    assert waiting.state == Waits.BOOKED
    assert waiting.booking.state == (State.REQUESTED if how == "refuse" else State.CONFIRMED)


def test_time_that_came_free_by_hand_goes_to_whoever_waits_within_the_hour(court):
    booked = make_booking(court, at(24, 9))
    waiting = make_wait(court, at(24, 9))
    assert move_all_up(now=NOW) == 0
    Booking.everywhere.filter(pk=booked.pk).delete()
    assert move_all_up(now=NOW) == 1
    waiting.refresh_from_db()
    assert (waiting.state, waiting.booking.starts) == (Waits.BOOKED, at(24, 9))


def test_nobody_books_past_the_queue(court):
    """A time may come free behind the product's back; who asks for it then does not overtake who waits."""
    booking = make_booking(court, at(24, 9))
    waiting = make_wait(court)
    Booking.everywhere.filter(pk=booking.pk).delete()
    with pytest.raises(BookingRefused, match="刚被约走"):
        make_booking(court, at(24, 9))
    waiting.refresh_from_db()
    assert waiting.state == Waits.BOOKED


def test_waiting_for_a_free_or_closed_time_is_refused(court):
    with pytest.raises(BookingRefused, match="空着"):
        make_wait(court)
    with pytest.raises(BookingRefused, match="不开放"):
        make_wait(court, at(24, 3))


def test_queue_is_left_and_the_same_form_queues_once(court):
    booking, key = make_booking(court, at(24, 9)), uuid4()
    one, two = make_wait(court, request_key=key), make_wait(court, request_key=key)
    assert one == two
    give_up(by=None, waiting=one, now=NOW)
    assert give_up(by=None, waiting=one, now=NOW).state == Waits.GIVEN_UP
    cancel(by=None, booking=booking, now=NOW)
    assert make_booking(court, at(24, 9)).is_held


def test_wish_behind_a_closed_door_waits_on(court):
    booking = make_booking(court, at(30, 9))
    waiting = make_wait(court, at(30, 9))
    announce_closure(by=None, centre=court.centre, starts=at(30, 0), ends=at(31, 0), reason="检修", now=NOW)
    cancel(by=None, booking=booking, now=NOW)
    waiting.refresh_from_db()
    assert waiting.state == Waits.WAITING


def test_closure_added_later_lists_each_booking_it_touches_until_told(court, staff):
    touched = [make_booking(court, at(30, hour)) for hour in (9, 12)]
    make_booking(court, at(29, 9))
    closure = announce_closure(by=None, centre=court.centre, starts=at(30, 0), ends=at(31, 0), reason="检修", now=NOW)
    assert [one.booking for one in touched_by_closures([court.centre], NOW)] == touched
    tell_of_closure(by=staff, booking=touched[0], closure=closure, now=NOW)
    tell_of_closure(by=staff, booking=touched[0], closure=closure, now=NOW)
    assert [one.booking for one in touched_by_closures([court.centre], NOW)] == touched[1:]
    withdraw_closure(by=None, closure=closure, now=NOW)
    assert touched_by_closures([court.centre], NOW) == []


def test_what_residents_do_themselves_needs_no_call_and_a_call_is_ticked_once(court, staff):
    cancel(by=None, booking=make_booking(court, at(24, 9)), now=NOW)
    assert whys(court) == []
    cancel(by=staff, booking=make_booking(court, at(24, 9)), now=NOW, reason="下雨")
    call = Call.objects.within(court.county).get()
    tell(by=staff, call=call, now=NOW)
    assert tell(by=staff, call=call, now=NOW + timedelta(hours=1)).told_at == NOW
    assert whys(court) == []


def test_not_coming_is_a_word_to_staff_that_is_forgotten(court, staff):
    booking = make_booking(court, at(24, 9), contact_phone="0379-7")
    with pytest.raises(UserError, match="还没到时间"):
        note_coming(by=staff, booking=booking, came=False, now=NOW)
    later = at(24, 10)
    note_coming(by=staff, booking=booking, came=False, now=later)
    again = make_booking(court, at(25, 9), contact_phone="0379-7", now=later)
    assert again.is_held  # nothing is blocked
    assert missed_lately(again, later)
    note_coming(by=staff, booking=booking, came=True, now=later)
    assert not missed_lately(again, later)
    note_coming(by=staff, booking=booking, came=False, now=later)
    purge(now=later + timedelta(days=91))
    booking.refresh_from_db()
    assert booking.came is None


def test_same_key_for_another_wish_is_refused(court):
    key = uuid4()
    made = make_booking(court, at(24, 9), request_key=key)
    assert make_booking(court, at(24, 9), request_key=key) == made
    with pytest.raises(KeyReused) as again:
        make_booking(court, at(24, 12), request_key=key)
    assert again.value.made == made


def test_repeated_request_is_answered_though_the_quota_is_used_up_by_it(court):
    set_rule(by=None, centre=court.centre, weekly_quota=1)
    key = uuid4()
    one, two = (make_booking(court, request_key=key, contact_phone="0379-8") for _ in range(2))
    assert one == two


def test_person_removed_leaves_the_booking_and_takes_the_words(court):
    booking = make_booking(court, on_behalf_of="王大爷", contact_phone="0379-1")
    waiting = make_wait(court, on_behalf_of="王大爷", contact_phone="0379-1")
    purge(now=at(24, 10) + timedelta(days=31))
    booking.refresh_from_db()
    waiting.refresh_from_db()
    assert (booking.on_behalf_of, booking.contact_phone, booking.request_digest, booking.is_held) == ("", "", "", True)
    assert (waiting.on_behalf_of, waiting.contact_phone) == ("", "")
