"""Writes about bookings and activities."""

from xiangli.bookings.services.adopting import Adoption, adopt_plan
from xiangli.bookings.services.booking import KeyReused, approve, book, cancel, move, new_code, note_coming, refuse
from xiangli.bookings.services.checking import BookingRefused
from xiangli.bookings.services.draws import announce_draw, draw_now, enter_draw, withdraw_entry
from xiangli.bookings.services.holding import add_activity, hold_activity_dates, hold_dates
from xiangli.bookings.services.series import book_series, end_series
from xiangli.bookings.services.space_rules import drop_rule, set_rule
from xiangli.bookings.services.telling import tell, tell_of_closure
from xiangli.bookings.services.waiting import give_up, wait

__all__ = [
    "Adoption", "BookingRefused", "KeyReused", "add_activity", "adopt_plan", "announce_draw", "approve", "book",
    "book_series", "cancel", "draw_now", "drop_rule", "end_series", "enter_draw", "give_up", "hold_activity_dates",
    "hold_dates", "move", "new_code", "note_coming", "refuse", "set_rule", "tell", "tell_of_closure", "wait",
    "withdraw_entry",
]  # fmt: skip
