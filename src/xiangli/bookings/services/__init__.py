"""Writes about bookings and activities."""

from xiangli.bookings.services.adopting import Adoption, adopt_plan
from xiangli.bookings.services.attendance import note_attendance
from xiangli.bookings.services.booking import KeyReused, approve, book, cancel, move, new_code, note_coming, refuse
from xiangli.bookings.services.checking import BookingRefused
from xiangli.bookings.services.dates import add_date, cancel_date, move_date
from xiangli.bookings.services.day import note_day
from xiangli.bookings.services.draws import announce_draw, draw_now, enter_draw, withdraw_entry
from xiangli.bookings.services.ending import end_activity
from xiangli.bookings.services.holding import add_activity, hold_activity_dates, hold_dates, new_activity
from xiangli.bookings.services.listing import mark_told
from xiangli.bookings.services.series import book_series, end_series
from xiangli.bookings.services.sign_ups import leave, move_up, sign_up, update_activity
from xiangli.bookings.services.space_rules import drop_rule, set_rule
from xiangli.bookings.services.telling import tell, tell_of_closure
from xiangli.bookings.services.ticking import move_all_up
from xiangli.bookings.services.waiting import give_up, wait

__all__ = [
    "Adoption", "BookingRefused", "KeyReused", "add_activity", "add_date", "adopt_plan", "announce_draw", "approve",
    "book", "book_series", "cancel", "cancel_date", "draw_now", "drop_rule", "end_activity", "end_series",
    "enter_draw", "give_up", "hold_activity_dates", "hold_dates", "leave", "mark_told", "move", "move_all_up",
    "move_date", "move_up", "new_activity", "new_code", "note_attendance", "note_coming", "note_day", "refuse",
    "set_rule", "sign_up", "tell", "tell_of_closure", "update_activity", "wait", "withdraw_entry",
]  # fmt: skip
