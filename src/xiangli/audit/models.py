"""Who did what, when and where. Rows are added and never changed: the database itself refuses (see the migrations)."""

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
