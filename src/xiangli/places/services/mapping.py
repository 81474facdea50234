"""Where the places below a town or county stand on its schematic map."""

from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.core.errors import UserError
from xiangli.places.models import MAP_COLUMNS, MAP_ROWS, Place


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
