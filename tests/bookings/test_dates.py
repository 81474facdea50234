"""Dates called off, moved and added; activities that end."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from tests.bookings.classes import NEXT, WEDNESDAY, join, make_class, states
from tests.bookings.factories import NOW, at, make_booking
from tests.places.factories import make_space
from xiangli.bookings.models import Activity, Booking, DateChange, Telling
from xiangli.bookings.queries import dates_of, slots
from xiangli.bookings.services import add_date, cancel_date, end_activity, hold_dates, move_date
from xiangli.core.errors import UserError

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


@pytest.fixture
def lesson():
    return make_class()


def shown(lesson, days=14):
    lesson.refresh_from_db()
    return [
        (f"{one.starts:%m-%d %H:%M}", one.space.name, "off" if one.cancelled else "on", one.reason)
        for one in dates_of(lesson, MONDAY, days)
    ]


def told(lesson):
    rows = Telling.objects.within(lesson.county).order_by("pk")
    return [(row.sign_up.code, row.text) for row in rows]


def move(lesson, starts=WEDNESDAY, to=None, space=None, reason="老师有事"):
    return move_date(
        by=None, activity=lesson, starts=starts, to=to or at(26, 9), space=space or lesson.space, reason=reason, now=NOW
    )


def test_date_called_off_frees_its_room_and_those_signed_up_are_to_be_told(lesson):
    one, other = join(lesson), join(lesson, NEXT)
    cancel_date(by=None, activity=lesson, starts=WEDNESDAY, reason="停电", now=NOW)
    assert states(lesson) == ["off", "seated"]
    assert told(lesson) == [(one.code, "书法班 11月25日 14:30那一次不办了：停电。")]
    assert shown(lesson) == [
        ("11-25 14:30", lesson.space.name, "off", "停电"), ("12-02 14:30", lesson.space.name, "on", ""),
    ]  # fmt: skip
    assert make_booking(lesson.space, at(25, 15)).is_held
    assert other.code


def test_moved_date_keeps_those_signed_up_and_is_never_held_anew(lesson):
    row = join(lesson)
    move(lesson)
    hold_dates(space=lesson.space, first=MONDAY, last=date(2026, 12, 6), now=NOW)
    room = lesson.space.name
    assert shown(lesson) == [
        ("11-25 14:30", room, "off", f"挪到11月26日 9:00 {room}：老师有事"), ("11-26 09:00", room, "on", "老师有事"),
        ("12-02 14:30", room, "on", ""),
    ]  # fmt: skip
    row.refresh_from_db()
    assert (row.state, row.date.starts, row.over_at) == ("seated", at(26, 9), at(26, 11))
    assert told(lesson) == [(row.code, f"书法班 11月25日 14:30那一次挪到11月26日 9:00 {room}：老师有事。")]


def test_date_moved_to_another_room_frees_the_first_and_is_never_held_anew(lesson):
    hall = make_space(lesson.centre, name="大厅")
    move(lesson, to=WEDNESDAY, space=hall)
    hold_dates(space=lesson.space, first=MONDAY, last=date(2026, 12, 6), now=NOW)
    assert shown(lesson, 7) == [("11-25 14:30", "大厅", "on", "老师有事")]
    free = {f"{slot.starts:%H:%M}": slot.free for slot in slots(lesson.space, date(2026, 11, 25), NOW)}
    assert (free["15:00"], free["16:00"]) == (True, True)
    assert make_booking(lesson.space, at(25, 15)).is_held


def test_date_moved_twice_and_back_leaves_no_trace(lesson):
    move(lesson)
    move(lesson, at(26, 9), at(27, 9))
    assert [line[0] for line in shown(lesson, 7) if line[2] == "on"] == ["11-27 09:00"]
    assert shown(lesson, 7)[0][3] == f"挪到11月27日 9:00 {lesson.space.name}：老师有事"
    move(lesson, at(27, 9), WEDNESDAY)
    assert shown(lesson, 7) == [("11-25 14:30", lesson.space.name, "on", "")]
    assert not DateChange.everywhere.exists()


def test_move_onto_a_booking_or_another_activity_is_refused_by_the_database(lesson):
    make_booking(lesson.space, at(26, 10))
    with pytest.raises(UserError, match="已经有安排了"):
        move(lesson)
    assert shown(lesson, 7) == [("11-25 14:30", lesson.space.name, "on", "")]


@pytest.mark.parametrize(("to", "message"), [
    (at(22, 9), "已经过去了"), (at(25, 21), "中心不开门"), (at(26, 23), "半夜以后"), (at(500, 9), "太远了"),
    (WEDNESDAY, "都没有变"), (NEXT, "本来就有这个活动"), (at(26, 5), "中心不开门"),
])  # fmt: skip
def test_moves_that_make_no_sense_are_refused_in_words(lesson, to, message):
    with pytest.raises(UserError, match=message):
        move(lesson, to=to)


def test_begun_and_cancelled_dates_are_not_changed(lesson):
    with pytest.raises(UserError, match="已经开始了"):
        cancel_date(by=None, activity=lesson, starts=WEDNESDAY, reason="", now=at(25, 15))
    cancel_date(by=None, activity=lesson, starts=WEDNESDAY, reason="停电", now=NOW)
    with pytest.raises(UserError, match="那一次不办：停电"):
        move(lesson)


def test_room_of_another_centre_is_refused(lesson):
    with pytest.raises(UserError, match="本中心"):
        move(lesson, space=make_class().space)


def test_added_date_tells_the_series_and_is_shown():
    lesson = make_class(sign_up="series")
    row = join(lesson, None)
    add_date(by=None, activity=lesson, space=lesson.space, starts=at(28, 9), reason="补课", now=NOW)
    assert told(lesson) == [(row.code, f"书法班加一次，11月28日 9:00 {lesson.space.name}：补课。")]
    assert [line[0] for line in shown(lesson)] == ["11-25 14:30", "11-28 09:00", "12-02 14:30"]
    with pytest.raises(UserError, match="本来就有"):
        add_date(by=None, activity=lesson, space=lesson.space, starts=at(28, 9), reason="", now=NOW)
    with pytest.raises(UserError, match="本来就有"):
        add_date(by=None, activity=lesson, space=lesson.space, starts=NEXT, reason="", now=NOW)


def test_date_called_off_can_be_held_after_all(lesson):
    cancel_date(by=None, activity=lesson, starts=WEDNESDAY, reason="停电", now=NOW)
    add_date(by=None, activity=lesson, space=lesson.space, starts=WEDNESDAY, reason="来电了", now=NOW)
    assert shown(lesson, 7) == [("11-25 14:30", lesson.space.name, "on", "来电了")]


def test_end_tells_everybody_beyond_it_and_gives_the_room_back():
    lesson = make_class(sign_up="both", seats=2)
    series, early, late, waits = join(lesson, None), join(lesson), join(lesson, NEXT), join(lesson, None)
    end_activity(by=None, activity=lesson, last=date(2026, 11, 29), reason="老师调走", now=NOW)
    text = "书法班：11月29日以后不再办了：老师调走。"
    assert sorted(told(lesson)) == sorted([(series.code, text), (waits.code, text), (late.code, text)])
    assert states(lesson) == ["seated", "seated", "off", "off"]
    assert [line[0] for line in shown(lesson)] == ["11-25 14:30"]
    assert make_booking(lesson.space, NEXT).is_held
    assert early.code


def test_end_of_what_never_took_place_leaves_nothing(lesson):
    end_activity(by=None, activity=lesson, last=date(2026, 11, 22), reason="", now=NOW)
    assert (Activity.everywhere.count(), Booking.everywhere.count()) == (0, 0)


def test_end_before_the_first_date_keeps_those_signed_up(lesson):
    row = join(lesson)
    end_activity(by=None, activity=lesson, last=date(2026, 11, 22), reason="", now=NOW)
    assert (states(lesson), [line[2] for line in shown(lesson)]) == (["off"], [])
    assert told(lesson) == [(row.code, "书法班：11月22日以后不再办了。")]


def test_29_february_is_a_date_like_any_other(lesson):
    leap = timezone.make_aware(datetime(2028, 2, 29, 9))
    now = timezone.make_aware(datetime(2028, 2, 1, 9))
    add_date(by=None, activity=lesson, space=lesson.space, starts=leap, reason="", now=now)
    assert [f"{one.starts:%m-%d}" for one in dates_of(lesson, date(2028, 2, 29), 1)] == ["02-29"]
