"""Writes about bookings and activities."""

from xiangli.bookings.services.adopting import Adoption, adopt_plan
from xiangli.bookings.services.booking import BookingRefused, book, cancel, new_code
from xiangli.bookings.services.holding import add_activity, hold_activity_dates, hold_dates

__all__ = [
    "Adoption", "BookingRefused", "add_activity", "adopt_plan", "book", "cancel", "hold_activity_dates", "hold_dates",
    "new_code",
]  # fmt: skip
