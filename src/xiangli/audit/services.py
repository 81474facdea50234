"""Recording events, and removing personal data that is past its retention."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from xiangli.audit.models import Event, PersonalView
from xiangli.audit.personal import Retention


def record(
    verb: str, target: models.Model, *, by: Any, place: Any = None, at: datetime | None = None, **data: Any
) -> Event:
    """Add one event about ``target`` in the caller's transaction.

    ``place`` defaults to the target's own place; its county is stored beside it. ``data`` must be JSON-able and
    hold no personal data: an event outlives the retention of what it speaks of.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of what it records")
    place = place or getattr(target, "place", None)
    return Event.objects.create(
        verb=verb,
        target_type=target._meta.label_lower,
        target_id=target.pk,
        by=by if getattr(by, "is_authenticated", False) else None,
        place=place,
        county_id=getattr(place, "county_id", None) or getattr(target, "county_id", None),
        at=at or timezone.now(),
        data=data,
    )


def record_many(
    verb: str, targets: Iterable[models.Model], *, by: Any, at: datetime, data: Iterable[dict[str, Any]]
) -> None:
    """One event for each of many targets that have their own ``place_id`` and ``county_id``, in few statements."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event belongs into the transaction of what it records")
    author = by if getattr(by, "is_authenticated", False) else None
    rows = [
        Event(
            verb=verb, target_type=target._meta.label_lower, target_id=target.pk, by=author, at=at, data=each,
            place_id=target.place_id, county_id=target.county_id,  # type: ignore[attr-defined]
        )
        for target, each in zip(targets, data, strict=True)
    ]  # fmt: skip
    Event.objects.bulk_create(rows, batch_size=500)


def looked(*, by: Any, place: Any, page: str, shown: str, at: datetime, target_id: int = 0) -> bool:
    """Note that ``by`` opened a page with personal data. True when it is the first time today; then a row was added."""
    key = {"by": by, "day": timezone.localdate(at), "page": page, "target_id": target_id}
    if PersonalView.objects.filter(**key).exists():
        return False
    row = PersonalView(**key, place=place, county_id=getattr(place, "county_id", None), at=at, shown=shown)
    PersonalView.objects.bulk_create([row], ignore_conflicts=True)  # two windows may open the page at once
    return True


def personal_fields() -> Iterable[tuple[type[models.Model], str, Retention]]:
    """Every field that holds personal data, with its purpose and retention, as the models declare them."""
    for model in apps.get_models():
        for name, retention in getattr(model, "PERSONAL", {}).items():
            yield model, name, retention


def purge(*, now: datetime) -> dict[str, int]:
    """Blank every personal field that is past its retention. Returns the rows touched by ``app.model.field``."""
    touched = {}
    for model, name, retention in personal_fields():
        field: Any = model._meta.get_field(name)
        blank = None if field.null else field.get_default() if field.has_default() else ""
        past = {f"{retention.since}__lt": now - timedelta(days=retention.days)}
        rows = model._default_manager.filter(**past).exclude(**{name: blank})
        touched[f"{model._meta.label_lower}.{name}"] = rows.update(**{name: blank})
    return touched
