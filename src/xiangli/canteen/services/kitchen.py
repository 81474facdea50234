"""Writes about canteens."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from xiangli.audit.services import record
from xiangli.canteen.models import Canteen, MenuDay
from xiangli.canteen.queries.menus import menu
from xiangli.core.errors import UserError
from xiangli.places.models import Centre


@transaction.atomic
def save_canteen(*, by: Any, centre: Centre, **fields: Any) -> Canteen:
    """Start a canteen, or change what is known of it."""
    canteen, made = Canteen.everywhere.update_or_create(
        centre=centre, defaults=fields, create_defaults={"county_id": centre.county_id, **fields}
    )
    record("canteen.started" if made else "canteen.changed", canteen, by=by, place=centre.place)
    return canteen


@transaction.atomic
def set_menu(*, by: Any, canteen: Canteen, dishes: Mapping[tuple[date, str], str]) -> int:
    """Set the dishes of some meals; an empty text takes the meal off. Returns the number of meals with dishes."""
    kept = 0
    for (day, meal), text in dishes.items():
        rows = MenuDay.objects.within(canteen.county).filter(canteen=canteen, day=day, meal=meal)
        if text.strip():
            MenuDay.everywhere.update_or_create(
                county_id=canteen.county_id, canteen=canteen, day=day, meal=meal, defaults={"dishes": text.strip()}
            )
            kept += 1
        else:
            rows.delete()
    record("canteen.menu_set", canteen, by=by, place=canteen.centre.place, meals=kept)
    return kept


@transaction.atomic
def copy_menu(*, by: Any, canteen: Canteen, monday: date) -> int:
    """Fill a week with the dishes of the week before; meals that have dishes already keep them."""
    before = list(menu(canteen, monday - timedelta(days=7)))
    if not before:
        raise UserError("上周没有菜单可抄")
    there = {(row.day, row.meal) for row in menu(canteen, monday)}
    copied = {(row.day + timedelta(days=7), row.meal): row.dishes for row in before}
    return set_menu(by=by, canteen=canteen, dishes={key: text for key, text in copied.items() if key not in there})
