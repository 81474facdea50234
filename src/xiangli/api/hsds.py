"""The Human Services Data Specification 3.0 at its own paths, below ``/api/hsds/<county>``. Read only.

Source: the specification's openapi.json (Open Referral).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from xiangli.api import hsds_data as data
from xiangli.api.changes import changed_at
from xiangli.api.identifiers import keys
from xiangli.bookings.models import Activity
from xiangli.opening.door import HORIZON
from xiangli.opening.exports import span_words
from xiangli.opening.feeds import feed
from xiangli.opening.queries import openings
from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place, Service, Space

VERSION = "3.0"
PROFILE = "https://docs.openreferral.org/en/3.0/hsds/"
OPENAPI = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/openapi.json"
PER_PAGE, PER_PAGE_MOST, WHOLE_MOST = 50, 1000, 50
ALERT_DAYS = 15  # a closure is told so far ahead
SINCE = timedelta(days=365)  # changes longer ago are told as of then
Json = dict[str, Any]
Pair = tuple[int, int]  # centre, service


class Asked:
    """The county of an address, and what was asked about it. Raises ``BadQuery`` for what cannot be read."""

    def __init__(self, request: HttpRequest, county: str) -> None:
        place = Place.objects.filter(level=Level.COUNTY, slug=county).first()
        if place is None:
            raise Http404
        self.request, self.county = request, place
        self.now = timezone.now()
        self.page = self._number("page", 1, 10**6)
        self.full, self.minimal = self.flag("full"), self.flag("minimal")
        self.size = self._number("per_page", PER_PAGE, WHOLE_MOST if self.full else PER_PAGE_MOST)
        if request.GET.get("format", "json") != "json":
            raise BadQuery("format: only json")
        self.search = request.GET.get("search", "")[:40]

    def _number(self, name: str, default: int, most: int) -> int:
        text = self.request.GET.get(name, str(default))
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
            raise BadQuery(f"{name}: a number from 1 to {most}")
        return int(text)

    def flag(self, name: str) -> bool:
        text = self.request.GET.get(name, "false").lower()
        if text not in ("true", "false", "1", "0"):
            raise BadQuery(f"{name}: true or false")
        return text in ("true", "1")

    def key(self, name: str, kind: str) -> int | None:
        """The first key in an identifier of a query; None where it was not asked for."""
        text = self.request.GET.get(name)
        if text is None:
            return None
        found = keys(kind, text)
        return found[0] if found else -1

    def moment(self, name: str) -> datetime | None:
        text = self.request.GET.get(name)
        if text is None:
            return None
        try:
            found = parse_datetime(text.replace(" ", "+"))
        except ValueError:
            found = None
        if found is None:
            raise BadQuery(f"{name}: a date and time such as 2026-01-31T08:00:00+08:00")
        return found if found.tzinfo else timezone.make_aware(found)

    def url(self, centre: Centre) -> str:
        return self.request.build_absolute_uri(reverse("centre", args=[self.county.slug, centre.slug]))

    def answer(self, make: Any) -> HttpResponse:
        """JSON, or 304; what is wrong with the query is 400 in words."""
        encode = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        return feed(self.request, self.county.pk, lambda: encode(make()).encode(), "application/json")


class BadQuery(ValueError):
    """A query that cannot be read."""


def offered_at(asked: Asked, **narrowed: Any) -> Any:
    """Rooms for residents in which some service of the catalogue may take place."""
    return Space.objects.within(asked.county).filter(office_use=False, supports__isnull=False, **narrowed)


def pairs(asked: Asked) -> list[Pair]:
    """All (centre, service) offered in the county that were asked for, in a lasting order."""
    rows = offered_at(asked)
    if asked.search:
        words = asked.search
        rows = rows.filter(
            Q(supports__name__icontains=words) | Q(supports__description__icontains=words)
            | Q(centre__name__icontains=words)
        )  # fmt: skip
    if (place := asked.key("organization_id", "organization")) is not None:
        rows = rows.filter(centre__place=place)
    if (offered := asked.key("taxonomy_term_id", "taxonomy_term")) is not None:
        rows = rows.filter(supports=offered)
    listed = asked.key("taxonomy_id", "taxonomy")
    if listed is not None and listed != asked.county.pk:
        return []
    found = rows.order_by("centre_id", "supports").values_list("centre_id", "supports").distinct()
    after = asked.moment("modified_after")
    if after is None:
        return list(found)
    changed = _changed(asked, Centre.objects.within(asked.county).select_related("place"))
    return [pair for pair in found if changed[pair[0]] >= after]


def _changed(asked: Asked, centres: Any) -> dict[int, datetime]:
    since = asked.now.replace(hour=0, minute=0, second=0, microsecond=0) - SINCE
    return changed_at(asked.county, centres, since)


def offers(asked: Asked, wanted: Sequence[Pair]) -> list[data.Offer]:
    """The pairs with their rows."""
    centres = _centres(asked).in_bulk({centre for centre, _ in wanted})
    services = Service.objects.within(asked.county).in_bulk({service for _, service in wanted})
    return [data.Offer(centres[centre], services[service]) for centre, service in wanted]


def _centres(asked: Asked) -> Any:
    return Centre.objects.within(asked.county).select_related("place", "county")


def told(asked: Asked, found: Sequence[data.Offer], *, whole: bool) -> list[Json]:
    """Services of a list, or whole with all that hangs on them. A constant number of queries."""
    centres = {offer.centre.pk: offer.centre for offer in found}
    today = timezone.localdate(asked.now)
    read = openings(asked.county, centres, today, HORIZON if whole else ALERT_DAYS)
    changed = _changed(asked, centres.values())
    alerts = {pk: _alert(read.closures.get(pk, ()), today) for pk in centres}
    if not whole:
        return [
            {
                **data.service(one, asked.url(one.centre), changed[one.centre.pk], alerts[one.centre.pk]),
                "organization": data.organization(one.centre, asked.url(one.centre)),
            }
            for one in found
        ]
    rows = Activity.objects.within(asked.county).filter(centre__in=centres)
    running = list(rows.filter(Q(until__isnull=True) | Q(until__gte=today)).order_by("pk"))
    above = _above(asked.county)
    facts = {pk: data.Facts(read.hours(pk), [one for one in running if one.centre_id == pk], above) for pk in centres}
    return [
        data.whole_service(
            one, asked.url(one.centre), changed[one.centre.pk], facts[one.centre.pk], alerts[one.centre.pk]
        )
        for one in found
    ]  # fmt: skip


def _alert(closures: Any, today: date) -> data.Alert:
    """The next announced closure of the whole centre, and whether it takes up all of today."""
    midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - local times, as the engine's
    for space, gone in sorted(closures, key=lambda pair: pair[1].starts):
        if space is None and (gone.ends is None or gone.ends > midnight):
            words = f"{span_words(gone.starts, gone.ends)}关闭：{gone.reason}"
            tomorrow = midnight + timedelta(days=1)
            return data.Alert(words, gone.starts <= midnight and (gone.ends is None or gone.ends >= tomorrow))
    return data.Alert("", closed_today=False)


def _above(county: Place) -> dict[str, Place]:
    ids = [int(part) for part in county.path.strip("/").split("/")]
    return {place.level: place for place in Place.objects.filter(pk__in=ids)}


def cut(asked: Asked, rows: Sequence[Any]) -> Sequence[Any]:
    """The page of rows that was asked for."""
    start = (asked.page - 1) * asked.size
    return rows[start : start + asked.size]
