"""Who is to be rung because something about their booking has changed, and who is waited for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from xiangli.bookings.choices import FREE, MOST_DAYS_AHEAD, State, Waits
from xiangli.bookings.models import Booking, Call, Waiting
from xiangli.opening.models import Closure
from xiangli.opening.queries import closures_between
from xiangli.places.models import Centre, Place

REMEMBERED = timedelta(days=7)  # after the time itself nobody needs to be told for longer


@dataclass(frozen=True, slots=True)
class Touched:
    """A booking that an announced closure shuts out."""

    booking: Booking
    closure: Closure


def calls_open(centres: Iterable[Centre], now: datetime) -> QuerySet[Call]:
    """Calls still to be made, the nearest time first."""
    rows = Call.everywhere.filter(
        booking__space__centre__in=list(centres), told_at=None, booking__ends__gt=now - REMEMBERED
    )
    return rows.select_related("booking__space__centre__place").order_by("booking__starts", "pk")


def touched_by_closures(centres: Iterable[Centre], now: datetime) -> list[Touched]:
    """Bookings to come, each with the closure announced over it, whose people have not been told.

    Worked out and not written down: a closure withdrawn or changed is right at once. Three queries a county.
    """
    by_county: dict[int, list[Centre]] = {}
    for centre in centres:
        by_county.setdefault(centre.county_id, []).append(centre)
    return [one for some in by_county.values() for one in _touched_in(some[0].county, some, now)]


def _touched_in(county: Place, centres: list[Centre], now: datetime) -> list[Touched]:
    ids = [centre.pk for centre in centres]
    today = timezone.localdate(now)
    closures = list(closures_between(county, ids, today, today + timedelta(days=2 * MOST_DAYS_AHEAD)))
    if not closures:
        return []
    rows = Booking.objects.within(county).filter(space__centre__in=ids, activity=None, draw=None, ends__gt=now)
    rows = rows.exclude(state__in=FREE).select_related("space__centre__place").order_by("starts", "pk")
    told = set(Call.objects.within(county).filter(closure__in=closures).values_list("booking_id", "closure_id"))
    return [
        Touched(row, one)
        for row in rows
        for one in closures
        if one.centre_id == row.space.centre_id
        and one.space_id in (None, row.space_id)
        and row.starts < (one.ends or row.ends)
        and one.starts < row.ends
        and (row.pk, one.pk) not in told
    ]


def waiting_in(centres: Iterable[Centre], now: datetime) -> QuerySet[Waiting]:
    """Wishes at some centres that still wait, by the time they are for and then the oldest first."""
    rows = Waiting.everywhere.filter(space__centre__in=list(centres), state=Waits.WAITING, starts__gt=now)
    return rows.select_related("space__centre__place").order_by("starts", "made_at", "pk")


def find_waiting(centre: Centre, code: str) -> Waiting | None:
    """A wish by its code, at this centre only."""
    rows = Waiting.objects.within(centre.county).filter(space__centre=centre, code=code.strip().upper())
    return rows.select_related("space").first()


def place_in_line(waiting: Waiting) -> int:
    """1 for whoever moves up next: the wishes of this space that meet the same time and are older, and one."""
    rows = Waiting.objects.within(waiting.county).filter(
        space=waiting.space_id, state=Waits.WAITING, starts__lt=waiting.ends, ends__gt=waiting.starts
    )
    older = rows.filter(made_at__lt=waiting.made_at) | rows.filter(made_at=waiting.made_at, pk__lt=waiting.pk)
    return older.count() + 1


def requests_open(centres: Iterable[Centre], now: datetime) -> QuerySet[Booking]:
    """What waits for an answer, the nearest time first."""
    rows = Booking.everywhere.filter(space__centre__in=list(centres), state=State.REQUESTED, draw=None, ends__gt=now)
    return rows.select_related("space__centre__place").order_by("starts", "pk")
