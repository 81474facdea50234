"""Reads of the points ledger. Amounts are hundredths of a point."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

from xiangli.canteen.choices import AccountKind, PostingKind
from xiangli.canteen.models import Canteen, ExchangeRate, PointsAccount, PointsClaim, PointsPosting, PointsSeal


@dataclass(frozen=True, slots=True)
class Balance:
    """``total`` of an account, and what of it can be spent on the day asked for."""

    total: int = 0
    usable: int = 0

    @property
    def waiting(self) -> int:
        """Still shown to the public, or under an objection."""
        return self.total - self.usable


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a passbook: a posting as its household sees it. ``change`` has a sign."""

    posting: PointsPosting
    change: int
    after: int


def own_account(canteen: Canteen, kind: str) -> PointsAccount:
    """The canteen's own account of a kind (not a passbook); read once for each canteen object, as it never changes."""
    kept: dict[str, PointsAccount] = canteen.__dict__.setdefault("_own_accounts", {})
    if kind not in kept:
        kept[kind] = PointsAccount.everywhere.get(county=canteen.county_id, canteen=canteen, kind=kind)
    return kept[kind]


def passbooks(canteen: Canteen) -> QuerySet[PointsAccount]:
    rows = PointsAccount.objects.within(canteen.county).filter(canteen=canteen, kind=AccountKind.PASSBOOK)
    return rows.order_by("number")


def postings_of(canteen: Canteen) -> QuerySet[PointsPosting]:
    return PointsPosting.objects.within(canteen.county).filter(canteen=canteen)


