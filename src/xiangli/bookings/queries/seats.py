"""Who signed up to an activity, how many seats are left, and who is still to be told something."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from xiangli.bookings.choices import Channel, SignUpState
from xiangli.bookings.models import Activity, Booking, SignUp, Telling
from xiangli.places.models import Centre


@dataclass(slots=True)
class Taken:
    """Seats taken in one activity: by (date, from the web or not); the date None stands for the whole series."""

    seats: Counter[tuple[int | None, bool]] = field(default_factory=Counter)

    def add(self, date_id: int | None, channel: str, number: int = 1) -> None:
        self.seats[date_id, channel == Channel.WEB] += number

    def at(self, date_id: int | None, *, web: bool = False) -> int:
        """How many sit at a date; for None at the fullest one."""

        def count(key: int | None) -> int:
            return self.seats[key, True] + (0 if web else self.seats[key, False])

        singles = [key for key, _ in self.seats if key is not None]
        single = count(date_id) if date_id is not None else max(map(count, singles), default=0)
        return count(None) + single

    def free(self, activity: Activity, channel: str, date_id: int | None) -> int | None:
        """Seats that somebody of this channel can still take; None where there is no limit."""
        if activity.seats is None:
            return None
        left = activity.seats - self.at(date_id)
        if channel == Channel.WEB:
            left = min(left, activity.seats - activity.kept_counter - self.at(date_id, web=True))
        return max(left, 0)


def taken_of(activity: Activity, now: datetime) -> Taken:
    """The seats taken at dates that are not over."""
    found = Taken()
    rows = SignUp.objects.within(activity.county).filter(activity=activity, state=SignUpState.SEATED)
    rows = rows.filter(Q(date__isnull=True) | Q(over_at__gt=now)).order_by()
    for date_id, channel, number in rows.values_list("date", "channel").annotate(number=Count("pk")):
        found.add(date_id, channel, number)
    return found


def waiting_of(activity: Activity, now: datetime) -> QuerySet[SignUp]:
    """The waiting list, first come first, without those who wait for a date that has begun."""
    rows = SignUp.objects.within(activity.county).filter(activity=activity, state=SignUpState.WAITING)
    return rows.filter(Q(date__isnull=True) | Q(date__starts__gt=now)).order_by("pk")


def turn(sign_up: SignUp, now: datetime) -> int:
    """The place in the waiting list: 1 is the next."""
    before = waiting_of(sign_up.activity, now).filter(pk__lt=sign_up.pk)
    if sign_up.date_id:
        before = before.filter(Q(date=sign_up.date_id) | Q(date__isnull=True))
    return before.count() + 1


def expected_at(activity: Activity, booking: Booking | None) -> QuerySet[SignUp]:
    """Those who have a seat at a date: of the whole series, and of that date."""
    rows = SignUp.objects.within(activity.county).filter(activity=activity, state=SignUpState.SEATED)
    return rows.filter(Q(date__isnull=True) | Q(date=booking)) if booking else rows.filter(date__isnull=True)


def sign_ups_of(activity: Activity, now: datetime) -> QuerySet[SignUp]:
    """Those who are seated or wait, for the series and for dates that are not over."""
    rows = SignUp.objects.within(activity.county).filter(activity=activity)
    rows = rows.filter(state__in=(SignUpState.SEATED, SignUpState.WAITING))
    return rows.filter(Q(date__isnull=True) | Q(over_at__gt=now)).select_related("date").order_by("pk")


def sign_up_by_code(centre: Centre, code: str) -> SignUp:
    """A resident's sign-up by its code, at this centre only; 404 otherwise."""
    rows = SignUp.objects.within(centre.county).filter(activity__centre=centre, code=code.strip().upper())
    found = rows.select_related("activity__space", "activity__centre", "date__space").first()
    if found is None:
        raise Http404
    return found


def to_tell(place: Any, **narrow: Any) -> QuerySet[Telling]:
    """What people who signed up are still to be told, oldest first."""
    rows = Telling.objects.within(place).filter(told_at__isnull=True, **narrow)
    return rows.select_related("sign_up__activity").order_by("pk")
