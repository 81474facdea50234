"""Activities that come back every week, bookings of spaces, who signed up to what, and what belongs to them."""

from xiangli.bookings.models.activity import Activity
from xiangli.bookings.models.booking import Booking
from xiangli.bookings.models.dates import Attendance, Came, DateChange
from xiangli.bookings.models.day import DayNote
from xiangli.bookings.models.draw import Draw, DrawEntry
from xiangli.bookings.models.series import BookingSeries
from xiangli.bookings.models.sign_up import SignUp, Telling
from xiangli.bookings.models.space_rule import SpaceRule
from xiangli.bookings.models.waiting import Call, Waiting

__all__ = [
    "Activity", "Attendance", "Booking", "BookingSeries", "Call", "Came", "DateChange", "DayNote", "Draw", "DrawEntry",
    "SignUp", "SpaceRule", "Telling", "Waiting",
]  # fmt: skip
