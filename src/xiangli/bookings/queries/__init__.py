"""Reads of activities and bookings."""

from xiangli.bookings.queries.slots import Slot, alternatives, bookable_spaces, booking_by_code, slots, space_timeline
from xiangli.bookings.queries.week import (
    Happening,
    activities_of,
    at_minute,
    bookings_on,
    exceptions_on,
    programme,
    takes_place,
)

__all__ = [
    "Happening", "Slot", "activities_of", "alternatives", "at_minute", "bookable_spaces", "booking_by_code",
    "bookings_on", "exceptions_on", "programme", "slots", "space_timeline", "takes_place",
]  # fmt: skip
