"""What can be booked: free slots, alternatives, and the booking behind a code."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from xiangli.bookings.choices import DAYTIME, SLOT_MINUTES
from xiangli.bookings.models import Booking
from xiangli.bookings.queries.week import activities_of, at_minute, takes_place
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
