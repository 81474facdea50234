"""Reads of activities and bookings."""

from xiangli.bookings.queries.calls import (
    calls_open,
    find_waiting,
    place_in_line,
    requests_open,
    touched_by_closures,
    waiting_in,
)
from xiangli.bookings.queries.dates import (
    DateRow,
    date_at,
    date_rows,
    dates_of,
    moment_of,
    moment_text,
    with_seats,
)
from xiangli.bookings.queries.draws import draw_slots, draws_of, draws_open, find_entry, outcome
from xiangli.bookings.queries.seats import (
    expected_at,
    sign_up_by_code,
    sign_ups_of,
    taken_of,
    to_tell,
    turn,
    waiting_of,
)
from xiangli.bookings.queries.slots import (
    Slot,
    alternatives,
    bookable_spaces,
    booking_by_code,
    find_booking,
    held_stretches,
    slot_is_free,
    slots,
    space_timeline,
    spaces_to_book,
)
from xiangli.bookings.queries.space_rules import missed_lately, rule_of, rules_of
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
    "DateRow", "Happening", "Slot", "activities_of", "alternatives", "at_minute", "bookable_spaces",
    "booking_by_code", "bookings_on", "calls_open", "changed_date", "date_at", "date_rows", "dates_of", "draw_slots",
    "draws_of", "draws_open", "exceptions_on", "expected_at", "find_booking", "find_entry", "find_waiting",
    "held_stretches", "missed_lately", "moment_of", "moment_text", "outcome", "place_in_line", "programme",
    "requests_open", "rule_of", "rules_of", "sign_up_by_code", "sign_ups_of", "slot_is_free", "slots", "space_timeline",
    "spaces_to_book", "taken_of", "takes_place", "to_tell", "touched_by_closures", "turn", "waiting_in", "waiting_of",
    "with_seats",
]  # fmt: skip
