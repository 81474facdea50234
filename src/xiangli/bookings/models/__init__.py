"""Activities that come back every week, and bookings of spaces."""

from xiangli.bookings.models.activity import Activity
from xiangli.bookings.models.booking import Booking

__all__ = ["Activity", "Booking"]
