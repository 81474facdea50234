"""Making a booking, moving it, deciding on it and giving it back."""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Unpack
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.bookings import guards
from xiangli.bookings.choices import ALPHABET, CODE_LENGTH, State, Why
from xiangli.bookings.models import Booking, SpaceRule
from xiangli.bookings.queries import alternatives
from xiangli.bookings.queries.space_rules import rule_of
from xiangli.bookings.rules import may_decide
from xiangli.bookings.services.asking import Person, as_kept
from xiangli.bookings.services.checking import BookingRefused, check_open, check_quota, check_share, check_wish
from xiangli.bookings.services.holding import hold_dates, lock_spaces
from xiangli.bookings.services.telling import call_about
from xiangli.bookings.services.waiting import move_up, settle_queue
from xiangli.core.errors import UserError
from xiangli.places.models import Centre, Space


class KeyReused(UserError):
    """The key of a request came before with another wish; ``made``: what that one led to."""

    def __init__(self, message: str, made: Booking) -> None:
        super().__init__(message)
        self.made = made


def new_code() -> str:
    """A fresh booking code: short enough to be copied by hand, and looked up within one centre only."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def digest(*parts: object) -> str:
    """What a request asked for, keyed: equal for equal requests, and nobody reads a telephone number out of it."""
    text = "\x1f".join(map(str, parts)).encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, hashlib.sha256).hexdigest()[:32]


def book(
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
) -> Booking:
    """Hold a space, for good or where approval is wanted until staff have decided.

    Raises BookingRefused, with alternatives, when the time is closed, taken, past or against the space's rule. The same
    ``request_key`` a second time returns the first booking, and raises KeyReused when it asks for something else.
    """
    person = as_kept(**who)
    asked = digest(space.pk, starts.timestamp(), ends.timestamp(), people, *person.values()) if request_key else ""
    rule = rule_of(space)
    fields = {"channel": channel, "code": code, "people": people, "request_key": request_key, "request_digest": asked}
    fields["made_by"] = by if getattr(by, "is_authenticated", False) else None
    try:
        check_wish(space, rule, starts, ends, now, people)
        check_open(space, starts, ends, now)  # before the lock: others need not wait for it
        settle_queue(space=space, starts=starts, ends=ends, now=now, rule=rule)
        with refusing_overlaps(space, starts, ends, now):
            known = person["contact_phone"] or person["card_number"]
            if rule.weekly_quota and known:  # a person's bookings may lie in any room
                list(Centre.everywhere.select_for_update(no_key=True).filter(pk=space.centre_id).values_list("pk"))
            lock_spaces([space.pk])
            check_quota(space, rule, starts, person["contact_phone"], person["card_number"])
            check_share(space, rule, starts, ends, channel, now)
            booking = hold(by=by, space=space, rule=rule, starts=starts, ends=ends, now=now, **fields, **person)
            record("bookings.booked", booking, by=by, place=space.centre.place, at=now, channel=channel)
    except (IntegrityError, BookingRefused):  # what was granted before is granted again, whatever stands against it now
        if request_key and (made := _made_before(space, request_key, asked)):
            return made
        raise
    return booking


def _made_before(space: Space, request_key: UUID, asked: str) -> Booking | None:
    """The booking that a request made when it came the first time."""
    made = Booking.objects.within(space.county).filter(request_key=request_key).first()
    if made and made.request_digest and made.request_digest != asked:
        raise KeyReused("这个请求编号已经用来约过别的了", made)
    return made


@contextmanager
def refusing_overlaps(space: Space, starts: datetime, ends: datetime, now: datetime) -> Iterator[None]:
    """A transaction in which the guard's refusal becomes BookingRefused, with alternatives."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if guards.NAME not in str(error):
            raise
        raise BookingRefused("这段时间刚被约走了", alternatives(space, starts, ends, now)) from error


def hold(
    *, by: Any, space: Space, rule: SpaceRule, starts: datetime, ends: datetime, now: datetime, **fields: Any
) -> Booking:
    """Write a booking down. Activities that take place then go first.

    The caller holds the space's lock and is in a transaction, in which the guard's IntegrityError may come up.
    """
    hold_dates(space=space, first=timezone.localdate(starts), last=timezone.localdate(ends), now=now)
    decided = not rule.needs_approval or may_decide(by, space.centre)
    return Booking.everywhere.create(
        county_id=space.county_id, space=space, starts=starts, ends=ends, made_at=now,
        state=State.CONFIRMED if decided else State.REQUESTED, **held_around(rule, starts, ends), **fields,
    )  # fmt: skip


def held_around(rule: SpaceRule, starts: datetime, ends: datetime) -> dict[str, datetime | None]:
    """The columns that say what is kept free around a booking."""
    first, last = rule.around(starts, ends)
    return {"held_from": first if first < starts else None, "held_until": last if last > ends else None}


