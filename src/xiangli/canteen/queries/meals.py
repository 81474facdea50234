"""Reads of diners, prices and meals."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q, QuerySet, Sum

from xiangli.canteen.choices import Band, Settled
from xiangli.canteen.models import Canteen, Diner, MealOrder, MealPrice
from xiangli.places.models import Centre


def price_on(canteen: Canteen, day: date) -> dict[str, int]:
    """Age band -> price of a meal on a day, in hundredths; bands without a price are not in it."""
    rows = MealPrice.objects.within(canteen.county).filter(canteen=canteen, valid_from__lte=day)
    return dict(rows.order_by("valid_from", "pk").values_list("band", "price"))


def price_list(canteen: Canteen, day: date) -> list[tuple[str, int]]:
    """(words for the band, price), youngest first."""
    prices = price_on(canteen, day)
    return [(band.label, prices[band.value]) for band in Band if band.value in prices]


def diners_of(canteen: Canteen, *, gone: bool = False) -> QuerySet[Diner]:
    """Those who come, by card number; with ``gone`` those who come no more."""
    rows = Diner.objects.within(canteen.county).filter(canteen=canteen, left_at__isnull=not gone)
    return rows.select_related("account", "needs").order_by("number")


def orders_on(canteen: Canteen, day: date, meal: str | None = None) -> QuerySet[MealOrder]:
    """What was ordered or eaten on a day, without what was cancelled."""
    rows = MealOrder.objects.within(canteen.county).filter(canteen=canteen, day=day, cancelled_at=None)
    rows = rows.filter(meal=meal) if meal else rows
    return rows.select_related("diner__account", "diner__needs").order_by("meal", "diner__number", "pk")


def deliveries(canteen: Canteen, day: date, meal: str) -> QuerySet[MealOrder]:
    """Meals to be carried to people's homes."""
    return orders_on(canteen, day, meal).filter(delivered=True)


def served(canteen: Canteen, first: date, last: date) -> QuerySet[MealOrder]:
    rows = MealOrder.objects.within(canteen.county).filter(canteen=canteen, day__range=(first, last))
    return rows.filter(served_at__isnull=False)


def meals_by_settling(canteen: Canteen, first: date, last: date) -> dict[str, tuple[int, int]]:
    """How meals were settled -> (portions, sum in hundredths), for all ways."""
    found = dict.fromkeys(Settled.values, (0, 0))
    for way, price, portions in (
        served(canteen, first, last).order_by().values_list("settled", "price").annotate(sum=Sum("portions"))
    ):
        had = found[way]
        found[way] = (had[0] + portions, had[1] + price * portions)
    return found


def visits(centres: Iterable[Centre], first: date, last: date) -> dict[int, int]:
    """Meals eaten at each centre (by id) from one day to another: each was somebody who came, deliveries aside."""
    wanted = {centre.pk for centre in centres}
    rows = MealOrder.everywhere.filter(
        Q(canteen__centre__in=wanted), day__range=(first, last), served_at__isnull=False, delivered=False
    ).order_by()
    counted = dict(rows.values_list("canteen__centre").annotate(sum=Sum("portions")))
    return {pk: counted.get(pk, 0) for pk in wanted}


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
