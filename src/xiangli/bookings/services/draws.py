"""Announcing a draw, entering it, drawing. The times of a draw are held from the announcement on."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction

from xiangli.audit.services import record
from xiangli.bookings import guards, lots
from xiangli.bookings.choices import Channel, State, Why
from xiangli.bookings.models import Booking, Draw, DrawEntry
from xiangli.bookings.queries import alternatives
from xiangli.bookings.queries.space_rules import digits, rule_of
from xiangli.bookings.services.asking import Person, as_kept
from xiangli.bookings.services.booking import held_around
from xiangli.bookings.services.checking import BookingRefused, check_open
from xiangli.bookings.services.holding import hold_dates, lock_spaces
from xiangli.bookings.services.telling import call_about
from xiangli.bookings.services.waiting import move_up
from xiangli.core.errors import UserError
from xiangli.places.models import Centre, Space

MOST_WISHES = 3
Time = tuple[Space, datetime, datetime]


@transaction.atomic
def announce_draw(
    *, by: Any, centre: Centre, title: str, times: Sequence[Time], closes_at: datetime, secret: str, now: datetime
) -> Draw:
    """Announce a draw for ``times``, which nobody can book from now on. Raises UserError where one cannot be held.

    ``secret``: 64 hexadecimal digits of randomness; what is published of it is its commitment.
    """
    if not times:
        raise UserError("请至少选一个要抽签的时间")
    if closes_at <= now:
        raise UserError("报名截止的时间已经过去了")
    if any(starts <= closes_at for _, starts, _ in times):
        raise UserError("报名要在头一个时间开始以前截止")
    draw = Draw.everywhere.create(
        county_id=centre.county_id, centre=centre, title=title.strip(), closes_at=closes_at, secret=secret,
        commitment=lots.commitment(secret), announced_at=now, announced_by=by,
    )  # fmt: skip
    lock_spaces({space.pk for space, _, _ in times})
    for space, starts, ends in sorted(times, key=lambda one: one[1]):
        _hold_for(draw, space, starts, ends, now)
    record("bookings.draw_announced", draw, by=by, place=centre.place, at=now, commitment=draw.commitment)
    return draw


def _hold_for(draw: Draw, space: Space, starts: datetime, ends: datetime, now: datetime) -> Booking:
    check_open(space, starts, ends, now)
    hold_dates(space=space, first=starts.date(), last=ends.date(), now=now)
    try:
        with transaction.atomic():
            return Booking.everywhere.create(
                county_id=draw.county_id, space=space, starts=starts, ends=ends, draw=draw, channel=Channel.DRAW,
                state=State.REQUESTED, made_at=now, **held_around(rule_of(space), starts, ends),
            )  # fmt: skip
    except IntegrityError as error:
        if guards.NAME not in str(error):
            raise
        raise BookingRefused(f"{space.name}那个时间已经有人约了", alternatives(space, starts, ends, now)) from error


def person_key(phone: str, card: str) -> str:
    """A keyed digest of whoever enters: equal for the same card, or without a card the same telephone number."""
    who = f"card {digits(card)}" if digits(card) else f"phone {digits(phone)}"
    return hmac.new(settings.SECRET_KEY.encode(), who.encode(), hashlib.sha256).hexdigest()[:32]


def enter_draw(
    *,
    by: Any,
    draw: Draw,
    wishes: Sequence[int],
    channel: str,
    code: str,
    now: datetime,
    **who: Unpack[Person],
) -> DrawEntry:
    """One lot for one person, who is known by a card or a telephone number: without, one could draw for ten.

    ``wishes``: ids of the draw's bookings, the dearest first, up to three.
    """
    told = as_kept(**who)
    if not (told["contact_phone"] or told["card_number"]):
        raise UserError("抽签一人一签：请填电话或者卡号，抽完满 30 天就抹掉")
    wanted = list(dict.fromkeys(wishes))[:MOST_WISHES]
    if not wanted or not set(wanted) <= set(draw.slots.values_list("pk", flat=True)):
        raise UserError("请从列出的时间里选")
    try:
        with transaction.atomic():
            row = _open_draw(draw, now)
            number = row.entries.count() + 1  # none is ever deleted
            entry = DrawEntry.everywhere.create(
                county_id=row.county_id, draw=row, number=number, code=code, wishes=wanted, channel=channel,
                person=person_key(told["contact_phone"], told["card_number"]), made_at=now, **told,
            )  # fmt: skip
            record("bookings.draw_entered", entry, by=by, place=row.centre.place, at=now)
    except IntegrityError as error:
        if "person" not in str(error):
            raise
        raise UserError("这个电话或卡号已经报过名了，一人一签") from error
    return entry


def _open_draw(draw: Draw, now: datetime) -> Draw:
    """The draw, locked, while it may be entered."""
    row = Draw.everywhere.select_for_update(of=("self",)).select_related("centre__place").get(pk=draw.pk)
    if now >= row.closes_at or row.drawn_at:
        raise UserError("报名已经截止了")
    return row


@transaction.atomic
def withdraw_entry(*, by: Any, entry: DrawEntry, now: datetime) -> DrawEntry:
    """Take one's lot back; its number is not given again."""
    row = _open_draw(entry.draw, now)
    if entry.withdrawn_at is None:
        entry.withdrawn_at = now
        entry.save(update_fields=["withdrawn_at"])
        record("bookings.draw_left", entry, by=by, place=row.centre.place, at=now)
    return entry


@transaction.atomic
def draw_now(*, by: Any, draw: Draw, now: datetime) -> Draw:
    """Draw: every time goes to the first lot that wants it; what nobody drew is free again. Twice is once."""
    spaces = list(draw.slots.order_by("space").values_list("space", flat=True).distinct())
    lock_spaces(spaces)
    row = Draw.everywhere.select_for_update(of=("self",)).select_related("centre__place").get(pk=draw.pk)
    if row.drawn_at:
        return row
    if now < row.closes_at:
        raise UserError("报名还没截止，不能先抽")
    row.drawn_at = now
    row.save(update_fields=["drawn_at"])
    entries = {entry.number: entry for entry in row.entries.filter(withdrawn_at=None)}
    slots = {slot.pk: slot for slot in row.slots.filter(state=State.REQUESTED, code="")}
    drawn = lots.order(row.secret, entries)
    for number, slot in lots.assign(drawn, {n: one.wishes for n, one in entries.items()}, slots).items():
        if slot:
            _give(slots.pop(slot), entries[number], by, now)
    for left in slots.values():
        left.state, left.cancelled_at, left.cancel_reason = State.CANCELLED, now, "没人抽中，空出来了"
        left.save(update_fields=["state", "cancelled_at", "cancel_reason"])
        move_up(space=left.space, starts=left.starts, ends=left.ends, now=now)
    record("bookings.drawn", row, by=by, place=row.centre.place, at=now, secret=row.secret, lots=drawn)
    return row


def _give(slot: Booking, entry: DrawEntry, by: Any, now: datetime) -> None:
    """A time of the draw becomes the booking of whoever drew it, under the code that person already has."""
    slot.state, slot.code, slot.channel = State.CONFIRMED, entry.code, entry.channel
    slot.on_behalf_of, slot.contact_phone = entry.on_behalf_of, entry.contact_phone
    slot.card_number = entry.card_number
    slot.save(update_fields=["state", "code", "channel", "on_behalf_of", "contact_phone", "card_number"])
    entry.booking = slot
    entry.save(update_fields=["booking"])
    call_about(by=by, booking=slot, why=Why.DRAWN, now=now)
