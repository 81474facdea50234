"""A space booked every week for a while."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xiangli.places.scope import ScopedModel


class BookingSeries(ScopedModel):
    """The same hours of a space every week from ``since`` to ``until``, made by staff.

    ``impossible``: the dates that could not be had, with the reason: [["2026-12-01", "那段时间不开放"], …].
    ``left_out``: dates that nobody wanted: ["2026-12-08", …].
    """

    PLACE = "space__centre__place"

    space = models.ForeignKey("places.Space", models.PROTECT, related_name="series", verbose_name="房间")
    since = models.DateField("从哪天起")
    until = models.DateField("到哪天止")
    start = models.PositiveSmallIntegerField("几点开始")  # minutes from midnight
    minutes = models.PositiveSmallIntegerField("用多久")
    left_out = models.JSONField("哪几天不要", default=list, blank=True)
    impossible = models.JSONField("约不上的", default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="经办"
    )
    made_at = models.DateTimeField("什么时候约的")

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "长期预约"
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="series_dates"),
            models.CheckConstraint(condition=Q(start__lt=1440, minutes__gt=0), name="series_minutes"),
        ]

    def __str__(self) -> str:
        return f"{self.space_id} {self.since} {self.until}"
