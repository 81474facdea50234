"""Reads of programmes and meetings."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from xiangli.ledger.choices import Light
from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import LedgerItem, Meeting, Programme, StandardPoint
from xiangli.ledger.queries.items import here_or_above
from xiangli.places.models import Place
from xiangli.places.queries import villages


def meetings_for(user: Any) -> QuerySet[Meeting]:
    """The meetings of this person's places and of those above them, newest first."""
    rows = Meeting.everywhere.filter(here_or_above(user)).select_related("place", "programme")
    return rows.order_by("-held_on", "-pk")


@dataclass(frozen=True, slots=True)
class Cell:
    """How one village stands with one point: its item and light, or neither."""

    item: LedgerItem | None
    light: Light | None


@dataclass(frozen=True, slots=True)
class StandardTable:
    """Villages against the points of the standard; a point is met where its item is closed."""

    points: list[StandardPoint]
    rows: list[tuple[Place, list[Cell]]]


def standard_table(programme: Programme, limits: Thresholds) -> StandardTable:
    """Three queries, however many villages."""
    points = list(programme.standard.all())
    origins = [f"standard:{point.pk}" for point in points]
    rows = LedgerItem.everywhere.filter(county_id=programme.county_id, origin__in=origins)
    items = {(item.place_id, item.origin): item for item in rows}
    found = []
    for village in villages(programme.place) if points else []:
        here = [items.get((village.pk, origin)) for origin in origins]
        cells = [Cell(item, light(item.state, item.deadline, item.added_on, limits) if item else None) for item in here]
        found.append((village, cells))
    return StandardTable(points, found)
