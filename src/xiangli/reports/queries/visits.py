"""How many people came to centres in a week, added up over the rooms that know it: nothing is typed (RULES B4)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from xiangli.bookings.queries import at_minute
from xiangli.bookings.queries.visits import visits as visits_of_rooms
from xiangli.canteen.queries.meals import visits as visits_of_canteens
from xiangli.cases.choices import Channel
from xiangli.cases.models import Case
from xiangli.places.models import Centre


@dataclass(frozen=True, slots=True)
class WeekVisits:
    """Visits of one week: to activities, to rooms that were booked, to meals, and to the counter."""

    activities: int = 0
    rooms: int = 0
    meals: int = 0
    counter: int = 0

    @property
    def total(self) -> int:
        return self.activities + self.rooms + self.meals + self.counter


def week_visits(centres: Sequence[Centre], day: date, now: datetime) -> WeekVisits:
    """The visits of the week of ``day`` to these centres together, as far as they are over at ``now``. Seven queries.

    At the counter: messages written down, rooms booked and people signed up there.
    """
    first = day - timedelta(days=day.weekday())
    last = first + timedelta(days=6)
    found = visits_of_rooms(centres, first, last, now)
    sums: Counter[str] = Counter()
    for one in found.values():
        sums.update({"activities": one.activities, "rooms": one.rooms, "counter": one.counter})
    at_counter = Case.everywhere.filter(
        centre__in=list(found), channel=Channel.COUNTER,
        filed_at__range=(at_minute(first, 0), at_minute(last, 1440)),
    )  # fmt: skip
    sums["counter"] += at_counter.aggregate(number=Count("pk"))["number"]
    meals = sum(visits_of_canteens(centres, first, last).values())
    return WeekVisits(sums["activities"], sums["rooms"], meals, sums["counter"])
