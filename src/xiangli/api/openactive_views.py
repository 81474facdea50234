"""The OpenActive feeds of a county, page after page, and the page that says where they are."""

import json
from collections.abc import Callable
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from xiangli.api import openactive
from xiangli.api.changes import milliseconds, settled
from xiangli.api.openactive import World
from xiangli.api.rpde import PAGE, Batch, Cursor, Item, page
from xiangli.bookings.choices import BOOK_AHEAD_DAYS, OCCURRENCE_DAYS
from xiangli.opening.feeds import feed
from xiangli.places.choices import Level
from xiangli.places.models import Place

RPDE = "application/vnd.openactive.rpde+json; version=1"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
HOLD = 5  # seconds: what happened in the last ones waits, so that no slower write slips in behind a reader
ROOMS = {"spaces__bookable": True, "spaces__office_use": False}
CLASSES = {"activities__isnull": False}
Feed = tuple[str, Callable[[World], list[Batch]], Callable[[World], Callable[[list[Batch]], dict[Batch, list[Item]]]]]

FEEDS: dict[str, Feed] = {
    "facility-uses": (
        "FacilityUse",
        lambda world: openactive.standing(world, spaces__office_use=False),
        openactive.facility_uses,
    ),
    "slots": (
        "FacilityUse/Slot",
        lambda world: openactive.batches(world, BOOK_AHEAD_DAYS, **ROOMS),
        openactive.slots,
    ),
    "session-series": (
        "SessionSeries",
        lambda world: openactive.standing(world, **CLASSES) + openactive.withdrawn(world),
        openactive.session_series,
    ),
    "scheduled-sessions": (
        "ScheduledSession",
        lambda world: openactive.batches(world, OCCURRENCE_DAYS, **CLASSES) + openactive.withdrawn(world),
        openactive.scheduled_sessions,
    ),
}


def _county(slug: str) -> Place:
    place = Place.objects.filter(level=Level.COUNTY, slug=slug).first()
    if place is None:
        raise Http404
    return place


def _cursor(request: HttpRequest) -> Cursor | None:
    """Where the reader stands; None for what is no cursor. Time and id come together or not at all."""
    time, key = request.GET.get("afterTimestamp"), request.GET.get("afterId")
    if time is None and key is None:
        return Cursor()
    if time is None or key is None or not (time.isascii() and time.isdecimal() and len(time) < 18) or len(key) > 60:
        return None
    return Cursor(int(time), key)


@require_GET
def rpde_feed(request: HttpRequest, county: str, name: str) -> HttpResponse:
    """One page of a feed: what changed after the reader's place, oldest first, and where to go on."""
    where = _county(county)
    if name not in FEEDS:
        raise Http404
    cursor = _cursor(request)
    if cursor is None:
        return JsonResponse({"error": "afterTimestamp (a number) and afterId go together"}, status=400)
    kind, batches, items = FEEDS[name]
    now = timezone.now()
    world = World(where, now, timezone.localdate(now), request.build_absolute_uri)
    limit = milliseconds(now - timedelta(seconds=HOLD))

    def make() -> bytes:
        found = page([batch for batch in batches(world) if batch.modified <= limit], cursor, items(world), PAGE)
        last = Cursor(found[-1].modified, found[-1].id) if found else cursor
        here = reverse("rpde_feed", args=[county, name])
        after = f"?afterTimestamp={last.modified}&afterId={last.id}" if last.modified >= 0 else ""
        told = {
            "next": request.build_absolute_uri(f"{here}{after}"),
            "items": [item.told(kind) for item in found],
            "license": LICENCE,
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    if settled(where.pk, now, HOLD):
        return feed(request, where.pk, make, RPDE, max_age=8)
    answer = HttpResponse(make(), content_type=RPDE)  # what was held back will change it without a new event
    answer["Cache-Control"] = "no-store"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_GET
def dataset(request: HttpRequest, county: str) -> HttpResponse:
    """Where the feeds are, as a schema.org Dataset."""
    where = _county(county)
    told = {
        "@context": ["https://schema.org/", "https://openactive.io/"],
        "@type": "Dataset",
        "@id": request.build_absolute_uri(request.path),
        "url": request.build_absolute_uri(request.path),
        "name": f"{where.name}乡里中心的场地和活动",
        "description": "房间和场地可以约的时间，每周的活动。不含任何个人信息。",
        "license": LICENCE,
        "inLanguage": ["zh-Hans"],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": kind.split("/")[-1],
                "additionalType": f"https://openactive.io/{kind.split('/')[-1]}",
                "encodingFormat": RPDE,
                "contentUrl": request.build_absolute_uri(reverse("rpde_feed", args=[county, name])),
            }
            for name, (kind, _, _) in FEEDS.items()
        ],
    }
    return feed(
        request, where.pk, lambda: json.dumps(told, ensure_ascii=False).encode(), "application/ld+json; charset=utf-8"
    )
