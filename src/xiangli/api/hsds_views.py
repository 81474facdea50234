"""The addresses of the Human Services Data Specification: each reads, builds and answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from xiangli.api import hsds_data as data
from xiangli.api.hsds import (
    OPENAPI,
    PROFILE,
    VERSION,
    Asked,
    BadQuery,
    Json,
    cut,
    offered_at,
    offers,
    pairs,
    told,
)
from xiangli.api.identifiers import keys
from xiangli.places.models import Centre, Service

View = Callable[..., HttpResponse]


def reading(view: Callable[..., HttpResponse]) -> View:
    """A GET that any site may call; what cannot be understood is said, not raised."""

    @require_GET
    @wraps(view)
    def answer(request: HttpRequest, county: str, **rest: Any) -> HttpResponse:
        try:
            return view(Asked(request, county), **rest)
        except BadQuery as error:
            return JsonResponse({"error": str(error)}, status=400)

    return answer


@reading
def root(asked: Asked) -> HttpResponse:
    return asked.answer(lambda: {"version": VERSION, "profile": PROFILE, "openapi_url": OPENAPI})


@reading
def services(asked: Asked) -> HttpResponse:
    asked.moment("modified_after")

    def make() -> Json:
        every = pairs(asked)
        rows = offers(asked, cut(asked, every))
        if asked.minimal:
            lines = [{"id": one["id"], "modified_date": one["last_modified"]} for one in told(asked, rows, whole=False)]
        else:
            lines = told(asked, rows, whole=asked.full)
        return data.page(lines, len(every), asked.page, asked.size)

    return asked.answer(make)


def _pair(asked: Asked, kind: str, text: str) -> tuple[int, int]:
    found = keys(kind, text)
    if found is None or not offered_at(asked, centre=found[0], supports=found[1]).exists():
        raise Http404
    return found


@reading
def one_service(asked: Asked, key: str) -> HttpResponse:
    pair = _pair(asked, "service", key)
    return asked.answer(lambda: told(asked, offers(asked, [pair]), whole=True)[0])


@reading
def service_at_locations(asked: Asked) -> HttpResponse:
    asked.moment("modified_after")

    def make() -> Json:
        every = pairs(asked)
        found = offers(asked, cut(asked, every))
        if asked.full:
            lines = [_turned(one) for one in told(asked, found, whole=True)]
        else:
            plain = told(asked, found, whole=False)
            lines = [
                {
                    "id": data.uid("service_at_location", one.centre.pk, one.service.pk),
                    "service": service,
                    "location": data.location(one.centre, asked.url(one.centre)),
                }
                for one, service in zip(found, plain, strict=True)
            ]
        return data.page(lines, len(every), asked.page, asked.size)

    return asked.answer(make)


def _turned(whole: Json) -> Json:
    """A whole service seen from its place: the service hangs on the service_at_location."""
    (there,) = whole.pop("service_at_locations")
    return {**there, "service": whole}


@reading
def one_service_at_location(asked: Asked, key: str) -> HttpResponse:
    pair = _pair(asked, "service_at_location", key)
    return asked.answer(lambda: _turned(told(asked, offers(asked, [pair]), whole=True)[0]))


def _organizations(asked: Asked) -> Any:
    rows = Centre.objects.within(asked.county).select_related("place", "county").order_by("place__path", "pk")
    return rows.filter(place__name__icontains=asked.search) if asked.search else rows


def _whole_organization(asked: Asked, centres: list[Centre], *, services: bool) -> Json:
    first = centres[0]
    whole = data.organization(first, asked.url(first))
    whole["locations"] = [data.location(centre, asked.url(centre)) for centre in centres]
    if services:
        every = offered_at(asked, centre__in=centres).order_by("centre_id", "supports")
        listed = every.values_list("centre_id", "supports").distinct()
        whole["services"] = told(asked, offers(asked, list(listed)), whole=asked.flag("full_service"))
    return whole


@reading
def organizations(asked: Asked) -> HttpResponse:
    asked.flag("full_service")

    def make() -> Json:
        by_place: dict[int, list[Centre]] = {}
        for centre in _organizations(asked):
            by_place.setdefault(centre.place_id, []).append(centre)
        groups = cut(asked, list(by_place.values()))
        if asked.full:
            lines = [_whole_organization(asked, centres, services=True) for centres in groups]
        else:
            lines = [data.organization(centres[0], asked.url(centres[0])) for centres in groups]
        return data.page(lines, len(by_place), asked.page, asked.size)

    return asked.answer(make)


@reading
def one_organization(asked: Asked, key: str) -> HttpResponse:
    found = keys("organization", key)
    asked.flag("full_service")
    centres = list(_organizations(asked).filter(place=found[0])) if found else []
    if not centres:
        raise Http404
    return asked.answer(lambda: _whole_organization(asked, centres, services=True))


@reading
def taxonomies(asked: Asked) -> HttpResponse:
    rows = [data.taxonomy(asked.county)]
    rows = [row for row in rows if asked.search in row["name"]]
    return asked.answer(lambda: data.page(cut(asked, rows), len(rows), asked.page, asked.size))


@reading
def one_taxonomy(asked: Asked, key: str) -> HttpResponse:
    if keys("taxonomy", key) != (asked.county.pk, 0):
        raise Http404
    return asked.answer(lambda: data.taxonomy(asked.county))


@reading
def taxonomy_terms(asked: Asked) -> HttpResponse:
    rows = Service.objects.within(asked.county).filter(name__icontains=asked.search).order_by("position", "pk")
    listed = asked.key("taxonomy_id", "taxonomy")
    if listed not in (None, asked.county.pk) or "parent_id" in asked.request.GET:
        rows = rows.none()  # no term lies under another

    def make() -> Json:
        every = list(rows)
        lines = (data.term(one, asked.county) for one in cut(asked, every))
        return data.page(lines, len(every), asked.page, asked.size)

    return asked.answer(make)


@reading
def one_taxonomy_term(asked: Asked, key: str) -> HttpResponse:
    found = keys("taxonomy_term", key)
    row = Service.objects.within(asked.county).filter(pk=found[0]).first() if found else None
    if row is None:
        raise Http404
    return asked.answer(lambda: data.term(row, asked.county))
