"""A class on Wednesdays, 14:30 to 16:30, in a court that is open from 6:00 to 22:00; the first of them 25 November."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from tests.bookings.factories import NOW, at, make_court
from xiangli.bookings.models import Activity, SignUp
from xiangli.bookings.queries import at_minute
from xiangli.bookings.services import add_activity, new_code, sign_up

WEDNESDAY = at(25, 14, 30)
NEXT = at(32, 14, 30)  # 2 December


def make_class(court=None, **fields) -> Activity:
    fields = {"sign_up": "date", "seats": 2, **fields}
    return add_activity(
        by=None, space=court or make_court(), title="书法班", weekday=2, start=870, end=990, since=date(2026, 11, 23),
        now=NOW, **fields,
    )  # fmt: skip


def join(activity, starts=WEDNESDAY, channel="web", **fields) -> SignUp:
    fields = {"by": None, "now": NOW, "code": new_code(), "request_key": uuid4(), **fields}
    return sign_up(activity=activity, starts=starts, channel=channel, **fields)


def states(activity) -> list[str]:
    """How those who signed up stand, in the order in which they came."""
    rows = SignUp.objects.within(activity.county).filter(activity=activity).order_by("pk")
    return list(rows.values_list("state", flat=True))


def make_tomorrows_class(court=None, **fields) -> Activity:
    """For pages, which look at the clock on the wall: a class of tomorrow's weekday, from 14:30 to 16:30."""
    today = timezone.localdate()
    fields = {"sign_up": "date", "seats": 2, "title": "书法班", **fields}
    return add_activity(
        by=None, space=court or make_court(), weekday=(today.weekday() + 1) % 7, start=870, end=990,
        since=today - timedelta(days=21), now=timezone.now(), **fields,
    )  # fmt: skip


def dates(activity, number: int) -> datetime:
    """The ``number``-th coming date of tomorrow's class, 0 is tomorrow; -1 was six days ago."""
    tomorrow = timezone.localdate() + timedelta(days=1 + 7 * number)
    return at_minute(tomorrow, activity.start)
