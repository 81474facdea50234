"""Signature lists: printed as a grid, and written down in one go, typed or read from scans."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.canteen.choices import Way
from xiangli.canteen.models import Canteen, Diner, SignatureSheet
from xiangli.canteen.queries.meals import diners_of
from xiangli.canteen.services.meals import Served, order, settle
from xiangli.core.errors import UserError

LINES_MOST = 200


@transaction.atomic
def new_sheet(*, by: Any, canteen: Canteen, monday: date, meal: str, now: datetime) -> SignatureSheet:
    """A sheet for all who come here now, without its layout (see ``keep_layout``)."""
    lines = list(diners_of(canteen).values_list("pk", flat=True))
    if not lines:
        raise UserError("还没有登记用餐人，先在“用餐人”里加上")
    if len(lines) > LINES_MOST:
        raise UserError(f"一张签名表最多 {LINES_MOST} 人，这里有 {len(lines)} 人")
    sheet = SignatureSheet.everywhere.create(
        county_id=canteen.county_id, canteen=canteen, monday=monday, meal=meal, lines=lines, printed_at=now,
        printed_by=by,
    )  # fmt: skip
    record("canteen.sheet_printed", sheet, by=by, place=canteen.centre.place, at=now, lines=len(lines))
    return sheet


@transaction.atomic
def record_signatures(
    *, by: Any, canteen: Canteen, meal: str, ticks: Iterable[tuple[int, date]], otherwise: str | None, now: datetime
) -> Served:
    """Write down that these diners (by id) ate on these days: all or nothing, and the same list twice is once.

    Free meals are free, the rest goes to points; where they do not suffice ``otherwise`` (cash), or the diner is named.
    """
    wanted = sorted(set(ticks))
    diners = Diner.objects.within(canteen.county).filter(canteen=canteen).in_bulk({pk for pk, _ in wanted})
    done = Served()
    # In the order of the passbooks, so that two lists at once queue up instead of blocking one another.
    for pk, day in sorted(wanted, key=lambda tick: (diners[tick[0]].account_id or 0, *tick)):
        row = order(by=by, canteen=canteen, diner=diners[pk], day=day, meal=meal, way=Way.PAPER, now=now)
        settle(by=by, order=row, now=now, otherwise=otherwise, done=done)
    record("canteen.signatures_recorded", canteen, by=by, place=canteen.centre.place, at=now, meals=done.meals)
    return done
