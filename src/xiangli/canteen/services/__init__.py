"""Writes of the canteen: menus, meals, money, claims, points."""

from xiangli.canteen.services.claims import propose, refuse, review, set_rate
from xiangli.canteen.services.kitchen import save_canteen, set_menu
from xiangli.canteen.services.points import (
    KeyConflict,
    PointsRefused,
    close_passbook,
    decide_objection,
    expire_points,
    open_passbook,
    post_claim,
    raise_objection,
    reverse,
    seal_days,
    spend,
    start_points,
)

__all__ = [
    "KeyConflict",
    "PointsRefused",
    "close_passbook",
    "decide_objection",
    "expire_points",
    "open_passbook",
    "post_claim",
    "propose",
    "raise_objection",
    "refuse",
    "reverse",
    "review",
    "save_canteen",
    "seal_days",
    "set_menu",
    "set_rate",
    "spend",
    "start_points",
]
