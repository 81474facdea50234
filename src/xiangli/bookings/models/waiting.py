"""Wishes for times that are taken, and people who are to be told of a change."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.audit.personal import Retention
from xiangli.bookings.choices import CODE_LENGTH, Channel, Waits, Why
from xiangli.bookings.models.booking import Booking
from xiangli.places.scope import ScopedModel


class Waiting(ScopedModel):
    """A wish for a time that is taken: it becomes a booking by itself when the time is given back, oldest first.

    The booking keeps the wish's ``code``, so that one code serves the resident throughout.
    """

    PLACE = "space__centre__place"
    PERSONAL = {
        "on_behalf_of": Retention("排队：排到时好称呼您", days=30, since="ends"),
        "contact_phone": Retention("排队：排到时打电话告诉您", days=30, since="ends"),
        "card_number": Retention("排队：凭卡号核对", days=30, since="ends"),
    }

    space = models.ForeignKey("places.Space", models.PROTECT, related_name="waiting", verbose_name="房间")
    starts = models.DateTimeField("开始")
    ends = models.DateTimeField("结束")
    state = models.CharField("状态", max_length=8, choices=Waits, default=Waits.WAITING)
    channel = models.CharField("方式", max_length=8, choices=Channel)
    code = models.CharField("预约号", max_length=CODE_LENGTH)
    request_key = models.UUIDField(null=True, blank=True, editable=False)
    on_behalf_of = models.CharField("称呼", max_length=20, blank=True)
    contact_phone = models.CharField("电话", max_length=20, blank=True)
    card_number = models.CharField("卡号", max_length=20, blank=True)
    people = models.PositiveSmallIntegerField("人数", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )
    made_at = models.DateTimeField("什么时候排的")
    settled_at = models.DateTimeField("什么时候排到的", null=True, blank=True)
    booking = models.OneToOneField(
        Booking, models.SET_NULL, null=True, blank=True, related_name="waited", verbose_name="预约"
    )

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = "排队"
        indexes = [
            models.Index(fields=["space", "ends"], condition=Q(state=Waits.WAITING), name="waiting_by_space_and_end")
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="waiting_interval"),
            models.CheckConstraint(
                condition=Q(state=Waits.WAITING, settled_at__isnull=True)
                | (~Q(state=Waits.WAITING) & Q(settled_at__isnull=False)),
                name="waiting_settled_has_time",
            ),
            models.UniqueConstraint(fields=["county", "code"], name="waiting_code_in_county"),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="waiting_request_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Call(ScopedModel):
    """Somebody who has booked is to be told of a change; ``told_at``: that was done.

    For a closure a row stands only once the person has been told: who is to be told is worked out (``queries.calls``).
    """

    PLACE = "booking__space__centre__place"

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="calls", verbose_name="预约")
    why = models.CharField("为什么", max_length=9, choices=Why)
    closure = models.ForeignKey(
        "opening.Closure", models.CASCADE, null=True, blank=True, related_name="+", verbose_name="临时关闭"
    )
    made_at = models.DateTimeField("什么时候记的")
    told_at = models.DateTimeField("什么时候说的", null=True, blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="谁说的"
    )

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = "要打的电话"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "booking", "closure"],
                condition=Q(closure__isnull=False),
                name="call_once_for_a_closure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} {self.why}"
