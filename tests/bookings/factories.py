"""A court that is open from 6:00 to 22:00 every day, and bookings of it."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from tests.opening.factories import make_open_centre
from tests.places.factories import make_space
from xiangli.bookings.services import book, new_code
from xiangli.opening.hours import Rule
from xiangli.opening.services import set_rules

NOW = timezone.make_aware(datetime(2026, 11, 23, 9, 30))  # a Monday


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026."""
    return timezone.make_aware(datetime(2026, 11, 1) + timedelta(days=day - 1, hours=hour, minutes=minute))


def make_court(centre=None, **fields):
    centre = centre or make_open_centre()
    court = make_space(centre, **fields)
    set_rules(by=None, centre=centre, space=court, rules=[Rule(((360, 1320),))], since=date(2026, 1, 1))
    return court


def make_booking(court=None, starts=None, hours=1, **fields):
    starts = starts or at(24, 9)
    fields = {"by": None, "channel": "web", "now": NOW, "code": new_code(), "request_key": uuid4(), **fields}
    return book(space=court or make_court(), starts=starts, ends=starts + timedelta(hours=hours), **fields)
