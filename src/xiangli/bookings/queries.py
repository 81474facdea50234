"""Reads of activities and bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from xiangli.bookings.choices import DAYTIME, SLOT_MINUTES, State
from xiangli.bookings.models import Activity, Booking
from xiangli.opening.hours import Timeline, instant, starts_within
from xiangli.opening.queries import local, openings
from xiangli.places.models import Centre, Space


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in a space that may be free. Times are aware."""

    space: Space
    starts: datetime
    ends: datetime
    free: bool = True

    @property
    def minutes(self) -> int:
        return int((self.ends - self.starts).total_seconds() // 60)


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
                gave_way = any(b.starts < ends and starts < b.ends for b in residents.get(one.space_id, ()))
                cancelled = gave_way or (one.pk, starts) in off
                found.append(Happening(starts, ends, one.title, one.space, one, cancelled))
    for booking in (one for held in residents.values() for one in held):
        starts, ends = timezone.localtime(booking.starts), timezone.localtime(booking.ends)
        found.append(Happening(starts, ends, "已有预约", booking.space, None))
    return sorted(found, key=lambda item: (item.starts, item.space.name, item.title))


def bookable_spaces(centre: Centre) -> QuerySet[Space]:
    return Space.objects.within(centre.county).filter(centre=centre, bookable=True, office_use=False)


def slots(space: Space, day: date, now: datetime, *, length: int = SLOT_MINUTES, daytime: bool = True) -> list[Slot]:
    """The slots of a day that lie in the space's opening hours and are still to come, each free or taken.

    An empty list: nothing is open then, or the hours are not known yet.
    """
    read = openings(space.centre.county, [space.centre_id], day, 1)
    (hours,) = read.hours(space.centre_id, space.pk)
    return _slots_in(space, day, hours.intervals or (), now, _taken(space, day, day), length, daytime)


def _taken(space: Space, first: date, last: date) -> list[tuple[datetime, datetime]]:
    """Stretches in which a space is taken: by bookings, and by activities whose dates are not written down yet."""
    start, end = at_minute(first, 0), at_minute(last + timedelta(days=1), 0)
    rows = list(Booking.objects.within(space.county).filter(space=space, starts__lt=end, ends__gt=start))
    written = {(row.activity_id, row.starts) for row in rows if row.activity_id}
    taken = [(row.starts, row.ends) for row in rows if row.is_held]
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    for one in activities_of(space.centre, first, last).filter(space=space):
        for day in days:
            starts = at_minute(day, one.start)
            if takes_place(one, day) and (one.pk, starts) not in written:
                taken.append((starts, at_minute(day, one.end)))
    return taken


def _slots_in(
    space: Space,
    day: date,
    intervals: tuple[tuple[int, int], ...],
    now: datetime,
    taken: list[tuple[datetime, datetime]],
    length: int,
    daytime: bool,
) -> list[Slot]:
    found = []
    for minute in starts_within(intervals, length, SLOT_MINUTES):
        if daytime and not DAYTIME[0] <= minute <= DAYTIME[1] - length:
            continue
        starts, ends = at_minute(day, minute), at_minute(day, minute + length)
        if starts > now:
            free = not any(a < ends and starts < b for a, b in taken)
            found.append(Slot(space, starts, ends, free))
    return found


def alternatives(space: Space, starts: datetime, ends: datetime, now: datetime, limit: int = 4) -> list[Slot]:
    """Free slots near a wish that cannot be granted: that space that day and after, then like spaces at that time."""
    length = int((ends - starts).total_seconds() // 60)
    day = timezone.localdate(max(starts, now))
    read = openings(space.centre.county, [space.centre_id], day, 3)
    taken = _taken(space, day, day + timedelta(days=2))
    near = [
        slot
        for hours in read.hours(space.centre_id, space.pk)
        for slot in _slots_in(space, hours.day, hours.intervals or (), now, taken, length, True)
        if slot.free
    ]
    near.sort(key=lambda slot: abs(slot.starts - starts))
    keys = set(space.supports.values_list("pk", flat=True))
    others = []
    for other in bookable_spaces(space.centre).filter(supports__in=keys).exclude(pk=space.pk).distinct():
        fits = read.timeline(other.centre_id, other.pk).open_throughout(instant(local(starts)), instant(local(ends)))
        if fits and not any(a < ends and starts < b for a, b in _taken(other, day, day)):
            others.append(Slot(other, starts, ends))
    half = max(1, limit // 2)
    return sorted(near[: limit - min(half, len(others))], key=lambda slot: slot.starts) + others[:half]


def space_timeline(space: Space, starts: datetime, ends: datetime) -> Timeline:
    """The hours of a space on the days that a booking touches."""
    first, last = timezone.localdate(starts), timezone.localdate(ends)
    read = openings(space.centre.county, [space.centre_id], first, (last - first).days + 1)
    return read.timeline(space.centre_id, space.pk)


def booking_by_code(centre: Centre, code: str) -> Booking:
    """A resident's booking by its code, at this centre only; 404 otherwise."""
    rows = (
        Booking.objects.within(centre.county).filter(space__centre=centre, code=code.strip().upper()).exclude(code="")
    )
    found = rows.select_related("space").first()
    if found is None:
        raise Http404
    return found
