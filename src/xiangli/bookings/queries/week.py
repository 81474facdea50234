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
    """One thing in one space at one time, as the public sees it: no names. Times are aware, in the county's zone.

    Of an activity's date ``reason`` says why it is off or was moved; ``due`` is when the rhythm has it, None for one
    that was added. ``booking`` is the row that was read for it: ordinary dates have one only where all were read.
    """

    starts: datetime
    ends: datetime
    title: str
    space: Space
    activity: Activity | None
    cancelled: bool = False
    reason: str = ""
    due: datetime | None = None
    booking: Booking | None = None

    @property
    def changed(self) -> bool:
        """It takes place, but not when or not where the rhythm has it."""
        return bool(self.activity and not self.cancelled and (self.due != self.starts or self._elsewhere))

    @property
    def _elsewhere(self) -> bool:
        return bool(self.activity and self.activity.space_id != self.space.pk)


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
    return rows.select_related("space", "activity", "change")


def exceptions_on(centre: Centre, first: date, days: int) -> QuerySet[Booking]:
    """What ``programme`` needs of the bookings: all but the dates of activities that are as ever."""
    return bookings_on(centre, first, days).exclude(ORDINARY)


ORDINARY = Q(activity__isnull=False, state=State.CONFIRMED, change__isnull=True)


def programme(
    centre: Centre, first: date, days: int, *, activities: Sequence[Activity], bookings: Sequence[Booking]
) -> list[Happening]:
    """What happens at a centre from ``first`` on, by time: activities, and residents' bookings without names.

    ``activities`` and ``bookings`` are what ``activities_of`` and ``bookings_on`` (or ``exceptions_on``) read: once a
    page. An activity is off where its date is cancelled or a resident had booked the space before; a date that was
    moved stands where it was due as off, and where it went.
    """
    written = {(b.activity_id, b.starts): b for b in bookings if b.activity_id}
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
                row = written.pop((one.pk, starts), None)
                found.append(_due(one, starts, ends, row, residents))
    found += [changed_date(row) for row in written.values() if row.is_held and hasattr(row, "change")]
    for booking in (one for held in residents.values() for one in held):
        starts, ends = timezone.localtime(booking.starts), timezone.localtime(booking.ends)
        found.append(Happening(starts, ends, "已有预约", booking.space, None, booking=booking))
    return sorted(found, key=lambda item: (item.starts, item.space.name, item.title))


def _due(
    activity: Activity, starts: datetime, ends: datetime, row: Booking | None, residents: dict[int, list[Booking]]
) -> Happening:
    """A date where the rhythm has it: as its ``row`` says, or off where a resident had booked before."""
    if row:
        reason = row.cancel_reason or getattr(getattr(row, "change", None), "reason", "")
        return Happening(
            starts, timezone.localtime(row.ends), activity.title, row.space, activity, not row.is_held, reason, starts,
            row,
        )  # fmt: skip
    gave_way = any(b.holds[0] < ends and starts < b.holds[1] for b in residents.get(activity.space_id, ()))
    return Happening(starts, ends, activity.title, activity.space, activity, gave_way, due=starts)


def changed_date(row: Booking) -> Happening:
    """A date that was moved here, or added."""
    starts, ends, change = timezone.localtime(row.starts), timezone.localtime(row.ends), row.change
    due = timezone.localtime(change.due) if change.due else None
    assert row.activity
    return Happening(starts, ends, row.activity.title, row.space, row.activity, False, change.reason, due, row)
