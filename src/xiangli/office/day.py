"""One day at one centre, for whoever stands behind its counter: everything on one screen, and on one sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from xiangli.bookings.choices import SignUpState
from xiangli.bookings.models import DayNote, SignUp
from xiangli.bookings.queries import (
    Happening,
    activities_of,
    bookings_on,
    calls_open,
    programme,
    to_tell,
    touched_by_closures,
)
from xiangli.canteen.choices import Meal
from xiangli.canteen.models import Canteen
from xiangli.canteen.queries import canteen_of, menu
from xiangli.canteen.queries.meals import orders_on
from xiangli.core.errors import UserError
from xiangli.opening.hours import instant
from xiangli.opening.queries import local, openings
from xiangli.opening.wording import spoken
from xiangli.places.models import Centre
from xiangli.reports.queries.visits import week_visits

RECENT = 4  # names of those who opened the door lately, one tap each
TALLY_HOURS = range(6, 22)
MOST_AN_HOUR = 999
MOST_CALLS = 20  # the rest is on the page of calls


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in one room: how many are expected, where that is known, and whether the door is shut then."""

    item: Happening
    expected: int | None
    shut: bool

    @property
    def off(self) -> bool:
        return self.item.cancelled or self.shut


class DayPage:
    """A day at a centre. Attributes are what the template shows; the number of queries is the same for any day.

    ``told``: what was sent and refused, to be shown again as it was written.
    """

    def __init__(self, centre: Centre, day: date, now: datetime, *, told: Mapping[str, str] | None = None) -> None:
        self.centre, self.day, self.now = centre, day, now
        self.read = openings(centre.county, [centre.pk], day, 2)
        self.hours = self.read.hours(centre.pk)[0]
        self.hours_text = spoken(self.hours.intervals)
        self.lines = self._lines()
        self.people = sum(line.expected or 0 for line in self.lines if not line.off)
        self.meals = self._meals()
        notes = DayNote.objects.within(centre.county).filter(centre=centre, day__lte=day)
        recent = list(notes.filter(day__gt=day - timedelta(days=30)).order_by("-day"))
        self.note = recent[0] if recent and recent[0].day == day else None
        doors = dict.fromkeys(note.door for note in recent if note.door)
        self.recent = [name for name in doors if not self.note or name != self.note.door][:RECENT]
        tally: Mapping[str, int] = self.note.tally if self.note else {}
        kept: Mapping[str, int | str] = {f"h{hour}": number for hour, number in tally.items()}
        written = told if told and "tally" in told else kept
        self.tally = [(hour, written.get(f"h{hour}", "")) for hour in TALLY_HOURS]
        self.tallied = sum(tally.values())
        self.tellings = list(to_tell(centre.county, sign_up__activity__centre=centre))
        self.touched = touched_by_closures([centre], now)
        self.calls = list(calls_open([centre], now)[:MOST_CALLS])
        self.visits = week_visits([centre], day, now)

    def _lines(self) -> list[Line]:
        """What happens in the rooms, by time."""
        activities = list(activities_of(self.centre, self.day, self.day).filter(weekday=self.day.weekday()))
        bookings = list(bookings_on(self.centre, self.day))
        items = programme(self.centre, self.day, 1, activities=activities, bookings=bookings)
        seated = self._seated([item for item in items if item.activity])
        found = []
        for item in items:
            own = item.activity is not None
            expected = seated.get(id(item)) if own else item.booking.people if item.booking else None
            line = self.read.timeline(self.centre.pk, item.space.pk)
            shut = line.open_throughout(instant(local(item.starts)), instant(local(item.ends))) is False
            found.append(Line(item, expected, own and shut))
        return found

    def _seated(self, items: list[Happening]) -> dict[int, int | None]:
        """People expected at each date, by the identity of its item: those with a seat, or as many as usually come."""
        ids = {item.activity.pk for item in items if item.activity}
        rows = SignUp.everywhere.filter(activity__in=ids, state=SignUpState.SEATED)
        dates = [item.booking.pk for item in items if item.booking]
        held = list(rows.filter(Q(date=None) | Q(date__in=dates)).values_list("activity", "date"))
        found: dict[int, int | None] = {}
        for item in items:
            assert item.activity
            pk = item.booking.pk if item.booking else None
            number = sum(1 for a, date_id in held if a == item.activity.pk and date_id in (None, pk))
            found[id(item)] = number if item.activity.sign_up else item.activity.people
        return found

    def _meals(self) -> list[dict[str, Any]]:
        """The meals of the day: what is cooked, how many are ordered, how many of them are carried."""
        canteen: Canteen | None = canteen_of(self.centre)
        if canteen is None:
            return []
        dishes = {row.meal: row.dishes for row in menu(canteen, self.day, 1)}
        orders = list(orders_on(canteen, self.day))
        found = []
        for meal in Meal:
            mine = [one for one in orders if one.meal == meal]
            if meal in dishes or mine:
                found.append({
                    "meal": meal, "dishes": dishes.get(meal, ""), "portions": sum(one.portions for one in mine),
                    "carried": sum(one.portions for one in mine if one.delivered),
                })  # fmt: skip
        return found


def tally_of(posted: Mapping[str, str]) -> dict[int, int]:
    """The tally out of a posted form. Raises UserError for what is no number of people."""
    found = {}
    for hour in TALLY_HOURS:
        text = posted.get(f"h{hour}", "").strip()
        if not text:
            continue
        if not text.isdecimal() or not text.isascii() or int(text) > MOST_AN_HOUR:
            raise UserError(f"{hour} 点那一格要写 0 到 {MOST_AN_HOUR} 的数字")
        found[hour] = int(text)
    return found
