"""Making a booking and giving it back."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
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
    State,
)
from xiangli.bookings.models import Booking
from xiangli.bookings.queries import Slot, alternatives, space_timeline
from xiangli.bookings.services.holding import hold_dates, lock_spaces
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