def balances(canteen: Canteen, day: date) -> dict[int, Balance]:
    """Every account of the canteen that was ever moved, with its balance as the database's guard counts it."""
    rows = postings_of(canteen)
    open_objection = Q(objection__isnull=False, objection__decided_at__isnull=True)
    received = rows.order_by().values("to_account").annotate(
        sum=Sum("amount"), usable=Sum("amount", filter=Q(effective_on__lte=day) & ~open_objection)
    )  # fmt: skip
    sent = rows.order_by().values("from_account").annotate(
        sum=Sum("amount"), usable=Sum("amount", filter=Q(effective_on__lte=day))
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for row in received:
        found[row["to_account"]] = [row["sum"], row["usable"] or 0]
    for row in sent:
        both = found.setdefault(row["from_account"], [0, 0])
        both[0] -= row["sum"]
        both[1] -= row["usable"] or 0
    return {pk: Balance(total, usable) for pk, (total, usable) in found.items()}


def balance(account: PointsAccount, day: date) -> Balance:
    return balances_of([account], day)[account.pk]


def balances_of(accounts: Iterable[PointsAccount], day: date) -> dict[int, Balance]:
    """The balances of some passbooks of one canteen, three queries at most."""
    wanted = list(accounts)
    if not wanted:
        return {}
    found = balances(wanted[0].canteen, day)
    return {one.pk: found.get(one.pk, Balance()) for one in wanted}


def statement(account: PointsAccount) -> list[Line]:
    """All lines of a passbook, oldest first."""
    rows = PointsPosting.objects.within(account.county).filter(Q(from_account=account) | Q(to_account=account))
    lines, after = [], 0
    for row in rows.select_related("claim__rate", "order", "reverses", "objection", "reversal").order_by("pk"):
        change = row.amount if row.to_account_id == account.pk else -row.amount
        after += change
        lines.append(Line(row, change, after))
    return lines


def rates_on(canteen: Canteen, day: date) -> list[ExchangeRate]:
    """The exchange list of a day: of each item the newest row, without those that are taken no more."""
    newest: dict[str, ExchangeRate] = {}
    rows = ExchangeRate.objects.within(canteen.county).filter(canteen=canteen, valid_from__lte=day)
    for row in rows.order_by("valid_from", "pk"):
        newest[row.item] = row
    return sorted((row for row in newest.values() if row.worth), key=lambda row: (row.kind, row.item))


def rates_to_come(canteen: Canteen, day: date) -> list[ExchangeRate]:
    rows = ExchangeRate.objects.within(canteen.county).filter(canteen=canteen, valid_from__gt=day)
    return list(rows.order_by("valid_from", "pk"))


def open_claims(canteen: Canteen) -> QuerySet[PointsClaim]:
    """Claims that are neither posted nor refused, oldest first."""
    rows = PointsClaim.objects.within(canteen.county).filter(canteen=canteen, refused_at=None, posting=None)
    return rows.select_related("account", "rate", "proposed_by", "reviewed_by").order_by("pk")


def on_show(canteen: Canteen, day: date) -> QuerySet[PointsPosting]:
    """What was given and cannot be spent yet: anybody may object to it."""
    rows = postings_of(canteen).filter(kind=PostingKind.EARN, effective_on__gt=day, reversal=None)
    return rows.select_related("to_account", "claim__rate", "objection").order_by("pk")


def open_objections(canteen: Canteen) -> QuerySet[PointsPosting]:
    rows = postings_of(canteen).filter(objection__isnull=False, objection__decided_at=None)
    return rows.select_related("to_account", "claim__rate", "objection__raised_by").order_by("pk")


def issued_in_month(canteen: Canteen, day: date) -> int:
    """What was given in the month of a day up to now, reversals taken off: what the cap looks at."""
    first = day.replace(day=1)
    rows = postings_of(canteen).filter(day__gte=first)
    out = rows.filter(from_account__kind=AccountKind.ISSUE).aggregate(sum=Sum("amount"))["sum"] or 0
    back = rows.filter(to_account__kind=AccountKind.ISSUE).aggregate(sum=Sum("amount"))["sum"] or 0
    return out - back


def to_expire(canteen: Canteen, today: date) -> list[tuple[PointsAccount, int]]:
    """(passbook, how much of it is past its time): the oldest points are spent first."""
    if canteen.points_valid_days is None:
        return []
    cutoff = today - timedelta(days=canteen.points_valid_days)
    standing = postings_of(canteen).filter(reversal=None).exclude(kind=PostingKind.REVERSE).order_by()
    old = standing.filter(kind=PostingKind.EARN, effective_on__lte=cutoff).values("to_account")
    spent = standing.exclude(kind=PostingKind.EARN).values("from_account")
    used = dict(spent.annotate(sum=Sum("amount")).values_list("from_account", "sum"))
    past = dict(old.annotate(sum=Sum("amount")).values_list("to_account", "sum"))
    left = {pk: total - used.get(pk, 0) for pk, total in past.items()}
    accounts = passbooks(canteen).in_bulk([pk for pk, rest in left.items() if rest > 0])
    return [(accounts[pk], left[pk]) for pk in sorted(accounts)]


def seals(canteen: Canteen) -> QuerySet[PointsSeal]:
    return PointsSeal.objects.within(canteen.county).filter(canteen=canteen).order_by("day")


def totals(canteen: Canteen) -> dict[str, int]:
    """What was given, eaten, expired and is still held, over all passbooks."""
    by_kind: dict[str, int] = dict.fromkeys(AccountKind.values, 0)
    kinds: dict[int, str] = dict(
        PointsAccount.objects.within(canteen.county).filter(canteen=canteen).values_list("pk", "kind")
    )
    for pk, row in balances(canteen, date.max).items():
        by_kind[kinds[pk]] += row.total
    return by_kind


def points_data(canteen: Canteen, today: date) -> dict[str, Any]:
    """What ``points.json`` holds: sums and the chain of daily digests. Nothing about any household."""
    held = totals(canteen)
    return {
        "canteen": canteen.pk,
        "unit": "hundredths of a point",
        "date": today.isoformat(),
        "issued": -held[AccountKind.ISSUE],
        "meals": held[AccountKind.MEALS],
        "expired": held[AccountKind.EXPIRED],
        "held": held[AccountKind.PASSBOOK],
        "seals": [
            {"day": row.day.isoformat(), "postings": row.postings, "previous": row.previous, "digest": row.digest}
            for row in seals(canteen)
        ],
    }
