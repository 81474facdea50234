"""Activities that come back every week."""

from django.db import models
from django.db.models import F, Q

from xiangli.places.scope import ScopedModel


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
        ]

    def __str__(self) -> str:
        return self.title
