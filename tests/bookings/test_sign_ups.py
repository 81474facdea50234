"""Signing up, giving back, and the waiting list."""

import contextlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bookings.classes import NEXT, WEDNESDAY, join, make_class, states
from tests.bookings.factories import NOW, at
from xiangli.audit.services import purge
from xiangli.bookings.models import Booking, DayNote, SignUp, Telling
from xiangli.bookings.queries import sign_ups_of, taken_of, turn
from xiangli.bookings.services import leave, mark_told, move_all_up, note_day, sign_up, update_activity
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson():
    return make_class()


def test_whoever_comes_after_the_seats_waits_and_moves_up_by_itself(lesson):
    first, _, third, fourth = (join(lesson) for _ in range(4))
    assert states(lesson) == ["seated", "seated", "waiting", "waiting"]
    assert (turn(third, NOW), turn(fourth, NOW)) == (1, 2)
    leave(by=None, sign_up=first, now=NOW)
    assert states(lesson) == ["left", "seated", "seated", "waiting"]
    told = Telling.objects.within(lesson.county).get()
    assert (told.sign_up, told.text) == (third, "书法班11月25日那一次：有位子了，您报上了。")
    assert turn(fourth, NOW) == 1


def test_each_date_has_its_own_seats_and_list(lesson):
    join(lesson), join(lesson), join(lesson), join(lesson, NEXT)
    assert states(lesson) == ["seated", "seated", "waiting", "seated"]


def test_more_seats_go_to_those_who_wait_and_fewer_than_taken_are_refused(lesson):
    for _ in range(4):
        join(lesson)
    update_activity(by=None, activity=lesson, now=NOW, seats=3)
    assert states(lesson) == ["seated", "seated", "seated", "waiting"]
    with pytest.raises(UserError, match="已经有 3 个人报上了"):
        update_activity(by=None, activity=lesson, now=NOW, seats=2)


def test_web_cannot_take_seats_kept_for_the_counter_which_the_telephone_gets():
    lesson = make_class(seats=3, kept_counter=1)
    join(lesson), join(lesson), join(lesson), join(lesson, channel="phone"), join(lesson, channel="counter")
    assert states(lesson) == ["seated", "seated", "waiting", "seated", "waiting"]


def test_seat_given_back_at_the_counter_goes_past_the_web_to_whoever_may_have_it():
    lesson = make_class(seats=3, kept_counter=1)
    rows = [join(lesson, channel=c) for c in ("web", "web", "counter", "web", "phone")]
    leave(by=None, sign_up=rows[2], now=NOW)
    assert states(lesson) == ["seated", "seated", "left", "waiting", "seated"]
    leave(by=None, sign_up=rows[0], now=NOW)
    assert states(lesson) == ["left", "seated", "left", "seated", "seated"]


def test_whole_series_and_single_dates_share_the_seats():
    lesson = make_class(sign_up="both", seats=2)
    join(lesson, None), join(lesson), join(lesson), join(lesson, NEXT), join(lesson, None)
    assert states(lesson) == ["seated", "seated", "waiting", "seated", "waiting"]
    leave(by=None, sign_up=SignUp.everywhere.order_by("pk")[1], now=NOW)  # the one of the 25th
    assert states(lesson)[2] == "seated"


def test_series_that_waits_moves_up_when_no_date_is_full_any_more():
    lesson = make_class(sign_up="both", seats=1)
    single = join(lesson)
    join(lesson, None)
    leave(by=None, sign_up=single, now=NOW)
    assert states(lesson) == ["left", "seated"]


def test_time_that_goes_by_moves_the_series_up_without_a_write_once():
    lesson = make_class(sign_up="both", seats=1)
    join(lesson)
    series = join(lesson, None)
    over = WEDNESDAY + timedelta(hours=3)
    assert [move_all_up(now=moment) for moment in (NOW, over, over)] == [0, 1, 0]
    assert states(lesson) == ["seated", "seated"]
    assert Telling.objects.within(lesson.county).get().sign_up == series


def test_no_limit_seats_everybody():
    lesson = make_class(seats=None)
    for _ in range(5):
        join(lesson)
    assert states(lesson) == ["seated"] * 5


def test_same_form_twice_is_one_sign_up(lesson):
    key = uuid4()
    assert join(lesson, request_key=key) == join(lesson, request_key=key)
    assert states(lesson) == ["seated"]


@pytest.mark.parametrize(("mode", "starts", "message"), [
    ("", WEDNESDAY, "不用报名"), ("series", WEDNESDAY, "整期一起报"), ("date", None, "一次一次地报"),
    ("date", at(24, 14, 30), "已经开始|那一天没有"), ("date", at(26, 14, 30), "那一天没有这个活动"),
    ("date", at(18, 14, 30), "已经开始了"),
])  # fmt: skip
def test_what_cannot_be_signed_up_to_is_refused_in_words(mode, starts, message):
    with pytest.raises(UserError, match=message):
        join(make_class(sign_up=mode), starts)


