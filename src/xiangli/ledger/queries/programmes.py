"""Reads of programmes and meetings."""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from xiangli.accounts.queries import places_of
from xiangli.ledger.choices import Light
from xiangli.ledger.lights import Thresholds, light
from xiangli.ledger.models import LedgerItem, Meeting, Programme, StandardPoint
from xiangli.ledger.rules import READERS
from xiangli.places.models import Place
from xiangli.places.queries import villages
from xiangli.places.scope import under


def meetings_for(user: Any) -> QuerySet[Meeting]:
    """The meetings of this person's places, newest first."""
    mine = [under(place.path, "place__path") for place in places_of(user, *READERS)]
    rows = Meeting.everywhere.filter(reduce(or_, mine, Q(pk__in=[]))).select_related("place", "programme")
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
