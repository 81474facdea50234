"""Invented canteens with a week's menu."""

from datetime import date, timedelta
from typing import Any

from xiangli.canteen.choices import Meal
from xiangli.canteen.services import save_canteen, set_menu
from xiangli.places.models import Place
from xiangli.places.queries import centres

WHAT = "食堂菜单（演示）"
DISHES = [
    "白菜豆腐、蒸南瓜、小米粥", "萝卜烧肉、炒青菜、馒头", "西红柿鸡蛋捞面", "冬瓜粉条、蒸红薯、玉米糁",
    "土豆烧鸡块、凉拌菠菜", "大烩菜、馒头、南瓜汤",
]  # fmt: skip


def load(*, town: Place, users: dict[str, Any], today: date) -> None:
    by = users.get("town")
    monday = today - timedelta(days=today.weekday())
    for number, centre in enumerate(centres(town)):
        if number % 3:
            continue
        canteen = save_canteen(
            by=by, centre=centre, name="乡里食堂", is_open=True, order_note="前一天下午 5 点前到柜台或打电话说一声",
            price_note="70 岁以上 3 元，60 到 69 岁 5 元，其他人 10 元（演示）",
        )  # fmt: skip
        days = [monday + timedelta(days=n) for n in range(13) if n % 7 != 6]
        menu = {(day, Meal.LUNCH.value): DISHES[(n + number) % len(DISHES)] for n, day in enumerate(days)}
        set_menu(by=by, canteen=canteen, dishes=menu)
