"""Who did what, when and where, and who looked at personal data. Rows are added and never changed: the database itself
refuses (see the migrations)."""

from django.conf import settings
from django.db import models


class Event(models.Model):
    """One thing that happened to one object. A timeline is the events of its object, oldest first."""

    county = models.ForeignKey("places.Place", models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey("places.Place", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["target_type", "target_id"]), models.Index(fields=["place", "-at"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type}:{self.target_id}"


class PersonalView(models.Model):
    """On this day this person opened a page that shows personal data: one row a day, page and object.

    Not among the events: an event says that something has changed. ``target_id`` is 0 for a list.
    """

    county = models.ForeignKey("places.Place", models.PROTECT, null=True, related_name="+")
    place = models.ForeignKey("places.Place", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=False)
    at = models.DateTimeField("时间")
    day = models.DateField("哪天")
    page = models.CharField("哪一页", max_length=60)
    shown = models.CharField("看了什么", max_length=60)
    target_id = models.BigIntegerField("编号", default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["county", "-at"])]
        constraints = [
            models.UniqueConstraint(fields=["by", "day", "page", "target_id"], name="personalview_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.shown} {self.target_id or ''}".strip()
