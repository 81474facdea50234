"""What the canteen has, what a meal costs, and how long the money lasts. Sums are fen."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet, Sum

from xiangli.canteen.choices import COSTS, MONEY_IN, MONEY_OUT, PostingKind, Settled
from xiangli.canteen.models import Canteen, CanteenEntry, PointsPosting
from xiangli.canteen.queries.meals import meals_by_settling

WARN_DAYS = 30
LOOK_BACK = 92  # days: three months, so that monthly wages weigh as they should
LEAST_DAYS = 14  # of records, below which no end is foretold


@dataclass(frozen=True, slots=True)
class Forecast:
    """``per_day``: what is spent beyond the cash taken in, on average of ``days``; subsidies are not counted on."""

    balance: int
    per_day: float = 0.0
    days: int = 0
    ends_on: date | None = None
    warns: bool = False

    @property
    def known(self) -> bool:
        return self.days >= LEAST_DAYS


@dataclass(frozen=True, slots=True)
class Period:
    """Figures of some days. ``produce``: what was taken in for points, at its worth in points."""

    entries: dict[str, int]
    produce: int
    meals: int
    settled: dict[str, tuple[int, int]]

    @property
    def cost(self) -> int:
        return sum(self.entries.get(kind, 0) for kind in COSTS) + self.produce

    @property
    def per_meal(self) -> int | None:
        return round(self.cost / self.meals) if self.meals else None


def entries_of(canteen: Canteen) -> QuerySet[CanteenEntry]:
    """What came in and went out, newest first, without what was struck out."""
    rows = CanteenEntry.objects.within(canteen.county).filter(canteen=canteen, struck_at=None)
    return rows.order_by("-day", "-pk")


def period(canteen: Canteen, first: date, last: date) -> Period:
    """The figures from one day to another, both included."""
    rows = entries_of(canteen).filter(day__range=(first, last)).order_by()
    settled = meals_by_settling(canteen, first, last)
    brought = PointsPosting.objects.within(canteen.county).filter(
        canteen=canteen,
        kind=PostingKind.EARN,
        claim__rate__kind="produce",
        claim__day__range=(first, last),
        reversal=None,
    )
    return Period(
        entries=dict(rows.values_list("kind").annotate(sum=Sum("fen"))),
        produce=brought.aggregate(sum=Sum("amount"))["sum"] or 0,
        meals=sum(portions for portions, _ in settled.values()), settled=settled,
    )  # fmt: skip


def forecast(canteen: Canteen, today: date) -> Forecast:
    """When the money ends if things go on as they did. A warning is due 30 days before."""
    whole = period(canteen, date.min, today)
    coming = sum(whole.entries.get(kind, 0) for kind in MONEY_IN) + whole.settled[Settled.CASH][1]
    balance = coming - sum(whole.entries.get(kind, 0) for kind in MONEY_OUT)
    first = entries_of(canteen).filter(kind__in=MONEY_OUT, day__lte=today).order_by("day").first()
    days = min(LOOK_BACK, (today - first.day).days + 1) if first else 0
    if days < LEAST_DAYS:
        return Forecast(balance, days=days, warns=bool(whole.entries) and balance <= 0)
    recent = period(canteen, today - timedelta(days=days - 1), today)
    spent = sum(recent.entries.get(kind, 0) for kind in MONEY_OUT) - recent.settled[Settled.CASH][1]
    per_day = spent / days
    if per_day <= 0:
        return Forecast(balance, per_day, days, warns=balance <= 0)
    left = min(max(balance, 0) / per_day, 3650)
    ends_on = today + timedelta(days=int(left))
    return Forecast(balance, per_day, days, ends_on, warns=(ends_on - today).days <= WARN_DAYS)
