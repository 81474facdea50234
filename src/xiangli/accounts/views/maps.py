"""The schematic map of a town or county, arranged with two taps: the village, then its cell. No JavaScript needed."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import place_for, places_of
from xiangli.accounts.rules import require
from xiangli.core.errors import UserError
from xiangli.core.numbers import whole_number
from xiangli.places import services
from xiangli.places.choices import Level
from xiangli.places.models import MAP_COLUMNS, MAP_ROWS, Place

KEEPERS = (Role.COUNTY, Role.TOWN)
OFFERED = 5  # columns and, to put somebody, rows that there are at least
CELL = re.compile(r"(\d{1,2})-(\d{1,2})")


def _top(request: HttpRequest) -> Place:
    """The town or county whose map it is: the one asked for among mine, else the widest of mine."""
    mine = [place for place in places_of(request.user, *KEEPERS) if place.county]
    require(bool(mine))
    wanted = whole_number(request.GET.get("place", ""))
    top = mine[0] if wanted is None else place_for(request.user, wanted, *KEEPERS)
    if top.level not in (Level.COUNTY, Level.TOWN):
        raise Http404
    return top


@login_required
def map_page(request: HttpRequest) -> HttpResponse:
    top = _top(request)
    below = list(Place.objects.filter(parent=top, is_open=True).exclude(level=Level.GROUP).order_by("path"))
    moved = request.POST.get("village") or request.GET.get("village", "")
    chosen = next((place for place in below if str(place.pk) == moved), None)
    if request.method == "POST":
        if "fill" in request.POST:
            messages.success(request, f"按次序摆上了 {services.fill_map(by=request.user, top=top)} 处，点一个再挪。")
        elif chosen is None:
            messages.error(request, "请先点要摆的地方。")
        else:
            _put(request, chosen)
        return redirect(f"{reverse('place_map')}?place={top.pk}")
    towns = [place for place in below if place.level == Level.TOWN]
    context = {"top": top, "towns": towns, "chosen": chosen, "rows": _grid(below, grow=chosen is not None),
               "waiting": [place for place in below if not place.map_column]}  # fmt: skip
    return render(request, "accounts/map.html", context)


def _put(request: HttpRequest, place: Place) -> None:
    match = CELL.fullmatch(request.POST.get("cell", ""))
    try:
        other = services.put_on_map(
            by=request.user, place=place, cell=(int(match[1]), int(match[2])) if match else None
        )
    except UserError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"“{place.label}”已摆好。" + (f"“{other.label}”和它换了位置。" if other else ""))


def _grid(below: list[Place], *, grow: bool) -> list[list[dict[str, Any]]]:
    """Rows of cells, each with its place or None; where somebody is to be put, with room beyond the last ones."""
    placed = {(place.map_column, place.map_row): place for place in below if place.map_column}
    wide = max((column or 0 for column, _ in placed), default=0) + grow
    high = max((row or 0 for _, row in placed), default=0) + grow
    return [
        [{"at": f"{column}-{row}", "column": column, "row": row, "place": placed.get((column, row))}
         for column in range(1, min(max(wide, OFFERED), MAP_COLUMNS) + 1)]
        for row in range(1, min(max(high, OFFERED if grow else 1), MAP_ROWS) + 1)
    ]  # fmt: skip
