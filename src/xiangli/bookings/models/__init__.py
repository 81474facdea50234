"""Activities that come back every week, bookings of spaces, and what belongs to them."""

from xiangli.bookings.models.activity import Activity
from xiangli.bookings.models.booking import Booking
from xiangli.bookings.models.draw import Draw, DrawEntry
from xiangli.bookings.models.series import BookingSeries
from xiangli.bookings.models.space_rule import SpaceRule
from xiangli.bookings.models.waiting import Call, Waiting

__all__ = ["Activity", "Booking", "BookingSeries", "Call", "Draw", "DrawEntry", "SpaceRule", "Waiting"]
