"""The canteen's tables: what is cooked and who eats (``kitchen``), and the points passbooks (``points``)."""

from xiangli.canteen.models.kitchen import (
    Canteen,
    CanteenEntry,
    Diner,
    DinerNeeds,
    MealOrder,
    MealPrice,
    MenuDay,
    SignatureSheet,
)
from xiangli.canteen.models.points import (
    ExchangeRate,
    PointsAccount,
    PointsClaim,
    PointsObjection,
    PointsPosting,
    PointsSeal,
)

__all__ = [
    "Canteen",
    "CanteenEntry",
    "Diner",
    "DinerNeeds",
    "ExchangeRate",
    "MealOrder",
    "MealPrice",
    "MenuDay",
    "PointsAccount",
    "PointsClaim",
    "PointsObjection",
    "PointsPosting",
    "PointsSeal",
    "SignatureSheet",
]
