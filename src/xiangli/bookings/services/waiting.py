"""Waiting for a time that is taken, and moving up when it is given back: first come, first served."""

from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings import guards
from xiangli.bookings.choices import MOST_AROUND, State, Waits, Why
from xiangli.bookings.models import Booking, SpaceRule, Waiting
from xiangli.bookings.queries import slot_is_free
from xiangli.bookings.queries.space_rules import rule_of
from xiangli.bookings.services.asking import Person, as_kept
from xiangli.bookings.services.checking import BookingRefused, check_open, check_quota, check_wish
from xiangli.bookings.services.holding import hold_dates, lock_spaces
from xiangli.bookings.services.telling import call_about
from xiangli.core.errors import UserError
from xiangli.places.models import Space


def wait(
    *,
    by: Any,
    space: Space,
    starts: datetime,
    ends: datetime,
    channel: str,
    now: datetime,
    code: str,
    people: int | None = None,
    request_key: UUID | None = None,
    **who: Unpack[Person],
) -> Waiting:
    """Queue up for a time that is taken. Raises BookingRefused where it is free, or could not be booked at all.

    The same ``request_key`` a second time is the same place in the queue.
    """
    rows = Waiting.objects.within(space.county)
    if request_key and (made := rows.filter(request_key=request_key).first()):
        return made
    rule = rule_of(space)
    check_wish(space, rule, starts, ends, now, people)
    with transaction.atomic():
        lock_spaces([space.pk])
        check_open(space, starts, ends, now)
        if slot_is_free(space, rule, starts, ends):
            raise BookingRefused("这个时间现在空着，直接约就行")
        if request_key and (made := rows.filter(request_key=request_key).first()):
            return made
        row = Waiting.everywhere.create(
            county_id=space.county_id, space=space, starts=starts, ends=ends, channel=channel, code=code, people=people,
            request_key=request_key, made_by=by if getattr(by, "is_authenticated", False) else None, made_at=now,
            **as_kept(**who),
        )  # fmt: skip
        record("bookings.waiting", row, by=by, place=space.centre.place, at=now, channel=channel)
    return row


@transaction.atomic
def give_up(*, by: Any, waiting: Waiting, now: datetime) -> Waiting:
    """Wait no longer. Twice is once; what has become a booking is cancelled as a booking."""
    lock_spaces([waiting.space_id])
    row = Waiting.everywhere.select_for_update(of=("self",)).select_related("space__centre__place").get(pk=waiting.pk)
    if row.state == Waits.BOOKED:
        raise UserError("已经排到了：来不了的话，请取消预约")
    if row.state == Waits.WAITING:
        row.state, row.settled_at = Waits.GIVEN_UP, now
        row.save(update_fields=["state", "settled_at"])
        record("bookings.gave_up", row, by=by, place=row.space.centre.place, at=now)
    return row


def settle_queue(*, space: Space, starts: datetime, ends: datetime, now: datetime, rule: SpaceRule) -> None:
    """Before anybody books a time: whoever waits for it goes first, in a transaction of their own.

    Times that are given back move the queue up at once; this is for those that came free in another way.
    """
    around = timedelta(minutes=MOST_AROUND)
    there = "space_id = {} AND state = {} AND ends > {} AND starts < {} LIMIT 1"
    since = max(now, starts - around)
    if Waiting.rows_where(space.county, there, space.pk, Waits.WAITING.value, since, ends + around):
        with transaction.atomic():
            lock_spaces([space.pk])
            move_up(space=space, starts=starts, ends=ends, now=now, rule=rule)


def _waiting_around(space: Space, starts: datetime, ends: datetime, now: datetime) -> QuerySet[Waiting]:
    around = timedelta(minutes=MOST_AROUND)
    return Waiting.everywhere.filter(
        space=space, state=Waits.WAITING, ends__gt=max(now, starts - around), starts__lt=ends + around
    )


def move_up(
    *, space: Space, starts: datetime, ends: datetime, now: datetime, rule: SpaceRule | None = None
) -> list[Booking]:
    """Whoever waits for a time in this stretch, and can have it now, gets it: the longest waiting first.

    The caller holds the space's lock. Wishes that the door or the rules forbid go on waiting.
    """
    rows = _waiting_around(space, starts, ends, now).select_for_update(of=("self",))
    made = []
    for row in rows.order_by("made_at", "pk"):
        row.space = space
        booking = _take(row, rule or rule_of(space), now)
        if booking:
            made.append(booking)
    return made


def _take(row: Waiting, rule: SpaceRule, now: datetime) -> Booking | None:
    """The wish as a booking, if it can be one now."""
    space = row.space
    first, last = rule.around(row.starts, row.ends)
    held = {"held_from": first if first < row.starts else None, "held_until": last if last > row.ends else None}
    try:
        with transaction.atomic():
            check_wish(space, rule, row.starts, row.ends, now, row.people)
            check_quota(space, rule, row.starts, row.contact_phone, row.card_number)
            check_open(space, row.starts, row.ends, now)
            days = timezone.localdate(row.starts), timezone.localdate(row.ends)
            hold_dates(space=space, first=days[0], last=days[1], now=now)
            booking = Booking.everywhere.create(
                county_id=row.county_id, space=space, starts=row.starts, ends=row.ends, channel=row.channel,
                code=row.code, people=row.people, made_by_id=row.made_by_id, made_at=now,
                on_behalf_of=row.on_behalf_of, contact_phone=row.contact_phone, card_number=row.card_number,
                state=State.REQUESTED if rule.needs_approval else State.CONFIRMED, **held,
            )  # fmt: skip
            row.state, row.settled_at, row.booking = Waits.BOOKED, now, booking
            row.save(update_fields=["state", "settled_at", "booking"])
            record("bookings.moved_up", booking, by=None, place=space.centre.place, at=now, waiting=row.pk)
            call_about(by=None, booking=booking, why=Why.MOVED_UP, now=now)
    except BookingRefused:
        return None
    except IntegrityError as error:
        if guards.NAME not in str(error):
            raise
        return None
    return booking
