"""What plans must leave alone: bookings, activities put in by hand and closures reach the planner's input."""

from datetime import date

import pytest

from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.opening.factories import make_open_centre
from tests.places.factories import make_service, make_space
from xiangli.bookings.promises import promised
from xiangli.bookings.services import add_activity, cancel
from xiangli.opening.services import announce_closure
from xiangli.planning.hours import DEFAULT_HOURS
from xiangli.planning.inputs import timetable_input
from xiangli.planning.promises import Promise, Shut
from xiangli.planning.queries import planning_rows
from xiangli.planning.timetable import problems, read_town

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture
def centre():
    return make_open_centre()


@pytest.fixture
def town(centre):
    return centre.place.parent


@pytest.fixture
def room(centre):
    return make_court(centre, name="书画室")


@pytest.fixture
def chess(centre):
    return make_service(centre.county)


def close(centre, starts, ends, **fields):
    return announce_closure(
        by=None, centre=centre, starts=starts, ends=ends, reason="修屋顶", now=at(10, 8), short_notice="急", **fields
    )


def activity(room, chess, weekday=1, start=540, end=660, **fields):
    return add_activity(
        by=None, space=room, title="书法班", service=chess, weekday=weekday, start=start, end=end, since=MONDAY,
        now=NOW, **fields,
    )  # fmt: skip


def test_booking_of_any_date_is_left_alone_but_a_cancelled_one_is_not(town, room):
    booking = make_booking(room, at(24, 9))
    assert promised(town, MONDAY).promises == (Promise(room.pk, 1, 540, 600, "已有预约"),)
    assert promised(town, MONDAY, lasting=True).promises == ()
    cancel(by=None, booking=booking, now=NOW)
    assert promised(town, MONDAY).promises == ()


def test_booking_of_every_week_lasts(town, room):
    make_booking(room, at(24, 9), hours=2)
    make_booking(room, at(31, 10), hours=2)  # the Tuesday after
    assert promised(town, MONDAY, lasting=True).promises == (Promise(room.pk, 1, 600, 660, "已有预约"),)
    assert promised(town, MONDAY).promises == (Promise(room.pk, 1, 540, 720, "已有预约"),)


def test_activity_put_in_by_hand_is_a_promise_that_meets_needs(town, room, chess):
    activity(room, chess)
    expected = (Promise(room.pk, 1, 540, 660, "书法班", "activity", "chess"),)
    assert promised(town, MONDAY).promises == promised(town, MONDAY, lasting=True).promises == expected


def test_promises_and_closures_of_one_room_never_overlap(town, centre, room, chess):
    activity(room, chess, every_weeks=2)
    activity(room, chess, start=600, end=720, every_weeks=2)
    make_booking(room, at(24, 12), hours=2)
    close(centre, at(24, 13), at(24, 20))
    found = promised(town, MONDAY)
    spans = sorted([(one.start, one.end) for one in (*found.promises, *found.shut) if one.weekday == 1])
    assert spans == [(540, 660), (660, 720), (720, 780), (780, 1200)]
    assert [one.service for one in found.promises] == [None, None, None]  # every second week: nothing to count on


def test_closure_without_an_end_lasts_and_ends_the_activity_in_its_room(town, centre, room, chess):
    activity(room, chess)
    close(centre, at(20, 8), None, space=room)
    found = promised(town, MONDAY, lasting=True)
    assert found.promises == ()
    assert set(found.shut) == {Shut(room.pk, weekday, 0, 1440, "修屋顶") for weekday in range(7)}


def test_closure_of_a_centre_shuts_each_of_its_rooms(town, centre, room):
    court = make_space(centre, name="球场")
    close(centre, at(26, 8), at(26, 18))
    assert set(promised(town, MONDAY).shut) == {Shut(one.pk, 3, 480, 1080, "修屋顶") for one in (room, court)}
    assert promised(town, MONDAY, lasting=True).shut == ()


def test_input_with_all_kinds_of_promises_is_sound(town, centre, room, chess):
    room.supports.add(chess)
    activity(room, chess)
    make_booking(room, at(25, 10), hours=2)
    close(centre, at(25, 11), at(26, 18))
    data, _ = timetable_input(**planning_rows(town), hours=DEFAULT_HOURS, promised=promised(town, MONDAY))
    (village,) = data["villages"]
    assert [len(village[name]) for name in ("fixed", "bookings", "closures")] == [1, 1, 2]
    assert problems(read_town(data)) == []


def test_promises_cost_four_queries_for_one_room_and_for_three(town, centre, room, chess, django_assert_num_queries):
    with django_assert_num_queries(4):
        promised(town, MONDAY)
    for name in "甲乙":
        other = make_space(centre, name=name)
        activity(other, chess)
        make_booking(other, at(26, 9))
    with django_assert_num_queries(4):
        promised(town, MONDAY)
