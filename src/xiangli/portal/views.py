"""The public face: find your centre, see whether its door is open, and what happens behind it."""

from io import BytesIO

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control

from xiangli.audit.services import personal_fields
from xiangli.bookings.queries.tours import tours as tours_of
from xiangli.news.queries import latest
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at, centres, county_at, town_at
from xiangli.portal import pages
from xiangli.portal.remembered import remembered

SHOWN = 60  # up to so many centres the front page lists them all; above, the towns
FOUND = 40


def home(request: HttpRequest) -> HttpResponse:
    """Find your centre, by name or in the list of villages."""
    now = timezone.now()
    asked = request.GET.get("q", "").strip()[:30]
    context: dict[str, object] = {"asked": asked, "missed": False, "towns": [], "groups": []}
    if asked:
        found = pages.search(asked, FOUND)
        if len(found) == 1:
            return redirect("centre", found[0].county.slug, found[0].slug)
        context["groups"] = pages.by_town(pages.centres_with_status(found, now))
        context["missed"] = not found
    every = Centre.everywhere.select_related("place__parent", "county").order_by("place__parent_id", "place_id")
    few = list(every[: SHOWN + 1])
    if len(few) > SHOWN:
        context["towns"] = pages.towns_with_centres()
    elif not context["groups"]:
        context["groups"] = pages.by_town(pages.centres_with_status(few, now))
    return render(request, "portal/home.html", context)


def centre(request: HttpRequest, county: str, slug: str) -> HttpResponse:
    """A centre's page: open now and until when, what is on today, how to book, who answers."""
    where = centre_at(county, slug)

    def make() -> HttpResponse:
        page = pages.CentrePage(where, timezone.now(), request.build_absolute_uri(request.path))
        return render(request, "portal/centre.html", {"page": page, "centre": where})

    return remembered(request, where.place, make)


def village_plan(request: HttpRequest, county: str, slug: str) -> HttpResponse:
    """What the village asked for, what was chosen, what was not and why, in about ten sentences; to be read out too."""
    where = centre_at(county, slug)

    def make() -> HttpResponse:
        return render(request, "portal/plan.html", {"centre": where, **pages.plan_told(where)})

    return remembered(request, where.place, make)


def county(request: HttpRequest, slug: str) -> HttpResponse:
    """The towns of a county, and how many of their doors are open now."""
    where = county_at(slug)

    def make() -> HttpResponse:
        towns = pages.doors_by_town(where, timezone.now())
        context = {
            "county": where,
            "towns": towns,
            "total": sum(row["total"] for row in towns),
            "open": sum(row["open"] for row in towns),
            "stories": latest(where, pages.STORIES),
        }
        return render(request, "portal/county.html", context)

    return remembered(request, where, make)


def town(request: HttpRequest, county: str, slug: str) -> HttpResponse:
    """All centres of a town, open or closed now."""
    where = town_at(county, slug)

    def make() -> HttpResponse:
        every = centres(where).select_related("place", "county").order_by("place_id")
        rows = pages.centres_with_status(every, timezone.now())
        context = {
            "town": where,
            "rows": rows,
            "open": sum(row["status"].open is True for row in rows),
            "stories": latest(where, pages.STORIES),
        }
        return render(request, "portal/town.html", context)

    return remembered(request, where, make)


def tours(request: HttpRequest, county: str, slug: str) -> HttpResponse:
    """Which specialist comes to which village of a town, and when."""
    where = town_at(county, slug)

    def make() -> HttpResponse:
        every = list(centres(where).select_related("place", "county").order_by("place_id"))
        context = {"town": where, "tours": tours_of(where, every, timezone.localdate())}
        return render(request, "portal/tours.html", context)

    return remembered(request, where, make)


@cache_control(public=True, max_age=86400)
def centre_qr(request: HttpRequest, county: str, slug: str) -> HttpResponse:
    """The QR code of a centre's page, for its door."""
    where = centre_at(county, slug)
    code = segno.make(request.build_absolute_uri(f"/c/{county}/{where.slug}/"), error="m")
    picture = BytesIO()
    code.save(picture, kind="svg", scale=4, border=2, light="white")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


def privacy(request: HttpRequest) -> HttpResponse:
    """What personal data we keep, why and for how long: read from the models themselves."""
    kept: dict[str, set[int]] = {}
    for _, _, retention in personal_fields():
        kept.setdefault(retention.purpose, set()).add(retention.days)
    by_days: dict[int, list[str]] = {}
    for purpose, days in sorted(kept.items()):
        by_days.setdefault(max(days), []).append(purpose)
    return render(request, "portal/privacy.html", {"kept": sorted(by_days.items())})
