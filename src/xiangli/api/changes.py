"""When anything about each centre last changed, from the events that every write records."""

from collections.abc import Iterable
from datetime import datetime

from django.core.cache import caches
from django.db.models import Max, Q
from django.utils import timezone

from xiangli.audit.models import Event
from xiangli.audit.queries import newest_event
from xiangli.places.models import Centre, Place

ABOUT = ("opening.", "bookings.", "places.", "calendar.")  # what feeds speak of; nobody needs to hear of a log-in
KEPT = 3600


def changed_at(county: Place, centres: Iterable[Centre], since: datetime) -> dict[int, datetime]:
    """For each centre when it, its town or its county last changed; ``since`` where that was before.

    One query for each state of the county, whatever their number. ``centres`` come with their places.
    """
    state = f"changed-{county.pk}-{newest_event(county.pk)}-{since:%Y%m%d}"
    newest: dict[int, datetime] | None = caches["pages"].get(state)
    if newest is None:
        told = Q()
        for verb in ABOUT:
            told |= Q(verb__startswith=verb)
        events = Event.objects.filter(told, county=county, at__gte=since).order_by()
        newest = dict(events.values_list("place").annotate(Max("at")))
        caches["pages"].set(state, newest, KEPT)
    found = {}
    for centre in centres:
        above = [int(part) for part in centre.place.path.strip("/").split("/")]
        found[centre.pk] = max((newest[pk] for pk in above if pk in newest), default=since)
    return found


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def settled(county_id: int, now: datetime, hold: float) -> bool:
    """Whether the newest event is old enough that no write with an earlier time can still be on its way."""
    newest = Event.objects.filter(county_id=county_id).order_by("-pk").values_list("at", flat=True).first()
    return newest is None or (now - newest).total_seconds() > hold


def today_midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
