"""Rooms that stand empty: how long each is used and open, week by week, and what people asked for that would fit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from xiangli.bookings.queries.week import Happening, activities_of, at_minute, bookings_on, programme
from xiangli.opening.hours import DayHours
from xiangli.opening.queries import openings
from xiangli.places.models import Centre, Space
from xiangli.planning.queries import adopted_plan, gaps_of, why_here

WEEKS = 4


@dataclass(slots=True)
class Week:
    """Minutes of one week in which a room was open, and of these in which it was used."""

    monday: date
    open: int = 0
    used: int = 0

    @property
    def words(self) -> str:
        return f"{_hours(self.used)} / {_hours(self.open)}"


@dataclass(frozen=True, slots=True)
class Fit:
    """A published need that a room could serve. ``percent``: of all answers, None where only groups may be named.

    ``why_not``: the plan's own reason why it is not held (often enough), where there is a plan.
    """

    label: str
    percent: int | None
    why_not: str = ""


@dataclass(slots=True)
class RoomUse:
    """A room over the last whole weeks. ``unknown``: days whose hours nobody has announced.

    ``serves``: keys of the services that may take place in an idle room.
    """

    space: Space
    weeks: list[Week]
    unknown: int = 0
    serves: set[str] = field(default_factory=set)
    fits: list[Fit] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Open, and not used at all."""
        return any(week.open for week in self.weeks) and not any(week.used for week in self.weeks)


def _hours(minutes: int) -> str:
    return f"{minutes / 60:g}" if minutes % 60 in (0, 30) else f"{minutes / 60:.1f}"


def room_use(centre: Centre, today: date, weeks: int = WEEKS) -> list[RoomUse]:
    """Each room and court of a centre over the ``weeks`` whole weeks before today's.

    What is held outside the opening hours counts for neither side.
    """
    first = today - timedelta(days=today.weekday() + 7 * weeks)
    days = 7 * weeks
    read = openings(centre.county, [centre.pk], first, days)
    activities = list(activities_of(centre, first, first + timedelta(days=days - 1)))
    held = programme(centre, first, days, activities=activities, bookings=list(bookings_on(centre, first, days)))
    found = []
    for space in Space.objects.within(centre.county).filter(centre=centre, office_use=False):
        row = RoomUse(space, [Week(first + timedelta(weeks=n)) for n in range(weeks)])
        mine = [item for item in held if item.space.pk == space.pk and not item.cancelled]
        for offset, hours in enumerate(read.hours(centre.pk, space.pk)[:days]):
            week = row.weeks[offset // 7]
            if hours.intervals is None:
                row.unknown += 1
                continue
            week.open += sum(end - start for start, end in hours.intervals)
            week.used += _used(mine, hours)
        found.append(row)
    return found


def _used(items: Sequence[Happening], hours: DayHours) -> int:
    """Minutes of a day's opening hours in which something is held."""
    midnight = timezone.localtime(at_minute(hours.day, 0))
    total = 0
    for item in items:
        start, end = (_minute(moment, midnight) for moment in (item.starts, item.ends))
        for opens, closes in hours.intervals or ():
            total += max(0, min(end, closes) - max(start, opens))
    return total


def _minute(moment: datetime, midnight: datetime) -> int:
    return int((moment - midnight).total_seconds() // 60)


def fitting_needs(centre: Centre, rooms: Sequence[RoomUse]) -> None:
    """Write to each idle room which published needs of its village it could serve.

    Only the published list is read, which leaves out what comes from too few people; so are the plan's reasons for
    needs that are not on it.
    """
    idle = [row for row in rooms if row.idle]
    if not idle:
        return
    behind = why_here(centre.place)
    plan = adopted_plan(centre.place)
    spaces = Space.objects.within(centre.county).filter(pk__in=[row.space.pk for row in idle])
    serves: dict[int, set[str]] = {}
    for pk, key in spaces.values_list("pk", "supports__key"):
        serves.setdefault(pk, set()).add(key)
    reasons = {gap.service.key: gap.reason for gap in gaps_of(plan, centre.place)} if plan else {}
    for row in idle:
        row.serves = {key for key in serves[row.space.pk] if key}
        wishes = [wish for wish in (behind.wishes if behind else []) if wish.service in row.serves]
        row.fits = [Fit(wish.label, wish.percent, reasons.get(wish.service, "")) for wish in wishes]
