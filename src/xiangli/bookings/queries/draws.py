"""Draws: what is drawn for, who drew what, and one's own lot."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from xiangli.bookings import lots
from xiangli.bookings.models import Booking, Draw, DrawEntry
from xiangli.places.models import Centre


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot after the draw: its digest decides its place; ``slot`` is None where nothing it wanted was left."""

    number: int
    digest: str
    slot: Booking | None
    entry: DrawEntry


def draws_of(centre: Centre) -> QuerySet[Draw]:
    """The draws of a centre, newest first, with the number of lots in each."""
    rows = Draw.objects.within(centre.county).filter(centre=centre)
    return rows.annotate(lots=Count("entries", filter=Q(entries__withdrawn_at=None)))


def draws_open(centre: Centre, now: datetime) -> list[Draw]:
    """Draws that may be entered now."""
    return list(Draw.objects.within(centre.county).filter(centre=centre, closes_at__gt=now).order_by("closes_at"))


def draw_slots(draw: Draw) -> QuerySet[Booking]:
    """The times of a draw."""
    return Booking.objects.within(draw.county).filter(draw=draw).select_related("space").order_by("starts", "pk")


def outcome(draw: Draw) -> list[Lot]:
    """The lots in the order drawn; empty before. Two queries."""
    if draw.drawn_at is None:
        return []
    rows = DrawEntry.objects.within(draw.county).filter(draw=draw, withdrawn_at=None)
    entries = {row.number: row for row in rows.select_related("booking__space")}
    return [
        Lot(number, lots.digest(draw.secret, number), entries[number].booking, entries[number])
        for number in lots.order(draw.secret, entries)
    ]


def find_entry(centre: Centre, code: str) -> DrawEntry | None:
    """Somebody's lot by its code, at this centre only."""
    rows = DrawEntry.objects.within(centre.county).filter(draw__centre=centre, code=code.strip().upper())
    return rows.select_related("draw__centre__place", "draw__county").first()
