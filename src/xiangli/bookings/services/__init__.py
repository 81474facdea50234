"""Writes about bookings and activities."""

from xiangli.bookings.services.adopting import Adoption, adopt_plan
from xiangli.bookings.services.making import (
    BookingRefused,
    add_activity,
    book,
    cancel,
    hold_activity_dates,
    hold_dates,
    new_code,
)

__all__ = [
    "Adoption", "BookingRefused", "add_activity", "adopt_plan", "book", "cancel", "hold_activity_dates", "hold_dates",
    "new_code",
]  # fmt: skip
