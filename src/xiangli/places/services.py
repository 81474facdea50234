"""Writes about places. Each takes ``by=`` and records its event."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place, Service, Space

WIDEST_FIRST = list(Level.values)


@transaction.atomic
def add_place(*, by: Any, level: str, name: str, slug: str, parent: Place | None = None, **fields: Any) -> Place:
    """Add a division below ``parent``. Raises ValueError when the parent is not of a wider level."""
    if parent and WIDEST_FIRST.index(parent.level) >= WIDEST_FIRST.index(level):
        raise ValueError(f"{parent.name}（{parent.get_level_display()}）不能是{name}的上级")
    place = Place(level=level, name=name, slug=slug, parent=parent, path=f"new/{slug}", **fields)
    place.county = parent.county if parent else None
    if parent and level in (Level.TOWN, Level.VILLAGE, Level.GROUP) and place.county is None:
        raise ValueError(f"{name} 以上没有县（区）")
    place.save()
    place.path = f"{parent.path if parent else '/'}{place.pk}/"
    if level == Level.COUNTY:
        place.county = place
    place.save(update_fields=["path", "county"])
    record("places.added", place, by=by, place=place)
    return place


@transaction.atomic
def save_centre(*, by: Any, centre: Centre) -> Centre:
    """Keep changed facts of a centre."""
    centre.save()
    record("places.centre_changed", centre, by=by)
    return centre


@transaction.atomic
def save_space(*, by: Any, space: Space, supports: Iterable[Service]) -> Space:
    """Add or change a room or court, and which services it can hold."""
    added = space.pk is None
    space.county_id = space.centre.county_id
    space.save()
    space.supports.set(supports)
    record("places.space_added" if added else "places.space_changed", space, by=by, place=space.centre.place)
    return space
