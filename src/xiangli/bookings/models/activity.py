"""Activities that come back every week."""

from django.db import models
from django.db.models import F, Q

from xiangli.bookings.choices import SignUpFor
from xiangli.places.scope import ScopedModel
from xiangli.planning.hours import time_of_day


class Activity(ScopedModel):
    """Something that takes place in a space every week, or every ``every_weeks`` weeks from the week of ``since`` on.

    ``start`` and ``end`` are minutes from midnight.
    """

    PLACE = "centre__place"

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="activities", verbose_name="中心")
    space = models.ForeignKey("places.Space", models.PROTECT, related_name="activities", verbose_name="空间")
    service = models.ForeignKey(
        "places.Service", models.PROTECT, null=True, blank=True, related_name="activities", verbose_name="服务"
    )
    title = models.CharField("名称", max_length=60)
    weekday = models.PositiveSmallIntegerField("星期")  # 0 Monday … 6 Sunday
    start = models.PositiveSmallIntegerField("开始")
    end = models.PositiveSmallIntegerField("结束")
    every_weeks = models.PositiveSmallIntegerField("每几周一次", default=1)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    specialist = models.CharField("由谁来办", max_length=60, blank=True)
    people = models.PositiveSmallIntegerField("人数", null=True, blank=True)
    about = models.CharField("做什么", max_length=200, blank=True)
    materials = models.CharField("要备的东西", max_length=120, blank=True)
    helpers = models.CharField("要请的帮手", max_length=60, blank=True)
    sign_up = models.CharField("怎么报名", max_length=6, choices=SignUpFor, default=SignUpFor.NOTHING, blank=True)
    seats = models.PositiveSmallIntegerField("名额", null=True, blank=True)  # none: as many as come
    kept_counter = models.PositiveSmallIntegerField("留给柜台和电话的名额", default=0)
    plan_activity = models.ForeignKey(
        "planning.PlannedActivity",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name="方案中的安排",
    )

    class Meta:
        ordering = ["centre", "weekday", "start"]
        verbose_name = "活动"
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6, every_weeks__gte=1), name="activity_weekday"),
            models.CheckConstraint(condition=Q(end__gt=F("start"), end__lte=1440), name="activity_minutes"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="activity_dates"),
            models.CheckConstraint(
                condition=Q(kept_counter=0) | Q(kept_counter__lte=F("seats"), seats__isnull=False),
                name="activity_kept_seats",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def rhythm(self) -> str:
        """每周三 14:30–16:30, as the pages write it; once only where it begins and ends on one day."""
        span = f"{time_of_day(self.start)}–{time_of_day(self.end)}"
        if self.since == self.until:
            return f"{self.since:%-m月%-d日} {span}"
        every = {1: "每周", 2: "隔一周的周"}.get(self.every_weeks, f"每 {self.every_weeks} 周的周")
        return f"{every}{'一二三四五六日'[self.weekday]} {span}"
