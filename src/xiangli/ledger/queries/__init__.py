"""Reads of the ledger."""

from xiangli.ledger.queries.figures import (
    Line,
    Sums,
    added_up,
    figures_of,
    is_fresh,
    lines_below,
    stale_counties,
    thresholds,
    village_lines,
    with_lights,
)
from xiangli.ledger.queries.items import (
    Filters,
    first_overdue,
    for_export,
    heading_place,
    headline,
    item_for,
    items_for,
    items_from_improvements,
    items_of,
    kinds_for,
    limits_for,
    narrowed,
    nearest_first,
    needs_behind,
    open_first,
    programmes_about,
    programmes_for,
    to_decide,
    villages_of_reader,
    works_widely,
)
from xiangli.ledger.queries.programmes import StandardTable, meetings_for, standard_table

__all__ = [
    "Filters", "Line", "StandardTable", "Sums", "added_up", "figures_of", "first_overdue", "for_export",
    "heading_place", "headline",
    "is_fresh", "item_for", "items_for", "items_from_improvements", "items_of", "kinds_for", "limits_for",
    "lines_below", "meetings_for", "narrowed", "nearest_first", "needs_behind", "open_first",
    "programmes_about", "programmes_for",
    "stale_counties", "standard_table", "thresholds", "to_decide", "village_lines", "villages_of_reader", "with_lights",
    "works_widely",
]  # fmt: skip
