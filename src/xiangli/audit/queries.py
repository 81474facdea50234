"""Reads of events."""

from datetime import UTC, datetime
from typing import Any

from django.db import models

from xiangli.audit.models import Event, PersonalView


def newest_event(county_id: int | None) -> int:
    """Number of the newest event in a county: it grows with every write there, and so names a state of the county."""
    return Event.objects.filter(county_id=county_id).order_by("-pk").values_list("pk", flat=True).first() or 0


def newest_moment(county_id: int | None) -> datetime:
    """When anything last happened in a county: no answer about it has changed since."""
    found = Event.objects.filter(county_id=county_id).order_by("-pk").values_list("at", flat=True).first()
    return found or datetime(2000, 1, 1, tzinfo=UTC)


def timeline(target: models.Model) -> models.QuerySet[Event]:
    """The events of one object, oldest first, with the people who caused them."""
    return Event.objects.filter(target_type=target._meta.label_lower, target_id=target.pk).select_related("by")


def personal_views(county: Any) -> models.QuerySet[PersonalView]:
    """Who of a county opened personal data, newest first."""
    return PersonalView.objects.filter(county=county).select_related("by", "place").order_by("-at", "-pk")
