"""The exchange list, and claims on their way to points: proposed, reviewed, and posted by a third (``points``)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.canteen.models import Canteen, ExchangeRate, PointsAccount, PointsClaim
from xiangli.canteen.queries.points import rates_on
from xiangli.canteen.services.forms_once import once
from xiangli.core.errors import UserError

OLDEST_DAYS = 31  # what is older is not remembered well enough to be reviewed


@transaction.atomic
def set_rate(
    *, by: Any, canteen: Canteen, kind: str, item: str, unit: str, worth: int | None, valid_from: date, now: datetime
) -> ExchangeRate:
    """A new rate from a day on, hundredths of a point a unit; None takes the item off. The past is never changed."""
    if valid_from < timezone.localdate(now):
        raise UserError("折价只能从今天或以后起，过去的不能改")
    rate = ExchangeRate.everywhere.create(
        county_id=canteen.county_id, canteen=canteen, kind=kind, item=item, unit=unit, worth=worth,
        valid_from=valid_from,
    )  # fmt: skip
    record("canteen.rate_set", rate, by=by, place=canteen.centre.place, at=now, worth=worth)
    return rate


def worth_of(rate: ExchangeRate, quantity: int) -> int:
    """Hundredths of a point for a quantity in hundredths of the unit, rounded to the nearest, halves up."""
    return ((rate.worth or 0) * quantity + 50) // 100


@transaction.atomic
def propose(
    *, by: Any, account: PointsAccount, rate: ExchangeRate, quantity: int, day: date, now: datetime,
    request_key: UUID | None = None,
) -> PointsClaim:  # fmt: skip
    """Note what a household brought or did. ``quantity`` in hundredths of the unit. One form is one claim; UserError
    where it comes back with something else on it."""
    canteen = account.canteen
    rows = PointsClaim.everywhere.filter(county=canteen.county, request_key=request_key).select_related("account")
    told = {"account_id": account.pk, "rate_id": rate.pk, "quantity": quantity, "day": day}
    if request_key and (made := rows.first()):
        return once(made, f"{made.account.number} 号存折", **told)
    age = (timezone.localdate(now) - day).days
    if not 0 <= age <= OLDEST_DAYS:
        raise UserError(f"只能登记今天和前 {OLDEST_DAYS} 天以内的事")
    if account.closed_at:
        raise UserError(f"{account.number} 号存折已经销户")
    if rate.canteen_id != canteen.pk or rate not in rates_on(canteen, day):
        raise UserError(f"{day:%-m月%-d日}的折价目录里没有这一项")
    amount = worth_of(rate, quantity)
    if amount < 1:
        raise UserError("数量太少，折不出积分")
    try:
        with transaction.atomic():
            claim = PointsClaim.everywhere.create(
                county_id=canteen.county_id, canteen=canteen, account=account, rate=rate, quantity=quantity,
                amount=amount, day=day, proposed_by=by, proposed_at=now, request_key=request_key,
            )  # fmt: skip
    except IntegrityError:
        if request_key is None:
            raise
        made = rows.get()
        return once(made, f"{made.account.number} 号存折", **told)
    record("canteen.claim_proposed", claim, by=by, place=canteen.centre.place, at=now)
    return claim


def _open(claim: PointsClaim) -> PointsClaim:
    """The claim, held for the rest of the transaction; refused where it is over already."""
    rows = PointsClaim.everywhere.select_for_update(of=("self",)).select_related("canteen__centre__place")
    row = rows.get(pk=claim.pk)
    if row.refused_at or hasattr(row, "posting"):
        raise UserError("这一笔已经办完了")
    return row


@transaction.atomic
def review(*, by: Any, claim: PointsClaim, now: datetime) -> PointsClaim:
    """A second person has looked at it and agrees."""
    row = _open(claim)
    if row.proposed_by_id == by.pk:
        raise UserError("自己登记的不能自己复核，请另一个人来")
    if row.reviewed_by_id:
        raise UserError("这一笔已经复核过了")
    row.reviewed_by, row.reviewed_at = by, now
    row.save(update_fields=["reviewed_by", "reviewed_at"])
    record("canteen.claim_reviewed", row, by=by, place=row.canteen.centre.place, at=now)
    return row


@transaction.atomic
def refuse(*, by: Any, claim: PointsClaim, reason: str, now: datetime) -> PointsClaim:
    """It is not right; who proposed it may also take it back so."""
    row = _open(claim)
    if not reason:
        raise UserError("请写一句为什么不通过")
    row.refused_at, row.refusal = now, reason
    row.save(update_fields=["refused_at", "refusal"])
    record("canteen.claim_refused", row, by=by, place=row.canteen.centre.place, at=now)
    return row
