"""Holding spaces for the dates of activities.

Whatever takes time in a space locks the space first: on PostgreSQL two inserts that exclude each other would wait for
one another until the server ends one of them (one second), and the lock makes them queue instead. The constraint of
``guards`` stands behind it all.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from xiangli.audit.services import record
from xiangli.bookings.choices import MOST_AROUND, OCCURRENCE_DAYS, Channel
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import at_minute, takes_place
from xiangli.core.errors import UserError
from xiangli.places.models import Space

CLASH_DAYS = 56  # two of any rhythm meet within so many days, or never


def lock_spaces(space_ids: Iterable[int]) -> None:
    """Queue up for these spaces, in one order everywhere. On SQLite writers queue anyway."""
    if not connection.features.has_select_for_update:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM places_space WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(space_ids)]
        )


def hold_dates(*, space: Space, first: date, last: date, now: datetime) -> list[Booking]:
    """Write down the dates of the space's activities from ``first`` to ``last`` that are not written yet.

    From then on the database itself keeps bookings off them. Dates that residents had booked before are theirs. The
    caller holds the space's lock.
    """
    due = "space_id = {} AND since <= {} AND (until IS NULL OR until >= {}) ORDER BY id"
    activities = Activity.rows_where(space.county, due, space.pk, last, first)
    return hold_activity_dates(activities=activities, first=first, last=last, now=now)[0]


def hold_activity_dates(
    *, activities: Sequence[Activity], first: date, last: date, now: datetime
) -> tuple[list[Booking], int]:
    """As ``hold_dates``, for activities in any number of spaces; also the number of dates that gave way to bookings."""
    if not activities:
        return [], 0
    there: dict[int, list[Booking]] = {}
    around = MOST_AROUND  # what is kept free around a booking may reach into these days
    within = {"ends__gt": at_minute(first, -around), "starts__lt": at_minute(last, 1440 + around)}
    for row in Booking.everywhere.filter(space__in={one.space_id for one in activities}, **within):
        there.setdefault(row.space_id, []).append(row)
    elsewhere = Booking.everywhere.filter(activity__in=activities, change__isnull=False, **within)
    moved = set(elsewhere.values_list("activity", "starts"))  # to another room, at the time that the rhythm has
    made, displaced = [], 0
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    for one, day in ((one, day) for one in activities for day in days if takes_place(one, day)):
        starts, ends = at_minute(day, one.start), at_minute(day, one.end)
        others = there.setdefault(one.space_id, [])
        if (one.pk, starts) in moved or any(row.activity_id == one.pk and row.starts == starts for row in others):
            continue
        if any(row.is_held and row.holds[0] < ends and starts < row.holds[1] for row in others):
            displaced += 1
            continue
        booking = Booking(
            county_id=one.county_id, space_id=one.space_id, activity=one, starts=starts, ends=ends,
            channel=Channel.PLAN, made_at=now,
        )  # fmt: skip
        others.append(booking)
        made.append(booking)
    return Booking.everywhere.bulk_create(made), displaced


@transaction.atomic
def add_activity(
    *, by: Any, space: Space, title: str, weekday: int, start: int, end: int, since: date, now: datetime, **fields: Any
) -> Activity:
    """Add a weekly activity by hand and hold its space for the weeks within reach."""
    activity = Activity.everywhere.create(
        county_id=space.county_id, centre=space.centre, space=space, title=title, weekday=weekday, start=start, end=end,
        since=since, **fields,
    )  # fmt: skip
    lock_spaces([space.pk])
    hold_activity_dates(activities=[activity], first=since, last=since + timedelta(days=OCCURRENCE_DAYS), now=now)
    record("bookings.activity_added", activity, by=by, place=space.centre.place)
    return activity


def new_activity(
    *, by: Any, space: Space, title: str, weekday: int, start: int, end: int, since: date, now: datetime, **fields: Any
) -> Activity:
    """As ``add_activity``; raises UserError where another activity has the space at that time."""
    lasts = fields.get("until") or since + timedelta(days=CLASH_DAYS)
    wished = Activity(space=space, weekday=weekday, start=start, end=end, since=since, until=lasts)
    wished.every_weeks = fields.get("every_weeks", 1)
    days = [since + timedelta(days=offset) for offset in range(min((lasts - since).days, CLASH_DAYS) + 1)]
    if not any(takes_place(wished, day) for day in days):
        raise UserError("这段日子里没有一天轮得到它：请对一下星期几和起止日期")
    others = Activity.objects.within(space.county).filter(space=space, weekday=weekday, start__lt=end, end__gt=start)
    for other in others.exclude(until__lt=since):
        if any(takes_place(wished, day) and takes_place(other, day) for day in days):
            raise UserError(f"{space.name}那个时间已经有“{other.title}”，请换一个时间或者房间")
    return add_activity(
        by=by, space=space, title=title, weekday=weekday, start=start, end=end, since=since, now=now, **fields
    )
