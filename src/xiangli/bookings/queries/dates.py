"""The dates of one activity: as its rhythm has them, moved, added, off, or behind a closed door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries.seats import Taken, taken_of
from xiangli.bookings.queries.week import Happening, at_minute, programme
from xiangli.opening.hours import instant
from xiangli.opening.queries import local, openings

MOMENT = "%Y%m%dT%H%M"
SHOWN_DAYS = 28
AHEAD_DAYS = 366  # so far ahead a date may be looked at, moved to or added


@dataclass(frozen=True, slots=True)
class DateRow:
    """One date with what the office needs to know. ``open``: None where the hours are not announced yet.

    ``seated`` counts those of the whole series too; ``web_free``: seats that the web can still take, None: any number.
    """

    item: Happening
    open: bool | None
    seated: int
    web_free: int | None

    @property
    def moment(self) -> str:
        return moment_text(self.item.starts)

    @property
    def is_on(self) -> bool:
        return not self.item.cancelled and self.open is not False


def moment_text(starts: datetime) -> str:
    """How addresses write a moment: 20261130T0900, local."""
    return timezone.localtime(starts).strftime(MOMENT)


def moment_of(text: str) -> datetime:
    """The aware moment of an address; 404 where it is none."""
    try:
        return timezone.make_aware(datetime.strptime(text, MOMENT))  # noqa: DTZ007 - made aware here
    except (ValueError, OverflowError) as error:
        raise Http404 from error


def dates_of(activity: Activity, first: date, days: int) -> list[Happening]:
    """All dates of an activity from ``first`` on, those that are off too, by time. One query."""
    start, end = at_minute(first, 0), at_minute(first + timedelta(days=days), 0)
    own = Q(activity=activity) | Q(activity=None, space=activity.space_id)
    rows = Booking.objects.within(activity.county).filter(own, starts__lt=end, ends__gt=start)
    bookings = list(rows.select_related("space", "change"))
    for row in bookings:
        if row.activity_id:
            row.activity = activity
    found = programme(activity.centre, first, days, activities=[activity], bookings=bookings)
    return [item for item in found if item.activity]


def date_at(activity: Activity, starts: datetime, today: date) -> Happening:
    """The date of an activity that begins at ``starts``; 404 where there is none or it is out of reach."""
    day = timezone.localdate(starts)
    if abs((day - today).days) <= AHEAD_DAYS:
        for item in dates_of(activity, day, 1):
            if item.starts == starts:
                return item
    raise Http404


def date_rows(activity: Activity, first: date, now: datetime, days: int = SHOWN_DAYS) -> list[DateRow]:
    """The dates of an activity with open doors and taken seats."""
    return with_seats(activity, dates_of(activity, first, days), taken_of(activity, now))


def with_seats(activity: Activity, items: Sequence[Happening], taken: Taken) -> list[DateRow]:
    """Dates with whether the door is open then, and how many are seated."""
    if not items:
        return []
    first, last = items[0].starts.date(), items[-1].starts.date()
    read = openings(activity.county, [activity.centre_id], first, (last - first).days + 2)
    lines = {pk: read.timeline(activity.centre_id, pk) for pk in {item.space.pk for item in items}}
    found = []
    for item in items:
        starts, ends = instant(local(item.starts)), instant(local(item.ends))
        date_id = item.booking.pk if item.booking else 0
        free = taken.free(activity, "web", date_id)
        found.append(DateRow(item, lines[item.space.pk].open_throughout(starts, ends), taken.at(date_id), free))
    return found