def _locked(booking: Booking, *others: int) -> Booking:
    """The booking as it now is, locked after its space, as everybody locks them."""
    lock_spaces({booking.space_id, *others})
    rows = Booking.everywhere.select_for_update(of=("self",)).select_related("space__centre__place", "county")
    row = rows.get(pk=booking.pk)
    if row.space_id != booking.space_id:
        raise UserError("这个预约刚刚被改过，请再看一眼")
    return row


def _freed(row: Booking, span: tuple[datetime, datetime], now: datetime) -> None:
    move_up(space=row.space, starts=span[0], ends=span[1], now=now)


def _let_go(row: Booking, state: State, why: Why, verb: str, *, by: Any, reason: str, now: datetime) -> Booking:
    """The booking holds nothing any more: written, to be told, and its time to whoever waits for it."""
    row.state, row.cancelled_at, row.cancel_reason = state, now, reason.strip()
    row.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    record(verb, row, by=by, place=row.space.centre.place, at=now)
    call_about(by=by, booking=row, why=why, now=now)
    _freed(row, row.holds, now)
    return row


@transaction.atomic
def cancel(*, by: Any, booking: Booking, now: datetime, reason: str = "") -> Booking:
    """Give the time back, to whoever waits for it. Cancelling twice is cancelling once."""
    row = _locked(booking)
    if not row.is_held:
        return row
    if row.starts <= now:
        raise UserError("已经开始了，不用取消")
    return _let_go(row, State.CANCELLED, Why.CANCELLED, "bookings.cancelled", by=by, reason=reason, now=now)


@transaction.atomic
def approve(*, by: Any, booking: Booking, now: datetime) -> Booking:
    """Say yes to what was asked for. Saying it twice is saying it once."""
    row = _locked(booking)
    if row.state == State.CONFIRMED:
        return row
    if row.state != State.REQUESTED or row.draw_id:
        raise UserError("这个预约已经取消了，不能再批准")
    row.state = State.CONFIRMED
    row.save(update_fields=["state"])
    record("bookings.approved", row, by=by, place=row.space.centre.place, at=now)
    call_about(by=by, booking=row, why=Why.APPROVED, now=now)
    return row


@transaction.atomic
def refuse(*, by: Any, booking: Booking, reason: str, now: datetime) -> Booking:
    """Say no, with the reason, which whoever asked reads behind the code."""
    row = _locked(booking)
    if row.state == State.REFUSED:
        return row
    if row.state != State.REQUESTED or row.draw_id:
        raise UserError("这个预约不在等答复；要收回请用“取消”")
    if not reason.strip():
        raise UserError("请写明为什么不批准，约的人会看到")
    return _let_go(row, State.REFUSED, Why.REFUSED, "bookings.refused", by=by, reason=reason, now=now)


def move(*, by: Any, booking: Booking, space: Space, starts: datetime, now: datetime) -> Booking:
    """Put a booking at another time or into another space, in one step: it holds the old time or the new, never none.

    Raises BookingRefused with alternatives; then everything stays as it was.
    """
    ends, rule = starts + (booking.ends - booking.starts), rule_of(space)
    if space.centre_id != booking.space.centre_id:
        raise UserError("只能改到同一个中心的房间")
    check_wish(space, rule, starts, ends, now, booking.people)
    settle_queue(space=space, starts=starts, ends=ends, now=now, rule=rule)
    with refusing_overlaps(space, starts, ends, now):
        row = _locked(booking, space.pk)
        if not row.is_held or row.activity_id or row.draw_id:
            raise UserError("这个预约已经取消，或者是活动、抽签的时间，不能在这里改")
        if row.starts <= now:
            raise UserError("已经开始了，不能再改时间")
        if (row.space_id, row.starts) == (space.pk, starts):
            return row
        check_open(space, starts, ends, now)
        hold_dates(space=space, first=timezone.localdate(starts), last=timezone.localdate(ends), now=now)
        old, left = row.space, row.holds
        told = {"from": row.starts.isoformat(), "to": starts.isoformat(), "space": space.pk}
        row.space, row.starts, row.ends = space, starts, ends
        row.held_from, row.held_until = held_around(rule, starts, ends).values()
        row.save(update_fields=["space", "starts", "ends", "held_from", "held_until"])
        record("bookings.moved", row, by=by, place=space.centre.place, at=now, **told)
        call_about(by=by, booking=row, why=Why.MOVED, now=now)
        move_up(space=old, starts=left[0], ends=left[1], now=now)
    return row


@transaction.atomic
def note_coming(*, by: Any, booking: Booking, came: bool, now: datetime) -> Booking:
    """Note that somebody came or did not. Nothing follows but a friendly word; after 90 days it is forgotten."""
    row = _locked(booking)
    if not row.is_held or row.starts > now:
        raise UserError("还没到时间，到时再记")
    row.came = came
    row.save(update_fields=["came"])
    record("bookings.came" if came else "bookings.missed", row, by=by, place=row.space.centre.place, at=now)
    return row
