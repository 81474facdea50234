"""Writes about what comes in and goes out. Nothing is paid here; it is written down."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.canteen.models import Canteen, CanteenEntry
from xiangli.canteen.services.forms_once import once
from xiangli.core.errors import UserError

OLDEST_DAYS = 3 * 366


def enter(
    *, by: Any, canteen: Canteen, day: date, kind: str, item: str, fen: int, now: datetime, quantity: str = "",
    request_key: UUID | None = None,
) -> CanteenEntry:  # fmt: skip
    """Write down a purchase, wages, a subsidy or a gift. The same form twice is one entry.

    UserError where it comes back with something else on it: somebody went back in the browser.
    """
    age = (timezone.localdate(now) - day).days
    if age < 0:
        raise UserError("日期还没有到")
    if age > OLDEST_DAYS:
        raise UserError(f"{day.year} 年太早了，请检查日期")
    rows = CanteenEntry.everywhere.filter(county_id=canteen.county_id, request_key=request_key)
    told = {"canteen_id": canteen.pk, "day": day, "kind": kind, "item": item, "quantity": quantity, "fen": fen}
    if request_key and (made := rows.first()):
        return once(made, made.item, **told)
    try:
        with transaction.atomic():
            row = CanteenEntry.everywhere.create(
                county_id=canteen.county_id, canteen=canteen, day=day, kind=kind, item=item, quantity=quantity, fen=fen,
                request_key=request_key, made_by=by, made_at=now,
            )  # fmt: skip
            record("canteen.entry_made", row, by=by, place=canteen.centre.place, at=now, kind=kind, fen=fen)
    except IntegrityError:
        if request_key and (made := rows.first()):
            return once(made, made.item, **told)
        raise
    return row


@transaction.atomic
def strike(*, by: Any, entry: CanteenEntry, now: datetime) -> CanteenEntry:
    """Strike out a mistake; it stays readable in the events."""
    if entry.struck_at is None:
        entry.struck_at = now
        entry.save(update_fields=["struck_at"])
        record("canteen.entry_struck", entry, by=by, place=entry.canteen.centre.place, at=now, fen=entry.fen)
    return entry
