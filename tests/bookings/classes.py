"""A class on Wednesdays, 14:30 to 16:30, in a court that is open from 6:00 to 22:00; the first of them 25 November."""

from datetime import date
from uuid import uuid4

from tests.bookings.factories import NOW, at, make_court
from xiangli.bookings.models import Activity, SignUp
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
