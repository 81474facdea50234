"""Writes about bookings and activities."""

from xiangli.bookings.services.adopting import Adoption, adopt_plan
from xiangli.bookings.services.attendance import note_attendance
from xiangli.bookings.services.booking import BookingRefused, book, cancel, new_code
from xiangli.bookings.services.dates import add_date, cancel_date, move_date
from xiangli.bookings.services.day import note_day
from xiangli.bookings.services.ending import end_activity
from xiangli.bookings.services.holding import add_activity, hold_activity_dates, hold_dates, new_activity
from xiangli.bookings.services.listing import list_to_tell, mark_told
from xiangli.bookings.services.sign_ups import leave, move_up, sign_up, update_activity

__all__ = [
    "Adoption", "BookingRefused", "add_activity", "add_date", "adopt_plan", "book", "cancel", "cancel_date",
    "end_activity", "hold_activity_dates", "hold_dates", "leave", "mark_told", "move_date", "move_up", "new_activity",
    "new_code", "note_attendance", "note_day", "sign_up", "update_activity",
]  # fmt: skip
