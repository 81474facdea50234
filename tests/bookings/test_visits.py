"""Visits counted from what happens anyway; rooms that stand empty; tours."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.bookings.classes import NEXT, WEDNESDAY, join, make_class, make_tomorrows_class
from tests.bookings.factories import NOW, at, make_booking, make_court
from tests.opening.factories import make_open_centre
from tests.places.factories import make_space, make_staff, make_village
from xiangli.accounts.choices import Role
from xiangli.bookings.queries.idle import fitting_needs, room_use
from xiangli.bookings.queries.tours import tours
from xiangli.bookings.queries.visits import Visits, visits
from xiangli.bookings.services import cancel_date, leave, note_attendance, note_day

pytestmark = pytest.mark.django_db

MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 29)
LATER = at(30, 9)


def week_of(lesson, now=LATER):
    return visits([lesson.centre], MONDAY, SUNDAY, now)[lesson.centre_id]


def test_those_who_were_ticked_and_the_others_count_where_somebody_counted():
    lesson = make_class()
    rows = [join(lesson), join(lesson)]
    note_attendance(by=None, activity=lesson, starts=WEDNESDAY, came=[rows[0].pk], unlisted=4, now=at(25, 17))
    assert week_of(lesson) == Visits(activities=5)


def test_seats_count_where_nobody_counted_and_the_waiting_do_not():
    lesson = make_class(sign_up="both", seats=3)
    series = join(lesson, None)
    join(lesson), join(lesson), join(lesson), join(lesson, NEXT)
    assert week_of(lesson) == Visits(activities=3)
    leave(by=None, sign_up=series, now=at(27, 9))  # was there on the 25th
    assert week_of(lesson) == Visits(activities=3)


def test_what_is_not_over_or_was_called_off_counts_nothing():
    lesson = make_class()
    join(lesson)
    assert week_of(lesson, now=at(25, 15)) == Visits()
    cancel_date(by=None, activity=lesson, starts=WEDNESDAY, reason="", now=NOW)
    assert week_of(lesson) == Visits()


def test_bookings_count_their_people_or_one_and_the_counter_its_own():
    lesson = make_class()
    make_booking(lesson.space, at(24, 9), people=6)
    make_booking(lesson.space, at(24, 11), channel="counter")
    join(lesson, NEXT, channel="counter")
    assert week_of(lesson) == Visits(rooms=7, counter=2)


def test_tally_is_kept_apart():
    centre = make_open_centre()
    note_day(by=None, centre=centre, day=MONDAY, now=NOW, tally={9: 4, 10: 0, 11: 3}, door="甲")
    note_day(by=None, centre=centre, day=MONDAY, now=NOW, door="乙")
    assert visits([centre], MONDAY, SUNDAY, LATER) == {centre.pk: Visits()}
    note = centre.day_notes.get()
    assert (note.door, note.tally) == ("乙", {"9": 4, "11": 3})


@pytest.mark.parametrize("number", [1, 3])
def test_visits_take_the_same_queries_for_any_number_of_centres(number, django_assert_num_queries):
    lessons = [make_class() for _ in range(number)]
    for one in lessons:
        join(one)
    with django_assert_num_queries(5):
        found = visits([one.centre for one in lessons], MONDAY, SUNDAY, LATER)
    assert sum(one.activities for one in found.values()) == number


def test_room_is_used_while_something_is_held_in_it_and_open_as_its_hours_say():
    lesson = make_class()  # 2 hours a week from 23 November on, in a court open 16 hours a day
    make_booking(lesson.space, at(28, 20), hours=2)
    (row,) = [one for one in room_use(lesson.centre, date(2026, 12, 1), weeks=2) if one.space == lesson.space]
    assert [(week.monday, week.used, week.open) for week in row.weeks] == [
        (date(2026, 11, 16), 0, 7 * 960), (MONDAY, 240, 7 * 960),
    ]  # fmt: skip
    assert (row.idle, row.unknown, row.weeks[1].words) == (False, 0, "4 / 112")


def test_room_that_nobody_used_is_idle_and_one_without_hours_is_unknown():
    court = make_court()
    bare = make_space(make_open_centre())
    assert [row.idle for row in room_use(court.centre, MONDAY) if row.space == court] == [True]
    bare.centre.opening_rules.all().delete()
    (row,) = room_use(bare.centre, MONDAY)
    assert (row.idle, row.unknown) == (False, 28)
    fitting_needs(bare.centre, [row])
    assert row.fits == []


def test_tours_show_every_village_of_the_town_by_specialist_and_time(client):
    first = make_tomorrows_class(title="巡诊", specialist="医生")
    town = first.centre.place.parent
    other = make_open_centre(village=make_village(town))
    make_tomorrows_class(make_court(other), title="巡诊", specialist="医生")
    make_tomorrows_class(make_court(first.centre), title="下棋")
    first.centre.refresh_from_db()
    (tour,) = tours(town, [first.centre, other], timezone.localdate(), 7)
    assert (tour.specialist, [stop.centre for stop in tour.stops]) == ("医生", [first.centre, other])
    page = client.get(reverse("tours", args=[town.county.slug, town.slug]), {"fresh": 1}).content.decode()
    assert "巡诊" in page
    assert "下棋" not in page


def test_visits_to_the_same_room_at_the_same_hour_stand_together(client):
    lesson = make_tomorrows_class(title="巡诊", specialist="医生")
    (tour,) = tours(lesson.centre.place.parent, [lesson.centre], timezone.localdate(), 15)
    assert [[stop.item.starts for stop in stops] for stops in tour.rounds] == [
        [stop.item.starts for stop in tour.stops]
    ]
    assert len(tour.stops) == 2


@pytest.mark.parametrize("number", [1, 3])
def test_tours_take_the_same_queries_for_any_number_of_villages(client, number, django_assert_num_queries):
    first = make_tomorrows_class(specialist="医生")
    town = first.centre.place.parent
    for _ in range(number - 1):
        make_tomorrows_class(make_court(make_open_centre(village=make_village(town))), specialist="医生")
    with django_assert_num_queries(8):
        answer = client.get(reverse("tours", args=[town.county.slug, town.slug]), {"fresh": 1})
    assert len({stop.centre for stop in answer.context["tours"][0].stops}) == number


@pytest.mark.parametrize("number", [1, 3])
def test_idle_rooms_take_the_same_queries_for_any_number_of_rooms(client, number, django_assert_num_queries):
    court = make_court()
    for _ in range(number - 1):
        make_court(court.centre)
    client.force_login(make_staff(Role.VILLAGE_STAFF, court.centre.place))
    with django_assert_num_queries(18):
        answer = client.get(reverse("idle_rooms"))
    assert len(answer.context["rooms"]) == number
