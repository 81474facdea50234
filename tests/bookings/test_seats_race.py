"""Seats when everybody comes at once, and when the power goes in the middle."""

from datetime import date
from uuid import UUID

import pytest

from tests.bookings.classes import NEXT, WEDNESDAY, join, make_class
from tests.bookings.factories import NOW, at
from tests.canteen.test_points_races import python
from tests.killing import killed_anywhere
from xiangli.bookings.services import (
    add_date,
    cancel_date,
    end_activity,
    leave,
    move_date,
    note_attendance,
    sign_up,
    update_activity,
)

BEGIN = """
import django; django.setup()
from tests.bookings.classes import make_class
make_class(seats=1)
"""

RACE = """
import django; django.setup()
from django.db import connection
from tests.bookings.classes import WEDNESDAY, join
from tests.canteen.test_points_races import _at_once
from xiangli.bookings.models import Activity, SignUp
from xiangli.bookings.services import leave
lesson = Activity.everywhere.select_related("centre__place", "county", "space").get()
connection.close()
told = _at_once([lambda n=n: join(lesson, channel="web" if n % 2 else "phone") for n in range(50)])
print(len(told), set(told))
rows = list(SignUp.everywhere.select_related("activity").order_by("pk"))
connection.close()
print([row.state for row in rows].count("seated"))
told = _at_once([lambda row=row: leave(by=None, sign_up=row, now=row.made_at) for row in rows[:20]])
states = list(SignUp.everywhere.order_by("pk").values_list("state", flat=True))
print(set(told), states.count("left"), states.count("seated"), states.index("seated"))
"""


@pytest.mark.django_db
@pytest.mark.slow
def test_fifty_people_and_one_seat_seat_one_and_the_list_keeps_its_order(own_database):
    python(own_database, BEGIN)
    assert python(own_database, RACE).splitlines() == ["50 {'done'}", "1", "{'done'} 20 1 20"]


def lesson(**fields):
    return make_class(seats=1, sign_up="both", **fields)


def signing_up():
    made = lesson()
    key = UUID(int=1)
    return lambda: sign_up(
        by=None, activity=made, starts=WEDNESDAY, channel="web", now=NOW, code="ABCDEF", request_key=key
    )


def leaving():
    made = lesson()
    first = join(made)
    join(made)
    return lambda: leave(by=None, sign_up=first, now=NOW)


def growing():
    made = lesson()
    for _ in range(3):
        join(made)
    return lambda: update_activity(by=None, activity=made, now=NOW, seats=2)


def cancelling():
    made = lesson()
    join(made)
    return lambda: cancel_date(by=None, activity=made, starts=WEDNESDAY, reason="停电", now=NOW)


def moving():
    made = lesson()
    join(made)
    return lambda: move_date(
        by=None, activity=made, starts=WEDNESDAY, space=made.space, to=at(26, 9), reason="", now=NOW
    )


def adding():
    made = lesson()
    join(made, None)
    return lambda: add_date(by=None, activity=made, space=made.space, starts=at(26, 9), reason="", now=NOW)


def ending():
    made = lesson()
    join(made, NEXT)
    return lambda: end_activity(by=None, activity=made, last=date(2026, 11, 29), reason="", now=NOW)


def counting():
    made = lesson()
    row = join(made)
    return lambda: note_attendance(by=None, activity=made, starts=WEDNESDAY, came=[row.pk], unlisted=3, now=at(25, 15))


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.parametrize(
    "service",
    [signing_up, leaving, growing, cancelling, moving, adding, ending, counting],
    ids=lambda one: one.__name__,
)
def test_service_killed_between_any_two_statements_leaves_all_or_nothing(service, transactional_db):
    assert killed_anywhere(service()) >= 4
