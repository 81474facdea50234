"""What is known of one day at a centre that no other record says."""

from django.db import models

from xiangli.audit.personal import Retention
from xiangli.places.scope import ScopedModel


class DayNote(ScopedModel):
    """Who opens the door on a day, and the tally by the hour where somebody likes to keep one (``{"9": 4, "10": 7}``).

    The tally is of its own: it counts who passes the door, and is never added to what is counted from bookings.
    """

    PLACE = "centre__place"
    PERSONAL = {"door": Retention("当天谁来开门", days=30, since="noted_at")}

    centre = models.ForeignKey("places.Centre", models.CASCADE, related_name="day_notes", verbose_name="中心")
    day = models.DateField("日期")
    door = models.CharField("谁来开门", max_length=40, blank=True)
    tally = models.JSONField("每小时进门的人", default=dict, blank=True)
    noted_at = models.DateTimeField("记录时间")

    class Meta:
        ordering = ["centre", "day"]
        verbose_name = "当天"
        constraints = [models.UniqueConstraint(fields=["county", "centre", "day"], name="day_note_once")]

    def __str__(self) -> str:
        return f"{self.day}"
