"""One dashboard, and the same figures to take away."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from xiangli.accounts.choices import Role
from xiangli.accounts.queries import place_for, places_of
from xiangli.accounts.rules import has_any_role, require
from xiangli.core.numbers import whole_number
from xiangli.ledger import queries as ledger
from xiangli.ledger.models import Programme
from xiangli.ledger.services import fresh
from xiangli.places.choices import Level
from xiangli.places.models import Place
from xiangli.reports import exports, queries
from xiangli.reports.rules import READERS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _place(request: HttpRequest) -> Place:
    """The place asked for among mine, or the widest of mine, with its county."""
    mine = places_of(request.user, *READERS)
    require(bool(mine))
    wanted = whole_number(request.GET.get("place", ""))
    return mine[0] if wanted is None else place_for(request.user, wanted, *READERS)


def _figures(request: HttpRequest) -> dict[str, Any]:
    """What the page and its files show: one place, all its figures, or those of one programme."""
    user: Any = request.user
    place = _place(request)
    now = timezone.now()
    today = timezone.localdate(now)
    limits = None
    if place.county:
        limits = fresh(place.county, today)
    programme = _programme(request, place) if limits else None
    found = queries.board(user, place, today, limits, programme.pk if programme else None)
    groups = queries.groups(user, place, now, found.sums, programme.pk if programme else None)
    return {"place": place, "now": now, "board": found, "groups": groups, "programme": programme}


def _programme(request: HttpRequest, place: Place) -> Programme | None:
    wanted = whole_number(request.GET.get("programme", ""))
    return ledger.programmes_about(request.user, place).filter(pk=wanted).first() if wanted else None


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """The figures of my place; each leads to the list of what it counts, each line to the place below."""
    found = _figures(request)
    place = found["place"]
    mine = places_of(request.user, *READERS)
    context = {
        **found,
        "mine": mine if len(mine) > 1 else [],
        "above": queries.above(request.user, place, mine),
        "programmes": [] if place.level in queries.WIDE else ledger.programmes_about(request.user, place)[:20],
        "is_wide": place.level in queries.WIDE,
        "is_village": place.level == Level.VILLAGE,
        "may_map": place.level in (Level.COUNTY, Level.TOWN) and has_any_role(request.user, Role.COUNTY, Role.TOWN),
        "others": found["groups"][2:],  # what stands before them is drawn
        "narrow": urlencode({"place": place.pk} | ({"programme": found["programme"].pk} if found["programme"] else {})),
    }
    return render(request, "reports/dashboard.html", context)


@login_required
def figures_csv(request: HttpRequest) -> HttpResponse:
    return _file(exports.as_csv(_figures(request)["groups"]), "text/csv; charset=utf-8", "csv")


@login_required
def figures_xlsx(request: HttpRequest) -> HttpResponse:
    found = _figures(request)
    now = timezone.localtime(found["now"])
    return _file(exports.as_xlsx(found["place"], found["groups"], found["board"].rows, now), XLSX, "xlsx")


def _file(content: bytes, kind: str, suffix: str) -> HttpResponse:
    name = f"xiangli-{timezone.localdate():%Y%m%d}.{suffix}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
