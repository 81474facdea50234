"""Activities that come back every week, bookings of spaces, and who signed up to what."""

from xiangli.bookings.models.activity import Activity
from xiangli.bookings.models.booking import Booking
from xiangli.bookings.models.dates import Attendance, Came, DateChange
from xiangli.bookings.models.day import DayNote
from xiangli.bookings.models.sign_up import SignUp, Telling

__all__ = ["Activity", "Attendance", "Booking", "Came", "DateChange", "DayNote", "SignUp", "Telling"]
