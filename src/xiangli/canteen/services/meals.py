"""Writes about diners and meals: who eats here, what was ordered, what was eaten. No payment is taken (RULES B6)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.accounts.choices import ConsentKind
from xiangli.accounts.models import Consent
from xiangli.audit.services import record
from xiangli.canteen.choices import PostingKind, Settled, Way
from xiangli.canteen.models import Canteen, Diner, DinerNeeds, MealOrder, MealPrice, PointsAccount
from xiangli.canteen.queries.meals import price_on
from xiangli.canteen.services.forms_once import once
from xiangli.canteen.services.points import PointsRefused, reverse, spend
from xiangli.core.errors import UserError

AHEAD_DAYS, BACK_DAYS = 14, 31


@dataclass
class Served:
    """What became of many meals at once: how many were settled which way, and which could not be, by card number."""

    points: int = 0
    cash: int = 0
    free: int = 0
    short: list[str] = field(default_factory=list)

    @property
    def meals(self) -> int:
        return self.points + self.cash + self.free


@transaction.atomic
def set_price(*, by: Any, canteen: Canteen, band: str, price: int, valid_from: date, now: datetime) -> MealPrice:
    """A price from a day on, in hundredths. Orders made before keep the price that they were made at."""
    if valid_from < timezone.localdate(now):
        raise UserError("价格只能从今天或以后起，过去的不能改")
    row = MealPrice.everywhere.create(
        county_id=canteen.county_id, canteen=canteen, band=band, price=price, valid_from=valid_from
    )
    record("canteen.price_set", row, by=by, place=canteen.centre.place, at=now, price=price)
    return row


@transaction.atomic
def save_diner(
    *, by: Any, canteen: Canteen, number: str, band: str, now: datetime, label: str = "",
    account: PointsAccount | None = None, diner: Diner | None = None,
) -> Diner:  # fmt: skip
    """Somebody new, or a change to somebody known. The card number is one in the canteen."""
    others = Diner.everywhere.filter(canteen=canteen, number=number)
    if (others.exclude(pk=diner.pk) if diner else others).exists():
        raise UserError(f"卡号 {number} 已经有人用了")
    row = diner or Diner(county_id=canteen.county_id, canteen=canteen)
    row.number, row.band, row.label, row.account = number, band, label, account
    row.save()
    record("canteen.diner_saved", row, by=by, place=canteen.centre.place, at=now)
    return row


@transaction.atomic
def set_needs(
    *, by: Any, diner: Diner, agreed: bool, diets: list[str], delivered: bool, address: str, now: datetime
) -> DinerNeeds | None:
    """Diet and delivery, with the person's own consent; without it nothing is kept, and the refusal is remembered."""
    place = diner.canteen.centre.place
    consent, _ = Consent.everywhere.update_or_create(
        county_id=diner.county_id, kind=ConsentKind.SENSITIVE, subject=f"canteen-diner:{diner.pk}",
        defaults={"place": place, "given": agreed, "at": now, "taken_by": by},
    )  # fmt: skip
    record("canteen.needs_set", diner, by=by, place=place, at=now, given=agreed)
    if not agreed:
        DinerNeeds.everywhere.filter(diner=diner).delete()
        return None
    fields = {"consent": consent, "diets": diets, "delivered": delivered, "address": address}
    needs, _ = DinerNeeds.everywhere.update_or_create(
        diner=diner, defaults=fields, create_defaults={"county_id": diner.county_id, **fields}
    )
    return needs


@transaction.atomic
def leave(*, by: Any, diner: Diner, now: datetime) -> None:
    """Comes no more (what is personal is blanked some time later, see ``PERSONAL``), or is back again."""
    diner.left_at = None if diner.left_at else now
    diner.save(update_fields=["left_at"])
    record("canteen.diner_left" if diner.left_at else "canteen.diner_back", diner, by=by,
           place=diner.canteen.centre.place, at=now)  # fmt: skip


def order(
    *, by: Any, canteen: Canteen, diner: Diner, day: date, meal: str, way: str, now: datetime, portions: int = 1
) -> MealOrder:
    """A meal for somebody known. Ordering the same meal again changes the number of portions, if anything."""
    _check_day(day, now)
    if diner.left_at:
        raise UserError(f"{diner.number} 号已经不来了；又来了就先改回来")
    needs = DinerNeeds.everywhere.filter(diner=diner, delivered=True).exists()
    defaults = {
        "band": diner.band, "price": price_on(canteen, day).get(diner.band, 0), "portions": portions, "way": way,
        "delivered": needs, "ordered_at": now, "ordered_by": by,
    }  # fmt: skip
    with transaction.atomic():
        row, made = MealOrder.everywhere.get_or_create(
            county_id=canteen.county_id, canteen=canteen, day=day, meal=meal, diner=diner, cancelled_at=None,
            defaults=defaults,
        )  # fmt: skip
        if not made and row.portions != portions:
            if row.served_at:
                raise UserError(f"{diner.number} 号这一餐已经记成吃了，要改先撤回")
            row.portions = portions
            row.save(update_fields=["portions"])
        if made:
            record("canteen.meal_ordered", row, by=by, place=canteen.centre.place, at=now, way=way)
    return row


