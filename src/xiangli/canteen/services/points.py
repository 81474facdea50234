"""Writes to the points ledger. Every write takes ``by=`` and ``now=`` and records its event.

``guards`` refuses what must not be; here its refusals become words. A posting goes through ``_post`` and nowhere else.
"""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from xiangli.audit.services import record
from xiangli.canteen.chain import FIELDS, SHORT, day_digest, row_digest
from xiangli.canteen.choices import AccountKind, PostingKind
from xiangli.canteen.models import (
    Canteen,
    MealOrder,
    PointsAccount,
    PointsClaim,
    PointsObjection,
    PointsPosting,
    PointsSeal,
)
from xiangli.canteen.queries.points import own_account, postings_of, to_expire
from xiangli.core.errors import UserError

REFUSED = {
    "points_floor": "存折里能用的积分不够",
    "points_cap": "这个月的积分已经发到上限了，下个月再发，或者请镇里调高上限",
    "points_people": "登记、复核、入账要由三个不同的人办，并且复核已经通过",
    "points_sealed": "这一天的账已经封了，不能再记；请记在今天",
    "points_window": "公示期没有满，这笔积分还不能用",
    "points_reversal": "这一笔不能冲：只能照原样冲一次，冲正本身不能再冲",
    "points_accounts": "两个账户不是这个食堂的",
    "points_way": "积分不能这样转",
}


class PointsRefused(UserError):
    """A posting that the ledger does not take, and why."""


class KeyConflict(PointsRefused):
    """The key of an earlier posting came again with something else."""


@transaction.atomic
def start_points(*, by: Any, canteen: Canteen, now: datetime) -> None:
    """The canteen's own three accounts; doing it twice is doing it once."""
    for kind in (AccountKind.ISSUE, AccountKind.MEALS, AccountKind.EXPIRED):
        PointsAccount.everywhere.get_or_create(
            county_id=canteen.county_id, canteen=canteen, kind=kind, number="", defaults={"opened_at": now}
        )


@transaction.atomic
def open_passbook(*, by: Any, canteen: Canteen, number: str, now: datetime, holder: str = "") -> PointsAccount:
    """A passbook for a household. The number stands on its card and on the wall; a name is not needed."""
    start_points(by=by, canteen=canteen, now=now)
    if PointsAccount.objects.within(canteen.county).filter(canteen=canteen, number=number).exists():
        raise UserError(f"{number} 号存折已经有了")
    account = PointsAccount.everywhere.create(
        county_id=canteen.county_id, canteen=canteen, kind=AccountKind.PASSBOOK, number=number, holder=holder,
        opened_at=now,
    )  # fmt: skip
    record("canteen.passbook_opened", account, by=by, place=canteen.centre.place, at=now)
    return account


@transaction.atomic
def close_passbook(*, by: Any, account: PointsAccount, now: datetime) -> PointsAccount:
    """Close a passbook on which nothing is left."""
    from xiangli.canteen.queries.points import balance

    row = PointsAccount.everywhere.select_for_update(of=("self",)).select_related("canteen__centre__place").get(
        pk=account.pk
    )  # fmt: skip
    if balance(row, timezone.localdate(now)).total:
        raise UserError("存折里还有积分，花完或过期以后才能销户")
    row.closed_at = row.closed_at or now
    row.save(update_fields=["closed_at"])
    record("canteen.passbook_closed", row, by=by, place=row.canteen.centre.place, at=now)
    return row


def _post(
    *, by: Any, canteen: Canteen, kind: str, source: int, target: int, amount: int, key: str, now: datetime,
    effective_on: date | None = None, claim: PointsClaim | None = None, order: MealOrder | None = None,
    reverses: PointsPosting | None = None,
) -> tuple[PointsPosting, bool]:  # fmt: skip
    """Add one posting between two accounts (ids); True: it is new. The same key with the same content again gives the
    first one.

    Raises PointsRefused, and KeyConflict where the key was used for something else.
    """
    day = timezone.localdate(now)
    wanted = {
        "canteen_id": canteen.pk, "kind": kind, "from_account_id": source, "to_account_id": target, "amount": amount,
        "claim_id": claim and claim.pk, "order_id": order and order.pk, "reverses_id": reverses and reverses.pk,
    }  # fmt: skip
    try:  # first, and the key only looked up where the database refuses: most postings are new
        with transaction.atomic():
            posting = PointsPosting.everywhere.create(
                county_id=canteen.county_id, key=key, day=day, effective_on=effective_on or day, at=now,
                by=by if getattr(by, "is_authenticated", False) else None, **wanted,
            )  # fmt: skip
            record("canteen.points_posted", posting, by=by, place=canteen.centre.place, at=now, kind=kind)
    except IntegrityError as error:
        if made := _same(canteen.county_id, key, wanted):
            return made, False
        if refusal := next((text for name, text in REFUSED.items() if name in str(error)), None):
            raise PointsRefused(refusal) from error
        raise
    return posting, True


def _same(county_id: int, key: str, wanted: dict[str, Any]) -> PointsPosting | None:
    """The posting that has this key already."""
    made = PointsPosting.everywhere.filter(county_id=county_id, key=key).first()
    if made and any(getattr(made, name) != value for name, value in wanted.items()):
        raise KeyConflict("这个编号已经记过另一笔账了，没有再记")
    return made


