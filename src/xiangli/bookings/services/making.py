"""Writes about bookings and activities. Each takes ``by=`` and records its event.

Whatever takes time in a space locks the space first: on PostgreSQL two inserts that exclude each other would wait for
one another until the server ends one of them (one second), and the lock makes them queue instead. The constraint of
``guards`` stands behind it all.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings import guards
from xiangli.bookings.choices import (
    ALPHABET,
    BOOK_AHEAD_DAYS,
    CODE_LENGTH,
    MAX_MINUTES,
    OCCURRENCE_DAYS,
    Channel,
    State,
)
from xiangli.bookings.models import Activity, Booking
from xiangli.bookings.queries import Slot, alternatives, at_minute, space_timeline, takes_place
from xiangli.core.errors import UserError
from xiangli.opening.hours import instant
from xiangli.opening.queries import local
from xiangli.places.models import Space


class BookingRefused(UserError):
    """A booking that cannot be made, why, and what could be had instead."""

    def __init__(self, message: str, others: Sequence[Slot] = ()) -> None:
        super().__init__(message)
        self.alternatives = list(others)


def new_code() -> str:
    """A fresh booking code: short enough to be copied by hand, and looked up within one centre only."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def book(
    *,
    by: Any,
    space: Space,
    starts: datetime,
    ends: datetime,
    channel: str,
    now: datetime,
    code: str,
    on_behalf_of: str = "",
    contact_phone: str = "",
    card_number: str = "",
    people: int | None = None,
    request_key: UUID | None = None,
) -> Booking:
    """Hold a space. Raises BookingRefused, with alternatives, when it is closed, taken, past or too far ahead.

    The same ``request_key`` a second time returns the first booking.
    """
    if request_key and (made := Booking.objects.within(space.county).filter(request_key=request_key).first()):
        return made
    _check_wish(space, starts, ends, now)
    person = by if getattr(by, "is_authenticated", False) else None
    fields = {"on_behalf_of": on_behalf_of.strip(), "contact_phone": contact_phone.strip()}
    fields["card_number"] = card_number.strip()
    try:
        with transaction.atomic():
            lock_spaces([space.pk])
            _check_open(space, starts, ends, now)
            hold_dates(space=space, first=timezone.localdate(starts), last=timezone.localdate(ends), now=now)
            booking = Booking.everywhere.create(
                county_id=space.county_id, space=space, starts=starts, ends=ends, channel=channel, code=code,
                people=people, request_key=request_key, made_by=person, made_at=now, **fields,
            )  # fmt: skip
            record("bookings.booked", booking, by=by, place=space.centre.place, at=now, channel=channel)
    except IntegrityError as error:
        if guards.NAME in str(error):
            raise BookingRefused("这段时间刚被约走了", alternatives(space, starts, ends, now)) from error
        if request_key and (made := Booking.objects.within(space.county).filter(request_key=request_key).first()):
            return made
        raise
    return booking


def lock_spaces(space_ids: Iterable[int]) -> None:
    """Queue up for these spaces, in one order everywhere. On SQLite writers queue anyway."""
    list(
        Space.everywhere.select_for_update(no_key=True)
        .filter(pk__in=sorted(space_ids))
        .order_by("pk")
        .values_list("pk")
    )


def _check_wish(space: Space, starts: datetime, ends: datetime, now: datetime) -> None:
    """Refuse what no state of the calendar could allow."""
    minutes = (ends - starts).total_seconds() / 60
    if not space.bookable or space.office_use:
        raise BookingRefused(f"{space.name}不能预约")
    if starts <= now:
        raise BookingRefused(
            "这个时间已经过去了", alternatives(space, now, now + (ends - starts), now) if minutes > 0 else ()
        )
    if not 0 < minutes <= MAX_MINUTES:
        raise BookingRefused(f"一次最多约 {MAX_MINUTES // 60} 小时")
    if timezone.localdate(starts) > timezone.localdate(now) + timedelta(days=BOOK_AHEAD_DAYS):
        raise BookingRefused(f"只能约今后 {BOOK_AHEAD_DAYS} 天以内的时间")


def _check_open(space: Space, starts: datetime, ends: datetime, now: datetime) -> None:
    """Refuse a time at which the space is closed, or may be: hours that are not announced are never assumed."""
    is_open = space_timeline(space, starts, ends).open_throughout(instant(local(starts)), instant(local(ends)))
    if is_open is None:
        raise BookingRefused("那天的开放时间尚未公布，公布以后才能预约", alternatives(space, starts, ends, now))
    if not is_open:
        raise BookingRefused("那段时间不开放", alternatives(space, starts, ends, now))


@transaction.atomic
def cancel(*, by: Any, booking: Booking, now: datetime, reason: str = "") -> Booking:
    """Give the time back. Cancelling twice is cancelling once."""
    row = Booking.everywhere.select_for_update(of=("self",)).select_related("space__centre__place").get(pk=booking.pk)
    if not row.is_held:
        return row
    if row.starts <= now:
        raise UserError("已经开始了，不用取消")
    row.state, row.cancelled_at, row.cancel_reason = State.CANCELLED, now, reason.strip()
    row.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    record("bookings.cancelled", row, by=by, place=row.space.centre.place, at=now)
    return row


def hold_dates(*, space: Space, first: date, last: date, now: datetime) -> list[Booking]:
    """Write down the dates of the space's activities from ``first`` to ``last`` that are not written yet.

    From then on the database itself keeps bookings off them. Dates that residents had booked before are theirs. The
    caller holds the space's lock.
    """
    rows = Activity.objects.within(space.county).filter(space=space, since__lte=last).exclude(until__lt=first)
    return hold_activity_dates(activities=list(rows), first=first, last=last, now=now)[0]


def hold_activity_dates(
    *, activities: Sequence[Activity], first: date, last: date, now: datetime
) -> tuple[list[Booking], int]:
    """As ``hold_dates``, for activities in any number of spaces; also the number of dates that gave way to bookings."""
    if not activities:
        return [], 0
    there: dict[int, list[Booking]] = {}
    rows = Booking.everywhere.filter(
        space__in={one.space_id for one in activities}, ends__gt=at_minute(first, 0), starts__lt=at_minute(last, 1440)
    )
    for row in rows:
        there.setdefault(row.space_id, []).append(row)
    made, displaced = [], 0
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    for one, day in ((one, day) for one in activities for day in days if takes_place(one, day)):
        starts, ends = at_minute(day, one.start), at_minute(day, one.end)
        others = there.setdefault(one.space_id, [])
        if any(row.activity_id == one.pk and row.starts == starts for row in others):
            continue
        if any(row.is_held and row.starts < ends and starts < row.ends for row in others):
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
