"""Reads about places that are used more than once."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import Http404

from xiangli.places.choices import Level
from xiangli.places.models import Centre, Place, ProtectedName, Space
from xiangli.places.scope import under


def below(place: Place, level: str | None = None) -> QuerySet[Place]:
    """The place and all that lies below it, in the order of the tree; only one level where ``level`` is given."""
    rows = Place.objects.filter(under(place.path), is_open=True)
    return rows.filter(level=level) if level else rows


def villages(place: Place) -> QuerySet[Place]:
    return below(place, Level.VILLAGE)


def centres(place: Place) -> QuerySet[Centre]:
    """The centres of a place, with their villages."""
    return Centre.objects.within(place).select_related("place")


def office_share(spaces: Iterable[Space]) -> float | None:
    """Share of the indoor floor area that is used for offices ("offices small, services large"); None without areas."""
    indoor = [space for space in spaces if not space.outdoors and space.area_m2]
    total = sum(space.area_m2 or 0 for space in indoor)
    return float(sum(space.area_m2 or 0 for space in indoor if space.office_use) / total) if total else None


def centre_at(county_slug: str, slug: str) -> Centre:
    """The centre with this public address, with its village, county and town; 404 when there is none."""
    rows = Centre.everywhere.select_related("place__parent", "county").filter(county__slug=county_slug, slug=slug)
    centre = next(iter(rows.order_by()[:1]), None)
    if centre is None:
        raise Http404
    return centre


def county_at(slug: str) -> Place:
    """The county with this public address; 404 when there is none."""
    county = Place.objects.filter(level=Level.COUNTY, slug=slug).first()
    if county is None:
        raise Http404
    return county


def town_at(county_slug: str, slug: str) -> Place:
    """The town with this public address; 404 when there is none."""
    town = Place.objects.select_related("county").filter(level=Level.TOWN, county__slug=county_slug, slug=slug).first()
    if town is None:
        raise Http404
    return town


def protected_names() -> dict[str, str]:
    """Names for the script converter, text -> how to write it in Traditional: our own list and all villages.

    Names of places are left to the converter's rule for names ("": 台荫 -> 台蔭, 陆村 -> 陸村); our own list has the
    last word.
    """
    names = dict.fromkeys(Place.objects.filter(level__in=["town", "village"]).values_list("name", flat=True), "")
    names |= {row.text: row.traditional or row.text for row in ProtectedName.objects.all()}
    return names
