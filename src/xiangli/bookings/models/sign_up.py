"""People who signed up to an activity, and what they are still to be told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from xiangli.audit.personal import Retention
from xiangli.bookings.choices import CODE_LENGTH, Channel, SignUpState
from xiangli.bookings.models.activity import Activity
from xiangli.bookings.models.booking import Booking
from xiangli.places.scope import ScopedModel


class SignUp(ScopedModel):
    """One person's seat, or place in the waiting list, in a whole activity or (``date``) at one date of it.

    The waiting list is in the order of the rows. Never more are seated than there are seats: see ``seat_guards``. No
    name and no number is needed.
    """

    PLACE = "activity__centre__place"
    PERSONAL = {
        "called": Retention("报名：点名、到时招呼您", days=30, since="over_at"),
        "contact_phone": Retention("报名：改期、有位子时打电话告诉您", days=30, since="over_at"),
    }

    activity = models.ForeignKey(Activity, models.PROTECT, related_name="sign_ups", verbose_name="活动")
    date = models.ForeignKey(
        Booking, models.PROTECT, null=True, blank=True, related_name="sign_ups", verbose_name="哪一次"
    )
    state = models.CharField("排到没有", max_length=8, choices=SignUpState)
    channel = models.CharField("方式", max_length=8, choices=Channel)
    code = models.CharField("报名号", max_length=CODE_LENGTH)
    request_key = models.UUIDField(null=True, blank=True, editable=False)  # the same form sent twice is one sign-up
    called = models.CharField("称呼", max_length=20, blank=True)
    contact_phone = models.CharField("电话", max_length=20, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )
    made_at = models.DateTimeField("报名时间")
    seated_at = models.DateTimeField("有位子的时间", null=True, blank=True)
    over_at = models.DateTimeField(
        "用完的时间", null=True, blank=True
    )  # end of the last date, or when it was given back

    class Meta:
        ordering = ["pk"]
        verbose_name = "报名"
        constraints = [
            models.UniqueConstraint(fields=["county", "code"], name="sign_up_code_in_county"),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="sign_up_request_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=SignUpState.SEATED) | Q(seated_at__isnull=False), name="sign_up_seated_has_time"
            ),
            models.CheckConstraint(
                condition=Q(date__isnull=True) | Q(over_at__isnull=False), name="sign_up_date_has_end"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Telling(ScopedModel):
    """One thing that somebody who signed up has to be told: by telephone, or when they look at their sign-up."""

    PLACE = "sign_up__activity__centre__place"

    sign_up = models.ForeignKey(SignUp, models.CASCADE, related_name="tellings", verbose_name="报名")
    text = models.CharField("要说的", max_length=160)
    made_at = models.DateTimeField("记下的时间")
    told_at = models.DateTimeField("告诉的时间", null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="谁告诉的"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = "要告诉的事"
        indexes = [
            models.Index(fields=["sign_up"], condition=Q(told_at__isnull=True), name="telling_not_yet_told"),
        ]

    def __str__(self) -> str:
        return self.text
