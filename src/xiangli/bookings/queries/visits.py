"""How many people came, counted from what is written down anyway (RULES B4): nobody types a head count twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q

from xiangli.bookings.choices import Channel, SignUpState, State
from xiangli.bookings.models import Attendance, Booking, SignUp
from xiangli.bookings.queries.week import at_minute
from xiangli.places.models import Centre

# Of a booking for an activity: that somebody signed up to it, that somebody was counted
SIGNED = SignUp.everywhere.filter(activity=OuterRef("activity"))
NOTED = Attendance.everywhere.filter(date=OuterRef("pk"))


@dataclass(frozen=True, slots=True)
class Visits:
    """People who came to activities, who used a room they had booked, and who signed up or booked at the counter."""

    activities: int = 0
    rooms: int = 0
    counter: int = 0

    @property
    def total(self) -> int:
        return self.activities + self.rooms + self.counter


def visits(centres: Iterable[Centre], first: date, last: date, now: datetime) -> dict[int, Visits]:
    """Visits to each centre (by id) from one day to another, as far as they are over at ``now``. Five queries.

    A date at which somebody was ticked or counted gives those who came; any other those who had a seat. A booking gives
    its people, or one where it does not say how many, and nothing where nobody came.
    """
    pks = [centre.pk for centre in centres]
    span = (at_minute(first, 0), at_minute(last, 1440))
    somebody = Q(activity__isnull=False) | ~Q(code="")  # a time that is still to be drawn has no code
    held = Booking.everywhere.filter(
        somebody, space__centre__in=pks, starts__range=span, ends__lte=now, state=State.CONFIRMED
    ).exclude(came=False)
    held = held.filter(Q(activity=None) | Exists(SIGNED) | Exists(NOTED))  # most activities are open to all who come
    rows = list(held.values_list("pk", "activity", "people", "starts", "space__centre"))
    came = _came([pk for pk, activity, *_ in rows if activity])
    rest = [row for row in rows if row[1] and row[0] not in came]
    seated = _seated(rest)
    activities: Counter[int] = Counter()
    rooms: Counter[int] = Counter()
    for pk, activity, people, _, centre in rows:
        if activity:
            activities[centre] += came[pk] if pk in came else seated[pk]
        else:
            rooms[centre] += people or 1
    counter: Counter[int] = Counter()
    at_counter = {"channel": Channel.COUNTER, "made_at__range": span}
    for model, path in ((Booking, "space__centre"), (SignUp, "activity__centre")):
        made = model.everywhere.filter(**{f"{path}__in": pks}, **at_counter).order_by()
        counter.update(dict(made.values_list(path).annotate(number=Count("pk"))))
    return {pk: Visits(activities[pk], rooms[pk], counter[pk]) for pk in pks}


def _came(dates: list[int]) -> dict[int, int]:
    """Those who came to the dates (keys of bookings) at which anybody was counted."""
    noted = Attendance.everywhere.filter(date__in=dates).annotate(number=Count("came"))
    return {pk: number + unlisted for pk, number, unlisted in noted.values_list("date", "number", "unlisted")}


def _seated(rows: list[tuple[int, int, int | None, datetime, int]]) -> Counter[int]:
    """Those who had a seat at the other dates: of the whole series when it took place, and of the date itself."""
    found: Counter[int] = Counter()
    dates = {pk: (activity, starts) for pk, activity, _, starts, _ in rows}
    seats = SignUp.everywhere.filter(Q(date__in=dates) | Q(date=None, activity__in={a for a, _ in dates.values()}))
    series: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    rows_of = seats.filter(Q(state=SignUpState.SEATED) | Q(state=SignUpState.LEFT, date=None, seated_at__isnull=False))
    for activity, date_id, seated_at, over_at in rows_of.values_list("activity", "date", "seated_at", "over_at"):
        if date_id:
            found[date_id] += 1
        elif seated_at:
            series[activity].append((seated_at, over_at))
    for pk, (activity, starts) in dates.items():
        found[pk] += sum(1 for since, until in series[activity] if since <= starts and (not until or until > starts))
    return found