@transaction.atomic
def order_household(
    *, by: Any, canteen: Canteen, diners: Iterable[Diner], day: date, meal: str, way: str, now: datetime
) -> list[MealOrder]:  # fmt: skip
    """The same meal for several people at once: a household, or everybody who always comes. All or nobody."""
    return [order(by=by, canteen=canteen, diner=one, day=day, meal=meal, way=way, now=now) for one in diners]


@transaction.atomic
def cancel_order(*, by: Any, order: MealOrder, now: datetime) -> None:
    row = _held(order)
    if row.served_at:
        raise UserError("这一餐已经记成吃了，要退先撤回")
    if row.cancelled_at is None:
        row.cancelled_at = now
        row.save(update_fields=["cancelled_at"])
        record("canteen.meal_cancelled", row, by=by, place=row.canteen.centre.place, at=now)


def eat_on_the_spot(
    *, by: Any, canteen: Canteen, day: date, meal: str, band: str, portions: int, now: datetime,
    request_key: UUID | None = None,
) -> MealOrder:  # fmt: skip
    """People without an order whom nobody needs to know. Cash is counted, not taken. One form is one row; UserError
    where it comes back with something else on it."""
    _check_day(day, now)
    rows = MealOrder.everywhere.filter(county_id=canteen.county_id, request_key=request_key)
    told = {"canteen_id": canteen.pk, "day": day, "meal": meal, "band": band, "portions": portions}
    if request_key and (made := rows.first()):
        return once(made, f"{made.portions} 份", **told)
    price = price_on(canteen, day).get(band, 0)
    try:
        with transaction.atomic():
            row = MealOrder.everywhere.create(
                county_id=canteen.county_id, canteen=canteen, day=day, meal=meal, band=band, portions=portions,
                price=price, way=Way.SPOT, ordered_at=now, ordered_by=by, served_at=now, request_key=request_key,
                settled=Settled.CASH if price else Settled.FREE,
            )  # fmt: skip
            record("canteen.meal_served", row, by=by, place=canteen.centre.place, at=now, portions=portions)
    except IntegrityError:
        if request_key and (made := rows.first()):
            return once(made, f"{made.portions} 份", **told)
        raise
    return row


@transaction.atomic
def serve(*, by: Any, order: MealOrder, settled: str, now: datetime) -> MealOrder:
    """It was eaten: points are taken off, or cash was put into the box, or it is free. Twice is once."""
    row = _held(order)
    if row.cancelled_at:
        raise UserError("这一餐已经退了")
    if row.served_at:
        return row
    if not row.total:
        settled = Settled.FREE
    if settled == Settled.POINTS:
        if row.diner is None or row.diner.account is None:
            raise PointsRefused("没有积分存折，请收现金后再记")
        spend(by=by, order=row, account=row.diner.account, now=now)
    row.served_at, row.settled = now, settled
    row.save(update_fields=["served_at", "settled"])
    record("canteen.meal_served", row, by=by, place=row.canteen.centre.place, at=now, portions=row.portions)
    return row


@transaction.atomic
def unserve(*, by: Any, order: MealOrder, now: datetime) -> MealOrder:
    """It was not eaten after all: points go back by a counter-entry."""
    row = _held(order)
    if row.served_at is None:
        return row
    for posting in row.postings.filter(kind=PostingKind.MEAL, reversal=None):
        reverse(by=by, posting=posting, now=now)
    row.served_at, row.settled = None, ""
    row.save(update_fields=["served_at", "settled"])
    record("canteen.meal_unserved", row, by=by, place=row.canteen.centre.place, at=now)
    return row


def settle(*, by: Any, order: MealOrder, now: datetime, otherwise: str | None, done: Served) -> None:
    """Serve an order the natural way: free, else points, else ``otherwise``; where that is None it is told as short."""
    if order.served_at:
        return
    try:
        with transaction.atomic():
            row = serve(by=by, order=order, settled=Settled.POINTS, now=now)
    except PointsRefused:
        if otherwise is None:
            done.short.append(order.diner.number if order.diner else "")
            return
        row = serve(by=by, order=order, settled=otherwise, now=now)
    setattr(done, row.settled, getattr(done, row.settled) + row.portions)


@transaction.atomic
def serve_all(*, by: Any, canteen: Canteen, day: date, meal: str, now: datetime) -> Served:
    """Everybody who ordered has eaten. Whoever lacks points is left to be asked for cash, and named."""
    done = Served()
    rows = MealOrder.objects.within(canteen.county).filter(canteen=canteen, day=day, meal=meal, served_at=None)
    # In the order of the passbooks, so that two who do this at once queue up instead of blocking one another.
    for one in rows.filter(cancelled_at=None).select_related("diner").order_by("diner__account_id", "pk"):
        settle(by=by, order=one, now=now, otherwise=None, done=done)
    return done


def _held(order: MealOrder) -> MealOrder:
    """The order, held for the rest of the transaction."""
    rows = MealOrder.everywhere.select_for_update(of=("self",))
    return rows.select_related("canteen__centre__place", "canteen__county", "diner__account").get(pk=order.pk)


def _check_day(day: date, now: datetime) -> None:
    ahead = (day - timezone.localdate(now)).days
    if not -BACK_DAYS <= ahead <= AHEAD_DAYS:
        raise UserError(f"只能登记前 {BACK_DAYS} 天到后 {AHEAD_DAYS} 天的餐")
