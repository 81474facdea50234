"""What can be booked: free slots, alternatives, and the booking behind a code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from xiangli.bookings.choices import DAYTIME, SLOT_MINUTES
from xiangli.bookings.models import Activity, Booking, SpaceRule
from xiangli.bookings.queries.space_rules import rule_of
from xiangli.bookings.queries.week import at_minute, takes_place
from xiangli.opening.hours import Timeline, instant, starts_within
from xiangli.opening.queries import local, openings
from xiangli.places.models import Centre, Place, Space


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
    rows = Space.objects.within(centre.county).filter(centre=centre, bookable=True, office_use=False)
    return rows.order_by("floor", "name")


def spaces_to_book(centre: Centre) -> list[Space]:
    """The same, read at once, each with its centre and county at hand."""
    shown = "centre_id = {} AND bookable AND NOT office_use ORDER BY floor, name"
    found = Space.rows_where(centre.county, shown, centre.pk)
    for one in found:
        one.centre, one.county = centre, centre.county
    return found


def slots(
    space: Space,
    day: date,
    now: datetime,
    *,
    length: int = SLOT_MINUTES,
    daytime: bool = True,
    rule: SpaceRule | None = None,
) -> list[Slot]:
    """The slots of a day that lie in the space's opening hours and can still be booked, each free or taken.

    An empty list: nothing is open then, or the hours are not known yet.
    """
    rule = rule or rule_of(space)
    read = openings(space.centre.county, [space.centre_id], day, 1)
    (hours,) = read.hours(space.centre_id, space.pk)
    return _slots_in(space, day, hours.intervals or (), now, _taken(space, day, day), length, daytime, rule)


def _taken(space: Space, first: date, last: date) -> list[tuple[datetime, datetime]]:
    return held_stretches(space.county, [space], first, last).get(space.pk, [])


def held_stretches(
    county: Place, spaces: Sequence[Space], first: date, last: date
) -> dict[int, list[tuple[datetime, datetime]]]:
    """Space -> stretches in which it is held: by bookings, and by activities whose dates are not written down yet.

    A date that was moved to another room is written down there, and holds its own room no longer.
    """
    start, end = at_minute(first - timedelta(days=1), 0), at_minute(last + timedelta(days=2), 0)  # with what is around
    weekly = Activity.objects.within(county).filter(space__in=spaces, since__lte=last)
    activities = list(weekly.filter(Q(until__isnull=True) | Q(until__gte=first)))
    theirs = Q(space__in=spaces) | Q(activity__in=[one.pk for one in activities])
    rows = list(
        Booking.objects.within(county)
        .filter(theirs, starts__lt=end, ends__gt=start)
        .only("space_id", "activity_id", "starts", "ends", "held_from", "held_until", "state")
    )
    written = {(row.activity_id, row.starts) for row in rows if row.activity_id}
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    for row in rows:
        if row.is_held:
            found.setdefault(row.space_id, []).append(row.holds)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    for one, day in ((one, day) for one in activities for day in days if takes_place(one, day)):
        starts = at_minute(day, one.start)
        if (one.pk, starts) not in written:
            found.setdefault(one.space_id, []).append((starts, at_minute(day, one.end)))
    return found


def _slots_in(
    space: Space,
    day: date,
    intervals: tuple[tuple[int, int], ...],
    now: datetime,
    taken: list[tuple[datetime, datetime]],
    length: int,
    daytime: bool,
    rule: SpaceRule,
) -> list[Slot]:
    found = []
    for minute in starts_within(intervals, length, SLOT_MINUTES):
        if daytime and not DAYTIME[0] <= minute <= DAYTIME[1] - length:
            continue
        starts, ends = at_minute(day, minute), at_minute(day, minute + length)
        if starts > now + timedelta(hours=rule.notice_hours):
            found.append(Slot(space, starts, ends, is_free(rule, starts, ends, taken)))
    return found


def is_free(rule: SpaceRule, starts: datetime, ends: datetime, taken: list[tuple[datetime, datetime]]) -> bool:
    """Whether a stretch, with what the rule keeps free around it, meets nothing that is held."""
    first, last = rule.around(starts, ends)
    return not any(a < last and first < b for a, b in taken)


def slot_is_free(space: Space, rule: SpaceRule, starts: datetime, ends: datetime) -> bool:
    """Whether nothing is held then; hours are not looked at."""
    return is_free(rule, starts, ends, _taken(space, timezone.localdate(starts), timezone.localdate(ends)))


def alternatives(space: Space, starts: datetime, ends: datetime, now: datetime, limit: int = 4) -> list[Slot]:
    """Free slots near a wish that cannot be granted: that space that day and after, then like spaces at that time."""
    rule = rule_of(space)
    length = int((ends - starts).total_seconds() // 60)
    last = timezone.localdate(now) + timedelta(days=rule.days_ahead)
    day = min(timezone.localdate(max(starts, now)), last)
    read = openings(space.centre.county, [space.centre_id], day, 3)
    taken = _taken(space, day, day + timedelta(days=2))
    near = [
        slot
        for hours in read.hours(space.centre_id, space.pk)
        if hours.day <= last
        for slot in _slots_in(space, hours.day, hours.intervals or (), now, taken, length, True, rule)
        if slot.free
    ]
    near.sort(key=lambda slot: abs(slot.starts - starts))
    keys = set(space.supports.values_list("pk", flat=True))
    others = []
    for other in bookable_spaces(space.centre).filter(supports__in=keys).exclude(pk=space.pk).distinct():
        other.centre = space.centre
        fits = read.timeline(other.centre_id, other.pk).open_throughout(instant(local(starts)), instant(local(ends)))
        if fits and _may_offer(rule_of(other), starts, ends, now) and slot_is_free(other, rule_of(other), starts, ends):
            others.append(Slot(other, starts, ends))
    half = max(1, limit // 2)
    return sorted(near[: limit - min(half, len(others))], key=lambda slot: slot.starts) + others[:half]


def _may_offer(rule: SpaceRule, starts: datetime, ends: datetime, now: datetime) -> bool:
    """Whether a rule lets this time be booked at all."""
    soon = now + timedelta(hours=rule.notice_hours)
    return soon < starts and ends - starts <= timedelta(minutes=rule.longest_minutes)


def space_timeline(space: Space, starts: datetime, ends: datetime) -> Timeline:
    """The hours of a space on the days that a booking touches."""
    first, last = timezone.localdate(starts), timezone.localdate(ends)
    read = openings(space.centre.county, [space.centre_id], first, (last - first).days + 1)
    return read.timeline(space.centre_id, space.pk)


def find_booking(centre: Centre, code: str) -> Booking | None:
    """A resident's booking by its code, at this centre only."""
    if not code.strip():
        return None
    rows = Booking.objects.within(centre.county).filter(space__centre=centre, code=code.strip().upper())
    return rows.select_related("space").first()


def booking_by_code(centre: Centre, code: str) -> Booking:
    """As ``find_booking``; 404 where there is none."""
    found = find_booking(centre, code)
    if found is None:
        raise Http404
    return found
