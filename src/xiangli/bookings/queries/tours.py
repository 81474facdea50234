"""Visits of specialists across the villages of a town: who comes where, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q

from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries.week import ORDINARY, Happening, at_minute, programme
from xiangli.opening.hours import instant
from xiangli.opening.queries import local, openings
from xiangli.places.models import Centre, Place

DAYS = 28


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of a specialist to one village."""

    centre: Centre
    item: Happening
    off: bool


@dataclass(frozen=True, slots=True)
class Tour:
    """All visits of one specialist, by time."""

    specialist: str
    stops: list[Stop]

    @property
    def rounds(self) -> list[list[Stop]]:
        """The visits by what they have in common: village, room, weekday and time of day; by their first date."""
        found: dict[Any, list[Stop]] = {}
        for stop in self.stops:
            item = stop.item
            starts, ends = local(item.starts), local(item.ends)
            key = (stop.centre.pk, item.space.pk, item.title, starts.weekday(), starts.time(), ends.time())
            found.setdefault(key, []).append(stop)
        return list(found.values())


def tours(town: Place, centres: Sequence[Centre], first: date, days: int = DAYS) -> list[Tour]:
    """The specialists that come to these centres of a town, by name, with every visit from ``first`` on."""
    last = first + timedelta(days=days - 1)
    by_centre = {centre.pk: centre for centre in centres}
    rows = Activity.objects.within(town).filter(centre__in=by_centre, since__lte=last).exclude(specialist="")
    activities = list(rows.filter(Q(until__isnull=True) | Q(until__gte=first)).select_related("space"))
    held = Booking.objects.within(town).filter(
        Q(activity__in=activities) | Q(activity=None, space__in={one.space_id for one in activities}),
        starts__lt=at_minute(last, 1440), ends__gt=at_minute(first, 0),
    )  # fmt: skip
    bookings = list(held.exclude(ORDINARY).select_related("space", "activity", "change"))
    read = openings(town.county or town, by_centre, first, days + 1)
    found: dict[str, list[Stop]] = {}
    for pk, centre in by_centre.items():
        mine = [one for one in activities if one.centre_id == pk]
        here = [row for row in bookings if row.space.centre_id == pk]
        lines = {one.space_id: read.timeline(pk, one.space_id) for one in mine}
        for item in programme(centre, first, days, activities=mine, bookings=here):
            if item.activity is None:
                continue
            line = lines.get(item.space.pk) or read.timeline(pk, item.space.pk)
            shut = line.open_throughout(instant(local(item.starts)), instant(local(item.ends))) is False
            found.setdefault(item.activity.specialist, []).append(Stop(centre, item, item.cancelled or shut))
    return [
        Tour(name, sorted(stops, key=lambda stop: (stop.item.starts, stop.centre.pk)))
        for name, stops in sorted(found.items())
    ]
