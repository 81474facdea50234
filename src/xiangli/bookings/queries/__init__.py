"""Reads of activities and bookings."""

from xiangli.bookings.queries.dates import (
    DateRow,
    date_at,
    date_rows,
    dates_of,
    moment_of,
    moment_text,
    with_seats,
)
from xiangli.bookings.queries.seats import (
    expected_at,
    sign_up_by_code,
    sign_ups_of,
    taken_of,
    to_tell,
    turn,
    waiting_of,
)
from xiangli.bookings.queries.slots import Slot, alternatives, bookable_spaces, booking_by_code, slots, space_timeline
from xiangli.bookings.queries.week import (
    Happening,
    activities_of,
    at_minute,
    bookings_on,
    changed_date,
    exceptions_on,
    programme,
    takes_place,
)

__all__ = [
    "DateRow",
    "Happening",
    "Slot",
    "activities_of",
    "alternatives",
    "at_minute",
    "bookable_spaces",
    "booking_by_code",
    "bookings_on",
    "changed_date",
    "date_at",
    "date_rows",
    "dates_of",
    "exceptions_on",
    "expected_at",
    "moment_of",
    "moment_text",
    "programme",
    "sign_up_by_code",
    "sign_ups_of",
    "slots",
    "space_timeline",
    "taken_of",
    "takes_place",
    "to_tell",
    "turn",
    "waiting_of",
    "with_seats",
]  # fmt: skip
