"""The same hours every week for a while, made by staff: each date is held, or listed with the reason why not."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.choices import FREE, SERIES_WEEKS
from xiangli.bookings.models import Booking, BookingSeries
from xiangli.bookings.queries import at_minute
from xiangli.bookings.queries.space_rules import rule_of
from xiangli.bookings.services.asking import Person, as_kept
from xiangli.bookings.services.booking import cancel, hold, new_code, refusing_overlaps
from xiangli.bookings.services.checking import BookingRefused, check_open, check_wish
from xiangli.bookings.services.holding import lock_spaces
from xiangli.bookings.services.waiting import move_up
from xiangli.core.errors import UserError
from xiangli.places.models import Space

LONGEST = timedelta(weeks=SERIES_WEEKS)


@transaction.atomic
def book_series(
    *,
    by: Any,
    space: Space,
    since: date,
    until: date,
    start: int,
    minutes: int,
    channel: str,
    now: datetime,
    left_out: Iterable[date] = (),
    people: int | None = None,
    **who: Unpack[Person],
) -> BookingSeries:
    """Book a space every week from ``since`` to ``until`` at ``start`` minutes after midnight.

    A date that cannot be had is left out and listed in ``impossible`` with its reason; quotas do not apply. Raises
    UserError when the series is longer than half a year, or when none of its dates can be had.
    """
    if until < since:
        raise UserError("结束的日子要不早于开始的日子")
    if until - since > LONGEST:
        raise UserError(f"一次最多排 {SERIES_WEEKS} 周（半年）。要长年固定用，请加成每周的活动")
    skipped = set(left_out)
    rule = rule_of(space)
    person = as_kept(**who)
    lock_spaces([space.pk])
    series = BookingSeries.everywhere.create(
        county_id=space.county_id, space=space, since=since, until=until, start=start, minutes=minutes,
        left_out=sorted(map(str, skipped)), made_by=by if getattr(by, "is_authenticated", False) else None, made_at=now,
    )  # fmt: skip
    held = 0
    for week in range((until - since).days // 7 + 1):
        day = since + timedelta(weeks=week)
        if day in skipped:
            continue
        starts = at_minute(day, start)
        ends = starts + timedelta(minutes=minutes)
        move_up(space=space, starts=starts, ends=ends, now=now, rule=rule)
        try:
            with refusing_overlaps(space, starts, ends, now):
                check_wish(space, rule, starts, ends, now, people, days_ahead=2 * 7 * SERIES_WEEKS)
                check_open(space, starts, ends, now)
                hold(
                    by=by, space=space, rule=rule, starts=starts, ends=ends, now=now, channel=channel, code=new_code(),
                    people=people, series=series, made_by=series.made_by, **person,
                )  # fmt: skip
                held += 1
        except BookingRefused as refused:
            series.impossible.append([str(day), str(refused)])
    if not held:
        reason = series.impossible[0][1] if series.impossible else "每一天都去掉了"
        raise UserError(f"一天也约不上：{reason}")
    series.save(update_fields=["impossible"])
    record("bookings.series", series, by=by, place=space.centre.place, at=now, held=held)
    return series


@transaction.atomic
def end_series(*, by: Any, series: BookingSeries, now: datetime, reason: str = "") -> int:
    """Give back all dates of a series that are still to come. Returns how many there were."""
    rows = Booking.objects.within(series.county).filter(series=series, starts__gt=now).exclude(state__in=FREE)
    coming = list(rows.select_related("space__centre__place"))
    for row in coming:
        cancel(by=by, booking=row, now=now, reason=reason)
    record("bookings.series_ended", series, by=by, place=series.space.centre.place, at=now, dates=len(coming))
    return len(coming)
