"""Bookings of spaces."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from xiangli.audit.personal import Retention
from xiangli.bookings.choices import CODE_LENGTH, FREE, MISSED_DAYS, Channel, State
from xiangli.bookings.models.activity import Activity
from xiangli.places.scope import ScopedModel


class Booking(ScopedModel):
    """A space held from ``starts`` to ``ends``: by a resident, by staff on somebody's behalf, or by an activity's date.

    What two of them hold in one space never overlaps (``guards``): their time, and what is kept free around it
    (``held_from``, ``held_until``; None: nothing). No name or number is needed to book.
    """

    PLACE = "space__centre__place"
    PERSONAL = {
        "on_behalf_of": Retention("预约：到时好称呼您", days=30, since="ends"),
        "contact_phone": Retention("预约：有变动时打电话告诉您", days=30, since="ends"),
        "card_number": Retention("预约：凭卡号核对", days=30, since="ends"),
        "request_digest": Retention("预约：同一个请求不算两次", days=30, since="ends"),
        "came": Retention("预约：没来的，下回提醒一句", days=MISSED_DAYS, since="ends"),
    }

    space = models.ForeignKey("places.Space", models.PROTECT, related_name="bookings", verbose_name="空间")
    activity = models.ForeignKey(
        Activity, models.CASCADE, null=True, blank=True, related_name="occurrences", verbose_name="活动"
    )
    starts = models.DateTimeField("开始")
    ends = models.DateTimeField("结束")
    held_from = models.DateTimeField("从几点起留出来布置", null=True, blank=True)
    held_until = models.DateTimeField("收拾到几点", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.CONFIRMED)
    channel = models.CharField("方式", max_length=8, choices=Channel)
    code = models.CharField("预约号", max_length=CODE_LENGTH)
    request_key = models.UUIDField(null=True, blank=True, editable=False)  # the same form sent twice is one booking
    request_digest = models.CharField(max_length=32, blank=True, editable=False)  # what the key was first used for
    series = models.ForeignKey(
        "bookings.BookingSeries",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name="长期预约",
    )
    draw = models.ForeignKey(
        "bookings.Draw", models.PROTECT, null=True, blank=True, related_name="slots", verbose_name="抽签"
    )
    on_behalf_of = models.CharField("称呼", max_length=20, blank=True)
    contact_phone = models.CharField("电话", max_length=20, blank=True)
    card_number = models.CharField("卡号", max_length=20, blank=True)
    people = models.PositiveSmallIntegerField("人数", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )
    made_at = models.DateTimeField("预约时间")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)  # or when it was refused
    cancel_reason = models.CharField("取消原因", max_length=80, blank=True)
    came = models.BooleanField("来了没有", null=True, blank=True)

    class Meta:
        ordering = ["starts", "space"]
        verbose_name = "预约"
        indexes = [
            models.Index(fields=["space", "ends"], name="booking_by_space_and_end"),
            models.Index("space", Coalesce("held_until", "ends"), name="booking_by_space_and_hold"),  # for the guard
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="booking_interval"),
            models.CheckConstraint(
                condition=Q(state__in=FREE, cancelled_at__isnull=False)
                | (~Q(state__in=FREE) & Q(cancelled_at__isnull=True)),
                name="booking_cancelled_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(held_from__isnull=True) | Q(held_from__lte=F("starts")))
                & (Q(held_until__isnull=True) | Q(held_until__gte=F("ends"))),
                name="booking_holds_its_time",
            ),
            models.UniqueConstraint(fields=["county", "code"], condition=~Q(code=""), name="booking_code_in_county"),
            models.UniqueConstraint(
                fields=["county", "request_key"], condition=Q(request_key__isnull=False), name="booking_request_once"
            ),
            models.UniqueConstraint(
                fields=["county", "activity", "starts"],
                condition=Q(activity__isnull=False),
                name="booking_occurrence_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code or str(self.starts)

    @property
    def is_held(self) -> bool:
        return self.state not in FREE

    @property
    def waits_for_answer(self) -> bool:
        return self.state == State.REQUESTED

    @property
    def holds(self) -> tuple[datetime, datetime]:
        """What nobody else may use: its time with the minutes around it."""
        return self.held_from or self.starts, self.held_until or self.ends
