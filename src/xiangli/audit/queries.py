"""Reads of events."""

from django.db import models

from xiangli.audit.models import Event


def timeline(target: models.Model) -> models.QuerySet[Event]:
    """The events of one object, oldest first, with the people who caused them."""
    return Event.objects.filter(target_type=target._meta.label_lower, target_id=target.pk).select_related("by")
