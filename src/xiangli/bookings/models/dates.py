"""What is out of the ordinary on one date of an activity, and who came to it."""

from django.conf import settings
from django.db import models

from xiangli.bookings.models.booking import Booking
from xiangli.bookings.models.sign_up import SignUp
from xiangli.places.scope import ScopedModel


class DateChange(ScopedModel):
    """A date of an activity that was moved, to another time or another room, or that was added.

    ``due``: when the rhythm had it, None for one that was added. Where a date went to another time, a cancelled booking
    stays behind at ``due``, so that the rhythm does not hold the space for it anew. A date that is only cancelled needs
    no row here: its booking says so.
    """

    PLACE = "booking__space__centre__place"

    booking = models.OneToOneField(Booking, models.CASCADE, related_name="change", verbose_name="场次")
    due = models.DateTimeField("原来的时间", null=True, blank=True)
    reason = models.CharField("原因", max_length=80, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办")
    at = models.DateTimeField("改动时间")

    class Meta:
        verbose_name = "改期"

    def __str__(self) -> str:
        return f"{self.booking}"


class Attendance(ScopedModel):
    """That those who came to one date were counted: the ticked (``Came``) and the number of those not on the list."""

    PLACE = "date__space__centre__place"

    date = models.OneToOneField(Booking, models.PROTECT, related_name="attendance", verbose_name="场次")
    unlisted = models.PositiveSmallIntegerField("没报名来的", default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="记录人"
    )
    at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "到场"

    def __str__(self) -> str:
        return f"{self.date}"


class Came(ScopedModel):
    """Somebody on the list who came."""

    PLACE = "attendance__date__space__centre__place"

    attendance = models.ForeignKey(Attendance, models.CASCADE, related_name="came", verbose_name="到场")
    sign_up = models.ForeignKey(SignUp, models.CASCADE, related_name="came", verbose_name="报名")

    class Meta:
        verbose_name = "到场的人"
        constraints = [models.UniqueConstraint(fields=["county", "attendance", "sign_up"], name="came_once")]

    def __str__(self) -> str:
        return f"{self.sign_up}"
