"""Reads of canteens and menus."""

from datetime import date, timedelta

from django.db.models import QuerySet

from xiangli.canteen.models import Canteen, MenuDay
from xiangli.places.models import Centre


def canteen_of(centre: Centre) -> Canteen | None:
    """The canteen of a centre while it is run."""
    return Canteen.objects.within(centre.county).filter(centre=centre, is_open=True).first()


def menu(canteen: Canteen, first: date, days: int = 7) -> QuerySet[MenuDay]:
    """The menu of ``days`` days from ``first`` on, by day and meal."""
    last = first + timedelta(days=days - 1)
    return (
        MenuDay.objects.within(canteen.county).filter(canteen=canteen, day__range=(first, last)).order_by("day", "meal")
    )
