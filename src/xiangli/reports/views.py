"""One dashboard, and the same figures to take away."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiangli.accounts.queries import place_for, places_of
from xiangli.accounts.rules import require
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.places.queries import below
from xiangli.reports import exports, queries
from xiangli.reports.rules import READERS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _place(request: HttpRequest) -> Place:
    """The place asked for among mine, or the widest of mine, with its county."""
    mine = places_of(request.user, *READERS)
    require(bool(mine))
    wanted = request.GET.get("place", "")
    return place_for(request.user, int(wanted), *READERS) if wanted.isdecimal() else mine[0]


def _figures(user: Any, place: Place) -> dict[str, Any]:
    now = timezone.now()
    rows = queries.village_rows(place, timezone.localdate(now)) if place.level != Level.VILLAGE else []
    return {"place": place, "now": now, "groups": queries.groups(user, place, now), "villages": rows}


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of my place; each leads to the list of what it counts."""
    place = _place(request)
    mine = places_of(request.user, *READERS)
    towns = list(below(place, Level.TOWN)) if place.level == Level.COUNTY else []
    context = {
        **_figures(request.user, place),
        "mine": mine if len(mine) > 1 else [],
        "towns": towns,
        "is_mine": place in mine,
    }
    return render(request, "reports/dashboard.html", context)


@login_required
def figures_csv(request: HttpRequest) -> HttpResponse:
    return _file(exports.as_csv(_figures(request.user, _place(request))["groups"]), "text/csv; charset=utf-8", "csv")


@login_required
def figures_xlsx(request: HttpRequest) -> HttpResponse:
    found = _figures(request.user, _place(request))
    content = exports.as_xlsx(found["place"], found["groups"], found["villages"], timezone.localtime(found["now"]))
    return _file(content, XLSX, "xlsx")


def _file(content: bytes, kind: str, suffix: str) -> HttpResponse:
    name = f"xiangli-{timezone.localdate():%Y%m%d}.{suffix}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
