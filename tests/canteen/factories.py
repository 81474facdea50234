"""A canteen with the people, the passbook and the rate that points need."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from tests.places.factories import make_centre, make_staff
from xiangli.accounts.choices import Role
from xiangli.accounts.models import User
from xiangli.canteen.choices import Band, Meal, RateKind, Way
from xiangli.canteen.models import Canteen, Diner, ExchangeRate, MealOrder, PointsAccount, PointsPosting
from xiangli.canteen.services import open_passbook, post_claim, propose, review, save_canteen, set_rate

NOON = timezone.make_aware(datetime(2026, 11, 24, 12, 0))
TODAY = date(2026, 11, 24)


@dataclass
class Town:
    """One canteen and the three people who together give points."""

    canteen: Canteen
    village: User
    liaison: User
    town: User
    rate: ExchangeRate

    def passbook(self, number: str, points: int = 0, now: datetime = NOON) -> PointsAccount:
        """A passbook with so many points (whole ones) that can be spent at once."""
        account = open_passbook(by=self.village, canteen=self.canteen, number=number, now=now)
        if points:
            self.earn(account, points, now=now)
        return account

    def claim(self, account: PointsAccount, points: int, now: datetime = NOON) -> Any:
        return propose(
            by=self.village,
            account=account,
            rate=self.rate,
            quantity=points * 100,
            day=timezone.localdate(now),
            now=now,
        )

    def earn(self, account: PointsAccount, points: int, now: datetime = NOON) -> PointsPosting:
        claim = self.claim(account, points, now)
        review(by=self.liaison, claim=claim, now=now)
        return post_claim(by=self.town, claim=claim, now=now)

    def order(self, account: PointsAccount | None, points: int = 3, day: date = TODAY, **fields: Any) -> MealOrder:
        """A meal of so many points for the diner of a passbook."""
        number = account.number if account else "0"
        diner, _ = Diner.everywhere.get_or_create(
            county=self.canteen.county, canteen=self.canteen, number=number, defaults={"account": account}
        )
        return MealOrder.everywhere.create(
            county=self.canteen.county, canteen=self.canteen, day=day, meal=Meal.LUNCH, diner=diner,
            band=Band.FROM_70, price=points * 100, way=Way.COUNTER, ordered_at=NOON, **fields,
        )  # fmt: skip


def make_canteen(window: int = 0, **fields: Any) -> Town:
    """A canteen at which points can be spent ``window`` days after they were posted."""
    centre = make_centre()
    fields = {"points_window_days": window, "points_valid_days": None, "name": "百姓食堂", **fields}
    canteen = save_canteen(by=None, centre=centre, **fields)
    rate = set_rate(
        by=None, canteen=canteen, kind=RateKind.LABOUR, item="打扫", unit="次", worth=100,
        valid_from=TODAY - timedelta(days=300), now=NOON - timedelta(days=300),
    )  # fmt: skip
    place = centre.place
    return Town(
        canteen, make_staff(Role.VILLAGE_STAFF, place), make_staff(Role.LIAISON, place),
        make_staff(Role.TOWN, place.parent), rate,
    )  # fmt: skip
