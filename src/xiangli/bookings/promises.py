"""What a plan for the week must leave alone, told in planning's own terms (``planning.promises``).

A plan is one week that repeats; bookings and closures are of dates. A stretch of a weekday counts as promised if it is
on any date of the weeks that residents can book (``lasting``: on every one). Activities of an earlier plan are no
promise: the new plan replaces them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from xiangli.bookings.choices import BOOK_AHEAD_DAYS, FREE
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute, takes_place
from xiangli.opening.hours import Intervals, merge, subtract
from xiangli.opening.queries import closures_between
from xiangli.places.models import Space
from xiangli.planning.promises import Promise, Promised, Shut

Key = tuple[int, int]  # space, weekday
Pieces = dict[Key, list[tuple[date, int, int]]]


def promised(town: Any, today: date, *, lasting: bool = False) -> Promised:
    """The promises of a town from ``today`` on, in four queries. Those of one space never overlap."""
    days = [today + timedelta(days=offset) for offset in range(BOOK_AHEAD_DAYS + 1)]
    rooms = dict(Space.objects.within(town).filter(office_use=False).values_list("pk", "centre_id"))
    closed, reasons = _closures(town, rooms, days)
    booked = _bookings(rooms, days)
    taken: dict[Key, Intervals] = {}
    promises = list(_activities(town, rooms, days, _covered(closed, days, every=True), taken, lasting=lasting))
    shut: dict[Key, Intervals] = {}
    for key, spans in sorted(_covered(closed, days, every=lasting).items()):
        shut[key] = _without(spans, taken.get(key, ()))
    for key, spans in sorted(_covered(booked, days, every=lasting).items()):
        for start, end in _without(_without(spans, taken.get(key, ())), shut.get(key, ())):
            promises.append(Promise(*key, start, end, "已有预约"))
    closures = [
        Shut(*key, start, end, reasons.get(key[0], "")) for key, spans in shut.items() for start, end in spans
    ]  # fmt: skip
    return Promised(tuple(promises), tuple(closures))


def _activities(
    town: Any, rooms: Mapping[int, int], days: list[date], closed: Mapping[Key, Intervals], taken: dict[Key, Intervals],
    *, lasting: bool,
) -> Iterable[Promise]:  # fmt: skip
    """Activities that people put there by hand. Where two alternate in one space, the later one only keeps its time."""
    rows = Activity.objects.within(town).filter(plan_activity=None, since__lte=days[-1], space__in=list(rooms))
    rows = rows.filter(Q(until__isnull=True) | Q(until__gt=days[-1] if lasting else days[0]))
    for one in rows.select_related("service").order_by("space", "weekday", "start", "pk"):
        key = (one.space_id, one.weekday)
        if not any(takes_place(one, day) for day in days):
            continue
        whole: Intervals = ((one.start, one.end),)
        if _without(whole, closed.get(key, ())) != whole:
            continue  # its room is shut for as long as can be seen
        left = _without(whole, taken.get(key, ()))
        taken[key] = merge([*taken.get(key, ()), *left])
        serves = one.service.key if one.service and one.every_weeks == 1 and left == whole else None
        for start, end in left:
            yield Promise(*key, start, end, one.title, "activity", serves)


def _bookings(rooms: Mapping[int, int], days: list[date]) -> Pieces:
    """Residents' bookings, by space and weekday, and dates of activities by hand that were moved or added."""
    by_hand = Q(activity__plan_activity=None, change__isnull=False)
    rows = Booking.everywhere.filter(
        Q(activity=None) | by_hand, space__in=list(rooms), ends__gt=at_minute(days[0], 0),
        starts__lt=at_minute(days[-1], 1440),
    ).exclude(state__in=FREE)  # fmt: skip
    found: Pieces = defaultdict(list)
    for space, starts, ends in rows.values_list("space", "starts", "ends"):
        _cut(found, space, starts, ends, days)
    return found


def _closures(town: Any, rooms: Mapping[int, int], days: list[date]) -> tuple[Pieces, dict[int, str]]:
    """Announced closures of centres and rooms, and the reason to give for each space."""
    by_centre: dict[int, list[int]] = defaultdict(list)
    for space, centre in rooms.items():
        by_centre[centre].append(space)
    found: Pieces = defaultdict(list)
    reasons: dict[int, str] = {}
    for row in closures_between(town.county or town, by_centre, days[0], days[-1]).order_by("pk"):
        spaces = [row.space_id] if row.space_id else by_centre[row.centre_id]
        for space in spaces:
            if space in rooms:
                reasons[space] = row.reason
                _cut(found, space, row.starts, row.ends, days)
    return found, reasons


def _cut(found: Pieces, space: int, starts: datetime, ends: datetime | None, days: list[date]) -> None:
    """Divide a stretch of time into the days it touches."""
    first = timezone.localtime(starts)
    last = timezone.localtime(ends) if ends else None
    for day in days:
        if day < first.date() or (last and day > last.date()):
            continue
        start = first.hour * 60 + first.minute if day == first.date() else 0
        end = last.hour * 60 + last.minute if last and day == last.date() else 1440
        if start < end:
            found[space, day.weekday()].append((day, start, end))


def _covered(pieces: Pieces, days: list[date], *, every: bool) -> dict[Key, Intervals]:
    """What is covered on any, or on every, date of the weekday among ``days``."""
    found: dict[Key, Intervals] = {}
    for key, stretches in pieces.items():
        if not every:
            found[key] = merge((start, end) for _, start, end in stretches)
            continue
        common: Intervals = ((0, 1440),)
        for day in (one for one in days if one.weekday() == key[1]):
            there = merge((start, end) for date, start, end in stretches if date == day)
            common = _without(common, _without(((0, 1440),), there))
        if common:
            found[key] = common
    return found


def _without(spans: Intervals, others: Iterable[tuple[int, int]]) -> Intervals:
    for start, end in others:
        spans = subtract(spans, start, end)
    return spans
