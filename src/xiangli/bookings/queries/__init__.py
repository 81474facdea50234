"""Reads of activities and bookings."""

from xiangli.bookings.queries.slots import (
    Slot,
    alternatives,
    bookable_spaces,
    booking_by_code,
    find_booking,
    slot_is_free,
    slots,
    space_timeline,
)
from xiangli.bookings.queries.space_rules import missed_lately, rule_of, rules_of
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
    "bookings_on", "exceptions_on", "find_booking", "missed_lately", "programme", "rule_of", "rules_of", "slot_is_free",
    "slots", "space_timeline", "takes_place",
]  # fmt: skip
