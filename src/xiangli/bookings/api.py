"""Bookings as JSON for other programs: free times, booking one, reading and giving it back by its code.

Mounted below ``/api`` and described there. Nothing is answered about any person; what a program writes down about one
(all of it optional) is kept and forgotten as on the web page.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Header, Query, Router, Schema, Status
from pydantic import AwareDatetime

from xiangli.bookings import queries, services
from xiangli.bookings.choices import MOST_DAYS_AHEAD, Channel
from xiangli.bookings.models import Booking
from xiangli.bookings.queries import Slot
from xiangli.bookings.services import BookingRefused, KeyReused
from xiangli.core.errors import UserError
from xiangli.core.redaction import redact
from xiangli.places.models import Centre
from xiangli.places.queries import centre_at
from xiangli.surveys.throttle import may_pass

router = Router(tags=["bookings"])
KEYS = UUID("6f0c2f4e-5d0e-4c55-9b7b-9d5f8a3c1e52")  # any fixed one: keys of programs are texts, ours are UUIDs
TOO_MANY = "这个地址一小时里约得太多了，过一会儿再试"


class Problem(Schema):
    """Why not, in words for people."""

    detail: Any


class SlotLine(Schema):
    """A time of a space, free or not."""

    space: int
    space_name: str
    starts: datetime
    ends: datetime
    free: bool

    @staticmethod
    def resolve_space(slot: Slot) -> int:
        return slot.space.pk

    @staticmethod
    def resolve_space_name(slot: Slot) -> str:
        return slot.space.name


class SpaceSlots(Schema):
    """A space that can be booked, with its times of one day. None: closed, or the hours are not announced."""

    space: int
    name: str
    capacity: int
    needs_approval: bool
    slots: list[SlotLine]


class Conflict(Schema):
    """The time cannot be had, why, and what can."""

    detail: str
    alternatives: list[SlotLine]


class BookingLine(Schema):
    """A booking as anybody with its code may see it."""

    code: str
    state: str
    state_text: str
    space: int
    space_name: str
    starts: datetime
    ends: datetime
    reason: str = Field(description="为什么取消或没批准")

    @staticmethod
    def resolve_starts(row: Booking) -> datetime:
        return timezone.localtime(row.starts)

    @staticmethod
    def resolve_ends(row: Booking) -> datetime:
        return timezone.localtime(row.ends)

    @staticmethod
    def resolve_state_text(row: Booking) -> str:
        return str(row.get_state_display())

    @staticmethod
    def resolve_space(row: Booking) -> int:
        return row.space_id

    @staticmethod
    def resolve_space_name(row: Booking) -> str:
        return row.space.name

    @staticmethod
    def resolve_reason(row: Booking) -> str:
        return row.cancel_reason


class Wish(Schema):
    """What to book. No name and no number is needed."""

    space: int = Field(ge=1, le=2**31)
    starts: AwareDatetime
    minutes: int = Field(60, ge=1, le=1440)
    people: int | None = Field(None, ge=1, le=9999)
    on_behalf_of: str = Field("", max_length=20)
    contact_phone: str = Field("", max_length=20)
    card_number: str = Field("", max_length=20)


class Day(Schema):
    """Which day; today where none is given."""

    day: date | None = None


class Key(Schema):
    """The same key again is the same booking and not another one."""

    idempotency_key: str = Field(min_length=8, max_length=100, alias="Idempotency-Key")


PLACE = "/centres/{county}/{slug}"
REFUSED = {frozenset({404, 422, 429}): Problem}


@router.get(PLACE + "/slots", response={200: list[SpaceSlots], frozenset({404, 422}): Problem}, url_name="api_slots")
def list_slots(request: HttpRequest, county: str, slug: str, asked: Query[Day]) -> Any:
    """The spaces of a centre that can be booked, with the times of one day."""
    centre, now = centre_at(county, slug), timezone.now()
    today = timezone.localdate(now)
    day = asked.day or today
    found = []
    for space in queries.spaces_to_book(centre):
        rule = queries.rule_of(space)
        within = today <= day <= today + timedelta(days=min(rule.days_ahead, MOST_DAYS_AHEAD))
        times = queries.slots(space, day, now, rule=rule) if within else []
        found.append(
            {"space": space.pk, "name": space.name, "capacity": rule.most_people or space.capacity,
             "needs_approval": rule.needs_approval, "slots": times}
        )  # fmt: skip
    return found


@router.post(PLACE + "/bookings", response={201: BookingLine, 409: Conflict, **REFUSED}, url_name="api_book")
def create_booking(request: HttpRequest, county: str, slug: str, wish: Wish, key: Header[Key]) -> Any:
    """Book a time. 409 with alternatives where it cannot be had; 422 where the key was used for something else."""
    centre = centre_at(county, slug)
    if not may_pass(request, f"booking {centre.pk}"):
        return Status(429, {"detail": TOO_MANY})
    space = get_object_or_404(queries.bookable_spaces(centre), pk=wish.space)
    space.centre, space.county = centre, centre.county
    try:
        made = services.book(by=None, space=space, now=timezone.now(), code=services.new_code(), **_asked(wish, key))
        return Status(201, made)
    except OverflowError:
        return Status(422, {"detail": "没有这一天"})
    except KeyReused as reused:
        return Status(422, {"detail": str(reused)})
    except BookingRefused as refused:
        return Status(409, {"detail": str(refused), "alternatives": refused.alternatives})


def _asked(wish: Wish, key: Key) -> dict[str, Any]:
    """Keyword arguments for ``services.book``."""
    person = {name: redact(getattr(wish, name))[0][:20] for name in ("on_behalf_of", "contact_phone", "card_number")}
    return {
        "starts": wish.starts, "ends": wish.starts + timedelta(minutes=wish.minutes), "channel": Channel.WEB,
        "people": wish.people, "request_key": uuid5(KEYS, key.idempotency_key), **person,
    }  # fmt: skip


def _by_code(county: str, slug: str, code: str) -> Booking:
    centre: Centre = centre_at(county, slug)
    return queries.booking_by_code(centre, code)


@router.get(
    PLACE + "/bookings/{code}", response={200: BookingLine, frozenset({404, 422}): Problem}, url_name="api_booking"
)
def read_booking(request: HttpRequest, county: str, slug: str, code: str) -> Any:
    """Where a booking stands."""
    return _by_code(county, slug, code)


@router.delete(
    PLACE + "/bookings/{code}", response={200: BookingLine, 409: Problem, **REFUSED}, url_name="api_cancel_booking"
)
def cancel_booking(request: HttpRequest, county: str, slug: str, code: str) -> Any:
    """Give a booking back. Twice is once; 409 where it has begun."""
    booking = _by_code(county, slug, code)
    if not may_pass(request, f"booking {booking.space.centre_id}"):
        return Status(429, {"detail": TOO_MANY})
    try:
        row = services.cancel(by=None, booking=booking, now=timezone.now(), reason="本人取消")
    except UserError as error:
        return Status(409, {"detail": str(error)})
    return Status(200, row)
