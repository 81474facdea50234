"""How a space may be booked."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from xiangli.bookings.choices import BOOK_AHEAD_DAYS, MAX_MINUTES, MOST_AROUND, MOST_DAYS_AHEAD
from xiangli.places.scope import ScopedModel


class SpaceRule(ScopedModel):
    """How the spaces of a centre may be booked, or with ``space`` one of them, which then goes by nothing else.

    A centre without a row goes by the defaults, which hold nobody back.
    """

    PLACE = "centre__place"

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="space_rules", verbose_name="中心")
    space = models.ForeignKey(
        "places.Space", models.CASCADE, null=True, blank=True, related_name="space_rules", verbose_name="房间"
    )
    before_minutes = models.PositiveSmallIntegerField("前面留几分钟布置", default=0)
    after_minutes = models.PositiveSmallIntegerField("后面留几分钟收拾", default=0)
    notice_hours = models.PositiveSmallIntegerField("至少提前几小时约", default=0)
    longest_minutes = models.PositiveSmallIntegerField("一次最多几分钟", default=MAX_MINUTES)
    days_ahead = models.PositiveSmallIntegerField("最多约到几天以后", default=BOOK_AHEAD_DAYS)
    most_people = models.PositiveSmallIntegerField("最多几个人", null=True, blank=True)  # None: the space's capacity
    weekly_quota = models.PositiveSmallIntegerField("每人每周最多几次", null=True, blank=True)
    kept_percent = models.PositiveSmallIntegerField("给柜台和电话留百分之几", default=0)
    kept_hours = models.PositiveSmallIntegerField("留到开始前几小时", default=24)
    needs_approval = models.BooleanField("要工作人员同意", default=False)

    class Meta:
        ordering = ["centre", "space"]
        verbose_name = "预约规矩"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "centre"], condition=Q(space__isnull=True), name="spacerule_of_centre"
            ),
            models.UniqueConstraint(
                fields=["county", "space"], condition=Q(space__isnull=False), name="spacerule_of_space"
            ),
            models.CheckConstraint(
                condition=Q(
                    before_minutes__lte=MOST_AROUND,
                    after_minutes__lte=MOST_AROUND,
                    notice_hours__lt=F("days_ahead") * 24,
                ),
                name="spacerule_minutes",
            ),
            models.CheckConstraint(
                condition=Q(longest_minutes__gte=30, longest_minutes__lte=1440, days_ahead__gte=1)
                & Q(days_ahead__lte=MOST_DAYS_AHEAD, kept_percent__lte=100, kept_hours__lte=336),
                name="spacerule_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.centre_id} {self.space_id or ''}"

    def around(self, starts: datetime, ends: datetime) -> tuple[datetime, datetime]:
        """What a booking from ``starts`` to ``ends`` holds with the minutes kept free around it."""
        return starts - timedelta(minutes=self.before_minutes), ends + timedelta(minutes=self.after_minutes)

    @property
    def has_buffers(self) -> bool:
        return bool(self.before_minutes or self.after_minutes)
