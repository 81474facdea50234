"""Whom to ring when something about their booking has changed, and noting that it was done."""

from datetime import datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.bookings.choices import Why
from xiangli.bookings.models import Booking, Call
from xiangli.opening.models import Closure


def call_about(*, by: Any, booking: Booking, why: Why, now: datetime) -> Call | None:
    """List the person behind a booking for a call. What residents do themselves (``by`` nobody) they know.

    Older calls about the same booking are done with: the newest change says it all.
    """
    if booking.activity_id or not booking.code:
        return None
    if not getattr(by, "is_authenticated", False) and why not in (Why.MOVED_UP, Why.DRAWN):
        return None
    Call.everywhere.filter(booking=booking, told_at=None).delete()
    return Call.everywhere.create(county_id=booking.county_id, booking=booking, why=why, made_at=now)


@transaction.atomic
def tell(*, by: Any, call: Call, now: datetime) -> Call:
    """The person has been told. Ticking twice is ticking once."""
    rows = Call.everywhere.select_for_update(of=("self",)).select_related("booking__space__centre__place")
    row = rows.get(pk=call.pk)
    if row.told_at is None:
        row.told_at, row.told_by = now, by
        row.save(update_fields=["told_at", "told_by"])
        record("bookings.told", row.booking, by=by, place=row.booking.space.centre.place, at=now, why=row.why)
    return row


@transaction.atomic
def tell_of_closure(*, by: Any, booking: Booking, closure: Closure, now: datetime) -> Call:
    """The person has been told that the door stays shut then."""
    row, made = Call.everywhere.get_or_create(
        county_id=booking.county_id, booking=booking, closure=closure,
        defaults={"why": Why.CLOSED, "made_at": now, "told_at": now, "told_by": by},
    )  # fmt: skip
    if made:
        record("bookings.told", booking, by=by, place=booking.space.centre.place, at=now, why=Why.CLOSED)
    return row
