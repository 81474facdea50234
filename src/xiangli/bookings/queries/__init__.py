"""Reads of activities and bookings."""

from xiangli.bookings.queries.calls import (
    calls_open,
    find_waiting,
    place_in_line,
    requests_open,
    touched_by_closures,
    waiting_in,
)
from xiangli.bookings.queries.draws import draw_slots, draws_of, draws_open, find_entry, outcome
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
    "bookings_on", "calls_open", "draw_slots", "draws_of", "draws_open", "exceptions_on", "find_booking", "find_entry",
    "find_waiting", "missed_lately", "outcome", "place_in_line", "programme", "requests_open", "rule_of", "rules_of",
    "slot_is_free", "slots", "space_timeline", "takes_place", "touched_by_closures", "waiting_in",
]  # fmt: skip
