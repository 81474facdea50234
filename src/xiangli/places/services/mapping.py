"""Where the places below a town or county stand on its schematic map."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.choices import Level
from xiangli.places.models import MAP_COLUMNS, MAP_ROWS, Place

ACROSS = 5
"""Places in a row where nobody has said otherwise: as many as a phone shows."""


@transaction.atomic
def put_on_map(*, by: Any, place: Place, cell: tuple[int, int] | None) -> Place | None:
    """Put a place into a cell (column, row; both from 1) of its parent's map, or take it off with None.

    Who stood there gets the cell that this place leaves, if it had one; returned is who had to move. UserError for a
    cell beyond the map or a place that lies below nothing.
    """
    if place.parent_id is None:
        raise UserError(f"{place.name}没有上级，不在示意图上。")
    if cell and not (1 <= cell[0] <= MAP_COLUMNS and 1 <= cell[1] <= MAP_ROWS):
        raise UserError(f"示意图最多 {MAP_COLUMNS} 列、{MAP_ROWS} 行。")
    Place.objects.select_for_update(of=("self",), no_key=True).get(pk=place.parent_id)  # one hand at a map at a time
    place.refresh_from_db(fields=["map_column", "map_row"])
    column, row = cell or (None, None)
    left = {"map_column": place.map_column, "map_row": place.map_row}
    siblings = Place.objects.filter(parent=place.parent_id).exclude(pk=place.pk)
    other = siblings.filter(map_column=column, map_row=row).first() if cell else None
    place.map_column = place.map_row = None
    place.save(update_fields=["map_column", "map_row"])
    if other:
        siblings.filter(pk=other.pk).update(**left)
    place.map_column, place.map_row = column, row
    place.save(update_fields=["map_column", "map_row"])
    record("places.put_on_map", place, by=by, place=place, cell=cell)
    return other


@transaction.atomic
def fill_map(*, by: Any, top: Place) -> int:
    """Put all that lies below ``top`` and is on no cell yet below those that are, in the order of the tree.

    Returns how many; what no longer fits stays off.
    """
    Place.objects.select_for_update(of=("self",), no_key=True).get(pk=top.pk)
    below = Place.objects.filter(parent=top, is_open=True).exclude(level=Level.GROUP)
    first = max((row or 0 for row in below.values_list("map_row", flat=True)), default=0) + 1
    waiting = list(below.filter(map_column=None).order_by("path"))[: ACROSS * (MAP_ROWS - first + 1)]
    for number, place in enumerate(waiting):
        put_on_map(by=by, place=place, cell=(number % ACROSS + 1, first + number // ACROSS))
    return len(waiting)
