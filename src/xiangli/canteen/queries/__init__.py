"""Reads of the canteen: menus and meals, points, money."""

from xiangli.canteen.queries.menus import canteen_of, menu

__all__ = ["canteen_of", "menu"]
