"""Rooms that stand empty."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiangli.accounts.choices import WORKERS
from xiangli.accounts.queries import within_places
from xiangli.accounts.rules import has_any_role, require
from xiangli.bookings.queries.idle import fitting_needs, room_use
from xiangli.places.models import Centre


@login_required
def idle_rooms(request: HttpRequest) -> HttpResponse:
    """How long each room of a centre of mine was used, week by week, and what an idle one could be good for."""
    require(has_any_role(request.user, *WORKERS))
    mine = Centre.everywhere.filter(within_places(request.user, "place__", *WORKERS))
    every = list(mine.select_related("place", "county").order_by("place__path")[:200])
    asked = request.GET.get("centre", "")
    centre = next((one for one in every if str(one.pk) == asked), every[0] if every else None)
    rooms = room_use(centre, timezone.localdate()) if centre else []
    if centre:
        fitting_needs(centre, rooms)
    context = {
        "centre": centre, "centres": every if len(every) > 1 else [], "rooms": rooms,
        "weeks": rooms[0].weeks if rooms else [], "unknown": max((row.unknown for row in rooms), default=0),
        "idle": [row for row in rooms if row.idle],
    }  # fmt: skip
    return render(request, "bookings/idle.html", context)
