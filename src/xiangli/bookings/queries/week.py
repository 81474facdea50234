"""What takes place: activities and bookings by the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from xiangli.bookings.choices import State
from xiangli.bookings.models import Activity, Booking
from xiangli.places.models import Centre, Space


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing in one space at one time, as the public sees it: no names. Times are aware, in the county's zone."""

    starts: datetime
    ends: datetime
    title: str
    space: Space
    activity: Activity | None
    cancelled: bool = False


def at_minute(day: date, minute: int) -> datetime:
    """The aware moment ``minute`` minutes after a day's local midnight; 1440 is the next midnight."""
    return timezone.make_aware(datetime(day.year, day.month, day.day) + timedelta(minutes=minute))  # noqa: DTZ001


def takes_place(activity: Activity, day: date) -> bool:
    """True when the activity is due on a day, by weekday, dates and rhythm; single dates may still be cancelled."""
    if day.weekday() != activity.weekday or day < activity.since or (activity.until and day > activity.until):
        return False
    monday = activity.since - timedelta(days=activity.since.weekday())
    return (day - monday).days // 7 % activity.every_weeks == 0


def activities_of(centre: Centre, first: date, last: date) -> QuerySet[Activity]:
    """The activities of a centre that hold at some time between two days."""
    rows = Activity.objects.within(centre.county).filter(centre=centre, since__lte=last)
    return rows.filter(Q(until__isnull=True) | Q(until__gte=first)).select_related("space", "service")


def bookings_on(centre: Centre, first: date, days: int = 1) -> QuerySet[Booking]:
    """All bookings of a centre that touch the days from ``first`` on, cancelled ones too, by time."""
    start, end = at_minute(first, 0), at_minute(first + timedelta(days=days), 0)
    spaces = Space.everywhere.filter(centre=centre).values("pk")  # no join: the index by space and end serves
    rows = Booking.objects.within(centre.county).filter(space__in=spaces, starts__lt=end, ends__gt=start)
    return rows.select_related("space", "activity")


def exceptions_on(centre: Centre, first: date, days: int) -> QuerySet[Booking]:
    """What ``programme`` needs of the bookings: all but the dates at which an activity simply takes place."""
    return bookings_on(centre, first, days).exclude(activity__isnull=False, state=State.CONFIRMED)


def programme(
    centre: Centre, first: date, days: int, *, activities: Sequence[Activity], bookings: Sequence[Booking]
) -> list[Happening]:
    """What happens at a centre from ``first`` on, by time: activities, and residents' bookings without names.

    ``activities`` and ``bookings`` are what ``activities_of`` and ``bookings_on`` (or ``exceptions_on``) read: once a
    page. An activity is off where its date is cancelled or a resident had booked the space before.
    """
    off = {(b.activity_id, b.starts) for b in bookings if b.activity_id and not b.is_held}
    residents: dict[int, list[Booking]] = {}
    for booking in bookings:
        if not booking.activity_id and booking.is_held:
            residents.setdefault(booking.space_id, []).append(booking)
    found = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        midnight = at_minute(day, 0)
        for one in activities:
            if takes_place(one, day):
                starts, ends = midnight + timedelta(minutes=one.start), midnight + timedelta(minutes=one.end)
                gave_way = any(b.holds[0] < ends and starts < b.holds[1] for b in residents.get(one.space_id, ()))
                cancelled = gave_way or (one.pk, starts) in off
                found.append(Happening(starts, ends, one.title, one.space, one, cancelled))
    for booking in (one for held in residents.values() for one in held):
        starts, ends = timezone.localtime(booking.starts), timezone.localtime(booking.ends)
        found.append(Happening(starts, ends, "已有预约", booking.space, None))
    return sorted(found, key=lambda item: (item.starts, item.space.name, item.title))