@transaction.atomic
def post_claim(*, by: Any, claim: PointsClaim, now: datetime) -> PointsPosting:
    """The third person puts a reviewed claim into the passbook. It can be spent when the window is over."""
    rows = PointsClaim.everywhere.select_for_update(of=("self",)).select_related("canteen__centre__place")
    claim = rows.get(pk=claim.pk)  # nobody refuses it meanwhile
    canteen = claim.canteen
    if claim.refused_at:
        raise PointsRefused("这一笔复核没有通过，不能入账")
    opened = timezone.localdate(now) + timedelta(days=canteen.points_window_days)
    return _post(
        by=by, canteen=canteen, kind=PostingKind.EARN, source=own_account(canteen, AccountKind.ISSUE).pk,
        target=claim.account_id, amount=claim.amount, key=f"claim:{claim.pk}", now=now, effective_on=opened,
        claim=claim,
    )[0]  # fmt: skip


def spend(*, by: Any, order: MealOrder, account: PointsAccount, now: datetime) -> PointsPosting:
    """Take what an order costs from a passbook. The same order is taken once, unless it was reversed in between."""
    canteen = order.canteen
    if account.closed_at:
        raise PointsRefused(f"{account.number} 号存折已经销户")
    target = own_account(canteen, AccountKind.MEALS).pk
    for before in count():  # how often it was taken and reversed: hardly ever, so that nobody asks before
        key = f"meal:{order.pk}:{before}"
        try:
            posting, new = _post(
                by=by, canteen=canteen, kind=PostingKind.MEAL, source=account.pk, target=target, amount=order.total,
                key=key, now=now, order=order,
            )  # fmt: skip
            if new or not _was_reversed(posting.county_id, key):
                return posting
        except KeyConflict:  # taken at another price
            if not _was_reversed(canteen.county_id, key):
                raise
    raise AssertionError("there is no end of numbers")


def _was_reversed(county_id: int, key: str) -> bool:
    return PointsPosting.everywhere.filter(county_id=county_id, key=key, reversal__isnull=False).exists()


def reverse(*, by: Any, posting: PointsPosting, now: datetime) -> PointsPosting:
    """Undo a posting by a counter-entry that is linked to it; a posting can be undone once."""
    return _post(
        by=by, canteen=posting.canteen, kind=PostingKind.REVERSE, source=posting.to_account_id,
        target=posting.from_account_id, amount=posting.amount, key=f"reverse:{posting.pk}", now=now,
        effective_on=max(timezone.localdate(now), posting.effective_on), reverses=posting,
    )[0]  # fmt: skip


@transaction.atomic
def raise_objection(*, by: Any, posting: PointsPosting, reason: str, now: datetime) -> PointsObjection:
    """Somebody says that these points were wrongly given: from now on they cannot be spent until it is decided."""
    if posting.kind != PostingKind.EARN or timezone.localdate(now) >= posting.effective_on:
        raise UserError("公示期已过；确有错误请冲正")
    if hasattr(posting, "objection"):
        raise UserError("这一笔已经有人提过异议了")
    objection = PointsObjection.everywhere.create(
        county_id=posting.county_id, posting=posting, reason=reason, raised_by=by, raised_at=now
    )
    record("canteen.objection_raised", objection, by=by, place=posting.canteen.centre.place, at=now)
    return objection


@transaction.atomic
def decide_objection(*, by: Any, posting: PointsPosting, upheld: bool, now: datetime) -> PointsObjection:
    """Another person decides; where the objection holds, the posting is reversed in the same stroke."""
    row = PointsObjection.everywhere.select_for_update(of=("self",)).filter(posting=posting).first()
    if row is None:
        raise UserError("这一笔没有人提异议")
    if row.decided_at:
        raise UserError("这个异议已经处理过了")
    if row.raised_by_id == by.pk:
        raise UserError("异议要由记录它的人以外的人处理")
    row.decided_at, row.decided_by, row.upheld = now, by, upheld
    row.save(update_fields=["decided_at", "decided_by", "upheld"])
    record("canteen.objection_decided", row, by=by, place=posting.canteen.centre.place, at=now, upheld=upheld)
    if upheld:
        reverse(by=by, posting=posting, now=now)
    return row


def expire_points(*, canteen: Canteen, now: datetime) -> list[PointsPosting]:
    """Post what is past its time. Run as often as one likes: what has been posted is not past its time any more."""
    done = []
    for account, amount in to_expire(canteen, timezone.localdate(now)):
        try:
            posting, _ = _post(
                by=None, canteen=canteen, kind=PostingKind.EXPIRE, source=account.pk,
                target=own_account(canteen, AccountKind.EXPIRED).pk, amount=amount,
                key=f"expire:{account.pk}:{account.moves}", now=now,
            )  # fmt: skip
        except PointsRefused:  # under an objection: they expire when it has been decided
            continue
        done.append(posting)
    return done


@transaction.atomic
def seal_days(*, canteen: Canteen, now: datetime) -> list[PointsSeal]:
    """Chain the digests of all days before today that are not sealed yet. Nothing can be posted to them then."""
    Canteen.everywhere.select_for_update(of=("self",)).get(pk=canteen.pk)  # waits for postings under way, see guards
    last = PointsSeal.everywhere.filter(canteen=canteen).order_by("-day").first()
    rows = postings_of(canteen).filter(day__lt=timezone.localdate(now))
    if last:
        rows = rows.filter(day__gt=last.day)
    by_day: dict[date, dict[str, str]] = {}
    for row in rows.order_by("day", "pk").values(*FIELDS):
        by_day.setdefault(row["day"], {})[str(row["id"])] = row_digest(row)
    previous, made = last.digest if last else "", []
    for day, digests in by_day.items():
        digest = day_digest(previous, canteen.pk, day, digests.values())
        seal = PointsSeal.everywhere.create(
            county_id=canteen.county_id, canteen=canteen, day=day, postings=len(digests), previous=previous,
            digest=digest, sealed_at=now, rows={pk: text[:SHORT] for pk, text in digests.items()},
        )  # fmt: skip
        record("canteen.points_sealed", seal, by=None, place=canteen.centre.place, at=now, digest=digest)
        made.append(seal)
        previous = digest
    return made