def test_date_that_gave_way_to_a_resident_takes_no_sign_up(lesson):
    Booking.everywhere.filter(activity=lesson, starts=NEXT).delete()
    row = {"starts": NEXT, "ends": at(32, 16), "channel": "web", "made_at": NOW, "code": "ABCDEF"}
    Booking.everywhere.create(county=lesson.county, space=lesson.space, **row)
    with pytest.raises(UserError, match="那一天没有这个活动"):
        join(lesson, NEXT)


def test_leaving_twice_is_leaving_once_and_nobody_leaves_what_has_begun(lesson):
    row = join(lesson)
    leave(by=None, sign_up=row, now=NOW)
    leave(by=None, sign_up=row, now=NOW)
    assert states(lesson) == ["left"]
    late = join(lesson)
    with pytest.raises(UserError, match="已经开始了"):
        leave(by=None, sign_up=late, now=at(25, 15))


def test_told_people_leave_the_list(lesson):
    first, *_ = (join(lesson) for _ in range(4))
    leave(by=None, sign_up=first, now=NOW)
    assert (mark_told(by=None, activity=lesson, now=NOW), mark_told(by=None, activity=lesson, now=NOW)) == (1, 0)


def row(lesson, **fields):
    made = {"county": lesson.county, "activity": lesson, "state": "seated", "channel": "web", "made_at": NOW}
    date = Booking.everywhere.get(activity=lesson, starts=WEDNESDAY)
    made |= {"date": date, "over_at": date.ends, "seated_at": NOW, "code": uuid4().hex[:6]}
    return SignUp.everywhere.create(**(made | fields))


def refused(name, write):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()


def test_database_refuses_a_seat_too_many_whatever_writes_it(lesson):
    row(lesson), row(lesson)
    refused("seats_full", lambda: row(lesson))
    refused("seats_full", lambda: row(lesson, date=None, over_at=None))
    waiting = row(lesson, state="waiting", seated_at=None)
    refused("seats_full", lambda: SignUp.everywhere.filter(pk=waiting.pk).update(state="seated", seated_at=NOW))


def test_database_refuses_the_web_a_seat_kept_for_the_counter():
    lesson = make_class(seats=2, kept_counter=1)
    row(lesson)
    refused("seats_kept", lambda: row(lesson))
    row(lesson, channel="phone")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(
    st.sampled_from(["join", "join", "join", "leave", "seats"]), st.sampled_from([None, WEDNESDAY, NEXT]),
    st.sampled_from(["web", "counter", "phone"]), st.integers(0, 9),
), max_size=18))  # fmt: skip
def test_whatever_is_tried_nobody_waits_for_a_free_seat_and_no_seat_is_given_twice(lesson, steps):
    with transaction.atomic():
        update_activity(by=None, activity=lesson, now=NOW, seats=3, kept_counter=1, sign_up="both")
        for act, starts, channel, number in steps:
            _step(lesson, act, starts, channel, number)
            lesson.refresh_from_db()
            taken = taken_of(lesson, NOW)
            assert taken.at(None) <= lesson.seats
            waiting = [one for one in sign_ups_of(lesson, NOW) if one.state == "waiting"]
            assert [one for one in waiting if taken.free(lesson, one.channel, one.date_id)] == []
            for one in sign_ups_of(lesson, NOW):  # nobody of the same kind was overtaken
                if one.state == "seated":
                    alike = [w for w in waiting if (w.channel, w.date_id) == (one.channel, one.date_id)]
                    assert all(w.pk > one.pk for w in alike)
        transaction.set_rollback(True)


def _step(lesson, act, starts, channel, number):
    rows = list(sign_ups_of(lesson, NOW))
    if act == "join":
        sign_up(by=None, activity=lesson, starts=starts, channel=channel, now=NOW, code=f"X{SignUp.everywhere.count()}")
    elif act == "leave" and rows:
        leave(by=None, sign_up=rows[number % len(rows)], now=NOW)
    elif act == "seats":
        with contextlib.suppress(UserError):  # fewer than are taken: refused, as another test says
            update_activity(by=None, activity=lesson, now=NOW, seats=max(number, 1), kept_counter=min(number, 1))


def test_names_go_thirty_days_after_the_last_date_and_those_of_a_standing_series_stay():
    lesson = make_class(sign_up="both", seats=9)
    people = {"called": "王大爷", "contact_phone": "0379-1"}
    rows = {"standing": join(lesson, None, **people), "left": join(lesson, None, **people)}
    rows |= {"date": join(lesson, **people), "next": join(lesson, NEXT, **people)}
    leave(by=None, sign_up=rows["left"], now=NOW)
    note_day(by=None, centre=lesson.centre, day=NOW.date(), now=NOW, door="老赵")
    purge(now=WEDNESDAY + timedelta(days=30, hours=3))
    kept = {name for name, row in rows.items() if SignUp.everywhere.get(pk=row.pk).called}
    assert kept == {name for name, row in rows.items() if SignUp.everywhere.get(pk=row.pk).contact_phone}
    assert (kept, DayNote.everywhere.get().door) == ({"standing", "next"}, "")
